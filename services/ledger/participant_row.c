/* Reads one participant. Whether the NIK is somebody's is not judged here: it is only compared. */
#include "services/ledger/participant_row.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const char *const column_names[PARTICIPANT_COLUMN_COUNT] = {"nik", "kpj", "program", "mulai", "akhir", "status"};

static const struct {
    const char *name;
    enum participant_column column;
} synonyms[] = {
    {"nik", PARTICIPANT_NIK},          {"noktp", PARTICIPANT_NIK},          {"nomorktp", PARTICIPANT_NIK},         {"nonik", PARTICIPANT_NIK},
    {"kpj", PARTICIPANT_KPJ},          {"nokpj", PARTICIPANT_KPJ},          {"nomorkpj", PARTICIPANT_KPJ},         {"nomorkepesertaan", PARTICIPANT_KPJ},
    {"program", PARTICIPANT_PROGRAM},  {"programme", PARTICIPANT_PROGRAM},  {"programmes", PARTICIPANT_PROGRAM},   {"mulai", PARTICIPANT_MULAI},
    {"tmt", PARTICIPANT_MULAI},        {"tanggalmulai", PARTICIPANT_MULAI}, {"tglmulai", PARTICIPANT_MULAI},       {"bulanmulai", PARTICIPANT_MULAI},
    {"start", PARTICIPANT_MULAI},      {"akhir", PARTICIPANT_AKHIR},        {"sampai", PARTICIPANT_AKHIR},         {"tanggalakhir", PARTICIPANT_AKHIR},
    {"tglakhir", PARTICIPANT_AKHIR},   {"bulanakhir", PARTICIPANT_AKHIR},   {"end", PARTICIPANT_AKHIR},            {"status", PARTICIPANT_STATUS},
    {"statuspeserta", PARTICIPANT_STATUS}, {"statuskepesertaan", PARTICIPANT_STATUS}, {"keaktifan", PARTICIPANT_STATUS},
};
enum { SYNONYM_COUNT = sizeof synonyms / sizeof *synonyms, PLAIN_MAX = 40 };

const char *participant_column_name(enum participant_column column) {
    CHECK(column >= 0 && column < PARTICIPANT_COLUMN_COUNT);
    return column_names[column];
}

bool participant_columns_find(const struct slice *cells, size_t count, struct participant_columns *ret_columns, enum participant_column *ret_wrong) {
    struct participant_columns found = {{0}};
    char text[PLAIN_MAX];
    for (size_t i = 0; i < count; i++) {
        const struct slice name = text_plain(cells[i], text, PLAIN_MAX);
        for (size_t k = 0; k < SYNONYM_COUNT; k++) {
            if (!slice_is(name, synonyms[k].name)) continue;
            *ret_wrong = synonyms[k].column;
            if (found.cell[synonyms[k].column] != 0) return false;
            found.cell[synonyms[k].column] = i + 1;
        }
    }
    *ret_wrong = PARTICIPANT_NIK;
    if (found.cell[PARTICIPANT_NIK] == 0) return false;
    *ret_columns = found;
    return true;
}

/* ---- one row ---- */

static struct slice cell_of(const struct participant_columns *columns, const struct slice *cells, size_t count, enum participant_column column) {
    const size_t at = columns->cell[column];
    return at == 0 || at > count ? (struct slice){0} : text_trim(cells[at - 1]);
}

static bool read_month(struct slice text, month_t *ret_month) {
    day_t day = 0;
    *ret_month = 0;
    if (text.size == 0 || month_parse(text, ret_month)) return true;
    if (!day_parse(text, &day)) return false;
    *ret_month = day_month(day);
    return true;
}

static bool read_status(struct slice cell, bool *ret_active) {
    static const char *const yes[] = {"", "aktif", "active", "a", "1"}, *const no[] = {"nonaktif", "tidakaktif", "inactive", "berakhir", "keluar", "ended", "n", "0"};
    char text[PLAIN_MAX];
    const struct slice word = text_plain(cell, text, PLAIN_MAX);
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (slice_is(word, yes[i]) && (word.size > 0 || cell.size == 0)) return *ret_active = true, true;
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (slice_is(word, no[i])) return *ret_active = false, true;
    return false;
}

static bool read_nik(struct slice cell, char ret_nik[NIK_TEXT_MAX]) {
    uint64_t number = 0;
    return nik_normalise(cell, ret_nik) == NIK_DIGITS && text_number(slice_of(ret_nik, NIK_DIGITS), UINT64_C(9999999999999999), &number);
}

bool participant_row_read(const struct participant_columns *columns, const struct slice *cells, size_t count, struct participant_row *ret_row, enum participant_column *ret_wrong) {
    struct participant_row row = {.is_active = true};
    const struct slice programmes = cell_of(columns, cells, count, PARTICIPANT_PROGRAM);
    *ret_wrong = PARTICIPANT_NIK;
    if (!read_nik(cell_of(columns, cells, count, PARTICIPANT_NIK), row.nik)) return false;
    (void)kpj_parse(cell_of(columns, cells, count, PARTICIPANT_KPJ), row.kpj); /* none: it stays empty */
    *ret_wrong = PARTICIPANT_PROGRAM;
    if (programmes.size > 0 && !programme_set_parse(programmes, &row.programmes)) return false;
    *ret_wrong = PARTICIPANT_MULAI;
    if (!read_month(cell_of(columns, cells, count, PARTICIPANT_MULAI), &row.from)) return false;
    *ret_wrong = PARTICIPANT_AKHIR;
    if (!read_month(cell_of(columns, cells, count, PARTICIPANT_AKHIR), &row.to)) return false;
    *ret_wrong = PARTICIPANT_STATUS;
    if (!read_status(cell_of(columns, cells, count, PARTICIPANT_STATUS), &row.is_active)) return false;
    *ret_row = row;
    return true;
}
