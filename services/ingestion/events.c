/* GET /v1/batches/{id}/events: the progress of a list as it happens, as server-sent events. The id of an event is how far the list has come, so whoever comes back with Last-Event-ID hears
 * only what is new to him; a list that is at its end says so once and the stream ends (204 for who knows that already). Only this file suspends a stream. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "services/ingestion/batch.h"
#include "services/ingestion/problem.h"

enum {
    WATCHERS_MAX = 64,
    LOADS_PER_TURN = 4,
    EVERY_FIRST_US = 20 * 1000, EVERY_US = 250 * 1000, /* a short list is through in no time; a long one is looked at less and less often */
    BEAT_US = 15 * 1000 * 1000, /* a comment, so that a client or proxy that is gone is noticed */
    LIFE_US = 3600 * 1000 * 1000L, /* then the client comes back with its Last-Event-ID */
    POINT_MAX = 128, /* of an event's id */
    TEXT_MAX = 1024,
};

struct watcher {
    struct watcher *next;
    struct watchers *watchers;
    struct http_request *request;
    char batch_id[BATCH_ID_TEXT + 1], point[POINT_MAX];
    char text[TEXT_MAX]; /* not taken yet */
    size_t size, taken;
    bool ends, sleeps;
    int64_t due_us, every_us, beat_us, end_us;
};

struct watchers {
    struct watcher *first;
    int count;
};

struct watchers *watchers_open(void) {
    struct watchers *watchers = calloc(1, sizeof *watchers);
    CHECK(watchers != NULL);
    return watchers;
}

void watchers_close(struct watchers *watchers) {
    CHECK(watchers->first == NULL);
    free(watchers);
}

/* Nothing will happen to it any more without somebody doing something. */
static bool is_at_end(const struct batch *batch) {
    return batch_is_done(batch) || batch->state == BATCH_BLOCKED || batch->state == BATCH_CANCELLED || batch->state == BATCH_REVERSED;
}

static void point_of(const struct batch *batch, char ret_point[POINT_MAX]) {
    CHECK(snprintf(ret_point, POINT_MAX, "%s-%lld-%lld-%lld-%lld", batch_state_name(batch), (long long)batch->checked, (long long)batch->submitted, (long long)batch->decided,
                   (long long)batch->reversed) < POINT_MAX);
}

static void say(struct watcher *watcher, const char *text) {
    const size_t size = strlen(text);
    if (watcher->taken == watcher->size) watcher->size = watcher->taken = 0;
    if (watcher->size + size > sizeof watcher->text) return; /* a client that does not read misses a step of the progress, never the end: that is said when there is room */
    memcpy(watcher->text + watcher->size, text, size);
    watcher->size += size;
}

static void say_progress(struct watcher *watcher, const struct batch *batch, const char *point) {
    char event[TEXT_MAX];
    json_t *data = json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "batch", batch->id, "state", batch_state_name(batch), "rows", (json_int_t)batch->rows, "checked", (json_int_t)batch->checked,
                             "submitted", (json_int_t)batch->submitted, "decided", (json_int_t)batch->decided, "reversed", (json_int_t)batch->reversed);
    CHECK(data != NULL);
    char *text = json_dumps(data, JSON_COMPACT);
    CHECK(text != NULL);
    CHECK(snprintf(event, sizeof event, "id: %s\nevent: %s\ndata: %s\n\n", point, is_at_end(batch) ? "end" : "progress", text) < TEXT_MAX);
    say(watcher, event);
    free(text);
    json_decref(data);
}

static long read_stream(void *self, uint8_t *bytes, size_t size) {
    struct watcher *watcher = self;
    const size_t left = watcher->size - watcher->taken, take = left < size ? left : size;
    if (left == 0 && watcher->ends) return 0;
    watcher->sleeps = left == 0;
    if (watcher->sleeps) return HTTP_STREAM_LATER;
    memcpy(bytes, watcher->text + watcher->taken, take);
    watcher->taken += take;
    return (long)take;
}

static void end_stream(void *self) {
    struct watcher *watcher = self;
    struct watcher **place = &watcher->watchers->first;
    while (*place != watcher) place = &(*place)->next;
    *place = watcher->next;
    watcher->watchers->count--;
    free(watcher);
}

static void wake(struct watcher *watcher) {
    if (!watcher->sleeps) return;
    watcher->sleeps = false;
    http_stream_resume(watcher->request);
}

void batch_events_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct batch batch;
    char point[POINT_MAX];
    if (!batch_find(intake, request, &partner, &batch)) return;
    const struct slice last = http_header(request, "Last-Event-ID");
    point_of(&batch, point);
    if (is_at_end(&batch) && slice_is(last, point)) {
        http_answer(request, 204, "text/event-stream", slice_text(""));
        return;
    }
    if (intake->watchers->count >= WATCHERS_MAX || intake->stopping) {
        problem_answer(request, PROBLEM_UNAVAILABLE, "too many watch lists", "");
        return;
    }
    struct watcher *watcher = calloc(1, sizeof *watcher);
    CHECK(watcher != NULL);
    const int64_t now_us = clock_monotonic_us();
    *watcher = (struct watcher){.next = intake->watchers->first, .watchers = intake->watchers, .request = request, .every_us = EVERY_FIRST_US, .beat_us = now_us + BEAT_US, .end_us = now_us + LIFE_US};
    memcpy(watcher->batch_id, batch.id, sizeof batch.id);
    if (last.size < POINT_MAX) memcpy(watcher->point, last.bytes != NULL ? last.bytes : (const uint8_t *)"", last.size);
    say(watcher, "retry: 1000\n\n");
    intake->watchers->first = watcher;
    intake->watchers->count++;
    http_set_header(request, "Cache-Control", "no-store");
    http_answer_stream(request, 200, "text/event-stream", read_stream, end_stream, watcher);
}

static struct err look(struct intake *intake, struct watcher *watcher, int64_t now_us) {
    struct batch batch;
    char point[POINT_MAX];
    bool found;
    arena_reset(intake->arena);
    TRY(batch_load(intake, slice_text(watcher->batch_id), &batch, &found));
    if (!found) {
        watcher->ends = true;
        return OK;
    }
    point_of(&batch, point);
    if (strcmp(point, watcher->point) != 0 && watcher->taken == watcher->size) {
        say_progress(watcher, &batch, point);
        memcpy(watcher->point, point, sizeof point);
        watcher->ends = is_at_end(&batch);
    } else if (now_us >= watcher->beat_us) {
        say(watcher, ": \n\n");
    } else {
        return OK;
    }
    watcher->beat_us = now_us + BEAT_US;
    return OK;
}

void watchers_turn(struct intake *intake) {
    const int64_t now_us = clock_monotonic_us();
    int loads = 0;
    for (struct watcher *watcher = intake->watchers->first; watcher != NULL; watcher = watcher->next) {
        if (watcher->ends || now_us < watcher->due_us || loads == LOADS_PER_TURN || !intake_pg_allowed(intake)) continue;
        loads++;
        watcher->every_us = watcher->every_us + watcher->every_us / 8 < EVERY_US ? watcher->every_us + watcher->every_us / 8 : EVERY_US;
        watcher->due_us = now_us + watcher->every_us;
        struct err err = look(intake, watcher, now_us);
        if (failed(&err)) intake_pg_failed(intake, "the progress of a list can't be read", &err);
        if (now_us >= watcher->end_us) watcher->ends = true;
        if (watcher->taken < watcher->size || watcher->ends) wake(watcher);
    }
}

int watchers_timeout_ms(const struct intake *intake) {
    int64_t least_us = EVERY_US;
    for (const struct watcher *watcher = intake->watchers->first; watcher != NULL; watcher = watcher->next)
        if (!watcher->ends && watcher->every_us < least_us) least_us = watcher->every_us;
    return intake->watchers->first != NULL ? (int)(least_us / 1000) : -1;
}

void watchers_stop(struct intake *intake) {
    for (struct watcher *watcher = intake->watchers->first, *next; watcher != NULL; watcher = next) {
        next = watcher->next; /* waking it may end it */
        watcher->ends = true;
        wake(watcher);
    }
}
