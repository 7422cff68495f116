/* How the stages stood over the last minutes, so that a page that is opened has a past to show: one sample a look (kafka_lag.h), the oldest ones fall out. */
#ifndef PAYUNG_CONSOLE_HISTORY_H
#define PAYUNG_CONSOLE_HISTORY_H

#include <jansson.h>

#include "common/edge/kafka_lag.h"

enum { HISTORY_SAMPLES = 300, HISTORY_STAGES = 4 };

struct history_sample {
    int64_t at_ms;
    int64_t submitted; /* records that were ever written to `submitted` */
    int64_t done[HISTORY_STAGES], lag[HISTORY_STAGES]; /* eligibility, premium, ledger, notification: records that were ever finished, and that wait */
};

struct history { /* all zero at the start */
    struct history_sample samples[HISTORY_SAMPLES];
    uint64_t count; /* that were ever taken */
};

void history_take(struct history *history, const struct kafka_lag *rows, size_t count, int64_t now_ms);
/* {"at": [...], "submitted": [...], "stages": [{"group", "done": [...], "lag": [...]}, ...]}, the oldest first. The document is the caller's. */
json_t *history_json(const struct history *history);

#endif
