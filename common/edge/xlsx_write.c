/* libxlsxwriter in its mode of constant memory: a row is written out when the next one begins, through a file of its own in the temporary folder. The first error is kept and told
 * at the end, because no single cell can fail for a reason of its own. */
#include "common/edge/xlsx_write.h"

#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "common/domain/text.h"

struct xlsx {
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *formats[XLSX_MONTH + 1];
    struct xlsx_column columns[XLSX_COLUMNS_MAX];
    size_t count;
    lxw_row_t row;
    lxw_error error;
    char *path;
};

static const char *const number_formats[] = {[XLSX_RUPIAH] = "\"Rp\"#,##0", [XLSX_COUNT] = "#,##0", [XLSX_DAY] = "yyyy-mm-dd", [XLSX_MONTH] = "yyyy-mm"};
static const double widths[] = {[XLSX_TEXT] = 24, [XLSX_RUPIAH] = 20, [XLSX_COUNT] = 14, [XLSX_DAY] = 12, [XLSX_MONTH] = 10};

static void keep(struct xlsx *xlsx, lxw_error error) {
    if (xlsx->error == LXW_NO_ERROR) xlsx->error = error;
}

static void write_header(struct xlsx *xlsx) {
    lxw_format *bold = workbook_add_format(xlsx->book);
    format_set_bold(bold);
    format_set_text_wrap(bold);
    for (int kind = XLSX_RUPIAH; kind <= XLSX_MONTH; kind++) {
        xlsx->formats[kind] = workbook_add_format(xlsx->book);
        format_set_num_format(xlsx->formats[kind], number_formats[kind]);
    }
    for (size_t i = 0; i < xlsx->count; i++) {
        const enum xlsx_kind kind = xlsx->columns[i].kind;
        keep(xlsx, worksheet_set_column(xlsx->sheet, (lxw_col_t)i, (lxw_col_t)i, widths[kind], xlsx->formats[kind]));
        keep(xlsx, worksheet_write_string(xlsx->sheet, 0, (lxw_col_t)i, xlsx->columns[i].heading, bold));
    }
    worksheet_freeze_panes(xlsx->sheet, 1, 0);
    xlsx->row = 1;
}

struct err xlsx_open(const char *path, const char *sheet, const struct xlsx_column *columns, size_t count, struct xlsx **ret_xlsx) {
    CHECK(count > 0 && count <= XLSX_COLUMNS_MAX);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    struct xlsx *xlsx = calloc(1, sizeof *xlsx);
    CHECK(xlsx != NULL);
    xlsx->path = strdup(path);
    CHECK(xlsx->path != NULL);
    memcpy(xlsx->columns, columns, count * sizeof *columns);
    xlsx->count = count;
    xlsx->book = workbook_new_opt(path, &options);
    xlsx->sheet = xlsx->book != NULL ? workbook_add_worksheet(xlsx->book, sheet) : NULL;
    if (xlsx->sheet == NULL) {
        xlsx_abandon(xlsx);
        return ERR(FATAL, "a spreadsheet can't be begun. Remedy: check the temporary folder (TMPDIR)");
    }
    write_header(xlsx);
    *ret_xlsx = xlsx;
    return OK;
}

void xlsx_text(struct xlsx *xlsx, size_t column, struct slice text) {
    char bytes[XLSX_TEXT_MAX + 1];
    const size_t size = text_cut(text, XLSX_TEXT_MAX);
    CHECK(column < xlsx->count);
    if (size == 0 || xlsx->row > XLSX_ROWS_MAX) return;
    memcpy(bytes, text.bytes, size);
    bytes[size] = '\0';
    keep(xlsx, worksheet_write_string(xlsx->sheet, xlsx->row, (lxw_col_t)column, bytes, NULL));
}

void xlsx_number(struct xlsx *xlsx, size_t column, int64_t value) {
    CHECK(column < xlsx->count);
    if (xlsx->row <= XLSX_ROWS_MAX) keep(xlsx, worksheet_write_number(xlsx->sheet, xlsx->row, (lxw_col_t)column, (double)value, xlsx->formats[xlsx->columns[column].kind]));
}

void xlsx_day(struct xlsx *xlsx, size_t column, int32_t day_yyyymmdd) {
    CHECK(column < xlsx->count);
    lxw_datetime moment = {.year = day_yyyymmdd / 10000, .month = day_yyyymmdd / 100 % 100, .day = day_yyyymmdd % 100};
    if (xlsx->row <= XLSX_ROWS_MAX) keep(xlsx, worksheet_write_datetime(xlsx->sheet, xlsx->row, (lxw_col_t)column, &moment, xlsx->formats[xlsx->columns[column].kind]));
}

void xlsx_next_row(struct xlsx *xlsx) { xlsx->row++; }

static void give_back(struct xlsx *xlsx) {
    free(xlsx->path);
    free(xlsx);
}

struct err xlsx_close(struct xlsx *xlsx) {
    const bool too_many = xlsx->row > XLSX_ROWS_MAX + 1;
    keep(xlsx, workbook_close(xlsx->book));
    const lxw_error error = xlsx->error;
    if (too_many || error != LXW_NO_ERROR) (void)unlink(xlsx->path); /* incomplete */
    give_back(xlsx);
    if (too_many) return ERR(FATAL, "more rows than a spreadsheet can have. Remedy: ask for CSV, or for one agreement");
    if (error != LXW_NO_ERROR) return ERR(FATAL, "the spreadsheet can't be written: %s. Remedy: check disk and folder", lxw_strerror(error));
    return OK;
}

void xlsx_abandon(struct xlsx *xlsx) {
    if (xlsx->book != NULL) (void)workbook_close(xlsx->book); /* the only way to give it back */
    (void)unlink(xlsx->path);
    give_back(xlsx);
}
