/* Walks a message by its descriptor (protobuf-c keeps one for each type). It must never show what is inside a seal. */
#include "common/wire/record_json.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"

#include "payung/coverage/v1/changed.pb-c.h"
#include "payung/enrolment/v1/assessed.pb-c.h"
#include "payung/enrolment/v1/decided.pb-c.h"
#include "payung/enrolment/v1/priced.pb-c.h"
#include "payung/enrolment/v1/submitted.pb-c.h"
#include "payung/ledger/v1/command.pb-c.h"
#include "payung/payment/v1/received.pb-c.h"

enum { FRAME_ID_BYTES = 5, DEPTH_MAX = 8, RECORD_BYTES_MAX = 1024 * 1024 };

static const ProtobufCMessageDescriptor *descriptor_of(enum topic topic) {
    switch (topic) {
    case TOPIC_SUBMITTED: return &payung__enrolment__v1__enrolment_submitted__descriptor;
    case TOPIC_ASSESSED: return &payung__enrolment__v1__enrolment_assessed__descriptor;
    case TOPIC_PRICED: return &payung__enrolment__v1__enrolment_priced__descriptor;
    case TOPIC_DECIDED: return &payung__enrolment__v1__enrolment_decided__descriptor;
    case TOPIC_PAYMENT: return &payung__payment__v1__payment_received__descriptor;
    case TOPIC_COVERAGE: return &payung__coverage__v1__coverage_changed__descriptor;
    case TOPIC_COMMAND: return &payung__ledger__v1__ledger_command__descriptor;
    case TOPIC_NONE:
    case TOPIC_LIMIT: break;
    }
    return NULL;
}

enum topic record_topic(const char *name) {
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++)
        if (strcmp(topic_row((enum topic)topic)->name, name) == 0 || strcmp(topic_row((enum topic)topic)->dlq, name) == 0) return (enum topic)topic;
    return TOPIC_NONE;
}

/* ---- values ---- */

/* Seals, tokens, and whole documents within a record. */
static bool is_secret(const char *field) {
    return strstr(field, "sealed") != NULL || strstr(field, "token") != NULL || strcmp(field, "record") == 0 || strcmp(field, "document") == 0 || strcmp(field, "raw") == 0;
}

static json_t *not_shown(size_t size) { return json_sprintf("(%zu bytes, not shown)", size); }

static json_t *bytes_json(const char *field, const ProtobufCBinaryData *data) {
    static const char digits[] = "0123456789abcdef";
    if (is_secret(field)) return not_shown(data->len);
    char *text = calloc(2 * data->len + 1, 1);
    CHECK(text != NULL);
    for (size_t i = 0; i < data->len; i++) {
        text[2 * i] = digits[data->data[i] >> 4];
        text[2 * i + 1] = digits[data->data[i] & 15];
    }
    json_t *value = json_string(text);
    free(text);
    return value;
}

static json_t *text_json(const char *field, const char *text) {
    json_t *value = is_secret(field) ? not_shown(strlen(text)) : json_string(text);
    return value != NULL ? value : json_string("(not UTF-8)");
}

static json_t *enum_json(const ProtobufCFieldDescriptor *field, int value) {
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(field->descriptor, value);
    return known != NULL ? json_string(known->name) : json_integer(value);
}

static json_t *message_json(const ProtobufCMessage *message, int depth);

static json_t *value_json(const ProtobufCFieldDescriptor *field, const void *at, int depth) {
    if (strcmp(field->name, "birth_date") == 0) return json_string("(not shown)");
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32: return json_integer(*(const int32_t *)at);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32: return json_integer(*(const uint32_t *)at);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64: return json_integer(*(const int64_t *)at);
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE: return json_string("(not shown)"); /* no message of ours has one */
    case PROTOBUF_C_TYPE_BOOL: return json_boolean(*(const protobuf_c_boolean *)at);
    case PROTOBUF_C_TYPE_ENUM: return enum_json(field, *(const int *)at);
    case PROTOBUF_C_TYPE_STRING: return text_json(field->name, *(char *const *)at);
    case PROTOBUF_C_TYPE_BYTES: return bytes_json(field->name, at);
    case PROTOBUF_C_TYPE_MESSAGE: return depth < DEPTH_MAX ? message_json(*(ProtobufCMessage *const *)at, depth + 1) : json_string("(deeper)");
    }
    return json_null();
}

static size_t size_of(const ProtobufCFieldDescriptor *field) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT: return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_BOOL: return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_ENUM: return sizeof(int);
    case PROTOBUF_C_TYPE_BYTES: return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE: return sizeof(void *);
    default: return sizeof(uint64_t);
    }
}

/* NULL: it is not there. */
static json_t *repeated_json(const uint8_t *base, const ProtobufCFieldDescriptor *field, int depth) {
    const size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
    const uint8_t *values = *(uint8_t *const *)(const void *)(base + field->offset);
    if (count == 0) return NULL;
    json_t *list = json_array();
    CHECK(list != NULL);
    for (size_t i = 0; i < count; i++) CHECK(json_array_append_new(list, value_json(field, values + i * size_of(field), depth)) == 0);
    return list;
}

static bool is_absent(const uint8_t *base, const ProtobufCFieldDescriptor *field) {
    const bool is_pointer = field->type == PROTOBUF_C_TYPE_MESSAGE || field->type == PROTOBUF_C_TYPE_STRING;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id) return true;
    if (is_pointer) return *(void *const *)(const void *)(base + field->offset) == NULL;
    return field->label == PROTOBUF_C_LABEL_OPTIONAL && field->quantifier_offset != 0 && (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 &&
           *(const protobuf_c_boolean *)(const void *)(base + field->quantifier_offset) == 0;
}

static json_t *message_json(const ProtobufCMessage *message, int depth) {
    const uint8_t *base = (const uint8_t *)message;
    json_t *object = json_object();
    CHECK(object != NULL);
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        json_t *value = field->label == PROTOBUF_C_LABEL_REPEATED ? repeated_json(base, field, depth) : is_absent(base, field) ? NULL : value_json(field, base + field->offset, depth);
        if (value != NULL) CHECK(json_object_set_new(object, field->name, value) == 0);
    }
    return object;
}

/* ---- the way in ---- */

/* 00, four bytes of the schema's number, and the list of indexes: ours is [0], which is one byte 00. A protobuf message can't begin with 00. */
static struct slice without_frame(struct slice bytes) {
    if (bytes.size <= FRAME_ID_BYTES + 1 || bytes.bytes[0] != 0 || bytes.bytes[FRAME_ID_BYTES] != 0) return bytes;
    return slice_of(bytes.bytes + FRAME_ID_BYTES + 1, bytes.size - FRAME_ID_BYTES - 1);
}

json_t *record_json(enum topic topic, struct slice bytes) {
    const ProtobufCMessageDescriptor *descriptor = descriptor_of(topic);
    const struct slice payload = without_frame(bytes);
    if (descriptor == NULL || payload.size == 0 || payload.size > RECORD_BYTES_MAX) return NULL;
    ProtobufCMessage *message = protobuf_c_message_unpack(descriptor, NULL, payload.size, payload.bytes);
    if (message == NULL) return NULL;
    json_t *document = message_json(message, 0);
    protobuf_c_message_free_unpacked(message, NULL);
    return document;
}
