/* Twice through the CSV: how wide it is, then row by row into the sheet. */
#include "services/payung/result_workbook.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "common/base/check.h"
#include "common/edge/csv.h"
#include "common/edge/xlsx_write.h"

enum { PIECE_BYTES = 64 * 1024, LINE_BYTES_MAX = 1024 * 1024, HEADING_MAX = 1024 };

struct sheet {
    struct xlsx *xlsx; /* NULL: only how wide it is */
    size_t width;
    char headings[CSV_CELLS_MAX][HEADING_MAX];
    bool has_headings;
};

bool result_workbook_is_wanted(const char *path) {
    const size_t size = strlen(path);
    return size > 5 && strcasecmp(path + size - 5, ".xlsx") == 0;
}

/* csv_write_cell put an apostrophe before what a spreadsheet takes for a formula. */
static struct slice without_mark(struct slice cell) {
    const bool is_marked = cell.size > 1 && cell.bytes[0] == '\'' && strchr("=+-@\t\r", cell.bytes[1]) != NULL;
    return is_marked ? slice_of(cell.bytes + 1, cell.size - 1) : cell;
}

static void keep_headings(struct sheet *sheet, const struct slice *cells, size_t count) {
    for (size_t i = 0; i < count; i++) (void)snprintf(sheet->headings[i], HEADING_MAX, "%.*s", SLICE_ARGS(cells[i])); /* cut */
    sheet->has_headings = true;
}

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct sheet *sheet = self;
    (void)number;
    if (count > sheet->width) sheet->width = count;
    if (sheet->xlsx == NULL && !sheet->has_headings) keep_headings(sheet, cells, count);
    if (sheet->xlsx == NULL || number == 0) return true; /* the first row is the heading */
    for (size_t i = 0; i < count; i++) xlsx_text(sheet->xlsx, i, without_mark(cells[i]));
    xlsx_next_row(sheet->xlsx);
    return true;
}

static struct err read_all(FILE *file, struct sheet *sheet) {
    struct csv *csv = csv_open((struct csv_options){.line_bytes_max = LINE_BYTES_MAX, .row = take_row, .self = sheet});
    static uint8_t piece[PIECE_BYTES];
    enum csv_problem problem = CSV_FINE;
    rewind(file);
    for (size_t size; problem == CSV_FINE && (size = fread(piece, 1, sizeof piece, file)) > 0;) problem = csv_feed(csv, slice_of(piece, size));
    if (problem == CSV_FINE) problem = csv_finish(csv);
    csv_close(csv);
    explicit_bzero(piece, sizeof piece);
    return problem == CSV_FINE && !ferror(file) ? OK : ERR(FATAL, "the answers can't be read");
}

struct err result_workbook_write(FILE *csv, const char *path) {
    static struct sheet sheet; /* too much for a stack */
    struct xlsx_column columns[CSV_CELLS_MAX];
    sheet = (struct sheet){.xlsx = NULL};
    TRY(read_all(csv, &sheet));
    _Static_assert((int)CSV_CELLS_MAX <= (int)XLSX_COLUMNS_MAX, "every row has room");
    for (size_t i = 0; i < sheet.width; i++) columns[i] = (struct xlsx_column){.heading = sheet.headings[i], .kind = XLSX_TEXT};
    TRY(xlsx_open(path, "Hasil", columns, sheet.width, &sheet.xlsx));
    struct err err = read_all(csv, &sheet);
    if (failed(&err)) {
        xlsx_abandon(sheet.xlsx);
        return err;
    }
    const mode_t before = umask(S_IRWXG | S_IRWXO); /* persons: only the owner may read it */
    err = xlsx_close(sheet.xlsx);
    (void)umask(before);
    return !failed(&err) && chmod(path, S_IRUSR | S_IWUSR) != 0 ? ERR(FATAL, "%.200s: the file can't be kept private", path) : err;
}
