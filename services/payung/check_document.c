/* Reads a facts document with jansson, member by member through tables. It must never guess at a value, and never quote one: most are data of a person. */
#include "services/payung/check_document.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { VALUE_BYTES_MAX = 1024, MONTHS_MAX = 1200, AGE_MAX = 150, DESIL_MAX = 10 };

struct reader {
    struct arena *arena;
    struct check_document *document;
    struct check_cover *cover; /* the one in hand */
    struct check_problem *problem;
    char pointer[CHECK_POINTER_MAX]; /* of the member in hand */
};

static bool refuse(struct reader *reader, const char *problem) {
    memcpy(reader->problem->pointer, reader->pointer, sizeof reader->pointer);
    reader->problem->problem = problem;
    return false;
}

/* Appends "/member"; what does not fit or can't be printed is cut or replaced: the document is refused anyway. Returns where it began, for `leave`. */
static size_t enter(struct reader *reader, const char *member) {
    const size_t begin = strlen(reader->pointer);
    size_t size = begin;
    if (size + 1 < CHECK_POINTER_MAX) reader->pointer[size++] = '/';
    for (; *member != '\0' && size + 1 < CHECK_POINTER_MAX; member++) reader->pointer[size++] = *member > ' ' && *member <= '~' ? *member : '?';
    reader->pointer[size] = '\0';
    return begin;
}

static void leave(struct reader *reader, size_t begin) { reader->pointer[begin] = '\0'; }

/* ---- values --------------------------------------------------------------------------------------------------------------------------- */

static bool read_text(struct reader *reader, const json_t *value, struct slice *ret_text) {
    if (json_is_integer(value)) {
        char number[32];
        const int size = snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        *ret_text = arena_copy(reader->arena, slice_of(number, (size_t)size));
        return true;
    }
    if (!json_is_string(value)) return refuse(reader, "must be a text");
    const struct slice text = slice_of(json_string_value(value), json_string_length(value));
    if (text.size > VALUE_BYTES_MAX) return refuse(reader, "is longer than 1024 bytes");
    *ret_text = arena_copy(reader->arena, text);
    return true;
}

/* Whole rupiah as a number or as people write them; a number with a fraction stays unreadable, so that it becomes E81 as in a list. */
static bool read_amount(struct reader *reader, const json_t *value, struct slice *ret_text) {
    if (!json_is_real(value)) return read_text(reader, value, ret_text);
    *ret_text = slice_text("fraction");
    return true;
}

static bool read_flag(struct reader *reader, const json_t *value, bool *ret_flag) {
    if (!json_is_boolean(value)) return refuse(reader, "must be true or false");
    *ret_flag = json_is_true(value);
    return true;
}

static bool read_number(struct reader *reader, const json_t *value, int64_t least, int64_t most, int64_t *ret_number) {
    if (!json_is_integer(value)) return refuse(reader, "must be a whole number");
    const int64_t number = (int64_t)json_integer_value(value);
    if (number < least || number > most) return refuse(reader, "is out of range");
    *ret_number = number;
    return true;
}

static bool read_small(struct reader *reader, const json_t *value, int least, int most, int *ret_number) {
    int64_t number = 0;
    if (!read_number(reader, value, least, most, &number)) return false;
    *ret_number = (int)number;
    return true;
}

/* The index of a word in a list that ends with NULL. */
static bool read_word(struct reader *reader, const json_t *value, const char *const words[], const char *problem, int *ret_index) {
    const struct slice text = json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value)) : (struct slice){0};
    for (int i = 0; words[i] != NULL; i++) {
        if (!text_is(text_trim(text), words[i])) continue;
        *ret_index = i;
        return true;
    }
    return refuse(reader, problem);
}

static bool read_fact(struct reader *reader, const json_t *value, enum fact *ret_fact) {
    static const char *const words[] = {"NO_ANSWER", "YES", "NO", NULL};
    static const enum fact facts[] = {FACT_NO_ANSWER, FACT_YES, FACT_NO};
    int index = 0;
    if (json_is_boolean(value)) *ret_fact = json_is_true(value) ? FACT_YES : FACT_NO;
    else if (read_word(reader, value, words, "must be true, false or \"NO_ANSWER\"", &index)) *ret_fact = facts[index];
    else return false;
    return true;
}

static bool add_programmes(struct reader *reader, const json_t *value, programme_set *set) {
    programme_set more = 0;
    const struct slice text = json_is_string(value) ? slice_of(json_string_value(value), json_string_length(value)) : (struct slice){0};
    if (!programme_set_parse(text, &more)) return refuse(reader, "must be JKK, JKM, JHT, JP, JKP, or a list of them");
    *set |= more;
    return true;
}

static bool read_programmes(struct reader *reader, const json_t *value, programme_set *ret_set) {
    programme_set set = 0;
    if (!json_is_array(value)) {
        if (!add_programmes(reader, value, &set)) return false;
    } else {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!add_programmes(reader, json_array_get(value, i), &set)) return false;
    }
    *ret_set = set;
    return true;
}

static bool parse_text(const json_t *value, struct slice *ret_text) {
    if (!json_is_string(value)) return false;
    *ret_text = text_trim(slice_of(json_string_value(value), json_string_length(value)));
    return true;
}

static bool read_month(struct reader *reader, const json_t *value, month_t *ret_month) {
    struct slice text;
    day_t day = 0;
    if (parse_text(value, &text) && month_parse(text, ret_month)) return true;
    if (!parse_text(value, &text) || !day_parse(text, &day)) return refuse(reader, "must be a month, YYYY-MM, or a day, YYYY-MM-DD");
    *ret_month = day_month(day);
    return true;
}

/* A month is its first day, or its last. */
static bool read_day(struct reader *reader, const json_t *value, bool last, day_t *ret_day) {
    struct slice text;
    month_t month = 0;
    if (parse_text(value, &text) && day_parse(text, ret_day)) return true;
    if (!parse_text(value, &text) || !month_parse(text, &month)) return refuse(reader, "must be a day, YYYY-MM-DD, or a month, YYYY-MM");
    *ret_day = last ? month_last_day(month) : month_first_day(month);
    return true;
}

static bool read_region(struct reader *reader, const json_t *value, uint32_t *ret_region) {
    struct slice text;
    uint32_t village = 0;
    if (!read_text(reader, value, &text)) return false;
    return region_parse(text_trim(text), ret_region, &village) || refuse(reader, "must be a region code: 17, 17.08 or 17.08.04");
}

/* ---- objects -------------------------------------------------------------------------------------------------------------------------- */

struct member {
    const char *name;
    bool (*read)(struct reader *reader, const json_t *value);
};

static bool read_members(struct reader *reader, const json_t *object, const struct member members[], size_t count) {
    const char *name;
    json_t *value;
    if (!json_is_object(object)) return refuse(reader, "must be an object");
    json_object_foreach((json_t *)object, name, value) {
        size_t i = 0;
        while (i < count && strcmp(members[i].name, name) != 0) i++;
        const size_t begin = enter(reader, name);
        if (i == count) return refuse(reader, "is not a known member");
        if (!json_is_null(value) && !members[i].read(reader, value)) return false;
        leave(reader, begin);
    }
    return true;
}

#define MEMBERS(list) list, sizeof list / sizeof *list

/* ---- agreement ------------------------------------------------------------------------------------------------------------------------ */

static struct check_agreement *agreement_of(struct reader *reader) { return &reader->document->agreement; }

static bool read_payer(struct reader *reader, const json_t *value) {
    struct slice text;
    return (parse_text(value, &text) && funds_parse(text, &agreement_of(reader)->payer)) || refuse(reader, "must be APBN, APBD, SWASTA or PRIBADI");
}

static bool read_payer_region(struct reader *reader, const json_t *value) {
    uint32_t region = 0;
    if (!read_region(reader, value, &region)) return false;
    agreement_of(reader)->region = region / 100; /* a payer is a regency or a province */
    return true;
}

static bool read_period(struct reader *reader, const json_t *value) {
    struct check_agreement *agreement = agreement_of(reader);
    if (!json_is_array(value) || json_array_size(value) != 2) return refuse(reader, "must be a list of two: the first and the last day or month");
    const json_t *from = json_array_get(value, 0), *to = json_array_get(value, 1);
    if (!json_is_null(from) && !read_day(reader, from, false, &agreement->from)) return false;
    return json_is_null(to) || read_day(reader, to, true, &agreement->to);
}

static bool read_requires_dtsen(struct reader *reader, const json_t *value) { return read_flag(reader, value, &agreement_of(reader)->requires_dtsen); }
static bool read_exclude_active(struct reader *reader, const json_t *value) { return read_flag(reader, value, &agreement_of(reader)->exclude_active); }
static bool read_desil_max(struct reader *reader, const json_t *value) { return read_small(reader, value, 1, DESIL_MAX, &agreement_of(reader)->desil_max); }
static bool read_min_age(struct reader *reader, const json_t *value) { return read_small(reader, value, 1, AGE_MAX, &agreement_of(reader)->min_age); }
static bool read_age_limit(struct reader *reader, const json_t *value) { return read_small(reader, value, 1, AGE_MAX, &agreement_of(reader)->age_limit); }
static bool read_agreed(struct reader *reader, const json_t *value) { return read_programmes(reader, value, &agreement_of(reader)->programmes); }

static bool read_legal_basis(struct reader *reader, const json_t *value) {
    bool has_basis = false;
    if (!read_flag(reader, value, &has_basis)) return false;
    agreement_of(reader)->no_legal_basis = !has_basis;
    return true;
}

static bool read_scope(struct reader *reader, const json_t *value) {
    static const char *const words[] = {[SCOPE_PAYER] = "PAYER", [SCOPE_REGENCY] = "REGENCY", [SCOPE_PROVINCE] = "PROVINCE", [SCOPE_ANY] = "ANY", NULL};
    int scope = 0;
    if (!read_word(reader, value, words, "must be PAYER, REGENCY, PROVINCE or ANY", &scope)) return false;
    agreement_of(reader)->scope = (enum region_scope)scope;
    return true;
}

static bool read_occupations(struct reader *reader, const json_t *value) {
    struct check_agreement *agreement = agreement_of(reader);
    if (!json_is_array(value) || json_array_size(value) > CHECK_OCCUPATIONS_MAX) return refuse(reader, "must be a list of at most 256 occupations");
    struct slice *occupations = arena_zero(reader->arena, json_array_size(value) + 1, sizeof *occupations);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!read_text(reader, json_array_get(value, i), &occupations[i])) return false;
    agreement->occupations = occupations;
    agreement->occupation_count = json_array_size(value);
    return true;
}

static bool read_left(struct reader *reader, const json_t *value, bool *ret_used_up) {
    int64_t left = 0;
    if (!read_number(reader, value, 0, RUPIAH_INPUT_MAX, &left)) return false;
    *ret_used_up = left == 0;
    return true;
}

static bool read_quota_left(struct reader *reader, const json_t *value) { return read_left(reader, value, &agreement_of(reader)->quota_is_used_up); }
static bool read_budget_left(struct reader *reader, const json_t *value) { return read_left(reader, value, &agreement_of(reader)->budget_is_used_up); }

static bool read_agreement(struct reader *reader, const json_t *value) {
    static const struct member members[] = {{"payer", read_payer}, {"region", read_payer_region}, {"period", read_period}, {"requires_dtsen", read_requires_dtsen},
                                            {"desil_max", read_desil_max}, {"occupations", read_occupations}, {"exclude_active", read_exclude_active}, {"legal_basis", read_legal_basis},
                                            {"programmes", read_agreed}, {"min_age", read_min_age}, {"age_limit", read_age_limit}, {"region_scope", read_scope},
                                            {"quota_left", read_quota_left}, {"budget_left", read_budget_left}};
    agreement_of(reader)->given = true;
    return read_members(reader, value, MEMBERS(members));
}

/* ---- facts ---------------------------------------------------------------------------------------------------------------------------- */

static bool read_cover_segment(struct reader *reader, const json_t *value) {
    struct slice text;
    return (parse_text(value, &text) && segment_parse(text, &reader->cover->segment)) || refuse(reader, "must be BPU, PU, JAKON or PMI");
}

static bool read_cover_programmes(struct reader *reader, const json_t *value) { return read_programmes(reader, value, &reader->cover->programmes); }
static bool read_cover_payer(struct reader *reader, const json_t *value) { return read_text(reader, value, &reader->cover->payer); }
static bool read_cover_from(struct reader *reader, const json_t *value) { return read_month(reader, value, &reader->cover->from); }
static bool read_cover_to(struct reader *reader, const json_t *value) { return read_month(reader, value, &reader->cover->to); }

static bool read_cover_status(struct reader *reader, const json_t *value) {
    static const char *const words[] = {[COVER_ACTIVE] = "ACTIVE", [COVER_GRACE] = "GRACE", [COVER_LAPSED] = "LAPSED", [COVER_ENDED] = "ENDED", NULL};
    int status = 0;
    if (!read_word(reader, value, words, "must be ACTIVE, GRACE, LAPSED or ENDED", &status)) return false;
    reader->cover->status = (enum cover_status)status;
    return true;
}

static bool read_active(struct reader *reader, const json_t *value) {
    static const struct member members[] = {{"segment", read_cover_segment}, {"programme", read_cover_programmes}, {"programmes", read_cover_programmes}, {"payer", read_cover_payer},
                                            {"from", read_cover_from}, {"to", read_cover_to}, {"status", read_cover_status}};
    if (!json_is_array(value) || json_array_size(value) > CHECK_COVERS_MAX) return refuse(reader, "must be a list of at most 256 covers");
    struct check_cover *covers = arena_zero(reader->arena, json_array_size(value) + 1, sizeof *covers);
    for (size_t i = 0; i < json_array_size(value); i++) {
        char index[24];
        (void)snprintf(index, sizeof index, "%zu", i);
        const size_t begin = enter(reader, index);
        reader->cover = &covers[i];
        if (!read_members(reader, json_array_get(value, i), MEMBERS(members))) return false;
        leave(reader, begin);
    }
    reader->document->covers = covers;
    reader->document->cover_count = json_array_size(value);
    return true;
}

static bool read_dukcapil(struct reader *reader, const json_t *value) {
    static const char *const words[] = {"ALIVE", "DECEASED", "NOT_FOUND", "NO_ANSWER", NULL};
    static const enum dukcapil_answer answers[] = {DUKCAPIL_ALIVE, DUKCAPIL_DECEASED, DUKCAPIL_NOT_FOUND, DUKCAPIL_NO_ANSWER};
    int index = 0;
    if (!read_word(reader, value, words, "must be ALIVE, DECEASED, NOT_FOUND or NO_ANSWER", &index)) return false;
    reader->document->dukcapil = answers[index];
    return true;
}

static bool read_dukcapil_region(struct reader *reader, const json_t *value) { return read_region(reader, value, &reader->document->dukcapil_region); }
static bool read_dtsen(struct reader *reader, const json_t *value) { return read_fact(reader, value, &reader->document->dtsen); }
static bool read_civil_servant(struct reader *reader, const json_t *value) { return read_fact(reader, value, &reader->document->civil_servant); }
static bool read_desil(struct reader *reader, const json_t *value) { return read_small(reader, value, 1, DESIL_MAX, &reader->document->desil); }

static bool read_facts(struct reader *reader, const json_t *value) {
    static const struct member members[] = {{"dukcapil", read_dukcapil}, {"dukcapil_region", read_dukcapil_region}, {"dtsen", read_dtsen}, {"desil", read_desil},
                                            {"civil_servant", read_civil_servant}, {"active", read_active}};
    return read_members(reader, value, MEMBERS(members));
}

/* ---- the person ----------------------------------------------------------------------------------------------------------------------- */

#define ROW_TEXT(function, symbol) \
    static bool function(struct reader *reader, const json_t *value) { return read_text(reader, value, &reader->document->row.column[COLUMN_##symbol]); }
ROW_TEXT(read_segment, SEGMEN)
ROW_TEXT(read_nik, NIK)
ROW_TEXT(read_name, NAMA)
ROW_TEXT(read_birth_date, TGL_LAHIR)
ROW_TEXT(read_sex, JENIS_KELAMIN)
ROW_TEXT(read_phone, NO_HP)
ROW_TEXT(read_occupation, PEKERJAAN)
ROW_TEXT(read_ktp_region, KODE_WILAYAH_KTP)
#undef ROW_TEXT

static bool read_income(struct reader *reader, const json_t *value) { return read_amount(reader, value, &reader->document->row.column[COLUMN_PENGHASILAN]); }
static bool read_wage(struct reader *reader, const json_t *value) { return read_amount(reader, value, &reader->document->row.column[COLUMN_UPAH]); }
static bool read_is_employer(struct reader *reader, const json_t *value) { return read_flag(reader, value, &reader->document->is_employer); }
static bool read_asked(struct reader *reader, const json_t *value) { return read_programmes(reader, value, &reader->document->programmes); }
static bool read_start_month(struct reader *reader, const json_t *value) { return read_month(reader, value, &reader->document->start_month); }

static bool read_registration_date(struct reader *reader, const json_t *value) {
    struct slice text;
    return (parse_text(value, &text) && day_parse(text, &reader->document->registration_date)) || refuse(reader, "must be a date, YYYY-MM-DD");
}

static bool read_employer_size(struct reader *reader, const json_t *value) {
    struct slice text;
    return (parse_text(value, &text) && employer_size_parse(text, &reader->document->employer_size)) || refuse(reader, "must be MICRO, SMALL, MEDIUM or LARGE");
}

static bool read_months(struct reader *reader, const json_t *value) {
    int64_t months = 0;
    if (!read_number(reader, value, 1, MONTHS_MAX, &months)) return false;
    reader->document->months = (uint32_t)months;
    return true;
}

/* The names are judged where the parameters are. */
static bool read_parameters(struct reader *reader, const json_t *value) {
    char *text = reader->document->assignments;
    size_t size = 0;
    const char *name;
    json_t *number;
    if (!json_is_object(value)) return refuse(reader, "must be an object of numbers");
    json_object_foreach((json_t *)value, name, number) {
        if (!json_is_integer(number)) return refuse(reader, "must be an object of whole numbers");
        const int more = snprintf(text + size, CHECK_ASSIGNMENTS_MAX - size, "%s%s=%" JSON_INTEGER_FORMAT, size > 0 ? "," : "", name, json_integer_value(number));
        if (more < 0 || (size_t)more >= CHECK_ASSIGNMENTS_MAX - size) return refuse(reader, "is too long");
        size += (size_t)more;
    }
    return true;
}

static bool read_document(struct reader *reader, const json_t *root) {
    static const struct member members[] = {{"registration_date", read_registration_date}, {"segment", read_segment}, {"nik", read_nik}, {"name", read_name}, {"birth_date", read_birth_date},
                                            {"sex", read_sex}, {"phone", read_phone}, {"occupation", read_occupation}, {"ktp_region", read_ktp_region}, {"programmes", read_asked},
                                            {"employer_size", read_employer_size}, {"is_employer", read_is_employer}, {"income", read_income}, {"wage", read_wage}, {"months", read_months},
                                            {"start_month", read_start_month}, {"agreement", read_agreement}, {"facts", read_facts}, {"parameters", read_parameters}};
    return read_members(reader, root, MEMBERS(members));
}

bool check_document_read(struct slice json, struct arena *arena, struct check_document *ret_document, struct check_problem *ret_problem) {
    struct check_document document = {0};
    struct reader reader = {.arena = arena, .document = &document, .problem = ret_problem};
    if (json.size > CHECK_BYTES_MAX) return refuse(&reader, "is larger than 1 MiB");
    json_t *root = json.size > 0 ? json_loadb((const char *)json.bytes, json.size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    if (root == NULL) return refuse(&reader, "is not valid JSON, or has a member twice");
    const bool good = read_document(&reader, root);
    json_decref(root);
    if (good) *ret_document = document;
    return good;
}
