/* Reads one row of an extract. What can't be read refuses the row, never the file; an empty cell that the kind allows to be empty is no problem. */
#include "services/payung/facts_row.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const char *const column_names[FACT_COLUMN_COUNT] = {"nik", "desil", "segmen", "program", "pembayar", "dari", "sampai", "status", "wilayah_ktp"};

#define NEEDS(column) (1u << (column))
static const unsigned needed[EXTRACT_KIND_COUNT] = {
    [EXTRACT_DTSEN] = NEEDS(FACT_NIK),
    [EXTRACT_CIVIL_SERVANT] = NEEDS(FACT_NIK),
    [EXTRACT_ACTIVE_COVER] = NEEDS(FACT_NIK) | NEEDS(FACT_SEGMEN) | NEEDS(FACT_PROGRAM) | NEEDS(FACT_DARI),
    [EXTRACT_POPULATION] = NEEDS(FACT_NIK) | NEEDS(FACT_STATUS),
};

bool fact_columns_find(enum extract_kind kind, const struct slice *cells, size_t count, struct fact_columns *ret_columns, const char **ret_missing) {
    struct fact_columns found = {.kind = kind};
    for (size_t i = 0; i < count; i++) {
        for (int column = 0; column < FACT_COLUMN_COUNT; column++) {
            if (!text_is(text_trim(cells[i]), column_names[column])) continue;
            *ret_missing = column_names[column];
            if (found.cell[column] != 0) return false;
            found.cell[column] = i + 1;
        }
    }
    for (int column = 0; column < FACT_COLUMN_COUNT; column++) {
        *ret_missing = column_names[column];
        if ((needed[kind] & NEEDS(column)) != 0 && found.cell[column] == 0) return false;
    }
    *ret_columns = found;
    return true;
}

/* ---- one row ---- */

struct reading {
    const struct fact_columns *columns;
    const struct slice *cells;
    size_t count;
    struct extract_row *row;
    struct fact_problem *problem;
};

static struct slice cell_of(const struct reading *reading, enum fact_column column) {
    const size_t at = reading->columns->cell[column];
    return at == 0 || at > reading->count ? (struct slice){0} : text_trim(reading->cells[at - 1]);
}

static bool refuse(const struct reading *reading, enum fact_column column, const char *code, const char *remedy) {
    *reading->problem = (struct fact_problem){.column = column_names[column], .code = code, .remedy = remedy};
    return false;
}

static bool read_nik(const struct reading *reading, const struct region_table *regions, day_t as_of, char ret_nik[NIK_TEXT_MAX]) {
    struct nik_facts facts;
    const size_t size = nik_normalise(cell_of(reading, FACT_NIK), ret_nik);
    if (size == 0) return refuse(reading, FACT_NIK, "E80", "NIK kosong; lengkapi.");
    nik_check(slice_of(ret_nik, size), 0, SEX_NONE, as_of, regions, &facts);
    const struct code_set refusals = code_set_of_kind(facts.findings, CODE_REFUSAL);
    if (refusals.bits == 0) return true;
    if (facts.spreadsheet_damage) return refuse(reading, FACT_NIK, "E02", "NIK rusak oleh lembar kerja; jadikan kolom NIK berformat teks dan simpan ulang dari sumbernya.");
    for (int code = 1; code < CODE_LIMIT; code++) {
        const struct code_row *row = code_row((enum code)code);
        if (row != NULL && code_set_has(refusals, (enum code)code)) return refuse(reading, FACT_NIK, row->text, row->remedy);
    }
    CHECK(!"a refusal has a row");
    return false;
}

static bool read_desil(const struct reading *reading) {
    const struct slice text = cell_of(reading, FACT_DESIL);
    uint64_t desil = 0;
    if (text.size > 0 && (!text_number(text, DESIL_MAX, &desil) || desil == 0)) return refuse(reading, FACT_DESIL, "", "Desil adalah angka 1 sampai 10, atau kosong.");
    reading->row->desil = (int)desil;
    return true;
}

static bool read_month(struct slice text, month_t *ret_month) {
    day_t day = 0;
    if (month_parse(text, ret_month)) return true;
    if (!day_parse(text, &day)) return false;
    *ret_month = day_month(day);
    return true;
}

/* English and Indonesian words of one meaning share a number. */
struct word {
    const char *english, *indonesian;
};

static bool read_word(const struct reading *reading, const struct word *words, int count, int *ret_number) {
    const struct slice text = cell_of(reading, FACT_STATUS);
    *ret_number = 0;
    if (text.size == 0) return true;
    for (int i = 0; i < count; i++) {
        if (!text_is(text, words[i].english) && !text_is(text, words[i].indonesian)) continue;
        *ret_number = i;
        return true;
    }
    return false;
}

static bool read_cover(const struct reading *reading) {
    static const struct word statuses[] = {{"ACTIVE", "AKTIF"}, {"GRACE", "TENGGANG"}, {"LAPSED", "NONAKTIF"}, {"ENDED", "BERAKHIR"}};
    struct extract_row *row = reading->row;
    int status = 0;
    if (!segment_parse(cell_of(reading, FACT_SEGMEN), &row->segment)) return refuse(reading, FACT_SEGMEN, "", "Segmen adalah BPU, PU, JAKON, atau PMI.");
    if (!programme_set_parse(cell_of(reading, FACT_PROGRAM), &row->programmes) || row->programmes == 0)
        return refuse(reading, FACT_PROGRAM, "", "Program adalah JKK, JKM, JHT, JP, JKP, digabung dengan +.");
    row->payer = cell_of(reading, FACT_PEMBAYAR);
    if (row->payer.size > EXTRACT_PAYER_MAX) return refuse(reading, FACT_PEMBAYAR, "", "Pembayar paling panjang 100 huruf; tulis kode wilayah atau jenis pembayar.");
    if (!read_month(cell_of(reading, FACT_DARI), &row->from)) return refuse(reading, FACT_DARI, "", "Tulis bulan seperti 2025-01, atau tanggal.");
    row->to = MONTH_OPEN;
    if (cell_of(reading, FACT_SAMPAI).size > 0 && (!read_month(cell_of(reading, FACT_SAMPAI), &row->to) || row->to < row->from))
        return refuse(reading, FACT_SAMPAI, "", "Tulis bulan seperti 2025-12, tidak sebelum `dari`, atau kosongkan.");
    if (!read_word(reading, statuses, 4, &status)) return refuse(reading, FACT_STATUS, "", "Status adalah AKTIF, TENGGANG, NONAKTIF, atau BERAKHIR.");
    row->status = (enum cover_status)status;
    return true;
}

static bool read_population(const struct reading *reading) {
    static const struct word statuses[] = {{"ALIVE", "HIDUP"}, {"DECEASED", "MENINGGAL"}};
    const struct slice region = cell_of(reading, FACT_WILAYAH_KTP);
    uint32_t village = 0;
    int status = 0;
    if (!read_word(reading, statuses, 2, &status)) return refuse(reading, FACT_STATUS, "", "Status adalah HIDUP atau MENINGGAL.");
    reading->row->deceased = status == 1;
    if (region.size > 0 && (!region_parse(region, &reading->row->ktp_region, &village) || reading->row->ktp_region < REGION_FIRST || reading->row->ktp_region % 10000 == 0))
        return refuse(reading, FACT_WILAYAH_KTP, "", "Tulis kode wilayah KTP seperti 17.08.04, atau kosongkan.");
    return true;
}

bool fact_row_read(const struct fact_columns *columns, const struct slice *cells, size_t count, const struct region_table *regions, day_t as_of, struct fact_row *ret_row,
                   struct fact_problem *ret_problem) {
    struct fact_row out = {.row = {.kind = columns->kind}};
    const struct reading reading = {.columns = columns, .cells = cells, .count = count, .row = &out.row, .problem = ret_problem};
    if (!read_nik(&reading, regions, as_of, out.nik)) return false;
    if (columns->kind == EXTRACT_DTSEN && !read_desil(&reading)) return false;
    if (columns->kind == EXTRACT_ACTIVE_COVER && !read_cover(&reading)) return false;
    if (columns->kind == EXTRACT_POPULATION && !read_population(&reading)) return false;
    *ret_row = out;
    return true;
}
