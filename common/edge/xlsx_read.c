/* A workbook is a zip of XML parts. The small ones (which sheet is where) are read whole, then texts and styles, then the sheet, each piece by piece through expat. Whatever is not known is passed
 * over; whatever is beyond a bound ends the reading. */
#include "common/edge/xlsx_read.h"

#include <expat.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "common/base/check.h"
#include "common/domain/calendar.h"
#include "common/domain/text.h"

enum {
    STEP_BYTES = 64 * 1024,
    UNZIPPED_MAX = 512 * 1024 * 1024, /* of all parts together */
    PART_SMALL_MAX = 1024 * 1024,     /* of those that are read at once */
    STRINGS_BYTES_MAX = 24 * 1024 * 1024,
    STRINGS_MAX = 2 * 1024 * 1024,
    STYLES_MAX = 64 * 1024,
    FORMATS_MAX = 1024,
    SHEETS_MAX = 64,
    CELL_BYTES_MAX = 32 * 1024,
    ROW_BYTES_MAX = 256 * 1024,
    PATH_MAX_BYTES = 256,
    ENTRIES_MAX = 10000,
    NUMBER_TEXT_MAX = 64,
    SERIAL_MAX = 73050,      /* 2099-12-31: later days are no dates of ours, they stay numbers */
    COLUMNS_SEEN_MAX = 16384,
};
static const double exact_max = 9007199254740992.0; /* 2^53 */

enum phase { PHASE_FIND, PHASE_STRINGS, PHASE_STYLES, PHASE_SHEET, PHASE_END };

struct buffer {
    char *bytes;
    size_t size, room, most;
};

struct sheet {
    char id[64]; /* of its relation */
    char path[PATH_MAX_BYTES];
};

struct xlsx_reader {
    struct slice bytes;
    bool (*row)(void *self, uint32_t number, const struct slice *cells, size_t count);
    void *self;
    enum xlsx_problem problem;
    enum phase phase;
    zip_t *zip;
    zip_file_t *part; /* under way; NULL: the phase begins */
    XML_Parser parser;
    uint64_t unzipped;

    char folder[PATH_MAX_BYTES], workbook[PATH_MAX_BYTES], strings_path[PATH_MAX_BYTES], styles_path[PATH_MAX_BYTES];
    struct sheet sheets[SHEETS_MAX];
    size_t sheet_count, sheet_at;
    bool from_1904;

    struct buffer strings;
    uint32_t *string_ends;
    size_t string_count, string_room;

    uint8_t *date_styles; /* a byte for each */
    size_t style_count;
    struct { int id; bool is_date; } formats[FORMATS_MAX];
    size_t format_count;
    bool in_cell_formats;

    /* of the element under way */
    struct buffer text;
    int phonetic; /* depth */
    bool takes_text;
    char kind[16];
    size_t style;
    int64_t column; /* of the cell, from 0 */
    bool in_row, has_text, any_row;
    uint32_t row_number;
    struct buffer cells;
    size_t cell_from[XLSX_READ_CELLS_MAX], cell_size[XLSX_READ_CELLS_MAX];
    size_t cell_count;
};

static void stop(struct xlsx_reader *reader, enum xlsx_problem problem) {
    if (reader->problem == XLSX_FINE) reader->problem = problem;
    if (reader->parser != NULL) (void)XML_StopParser(reader->parser, XML_FALSE); /* not while it does not run */
}

static bool append(struct xlsx_reader *reader, struct buffer *buffer, const char *bytes, size_t size) {
    if (size > buffer->most - buffer->size) {
        stop(reader, XLSX_TOO_LARGE);
        return false;
    }
    if (buffer->size + size > buffer->room) {
        buffer->room = buffer->size + size < 4096 ? 4096 : (buffer->size + size) * 2;
        buffer->bytes = realloc(buffer->bytes, buffer->room);
        CHECK(buffer->bytes != NULL);
    }
    if (size > 0) memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
    return true;
}

/* ---- XML ---- */

/* "x:row" -> "row" */
static const char *local(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon != NULL ? colon + 1 : name;
}
static bool is(const char *name, const char *wanted) { return strcmp(local(name), wanted) == 0; }

static const char *attribute(const char **attributes, const char *name) {
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        if (strcmp(attributes[i], name) == 0) return attributes[i + 1];
    return NULL;
}
/* With any prefix, and with one: r:id. */
static const char *prefixed(const char **attributes, const char *name) {
    for (size_t i = 0; attributes[i] != NULL; i += 2)
        if (strchr(attributes[i], ':') != NULL && is(attributes[i], name)) return attributes[i + 1];
    return NULL;
}

static bool is_true(const char *text) { return text != NULL && (strcmp(text, "1") == 0 || strcmp(text, "true") == 0); }

static void on_doctype(void *self, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_subset) {
    (void)name;
    (void)system;
    (void)public;
    (void)has_subset;
    stop(self, XLSX_BROKEN); /* no workbook has one; entities could grow without bound */
}

static void begin_xml(struct xlsx_reader *reader, XML_StartElementHandler start, XML_EndElementHandler end, XML_CharacterDataHandler characters) {
    XML_ParserFree(reader->parser);
    reader->parser = XML_ParserCreate(NULL);
    CHECK(reader->parser != NULL);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, start, end);
    XML_SetCharacterDataHandler(reader->parser, characters);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    reader->text.size = 0;
    reader->takes_text = false;
    reader->phonetic = 0;
}

static void feed(struct xlsx_reader *reader, const char *bytes, size_t size, bool is_last) {
    if (reader->problem != XLSX_FINE) return;
    if (XML_Parse(reader->parser, bytes, (int)size, is_last) == XML_STATUS_OK) return;
    stop(reader, XLSX_BROKEN); /* unless a callback has said why */
}

/* ---- parts ---- */

static bool open_part(struct xlsx_reader *reader, const char *path) {
    const zip_int64_t at = zip_name_locate(reader->zip, path, ZIP_FL_NOCASE);
    if (at < 0) return false;
    reader->part = zip_fopen_index(reader->zip, (zip_uint64_t)at, 0);
    if (reader->part == NULL) stop(reader, XLSX_BROKEN);
    return reader->part != NULL;
}

static void close_part(struct xlsx_reader *reader) {
    if (reader->part != NULL) (void)zip_fclose(reader->part); /* only read */
    reader->part = NULL;
}

/* True: the part is through, or there is a problem. */
static bool read_part(struct xlsx_reader *reader) {
    char bytes[STEP_BYTES];
    const zip_int64_t got = zip_fread(reader->part, bytes, sizeof bytes);
    if (got < 0) stop(reader, XLSX_BROKEN);
    if (got > 0) reader->unzipped += (uint64_t)got;
    if (reader->unzipped > UNZIPPED_MAX) stop(reader, XLSX_TOO_LARGE);
    if (got >= 0) feed(reader, bytes, (size_t)got, got == 0);
    if (got > 0 && reader->problem == XLSX_FINE) return false;
    close_part(reader);
    return true;
}

static bool read_small(struct xlsx_reader *reader, const char *path, XML_StartElementHandler start) {
    if (!open_part(reader, path)) return false;
    begin_xml(reader, start, NULL, NULL);
    const uint64_t before = reader->unzipped;
    while (!read_part(reader))
        if (reader->unzipped - before > PART_SMALL_MAX) stop(reader, XLSX_TOO_LARGE);
    return reader->problem == XLSX_FINE;
}

/* ---- finding the sheets ---- */

/* A target beside the workbook, or from the root; longer ones are cut and then not found. */
static void resolve(const struct xlsx_reader *reader, const char *target, char ret_path[PATH_MAX_BYTES]) {
    if (target[0] == '/') (void)snprintf(ret_path, PATH_MAX_BYTES, "%s", target + 1);
    else (void)snprintf(ret_path, PATH_MAX_BYTES, "%s%s", reader->folder, target);
}

static bool ends_with(const char *text, const char *end) {
    const size_t size = strlen(text), tail = strlen(end);
    return size >= tail && strcmp(text + size - tail, end) == 0;
}

static void on_root_relation(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct xlsx_reader *reader = self;
    const char *type = attribute(attributes, "Type"), *target = attribute(attributes, "Target");
    if (is(name, "Relationship") && type != NULL && target != NULL && ends_with(type, "/officeDocument")) resolve(reader, target, reader->workbook);
}

static void on_workbook(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct xlsx_reader *reader = self;
    if (is(name, "workbookPr")) reader->from_1904 = is_true(attribute(attributes, "date1904"));
    if (!is(name, "sheet")) return;
    const char *id = prefixed(attributes, "id"), *state = attribute(attributes, "state");
    const bool is_hidden = state != NULL && strcmp(state, "visible") != 0;
    if (id == NULL || is_hidden || reader->sheet_count == SHEETS_MAX) return;
    (void)snprintf(reader->sheets[reader->sheet_count++].id, sizeof reader->sheets->id, "%s", id); /* cut, it is not found */
}

static void on_relation(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct xlsx_reader *reader = self;
    const char *id = attribute(attributes, "Id"), *type = attribute(attributes, "Type"), *target = attribute(attributes, "Target");
    if (!is(name, "Relationship") || id == NULL || type == NULL || target == NULL) return;
    if (ends_with(type, "/sharedStrings")) resolve(reader, target, reader->strings_path);
    if (ends_with(type, "/styles")) resolve(reader, target, reader->styles_path);
    for (size_t i = 0; i < reader->sheet_count && ends_with(type, "/worksheet"); i++)
        if (strcmp(reader->sheets[i].id, id) == 0) resolve(reader, target, reader->sheets[i].path);
}

static bool is_container_of_1997(struct slice bytes) {
    static const uint8_t magic[] = {0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1};
    return bytes.size >= sizeof magic && memcmp(bytes.bytes, magic, sizeof magic) == 0;
}

static void open_zip(struct xlsx_reader *reader) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(reader->bytes.bytes, reader->bytes.size, 0, &error);
    if (source != NULL) reader->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (reader->zip == NULL) zip_source_free(source); /* NULL is allowed */
    zip_error_fini(&error);
    if (reader->zip == NULL) stop(reader, is_container_of_1997(reader->bytes) ? XLSX_ENCRYPTED : XLSX_NOT_A_WORKBOOK);
    else if (zip_get_num_entries(reader->zip, 0) > ENTRIES_MAX) stop(reader, XLSX_TOO_LARGE);
}

static void find_sheets(struct xlsx_reader *reader) {
    char relations[PATH_MAX_BYTES + 16];
    open_zip(reader);
    if (reader->problem != XLSX_FINE) return;
    (void)snprintf(reader->workbook, sizeof reader->workbook, "xl/workbook.xml");
    (void)read_small(reader, "_rels/.rels", on_root_relation); /* without it the usual place counts */
    if (reader->problem != XLSX_FINE) return;
    const char *slash = strrchr(reader->workbook, '/');
    const int folder = slash != NULL ? (int)(slash - reader->workbook) + 1 : 0;
    (void)snprintf(reader->folder, sizeof reader->folder, "%.*s", folder, reader->workbook);
    if (!read_small(reader, reader->workbook, on_workbook)) {
        stop(reader, XLSX_NOT_A_WORKBOOK);
        return;
    }
    (void)snprintf(relations, sizeof relations, "%s_rels/%s.rels", reader->folder, reader->workbook + folder);
    if (!read_small(reader, relations, on_relation)) stop(reader, XLSX_BROKEN);
}

/* ---- shared texts ---- */

static void on_characters(void *self, const XML_Char *bytes, int size) {
    struct xlsx_reader *reader = self;
    if (reader->takes_text && reader->phonetic == 0) (void)append(reader, &reader->text, bytes, (size_t)size);
}

static void on_string_start(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct xlsx_reader *reader = self;
    (void)attributes;
    if (is(name, "si")) reader->text.size = 0;
    if (is(name, "rPh")) reader->phonetic++;
    if (is(name, "t")) reader->takes_text = true;
}

static void on_string_end(void *self, const XML_Char *name) {
    struct xlsx_reader *reader = self;
    if (is(name, "t")) reader->takes_text = false;
    if (is(name, "rPh") && reader->phonetic > 0) reader->phonetic--;
    if (!is(name, "si") || !append(reader, &reader->strings, reader->text.bytes, reader->text.size)) return;
    if (reader->string_count == STRINGS_MAX) {
        stop(reader, XLSX_TOO_LARGE);
        return;
    }
    if (reader->string_count == reader->string_room) {
        reader->string_room = reader->string_room == 0 ? 1024 : reader->string_room * 2;
        reader->string_ends = realloc(reader->string_ends, reader->string_room * sizeof *reader->string_ends);
        CHECK(reader->string_ends != NULL);
    }
    reader->string_ends[reader->string_count++] = (uint32_t)reader->strings.size;
    reader->text.size = 0;
}

static struct slice shared_text(const struct xlsx_reader *reader, uint64_t number) {
    if (number >= reader->string_count) return slice_text("");
    const size_t from = number == 0 ? 0 : reader->string_ends[number - 1];
    return slice_of(reader->strings.bytes + from, reader->string_ends[number] - from);
}

/* ---- styles: which of them are dates ---- */

static bool is_builtin_date(int id) { return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58); }

/* A letter of a date outside quotes, brackets and escapes. */
static bool is_date_format(const char *code) {
    for (; *code != '\0' && *code != ';'; code++) {
        if (*code == '"' || *code == '[') {
            const char *end = strchr(code + 1, *code == '"' ? '"' : ']');
            if (end == NULL) return false;
            code = end;
        } else if (*code == '\\' || *code == '_' || *code == '*') {
            if (code[1] != '\0') code++;
        } else if (strchr("dmyhsDMYHS", *code) != NULL) {
            return true;
        }
    }
    return false;
}

static int number_of(const char *text) {
    uint64_t number;
    return text != NULL && text_number(slice_text(text), 1000000, &number) ? (int)number : -1;
}

static void on_style_start(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct xlsx_reader *reader = self;
    if (is(name, "cellXfs")) reader->in_cell_formats = true;
    if (is(name, "numFmt")) {
        const char *code = attribute(attributes, "formatCode");
        const int id = number_of(attribute(attributes, "numFmtId"));
        if (code == NULL || id < 0 || reader->format_count == FORMATS_MAX) return;
        reader->formats[reader->format_count].id = id;
        reader->formats[reader->format_count++].is_date = is_date_format(code);
    }
    if (!reader->in_cell_formats || !is(name, "xf") || reader->style_count == STYLES_MAX) return;
    const int id = number_of(attribute(attributes, "numFmtId"));
    bool is_date = is_builtin_date(id);
    for (size_t i = 0; i < reader->format_count; i++)
        if (reader->formats[i].id == id) is_date = reader->formats[i].is_date;
    reader->date_styles[reader->style_count++] = is_date;
}

static void on_style_end(void *self, const XML_Char *name) {
    struct xlsx_reader *reader = self;
    if (is(name, "cellXfs")) reader->in_cell_formats = false;
}

/* ---- numbers ---- */

/* Of a serial number; false: it is no day. 1900 was no leap year, but the first spreadsheet took it for one: its 60 is a day that never was. */
static bool format_day(double serial, bool from_1904, char ret_text[NUMBER_TEXT_MAX]) {
    if (!(serial >= 1 && serial <= SERIAL_MAX) || (!from_1904 && serial >= 60 && serial < 61)) return false;
    const int32_t days = (int32_t)serial;
    char text[11];
    day_format(from_1904 ? day_add(19040101, days) : days < 60 ? day_add(19000101, days - 1) : day_add(19000301, days - 61), text);
    (void)snprintf(ret_text, NUMBER_TEXT_MAX, "%s", text);
    return true;
}

static void format_number(double value, char ret_text[NUMBER_TEXT_MAX]) {
    if (value == floor(value) && fabs(value) < exact_max) {
        (void)snprintf(ret_text, NUMBER_TEXT_MAX, "%.0f", value);
        const size_t size = strlen(ret_text);
        if (size == 16 && ret_text[size - 1] == '0') (void)snprintf(ret_text, NUMBER_TEXT_MAX, "%.14E", value);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(ret_text, NUMBER_TEXT_MAX, "%.*g", digits, value);
        if (strtod(ret_text, NULL) == value) return;
    }
}

/* As it is written there when it is no number. */
static struct slice number_text(const struct xlsx_reader *reader, struct slice text, char ret_text[NUMBER_TEXT_MAX]) {
    char digits[NUMBER_TEXT_MAX];
    char *end;
    const struct slice plain = text_trim(text);
    if (plain.size == 0 || plain.size >= sizeof digits) return text;
    memcpy(digits, plain.bytes, plain.size);
    digits[plain.size] = '\0';
    const double value = strtod(digits, &end); /* the programs stay in the C locale */
    if (*end != '\0' || !isfinite(value)) return text;
    const bool is_date = reader->style < reader->style_count && reader->date_styles[reader->style] != 0;
    if (!is_date || !format_day(value, reader->from_1904, ret_text)) format_number(value, ret_text);
    return slice_text(ret_text);
}

/* ---- the sheet ---- */

/* "AB12" -> 27; -1: no address. */
static int64_t column_of(const char *address) {
    int64_t column = 0;
    for (; *address >= 'A' && *address <= 'Z' && column <= COLUMNS_SEEN_MAX; address++) column = column * 26 + (*address - 'A' + 1);
    return column - 1;
}

static void start_row(struct xlsx_reader *reader, const char **attributes) {
    const int number = number_of(attribute(attributes, "r"));
    reader->row_number = number > 0 ? (uint32_t)number : reader->row_number + 1;
    reader->in_row = true;
    reader->has_text = false;
    reader->column = -1;
    reader->cells.size = 0;
    reader->cell_count = 0;
}

static void start_cell(struct xlsx_reader *reader, const char **attributes) {
    const char *address = attribute(attributes, "r"), *kind = attribute(attributes, "t");
    const int style = number_of(attribute(attributes, "s"));
    const int64_t column = address != NULL ? column_of(address) : -1;
    reader->column = column > reader->column ? column : reader->column + 1; /* without an address, or with one that goes back: the next */
    reader->style = style >= 0 ? (size_t)style : 0;
    (void)snprintf(reader->kind, sizeof reader->kind, "%s", kind != NULL ? kind : "n");
    reader->text.size = 0;
}

static struct slice cell_text(const struct xlsx_reader *reader, char ret_number[NUMBER_TEXT_MAX]) {
    const struct slice text = slice_of(reader->text.bytes, reader->text.size);
    uint64_t number;
    if (strcmp(reader->kind, "s") == 0) return text_number(text_trim(text), STRINGS_MAX, &number) ? shared_text(reader, number) : slice_text("");
    if (strcmp(reader->kind, "n") == 0) return number_text(reader, text, ret_number);
    if (strcmp(reader->kind, "b") == 0) return slice_text(slice_is(text_trim(text), "1") ? "TRUE" : "FALSE");
    if (strcmp(reader->kind, "d") == 0 && text.size > 10) return slice_of(text.bytes, 10); /* ISO 8601 with its time */
    return text; /* inlineStr, str, e */
}

static void end_cell(struct xlsx_reader *reader) {
    char number[NUMBER_TEXT_MAX];
    const struct slice text = reader->text.size > 0 ? cell_text(reader, number) : slice_text("");
    if (text_is_blank(text)) return;
    if (text.size > CELL_BYTES_MAX) {
        stop(reader, XLSX_TOO_LARGE);
    } else if (reader->column >= XLSX_READ_CELLS_MAX) {
        stop(reader, XLSX_TOO_MANY_CELLS);
    } else {
        const size_t column = (size_t)reader->column, from = reader->cells.size;
        while (reader->cell_count <= column) reader->cell_size[reader->cell_count++] = 0;
        reader->cell_from[column] = from;
        reader->cell_size[column] = text.size;
        reader->has_text = true;
        (void)append(reader, &reader->cells, (const char *)text.bytes, text.size);
    }
}

static void end_row(struct xlsx_reader *reader) {
    struct slice cells[XLSX_READ_CELLS_MAX];
    reader->in_row = false;
    if (!reader->has_text || reader->problem != XLSX_FINE) return;
    for (size_t i = 0; i < reader->cell_count; i++) cells[i] = reader->cell_size[i] > 0 ? slice_of(reader->cells.bytes + reader->cell_from[i], reader->cell_size[i]) : slice_text("");
    reader->any_row = true;
    if (!reader->row(reader->self, reader->row_number, cells, reader->cell_count)) stop(reader, XLSX_STOPPED);
}

static void on_sheet_start(void *self, const XML_Char *name, const XML_Char **attributes) {
    struct xlsx_reader *reader = self;
    if (is(name, "row")) start_row(reader, attributes);
    else if (!reader->in_row) return;
    else if (is(name, "c")) start_cell(reader, attributes);
    else if (is(name, "rPh")) reader->phonetic++;
    else if (is(name, "v") || is(name, "t")) reader->takes_text = true;
}

static void on_sheet_end(void *self, const XML_Char *name) {
    struct xlsx_reader *reader = self;
    if (is(name, "v") || is(name, "t")) reader->takes_text = false;
    if (is(name, "rPh") && reader->phonetic > 0) reader->phonetic--;
    if (reader->in_row && is(name, "c")) end_cell(reader);
    if (reader->in_row && is(name, "row")) end_row(reader);
}

/* ---- steps ---- */

static void begin_phase(struct xlsx_reader *reader) {
    bool opened = false;
    switch (reader->phase) {
    case PHASE_STRINGS: opened = reader->strings_path[0] != '\0' && open_part(reader, reader->strings_path); break;
    case PHASE_STYLES: opened = reader->styles_path[0] != '\0' && open_part(reader, reader->styles_path); break;
    case PHASE_SHEET: opened = reader->sheets[reader->sheet_at].path[0] != '\0' && open_part(reader, reader->sheets[reader->sheet_at].path); break;
    case PHASE_FIND:
    case PHASE_END: CHECK(!"no part belongs to it");
    }
    if (!opened) return;
    if (reader->phase == PHASE_STRINGS) begin_xml(reader, on_string_start, on_string_end, on_characters);
    else if (reader->phase == PHASE_STYLES) begin_xml(reader, on_style_start, on_style_end, NULL);
    else begin_xml(reader, on_sheet_start, on_sheet_end, on_characters);
    reader->row_number = 0;
    reader->in_row = false;
}

/* The part of the phase is through, or not there. */
static void next_phase(struct xlsx_reader *reader) {
    if (reader->phase != PHASE_SHEET) {
        reader->phase++;
        if (reader->phase == PHASE_SHEET && reader->sheet_count == 0) stop(reader, XLSX_NO_SHEET);
        return;
    }
    if (reader->any_row) reader->phase = PHASE_END;
    else if (++reader->sheet_at == reader->sheet_count) stop(reader, XLSX_NO_SHEET);
}

struct xlsx_reader *xlsx_reader_open(struct slice bytes, bool (*row)(void *, uint32_t, const struct slice *, size_t), void *self) {
    struct xlsx_reader *reader = calloc(1, sizeof *reader);
    CHECK(reader != NULL);
    reader->bytes = bytes;
    reader->row = row;
    reader->self = self;
    reader->strings.most = STRINGS_BYTES_MAX;
    reader->text.most = CELL_BYTES_MAX;
    reader->cells.most = ROW_BYTES_MAX;
    reader->date_styles = calloc(STYLES_MAX, 1);
    CHECK(reader->date_styles != NULL);
    return reader;
}

enum xlsx_problem xlsx_reader_step(struct xlsx_reader *reader, bool *ret_at_end) {
    if (reader->problem == XLSX_FINE && reader->phase == PHASE_FIND) {
        find_sheets(reader);
        next_phase(reader);
    } else if (reader->problem == XLSX_FINE && reader->phase != PHASE_END) {
        if (reader->part == NULL) begin_phase(reader);
        if (reader->problem == XLSX_FINE && (reader->part == NULL || read_part(reader)) && reader->problem == XLSX_FINE) next_phase(reader);
    }
    *ret_at_end = reader->problem == XLSX_FINE && reader->phase == PHASE_END;
    return reader->problem;
}

uint32_t xlsx_reader_row(const struct xlsx_reader *reader) { return reader->row_number; }

void xlsx_reader_close(struct xlsx_reader *reader) {
    if (reader == NULL) return;
    XML_ParserFree(reader->parser); /* NULL is allowed */
    close_part(reader);
    if (reader->zip != NULL) zip_discard(reader->zip);
    free(reader->strings.bytes);
    free(reader->string_ends);
    free(reader->date_styles);
    free(reader->text.bytes);
    free(reader->cells.bytes);
    free(reader);
}
