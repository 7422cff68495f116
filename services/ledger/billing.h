/* The names of an invoice: its number for people, its billing code for banks, and how a payer's reference is read back. Pure.
 *
 *   number        INV-<PPKK>-<YYYYMM>-<seq>      seq has four digits or more; PPKK is the payer's region, 0000 when it has none
 *   billing code  PPKK YYYYMM SSSSSS CC          18 digits in one word; the last two are those of ISO 7064 MOD 97-10 over the others, so that one wrong digit, two that
 *                                                changed places, or a digit too many is seen by whoever reads it. Not 16 digits: it must never look like a population number.
 *
 * Both are made of the same three figures, and a reference may be either, as people and banks write them: in any case, with blanks, dots, dashes or slashes in between. */
#ifndef PAYUNG_LEDGER_BILLING_H
#define PAYUNG_LEDGER_BILLING_H

#include "common/base/check.h"
#include "common/domain/calendar.h"

enum { BILLING_CODE_DIGITS = 18, INVOICE_NUMBER_MAX = 32, INVOICE_SEQUENCE_MAX = 999999, REFERENCE_SHOWN_MAX = 128 };

/* CHECKs: region <= 9999, a valid month, 1 <= sequence <= INVOICE_SEQUENCE_MAX. */
void invoice_number_make(uint32_t region, month_t month, int32_t sequence, char ret_number[INVOICE_NUMBER_MAX]);
void billing_code_make(uint32_t region, month_t month, int32_t sequence, char ret_code[BILLING_CODE_DIGITS + 1]);
bool billing_code_is_valid(struct slice digits); /* its length and its check digits; not whether there is such an invoice */

/* The number or billing code that a reference is, in the form in which the ledger keeps it. False when it is neither, or when the check digits are wrong. */
MUST_USE bool reference_read(struct slice reference, char ret_known[INVOICE_NUMBER_MAX]);

/* What of a reference may be shown to an operator: words with a digit in them, but no long number that could be one of a person or a phone; the rest is "...". At most
 * REFERENCE_SHOWN_MAX - 1 bytes, cut at a word. */
void reference_show(struct slice reference, char ret_shown[REFERENCE_SHOWN_MAX]);

#endif
