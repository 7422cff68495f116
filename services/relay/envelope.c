/* From a row of the outbox to a record. What a message means is not asked here; only its ids and its time are read. */
#include "services/relay/envelope.h"

#include "common/domain/command.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "common/stage/codec.h"
#include "common/stage/parcel.h"
#include "common/wire/wire.h"

/* Of a payment and of a change of cover the writer derived it from the content; a command is known by its place in the archive. */
static struct id event_of(enum topic topic, const void *message, const struct lineage *lineage, int32_t partition) {
    if (topic == TOPIC_PAYMENT) return ((const struct payment_received *)message)->payment_id;
    if (topic == TOPIC_COVERAGE) return ((const struct coverage_changed *)message)->event_id;
    return crypto_event_id("relay", (struct id){{0}}, 0, lineage, partition);
}

/* A person's cover goes on with the trace of the enrolment (services/ingestion/record.c begins it); everything else begins its own. */
static struct id trace_of(enum topic topic, const void *message, struct id event_id) {
    return topic == TOPIC_COVERAGE ? crypto_event_id("trace", ((const struct coverage_changed *)message)->application_id, 1, NULL, 0) : event_id;
}

bool envelope_of(struct arena *arena, const struct outbox_row *row, struct stage_output *ret_output) {
    const struct lineage lineage = {.epoch = 1, .first_origin = 0, .origin = row->sequence >= 0 ? row->sequence : 0};
    if (row->partition < 0 || row->partition >= topic_row(row->topic)->partitions) return false;
    const struct slice value = wire_with_lineage(arena, row->payload, &lineage);
    const void *message = codec_decode(row->topic, arena, value);
    if (message == NULL) return false;
    const struct codec_view view = codec_view(row->topic, message);
    if (view.lineage.epoch != lineage.epoch || view.lineage.origin != lineage.origin) return false; /* the payload brought one of its own */
    char time_text[CLOCK_TEXT_MAX];
    clock_format_ms(view.time_ms, time_text);
    struct parcel_event event = {.topic = row->topic, .stage = "relay", .event_id = event_of(row->topic, message, &lineage, row->partition), .time_text = time_text};
    _Static_assert((int)TRACE_BYTES == (int)ID_BYTES, "an id can be a trace");
    memcpy(event.trace, trace_of(row->topic, message, event.event_id).bytes, TRACE_BYTES);
    *ret_output = (struct stage_output){.partition = row->partition, .key = row->key, .value = value};
    parcel_event(arena, &event, ret_output);
    return true;
}
