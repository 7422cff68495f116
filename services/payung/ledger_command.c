/* `payung ledger`: the money of an agreement, who waits for an answer from outside, and the proof of the whole ledger. Commitments and the proof are computed from what was
 * booked; nothing is changed. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "services/ledger/balance.h"
#include "services/ledger/pending_report.h"
#include "services/ledger/verify.h"
#include "services/payung/commands.h"
#include "services/payung/ledger_export.h"
#include "services/payung/ledger_money.h"
#include "services/payung/money_command.h"

enum { ARENA_BYTES_MAX = 4 * 1024 * 1024 };

static const char usage[] = "usage: payung ledger balance --agreement ID [--json]\n"
                            LEDGER_MONEY_USAGE
                            "       payung ledger pending [--json]\n"
                            "       payung ledger verify [--offline FILE] [--json]\n"
                            "       payung ledger export --output FOLDER|FILE [--agreement ID] [--json]\n"
                            "       payung ledger head [--agreement ID] [--date YYYY-MM-DD] [--output FILE] [--json]\n"
                            "       payung ledger head verify FILE --key PUBLIC [--against EXPORT] [--json]\n"
                            "       payung ledger replay [--keep] [--into URL] [--json]\n"
                            "\n"
                            "balance  shows the money of an agreement: what is committed (from its entries), reserved and left, how many are covered and how many wait now.\n"
                            LEDGER_MONEY_STORY
                            "pending  counts the enrolments that wait for an answer from outside, by reason and age, with the moment of the next try.\n"
                            "verify   recomputes the whole ledger: every journal balances, the hash chains, totals, budgets at every moment, waiting lists, one cover per\n"
                            "         person, programme and month, one outcome for each acknowledged row, no message that was not due. Names what is wrong and where.\n"
                            "         --offline proves an export instead, without a database (payung ledger export --help).\n"
                            "export   writes the ledger as a file for auditors; head signs where its chains stand (payung ledger head --help).\n"
                            "replay   rebuilds the ledger from the topics in a database of its own and compares it table by table (payung ledger replay --help).\n"
                            "Exit code 0 right, 1 failed or something is wrong, 2 usage, 75 when the database is away.\n"
                            "  --json   one JSON document on standard output\n";

/* ---- balance ------------------------------------------------------------------------------------------------------------------------------ */

/* JKK and JKM always, the others when there is money in them. */
static bool is_shown(const struct agreement_balance *balance, int column) { return column <= PROGRAMME_JKM || balance->by_charge[column] != 0; }

static json_t *charges_json(const struct agreement_balance *balance) {
    json_t *charges = json_object();
    for (int i = 0; i < LEDGER_CHARGES; i++)
        if (is_shown(balance, i)) (void)json_object_set_new(charges, charge_name(ledger_charge(i)), json_integer(balance->by_charge[i])); /* fails only without memory */
    return charges;
}

static bool is_used(const struct segment_balance *segment) { return segment->accepted > 0 || segment->waitlisted > 0 || segment->committed > 0; }

static json_t *segments_json(const struct agreement_balance *balance) {
    json_t *segments = json_object();
    for (int i = SEGMENT_BPU; i <= SEGMENT_PMI; i++) {
        const struct segment_balance *segment = &balance->segments[i];
        if (!is_used(segment)) continue;
        (void)json_object_set_new(segments, segment_name((enum segment)i), json_pack("{s:I,s:I,s:I}", "committed", (json_int_t)segment->committed, "accepted",
                                  (json_int_t)segment->accepted, "waitlisted", (json_int_t)segment->waitlisted)); /* as above */
    }
    return segments;
}

static void print_segments(const struct agreement_balance *balance) {
    int used = 0;
    for (int i = SEGMENT_BPU; i <= SEGMENT_PMI; i++) used += is_used(&balance->segments[i]);
    for (int i = SEGMENT_BPU; i <= SEGMENT_PMI && used > 1; i++) { /* one segment says nothing that the sums do not say */
        char amount[32], accepted[32];
        rupiah_format(balance->segments[i].committed, amount);
        rupiah_format(balance->segments[i].accepted, accepted);
        if (is_used(&balance->segments[i])) printf("  %-10s%s, %s diterima\n", segment_name((enum segment)i), amount, accepted + strlen("Rp"));
    }
}

static void print_balance(bool json, const char *agreement, const struct agreement_balance *balance) {
    char pagu[32], committed[32], left[32], amount[32];
    if (json) {
        command_print_json(json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:I,s:I}", "agreement", agreement, "pagu", (json_int_t)balance->pagu, "delegated", (json_int_t)balance->delegated, "committed",
                                 (json_int_t)balance->committed, "reserved", (json_int_t)balance->reserved, "left", (json_int_t)balance->left, "programmes", charges_json(balance), "segments", segments_json(balance), "accepted",
                                 (json_int_t)balance->accepted, "waitlisted", (json_int_t)balance->waitlisted));
        return;
    }
    printf("Perjanjian  %s\n", agreement);
    for (int i = 0; i < LEDGER_CHARGES; i++) {
        rupiah_format(balance->by_charge[i], amount);
        if (is_shown(balance, i)) printf("  %-10s%s\n", charge_name(ledger_charge(i)), amount);
    }
    rupiah_format(balance->pagu, pagu);
    rupiah_format(balance->committed, committed);
    rupiah_format(balance->left, left);
    char accepted[32], waitlisted[32];
    rupiah_format(balance->accepted, accepted);
    rupiah_format(balance->waitlisted, waitlisted);
    print_segments(balance);
    printf("  pagu      %s\n", pagu);
    rupiah_format(balance->delegated, amount);
    if (balance->delegated > 0) printf("  dibagi    %s\n", amount);
    printf("  terikat   %s\n", committed);
    rupiah_format(balance->reserved, amount);
    if (balance->reserved > 0) printf("  cadangan  %s\n", amount);
    printf("  sisa      %s\n", left);
    printf("  diterima  %s orang\n  menunggu  %s orang\n", accepted + strlen("Rp"), waitlisted + strlen("Rp")); /* heads with the same dots */
}

static int show_balance(bool json, const char *url, const char *agreement) {
    struct pg *pg = NULL;
    struct agreement_balance balance;
    bool found = false;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct err err = pg_open(url, "payung-balance", &pg);
    if (!failed(&err)) err = agreement_balance(pg, arena, slice_text(agreement), &found, &balance);
    pg_close(pg);
    arena_destroy(arena);
    if (failed(&err)) return database_failure(json, &err);
    if (!found) return unknown_agreement(json);
    print_balance(json, agreement, &balance);
    return EXIT_OK;
}

/* ---- pending ------------------------------------------------------------------------------------------------------------------------------ */

static void print_pending_json(const struct pending_line *lines, size_t count, int64_t total) {
    json_t *reasons = json_array();
    for (size_t i = 0; i < count; i++) {
        char codes[CODE_SET_TEXT_MAX], since[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];
        (void)code_set_format(lines[i].codes, codes);
        clock_format_ms(lines[i].since_ms, since);
        clock_format_ms(lines[i].next_ms, next);
        (void)json_array_append_new(reasons, json_pack("{s:s,s:I,s:I,s:I,s:I,s:s,s:s,s:i}", "codes", codes, "applications", (json_int_t)lines[i].applications, "last_hour",
                                                       (json_int_t)lines[i].last_hour, "last_day", (json_int_t)lines[i].last_day, "older",
                                                       (json_int_t)(lines[i].applications - lines[i].last_day), "since", since, "next_try", next, "attempts", lines[i].attempts));
    }
    command_print_json(json_pack("{s:I,s:o}", "pending", (json_int_t)total, "reasons", reasons));
}

static void print_pending(const struct pending_line *lines, size_t count, int64_t total) {
    printf("Menunggu jawaban dari luar: %" PRId64 " pendaftaran.\n", total);
    for (size_t i = 0; i < count; i++) {
        char codes[CODE_SET_TEXT_MAX], since[CLOCK_TEXT_MAX], next[CLOCK_TEXT_MAX];
        (void)code_set_format(lines[i].codes, codes);
        clock_format_ms(lines[i].since_ms, since);
        clock_format_ms(lines[i].next_ms, next);
        printf("  %-8s%" PRId64 " pendaftaran, %" PRId64 " belum satu jam, %" PRId64 " lebih dari sehari\n", codes, lines[i].applications, lines[i].last_hour,
               lines[i].applications - lines[i].last_day);
        printf("          menunggu sejak %s, dicoba lagi mulai %s, paling banyak sudah %d kali\n", since, next, lines[i].attempts);
        for (int code = 1; code < CODE_LIMIT; code++) {
            const struct code_row *row = code_set_has(lines[i].codes, (enum code)code) ? code_row((enum code)code) : NULL;
            if (row != NULL) printf("          %s: %s. %s\n", row->text, row->reason, row->remedy);
        }
    }
}

static int show_pending(bool json, const char *url) {
    struct pg *pg = NULL;
    struct pending_line lines[PENDING_LINES_MAX];
    size_t count = 0;
    int64_t total = 0;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct err err = pg_open(url, "payung-pending", &pg);
    if (!failed(&err)) err = pending_lines(pg, arena, lines, &count);
    pg_close(pg);
    arena_destroy(arena);
    if (failed(&err)) return database_failure(json, &err);
    for (size_t i = 0; i < count; i++) total += lines[i].applications;
    if (json) print_pending_json(lines, count, total);
    else print_pending(lines, count, total);
    return EXIT_OK;
}

/* ---- verify ------------------------------------------------------------------------------------------------------------------------------- */

static size_t problems_kept(const struct verify_report *report) { return report->problem_count < PROBLEMS_MAX ? (size_t)report->problem_count : PROBLEMS_MAX; }

static void print_verify_json(const struct verify_report *report) {
    json_t *problems = json_array();
    for (size_t i = 0; i < problems_kept(report); i++) {
        const struct verify_problem *problem = &report->problems[i];
        (void)json_array_append_new(problems, json_pack("{s:s,s:s,s:s,s:s}", "check", problem->check, "agreement", problem->agreement, "where", problem->where, "text", problem->text));
    }
    command_print_json(json_pack("{s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "ok", report->problem_count == 0, "journals", (json_int_t)report->journals, "entries", (json_int_t)report->entries,
                             "outcomes", (json_int_t)report->outcomes, "covers", (json_int_t)report->covers, "agreements", (json_int_t)report->agreements, "waiting",
                             (json_int_t)report->waiting, "problem_count", (json_int_t)report->problem_count, "problems", problems));
}

static void print_verify(const struct verify_report *report) {
    printf("Diperiksa: %" PRId64 " perjanjian, %" PRId64 " jurnal, %" PRId64 " ayat, %" PRId64 " keputusan, %" PRId64 " perlindungan.\n", report->agreements, report->journals,
           report->entries, report->outcomes, report->covers);
    if (report->waiting > 0) printf("Masih dalam perjalanan: %" PRId64 " baris yang sudah diterima.\n", report->waiting);
    for (size_t i = 0; i < problems_kept(report); i++) {
        const struct verify_problem *problem = &report->problems[i];
        printf("SALAH [%s] %s%s%s: %s\n", problem->check, problem->agreement, problem->agreement[0] != '\0' ? " " : "", problem->where, problem->text);
    }
    if (report->problem_count > PROBLEMS_MAX) printf("... dan %" PRId64 " lagi.\n", report->problem_count - PROBLEMS_MAX);
    if (report->problem_count == 0) printf("Buku besar benar.\n");
    else printf("Buku besar TIDAK benar: %" PRId64 " temuan.\n", report->problem_count);
}

enum { VERIFY_PATIENCE_MS = 60 * 60 * 1000 }; /* one question may read a whole ledger */

static int verify(bool json, const char *url) {
    static struct verify_report report;
    struct pg *pg = NULL;
    struct err err = pg_open(url, "payung-verify", &pg);
    if (!failed(&err)) pg_patience(pg, VERIFY_PATIENCE_MS);
    if (!failed(&err)) err = ledger_verify(pg, &report);
    pg_close(pg);
    if (failed(&err)) return database_failure(json, &err);
    if (json) print_verify_json(&report);
    else print_verify(&report);
    return report.problem_count == 0 ? EXIT_OK : EXIT_FAILED;
}

/* ---- which of them ------------------------------------------------------------------------------------------------------------------------ */

/* The options of all its words that have a value, so that what stands behind one of them is known to be no word. */
static bool has_value(const char *option) {
    static const char *const names[] = {"--agreement", "--journal", "--reason", "--to", "--date", "--on", "--output", "--key", "--against", "--into", "--wait", "--offline", "--as-of"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(option, names[i]) == 0) return true;
    return false;
}

static bool is_option(const char *argument, const char *name) {
    const size_t size = strlen(name);
    return strncmp(argument, name, size) == 0 && (argument[size] == '\0' || argument[size] == '=');
}

/* The first argument that is neither an option nor the value of one moves to argv[1]; "" when there is none. *ret_offline, *ret_accounts: the options that make another question of
 * verify and balance are there. What is not understood is told by the word's own reading. */
static const char *find_word(int argc, char **argv, bool *ret_offline, bool *ret_accounts) {
    int at = 0;
    *ret_offline = *ret_accounts = false;
    for (int i = 1; i < argc; i++) {
        *ret_offline |= is_option(argv[i], "--offline");
        *ret_accounts |= is_option(argv[i], "--accounts") || is_option(argv[i], "--as-of");
        if (argv[i][0] != '-' && at == 0) at = i;
        i += has_value(argv[i]);
    }
    if (at == 0) return "";
    char *const word = argv[at];
    for (int i = at; i > 1; i--) argv[i] = argv[i - 1];
    argv[1] = word;
    return word;
}

/* Words with options of their own; NULL when the arguments are for this file. */
static int (*other_main(const char *word, bool offline, bool accounts))(int argc, char **argv) {
    if (strcmp(word, "export") == 0) return ledger_export_main;
    if (strcmp(word, "head") == 0) return ledger_head_main;
    if (strcmp(word, "replay") == 0) return ledger_replay_main;
    if (strcmp(word, "verify") == 0 && offline) return ledger_offline_main;
    if (strcmp(word, "close") == 0 || strcmp(word, "reverse") == 0 || (strcmp(word, "balance") == 0 && accounts)) return ledger_money_main;
    return NULL;
}

int ledger_main(int argc, char **argv) {
    static const struct option options[] = {{"agreement", required_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool offline, accounts;
    const char *what = find_word(argc, argv, &offline, &accounts);
    int (*const other)(int argc, char **argv) = other_main(what, offline, accounts);
    if (other != NULL) return other(argc - 1, argv + 1);
    const char *agreement = NULL;
    bool json = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'a') agreement = optarg;
        json |= option == 'j';
    }
    if (argc - optind != 1) return command_usage(argc, argv, usage);
    const bool is_balance = strcmp(what, "balance") == 0 && agreement != NULL, is_verify = strcmp(what, "verify") == 0 && agreement == NULL;
    const bool is_pending = strcmp(what, "pending") == 0 && agreement == NULL;
    if (!is_balance && !is_verify && !is_pending) return command_usage(argc, argv, usage);
    const char *url = command_env(json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    if (is_pending) return show_pending(json, url);
    return is_balance ? show_balance(json, url, agreement) : verify(json, url);
}
