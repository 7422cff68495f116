/* Agreements by two persons: one makes a proposal, another one checks it. draft, if its maker wants to look at it first -> submitted -> approved (then it is in force), refused, or
 * withdrawn by its maker; none of these three is ever left again. Persons are texts like "partner:dinsos"; who may make or check is asked at the door, that they are two is a constraint of the table.
 *
 * Who acts on the command line is "operator:ani as partner:dinsos". The partner alone is kept as maker and checker, so that the constraint holds whichever door each of them took, and
 * the whole text as the actor in ledger.audit. An operator who made a proposal for one partner can't check it for another one: that is asked of the audit.
 *
 * A proposal remembers which amendment was in force when it was submitted: when another one came in between, it can't be approved any more and must be made anew. All functions open and
 * end their own transactions; texts they give back live in the arena. */
#ifndef PAYUNG_LEDGER_AGREEMENT_PROPOSAL_H
#define PAYUNG_LEDGER_AGREEMENT_PROPOSAL_H

#include "services/ledger/agreement_apply.h"

#define PROPOSAL_ACTS_AS " as "
enum { PROPOSAL_ID_TEXT = 33, PROPOSALS_OPEN_MAX = 1000 /* of one maker */, PROPOSALS_LISTED_MAX = 1000, PROPOSAL_NOTE_MAX = 200 };

struct agreement_proposal {
    struct slice id, agreement_id, state; /* id "p" and 32 digits; state "draft", "submitted", "approved", "refused", "withdrawn"; id.size 0: there is none */
    struct slice made_by, checked_by, note; /* checked_by "" while it is open */
    int64_t made_at_ms, checked_at_ms;      /* 0: not yet */
    int32_t replaces;                       /* as in struct agreement_document */
    struct slice canonical;                 /* the document */
};

/* What a proposal would do if it were approved now. */
struct proposal_judgement {
    enum apply_answer answer;
    const char *difference;
    struct document_problem problem;       /* for APPLY_REFUSED */
    const struct agreement_document *document;
};

struct proposal_tables {
    const struct region_table *regions;
    const struct law_table *law;
};

enum proposal_answer {
    PROPOSAL_DONE,
    PROPOSAL_UNKNOWN,
    PROPOSAL_CLOSED,   /* it was decided otherwise before, or the draft's document waits for a checker already */
    PROPOSAL_DRAFT,    /* its maker did not submit it yet */
    PROPOSAL_OWN,      /* the maker, or the operator who acted for him, can't check; another one can't submit or withdraw */
    PROPOSAL_UNFIT,    /* the agreement was refused (judgement.problem); the proposal stays open */
    PROPOSAL_TOO_MANY, /* PROPOSALS_OPEN_MAX of this maker wait already */
    PROPOSAL_NEEDLESS  /* the same document is in force already: nothing was stored */
};
enum proposal_decision { PROPOSAL_APPROVE, PROPOSAL_REFUSE, PROPOSAL_WITHDRAW, PROPOSAL_SUBMIT /* a draft */ };

/* The same document of the same maker again, while it is open, is the same proposal. A document that would be refused today is taken, with the judgement. */
MUST_USE struct err proposal_make(struct pg *pg, struct arena *arena, const struct agreement_document *document, bool is_draft, const char *who, int64_t moment_ms,
                                  struct agreement_proposal *ret_proposal, struct proposal_judgement *ret_judgement, enum proposal_answer *ret_answer);
MUST_USE struct err proposal_find(struct pg *pg, struct arena *arena, struct slice id, struct agreement_proposal *ret_proposal);
/* FATAL when the stored document can't be read. */
MUST_USE struct err proposal_judge(struct pg *pg, struct arena *arena, const struct proposal_tables *tables, const struct agreement_proposal *proposal, int64_t moment_ms,
                                   struct proposal_judgement *ret_judgement);
/* Drafts and those that wait, the oldest first; at most PROPOSALS_LISTED_MAX. */
MUST_USE struct err proposal_list(struct pg *pg, struct arena *arena, struct agreement_proposal **ret_proposals, size_t *ret_count);
/* The same decision of the same person again is PROPOSAL_DONE again. ret_proposal is as it stands afterwards; ret_judgement is set for PROPOSAL_APPROVE, PROPOSAL_SUBMIT and PROPOSAL_UNFIT.
 * note: "" for none. */
MUST_USE struct err proposal_decide(struct pg *pg, struct arena *arena, const struct proposal_tables *tables, struct slice id, enum proposal_decision decision, const char *who,
                                    struct slice note, int64_t moment_ms, struct agreement_proposal *ret_proposal, struct proposal_judgement *ret_judgement,
                                    enum proposal_answer *ret_answer);

#endif
