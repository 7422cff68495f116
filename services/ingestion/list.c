/* Titles, header, rows and totals of a list. It must never guess: a name that is not ours is carried into the application id and otherwise left alone. */
#include "services/ingestion/list.h"

#include "common/base/check.h"
#include "common/domain/synonym.h"
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

static bool is_own(const struct list_header *header, size_t cell) { return (header->own >> cell & 1u) != 0; }

static bool is_basic(const struct list_header *header, size_t cell) {
    return header->column[cell] >= 0 && header->column[cell] < COLUMN_BASIC_COUNT && !is_own(header, cell);
}

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

static uint64_t bit_of(int column) { return UINT64_C(1) << (unsigned)column; }

/* Names of a bit set behind `before`. */
static void append_columns(char problem[LIST_PROBLEM_MAX], const char *before, uint64_t columns) {
    char names[WANTING_TEXT_MAX];
    if (columns == 0) return;
    (void)row_wanting_format(columns, names);
    append(problem, problem[0] != '\0' ? "; " : "");
    append(problem, before);
    append(problem, names);
}

static uint64_t mandatory_columns(void) {
    uint64_t columns = 0;
    for (int column = 0; column < COLUMN_COUNT; column++) columns |= column_is_mandatory((enum column)column) ? bit_of(column) : 0;
    return columns;
}

/* Cells under canonical names; *ret_doubled: columns that stand there twice. */
static uint64_t find_by_name(const struct slice *cells, struct list_header *header, uint64_t *ret_doubled) {
    uint64_t found = 0;
    for (size_t i = 0; i < header->count; i++) {
        enum column column;
        header->column[i] = -1;
        if (!column_by_name(cells[i], &column)) continue;
        *ret_doubled |= found & bit_of((int)column);
        found |= bit_of((int)column);
        header->column[i] = (int)column;
    }
    return found;
}

/* What this payer calls a column goes before what everybody may call it. */
static bool column_by_payer(struct slice names, const char *name, enum column *ret_column) {
    struct slice line, canonical;
    while (name[0] != '\0' && names.size > 0 && text_split(&names, '\n', &line))
        if (text_split(&line, '\t', &canonical) && slice_is(line, name)) return column_by_name(canonical, ret_column);
    return false;
}

/* The cells that are left, for the columns that are left. Of two for one column nobody knows which is meant. */
static uint64_t find_by_synonym(struct slice names, const struct slice *cells, struct list_header *header, uint64_t known, uint64_t *ret_doubled) {
    uint64_t found = 0;
    int first[COLUMN_COUNT];
    for (size_t i = 0; i < header->count; i++) {
        enum column column;
        if (header->column[i] >= 0 || (!column_by_payer(names, header->names[i], &column) && !column_by_synonym(cells[i], &column))) continue;
        if ((known & bit_of((int)column)) != 0) continue;
        if ((found & bit_of((int)column)) != 0) {
            *ret_doubled |= bit_of((int)column);
            header->column[first[column]] = -1;
            continue;
        }
        found |= bit_of((int)column);
        first[column] = (int)i;
        header->column[i] = (int)column;
        header->own |= UINT64_C(1) << i;
    }
    return found & ~*ret_doubled;
}

/* A file that came back with the answers says of each row what was decided: no part of the row, and replaced in the next result. */
static uint64_t find_answers(const struct list_header *header) {
    static const char *const titles[LIST_ANSWERS] = {LIST_ANSWER_TITLES};
    for (size_t from = 0; from + LIST_ANSWERS <= header->count; from++) {
        size_t same = 0;
        while (same < LIST_ANSWERS && strcmp(header->names[from + same], titles[same]) == 0) same++;
        if (same == LIST_ANSWERS) return ((UINT64_C(1) << LIST_ANSWERS) - 1) << from;
    }
    return 0;
}

static void take_canonical_names(struct list_header *header) {
    header->own = 0;
    for (size_t i = 0; i < header->count; i++)
        if (header->column[i] >= 0) keep_name(slice_text(column_name((enum column)header->column[i])), header->names[i]);
}

bool list_header_read(struct slice names, const struct slice *cells, size_t count, struct list_header *ret_header, char ret_problem[LIST_PROBLEM_MAX], uint32_t *ret_found) {
    CHECK(count <= LIST_CELLS_MAX);
    _Static_assert((int)LIST_CELLS_MAX <= 64, "a cell is a bit of 64");
    const uint64_t mandatory = mandatory_columns();
    uint64_t twice = 0, unclear = 0;
    *ret_header = (struct list_header){.count = count};
    ret_problem[0] = '\0';
    for (size_t i = 0; i < count; i++) keep_name(cells[i], ret_header->names[i]);
    ret_header->answers = find_answers(ret_header);
    const uint64_t named = find_by_name(cells, ret_header, &twice), found = named | find_by_synonym(names, cells, ret_header, named, &unclear);
    *ret_found = (uint32_t)__builtin_popcountll(found);
    const uint64_t missing = mandatory & ~found & ~unclear;
    append_columns(ret_problem, "column twice: ", twice | (unclear & mandatory));
    append_columns(ret_problem, "missing columns: ", missing);
    if (ret_problem[0] != '\0') {
        append_columns(ret_problem, "found: ", found);
        if (found == 0) append(ret_problem, "; none of the known columns was found");
        return false;
    }
    if ((mandatory & ~named) != 0) take_canonical_names(ret_header);
    sort_cells(ret_header);
    return true;
}

/* Spreadsheets mark digits that shall stay text by an apostrophe, and some write it into the file. Before a letter it belongs to a name. */
static struct slice without_mark(struct slice cell) {
    const struct slice text = text_trim(cell);
    const bool marked = text.size > 1 && text.bytes[0] == '\'' && (byte_is_digit(text.bytes[1]) || text.bytes[1] == '+');
    return marked ? slice_of(text.bytes + 1, text.size - 1) : cell;
}

bool list_row_text(const struct list_header *header, const struct slice *cells, size_t count, struct row_text *ret_row) {
    *ret_row = (struct row_text){0};
    for (size_t i = 0; i < count; i++) {
        if (i >= header->count) {
            if (!text_is_blank(cells[i])) return false;
        } else if (header->column[i] >= 0) {
            ret_row->column[header->column[i]] = without_mark(cells[i]);
        }
    }
    return true;
}

size_t list_row_parts(const struct list_header *header, const struct slice *cells, size_t count, struct slice ret_parts[LIST_PARTS_MAX]) {
    size_t parts = 0;
    for (size_t i = 0; i < header->count; i++) {
        size_t cell = header->order[i];
        if ((header->answers >> cell & 1u) != 0) continue;
        if (cell >= count || (header->column[cell] == COLUMN_NO_URUT && !is_own(header, cell))) continue;
        struct slice value = text_trim(cells[cell]);
        if (value.size == 0) continue;
        ret_parts[parts++] = slice_text(header->names[cell]);
        ret_parts[parts++] = value;
    }
    CHECK(parts <= LIST_PARTS_MAX);
    return parts;
}

/* ---- records ---- */

static bool is_word_of_totals(struct slice cell) {
    static const char *const words[] = {"jumlah", "total", "subtotal", "grandtotal", "jumlahtotal", "totaljumlah", "jumlahseluruhnya", "totalkeseluruhan", "jumlahpeserta", "totalpeserta"};
    char text[LIST_NAME_MAX];
    const struct slice plain = text_plain(cell, text, sizeof text);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_is(plain, words[i])) return true;
    return false;
}

/* Whoever is named by anything besides keeps his outcome, be it a refusal. */
static bool is_totals(const struct list_header *header, const struct slice *cells, size_t count) {
    size_t first = 0;
    while (first < count && text_is_blank(cells[first])) first++;
    if (first == count || !is_word_of_totals(cells[first])) return false;
    for (size_t i = first + 1; i < count && i < header->count; i++)
        if (header->column[i] >= 0 && column_is_mandatory((enum column)header->column[i]) && !text_is_blank(cells[i])) return false;
    return true;
}

static enum list_record take_head(struct list *list, const struct slice *cells, size_t count) {
    char problem[LIST_PROBLEM_MAX];
    uint32_t found;
    list->headed = list_header_read(list->names, cells, count, &list->header, problem, &found);
    if (list->headed) return LIST_HEADER;
    if (found > list->best || list->titles == 0) {
        list->best = found;
        memcpy(list->problem, problem, sizeof problem);
    }
    return list->titles++ < LIST_TITLES_MAX ? LIST_TITLE : LIST_WRONG;
}

enum list_record list_take(struct list *list, const struct slice *cells, size_t count) {
    if (!list->headed) return take_head(list, cells, count);
    if (!list->every_row_counts && is_totals(&list->header, cells, count)) return LIST_TOTALS;
    list->rows++;
    return LIST_ROW;
}
