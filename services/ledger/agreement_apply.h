/* Puts an agreement document in force. Declarative: what stands there decides what it is. A new id is a new agreement; the document that is in force changes nothing; another one
 * under the same id is an amendment, numbered 1, 2, ... Every document that was ever in force stays in ledger.agreement_version, and each has a journal of kind AGREEMENT in the
 * chain of its agreement (reference "amendment <n> sha256 <hash of the document>", no lines): the first one is journal 1.
 *
 * An amendment may change the name, the legal basis, the end of the period, months, registration date, segments and programmes, pagu, quota, billing and options; it concerns decisions
 * from then on. It may not take back what was promised: pagu and quota stay above what is bound, months do not fall, a programme that enrolled people have stays, and the period does not end
 * before the business day or a month that is invoiced. Of an agreement that has ended only the pagu can be lowered, so that what it did not use goes back. Id, payer, source of funds, parent, and the beginning of the period never change: that is a new agreement with "renews".
 *
 * An agreement with a parent is a part of that umbrella agreement, which must be in force: its segments, programmes, period and region lie within the parent's, and when the
 * parent states a pagu, so does the child, of the same source of funds, out of what the parent has neither bound itself nor given to others. That money is taken from the parent in
 * the same transaction, under a constraint: it can't be spent twice. It is a journal AGREEMENT in the parent's chain (reference "part <id of the child> amendment <n>") with one line
 * DELEGATED, whose amount is the change of the child's pagu and whose detail is the child's id.
 *
 * Who makes agreements holds the budget row of agreement 0, so that their numbers have no holes and a replay gives the same ones. Two who amend at the same time: one wins, the
 * other is refused and told so; `replaces` of the document does the same for somebody who took longer to write it. */
#ifndef PAYUNG_LEDGER_AGREEMENT_APPLY_H
#define PAYUNG_LEDGER_AGREEMENT_APPLY_H

#include "services/ledger/agreement_document.h"
#include "services/ledger/money.h"

enum apply_answer {
    APPLY_CREATED,   /* or, with write == false: would be created */
    APPLY_AMENDED,   /* the same for an amendment; *ret_difference says what it changes */
    APPLY_UNCHANGED, /* the same document is in force */
    APPLY_REFUSED    /* *ret_problem names member and remedy */
};

/* moment->actor: who made it; approved_by: who let it be (the same for the local operator). ret_difference is "" but for APPLY_AMENDED; ret_problem is set for APPLY_REFUSED only. */
MUST_USE struct err agreement_apply(struct pg *pg, struct arena *arena, const struct agreement_document *document, const struct money_moment *moment, const char *approved_by, bool write,
                                    enum apply_answer *ret_answer, const char **ret_difference, struct document_problem *ret_problem);

/* The same in two halves, for who writes more in the same transaction (agreement_proposal.c): after agreement_change_begin a transaction is open and holds the locks; it ends by
 * money_commit(&change.money) or money_undo(&change.money). On an error of either half it has been undone. */
struct agreement_change {
    struct money money;
    const struct agreement_document *document;
    enum apply_answer answer;
    int32_t in_force;       /* the amendment that is, REPLACES_NONE when there is no such agreement */
    int32_t amendment;      /* the number that the document gets, or has when nothing changes */
    const char *difference; /* in the arena; "" when there is nothing to compare with */
    struct document_problem problem;
    rupiah delegated;       /* change of what the parent has given away */
};

MUST_USE struct err agreement_change_begin(struct pg *pg, struct arena *arena, const struct agreement_document *document, const struct money_moment *moment, struct agreement_change *ret_change);
/* Only for APPLY_CREATED and APPLY_AMENDED. The database may still refuse it (a closed period): answer is APPLY_REFUSED then, and it must be undone. */
MUST_USE struct err agreement_change_write(struct agreement_change *change, const char *approved_by);

#endif
