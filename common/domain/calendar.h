/* Days and contribution months (bulan iuran) as plain integers, proleptic Gregorian, without a clock and without a time zone.
 *
 * day_t:   20250915 for 15 September 2025; 0 means "not given".
 * month_t: 202510 for October 2025; 0 means "not given". Arithmetic only through the helpers: 202512 + 1 is not a month. */
#ifndef PAYUNG_DOMAIN_CALENDAR_H
#define PAYUNG_DOMAIN_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

typedef int32_t day_t;   /* the two exceptions to "struct without typedef": units that an int would hide */
typedef int32_t month_t;

bool day_is_valid(day_t day);     /* exists in the calendar, years 1900..2999 */
bool month_is_valid(month_t month);
bool day_parse(struct slice text, day_t *ret_day);       /* YYYY-MM-DD or DD-MM-YYYY, also with '/' or '.' */
/* A day as the number that a spreadsheet has for it: five digits, 10000 (1927-05-18) to 73050 (2099-12-31), counted as if 1900 had been a leap year. The rarer count from 1904 can't be told
 * from it: whose NIK has another birth date is warned (W06). */
bool day_parse_serial(struct slice text, day_t *ret_day);
bool month_parse(struct slice text, month_t *ret_month); /* YYYY-MM */
void day_format(day_t day, char ret_text[11]);           /* YYYY-MM-DD */
void month_format(month_t month, char ret_text[8]);      /* YYYY-MM */
void day_format_id(day_t day, char ret_text[24]);        /* 19 November 2025 */
void day_format_en(day_t day, char ret_text[24]);        /* 19 November 2025, as English has it */
const char *month_short_id(month_t month);               /* "Nov", in Bahasa Indonesia */
const char *month_short_en(month_t month);               /* "Nov", in English */
day_t day_make(int year, int month, int day);            /* 0 when it does not exist */
day_t day_from_unix(int64_t seconds, int32_t offset_seconds);
enum { WIB_OFFSET_S = 7 * 3600 }; /* western Indonesia (UTC+7) */
day_t day_of_business(int64_t unix_ms);                  /* the day in western Indonesia: of business and of registration */
day_t day_add(day_t day, int32_t days);
int32_t day_distance(day_t from, day_t to);              /* days from..to: 20250228 -> 20250301 is 1 */
day_t month_first_day(month_t month);
day_t month_last_day(month_t month);
month_t day_month(day_t day);
month_t month_add(month_t month, int32_t months);
int32_t month_distance(month_t from, month_t to); /* months from..to: 202510 -> 202601 is 3 */
/* Months since year 0, so that runs of months are subtractions, and back. */
static inline int32_t month_count(month_t month) { return month / 100 * 12 + month % 100 - 1; }
static inline month_t month_of_count(int32_t count) { return count / 12 * 100 + count % 12 + 1; }
enum { MONTH_OPEN = 299912 }; /* the last month of the calendar: "no end" in the tables */
enum { COVER_MONTHS_MAX = 1200 }; /* the longest run of months of an application, a cover or a command; only a quote may ask for more */
int month_year(month_t month);
int month_number(month_t month); /* 1..12 */

/* Full years at a day; someone born on 29 February has the birthday on 1 March in common years (domain.md 3.2). */
int age_at(day_t birth, day_t on);

#endif
