/* What the two halves of the replay share: replay_read.c brings the topics into tables, replay.c does everything again. Nobody else includes it. */
#ifndef PAYUNG_LEDGER_REPLAY_PARTS_H
#define PAYUNG_LEDGER_REPLAY_PARTS_H

#include "common/stage/stage.h"
#include "services/ledger/book.h"
#include "services/ledger/replay.h"

enum { REPLAY_PARTITIONS_MAX = 64 };

struct replay {
    const struct replay_options *options;
    struct replay_report *report;
    struct pg *live;      /* in the transaction of the snapshot */
    struct pg *stage;     /* holds the temporary tables */
    struct pg *commands;  /* what commands run on */
    struct book *book;
    struct arena *arena;  /* of one transaction */
    struct stage_position ends[REPLAY_PARTITIONS_MAX]; /* of the snapshot; epoch 0: nothing */
    int64_t command_end;  /* of the archive, in the snapshot */
    int64_t said_us;
};

/* Once a second. */
void replay_say(struct replay *replay, const char *format, ...) __attribute__((format(printf, 2, 3)));
MUST_USE struct err replay_stopped(const struct replay *replay); /* FATAL when somebody wants it */

/* Takes the snapshot and fills the temporary tables of `stage`:
 *   replay_decided (partition, epoch, first_origin, origin, sequence, position, moment_ms, status, is_repeat, codes)
 *   replay_priced  (partition, epoch, origin, bytes)
 *   replay_payment (origin, source, external_id, payment_id, bytes)
 *   replay_command (sequence, bytes)
 *   replay_turn    (sequence, is_command)      each commit sequence once */
MUST_USE struct err replay_read(struct replay *replay);

#endif
