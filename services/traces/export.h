/* Hands spans to one receiver (OTLP/HTTP, JSON), a page at a time. Spans are hints: at most EXPORT_SPANS_MAX wait, what comes beyond is dropped and counted (METER_SPANS_DROPPED), as is a page that the
 * receiver refuses or has not taken after some tries. It never waits for the receiver.
 *
 *   TRY(export_open(&(struct export_options){.url = url, .authorization = "", .timeout_ms = 10000}, &export));
 *   export_add(export, &span);
 *   export_turn(export, false);      each turn of the loop; true: send what there is, now
 *   export_is_empty(export)          nothing waits and nothing is under way */
#ifndef PAYUNG_TRACES_EXPORT_H
#define PAYUNG_TRACES_EXPORT_H

#include "common/base/err.h"
#include "services/traces/span.h"

struct export;

enum { EXPORT_SPANS_MAX = 8192, EXPORT_PAGE_MAX = 512, EXPORT_TRIES_MAX = 4, EXPORT_GATHER_MS = 1000 };

struct export_options {
    const char *url;           /* of the receiver's /v1/traces */
    const char *authorization; /* value of that header; "" none */
    int timeout_ms;
};

MUST_USE struct err export_open(const struct export_options *options, struct export **ret_export);
void export_close(struct export *export); /* NULL is allowed; what waits is lost */
void export_add(struct export *export, const struct span *span);
void export_turn(struct export *export, bool now);
bool export_is_empty(const struct export *export);

#endif
