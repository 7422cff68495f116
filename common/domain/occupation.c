/* The table of occupations. It must refuse a file in which one name could mean two jobs: a look-up never depends on the order of rows. */
#include "common/domain/occupation.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { CODE, NAME, GROUP, SECTOR, FORMAL, EMPLOYER, CIVIL_SERVANT, SYNONYMS, COLUMNS };
static const char *const column_names[COLUMNS] = {"code", "name", "group", "sector", "formal", "employer", "civil_servant", "synonyms"};

static const char *const groups[] = {"transport", "education & religion", "construction & repair", "agri", "livestock", "fish", "trade & food",
                                     "daily/casual", "personal service", "professional", "creative & sport", "craft", "social/other"};

static bool is_group(struct slice text) {
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        if (slice_is(text, groups[i])) return true;
    return false;
}

static bool parse_flag(struct slice text, bool *ret_flag) {
    if (!slice_is(text, "0") && !slice_is(text, "1")) return false;
    *ret_flag = text.bytes[0] == '1';
    return true;
}

static bool parse_row(const struct slice fields[], uint32_t line, struct occupation *ret_row, struct load_error *ret_error) {
    struct occupation row = {.code = fields[CODE], .name = fields[NAME], .group = fields[GROUP]};
    if (row.code.size == 0 || row.code.size > 8) return load_failed(ret_error, line, "code", "a code has 1 to 8 characters");
    if (row.name.size == 0) return load_failed(ret_error, line, "name", "the name is empty");
    if (!is_group(row.group)) return load_failed(ret_error, line, "group", "unknown group");
    if (slice_is(fields[SECTOR], "TRANSPORT")) row.sector = SECTOR_TRANSPORT;
    else if (slice_is(fields[SECTOR], "OTHER")) row.sector = SECTOR_OTHER;
    else return load_failed(ret_error, line, "sector", "TRANSPORT or OTHER");
    if (!parse_flag(fields[FORMAL], &row.formal)) return load_failed(ret_error, line, "formal", "0 or 1");
    if (!parse_flag(fields[EMPLOYER], &row.employer)) return load_failed(ret_error, line, "employer", "0 or 1");
    if (!parse_flag(fields[CIVIL_SERVANT], &row.civil_servant)) return load_failed(ret_error, line, "civil_servant", "0 or 1");
    if (row.civil_servant && (row.formal || row.employer))
        return load_failed(ret_error, line, "civil_servant", "neither formal nor employer: an employer can't register a civil servant");
    *ret_row = row;
    return true;
}

/* A row has a name and one synonym more than it has bars. */
static size_t names_bound(struct slice text) {
    size_t bound = 2 * table_lines(text);
    for (size_t i = 0; i < text.size; i++) bound += text.bytes[i] == '|';
    return bound;
}

/* First index whose name is not less than the one looked for. */
static size_t lower_bound(const struct occupation_name *names, size_t count, struct slice name) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (text_compare(names[middle].name, name) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

static bool insert_name(struct occupation_name *names, size_t *count, struct slice name, const struct occupation *occupation) {
    size_t at = lower_bound(names, *count, name);
    if (at < *count && text_same(names[at].name, name)) return false;
    memmove(&names[at + 1], &names[at], (*count - at) * sizeof *names);
    names[at] = (struct occupation_name){.name = name, .occupation = occupation};
    (*count)++;
    return true;
}

static bool insert_names(struct occupation_name *names, size_t *count, struct slice synonyms, const struct occupation *row, uint32_t line, struct load_error *ret_error) {
    if (!insert_name(names, count, row->name, row)) return load_failed(ret_error, line, "name", "this name is already taken above");
    struct slice rest = synonyms, name;
    while (rest.size > 0 && text_split(&rest, '|', &name)) {
        name = text_trim(name);
        if (name.size == 0) return load_failed(ret_error, line, "synonyms", "an empty synonym");
        if (!insert_name(names, count, name, row)) return load_failed(ret_error, line, "synonyms", "'%.*s' is already taken above", SLICE_ARGS(name));
    }
    return true;
}

bool occupations_load(struct slice text, struct arena *arena, struct occupation_table *ret_table, struct load_error *ret_error) {
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', column_names, COLUMNS, ret_error)) return false;
    struct occupation *rows = arena_zero(arena, table_lines(text), sizeof *rows);
    struct occupation_name *names = arena_zero(arena, names_bound(text), sizeof *names);
    size_t count = 0, name_count = 0;
    while (table_next(&table, arena, fields, ret_error)) {
        if (!parse_row(fields, table.line, &rows[count], ret_error)) return false;
        if (count > 0 && text_compare(rows[count - 1].code, rows[count].code) >= 0)
            return load_failed(ret_error, table.line, "code", "codes must ascend without doubles");
        if (!insert_names(names, &name_count, fields[SYNONYMS], &rows[count], table.line, ret_error)) return false;
        count++;
    }
    if (table.failed) return false;
    *ret_table = (struct occupation_table){.rows = rows, .count = count, .names = names, .name_count = name_count};
    return true;
}

const struct occupation *occupation_by_code(const struct occupation_table *table, struct slice code) {
    code = text_trim(code);
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(table->rows[middle].code, code);
        if (order == 0) return &table->rows[middle];
        if (order < 0) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

const struct occupation *occupation_by_name(const struct occupation_table *table, struct slice name) {
    name = text_trim(name);
    size_t at = lower_bound(table->names, table->name_count, name);
    return at < table->name_count && text_same(table->names[at].name, name) ? table->names[at].occupation : NULL;
}
