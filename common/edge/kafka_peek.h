/* Looks at records of one partition after the other, or follows all of a topic, without a group and without moving anybody's position: for people who ask what stands there.
 *
 *   struct kafka_peek *peek;   TRY(kafka_peek_open(brokers, &peek));
 *   TRY(kafka_peek_ends(peek, "payung.enrolment.submitted.v1.dlq", 0, &start, &end));
 *   TRY(kafka_peek_read(peek, &(struct kafka_peek_range){.topic = ..., .partition = 0, .from = start, .to = end, .visit = visit, .self = self}));
 *
 *   TRY(kafka_peek_follow_topics(peek, topics, count));                              or: what comes to several topics from now on, asked for one by one
 *   while (kafka_peek_next(peek, 50, &topic, &record)) { ... }                       false: nothing came within so many ms
 *
 * Errors: AGAIN when the brokers do not answer, the topic is missing, or nothing came for PEEK_PATIENCE_MS. Memory: what the library fetches ahead. */
#ifndef PAYUNG_EDGE_KAFKA_PEEK_H
#define PAYUNG_EDGE_KAFKA_PEEK_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/base/slice.h"
#include "proto/topics.h"

enum { PEEK_PATIENCE_MS = 10000, PEEK_HEADERS_MAX = 64, PEEK_FOLLOW = -1, PEEK_ALL = -1, PEEK_BEGINNING = -2, PEEK_END = -1 };

struct kafka_peek;

struct kafka_peek_header {
    const char *name;
    struct slice value;
};

struct kafka_peek_record { /* lives until visit returns */
    int32_t partition;
    int64_t offset, timestamp_ms;
    struct slice key, value;
    const struct kafka_peek_header *headers;
    size_t header_count;
};

struct kafka_peek_range {
    const char *topic;
    int32_t partition; /* PEEK_ALL with partitions: those, mixed; to is PEEK_FOLLOW then */
    int partitions;
    int last; /* above 0, instead of from: so many records before the end of each partition; to is PEEK_FOLLOW then */
    int64_t from, to; /* from: an offset, PEEK_BEGINNING or PEEK_END; to: behind the last one; PEEK_FOLLOW: goes on with what comes, until visit or idle ends it */
    bool (*visit)(void *self, const struct kafka_peek_record *record); /* false: enough */
    bool (*idle)(void *self); /* NULL, or asked while nothing comes; false: enough */
    void *self;
};

MUST_USE struct err kafka_peek_open(const char *brokers, struct kafka_peek **ret_peek);
void kafka_peek_close(struct kafka_peek *peek); /* NULL is allowed */
MUST_USE struct err kafka_peek_ends(struct kafka_peek *peek, const char *topic, int32_t partition, int64_t *ret_start, int64_t *ret_end);
/* All partitions of these, from their ends. While the brokers are away nothing comes; it goes on by itself when they are back. */
MUST_USE struct err kafka_peek_follow_topics(struct kafka_peek *peek, const enum topic *topics, size_t count);
bool kafka_peek_next(struct kafka_peek *peek, int wait_ms, enum topic *ret_topic, struct kafka_peek_record *ret_record); /* the record lives until the next call */
MUST_USE struct err kafka_peek_read(struct kafka_peek *peek, const struct kafka_peek_range *range);
/* The same for an event loop, which must not wait: kafka_peek_follow begins (to is PEEK_FOLLOW), and each kafka_peek_poll visits what has come since, at most so many; how many they were. While
 * the brokers are away nothing comes; then it goes on. */
MUST_USE struct err kafka_peek_follow(struct kafka_peek *peek, const struct kafka_peek_range *range);
int kafka_peek_poll(struct kafka_peek *peek, const struct kafka_peek_range *range, int most);

#endif
