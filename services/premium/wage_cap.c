/* Loads and finds the caps of the wage. The cap of a year is announced when the year before is over, often late: so the last row stays in force and is called stale, and
 * nobody's pension is billed on an uncapped wage because a table was not kept up. It never computes a cap. */
#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/premium/tariff_rows.h"

enum { ID, CAP, VALID_FROM, VALID_TO, RUPIAH, REGULATION, CONFIDENCE, COLUMNS };
static const char *const column_names[COLUMNS] = {"id", "cap", "valid_from", "valid_to", "rupiah", "regulation", "confidence"};

enum { CAP_MIN = 1000000 }; /* less is thousands of rupiah in the wrong unit */

static bool parse_row(const struct slice fields[], uint32_t line, const struct regulation_list *regulations, struct wage_cap_row *ret_row, struct load_error *ret_error) {
    struct wage_cap_row row = {.id = fields[ID], .regulation = fields[REGULATION], .confidence = fields[CONFIDENCE]};
    uint64_t amount = 0;
    month_t validity[2];
    if (row.id.size == 0) return load_failed(ret_error, line, "id", "the id is empty");
    if (slice_is(fields[CAP], "JP")) row.cap = WAGE_CAP_JP;
    else if (slice_is(fields[CAP], "JKP")) row.cap = WAGE_CAP_JKP;
    else return load_failed(ret_error, line, "cap", "JP or JKP, not '%.*s'", SLICE_ARGS(fields[CAP]));
    if (!validity_parse(&fields[VALID_FROM], line, validity, ret_error)) return false;
    if (!text_number(fields[RUPIAH], RUPIAH_INPUT_MAX, &amount) || amount < CAP_MIN)
        return load_failed(ret_error, line, "rupiah", "whole rupiah of a month from %d, digits only", CAP_MIN);
    if (!citation_parse(&fields[REGULATION], line, regulations, ret_error)) return false;
    row.valid_from = validity[0];
    row.valid_to = validity[1];
    row.first = validity_count(row.valid_from);
    row.last = validity_count(row.valid_to);
    row.amount = (rupiah)amount;
    *ret_row = row;
    return true;
}

static bool fits(const struct tariff *tariff, const struct wage_cap_row *rows, size_t count, uint32_t line, struct load_error *ret_error) {
    const struct wage_cap_row *row = &rows[count];
    for (size_t i = 0; i < count; i++)
        if (slice_equal(rows[i].id, row->id)) return load_failed(ret_error, line, "id", "this id is already taken above");
    if (tariff->caps[row->cap] == NULL) return true;
    const struct wage_cap_row *before = row - 1;
    if (before->cap != row->cap) return load_failed(ret_error, line, "cap", "rows of one cap must stand together");
    if (row->first <= before->last) return load_failed(ret_error, line, "valid_from", "overlap: the row before has not ended");
    if (row->first != before->last + 1) return load_failed(ret_error, line, "valid_from", "gap after the row before");
    return true;
}

bool wage_caps_load(struct slice text, const struct regulation_list *regulations, struct arena *arena, struct tariff *tariff, struct load_error *ret_error) {
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', column_names, COLUMNS, ret_error)) return false;
    struct wage_cap_row *rows = arena_zero(arena, table_lines(text), sizeof *rows);
    size_t count = 0;
    while (table_next(&table, arena, fields, ret_error)) {
        struct wage_cap_row *row = &rows[count];
        if (!parse_row(fields, table.line, regulations, row, ret_error)) return false;
        if (!fits(tariff, rows, count, table.line, ret_error)) return false;
        if (tariff->caps[row->cap] == NULL) tariff->caps[row->cap] = row;
        tariff->cap_count[row->cap]++;
        count++;
    }
    if (table.failed) return false;
    return count > 0 || load_failed(ret_error, 0, "", "no row");
}

const struct wage_cap_row *tariff_cap_of(const struct tariff *tariff, enum wage_cap cap, int32_t month, bool *ret_stale) {
    const struct wage_cap_row *rows = tariff->caps[cap];
    size_t at = tariff->cap_count[cap];
    CHECK(at > 0 && rows[0].first <= month); /* loading refuses a tariff row that begins before its cap */
    while (rows[at - 1].first > month) at--; /* from the newest: today's months are asked for most */
    *ret_stale = month > rows[at - 1].last;
    return &rows[at - 1];
}
