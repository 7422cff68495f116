/* Tells the world that covers changed: one message of coverage.changed for each line of kind STATE of a closed journal, into the outbox of the same transaction.
 *
 *   TRY(coverage_close(money, account, &journal, NULL));      money_close, and the messages of its lines STATE
 *
 * The sealed person travels only with lines that owe a message (line.message_due) and only while the registry still has it; so does the price of a month, that of the last
 * month which was bought ("continue on your own"). Page by page: memory is bounded whatever the journal holds. The event id is derived, so a replay gives the same one. */
#ifndef PAYUNG_LEDGER_COVERAGE_H
#define PAYUNG_LEDGER_COVERAGE_H

#include "services/ledger/money.h"

/* ret_sums may be NULL. A journal without a line STATE, as most payments are, costs nothing more than money_close. */
MUST_USE struct err coverage_close(struct money *money, struct money_account *account, const struct money_journal *journal, struct ledger_sums *ret_sums);
/* SHA-256 over "payung-coverage|<agreement>|<journal>|<position>", its first 16 bytes. */
struct id coverage_event_id(struct slice agreement_id, int64_t journal_seq, int32_t position);

#endif
