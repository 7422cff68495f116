/* Reads the agreement document member by member in the order of the header. It must never guess: what is missing or unknown is an error with its name, except for
 * the defaults that the header lists. */
#include "services/ledger/agreement_document.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/domain/row.h"
#include "common/domain/text.h"

enum { TEXT_BYTES_MAX = 200, BASIS_MAX = 64, MONTHS_MAX = 600, MIN_AGE_LOW = 15, AGE_HIGH = 100 };

struct reader {
    struct arena *arena;
    const struct region_table *regions;
    struct document_problem *problem;
};

static bool wrong(struct reader *reader, const char *member, const char *remedy, const char *format, ...) __attribute__((format(printf, 4, 5)));
static bool wrong(struct reader *reader, const char *member, const char *remedy, const char *format, ...) {
    struct document_problem *problem = reader->problem;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(problem->problem, sizeof problem->problem, format, arguments); /* a cut sentence is still one */
    va_end(arguments);
    (void)snprintf(problem->member, sizeof problem->member, "%s", member);
    (void)snprintf(problem->remedy, sizeof problem->remedy, "%s", remedy);
    return false;
}

/* Refuses members that are not in the list: a misspelt option must not be lost in silence. */
static bool only_members(struct reader *reader, const json_t *object, const char *where, const char *const *known) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        bool found = false;
        for (size_t i = 0; known[i] != NULL && !found; i++) found = strcmp(known[i], key) == 0;
        char member[64];
        (void)snprintf(member, sizeof member, "%s%s%s", where, where[0] != '\0' ? "." : "", key); /* for the message only */
        if (!found) return wrong(reader, member, "Correct its name or take it out.", "the member \"%s\" is not known here", member);
    }
    return true;
}

static bool read_text(struct reader *reader, const json_t *object, const char *key, const char *member, const char *example, struct slice *ret_text) {
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value)) return wrong(reader, member, example, value == NULL ? "%s is missing" : "%s is not a text", member);
    const struct slice text = text_trim(slice_of(json_string_value(value), json_string_length(value)));
    if (text.size == 0 || text.size > TEXT_BYTES_MAX) return wrong(reader, member, example, "%s is empty or longer than %d bytes", member, TEXT_BYTES_MAX);
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < 0x20) return wrong(reader, member, example, "%s holds a control character", member);
    *ret_text = arena_copy(reader->arena, text);
    return true;
}

static bool read_day(struct reader *reader, const json_t *object, const char *key, const char *member, day_t *ret_day) {
    struct slice text;
    static const char example[] = "Write a day as \"2025-10-01\".";
    if (!read_text(reader, object, key, member, example, &text)) return false;
    day_t day;
    char back[11];
    if (!day_parse(text, &day)) return wrong(reader, member, example, "%s is not a day", member);
    day_format(day, back);
    if (!slice_is(text, back)) return wrong(reader, member, example, "%s is not written YYYY-MM-DD", member);
    *ret_day = day;
    return true;
}

static bool read_number(struct reader *reader, const json_t *object, const char *key, const char *member, int64_t min, int64_t max, int64_t *ret_number) {
    const json_t *value = json_object_get(object, key);
    char remedy[DOCUMENT_REMEDY_MAX];
    (void)snprintf(remedy, sizeof remedy, "Write a whole number from %lld to %lld, without quotes and dots.", (long long)min, (long long)max);
    if (!json_is_integer(value)) return wrong(reader, member, remedy, value == NULL ? "%s is missing" : "%s is not a whole number", member);
    const int64_t number = json_integer_value(value);
    if (number < min || number > max) return wrong(reader, member, remedy, "%s is out of bounds", member);
    *ret_number = number;
    return true;
}

static bool read_id(struct reader *reader, const json_t *object, const char *key, struct slice *ret_id) {
    static const char example[] = "Use small letters, digits, '.', '_' and '-', at most 63, like \"kepahiang-2025\".";
    if (!read_text(reader, object, key, key, example, ret_id)) return false;
    bool fine = ret_id->size <= 63 && !slice_is(*ret_id, "none");
    for (size_t i = 0; i < ret_id->size; i++) {
        const uint8_t byte = ret_id->bytes[i];
        const bool plain = (byte >= 'a' && byte <= 'z') || byte_is_digit(byte);
        fine = fine && (plain || (i > 0 && (byte == '.' || byte == '_' || byte == '-')));
    }
    return fine || wrong(reader, key, example, "%s is not an id", key);
}

/* "KABUPATEN KEPAHIANG" and "Pemkab" -> "Pemkab Kepahiang". Empty when it can't be made. */
static struct slice payer_name_of(struct reader *reader, struct slice kind, uint32_t region) {
    static const struct {
        const char *kind, *prefix;
        const char *drop[3];
    } kinds[] = {{"PEMKAB", "Pemkab", {"KABUPATEN ", "KAB. ", NULL}}, {"PEMKOT", "Pemkot", {"KOTA ", NULL, NULL}}, {"PEMPROV", "Pemprov", {"PROVINSI ", NULL, NULL}}};
    const struct slice whole = reader->regions != NULL ? region_name(reader->regions, region) : (struct slice){0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && whole.size > 0; i++) {
        if (!slice_is(kind, kinds[i].kind)) continue;
        struct slice name = whole;
        for (int k = 0; k < 3 && kinds[i].drop[k] != NULL; k++) {
            const size_t size = strlen(kinds[i].drop[k]);
            if (name.size > size && text_is(slice_of(name.bytes, size), kinds[i].drop[k])) name = slice_of(name.bytes + size, name.size - size);
        }
        const size_t size = strlen(kinds[i].prefix) + 1 + name.size;
        uint8_t *text = arena_take(reader->arena, size);
        memcpy(text, kinds[i].prefix, strlen(kinds[i].prefix));
        text[strlen(kinds[i].prefix)] = ' ';
        bool first = true;
        for (size_t k = 0; k < name.size; k++) { /* capitals only at the beginning of a word */
            const uint8_t byte = name.bytes[k];
            text[strlen(kinds[i].prefix) + 1 + k] = byte_is_letter(byte) ? (first ? (uint8_t)(byte & ~32) : byte_lower(byte)) : byte;
            first = !byte_is_letter(byte);
        }
        return slice_of(text, size);
    }
    return (struct slice){0};
}

static bool read_payer(struct reader *reader, const json_t *root, struct agreement *agreement) {
    static const char *const known[] = {"kind", "region", "funds", "name", NULL};
    static const char *const kinds[] = {"PEMKAB", "PEMKOT", "PEMPROV", "DESA", "K/L", "CSR", "MITRA_APLIKASI", "PERISAI", "ASN_PEDULI", "MANDIRI", NULL};
    static const char kind_remedy[] = "One of PEMKAB, PEMKOT, PEMPROV, DESA, K/L, CSR, MITRA_APLIKASI, PERISAI, ASN_PEDULI, MANDIRI.";
    const json_t *payer = json_object_get(root, "payer");
    if (!json_is_object(payer)) return wrong(reader, "payer", "Write {\"kind\", \"region\", \"funds\"}.", "payer is missing or no object");
    if (!only_members(reader, payer, "payer", known) || !read_text(reader, payer, "kind", "payer.kind", kind_remedy, &agreement->payer_kind)) return false;
    bool is_kind = false;
    for (size_t i = 0; kinds[i] != NULL && !is_kind; i++) is_kind = slice_is(agreement->payer_kind, kinds[i]);
    if (!is_kind) return wrong(reader, "payer.kind", kind_remedy, "payer.kind is not known");

    struct slice funds, region;
    static const char funds_remedy[] = "One of APBN, APBD, SWASTA, PRIBADI.";
    if (!read_text(reader, payer, "funds", "payer.funds", funds_remedy, &funds)) return false;
    if (!funds_parse(funds, &agreement->funds)) return wrong(reader, "payer.funds", funds_remedy, "payer.funds is not known");

    static const char region_remedy[] = "Write the code of the regency (\"17.08\") or province (\"17\").";
    const bool is_region_payer = slice_is(agreement->payer_kind, "PEMKAB") || slice_is(agreement->payer_kind, "PEMKOT") || slice_is(agreement->payer_kind, "PEMPROV");
    if (json_object_get(payer, "region") != NULL || is_region_payer) {
        uint32_t whole = 0, village = 0;
        if (!read_text(reader, payer, "region", "payer.region", region_remedy, &region)) return false;
        if (!region_parse(region, &whole, &village) || village != 0 || whole % 100 != 0) return wrong(reader, "payer.region", region_remedy, "payer.region is not a regency or province");
        const bool is_province = whole % 10000 == 0;
        if (is_region_payer && is_province != slice_is(agreement->payer_kind, "PEMPROV")) return wrong(reader, "payer.region", region_remedy, "payer.region and payer.kind do not fit");
        if (reader->regions != NULL && region_name(reader->regions, whole).size == 0) return wrong(reader, "payer.region", region_remedy, "there is no region with this code");
        agreement->payer_region = whole / 100;
        if (json_object_get(payer, "name") == NULL) agreement->payer_name = payer_name_of(reader, agreement->payer_kind, whole);
    }
    if (agreement->payer_name.size > 0) return true;
    return read_text(reader, payer, "name", "payer.name", "Write the payer as letters should show it, like \"Pemkab Kepahiang\".", &agreement->payer_name);
}

static bool read_basis(struct reader *reader, const json_t *root, struct agreement *agreement) {
    static const char *const known[] = {"kind", "number", "date", NULL};
    static const char remedy[] = "Write [{\"kind\": \"SK\", \"number\": \"...\", \"date\": \"2025-09-10\"}], or [] when there is none yet.";
    const json_t *list = json_object_get(root, "legal_basis");
    if (!json_is_array(list) || json_array_size(list) > BASIS_MAX) return wrong(reader, "legal_basis", remedy, "legal_basis is missing, no list or longer than %d", BASIS_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *basis = json_array_get(list, i);
        struct slice kind, number;
        day_t date;
        if (!json_is_object(basis)) return wrong(reader, "legal_basis", remedy, "an element of legal_basis is no object");
        if (!only_members(reader, basis, "legal_basis", known) || !read_text(reader, basis, "kind", "legal_basis.kind", remedy, &kind) ||
            !read_text(reader, basis, "number", "legal_basis.number", remedy, &number) || !read_day(reader, basis, "date", "legal_basis.date", &date)) return false;
        agreement->has_legal_basis = true;
    }
    return true;
}

static bool read_period(struct reader *reader, const json_t *root, struct agreement *agreement) {
    static const char *const known[] = {"from", "to", NULL};
    const json_t *period = json_object_get(root, "period");
    if (!json_is_object(period)) return wrong(reader, "period", "Write {\"from\": \"2025-10-01\", \"to\": \"2026-09-30\"}.", "period is missing or no object");
    if (!only_members(reader, period, "period", known) || !read_day(reader, period, "from", "period.from", &agreement->period_from) ||
        !read_day(reader, period, "to", "period.to", &agreement->period_to)) return false;
    if (agreement->period_to < agreement->period_from) return wrong(reader, "period.to", "Correct the days.", "period.to is before period.from");
    agreement->first_month = day_month(agreement->period_from);
    const int32_t whole = month_distance(agreement->first_month, day_month(agreement->period_to)) + 1;
    int64_t months = whole;
    if (whole > MONTHS_MAX) return wrong(reader, "period", "Write a shorter period.", "period has more than %d months", MONTHS_MAX);
    if (json_object_get(root, "months") != NULL && !read_number(reader, root, "months", "months", 1, whole, &months)) return false;
    agreement->months = (uint32_t)months;
    if (json_object_get(root, "registration_date") == NULL) return true;
    return read_day(reader, root, "registration_date", "registration_date", &agreement->registration_date);
}

static bool read_segments(struct reader *reader, const json_t *root, struct agreement_document *document) {
    static const char *const known[] = {"programmes", NULL};
    static const char remedy[] = "Write {\"BPU\": {\"programmes\": [\"JKK\", \"JKM\"]}}; segments are BPU, PU, JAKON, PMI.";
    json_t *segments = json_object_get(root, "segments");
    if (!json_is_object(segments) || json_object_size(segments) == 0) return wrong(reader, "segments", remedy, "segments is missing, empty or no object");
    const char *key;
    json_t *value;
    json_object_foreach(segments, key, value) {
        enum segment segment;
        if (!segment_parse(slice_text(key), &segment) || strcmp(segment_name(segment), key) != 0) return wrong(reader, "segments", remedy, "there is no segment \"%.20s\"", key);
        const json_t *list = json_is_object(value) ? json_object_get(value, "programmes") : NULL;
        if (!json_is_array(list) || json_array_size(list) == 0) return wrong(reader, "segments", remedy, "segment %s has no list \"programmes\"", key);
        if (!only_members(reader, value, "segments", known)) return false;
        for (size_t i = 0; i < json_array_size(list); i++) {
            const json_t *name = json_array_get(list, i);
            enum programme programme;
            if (!json_is_string(name) || !programme_parse(slice_text(json_string_value(name)), &programme)) return wrong(reader, "segments", remedy, "segment %s: not a programme (JKK, JKM, JHT, JP)", key);
            if (programme == PROGRAMME_JKP) return wrong(reader, "segments", "Take JKP out: it comes with the membership.", "segment %s: JKP is never billed", key);
            document->agreement.programmes[segment] |= programme_bit(programme);
        }
    }
    return true;
}

static bool read_money(struct reader *reader, const json_t *root, struct agreement *agreement) {
    const bool is_public = agreement->funds == FUNDS_APBN || agreement->funds == FUNDS_APBD;
    agreement->pagu = RUPIAH_INPUT_MAX;
    agreement->quota = -1;
    if ((is_public || json_object_get(root, "pagu") != NULL) && !read_number(reader, root, "pagu", "pagu", 0, RUPIAH_INPUT_MAX, &agreement->pagu)) return false;
    const json_t *quota = json_object_get(root, "quota");
    if (quota == NULL || json_is_null(quota)) return true;
    return read_number(reader, root, "quota", "quota", 0, INT32_MAX, &agreement->quota);
}

static bool read_flag(struct reader *reader, const json_t *options, const char *key, const char *member, bool *ret_flag) {
    const json_t *value = json_object_get(options, key);
    if (value != NULL && !json_is_boolean(value)) return wrong(reader, member, "Write true or false, without quotes.", "%s is neither true nor false", member);
    *ret_flag = json_is_true(value);
    return true;
}

static bool read_data_source(struct reader *reader, const json_t *options, struct agreement *agreement) {
    static const char *const known[] = {"kind", "date", NULL};
    static const char remedy[] = "Write {\"kind\": \"DTSEN\"} or {\"kind\": \"DTKS\", \"date\": \"2024-01-31\"}.";
    const json_t *source = json_object_get(options, "data_source");
    bool requires_dtsen = false;
    if (!read_flag(reader, options, "requires_dtsen", "options.requires_dtsen", &requires_dtsen)) return false;
    if (requires_dtsen && source != NULL) return wrong(reader, "options.requires_dtsen", "Keep one of the two.", "options.requires_dtsen and options.data_source say the same twice");
    if (requires_dtsen) agreement->data_source = DATA_SOURCE_DTSEN;
    if (source == NULL) return true;
    struct slice kind;
    if (!json_is_object(source)) return wrong(reader, "options.data_source", remedy, "options.data_source is no object");
    if (!only_members(reader, source, "options.data_source", known) || !read_text(reader, source, "kind", "options.data_source.kind", remedy, &kind)) return false;
    for (int i = DATA_SOURCE_DTSEN; i <= DATA_SOURCE_DTKS; i++)
        if (slice_is(kind, data_source_name((enum data_source)i))) agreement->data_source = (enum data_source)i;
    if (agreement->data_source == DATA_SOURCE_NONE) return wrong(reader, "options.data_source.kind", remedy, "options.data_source.kind is not known");
    return json_object_get(source, "date") == NULL || read_day(reader, source, "date", "options.data_source.date", &agreement->data_source_date);
}

/* REGENCY and PROVINCE are those of the payer: without a region there is none to compare with. */
static bool read_region_scope(struct reader *reader, const json_t *options, struct agreement *agreement) {
    static const char remedy[] = "One of REGENCY, PROVINCE, ANY.";
    struct slice scope;
    if (json_object_get(options, "region_scope") == NULL) return true;
    if (!read_text(reader, options, "region_scope", "options.region_scope", remedy, &scope)) return false;
    for (int i = SCOPE_REGENCY; i <= SCOPE_ANY; i++)
        if (slice_is(scope, region_scope_name((enum region_scope)i))) agreement->region_scope = (enum region_scope)i;
    if (agreement->region_scope == SCOPE_PAYER) return wrong(reader, "options.region_scope", remedy, "options.region_scope is not known");
    const bool has_regency = agreement->payer_region % 100 != 0, has_region = agreement->payer_region != 0;
    if ((agreement->region_scope == SCOPE_REGENCY && !has_regency) || (agreement->region_scope == SCOPE_PROVINCE && !has_region))
        return wrong(reader, "options.region_scope", "Write the region of the payer (payer.region), or a wider scope.", "options.region_scope is %s, which payer.region does not name",
                     region_scope_name(agreement->region_scope));
    return true;
}

/* 0 stays for what is not stated: the parameters of the law. */
static bool read_ages(struct reader *reader, const json_t *options, struct agreement *agreement) {
    int64_t age = 0, limit = 0;
    if (json_object_get(options, "min_age") != NULL && !read_number(reader, options, "min_age", "options.min_age", MIN_AGE_LOW, AGE_HIGH, &age)) return false;
    const int64_t lowest_limit = (age > 0 ? age : MIN_AGE_LOW) + 1;
    if (json_object_get(options, "age_limit") != NULL && !read_number(reader, options, "age_limit", "options.age_limit", lowest_limit, AGE_HIGH, &limit)) return false;
    agreement->min_age = (int)age;
    agreement->age_limit = (int)limit;
    return true;
}

/* A list of occupation codes; none when the option is not there. */
static bool read_occupations(struct reader *reader, const json_t *options, const char *key, const char *member, const struct slice **ret_codes, size_t *ret_count) {
    static const char remedy[] = "Write a list of occupation codes, like [\"0101\"].";
    const json_t *list = json_object_get(options, key);
    if (list == NULL) return true;
    if (!json_is_array(list) || json_array_size(list) > DOCUMENT_OCCUPATIONS_MAX) return wrong(reader, member, remedy, "%s is no list or too long", member);
    struct slice *codes = arena_take(reader->arena, (json_array_size(list) + 1) * sizeof *codes);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *code = json_array_get(list, i);
        if (!json_is_string(code) || json_string_length(code) == 0 || json_string_length(code) > 40) return wrong(reader, member, remedy, "%s: element %zu is no code", member, i + 1);
        codes[i] = arena_copy(reader->arena, slice_of(json_string_value(code), json_string_length(code)));
        for (size_t k = 0; k < codes[i].size; k++)
            if (codes[i].bytes[k] <= ' ') return wrong(reader, member, remedy, "%s: element %zu is no code", member, i + 1);
    }
    *ret_codes = codes;
    *ret_count = json_array_size(list);
    return true;
}

/* How cover and waiting list are kept: what makes a cover ACTIVE, grace, how long money is held for who was promoted, and who is served first. */
static bool read_keeping(struct reader *reader, const json_t *options, struct agreement *agreement) {
    static const char remedy[] = "Write \"PAYMENT\" or \"COMMITMENT\".";
    struct slice word;
    int64_t grace = GRACE_OF_THE_LAW, days = RESERVATION_DAYS;
    agreement->activation = ACTIVATION_PAYMENT;
    if (json_object_get(options, "activate_on") != NULL) {
        if (!read_text(reader, options, "activate_on", "options.activate_on", remedy, &word)) return false;
        if (!activation_parse(word, &agreement->activation)) return wrong(reader, "options.activate_on", remedy, "options.activate_on is not known");
    }
    if (json_object_get(options, "grace_months") != NULL && !read_number(reader, options, "grace_months", "options.grace_months", 0, GRACE_MONTHS_MAX, &grace)) return false;
    if (json_object_get(options, "reservation_days") != NULL && !read_number(reader, options, "reservation_days", "options.reservation_days", 1, RESERVATION_DAYS_MAX, &days)) return false;
    agreement->grace_months = (int)grace;
    agreement->reservation_days = (int)days;
    return read_occupations(reader, options, "priority_occupations", "options.priority_occupations", &agreement->priority_occupations, &agreement->priority_occupation_count);
}

/* One mailbox: it stands in headers of mails, so it holds nothing that could end a line or begin another address. */
static bool is_mailbox(struct slice text) {
    size_t at = 0, count = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] <= 0x20 || text.bytes[i] >= 0x7F || strchr("<>()[]{},;:\\\"'", text.bytes[i]) != NULL) return false;
        if (text.bytes[i] != '@') continue;
        at = i;
        count++;
    }
    const uint8_t *dot = count == 1 ? memchr(text.bytes + at, '.', text.size - at) : NULL;
    return count == 1 && at > 0 && dot != NULL && dot > text.bytes + at + 1 && text.bytes[text.size - 1] != '.' && text.size <= DOCUMENT_MAILBOX_BYTES_MAX;
}

static bool read_contact(struct reader *reader, const json_t *options, struct agreement *agreement) {
    static const char remedy[] = "Write one mailbox: \"disnaker@contoh.go.id\".";
    agreement->contact_email = slice_text("");
    if (json_object_get(options, "contact_email") == NULL) return true;
    if (!read_text(reader, options, "contact_email", "options.contact_email", remedy, &agreement->contact_email)) return false;
    return is_mailbox(agreement->contact_email) || wrong(reader, "options.contact_email", remedy, "options.contact_email is no address of a mailbox");
}

/* The lists of this payer: who lets them in, and what their columns are called. */
static bool read_lists(struct reader *reader, const json_t *options, struct agreement *agreement) {
    static const char remedy[] = "Write {\"the name in your lists\": \"a canonical column such as nama\"}.";
    const json_t *columns = json_object_get(options, "columns");
    const char *theirs;
    json_t *ours;
    if (!read_flag(reader, options, "batch_approval", "options.batch_approval", &agreement->batch_approval)) return false;
    if (columns == NULL) return true;
    if (!json_is_object(columns) || json_object_size(columns) > DOCUMENT_COLUMNS_MAX)
        return wrong(reader, "options.columns", remedy, "options.columns is no object or has more than %d members", DOCUMENT_COLUMNS_MAX);
    struct slice *names = arena_take(reader->arena, (json_object_size(columns) + 1) * sizeof *names);
    json_object_foreach((json_t *)(uintptr_t)columns, theirs, ours) {
        const struct slice name = text_trim(slice_text(theirs));
        enum column column;
        if (name.size == 0 || name.size > DOCUMENT_COLUMN_BYTES_MAX) return wrong(reader, "options.columns", remedy, "a name in options.columns is empty or longer than %d bytes", DOCUMENT_COLUMN_BYTES_MAX);
        for (size_t i = 0; i < name.size; i++)
            if (name.bytes[i] < 0x20) return wrong(reader, "options.columns", remedy, "a name in options.columns holds a control character");
        if (!json_is_string(ours) || !column_by_name(slice_text(json_string_value(ours)), &column))
            return wrong(reader, "options.columns", remedy, "options.columns: \"%.*s\" stands for no column that is known", SLICE_ARGS(name));
        const char *canonical = column_name(column);
        uint8_t *text = arena_take(reader->arena, strlen(canonical) + 1 + name.size);
        size_t size = strlen(canonical);
        memcpy(text, canonical, size);
        text[size++] = '\t';
        for (size_t i = 0; i < name.size; i++) text[size++] = byte_lower(name.bytes[i]);
        names[agreement->column_name_count++] = slice_of(text, size);
    }
    agreement->column_names = names;
    return true;
}

static bool read_billing(struct reader *reader, const json_t *root, struct agreement *agreement) {
    static const char *const known[] = {"mode", "months", NULL};
    static const char remedy[] = "Write {\"mode\": \"MONTHLY\"} or {\"mode\": \"PREPAID\", \"months\": 12}.";
    const json_t *billing = json_object_get(root, "billing");
    struct slice mode;
    agreement->billing = BILLING_MONTHLY;
    agreement->billing_months = 1;
    if (billing == NULL) return true;
    if (!json_is_object(billing)) return wrong(reader, "billing", remedy, "billing is no object");
    if (!only_members(reader, billing, "billing", known) || !read_text(reader, billing, "mode", "billing.mode", remedy, &mode)) return false;
    if (!billing_mode_parse(mode, &agreement->billing)) return wrong(reader, "billing.mode", remedy, "billing.mode is not known");
    const bool is_stated = json_object_get(billing, "months") != NULL;
    if (agreement->billing == BILLING_MONTHLY) return !is_stated || wrong(reader, "billing.months", "Take it out: it belongs to PREPAID.", "billing.months has no meaning with MONTHLY");
    int64_t months = agreement->months;
    if (is_stated && !read_number(reader, billing, "months", "billing.months", 1, agreement->months, &months)) return false;
    agreement->billing_months = (uint32_t)months;
    return true;
}

static bool read_options(struct reader *reader, const json_t *root, struct agreement *agreement) {
    static const char *const known[] = {"data_source", "requires_dtsen", "desil_max", "exclude_active", "region_scope", "occupations", "min_age", "age_limit", "activate_on",
                                        "grace_months", "reservation_days", "priority_occupations", "batch_approval", "columns", "contact_email", NULL};
    const json_t *options = json_object_get(root, "options");
    if (options == NULL) return read_keeping(reader, NULL, agreement) && read_contact(reader, NULL, agreement);
    if (!json_is_object(options)) return wrong(reader, "options", "Write an object or take it out.", "options is no object");
    int64_t desil = 0;
    if (!only_members(reader, options, "options", known) || !read_data_source(reader, options, agreement)) return false;
    if (json_object_get(options, "desil_max") != NULL && !read_number(reader, options, "desil_max", "options.desil_max", 1, DESIL_MAX, &desil)) return false;
    agreement->desil_max = (int)desil;
    return read_flag(reader, options, "exclude_active", "options.exclude_active", &agreement->exclude_active) && read_region_scope(reader, options, agreement) &&
           read_ages(reader, options, agreement) && read_keeping(reader, options, agreement) && read_lists(reader, options, agreement) &&
           read_contact(reader, options, agreement) &&
           read_occupations(reader, options, "occupations", "options.occupations", &agreement->occupations, &agreement->occupation_count);
}

void agreement_closed_by_law(const struct agreement *agreement, const struct law_table *law, programme_set ret_closed[SEGMENT_PMI + 1]) {
    const int32_t months = month_distance(day_month(agreement->period_from), day_month(agreement->period_to)) + 1;
    CHECK(months > 0);
    for (int segment = SEGMENT_NONE; segment <= SEGMENT_PMI; segment++) {
        ret_closed[segment] = 0;
        if (agreement->programmes[segment] == 0) continue;
        const struct law_question question = {.segment = (enum segment)segment, .from = day_month(agreement->period_from), .months = (uint32_t)months};
        ret_closed[segment] = (programme_set)(agreement->programmes[segment] & ~law_ask(law, &question).open);
    }
}

static struct slice canonical_of(struct arena *arena, const json_t *root) {
    char *text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    CHECK(text != NULL);
    const struct slice canonical = arena_copy(arena, slice_text(text));
    free(text);
    return canonical;
}

/* The id of another agreement; "" when there is none. */
static bool read_other(struct reader *reader, const json_t *root, const char *key, struct slice *ret_id) {
    const json_t *id = json_object_get(root, key);
    *ret_id = slice_text("");
    return id == NULL || json_is_null(id) || read_id(reader, root, key, ret_id);
}

static bool read_root(struct reader *reader, const json_t *root, struct agreement_document *document) {
    static const char *const known[] = {"id", "name", "payer", "legal_basis", "period", "months", "registration_date", "segments", "pagu", "quota", "parent", "renews", "billing",
                                        "options", NULL};
    struct agreement *agreement = &document->agreement;
    if (!json_is_object(root)) return wrong(reader, "", "Write {\"id\": ..., ...}.", "the document is no JSON object");
    if (!only_members(reader, root, "", known) || !read_id(reader, root, "id", &agreement->id)) return false;
    if (!read_text(reader, root, "name", "name", "Write what the agreement is about, for people.", &document->name)) return false;
    if (!read_other(reader, root, "parent", &agreement->parent) || !read_other(reader, root, "renews", &agreement->renews)) return false;
    if (slice_equal(agreement->parent, agreement->id)) return wrong(reader, "parent", "Write the id of the umbrella agreement.", "the agreement can't be its own parent");
    if (slice_equal(agreement->renews, agreement->id)) return wrong(reader, "renews", "Write the id of the agreement that ended.", "the agreement can't renew itself");
    return read_payer(reader, root, agreement) && read_basis(reader, root, agreement) && read_period(reader, root, agreement) && read_billing(reader, root, agreement) &&
           read_segments(reader, root, document) && read_money(reader, root, agreement) && read_options(reader, root, agreement);
}

bool agreement_document_read(struct arena *arena, struct slice json, const struct region_table *regions, const struct law_table *law,
                             struct agreement_document *ret_document, struct document_problem *ret_problem) {
    struct reader reader = {.arena = arena, .regions = regions, .problem = ret_problem};
    json_error_t error;
    json_t *root = json.size <= DOCUMENT_BYTES_MAX ? json_loadb((const char *)json.bytes, json.size, JSON_REJECT_DUPLICATES, &error) : NULL;
    if (json.size > DOCUMENT_BYTES_MAX) return wrong(&reader, "", "An agreement has a few thousand bytes.", "the document is larger than %d bytes", DOCUMENT_BYTES_MAX);
    if (root == NULL) return wrong(&reader, "", "Correct the file; a comma or a quote is the usual cause.", "line %d: %.120s", error.line, error.text);
    struct agreement_document document = {.replaces = REPLACES_ANY};
    const bool fine = read_root(&reader, root, &document);
    if (fine) {
        document.canonical = canonical_of(arena, root);
        if (law != NULL) agreement_closed_by_law(&document.agreement, law, document.closed);
        *ret_document = document;
    }
    json_decref(root);
    return fine;
}

struct slice agreement_document_canonical(struct arena *arena, struct slice json) {
    json_t *root = json_loadb((const char *)json.bytes, json.size, 0, NULL);
    if (root == NULL) return (struct slice){0};
    const struct slice canonical = canonical_of(arena, root);
    json_decref(root);
    return canonical;
}

struct slice agreement_document_ending(struct arena *arena, struct slice canonical, day_t day) {
    json_t *root = json_loadb((const char *)canonical.bytes, canonical.size, 0, NULL), *period = json_object_get(root, "period"), *billing = json_object_get(root, "billing");
    const char *from = json_string_value(json_object_get(period, "from"));
    day_t first;
    char to[11];
    struct slice ending = {0};
    if (from != NULL && day_parse(slice_text(from), &first) && day_month(day) >= day_month(first) && day >= first) {
        const int32_t whole = month_distance(day_month(first), day_month(day)) + 1;
        json_t *const counts[] = {json_object_get(root, "months"), json_object_get(billing, "months")};
        day_format(day, to);
        CHECK(json_object_set_new(period, "to", json_string(to)) == 0);
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            if (json_is_integer(counts[i]) && json_integer_value(counts[i]) > whole) CHECK(json_integer_set(counts[i], whole) == 0);
        ending = canonical_of(arena, root);
    }
    json_decref(root);
    return ending;
}

static bool is_known(const struct slice *codes, size_t count, const char *member, const struct occupation_table *occupations, struct document_problem *problem) {
    for (size_t i = 0; i < count; i++) {
        if (occupation_by_code(occupations, codes[i]) != NULL) continue;
        const struct occupation *named = occupation_by_name(occupations, codes[i]);
        struct reader reader = {.problem = problem};
        char remedy[DOCUMENT_REMEDY_MAX];
        if (named != NULL) (void)snprintf(remedy, sizeof remedy, "Write its code, \"%.*s\".", SLICE_ARGS(named->code)); /* a cut text is still a help */
        else (void)snprintf(remedy, sizeof remedy, "The codes stand in occupations.tsv, like \"0101\".");
        return wrong(&reader, member, remedy, "%s: \"%.*s\" is no code of an occupation", member, SLICE_ARGS(codes[i]));
    }
    return true;
}

bool agreement_occupations_known(const struct agreement *agreement, const struct occupation_table *occupations, struct document_problem *ret_problem) {
    return is_known(agreement->occupations, agreement->occupation_count, "options.occupations", occupations, ret_problem) &&
           is_known(agreement->priority_occupations, agreement->priority_occupation_count, "options.priority_occupations", occupations, ret_problem);
}

const char *agreement_document_difference(struct arena *arena, struct slice old_canonical, struct slice new_canonical) {
    json_t *before = json_loadb((const char *)old_canonical.bytes, old_canonical.size, 0, NULL);
    json_t *after = json_loadb((const char *)new_canonical.bytes, new_canonical.size, 0, NULL);
    const size_t size = 4 * (old_canonical.size + new_canonical.size) + 4096;
    char *text = arena_take(arena, size);
    size_t used = 0;
    text[0] = '\0';
    json_t *both = json_object();
    CHECK(both != NULL && before != NULL && after != NULL);
    CHECK(json_object_update(both, before) == 0 && json_object_update(both, after) == 0);
    const char *key;
    json_t *value;
    json_object_foreach(both, key, value) {
        const json_t *left = json_object_get(before, key), *right = json_object_get(after, key);
        if (left != NULL && right != NULL && json_equal(left, right)) continue;
        const struct slice from = left != NULL ? canonical_of(arena, left) : slice_text("-"), to = right != NULL ? canonical_of(arena, right) : slice_text("-");
        const int wrote = snprintf(text + used, size - used, "  %s: %.*s -> %.*s\n", key, SLICE_ARGS(from), SLICE_ARGS(to));
        CHECK(wrote > 0);
        used += (size_t)wrote;
        if (used >= size) break; /* cut: long enough to see what is different */
    }
    json_decref(both);
    json_decref(before);
    json_decref(after);
    return text;
}
