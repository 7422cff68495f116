/* Lists over libcsv, which only splits; bounds and the choice of the separator are here. Bytes become UTF-8 first and go in line by line, so that a record that never
 * ends is noticed before it is kept. It must never hold more than one record. */
#include "common/edge/csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { PIECE_BYTES = 4096 };

/* Where quotes mean something while the separator is not known yet: at the start of a cell, whatever may end the one before. */
struct quotes {
    enum { CELL_START, CELL_PLAIN, CELL_QUOTED, CELL_CLOSED } at;
};

struct csv {
    struct csv_parser parser;
    struct csv_options options;
    struct decoder decoder;
    enum csv_problem problem;
    char separator;
    uint8_t *head; /* what may be the header, until it is complete */
    size_t head_size;
    struct quotes head_quotes; /* at its end */
    size_t head_lines;         /* line ends in its quotes */
    uint8_t *record; /* cells of the record being read, one after the other */
    size_t record_size;
    size_t sizes[CSV_CELLS_MAX];
    size_t count;
    size_t line_bytes; /* taken since the record began */
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
    csv->decoder.utf8_only = !options.any_encoding;
    CHECK(csv_init(&csv->parser, CSV_STRICT_FINI) == 0);
    csv_set_space_func(&csv->parser, never_space);
    return csv;
}

void csv_close(struct csv *csv) {
    if (csv == NULL) return;
    csv_free(&csv->parser);
    free(csv->head);
    free(csv->record);
    free(csv);
}

uint32_t csv_line(const struct csv *csv) { return csv->line; }
char csv_separator(const struct csv *csv) { return csv->separator; }
enum encoding csv_encoding(const struct csv *csv) { return csv->decoder.encoding; }

void csv_header_follows(struct csv *csv) {
    CHECK(csv->next_number == 1); /* in the callback of the first */
    csv->next_number = 0;
}

static const char candidates[] = {',', ';', '\t'};

static bool is_line_end(uint8_t byte) { return byte == '\n' || byte == '\r'; }

static void quotes_pass(struct quotes *quotes, uint8_t byte) {
    if (quotes->at == CELL_QUOTED) {
        if (byte == '"') quotes->at = CELL_CLOSED;
    } else if (is_line_end(byte) || memchr(candidates, byte, sizeof candidates) != NULL) {
        quotes->at = CELL_START;
    } else {
        quotes->at = byte == '"' && quotes->at != CELL_PLAIN ? CELL_QUOTED : CELL_PLAIN; /* behind a closed one: a doubled quote */
    }
}

/* `before` when none stands there: in the line feed behind a CR, in a title of one cell. */
static char choose_separator(struct slice line, char before) {
    size_t counts[sizeof candidates] = {0}, best = 0;
    struct quotes quotes = {CELL_START};
    for (size_t i = 0; i < line.size; i++) {
        quotes_pass(&quotes, line.bytes[i]);
        for (size_t k = 0; quotes.at == CELL_START && k < sizeof candidates; k++) counts[k] += line.bytes[i] == (uint8_t)candidates[k];
    }
    for (size_t k = 1; k < sizeof candidates; k++)
        if (counts[k] > counts[best]) best = k;
    return counts[best] > 0 || before == 0 ? candidates[best] : before;
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
    bool blank = true;
    size_t at = 0;
    for (size_t i = 0; i < csv->count; i++) {
        cells[i] = slice_of(csv->record + at, csv->sizes[i]);
        at += csv->sizes[i];
        blank = blank && text_is_blank(cells[i]);
    }
    if (!blank && !csv->options.row(csv->options.self, csv->next_number++, cells, csv->count)) (void)fail(csv, CSV_STOPPED);
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

/* The header is yet to come, and no title is being read that spans lines. */
static bool is_seeking(const struct csv *csv) {
    enum { STATE_BETWEEN_ROWS = 0 }; /* ROW_NOT_BEGUN, which the header does not name */
    return csv->next_number == 0 && csv->parser.pstate == STATE_BETWEEN_ROWS;
}

/* Up to the first line feed, within PIECE_BYTES. */
static struct slice first_line(struct slice bytes) {
    const size_t size = bytes.size < PIECE_BYTES ? bytes.size : PIECE_BYTES;
    const uint8_t *end = memchr(bytes.bytes, '\n', size);
    return slice_of(bytes.bytes, end != NULL ? (size_t)(end - bytes.bytes) + 1 : size);
}

static struct slice behind(struct slice bytes, size_t size) { return slice_of(bytes.bytes + size, bytes.size - size); }

/* As far as the separator is known: returns what is behind a title. */
static struct slice take_lines(struct csv *csv, struct slice bytes) {
    while (bytes.size > 0 && !is_seeking(csv)) {
        const struct slice line = first_line(bytes);
        if (!take_piece(csv, line)) return slice_of(NULL, 0);
        bytes = behind(bytes, line.size);
    }
    return bytes;
}

/* What may be the header goes in at once: a piece of it alone would look like a line to the choice. */
static bool take_head(struct csv *csv) {
    struct slice head = slice_of(csv->head, csv->head_size);
    csv->head_size = csv->head_lines = 0;
    csv->head_quotes = (struct quotes){CELL_START};
    csv->separator = choose_separator(head, csv->separator);
    csv_set_delim(&csv->parser, (unsigned char)csv->separator);
    while (head.size > 0 && take_piece(csv, first_line(head))) head = behind(head, first_line(head).size);
    return csv->problem == CSV_FINE;
}

/* How many bytes complete the head, 0 when they do not. A line ends with either kind: a list with nothing but CRs must not be held back as if it were one line; and quotes that are
 * not closed hold back a few lines only. */
static size_t head_end(struct csv *csv, struct slice bytes) {
    for (size_t i = 0; i < bytes.size; i++) {
        quotes_pass(&csv->head_quotes, bytes.bytes[i]);
        if (!is_line_end(bytes.bytes[i])) continue;
        if (csv->head_quotes.at != CELL_QUOTED || ++csv->head_lines == CSV_HEAD_LINES_MAX) return i + 1;
    }
    return 0;
}

static bool text_only(struct slice bytes) {
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.bytes[i] < ' ' && bytes.bytes[i] != '\n' && bytes.bytes[i] != '\r' && bytes.bytes[i] != '\t') return false;
    return true;
}

/* Up to the end of what may be the header. Returns what is behind it. */
static struct slice keep_head(struct csv *csv, struct slice bytes) {
    const size_t end = head_end(csv, bytes), size = end > 0 ? end : bytes.size;
    if (csv->head_size + size > csv->options.line_bytes_max) {
        (void)fail(csv, CSV_LINE_TOO_LONG);
        return bytes;
    }
    memcpy(csv->head + csv->head_size, bytes.bytes, size);
    csv->head_size += size;
    if (end > 0) (void)take_head(csv); /* the problem is kept */
    return behind(bytes, size);
}

static void take_text(struct csv *csv, struct slice text) {
    if (!text_only(text)) (void)fail(csv, CSV_BINARY);
    while (csv->problem == CSV_FINE && text.size > 0) text = is_seeking(csv) ? keep_head(csv, text) : take_lines(csv, text);
}

static void take_bytes(struct csv *csv, struct slice bytes, bool last) {
    uint8_t text[PIECE_BYTES];
    bool sound = true;
    size_t size = 1;
    while (csv->problem == CSV_FINE && sound && size > 0) {
        sound = decoder_feed(&csv->decoder, &bytes, last, text, sizeof text, &size);
        take_text(csv, slice_of(text, size));
    }
    if (!sound) (void)fail(csv, CSV_NOT_UTF8); /* unless what stands before is no text at all */
}

enum csv_problem csv_feed(struct csv *csv, struct slice bytes) {
    take_bytes(csv, bytes, false);
    return csv->problem;
}

/* libcsv tells an unclosed quote only in its strict mode, which would also refuse a quote inside a plain cell. Its state after a closing
 * quote is another one (3). */
static bool is_inside_quotes(const struct csv_parser *parser) {
    enum { STATE_IN_CELL = 2 }; /* FIELD_BEGUN, which the header does not name */
    return parser->quoted && parser->pstate == STATE_IN_CELL;
}

enum csv_problem csv_finish(struct csv *csv) {
    take_bytes(csv, slice_of(NULL, 0), true);
    if (csv->problem != CSV_FINE || (csv->head_size > 0 && !take_head(csv))) return csv->problem;
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
