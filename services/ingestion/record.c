/* An application as a record of `submitted`: protobuf value, agreement as key, CloudEvents headers in binary mode and a W3C traceparent. All ids are derived from
 * the application, never random, so a repeated submission bears the same ones. Nothing in key or headers tells who the person is. */
#include <stdio.h>

#include "common/edge/clock.h"
#include "common/wire/wire.h"
#include "services/ingestion/intake.h"

struct slice record_encode(struct intake *intake, const struct application *application, int32_t partition) {
    CHECK(partition >= 0 && partition < PARTITIONS_MAX && application->attempt >= 1);
    const struct intake_epoch epoch = intake->epochs[partition];
    const struct submitted submitted = {
        .lineage = {.epoch = epoch.epoch, .first_origin = epoch.first_origin},
        .application = *application,
    };
    return wire_encode_submitted(intake->arena, &submitted);
}

static void traceparent_format(struct id application_id, struct id event_id, char ret_text[64]) {
    char trace[2 * ID_BYTES + 1], span[2 * ID_BYTES + 1];
    id_format(crypto_trace_id(application_id), trace);
    id_format(event_id, span);
    CHECK(snprintf(ret_text, 64, "00-%s-%.16s-01", trace, span) == 55);
}

struct err record_send(struct intake *intake, struct slice bytes, struct id application_id, uint32_t attempt, struct slice agreement_id,
                       int64_t submitted_at_ms, int32_t partition, uint64_t tag) {
    struct id event_id = crypto_event_id("ingestion", application_id, attempt, NULL, partition);
    char id[2 * ID_BYTES + 1], time[CLOCK_TEXT_MAX], traceparent[64];
    id_format(event_id, id);
    clock_format_ms(submitted_at_ms, time);
    traceparent_format(application_id, event_id, traceparent);
    const struct stage_header headers[] = {
        {"ce_specversion", slice_text("1.0")},
        {"ce_id", slice_text(id)},
        {"ce_source", slice_text("/payung/ingestion")},
        {"ce_type", slice_text(topic_row(TOPIC_SUBMITTED)->type)},
        {"ce_time", slice_text(time)},
        {"content-type", slice_text("application/protobuf")},
        {"traceparent", slice_text(traceparent)},
    };
    const struct stage_output output = {
        .topic = TOPIC_SUBMITTED,
        .partition = partition,
        .key = agreement_id,
        .value = bytes,
        .headers = headers,
        .header_count = sizeof headers / sizeof *headers,
        .tag = tag,
    };
    return kafka_intake_send(intake->kafka, &output);
}
