/* Kafka for the stages: the port of the loop (common/stage/port.h) over librdkafka: a member of a consumer group, a gapless idempotent producer,
 * and a reader of tails. The kafka*.c files are the only ones that include <librdkafka/rdkafka.h>; intake's side is kafka_intake.h.
 *
 * Any librdkafka property passes through from the environment as KAFKA_<PROPERTY>, '_' for '.'; a value that librdkafka refuses is FATAL, an
 * unknown name is a warning. Compiles against librdkafka 2.0.2 and newer; settings that only newer ones know are left out silently.
 *
 * Producer: acks=all, idempotent, enable.gapless.guarantee, endless retries. A delivery that failed for good makes it broken; then remake it.
 * Consumer: classic protocol, static membership, range, no auto commit, auto.offset.reset=error. Closing never leaves the group, so a
 * restart within the session time-out gets the same partitions without a rebalance. */
#ifndef PAYUNG_EDGE_KAFKA_H
#define PAYUNG_EDGE_KAFKA_H

#include "common/base/err.h"
#include "common/stage/port.h"

struct schema_frame;
struct kafka_options {
    const char *brokers;
    const char *group;
    const char *member;     /* group.instance.id and client.id: one running process each */
    int linger_ms;
    struct schema_frame *frame; /* NULL: bare messages; the caller's */
    int fetch_wait_ms;      /* how long a fetch waits for data; it returns at once when data comes */
};

/* Opens without a broker; nothing is assigned until one is there. */
MUST_USE struct err kafka_log_open(const struct kafka_options *options, enum topic consumes, struct stage_log **ret_log);
/* Waits up to flush_ms for deliveries, gives up the rest, does not leave the group. NULL is allowed. */
void kafka_log_close(struct stage_log *log, int flush_ms);

const char *kafka_library_version(void);

#endif
