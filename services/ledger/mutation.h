/* A mutation (domain.md 4.8): one person leaves, because of an event on a day. Whoever is enrolled keeps the cover of the month of the event (or, when the enrolment was wrong from the
 * beginning, only what is paid; or, when cover needs a payment and there was none, only what is invoiced); all behind it is given back (release.h), so the budget has room for the next in
 * the waiting list. Whoever waits, with or without a reservation, leaves the list. Nobody is written to. All agreements that hold this application are moved by one command: last year's and
 * its renewal.
 *
 * ledger.departed keeps who left: whatever attempt of the application is on its way already, by promotion, renewal or a missing answer, is refused by the posting path, and nobody asks again.
 * So a mutation also counts for who only waits for an answer from outside, and for whose cover ended with the period or lapsed; it then has no parts.
 *
 *   TRY(command_mutation(pg, arena, &moment, application_id, MUTATION_DEATH, day, &result));
 *   if (result.answer != MUTATION_DONE) ... nothing was changed
 *
 * A refusal is an answer, not an error. Promotion follows as a command of its own (promotion.h). */
#ifndef PAYUNG_LEDGER_MUTATION_H
#define PAYUNG_LEDGER_MUTATION_H

#include "common/domain/parameter.h"
#include "services/ledger/money.h"

enum mutation_reason {
#define MUTATION(symbol, keeps_month, indonesian, english) MUTATION_##symbol,
#include "services/ledger/mutation.def"
#undef MUTATION
    MUTATION_REASONS
};

struct mutation_row {
    const char *code; /* "DEATH" */
    bool keeps_month;
    const char *indonesian, *english;
};
const struct mutation_row *mutation_row(enum mutation_reason reason);
bool mutation_reason_parse(struct slice text, enum mutation_reason *ret_reason); /* "DEATH"; lower case too */

enum mutation_answer {
    MUTATION_DONE = 0,
    MUTATION_UNKNOWN,       /* there is no such enrolment */
    MUTATION_NOT_ENROLLED,  /* it was decided otherwise: nothing is bought for it, nothing on its way */
    MUTATION_ENDED_ALREADY, /* left before */
    MUTATION_IN_FUTURE,     /* the event lies behind the business date */
};

enum { MUTATION_AGREEMENTS_MAX = 16 };

struct mutation_part { /* of one agreement */
    struct slice agreement_id; /* in the arena */
    int64_t place;             /* 0: it waited there */
    bool had_reservation;
    month_t start_month, end_month; /* the last month that stays; before start_month when nothing does */
    rupiah released;           /* of the budget: committed, or reserved for who waited */
    rupiah credited, refunded; /* invoiced months taken back: not paid, and paid (now a credit of the payer) */
    day_t covered_from;        /* 0: never covered */
    rupiah arrears;            /* open receivables that stay */
};

struct mutation_result {
    enum mutation_answer answer;
    size_t part_count;
    struct mutation_part parts[MUTATION_AGREEMENTS_MAX];
};

MUST_USE struct err command_mutation(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct id application_id, enum mutation_reason reason, day_t day,
                                     struct mutation_result *ret_result);

/* For the information line of a death (domain.md 2.8): what JKM pays when somebody whose cover began on `covered_from` dies on `day`; 0 when not covered by then. Pure. */
rupiah mutation_death_benefit(const struct parameters *parameters, day_t covered_from, day_t day);

#endif
