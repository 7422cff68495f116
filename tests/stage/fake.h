/* A cluster in memory and logs on it, so that the real loop runs without Kafka and without chance: everything happens when the test says so.
 * Deliveries are in order per log; a log can be cut off from its loop (killed) while what it had in flight may still land later, as with a
 * real broker. Offsets are dense; a record can be lost (it leaves nothing to read) or doubled. Time moves only by waits and by fake_tick. */
#ifndef PAYUNG_TESTS_STAGE_FAKE_H
#define PAYUNG_TESTS_STAGE_FAKE_H

#include "common/stage/port.h"

enum { FAKE_PARTITIONS_MAX = 4 };

struct fake_record {
    uint8_t *key, *value;
    size_t key_size, value_size;
    struct stage_header headers[STAGE_HEADERS_MAX]; /* owned */
    size_t header_count;
    bool lost;
};
struct fake_partition {
    struct fake_record *records;
    size_t count, room;
    size_t low; /* retention */
};
struct fake_cluster {
    struct fake_partition logs[TOPIC_LIMIT][FAKE_PARTITIONS_MAX];
    struct fake_partition letters[TOPIC_LIMIT];
    struct stage_commit commits[TOPIC_LIMIT][FAKE_PARTITIONS_MAX]; /* of the one group that reads this topic */
    int64_t now_us;
};

struct fake_cluster *fake_cluster_create(void);
void fake_cluster_destroy(struct fake_cluster *cluster);
void fake_tick(struct fake_cluster *cluster, int64_t us);
void fake_append(struct fake_cluster *cluster, enum topic topic, int32_t partition, struct slice key, struct slice value);
void fake_double(struct fake_cluster *cluster, enum topic topic, int32_t partition, size_t offset);

struct fake_log_options {
    bool deliver_at_once; /* deliveries are reported as soon as the loop serves; else only by fake_deliver */
    int partitions;       /* assigned at once: 0 .. partitions - 1 */
};
struct stage_log *fake_log_open(struct fake_cluster *cluster, enum topic consumes, const struct fake_log_options *options);
void fake_log_close(struct stage_log *log); /* what is in flight is gone */
size_t fake_deliver(struct stage_log *log, size_t count); /* lets up to `count` outputs land and reports them; answers how many */
void fake_cut_off(struct stage_log *log);   /* the loop is gone: reports and commits go nowhere, outputs may still land */
void fake_revoke(struct stage_log *log, bool lost);
void fake_assign(struct stage_log *log, int partitions);
void fake_break_producer(struct stage_log *log); /* what is in flight is dropped and the producer is broken */
void fake_refuse_questions(struct stage_log *log, int count); /* the next questions for positions are AGAIN */
int64_t fake_position(const struct stage_log *log, int32_t partition); /* next offset it would give out; 0 before the first assign */
int fake_assigned_partitions(const struct stage_log *log); /* of the last assign */

#endif
