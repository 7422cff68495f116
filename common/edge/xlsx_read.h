/* Reading a workbook (.xlsx) row by row in bounded memory and small steps: the only module that includes <zip.h> (libzip) and <expat.h>.
 *
 *   struct xlsx_reader *reader = xlsx_reader_open(bytes, take_row, self);
 *   for (bool at_end = false; !at_end;) if (xlsx_reader_step(reader, &at_end) != XLSX_FINE) ... xlsx_reader_row(reader) ...
 *   xlsx_reader_close(reader);
 *
 * Read is the first visible sheet that has a text; hidden sheets are passed over, hidden rows and columns are not: a filter hides nobody from the list. Rows without any text are not told;
 * row numbers are the sheet's own, from 1. A cell is given as a person would copy it:
 *
 *   texts, also of several formats in one cell, and results of formulas   as they are
 *   numbers        all digits, never an exponent while they are whole and below 2^53; else the shortest text that reads back as the same number, with a point
 *   dates          a number in a format of dates: YYYY-MM-DD, by the calendar of the workbook (1900 or 1904)
 *   sixteen digits as a number that end in 0: 1.70804510587995E+15, because a spreadsheet that turned a NIK into a number has lost its last digit, and the zero stands for any of ten;
 *                  the checks of a NIK know that text (common/domain/nik.h). A number whose sixteenth digit is another one was written by a program, and is whole
 *   true, false    TRUE, FALSE; errors as #N/A
 *
 * What may be inside is bounded (constants in xlsx_read.c): unzipped bytes, shared texts, sheets, a cell, a row. No document type, no entity is ever read. */
#ifndef PAYUNG_EDGE_XLSX_READ_H
#define PAYUNG_EDGE_XLSX_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

enum { XLSX_READ_CELLS_MAX = 64 };

enum xlsx_problem {
    XLSX_FINE = 0,
    XLSX_NOT_A_WORKBOOK, /* no zip, or one of something else */
    XLSX_ENCRYPTED,      /* has a password, or is the .xls of before 2007: both are the same kind of container */
    XLSX_BROKEN,         /* cut, damaged, or no XML where some must be */
    XLSX_TOO_LARGE,      /* unzipped, or in one cell, beyond the bounds */
    XLSX_TOO_MANY_CELLS, /* a text behind the 64th column */
    XLSX_NO_SHEET,       /* no visible sheet has a text */
    XLSX_STOPPED,        /* the callback answered false */
};

struct xlsx_reader;

/* The bytes of the whole file must live as long as the reader. Cells live until the callback returns; false stops. */
struct xlsx_reader *xlsx_reader_open(struct slice bytes, bool (*row)(void *self, uint32_t number, const struct slice *cells, size_t count), void *self);
enum xlsx_problem xlsx_reader_step(struct xlsx_reader *reader, bool *ret_at_end); /* at most 64 KiB of what is unzipped; a problem stays */
uint32_t xlsx_reader_row(const struct xlsx_reader *reader); /* the last one that was begun: where a problem is */
void xlsx_reader_close(struct xlsx_reader *reader); /* NULL is allowed */

#endif
