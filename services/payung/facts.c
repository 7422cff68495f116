/* `payung facts`: brings the extracts of other offices into the database, shows which are in force, takes one out, and reports how often people were looked up. What is
 * shown of a bad row is its line, its column and the remedy, never what stands in it. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/share_tables.h"
#include "services/payung/commands.h"
#include "services/payung/facts_load.h"

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024, PROBLEMS_SHOWN = 50, OPTION_BYTES_MAX = 120 };

static const char usage[] =
    "usage: payung facts load KIND FILE.csv [--source DTSEN|DTKS] [--region PP[.KK[.CC]]] [--as-of YYYY-MM-DD] [--complete] [--json]\n"
    "       payung facts list [--all] [--json]\n"
    "       payung facts drop ID [--json]\n"
    "       payung facts usage [--json]\n"
    "\n"
    "load   reads an extract of another office: rows of persons by NIK, of which only the token is kept. KIND and its columns (in any order, separated by ; , or tab):\n"
    "         dtsen          nik;desil                                             who stands in the list of the poor\n"
    "         civil-servant  nik                                                   ASN, TNI, Polri\n"
    "         active-cover   nik;segmen;program;pembayar;dari;sampai;status        covers that others pay\n"
    "         population     nik;status;wilayah_ktp                                HIDUP or MENINGGAL; asked when no Dukcapil service is set up\n"
    "       The new extract takes the place of the old one of the same kind, source and region; lists of the poor are kept by date besides, because an agreement\n"
    "       may name one. The same file again changes nothing. Bad rows are told and left out. Enrolments that wait for facts (P02) are tried again at once.\n"
    "list   the extracts in force; with --all also those that ended.\n"
    "drop   takes an extract out and deletes its rows.\n"
    "usage  look-ups of persons at outside services by month, for the report that the contract demands.\n"
    "  --source    of dtsen (default DTSEN)\n"
    "  --region    for whose residents the extract speaks (default: the whole country)\n"
    "  --as-of     the day for which it speaks (default: today)\n"
    "  --complete  nobody of the region is missing in it: who is not in a population extract is then refused with E71\n"
    "Exit code 0 done or nothing to do, 1 failed, 2 usage, 3 loaded without some rows, 75 when the database is away or another load is\n"
    "under way.\n";

struct request {
    const char *what, *argument, *path;
    enum data_source source;
    uint32_t region;
    day_t as_of;
    bool complete, all, json;
};

static int database_failure(bool json, const struct err *err) {
    if (err->fate == FATE_AGAIN) return command_fail(json, EXIT_TEMPORARY, "DATABASE_AWAY", err->text, "Start PostgreSQL, then run the command again. Nothing was changed.");
    return command_fail(json, EXIT_FAILED, "FACTS_FAILED", err->text, "Nothing was changed. Is the schema up to date (payung migrate)?");
}

static int busy(bool json) {
    return command_fail(json, EXIT_TEMPORARY, "FACTS_BUSY", "another payung facts load or drop is under way", "Run the command again when it has ended. Nothing was changed.");
}

static int print_json(json_t *document, int code) {
    command_print_json(document);
    return code;
}

static void region_words(uint32_t region, char ret_text[16]) {
    if (region != 0) region_format(region, ret_text);
    else (void)snprintf(ret_text, 16, "nasional");
}

/* ---- load ---- */

struct told {
    bool json, is_terminal;
    json_t *problems;
    int64_t count;
};

static void on_problem(void *self, uint32_t line, const struct fact_problem *problem) {
    struct told *told = self;
    if (++told->count > PROBLEMS_SHOWN) return;
    if (told->json)
        (void)json_array_append_new(told->problems, json_pack("{s:I,s:s,s:s,s:s}", "line", (json_int_t)line, "column", problem->column, "code", problem->code, "remedy", problem->remedy));
    else
        fprintf(stderr, "baris %u, kolom %s: %s%s%s\n", line, problem->column, problem->code, problem->code[0] != '\0' ? " " : "", problem->remedy);
}

static void on_progress(void *self, int64_t rows) {
    const struct told *told = self;
    fprintf(stderr, told->is_terminal ? "\r%" PRId64 " baris dibaca" : "%" PRId64 " baris dibaca\n", rows);
}

static int tell_load(const struct request *request, const struct facts_load *load, const struct facts_load_report *report, struct told *told) {
    static const char *const words[] = {[LOAD_DONE] = "loaded", [LOAD_UNCHANGED] = "unchanged"};
    char region[16], as_of[11];
    region_words(load->region, region);
    day_format(load->as_of, as_of);
    const int code = report->end == LOAD_DONE && report->refused > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
    if (report->end == LOAD_BUSY) return busy(request->json);
    if (report->end == LOAD_REFUSED) {
        char message[LOAD_SENTENCE_MAX + 40];
        (void)snprintf(message, sizeof message, "%s (%" PRId64 " baris ditolak)", report->sentence, report->refused);
        return command_fail(request->json, EXIT_FAILED, "FILE_REFUSED", message, "Perbaiki berkas, lalu muat lagi; tidak ada yang diubah.");
    }
    if (request->json)
        return print_json(json_pack("{s:s,s:i,s:s,s:s,s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:O}", "result", words[report->end], "id", (int)report->extract, "kind",
                                    extract_kind_name(load->kind), "source", data_source_name(load->source), "region", load->region != 0 ? region : "", "complete",
                                    (int)report->complete, "rows", (json_int_t)report->rows, "refused", (json_int_t)report->refused, "doubled", (json_int_t)report->doubled,
                                    "replaced", (json_int_t)report->replaced, "woken", (json_int_t)report->woken, "problems", told->problems),
                          code);
    if (told->count > PROBLEMS_SHOWN) fprintf(stderr, "... dan %" PRId64 " baris lain\n", told->count - PROBLEMS_SHOWN);
    if (report->end == LOAD_UNCHANGED) {
        printf("Berkas ini sudah dimuat sebagai data %d (%" PRId64 " baris); tidak ada perubahan.\n", report->extract, report->rows);
        return code;
    }
    printf("Data %d: %s%s%s, %s, per %s%s\n  dimuat   %" PRId64 " baris\n", report->extract, extract_kind_name(load->kind), load->source != DATA_SOURCE_NONE ? " " : "",
           data_source_name(load->source), region, as_of, report->complete ? ", lengkap" : "", report->rows);
    if (report->refused > 0) printf("  ditolak  %" PRId64 " baris\n", report->refused);
    if (report->doubled > 0) printf("  ganda    %" PRId64 " baris\n", report->doubled);
    if (report->replaced > 0) printf("  diganti  %" PRId64 " baris data lama\n", report->replaced);
    if (report->woken > 0) printf("  menunggu %" PRId64 " pendaftaran, dicoba lagi sekarang\n", report->woken);
    if (load->complete && !report->complete) printf("  tidak dianggap lengkap, karena ada baris yang ditolak\n");
    return code;
}

static int load_file(const struct request *request, struct arena *arena, const char *url, const char *share, const char *keys) {
    struct facts_load load = {.path = request->path, .region = request->region, .complete = request->complete, .source = request->source, .as_of_given = request->as_of != 0,
                              .as_of = request->as_of != 0 ? request->as_of : day_of_business(clock_unix_ms()), .on_problem = on_problem,
                              .on_progress = on_progress};
    if (!extract_kind_parse(slice_text(request->argument), &load.kind))
        return command_fail(request->json, EXIT_USAGE, "USAGE", "there is no such kind of facts", "Kinds are dtsen, civil-servant, active-cover, population.");
    if (load.kind == EXTRACT_DTSEN && load.source == DATA_SOURCE_NONE) load.source = DATA_SOURCE_DTSEN;
    if (load.kind != EXTRACT_DTSEN && load.source != DATA_SOURCE_NONE)
        return command_fail(request->json, EXIT_USAGE, "USAGE", "--source belongs to dtsen only", "Leave --source out.");
    struct region_table regions;
    struct crypto *crypto = NULL;
    struct pg *pg = NULL;
    const char *user = getenv("USER");
    char loaded_by[80];
    (void)snprintf(loaded_by, sizeof loaded_by, "operator:%.60s", user != NULL ? user : "local");
    struct told told = {.json = request->json, .is_terminal = isatty(STDERR_FILENO) == 1, .problems = json_array()};
    struct facts_load_report report;
    load.regions = &regions;
    load.loaded_by = loaded_by;
    load.self = &told;
    struct err err = share_regions(arena, share, &regions);
    if (!failed(&err)) err = crypto_open(keys, &crypto);
    load.crypto = crypto;
    if (!failed(&err)) err = pg_open(url, "payung-facts", &pg);
    if (!failed(&err)) err = facts_load(pg, &load, &report);
    pg_close(pg);
    crypto_close(crypto);
    if (told.is_terminal && told.count == 0) fputs("\r", stderr);
    const int code = failed(&err) ? database_failure(request->json, &err) : tell_load(request, &load, &report, &told);
    json_decref(told.problems);
    return code;
}

/* ---- list, drop, usage ---- */

static int tell_list(const struct request *request, const struct pg_rows *rows) {
    json_t *list = json_array();
    if (!request->json && rows->count == 0) printf("Belum ada data pembanding.\n");
    for (size_t i = 0; i < rows->count; i++) {
        char region[16], as_of[11];
        const struct slice state = pg_bytes(rows, i, 7), by = pg_bytes(rows, i, 8), at = pg_bytes(rows, i, 9);
        const char *kind = extract_kind_name((enum extract_kind)pg_int2(rows, i, 1)), *source = data_source_name((enum data_source)pg_int2(rows, i, 2));
        region_words((uint32_t)pg_int4(rows, i, 3), region);
        day_format(pg_date(rows, i, 4), as_of);
        const bool complete = pg_bool(rows, i, 5);
        const int64_t count = pg_int8(rows, i, 6);
        if (!request->json)
            printf("%4d  %-13s %-5s  %-9s per %s  %9" PRId64 " baris%s  %.*s  %.*s  %.*s\n", pg_int4(rows, i, 0), kind, source, region, as_of, count, complete ? ", lengkap" : "",
                   SLICE_ARGS(state), SLICE_ARGS(at), SLICE_ARGS(by));
        else
            (void)json_array_append_new(list, json_pack("{s:i,s:s,s:s,s:s,s:s,s:b,s:I,s:s%,s:s%,s:s%}", "id", (int)pg_int4(rows, i, 0), "kind", kind, "source", source, "region",
                                                        pg_int4(rows, i, 3) != 0 ? region : "", "as_of", as_of, "complete", (int)complete, "rows", (json_int_t)count, "state",
                                                        (const char *)state.bytes, state.size, "loaded_by", (const char *)by.bytes, by.size, "loaded_at",
                                                        (const char *)at.bytes, at.size));
    }
    if (request->json) return print_json(json_pack("{s:o}", "extracts", list), EXIT_OK);
    json_decref(list);
    return EXIT_OK;
}

static int tell_usage(const struct request *request, const struct pg_rows *rows) {
    json_t *list = json_array();
    if (!request->json && rows->count == 0) printf("Belum ada pencarian data orang.\n");
    for (size_t i = 0; i < rows->count; i++) {
        const struct slice month = pg_bytes(rows, i, 0), source = pg_bytes(rows, i, 1);
        const int64_t asked = pg_int8(rows, i, 2), answered = pg_int8(rows, i, 3), unanswered = pg_int8(rows, i, 4);
        if (!request->json)
            printf("%.*s  %.*s  ditanyakan %" PRId64 ", dijawab %" PRId64 ", tanpa jawaban %" PRId64 "\n", SLICE_ARGS(month), SLICE_ARGS(source), asked, answered, unanswered);
        else
            (void)json_array_append_new(list, json_pack("{s:s%,s:s%,s:I,s:I,s:I}", "month", (const char *)month.bytes, month.size, "source", (const char *)source.bytes,
                                                        source.size, "asked", (json_int_t)asked, "answered", (json_int_t)answered, "unanswered", (json_int_t)unanswered));
    }
    if (request->json) return print_json(json_pack("{s:o}", "usage", list), EXIT_OK);
    json_decref(list);
    return EXIT_OK;
}

/* Not alone: nothing was done. */
static struct err drop_extract(struct pg *pg, struct arena *arena, int32_t id, bool *ret_alone, struct pg_rows *ret_rows) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, id);
    TRY(facts_begin(pg, arena, ret_alone));
    if (!*ret_alone) return OK;
    TRY(pg_script(pg, "SET LOCAL statement_timeout = 0"));
    struct pg_step steps[] = {
        {.sql = "UPDATE facts.extract SET state = 'dropped', ended_at = now() WHERE extract_id = $1 AND state = 'in_force' RETURNING rows", .parameters = p},
        {.sql = "DELETE FROM facts.dtsen WHERE extract_id = $1", .parameters = p},
        {.sql = "DELETE FROM facts.civil_servant WHERE extract_id = $1", .parameters = p},
        {.sql = "DELETE FROM facts.active_cover WHERE extract_id = $1", .parameters = p},
        {.sql = "DELETE FROM facts.population WHERE extract_id = $1", .parameters = p},
    };
    TRY(pg_run_all(pg, arena, steps, sizeof steps / sizeof *steps));
    *ret_rows = steps[0].rows;
    return pg_commit(pg);
}

static const char list_sql[] = "SELECT extract_id, kind, source, coalesce(region, 0), as_of, complete, rows, state, loaded_by,"
                               " to_char(loaded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM facts.extract WHERE state = 'in_force' OR $1"
                               " ORDER BY kind, source, coalesce(region, 0), extract_id";
static const char usage_sql[] = "SELECT to_char(day, 'YYYY-MM'), source, sum(asked)::int8, sum(answered)::int8, sum(unanswered)::int8 FROM facts.lookup GROUP BY 1, 2 ORDER BY 1, 2";

static struct err ask_database(const struct request *request, struct pg *pg, struct arena *arena, int32_t id, bool *ret_alone, struct pg_rows *rows) {
    if (strcmp(request->what, "drop") == 0) return drop_extract(pg, arena, id, ret_alone, rows);
    if (strcmp(request->what, "usage") == 0) return pg_run(pg, arena, usage_sql, NULL, rows);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bool(p, request->all);
    return pg_run(pg, arena, list_sql, p, rows);
}

static int ask(const struct request *request, struct arena *arena, const char *url) {
    uint64_t id = 0;
    const bool is_drop = strcmp(request->what, "drop") == 0;
    if (is_drop && !text_number(slice_text(request->argument), INT32_MAX, &id)) return command_fail(request->json, EXIT_USAGE, "USAGE", "the id is not a number", "See payung facts list.");
    struct pg *pg = NULL;
    struct pg_rows rows;
    bool is_alone = true;
    struct err err = pg_open(url, "payung-facts", &pg);
    if (!failed(&err)) err = ask_database(request, pg, arena, (int32_t)id, &is_alone, &rows);
    pg_close(pg);
    if (failed(&err)) return database_failure(request->json, &err);
    if (!is_alone) return busy(request->json);
    if (!is_drop) return strcmp(request->what, "usage") == 0 ? tell_usage(request, &rows) : tell_list(request, &rows);
    if (rows.count == 0) return command_fail(request->json, EXIT_FAILED, "NOT_IN_FORCE", "no extract in force has this id", "See payung facts list.");
    if (request->json) return print_json(json_pack("{s:s,s:I,s:I}", "result", "dropped", "id", (json_int_t)id, "rows", (json_int_t)pg_int8(&rows, 0, 0)), EXIT_OK);
    printf("Data %" PRIu64 " dihapus: %" PRId64 " baris.\n", id, pg_int8(&rows, 0, 0));
    return EXIT_OK;
}

/* ---- the command line ---- */

static bool parse_option(int option, const char *value, struct request *request) {
    uint32_t village = 0;
    switch (option) {
    case 's': return data_source_parse(slice_text(value), &request->source);
    case 'r': return region_parse(slice_text(value), &request->region, &village) && village == 0 && request->region >= REGION_FIRST;
    case 'd': return day_parse(slice_text(value), &request->as_of);
    case 'c': return request->complete = true;
    case 'a': return request->all = true;
    case 'j': return request->json = true;
    default: return false;
    }
}

/* Which words a subcommand takes behind its name. */
static bool is_sound(const struct request *request, int words) {
    const bool plain = request->source == DATA_SOURCE_NONE && request->region == 0 && request->as_of == 0 && !request->complete;
    if (strcmp(request->what, "load") == 0) return words == 3 && !request->all;
    if (strcmp(request->what, "list") == 0) return words == 1 && plain;
    if (strcmp(request->what, "drop") == 0) return words == 2 && plain && !request->all;
    return strcmp(request->what, "usage") == 0 && words == 1 && plain && !request->all;
}

int facts_main(int argc, char **argv) {
    static const struct option options[] = {{"source", required_argument, NULL, 's'}, {"region", required_argument, NULL, 'r'}, {"as-of", required_argument, NULL, 'd'},
                                            {"complete", no_argument, NULL, 'c'},     {"all", no_argument, NULL, 'a'},          {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},         {0}};
    struct request request = {.what = ""};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') return fputs(usage, stdout) < 0 ? EXIT_FAILED : EXIT_OK;
        if (option == '?' || !parse_option(option, optarg, &request)) return command_usage(argc, argv, usage);
    }
    const int words = argc - optind;
    if (words > 0) request.what = argv[optind];
    if (words > 1) request.argument = argv[optind + 1];
    if (words > 2) request.path = argv[optind + 2];
    if (!is_sound(&request, words)) return command_usage(argc, argv, usage);
    const char *url = command_env(request.json, "PGURL"), *share = NULL, *keys = NULL;
    const bool is_load = strcmp(request.what, "load") == 0;
    if (url != NULL && is_load) share = command_env(request.json, "PAYUNG_SHARE");
    if (share != NULL) keys = command_env(request.json, "PAYUNG_KEYS");
    if (url == NULL || (is_load && keys == NULL)) return EXIT_USAGE;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    const int code = is_load ? load_file(&request, arena, url, share, keys) : ask(&request, arena, url);
    arena_destroy(arena);
    return code;
}
