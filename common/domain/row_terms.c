/* Reads what one segment's rules and tariff need of a row: wages and risk of an employee, a construction project, the journey of a migrant worker (domain.md 3.4).
 * Also says for whom or what a row's cover is kept. Must not look at the columns of another segment, and must not decide anything. */
#include "common/domain/row_terms.h"

#include "common/base/check.h"
#include "common/domain/text.h"

/* ---- fields -------------------------------------------------------------------------------------------------------------------------- */

static bool needed(const struct row_text *row, enum column column, struct row_result *result, struct slice *ret_text) {
    if (row_given(row, column, result, ret_text)) return true;
    row_want(result, column);
    return false;
}

static rupiah needed_amount(const struct row_text *row, enum column column, struct row_result *result) {
    struct slice text;
    return needed(row, column, result, &text) ? row_amount(row, column, result) : 0;
}

static uint32_t needed_number(const struct row_text *row, enum column column, uint32_t max, struct row_result *result) {
    struct slice text;
    return needed(row, column, result, &text) ? row_number(row, column, max, result) : 0;
}

/* Fit to travel and to be hashed: the wire cuts at a zero byte, and the parts of a subject are put together with control characters. */
static bool is_term(struct slice text) {
    if (text.size > ROW_TERM_MAX || !text_is_utf8(text)) return false;
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < ' ' || text.bytes[i] == 0x7f) return false;
    return true;
}

static struct slice read_term(const struct row_text *row, enum column column, struct row_result *result) {
    struct slice text;
    if (!row_given(row, column, result, &text)) return (struct slice){0};
    if (is_term(text)) return text;
    row_want(result, column);
    return (struct slice){0};
}

static day_t read_day(const struct row_text *row, enum column column, struct row_result *result) {
    struct slice text;
    day_t day = 0;
    if (row_given(row, column, result, &text) && !row_day(text, &day)) row_want(result, column);
    return day;
}

static day_t needed_day(const struct row_text *row, enum column column, struct row_result *result) {
    struct slice text;
    return needed(row, column, result, &text) ? read_day(row, column, result) : 0;
}

/* ---- PU ------------------------------------------------------------------------------------------------------------------------------ */

/* PP 82/2019 Lampiran I: the groups have names and Roman numbers. */
static int32_t read_risk_class(const struct row_text *row, struct row_result *result) {
    static const char *const words[RISK_CLASSES] = {"sangat rendah", "rendah", "sedang", "tinggi", "sangat tinggi"};
    static const char *const numerals[RISK_CLASSES] = {"I", "II", "III", "IV", "V"};
    struct slice text;
    if (!needed(row, COLUMN_KELAS_RISIKO, result, &text)) return 0;
    for (int i = 0; i < RISK_CLASSES; i++)
        if (text_is(text, words[i]) || text_is(text, numerals[i])) return i + 1;
    return (int32_t)row_number(row, COLUMN_KELAS_RISIKO, RISK_CLASSES, result);
}

static bool read_labour_intensive(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (!row_given(row, COLUMN_STATUS_PADAT_KARYA, result, &text)) return false;
    if (text_is(text, "ya") || text_is(text, "1")) return true;
    if (!text_is(text, "tidak") && !text_is(text, "0")) row_want(result, COLUMN_STATUS_PADAT_KARYA);
    return false;
}

static void read_pu(const struct row_text *row, struct row_result *result) {
    struct slice text;
    struct pu_terms *pu = &result->pu;
    pu->wage = needed_amount(row, COLUMN_UPAH, result);
    pu->risk_class = read_risk_class(row, result);
    if (needed(row, COLUMN_SKALA, result, &text) && !employer_size_parse(text, &pu->employer_size)) row_want(result, COLUMN_SKALA);
    pu->labour_intensive = read_labour_intensive(row, result);
    pu->employer_number = read_term(row, COLUMN_NPP, result);
}

/* ---- JAKON --------------------------------------------------------------------------------------------------------------------------- */

/* The cover runs through every month that the project touches. */
static void read_duration(const struct row_text *row, struct row_result *result) {
    day_t from = needed_day(row, COLUMN_TGL_MULAI, result), to = needed_day(row, COLUMN_TGL_SELESAI, result);
    if (from == 0 || to == 0) return;
    int32_t months = month_distance(day_month(from), day_month(to)) + 1;
    if (from > to || months > ROW_MONTHS_MAX) {
        row_want(result, COLUMN_TGL_SELESAI);
        return;
    }
    result->jakon.from = from;
    result->jakon.to = to;
    result->start_month = day_month(from);
    result->months = (uint32_t)months;
}

/* The net value alone when it is there. A gross value with a PPN of 0 is a net value: on the wire a rate of 0 stands for the law's. */
static void read_contract(const struct row_text *row, struct row_result *result) {
    struct slice text;
    struct jakon_terms *jakon = &result->jakon;
    if (row_given(row, COLUMN_NILAI_KONTRAK_NETO, result, &text)) {
        jakon->contract_net = row_amount(row, COLUMN_NILAI_KONTRAK_NETO, result);
        return;
    }
    if (!row_given(row, COLUMN_NILAI_KONTRAK_BRUTO, result, &text)) {
        row_want(result, COLUMN_NILAI_KONTRAK_NETO);
        return;
    }
    rupiah value = row_amount(row, COLUMN_NILAI_KONTRAK_BRUTO, result);
    bool without_vat = row_given(row, COLUMN_PPN_PPM, result, &text) && text_is(text, "0");
    if (without_vat) jakon->contract_net = value;
    else jakon->contract_gross = value;
    if (!without_vat) jakon->vat_ppm = row_number(row, COLUMN_PPN_PPM, PPM, result);
}

static void read_jakon(const struct row_text *row, struct row_result *result) {
    struct slice text;
    struct jakon_terms *jakon = &result->jakon;
    jakon->project_number = read_term(row, COLUMN_NO_PROYEK, result);
    jakon->spk_number = read_term(row, COLUMN_NO_SPK, result);
    if (!row_given(row, COLUMN_NO_PROYEK, result, &text) && !row_given(row, COLUMN_NO_SPK, result, &text)) row_want(result, COLUMN_NO_PROYEK);
    (void)read_term(row, COLUMN_NPP, result); /* part of the subject only */
    jakon->spk_date = read_day(row, COLUMN_TGL_SPK, result);
    read_duration(row, result);
    jakon->workers = needed_number(row, COLUMN_JUMLAH_TK, ROW_WORKERS_MAX, result);
    if (needed(row, COLUMN_BASIS, result, &text) && !jakon_basis_parse(text, &jakon->basis)) row_want(result, COLUMN_BASIS);
    if (jakon->basis == JAKON_BASIS_CONTRACT) read_contract(row, result);
    if (jakon->basis == JAKON_BASIS_WAGES) jakon->wages = needed_amount(row, COLUMN_UPAH, result);
}

/* ---- PMI ----------------------------------------------------------------------------------------------------------------------------- */

/* Savings need both: the programme, and how much a month. Who wrote only one of them is told that they are not billed. */
static void agree_on_savings(struct row_result *result) {
    const programme_set savings = programme_bit(PROGRAMME_JHT);
    const bool asked = (result->programmes & savings) != 0, stated = result->pmi.jht_monthly > 0;
    if (result->programmes == 0 || asked == stated || code_set_has(result->findings, CODE_E81)) return;
    result->findings = code_set_with(result->findings, CODE_W50);
    result->programmes &= (programme_set)~savings;
}

static void read_pmi(const struct row_text *row, struct row_result *result) {
    struct slice text;
    struct pmi_terms *pmi = &result->pmi;
    if (needed(row, COLUMN_JALUR, result, &text) && !pmi_route_parse(text, &pmi->route)) row_want(result, COLUMN_JALUR);
    result->months = needed_number(row, COLUMN_LAMA_KONTRAK_BULAN, ROW_MONTHS_MAX, result);
    if (row_given(row, COLUMN_JHT_BULANAN, result, &text) && !text_is(text, "0")) pmi->jht_monthly = row_amount(row, COLUMN_JHT_BULANAN, result);
    pmi->placement_company = read_term(row, COLUMN_ID_P3MI, result);
    pmi->country = read_term(row, COLUMN_NEGARA, result);
    agree_on_savings(result);
}

void row_read_terms(const struct row_text *row, struct row_result *result) {
    switch (result->segment) {
    case SEGMENT_PU: read_pu(row, result); return;
    case SEGMENT_JAKON: read_jakon(row, result); return;
    case SEGMENT_PMI: read_pmi(row, result); return;
    case SEGMENT_NONE:
    case SEGMENT_BPU: return;
    }
}

/* ---- whose cover it is --------------------------------------------------------------------------------------------------------------- */

static size_t put_byte(uint8_t *bytes, size_t size, uint8_t byte) {
    CHECK(size < ROW_SUBJECT_MAX);
    bytes[size] = byte;
    return size + 1;
}

/* Upper case, no white space: "spk/12 / 2025" and "SPK/12/2025" are one order. */
static size_t put_condensed(uint8_t *bytes, size_t size, struct slice text) {
    for (size_t at = 0; at < text.size;) {
        size_t space = text_space_at(text, at);
        if (space == 0) {
            uint8_t byte = text.bytes[at];
            size = put_byte(bytes, size, byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte);
        }
        at += space > 0 ? space : 1;
    }
    return size;
}

/* Straight into the subject, so that no other copy of it stays behind. */
static size_t put_nik(const struct row_text *row, uint8_t *bytes, size_t size) {
    CHECK(size + NIK_TEXT_MAX <= ROW_SUBJECT_MAX);
    return size + nik_normalise(text_trim(row->column[COLUMN_NIK]), (char *)bytes + size);
}

/* 0, 'P' or 'S', the number, 0, npp; for wages 0 and the NIK. */
static size_t project_subject(const struct row_text *row, uint8_t bytes[ROW_SUBJECT_MAX]) {
    _Static_assert(2 * ROW_TERM_MAX + NIK_TEXT_MAX + 4 <= ROW_SUBJECT_MAX, "two terms, a NIK and what stands between them");
    enum jakon_basis basis = JAKON_BASIS_NONE;
    struct slice project = text_trim(row->column[COLUMN_NO_PROYEK]), order = text_trim(row->column[COLUMN_NO_SPK]);
    struct slice number = project.size > 0 ? project : order, npp = text_trim(row->column[COLUMN_NPP]);
    if (number.size == 0 || !is_term(number) || !is_term(npp) || !jakon_basis_parse(row->column[COLUMN_BASIS], &basis)) return 0;
    size_t size = put_byte(bytes, put_byte(bytes, 0, 0), project.size > 0 ? 'P' : 'S');
    size = put_condensed(bytes, size, number);
    size = put_condensed(bytes, put_byte(bytes, size, 0), npp);
    if (basis == JAKON_BASIS_CONTRACT) return size;
    size_t before = put_byte(bytes, size, 0);
    size = put_nik(row, bytes, before);
    return size > before ? size : 0;
}

size_t row_subject(const struct row_text *row, uint8_t ret_bytes[ROW_SUBJECT_MAX]) {
    enum segment segment = SEGMENT_NONE;
    if (segment_parse(row->column[COLUMN_SEGMEN], &segment) && segment == SEGMENT_JAKON) return project_subject(row, ret_bytes);
    return put_nik(row, ret_bytes, 0);
}
