/* One text for all, with a number; each viewer knows which one it has. */
#include "services/console/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "services/console/event_text.h"

enum { LOOK_US = 500 * 1000 };

struct stream {
    struct stream *next, **place;
    struct streams *streams;
    struct http_request *request;
    struct event_text event; /* being taken */
    uint64_t number; /* of the last document that it was given */
    bool sleeps;
};

struct streams {
    struct stream *first;
    int count;
    char *json; /* the last document */
    uint64_t number;
    int64_t look_us;
    bool ends;
};

struct streams *streams_open(void) {
    struct streams *streams = calloc(1, sizeof *streams);
    CHECK(streams != NULL);
    return streams;
}

void streams_close(struct streams *streams) {
    if (streams == NULL) return;
    CHECK(streams->first == NULL);
    free(streams->json);
    free(streams);
}

bool streams_are_full(const struct streams *streams) { return streams->count >= STREAMS_MAX; }

/* ---- one viewer ---- */

static bool has_news(const struct stream *stream) { return stream->streams->number > stream->number || event_text_is_overdue(&stream->event) || stream->streams->ends; }

static long read_stream(void *self, uint8_t *bytes, size_t room) {
    struct stream *stream = self;
    if (event_text_is_taken(&stream->event)) {
        if (stream->streams->ends) return 0;
        if (!has_news(stream)) {
            stream->sleeps = true;
            return HTTP_STREAM_LATER;
        }
        const bool is_new = stream->streams->number > stream->number;
        event_text_give(&stream->event, is_new ? "event: overview\ndata: " : ": ", is_new ? stream->streams->json : "keep-alive");
        stream->number = stream->streams->number;
    }
    return event_text_take(&stream->event, bytes, room);
}

static void stream_gone(void *self) {
    struct stream *stream = self;
    *stream->place = stream->next;
    if (stream->next != NULL) stream->next->place = stream->place;
    stream->streams->count--;
    event_text_free(&stream->event);
    free(stream);
}

void stream_begin(struct streams *streams, struct http_request *request) {
    struct stream *stream = calloc(1, sizeof *stream);
    CHECK(stream != NULL && !streams_are_full(streams));
    *stream = (struct stream){.next = streams->first, .place = &streams->first, .streams = streams, .request = request};
    if (stream->next != NULL) stream->next->place = &stream->next;
    streams->first = stream;
    streams->count++;
    event_text_give(&stream->event, "retry: ", "2000");
    http_answer_stream(request, 200, "text/event-stream", read_stream, stream_gone, stream);
}

/* ---- all of them ---- */

static void wake(struct streams *streams) {
    for (struct stream *stream = streams->first; stream != NULL; stream = stream->next) {
        if (!stream->sleeps || !has_news(stream)) continue;
        stream->sleeps = false;
        http_stream_resume(stream->request);
    }
}

bool streams_are_due(const struct streams *streams) { return streams->first != NULL && clock_monotonic_us() >= streams->look_us; }

/* An event is one line. PostgreSQL breaks lines between the rows of a list; within a text JSON has none. */
static char *in_one_line(struct slice json) {
    char *line = strndup((const char *)json.bytes, json.size);
    CHECK(line != NULL);
    for (char *at = line; *at != '\0'; at++)
        if (*at == '\n') *at = ' ';
    return line;
}

void streams_tell(struct streams *streams, struct slice json) {
    char *line = in_one_line(json);
    streams->look_us = clock_monotonic_us() + LOOK_US;
    if (streams->json == NULL || strcmp(streams->json, line) != 0) {
        free(streams->json);
        streams->json = line;
        streams->number++;
    } else {
        free(line);
    }
    wake(streams);
}

void streams_end(struct streams *streams) {
    streams->ends = true;
    wake(streams);
}
