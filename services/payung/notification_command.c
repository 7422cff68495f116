/* `payung notification report`: are all persons told? It counts the messages like money: what the ledger promised against what notification
 * handed over, per agreement, per cause (a decision, or a change of cover) and in total, in one transaction and so at one moment. A message without
 * a promise, or another one than was promised, means that the books do not agree: exit code 1. Of persons it shows only the enrolment and the masked number of those who could not be told. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/pg.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { REPORT_BYTES_MAX = 64 << 20 };

enum cause { CAUSE_DECISION, CAUSE_COVERAGE, CAUSE_SPONSOR, CAUSES };
static const struct { const char *name, *title; } causes[CAUSES] = {{"decision", "Keputusan"}, {"coverage", "Perlindungan"}, {"sponsor", "Kantor pembayar"}};

struct counts {
    int64_t promised, sent, failed, stale, unpromised, delivered; /* delivered: a part of sent */
};
struct report_row {
    struct slice agreement;
    struct counts by_cause[CAUSES];
};
struct report {
    struct report_row *rows; /* one an agreement */
    size_t count;
    struct counts by_cause[CAUSES], total;
    const struct pg_rows *channels, *failed; /* see their statements */
    int64_t in_doubt;
    const struct pg_rows *doubts; /* by channel */
};

static int64_t queued(const struct counts *counts) { return counts->promised - counts->sent - counts->failed - counts->stale; }

static const char usage[] = "usage: payung notification report [--json]\n"
                            "       payung notification report --failed [--agreement ID] [--json]\n"
                            "\n"
                            "Counts the messages: promised = queued + sent + failed + stale (delivered is a part of sent), per agreement, per cause (decisions; changes of cover; what offices of payers are told), per channel and in total.\n"
                            "Exit code 0 when the books agree, 1 when a message has no promise, 2 usage, 75 when the database is away.\n"
                            "  --failed      only who could not be told, the last ones first, at most 10,000: enrolment, agreement, message, channel, masked number, reason, when\n"
                            "  --agreement   of this agreement\n"
                            "  --json   one JSON document on standard output\n";

/* A row of the left side without one of the right is queued; of the right without the left, unpromised. A cover may owe the same message more than once (lines of kind STATE):
 * the first that was told is the first that was owed. */
static const char report_sql[] =
    "SELECT agreement_id, cause, count(*) FILTER (WHERE is_promised), count(*) FILTER (WHERE is_promised AND state IN ('sent', 'delivered')), "
    "count(*) FILTER (WHERE is_promised AND state = 'failed'), count(*) FILTER (WHERE is_promised AND state = 'stale'), count(*) FILTER (WHERE NOT is_promised OR is_other), "
    "count(*) FILTER (WHERE is_promised AND state = 'delivered') FROM ("
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
    " UNION ALL "
    "SELECT coalesce(s.agreement_id, m.agreement_id), 2, s.event_id IS NOT NULL, m.state, m.template <> s.kind "
    "FROM (SELECT n.event_id, n.kind, a.agreement_id FROM notice.sponsor_notice n JOIN ledger.agreement a USING (agreement_no) WHERE n.event_id IS NOT NULL) s "
    "FULL JOIN (SELECT * FROM notice.message WHERE cause = 'sponsor') m ON m.event_id = s.event_id"
    ") c GROUP BY 1, 2 ORDER BY 1, 2";

/* By which channel the messages of an agreement went, or are on their way. */
static const char channels_sql[] =
    "SELECT agreement_id, channel, count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state IN ('sent', 'delivered')), count(*) FILTER (WHERE state = 'delivered'), "
    "count(*) FILTER (WHERE state = 'failed'), count(*) FILTER (WHERE state = 'stale') FROM notice.message GROUP BY 1, 2 ORDER BY 1, 2";
enum { CHANNEL_COUNTS = 5 };
static const char *const channel_counts[CHANNEL_COUNTS] = {"queued", "sent", "delivered", "failed", "stale"};

/* Who could not be told, the last ones first. The number is masked in the table already. */
enum { FAILED_MAX = 1000 };
static const char failed_sql[] =
    "SELECT encode(application_id, 'hex'), agreement_id, template, channel, error, recipient FROM notice.message WHERE failed_at IS NOT NULL ORDER BY failed_at DESC, event_id LIMIT 1000";
_Static_assert(FAILED_MAX == 1000, "as in the statement");
enum { FAILED_FIELDS = 6 };
static const char *const failed_fields[FAILED_FIELDS] = {"enrolment", "agreement", "template", "channel", "reason", "phone"};

/* Handed over, but nobody knows whether it was taken: such a message was sent again, so perhaps twice. */
static const char doubt_sql[] = "SELECT channel, count(*) FROM notice.attempt WHERE result = 'in doubt' GROUP BY 1 ORDER BY 1";

static json_t *counts_json(const struct counts *counts) {
    return json_pack("{sIsIsIsIsIsI}", "promised", (json_int_t)counts->promised, "queued", (json_int_t)queued(counts), "sent",
                     (json_int_t)counts->sent, "delivered", (json_int_t)counts->delivered, "failed", (json_int_t)counts->failed, "stale", (json_int_t)counts->stale);
}

static void add(struct counts *total, const struct counts *part) {
    total->promised += part->promised;
    total->sent += part->sent;
    total->failed += part->failed;
    total->stale += part->stale;
    total->unpromised += part->unpromised;
    total->delivered += part->delivered;
}

static struct counts counts_of(const struct pg_rows *rows, size_t row) {
    return (struct counts){.promised = pg_int8(rows, row, 2), .sent = pg_int8(rows, row, 3), .failed = pg_int8(rows, row, 4),
                           .stale = pg_int8(rows, row, 5), .unpromised = pg_int8(rows, row, 6), .delivered = pg_int8(rows, row, 7)};
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
    printf("%-32.*s dijanjikan %" PRId64 " = antre %" PRId64 " + terkirim %" PRId64 " (sampai %" PRId64 ") + gagal %" PRId64 " + kedaluwarsa %" PRId64 "\n",
           SLICE_ARGS(title), counts->promised, queued(counts), counts->sent, counts->delivered, counts->failed, counts->stale);
}

static void print_channels(const struct pg_rows *rows) {
    for (size_t i = 0; i < rows->count; i++) {
        int64_t counts[CHANNEL_COUNTS];
        for (int k = 0; k < CHANNEL_COUNTS; k++) counts[k] = pg_int8(rows, i, 2 + k);
        printf("%-23.*s %-8.*s antre %" PRId64 " + terkirim %" PRId64 " (sampai %" PRId64 ") + gagal %" PRId64 " + kedaluwarsa %" PRId64 "\n", SLICE_ARGS(pg_bytes(rows, i, 0)), SLICE_ARGS(pg_bytes(rows, i, 1)),
               counts[0], counts[1], counts[2], counts[3], counts[4]);
    }
}

static void print_failed(const struct pg_rows *rows) {
    if (rows->count > 0) printf("Gagal (yang terbaru, paling banyak %d):\n", FAILED_MAX);
    for (size_t i = 0; i < rows->count; i++)
        printf("  %.*s  %.*s  %.*s  %.*s  %.*s  %.*s\n", SLICE_ARGS(pg_bytes(rows, i, 0)), SLICE_ARGS(pg_bytes(rows, i, 1)), SLICE_ARGS(pg_bytes(rows, i, 2)), SLICE_ARGS(pg_bytes(rows, i, 3)),
               SLICE_ARGS(pg_bytes(rows, i, 5)), SLICE_ARGS(pg_bytes(rows, i, 4)));
}

static void print_doubts(const struct report *report) {
    if (report->in_doubt == 0) return;
    printf("Diragukan: %" PRId64 " kali tidak diketahui apakah penyedia sudah menerima pesan; pesan itu dikirim ulang (", report->in_doubt);
    for (size_t i = 0; i < report->doubts->count; i++) printf("%s%.*s %" PRId64, i > 0 ? ", " : "", SLICE_ARGS(pg_bytes(report->doubts, i, 0)), pg_int8(report->doubts, i, 1));
    printf(").\n");
}

static void print_text(const struct report *report) {
    for (size_t i = 0; i < report->count; i++) {
        const struct counts counts = all_causes(&report->rows[i]);
        print_counts(report->rows[i].agreement, &counts);
    }
    for (int cause = 0; cause < CAUSES; cause++) print_counts(slice_text(causes[cause].title), &report->by_cause[cause]);
    print_counts(slice_text("Semua"), &report->total);
    print_channels(report->channels);
    print_doubts(report);
    print_failed(report->failed);
    if (report->total.unpromised > 0) printf("PERIKSA: %" PRId64 " pesan tanpa janji di buku besar.\n", report->total.unpromised);
}

static json_t *causes_json(const struct counts by_cause[CAUSES]) {
    json_t *document = json_object();
    for (int cause = 0; cause < CAUSES; cause++) CHECK(json_object_set_new(document, causes[cause].name, counts_json(&by_cause[cause])) == 0);
    return document;
}

static json_t *text_json(struct slice text) {
    json_t *value = json_stringn((const char *)text.bytes, text.size);
    CHECK(value != NULL); /* without memory, or text that is no UTF-8, which PostgreSQL does not hold */
    return value;
}

static json_t *channels_json(const struct pg_rows *rows) {
    json_t *list = json_array();
    for (size_t i = 0; i < rows->count; i++) {
        json_t *entry = json_pack("{soso}", "agreement", text_json(pg_bytes(rows, i, 0)), "channel", text_json(pg_bytes(rows, i, 1)));
        for (int k = 0; k < CHANNEL_COUNTS; k++) (void)json_object_set_new(entry, channel_counts[k], json_integer(pg_int8(rows, i, 2 + k))); /* fails only without memory */
        (void)json_array_append_new(list, entry);
    }
    return list;
}

static json_t *failed_json(const struct pg_rows *rows) {
    json_t *list = json_array();
    for (size_t i = 0; i < rows->count; i++) {
        json_t *entry = json_object();
        for (int k = 0; k < FAILED_FIELDS; k++) (void)json_object_set_new(entry, failed_fields[k], text_json(pg_bytes(rows, i, k))); /* the same */
        (void)json_array_append_new(list, entry);
    }
    return list;
}

static json_t *doubts_json(const struct pg_rows *rows) {
    json_t *document = json_object();
    for (size_t i = 0; i < rows->count; i++) {
        const struct slice channel = pg_bytes(rows, i, 0);
        (void)json_object_setn_new(document, (const char *)channel.bytes, channel.size, json_integer(pg_int8(rows, i, 1))); /* the same */
    }
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
    json_t *document = json_pack("{sosososososIsosIsb}", "total", counts_json(&report->total), "causes", causes_json(report->by_cause), "agreements", agreements, "channels",
                                 channels_json(report->channels), "failed", failed_json(report->failed), "in_doubt", (json_int_t)report->in_doubt, "in_doubt_by_channel", doubts_json(report->doubts), "unpromised", (json_int_t)report->total.unpromised, "agrees", report->total.unpromised == 0);
    CHECK(document != NULL);
    command_print_json(document);
}

enum { REPORT_PATIENCE_MS = 16 * 60 * 1000 };

enum report_part { PART_COUNTS, PART_CHANNELS, PART_FAILED, PART_DOUBT, PARTS };

static struct err read_report(const char *url, struct arena *arena, struct pg_rows ret_rows[PARTS]) {
    struct pg *pg = NULL;
    TRY(pg_open(url, "payung-notification-report", &pg));
    pg_patience(pg, REPORT_PATIENCE_MS);
    /* Whole tables are counted: before the first ANALYZE the planner takes them for small, and a nested loop over them takes minutes. */
    struct err err = pg_script(pg, "SET statement_timeout = '15min'; SET enable_nestloop = off; BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    static const char *const statements[PARTS] = {report_sql, channels_sql, failed_sql, doubt_sql};
    for (int i = 0; i < PARTS && !failed(&err); i++) err = pg_run(pg, arena, statements[i], NULL, &ret_rows[i]);
    pg_close(pg);
    return err;
}

static int report_messages(bool json) {
    const char *url = command_env(json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    struct arena *arena = arena_create(REPORT_BYTES_MAX);
    struct pg_rows rows[PARTS];
    struct err err = read_report(url, arena, rows);
    if (failed(&err)) {
        arena_destroy(arena);
        bool away = err.fate == FATE_AGAIN;
        return command_fail(json, away ? EXIT_TEMPORARY : EXIT_FAILED, away ? "DATABASE_UNREACHABLE" : "DATABASE_REFUSED", err.text,
                            away ? "Start PostgreSQL, or wait, and run the command again." : "Check PGURL, and run payung migrate.");
    }
    struct report report = report_of(&rows[PART_COUNTS], arena);
    report.channels = &rows[PART_CHANNELS];
    report.failed = &rows[PART_FAILED];
    report.doubts = &rows[PART_DOUBT];
    for (size_t i = 0; i < report.doubts->count; i++) report.in_doubt += pg_int8(report.doubts, i, 1);
    if (json) print_json(&report);
    else print_text(&report);
    const bool agrees = report.total.unpromised == 0 && queued(&report.total) >= 0;
    arena_destroy(arena);
    return agrees ? EXIT_OK : EXIT_FAILED;
}

/* ---- who could not be told ---- */

enum { FAILED_LIST_MAX = 10000 };
static const char failed_list_sql[] =
    "SELECT encode(application_id, 'hex'), agreement_id, template, channel, error, recipient, failed_at FROM notice.message WHERE failed_at IS NOT NULL AND ($1 = '' OR agreement_id = $1)"
    " ORDER BY failed_at DESC, event_id LIMIT 10001";
_Static_assert(FAILED_LIST_MAX + 1 == 10001, "as in the statement");

static int tell_failed(bool json, const struct pg_rows *rows) {
    const bool has_more = rows->count > FAILED_LIST_MAX;
    const size_t count = has_more ? FAILED_LIST_MAX : rows->count;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        char at[CLOCK_TEXT_MAX];
        clock_format_ms(pg_timestamp_ms(rows, i, FAILED_FIELDS), at);
        json_t *entry = json ? json_pack("{s:s}", "at", at) : NULL;
        for (int k = 0; json && k < FAILED_FIELDS; k++) (void)json_object_set_new(entry, failed_fields[k], text_json(pg_bytes(rows, i, k))); /* fails only without memory */
        if (json) (void)json_array_append_new(list, entry);                                                                                  /* the same */
        else printf("%s  %.*s  %.*s  %.*s  %.*s  %.*s  %.*s\n", at, SLICE_ARGS(pg_bytes(rows, i, 0)), SLICE_ARGS(pg_bytes(rows, i, 1)), SLICE_ARGS(pg_bytes(rows, i, 2)), SLICE_ARGS(pg_bytes(rows, i, 3)),
                    SLICE_ARGS(pg_bytes(rows, i, 5)), SLICE_ARGS(pg_bytes(rows, i, 4)));
    }
    if (json) command_print_json(json_pack("{s:O,s:b}", "failed", list, "more", has_more));
    else printf("%zu pesan gagal%s.\n", count, has_more ? ", dan masih ada lagi" : "");
    json_decref(list);
    return EXIT_OK;
}

static int list_failed(bool json, const char *agreement) {
    struct pg *pg = NULL;
    struct pg_rows rows = {0};
    const char *url = command_env(json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    struct arena *arena = arena_create(REPORT_BYTES_MAX);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, slice_text(agreement));
    struct err err = pg_open(url, "payung-notification-failed", &pg);
    if (!failed(&err)) err = pg_run(pg, arena, failed_list_sql, p, &rows);
    pg_close(pg);
    const int code = failed(&err) ? database_failure(json, &err) : tell_failed(json, &rows);
    arena_destroy(arena);
    return code;
}

int notification_main(int argc, char **argv) {
    static const struct option options[] = {{"failed", no_argument, NULL, 'f'}, {"agreement", required_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *agreement = NULL;
    bool json = false, help = false, wrong = false, only_failed = false;
    optind = 1;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        json = json || option == 'j';
        help = help || option == 'h';
        only_failed = only_failed || option == 'f';
        if (option == 'a') agreement = optarg;
        wrong = wrong || option == '?';
    }
    if (help) {
        (void)fputs(usage, stdout);
        return EXIT_OK;
    }
    if (wrong || argc - optind != 1 || strcmp(argv[optind], "report") != 0 || (agreement != NULL && !only_failed)) {
        if (json) return command_fail(json, EXIT_USAGE, "USAGE", "The command is: payung notification report [--failed [--agreement ID]] [--json].", "See payung notification --help.");
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return only_failed ? list_failed(json, agreement != NULL ? agreement : "") : report_messages(json);
}
