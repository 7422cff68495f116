/* What the files of the loop share: loop.c (the steps), acquire.c (positions: assignment, commit, release), status.c (what it says of itself).
 * Nobody else includes it. */
#ifndef PAYUNG_STAGE_LOOP_PARTS_H
#define PAYUNG_STAGE_LOOP_PARTS_H

#include "common/stage/codec.h"
#include "common/stage/lineage.h"
#include "common/stage/loop.h"
#include "common/stage/parcel.h"
#include "common/stage/watermark.h"

enum {
    LOOP_WAIT_MS = 100,             /* longest wait inside a step */
    COMMIT_EVERY_US = 100 * 1000,
    SAY_EVERY_US = 500 * 1000,
    ASK_EVERY_US = 5 * 1000 * 1000, /* the stage's dependencies, while it has nothing to do */
    STUCK_US = 10 * 1000 * 1000,    /* lag without progress for so long is not ready */
    RELEASE_US = 5 * 1000 * 1000,   /* for deliveries at a revocation */
    STOP_US = 2 * 1000 * 1000,      /* for deliveries at a stop */
    FENCED_US = 1000 * 1000,        /* before a fenced partition is tried again */
    BATCH_ARENA_MAX = 256 << 20,
    PARTITION_WHY_MAX = ERR_TEXT_MAX,
};

enum partition_state {
    PARTITION_WANTED,  /* assigned, its position is not known yet */
    PARTITION_RUNNING,
    PARTITION_STOPPED, /* by a loss: until a restart or a new assignment */
};

struct partition {
    int32_t number;
    enum partition_state state;
    uint16_t generation;           /* of the window: late deliveries of an older one are ignored */
    struct lineage_state lineage;  /* behind the last record that was taken */
    int64_t taken;                 /* input offset behind it */
    struct watermark mark;
    struct watermark_entry *entries;
    int64_t committed;             /* last offset that was given to commit */
    int64_t retry_at_us;           /* WANTED: not before */
    uint32_t attempts;
    int64_t progress_us;           /* when the mark moved last */
    char why[PARTITION_WHY_MAX];   /* of WANTED and STOPPED */
};

/* A record of the batch, in log order, until it enters the window of its partition. */
struct taken {
    struct partition *partition;
    int64_t behind;                 /* input offset behind it */
    struct stage_position position; /* after it */
    int32_t item;                   /* -1: dropped */
};

/* What the loop knows of an item beside what hooks see. */
struct extra {
    uint32_t record;
    uint8_t trace[TRACE_BYTES];
};

struct letter {
    uint32_t record;
    enum code code;
    char message[ERR_TEXT_MAX];
};

struct loop {
    const struct stage *stage;
    void *self;
    struct stage_log *log;
    struct loop_options options;
    enum step at;
    struct err end;
    bool stop_wished, paused;

    struct partition *partitions[STAGE_PARTITIONS_MAX]; /* assigned ones; NULL otherwise. Memory is kept in `spare` */
    struct partition *spare[STAGE_PARTITIONS_MAX];
    bool assigned_once;
    bool must_assign;                /* the set or the positions of running partitions changed outside of poll */
    bool release_lost;
    int64_t release_until_us;

    /* the batch */
    struct arena *record_arena;      /* as long as its records */
    struct arena *attempt_arena;     /* as long as one try; batch->arena */
    const struct stage_record *records;
    size_t record_count;
    void **messages;                 /* one a record; NULL unreadable */
    struct taken *taken;
    size_t taken_count, taken_done;
    struct stage_item *items;
    struct extra *extras;
    size_t item_count;
    size_t done, size;               /* the part in work is items[done, done + size) */
    size_t produced;                 /* items of it that were handed over */
    struct stage_span spans[STAGE_PARTITIONS_MAX];
    struct stage_batch batch;
    void *facts;
    uint32_t attempts;
    int64_t wait_until_us;
    int64_t began_us;
    bool was_full; /* the last batch: more is waiting, so nothing needs to gather */

    /* dead letters that must be delivered before the batch goes on */
    struct letter *letters;
    size_t letter_count, letters_sent;
    size_t letters_waiting;
    uint16_t letter_round;

    int64_t commit_due_us, say_due_us, ask_due_us;
    struct err waiting_for;          /* what AGAIN or trouble said last; OK when it works */
    struct err dependency;           /* what stage->ready said last */
    int64_t probe_due_us;
};

/* acquire.c */
void loop_want(struct loop *loop, struct partition *partition, int64_t delay_us, const char *why);
void loop_want_all(struct loop *loop, const char *why);
void loop_take_assignment(struct loop *loop, const int32_t *partitions, size_t count);
enum step loop_acquire(struct loop *loop);
enum step loop_release(struct loop *loop);
void loop_commit(struct loop *loop, bool wait);
size_t loop_waiting(const struct loop *loop); /* records in flight */
bool loop_acquire_due(const struct loop *loop, int64_t now_us);
void loop_reassign(struct loop *loop);
/* status.c */
void loop_alarm(struct partition *partition, const char *message, const char *why);
void loop_halt(struct loop *loop, struct partition *partition, const char *why); /* stops the partition, with an alarm */
void loop_say(struct loop *loop, int64_t now_us);

#endif
