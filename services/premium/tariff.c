/* Loads and searches the dated tariff. Loading is strict, because a wrong row bills thousands of people: what is not understood is refused with line and
 * column. Searching can then be simple. */
#include "services/premium/tariff.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { ID, SEGMENT, PROGRAMME, VALID_FROM, VALID_TO, INCOME_FROM, BASE, UNIT, VALUE, REGULATION, CONFIDENCE, COLUMNS };
static const char *const column_names[COLUMNS] = {"id",   "segment", "programme", "valid_from", "valid_to",  "income_from",
                                                  "base", "unit",    "value",     "regulation", "confidence"};

enum { PPM_MAX = 1000000, FIXED_MAX = 100000000 };

bool regulation_is_known(const struct regulation_list *regulations, struct slice text) {
    for (size_t i = 0; i < regulations->count; i++) {
        struct slice name = regulations->names[i];
        if (text.size < name.size || !slice_equal(slice_of(text.bytes, name.size), name)) continue;
        if (text.size == name.size || text.bytes[name.size] == ' ') return true;
    }
    return false;
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

bool validity_parse(const struct slice fields[2], uint32_t line, month_t ret_validity[2], struct load_error *ret_error) {
    month_t from = 0, to = MONTH_OPEN;
    if (!month_parse(fields[0], &from)) return load_failed(ret_error, line, "valid_from", "not a month YYYY-MM");
    if (fields[1].size > 0 && !month_parse(fields[1], &to)) return load_failed(ret_error, line, "valid_to", "not a month YYYY-MM, nor empty");
    if (to < from) return load_failed(ret_error, line, "valid_to", "before valid_from");
    ret_validity[0] = from;
    ret_validity[1] = to;
    return true;
}

static bool parse_amount(struct slice text, const char *field, uint64_t max, uint32_t line, int64_t *ret_amount, struct load_error *ret_error) {
    uint64_t amount = 0;
    if (!text_number(text, max, &amount)) return load_failed(ret_error, line, field, "a whole number from 0 to %llu, digits only", (unsigned long long)max);
    *ret_amount = (int64_t)amount;
    return true;
}

static bool parse_value(const struct slice fields[], uint32_t line, struct tariff_row *row, struct load_error *ret_error) {
    if (slice_is(fields[UNIT], "ppm")) row->unit = TARIFF_PPM;
    else if (slice_is(fields[UNIT], "rupiah")) row->unit = TARIFF_RUPIAH;
    else return load_failed(ret_error, line, "unit", "ppm or rupiah, not '%.*s'", SLICE_ARGS(fields[UNIT]));
    if (!parse_amount(fields[INCOME_FROM], "income_from", RUPIAH_INPUT_MAX, line, &row->income_from, ret_error)) return false;
    if (!parse_amount(fields[BASE], "base", RUPIAH_INPUT_MAX, line, &row->base, ret_error)) return false;
    if (!parse_amount(fields[VALUE], "value", row->unit == TARIFF_PPM ? PPM_MAX : FIXED_MAX, line, &row->value, ret_error)) return false;
    if (row->value == 0) return load_failed(ret_error, line, "value", "must be more than 0");
    if (row->unit == TARIFF_PPM && row->base == 0) return load_failed(ret_error, line, "base", "a rate in ppm needs a base");
    if (row->unit == TARIFF_RUPIAH && (row->base != 0 || row->income_from != 0))
        return load_failed(ret_error, line, "base", "a fixed amount has income_from 0 and base 0");
    return true;
}

static bool parse_row(const struct slice fields[], uint32_t line, const struct regulation_list *regulations, struct tariff_row *ret_row, struct load_error *ret_error) {
    struct tariff_row row = {.id = fields[ID], .regulation = fields[REGULATION], .confidence = fields[CONFIDENCE]};
    month_t validity[2];
    if (row.id.size == 0) return load_failed(ret_error, line, "id", "the id is empty");
    if (!segment_parse(fields[SEGMENT], &row.segment)) return load_failed(ret_error, line, "segment", "unknown segment");
    if (!programme_parse(fields[PROGRAMME], &row.programme)) return load_failed(ret_error, line, "programme", "unknown programme");
    if ((programme_set_by_law(row.segment) & programme_bit(row.programme)) == 0)
        return load_failed(ret_error, line, "programme", "the law does not open this programme to the segment");
    if (!validity_parse(&fields[VALID_FROM], line, validity, ret_error)) return false;
    row.valid_from = validity[0];
    row.valid_to = validity[1];
    if (!parse_value(fields, line, &row, ret_error)) return false;
    if (!regulation_is_known(regulations, row.regulation))
        return load_failed(ret_error, line, "regulation", "'%.*s' is not in regulations.tsv", SLICE_ARGS(row.regulation));
    if (row.confidence.size == 0) return load_failed(ret_error, line, "confidence", "V, G, U or D with the source");
    *ret_row = row;
    return true;
}

static bool same_kind(const struct tariff_row *a, const struct tariff_row *b) { return a->segment == b->segment && a->programme == b->programme; }

/* Whether `row` may follow `before` (NULL at the start); `kind_is_new` when no row of its segment and programme came before. */
static bool fits_after(const struct tariff_row *before, bool kind_is_new, const struct tariff_row *row, uint32_t line, struct load_error *ret_error) {
    bool same = before != NULL && same_kind(before, row);
    if (!same && !kind_is_new) return load_failed(ret_error, line, "programme", "rows of one segment and programme must stand together");
    bool same_period = same && before->valid_from == row->valid_from && before->valid_to == row->valid_to;
    if (same_period) {
        if (row->income_from <= before->income_from) return load_failed(ret_error, line, "income_from", "bands overlap: must be above that of the row before");
        if (row->base <= before->base) return load_failed(ret_error, line, "base", "must be above that of the row before");
        if (row->unit != before->unit) return load_failed(ret_error, line, "unit", "another unit than the row before in the same period");
        return true;
    }
    if (row->income_from != 0) return load_failed(ret_error, line, "income_from", "gap: the first band of a period starts at 0");
    if (!same) return true;
    if (row->valid_from <= before->valid_to) return load_failed(ret_error, line, "valid_from", "overlap: the period before has not ended");
    if (row->valid_from != month_add(before->valid_to, 1)) return load_failed(ret_error, line, "valid_from", "gap after the period before");
    return true;
}

static bool id_is_new(const struct tariff_row *rows, size_t count, struct slice id) {
    for (size_t i = 0; i < count; i++)
        if (slice_equal(rows[i].id, id)) return false;
    return true;
}

static bool kind_is_new(const struct tariff_row *rows, size_t count, const struct tariff_row *row) {
    for (size_t i = 0; i < count; i++)
        if (same_kind(&rows[i], row)) return false;
    return true;
}

static bool load_rows(struct slice text, const struct regulation_list *regulations, struct arena *arena, struct tariff *tariff, struct load_error *ret_error) {
    enum { ROWS_MAX = 4096 };
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', column_names, COLUMNS, ret_error)) return false;
    struct tariff_row *rows = arena_zero(arena, table_lines(text), sizeof *rows);
    size_t count = 0;
    while (table_next(&table, arena, fields, ret_error)) {
        struct tariff_row *row = &rows[count];
        if (count == ROWS_MAX) return load_failed(ret_error, table.line, "", "more than %d rows", ROWS_MAX);
        if (!parse_row(fields, table.line, regulations, row, ret_error)) return false;
        if (!id_is_new(rows, count, row->id)) return load_failed(ret_error, table.line, "id", "this id is already taken above");
        if (!fits_after(count > 0 ? row - 1 : NULL, kind_is_new(rows, count, row), row, table.line, ret_error)) return false;
        count++;
    }
    if (table.failed) return false;
    if (count == 0) return load_failed(ret_error, 0, "", "no tariff row");
    tariff->rows = rows;
    tariff->row_count = count;
    return true;
}

bool tariff_load(const struct tariff_files *files, struct arena *arena, struct tariff *ret_tariff, struct load_error *ret_error, const char **ret_file) {
    struct regulation_list regulations = {0};
    struct tariff tariff = {0};
    *ret_file = "regulations.tsv";
    if (!load_regulations(files->regulations, arena, &regulations, ret_error)) return false;
    *ret_file = "tariff-bpu.tsv";
    if (!load_rows(files->tariff, &regulations, arena, &tariff, ret_error)) return false;
    *ret_file = "relief.tsv";
    if (!reliefs_load(files->relief, &regulations, arena, &tariff, ret_error)) return false;
    *ret_tariff = tariff;
    return true;
}

const struct tariff_row *tariff_row(const struct tariff *tariff, enum segment segment, enum programme programme, month_t month, rupiah income) {
    const struct tariff_row *chosen = NULL;
    for (size_t i = 0; i < tariff->row_count; i++) {
        const struct tariff_row *row = &tariff->rows[i];
        bool fits = row->segment == segment && row->programme == programme && row->valid_from <= month && month <= row->valid_to;
        if (fits && row->income_from <= income) chosen = row; /* bands rise: the last that fits is the band */
    }
    return chosen;
}
