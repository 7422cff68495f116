/* A table of eight places a bucket. It must never grow, and never keep one that nobody hears of. */
#include "services/traces/assembly.h"

#include <string.h>

#include "common/base/check.h"

struct trace *assembly_place(struct assembly *assembly, struct id application_id, uint32_t attempt, int64_t now_us, struct trace *ret_gone) {
    uint32_t hash;
    memcpy(&hash, application_id.bytes, sizeof hash); /* ids are hashes or random */
    struct trace *const bucket = &assembly->traces[(hash ^ attempt) % (ASSEMBLY_TRACES / ASSEMBLY_WAYS) * ASSEMBLY_WAYS], *place = NULL;
    ret_gone->is_used = false;
    for (int i = 0; i < ASSEMBLY_WAYS; i++) {
        struct trace *trace = &bucket[i];
        if (trace->is_used && trace->attempt == attempt && memcmp(trace->application_id.bytes, application_id.bytes, ID_BYTES) == 0) return trace;
        if (place == NULL || (place->is_used && (!trace->is_used || trace->news_us < place->news_us))) place = trace;
    }
    CHECK(place != NULL);
    *ret_gone = *place;
    *place = (struct trace){.is_used = true, .application_id = application_id, .attempt = attempt, .news_us = now_us};
    return place;
}

bool trace_is_complete(const struct trace *trace) {
    for (int stage = TRACED_INGESTION; stage <= TRACED_LEDGER; stage++)
        if (trace->at_ms[stage] == 0) return false;
    return !trace->owes_message || trace->at_ms[TRACED_NOTIFICATION] != 0;
}

struct trace *assembly_overdue(struct assembly *assembly, int64_t since_us) {
    for (int i = 0; i < ASSEMBLY_SWEEP; i++) {
        struct trace *trace = &assembly->traces[assembly->swept++ % ASSEMBLY_TRACES];
        if (trace->is_used && trace->news_us <= since_us) return trace;
    }
    return NULL;
}

bool trace_span(const struct trace *trace, enum traced stage, int64_t *ret_from_ms, int64_t *ret_to_ms) {
    const int64_t to_ms = trace->at_ms[stage], before_ms = stage == TRACED_INGESTION ? trace->received_ms : trace->at_ms[stage - 1];
    if (to_ms == 0) return false;
    *ret_to_ms = to_ms;
    *ret_from_ms = before_ms > 0 && before_ms < to_ms ? before_ms : to_ms;
    return true;
}
