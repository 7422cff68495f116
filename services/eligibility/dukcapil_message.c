/* Writes the question and reads the answer. The answer comes from another office's machine: nothing in it is trusted, nothing of it is ever quoted. */
#include "services/eligibility/dukcapil_message.h"

#include <jansson.h>

#include "common/base/check.h"
#include "common/domain/region.h"
#include "common/domain/text.h"
#include "services/eligibility/extract.h"

enum { ESCAPED_MAX = 6, FIXED_BYTES = 128 };

struct writer {
    uint8_t *bytes;
    size_t size;
};

static void put(struct writer *writer, const char *text) {
    memcpy(writer->bytes + writer->size, text, strlen(text));
    writer->size += strlen(text);
}

static void put_string(struct writer *writer, struct slice text) {
    static const char digits[] = "0123456789abcdef";
    put(writer, "\"");
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.bytes[i];
        const char escaped[ESCAPED_MAX + 1] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15], '\0'};
        if (byte < ' ' || byte == '"' || byte == '\\' || byte == 0x7F) put(writer, escaped);
        else writer->bytes[writer->size++] = byte;
    }
    put(writer, "\"");
}

struct slice dukcapil_write(const struct dukcapil_question *question, struct arena *arena) {
    struct writer writer = {.bytes = arena_take(arena, FIXED_BYTES + ESCAPED_MAX * (question->nik.size + question->name.size))};
    put(&writer, "{\"nik\":");
    put_string(&writer, question->nik);
    if (question->name.size > 0 && text_is_utf8(question->name)) {
        put(&writer, ",\"name\":");
        put_string(&writer, question->name);
    }
    if (question->birth_date != 0) {
        char date[11];
        day_format(question->birth_date, date);
        put(&writer, ",\"birth_date\":");
        put_string(&writer, slice_text(date));
    }
    if (question->sex != SEX_NONE) put(&writer, question->sex == SEX_MALE ? ",\"sex\":\"L\"" : ",\"sex\":\"P\"");
    put(&writer, "}");
    return slice_of(writer.bytes, writer.size);
}

/* ---- the answer ---- */

static struct slice text_of(const json_t *value) { return slice_of(json_string_value(value), json_string_length(value)); }

static bool read_status(const json_t *value, enum dukcapil_answer *ret_answer) {
    if (!json_is_string(value)) return false;
    if (slice_is(text_of(value), "ALIVE")) *ret_answer = DUKCAPIL_ALIVE;
    else if (slice_is(text_of(value), "DECEASED")) *ret_answer = DUKCAPIL_DECEASED;
    else if (slice_is(text_of(value), "NOT_FOUND")) *ret_answer = DUKCAPIL_NOT_FOUND;
    else return false;
    return true;
}

static bool is_absent(const json_t *value) { return value == NULL || json_is_null(value); }

static bool read_region(const json_t *value, uint32_t *ret_region) {
    uint32_t village = 0;
    return is_absent(value) || (json_is_string(value) && region_parse(text_of(value), ret_region, &village) && *ret_region >= REGION_FIRST && *ret_region % 10000 != 0);
}

static bool read_match(const json_t *match, const char *name, enum code code, struct code_set *findings) {
    const json_t *value = json_object_get(match, name);
    if (is_absent(value)) return true;
    if (!json_is_boolean(value)) return false;
    if (json_is_false(value) && code != CODE_NONE) *findings = code_set_with(*findings, code);
    return true;
}

static bool read_object(const json_t *root, struct dukcapil_fact *fact) {
    if (!json_is_object(root) || !read_status(json_object_get(root, "status"), &fact->answer) || !read_region(json_object_get(root, "region"), &fact->region)) return false;
    const json_t *match = json_object_get(root, "match");
    if (is_absent(match)) return true;
    return json_is_object(match) && read_match(match, "name", CODE_NONE, &fact->findings) && read_match(match, "birth_date", CODE_W06, &fact->findings) &&
           read_match(match, "sex", CODE_W07, &fact->findings);
}

bool dukcapil_read(struct slice json, struct dukcapil_fact *ret_fact) {
    if (json.size == 0 || json.size > DUKCAPIL_ANSWER_BYTES_MAX) return false;
    json_error_t error;
    json_t *root = json_loadb((const char *)json.bytes, json.size, JSON_REJECT_DUPLICATES, &error);
    struct dukcapil_fact fact = {0};
    const bool read = root != NULL && read_object(root, &fact);
    json_decref(root);
    if (!read) return false;
    CHECK(fact.answer != DUKCAPIL_NOT_ASKED && fact.answer != DUKCAPIL_NO_ANSWER);
    *ret_fact = fact;
    return true;
}
