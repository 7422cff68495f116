/* Occupations: data/occupations.tsv, one row a job, kept by people. Columns: code, name (Bahasa Indonesia), group (one of the 13 of domain.md 3.4),
 * sector (TRANSPORT or OTHER: who gets the relief of PP 50/2025), formal (1: a wage relation, which is E40 for BPU), employer (1: owns a business with
 * workers, so that JHT is mandatory), civil_servant (1: ASN, TNI or Polri, insured by Taspen or Asabri: E41, in every segment; then formal is 0), synonyms (other names, separated by '|').
 *
 * The table is loaded once into the caller's arena; slices point into the text, which the caller keeps. Look-ups ignore the case of letters. */
#ifndef PAYUNG_DOMAIN_OCCUPATION_H
#define PAYUNG_DOMAIN_OCCUPATION_H

#include "common/domain/load.h"
#include "common/domain/programme.h"

struct occupation {
    struct slice code, name, group;
    enum sector sector;
    bool formal, employer, civil_servant;
};

struct occupation_name {
    struct slice name;
    const struct occupation *occupation;
};

struct occupation_table {
    const struct occupation *rows; /* in file order: by code, ascending */
    size_t count;
    const struct occupation_name *names; /* names and synonyms, ascending without case */
    size_t name_count;
};

bool occupations_load(struct slice text, struct arena *arena, struct occupation_table *ret_table, struct load_error *ret_error);
const struct occupation *occupation_by_code(const struct occupation_table *table, struct slice code); /* NULL when unknown */
const struct occupation *occupation_by_name(const struct occupation_table *table, struct slice name); /* name or synonym, trimmed */

#endif
