/* Gives back what a person's cover was to cost from some month on: the second half of every early end, be it a mutation (mutation.h) or a lapse (run.h). Set-based: it works on all lines of
 * kind STATE with one state that the open journal of an account holds already, and
 *
 *   - writes RELEASED lines (one a person, the head with it) and, for months that were invoiced behind the end, CREDITED (unpaid) or REFUNDED (paid) lines, the exact opposite of INVOICED
 *   - deletes the receivables of these months, and takes the months out of the calendar of covers
 *   - moves the enrolment: end_month, invoiced_to, paid_to, state, state_from, reason
 *
 * The last month that stays is that of the STATE line's day less 1 + back months: back 0 for who is covered until the day before; the grace months for a lapse, whose unpaid months
 * are not charged (domain.md 2.7). An amount for the whole cover is given back only when its first month is. */
#ifndef PAYUNG_LEDGER_RELEASE_H
#define PAYUNG_LEDGER_RELEASE_H

#include "services/ledger/money.h"

/* position: the next free one of the journal, moved on. persons: how many STATE lines with this state there are; releasing: how many of them end before the last month that they bought.
 * The others give back nothing, so no line RELEASED carries their head: the caller's STATE line does. */
MUST_USE struct err release_ended(struct money *money, const struct money_account *account, enum enrolment_state state, int32_t back, int32_t persons, int32_t releasing,
                              int32_t *position);

#endif
