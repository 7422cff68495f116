/* The table behind topics.h. */
#include "proto/topics.h"

#include "common/base/check.h"

static const struct topic_row rows[] = {
#define TOPIC(symbol, name, type, partitions, retention_days, sentence)                                                \
    [TOPIC_##symbol] = {TOPIC_##symbol, name, name ".dlq", type, partitions, retention_days, sentence},
#include "proto/topics.def"
};

const struct topic_row *topic_row(enum topic topic) {
    CHECK(topic > TOPIC_NONE && topic < TOPIC_LIMIT);
    return &rows[topic];
}

static const char *const groups[TOPIC_LIMIT] = {
#define READER(symbol, group) [TOPIC_##symbol] = group,
#include "proto/topics.def"
};

const char *topic_group(enum topic topic) {
    CHECK(topic > TOPIC_NONE && topic < TOPIC_LIMIT);
    return groups[topic];
}
