/* The headers of what a stage writes. Pure.
 *
 * A dead letter: the original key and bytes with the original headers, and dlq.* headers that say what happened where, so that an operator can
 * look at it and send it again (`payung dlq`). A value or key too large for a record beside its headers is cut; dlq.size or dlq.key.size then
 * bears its full size; original headers that would be more than PARCEL_HEADERS_MAX bytes are left out. So every letter can be written.
 * An event: CloudEvents 1.0 binary content mode (docs/spec of the Kafka protocol binding) and W3C `traceparent`. */
#ifndef PAYUNG_STAGE_PARCEL_H
#define PAYUNG_STAGE_PARCEL_H

#include "common/base/arena.h"
#include "common/domain/application.h"
#include "common/stage/port.h"

enum { PARCEL_VALUE_MAX = 900000, PARCEL_KEY_MAX = 1024, PARCEL_HEADERS_MAX = 32 * 1024, PARCEL_OWN_HEADERS = 11, TRACE_BYTES = 16 };

struct parcel_cause {
    enum topic topic;
    const char *group;
    const char *version;   /* of the service */
    const char *code;      /* "X01" */
    const char *message;   /* one sentence without data of a person */
    uint32_t attempts;     /* batches tried with this record; 0 when it was unreadable */
};

/* `headers` are the original ones; header slices and texts of the result live in the arena. */
struct stage_output parcel_dead_letter(struct arena *arena, const struct parcel_cause *cause, const struct stage_record *record,
                                       const struct stage_header *headers, size_t header_count);

struct parcel_event {
    enum topic topic;             /* produced */
    const char *stage;
    struct id event_id;
    const char *time_text;        /* RFC 3339, UTC */
    uint8_t trace[TRACE_BYTES];
};
/* Sets topic and headers of the output; key, value, partition and tag are the caller's. */
void parcel_event(struct arena *arena, const struct parcel_event *event, struct stage_output *output);

/* The trace id of a traceparent "00-<32 hex>-<16 hex>-<2 hex>". False for anything else or all zero: then ret is untouched. */
bool parcel_trace(struct slice traceparent, uint8_t ret_trace[TRACE_BYTES]);
/* Of one that parcel_trace takes: does its flag say that the trace is recorded? */
bool parcel_is_sampled(struct slice traceparent);

#endif
