/* Reads a facts document with jansson, member by member through tables. It must never guess at a value, and never quote one: most are data of a person. */
#include "services/payung/check_document.h"

#include <stdio.h>

#include "services/payung/check_values.h"

enum { AGE_MAX = 150 };

#define MEMBERS(list) list, sizeof list / sizeof *list

/* ---- agreement ------------------------------------------------------------------------------------------------------------------------ */

static struct check_agreement *agreement_of(struct check_reader *reader) { return &reader->document->agreement; }

static bool read_payer(struct check_reader *reader, const json_t *value) {
    struct slice text;
    return (value_text(value, &text) && funds_parse(text, &agreement_of(reader)->payer)) || value_refuse(reader, "must be APBN, APBD, SWASTA or PRIBADI");
}

static bool read_payer_region(struct check_reader *reader, const json_t *value) {
    uint32_t region = 0;
    if (!value_read_region(reader, value, &region)) return false;
    agreement_of(reader)->region = region / 100; /* a payer is a regency or a province */
    return true;
}

static bool read_period(struct check_reader *reader, const json_t *value) {
    struct check_agreement *agreement = agreement_of(reader);
    if (!json_is_array(value) || json_array_size(value) != 2) return value_refuse(reader, "must be a list of two: the first and the last day or month");
    const json_t *from = json_array_get(value, 0), *to = json_array_get(value, 1);
    if (!json_is_null(from) && !value_read_day(reader, from, false, &agreement->from)) return false;
    return json_is_null(to) || value_read_day(reader, to, true, &agreement->to);
}

static bool read_requires_dtsen(struct check_reader *reader, const json_t *value) { return value_read_flag(reader, value, &agreement_of(reader)->requires_dtsen); }
static bool read_exclude_active(struct check_reader *reader, const json_t *value) { return value_read_flag(reader, value, &agreement_of(reader)->exclude_active); }
static bool read_desil_max(struct check_reader *reader, const json_t *value) { return value_read_small(reader, value, 1, DESIL_MAX, &agreement_of(reader)->desil_max); }
static bool read_min_age(struct check_reader *reader, const json_t *value) { return value_read_small(reader, value, 1, AGE_MAX, &agreement_of(reader)->min_age); }
static bool read_age_limit(struct check_reader *reader, const json_t *value) { return value_read_small(reader, value, 1, AGE_MAX, &agreement_of(reader)->age_limit); }
static bool read_agreed(struct check_reader *reader, const json_t *value) { return value_read_programmes(reader, value, &agreement_of(reader)->programmes); }

static bool read_legal_basis(struct check_reader *reader, const json_t *value) {
    bool has_basis = false;
    if (!value_read_flag(reader, value, &has_basis)) return false;
    agreement_of(reader)->no_legal_basis = !has_basis;
    return true;
}

static bool read_scope(struct check_reader *reader, const json_t *value) {
    static const char *const words[] = {[SCOPE_PAYER] = "PAYER", [SCOPE_REGENCY] = "REGENCY", [SCOPE_PROVINCE] = "PROVINCE", [SCOPE_ANY] = "ANY", NULL};
    int scope = 0;
    if (!value_read_word(reader, value, words, "must be PAYER, REGENCY, PROVINCE or ANY", &scope)) return false;
    agreement_of(reader)->scope = (enum region_scope)scope;
    return true;
}

static bool read_occupations(struct check_reader *reader, const json_t *value) {
    struct check_agreement *agreement = agreement_of(reader);
    if (!json_is_array(value) || json_array_size(value) > CHECK_OCCUPATIONS_MAX) return value_refuse(reader, "must be a list of at most 256 occupations");
    struct slice *occupations = arena_zero(reader->arena, json_array_size(value) + 1, sizeof *occupations);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!value_read_text(reader, json_array_get(value, i), &occupations[i])) return false;
    agreement->occupations = occupations;
    agreement->occupation_count = json_array_size(value);
    return true;
}

static bool read_left(struct check_reader *reader, const json_t *value, bool *ret_used_up) {
    int64_t left = 0;
    if (!value_read_number(reader, value, 0, RUPIAH_INPUT_MAX, &left)) return false;
    *ret_used_up = left == 0;
    return true;
}

static bool read_quota_left(struct check_reader *reader, const json_t *value) { return read_left(reader, value, &agreement_of(reader)->quota_is_used_up); }
static bool read_budget_left(struct check_reader *reader, const json_t *value) { return read_left(reader, value, &agreement_of(reader)->budget_is_used_up); }

static bool read_agreement(struct check_reader *reader, const json_t *value) {
    static const struct check_member members[] = {{"payer", read_payer}, {"region", read_payer_region}, {"period", read_period}, {"requires_dtsen", read_requires_dtsen},
                                            {"desil_max", read_desil_max}, {"occupations", read_occupations}, {"exclude_active", read_exclude_active}, {"legal_basis", read_legal_basis},
                                            {"programmes", read_agreed}, {"min_age", read_min_age}, {"age_limit", read_age_limit}, {"region_scope", read_scope},
                                            {"quota_left", read_quota_left}, {"budget_left", read_budget_left}};
    agreement_of(reader)->given = true;
    return value_read_members(reader, value, MEMBERS(members));
}

/* ---- facts ---------------------------------------------------------------------------------------------------------------------------- */

static bool read_cover_segment(struct check_reader *reader, const json_t *value) {
    struct slice text;
    return (value_text(value, &text) && segment_parse(text, &reader->cover->segment)) || value_refuse(reader, "must be BPU, PU, JAKON or PMI");
}

static bool read_cover_programmes(struct check_reader *reader, const json_t *value) { return value_read_programmes(reader, value, &reader->cover->programmes); }
static bool read_cover_payer(struct check_reader *reader, const json_t *value) { return value_read_text(reader, value, &reader->cover->payer); }
static bool read_cover_from(struct check_reader *reader, const json_t *value) { return value_read_month(reader, value, &reader->cover->from); }
static bool read_cover_to(struct check_reader *reader, const json_t *value) { return value_read_month(reader, value, &reader->cover->to); }

static bool read_cover_status(struct check_reader *reader, const json_t *value) {
    static const char *const words[] = {"ACTIVE", "GRACE", "LAPSED", "ENDED", "REGISTERED", NULL};
    static const enum cover_status statuses[] = {COVER_ACTIVE, COVER_GRACE, COVER_LAPSED, COVER_ENDED, COVER_ENDED}; /* registered and never paid is no cover */
    int index = 0;
    if (!value_read_word(reader, value, words, "must be ACTIVE, GRACE, LAPSED, ENDED or REGISTERED", &index)) return false;
    reader->cover->status = statuses[index];
    return true;
}

static bool read_active(struct check_reader *reader, const json_t *value) {
    static const struct check_member members[] = {{"segment", read_cover_segment}, {"programme", read_cover_programmes}, {"programmes", read_cover_programmes}, {"payer", read_cover_payer},
                                            {"from", read_cover_from}, {"to", read_cover_to}, {"status", read_cover_status}};
    if (!json_is_array(value) || json_array_size(value) > CHECK_COVERS_MAX) return value_refuse(reader, "must be a list of at most 256 covers");
    struct check_cover *covers = arena_zero(reader->arena, json_array_size(value) + 1, sizeof *covers);
    for (size_t i = 0; i < json_array_size(value); i++) {
        char index[24];
        (void)snprintf(index, sizeof index, "%zu", i);
        const size_t begin = value_enter(reader, index);
        reader->cover = &covers[i];
        if (!value_read_members(reader, json_array_get(value, i), MEMBERS(members))) return false;
        value_leave(reader, begin);
    }
    reader->document->covers = covers;
    reader->document->cover_count = json_array_size(value);
    return true;
}

static bool read_dukcapil(struct check_reader *reader, const json_t *value) {
    static const char *const words[] = {"ALIVE", "DECEASED", "NOT_FOUND", "NO_ANSWER", NULL};
    static const enum dukcapil_answer answers[] = {DUKCAPIL_ALIVE, DUKCAPIL_DECEASED, DUKCAPIL_NOT_FOUND, DUKCAPIL_NO_ANSWER};
    int index = 0;
    if (!value_read_word(reader, value, words, "must be ALIVE, DECEASED, NOT_FOUND or NO_ANSWER", &index)) return false;
    reader->document->dukcapil = answers[index];
    return true;
}

static bool read_dukcapil_region(struct check_reader *reader, const json_t *value) { return value_read_region(reader, value, &reader->document->dukcapil_region); }
static bool read_dtsen(struct check_reader *reader, const json_t *value) { return value_read_fact(reader, value, &reader->document->dtsen); }
static bool read_civil_servant(struct check_reader *reader, const json_t *value) { return value_read_fact(reader, value, &reader->document->civil_servant); }
static bool read_desil(struct check_reader *reader, const json_t *value) { return value_read_small(reader, value, 1, DESIL_MAX, &reader->document->desil); }

static bool read_facts(struct check_reader *reader, const json_t *value) {
    static const struct check_member members[] = {{"dukcapil", read_dukcapil}, {"dukcapil_region", read_dukcapil_region}, {"dtsen", read_dtsen}, {"desil", read_desil},
                                            {"civil_servant", read_civil_servant}, {"active", read_active}};
    return value_read_members(reader, value, MEMBERS(members));
}

/* ---- the person ----------------------------------------------------------------------------------------------------------------------- */

#define ROW_TEXT(function, symbol) \
    static bool function(struct check_reader *reader, const json_t *value) { return value_read_text(reader, value, &reader->document->row.column[COLUMN_##symbol]); }
ROW_TEXT(read_segment, SEGMEN)
ROW_TEXT(read_nik, NIK)
ROW_TEXT(read_name, NAMA)
ROW_TEXT(read_birth_date, TGL_LAHIR)
ROW_TEXT(read_sex, JENIS_KELAMIN)
ROW_TEXT(read_phone, NO_HP)
ROW_TEXT(read_occupation, PEKERJAAN)
ROW_TEXT(read_ktp_region, KODE_WILAYAH_KTP)
#undef ROW_TEXT

static bool read_income(struct check_reader *reader, const json_t *value) { return value_read_amount(reader, value, &reader->document->row.column[COLUMN_PENGHASILAN]); }
static bool read_wage(struct check_reader *reader, const json_t *value) { return value_read_amount(reader, value, &reader->document->row.column[COLUMN_UPAH]); }
static bool read_is_employer(struct check_reader *reader, const json_t *value) { return value_read_flag(reader, value, &reader->document->is_employer); }
static bool read_asked(struct check_reader *reader, const json_t *value) { return value_read_programmes(reader, value, &reader->document->programmes); }
static bool read_start_month(struct check_reader *reader, const json_t *value) { return value_read_month(reader, value, &reader->document->start_month); }

static bool read_registration_date(struct check_reader *reader, const json_t *value) {
    struct slice text;
    return (value_text(value, &text) && day_parse(text, &reader->document->registration_date)) || value_refuse(reader, "must be a date, YYYY-MM-DD");
}

static bool read_employer_size(struct check_reader *reader, const json_t *value) {
    struct slice text;
    return (value_text(value, &text) && employer_size_parse(text, &reader->document->employer_size)) || value_refuse(reader, "must be MICRO, SMALL, MEDIUM or LARGE");
}

static bool read_months(struct check_reader *reader, const json_t *value) {
    int64_t months = 0;
    if (!value_read_number(reader, value, 1, COVER_MONTHS_MAX, &months)) return false;
    reader->document->months = (uint32_t)months;
    return true;
}

/* The names are judged where the parameters are. */
static bool read_parameters(struct check_reader *reader, const json_t *value) {
    char *text = reader->document->assignments;
    size_t size = 0;
    const char *name;
    json_t *number;
    if (!json_is_object(value)) return value_refuse(reader, "must be an object of numbers");
    json_object_foreach((json_t *)value, name, number) {
        if (!json_is_integer(number)) return value_refuse(reader, "must be an object of whole numbers");
        const int more = snprintf(text + size, CHECK_ASSIGNMENTS_MAX - size, "%s%s=%" JSON_INTEGER_FORMAT, size > 0 ? "," : "", name, json_integer_value(number));
        if (more < 0 || (size_t)more >= CHECK_ASSIGNMENTS_MAX - size) return value_refuse(reader, "is too long");
        size += (size_t)more;
    }
    return true;
}

static bool read_document(struct check_reader *reader, const json_t *root) {
    static const struct check_member members[] = {{"registration_date", read_registration_date}, {"segment", read_segment}, {"nik", read_nik}, {"name", read_name}, {"birth_date", read_birth_date},
                                            {"sex", read_sex}, {"phone", read_phone}, {"occupation", read_occupation}, {"ktp_region", read_ktp_region}, {"programmes", read_asked},
                                            {"employer_size", read_employer_size}, {"is_employer", read_is_employer}, {"income", read_income}, {"wage", read_wage}, {"months", read_months},
                                            {"start_month", read_start_month}, {"agreement", read_agreement}, {"facts", read_facts}, {"parameters", read_parameters}};
    return value_read_members(reader, root, MEMBERS(members));
}

bool check_document_read(struct slice json, struct arena *arena, struct check_document *ret_document, struct check_problem *ret_problem) {
    struct check_document document = {0};
    struct check_reader reader = {.arena = arena, .document = &document, .problem = ret_problem};
    if (json.size > CHECK_BYTES_MAX) return value_refuse(&reader, "is larger than 1 MiB");
    json_t *root = json.size > 0 ? json_loadb((const char *)json.bytes, json.size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (root == NULL) return value_refuse(&reader, "is not valid JSON, or has a member twice");
    const bool good = read_document(&reader, root);
    json_decref(root);
    if (good) *ret_document = document;
    return good;
}
