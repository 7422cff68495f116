/* One row of the insurer's list of participants as text, read into what is compared. Pure. Columns are found by their names in the first line, in any order, without case and
 * without what is neither letter nor digit ("No. KPJ" is nokpj); unknown ones are passed over:
 *
 *   nik       needed; also no_ktp, nomor_ktp
 *   kpj       the insurer's number of the person, eleven digits; anything else is not told
 *   program   JKK+JKM, empty = not told
 *   mulai     a month (2025-10) or a day; also tmt, tanggal_mulai; empty = not told
 *   akhir     the last month; also sampai, tanggal_akhir; empty = not told
 *   status    AKTIF / ACTIVE, or NONAKTIF, TIDAK AKTIF, INACTIVE, BERAKHIR, KELUAR; empty = active
 *
 * What can't be read names its column, never what stands there. */
#ifndef PAYUNG_LEDGER_PARTICIPANT_ROW_H
#define PAYUNG_LEDGER_PARTICIPANT_ROW_H

#include "common/domain/kpj.h"
#include "common/domain/nik.h"

enum participant_column { PARTICIPANT_NIK = 0, PARTICIPANT_KPJ, PARTICIPANT_PROGRAM, PARTICIPANT_MULAI, PARTICIPANT_AKHIR, PARTICIPANT_STATUS, PARTICIPANT_COLUMN_COUNT };
const char *participant_column_name(enum participant_column column); /* "nik" */

struct participant_columns {
    size_t cell[PARTICIPANT_COLUMN_COUNT]; /* index of the cell + 1; 0 = not in the file */
};

struct participant_row {
    char nik[NIK_TEXT_MAX];  /* 16 digits: wipe it when the token is made */
    char kpj[KPJ_TEXT];      /* "" = not told */
    programme_set programmes; /* 0 = not told */
    month_t from, to;         /* 0 = not told */
    bool is_active;
};

/* False: there is no column nik, or one stands there twice: *ret_wrong. */
bool participant_columns_find(const struct slice *cells, size_t count, struct participant_columns *ret_columns, enum participant_column *ret_wrong);
/* False: *ret_wrong can't be read. */
bool participant_row_read(const struct participant_columns *columns, const struct slice *cells, size_t count, struct participant_row *ret_row, enum participant_column *ret_wrong);

#endif
