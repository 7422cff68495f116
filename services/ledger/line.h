/* What happened to one person or one sum of money, and the entries it makes. Pure. Every movement after the decision is a line (ledger.line); the entries of a journal are
 * the sums of its outcomes and lines, account by account, so book, verify and an auditor come to them by the same rules. Debit positive, credit negative.
 *
 *   (outcome)    accepted                   Dr KOMITMEN:<agreement>              Cr IURAN-KOMITMEN:<charge>
 *   RELEASED     months given back          Dr IURAN-KOMITMEN:<charge>           Cr KOMITMEN:<agreement>                by_charge, months from `month` on
 *   INVOICED     one month of one person    Dr PIUTANG:<agreement> net           Cr IURAN:<charge> normal price
 *                                           Dr KERINGANAN:<relief> reduction     (normal = by_charge + reduction)
 *   CREDITED     the same taken back, unpaid  the opposite of INVOICED
 *   REFUNDED     the same taken back, paid    the opposite of INVOICED with TITIPAN:<agreement> for PIUTANG: a credit of the payer
 *   RECEIVED     money of the payer         Dr KAS:<bank>                        Cr TITIPAN:<agreement>                 amount; detail = bank
 *   SETTLED      a month is paid            Dr TITIPAN:<agreement>               Cr PIUTANG:<agreement>                 by_charge
 *   UNSETTLED    no longer (payment reversed)  the opposite of SETTLED
 *   RETURNED     money went back            Dr TITIPAN:<agreement>               Cr KAS:<bank>                          amount; detail = bank
 *   SUSPENDED    money of nobody known      Dr KAS:<bank>                        Cr SUSPENS                             in the chain of agreement 0
 *   UNSUSPENDED  that went back             Dr SUSPENS                           Cr KAS:<bank>
 *   MOVED_OUT    that found its payer       Dr SUSPENS                           Cr PINDAHAN                            in the chain of agreement 0
 *   MOVED_IN     ... who has it             Dr PINDAHAN                          Cr TITIPAN:<agreement>                 in the chain of the payer's agreement
 *   STATE, RESERVED, UNRESERVED, WAITING, DELEGATED, CARRIED: none; they move cover, budget and waiting list
 *
 * KOMITMEN and IURAN-KOMITMEN are memo accounts: what of the budget is bound, whether invoiced or not. Within one journal an account has one entry, the net of all; zero
 * entries are left out. Chart of accounts: domain.md 10; SUSPENS and PINDAHAN (money on its way between two chains; 0 in total) are ours. */
#ifndef PAYUNG_LEDGER_LINE_H
#define PAYUNG_LEDGER_LINE_H

#include "common/base/check.h"
#include "services/ledger/canonical.h"

enum enrolment_state { ENROLMENT_REGISTERED = 1, ENROLMENT_ACTIVE = 2, ENROLMENT_GRACE = 3, ENROLMENT_LAPSED = 4, ENROLMENT_ENDED = 5 };
const char *enrolment_state_name(enum enrolment_state state); /* "REGISTERED"; "?" for anything else */
const char *line_kind_name(enum line_kind kind);              /* "INVOICED"; "?" for anything else */

enum { SUMS_NAMES_MAX = 16, SUMS_ENTRIES_MAX = 6 + 2 * LEDGER_CHARGES + 2 * SUMS_NAMES_MAX };

struct named_sum {
    struct slice name;
    rupiah sum;
};

/* What the outcomes and lines of one journal, or of many, add up to. All zero at the start. */
struct ledger_sums {
    rupiah committed[LEDGER_CHARGES];
    rupiah receivable, credit;      /* PIUTANG, TITIPAN (positive = we owe the payer) */
    rupiah normal[LEDGER_CHARGES];  /* IURAN */
    struct named_sum reliefs[SUMS_NAMES_MAX], banks[SUMS_NAMES_MAX];
    size_t relief_count, bank_count;
    rupiah suspense, transfer;      /* credits of SUSPENS and PINDAHAN */
    rupiah reserved, delegated;
    int64_t heads, waiting, reserved_heads; /* accepted outcomes and waiting ones are counted too */
    int64_t outcomes, lines, states; /* of the lines: how many STATE */
};

/* False when a sum leaves int64, a kind is unknown, a line contradicts itself (amount is not the sum of its charges where it has charges; a reduction without a relief; a
 * negative amount), or a journal has more reliefs or banks than SUMS_NAMES_MAX; sums are then of no use. */
MUST_USE bool sums_add_outcome(struct ledger_sums *sums, const struct outcome_row *outcome);
/* Names of reliefs and banks are copied into `names`, each once, so that a row may go when it is added; `names` has to outlive the sums. */
MUST_USE bool sums_add_line(struct arena *names, struct ledger_sums *sums, const struct line_row *line);
/* Sums of real money are far from int64; those of forged rows need not be. True where everything below, and adding a few of them up, stays within int64. */
bool sums_are_sane(const struct ledger_sums *sums);
/* All of them bound: the sum of committed. For sane sums, as the entries are. */
rupiah sums_committed(const struct ledger_sums *sums);
/* The entries in the order of the chart, numbered from 1. agreement_id names the accounts of the payer. At most SUMS_ENTRIES_MAX. */
size_t sums_entries(struct arena *arena, const struct ledger_sums *sums, struct slice agreement_id, struct entry_row ret_entries[SUMS_ENTRIES_MAX]);

#endif
