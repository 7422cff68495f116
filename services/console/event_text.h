/* One event of a stream on its way to one viewer: given whole, taken in pieces as the connection has room. Zero is one that has nothing. */
#ifndef PAYUNG_CONSOLE_EVENT_TEXT_H
#define PAYUNG_CONSOLE_EVENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_text {
    char *text; /* owned; NULL: nothing */
    size_t size, taken;
    int64_t beat_us; /* when the viewer is told that the stream lives, unless something else is given before */
};

/* In place of what was there: `before` and `text` and the end of an event. */
void event_text_give(struct event_text *event, const char *before, const char *text);
bool event_text_is_taken(const struct event_text *event);
bool event_text_is_overdue(const struct event_text *event); /* the beat */
long event_text_take(struct event_text *event, uint8_t *bytes, size_t room);
void event_text_free(struct event_text *event);

#endif
