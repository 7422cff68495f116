/* Any record of a topic of topics.def as JSON, field by field as its .proto has it, for people who look. What is sealed, and tokens of persons, are told by their size only, birth dates not at all. Ids are
 * hexadecimal, other bytes too; enums by their names; fields without a value are left out; Confluent framing is passed over. */
#ifndef PAYUNG_WIRE_RECORD_JSON_H
#define PAYUNG_WIRE_RECORD_JSON_H

#include "common/base/slice.h"
#include "proto/topics.h"

/* The topic by its name, or by the name of its dead-letter topic; TOPIC_NONE. */
enum topic record_topic(const char *name);

struct json_t;
/* NULL: the bytes are no message of the topic. The document is the caller's. */
struct json_t *record_json(enum topic topic, struct slice bytes);

#endif
