/* What a payer meant to pay, found in the free text of a bank line, and which numbers must not be taken for one. Pure.
 *
 * An invoice number is INV-<PPKK>-<YYYYMM>-<seq>, with whatever people put or leave out between its parts: "inv 1708 2025.10 0001", "INV1708202510 0001", over the end of a
 * line. A billing code is a run of exactly BILLING_CODE_DIGITS digits with the right check digits (services/ledger/billing.h), which may be broken by the end of a line. A run of
 * 16 digits is never part of one: it may be a population number. */
#ifndef PAYUNG_LEDGER_BANK_REFERENCE_H
#define PAYUNG_LEDGER_BANK_REFERENCE_H

#include "services/ledger/billing.h"

/* The first invoice number in the one text, then in the other, as the ledger writes it; else the first billing code; else false and "". What is found is what reference_read
 * takes. */
bool reference_find(struct slice reference, struct slice description, char ret_text[INVOICE_NUMBER_MAX]);

/* May a number that somebody gives to a payment be kept and shown as it is? It is one word of visible ASCII with a digit in it, and nowhere 16 digits in a row. */
bool number_is_plain(struct slice number);
/* Is a population number in it: 16 digits in a row, or all of it without dots and dashes, with a province, a day and a month where a NIK has them? */
bool number_holds_nik(struct slice number);

#endif
