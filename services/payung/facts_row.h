/* One row of an extract file as text, read into what the database keeps. Pure: cells in, values or a problem out. Columns are found by their names in the first line, in any
 * order, unknown ones are passed over:
 *
 *   dtsen          nik, desil (1..10, may be empty)
 *   civil-servant  nik
 *   active-cover   nik, segmen (BPU, PU, JAKON, PMI), program (JKK+JKM), pembayar (17.08, APBD, a name; may be empty), dari (2025-01 or a date), sampai (may be empty: no end is
 *                  known), status (ACTIVE/AKTIF, GRACE/TENGGANG, LAPSED/NONAKTIF, ENDED/BERAKHIR; empty = ACTIVE)
 *   population     nik, status (ALIVE/HIDUP, DECEASED/MENINGGAL; empty = ALIVE), wilayah_ktp (17.08.04, may be empty)
 *
 * A problem names the column, a code of codes.def or "" and a sentence with the remedy in Bahasa Indonesia; it never quotes the row. */
#ifndef PAYUNG_PAYUNG_FACTS_ROW_H
#define PAYUNG_PAYUNG_FACTS_ROW_H

#include "common/domain/nik.h"
#include "services/eligibility/extract.h"

enum fact_column { FACT_NIK = 0, FACT_DESIL, FACT_SEGMEN, FACT_PROGRAM, FACT_PEMBAYAR, FACT_DARI, FACT_SAMPAI, FACT_STATUS, FACT_WILAYAH_KTP, FACT_COLUMN_COUNT };

struct fact_columns {
    enum extract_kind kind;
    size_t cell[FACT_COLUMN_COUNT]; /* index of the cell + 1; 0 = not in the file */
};

struct fact_problem {
    const char *column, *code, *remedy;
};

struct fact_row {
    char nik[NIK_TEXT_MAX];
    struct extract_row row; /* person and extract are still to be filled; payer points into the cells */
};

/* False: *ret_missing is the name of a column that the kind needs and the first line lacks, or that stands there twice. */
bool fact_columns_find(enum extract_kind kind, const struct slice *cells, size_t count, struct fact_columns *ret_columns, const char **ret_missing);
bool fact_row_read(const struct fact_columns *columns, const struct slice *cells, size_t count, const struct region_table *regions, day_t as_of, struct fact_row *ret_row,
                   struct fact_problem *ret_problem);

#endif
