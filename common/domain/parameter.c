/* Loads and sets the parameters of the law. A name that is not known, stands twice or is missing stops the start, because a number of the law must never be taken from nowhere;
 * a value beyond its bounds is refused with the bounds. It must never change a value half: an assignment list is taken whole or not at all. */
#include "common/domain/parameter.h"

#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { NAME, VALUE, MIN, MAX, UNIT, REASON, SOURCE, COLUMNS };
static const char *const column_names[COLUMNS] = {"name", "value", "min", "max", "unit", "reason", "source"};

static const char *const parameter_names[PARAMETER_COUNT] = {
#define PARAMETER(symbol, name) name,
#include "common/domain/parameter.def"
#undef PARAMETER
};

const char *parameter_name(enum parameter parameter) {
    CHECK((int)parameter >= 0 && parameter < PARAMETER_COUNT);
    return parameter_names[parameter];
}

/* PARAMETER_COUNT when there is no such name. */
static enum parameter find(struct slice name) {
    int found = 0;
    while (found < PARAMETER_COUNT && !slice_is(name, parameter_names[found])) found++;
    return (enum parameter)found;
}

static bool parse_numbers(const struct slice fields[], uint32_t line, struct parameter_row *row, struct load_error *ret_error) {
    int64_t *const numbers[] = {&row->value, &row->min, &row->max};
    for (int i = 0; i < 3; i++) {
        uint64_t number = 0;
        if (!text_number(fields[VALUE + i], INT32_MAX, &number)) return load_failed(ret_error, line, column_names[VALUE + i], "a whole number from 0, digits only");
        *numbers[i] = (int64_t)number;
    }
    if (row->max < row->min) return load_failed(ret_error, line, "max", "below min");
    if (row->value < row->min || row->value > row->max) return load_failed(ret_error, line, "value", "not from min to max");
    return true;
}

static bool parse_row(const struct slice fields[], uint32_t line, struct parameter_row *ret_row, struct load_error *ret_error) {
    struct parameter_row row = {.unit = fields[UNIT], .reason = fields[REASON], .source = fields[SOURCE]};
    if (!parse_numbers(fields, line, &row, ret_error)) return false;
    for (int i = UNIT; i <= SOURCE; i++)
        if (fields[i].size == 0) return load_failed(ret_error, line, column_names[i], "must be said");
    *ret_row = row;
    return true;
}

bool parameters_load(struct slice text, struct arena *arena, struct parameters *ret_parameters, struct load_error *ret_error) {
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    struct parameters parameters = {0};
    bool seen[PARAMETER_COUNT] = {false};
    if (!table_open(&table, text, '\t', column_names, COLUMNS, ret_error)) return false;
    while (table_next(&table, arena, fields, ret_error)) {
        enum parameter which = find(fields[NAME]);
        if (which == PARAMETER_COUNT) return load_failed(ret_error, table.line, "name", "there is no parameter '%.*s'", SLICE_ARGS(fields[NAME]));
        if (seen[which]) return load_failed(ret_error, table.line, "name", "'%s' already stands above", parameter_names[which]);
        if (!parse_row(fields, table.line, &parameters.rows[which], ret_error)) return false;
        seen[which] = true;
    }
    if (table.failed) return false;
    for (int i = 0; i < PARAMETER_COUNT; i++)
        if (!seen[i]) return load_failed(ret_error, 0, "name", "'%s' is missing", parameter_names[i]);
    *ret_parameters = parameters;
    return true;
}

static bool name_all(char ret_problem[PARAMETER_PROBLEM_MAX]) {
    int size = snprintf(ret_problem, PARAMETER_PROBLEM_MAX, "names are:");
    for (int i = 0; i < PARAMETER_COUNT && size < PARAMETER_PROBLEM_MAX; i++)
        size += snprintf(ret_problem + size, (size_t)(PARAMETER_PROBLEM_MAX - size), " %s", parameter_names[i]); /* a list too long is cut */
    return false;
}

static bool set_one(struct parameters *parameters, struct slice assignment, char ret_problem[PARAMETER_PROBLEM_MAX]) {
    struct slice rest = assignment, name = {0};
    uint64_t number = 0;
    (void)text_split(&rest, '=', &name); /* an assignment is not NULL: there is a part */
    enum parameter which = find(text_trim(name));
    if (which == PARAMETER_COUNT) return name_all(ret_problem);
    struct parameter_row *row = &parameters->rows[which];
    bool whole = rest.bytes != NULL && text_number(text_trim(rest), INT32_MAX, &number);
    if (!whole || (int64_t)number < row->min || (int64_t)number > row->max) {
        (void)snprintf(ret_problem, PARAMETER_PROBLEM_MAX, "%s takes a whole number from %lld to %lld", parameter_names[which], (long long)row->min, (long long)row->max);
        return false;
    }
    row->value = (int64_t)number;
    return true;
}

bool parameters_set(struct parameters *parameters, struct slice assignments, char ret_problem[PARAMETER_PROBLEM_MAX]) {
    struct parameters changed = *parameters;
    struct slice rest = assignments, assignment;
    while (rest.size > 0 && text_split(&rest, ',', &assignment))
        if (!set_one(&changed, text_trim(assignment), ret_problem)) return false;
    *parameters = changed;
    return true;
}
