/* A report as a table for the terminal, CSV, XLSX or JSON, fed page by page so that memory is bounded. A file is complete or not there,
 * and standard output gets all of it at the end (from an unnamed temporary file) or nothing.
 *
 *   TRY(report_write_open(&(struct report_write_options){...}, &writer));
 *   for each page: TRY(report_write_rows(writer, &rows));       columns in the order of the table, with the types that report_kind says
 *   TRY(report_write_close(writer));                            or report_write_abandon
 *
 * CSV: UTF-8, ';' between cells, CRLF, plain numbers, 2025-10-01 and 2025-10; a cell that a spreadsheet would take for a formula begins with an apostrophe (csv.h).
 * JSON: one document {"report","rows":[{column: value}]} with the names of the view; days and months as text. */
#ifndef PAYUNG_REPORT_WRITE_H
#define PAYUNG_REPORT_WRITE_H

#include "common/edge/pg.h"

enum report_kind { REPORT_TEXT, REPORT_RUPIAH, REPORT_COUNT, REPORT_DAY, REPORT_MONTH }; /* text; bigint; bigint; date; int YYYYMM */
enum report_format { REPORT_AS_TABLE, REPORT_AS_CSV, REPORT_AS_XLSX, REPORT_AS_JSON };
enum { REPORT_COLUMNS_MAX = 24 };

struct report_column {
    const char *name;
    enum report_kind kind;
    const char *heading_id, *heading_en;
};

struct report_table {
    const char *view, *name, *title_id, *title_en;
    const char *time;  /* its column of kind DAY or MONTH that --from and --to bound; NULL: none */
    const char *order;
    const struct report_column *columns;
    size_t column_count;
};

struct report_write_options {
    const struct report_table *table;
    enum report_format format;
    const char *path; /* NULL: standard output; XLSX needs a file */
    bool english;
};

struct report_writer;
MUST_USE struct err report_write_open(const struct report_write_options *options, struct report_writer **ret_writer);
MUST_USE struct err report_write_rows(struct report_writer *writer, const struct pg_rows *rows);
MUST_USE struct err report_write_close(struct report_writer *writer); /* frees it also on error */
void report_write_abandon(struct report_writer *writer);
int64_t report_write_count(const struct report_writer *writer); /* rows so far */

#endif
