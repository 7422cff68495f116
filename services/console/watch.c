/* A ring of documents for each topic, with a number for each document; each viewer knows which one is its next. A record is decoded once, whoever watches. */
#include "services/console/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/kafka_peek.h"
#include "common/edge/log.h"
#include "services/console/event_text.h"
#include "services/operations/record_view.h"

enum { RECORDS_A_TURN = 500, LEFT_US = 5 * 1000 * 1000, TOPIC_NAME_MAX = 128, EVENT_BYTES_MAX = 256 * 1024 };

struct entry {
    json_t *view; /* as it is told; NULL: none yet */
};

struct watch {
    char topic_name[TOPIC_NAME_MAX]; /* "": free */
    enum topic topic;
    struct kafka_peek *peek;
    struct kafka_peek_range range;
    struct entry ring[WATCH_RING];
    uint64_t next; /* number of the next one */
    int viewers;
    int64_t left_us; /* when the last one left */
};

struct viewer {
    struct viewer *next, **place;
    struct watches *watches;
    struct watch *watch;
    struct http_request *request;
    char find[WATCH_FIND_MAX + 1];
    struct record_where where; /* into find */
    struct event_text event;   /* being taken */
    uint64_t number; /* of the first one that it has not seen */
    bool sleeps;
};

struct watches {
    const char *brokers;
    struct watch watches[WATCH_TOPICS_MAX];
    struct viewer *first;
    int viewers;
    bool ends;
};

struct watches *watches_open(const char *brokers) {
    struct watches *watches = calloc(1, sizeof *watches);
    CHECK(watches != NULL);
    watches->brokers = brokers;
    return watches;
}

/* ---- one topic ---- */

static bool take_record(void *self, const struct kafka_peek_record *record) {
    struct watch *watch = self;
    json_t *headers = record_headers_json(record), *message = record_json(watch->topic, record->value);
    struct entry *entry = &watch->ring[watch->next++ % WATCH_RING];
    json_decref(entry->view);
    entry->view = record_view_json(watch->topic_name, record, headers, message);
    json_decref(headers);
    json_decref(message);
    return true;
}

static void watch_stop(struct watch *watch) {
    log_info("a topic is not watched any more", LOG_TEXT("topic", watch->topic_name));
    kafka_peek_close(watch->peek);
    for (size_t i = 0; i < WATCH_RING; i++) json_decref(watch->ring[i].view);
    *watch = (struct watch){.topic_name = ""};
}

static bool watch_start(struct watch *watch, const char *brokers, const char *topic_name, enum topic topic) {
    const bool is_dead = strcmp(topic_name, topic_row(topic)->name) != 0;
    CHECK(snprintf(watch->topic_name, sizeof watch->topic_name, "%s", topic_name) < (int)sizeof watch->topic_name);
    watch->topic = topic;
    watch->range = (struct kafka_peek_range){.topic = watch->topic_name, .partition = PEEK_ALL, .partitions = is_dead ? 1 : topic_row(topic)->partitions, .last = WATCH_LAST, .to = PEEK_FOLLOW,
                                             .visit = take_record, .self = watch};
    struct err err = kafka_peek_open(brokers, &watch->peek);
    if (!failed(&err)) err = kafka_peek_follow(watch->peek, &watch->range);
    log_info("a topic is watched", LOG_TEXT("topic", topic_name));
    if (failed(&err)) watch_stop(watch);
    return !failed(&err);
}

/* The watch of the topic, or a free one, or one that nobody looks at any more; NULL: there is none. */
static struct watch *watch_find(struct watches *watches, const char *topic_name) {
    struct watch *found = NULL;
    for (size_t i = 0; i < WATCH_TOPICS_MAX; i++)
        if (strcmp(watches->watches[i].topic_name, topic_name) == 0) return &watches->watches[i];
    for (size_t i = 0; i < WATCH_TOPICS_MAX && found == NULL; i++)
        if (watches->watches[i].peek == NULL) found = &watches->watches[i];
    for (size_t i = 0; i < WATCH_TOPICS_MAX && found == NULL; i++)
        if (watches->watches[i].viewers == 0) found = &watches->watches[i];
    return found;
}

/* ---- one viewer ---- */

static bool is_wanted(const struct viewer *viewer, const json_t *view) {
    return viewer->find[0] == '\0' || record_where_holds(&viewer->where, json_object_get(view, "headers"), json_object_get(view, "message"));
}

static void give_record(struct viewer *viewer, const json_t *view) {
    char *text = json_dumps(view, JSON_COMPACT);
    CHECK(text != NULL);
    if (strlen(text) < EVENT_BYTES_MAX) event_text_give(&viewer->event, "event: record\ndata: ", text);
    else event_text_give(&viewer->event, "event: left_out\ndata: ", "1");
    free(text);
}

static bool has_news(const struct viewer *viewer) { return viewer->watch->next > viewer->number || event_text_is_overdue(&viewer->event) || viewer->watches->ends; }

/* The next thing that it has to be told; false: there is none. */
static bool give_next(struct viewer *viewer) {
    const struct watch *watch = viewer->watch;
    const uint64_t oldest = watch->next > WATCH_RING ? watch->next - WATCH_RING : 0;
    if (viewer->number < oldest) {
        char count[32];
        (void)snprintf(count, sizeof count, "%llu", (unsigned long long)(oldest - viewer->number)); /* fits */
        viewer->number = oldest;
        event_text_give(&viewer->event, "event: left_out\ndata: ", count);
        return true;
    }
    while (viewer->number < watch->next) {
        const json_t *view = watch->ring[viewer->number++ % WATCH_RING].view;
        if (!is_wanted(viewer, view)) continue;
        give_record(viewer, view);
        return true;
    }
    if (!event_text_is_overdue(&viewer->event)) return false;
    event_text_give(&viewer->event, ": ", "keep-alive");
    return true;
}

static long read_viewer(void *self, uint8_t *bytes, size_t room) {
    struct viewer *viewer = self;
    if (event_text_is_taken(&viewer->event)) {
        if (viewer->watches->ends) return 0;
        if (!give_next(viewer)) {
            viewer->sleeps = true;
            return HTTP_STREAM_LATER;
        }
    }
    return event_text_take(&viewer->event, bytes, room);
}

static void viewer_gone(void *self) {
    struct viewer *viewer = self;
    *viewer->place = viewer->next;
    if (viewer->next != NULL) viewer->next->place = viewer->place;
    viewer->watches->viewers--;
    viewer->watch->viewers--;
    viewer->watch->left_us = clock_monotonic_us();
    event_text_free(&viewer->event);
    free(viewer);
}

enum watch_answer watch_begin(struct watches *watches, struct http_request *request, struct slice topic, struct slice find) {
    char name[TOPIC_NAME_MAX] = "", text[WATCH_FIND_MAX + 1] = "";
    struct record_where where = {0};
    if (topic.size == 0 || topic.size >= sizeof name) return WATCH_NO_TOPIC;
    memcpy(name, topic.bytes, topic.size);
    if (find.size >= sizeof text) return WATCH_BAD_FIND;
    if (find.size > 0) memcpy(text, find.bytes, find.size);
    const enum topic known = record_topic(name);
    if (known == TOPIC_NONE) return WATCH_NO_TOPIC;
    if (find.size > 0 && !record_where_read(text, true, &where)) return WATCH_BAD_FIND;
    struct watch *watch = watch_find(watches, name);
    if (watch == NULL || watches->viewers >= WATCHERS_MAX) return WATCH_FULL;
    if (watch->peek != NULL && strcmp(watch->topic_name, name) != 0) watch_stop(watch);
    if (watch->peek == NULL && !watch_start(watch, watches->brokers, name, known)) return WATCH_AWAY;
    struct viewer *viewer = calloc(1, sizeof *viewer);
    CHECK(viewer != NULL);
    *viewer = (struct viewer){.next = watches->first, .place = &watches->first, .watches = watches, .watch = watch, .request = request, .number = watch->next > WATCH_RING ? watch->next - WATCH_RING : 0};
    memcpy(viewer->find, text, sizeof viewer->find);
    if (find.size > 0) CHECK(record_where_read(viewer->find, true, &viewer->where));
    if (viewer->next != NULL) viewer->next->place = &viewer->next;
    watches->first = viewer;
    watches->viewers++;
    watch->viewers++;
    event_text_give(&viewer->event, "retry: ", "2000");
    http_answer_stream(request, 200, "text/event-stream", read_viewer, viewer_gone, viewer);
    return WATCH_BEGUN;
}

/* ---- all of them ---- */

static void wake(struct watches *watches) {
    for (struct viewer *viewer = watches->first; viewer != NULL; viewer = viewer->next) {
        if (!viewer->sleeps || !has_news(viewer)) continue;
        viewer->sleeps = false;
        http_stream_resume(viewer->request);
    }
}

bool watches_are_busy(const struct watches *watches) { return watches->first != NULL; }

void watches_turn(struct watches *watches) {
    for (size_t i = 0; i < WATCH_TOPICS_MAX; i++) {
        struct watch *watch = &watches->watches[i];
        if (watch->peek == NULL) continue;
        if (watch->viewers == 0 && clock_monotonic_us() >= watch->left_us + LEFT_US) watch_stop(watch);
        else (void)kafka_peek_poll(watch->peek, &watch->range, RECORDS_A_TURN);
    }
    wake(watches);
}

void watches_end(struct watches *watches) {
    watches->ends = true;
    wake(watches);
}

void watches_close(struct watches *watches) {
    if (watches == NULL) return;
    CHECK(watches->first == NULL);
    for (size_t i = 0; i < WATCH_TOPICS_MAX; i++)
        if (watches->watches[i].peek != NULL) watch_stop(&watches->watches[i]);
    free(watches);
}
