/* `payung ledger replay`: the proof that the topics alone give the same ledger. Makes a database of its own beside the one in use, lets services/ledger/replay.c build the ledger in it
 * and compare, tells each table, and drops it again. The ledger in use is only read. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/domain/text.h"
#include "common/edge/log.h"
#include "common/edge/signals.h"
#include "services/ledger/migration.h"
#include "services/ledger/replay.h"
#include "services/payung/commands.h"
#include "services/payung/law_tables.h"
#include "services/payung/scratch_database.h"

enum { WAIT_S = 30, WAIT_S_MAX = 3600, SHORT_DIGITS = 12 };

static const char usage[] = "usage: payung ledger replay [--keep] [--into URL] [--wait SECONDS] [--json]\n"
                            "\n"
                            "Rebuilds the ledger from the topics (enrolments, payments, commands) in the order of the commit sequence, in an empty database of its own, and compares it\n"
                            "with the ledger in use as it stood at the start, table by table. Services may run meanwhile. Nothing is changed.\n"
                            "  --keep           leaves the rebuilt database and tells its name\n"
                            "  --into URL       an empty database to be used instead of a new one, and left as it is; its password belongs into PGPASSFILE, not onto the command line\n"
                            "  --wait SECONDS   how long what is still on its way to the topics is waited for (30)\n"
                            "  --json           one JSON document on standard output\n"
                            "Environment: PGURL, BROKERS, PAYUNG_SHARE. The database user needs CREATEDB, or --into.\n"
                            "Exit code 0 equal, 1 different or failed, 2 usage, 75 when a server is away or something was not handed over in time.\n";

struct request {
    bool json, keep;
    int wait_s;
    const char *url, *brokers, *share;
    const char *into; /* NULL: a database of its own */
};

static void say(void *self, const char *text) {
    (void)self;
    fprintf(stderr, "payung: %s\n", text);
}

static int fail(const struct request *request, const struct err *err, const char *remedy) {
    if (err->fate == FATE_AGAIN) return command_fail(request->json, EXIT_TEMPORARY, "NOT_YET", err->text, "See that Kafka, PostgreSQL and the services run, then try again.");
    return command_fail(request->json, EXIT_FAILED, "REPLAY_FAILED", err->text, remedy);
}

/* ---- what is told ------------------------------------------------------------------------------------------------------------------------------------ */

static json_t *side_json(const struct checksum_side *side) {
    char digest[2 * CHECKSUM_BYTES + 1];
    text_hex(slice_of(side->sha256, CHECKSUM_BYTES), digest);
    return json_pack("{s:I,s:s}", "rows", (json_int_t)side->rows, "sha256", digest);
}

static void print_json(const struct replay_report *report, const char *kept) {
    json_t *tables = json_array();
    for (size_t i = 0; i < report->checksum.table_count; i++) {
        const struct checksum_table *table = &report->checksum.tables[i];
        (void)json_array_append_new(tables, json_pack("{s:s,s:b,s:o,s:o,s:s}", "table", table->name, "equal", table->is_equal, "ledger", side_json(&table->here), "rebuilt",
                                                      side_json(&table->there), "first_difference", table->first_difference)); /* fails only without memory */
    }
    command_print_json(json_pack("{s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:s*}", "equal", report->checksum.different == 0, "transactions", (json_int_t)report->transactions, "records",
                                 (json_int_t)report->records, "commands", (json_int_t)report->commands, "payments", (json_int_t)report->payments, "repeats",
                                 (json_int_t)report->repeats, "later", (json_int_t)report->later, "tables", tables, "database", kept));
}

static void print(const struct replay_report *report, const char *kept) {
    char digest[2 * CHECKSUM_BYTES + 1];
    printf("Dibangun ulang dari topik: %" PRId64 " transaksi pendaftaran (%" PRId64 " catatan), %" PRId64 " perintah, %" PRId64 " pembayaran.\n", report->transactions, report->records,
           report->commands, report->payments);
    if (report->repeats > 0) printf("Catatan yang berulang di topik (setelah gangguan) dan dilewati: %" PRId64 ".\n", report->repeats);
    if (report->later > 0) printf("Catatan sesudah saat yang dibandingkan: %" PRId64 ".\n", report->later);
    for (size_t i = 0; i < report->checksum.table_count; i++) {
        const struct checksum_table *table = &report->checksum.tables[i];
        text_hex(slice_of(table->here.sha256, CHECKSUM_BYTES), digest);
        printf("  %-18s %-8s %10" PRId64 " baris  %.*s\n", table->name, table->is_equal ? "sama" : "BERBEDA", table->here.rows, SHORT_DIGITS, digest);
        if (!table->is_equal) printf("  %-18s dibangun ulang: %" PRId64 " baris; beda pertama di %s\n", "", table->there.rows, table->first_difference);
    }
    if (kept != NULL) printf("Basis data hasil disimpan: %s\n", kept);
    if (report->checksum.different == 0) printf("Buku besar sama dengan yang dibangun ulang.\n");
    else printf("Buku besar TIDAK sama dengan yang dibangun ulang: %zu tabel berbeda.\n", report->checksum.different);
}

/* ---- the work ------------------------------------------------------------------------------------------------------------------------------------------ */

static struct err check_empty(struct pg *pg, struct arena *arena) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena, "SELECT count(*) FROM pg_namespace WHERE nspname IN ('ledger', 'intake', 'notice', 'facts')", NULL, &rows));
    return pg_int8(&rows, 0, 0) == 0 ? OK : ERR(FATAL, "the database of --into is not empty: it has schemas of Payung");
}

static struct err prepare(const struct request *request, const char *url) {
    enum { ANSWER_BYTES_MAX = 64 * 1024, FOLDER_MAX = 1024 };
    static struct migration_report report;
    char folder[FOLDER_MAX];
    struct pg *pg = NULL;
    if (snprintf(folder, sizeof folder, "%s/schema", request->share) >= (int)sizeof folder) return ERR(FATAL, "PAYUNG_SHARE is too long");
    TRY(pg_open(url, "payung-replay-migrate", &pg));
    struct arena *arena = arena_create(ANSWER_BYTES_MAX);
    struct err err = check_empty(pg, arena);
    if (!failed(&err)) err = migrate(pg, folder, &report);
    arena_destroy(arena);
    pg_close(pg);
    return err;
}

static struct err replay_into(const struct request *request, const struct law_tables *tables, const char *url, struct replay_report *ret_report) {
    TRY(prepare(request, url));
    return ledger_replay(&(struct replay_options){.live_url = request->url, .scratch_url = url, .brokers = request->brokers, .regions = &tables->regions, .law = &tables->law,
                                                  .wait_s = request->wait_s, .stop = signals_stop, .say = say},
                         ret_report);
}

static int finish(const struct request *request, const struct replay_report *report, const char *kept) {
    if (request->json) print_json(report, kept);
    else print(report, kept);
    return report->checksum.different == 0 ? EXIT_OK : EXIT_FAILED;
}

static int replay_in_own_database(const struct request *request, const struct law_tables *tables) {
    static struct replay_report report;
    char name[SCRATCH_NAME_MAX], url[SCRATCH_URL_MAX];
    (void)snprintf(name, sizeof name, "payung_replay_%ld", (long)getpid()); /* fits */
    if (!scratch_url(request->url, name, url)) return command_fail(request->json, EXIT_FAILED, "URL_TOO_LONG", "PGURL is too long", "Use a shorter one.");
    struct err err = scratch_create(request->url, name);
    if (failed(&err)) return fail(request, &err, "Give the database user the right CREATEDB (ALTER ROLE payung CREATEDB), or name an empty database with --into.");
    err = replay_into(request, tables, url, &report);
    if (!request->keep) {
        struct err dropped = scratch_drop(request->url, name);
        if (failed(&dropped)) fprintf(stderr, "payung: the database %s could not be dropped: %s\n", name, dropped.text);
    } else if (failed(&err)) fprintf(stderr, "payung: the database %s is kept\n", name);
    if (failed(&err)) return fail(request, &err, "payung ledger replay --keep leaves the rebuilt database for a look.");
    return finish(request, &report, request->keep ? name : NULL);
}

static int replay(const struct request *request, const struct law_tables *tables) {
    static struct replay_report report;
    if (request->into == NULL) return replay_in_own_database(request, tables);
    struct err err = replay_into(request, tables, request->into, &report);
    return failed(&err) ? fail(request, &err, "Use an empty database.") : finish(request, &report, NULL);
}

static int read_wait(const char *text) {
    uint64_t seconds;
    return text_number(slice_text(text), WAIT_S_MAX, &seconds) ? (int)seconds : -1;
}

int ledger_replay_main(int argc, char **argv) {
    static const struct option options[] = {{"keep", no_argument, NULL, 'k'}, {"into", required_argument, NULL, 'i'}, {"wait", required_argument, NULL, 'w'},
                                            {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct request request = {.wait_s = WAIT_S};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'k') request.keep = true;
        if (option == 'i') request.into = optarg;
        if (option == 'w') request.wait_s = read_wait(optarg);
        if (option == 'j') request.json = true;
    }
    if (optind != argc || request.wait_s < 0 || (request.keep && request.into != NULL)) return command_usage(argc, argv, usage);
    if ((request.url = command_env(request.json, "PGURL")) == NULL || (request.brokers = command_env(request.json, "BROKERS")) == NULL ||
        (request.share = command_env(request.json, "PAYUNG_SHARE")) == NULL) return EXIT_USAGE;
    struct law_tables tables;
    const int code = law_tables_open(request.json, LAW_REGIONS | LAW_PROGRAMMES, &tables);
    if (code != EXIT_OK) return code;
    log_setup("payung", "replay", LOG_ERROR);
    signals_setup();
    const int answer = replay(&request, &tables);
    law_tables_close(&tables);
    return answer;
}
