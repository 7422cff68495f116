/* Three small real stages in a row for tests: `judge` (submitted -> assessed), `price` (assessed -> priced) and `book` (priced -> decided, with
 * its own truth by compare-and-set, like the ledger). Facts change under the first two: a second answer for the same record may differ, so
 * that a twin which wins is seen. One application a record; its number in the list is its row. */
#ifndef PAYUNG_TESTS_STAGE_CHAIN_H
#define PAYUNG_TESTS_STAGE_CHAIN_H

#include "common/stage/loop.h"
#include "tests/stage/fake.h"

enum { CHAIN_RECORDS_MAX = 256, CHAIN_STAGES = 3 };

struct chain_truth { /* the book's own store: one row an origin, and next, changed together */
    int64_t next[FAKE_PARTITIONS_MAX];
    uint32_t months[FAKE_PARTITIONS_MAX][CHAIN_RECORDS_MAX]; /* what was decided */
    struct id applications[FAKE_PARTITIONS_MAX][CHAIN_RECORDS_MAX];
    bool parked[FAKE_PARTITIONS_MAX][CHAIN_RECORDS_MAX];
};

enum hook { HOOK_PREFETCH, HOOK_HANDLE, HOOK_STORE };

/* What a test wants to go wrong in an instance. */
struct chain_fault {
    enum fate fate;     /* FATE_OK: nothing */
    enum hook hook;
    uint32_t row;       /* of the record that is refused; 0: any */
    int times;          /* how often; -1: for ever, until the record is parked */
};

struct chain_instance {
    int stage;              /* 0, 1, 2 */
    struct chain_truth *truth;
    struct chain_fault fault;
    uint64_t *random;       /* shared, so that facts change */
    int64_t expected[FAKE_PARTITIONS_MAX]; /* of the truth, as prefetch saw it */
    int undone, opened;     /* transactions */
    struct stage_log *log;
    struct loop *loop;
};

extern const struct stage chain_stages[CHAIN_STAGES];
extern const enum topic chain_topics[CHAIN_STAGES + 1];

uint64_t chain_random(uint64_t *state);
void chain_submit(struct fake_cluster *cluster, int32_t partition, uint32_t epoch, int64_t first_origin, uint32_t row);
struct chain_instance *chain_start(struct fake_cluster *cluster, int stage, struct chain_truth *truth, uint64_t *random,
                                   const struct fake_log_options *log, size_t batch_max, size_t in_flight_max);
void chain_end(struct chain_instance *instance);

/* What a reader by rule 3 sees on a topic: origins 0 .. answer-1 without a gap, with the months of each first occurrence and, when parked, that.
 * -1 when it meets a gap. */
struct chain_seen {
    uint32_t months[CHAIN_RECORDS_MAX];
    struct id applications[CHAIN_RECORDS_MAX];
    bool parked[CHAIN_RECORDS_MAX];
    int repeats, foreign;
};
int chain_read(const struct fake_cluster *cluster, enum topic topic, int32_t partition, struct chain_seen *ret_seen);

#endif
