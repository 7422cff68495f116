/* Amounts and days as banks write them in their files. Pure.
 *
 *   33.331.200,00   Rp 33.331.200   33331200.00   33,331,200.00   33331200,   Rp33.331.200,-   33.331.200 CR   (5.000)   -5.000
 *
 * Which of '.' and ',' marks thousands and which the sen is seen from the number itself: of two different ones the last one marks sen; one that stands more than once marks
 * thousands; a single one with three digits behind it marks thousands (nobody writes three digits of sen), with none, one or two it marks sen. Payung counts whole rupiah: sen
 * that are not zero are AMOUNT_FRACTION. An amount beyond RUPIAH_INPUT_MAX is AMOUNT_RANGE, however long it is. */
#ifndef PAYUNG_LEDGER_BANK_AMOUNT_H
#define PAYUNG_LEDGER_BANK_AMOUNT_H

#include "common/domain/calendar.h"
#include "common/domain/rupiah.h"

enum amount_reading { AMOUNT_READ = 0, AMOUNT_EMPTY, AMOUNT_UNREADABLE, AMOUNT_BEYOND, AMOUNT_WITH_SEN };
enum amount_mark { MARK_NONE = 0, MARK_CREDIT, MARK_DEBIT }; /* "CR" or "K", "DB" or "D", in front or behind */

struct amount {
    enum amount_reading reading;
    enum amount_mark mark;
    rupiah amount; /* of AMOUNT_READ, may be negative; AMOUNT_WITH_SEN: whole rupiah, cut; else 0 */
    int64_t sen;   /* of AMOUNT_READ and AMOUNT_WITH_SEN: the whole in sen, with its sign */
};

/* Of white space, "-" or nothing: AMOUNT_EMPTY. */
struct amount amount_read(struct slice text);

/* What day_parse takes, and: DD/MM/YY, YYYYMMDD, "01 Okt 2025" and "1-Oct-25" with Indonesian or English names of months, each with a time behind it or an apostrophe before. A
 * year of two digits is of 2000 to 2099. */
bool bank_day_read(struct slice text, day_t *ret_day);

#endif
