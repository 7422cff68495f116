/* The dated tariff: what a programme costs a segment in a contribution month, and which regulation says so. Rows are data (data/tariff-bpu.tsv): a change
 * of tariff is a new row, never code. Loaded once into the caller's arena; slices point into the texts, which the caller keeps.
 *
 * tariff-bpu.tsv: id, segment, programme, valid_from, valid_to (contribution months, inclusive; empty = open), income_from, base, unit, value, regulation, confidence
 *   unit ppm: value parts per million of base. unit rupiah: a fixed amount a month; income_from and base are then 0.
 *   Rows of one segment and programme stand together, by valid_from, then by income_from. Loading refuses gaps and overlaps of periods, bands that do not start at
 *   0 or do not rise, units and regulations it does not know.
 * regulations.tsv: regulation, title, effective. Every row's regulation must begin with one of these ("PP 44/2015 Lampiran II").
 * relief.tsv: see relief.h.
 *
 * The row is chosen by the contribution month, not by the day of payment (domain.md 2.0); the band is the last whose income_from <= income. */
#ifndef PAYUNG_PREMIUM_TARIFF_H
#define PAYUNG_PREMIUM_TARIFF_H

#include "common/domain/calendar.h"
#include "common/domain/load.h"
#include "common/domain/programme.h"
#include "common/domain/rupiah.h"
#include "services/premium/relief.h"

enum tariff_unit { TARIFF_PPM, TARIFF_RUPIAH };

struct tariff_row {
    struct slice id; /* "BPU-JKK-2015/01" */
    enum segment segment;
    enum programme programme;
    month_t valid_from, valid_to; /* inclusive; an open end is MONTH_OPEN */
    rupiah income_from, base;
    enum tariff_unit unit;
    int64_t value; /* ppm or rupiah */
    struct slice regulation;
    struct slice confidence;
};

struct tariff {
    const struct tariff_row *rows;
    size_t row_count;
    struct relief *reliefs; /* only relief_switch writes, and only before the first premium is computed */
    size_t relief_count;
};

struct tariff_files {
    struct slice tariff, relief, regulations;
};

/* On failure *ret_file is the file's name ("relief.tsv") and ret_error says line, column and what is wrong; ret_tariff is untouched. */
bool tariff_load(const struct tariff_files *files, struct arena *arena, struct tariff *ret_tariff, struct load_error *ret_error, const char **ret_file);

/* NULL when nobody has a tariff for this segment, programme and month. */
const struct tariff_row *tariff_row(const struct tariff *tariff, enum segment segment, enum programme programme, month_t month, rupiah income);

/* Shared with relief.c: regulation known? months of a validity. */
struct regulation_list {
    const struct slice *names;
    size_t count;
};
bool regulation_is_known(const struct regulation_list *regulations, struct slice text);
bool validity_parse(const struct slice fields[2], uint32_t line, month_t ret_validity[2], struct load_error *ret_error);

#endif
