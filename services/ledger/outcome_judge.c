/* Amounts, premium lines, ranks, places, times and the message due of one outcome, each against the others. It must never look at another row. */
#include "services/ledger/outcome_judge.h"

#include "common/domain/message_due.h"

static const char *wrong_amounts(const struct outcome_row *row) {
    rupiah total = 0, lined[LEDGER_CHARGES];
    for (int i = 0; i < LEDGER_CHARGES; i++)
        if (row->by_charge[i] < 0 || !rupiah_add(total, row->by_charge[i], &total)) return "an amount below zero or beyond all bounds";
    const bool counts = row->status == OUTCOME_ACCEPTED && !row->repeat;
    if (row->amount != (counts ? total : 0)) return "its amount is not the sum of its charges";
    for (int i = 0; i < LEDGER_CHARGES; i++)
        if (row->by_charge[i] > 0 && (charge_programmes(ledger_charge(i)) & ~row->programmes) != 0) return "an amount for a programme that is not covered";
    if (row->by_charge[LEDGER_PACKAGE] > 0 && row->segment != SEGMENT_PMI) return "a package of a migrant worker in another segment";
    if (!canonical_lines_add_up(row->lines, lined)) return "its premium lines can't be read";
    if (!row->repeat && memcmp(lined, row->by_charge, sizeof lined) != 0) return "its premium lines do not add up to its amounts";
    if (row->repeat && row->lines.size > 0) return "a repeat with premium lines of its own";
    return counts && total <= 0 ? "accepted without an amount" : NULL;
}

/* A rank is a ticket of the waiting list; one who is PENDING may have it while there is no money. */
static const char *wrong_place(const struct outcome_row *row, const struct journal_row *journal) {
    const bool may_rank = row->status == OUTCOME_WAITLISTED || row->status == OUTCOME_PENDING;
    if (row->rank < 0 || (row->rank > 0 && !may_rank) || (row->rank == 0 && row->status == OUTCOME_WAITLISTED)) return "a rank without waiting, or waiting without a rank";
    if (journal->version < 3) return row->place != 0 ? "the hash of its journal does not cover a place" : NULL;
    const bool counts = row->status == OUTCOME_ACCEPTED && !row->repeat;
    if (row->place < 0 || (row->place > 0 && row->status != OUTCOME_ACCEPTED) || (row->place == 0 && counts)) return "a place without being accepted, or accepted without a place";
    return NULL;
}

static const char *wrong_journal(const struct outcome_row *row, const struct journal_row *journal) {
    if (row->agreement_no != journal->agreement_no || row->journal_seq != journal->seq) return "it names another journal";
    if (row->commit_sequence != journal->commit_sequence || row->decided_at_us != journal->posted_at_us) return "its commit sequence or time is not its journal's";
    return journal->version == 1 && row->by_charge[LEDGER_PACKAGE] != 0 ? "the hash of its journal does not cover a package" : NULL;
}

const char *outcome_contradiction(const struct outcome_row *row, const struct journal_row *journal) {
    const char *wrong = wrong_amounts(row);
    if (wrong == NULL) wrong = wrong_place(row, journal);
    if (wrong == NULL) wrong = wrong_journal(row, journal);
    if (wrong != NULL) return wrong;
    const struct outcome outcome = {.attempt = row->attempt, .status = row->status, .codes = row->codes, .repeat = row->repeat};
    const char *due = message_due(&outcome);
    return (due == NULL) != (row->message_due.bytes == NULL) || (due != NULL && !slice_is(row->message_due, due)) ? "its message due is another one" : NULL;
}
