/* What intake must remember of each row of a list while it comes in: its application id, the token of its person or project (row_subject), and the row that had the token first. Two
 * open-addressing sets of row numbers find an equal id or token in constant time; memory is bounded by the row limit (about 60 bytes a row). */
#ifndef PAYUNG_INGESTION_ROW_SET_H
#define PAYUNG_INGESTION_ROW_SET_H

#include "common/domain/application.h"

struct row_set;

struct row_set *row_set_create(void);
void row_set_destroy(struct row_set *set); /* NULL is allowed */
uint32_t row_set_count(const struct row_set *set);

/* How often this content (the id of its first occurrence) stood in the list before: 0 for a new one. Counts this one. */
uint32_t row_set_occurrence(struct row_set *set, struct id first_id);
/* Adds the next row and returns its number (1, 2, ...). A zero token is nobody. */
uint32_t row_set_add(struct row_set *set, struct id application_id, struct person_token token);
struct id row_set_id(const struct row_set *set, uint32_t row);
uint32_t row_set_first_row(const struct row_set *set, uint32_t row); /* of an earlier row with the same token, else 0 */

#endif
