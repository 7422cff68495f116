/* Reads the body with jansson and copies what is used into the arena. It must never quote a value of the body: they are data of a person. */
#include "services/ingestion/enrol_body.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "common/domain/text.h"

enum { VALUE_CHARACTERS_MAX = 1024 };
static const int64_t number_max = INT64_C(9007199254740991); /* 2^53 - 1: beyond it other people's JSON loses digits */

static bool refuse(struct body_problem *problem, const char *member, const char *text) {
    problem->problem = text;
    problem->pointer[0] = '\0';
    if (member == NULL) return false;
    size_t size = 1;
    problem->pointer[0] = '/';
    for (; *member != '\0' && size + 3 < BODY_POINTER_MAX; member++) {
        if (*member == '~' || *member == '/') {
            problem->pointer[size++] = '~';
            problem->pointer[size++] = *member == '~' ? '0' : '1';
        } else {
            problem->pointer[size++] = *member >= ' ' && *member <= '~' ? *member : '?';
        }
    }
    problem->pointer[size] = '\0';
    return false;
}

bool body_whole_number(const json_t *value, int64_t *ret_number) {
    if (json_is_integer(value)) {
        *ret_number = json_integer_value(value);
        return true;
    }
    const double number = json_real_value(value); /* 0 for what is no number */
    if (!json_is_real(value) || number > (double)number_max || number < -(double)number_max || (double)(int64_t)number != number) return false;
    *ret_number = (int64_t)number;
    return true;
}

size_t body_characters(struct slice text) {
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) count += (text.bytes[i] & 0xC0) != 0x80;
    return count;
}

static bool read_value(const char *member, const json_t *value, struct arena *arena, struct slice *ret_text, struct body_problem *problem) {
    char number[32];
    int64_t whole;
    struct slice text = {0};
    if (json_is_null(value)) {
        *ret_text = text;
        return true;
    }
    if (json_is_string(value)) {
        text = slice_of(json_string_value(value), json_string_length(value));
    } else if (body_whole_number(value, &whole)) {
        if (whole > number_max || whole < -number_max) return refuse(problem, member, "is beyond 9007199254740991");
        int size = snprintf(number, sizeof number, "%" PRId64, whole);
        text = slice_of(number, (size_t)size);
    } else {
        return refuse(problem, member, "must be a string or a whole number");
    }
    if (body_characters(text) > VALUE_CHARACTERS_MAX) return refuse(problem, member, "is longer than 1024 characters");
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < ' ') return refuse(problem, member, "holds a control character");
    *ret_text = arena_copy(arena, text);
    return true;
}

/* A list may write a date as people do; here a machine writes. */
static bool is_iso_day(struct slice text) { return text.size == 10 && text.bytes[4] == '-' && text.bytes[7] == '-'; }

static bool read_member(const char *member, const json_t *value, struct arena *arena, struct enrol_body *body, struct body_problem *problem) {
    struct slice text;
    enum column column;
    if (strcmp(member, "agreement") == 0) {
        if (!json_is_string(value)) return refuse(problem, member, "must be a string");
        return read_value(member, value, arena, &body->agreement, problem);
    }
    if (strcmp(member, "registration_date") == 0) {
        if (json_is_null(value)) return true;
        text = json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value)) : slice_text("");
        if (!is_iso_day(text) || !day_parse(text, &body->registration_date)) return refuse(problem, member, "must be a date, YYYY-MM-DD");
        return true;
    }
    if (!column_by_name(slice_text(member), &column) || strcmp(column_name(column), member) != 0) return refuse(problem, member, "is not a known member");
    if (column == COLUMN_STATUS_PADAT_KARYA && json_is_boolean(value)) {
        body->row.column[column] = slice_text(json_is_true(value) ? "ya" : "tidak"); /* as a list says it */
        return true;
    }
    return read_value(member, value, arena, &body->row.column[column], problem);
}

bool enrol_body_read(struct slice json, struct arena *arena, struct enrol_body *ret_body, struct body_problem *ret_problem) {
    if (json.size == 0) return refuse(ret_problem, NULL, "the body is empty");
    json_error_t error;
    json_t *document = json_loadb((const char *)json.bytes, json.size, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) return refuse(ret_problem, NULL, "the body is not valid JSON, or has a member twice");
    struct enrol_body body = {0};
    bool good = json_is_object(document) || refuse(ret_problem, NULL, "the body must be a JSON object");
    const char *member;
    json_t *value;
    if (good) {
        json_object_foreach(document, member, value) {
            good = read_member(member, value, arena, &body, ret_problem);
            if (!good) break;
        }
    }
    json_decref(document);
    if (!good) return false;
    if (body.agreement.size == 0) return refuse(ret_problem, "agreement", "is missing");
    *ret_body = body;
    return true;
}
