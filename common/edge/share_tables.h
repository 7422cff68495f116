/* The tables of the installation that more than one program reads: regions, occupations, the law of programmes and its parameters, each from its place below PAYUNG_SHARE through
 * its pure loader. Texts and tables live in the arena. FATAL when a file is missing (share.h) or refused by its loader: then the error names file, line and field. */
#ifndef PAYUNG_EDGE_SHARE_TABLES_H
#define PAYUNG_EDGE_SHARE_TABLES_H

#include "common/base/err.h"
#include "common/domain/law.h"
#include "common/domain/occupation.h"
#include "common/domain/parameter.h"
#include "common/domain/region.h"

MUST_USE struct err share_regions(struct arena *arena, const char *folder, struct region_table *ret_table);
MUST_USE struct err share_occupations(struct arena *arena, const char *folder, struct occupation_table *ret_table);
MUST_USE struct err share_law(struct arena *arena, const char *folder, struct law_table *ret_table);
/* assignments: LAW_PARAMETERS, "NAME=VALUE,..." or "". */
MUST_USE struct err share_parameters(struct arena *arena, const char *folder, const char *assignments, struct parameters *ret_parameters);

/* A table that its loader refused, as an error. */
struct err share_damaged(const char *file, const struct load_error *error);

#endif
