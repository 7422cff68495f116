/* Dead letters: what stages could not use, as operators look at it and mend it (`payung dlq`, the console). Letters are read from Kafka itself, each time; what was decided about them
 * stands in ops.dead_letter. Nothing here produces to Kafka: a decision is one transaction of PostgreSQL that makes a next attempt due (intake sends it) or fills the outbox (the relay
 * sends it), so a crash at any point leaves each letter either open or finished, and whoever repeats the command goes on with those that are open.
 *
 *   TRY(dead_letter_groups(pg, brokers, &filter, &groups));                 by topic, reason code and kind: how many, oldest, newest, a sample
 *   TRY(dead_letter_scan(pg, brokers, &filter, visit, self));               each letter that the filter lets through, by topic and offset
 *   TRY(dead_letters_open(pg, brokers, arena, counts));                     how many nobody has decided about, by topic
 *   TRY(dead_letter_find(pg, brokers, arena, topic, offset, &letter));      one of them, whole
 *   TRY(dead_letter_act(pg, brokers, &order, &report));                     replay or discard: counts only, unless `really`
 *   TRY(dead_letter_edit(pg, brokers, &edit, &refusal));                    other bytes in place of the letter's
 *
 * What replaying means for a letter is told in dead_letter_judge.h. Memory is bounded by one page of letters. Personal data stays sealed: a letter's bytes hold it in ciphertext only,
 * unless somebody else wrote to the topic; what is shown of unreadable bytes is their hexadecimal form. Errors are those of pg.h and kafka_peek.h. */
#ifndef PAYUNG_OPERATIONS_DEAD_LETTER_H
#define PAYUNG_OPERATIONS_DEAD_LETTER_H

#include "common/edge/pg.h"
#include "services/operations/dead_letter_judge.h"

enum { DEAD_LETTER_PAGE = 100, DEAD_LETTER_GROUPS_MAX = 64, DEAD_LETTER_IDS_MAX = 10000, DEAD_LETTER_REFUSALS_MAX = 16, DEAD_LETTER_FINGERPRINT = 32, DEAD_LETTER_CODE_MAX = 16 };

enum dead_letter_state { DEAD_LETTER_OPEN, DEAD_LETTER_REPLAYED, DEAD_LETTER_DISCARDED };
const char *dead_letter_state_name(enum dead_letter_state state); /* "open", "replayed", "discarded" */

struct dead_letter {
    enum topic topic;
    int64_t offset;         /* in partition 0 of the topic's .dlq */
    int64_t at_ms;          /* when it was written */
    struct slice code;      /* "X01" */
    struct slice message;   /* the sentence of the stage */
    struct slice group, version;
    int64_t attempts;       /* batches tried with it */
    int32_t source_partition;
    int64_t source_offset, source_at_ms;
    struct slice key, value;
    int64_t size;           /* of the record; more than value.size: the letter holds only its beginning */
    struct slice *header_names, *header_values; /* all of them */
    size_t header_count;
    uint8_t fingerprint[DEAD_LETTER_FINGERPRINT];
    struct dead_letter_content content; /* of the letter itself */
    /* What PostgreSQL knows: */
    enum dead_letter_state state;
    struct slice edited;    /* size 0: nobody edited it */
    struct slice edited_by, edited_because, decided_by, because;
    int64_t edited_at_ms, decided_at_ms;
    int64_t attempt, outbox_no; /* what a replayed one became; 0 */
};

struct dead_letter_id {
    enum topic topic;
    int64_t offset;
};
struct dead_letter_filter {
    enum topic topic;                 /* TOPIC_NONE: all */
    struct slice reason;              /* a code ("X01") or a kind ("foreign"); size 0: all */
    const struct dead_letter_id *ids; /* NULL: all */
    size_t id_count;
    bool with_closed;                 /* those that were replayed or discarded, too */
};

/* A letter lives until visit returns. Several topics come in the order of topics.def. */
MUST_USE struct err dead_letter_scan(struct pg *pg, const char *brokers, const struct dead_letter_filter *filter, struct err (*visit)(void *self, const struct dead_letter *letter),
                                     void *self);

struct dead_letter_group {
    enum topic topic;
    enum dead_letter_kind kind;
    char code[DEAD_LETTER_CODE_MAX];
    int64_t count, open, replayed, discarded, edited; /* edited: of the open ones */
    int64_t oldest_ms, newest_ms;
    int64_t sample;                                   /* offset of the first one */
    char message[200];                                /* its sentence */
};
struct dead_letter_groups {
    size_t count;
    struct dead_letter_group groups[DEAD_LETTER_GROUPS_MAX];
    int64_t others; /* letters of groups that found no room */
};
void dead_letter_groups_add(struct dead_letter_groups *groups, const struct dead_letter *letter); /* groups: all zero at first; for who looks at the letters of a scan, too */
MUST_USE struct err dead_letter_groups(struct pg *pg, const char *brokers, const struct dead_letter_filter *filter, struct dead_letter_groups *ret_groups);

/* How many letters of each topic are open: cheap, for alarms. A topic that was made anew may count too few until its letters have new offsets. */
MUST_USE struct err dead_letters_open(struct pg *pg, const char *brokers, struct arena *arena, int64_t ret_counts[TOPIC_LIMIT]);

/* In the arena; *ret_letter is NULL when there is no such letter. */
MUST_USE struct err dead_letter_find(struct pg *pg, const char *brokers, struct arena *arena, enum topic topic, int64_t offset, const struct dead_letter **ret_letter);

/* ---- acting ---- */

struct dead_letter_order {
    bool replays;                 /* false: discards */
    bool really;                  /* false: only counts what would be done */
    struct dead_letter_filter filter; /* with_closed is ignored: what is finished is counted as such */
    struct slice actor, because;  /* for the audit; because is sound (dead_letter_judge.h) */
    int64_t limit;                /* 0: none. No page more is begun when so many are done; who repeats the order goes on with those that are left */
};
struct dead_letter_refused {
    const struct dead_letter_refusal *why;
    int64_t count;
    enum topic topic; /* the first one */
    int64_t offset;
};
struct dead_letter_report {
    int64_t matching;  /* letters that the filter names */
    int64_t done;      /* replayed or discarded now; would be, unless `really` */
    int64_t submitted; /* of done: as a next attempt */
    int64_t outbox;    /* of done: through the outbox */
    int64_t already;   /* had been finished before */
    int64_t left;      /* beyond the limit: nobody looked at them yet */
    int64_t refused;
    size_t refusal_count;
    struct dead_letter_refused refusals[DEAD_LETTER_REFUSALS_MAX];
};
MUST_USE struct err dead_letter_act(struct pg *pg, const char *brokers, const struct dead_letter_order *order, struct dead_letter_report *ret_report);

struct dead_letter_edit {
    enum topic topic;
    int64_t offset;
    struct slice content; /* a JSON document (dead_letter_document.h) or bytes of a message */
    struct slice actor, because;
};
/* *ret_refusal is NULL when it was accepted. The last edit counts; the letter itself stays as it is. */
MUST_USE struct err dead_letter_edit(struct pg *pg, const char *brokers, const struct dead_letter_edit *edit, const struct dead_letter_refusal **ret_refusal);

/* ---- for commands that decide anew without a letter ---- */

/* One application to be submitted again. */
struct resubmission {
    const struct application *application; /* its attempt is not read */
    int32_t partition;                     /* where its last attempt went */
    int64_t origin;                        /* who is due together is sent in this order */
    struct code_set codes;                 /* why */
    /* filled: */
    struct dead_letter_standing standing;
    const struct dead_letter_refusal *refusal; /* NULL: its next attempt is due now */
    uint32_t attempt;                          /* that one; not refused only */
};
enum { RESUBMISSION_LETTER = 5, RESUBMISSION_DECISION = 6 }; /* ledger.pending.purpose */
/* What the ledger knows of each. Within a transaction the application's rows can't be made due by anybody else meanwhile: see resubmit. */
MUST_USE struct err resubmit_look(struct pg *pg, struct arena *arena, struct resubmission *items, size_t count);
/* Makes the next attempts due, in the transaction of the caller, of those that are not refused; one that became due meanwhile is refused now. */
MUST_USE struct err resubmit(struct pg *pg, struct arena *arena, struct resubmission *items, size_t count, int purpose);

#endif
