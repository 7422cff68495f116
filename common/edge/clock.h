/* The clocks. Only edges and the loop look at them; what handle may know of time is the batch's moment. */
#ifndef PAYUNG_EDGE_CLOCK_H
#define PAYUNG_EDGE_CLOCK_H

#include <stdint.h>

int64_t clock_unix_ms(void);      /* wall clock, UTC; may jump */
int64_t clock_monotonic_us(void); /* for durations and waits; never jumps back */
void clock_wait_ms(int64_t wait_ms); /* returns early on a signal */

enum { CLOCK_TEXT_MAX = 32 };
/* "2025-09-15T08:00:00.000Z" (RFC 3339, UTC, ms). Pure. */
void clock_format_ms(int64_t unix_ms, char ret_text[CLOCK_TEXT_MAX]);

#endif
