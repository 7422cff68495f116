/* One writer per format behind one interface: begin, a row, end. What a cell says as text is decided once, for table, CSV and JSON alike. */
#include "services/payung/report_write.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "common/domain/calendar.h"
#include "common/domain/rupiah.h"
#include "common/edge/csv.h"
#include "common/edge/fresh_file.h"
#include "common/edge/xlsx_write.h"

enum { CELL_TEXT_MAX = 64 * 1024, WIDTH_MAX = 60 };

struct report_writer {
    struct report_write_options options;
    struct fresh_file fresh; /* with a path */
    FILE *file; /* of fresh, or a temporary one; NULL for XLSX */
    struct xlsx *xlsx;
    int64_t rows;
    bool failed; /* a write */
    size_t widths[REPORT_COLUMNS_MAX];
    uint8_t cell[2 * CELL_TEXT_MAX + 4];
};

static const char *heading_of(const struct report_writer *writer, size_t column) {
    const struct report_column *it = &writer->options.table->columns[column];
    return writer->options.english ? it->heading_en : it->heading_id;
}

static void put(struct report_writer *writer, struct slice bytes) { writer->failed |= fwrite(bytes.bytes, 1, bytes.size, writer->file) != bytes.size; }
static void put_word(struct report_writer *writer, const char *word) { put(writer, slice_text(word)); }

static bool is_number(enum report_kind kind) { return kind == REPORT_RUPIAH || kind == REPORT_COUNT; }

/* A cell in the words of a machine: digits, ISO days, YYYY-MM; for people money and counts have separators. NULL is the empty text. */
static struct slice cell_text(const struct pg_rows *rows, size_t row, size_t column, enum report_kind kind, bool for_people, char room[40]) {
    if (pg_is_null(rows, row, (int)column)) return slice_text("");
    switch (kind) {
    case REPORT_TEXT: return pg_bytes(rows, row, (int)column);
    case REPORT_DAY: day_format(pg_date(rows, row, (int)column), room); break;
    case REPORT_MONTH: month_format(pg_int4(rows, row, (int)column), room); break;
    case REPORT_RUPIAH:
    case REPORT_COUNT:
        if (for_people) rupiah_format(pg_int8(rows, row, (int)column), room);
        else (void)snprintf(room, 40, "%" PRId64, pg_int8(rows, row, (int)column)); /* fits */
        break;
    }
    struct slice text = slice_text(room);
    if (for_people && kind == REPORT_COUNT) {
        const bool negative = room[0] == '-';
        memmove(room + negative, room + negative + strlen("Rp"), text.size - negative - strlen("Rp") + 1);
        text = slice_text(room);
    }
    return text;
}

/* ---- table ------------------------------------------------------------------------------------------------------------------------------------ */

static size_t characters(struct slice text) {
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) count += (text.bytes[i] & 0xC0) != 0x80;
    return count;
}

static void widen(struct report_writer *writer, size_t column, struct slice text) {
    const size_t width = characters(text);
    if (width > writer->widths[column]) writer->widths[column] = width < WIDTH_MAX ? width : WIDTH_MAX;
}

static void put_padded(struct report_writer *writer, size_t column, struct slice text, bool right) {
    const size_t width = characters(text), gap = writer->widths[column] > width ? writer->widths[column] - width : 0;
    const bool last = column + 1 == writer->options.table->column_count;
    if (column > 0) put_word(writer, "  ");
    for (size_t i = 0; i < gap && right; i++) put_word(writer, " ");
    put(writer, text);
    for (size_t i = 0; i < gap && !right && !last; i++) put_word(writer, " ");
    if (last) put_word(writer, "\n");
}

/* Widths are those of the headings and of the first page. */
static void begin_table(struct report_writer *writer, const struct pg_rows *rows) {
    const struct report_table *table = writer->options.table;
    char room[40];
    for (size_t column = 0; column < table->column_count; column++) {
        widen(writer, column, slice_text(heading_of(writer, column)));
        for (size_t row = 0; row < rows->count; row++) widen(writer, column, cell_text(rows, row, column, table->columns[column].kind, true, room));
    }
    put_word(writer, writer->options.english ? table->title_en : table->title_id);
    put_word(writer, "\n");
    for (size_t column = 0; column < table->column_count; column++) put_padded(writer, column, slice_text(heading_of(writer, column)), is_number(table->columns[column].kind));
}

static void put_table_row(struct report_writer *writer, const struct pg_rows *rows, size_t row) {
    const struct report_table *table = writer->options.table;
    char room[40];
    for (size_t column = 0; column < table->column_count; column++) {
        const enum report_kind kind = table->columns[column].kind;
        put_padded(writer, column, cell_text(rows, row, column, kind, true, room), is_number(kind));
    }
}

/* ---- CSV --------------------------------------------------------------------------------------------------------------------------------------- */

static void put_csv_cell(struct report_writer *writer, size_t column, struct slice text) {
    if (text.size > CELL_TEXT_MAX) text.size = CELL_TEXT_MAX;
    put(writer, slice_of(writer->cell, csv_write_cell(text, ';', writer->cell)));
    put_word(writer, column + 1 == writer->options.table->column_count ? "\r\n" : ";");
}

static void begin_csv(struct report_writer *writer) {
    for (size_t column = 0; column < writer->options.table->column_count; column++) put_csv_cell(writer, column, slice_text(heading_of(writer, column)));
}

static void put_csv_row(struct report_writer *writer, const struct pg_rows *rows, size_t row) {
    const struct report_table *table = writer->options.table;
    char room[40];
    for (size_t column = 0; column < table->column_count; column++) put_csv_cell(writer, column, cell_text(rows, row, column, table->columns[column].kind, false, room));
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------------------------------------- */

static void begin_json(struct report_writer *writer) {
    put_word(writer, "{\"report\":\"");
    put_word(writer, writer->options.table->name);
    put_word(writer, "\",\"rows\":[");
}

static json_t *cell_json(const struct pg_rows *rows, size_t row, size_t column, enum report_kind kind) {
    char room[40];
    if (pg_is_null(rows, row, (int)column)) return json_null();
    if (is_number(kind)) return json_integer(pg_int8(rows, row, (int)column));
    const struct slice text = cell_text(rows, row, column, kind, false, room);
    return json_stringn((const char *)text.bytes, text.size);
}

static void put_json_row(struct report_writer *writer, const struct pg_rows *rows, size_t row) {
    const struct report_table *table = writer->options.table;
    json_t *object = json_object();
    for (size_t column = 0; column < table->column_count; column++)
        writer->failed |= json_object_set_new(object, table->columns[column].name, cell_json(rows, row, column, table->columns[column].kind)) != 0;
    if (writer->rows > 0) put_word(writer, ",");
    put_word(writer, "\n");
    writer->failed |= json_dumpf(object, writer->file, JSON_COMPACT) != 0;
    json_decref(object);
}

/* ---- XLSX ---------------------------------------------------------------------------------------------------------------------------------------- */

static struct err begin_xlsx(struct report_writer *writer) {
    static const enum xlsx_kind kinds[] = {[REPORT_TEXT] = XLSX_TEXT, [REPORT_RUPIAH] = XLSX_RUPIAH, [REPORT_COUNT] = XLSX_COUNT, [REPORT_DAY] = XLSX_DAY, [REPORT_MONTH] = XLSX_MONTH};
    const struct report_table *table = writer->options.table;
    struct xlsx_column columns[REPORT_COLUMNS_MAX];
    for (size_t i = 0; i < table->column_count; i++) columns[i] = (struct xlsx_column){.heading = heading_of(writer, i), .kind = kinds[table->columns[i].kind]};
    return xlsx_open(writer->fresh.part, table->name, columns, table->column_count, &writer->xlsx);
}

static void put_xlsx_row(struct report_writer *writer, const struct pg_rows *rows, size_t row) {
    const struct report_table *table = writer->options.table;
    for (size_t i = 0; i < table->column_count; i++) {
        const int column = (int)i;
        if (pg_is_null(rows, row, column)) continue;
        switch (table->columns[i].kind) {
        case REPORT_TEXT: xlsx_text(writer->xlsx, i, pg_bytes(rows, row, column)); break;
        case REPORT_RUPIAH:
        case REPORT_COUNT: xlsx_number(writer->xlsx, i, pg_int8(rows, row, column)); break;
        case REPORT_DAY: xlsx_day(writer->xlsx, i, pg_date(rows, row, column)); break;
        case REPORT_MONTH: xlsx_day(writer->xlsx, i, month_first_day(pg_int4(rows, row, column))); break;
        }
    }
    xlsx_next_row(writer->xlsx);
}

/* ---- all of them ---------------------------------------------------------------------------------------------------------------------------------- */

static struct err unwritable(void) { return ERR(FATAL, "the report can't be written: %s", strerror(errno)); }

struct err report_write_open(const struct report_write_options *options, struct report_writer **ret_writer) {
    CHECK(options->table->column_count <= REPORT_COLUMNS_MAX && (options->format != REPORT_AS_XLSX || options->path != NULL));
    struct report_writer *writer = calloc(1, sizeof *writer);
    CHECK(writer != NULL);
    writer->options = *options;
    struct err err = OK;
    if (options->format == REPORT_AS_XLSX) {
        err = fresh_file_name(options->path, &writer->fresh);
        if (!failed(&err)) err = begin_xlsx(writer);
    } else if (options->path != NULL) {
        err = fresh_file_open(options->path, FRESH_SHARED, &writer->fresh);
        writer->file = writer->fresh.stream;
    } else {
        writer->file = tmpfile();
        if (writer->file == NULL) err = ERR(FATAL, "the temporary file can't be written: %s", strerror(errno));
    }
    if (failed(&err)) {
        free(writer);
        return err;
    }
    if (options->format == REPORT_AS_CSV) begin_csv(writer);
    if (options->format == REPORT_AS_JSON) begin_json(writer);
    *ret_writer = writer;
    return OK;
}

struct err report_write_rows(struct report_writer *writer, const struct pg_rows *rows) {
    static void (*const put_row[])(struct report_writer *writer, const struct pg_rows *rows, size_t row) = {
        [REPORT_AS_TABLE] = put_table_row, [REPORT_AS_CSV] = put_csv_row, [REPORT_AS_XLSX] = put_xlsx_row, [REPORT_AS_JSON] = put_json_row};
    if (writer->options.format == REPORT_AS_TABLE && writer->rows == 0 && rows->count > 0) begin_table(writer, rows);
    for (size_t row = 0; row < rows->count; row++, writer->rows++) put_row[writer->options.format](writer, rows, row);
    return writer->failed ? unwritable() : OK;
}

/* From the temporary file to standard output, when nothing can fail any more but the pipe. */
static bool hand_over(FILE *file) {
    static char piece[64 * 1024];
    bool good = fflush(file) == 0 && fseek(file, 0, SEEK_SET) == 0;
    for (size_t size = 1; good && size > 0;) {
        size = fread(piece, 1, sizeof piece, file);
        good = ferror(file) == 0 && fwrite(piece, 1, size, stdout) == size;
    }
    return good && fflush(stdout) == 0;
}

int64_t report_write_count(const struct report_writer *writer) { return writer->rows; }

struct err report_write_close(struct report_writer *writer) {
    const struct report_write_options *options = &writer->options;
    struct err err = OK;
    if (options->format == REPORT_AS_JSON) put_word(writer, "]}\n");
    if (options->format == REPORT_AS_TABLE && writer->rows == 0) put_word(writer, options->english ? "No rows.\n" : "Tidak ada baris.\n");
    if (writer->xlsx != NULL) err = xlsx_close(writer->xlsx);
    if (!failed(&err) && writer->failed) err = unwritable();
    if (options->path == NULL) {
        if (!failed(&err) && !hand_over(writer->file)) err = unwritable();
        (void)fclose(writer->file); /* it goes, and was read to its end */
    } else if (failed(&err)) {
        fresh_file_drop(&writer->fresh);
    } else {
        err = fresh_file_keep(&writer->fresh);
    }
    free(writer);
    return err;
}

void report_write_abandon(struct report_writer *writer) {
    if (writer->xlsx != NULL) xlsx_abandon(writer->xlsx);
    if (writer->options.path != NULL) fresh_file_drop(&writer->fresh);
    else (void)fclose(writer->file); /* it goes */
    free(writer);
}
