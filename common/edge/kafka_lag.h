/* How far the consumer groups of topics.def are behind, partition by partition, without joining a group or moving anybody's position. What a group never committed counts from where the log
 * begins: Kafka's own tools leave such a partition out, and a backlog on it is seen by nobody.
 *
 *   struct kafka_lag *rows; size_t count;
 *   TRY(kafka_lag_look(brokers, arena, &rows, &count));
 *
 * A look takes some tens of milliseconds, and up to a second more where the age of something unread has to be fetched from a slow broker. Errors: AGAIN when the brokers do not answer or a topic is
 * missing. */
#ifndef PAYUNG_EDGE_KAFKA_LAG_H
#define PAYUNG_EDGE_KAFKA_LAG_H

#include "common/base/arena.h"
#include "common/base/err.h"
#include "proto/topics.h"

struct kafka_lag {
    enum topic topic;
    int32_t partition;
    int64_t committed;   /* -1: the group never committed there */
    int64_t start, end;  /* of the log */
    int64_t lag;         /* records */
    double lag_seconds;  /* age of the oldest unread record; 0 with a lag of 0, or if it could not be read in time */
};

MUST_USE struct err kafka_lag_look(const char *brokers, struct arena *arena, struct kafka_lag **ret_rows, size_t *ret_count);

#endif
