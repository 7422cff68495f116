/* The pure checks of one row of a list, or of one person asked for over the API: from the texts that people typed to the fields of an
 * application and the findings E01-E06, E80, E81, W03, W06, W07, W20 (domain.md 3.1, 3.2 group 1). Intake runs them once, for CSV and JSON
 * alike, and sends the findings along; eligibility decides with them and never sees the NIK.
 *
 *   struct row_text row = {0};                       one slice per canonical column, empty when the column is absent
 *   row.column[COLUMN_NIK] = ...
 *   row_check(&row, &(struct row_tables){...}, registration_date, &result);
 *   row_fill(&result, &application);
 *   size = row_subject(&row, bytes);                 whose keyed hash is the application's person token
 *
 * An id_desil that is not a whole number from 1 to 10 is nothing: it only ranks a waiting list, so it refuses and warns nobody.
 * An unreadable mandatory or used field (a date that does not exist, an unknown segment, programme, occupation or region) is E80 and named in `wanting`.
 * A date may be the number that a spreadsheet has for it (day_parse_serial). Empty program, penghasilan, periode_mulai, jumlah_bulan give 0: the agreement's terms. An amount that is not whole rupiah from 1 to
 * 10^14 is E81. What only another segment, or the other basis of a project, needs is ignored, whatever stands there:
 *
 *   BPU    penghasilan, periode_mulai, jumlah_bulan; pekerjaan must be in the table of occupations
 *   PU     needs upah, kelas_risiko (1..5, I..V, or sangat rendah, rendah, sedang, tinggi, sangat tinggi), skala; also npp, status_padat_karya (ya, tidak,
 *          1, 0), periode_mulai, jumlah_bulan
 *   JAKON  one project: needs basis, no_proyek or no_spk, tgl_mulai, tgl_selesai (its cover: at most ROW_MONTHS_MAX months), jumlah_tk; KONTRAK needs
 *          nilai_kontrak_neto, or else nilai_kontrak_bruto with ppn_ppm (0..10^6; empty: the law's rate); UPAH needs upah, of a month. Also npp, tgl_spk. The person of the row answers for the project
 *   PMI    needs jalur, lama_kontrak_bulan (the months); also jht_bulanan (0 or empty: no JHT; W50 when program says otherwise), id_p3mi, negara, periode_mulai
 *
 * In PU, JAKON and PMI any pekerjaan will do; its code is "" when the table has no such name. Numbers and names of projects, employers and companies are
 * texts of at most ROW_TERM_MAX bytes without control characters.
 *
 * The result holds personal data in clear: intake seals and forgets it. Texts of the terms are slices of the row, occupation lives as long as its table. */
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
    COLUMN_COUNT,
    COLUMN_BASIC_COUNT = COLUMN_CATATAN + 1 /* those of the first edition; the others are of one segment each */
};

enum { ADDRESS_TEXT_MAX = 256, WANTING_TEXT_MAX = 1024, ROW_MONTHS_MAX = 120, ROW_TERM_MAX = 100, ROW_WORKERS_MAX = 1000000, ROW_SUBJECT_MAX = 320 };

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
    uint64_t bad_amounts;       /* bit i: what stands in enum column i is no amount (E81) */
    bool spreadsheet_damage;    /* the NIK column was a number: the file's author should make it text */
    char nik[NIK_TEXT_MAX];     /* normalised; "" when there was none */
    char name[NAME_TEXT_MAX];
    char phone[PHONE_TEXT_MAX]; /* "+628..." or "" */
    char address[ADDRESS_TEXT_MAX]; /* "alamat RT 001 RW 002", cut at a character */
    day_t birth_date;
    enum sex sex;
    uint32_t ktp_region, ktp_village;
    struct slice occupation;    /* its code */
    enum sector sector;
    bool is_employer;
    rupiah income;
    programme_set programmes;
    month_t start_month;
    uint32_t months;
    int desil;                  /* 1..10; 0 not given */
    enum segment segment;
    struct pu_terms pu;         /* of its segment; all zero in the others, and what is missing or unreadable is zero too */
    struct jakon_terms jakon;
    struct pmi_terms pmi;
};

const char *column_name(enum column column);
bool column_is_mandatory(enum column column);
bool column_by_name(struct slice name, enum column *ret_column); /* "NIK ", "nik" -> COLUMN_NIK */

void row_check(const struct row_text *row, const struct row_tables *tables, day_t registration_date, struct row_result *ret_result);
void row_fill(const struct row_result *result, struct application *application); /* the fields above; leaves ids, lineage, dates and seal alone */
/* Whom or what the cover is kept for, as bytes to be hashed with the pepper: the normalised NIK; in JAKON the project, which is no_proyek (else no_spk)
 * together with npp, letters in one case and without blanks, and with the basis UPAH the NIK besides (a row may then be one worker's wages). The same subject
 * twice in a list is E20. 0: not known, so the token is zero. A project never has the bytes of a NIK: they begin with a zero byte. */
size_t row_subject(const struct row_text *row, uint8_t ret_bytes[ROW_SUBJECT_MAX]);
/* The columns that a finding of the row speaks of: E80 those that are wanting, E81 those that are no amounts or, when the checks found none, those whose
 * amount the tariff has refused (a JHT that is no value of it, a premium that rounds to nothing). 0 for all other codes. */
uint64_t row_code_columns(const struct row_result *result, enum code code);
size_t row_wanting_format(uint64_t columns, char ret_text[WANTING_TEXT_MAX]);   /* the names of a bit set: "nik, tgl_lahir" */

#endif
