/* The outbox as the relay works on it (ledger.outbox, house.md rule 11): rows that a transaction of the ledger promised to a topic get a dense sequence per topic and
 * partition, leave in that order, and are marked when the broker has them.
 *
 *   outbox_lead       one relay works, the others wait: a lock that lives as long as the session
 *   outbox_unsent     rows that are numbered and not marked: what a crash left behind; to be sent again, with the same sequence, before anything else
 *   outbox_fresh      rows without a number, in order of outbox_no
 *   outbox_number     gives them their numbers, in one transaction under the lock of ledger.outbox_counter, so two relays that both believe they lead can't number twice
 *   outbox_mark       the broker has them
 *   outbox_forget     deletes changes of cover that were handed over long ago; commands and payments stay: a replay can be checked against them
 *
 * Errors are those of pg.h. After any of them the session may be another one: ask outbox_lead and outbox_unsent again. Rows live in the arena. */
#ifndef PAYUNG_RELAY_OUTBOX_H
#define PAYUNG_RELAY_OUTBOX_H

#include "common/base/arena.h"
#include "common/edge/pg.h"
#include "proto/topics.h"

enum { OUTBOX_PAGE_MAX = 500, OUTBOX_TOPICS = TOPIC_LIMIT };

struct outbox_row {
    int64_t outbox_no;
    enum topic topic;
    int32_t partition;
    struct slice key, payload;
    int64_t sequence; /* -1: not numbered yet */
};

struct outbox_state { /* of one topic */
    int64_t open;     /* not handed over yet; counted up to OUTBOX_COUNT_MAX */
    int64_t age_s;    /* of the oldest of them */
};
enum { OUTBOX_COUNT_MAX = 100000, OUTBOX_FORGET_MAX = 10000 };

MUST_USE struct err outbox_lead(struct pg *pg, struct arena *arena, bool *ret_leads);
/* held[topic]: rows of this topic are left where they are. Both give at most `most` (OUTBOX_PAGE_MAX) rows. */
MUST_USE struct err outbox_unsent(struct pg *pg, struct arena *arena, const bool held[OUTBOX_TOPICS], size_t most, struct outbox_row **ret_rows, size_t *ret_count);
MUST_USE struct err outbox_fresh(struct pg *pg, struct arena *arena, const bool held[OUTBOX_TOPICS], size_t most, struct outbox_row **ret_rows, size_t *ret_count);
/* Fills the sequences of rows as outbox_fresh gave them. AGAIN when another relay has numbered some of them. */
MUST_USE struct err outbox_number(struct pg *pg, struct arena *arena, struct outbox_row *rows, size_t count);
MUST_USE struct err outbox_mark(struct pg *pg, struct arena *arena, const int64_t *numbers, size_t count);
MUST_USE struct err outbox_forget(struct pg *pg, struct arena *arena, int32_t kept_days, int64_t *ret_deleted);
MUST_USE struct err outbox_look(struct pg *pg, struct arena *arena, struct outbox_state ret_states[OUTBOX_TOPICS]);

#endif
