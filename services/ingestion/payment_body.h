/* The JSON body of POST /v1/payments: one object with
 *
 *   "external_id"               the partner's own number, 1 to 255 visible ASCII characters without / ? # %, not a population number
 *   "invoice" or "billing_code" what is paid: one of the two
 *   "amount"                    whole rupiah as a number (33331200), or as SNAP writes it: {"value":"33331200.00","currency":"IDR"}
 *   "received_on"               the day on which the money came, YYYY-MM-DD
 *   "bank"                      whose cash account it is on; may be left out
 *
 * An amount must be positive, whole, and at most RUPIAH_INPUT_MAX. Doubled and unknown members are refused, so that a typing error never moves money on other terms. */
#ifndef PAYUNG_INGESTION_PAYMENT_BODY_H
#define PAYUNG_INGESTION_PAYMENT_BODY_H

#include "common/base/arena.h"
#include "common/domain/command.h"
#include "services/ingestion/enrol_body.h"

enum { PAYMENT_BODY_MAX = 64 * 1024, PAYMENT_BANK_MAX = 64 };

struct payment_body {
    struct slice external_id;
    struct slice reference; /* the invoice number or billing code in the ledger's writing; empty when it is none: then nobody is found, and it goes to the work list */
    struct slice written;   /* as it was written: it may be anything, a name, too; only to be hashed */
    struct slice bank;      /* as banks are named in cash accounts: BANK-BENGKULU; empty: not given */
    rupiah amount;
    day_t received_on;
};

/* Slices point into the arena. False: ret_problem says why. */
bool payment_body_read(struct slice json, struct arena *arena, struct payment_body *ret_body, struct body_problem *ret_problem);

#endif
