/* Reads one row. One small function a field; each leaves its field empty when it can't read it and says so. Must not decide anything: what a finding
 * means for the person is the business of the rules. */
#include "common/domain/row.h"

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

bool row_is_blank(const struct row_text *row) {
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (!text_is_blank(row->column[i])) return false;
    return true;
}

static void want(struct row_result *result, enum column column) {
    result->wanting |= UINT64_C(1) << (unsigned)column;
    result->findings = code_set_with(result->findings, CODE_E80);
}

/* The trimmed text of a column; false when it is empty, which is E80 for a mandatory one. */
static bool given(const struct row_text *row, enum column column, struct row_result *result, struct slice *ret_text) {
    *ret_text = text_trim(row->column[column]);
    if (ret_text->size == 0 && columns[column].need == MANDATORY) want(result, column);
    return ret_text->size > 0;
}

static void read_birth_date(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (given(row, COLUMN_TGL_LAHIR, result, &text) && !day_parse(text, &result->birth_date)) want(result, COLUMN_TGL_LAHIR);
}

static void read_sex(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (!given(row, COLUMN_JENIS_KELAMIN, result, &text)) return;
    if (text_is(text, "L") || text_is(text, "LAKI-LAKI")) result->sex = SEX_MALE;
    else if (text_is(text, "P") || text_is(text, "PEREMPUAN")) result->sex = SEX_FEMALE;
    else want(result, COLUMN_JENIS_KELAMIN);
}

/* After birth date and sex, which it is compared with. */
static void read_nik(const struct row_text *row, const struct region_table *regions, day_t registration_date, struct row_result *result) {
    struct slice text;
    struct nik_facts facts;
    if (!given(row, COLUMN_NIK, result, &text)) return;
    size_t size = nik_normalise(text, result->nik);
    if (size == 0) { /* nothing but dots and dashes */
        want(result, COLUMN_NIK);
        return;
    }
    nik_check(slice_of(result->nik, size), result->birth_date, result->sex, registration_date, regions, &facts);
    result->findings = code_set_union(result->findings, facts.findings);
    result->spreadsheet_damage = facts.spreadsheet_damage;
}

static void read_name(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (!given(row, COLUMN_NAMA, result, &text)) return;
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

static void read_region(const struct row_text *row, const struct region_table *regions, struct row_result *result) {
    struct slice text;
    uint32_t region = 0, village = 0;
    if (!given(row, COLUMN_KODE_WILAYAH_KTP, result, &text)) return;
    bool readable = region_parse(text, &region, &village) && region / 100 % 100 != 0; /* a province alone is no residence */
    if (!readable || region_standing(regions, region) == REGION_UNKNOWN) {
        want(result, COLUMN_KODE_WILAYAH_KTP);
        return;
    }
    result->ktp_region = region;
    result->ktp_village = village;
}

/* The code decides when there is one, else the name. */
static void read_occupation(const struct row_text *row, const struct occupation_table *occupations, struct row_result *result) {
    struct slice name, code = text_trim(row->column[COLUMN_KODE_PEKERJAAN]);
    if (!given(row, COLUMN_PEKERJAAN, result, &name)) return;
    const struct occupation *found = code.size > 0 ? occupation_by_code(occupations, code) : occupation_by_name(occupations, name);
    if (found == NULL) {
        want(result, code.size > 0 ? COLUMN_KODE_PEKERJAAN : COLUMN_PEKERJAAN);
        return;
    }
    result->occupation = found->code;
    result->sector = found->sector;
    result->is_employer = found->employer;
}

static void read_income(const struct row_text *row, struct row_result *result) {
    struct slice text;
    if (!given(row, COLUMN_PENGHASILAN, result, &text)) return;
    rupiah income = 0;
    if (rupiah_parse(text, &income) && income > 0 && income <= RUPIAH_INPUT_MAX) result->income = income;
    else result->findings = code_set_with(result->findings, CODE_E81);
}

static void read_terms(const struct row_text *row, struct row_result *result) {
    struct slice text;
    uint64_t months = 0;
    if (given(row, COLUMN_SEGMEN, result, &text) && !segment_parse(text, &result->segment)) want(result, COLUMN_SEGMEN);
    if (given(row, COLUMN_PROGRAM, result, &text) && !programme_set_parse(text, &result->programmes)) want(result, COLUMN_PROGRAM);
    if (given(row, COLUMN_PERIODE_MULAI, result, &text) && !month_parse(text, &result->start_month)) want(result, COLUMN_PERIODE_MULAI);
    if (!given(row, COLUMN_JUMLAH_BULAN, result, &text)) return;
    if (text_number(text, ROW_MONTHS_MAX, &months) && months > 0) result->months = (uint32_t)months;
    else want(result, COLUMN_JUMLAH_BULAN);
}

void row_check(const struct row_text *row, const struct row_tables *tables, day_t registration_date, struct row_result *ret_result) {
    CHECK(tables->regions != NULL && tables->occupations != NULL);
    CHECK(day_is_valid(registration_date));
    *ret_result = (struct row_result){0};
    read_birth_date(row, ret_result);
    read_sex(row, ret_result);
    read_nik(row, tables->regions, registration_date, ret_result);
    read_name(row, ret_result);
    read_phone(row, ret_result);
    read_address(row, ret_result);
    read_region(row, tables->regions, ret_result);
    read_occupation(row, tables->occupations, ret_result);
    read_income(row, ret_result);
    read_terms(row, ret_result);
    CHECK((ret_result->wanting != 0) == code_set_has(ret_result->findings, CODE_E80));
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
    application->findings = result->findings;
}

size_t row_wanting_format(uint64_t wanting, char ret_text[WANTING_TEXT_MAX]) {
    size_t size = 0;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        if ((wanting >> (unsigned)i & 1u) == 0) continue;
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
