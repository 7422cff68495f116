/* `payung payment import FILE`: a bank statement becomes payments in the outbox, in groups of one transaction each. Running it again after any failure sends only what is still
 * missing. What is shown of a line is its number and what is wrong with it, never what stands in it. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "services/ledger/bank_file.h"
#include "services/ledger/payment_inbox.h"
#include "services/payung/commands.h"
#include "services/payung/payment.h"

enum {
    GROUP = 500,
    GROUP_ARENA_BYTES = 32 * 1024 * 1024,
    SHOWN_MAX = 50,      /* lines of the work list, and warnings, on the screen */
    SHOWN_JSON_MAX = 1000,
    WAIT_MS_MAX = 300 * 1000,
    POLL_FIRST_MS = 50,
    POLL_MAX_MS = 2000,
};

static const char usage[] =
    "usage: payung payment import FILE [--format csv|mt940] [--bank NAME] [--account NO] [--dry-run] [--wait] [--json]\n"
    "\n"
    "Reads a bank statement and hands the money that came in to the ledger, each line once: the same file again sends nothing.\n"
    "  CSV     a header row in Bahasa Indonesia or English, separated by ; , or tab; needed are a date (tanggal) and an amount (jumlah or kredit). Further: keterangan,\n"
    "          referensi, debet, saldo, mata_uang, no_transaksi, rekening, bank. The columns before the header may say No. Rekening.\n"
    "  MT940   the customer statement of SWIFT; opening balance + movements = closing balance is checked and told.\n"
    "The payer is found by an invoice number (INV-1708-202510-0001) or a billing code in reference or description. Money without one, reversals, and lines that can't be read go\n"
    "to the ledger's work list: nothing is lost. Money going out and balances are counted.\n"
    "  --format   csv or mt940 (default: seen from the file)\n"
    "  --bank     the cash account that the money is on, e.g. BANK-BENGKULU (default: what the file says, else the account)\n"
    "  --account  the account, where the file does not name it\n"
    "  --dry-run  only reads and shows\n"
    "  --wait     waits until the ledger has booked all of it, and shows what became of it\n"
    "  --json     one JSON document on standard output\n"
    "Environment: PGURL (not for --dry-run). Exit codes: 0 ok, 1 failed, 2 usage, 3 done, but lines are on the work list or a balance does not fit, 75 database away or ledger\n"
    "late: run it again.\n";

struct options {
    const char *path, *account, *bank;
    enum statement_format format;
    bool dry_run, wait, json;
};

/* What one line of the work list is called. */
struct told_line {
    uint32_t line;
    char problem[24];
};

struct booked {
    int64_t missing, booked, suspended, parked, settled, credited;
};

struct import {
    const struct options *options;
    struct pg *pg; /* NULL: --dry-run */
    struct arena *arena; /* of the group */
    struct payment_received group[GROUP];
    uint32_t lines[GROUP];
    size_t count;
    int64_t payments, sent, repeated, sum, work_count, warning_count;
    struct told_line work[SHOWN_JSON_MAX];
    json_t *warnings;
    struct bank_file_report report;
    struct booked booked;
    bool in_database; /* it was PostgreSQL that failed, not the file */
};

/* ---- sending ---- */

/* What --wait asks about; lives with the session. */
static const char waiting_sql[] = "CREATE TEMPORARY TABLE import_item (source text NOT NULL, external_id text NOT NULL, content_sha256 bytea NOT NULL)";

static struct err remember_group(struct import *import) {
    struct slice *sources = arena_zero(import->arena, import->count, sizeof *sources), *numbers = arena_zero(import->arena, import->count, sizeof *numbers);
    struct slice *contents = arena_zero(import->arena, import->count, sizeof *contents);
    for (size_t i = 0; i < import->count; i++) {
        sources[i] = import->group[i].source;
        numbers[i] = import->group[i].external_id;
        contents[i] = slice_of(import->group[i].content_sha256, sizeof import->group[i].content_sha256);
    }
    struct pg_parameters *p = pg_parameters(import->arena);
    pg_add_text_array(p, sources, import->count);
    pg_add_text_array(p, numbers, import->count);
    pg_add_bytea_array(p, contents, import->count);
    return pg_run(import->pg, import->arena, "INSERT INTO import_item SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[])", p, NULL);
}

static void tell_work(struct import *import, uint32_t line, struct slice problem) {
    if (import->work_count < SHOWN_JSON_MAX) {
        struct told_line *told = &import->work[import->work_count];
        told->line = line;
        (void)snprintf(told->problem, sizeof told->problem, "%.*s", SLICE_ARGS(problem)); /* the longest has 17 letters */
    }
    import->work_count++;
}

static struct err send_group(struct import *import) {
    const enum payment_inbox_end *ends = NULL; /* without a database: all new */
    if (import->pg != NULL && import->count > 0) {
        import->in_database = true;
        TRY(payment_inbox_add(import->pg, import->arena, import->group, import->count, &ends));
        if (import->options->wait) TRY(remember_group(import));
        import->in_database = false;
    }
    for (size_t i = 0; i < import->count; i++) {
        const struct payment_received *payment = &import->group[i];
        const enum payment_inbox_end end = ends != NULL ? ends[i] : PAYMENT_SENT;
        const bool differs = end == PAYMENT_DIFFERS || end == PAYMENT_DIFFERS_AGAIN, is_payment = payment->problem.size == 0 && !differs;
        if (!is_payment) tell_work(import, import->lines[i], differs && payment->problem.size == 0 ? slice_text(PAYMENT_CONTENT_DIFFERS) : payment->problem);
        import->sent += end == PAYMENT_SENT && is_payment;
        import->repeated += end == PAYMENT_REPEATED || end == PAYMENT_DIFFERS_AGAIN;
        import->payments += is_payment;
        if (end == PAYMENT_SENT && is_payment && !rupiah_add(import->sum, payment->amount, &import->sum)) return ERR(FATAL, "the sum of the file leaves all bounds");
    }
    import->count = 0;
    arena_reset(import->arena);
    return OK;
}

static struct err take(void *self, const struct payment_received *payment, uint32_t line) {
    struct import *import = self;
    struct payment_received *kept = &import->group[import->count];
    *kept = *payment;
    struct slice *const texts[] = {&kept->source, &kept->external_id, &kept->reference, &kept->bank, &kept->currency, &kept->problem, &kept->raw};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = arena_copy(import->arena, *texts[i]);
    import->lines[import->count++] = line;
    return import->count == GROUP ? send_group(import) : OK;
}

static void warn(void *self, uint32_t line, enum statement_warning warning, int64_t difference_sen) {
    static const char *const names[] = {"", "BALANCE_DIFFERS", "BALANCE_MISSING", "BALANCE_UNCHECKED"};
    static const char *const words[] = {"", "saldo akhir tidak sama dengan saldo awal ditambah mutasi", "saldo awal atau akhir tidak ada; apakah berkas terpotong?",
                                        "saldo tidak dapat diperiksa karena ada baris rusak"};
    struct import *import = self;
    if (++import->warning_count > SHOWN_MAX) return;
    if (!import->options->json && warning == STATEMENT_BALANCE_DIFFERS)
        fprintf(stderr, "baris %u: %s; selisih %s%" PRId64 ",%02d\n", line, words[warning], difference_sen < 0 ? "-" : "", difference_sen < 0 ? -(difference_sen / 100) : difference_sen / 100,
                (int)(difference_sen < 0 ? -(difference_sen % 100) : difference_sen % 100));
    else if (!import->options->json)
        fprintf(stderr, "baris %u: %s\n", line, words[warning]);
    (void)json_array_append_new(import->warnings, json_pack("{s:I,s:s,s:s,s:I}", "line", (json_int_t)line, "code", names[warning], "reason", words[warning], "difference_sen",
                                                            (json_int_t)difference_sen)); /* fails only without memory */
}

/* ---- waiting ---- */

/* A number whose first content is booked has others on the work list only. */
static const char booked_sql[] =
    "SELECT count(*) FILTER (WHERE NOT booked AND NOT parked), count(*) FILTER (WHERE booked AND state = 'BOOKED'), count(*) FILTER (WHERE booked AND state = 'SUSPENDED'),"
    " count(*) FILTER (WHERE NOT booked AND parked), coalesce(sum(settled) FILTER (WHERE booked), 0)::bigint, coalesce(sum(credited) FILTER (WHERE booked), 0)::bigint"
    " FROM (SELECT coalesce(p.content_sha256 = i.content_sha256, false) AS booked, p.state, p.settled, p.credited,"
    "  EXISTS (SELECT FROM ledger.suspense s WHERE s.source = i.source AND s.external_id = i.external_id AND (p.source IS NULL OR s.problem = 'CONTENT_DIFFERS')) AS parked"
    "  FROM (SELECT DISTINCT * FROM import_item) i LEFT JOIN ledger.payment p ON p.source = i.source AND p.external_id = i.external_id) known";

static struct err ask_booked(struct import *import) {
    struct pg_rows rows;
    arena_reset(import->arena);
    TRY(pg_run(import->pg, import->arena, booked_sql, NULL, &rows));
    import->booked = (struct booked){.missing = pg_int8(&rows, 0, 0), .booked = pg_int8(&rows, 0, 1), .suspended = pg_int8(&rows, 0, 2), .parked = pg_int8(&rows, 0, 3),
                                     .settled = pg_int8(&rows, 0, 4), .credited = pg_int8(&rows, 0, 5)};
    return OK;
}

static struct err wait_for_ledger(struct import *import) {
    const int64_t until_us = clock_monotonic_us() + (int64_t)WAIT_MS_MAX * 1000;
    import->in_database = true;
    TRY(pg_script(import->pg, "ANALYZE import_item"));
    for (int64_t pause_ms = POLL_FIRST_MS;; pause_ms = pause_ms * 3 / 2 < POLL_MAX_MS ? pause_ms * 3 / 2 : POLL_MAX_MS) {
        TRY(ask_booked(import));
        if (import->booked.missing == 0 || clock_monotonic_us() >= until_us) return OK;
        clock_wait_ms(pause_ms);
    }
}

/* ---- telling ---- */

static const char *reason_of(const struct told_line *told) {
    if (strcmp(told->problem, PAYMENT_CONTENT_DIFFERS) == 0) return "nomor yang sama sudah dikirim dengan isi lain";
    return statement_problem_reason_of(slice_text(told->problem));
}

static void print_json(const struct import *import) {
    const struct statement_counts *counts = &import->report.counts;
    json_t *work = json_array();
    for (int64_t i = 0; i < import->work_count && i < SHOWN_JSON_MAX; i++)
        (void)json_array_append_new(work, json_pack("{s:I,s:s,s:s}", "line", (json_int_t)import->work[i].line, "problem", import->work[i].problem, "reason", reason_of(&import->work[i])));
    json_t *document = json_pack("{s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:O}", "format", statement_format_name(import->report.format), "dry_run", (int)(import->pg == NULL),
                                 "lines", (json_int_t)counts->lines, "statements", (json_int_t)counts->statements, "payments", (json_int_t)import->payments, "sent",
                                 (json_int_t)import->sent, "sum", (json_int_t)import->sum, "repeats", (json_int_t)import->repeated, "debits", (json_int_t)counts->debits, "balances",
                                 (json_int_t)counts->balances, "work_list_count", (json_int_t)import->work_count, "work_list", work, "warnings", import->warnings);
    if (import->options->wait && document != NULL)
        (void)json_object_set_new(document, "ledger", json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "booked", (json_int_t)import->booked.booked, "suspended", (json_int_t)import->booked.suspended,
                                                                "parked", (json_int_t)import->booked.parked, "missing", (json_int_t)import->booked.missing, "settled",
                                                                (json_int_t)import->booked.settled, "credited", (json_int_t)import->booked.credited)); /* as above */
    command_print_json(document);
}

static void print_words(const struct import *import) {
    const struct statement_counts *counts = &import->report.counts;
    char sum[32];
    rupiah_format(import->sum, sum);
    printf("%s: %" PRId64 " baris", import->report.format == STATEMENT_MT940 ? "MT940" : "CSV", counts->lines);
    if (counts->statements > 0) printf(", %" PRId64 " rekening koran", counts->statements);
    printf("\n  %-13s%" PRId64 " pembayaran, %s\n", import->pg != NULL ? "dikirim" : "akan dikirim", import->sent, sum);
    if (import->repeated > 0) printf("  ulangan      %" PRId64 " sudah pernah dikirim\n", import->repeated);
    if (counts->debits > 0) printf("  keluar       %" PRId64 " debet, bukan pembayaran\n", counts->debits);
    if (counts->balances > 0) printf("  saldo        %" PRId64 " baris\n", counts->balances);
    if (import->work_count > 0) printf("  daftar kerja %" PRId64 " baris\n", import->work_count);
    for (int64_t i = 0; i < import->work_count && i < SHOWN_MAX; i++) printf("    baris %u: %s, %s\n", import->work[i].line, import->work[i].problem, reason_of(&import->work[i]));
    if (import->work_count > SHOWN_MAX) printf("    ... dan %" PRId64 " baris lain\n", import->work_count - SHOWN_MAX);
    if (!import->options->wait) return;
    char settled[32], credited[32];
    rupiah_format(import->booked.settled, settled);
    rupiah_format(import->booked.credited, credited);
    printf("  dibukukan    %" PRId64 " pembayaran: %s melunasi tagihan, %s menjadi titipan\n", import->booked.booked, settled, credited);
    if (import->booked.suspended > 0) printf("  ditangguhkan %" PRId64 " pembayaran tanpa tagihan\n", import->booked.suspended);
    if (import->booked.parked > 0) printf("  bukan bayar  %" PRId64 " baris di daftar kerja\n", import->booked.parked);
}

static int failure(const struct import *import, const struct err *err) {
    if (!import->in_database) return command_fail(import->options->json, EXIT_FAILED, "FILE_UNREADABLE", err->text, "Check the name of the file.");
    if (err->fate == FATE_AGAIN) return command_fail(import->options->json, EXIT_TEMPORARY, "DATABASE_AWAY", err->text, "Start PostgreSQL, then run the command again: nothing is sent twice.");
    return command_fail(import->options->json, EXIT_FAILED, "DATABASE_ERROR", err->text, "Is the schema up to date (payung migrate)? Then run the command again: nothing is sent twice.");
}

static int tell(const struct import *import) {
    const bool json = import->options->json;
    if (import->report.refused[0] != '\0') return command_fail(json, EXIT_FAILED, "FILE_REFUSED", import->report.refused, "Correct the file, then import it again: nothing is sent twice.");
    if (import->options->wait && import->booked.missing > 0) {
        char message[120];
        (void)snprintf(message, sizeof message, "%" PRId64 " payments are sent but not booked yet", import->booked.missing); /* fits */
        return command_fail(json, EXIT_TEMPORARY, "LEDGER_LATE", message, "They are remembered. Are the relay and the payments service running? Run the command again to see.");
    }
    if (json) print_json(import);
    else print_words(import);
    return import->work_count > 0 || import->warning_count > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}

/* ---- the command ---- */

static struct err run(struct import *import, const char *url) {
    const struct bank_file file = {.path = import->options->path, .format = import->options->format, .account = import->options->account, .bank = import->options->bank,
                                   .take = take, .warn = warn, .self = import};
    if (url != NULL) {
        import->in_database = true;
        TRY(pg_open(url, "payung-payment-import", &import->pg));
        if (import->options->wait) TRY(pg_script(import->pg, waiting_sql));
        import->in_database = false;
    }
    TRY(bank_file_read(&file, &import->report));
    if (import->report.refused[0] != '\0') return OK;
    TRY(send_group(import));
    return import->options->wait ? wait_for_ledger(import) : OK;
}

int payment_import(int argc, char **argv) {
    static const struct option options[] = {{"format", required_argument, NULL, 'f'}, {"bank", required_argument, NULL, 'b'}, {"account", required_argument, NULL, 'a'},
                                            {"dry-run", no_argument, NULL, 'd'},      {"wait", no_argument, NULL, 'w'},       {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},         {0}};
    struct options chosen = {0};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_OK;
        if (option == '?' || (option == 'f' && !statement_format_parse(slice_text(optarg), &chosen.format))) return command_usage(argc, argv, usage);
        if (option == 'b') chosen.bank = optarg;
        if (option == 'a') chosen.account = optarg;
        chosen.dry_run |= option == 'd';
        chosen.wait |= option == 'w';
        chosen.json |= option == 'j';
    }
    if (argc - optind != 1 || (chosen.wait && chosen.dry_run)) return command_usage(argc, argv, usage);
    chosen.path = argv[optind];
    const char *url = chosen.dry_run ? NULL : command_env(chosen.json, "PGURL");
    if (url == NULL && !chosen.dry_run) return EXIT_USAGE;
    static struct import import; /* too large for a stack */
    import = (struct import){.options = &chosen, .arena = arena_create(GROUP_ARENA_BYTES), .warnings = json_array()};
    const struct err err = run(&import, url);
    const int code = failed(&err) ? failure(&import, &err) : tell(&import);
    pg_close(import.pg);
    json_decref(import.warnings);
    arena_destroy(import.arena);
    return code;
}
