/* Header and rows of a list. It must never guess: a name that is not ours is carried into the application id and otherwise left alone. */
#include "services/ingestion/list.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static void keep_name(struct slice cell, char ret_name[LIST_NAME_MAX]) {
    struct slice name = text_trim(cell);
    size_t size = name.size < LIST_NAME_MAX - 1 ? name.size : LIST_NAME_MAX - 1;
    for (size_t i = 0; i < size; i++) ret_name[i] = (char)byte_lower(name.bytes[i]);
    ret_name[size] = '\0';
}

static void append(char text[LIST_PROBLEM_MAX], const char *more) {
    size_t size = strlen(text), room = LIST_PROBLEM_MAX - 1 - size, add = strlen(more);
    if (add > room) add = room; /* a cut list of names is still a help */
    memcpy(text + size, more, add);
    text[size + add] = '\0';
}

static bool is_basic(const struct list_header *header, size_t cell) { return header->column[cell] >= 0 && header->column[cell] < COLUMN_BASIC_COUNT; }

static bool comes_before(const struct list_header *header, size_t a, size_t b) {
    if (is_basic(header, a) && is_basic(header, b)) return header->column[a] < header->column[b];
    if (is_basic(header, a) || is_basic(header, b)) return is_basic(header, a);
    return strcmp(header->names[a], header->names[b]) < 0;
}

static void sort_cells(struct list_header *header) {
    for (size_t i = 0; i < header->count; i++) {
        size_t at = i;
        for (; at > 0 && comes_before(header, i, header->order[at - 1]); at--) header->order[at] = header->order[at - 1];
        header->order[at] = (uint8_t)i;
    }
}

bool list_header_read(const struct slice *cells, size_t count, struct list_header *ret_header, char ret_problem[LIST_PROBLEM_MAX]) {
    CHECK(count <= LIST_CELLS_MAX);
    uint64_t found = 0;
    *ret_header = (struct list_header){.count = count};
    ret_problem[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        enum column column;
        keep_name(cells[i], ret_header->names[i]);
        ret_header->column[i] = -1;
        if (!column_by_name(cells[i], &column)) continue;
        if ((found >> (unsigned)column & 1u) != 0) {
            append(ret_problem, "column twice: ");
            append(ret_problem, column_name(column));
            return false;
        }
        found |= UINT64_C(1) << (unsigned)column;
        ret_header->column[i] = (int)column;
    }
    bool complete = true;
    for (int column = 0; column < COLUMN_COUNT; column++) {
        if (!column_is_mandatory((enum column)column) || (found >> (unsigned)column & 1u) != 0) continue;
        append(ret_problem, complete ? "missing columns: " : ", ");
        append(ret_problem, column_name((enum column)column));
        complete = false;
    }
    if (!complete) {
        bool any = false;
        for (int column = 0; column < COLUMN_COUNT; column++) {
            if ((found >> (unsigned)column & 1u) == 0) continue;
            append(ret_problem, any ? ", " : "; found: ");
            append(ret_problem, column_name((enum column)column));
            any = true;
        }
        if (!any) append(ret_problem, "; none of the known columns was found");
        return false;
    }
    sort_cells(ret_header);
    return true;
}

bool list_row_text(const struct list_header *header, const struct slice *cells, size_t count, struct row_text *ret_row) {
    *ret_row = (struct row_text){0};
    for (size_t i = 0; i < count; i++) {
        if (i >= header->count) {
            if (!text_is_blank(cells[i])) return false;
        } else if (header->column[i] >= 0) {
            ret_row->column[header->column[i]] = cells[i];
        }
    }
    return true;
}

size_t list_row_parts(const struct list_header *header, const struct slice *cells, size_t count, struct slice ret_parts[LIST_PARTS_MAX]) {
    size_t parts = 0;
    for (size_t i = 0; i < header->count; i++) {
        size_t cell = header->order[i];
        if (cell >= count || header->column[cell] == COLUMN_NO_URUT) continue;
        struct slice value = text_trim(cells[cell]);
        if (value.size == 0) continue;
        ret_parts[parts++] = slice_text(header->names[cell]);
        ret_parts[parts++] = value;
    }
    CHECK(parts <= LIST_PARTS_MAX);
    return parts;
}
