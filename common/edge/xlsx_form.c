/* The sheet that people fill in comes first, so that it is the one that is read (xlsx_read.h); the example stands on a sheet of its own and enrols nobody. */
#include "common/edge/xlsx_form.h"

#include <stdio.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "common/base/check.h"

/* libxlsxwriter 1.1.4 copies the formula of a list twice and frees it once: some 20 bytes for each list of a workbook, in a tool that ends right after. The leak checker is told of this call only. */
#if defined(__SANITIZE_ADDRESS__)
#define CHECKS_LEAKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHECKS_LEAKS 1
#endif
#endif
#ifdef CHECKS_LEAKS
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() ((void)0)
#define __lsan_enable() ((void)0)
#endif

enum { TEXT_WIDTH = 22, DATE_WIDTH = 14, HELP_WIDTH = 110, FORMULA_MAX = 64 };

struct formats {
    lxw_format *mandatory, *optional, *text, *date, *heading, *wrapped;
};

static struct formats formats_of(lxw_workbook *book) {
    struct formats formats = {.mandatory = workbook_add_format(book), .optional = workbook_add_format(book), .text = workbook_add_format(book), .date = workbook_add_format(book),
                              .heading = workbook_add_format(book), .wrapped = workbook_add_format(book)};
    format_set_bold(formats.mandatory);
    format_set_bg_color(formats.mandatory, 0xFFE699);
    format_set_bold(formats.optional);
    format_set_bg_color(formats.optional, 0xE7E6E6);
    format_set_num_format(formats.text, "@");
    format_set_num_format(formats.date, "yyyy-mm-dd");
    format_set_bold(formats.heading);
    format_set_text_wrap(formats.wrapped);
    return formats;
}

static lxw_error write_headings(lxw_worksheet *sheet, const struct xlsx_form *form, const struct formats *formats, bool with_example) {
    lxw_error error = LXW_NO_ERROR;
    for (size_t i = 0; i < form->column_count && error == LXW_NO_ERROR; i++) {
        const struct xlsx_form_column *column = &form->columns[i];
        const lxw_col_t at = (lxw_col_t)i;
        error = worksheet_set_column(sheet, at, at, column->is_date ? DATE_WIDTH : TEXT_WIDTH, column->is_date ? formats->date : formats->text);
        if (error == LXW_NO_ERROR) error = worksheet_write_string(sheet, 0, at, column->heading, column->is_mandatory ? formats->mandatory : formats->optional);
        if (error == LXW_NO_ERROR && with_example && column->example != NULL) error = worksheet_write_string(sheet, 1, at, column->example, formats->text);
    }
    worksheet_freeze_panes(sheet, 1, 0);
    return error;
}

/* Choices go down a column of the hidden sheet. */
static lxw_error add_choices(lxw_worksheet *sheet, lxw_worksheet *choices, const struct xlsx_form *form) {
    lxw_error error = LXW_NO_ERROR;
    for (size_t i = 0; i < form->column_count && error == LXW_NO_ERROR; i++) {
        const struct xlsx_form_column *column = &form->columns[i];
        char formula[FORMULA_MAX], letters[LXW_MAX_COL_NAME_LENGTH];
        lxw_data_validation rule = {.input_title = (char *)(uintptr_t)column->heading, .input_message = (char *)(uintptr_t)column->hint, .ignore_blank = LXW_VALIDATION_ON, .show_input = LXW_VALIDATION_ON};
        CHECK(column->choice_count <= XLSX_FORM_CHOICES_MAX);
        for (size_t k = 0; k < column->choice_count && error == LXW_NO_ERROR; k++) error = worksheet_write_string(choices, (lxw_row_t)k, (lxw_col_t)i, column->choices[k], NULL);
        rule.validate = LXW_VALIDATION_TYPE_ANY;
        if (column->choice_count > 0) {
            lxw_col_to_name(letters, (lxw_col_t)i, 1);
            CHECK(snprintf(formula, sizeof formula, "=Pilihan!%s$1:%s$%zu", letters, letters, column->choice_count) < FORMULA_MAX);
            rule.validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
            rule.value_formula = formula;
            rule.error_type = LXW_VALIDATION_ERROR_TYPE_WARNING;
        }
        if (error != LXW_NO_ERROR || (column->choice_count == 0 && column->hint == NULL)) continue;
        __lsan_disable();
        error = worksheet_data_validation_range(sheet, 1, (lxw_col_t)i, XLSX_FORM_ROWS, (lxw_col_t)i, &rule);
        __lsan_enable();
    }
    return error;
}

static lxw_error write_help(lxw_worksheet *sheet, const struct xlsx_form *form, const struct formats *formats) {
    lxw_error error = worksheet_set_column(sheet, 0, 0, HELP_WIDTH, formats->wrapped);
    for (size_t i = 0; i < form->help_count && error == LXW_NO_ERROR; i++) {
        const bool is_heading = form->help[i][0] == '#';
        error = worksheet_write_string(sheet, (lxw_row_t)i, 0, form->help[i] + is_heading, is_heading ? formats->heading : formats->wrapped);
    }
    return error;
}

struct err xlsx_form_write(const char *path, const struct xlsx_form *form) {
    CHECK(form->column_count > 0 && form->column_count <= XLSX_FORM_COLUMNS_MAX);
    lxw_workbook *book = workbook_new(path);
    CHECK(book != NULL);
    const struct formats formats = formats_of(book);
    lxw_worksheet *sheet = workbook_add_worksheet(book, form->sheet), *example = workbook_add_worksheet(book, "Contoh"), *help = workbook_add_worksheet(book, "Petunjuk"),
                  *choices = workbook_add_worksheet(book, "Pilihan");
    CHECK(sheet != NULL && example != NULL && help != NULL && choices != NULL);
    worksheet_hide(choices);
    lxw_error error = write_headings(sheet, form, &formats, false);
    if (error == LXW_NO_ERROR) error = write_headings(example, form, &formats, true);
    if (error == LXW_NO_ERROR) error = add_choices(sheet, choices, form);
    if (error == LXW_NO_ERROR) error = write_help(help, form, &formats);
    const lxw_error closed = workbook_close(book);
    if (error == LXW_NO_ERROR) error = closed;
    if (error == LXW_NO_ERROR) return OK;
    (void)unlink(path); /* it may not even be there */
    return ERR(PARK, "the workbook can't be written: %s", lxw_strerror(error));
}
