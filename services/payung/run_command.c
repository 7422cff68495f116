/* `payung run`: the monthly run over one agreement or all of them, each in a transaction of its own, so that one that fails stops no other. The same date again does nothing. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "services/ledger/run.h"
#include "services/payung/commands.h"
#include "services/payung/law_tables.h"
#include "services/payung/money_command.h"

static const char usage[] = "usage: payung run --date YYYY-MM-DD [--agreement ID] [--json]\n"
                            "\n"
                            "Does what the calendar asks for at a business date: covers become active (on commitment), lapse, end, fall into grace; reservations that are over go back to\n"
                            "the waiting list; invoices of the month are issued; waiting lists go over to the agreement that renews theirs, and are served. All agreements, or one.\n"
                            "The same date twice does nothing new; a date before the last run is refused. At least once a month, best on its first day; daily does no harm.\n"
                            "Exit code 0 done or nothing to do, 1 an agreement failed or refused, 2 usage, 75 when the database is away.\n"
                            "  --date   the business date; --on is the same, as in the commands whose --date is a day of something else\n"
                            "  --json   one JSON document on standard output\n";

struct total {
    bool json;
    json_t *agreements;
    struct money_session session;
    uint32_t grace_months;
    int failures, code; /* code: of the first failure */
};

static const char *answer_word(enum run_answer answer) {
    switch (answer) {
    case RUN_DONE: return "done";
    case RUN_NOTHING: return "nothing";
    case RUN_EARLIER: return "earlier";
    case RUN_UNKNOWN: return "unknown";
    }
    return "?";
}

static void print_count(const char *word, int64_t count) {
    if (count > 0) printf("  %-26s%" PRId64 " orang\n", word, count);
}

static void print_result(const char *agreement, const struct run_result *result) {
    char amount[32], day[24];
    printf("Perjanjian %s: ", agreement);
    if (result->answer == RUN_EARLIER) {
        day_format_id(result->last_run, day);
        printf("tidak dijalankan, sudah dijalankan untuk %s\n", day);
        return;
    }
    const bool moved = result->activated + result->lapsed + result->ended + result->in_grace + result->expired + result->carried + result->promoted + result->invoiced_persons > 0;
    printf("%s\n", moved || result->agreement_ended ? "dijalankan" : "tidak ada perubahan");
    print_count("aktif", result->activated);
    print_count("menunggak", result->in_grace);
    print_count("nonaktif (menunggak)", result->lapsed);
    print_count("berakhir", result->ended);
    print_count("cadangan kedaluwarsa", result->expired);
    rupiah_format(result->released, amount);
    if (result->released > 0) printf("  %-26s%s\n", "anggaran kembali", amount);
    rupiah_format(result->invoiced, amount);
    if (result->invoiced > 0) printf("  %-26s%s untuk %" PRId64 " orang\n", "ditagih", amount, result->invoiced_persons);
    print_count("pindah daftar tunggu", result->carried);
    print_count("dipanggil", result->promoted);
    if (result->agreement_ended) printf("  perjanjian berakhir\n");
}

static json_t *result_json(const char *agreement, const struct run_result *result) {
    char last[11] = "";
    if (result->last_run != 0) day_format(result->last_run, last);
    return json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b}", "agreement", agreement, "result", answer_word(result->answer), "last_run", last, "activated",
                     (json_int_t)result->activated, "grace", (json_int_t)result->in_grace, "lapsed", (json_int_t)result->lapsed, "ended", (json_int_t)result->ended, "expired",
                     (json_int_t)result->expired, "released", (json_int_t)result->released, "invoiced", (json_int_t)result->invoiced, "invoiced_persons",
                     (json_int_t)result->invoiced_persons, "carried", (json_int_t)result->carried, "promoted", (json_int_t)result->promoted, "agreement_ended", result->agreement_ended);
}

/* What fails is told with its agreement, and the others go on; who is away is away for all of them. */
static bool run_one(struct total *total, struct slice id) {
    struct run_result result;
    char agreement[80];
    (void)snprintf(agreement, sizeof agreement, "%.*s", SLICE_ARGS(id)); /* fits: 63 characters */
    struct arena *arena = total->session.arena;
    arena_reset(arena);
    struct err err = run_agreement(total->session.pg, arena, &total->session.moment, slice_text(agreement), total->grace_months, &result);
    if (failed(&err)) {
        total->failures++;
        const struct failure_words words = database_failure_words(&err);
        if (err.fate == FATE_AGAIN) total->code = EXIT_TEMPORARY;
        else if (total->code == EXIT_OK) total->code = EXIT_FAILED;
        if (total->json) (void)json_array_append_new(total->agreements, json_pack("{s:s,s:s,s:s,s:s,s:s}", "agreement", agreement, "result", "failed", "code", words.code, "message", err.text,
                                                                                          "remedy", words.remedy));
        else fprintf(stderr, "payung: perjanjian %s: %s\n  %s\n", agreement, err.text, words.remedy);
        return err.fate != FATE_AGAIN;
    }
    if (result.answer == RUN_EARLIER || result.answer == RUN_UNKNOWN) {
        total->failures++;
        if (total->code == EXIT_OK) total->code = EXIT_FAILED;
    }
    if (total->json) (void)json_array_append_new(total->agreements, result_json(agreement, &result));
    else if (result.answer == RUN_UNKNOWN) fprintf(stderr, "payung: perjanjian %s tidak ada\n  See payung agreement list.\n", agreement);
    else print_result(agreement, &result);
    return true;
}

static struct err run_all(struct total *total) {
    struct arena *ids_arena = arena_create(1 << 20);
    struct slice ids[RUN_AGREEMENTS_MAX];
    size_t count = 0;
    int32_t last = 0;
    struct err err = OK;
    for (bool more = true; more && !failed(&err);) {
        arena_reset(ids_arena);
        err = run_agreements(total->session.pg, ids_arena, last, ids, &count, &last);
        for (size_t i = 0; i < count && more && !failed(&err); i++) more = run_one(total, ids[i]);
        more = more && count == RUN_AGREEMENTS_MAX;
    }
    arena_destroy(ids_arena);
    return err;
}

static int run_and_tell(struct total *total, const char *date, const char *agreement) {
    struct err err = OK;
    total->agreements = json_array();
    if (agreement != NULL) (void)run_one(total, slice_text(agreement)); /* told by itself */
    else err = run_all(total);
    if (failed(&err)) {
        json_decref(total->agreements);
        return money_tell(&total->session, &err, NULL);
    }
    if (total->json) command_print_json(json_pack("{s:s,s:i,s:o}", "date", date, "failures", total->failures, "agreements", total->agreements));
    else json_decref(total->agreements);
    return total->code;
}

int run_main(int argc, char **argv) {
    static const struct option options[] = {{"date", required_argument, NULL, 'd'}, {"on", required_argument, NULL, 'd'}, {"agreement", required_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'}, {0}};
    const char *date = NULL, *agreement = NULL;
    struct total total = {0};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'd') date = optarg;
        if (option == 'a') agreement = optarg;
        total.json |= option == 'j';
    }
    struct parameters parameters;
    day_t day;
    if (date == NULL || !day_option(date, &day) || optind != argc) return command_usage(argc, argv, usage);
    int code = law_parameters_open(total.json, &parameters);
    if (code != EXIT_OK) return code;
    code = money_session_open(total.json, "payung-run", day, &total.session);
    total.grace_months = (uint32_t)parameter(&parameters, PARAMETER_GRACE_MONTHS);
    if (code == EXIT_OK) code = run_and_tell(&total, date, agreement);
    money_session_close(&total.session);
    return code;
}
