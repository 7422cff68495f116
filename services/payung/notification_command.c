/* `payung notification report`: are all persons told? It counts the messages like money: what the ledger promised against what notification
 * handed over, per agreement and in total, in one statement and so at one moment. A message without a promise, or another one than was
 * promised, means that the books do not agree: exit code 1. It shows counts only, nothing of a person. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/pg.h"
#include "services/payung/commands.h"

enum { REPORT_BYTES_MAX = 64 << 20 };

struct counts {
    int64_t promised, sent, failed, stale, unpromised;
};

static int64_t queued(const struct counts *counts) { return counts->promised - counts->sent - counts->failed - counts->stale; }

static const char usage[] = "usage: payung notification report [--json]\n"
                            "\n"
                            "Counts the messages: promised = queued + sent + failed + stale, per agreement and in total.\n"
                            "Exit code 0 when the books agree, 1 when a message has no promise, 2 usage, 75 when the database is away.\n"
                            "  --json   one JSON document on standard output\n";

/* A row of the left side without one of the right is queued; of the right without the left, unpromised. */
static const char report_sql[] =
    "SELECT coalesce(a.agreement_id, m.agreement_id), "
    "count(*) FILTER (WHERE o.application_id IS NOT NULL), "
    "count(*) FILTER (WHERE o.application_id IS NOT NULL AND m.state = 'sent'), "
    "count(*) FILTER (WHERE o.application_id IS NOT NULL AND m.state = 'failed'), "
    "count(*) FILTER (WHERE o.application_id IS NOT NULL AND m.state = 'stale'), "
    "count(*) FILTER (WHERE o.application_id IS NULL OR (m.template <> o.message_due)) "
    "FROM (SELECT application_id, attempt, agreement_no, message_due FROM ledger.outcome WHERE message_due IS NOT NULL AND NOT repeat) o "
    "LEFT JOIN ledger.agreement a USING (agreement_no) "
    "FULL JOIN notice.message m ON m.application_id = o.application_id AND m.attempt = o.attempt "
    "GROUP BY 1 ORDER BY 1";

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
    return (struct counts){.promised = pg_int8(rows, row, 1), .sent = pg_int8(rows, row, 2), .failed = pg_int8(rows, row, 3),
                           .stale = pg_int8(rows, row, 4), .unpromised = pg_int8(rows, row, 5)};
}

static void print_counts(struct slice title, const struct counts *counts) {
    printf("%-32.*s dijanjikan %" PRId64 " = antre %" PRId64 " + terkirim %" PRId64 " + gagal %" PRId64 " + kedaluwarsa %" PRId64 "\n",
           SLICE_ARGS(title), counts->promised, queued(counts), counts->sent, counts->failed, counts->stale);
}

static void print_text(const struct pg_rows *rows, const struct counts *total) {
    for (size_t i = 0; i < rows->count; i++) {
        struct counts counts = counts_of(rows, i);
        print_counts(pg_bytes(rows, i, 0), &counts);
    }
    print_counts(slice_text("Semua"), total);
    if (total->unpromised > 0) printf("PERIKSA: %" PRId64 " pesan tanpa janji di buku besar.\n", total->unpromised);
}

static void print_json(const struct pg_rows *rows, const struct counts *total) {
    json_t *agreements = json_array();
    for (size_t i = 0; i < rows->count; i++) {
        struct counts counts = counts_of(rows, i);
        struct slice id = pg_bytes(rows, i, 0);
        json_t *entry = counts_json(&counts);
        (void)json_object_set_new(entry, "agreement", json_stringn((const char *)id.bytes, id.size)); /* fails only without memory */
        (void)json_array_append_new(agreements, entry);
    }
    json_t *report = json_pack("{sososIsb}", "total", counts_json(total), "agreements", agreements, "unpromised", (json_int_t)total->unpromised,
                               "agrees", total->unpromised == 0);
    CHECK(report != NULL);
    command_print_json(report);
}

static struct err read_report(const char *url, struct arena *arena, struct pg_rows *ret_rows) {
    struct pg *pg = NULL;
    TRY(pg_open(url, "payung-notification-report", &pg));
    struct err err = pg_run(pg, arena, report_sql, NULL, ret_rows);
    pg_close(pg);
    return err;
}

static int report(bool json) {
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
    struct counts total = {0};
    for (size_t i = 0; i < rows.count; i++) {
        struct counts counts = counts_of(&rows, i);
        add(&total, &counts);
    }
    if (json) print_json(&rows, &total);
    else print_text(&rows, &total);
    arena_destroy(arena);
    return total.unpromised == 0 && queued(&total) >= 0 ? EXIT_OK : EXIT_FAILED;
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
    return report(json);
}
