/* The port between the loop and a log of records. common/edge/kafka.c is the real one; tests/stage/fake.c is one in memory with a scheduler, so
 * the same loop code runs in production and in the simulation.
 *
 *   struct stage_event event;
 *   log->poll(log, 100, 1000, &event);      records, an assignment, a revocation, trouble, or nothing
 *   ... work on event.records ...           they live until log->release
 *   log->produce(log, &output);             copies; its fate comes later, through log->delivered(log->context, output.tag, ...)
 *   log->release(log);
 *
 * Order: an EVENT_ASSIGNED is answered by assign (later, again and again if need be: it always names all partitions to read), an
 * EVENT_REVOKED by unassign. No record of a partition is given out before assign or after unassign. Deliveries of one partition come in the order of
 * production; a delivery that failed for good means that the producer is broken: remake it and start all partitions again from the output's tail.
 *
 * Errors are AGAIN (the log is not there at the moment) or FATAL. All texts and slices that come out belong to the log. */
#ifndef PAYUNG_STAGE_PORT_H
#define PAYUNG_STAGE_PORT_H

#include "common/base/err.h"
#include "common/base/slice.h"
#include "proto/topics.h"

enum { STAGE_PARTITIONS_MAX = 64, STAGE_HEADERS_MAX = 32, STAGE_METADATA_MAX = 64 };

struct stage_header {
    const char *name;
    struct slice value;
};

struct stage_record {
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms;
    struct slice key, value;
    void *handle; /* the log's own */
};

struct stage_output {
    enum topic topic;
    bool dead_letter; /* to the topic's .dlq, partition 0 */
    int32_t partition;
    struct slice key, value;
    const struct stage_header *headers;
    size_t header_count;
    uint64_t tag; /* given back at delivery */
};

struct stage_commit {
    int32_t partition;
    int64_t offset;                    /* next to read; -1 = never committed */
    char metadata[STAGE_METADATA_MAX]; /* "" = none */
};

enum stage_event_kind {
    EVENT_NOTHING,
    EVENT_RECORDS,
    EVENT_ASSIGNED,  /* these partitions, instead of all before */
    EVENT_REVOKED,   /* all partitions; `lost`: somebody else may have them already, so nothing may be committed */
    EVENT_DISPLACED, /* the position of partitions[0] is not in the log any more: judge it again */
    EVENT_TROUBLE,   /* `trouble` says what; AGAIN goes away by itself */
};

struct stage_event {
    enum stage_event_kind kind;
    const struct stage_record *records;
    size_t record_count;
    int32_t partitions[STAGE_PARTITIONS_MAX];
    size_t partition_count;
    bool lost;
    struct err trouble;
};

struct stage_log {
    /* Set by the loop before the first call. */
    void *context;
    void (*delivered)(void *context, uint64_t tag, bool delivered);

    void (*poll)(struct stage_log *log, int wait_ms, size_t records_max, struct stage_event *ret_event); /* records_max 0: stays a member, takes nothing */
    void (*release)(struct stage_log *log);
    /* Headers of a record that poll gave; at most headers_max. Answers how many. */
    size_t (*headers)(struct stage_log *log, const struct stage_record *record, struct stage_header *ret_headers, size_t headers_max);

    struct err (*produce)(struct stage_log *log, const struct stage_output *output); /* AGAIN: the queue is full or the topic is missing */
    void (*serve)(struct stage_log *log, int wait_ms); /* hands out deliveries, waits for the first one at most wait_ms */
    void (*idle)(struct stage_log *log, int wait_ms);  /* serve, and stay a member of the group during a long wait */
    bool (*revoking)(struct stage_log *log);           /* poll has a revocation to tell: abandon what waits */
    bool (*broken)(struct stage_log *log, const char **ret_why); /* the producer failed for good */
    struct err (*remake)(struct stage_log *log);       /* a new producer; what was in flight may or may not have been written */

    struct err (*committed)(struct stage_log *log, int32_t partition, struct stage_commit *ret_commit);
    struct err (*commit)(struct stage_log *log, const struct stage_commit *commits, size_t count, bool wait);
    struct err (*watermarks)(struct stage_log *log, enum topic topic, int32_t partition, int64_t *ret_low, int64_t *ret_high);
    int64_t (*high)(struct stage_log *log, int32_t partition); /* of the input, as last seen; -1 unknown; no IO */
    /* The last `count` records of a partition, oldest first. */
    struct err (*tail)(struct stage_log *log, enum topic topic, int32_t partition, int64_t count,
                       void (*visit)(void *visitor, const struct stage_record *record), void *visitor);
    struct err (*assign)(struct stage_log *log, const int32_t *partitions, const int64_t *offsets, size_t count);
    void (*unassign)(struct stage_log *log);

    int64_t (*unix_ms)(struct stage_log *log);      /* a batch's moment */
    int64_t (*monotonic_us)(struct stage_log *log); /* for waits and durations */
};

#endif
