/* What an outcome must not contradict: itself, and the journal under which it stands. Pure; one judge for the database (verify_chain.c) and for exports (chain_walk.c). */
#ifndef PAYUNG_LEDGER_OUTCOME_JUDGE_H
#define PAYUNG_LEDGER_OUTCOME_JUDGE_H

#include "services/ledger/canonical.h"

/* NULL when there is nothing to say, else one sentence. What the hash of the journal does not cover (a package in version 1, a place before version 3) is a contradiction too. */
const char *outcome_contradiction(const struct outcome_row *row, const struct journal_row *journal);

#endif
