/* Contribution months (YYYYMM) in SQL texts, as calendar.h counts them. They are macros because a statement must be one string literal (pg.h). Include it in a .c file, never in a header. */
#ifndef PAYUNG_LEDGER_SQL_MONTH_H
#define PAYUNG_LEDGER_SQL_MONTH_H

#define MONTH_COUNT_SQL(month) "((" month ") / 100 * 12 + (" month ") % 100 - 1)"
#define MONTH_OF_SQL(count) "((" count ") / 12 * 100 + (" count ") % 12 + 1)"
#define MONTH_ADD_SQL(month, months) MONTH_OF_SQL(MONTH_COUNT_SQL(month) " + (" months ")")
#define MONTH_FIRST_DAY_SQL(month) "make_date((" month ") / 100, (" month ") % 100, 1)"
#define DAY_MONTH_SQL(day) "(extract(year FROM " day ")::int * 100 + extract(month FROM " day ")::int)"

#endif
