/* The meaning of a list's header and rows: which cell is which canonical column, and the parts from which a row's application id is made. Pure.
 *
 * The canonical text of a row is the pairs (column name, trimmed value) of all cells that are not empty, but for no_urut: the basic columns in the order of
 * columns.def, then all others by name, whether they are ours or not. So neither the order of columns nor that of rows, nor an added empty column, nor a
 * column that a later edition learns to read, makes a new application. */
#ifndef PAYUNG_INGESTION_LIST_H
#define PAYUNG_INGESTION_LIST_H

#include "common/domain/row.h"

enum { LIST_CELLS_MAX = 64, LIST_NAME_MAX = 64, LIST_PARTS_MAX = 2 * LIST_CELLS_MAX, LIST_PROBLEM_MAX = 512 };

struct list_header {
    size_t count;
    char names[LIST_CELLS_MAX][LIST_NAME_MAX]; /* trimmed, lower case */
    int column[LIST_CELLS_MAX];                /* enum column, or -1: not one of ours */
    uint8_t order[LIST_CELLS_MAX];             /* cells in canonical order */
};

/* False: ret_problem names the columns that are missing or doubled and those that were found (their names only). */
bool list_header_read(const struct slice *cells, size_t count, struct list_header *ret_header, char ret_problem[LIST_PROBLEM_MAX]);
/* A row with fewer cells than the header has empty ones; with more, the surplus is ignored if blank, else false. */
bool list_row_text(const struct list_header *header, const struct slice *cells, size_t count, struct row_text *ret_row);
size_t list_row_parts(const struct list_header *header, const struct slice *cells, size_t count, struct slice ret_parts[LIST_PARTS_MAX]);

#endif
