/* A generator of people for samples, tests and benchmarks: rows of a list with the canonical columns, valid for a payer of one region on one day, and rows with
 * one fault each. Pure and deterministic: the same plan gives the same bytes on every machine. Nobody of them exists: the serial of every NIK is
 * 9900-9999, names are drawn from common ones, phone numbers have the prefix 0840, which no operator is known to use.
 *
 * A plan is of one segment: informal workers (BPU), the employees of one firm of middle size (PU), construction projects with who answers for each (JAKON; a row
 * is a project), or migrant workers (PMI).
 *
 * Item i of a plan can be made on its own, in any order: a keyed permutation of all (district, birth date, sex, serial) of the region gives every item its own
 * NIK without remembering the others. Items 0..count-1 are valid; then come the faulty ones, kind by kind.
 *
 *   people_prepare(&sources, &plan, arena, &world, &error)      once
 *   people_row(&world, i, &row)                                 for each i < people_total(&plan) */
#ifndef PAYUNG_PAYUNG_PEOPLE_H
#define PAYUNG_PAYUNG_PEOPLE_H

#include "common/domain/row.h"

enum people_kind { /* E..: the row is refused for this reason; DUPLICATE_ROW: an exact copy but for no_urut */
    PEOPLE_VALID = 0,
    PEOPLE_E01, PEOPLE_E02, PEOPLE_E03, PEOPLE_E04, PEOPLE_E05, PEOPLE_E06, PEOPLE_E80, PEOPLE_E81,
    PEOPLE_E20, PEOPLE_E10, PEOPLE_E11, PEOPLE_E40, PEOPLE_E50, PEOPLE_E51, PEOPLE_E30, PEOPLE_DUPLICATE_ROW,
    PEOPLE_KIND_COUNT
};

enum { PEOPLE_FIELD_MAX = 160, PEOPLE_ITEMS_MAX = 20000000 };

struct people_plan {
    enum segment segment; /* SEGMENT_NONE: BPU */
    uint32_t region;    /* PPKKCC, PPKK00 or PP0000: where the payer is */
    day_t as_of;        /* registration date for which ages are right */
    uint64_t seed;
    uint32_t count;     /* valid people */
    uint32_t faults[PEOPLE_KIND_COUNT];
    bool fill_program, fill_penghasilan, fill_periode_mulai, fill_jumlah_bulan; /* else empty: the agreement's terms */
};

struct people_sources {
    const struct region_table *regions;
    const struct occupation_table *occupations;
    struct slice villages; /* text of villages.csv */
};

struct people_village {
    uint32_t district; /* PPKKCC */
    uint32_t number;   /* VVVV */
    struct slice name;
};

struct people_world {
    struct people_plan plan;
    const struct region_table *regions;
    const struct occupation_table *occupations;
    const struct people_village *villages; /* of the region, by district */
    size_t village_count;
    const size_t *first_village;           /* of district i; one more entry at the end */
    const uint32_t *districts;
    size_t district_count;
    const uint32_t *elsewhere;             /* district_count districts of the same province outside the region, or NULL: for NIKs of people who moved in */
    day_t born_first, born_last;           /* age 64 down to 17 on as_of */
    uint64_t space;                        /* how many different NIKs there are */
    unsigned half_bits;                    /* of the permutation */
};

struct people_row {
    char text[COLUMN_COUNT][PEOPLE_FIELD_MAX]; /* zero-terminated; no_urut is left to the writer */
};

enum segment people_segment(const struct people_plan *plan);
bool people_has_column(enum segment segment, enum column column); /* a list of that segment is written with it */
const char *people_kind_name(enum people_kind kind); /* "E30", "DUPLICATE_ROW" */
bool people_kind_parse(struct slice text, enum people_kind *ret_kind);
uint64_t people_total(const struct people_plan *plan);
/* False with a sentence for the user: no such region, no villages there, more people than different NIKs, more copies than originals, a fault that the
 * segment does not know (E11 and E40 are of BPU, E50 not of PU). */
bool people_prepare(const struct people_sources *sources, const struct people_plan *plan, struct arena *arena, struct people_world *ret_world,
                    struct load_error *ret_error);
enum people_kind people_kind_of(const struct people_plan *plan, uint64_t item);
/* The item that a copy (E20, DUPLICATE_ROW) repeats; it must stand earlier in a file. False for other items. */
bool people_original(const struct people_plan *plan, uint64_t item, uint64_t *ret_original);
void people_row(const struct people_world *world, uint64_t item, struct people_row *ret_row);

/* splitmix64 (S. Vigna, public domain): small, the same everywhere. */
struct people_random {
    uint64_t state;
};
uint64_t people_next(struct people_random *random);
uint64_t people_below(struct people_random *random, uint64_t limit); /* 0..limit-1; limit >= 1 */

#endif
