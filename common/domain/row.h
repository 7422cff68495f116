/* The pure checks of one row of a list, or of one person asked for over the API: from the texts that people typed to the fields of an
 * application and the findings E01-E06, E80, E81, W03, W06, W07, W20 (domain.md 3.1, 3.2 group 1). Intake runs them once, for CSV and JSON
 * alike, and sends the findings along; eligibility decides with them and never sees the NIK.
 *
 *   struct row_text row = {0};                       one slice per canonical column, empty when the column is absent
 *   row.column[COLUMN_NIK] = ...
 *   row_check(&row, &(struct row_tables){...}, registration_date, &result);
 *   row_fill(&result, &application);
 *
 * An unreadable mandatory or used field (a date that does not exist, an unknown segment, programme, occupation or region) is E80 and named in `wanting`.
 * Empty program, penghasilan, periode_mulai, jumlah_bulan give 0: the agreement's terms. A penghasilan that is not a whole amount from 1 to
 * 10^14 is E81. The result holds personal data in clear: intake seals and forgets it. */
#ifndef PAYUNG_DOMAIN_ROW_H
#define PAYUNG_DOMAIN_ROW_H

#include "common/domain/application.h"
#include "common/domain/name.h"
#include "common/domain/nik.h"
#include "common/domain/occupation.h"
#include "common/domain/phone.h"

enum column {
#define COLUMN(symbol, name, need) COLUMN_##symbol,
#include "common/domain/columns.def"
#undef COLUMN
    COLUMN_COUNT
};

enum { ADDRESS_TEXT_MAX = 256, WANTING_TEXT_MAX = 512, ROW_MONTHS_MAX = 120 };

struct row_text {
    struct slice column[COLUMN_COUNT];
};

struct row_tables {
    const struct region_table *regions;
    const struct occupation_table *occupations;
};

struct row_result {
    struct code_set findings;
    uint64_t wanting;           /* bit i: enum column i is missing or unreadable (E80) */
    bool spreadsheet_damage;    /* the NIK column was a number: the file's author should make it text */
    char nik[NIK_TEXT_MAX];     /* normalised; "" when there was none */
    char name[NAME_TEXT_MAX];
    char phone[PHONE_TEXT_MAX]; /* "+628..." or "" */
    char address[ADDRESS_TEXT_MAX]; /* "alamat RT 001 RW 002", cut at a character */
    day_t birth_date;
    enum sex sex;
    uint32_t ktp_region, ktp_village;
    struct slice occupation;    /* its code: lives as long as the occupation table */
    enum sector sector;
    bool is_employer;
    rupiah income;
    programme_set programmes;
    month_t start_month;
    uint32_t months;
    enum segment segment;
};

const char *column_name(enum column column);
bool column_is_mandatory(enum column column);
bool column_by_name(struct slice name, enum column *ret_column); /* "NIK ", "nik" -> COLUMN_NIK */
bool row_is_blank(const struct row_text *row);                    /* nothing in any column: a trailing row of a spreadsheet */

void row_check(const struct row_text *row, const struct row_tables *tables, day_t registration_date, struct row_result *ret_result);
void row_fill(const struct row_result *result, struct application *application); /* the fields above; leaves ids, lineage, dates and seal alone */
size_t row_wanting_format(uint64_t wanting, char ret_text[WANTING_TEXT_MAX]);   /* "nik, tgl_lahir" */

#endif
