/* The meaning of a list's records: titles, the header, rows, a row of totals; which cell is which canonical column; and the parts from which a row's application id is
 * made. Pure.
 *
 *   struct list list = {0};
 *   switch (list_take(&list, cells, count)) ...            each record of the file, in order
 *
 * The header is the first record, of at most LIST_TITLES_MAX + 1, in which all mandatory columns are found: by their canonical names, else by synonyms
 * (common/domain/synonym.h) or by what the agreement says that its payer calls them. A synonym of a column that is there by its own name is a column of no meaning, and so are two synonyms of an optional column. What stands above the
 * header are titles. A row of totals ("Jumlah", "Total") names nobody: its first text is such a word, and of the mandatory columns no other is filled. Rows count from 1.
 *
 * The canonical text of a row is the pairs (column name, trimmed value) of all cells that are not empty, but for no_urut: the basic columns in the order of
 * columns.def, then all others by name, whether they are ours or not. So neither the order of columns nor that of rows, nor an added empty column, nor a
 * column that a later edition learns to read, makes a new application. That is also why a synonym is replaced by the canonical name only when a mandatory column has one: the first
 * edition, which read canonical names only, took no such list; in one that it took, a column keeps the name that it has in the application ids since then. */
#ifndef PAYUNG_INGESTION_LIST_H
#define PAYUNG_INGESTION_LIST_H

#include "common/domain/row.h"

enum { LIST_CELLS_MAX = 64, LIST_NAME_MAX = 64, LIST_PARTS_MAX = 2 * LIST_CELLS_MAX, LIST_PROBLEM_MAX = 512, LIST_TITLES_MAX = 10 };

/* The columns that a result file adds. A result that is sent again is the list it was made from: they are in no id. */
enum { LIST_ANSWERS = 4 };
#define LIST_ANSWER_TITLES "status", "kode", "alasan", "saran"

struct list_header {
    size_t count;
    char names[LIST_CELLS_MAX][LIST_NAME_MAX]; /* trimmed, lower case; canonical unless `own` says so */
    int column[LIST_CELLS_MAX];                /* enum column, or -1: not one of ours */
    uint64_t own;                              /* bit i: cell i goes into the id by the name that it has, as if it were not one of ours */
    uint64_t answers;                          /* bit i: cell i is one of LIST_ANSWER_TITLES, which stand side by side: what a result file told */
    uint8_t order[LIST_CELLS_MAX];             /* cells in canonical order */
};

enum list_record { LIST_TITLE = 1, LIST_HEADER, LIST_ROW, LIST_TOTALS, LIST_WRONG };

struct list {
    bool every_row_counts; /* set by the user: rows of totals too, as the first edition had it */
    struct slice names;    /* set by the user, who owns it: other names of this payer, one a line, "nama<TAB>nama sesuai ktp" (agreement.column_names); "" = none */
    bool headed;
    struct list_header header;
    uint32_t titles, rows;
    uint32_t best; /* columns found in the record that is most like a header */
    char problem[LIST_PROBLEM_MAX]; /* of that record: columns missing or doubled, and those found (canonical names only). Of use while there is no header */
};

/* LIST_WRONG: too many titles. At the end of the file `headed` tells whether there was a header. */
enum list_record list_take(struct list *list, const struct slice *cells, size_t count);

/* False: ret_problem names the columns that are missing or doubled and those that were found. *ret_found: how many these are. */
bool list_header_read(struct slice names, const struct slice *cells, size_t count, struct list_header *ret_header, char ret_problem[LIST_PROBLEM_MAX], uint32_t *ret_found);
/* A row with fewer cells than the header has empty ones; with more, the surplus is ignored if blank, else false. An apostrophe before digits, by which a spreadsheet marks text,
 * is left out. */
bool list_row_text(const struct list_header *header, const struct slice *cells, size_t count, struct row_text *ret_row);
size_t list_row_parts(const struct list_header *header, const struct slice *cells, size_t count, struct slice ret_parts[LIST_PARTS_MAX]);

#endif
