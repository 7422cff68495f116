/* A teller tells people, once each, what the events of one topic say: it renders the letter that an event owes, hands it to a channel under the event id, and only then moves
 * its own position, in the transaction that books the message. A crash in between hands the same letter over again under the same name, which the channel recognises. The
 * executables of this folder are tellers: a stage whose hooks are the functions below and a `struct telling` that says what an event of its topic owes to whom.
 *
 *   static const struct telling telling = {.name = "payung-coverage", .cause = TELL_COVERAGE, .about = about, .render = render};
 *   static struct err open(void **ret_self) { return teller_open(&telling, ret_self); }
 *   static const struct stage coverage = {..., .knobs = teller_knobs, .gather_ms = TELLER_GATHER_MS, .open = open, .prefetch = teller_prefetch, ...};
 *
 * This is one of the few places where the seal of a person is opened; what is inside must never reach a log, an error text or the database.
 * When other channels than the maildir are configured (NOTICE_CHANNELS), a teller only books the message as queued, with its event, in the same transaction; payung-sender (sender.c) does the rest.
 * A message that is overtaken when its turn comes is booked as stale, and nothing is sent.
 * A letter that can never be sent (its seal does not open, its person is forgotten, there are no words for it) is booked as failed with the reason and stops nobody else. */
#ifndef PAYUNG_NOTIFICATION_TELLER_H
#define PAYUNG_NOTIFICATION_TELLER_H

#include "common/edge/pg.h"
#include "common/stage/stage.h"
#include "services/notification/letter.h"

enum { TELLER_GATHER_MS = 250 }; /* one sync of the disk and one transaction serve many letters */

/* Why people are told; each cause has its own position and its own messages in the schema notice. */
enum tell_cause { TELL_DECISION, TELL_COVERAGE, TELL_CAUSES };

/* What one event says about the message that it owes. Slices are those of the event. */
struct tidings {
    struct id event_id;            /* the name of the letter, whether one is due or not */
    struct slice message_due;      /* template; empty = nobody is told */
    struct id application_id;
    uint32_t attempt;
    struct slice agreement_id;
    struct slice sealed_person, seal_key_id;
    int64_t at_ms;                 /* of the event: the date of the letter */
    uint32_t ktp_region;           /* PPKKCC of the person, for the time of day and the mailbox; 0: where the payer is */
    uint32_t home_region, home_village; /* PPKKCC and VVVV of the person, for letters on paper; 0: not known */
};

struct telling {
    const char *name;              /* how PostgreSQL knows the process */
    enum tell_cause cause;
    /* Both pure. `in` is the message of the topic, never NULL. */
    struct tidings (*about)(const void *in, const struct lineage *lineage, int32_t partition);
    /* May be NULL: which of the events that owe a message are overtaken by now, in one statement for all; ret_reasons[i] stays NULL where the person is to be told. is_due: per item. */
    struct err (*overtaken)(struct pg *pg, const struct stage_batch *batch, const bool *is_due, const char **ret_reasons);
    /* May be NULL: what the batch owes to others than people (services/webhook/note.h), in the transaction that moves the position. */
    struct err (*note)(struct pg *pg, const struct stage_batch *batch);
    bool (*render)(const struct letters *letters, const void *in, struct slice name, struct arena *arena, struct letter *ret_letter); /* false: no words for message_due */
};

extern const struct knob teller_knobs[];

/* The hooks of the stage. telling must outlive the teller. */
MUST_USE struct err teller_open(const struct telling *telling, void **ret_self);
MUST_USE struct err teller_prefetch(void *self, struct stage_batch *batch, void **ret_facts);
MUST_USE struct err teller_handle(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item);
MUST_USE struct err teller_store(void *self, void *facts, struct stage_batch *batch);
void teller_undo(void *self);
MUST_USE struct err teller_truth(void *self, int32_t partition, struct stage_position *ret_position);
MUST_USE struct err teller_ready(void *self);
void teller_close(void *self); /* NULL is allowed */

#endif
