/* `payung report`: the views of the schema `report` as tables and files. It knows no figures: what a report says is decided by its view (services/ledger/schema/0008_report.sql), and
 * how its columns are called by report_tables.def. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/calendar.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"
#include "services/payung/report_write.h"

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024, SQL_BYTES = 4096, PATIENCE_MS = 30 * 60 * 1000 };

static const char usage[] = "usage: payung report list [--language id|en] [--json]\n"
                            "       payung report NAME [--agreement ID] [--from DAY --to DAY] [--format csv|xlsx|json] [--output FILE] [--language id|en] [--json]\n"
                            "\n"
                            "list   the reports and their columns.\n"
                            "NAME   one report, computed now; it holds no data of persons. With --agreement only that agreement and all under it. --from and --to bound the report's own\n"
                            "       month or day. Without --format it is a table; xlsx needs --output. Amounts are rupiah, months 2025-10.\n"
                            "Exit code 0 done, 1 failed, 2 usage, 75 when the database is away.\n"
                            "  --json   --format json; with --output one document that tells the number of rows, beside which the file may have another --format\n";

/* ---- the tables --------------------------------------------------------------------------------------------------------------------------------- */

#define REPORT(view, name, title_id, title_en, time, order) static const struct report_column columns_of_##view[] = {
#define COLUMN(column, kind, heading_id, heading_en) {#column, REPORT_##kind, heading_id, heading_en},
#define REPORT_END };
#include "services/payung/report_tables.def"
#undef REPORT
#undef COLUMN
#undef REPORT_END

static const struct report_table tables[] = {
#define REPORT(view, name, title_id, title_en, time, order) {#view, name, title_id, title_en, time, order, columns_of_##view, sizeof columns_of_##view / sizeof *columns_of_##view},
#define COLUMN(column, kind, heading_id, heading_en)
#define REPORT_END
#include "services/payung/report_tables.def"
#undef REPORT
#undef COLUMN
#undef REPORT_END
};
enum { TABLE_COUNT = sizeof tables / sizeof *tables };

static const struct report_table *table_named(const char *name) {
    for (int i = 0; i < TABLE_COUNT; i++)
        if (strcmp(tables[i].name, name) == 0 || strcmp(tables[i].view, name) == 0) return &tables[i];
    return NULL;
}

static const struct report_column *column_named(const struct report_table *table, const char *name) {
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0) return &table->columns[i];
    CHECK(!"the time of a report is one of its columns");
    return NULL;
}

static int list(bool json, bool english) {
    static const char *const kinds[] = {[REPORT_TEXT] = "text", [REPORT_RUPIAH] = "rupiah", [REPORT_COUNT] = "count", [REPORT_DAY] = "date", [REPORT_MONTH] = "month"};
    json_t *reports = json_array();
    for (int i = 0; i < TABLE_COUNT; i++) {
        const struct report_table *table = &tables[i];
        json_t *columns = json_array();
        for (size_t k = 0; k < table->column_count; k++)
            (void)json_array_append_new(columns, json_pack("{s:s,s:s,s:s}", "name", table->columns[k].name, "kind", kinds[table->columns[k].kind], "heading",
                                                           english ? table->columns[k].heading_en : table->columns[k].heading_id)); /* fails only without memory */
        (void)json_array_append_new(reports, json_pack("{s:s,s:s,s:s,s:o}", "name", table->name, "view", table->view, "title", english ? table->title_en : table->title_id, "columns", columns));
        if (!json) printf("  %-20s%s\n", table->name, english ? table->title_en : table->title_id);
    }
    if (json) command_print_json(json_pack("{s:o}", "reports", reports));
    else json_decref(reports);
    return EXIT_OK;
}

/* ---- one report ------------------------------------------------------------------------------------------------------------------------------------ */

struct request {
    const struct report_table *table;
    const char *agreement; /* NULL: all */
    day_t from, to;
    enum report_format format;
    const char *output;
    bool english, json;
};

static void add(char sql[SQL_BYTES], size_t *used, const char *text) {
    const size_t size = strlen(text);
    CHECK(*used + size < SQL_BYTES); /* texts of report_tables.def */
    memcpy(sql + *used, text, size + 1);
    *used += size;
}

/* Names come from report_tables.def, values are parameters. Bounds stand on columns that the views group by, so PostgreSQL applies them before it counts. */
static struct pg_parameters *write_sql(const struct request *request, struct arena *arena, const struct slice *members, size_t member_count, char sql[SQL_BYTES]) {
    static const char *const casts[] = {[REPORT_TEXT] = "::text", [REPORT_RUPIAH] = "::bigint", [REPORT_COUNT] = "::bigint", [REPORT_DAY] = "::date", [REPORT_MONTH] = "::int"};
    const struct report_table *table = request->table;
    struct pg_parameters *p = pg_parameters(arena);
    size_t used = 0;
    pg_add_text_array(p, members, member_count);
    add(sql, &used, "DECLARE report NO SCROLL CURSOR FOR SELECT ");
    for (size_t i = 0; i < table->column_count; i++) {
        if (i > 0) add(sql, &used, ", ");
        add(sql, &used, table->columns[i].name);
        add(sql, &used, casts[table->columns[i].kind]);
    }
    add(sql, &used, " FROM report.");
    add(sql, &used, table->view);
    add(sql, &used, request->agreement != NULL ? " WHERE agreement = ANY ($1)" : " WHERE $1::text[] IS NOT NULL");
    if (request->from != 0) {
        const bool is_month = column_named(table, table->time)->kind == REPORT_MONTH;
        add(sql, &used, " AND ");
        add(sql, &used, table->time);
        add(sql, &used, " BETWEEN $2 AND $3");
        if (is_month) pg_add_int4(p, day_month(request->from));
        else pg_add_date(p, request->from);
        if (is_month) pg_add_int4(p, day_month(request->to));
        else pg_add_date(p, request->to);
    }
    add(sql, &used, " ORDER BY ");
    add(sql, &used, table->order);
    return p;
}

static struct err find_members(struct pg *pg, struct arena *arena, const char *agreement, struct slice **ret_members, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, slice_text(agreement != NULL ? agreement : ""));
    TRY(pg_run(pg, arena, "SELECT member FROM report.scope WHERE agreement = $1", p, &rows));
    struct slice *members = arena_take(arena, (rows.count + 1) * sizeof *members);
    for (size_t i = 0; i < rows.count; i++) members[i] = pg_bytes(&rows, i, 0);
    *ret_members = members;
    *ret_count = rows.count;
    return OK;
}

static struct err copy_rows(struct pg *pg, struct report_writer *writer, bool *ret_unwritable) {
    struct arena *page = arena_create(ARENA_BYTES_MAX);
    struct err err;
    struct pg_rows rows = {0};
    do {
        arena_reset(page);
        err = pg_run(pg, page, "FETCH 2000 FROM report", NULL, &rows);
        if (failed(&err)) break;
        err = report_write_rows(writer, &rows);
        *ret_unwritable = failed(&err);
    } while (!failed(&err) && rows.count > 0);
    arena_destroy(page);
    return err;
}

struct written {
    int64_t rows;
    bool unwritable; /* the error is of the file, not of the database */
};

/* All in one snapshot. *ret_known: the agreement exists. */
static struct err run_report(struct pg *pg, struct arena *arena, const struct request *request, bool *ret_known, struct written *ret_written) {
    static char sql[SQL_BYTES]; /* statements are known by their address: one report a process */
    struct slice *members;
    size_t member_count;
    struct report_writer *writer;
    pg_patience(pg, PATIENCE_MS);
    TRY(pg_begin(pg));
    TRY(pg_script(pg, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    TRY(pg_script(pg, "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'; SET LOCAL cursor_tuple_fraction = 1"));
    TRY(find_members(pg, arena, request->agreement, &members, &member_count));
    *ret_known = request->agreement == NULL || member_count > 0;
    if (!*ret_known) return OK;
    const struct pg_parameters *p = write_sql(request, arena, members, member_count, sql);
    TRY(pg_run(pg, arena, sql, p, NULL));
    struct err err = report_write_open(&(struct report_write_options){.table = request->table, .format = request->format, .path = request->output, .english = request->english}, &writer);
    ret_written->unwritable = failed(&err);
    if (failed(&err)) return err;
    err = copy_rows(pg, writer, &ret_written->unwritable);
    ret_written->rows = report_write_count(writer);
    if (failed(&err)) {
        report_write_abandon(writer);
        return err;
    }
    err = report_write_close(writer);
    ret_written->unwritable = failed(&err);
    return err;
}

static int tell(const struct request *request, const struct err *err, bool known, const struct written *written) {
    const bool json = request->json;
    if (failed(err) && written->unwritable) return command_fail(json, EXIT_FAILED, "FILE_UNWRITABLE", err->text, "Choose another folder, or make room on the disk.");
    if (failed(err)) return database_failure(json, err);
    if (!known) return unknown_agreement(json);
    if (request->output == NULL) return EXIT_OK;
    if (json) command_print_json(json_pack("{s:s,s:s,s:I}", "report", request->table->name, "file", request->output, "rows", (json_int_t)written->rows));
    else printf("%s: %" PRId64 " baris ditulis ke %s\n", request->table->title_id, written->rows, request->output);
    return EXIT_OK;
}

static int run(const struct request *request) {
    struct pg *pg = NULL;
    bool known = false;
    struct written written = {0};
    const char *url = command_env(request->json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct err err = pg_open(url, "payung-report", &pg);
    if (!failed(&err)) err = run_report(pg, arena, request, &known, &written);
    pg_close(pg);
    const int code = tell(request, &err, known, &written);
    arena_destroy(arena);
    return code;
}

/* ---- arguments --------------------------------------------------------------------------------------------------------------------------------------- */

static bool read_format(const char *word, enum report_format *ret_format) {
    static const struct {
        const char *word;
        enum report_format format;
    } formats[] = {{"csv", REPORT_AS_CSV}, {"xlsx", REPORT_AS_XLSX}, {"json", REPORT_AS_JSON}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(formats[i].word, word) == 0) *ret_format = formats[i].format;
    return *ret_format != REPORT_AS_TABLE;
}

static const char *wrong_with(const struct request *request) {
    if (request->table == NULL) return "there is no such report; payung report list names them all";
    if ((request->from == 0) != (request->to == 0)) return "--from and --to go together";
    if (request->from > request->to) return "--from is after --to";
    if (request->from != 0 && request->table->time == NULL) return "this report tells how things stand now: it has no --from and --to";
    if (request->format == REPORT_AS_XLSX && request->output == NULL) return "xlsx needs --output FILE";
    if (request->json && request->format != REPORT_AS_JSON && request->output == NULL) return "--json and another --format need --output FILE: standard output holds one of them";
    return NULL;
}

static bool take_option(int option, struct request *request) {
    if (option == 'a') request->agreement = optarg;
    if (option == 'o') request->output = optarg;
    if (option == 'j') request->json = true;
    if (option == 'l') request->english = strcmp(optarg, "en") == 0;
    if (option == 'l') return request->english || strcmp(optarg, "id") == 0;
    if (option == 'f') return day_parse(slice_text(optarg), &request->from);
    if (option == 't') return day_parse(slice_text(optarg), &request->to);
    if (option == 'x') return read_format(optarg, &request->format);
    return option != '?';
}

int report_main(int argc, char **argv) {
    static const struct option options[] = {{"agreement", required_argument, NULL, 'a'}, {"from", required_argument, NULL, 'f'}, {"to", required_argument, NULL, 't'}, {"format", required_argument, NULL, 'x'},
                                            {"output", required_argument, NULL, 'o'}, {"language", required_argument, NULL, 'l'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct request request = {0};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (!take_option(option, &request)) return command_usage(argc, argv, usage);
    }
    if (argc - optind != 1) return command_usage(argc, argv, usage);
    if (strcmp(argv[optind], "list") == 0) return list(request.json, request.english);
    request.table = table_named(argv[optind]);
    if (request.json && request.format == REPORT_AS_TABLE) request.format = REPORT_AS_JSON;
    const char *wrong = wrong_with(&request);
    if (wrong != NULL) return command_fail(request.json, EXIT_USAGE, "USAGE", wrong, "payung report --help");
    return run(&request);
}
