/* Turns members into options: what they mean is read where the command line is read, too. It must never guess an amount: a number with a fraction is none. */
#include "services/ingestion/quote_body.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"

enum { VALUE_TEXT_MAX = 64 };

void quote_pointer(const char *option, char ret_pointer[QUOTE_POINTER_MAX]) {
    const int size = snprintf(ret_pointer, QUOTE_POINTER_MAX, "%s%s", option[0] != '\0' ? "/" : "", option);
    CHECK(size < QUOTE_POINTER_MAX); /* one of the table */
    for (int i = 0; i < size; i++)
        if (ret_pointer[i] == '-') ret_pointer[i] = '_';
}

static bool refuse(struct quote_problem *problem, const char *option, const char *message, const char *remedy) {
    *problem = (struct quote_problem){.code = "USAGE", .option = option};
    (void)snprintf(problem->message, QUOTE_PROBLEM_MAX, "%s", message); /* ours are short */
    (void)snprintf(problem->remedy, QUOTE_PROBLEM_MAX, "%s", remedy);
    return false;
}

/* The row of a member, or NULL. */
static const struct quote_option_row *row_of(const char *member) {
    for (const struct quote_option_row *row = quote_options; row->name != NULL; row++) {
        char pointer[QUOTE_POINTER_MAX];
        quote_pointer(row->name, pointer);
        if (!row->is_planning && strcmp(pointer + 1, member) == 0) return row;
    }
    return NULL;
}

static const char *keep(struct arena *arena, const char *text, size_t size) { return arena_text(arena, slice_of(text, size)); }

/* ["JKK","JKM"] as "JKK,JKM"; NULL: not a list of short texts. */
static const char *join(const json_t *list, struct arena *arena) {
    char text[VALUE_TEXT_MAX];
    size_t size = 0, i;
    json_t *item;
    json_array_foreach(list, i, item) {
        const size_t more = json_is_string(item) ? json_string_length(item) : VALUE_TEXT_MAX;
        if (size + more + 1 >= sizeof text || more == 0) return NULL;
        if (size > 0) text[size++] = ',';
        memcpy(text + size, json_string_value(item), more);
        size += more;
    }
    return size > 0 ? keep(arena, text, size) : NULL;
}

/* As the command line would have it; NULL: it can't be. */
static const char *value_text(const json_t *value, bool may_be_list, struct arena *arena) {
    char text[VALUE_TEXT_MAX];
    if (may_be_list && json_is_array(value)) return join(value, arena);
    if (json_is_integer(value)) return keep(arena, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value)));
    if (!json_is_string(value) || json_string_length(value) == 0 || json_string_length(value) >= VALUE_TEXT_MAX) return NULL;
    return keep(arena, json_string_value(value), json_string_length(value));
}

static bool read_member(struct quote_reading *reading, const char *member, const json_t *value, struct arena *arena) {
    const struct quote_option_row *row = row_of(member);
    if (row == NULL) return refuse(reading->problem, "", "a member is not known", "The description of the API lists the members: /docs.");
    if (json_is_null(value)) return true;
    if (!row->has_value && !json_is_boolean(value)) return refuse(reading->problem, row->name, "must be true or false", "true or false.");
    if (!row->has_value) return json_is_false(value) || quote_option(reading, row->name, NULL);
    const char *text = value_text(value, strcmp(row->name, "programmes") == 0, arena);
    if (text == NULL) return refuse(reading->problem, row->name, "must be a short text or a whole number", "Amounts are whole rupiah.");
    return quote_option(reading, row->name, text);
}

static bool read_members(struct quote_reading *reading, const json_t *document, struct arena *arena) {
    const char *member;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)document, member, value) { /* the macro asks for one that is not const, and changes nothing */
        if (!read_member(reading, member, value, arena)) return false;
    }
    if (!quote_complete(reading)) return false;
    if (reading->request->question.premium.months <= QUOTE_MONTHS_MAX) return true;
    return refuse(reading->problem, "months", "is more than are priced at a time", "A whole number of months from 1 to 120.");
}

bool quote_body_read(struct slice json, struct arena *arena, struct quote_request *ret_request, struct quote_problem *ret_problem, char ret_pointer[QUOTE_POINTER_MAX]) {
    struct quote_reading reading;
    quote_begin(&reading, ret_request, ret_problem);
    json_t *document = json.size > 0 ? json_loadb((const char *)json.bytes, json.size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    bool ok = json_is_object(document);
    if (!ok) (void)refuse(ret_problem, "", "the body is not a JSON object without doubled members", "Send {\"segment\": \"BPU\", \"month\": \"2026-01\", ...}.");
    else ok = read_members(&reading, document, arena);
    json_decref(document);
    quote_pointer(ret_problem->option, ret_pointer);
    return ok;
}
