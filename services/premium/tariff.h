/* The dated tariff: what a charge costs in a segment in a contribution month, and which regulation says so. Rows are data (data/tariff-*.tsv, one file a segment): a change of
 * tariff is new rows, never code. Loaded once into the caller's arena; slices point into the texts, which the caller keeps. tariff_share.h reads all files from PAYUNG_SHARE.
 *
 * Each file's head says its columns. Common: valid_from, valid_to (contribution months, inclusive; empty = open), unit (ppm: parts per million of the base; rupiah), value,
 * regulation (begins with a name of regulations.tsv, "PP 44/2015 Lampiran II"), confidence.
 *   tariff-bpu.tsv    income bands: the last whose income_from <= income; base; ppm, or a fixed amount (income_from and base 0)
 *   tariff-pu.tsv     share, risk_class (1..5 or ANY), cap of the wage, source (of a RECOMPOSITION); ppm of the wage
 *   tariff-jakon.tsv  basis CONTRACT: slices of the net value; basis WAGES: one rate; ppm
 *   tariff-pmi.tsv    item PLACEMENT, PACKAGE of months, EXCESS month, JHT amount; rupiah
 *   wage-cap.tsv      caps JP and JKP; the last row of a cap stays in force past its valid_to, then `stale` (W51)
 *   relief.tsv        see relief.h
 *
 * A series is what replaces one another in time: the rows of one segment, basis and charge. They stand together, and all rows of a series with the same validity are one
 * period; periods follow each other without gap or overlap. Within a period each row has its own place (band, class and share, slice, package). What is not so is
 * refused with file, line and field, as are unknown regulations and rates in a wrong unit.
 *
 * Rows are chosen by the contribution month, not by the day of payment (domain.md 2.0). */
#ifndef PAYUNG_PREMIUM_TARIFF_H
#define PAYUNG_PREMIUM_TARIFF_H

#include "common/domain/calendar.h"
#include "common/domain/load.h"
#include "common/domain/programme.h"
#include "common/domain/rupiah.h"
#include "services/premium/relief.h"

enum { SEGMENT_COUNT = SEGMENT_PMI + 1, JAKON_BASIS_COUNT = JAKON_BASIS_WAGES + 1 };

enum tariff_unit { TARIFF_PPM, TARIFF_RUPIAH };
enum tariff_item { ITEM_RATE, ITEM_PLACEMENT, ITEM_PACKAGE, ITEM_EXCESS, ITEM_JHT_VALUE }; /* all but RATE only in PMI */
enum wage_cap { WAGE_CAP_NONE = 0, WAGE_CAP_JP = 1, WAGE_CAP_JKP = 2, WAGE_CAP_COUNT = 3 };

struct tariff_row {
    struct slice id; /* "BPU-JKK-2015/01" */
    enum segment segment;
    enum jakon_basis basis;       /* JAKON only */
    enum charge charge;
    enum payer_share share;
    enum tariff_item item;
    int32_t risk_class;           /* PU: 1..5; 0 = all classes */
    enum wage_cap cap;            /* PU */
    struct slice source;          /* PU, RECOMPOSITION: the contribution that it is cut out of */
    rupiah from;                  /* BPU: lowest income of the band; JAKON: where the slice begins; else 0 */
    int32_t months;               /* PMI: months that the package holds; EXCESS 1 */
    rupiah base;                  /* BPU: base of the band */
    enum tariff_unit unit;
    int64_t value;                /* ppm or rupiah */
    month_t valid_from, valid_to; /* inclusive; an open end is MONTH_OPEN */
    struct slice regulation;
    struct slice confidence;
};

/* Where a validity ends or begins as a count of months; the open end is beyond every month that can be priced. */
enum { MONTH_COUNT_OPEN = INT32_MAX / 2 };
static inline int32_t validity_count(month_t month) { return month == MONTH_OPEN ? MONTH_COUNT_OPEN : month_count(month); }

struct tariff_period {
    int32_t first, last; /* month counts, inclusive */
    const struct tariff_row *rows;
    size_t row_count;
};

struct tariff_series {
    const struct tariff_period *periods; /* by time, without gap */
    size_t period_count;
};

struct wage_cap_row {
    struct slice id;
    enum wage_cap cap;
    month_t valid_from, valid_to;
    int32_t first, last; /* month counts */
    rupiah amount;
    struct slice regulation;
    struct slice confidence;
};

struct tariff {
    const struct tariff_row *rows; /* of all segments, in the order of the files */
    size_t row_count;
    struct tariff_series series[SEGMENT_COUNT][JAKON_BASIS_COUNT][CHARGE_COUNT]; /* basis NONE but in JAKON */
    const struct wage_cap_row *caps[WAGE_CAP_COUNT];
    size_t cap_count[WAGE_CAP_COUNT];
    struct relief *reliefs; /* only relief_switch writes, and only before the first premium is computed */
    size_t relief_count;
};

enum tariff_file {
    TARIFF_FILE_REGULATIONS,
    TARIFF_FILE_WAGE_CAP,
    TARIFF_FILE_BPU,
    TARIFF_FILE_PU,
    TARIFF_FILE_JAKON,
    TARIFF_FILE_PMI,
    TARIFF_FILE_RELIEF,
    TARIFF_FILE_COUNT
};
const char *tariff_file_name(enum tariff_file file); /* "wage-cap.tsv", below share/payung/tariff */

struct tariff_files {
    struct slice text[TARIFF_FILE_COUNT];
};

/* On failure *ret_file is the file's name ("relief.tsv") and ret_error says line, column and what is wrong; ret_tariff is untouched. Only relief.tsv may hold no rows. */
bool tariff_load(const struct tariff_files *files, struct arena *arena, struct tariff *ret_tariff, struct load_error *ret_error, const char **ret_file);

/* The period of a month count, or NULL when there is no tariff in that month. */
const struct tariff_period *tariff_period_of(const struct tariff_series *series, int32_t month);
/* The row whose `from` is the last that is not above the amount: bands and slices. */
const struct tariff_row *tariff_band_of(const struct tariff_period *period, rupiah amount);
/* The cap in a month count not before the first row of the cap; *ret_stale when its announced time is over. */
const struct wage_cap_row *tariff_cap_of(const struct tariff *tariff, enum wage_cap cap, int32_t month, bool *ret_stale);

/* Shared by the loaders: is the regulation known? months of a validity (valid_from, valid_to). */
struct regulation_list {
    const struct slice *names;
    size_t count;
};
bool regulation_is_known(const struct regulation_list *regulations, struct slice text);
bool validity_parse(const struct slice fields[2], uint32_t line, month_t ret_validity[2], struct load_error *ret_error);
/* regulation and confidence, two fields side by side. */
bool citation_parse(const struct slice fields[2], uint32_t line, const struct regulation_list *regulations, struct load_error *ret_error);

#endif
