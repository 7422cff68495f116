/* Puts the tariff together out of its files and searches it. Loading is strict (tariff_rows.c, wage_cap.c, relief.c), so searching can be simple: a series has no gap, a
 * period has a row for everybody. It must never answer a question that no row answers. */
#include "services/premium/tariff.h"

#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/premium/tariff_rows.h"

static const char *const file_names[TARIFF_FILE_COUNT] = {"regulations.tsv", "wage-cap.tsv", "tariff-bpu.tsv", "tariff-pu.tsv", "tariff-jakon.tsv", "tariff-pmi.tsv", "relief.tsv"};

const char *tariff_file_name(enum tariff_file file) {
    CHECK((int)file >= 0 && file < TARIFF_FILE_COUNT);
    return file_names[file];
}

bool regulation_is_known(const struct regulation_list *regulations, struct slice text) {
    for (size_t i = 0; i < regulations->count; i++) {
        struct slice name = regulations->names[i];
        if (text.size < name.size || !slice_equal(slice_of(text.bytes, name.size), name)) continue;
        if (text.size == name.size || text.bytes[name.size] == ' ') return true;
    }
    return false;
}

bool validity_parse(const struct slice fields[2], uint32_t line, month_t ret_validity[2], struct load_error *ret_error) {
    month_t from = 0, to = MONTH_OPEN;
    if (!month_parse(fields[0], &from)) return load_failed(ret_error, line, "valid_from", "not a month YYYY-MM");
    if (fields[1].size > 0 && !month_parse(fields[1], &to)) return load_failed(ret_error, line, "valid_to", "not a month YYYY-MM, nor empty");
    if (to < from) return load_failed(ret_error, line, "valid_to", "before valid_from");
    ret_validity[0] = from;
    ret_validity[1] = to;
    return true;
}

bool citation_parse(const struct slice fields[2], uint32_t line, const struct regulation_list *regulations, struct load_error *ret_error) {
    if (!regulation_is_known(regulations, fields[0])) return load_failed(ret_error, line, "regulation", "'%.*s' is not in regulations.tsv", SLICE_ARGS(fields[0]));
    return fields[1].size > 0 || load_failed(ret_error, line, "confidence", "V, G, U or D with the source");
}

static bool load_regulations(struct slice text, struct arena *arena, struct regulation_list *ret_list, struct load_error *ret_error) {
    static const char *const names[] = {"regulation", "title", "effective"};
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', names, 3, ret_error)) return false;
    struct slice *list = arena_zero(arena, table_lines(text), sizeof *list);
    size_t count = 0;
    while (table_next(&table, arena, fields, ret_error)) {
        day_t effective = 0;
        if (fields[0].size == 0) return load_failed(ret_error, table.line, "regulation", "the name is empty");
        if (!day_parse(fields[2], &effective)) return load_failed(ret_error, table.line, "effective", "not a date YYYY-MM-DD");
        list[count++] = fields[0];
    }
    if (table.failed) return false;
    *ret_list = (struct regulation_list){.names = list, .count = count};
    return true;
}

static bool load_segments(const struct tariff_files *files, const struct regulation_list *regulations, struct arena *arena, struct tariff *tariff, struct load_error *ret_error, const char **ret_file) {
    size_t lines = 0;
    for (int file = TARIFF_FILE_BPU; file <= TARIFF_FILE_PMI; file++) lines += table_lines(files->text[file]);
    struct tariff_loader loader = {.regulations = regulations, .arena = arena, .tariff = tariff, .error = ret_error};
    loader.rows = arena_zero(arena, lines, sizeof *loader.rows);
    loader.periods = arena_zero(arena, lines, sizeof *loader.periods);
    for (int file = TARIFF_FILE_BPU; file <= TARIFF_FILE_PMI; file++) {
        *ret_file = file_names[file];
        if (!tariff_rows_load(&loader, (enum tariff_file)file, files->text[file])) return false;
    }
    tariff->rows = loader.rows;
    tariff->row_count = loader.row_count;
    return true;
}

bool tariff_load(const struct tariff_files *files, struct arena *arena, struct tariff *ret_tariff, struct load_error *ret_error, const char **ret_file) {
    struct regulation_list regulations = {0};
    struct tariff tariff = {0};
    *ret_file = file_names[TARIFF_FILE_REGULATIONS];
    if (!load_regulations(files->text[TARIFF_FILE_REGULATIONS], arena, &regulations, ret_error)) return false;
    *ret_file = file_names[TARIFF_FILE_WAGE_CAP];
    if (!wage_caps_load(files->text[TARIFF_FILE_WAGE_CAP], &regulations, arena, &tariff, ret_error)) return false;
    if (!load_segments(files, &regulations, arena, &tariff, ret_error, ret_file)) return false;
    *ret_file = file_names[TARIFF_FILE_RELIEF];
    if (!reliefs_load(files->text[TARIFF_FILE_RELIEF], &regulations, arena, &tariff, ret_error)) return false;
    *ret_tariff = tariff;
    return true;
}

const struct tariff_period *tariff_period_of(const struct tariff_series *series, int32_t month) {
    for (size_t i = series->period_count; i > 0; i--) { /* from the newest: today's months are asked for most */
        const struct tariff_period *period = &series->periods[i - 1];
        if (period->first <= month) return month <= period->last ? period : NULL;
    }
    return NULL;
}

const struct tariff_row *tariff_band_of(const struct tariff_period *period, rupiah amount) {
    size_t low = 0, high = period->row_count; /* rows[low].from <= amount < rows[high].from: the first begins at 0 */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (period->rows[middle].from <= amount) low = middle;
        else high = middle;
    }
    return &period->rows[low];
}
