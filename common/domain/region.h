/* Administrative regions by the codes of the Ministry of Home Affairs (Kemendagri): province PP, regency PPKK, district PPKKCC.
 *
 * A region is written as one number PPKKCC: 170804 is district 17.08.04, 170800 the regency Kepahiang, 170000 the province Bengkulu.
 * The table is made once at start from the files of the npm package idn-area-data 4.0.1 (data under ODbL-1.0: kept apart as data files,
 * never compiled in) and region_history.csv, our list of codes that are no longer in use but stand in identity numbers (domain.md 3.1).
 * Names are slices into the texts, which the caller keeps as long as the table. Look-ups are binary searches; nothing is written. */
#ifndef PAYUNG_DOMAIN_REGION_H
#define PAYUNG_DOMAIN_REGION_H

#include "common/domain/load.h"

struct region {
    uint32_t code; /* PPKKCC */
    struct slice name;
};

struct region_list {
    const struct region *regions; /* by code, ascending */
    size_t count;
};

struct region_table {
    struct region_list provinces, regencies, districts;
    struct region_list history; /* PP0000: a whole former province; PPKK00: a former regency */
};

struct region_files { /* texts of provinces.csv, regencies.csv, districts.csv, region_history.csv */
    struct slice provinces, regencies, districts, history;
};

/* ret_error names the line; *ret_file ("districts.csv") the file. Both untouched on success, ret_table untouched on failure. */
bool regions_load(const struct region_files *files, struct arena *arena, struct region_table *ret_table, struct load_error *ret_error, const char **ret_file);

enum region_standing {
    REGION_UNKNOWN = 0,  /* no such regency, now or then */
    REGION_FORMER,       /* the regency is in the history list only */
    REGION_NO_DISTRICT,  /* the regency stands, its district CC is not in today's list (districts are re-coded often) */
    REGION_KNOWN
};
enum region_standing region_standing(const struct region_table *table, uint32_t region); /* a region with CC = 00 asks for the regency only */
struct slice region_name(const struct region_table *table, uint32_t region);             /* of the level given; empty when unknown */

/* "17", "17.08", "17.08.04", "17.08.04.2001" or the same digits without dots; village 0 when not given. False when it is none of these. */
bool region_parse(struct slice text, uint32_t *ret_region, uint32_t *ret_village);
void region_format(uint32_t region, char ret_text[9]); /* "17.08.04", "17.08" or "17" */

uint32_t region_unit(uint32_t region);                 /* of how many codes it is the first: 10000 of a province, 100 of a regency, 1 of a district */
bool region_holds(uint32_t region, uint32_t district); /* the district lies in it, or is it */

#endif
