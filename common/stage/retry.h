/* How long to wait before the same batch is tried again: capped exponential growth with jitter. Pure: the seed is given, so that a
 * simulation repeats. There is no last attempt, because an outage must never flow into the dead-letter topic. */
#ifndef PAYUNG_STAGE_RETRY_H
#define PAYUNG_STAGE_RETRY_H

#include <stdint.h>

enum { RETRY_FIRST_MS = 50, RETRY_CAP_MS = 5000 };

/* attempt counts from 0. The answer lies in [half, whole] of min(RETRY_CAP_MS, RETRY_FIRST_MS * 2^attempt) and is never 0. */
int64_t retry_delay_ms(uint32_t attempt, uint64_t seed);

#endif
