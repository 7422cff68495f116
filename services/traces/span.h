/* Spans as OpenTelemetry has them, and their JSON for OTLP/HTTP. Ids follow from the application: the trace is the one that its records bear, a span is the first eight bytes of the stage's event id
 * (as in `traceparent`), its parent that of the stage before; a later attempt hangs below the outcome of the attempt before it. So a span that is sent twice is the same span. */
#ifndef PAYUNG_TRACES_SPAN_H
#define PAYUNG_TRACES_SPAN_H

#include <stddef.h>

#include "services/traces/assembly.h"

enum { SPAN_BYTES = 8 };

struct span {
    enum traced stage;
    struct id trace_id, application_id;
    uint8_t id[SPAN_BYTES], parent[SPAN_BYTES]; /* parent all zero: it is the first one */
    int64_t from_ms, to_ms;
    uint32_t attempt;
    int32_t partition;
    int64_t offset; /* of its record; -1: it has none */
    enum outcome_status outcome; /* of the ledger's; 0 */
    char agreement[TRACE_AGREEMENT_MAX];
};

const char *traced_name(enum traced stage); /* "eligibility" */
size_t spans_of(const struct trace *trace, struct span ret_spans[TRACED_STAGES]);
/* The body of POST /v1/traces, an ExportTraceServiceRequest in the JSON of OTLP (ids in hexadecimal digits). The caller frees it. */
char *spans_json(const struct span *spans, size_t count);

#endif
