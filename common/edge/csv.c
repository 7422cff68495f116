/* Lists over libcsv, which only splits; bounds, encoding and the choice of the separator are here. Bytes go in line by line, so that a record that never
 * ends is noticed before it is kept. It must never hold more than one record. */
#include "common/edge/csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { PIECE_BYTES = 4096 };

struct csv {
    struct csv_parser parser;
    struct csv_options options;
    enum csv_problem problem;
    char separator;
    uint8_t *head; /* the first line, until the separator is known */
    size_t head_size;
    uint8_t *record; /* cells of the record being read, one after the other */
    size_t record_size;
    size_t sizes[CSV_CELLS_MAX];
    size_t count;
    size_t line_bytes; /* taken since the record began */
    bool parser_open;
    uint32_t line, next_number;
};

static int never_space(unsigned char byte) {
    (void)byte;
    return 0; /* cells stay as they are */
}

struct csv *csv_open(struct csv_options options) {
    CHECK(options.row != NULL && options.line_bytes_max > 0);
    struct csv *csv = calloc(1, sizeof *csv);
    CHECK(csv != NULL);
    csv->options = options;
    csv->head = malloc(options.line_bytes_max + PIECE_BYTES);
    csv->record = malloc(options.line_bytes_max + PIECE_BYTES);
    CHECK(csv->head != NULL && csv->record != NULL);
    csv->line = 1;
    return csv;
}

void csv_close(struct csv *csv) {
    if (csv == NULL) return;
    if (csv->parser_open) csv_free(&csv->parser);
    free(csv->head);
    free(csv->record);
    free(csv);
}

uint32_t csv_line(const struct csv *csv) { return csv->line; }
char csv_separator(const struct csv *csv) { return csv->separator; }

static char choose_separator(struct slice line) {
    static const char candidates[] = {',', ';', '\t'};
    size_t counts[sizeof candidates] = {0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < line.size; i++) {
        if (line.bytes[i] == '"') quoted = !quoted;
        for (size_t k = 0; !quoted && k < sizeof candidates; k++) counts[k] += line.bytes[i] == (uint8_t)candidates[k];
    }
    for (size_t k = 1; k < sizeof candidates; k++)
        if (counts[k] > counts[best]) best = k;
    return candidates[best];
}

static bool fail(struct csv *csv, enum csv_problem problem) {
    if (csv->problem == CSV_FINE) csv->problem = problem;
    return false;
}

static void on_cell(void *bytes, size_t size, void *self) {
    struct csv *csv = self;
    if (csv->problem != CSV_FINE) return;
    if (csv->count == CSV_CELLS_MAX) {
        (void)fail(csv, CSV_TOO_MANY_CELLS);
        return;
    }
    CHECK(csv->record_size + size <= csv->options.line_bytes_max + PIECE_BYTES);
    if (size > 0) memcpy(csv->record + csv->record_size, bytes, size);
    csv->record_size += size;
    csv->sizes[csv->count++] = size;
}

static void on_record(int end, void *self) {
    struct csv *csv = self;
    (void)end; /* which byte ended it */
    if (csv->problem != CSV_FINE) return;
    struct slice cells[CSV_CELLS_MAX];
    bool blank = true, utf8 = true;
    size_t at = 0;
    for (size_t i = 0; i < csv->count; i++) {
        cells[i] = slice_of(csv->record + at, csv->sizes[i]);
        at += csv->sizes[i];
        blank = blank && text_is_blank(cells[i]);
        utf8 = utf8 && text_is_utf8(cells[i]);
    }
    if (!utf8) (void)fail(csv, CSV_NOT_UTF8);
    else if (!blank && !csv->options.row(csv->options.self, csv->next_number++, cells, csv->count)) (void)fail(csv, CSV_STOPPED);
    csv->count = csv->record_size = csv->line_bytes = 0;
}

/* A piece ends at a line's end or is short; so a record is measured to within a piece. */
static bool take_piece(struct csv *csv, struct slice piece) {
    csv->line_bytes += piece.size;
    if (csv->line_bytes > csv->options.line_bytes_max) return fail(csv, CSV_LINE_TOO_LONG);
    if (csv_parse(&csv->parser, piece.bytes, piece.size, on_cell, on_record, csv) != piece.size) return fail(csv, CSV_UNEVEN_QUOTES);
    if (csv->problem != CSV_FINE) return false;
    if (piece.bytes[piece.size - 1] == '\n') csv->line++;
    return true;
}

static bool take_lines(struct csv *csv, struct slice bytes) {
    while (bytes.size > 0) {
        size_t size = bytes.size < PIECE_BYTES ? bytes.size : PIECE_BYTES;
        const uint8_t *end = memchr(bytes.bytes, '\n', size);
        if (end != NULL) size = (size_t)(end - bytes.bytes) + 1;
        if (!take_piece(csv, slice_of(bytes.bytes, size))) return false;
        bytes = slice_of(bytes.bytes + size, bytes.size - size);
    }
    return true;
}

static bool open_parser(struct csv *csv) {
    struct slice head = slice_of(csv->head, csv->head_size);
    if (head.size >= 3 && memcmp(head.bytes, "\xEF\xBB\xBF", 3) == 0) head = slice_of(head.bytes + 3, head.size - 3);
    csv->separator = choose_separator(head);
    CHECK(csv_init(&csv->parser, CSV_STRICT_FINI) == 0);
    csv->parser_open = true;
    csv_set_delim(&csv->parser, (unsigned char)csv->separator);
    csv_set_space_func(&csv->parser, never_space);
    return head.size == 0 || take_lines(csv, head);
}

/* The first line's end, of either kind: a list with nothing but CRs must not be held back as if it were one line. */
static const uint8_t *line_end(struct slice bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.bytes[i] == '\n' || bytes.bytes[i] == '\r') return bytes.bytes + i;
    return NULL;
}

static bool text_only(struct slice bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.bytes[i] < ' ' && bytes.bytes[i] != '\n' && bytes.bytes[i] != '\r' && bytes.bytes[i] != '\t') return false;
    return true;
}

enum csv_problem csv_feed(struct csv *csv, struct slice bytes) {
    if (csv->problem != CSV_FINE || bytes.size == 0) return csv->problem;
    if (csv->head_size == 0 && bytes.size >= 2 && (memcmp(bytes.bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes.bytes, "\xFE\xFF", 2) == 0)) {
        (void)fail(csv, CSV_NOT_UTF8); /* UTF-16 */
        return csv->problem;
    }
    if (!text_only(bytes)) {
        (void)fail(csv, CSV_BINARY);
        return csv->problem;
    }
    if (!csv->parser_open) {
        const uint8_t *end = line_end(bytes);
        size_t size = end != NULL ? (size_t)(end - bytes.bytes) + 1 : bytes.size;
        if (csv->head_size + size > csv->options.line_bytes_max) {
            (void)fail(csv, CSV_LINE_TOO_LONG);
            return csv->problem;
        }
        memcpy(csv->head + csv->head_size, bytes.bytes, size);
        csv->head_size += size;
        bytes = slice_of(bytes.bytes + size, bytes.size - size);
        if (end == NULL || !open_parser(csv)) return csv->problem;
    }
    (void)take_lines(csv, bytes); /* the problem is kept */
    return csv->problem;
}

/* libcsv tells an unclosed quote only in its strict mode, which would also refuse a quote inside a plain cell. Its state after a closing
 * quote is another one (3). */
static bool is_inside_quotes(const struct csv_parser *parser) {
    enum { STATE_IN_CELL = 2 }; /* FIELD_BEGUN, which the header does not name */
    return parser->quoted && parser->pstate == STATE_IN_CELL;
}

enum csv_problem csv_finish(struct csv *csv) {
    if (csv->problem != CSV_FINE) return csv->problem;
    if (!csv->parser_open && !open_parser(csv)) return csv->problem;
    if (is_inside_quotes(&csv->parser)) (void)fail(csv, CSV_UNEVEN_QUOTES);
    if (csv->problem != CSV_FINE) return csv->problem;
    if (csv_fini(&csv->parser, on_cell, on_record, csv) != 0) (void)fail(csv, CSV_UNEVEN_QUOTES);
    return csv->problem;
}

static bool is_plain_number(struct slice cell) {
    bool digit = false;
    for (size_t i = 1; i < cell.size; i++) {
        if (!byte_is_digit(cell.bytes[i]) && cell.bytes[i] != '.' && cell.bytes[i] != ',' && cell.bytes[i] != ' ') return false;
        digit = digit || byte_is_digit(cell.bytes[i]);
    }
    return digit;
}

static bool is_dangerous(struct slice cell) {
    if (cell.size == 0 || memchr("=+-@\t\r", cell.bytes[0], 6) == NULL) return false;
    return !((cell.bytes[0] == '+' || cell.bytes[0] == '-') && (cell.size == 1 || is_plain_number(cell)));
}

size_t csv_write_cell(struct slice cell, char separator, uint8_t *bytes) {
    bool quoted = false;
    for (size_t i = 0; i < cell.size && !quoted; i++)
        quoted = cell.bytes[i] == '"' || cell.bytes[i] == '\n' || cell.bytes[i] == '\r' || cell.bytes[i] == (uint8_t)separator;
    size_t size = 0;
    if (quoted) bytes[size++] = '"';
    if (is_dangerous(cell)) bytes[size++] = '\'';
    for (size_t i = 0; i < cell.size; i++) {
        if (cell.bytes[i] == '"') bytes[size++] = '"';
        bytes[size++] = cell.bytes[i];
    }
    if (quoted) bytes[size++] = '"';
    return size;
}
