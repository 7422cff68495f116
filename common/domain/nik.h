/* The NIK, the population number on every KTP: 16 digits PP KK CC DD MM YY SSSS (domain.md 3.1). Women's DD is the day plus 40. There is
 * no check digit. The prefix is the place of first issue and never changes when people move, so it says nothing about residence.
 *
 * nik_normalise takes out what typing and spreadsheets put in: white space, dots, dashes (also the typographic ones); full-width digits become ASCII.
 * nik_check judges a normalised NIK and says everything it found as codes:
 *   E01 not 16 digits (and digits only) . E02 other characters (also a number that a spreadsheet has damaged: 1,70804E+15
 *   or 1.70804E+15, which has its own hint)
 *   E03 province or regency never existed . E04 no such date . E05 serial 0000
 *   W03 district unknown or region former . W06 date differs from the birth date given . W07 sex differs from the one given
 * A NIK is never re-issued after a correction of birth data, so W06 and W07 are warnings. An empty NIK is not judged here (E80). */
#ifndef PAYUNG_DOMAIN_NIK_H
#define PAYUNG_DOMAIN_NIK_H

#include "common/domain/calendar.h"
#include "common/domain/codes.h"
#include "common/domain/programme.h"
#include "common/domain/region.h"

enum { NIK_DIGITS = 16, NIK_TEXT_MAX = 48 };

struct nik_facts {
    struct code_set findings;
    bool spreadsheet_damage; /* hint "kolom NIK harus berformat teks" */
    uint32_t region;         /* PPKKCC of first issue; 0 unless 16 digits */
    day_t birth_date;        /* 0 when unreadable */
    enum sex sex;            /* SEX_NONE when unreadable */
};

/* Returns the size; what goes beyond NIK_TEXT_MAX - 1 bytes is cut (it can't be a NIK any more). Zero-terminated. */
size_t nik_normalise(struct slice raw, char ret_text[NIK_TEXT_MAX]);

/* birth_date 0 and SEX_NONE when not given; as_of chooses the century when no birth date is given (age 0..99). */
void nik_check(struct slice normalised, day_t birth_date, enum sex sex, day_t as_of, const struct region_table *regions, struct nik_facts *ret_facts);

/* The form that may be shown (domain.md 5): 170804******9901, region of issue and serial. What is not 16 digits is stars only: it may be anything that was typed into the wrong
 * column. */
void nik_mask(struct slice normalised, char ret_text[NIK_DIGITS + 1]);

/* The NIK of someone with these marks; used by the generator of test people. serial 1..9999. */
void nik_make(uint32_t region, day_t birth_date, enum sex sex, int serial, char ret_text[NIK_DIGITS + 1]);

#endif
