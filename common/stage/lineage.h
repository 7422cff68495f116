/* The rules of the lineage as pure decisions on one partition (house.md, "Exactly once by lineage", rules 1, 2, 3, 9).
 *
 *   struct lineage_start start = lineage_start(&facts);      on assignment: where to read, what to expect, or why not
 *   switch (lineage_judge(&lineage, record, id)) ...         for each record in log order
 *   lineage_accept(&lineage, record, id);                    after WORK only
 *
 * Positions compare by (epoch, next). A position with epoch 0 has never been used: it accepts the first record of any epoch. */
#ifndef PAYUNG_STAGE_LINEAGE_H
#define PAYUNG_STAGE_LINEAGE_H

#include "common/domain/application.h"
#include "common/stage/stage.h"

enum { LINEAGE_RECENT = 1024, LINEAGE_METADATA_MAX = 64, LINEAGE_WHY_MAX = 160 };

/* What one partition has seen: where it stands and who stood at its last LINEAGE_RECENT origins. */
struct lineage_state {
    struct stage_position position;
    struct {
        uint32_t epoch; /* 0 = empty */
        int64_t origin;
        struct id application_id;
    } recent[LINEAGE_RECENT]; /* origin modulo LINEAGE_RECENT */
};

enum lineage_answer {
    LINEAGE_WORK,      /* the expected origin */
    LINEAGE_REPEAT,    /* seen before: drop, count */
    LINEAGE_OLD_EPOCH, /* of a lineage that was closed: drop, count */
    LINEAGE_GAP,       /* something was lost: stop the partition */
    LINEAGE_CUT,       /* seen before, but it was somebody else: the log itself was cut; stop the partition */
};

void lineage_reset(struct lineage_state *state, struct stage_position position);
/* A zero id (a record that could not be read) is not compared. */
enum lineage_answer lineage_judge(const struct lineage_state *state, struct lineage record, struct id application_id);
void lineage_accept(struct lineage_state *state, struct lineage record, struct id application_id); /* CHECKs that the judgement is WORK */

/* "epoch:first_origin:next", the metadata of a commit. */
void lineage_format(struct stage_position position, char ret_text[LINEAGE_METADATA_MAX]);
bool lineage_parse(struct slice text, struct stage_position *ret_position);
/* < 0, 0, > 0 by epoch, then next. */
int lineage_compare(struct stage_position a, struct stage_position b);
/* The position after this record. */
struct stage_position lineage_after(struct lineage record);

/* What is known of a partition when it is assigned. */
struct lineage_facts {
    bool first_reader;              /* consumes `submitted`: origin = offset */
    bool has_committed;             /* the group has committed an offset */
    int64_t committed;
    struct stage_position marked;   /* from that commit's metadata; epoch 0 when it has none */
    struct stage_position produced; /* after the last readable record of the output; epoch 0 when there is none */
    int64_t output_high;            /* watermark of the output; 0: nothing was ever written to it */
    bool has_truth;                 /* a sink: its own store knows, nothing else is asked */
    struct stage_position truth;
    struct stage_position fallback; /* the ledger's; epoch 0 when not asked or fresh */
    int64_t low, high;              /* watermarks of the input */
    struct stage_position arrived;  /* after the furthest readable record near the end of the input; epoch 0 when there is none */
};

struct lineage_start {
    bool stop;      /* the log ends before what was done: it was cut */
    bool skipped;   /* retention removed records that the group had not read: an alarm, then rule 3 judges the next record */
    struct stage_position position;
    int64_t offset; /* where to read the input */
    char why[LINEAGE_WHY_MAX]; /* of stop or skipped */
};

/* True when neither commit nor output tells a position although the partition was used. While nothing was written to the output and nothing removed
 * from the input, the input's start is right: the ledger's position would pass over what it booked and never handed over. */
bool lineage_needs_fallback(const struct lineage_facts *facts);
struct lineage_start lineage_start(const struct lineage_facts *facts);

#endif
