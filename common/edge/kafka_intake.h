/* Kafka as intake and the relay need it: a gapless idempotent producer that tells the offset of every record it delivered, and (intake only) a reader of all
 * partitions of one topic, from their ends, without a group (house.md, rule 10). Both are driven from one event loop: watch kafka_intake_fd, call
 * kafka_intake_turn; callbacks run inside it. The stage loop has its own port (kafka.h); the settings are the same (kafka_settings.h).
 *
 * Every record that was taken by kafka_intake_send is told once by `delivered`: with its offset, or with offset -1 when the producer broke
 * (it is made anew by itself) or was closed. A record that failed may still be in the log: sending it again is harmless. After one failure
 * no later record is delivered before all that were under way have been told, so the order of a list can be kept. An outage of the brokers
 * is waited out: nothing is told until they are back. */
#ifndef PAYUNG_EDGE_KAFKA_INTAKE_H
#define PAYUNG_EDGE_KAFKA_INTAKE_H

#include "common/base/err.h"
#include "common/stage/port.h"

struct kafka_intake;
struct schema_frame;

enum { KAFKA_INTAKE_TOPICS_MAX = 4 };

struct kafka_intake_options {
    const char *brokers;
    const char *member;                           /* "payung-ingestion": who it is for the broker */
    enum topic produces[KAFKA_INTAKE_TOPICS_MAX]; /* at least one; TOPIC_NONE ends a shorter list */
    struct schema_frame *frame;                   /* NULL: bare messages; the caller's */
    enum topic tails;                             /* TOPIC_NONE: nothing is read */
    void (*delivered)(void *self, uint64_t tag, int64_t offset);
    void (*arrived)(void *self, int32_t partition, int64_t offset, struct slice bytes); /* bytes live until it returns; NULL when nothing is read */
    void *self;
};

/* Connects, finds the topics, and the ends of the tail topic. AGAIN when the brokers do not answer or the topics are not there yet. */
MUST_USE struct err kafka_intake_open(const struct kafka_intake_options *options, struct kafka_intake **ret_kafka);
void kafka_intake_close(struct kafka_intake *kafka); /* flushes for up to 5 s; what is left is told as failed; NULL is allowed */
int kafka_intake_fd(const struct kafka_intake *kafka);
void kafka_intake_turn(struct kafka_intake *kafka, int records_max);
/* Takes copies; output->topic must be one of `produces`. AGAIN when the producer's queue is full or it is being made anew. */
MUST_USE struct err kafka_intake_send(struct kafka_intake *kafka, const struct stage_output *output);
int kafka_intake_outstanding(const struct kafka_intake *kafka); /* sent and not told yet */
bool kafka_intake_reachable(const struct kafka_intake *kafka);  /* false from "all brokers down" until one answers */

#endif
