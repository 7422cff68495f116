/* Making and looking at topics, for the command-line tool. */
#ifndef PAYUNG_EDGE_KAFKA_ADMIN_H
#define PAYUNG_EDGE_KAFKA_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"

struct kafka_admin;

struct kafka_topic {
    const char *name;
    int partitions;
    int retention_days;
};

enum kafka_topic_state { KAFKA_TOPIC_MISSING, KAFKA_TOPIC_THERE, KAFKA_TOPIC_DIFFERS };

MUST_USE struct err kafka_admin_open(const char *brokers, struct kafka_admin **ret_admin);
void kafka_admin_close(struct kafka_admin *admin); /* NULL is allowed */
/* How each topic stands: missing, there, or with another number of partitions; ret_partitions is what was found (0: missing). */
MUST_USE struct err kafka_topics_look(struct kafka_admin *admin, const struct kafka_topic *topics, int count, enum kafka_topic_state *ret_states, int *ret_partitions);
/* Makes them, with delete-after-retention and CreateTime; one that is there by now is no error. Returns when their partitions have leaders. */
MUST_USE struct err kafka_topics_make(struct kafka_admin *admin, const struct kafka_topic *topics, int count);

/* The settings that keep records as long as the ledger needs them, of topics that are there. */
struct kafka_topic_settings {
    int64_t retention_ms; /* -1: for ever */
    bool deletes;         /* cleanup.policy is delete alone: never compacted */
};
MUST_USE struct err kafka_topics_settings(struct kafka_admin *admin, const struct kafka_topic *topics, int count, struct kafka_topic_settings *ret_settings);

#endif
