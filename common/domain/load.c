/* The line and field reader of the data files. It judges only the form of a line; what a value means is for the parser that asked. */
#include "common/domain/load.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"

bool load_failed(struct load_error *ret_error, uint32_t line, const char *field, const char *format, ...) {
    CHECK(ret_error != NULL);
    ret_error->line = line;
    (void)snprintf(ret_error->field, sizeof ret_error->field, "%s", field); /* a cut name is still a name */
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(ret_error->problem, sizeof ret_error->problem, format, arguments);
    va_end(arguments);
    return false;
}

static struct slice without_mark(struct slice text) {
    return text.size >= 3 && memcmp(text.bytes, "\xEF\xBB\xBF", 3) == 0 ? slice_of(text.bytes + 3, text.size - 3) : text;
}

static bool next_line(struct table *table, struct slice *ret_line) {
    while (table->rest.size > 0 && text_split(&table->rest, '\n', ret_line)) {
        table->line++;
        if (ret_line->size > 0 && ret_line->bytes[ret_line->size - 1] == '\r') ret_line->size--;
        if (ret_line->size > 0 && ret_line->bytes[0] != '#') return true;
    }
    return false;
}

/* Copies a quoted field with its doubled quotes made single. */
static struct slice unquoted(struct slice inner, struct arena *arena) {
    uint8_t *field = arena_take(arena, inner.size);
    size_t size = 0;
    for (size_t at = 0; at < inner.size; at++) {
        field[size++] = inner.bytes[at];
        if (inner.bytes[at] == '"') at++; /* quotes inside come in pairs */
    }
    return slice_of(field, size);
}

/* Takes one quoted field off the line, whose first byte is the opening quote; false when the quote is not closed. */
static bool take_quoted(struct slice *rest, uint8_t separator, struct arena *arena, struct slice *ret_field) {
    size_t end = 1;
    bool doubled = false;
    for (;; end++) {
        if (end >= rest->size) return false;
        if (rest->bytes[end] != '"') continue;
        if (end + 1 >= rest->size || rest->bytes[end + 1] != '"') break;
        doubled = true;
        end++;
    }
    struct slice inner = slice_of(rest->bytes + 1, end - 1);
    end++; /* behind the closing quote */
    if (end < rest->size && rest->bytes[end] != separator) return false;
    *ret_field = doubled ? unquoted(inner, arena) : inner;
    *rest = end < rest->size ? slice_of(rest->bytes + end + 1, rest->size - end - 1) : slice_of(NULL, 0);
    return true;
}

static bool split_line(struct table *table, struct arena *arena, struct slice line, struct slice fields[TABLE_COLUMNS_MAX], struct load_error *ret_error) {
    size_t count = 0;
    while (line.bytes != NULL) {
        if (count == table->count) return load_failed(ret_error, table->line, "", "more than %zu columns", table->count);
        bool quoted = line.size > 0 && line.bytes[0] == '"';
        if (quoted && !take_quoted(&line, table->separator, arena, &fields[count]))
            return load_failed(ret_error, table->line, table->names[count], "the quote is not closed, or text follows it");
        if (!quoted) (void)text_split(&line, table->separator, &fields[count]); /* bytes are not NULL: there is a part */
        fields[count] = text_trim(fields[count]);
        count++;
    }
    if (count < table->count) return load_failed(ret_error, table->line, table->names[count], "column is missing: %zu of %zu", count, table->count);
    return true;
}

bool table_open(struct table *table, struct slice text, char separator, const char *const *names, size_t count, struct load_error *ret_error) {
    CHECK(count >= 1 && count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.rest = without_mark(text), .separator = (uint8_t)separator, .names = names, .count = count};
    struct slice header, name;
    if (!next_line(table, &header)) return load_failed(ret_error, 0, "", "the file is empty");
    for (size_t i = 0; i < count; i++) {
        if (!text_split(&header, table->separator, &name) || !text_is(text_trim(name), names[i]))
            return load_failed(ret_error, table->line, names[i], "column %zu of the header must have this name", i + 1);
    }
    if (header.bytes != NULL) return load_failed(ret_error, table->line, "", "the header has more than %zu columns", count);
    return true;
}

bool table_next(struct table *table, struct arena *arena, struct slice fields[TABLE_COLUMNS_MAX], struct load_error *ret_error) {
    struct slice line;
    if (table->failed || !next_line(table, &line)) return false;
    if (split_line(table, arena, line, fields, ret_error)) return true;
    table->failed = true;
    return false;
}

size_t table_lines(struct slice text) {
    size_t lines = 1;
    for (size_t i = 0; i < text.size; i++) lines += text.bytes[i] == '\n';
    return lines;
}
