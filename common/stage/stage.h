/* The stage: what every service but ingestion's HTTP side is. A service is a descriptor; the one loop lives in common/stage/ and owns
 * polling, decoding, lineage, batches, error classes, dead letters, production, commits, retries, signals, health and metrics.
 *
 *     POLL -> DECODE -> LINEAGE -> PREFETCH -> HANDLE -> STORE -> PRODUCE -> MARK -> RESET
 *
 * Hooks (NULL where a stage has no such step):
 *   open      connections and everything that allocates. `self` is given back to all other hooks. AGAIN: called again later, so it leaves
 *             nothing open then.
 *   prefetch  IO: what this batch needs, one round trip a store; a stage with its own truth begins its transaction here.
 *   handle    PURE: for each item, in order, sets item->out (a message struct of the produced topic, in batch->arena). An item with
 *             item->parked != CODE_NONE must get its parked output and may not be refused; its item->in is NULL when the bytes were
 *             unreadable. May return PARK (then the loop writes the dead letter, sets item->parked and runs the batch again).
 *   store     IO: own truth, one transaction per batch, including compare-and-set of the lineage of every span.
 *   undo      rolls back what prefetch or store began. Called before a batch is tried again, split, or dropped.
 *   marked    IO after the commit: hints. May fail silently.
 *   truth     sinks only: the next position of a partition in the sink's own store (rule 10); the loop starts there.
 *   fallback_next  stages with an output: the ledger's position (rule 2, last sentence), asked only when neither the group commit nor
 *             the tail of the output can be read although the partition was used. Fresh partitions answer epoch 0.
 *
 * A stage with its own truth and an output (the ledger) also gets items that it has stored before a crash but whose output was not handed
 * over: the loop starts at the output's tail. prefetch finds them (origin below the stored next, under the row lock) and handle answers
 * with the stored outcome; only the others are posted. So a second writer on the same partition can't post anything twice.
 *
 * Lineage rules: house.md, "Exactly once by lineage", 1-10. The loop guarantees to the hooks: items of one partition come in order of
 * origin without repeat and without gap, spans name exactly the origins of the batch, and a batch that was tried again has the same items
 * or a prefix of them.
 *
 * stage_main returns the exit code: 0 after SIGTERM/SIGINT, 1 FATAL, 2 usage. */
#ifndef PAYUNG_STAGE_STAGE_H
#define PAYUNG_STAGE_STAGE_H

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/domain/application.h"
#include "common/tables/knobs.h"
#include "proto/topics.h"

struct stage_position {
    uint32_t epoch;       /* 0 = never used */
    int64_t first_origin; /* of that epoch */
    int64_t next;         /* origin expected next */
};

struct stage_span { /* the origins [from, to) of one partition in this batch */
    int32_t partition;
    uint32_t epoch;
    int64_t first_origin;
    int64_t from, to;
};

struct stage_item {
    int32_t partition;
    int64_t offset;       /* in the consumed topic */
    int64_t timestamp_ms; /* of the record */
    struct slice key;
    struct slice bytes;
    struct lineage lineage;
    const void *in;       /* struct submitted / assessed / priced / decided; NULL when unreadable */
    const void *out;      /* set by handle; NULL at a sink */
    enum code parked;     /* CODE_NONE, or why the record itself is unusable (X01, X02) */
};

struct stage_batch {
    struct arena *arena;     /* reset after the batch */
    struct stage_item *items;
    size_t count;
    struct stage_span *spans;
    size_t span_count;
    int64_t moment_ms;       /* the batch's one moment: the only clock that handle may see */
};

struct stage {
    const char *name;        /* "eligibility" */
    const char *story;       /* one sentence for --help */
    enum topic consumes;
    enum topic produces;     /* TOPIC_NONE for a sink */
    const struct knob *knobs;
    int gather_ms;           /* a stage that nobody waits for begins a batch at most this often, so that batches grow; 0 = at once */
    struct err (*open)(void **ret_self);
    struct err (*prefetch)(void *self, struct stage_batch *batch, void **ret_facts);
    struct err (*handle)(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item);
    struct err (*store)(void *self, void *facts, struct stage_batch *batch);
    void (*undo)(void *self);
    void (*marked)(void *self, void *facts, struct stage_batch *batch);
    struct err (*truth)(void *self, int32_t partition, struct stage_position *ret_position);
    /* The ledger's position (rule 2, last sentence); asked only when neither commit nor output tail can be read. */
    struct err (*fallback_next)(void *self, int32_t partition, struct stage_position *ret_position);
    struct err (*ready)(void *self); /* for /readyz: are the dependencies there? May be NULL */
    void (*close)(void *self);
};

extern const struct knob stage_knobs[]; /* what every stage can be told; a row of the stage's own table with the same name wins */

int stage_main(const struct stage *stage, int argc, char **argv);

#endif
