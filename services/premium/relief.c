/* Loads, switches and finds reliefs. Which money is excluded stands in the rows: a public budget gets no relief under PP 50/2025, because the state would pay itself. It must
 * never let two reliefs meet. */
#include "services/premium/relief.h"

#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/premium/tariff.h"

enum { ID, SEGMENTS, PROGRAMMES, SECTOR, LABOUR_INTENSIVE, PAY_PPM, VALID_FROM, VALID_TO, EXCLUDED_FUNDS, NEW_MEMBER_FULL, ENABLED, REGULATION, CONFIDENCE, COLUMNS };
static const char *const column_names[COLUMNS] = {"id",       "segments",       "programmes",      "sector",  "labour_intensive", "pay_ppm",   "valid_from",
                                                  "valid_to", "excluded_funds", "new_member_full", "enabled", "regulation",       "confidence"};


static bool parse_segments(struct slice text, uint8_t *ret_segments) {
    uint8_t set = 0;
    struct slice rest = text, name;
    while (text_split(&rest, '+', &name)) {
        enum segment segment = SEGMENT_NONE;
        if (!segment_parse(name, &segment)) return false;
        set |= (uint8_t)(1u << (unsigned)segment);
    }
    *ret_segments = set;
    return true;
}

static bool parse_funds(struct slice text, uint8_t *ret_funds) {
    uint8_t set = 0;
    struct slice rest = text, name;
    while (rest.size > 0 && text_split(&rest, '+', &name)) {
        enum funds funds = FUNDS_NONE;
        if (!funds_parse(name, &funds)) return false;
        set |= (uint8_t)(1u << (unsigned)funds);
    }
    *ret_funds = set;
    return true;
}

static bool parse_sector(struct slice text, enum sector *ret_sector) {
    if (slice_is(text, "ANY")) *ret_sector = SECTOR_NONE;
    else if (slice_is(text, "TRANSPORT")) *ret_sector = SECTOR_TRANSPORT;
    else if (slice_is(text, "OTHER")) *ret_sector = SECTOR_OTHER;
    else return false;
    return true;
}

static bool parse_condition(struct slice text, enum condition *ret_condition) {
    if (slice_is(text, "ANY")) *ret_condition = CONDITION_ANY;
    else if (slice_is(text, "1")) *ret_condition = CONDITION_YES;
    else if (slice_is(text, "0")) *ret_condition = CONDITION_NO;
    else return false;
    return true;
}

static bool parse_switch(struct slice text, bool *ret_on) {
    *ret_on = slice_is(text, "1");
    return *ret_on || slice_is(text, "0");
}

/* For whom the relief is. */
static bool parse_subject(const struct slice fields[], uint32_t line, struct relief *row, struct load_error *ret_error) {
    if (!parse_segments(fields[SEGMENTS], &row->segments)) return load_failed(ret_error, line, "segments", "names of segments joined by '+'");
    if (!programme_set_parse(fields[PROGRAMMES], &row->programmes)) return load_failed(ret_error, line, "programmes", "unknown programme");
    if ((row->programmes & programme_bit(PROGRAMME_JKP)) != 0) return load_failed(ret_error, line, "programmes", "JKP is never billed: there is nothing to relieve");
    if (!parse_sector(fields[SECTOR], &row->sector)) return load_failed(ret_error, line, "sector", "TRANSPORT, OTHER or ANY");
    if (!parse_condition(fields[LABOUR_INTENSIVE], &row->labour_intensive)) return load_failed(ret_error, line, "labour_intensive", "1, 0 or ANY");
    if (!parse_funds(fields[EXCLUDED_FUNDS], &row->excluded_funds)) return load_failed(ret_error, line, "excluded_funds", "names of funds joined by '+', or empty");
    return true;
}

static bool parse_row(const struct slice fields[], uint32_t line, const struct regulation_list *regulations, struct relief *ret_row, struct load_error *ret_error) {
    struct relief row = {.id = fields[ID], .regulation = fields[REGULATION], .confidence = fields[CONFIDENCE]};
    uint64_t pay = 0;
    month_t validity[2];
    if (row.id.size == 0) return load_failed(ret_error, line, "id", "the id is empty");
    if (!parse_subject(fields, line, &row, ret_error)) return false;
    if (!text_number(fields[PAY_PPM], PPM, &pay) || pay == PPM) return load_failed(ret_error, line, "pay_ppm", "0 to 999999: what is still paid, in ppm");
    if (!validity_parse(&fields[VALID_FROM], line, validity, ret_error)) return false;
    if (!parse_switch(fields[NEW_MEMBER_FULL], &row.new_member_full)) return load_failed(ret_error, line, "new_member_full", "0 or 1");
    if (!parse_switch(fields[ENABLED], &row.enabled)) return load_failed(ret_error, line, "enabled", "0 or 1");
    if (!citation_parse(&fields[REGULATION], line, regulations, ret_error)) return false;
    row.pay_ppm = (int64_t)pay;
    row.valid_from = validity[0];
    row.valid_to = validity[1];
    row.first = validity_count(row.valid_from);
    row.last = validity_count(row.valid_to);
    *ret_row = row;
    return true;
}

/* Could one question meet both? Funds are left aside: two reliefs that differ only in excluded funds are still one too many for somebody. */
static bool overlap(const struct relief *a, const struct relief *b) {
    bool sectors = a->sector == SECTOR_NONE || b->sector == SECTOR_NONE || a->sector == b->sector;
    bool employers = a->labour_intensive == CONDITION_ANY || b->labour_intensive == CONDITION_ANY || a->labour_intensive == b->labour_intensive;
    bool months = a->first <= b->last && b->first <= a->last;
    return (a->segments & b->segments) != 0 && (a->programmes & b->programmes) != 0 && sectors && employers && months;
}

static bool overlaps_enabled(const struct relief *reliefs, size_t count, const struct relief *row) {
    for (size_t i = 0; i < count; i++)
        if (&reliefs[i] != row && reliefs[i].enabled && overlap(&reliefs[i], row)) return true;
    return false;
}

/* The relief multiplies the rate before the rounding: the product must be whole ppm, else the rate could not be told; and a filled slice of a contract must still give
 * whole rupiah (tariff_rows.c says why). */
static bool leaves_fraction(const struct tariff *tariff, const struct relief *relief) {
    for (size_t i = 0; i < tariff->row_count; i++) {
        const struct tariff_row *row = &tariff->rows[i];
        const programme_set programmes = charge_programmes(row->charge);
        bool met = (relief->segments >> (unsigned)row->segment & 1u) != 0 && (relief->programmes & programmes) == programmes;
        bool months = row->valid_from <= relief->valid_to && relief->valid_from <= row->valid_to;
        if (!met || !months || row->unit != TARIFF_PPM) continue;
        if (row->value * relief->pay_ppm % PPM != 0) return true;
        CHECK(i + 1 < tariff->row_count); /* the last rows are those of PMI, in rupiah */
        const bool ends = row[1].basis == JAKON_BASIS_CONTRACT && row[1].from > row->from;
        if (ends && (row[1].from - row->from) % PPM * (row->value * relief->pay_ppm / PPM) % PPM != 0) return true;
    }
    return false;
}

bool reliefs_load(struct slice text, const struct regulation_list *regulations, struct arena *arena, struct tariff *tariff, struct load_error *ret_error) {
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', column_names, COLUMNS, ret_error)) return false;
    struct relief *reliefs = arena_zero(arena, RELIEFS_MAX, sizeof *reliefs);
    size_t count = 0;
    while (table_next(&table, arena, fields, ret_error)) {
        if (count == RELIEFS_MAX) return load_failed(ret_error, table.line, "", "more than %d reliefs", RELIEFS_MAX);
        struct relief *row = &reliefs[count];
        if (!parse_row(fields, table.line, regulations, row, ret_error)) return false;
        for (size_t i = 0; i < count; i++)
            if (slice_equal(reliefs[i].id, row->id)) return load_failed(ret_error, table.line, "id", "this id is already taken above");
        if (row->enabled && overlaps_enabled(reliefs, count, row)) return load_failed(ret_error, table.line, "valid_from", "overlaps with an enabled relief above");
        if (leaves_fraction(tariff, row)) return load_failed(ret_error, table.line, "pay_ppm", "leaves a fraction of a ppm of a tariff row, or of a rupiah of a filled slice");
        count++;
    }
    if (table.failed) return false;
    tariff->reliefs = reliefs;
    tariff->relief_count = count;
    return true;
}

bool relief_switch(struct tariff *tariff, struct slice id, bool enabled) {
    for (size_t i = 0; i < tariff->relief_count; i++) {
        struct relief *relief = &tariff->reliefs[i];
        if (!slice_equal(relief->id, id)) continue;
        if (enabled && overlaps_enabled(tariff->reliefs, tariff->relief_count, relief)) return false;
        relief->enabled = enabled;
        return true;
    }
    return false;
}

static bool is_for(const struct relief *relief, const struct relief_question *question) {
    bool subject = (relief->segments >> (unsigned)question->segment & 1u) != 0 && (relief->programmes & question->programmes) == question->programmes;
    bool sector = relief->sector == SECTOR_NONE || relief->sector == question->sector;
    bool employer = relief->labour_intensive == CONDITION_ANY || (relief->labour_intensive == CONDITION_YES) == question->labour_intensive;
    bool excluded = (relief->excluded_funds >> (unsigned)question->funds & 1u) != 0;
    return relief->enabled && subject && sector && employer && !excluded;
}

const struct relief *relief_for(const struct tariff *tariff, const struct relief_question *question, int32_t month, int32_t *ret_last) {
    *ret_last = MONTH_COUNT_OPEN;
    for (size_t i = 0; i < tariff->relief_count; i++) {
        const struct relief *relief = &tariff->reliefs[i];
        if (relief->last < month || !is_for(relief, question)) continue;
        const bool waits = relief->new_member_full && relief->first <= question->paid_in_full_to;
        const int32_t first = waits ? question->paid_in_full_to + 1 : relief->first;
        if (first > relief->last) continue;
        if (first <= month) {
            *ret_last = relief->last;
            return relief; /* at most one fits, so no other begins before it ends */
        }
        if (first <= *ret_last) *ret_last = first - 1;
    }
    return NULL;
}
