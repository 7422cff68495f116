/* The insurer's list of participants beside who is enrolled under an agreement: active at both, at the insurer only, with us only, and what differs for who is at both. Persons are
 * compared by their tokens; what is told names the line of the insurer's file and our enrolment, never a NIK or a name. The file is streamed, the comparison is one statement.
 *
 * Of a person who stands in the file twice the first active line counts; of one who was enrolled twice under the agreement the cover that lives, else the last one. With us a
 * person is active when the cover is ACTIVE or GRACE. Months and programmes are compared where the file tells them and both sides are active. */
#ifndef PAYUNG_LEDGER_RECONCILE_PARTICIPANTS_H
#define PAYUNG_LEDGER_RECONCILE_PARTICIPANTS_H

#include "common/edge/crypto.h"
#include "common/edge/pg.h"
#include "services/ledger/participant_row.h"

enum participant_difference_kind {
    PARTICIPANT_INSURER_ONLY = 1, /* active there, not enrolled here */
    PARTICIPANT_OURS_ONLY,        /* registered, active or in grace here, not in the file */
    PARTICIPANT_STATUS_DIFFERS,   /* active on one side only */
    PARTICIPANT_MONTHS_DIFFER,
    PARTICIPANT_PROGRAMMES_DIFFER,
    PARTICIPANT_DOUBLED,          /* the same person on an earlier line */
    PARTICIPANT_UNREADABLE,       /* a column of the line */
    PARTICIPANT_DIFFERENCE_KINDS
};

struct participant_difference {
    enum participant_difference_kind kind;
    uint32_t line;           /* 0: not in the file */
    struct id application_id; /* zero: not enrolled here */
    struct slice ours, theirs; /* "ACTIVE 2025-10..2026-09 JKK+JKM"; of UNREADABLE: theirs is the column */
};

enum { PARTICIPANTS_SENTENCE_MAX = 160 };

struct reconcile_participants {
    const char *path;
    struct slice agreement_id;
    const struct crypto *crypto;
    void (*differs)(void *self, const struct participant_difference *difference); /* unreadable lines as they come, then the others by kind and line */
    void *self;
};

struct reconcile_participants_report {
    bool unknown_agreement;
    char refused[PARTICIPANTS_SENTENCE_MAX]; /* the file as a whole; "": it was read to its end */
    int64_t lines;                           /* with a person */
    int64_t same;                            /* active at both, nothing differs */
    int64_t inactive;                        /* active at neither side */
    int64_t differences[PARTICIPANT_DIFFERENCE_KINDS];
};

MUST_USE struct err reconcile_participants(struct pg *pg, const struct reconcile_participants *task, struct reconcile_participants_report *ret_report);

#endif
