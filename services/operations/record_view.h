/* A record as people look at it: its headers and its message as JSON (common/wire/record_json.h: what is sealed stays sealed), and whether it is what they look for. Shared by `payung tail` and the
 * console. Documents are the caller's. */
#ifndef PAYUNG_OPERATIONS_RECORD_VIEW_H
#define PAYUNG_OPERATIONS_RECORD_VIEW_H

#include <jansson.h>

#include "common/edge/kafka_peek.h"
#include "common/wire/record_json.h"

json_t *record_headers_json(const struct kafka_peek_record *record);
/* {"topic", "partition", "offset", "time", "key", "bytes", "headers", "message"}; message NULL: without. Takes neither. */
json_t *record_view_json(const char *topic_name, const struct kafka_peek_record *record, json_t *headers, json_t *message);

/* FIELD=VALUE: this value of a field of the message (application.segment=1) or of a header; a value alone: of any of them, at any depth. Texts are the caller's. */
struct record_where {
    const char *field, *value;
    size_t field_size; /* 0: any */
};
/* False: it is no FIELD=VALUE, or, if a value alone is allowed, empty. */
bool record_where_read(const char *text, bool value_alone, struct record_where *ret_where);
/* message may be NULL. */
bool record_where_holds(const struct record_where *where, const json_t *headers, const json_t *message);

#endif
