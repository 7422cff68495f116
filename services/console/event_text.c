/* The text of an event and how far it was taken. A viewer who is gone is noticed only when he is told something, so nothing is silent for longer than a beat. */
#include "services/console/event_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/edge/clock.h"

enum { BEAT_US = 5 * 1000 * 1000 };

void event_text_give(struct event_text *event, const char *before, const char *text) {
    free(event->text);
    const int size = asprintf(&event->text, "%s%s\n\n", before, text);
    CHECK(size >= 0);
    event->size = (size_t)size;
    event->taken = 0;
    event->beat_us = clock_monotonic_us() + BEAT_US;
}

bool event_text_is_taken(const struct event_text *event) { return event->taken == event->size; }

bool event_text_is_overdue(const struct event_text *event) { return clock_monotonic_us() >= event->beat_us; }

long event_text_take(struct event_text *event, uint8_t *bytes, size_t room) {
    const size_t left = event->size - event->taken, size = left < room ? left : room;
    memcpy(bytes, event->text + event->taken, size);
    event->taken += size;
    return (long)size;
}

void event_text_free(struct event_text *event) { free(event->text); }
