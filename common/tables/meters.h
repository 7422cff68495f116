/* Meters: every metric is one row in meters.def: METER(symbol, "payung_…_total", KIND, LABEL, "sentence"). KIND: COUNTER, GAUGE, SECONDS (histogram of
 * seconds with fixed buckets). LABEL: NONE, PARTITION (index 0..63), CODE (enum code), OUTCOME (enum outcome_status), TOPIC. Values are lock-free
 * atomics, so any thread may read or write. /metrics prints them in the Prometheus text format with labels service and instance. */
#ifndef PAYUNG_TABLES_METERS_H
#define PAYUNG_TABLES_METERS_H

#include <stdint.h>
#include <stdio.h>

enum meter {
#define METER(symbol, name, kind, label, sentence) METER_##symbol,
#include "common/tables/meters.def"
#undef METER
    METER_COUNT
};

enum { METER_LABEL_MAX = 64 };

void meter_add(enum meter meter, int label, int64_t value);         /* COUNTER, GAUGE; label 0 for NONE */
void meter_set(enum meter meter, int label, int64_t value);         /* GAUGE */
int64_t meter_get(enum meter meter, int label);
void meter_observe_us(enum meter meter, int label, int64_t microseconds); /* SECONDS */
void meters_print(FILE *file, const char *service, const char *instance);

#endif
