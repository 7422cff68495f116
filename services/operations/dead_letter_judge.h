/* What a dead letter is, and what replaying it means. Pure.
 *
 *   judged = dead_letter_judge(arena, topic, code, value, &application)     what its bytes are
 *   refusal = dead_letter_way(&question, &way)                             NULL: it goes this way
 *
 * Ways. An enrolment of any stage is submitted again as the next attempt of the same application (house.md, rule 7): it gets its row of ledger.pending, which intake sends and an outcome
 * removes. A payment or a change of cover goes through ledger.outbox, where the relay gives it a new place in its topic; the ledger knows a payment by source and number, and a reader a
 * change of cover by its event id, so nothing is done twice. A decision and a command of the archive are never sent again: they stand in the ledger, and a second one would have no place.
 *
 * A foreign record (bytes that nobody can read, or a message that bears no lineage, so that no service of this installation has written it) is sent again only after somebody has edited it:
 * then that person answers for it. */
#ifndef PAYUNG_OPERATIONS_DEAD_LETTER_JUDGE_H
#define PAYUNG_OPERATIONS_DEAD_LETTER_JUDGE_H

#include "common/base/arena.h"
#include "common/domain/application.h"
#include "proto/topics.h"

enum dead_letter_kind {
    DEAD_LETTER_UNREADABLE, /* no message of its topic */
    DEAD_LETTER_FOREIGN,    /* a message without a lineage */
    DEAD_LETTER_REFUSED,    /* a message of ours that a stage could not use, or a store refused */
};
const char *dead_letter_kind_name(enum dead_letter_kind kind); /* "unreadable", "foreign", "refused" */

struct dead_letter_content {
    enum dead_letter_kind kind;
    const void *message;                   /* as codec_decode gives it; NULL: unreadable */
    const struct application *application; /* within the message; NULL in topics beside the enrolment path, and in `decided` */
    struct lineage lineage;                /* epoch 0: none */
};
/* `is_cut`: the letter holds only the beginning of the record. */
void dead_letter_judge(struct arena *arena, enum topic topic, struct slice value, bool is_cut, struct dead_letter_content *ret_content);

/* The same for bytes that somebody gives in place of a letter's: a lineage is not asked for. False: they are no message of this topic. */
bool dead_letter_read(struct arena *arena, enum topic topic, struct slice bytes, struct dead_letter_content *ret_content);

enum dead_letter_way { DEAD_LETTER_NO_WAY, DEAD_LETTER_SUBMIT, DEAD_LETTER_OUTBOX };

/* Words of a refusal: stable code, sentence, what to do. */
struct dead_letter_refusal {
    const char *code, *text, *remedy;
};

/* What PostgreSQL knows of the application of a letter. */
struct dead_letter_standing {
    enum outcome_status status; /* of its last attempt; OUTCOME_NONE: none was decided */
    uint32_t attempt;           /* of that one; 0 */
    bool is_due;                /* a next attempt is due already */
    bool has_left;              /* ledger.departed: the person died or left */
};
/* NULL: an application that stands so may be decided anew. Also for `payung reprocess`. */
const struct dead_letter_refusal *dead_letter_may_decide(const struct dead_letter_standing *standing);

/* Where it goes, or why not (then NO_WAY). content is that of the edit when there is one. standing only of enrolments. */
const struct dead_letter_refusal *dead_letter_way(enum topic topic, const struct dead_letter_content *content, bool is_edited, const struct dead_letter_standing *standing,
                                                  enum dead_letter_way *ret_way);

bool dead_letter_is_enrolment(enum topic topic); /* submitted, assessed, priced: an application is inside */

/* "submitted:17" and back. */
enum { DEAD_LETTER_NAME_MAX = 40 };
void dead_letter_name(enum topic topic, int64_t offset, char ret_name[DEAD_LETTER_NAME_MAX]);
bool dead_letter_name_read(struct slice text, enum topic *ret_topic, int64_t *ret_offset);
const char *dead_letter_topic_word(enum topic topic); /* "submitted" */
bool dead_letter_topic_read(struct slice text, enum topic *ret_topic); /* that word, or the name of the topic or of its .dlq */

/* A reason that an operator writes stands in the audit for ever: 1 to 200 bytes of text without a run of digits as long as a phone number or a NIK. */
enum { DEAD_LETTER_BECAUSE_MAX = 200 };
bool dead_letter_because_is_sound(struct slice because);

#endif
