/* Columns under the names that people write (synonyms.def): column_by_name of row.h knows the canonical ones, this one the others.
 *
 *   if (column_by_synonym(slice_text("No. KTP"), &column)) ... COLUMN_NIK
 *
 * Only for files that people keep: programs of partners write the canonical names. */
#ifndef PAYUNG_DOMAIN_SYNONYM_H
#define PAYUNG_DOMAIN_SYNONYM_H

#include "common/domain/row.h"

enum { SYNONYM_TEXT_MAX = 48 }; /* letters and digits of a name */

bool column_by_synonym(struct slice name, enum column *ret_column);
/* Row of the table, for tests and help: NULL behind the last. */
const char *synonym_at(size_t index, enum column *ret_column);

#endif
