/* Loads, switches and finds reliefs. Which money is excluded stands in the rows: a public budget gets no relief under PP 50/2025, because the state would pay itself. */
#include "services/premium/relief.h"

#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/premium/tariff.h"

enum { ID, SEGMENT, PROGRAMMES, SECTOR, PAY_PPM, VALID_FROM, VALID_TO, EXCLUDED_FUNDS, ENABLED, REGULATION, CONFIDENCE, COLUMNS };
static const char *const column_names[COLUMNS] = {"id",       "segment",        "programmes", "sector",     "pay_ppm",   "valid_from",
                                                  "valid_to", "excluded_funds", "enabled",    "regulation", "confidence"};

enum { PPM = 1000000 };

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

static bool parse_row(const struct slice fields[], uint32_t line, const struct regulation_list *regulations, struct relief *ret_row, struct load_error *ret_error) {
    struct relief row = {.id = fields[ID], .regulation = fields[REGULATION], .confidence = fields[CONFIDENCE]};
    uint64_t pay = 0;
    month_t validity[2];
    if (row.id.size == 0) return load_failed(ret_error, line, "id", "the id is empty");
    if (!segment_parse(fields[SEGMENT], &row.segment)) return load_failed(ret_error, line, "segment", "unknown segment");
    if (!programme_set_parse(fields[PROGRAMMES], &row.programmes)) return load_failed(ret_error, line, "programmes", "unknown programme");
    if (!parse_sector(fields[SECTOR], &row.sector)) return load_failed(ret_error, line, "sector", "TRANSPORT, OTHER or ANY");
    if (!text_number(fields[PAY_PPM], PPM, &pay) || pay == PPM) return load_failed(ret_error, line, "pay_ppm", "0 to 999999: what is still paid, in ppm");
    row.pay_ppm = (int64_t)pay;
    if (!validity_parse(&fields[VALID_FROM], line, validity, ret_error)) return false;
    row.valid_from = validity[0];
    row.valid_to = validity[1];
    if (!parse_funds(fields[EXCLUDED_FUNDS], &row.excluded_funds)) return load_failed(ret_error, line, "excluded_funds", "names of funds joined by '+', or empty");
    if (!slice_is(fields[ENABLED], "0") && !slice_is(fields[ENABLED], "1")) return load_failed(ret_error, line, "enabled", "0 or 1");
    row.enabled = slice_is(fields[ENABLED], "1");
    if (!regulation_is_known(regulations, row.regulation))
        return load_failed(ret_error, line, "regulation", "'%.*s' is not in regulations.tsv", SLICE_ARGS(row.regulation));
    if (row.confidence.size == 0) return load_failed(ret_error, line, "confidence", "V, G, U or D with the source");
    *ret_row = row;
    return true;
}

/* Could one question meet both? Funds are left aside: two reliefs that differ only in excluded funds are still one too many for somebody. */
static bool overlap(const struct relief *a, const struct relief *b) {
    bool sectors = a->sector == SECTOR_NONE || b->sector == SECTOR_NONE || a->sector == b->sector;
    bool months = a->valid_from <= b->valid_to && b->valid_from <= a->valid_to;
    return a->segment == b->segment && (a->programmes & b->programmes) != 0 && sectors && months;
}

static bool overlaps_enabled(const struct relief *reliefs, size_t count, const struct relief *row) {
    for (size_t i = 0; i < count; i++)
        if (&reliefs[i] != row && reliefs[i].enabled && overlap(&reliefs[i], row)) return true;
    return false;
}

/* The relief multiplies the rate before the rounding: the product must be whole ppm (or whole rupiah for a fixed amount), else the rate could not be told. */
static bool leaves_fraction(const struct tariff *tariff, const struct relief *relief) {
    for (size_t i = 0; i < tariff->row_count; i++) {
        const struct tariff_row *row = &tariff->rows[i];
        bool met = row->segment == relief->segment && (relief->programmes & programme_bit(row->programme)) != 0;
        bool months = row->valid_from <= relief->valid_to && relief->valid_from <= row->valid_to;
        if (met && months && row->unit == TARIFF_PPM && row->value * relief->pay_ppm % PPM != 0) return true;
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
        if (leaves_fraction(tariff, row)) return load_failed(ret_error, table.line, "pay_ppm", "leaves a fraction of a ppm of a tariff row");
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

const struct relief *relief_for(const struct tariff *tariff, enum segment segment, enum programme programme, enum sector sector, enum funds funds, month_t month) {
    for (size_t i = 0; i < tariff->relief_count; i++) {
        const struct relief *relief = &tariff->reliefs[i];
        bool subject = relief->segment == segment && (relief->programmes & programme_bit(programme)) != 0;
        bool in_time = relief->valid_from <= month && month <= relief->valid_to;
        bool in_sector = relief->sector == SECTOR_NONE || relief->sector == sector;
        bool excluded = (relief->excluded_funds >> (unsigned)funds & 1u) != 0;
        if (relief->enabled && subject && in_time && in_sector && !excluded) return relief;
    }
    return NULL;
}
