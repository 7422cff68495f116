/* JSON of one record, and the comparison of its fields with what somebody looks for. It must never open a seal. */
#include "services/operations/record_view.h"

#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"

enum { FIELD_MAX = 128, DEPTH_MAX = 16 };

static json_t *text_json(struct slice text) {
    json_t *value = json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size);
    return value != NULL ? value : json_sprintf("(%zu bytes)", text.size);
}

json_t *record_headers_json(const struct kafka_peek_record *record) {
    json_t *headers = json_object();
    for (size_t i = 0; i < record->header_count; i++) CHECK(json_object_set_new_nocheck(headers, record->headers[i].name, text_json(record->headers[i].value)) == 0);
    return headers;
}

json_t *record_view_json(const char *topic_name, const struct kafka_peek_record *record, json_t *headers, json_t *message) {
    char time_text[CLOCK_TEXT_MAX];
    clock_format_ms(record->timestamp_ms, time_text);
    json_t *view = json_pack("{s:s,s:i,s:I,s:s,s:o,s:I,s:O,s:O*}", "topic", topic_name, "partition", (int)record->partition, "offset", (json_int_t)record->offset, "time", time_text, "key",
                             text_json(record->key), "bytes", (json_int_t)record->value.size, "headers", headers, "message", message);
    CHECK(view != NULL);
    return view;
}

/* ---- what somebody looks for ---- */

bool record_where_read(const char *text, bool value_alone, struct record_where *ret_where) {
    const char *equals = strchr(text, '=');
    if (equals == text || text[0] == '\0' || (equals == NULL && !value_alone)) return false;
    *ret_where = equals != NULL ? (struct record_where){.field = text, .value = equals + 1, .field_size = (size_t)(equals - text)} : (struct record_where){.field = "", .value = text};
    return true;
}

/* The value that a dotted path leads to; NULL: nowhere. */
static const json_t *find(const json_t *document, const char *path, size_t size) {
    char name[FIELD_MAX];
    while (size > 0 && document != NULL) {
        const char *dot = memchr(path, '.', size);
        const size_t part = dot != NULL ? (size_t)(dot - path) : size;
        if (part >= sizeof name) return NULL;
        memcpy(name, path, part);
        name[part] = '\0';
        document = json_object_get(document, name);
        path += dot != NULL ? part + 1 : part;
        size -= dot != NULL ? part + 1 : part;
    }
    return document;
}

static bool has_value(const json_t *found, const char *value) {
    char number[32];
    if (json_is_string(found)) return strcmp(json_string_value(found), value) == 0;
    if (json_is_boolean(found)) return strcmp(json_is_true(found) ? "true" : "false", value) == 0;
    if (!json_is_integer(found)) return false;
    (void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(found)); /* fits */
    return strcmp(number, value) == 0;
}

/* The depth of a message is that of its type, and bounded (record_json.h); depth guards what else may come. */
static bool has_anywhere(const json_t *document, const char *value, int depth) {
    const char *name;
    size_t i;
    json_t *member;
    if (depth > DEPTH_MAX) return false;
    if (has_value(document, value)) return true;
    if (json_is_object(document)) {
        json_object_foreach((json_t *)document, name, member) if (has_anywhere(member, value, depth + 1)) return true;
    }
    json_array_foreach(document, i, member) if (has_anywhere(member, value, depth + 1)) return true;
    return false;
}

bool record_where_holds(const struct record_where *where, const json_t *headers, const json_t *message) {
    char name[FIELD_MAX];
    if (where->field_size == 0) return has_anywhere(headers, where->value, 0) || has_anywhere(message, where->value, 0);
    (void)snprintf(name, sizeof name, "%.*s", (int)where->field_size, where->field); /* a longer one is none of ours */
    return has_value(json_object_get(headers, name), where->value) || has_value(find(message, where->field, where->field_size), where->value);
}
