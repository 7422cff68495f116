/* Reads one row. One small function a field; each leaves its field empty when it can't read it and says so. Must not decide anything: what a finding
 * means for the person is the business of the rules. What only one segment has is read by row_terms.c. */
#include "common/domain/row_terms.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum need { MANDATORY, USED, CARRIED };

static const struct {
    const char *name;
    enum need need;
} columns[COLUMN_COUNT] = {
#define COLUMN(symbol, name, need) {name, need},
#include "common/domain/columns.def"
#undef COLUMN
};
_Static_assert(COLUMN_COUNT <= 64, "a column is a bit of 64");

enum {
    WANTING_ALL = 0
#define COLUMN(symbol, name, need) +(int)sizeof(name) + 1
#include "common/domain/columns.def"
#undef COLUMN
};
_Static_assert((int)WANTING_ALL <= (int)WANTING_TEXT_MAX, "all names with \", \" behind them");

const char *column_name(enum column column) {
    CHECK((int)column >= 0 && column < COLUMN_COUNT);
    return columns[column].name;
}

bool column_is_mandatory(enum column column) {
    CHECK((int)column >= 0 && column < COLUMN_COUNT);
    return columns[column].need == MANDATORY;
}

bool column_by_name(struct slice name, enum column *ret_column) {
    name = text_trim(name);
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if (!text_is(name, columns[i].name)) continue;
        *ret_column = (enum column)i;
        return true;
    }
    return false;
}

void row_want(struct row_result *result, enum column column) {
    result->wanting |= UINT64_C(1) << (unsigned)column;
    result->findings = code_set_with(result->findings, CODE_E80);
}

bool row_given(const struct row_text *row, enum column column, struct row_result *result, struct slice *ret_text) {
    *ret_text = text_trim(row->column[column]);
    if (ret_text->size == 0 && columns[column].need == MANDATORY) row_want(result, column);
    return ret_text->size > 0;
}

bool row_day(struct slice text, day_t *ret_day) { return day_parse(text, ret_day) || day_parse_serial(text, ret_day); }

static void read_birth_date(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (row_given(row, COLUMN_TGL_LAHIR, result, &text) && !row_day(text, &result->birth_date)) row_want(result, COLUMN_TGL_LAHIR);
}

static void read_sex(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (!row_given(row, COLUMN_JENIS_KELAMIN, result, &text)) return;
    if (text_is(text, "L") || text_is(text, "LAKI-LAKI")) result->sex = SEX_MALE;
    else if (text_is(text, "P") || text_is(text, "PEREMPUAN")) result->sex = SEX_FEMALE;
    else row_want(result, COLUMN_JENIS_KELAMIN);
}

/* After birth date and sex, which it is compared with. */
static void read_nik(const struct row_text *row, const struct region_table *regions, day_t registration_date, struct row_result *result) {
    struct slice text;
    struct nik_facts facts;
    if (!row_given(row, COLUMN_NIK, result, &text)) return;
    size_t size = nik_normalise(text, result->nik);
    if (size == 0) { /* nothing but dots and dashes */
        row_want(result, COLUMN_NIK);
        return;
    }
    nik_check(slice_of(result->nik, size), result->birth_date, result->sex, registration_date, regions, &facts);
    result->findings = code_set_union(result->findings, facts.findings);
    result->spreadsheet_damage = facts.spreadsheet_damage;
}

static void read_name(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (!row_given(row, COLUMN_NAMA, result, &text)) return;
    size_t size = name_normalise(text, result->name);
    if (!name_is_valid(slice_of(result->name, size))) result->findings = code_set_with(result->findings, CODE_E06);
}

static void read_phone(const struct row_text *row, struct row_result *result) {
    if (!phone_normalise(row->column[COLUMN_NO_HP], result->phone)) result->findings = code_set_with(result->findings, CODE_W20);
}

static size_t append(char *text, size_t size, struct slice more) {
    size_t taken = text_cut(more, ADDRESS_TEXT_MAX - 1 - size);
    if (taken > 0) memcpy(text + size, more.bytes, taken);
    return size + taken;
}

/* The street may be cut; RT and RW are there whole or not at all. */
static void read_address(const struct row_text *row, struct row_result *result) {
    static const struct {
        enum column column;
        const char *label;
    } parts[] = {{COLUMN_RT, " RT "}, {COLUMN_RW, " RW "}};
    size_t size = append(result->address, 0, text_trim(row->column[COLUMN_ALAMAT]));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct slice text = text_trim(row->column[parts[i].column]), label = slice_text(size > 0 ? parts[i].label : parts[i].label + 1);
        if (text.size == 0 || size + label.size + text.size >= ADDRESS_TEXT_MAX) continue;
        size = append(result->address, size, label);
        size = append(result->address, size, text);
    }
    result->address[size] = '\0';
}

/* "17.08.04.2001 Pagar Gunung", as the template offers it: the name is for the reader. */
static struct slice without_place(struct slice text) {
    for (size_t i = 1; i + 1 < text.size; i++)
        if (text.bytes[i] == ' ' && byte_is_digit(text.bytes[i - 1]) && byte_is_letter(text.bytes[i + 1])) return slice_of(text.bytes, i);
    return text;
}

static void read_region(const struct row_text *row, const struct region_table *regions, struct row_result *result) {
    struct slice text;
    uint32_t region = 0, village = 0;
    if (!row_given(row, COLUMN_KODE_WILAYAH_KTP, result, &text)) return;
    bool readable = region_parse(without_place(text), &region, &village) && region / 100 % 100 != 0; /* a province alone is no residence */
    if (!readable || region_standing(regions, region) == REGION_UNKNOWN) {
        row_want(result, COLUMN_KODE_WILAYAH_KTP);
        return;
    }
    result->ktp_region = region;
    result->ktp_village = village;
}

/* The segments whose people work for somebody: what they do is no question of the law. */
static bool is_employed(const struct row_result *result) {
    return result->segment == SEGMENT_PU || result->segment == SEGMENT_JAKON || result->segment == SEGMENT_PMI;
}

/* The code decides when there is one, else the name. */
static void read_occupation(const struct row_text *row, const struct occupation_table *occupations, struct row_result *result) {
    struct slice name, code = text_trim(row->column[COLUMN_KODE_PEKERJAAN]);
    if (!row_given(row, COLUMN_PEKERJAAN, result, &name)) return;
    const struct occupation *found = code.size > 0 ? occupation_by_code(occupations, code) : occupation_by_name(occupations, name);
    if (found == NULL) {
        if (!is_employed(result)) row_want(result, code.size > 0 ? COLUMN_KODE_PEKERJAAN : COLUMN_PEKERJAAN);
        return;
    }
    result->occupation = found->code;
    result->sector = found->sector;
    result->is_employer = found->employer && !is_employed(result); /* a duty of BPU */
}

rupiah row_amount(const struct row_text *row, enum column column, struct row_result *result) {
    struct slice text;
    rupiah amount = 0;
    if (!row_given(row, column, result, &text)) return 0;
    if (rupiah_parse(text, &amount) && amount > 0 && amount <= RUPIAH_INPUT_MAX) return amount;
    result->bad_amounts |= UINT64_C(1) << (unsigned)column;
    result->findings = code_set_with(result->findings, CODE_E81);
    return 0;
}

uint32_t row_number(const struct row_text *row, enum column column, uint32_t max, struct row_result *result) {
    struct slice text;
    uint64_t number = 0;
    if (!row_given(row, column, result, &text)) return 0;
    if (text_number(text, max, &number) && number > 0) return (uint32_t)number;
    row_want(result, column);
    return 0;
}

/* Whatever else stands there is passed over: of old the column was carried and never read. */
static void read_desil(const struct row_text *row, struct row_result *result) {
    uint64_t desil;
    if (text_number(text_trim(row->column[COLUMN_ID_DESIL]), DESIL_MAX, &desil)) result->desil = (int)desil;
}

static void read_segment(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (row_given(row, COLUMN_SEGMEN, result, &text) && !segment_parse(text, &result->segment)) row_want(result, COLUMN_SEGMEN);
}

/* A project has its own dates and a migrant worker the months of the contract. */
static void read_wishes(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (row_given(row, COLUMN_PROGRAM, result, &text) && !programme_set_parse(text, &result->programmes)) row_want(result, COLUMN_PROGRAM);
    if (!is_employed(result)) result->income = row_amount(row, COLUMN_PENGHASILAN, result);
    if (result->segment == SEGMENT_JAKON) return;
    if (row_given(row, COLUMN_PERIODE_MULAI, result, &text) && !month_parse(text, &result->start_month)) row_want(result, COLUMN_PERIODE_MULAI);
    if (result->segment == SEGMENT_PMI) return;
    result->months = row_number(row, COLUMN_JUMLAH_BULAN, ROW_MONTHS_MAX, result);
}

void row_check(const struct row_text *row, const struct row_tables *tables, day_t registration_date, struct row_result *ret_result) {
    CHECK(tables->regions != NULL && tables->occupations != NULL);
    CHECK(day_is_valid(registration_date));
    *ret_result = (struct row_result){0};
    read_segment(row, ret_result); /* first: it says what else is read */
    read_birth_date(row, ret_result);
    read_sex(row, ret_result);
    read_nik(row, tables->regions, registration_date, ret_result);
    read_name(row, ret_result);
    read_phone(row, ret_result);
    read_address(row, ret_result);
    read_region(row, tables->regions, ret_result);
    read_occupation(row, tables->occupations, ret_result);
    read_wishes(row, ret_result);
    read_desil(row, ret_result);
    row_read_terms(row, ret_result);
    CHECK((ret_result->wanting != 0) == code_set_has(ret_result->findings, CODE_E80));
    CHECK((ret_result->bad_amounts != 0) == code_set_has(ret_result->findings, CODE_E81));
}

void row_fill(const struct row_result *result, struct application *application) {
    application->segment = result->segment;
    application->birth_date = result->birth_date;
    application->sex = result->sex;
    application->ktp_region = result->ktp_region;
    application->ktp_village = result->ktp_village;
    application->occupation = result->occupation;
    application->sector = result->sector;
    application->is_employer = result->is_employer;
    application->income = result->income;
    application->programmes = result->programmes;
    application->start_month = result->start_month;
    application->months = result->months;
    application->desil = result->desil;
    application->pu = result->pu;
    application->jakon = result->jakon;
    application->pmi = result->pmi;
    application->findings = result->findings;
}

/* Where the amount stands that a row is priced by. */
static enum column priced_column(const struct row_result *result) {
    switch (result->segment) {
    case SEGMENT_PU: return COLUMN_UPAH;
    case SEGMENT_PMI: return COLUMN_JHT_BULANAN;
    case SEGMENT_JAKON:
        if (result->jakon.basis == JAKON_BASIS_WAGES) return COLUMN_UPAH;
        return result->jakon.contract_net > 0 ? COLUMN_NILAI_KONTRAK_NETO : COLUMN_NILAI_KONTRAK_BRUTO;
    default: return COLUMN_PENGHASILAN;
    }
}

uint64_t row_code_columns(const struct row_result *result, enum code code) {
    if (code == CODE_E80) return result->wanting;
    if (code != CODE_E81) return 0;
    return result->bad_amounts != 0 ? result->bad_amounts : UINT64_C(1) << priced_column(result);
}

size_t row_wanting_format(uint64_t columns_wanted, char ret_text[WANTING_TEXT_MAX]) {
    size_t size = 0;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if ((columns_wanted >> (unsigned)i & 1u) == 0) continue;
        size_t name = strlen(columns[i].name);
        CHECK(size + name + 3 <= WANTING_TEXT_MAX);
        if (size > 0) {
            memcpy(ret_text + size, ", ", 2);
            size += 2;
        }
        memcpy(ret_text + size, columns[i].name, name);
        size += name;
    }
    ret_text[size] = '\0';
    return size;
}
