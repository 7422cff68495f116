/* Confluent's frame around a protobuf message: 00, the number of its schema in a registry (4 bytes, big-endian), and which message of its file it is, ours the first (one byte 00). It is off by itself:
 * a bare message needs no registry to be read. SCHEMA_IDS puts it around what is produced to the topics that it names; what is read may have it or not (common/wire).
 *
 *   struct schema_frame *frame;   TRY(schema_frame_open(knob_text("SCHEMA_IDS"), &frame));     "payung.enrolment.submitted.v1:7,..."; `payung topics register` tells it
 *   value = schema_frame_put(frame, topic, value);                                             until the next call; a topic without a number: the value itself */
#ifndef PAYUNG_EDGE_SCHEMA_FRAME_H
#define PAYUNG_EDGE_SCHEMA_FRAME_H

#include "common/base/err.h"
#include "common/base/slice.h"
#include "proto/topics.h"

enum { SCHEMA_FRAME_BYTES = 6 };
#define SCHEMA_IDS_KNOB {"SCHEMA_IDS", KNOB_TEXT, "", 0, 0, "TOPIC:NUMBER,... of schemas in a registry (payung topics register): records of these topics are framed as Confluent's clients expect; empty: bare protobuf."}

struct schema_frame;
/* NULL for "": nothing is framed. FATAL when a topic is unknown or a number is none. */
MUST_USE struct err schema_frame_open(const char *ids, struct schema_frame **ret_frame);
void schema_frame_close(struct schema_frame *frame); /* NULL is allowed */
struct slice schema_frame_put(struct schema_frame *frame, enum topic topic, struct slice value); /* frame NULL: the value itself */

#endif
