/* A workbook to be filled in: a sheet with headings, cells in the format of their column, and lists to choose from; a sheet with an example; a sheet of help. Besides xlsx_write.h the only module
 * that includes <xlsxwriter.h>. Choices stand on a hidden sheet; a cell takes other texts, too, after a question: a list is never so complete that nobody is missing in it.
 *
 *   TRY(xlsx_form_write(path, &(struct xlsx_form){.sheet = "Daftar", .columns = columns, .column_count = n, .help = lines, .help_count = m}));
 *
 * Whatever fails, nothing is left at path. */
#ifndef PAYUNG_EDGE_XLSX_FORM_H
#define PAYUNG_EDGE_XLSX_FORM_H

#include <stddef.h>

#include "common/base/err.h"

enum { XLSX_FORM_COLUMNS_MAX = 64, XLSX_FORM_ROWS = 20000, XLSX_FORM_CHOICES_MAX = 20000 };

struct xlsx_form_column {
    const char *heading;
    const char *hint;           /* shown when a cell is chosen; at most 255 bytes */
    const char *example;        /* of the sheet "Contoh" */
    bool is_date, is_mandatory; /* others are texts, so that no digit is lost */
    const char *const *choices; /* NULL: none */
    size_t choice_count;
};

struct xlsx_form {
    const char *sheet;
    const struct xlsx_form_column *columns;
    size_t column_count;
    const char *const *help; /* lines; one that begins with '#' is a heading */
    size_t help_count;
};

MUST_USE struct err xlsx_form_write(const char *path, const struct xlsx_form *form);

#endif
