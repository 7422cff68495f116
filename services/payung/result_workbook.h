/* The answers to a list as a workbook, for whoever sent one: made from the CSV that the service gives, in bounded memory. Every cell is a text, so that a NIK keeps its digits and nothing becomes a formula;
 * the mark that a CSV needs against formulas is taken off again.
 *
 *   TRY(result_workbook_write(csv, "hasil.xlsx"));      csv is read from its beginning, twice
 *
 * Errors: FATAL when the file can't be written, or has more rows than a sheet (1,048,576). Nothing is left at path then. */
#ifndef PAYUNG_PAYUNG_RESULT_WORKBOOK_H
#define PAYUNG_PAYUNG_RESULT_WORKBOOK_H

#include <stdbool.h>
#include <stdio.h>

#include "common/base/err.h"

bool result_workbook_is_wanted(const char *path); /* it ends with .xlsx */
MUST_USE struct err result_workbook_write(FILE *csv, const char *path);

#endif
