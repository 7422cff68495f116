/* The topics as an enum and a table, made from topics.def. */
#ifndef PAYUNG_TOPICS_H
#define PAYUNG_TOPICS_H

enum topic {
    TOPIC_NONE = 0,
#define TOPIC(symbol, name, type, partitions, retention_days, sentence) TOPIC_##symbol,
#include "proto/topics.def"
    TOPIC_LIMIT
};

struct topic_row {
    enum topic topic;
    const char *name;
    const char *dlq;  /* name of its dead-letter topic */
    const char *type; /* protobuf message type */
    int partitions;
    int retention_days;
    const char *sentence;
};

const struct topic_row *topic_row(enum topic topic); /* CHECKs the range */
const char *topic_group(enum topic topic);           /* the consumer group that reads it; NULL: none does */

#endif
