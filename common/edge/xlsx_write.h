/* Writing a spreadsheet (.xlsx) row by row in bounded memory: besides xlsx_form.h the only module that includes <xlsxwriter.h> (libxlsxwriter). One sheet, a bold header row that stays in view, money
 * and counts with thousands separators, days and months as dates that a spreadsheet sorts. Texts are written as texts: none can become a formula.
 *
 *   struct xlsx *xlsx;  TRY(xlsx_open(path, "Anggaran", columns, count, &xlsx));
 *   xlsx_text(xlsx, 0, text); xlsx_number(xlsx, 1, 400000000); xlsx_day(xlsx, 2, 20251001); xlsx_next_row(xlsx);     what is not written stays empty
 *   TRY(xlsx_close(xlsx));                   or xlsx_abandon: nothing is left at path
 *
 * Rows must come in order. More than XLSX_ROWS_MAX are refused at the end: such a table belongs into a CSV. */
#ifndef PAYUNG_EDGE_XLSX_WRITE_H
#define PAYUNG_EDGE_XLSX_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/slice.h"

enum { XLSX_ROWS_MAX = 1048575, XLSX_TEXT_MAX = 32767, XLSX_COLUMNS_MAX = 64 };
enum xlsx_kind { XLSX_TEXT, XLSX_RUPIAH, XLSX_COUNT, XLSX_DAY, XLSX_MONTH };

struct xlsx_column {
    const char *heading;
    enum xlsx_kind kind;
};

struct xlsx;
MUST_USE struct err xlsx_open(const char *path, const char *sheet, const struct xlsx_column *columns, size_t count, struct xlsx **ret_xlsx);
void xlsx_text(struct xlsx *xlsx, size_t column, struct slice text); /* cut at XLSX_TEXT_MAX bytes */
void xlsx_number(struct xlsx *xlsx, size_t column, int64_t value);   /* exact up to 2^53: any rupiah of ours */
void xlsx_day(struct xlsx *xlsx, size_t column, int32_t day_yyyymmdd); /* of a month: its first day */
void xlsx_next_row(struct xlsx *xlsx);
MUST_USE struct err xlsx_close(struct xlsx *xlsx); /* frees it also on error */
void xlsx_abandon(struct xlsx *xlsx);

#endif
