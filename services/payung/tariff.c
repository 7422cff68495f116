/* `payung tariff`: the tariff as an official reads it. show lists every row in force in a month with its regulation; diff says what begins, ends or changes between two months. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "services/payung/commands.h"
#include "services/payung/law_tables.h"
#include "services/payung/tariff_print.h"

static const char usage[] = "usage: payung tariff show [--month YYYY-MM] [--segment BPU|PU|JAKON|PMI] [--json]\n"
                            "       payung tariff diff YYYY-MM YYYY-MM [--segment S] [--json]\n"
                            "\n"
                            "show  the rates, amounts, wage caps and reliefs in force in a month (this month), each with its row, validity and regulation. A cap past its announced time stays in\n"
                            "      force until a newer one is loaded, and is marked.\n"
                            "diff  what is different in the second month: rows that end, that begin, that have another value, and that only have another row or regulation.\n"
                            "Exit code 0 done, 1 the data can't be read, 2 usage.\n"
                            "  --json   show: {\"month\",\"rows\":[{\"kind\",\"id\",\"segment\",\"programme\",\"payer_share\",\"what\",\"base\",\"unit\",\"value\",\"cap\",\"valid_from\",\"valid_to\",\"stale\",\"enabled\",\"regulation\",\n"
                            "           \"confidence\"}]}; diff: {\"from\",\"to\",\"ended\":[row],\"began\":[row],\"changed\":[{\"before\":row,\"after\":row}],\"restated\":[{\"before\":row,\"after\":row}]}\n"
                            "\n"
                            "examples:\n"
                            "  payung tariff show --month 2026-04 --segment BPU\n"
                            "  payung tariff diff 2026-02 2026-03 --json\n";

struct request {
    bool json;
    month_t months[2];
    enum segment segment; /* NONE: all */
};

struct rows {
    const struct tariff_view_row *rows;
    size_t count;
};

/* ---- one row -------------------------------------------------------------------------------------------------------------------------- */

static const char *kind_name(enum tariff_view_kind kind) { return kind == VIEW_TARIFF ? "tariff" : kind == VIEW_WAGE_CAP ? "wage_cap" : "relief"; }

static json_t *text_or_null(const char *text) { return text[0] != '\0' ? json_string(text) : json_null(); }

static json_t *month_or_null(month_t month) {
    char text[8];
    if (month == MONTH_OPEN) return json_null();
    month_format(month, text);
    return json_string(text);
}

static json_t *document_of(const struct tariff_view_row *row) {
    json_t *document = json_pack("{s:s,s:s%,s:s,s:s,s:s,s:o,s:I,s:s,s:I,s:o,s:o,s:o,s:b,s:b,s:s%,s:s%}", "kind", kind_name(row->kind), "id", (const char *)row->id.bytes, row->id.size, "segment",
                                 segment_name(row->segment), "programme", charge_name(row->charge), "payer_share", payer_share_name(row->share), "what", text_or_null(row->key), "base",
                                 (json_int_t)row->base, "unit", row->unit == TARIFF_PPM ? "ppm" : "rupiah", "value", (json_int_t)row->value, "cap", text_or_null(wage_cap_name(row->cap)),
                                 "valid_from", month_or_null(row->valid_from), "valid_to", month_or_null(row->valid_to), "stale", row->stale, "enabled", row->enabled, "regulation",
                                 (const char *)row->regulation.bytes, row->regulation.size, "confidence", (const char *)row->confidence.bytes, row->confidence.size);
    CHECK(document != NULL);
    return document;
}

/* ---- commands ------------------------------------------------------------------------------------------------------------------------- */

static struct rows rows_of(const struct request *request, struct law_tables *tables, month_t month) {
    size_t count = 0, kept = 0;
    const struct tariff_view_row *all = tariff_view(&tables->tariff, month, tables->arena, &count);
    struct tariff_view_row *rows = arena_zero(tables->arena, count + 1, sizeof *rows);
    for (size_t i = 0; i < count; i++)
        if (request->segment == SEGMENT_NONE || all[i].segment == request->segment) rows[kept++] = all[i];
    return (struct rows){rows, kept};
}

static int show(const struct request *request, struct law_tables *tables) {
    const struct rows rows = rows_of(request, tables, request->months[0]);
    char month[8];
    month_format(request->months[0], month);
    if (request->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < rows.count; i++) CHECK(json_array_append_new(list, document_of(&rows.rows[i])) == 0);
        command_print_json(json_pack("{s:s,s:o}", "month", month, "rows", list));
        return EXIT_OK;
    }
    printf("Tarif yang berlaku untuk iuran bulan %s: %zu baris\n\n", month, rows.count);
    tariff_print_head("  ");
    for (size_t i = 0; i < rows.count; i++) tariff_print_row("  ", &rows.rows[i]);
    return EXIT_OK;
}

static const struct tariff_view_row *same_place(struct rows rows, const struct tariff_view_row *row) {
    for (size_t i = 0; i < rows.count; i++)
        if (tariff_view_same_place(&rows.rows[i], row)) return &rows.rows[i];
    return NULL;
}

static bool same_row(const struct tariff_view_row *a, const struct tariff_view_row *b) {
    return slice_equal(a->id, b->id) && slice_equal(a->regulation, b->regulation) && a->stale == b->stale;
}

enum { ENDED, BEGAN, CHANGED, RESTATED, LISTS };

static void note(const struct request *request, json_t *lists[LISTS], int list, const struct tariff_view_row *before, const struct tariff_view_row *after) {
    static const char *const marks[LISTS] = {[ENDED] = "- ", [BEGAN] = "+ "};
    const struct tariff_view_row *only = before != NULL ? before : after;
    const bool both = before != NULL && after != NULL;
    json_t *entry = both ? json_pack("{s:o,s:o}", "before", document_of(before), "after", document_of(after)) : document_of(only);
    CHECK(json_array_append_new(lists[list], entry) == 0);
    if (request->json) return;
    if (both) {
        tariff_print_row(list == CHANGED ? "< " : "  ", before);
        tariff_print_row(list == CHANGED ? "> " : "= ", after);
    } else {
        tariff_print_row(marks[list], only);
    }
}

static int diff(const struct request *request, struct law_tables *tables) {
    const struct rows before = rows_of(request, tables, request->months[0]), after = rows_of(request, tables, request->months[1]);
    json_t *lists[LISTS] = {json_array(), json_array(), json_array(), json_array()};
    char from[8], to[8];
    month_format(request->months[0], from);
    month_format(request->months[1], to);
    if (!request->json) printf("Perubahan tarif dari %s ke %s (- berakhir, + mulai, < > nilai lama dan baru, = nilai sama menurut baris baru)\n\n", from, to);
    if (!request->json) tariff_print_head("  ");
    for (size_t i = 0; i < before.count; i++) {
        const struct tariff_view_row *row = &before.rows[i], *now = same_place(after, row);
        if (now == NULL) note(request, lists, ENDED, row, NULL);
        else if (!tariff_view_same_price(row, now)) note(request, lists, CHANGED, row, now);
        else if (!same_row(row, now)) note(request, lists, RESTATED, row, now);
    }
    for (size_t i = 0; i < after.count; i++)
        if (same_place(before, &after.rows[i]) == NULL) note(request, lists, BEGAN, NULL, &after.rows[i]);
    json_t *root = json_pack("{s:s,s:s,s:o,s:o,s:o,s:o}", "from", from, "to", to, "ended", lists[ENDED], "began", lists[BEGAN], "changed", lists[CHANGED], "restated", lists[RESTATED]);
    if (request->json) command_print_json(root);
    else json_decref(root);
    return EXIT_OK;
}

int tariff_main(int argc, char **argv) {
    static const struct option options[] = {{"month", required_argument, NULL, 'm'}, {"segment", required_argument, NULL, 's'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct request request = {.months = {day_month(law_today()), 0}};
    bool month_given = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'm' && !month_parse(slice_text(optarg), &request.months[0])) return command_usage(argc, argv, usage);
        if (option == 's' && !segment_parse(slice_text(optarg), &request.segment)) return command_usage(argc, argv, usage);
        month_given |= option == 'm';
        request.json |= option == 'j';
    }
    const int words = argc - optind;
    const bool is_show = words == 1 && strcmp(argv[optind], "show") == 0;
    const bool is_diff = words == 3 && !month_given && strcmp(argv[optind], "diff") == 0 && month_parse(slice_text(argv[optind + 1]), &request.months[0]) &&
                         month_parse(slice_text(argv[optind + 2]), &request.months[1]);
    if (!is_show && !is_diff) return command_usage(argc, argv, usage);
    struct law_tables tables;
    const int code = law_tables_open(request.json, LAW_TARIFF, &tables);
    if (code != EXIT_OK) return code;
    const int answered = is_show ? show(&request, &tables) : diff(&request, &tables);
    law_tables_close(&tables);
    return answered;
}
