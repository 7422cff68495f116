/* Reading lists piece by piece and writing cells: the only module that includes <csv.h> (libcsv).
 *
 *   struct csv *csv = csv_open((struct csv_options){.line_bytes_max = 65536, .row = take_row, .self = ...});
 *   while (bytes) if (csv_feed(csv, bytes) != CSV_FINE) ... csv_line(csv) ...
 *   csv_finish(csv);  csv_close(csv);
 *
 * The separator is found in the header: the one of ',' ';' and tab that stands there most, outside quotes. A byte order mark is skipped. Bytes are UTF-8, or with
 * any_encoding what common/domain/encoding.h tells apart; cells are always UTF-8. A record
 * may span lines inside quotes; its bytes are bounded by line_bytes_max, and an endless line is refused as soon as the bound is passed.
 * Records without any text (";;;") are skipped: spreadsheets leave them behind. The first record is the header, it comes with number 0; data records
 * count from 1. A callback that finds a title above the header instead says so with csv_header_follows. Cells live until the callback returns. */
#ifndef PAYUNG_EDGE_CSV_H
#define PAYUNG_EDGE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/domain/encoding.h"

enum {
    CSV_CELLS_MAX = 64,
    CSV_HEAD_LINES_MAX = 32, /* line ends in quotes of what may be the header: so many may come later than they are fed */
};

enum csv_problem {
    CSV_FINE = 0,
    CSV_LINE_TOO_LONG,
    CSV_BINARY,         /* NUL or control bytes: an XLSX, a picture */
    CSV_NOT_UTF8,       /* with any_encoding: of no encoding, or of two */
    CSV_UNEVEN_QUOTES,  /* the file ends inside quotes */
    CSV_TOO_MANY_CELLS,
    CSV_STOPPED,        /* the callback answered false */
};

struct csv_options {
    size_t line_bytes_max; /* of a record as UTF-8 */
    bool any_encoding;
    bool (*row)(void *self, uint32_t number, const struct slice *cells, size_t count); /* false stops */
    void *self;
};

struct csv;
struct csv *csv_open(struct csv_options options);
void csv_close(struct csv *csv); /* NULL is allowed */
enum csv_problem csv_feed(struct csv *csv, struct slice bytes); /* a problem stays */
enum csv_problem csv_finish(struct csv *csv);                   /* the last line may lack its end */
uint32_t csv_line(const struct csv *csv);                       /* line of the file being read, 1-based: where the problem is */
char csv_separator(const struct csv *csv);                      /* 0 before the first line is complete */
enum encoding csv_encoding(const struct csv *csv);              /* of what was fed so far: ASCII until another byte is seen */
/* From within the callback of record 0: this was a title. The next record is number 0 again, and its separator is found anew. */
void csv_header_follows(struct csv *csv);

/* Writes one cell into bytes (room for 2 * cell.size + 3): quoted when it needs to be, and with a leading apostrophe when a spreadsheet would take it for a
 * formula (it starts with = + - @ tab or CR; a plain number such as -5 or +62812 is left alone). Returns the size. */
size_t csv_write_cell(struct slice cell, char separator, uint8_t *bytes);

#endif
