/* Meters: every metric is one row in meters.def: METER(symbol, "payung_…_total", KIND, LABEL, "sentence"). KIND: COUNTER, GAUGE, SECONDS (histogram of
 * seconds with fixed buckets). LABEL: NONE, PARTITION (index 0..63), CODE (enum code), OUTCOME (enum outcome_status), TOPIC, or AGREEMENT (a few
 * rows named by their ids, replaced together, under a lock). All other values are lock-free
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

enum { METER_LABEL_MAX = 64, METER_NAMED_MAX = 20, METER_NAME_MAX = 64 };

struct meter_named { /* a row of a meter with the label AGREEMENT */
    char name[METER_NAME_MAX];
    int64_t value;
};

void meter_add(enum meter meter, int label, int64_t value);         /* COUNTER, GAUGE; label 0 for NONE */
void meter_set(enum meter meter, int label, int64_t value);         /* GAUGE */
int64_t meter_get(enum meter meter, int label);
void meter_observe_us(enum meter meter, int label, int64_t microseconds); /* SECONDS */
void meter_replace(enum meter meter, const struct meter_named *rows, size_t count); /* GAUGE with AGREEMENT: these and no others; at most METER_NAMED_MAX */
void meters_print(FILE *file, const char *service, const char *instance);

#endif
