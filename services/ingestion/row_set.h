/* What intake must remember of each row of a list while it comes in: its application id, whom or what it is about (row_subject), how often its content stood there, and the row that had
 * the subject first. The rows themselves stand in a file without a name (40 bytes a row, keyed hashes only), in memory are just two tables that find an equal id or subject: 4 bytes a
 * slot, so a list of two million rows takes 32 MiB. What the tables find is compared with the file, so nothing is ever taken for equal that is not.
 *
 *   TRY(row_set_create(folder, &set));
 *   uint32_t earlier = row_set_occurrence(set, content);            0: this content is new; counts this one
 *   row = row_set_add(set, earlier == 0 ? content : other_id, earlier == 0, subject);
 *   TRY(row_set_state(set));                                         the disk failed: what came back since is worth nothing
 *   while (at < row_set_count(set)) TRY(row_set_read(set, ++at, &entry));
 */
#ifndef PAYUNG_INGESTION_ROW_SET_H
#define PAYUNG_INGESTION_ROW_SET_H

#include "common/base/err.h"
#include "common/domain/application.h"

struct row_set;
enum { ROW_SET_ROWS_MAX = 1 << 22 };

struct row_entry {
    struct id id;
    struct person_token subject; /* zero: nobody known */
    uint32_t first_row;          /* of an earlier row about the same, else 0 */
    uint32_t times;              /* of a content's first row: how many rows have it */
};

MUST_USE struct err row_set_create(const char *folder, struct row_set **ret_set);
void row_set_destroy(struct row_set *set); /* NULL is allowed */
uint32_t row_set_count(const struct row_set *set);
MUST_USE struct err row_set_state(const struct row_set *set); /* AGAIN: a read or a write of the file failed */

/* How often this content (the id of its first occurrence) stood in the list before: 0 for a new one. Counts this one. */
uint32_t row_set_occurrence(struct row_set *set, struct id content);
/* Adds the next row and returns its number (1, 2, ...). */
uint32_t row_set_add(struct row_set *set, struct id id, bool is_new_content, struct person_token subject);
void row_set_read(struct row_set *set, uint32_t row, struct row_entry *ret_entry); /* in order it costs next to nothing */

/* The first row with this content, or about this subject; 0: none. */
uint32_t row_set_find(struct row_set *set, struct id content);
uint32_t row_set_find_subject(struct row_set *set, struct person_token subject);

#endif
