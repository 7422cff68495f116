/* Lines of money without a person: received, returned, suspended, moved. Shared by payments, the suspense account and reversals. */
#ifndef PAYUNG_LEDGER_CASH_H
#define PAYUNG_LEDGER_CASH_H

#include "services/ledger/money.h"

struct cash_line {
    enum line_kind kind;
    int32_t position;
    rupiah amount;
    day_t day;           /* of the money, not of the booking */
    struct slice bank;   /* as cash_bank gives it */
    const char *reason;  /* code, "" none */
};

/* The bank in the name of its account KAS:<bank>: as it was told, "LAINNYA" when nothing was. */
struct slice cash_bank(struct slice bank);
/* In the next journal of the account, in the month of the business date. */
MUST_USE struct err cash_write(struct money *money, const struct money_account *account, const struct cash_line *line);

#endif
