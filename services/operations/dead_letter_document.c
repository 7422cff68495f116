/* One table says how each member of an application is written and read, so that what is shown is what can be edited. The decoder of the topic has the last word on what was edited. */
#include "services/operations/dead_letter_document.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum form { FORM_ID, FORM_TEXT, FORM_HEX, FORM_U32, FORM_I32, FORM_ENUM, FORM_I64, FORM_BOOL, FORM_DAY, FORM_MONTH, FORM_SET, FORM_CODES, FORM_SEGMENT };

static const struct member {
    const char *name;
    enum form form;
    size_t at;
    bool is_plain; /* may be shown to whoever looks */
} members[] = {
#define MEMBER(name, form, member, plain) {name, FORM_##form, offsetof(struct application, member), plain}
    MEMBER("enrolment", ID, application_id, true),
    MEMBER("attempt", U32, attempt, true),
    MEMBER("agreement", TEXT, agreement_id, true),
    MEMBER("batch", TEXT, batch_id, true),
    MEMBER("row", U32, row, true),
    MEMBER("first_row", U32, first_row, true),
    MEMBER("registration_date", DAY, registration_date, true),
    MEMBER("segment", SEGMENT, segment, true),
    MEMBER("person_token", ID, person, false),
    MEMBER("birth_date", DAY, birth_date, false),
    MEMBER("sex", ENUM, sex, false),
    MEMBER("ktp_region", U32, ktp_region, true),
    MEMBER("ktp_village", U32, ktp_village, false),
    MEMBER("occupation", TEXT, occupation, true),
    MEMBER("sector", ENUM, sector, true),
    MEMBER("is_employer", BOOL, is_employer, true),
    MEMBER("income", I64, income, true),
    MEMBER("pu_wage", I64, pu.wage, true),
    MEMBER("pu_risk_class", I32, pu.risk_class, true),
    MEMBER("pu_employer_size", ENUM, pu.employer_size, true),
    MEMBER("pu_labour_intensive", BOOL, pu.labour_intensive, true),
    MEMBER("pu_employer_number", TEXT, pu.employer_number, true),
    MEMBER("jakon_basis", ENUM, jakon.basis, true),
    MEMBER("jakon_project_number", TEXT, jakon.project_number, true),
    MEMBER("jakon_spk_number", TEXT, jakon.spk_number, true),
    MEMBER("jakon_spk_date", DAY, jakon.spk_date, true),
    MEMBER("jakon_from", DAY, jakon.from, true),
    MEMBER("jakon_to", DAY, jakon.to, true),
    MEMBER("jakon_workers", U32, jakon.workers, true),
    MEMBER("jakon_contract_net", I64, jakon.contract_net, true),
    MEMBER("jakon_contract_gross", I64, jakon.contract_gross, true),
    MEMBER("jakon_vat_ppm", I64, jakon.vat_ppm, true),
    MEMBER("jakon_wages", I64, jakon.wages, true),
    MEMBER("pmi_route", ENUM, pmi.route, true),
    MEMBER("pmi_jht_monthly", I64, pmi.jht_monthly, true),
    MEMBER("pmi_placement_company", TEXT, pmi.placement_company, true),
    MEMBER("pmi_country", TEXT, pmi.country, true),
    MEMBER("programmes", SET, programmes, true),
    MEMBER("start_month", MONTH, start_month, true),
    MEMBER("months", U32, months, true),
    MEMBER("desil", I32, desil, true),
    MEMBER("findings", CODES, findings, true),
    MEMBER("sealed_person", HEX, sealed_person, false),
    MEMBER("seal_key_id", TEXT, seal_key_id, false),
    MEMBER("submitted_at_ms", I64, submitted_at_ms, true),
#undef MEMBER
};
enum { MEMBER_COUNT = sizeof members / sizeof *members };
_Static_assert(sizeof(struct person_token) == sizeof(struct id), "a token is written like an id");
_Static_assert(sizeof(enum sex) == sizeof(int), "enumerations are read and written as int");
_Static_assert(sizeof(rupiah) == sizeof(int64_t) && sizeof(month_t) == sizeof(int32_t), "as the forms say");

/* ---- writing ---------------------------------------------------------------------------------------------------------------------------- */

static json_t *text_json(struct slice text) { return text_is_utf8(text) ? json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size) : json_string(""); }

static json_t *hex_json(struct slice bytes) {
    enum { HEX_BYTES_MAX = 16 * 1024 };
    char text[2 * HEX_BYTES_MAX + 1];
    if (bytes.size > HEX_BYTES_MAX) return NULL;
    text_hex(bytes, text);
    return json_string(text);
}

static json_t *member_json(const struct application *application, const struct member *member) {
    const void *at = (const uint8_t *)application + member->at;
    char text[CODE_SET_TEXT_MAX];
    switch (member->form) {
    case FORM_ID: return hex_json(slice_of(at, ID_BYTES));
    case FORM_TEXT: return text_json(*(const struct slice *)at);
    case FORM_HEX: return hex_json(*(const struct slice *)at);
    case FORM_U32: return json_integer(*(const uint32_t *)at);
    case FORM_I32: case FORM_ENUM: return json_integer(*(const int32_t *)at);
    case FORM_I64: return json_integer(*(const int64_t *)at);
    case FORM_BOOL: return json_boolean(*(const bool *)at);
    case FORM_DAY:
        if (*(const day_t *)at == 0) return json_string("");
        day_format(*(const day_t *)at, text);
        return json_string(text);
    case FORM_MONTH:
        if (*(const month_t *)at == 0) return json_string("");
        month_format(*(const month_t *)at, text);
        return json_string(text);
    case FORM_SET: programme_set_format(*(const programme_set *)at, text); return json_string(text);
    case FORM_CODES: code_set_format(*(const struct code_set *)at, text); return json_string(text);
    case FORM_SEGMENT: return json_string(*(const enum segment *)at == SEGMENT_NONE ? "" : segment_name(*(const enum segment *)at));
    }
    return NULL;
}

static json_t *document_of(const struct application *application, bool plain_only) {
    json_t *document = json_object();
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (!plain_only || members[i].is_plain) (void)json_object_set_new(document, members[i].name, member_json(application, &members[i])); /* fails only without memory */
    return document;
}

json_t *dead_letter_document(const struct application *application) { return document_of(application, false); }

json_t *dead_letter_attributes(const struct application *application) {
    json_t *document = document_of(application, true);
    const day_t birth = application->birth_date, on = application->registration_date;
    if (birth != 0 && on >= birth) (void)json_object_set_new(document, "age", json_integer(age_at(birth, on)));
    return document;
}

/* ---- reading ---------------------------------------------------------------------------------------------------------------------------- */

static bool read_hex(struct arena *arena, struct slice text, struct slice *ret_bytes) {
    uint8_t *bytes = arena_take(arena, text.size / 2 + 1);
    if (!text_hex_read(text, bytes)) return false;
    *ret_bytes = slice_of(bytes, text.size / 2);
    return true;
}

static bool read_number(const json_t *value, int64_t least, int64_t most, int64_t *ret_number) {
    if (!json_is_integer(value) || json_integer_value(value) < least || json_integer_value(value) > most) return false;
    *ret_number = json_integer_value(value);
    return true;
}

static bool read_text_member(struct arena *arena, const struct member *member, struct slice text, void *at) {
    struct slice bytes;
    switch (member->form) {
    case FORM_TEXT: *(struct slice *)at = arena_copy(arena, text); return memchr(text.bytes, 0, text.size) == NULL;
    case FORM_HEX: return read_hex(arena, text, at);
    case FORM_ID:
        if (!read_hex(arena, text, &bytes) || bytes.size != ID_BYTES) return false;
        memcpy(at, bytes.bytes, ID_BYTES);
        return true;
    case FORM_DAY: return text.size == 0 || day_parse(text, at);
    case FORM_MONTH: return text.size == 0 || month_parse(text, at);
    case FORM_SET: return text.size == 0 || programme_set_parse(text, at);
    case FORM_CODES: return text.size == 0 || code_set_parse(text, at);
    case FORM_SEGMENT: return text.size == 0 || segment_parse(text, at);
    default: return false;
    }
}

static bool read_member(struct arena *arena, const struct member *member, const json_t *value, struct application *application) {
    void *at = (uint8_t *)application + member->at;
    int64_t number = 0;
    switch (member->form) {
    case FORM_U32:
        if (!read_number(value, 0, UINT32_MAX, &number)) return false;
        *(uint32_t *)at = (uint32_t)number;
        return true;
    case FORM_I32: case FORM_ENUM:
        if (!read_number(value, 0, INT32_MAX, &number)) return false;
        *(int32_t *)at = (int32_t)number;
        return true;
    case FORM_I64: return read_number(value, 0, INT64_MAX, at);
    case FORM_BOOL: *(bool *)at = json_is_true(value); return json_is_boolean(value);
    default: return json_is_string(value) && read_text_member(arena, member, slice_of(json_string_value(value), json_string_length(value)), at);
    }
}

static const struct member *member_named(const char *name) {
    for (size_t i = 0; i < MEMBER_COUNT; i++)
        if (strcmp(members[i].name, name) == 0) return &members[i];
    return NULL;
}

static bool read_all(struct arena *arena, json_t *document, struct application *application, char why[DOCUMENT_WHY_MAX]) {
    const char *name;
    json_t *value;
    json_object_foreach(document, name, value) {
        const struct member *member = member_named(name);
        if (member != NULL && read_member(arena, member, value, application)) continue;
        if (member == NULL) (void)snprintf(why, DOCUMENT_WHY_MAX, "the document has a member that an application has not");
        else (void)snprintf(why, DOCUMENT_WHY_MAX, "\"%s\" can't be read", member->name);
        return false;
    }
    return true;
}

bool dead_letter_document_read(struct arena *arena, struct slice bytes, struct application *ret_application, char ret_why[DOCUMENT_WHY_MAX]) {
    struct application application = {.agreement_id = slice_text(""), .batch_id = slice_text(""), .occupation = slice_text(""), .sealed_person = slice_text(""), .seal_key_id = slice_text("")};
    json_error_t error;
    json_t *document = bytes.size <= DOCUMENT_BYTES_MAX ? json_loadb((const char *)bytes.bytes, bytes.size, JSON_REJECT_DUPLICATES, &error) : NULL;
    bool is_read = json_is_object(document);
    if (!is_read) (void)snprintf(ret_why, DOCUMENT_WHY_MAX, "it is no JSON object of at most %d bytes", DOCUMENT_BYTES_MAX);
    is_read = is_read && read_all(arena, document, &application, ret_why);
    json_decref(document);
    if (is_read) *ret_application = application;
    return is_read;
}
