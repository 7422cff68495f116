/* `payung notification report`: are all persons told? It counts the messages like money: what the ledger promised against what notification
 * handed over, per agreement, per cause (a decision, or a change of cover) and in total, in one statement and so at one moment. A message without
 * a promise, or another one than was promised, means that the books do not agree: exit code 1. It shows counts only, nothing of a person. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/pg.h"
#include "services/payung/commands.h"

enum { REPORT_BYTES_MAX = 64 << 20 };

enum cause { CAUSE_DECISION, CAUSE_COVERAGE, CAUSES };
static const struct { const char *name, *title; } causes[CAUSES] = {{"decision", "Keputusan"}, {"coverage", "Perlindungan"}};

struct counts {
    int64_t promised, sent, failed, stale, unpromised;
};
struct report_row {
    struct slice agreement;
    struct counts by_cause[CAUSES];
};
struct report {
    struct report_row *rows; /* one an agreement */
    size_t count;
    struct counts by_cause[CAUSES], total;
};

static int64_t queued(const struct counts *counts) { return counts->promised - counts->sent - counts->failed - counts->stale; }

static const char usage[] = "usage: payung notification report [--json]\n"
                            "\n"
                            "Counts the messages: promised = queued + sent + failed + stale, per agreement, per cause (decisions; changes of cover) and in total.\n"
                            "Exit code 0 when the books agree, 1 when a message has no promise, 2 usage, 75 when the database is away.\n"
                            "  --json   one JSON document on standard output\n";

/* A row of the left side without one of the right is queued; of the right without the left, unpromised. A cover may owe the same message more than once (lines of kind STATE):
 * the first that was told is the first that was owed. */
static const char report_sql[] =
    "SELECT agreement_id, cause, count(*) FILTER (WHERE is_promised), count(*) FILTER (WHERE is_promised AND state = 'sent'), "
    "count(*) FILTER (WHERE is_promised AND state = 'failed'), count(*) FILTER (WHERE is_promised AND state = 'stale'), count(*) FILTER (WHERE NOT is_promised OR is_other) FROM ("
    "SELECT coalesce(a.agreement_id, m.agreement_id) AS agreement_id, 0 AS cause, o.application_id IS NOT NULL AS is_promised, m.state, m.template <> o.message_due AS is_other "
    "FROM (SELECT application_id, attempt, agreement_no, message_due FROM ledger.outcome WHERE message_due IS NOT NULL AND NOT repeat) o "
    "LEFT JOIN ledger.agreement a USING (agreement_no) "
    "FULL JOIN (SELECT * FROM notice.message WHERE cause = 'decision') m ON m.application_id = o.application_id AND m.attempt = o.attempt "
    "UNION ALL "
    "SELECT coalesce(l.agreement_id, m.agreement_id), 1, l.application_id IS NOT NULL, m.state, false "
    "FROM (SELECT a.agreement_id, e.application_id, e.attempt, s.message_due, "
    "row_number() OVER (PARTITION BY e.application_id, e.attempt, s.message_due ORDER BY s.journal_seq, s.position) AS nth FROM ledger.line s "
    "JOIN ledger.enrolment e ON e.agreement_no = s.agreement_no AND e.place = s.place JOIN ledger.agreement a ON a.agreement_no = s.agreement_no "
    "WHERE s.message_due IS NOT NULL) l "
    "FULL JOIN (SELECT *, row_number() OVER (PARTITION BY application_id, attempt, template ORDER BY settled_at, event_id) AS nth FROM notice.message WHERE cause = 'coverage') m "
    "ON m.application_id = l.application_id AND m.attempt = l.attempt AND m.template = l.message_due AND m.nth = l.nth"
    ") c GROUP BY 1, 2 ORDER BY 1, 2";

static json_t *counts_json(const struct counts *counts) {
    return json_pack("{sIsIsIsIsI}", "promised", (json_int_t)counts->promised, "queued", (json_int_t)queued(counts), "sent",
                     (json_int_t)counts->sent, "failed", (json_int_t)counts->failed, "stale", (json_int_t)counts->stale);
}

static void add(struct counts *total, const struct counts *part) {
    total->promised += part->promised;
    total->sent += part->sent;
    total->failed += part->failed;
    total->stale += part->stale;
    total->unpromised += part->unpromised;
}

static struct counts counts_of(const struct pg_rows *rows, size_t row) {
    return (struct counts){.promised = pg_int8(rows, row, 2), .sent = pg_int8(rows, row, 3), .failed = pg_int8(rows, row, 4),
                           .stale = pg_int8(rows, row, 5), .unpromised = pg_int8(rows, row, 6)};
}

/* The rows of the answer, those of one agreement together. */
static struct report report_of(const struct pg_rows *rows, struct arena *arena) {
    struct report report = {.rows = arena_zero(arena, rows->count, sizeof *report.rows)};
    for (size_t i = 0; i < rows->count; i++) {
        const struct slice agreement = pg_bytes(rows, i, 0);
        const struct counts counts = counts_of(rows, i);
        const int cause = pg_int4(rows, i, 1);
        CHECK(cause >= 0 && cause < CAUSES);
        if (report.count == 0 || !slice_equal(report.rows[report.count - 1].agreement, agreement)) report.rows[report.count++].agreement = agreement;
        report.rows[report.count - 1].by_cause[cause] = counts;
        add(&report.by_cause[cause], &counts);
        add(&report.total, &counts);
    }
    return report;
}

static struct counts all_causes(const struct report_row *row) {
    struct counts counts = {0};
    for (int cause = 0; cause < CAUSES; cause++) add(&counts, &row->by_cause[cause]);
    return counts;
}

static void print_counts(struct slice title, const struct counts *counts) {
    printf("%-32.*s dijanjikan %" PRId64 " = antre %" PRId64 " + terkirim %" PRId64 " + gagal %" PRId64 " + kedaluwarsa %" PRId64 "\n",
           SLICE_ARGS(title), counts->promised, queued(counts), counts->sent, counts->failed, counts->stale);
}

static void print_text(const struct report *report) {
    for (size_t i = 0; i < report->count; i++) {
        const struct counts counts = all_causes(&report->rows[i]);
        print_counts(report->rows[i].agreement, &counts);
    }
    for (int cause = 0; cause < CAUSES; cause++) print_counts(slice_text(causes[cause].title), &report->by_cause[cause]);
    print_counts(slice_text("Semua"), &report->total);
    if (report->total.unpromised > 0) printf("PERIKSA: %" PRId64 " pesan tanpa janji di buku besar.\n", report->total.unpromised);
}

static json_t *causes_json(const struct counts by_cause[CAUSES]) {
    json_t *document = json_object();
    for (int cause = 0; cause < CAUSES; cause++) CHECK(json_object_set_new(document, causes[cause].name, counts_json(&by_cause[cause])) == 0);
    return document;
}

static void print_json(const struct report *report) {
    json_t *agreements = json_array();
    for (size_t i = 0; i < report->count; i++) {
        const struct report_row *row = &report->rows[i];
        const struct counts counts = all_causes(row);
        json_t *entry = counts_json(&counts);
        (void)json_object_set_new(entry, "causes", causes_json(row->by_cause)); /* these fail only without memory */
        (void)json_object_set_new(entry, "agreement", json_stringn((const char *)row->agreement.bytes, row->agreement.size));
        (void)json_array_append_new(agreements, entry);
    }
    json_t *document = json_pack("{sosososIsb}", "total", counts_json(&report->total), "causes", causes_json(report->by_cause), "agreements", agreements, "unpromised",
                                 (json_int_t)report->total.unpromised, "agrees", report->total.unpromised == 0);
    CHECK(document != NULL);
    command_print_json(document);
}

enum { REPORT_PATIENCE_MS = 16 * 60 * 1000 };

static struct err read_report(const char *url, struct arena *arena, struct pg_rows *ret_rows) {
    struct pg *pg = NULL;
    TRY(pg_open(url, "payung-notification-report", &pg));
    pg_patience(pg, REPORT_PATIENCE_MS);
    /* Whole tables are counted: before the first ANALYZE the planner takes them for small, and a nested loop over them takes minutes. */
    struct err err = pg_script(pg, "SET statement_timeout = '15min'; SET enable_nestloop = off");
    if (!failed(&err)) err = pg_run(pg, arena, report_sql, NULL, ret_rows);
    pg_close(pg);
    return err;
}

static int report_messages(bool json) {
    const char *url = command_env(json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    struct arena *arena = arena_create(REPORT_BYTES_MAX);
    struct pg_rows rows;
    struct err err = read_report(url, arena, &rows);
    if (failed(&err)) {
        arena_destroy(arena);
        bool away = err.fate == FATE_AGAIN;
        return command_fail(json, away ? EXIT_TEMPORARY : EXIT_FAILED, away ? "DATABASE_UNREACHABLE" : "DATABASE_REFUSED", err.text,
                            away ? "Start PostgreSQL, or wait, and run the command again." : "Check PGURL, and run payung migrate.");
    }
    const struct report report = report_of(&rows, arena);
    if (json) print_json(&report);
    else print_text(&report);
    const bool agrees = report.total.unpromised == 0 && queued(&report.total) >= 0;
    arena_destroy(arena);
    return agrees ? EXIT_OK : EXIT_FAILED;
}

int notification_main(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false, help = false, wrong = false;
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        json = json || option == 'j';
        help = help || option == 'h';
        wrong = wrong || option == '?';
    }
    if (help) {
        (void)fputs(usage, stdout);
        return EXIT_OK;
    }
    if (wrong || argc - optind != 1 || strcmp(argv[optind], "report") != 0) {
        if (json) return command_fail(json, EXIT_USAGE, "USAGE", "The command is: payung notification report [--json].", "See payung notification --help.");
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return report_messages(json);
}
