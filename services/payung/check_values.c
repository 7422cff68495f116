/* Reads single values of a JSON document, each with the place where it stands. It must never guess at a value and never quote one. */
#include "services/payung/check_values.h"

#include <stdio.h>

#include "common/domain/region.h"
#include "common/domain/text.h"

enum { VALUE_BYTES_MAX = 1024 };

bool value_refuse(struct check_reader *reader, const char *problem) {
    memcpy(reader->problem->pointer, reader->pointer, sizeof reader->pointer);
    reader->problem->problem = problem;
    return false;
}

size_t value_enter(struct check_reader *reader, const char *member) {
    const size_t begin = strlen(reader->pointer);
    size_t size = begin;
    if (size + 1 < CHECK_POINTER_MAX) reader->pointer[size++] = '/';
    for (; *member != '\0' && size + 1 < CHECK_POINTER_MAX; member++) reader->pointer[size++] = *member > ' ' && *member <= '~' ? *member : '?';
    reader->pointer[size] = '\0';
    return begin;
}

void value_leave(struct check_reader *reader, size_t begin) { reader->pointer[begin] = '\0'; }

bool value_read_text(struct check_reader *reader, const json_t *value, struct slice *ret_text) {
    if (json_is_integer(value)) {
        char number[32];
        const int size = snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        *ret_text = arena_copy(reader->arena, slice_of(number, (size_t)size));
        return true;
    }
    if (!json_is_string(value)) return value_refuse(reader, "must be a text");
    const struct slice text = slice_of(json_string_value(value), json_string_length(value));
    if (text.size > VALUE_BYTES_MAX) return value_refuse(reader, "is longer than 1024 bytes");
    *ret_text = arena_copy(reader->arena, text);
    return true;
}

bool value_read_amount(struct check_reader *reader, const json_t *value, struct slice *ret_text) {
    if (!json_is_real(value)) return value_read_text(reader, value, ret_text);
    *ret_text = slice_text("fraction");
    return true;
}

/* true and false, also as 1 and 0. */
static bool is_flag(const json_t *value, bool *ret_flag) {
    const json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    if (!json_is_boolean(value) && number != 0 && number != 1) return false;
    *ret_flag = json_is_true(value) || number == 1;
    return true;
}

bool value_read_flag(struct check_reader *reader, const json_t *value, bool *ret_flag) { return is_flag(value, ret_flag) || value_refuse(reader, "must be true or false"); }

bool value_read_number(struct check_reader *reader, const json_t *value, int64_t least, int64_t most, int64_t *ret_number) {
    struct slice text;
    uint64_t digits = 0;
    const bool written = value_text(value, &text) && text_number(text, INT64_MAX, &digits);
    if (!json_is_integer(value) && !written) return value_refuse(reader, "must be a whole number");
    const int64_t number = written ? (int64_t)digits : (int64_t)json_integer_value(value);
    if (number < least || number > most) return value_refuse(reader, "is out of range");
    *ret_number = number;
    return true;
}

bool value_read_small(struct check_reader *reader, const json_t *value, int least, int most, int *ret_number) {
    int64_t number = 0;
    if (!value_read_number(reader, value, least, most, &number)) return false;
    *ret_number = (int)number;
    return true;
}

bool value_read_word(struct check_reader *reader, const json_t *value, const char *const words[], const char *problem, int *ret_index) {
    const struct slice text = json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value)) : (struct slice){0};
    for (int i = 0; words[i] != NULL; i++) {
        if (!text_is(text_trim(text), words[i])) continue;
        *ret_index = i;
        return true;
    }
    return value_refuse(reader, problem);
}

bool value_read_fact(struct check_reader *reader, const json_t *value, enum fact *ret_fact) {
    static const char *const words[] = {"NO_ANSWER", "YES", "NO", NULL};
    static const enum fact facts[] = {FACT_NO_ANSWER, FACT_YES, FACT_NO};
    bool flag = false;
    int index = 0;
    if (is_flag(value, &flag)) *ret_fact = flag ? FACT_YES : FACT_NO;
    else if (value_read_word(reader, value, words, "must be true, false or \"NO_ANSWER\"", &index)) *ret_fact = facts[index];
    else return false;
    return true;
}

static bool add_programmes(struct check_reader *reader, const json_t *value, programme_set *set) {
    programme_set more = 0;
    const struct slice text = json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value)) : (struct slice){0};
    if (!programme_set_parse(text, &more)) return value_refuse(reader, "must be JKK, JKM, JHT, JP, JKP, or a list of them");
    *set |= more;
    return true;
}

bool value_read_programmes(struct check_reader *reader, const json_t *value, programme_set *ret_set) {
    programme_set set = 0;
    if (!json_is_array(value)) {
        if (!add_programmes(reader, value, &set)) return false;
    } else {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!add_programmes(reader, json_array_get(value, i), &set)) return false;
    }
    *ret_set = set;
    return true;
}

bool value_text(const json_t *value, struct slice *ret_text) {
    if (!json_is_string(value)) return false;
    *ret_text = text_trim(slice_of(json_string_value(value), json_string_length(value)));
    return true;
}

bool value_read_month(struct check_reader *reader, const json_t *value, month_t *ret_month) {
    struct slice text;
    day_t day = 0;
    if (value_text(value, &text) && month_parse(text, ret_month)) return true;
    if (!value_text(value, &text) || !day_parse(text, &day)) return value_refuse(reader, "must be a month, YYYY-MM, or a day, YYYY-MM-DD");
    *ret_month = day_month(day);
    return true;
}

bool value_read_day(struct check_reader *reader, const json_t *value, bool last, day_t *ret_day) {
    struct slice text;
    month_t month = 0;
    if (value_text(value, &text) && day_parse(text, ret_day)) return true;
    if (!value_text(value, &text) || !month_parse(text, &month)) return value_refuse(reader, "must be a day, YYYY-MM-DD, or a month, YYYY-MM");
    *ret_day = last ? month_last_day(month) : month_first_day(month);
    return true;
}

bool value_read_region(struct check_reader *reader, const json_t *value, uint32_t *ret_region) {
    struct slice text;
    uint32_t village = 0;
    if (!value_read_text(reader, value, &text)) return false;
    return region_parse(text_trim(text), ret_region, &village) || value_refuse(reader, "must be a region code: 17, 17.08 or 17.08.04");
}

/* null, and what stands for it where tables become documents: a blank text. */
static bool is_nothing(const json_t *value) {
    struct slice text;
    return json_is_null(value) || (value_text(value, &text) && text.size == 0);
}

bool value_read_members(struct check_reader *reader, const json_t *object, const struct check_member members[], size_t count) {
    const char *name;
    json_t *value;
    if (!json_is_object(object)) return value_refuse(reader, "must be an object");
    json_object_foreach((json_t *)object, name, value) {
        size_t i = 0;
        while (i < count && strcmp(members[i].name, name) != 0) i++;
        const size_t begin = value_enter(reader, name);
        if (i == count) return value_refuse(reader, "is not a known member");
        if (!is_nothing(value) && !members[i].read(reader, value)) return false;
        value_leave(reader, begin);
    }
    return true;
}
