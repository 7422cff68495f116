/* Answers questions about the law by calling the pure functions of the programs directly, a line for a line, so that a hundred thousand of them can be compared with the
 * model (model.py) in seconds. It reads share/payung as the services do and decides nothing itself.
 * usage: law_driver SHARE < questions > answers
 *
 * A question is tab separated: a kind (premium, decide, nik) and name=value fields; a name that is missing means zero, empty, unknown. Months are written 2025-10, days 20251031,
 * programme sets JKK+JKM, codes "E01 W03". An answer is tab separated as well; see the three print functions. A line it cannot read ends it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/law.h"
#include "common/domain/nik.h"
#include "common/domain/text.h"
#include "common/edge/share_tables.h"
#include "services/eligibility/decide.h"
#include "services/premium/premium.h"
#include "services/premium/tariff_share.h"

enum { ARENA_BYTES = 32 << 20, FIELDS_MAX = 64, COVERS_MAX = 8, OCCUPATIONS_MAX = 8 };

struct statutes {
    struct tariff tariff;
    struct parameters parameters;
    struct law_table law;
    struct occupation_table occupations;
    struct region_table regions;
};

struct fields {
    size_t count;
    struct slice names[FIELDS_MAX], values[FIELDS_MAX];
};

__attribute__((noreturn)) static void refuse(const char *what, struct slice text) {
    fprintf(stderr, "law_driver: %s: \"%.*s\"\n", what, SLICE_ARGS(text));
    exit(1);
}

/* ---- reading ---- */

static struct slice field(const struct fields *fields, const char *name) {
    for (size_t i = 0; i < fields->count; i++)
        if (slice_is(fields->names[i], name)) return fields->values[i];
    return slice_text("");
}

static int64_t whole(struct slice text) {
    uint64_t size = 0;
    if (text.size == 0) return 0;
    const bool minus = text.bytes[0] == '-';
    if (!text_number(minus ? slice_of(text.bytes + 1, text.size - 1) : text, INT64_MAX, &size)) refuse("no number", text);
    return minus ? -(int64_t)size : (int64_t)size;
}

static int64_t number(const struct fields *fields, const char *name) { return whole(field(fields, name)); }
static bool flag(const struct fields *fields, const char *name) { return number(fields, name) != 0; }

static month_t month(struct slice text) {
    month_t month = 0;
    if (text.size > 0 && !month_parse(text, &month)) refuse("no month", text);
    return month;
}

static programme_set programmes(struct slice text) {
    programme_set set = 0;
    if (text.size > 0 && !programme_set_parse(text, &set)) refuse("no programmes", text);
    return set;
}

/* The place of a word among those given, 0 for an empty text. */
static int word(const struct fields *fields, const char *name, const char *const *words) {
    const struct slice text = field(fields, name);
    if (text.size == 0) return 0;
    for (int i = 0; words[i] != NULL; i++)
        if (slice_is(text, words[i])) return i;
    refuse(name, text);
}

static const char *const segments[] = {"NONE", "BPU", "PU", "JAKON", "PMI", NULL}, *const sectors[] = {"NONE", "TRANSPORT", "OTHER", NULL},
                  *const all_funds[] = {"NONE", "APBN", "APBD", "SWASTA", "PRIBADI", NULL}, *const sizes[] = {"NONE", "MICRO", "SMALL", "MEDIUM", "LARGE", NULL},
                  *const bases[] = {"NONE", "CONTRACT", "WAGES", NULL}, *const routes[] = {"NONE", "P3MI", "INDIVIDUAL", NULL}, *const sexes[] = {"-", "L", "P", NULL},
                  *const sources[] = {"NONE", "DTSEN", "DTKS", NULL}, *const scopes[] = {"PAYER", "REGENCY", "PROVINCE", "ANY", NULL},
                  *const facts_told[] = {"NOT_ASKED", "NO", "YES", "NO_ANSWER", NULL}, *const cover_states[] = {"ACTIVE", "GRACE", "LAPSED", "ENDED", NULL},
                  *const dukcapil_told[] = {"NOT_ASKED", "ALIVE", "DECEASED", "NOT_FOUND", "NO_ANSWER", NULL};

static struct fields fields_of(struct slice line, struct slice *ret_kind) {
    struct fields fields = {0};
    struct slice part, name;
    if (!text_split(&line, '\t', ret_kind)) refuse("no kind", line);
    while (text_split(&line, '\t', &part)) {
        if (fields.count == FIELDS_MAX || !text_split(&part, '=', &name)) refuse("no field", part);
        fields.names[fields.count] = name;
        fields.values[fields.count++] = part;
    }
    return fields;
}

static struct parameters parameters_of(const struct statutes *statutes, const struct fields *fields) {
    struct parameters parameters = statutes->parameters;
    char problem[PARAMETER_PROBLEM_MAX];
    if (!parameters_set(&parameters, field(fields, "parameters"), problem)) refuse(problem, field(fields, "parameters"));
    return parameters;
}

/* ---- what it costs ---- */

static struct premium_question premium_question_of(const struct fields *fields) {
    return (struct premium_question){
        .segment = (enum segment)word(fields, "segment", segments),
        .income = number(fields, "income"),
        .pu = {.wage = number(fields, "wage"), .risk_class = (int32_t)number(fields, "risk_class"), .labour_intensive = flag(fields, "labour_intensive")},
        .jakon = {.basis = (enum jakon_basis)word(fields, "basis", bases),
                  .contract_net = number(fields, "net"),
                  .contract_gross = number(fields, "gross"),
                  .vat_ppm = number(fields, "vat_ppm"),
                  .wages = number(fields, "wages")},
        .pmi = {.route = (enum pmi_route)word(fields, "route", routes), .jht_monthly = number(fields, "jht_monthly")},
        .sector = (enum sector)word(fields, "sector", sectors),
        .funds = (enum funds)word(fields, "funds", all_funds),
        .programmes = programmes(field(fields, "programmes")),
        .start_month = month(field(fields, "start")),
        .months = (uint32_t)number(fields, "months"),
    };
}

static void switch_relief(struct statutes *statutes, struct slice id, bool enabled) {
    if (id.size > 0 && !relief_switch(&statutes->tariff, id, enabled)) refuse("relief", id);
}

static void print_line(const struct premium_line *line) {
    char from[8];
    month_format(line->from, from);
    printf("\t%s|%s|%d|%s|%u|%lld|%lld|%lld|%lld|%.*s|%.*s|%.*s", charge_name(line->charge), payer_share_name(line->share), line->once, from, (unsigned)line->months,
           (long long)line->base, (long long)line->rate_ppm, (long long)line->normal, (long long)line->amount, SLICE_ARGS(line->tariff_row),
           SLICE_ARGS(line->regulation), SLICE_ARGS(line->relief));
}

/* status, total, JKK, JKM, JHT, JP, JKP, PACKAGE, warnings, then a field for each line. A status that is not OK stands alone. */
static void answer_premium(struct statutes *statutes, const struct fields *fields) {
    static const char *const states[] = {"OK", "NO_TARIFF", "BAD_QUESTION", "BAD_AMOUNT", "TOO_MANY_LINES"};
    const struct parameters parameters = parameters_of(statutes, fields);
    const struct premium_question question = premium_question_of(fields);
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium;
    char warnings[CODE_SET_TEXT_MAX];
    switch_relief(statutes, field(fields, "relief"), true);
    const enum premium_status status = premium_compute(&statutes->tariff, &parameters, &question, lines, &premium);
    switch_relief(statutes, field(fields, "relief"), false);
    fputs(states[status], stdout);
    if (status == PREMIUM_OK) {
        printf("\t%lld", (long long)premium.total);
        for (int charge = 0; charge < CHARGE_COUNT; charge++) printf("\t%lld", (long long)premium.by_charge[charge]);
        code_set_format(premium.warnings, warnings);
        printf("\t%s", warnings);
        for (size_t i = 0; i < premium.line_count; i++) print_line(&premium.lines[i]);
    }
    putchar('\n');
}

/* ---- who may have it ---- */

static struct application application_of(const struct fields *fields) {
    struct application application = {
        .first_row = (uint32_t)number(fields, "first_row"),
        .registration_date = (day_t)number(fields, "registered"),
        .segment = (enum segment)word(fields, "segment", segments),
        .birth_date = (day_t)number(fields, "born"),
        .ktp_region = (uint32_t)number(fields, "ktp_region"),
        .occupation = field(fields, "occupation"),
        .is_employer = flag(fields, "is_employer"),
        .pu = {.employer_size = (enum employer_size)word(fields, "size", sizes)},
        .jakon = {.basis = (enum jakon_basis)word(fields, "basis", bases)},
        .programmes = programmes(field(fields, "asked")),
        .start_month = month(field(fields, "start")),
        .months = (uint32_t)number(fields, "months"),
    };
    if (field(fields, "findings").size > 0 && !code_set_parse(field(fields, "findings"), &application.findings)) refuse("no codes", field(fields, "findings"));
    return application;
}

static size_t occupations_of(const struct fields *fields, struct slice occupations[OCCUPATIONS_MAX]) {
    struct slice rest = field(fields, "occupations");
    size_t count = 0;
    while (rest.size > 0 && count < OCCUPATIONS_MAX && text_split(&rest, '+', &occupations[count])) count++;
    return count;
}

static struct agreement agreement_of(const struct fields *fields, struct slice occupations[OCCUPATIONS_MAX]) {
    struct agreement agreement = {
        .payer_region = (uint32_t)number(fields, "payer_region"),
        .funds = (enum funds)word(fields, "funds", all_funds),
        .has_legal_basis = flag(fields, "legal_basis"),
        .period_from = (day_t)number(fields, "period_from"),
        .period_to = (day_t)number(fields, "period_to"),
        .months = (uint32_t)number(fields, "agreement_months"),
        .first_month = month(field(fields, "first_month")),
        .min_age = (int)number(fields, "min_age"),
        .age_limit = (int)number(fields, "age_limit"),
        .data_source = (enum data_source)word(fields, "data_source", sources),
        .desil_max = (int)number(fields, "desil_max"),
        .exclude_active = flag(fields, "exclude_active"),
        .region_scope = (enum region_scope)word(fields, "scope", scopes),
        .occupation_count = occupations_of(fields, occupations),
        .occupations = occupations,
    };
    agreement.programmes[word(fields, "segment", segments)] = programmes(field(fields, "paid"));
    return agreement;
}

/* "BPU,JKK,ACTIVE,1,2025-10,12;...": segment, programme, status, same payer, first month, months. */
static size_t covers_of(const struct fields *fields, struct active_cover covers[COVERS_MAX]) {
    enum { SEGMENT, PROGRAMME, STATUS, SAME, FROM, MONTHS, PARTS };
    struct slice rest = field(fields, "covers"), one;
    size_t count = 0;
    while (rest.size > 0 && text_split(&rest, ';', &one)) {
        static const char *const names[PARTS] = {"segment", "programme", "status", "same", "from", "months"};
        struct fields parts = {.count = PARTS};
        enum programme programme;
        for (int i = 0; i < PARTS; i++) {
            parts.names[i] = slice_text(names[i]);
            if (!text_split(&one, ',', &parts.values[i])) refuse("no cover", one);
        }
        if (count == COVERS_MAX || !programme_parse(parts.values[PROGRAMME], &programme)) refuse("no cover", parts.values[PROGRAMME]);
        covers[count++] = (struct active_cover){.segment = (enum segment)word(&parts, "segment", segments),
                                                .programme = programme,
                                                .status = (enum cover_status)word(&parts, "status", cover_states),
                                                .same_payer = flag(&parts, "same"),
                                                .from = month(parts.values[FROM]),
                                                .months = (uint32_t)whole(parts.values[MONTHS])};
    }
    return count;
}

/* status, codes, warnings, and for ELIGIBLE and PENDING programmes, first month, months. */
static void print_verdict(const struct verdict *verdict) {
    static const char *const states[] = {"NONE", "ELIGIBLE", "REJECTED", "PENDING", "PARKED"};
    char codes[CODE_SET_TEXT_MAX], warnings[CODE_SET_TEXT_MAX], set[PROGRAMME_SET_TEXT_MAX], start[8];
    code_set_format(verdict->codes, codes);
    code_set_format(verdict->warnings, warnings);
    printf("%s\t%s\t%s", states[verdict->status], codes, warnings);
    if (verdict->status == VERDICT_ELIGIBLE || verdict->status == VERDICT_PENDING) {
        programme_set_format(verdict->programmes, set);
        month_format(verdict->start_month, start);
        printf("\t%s\t%s\t%u", set, start, (unsigned)verdict->months);
    }
    putchar('\n');
}

static void answer_decide(const struct statutes *statutes, const struct fields *fields) {
    struct slice occupations[OCCUPATIONS_MAX];
    struct active_cover covers[COVERS_MAX];
    const struct parameters parameters = parameters_of(statutes, fields);
    const struct application application = application_of(fields);
    const struct agreement agreement = agreement_of(fields, occupations);
    const struct eligibility_facts facts = {
        .occupations = &statutes->occupations,
        .law = &statutes->law,
        .parameters = &parameters,
        .dukcapil = (enum dukcapil_answer)word(fields, "dukcapil", dukcapil_told),
        .dukcapil_region = (uint32_t)number(fields, "dukcapil_region"),
        .dtsen = (enum fact)word(fields, "dtsen", facts_told),
        .desil = (int)number(fields, "desil"),
        .civil_servant = (enum fact)word(fields, "civil_servant", facts_told),
        .covers_unanswered = flag(fields, "covers_unanswered"),
        .covers = covers,
        .cover_count = covers_of(fields, covers),
    };
    struct verdict verdict;
    decide(&application, &agreement, &facts, &verdict);
    print_verdict(&verdict);
}

/* codes, birth date, sex, region. */
static void answer_nik(const struct statutes *statutes, const struct fields *fields) {
    static const char *const marks[] = {"", "L", "P"};
    char text[NIK_TEXT_MAX], codes[CODE_SET_TEXT_MAX];
    struct nik_facts facts;
    const size_t size = nik_normalise(field(fields, "typed"), text);
    nik_check(slice_of(text, size), (day_t)number(fields, "born"), (enum sex)word(fields, "sex", sexes), (day_t)number(fields, "as_of"), &statutes->regions, &facts);
    code_set_format(facts.findings, codes);
    printf("%s\t%d\t%s\t%u\n", codes, (int)facts.birth_date, marks[facts.sex], (unsigned)facts.region);
}

/* ---- loading, and the lines ---- */

static void must(struct err err) {
    if (failed(&err)) refuse("share/payung", slice_text(err.text));
}

static void load(const char *share, struct arena *arena, struct statutes *ret_statutes) {
    must(tariff_open(share, arena, &ret_statutes->tariff));
    must(share_parameters(arena, share, "", &ret_statutes->parameters));
    must(share_law(arena, share, &ret_statutes->law));
    must(share_occupations(arena, share, &ret_statutes->occupations));
    must(share_regions(arena, share, &ret_statutes->regions));
}

static void answer(struct statutes *statutes, struct slice line) {
    struct slice kind;
    const struct fields fields = fields_of(line, &kind);
    if (slice_is(kind, "premium")) answer_premium(statutes, &fields);
    else if (slice_is(kind, "decide")) answer_decide(statutes, &fields);
    else if (slice_is(kind, "nik")) answer_nik(statutes, &fields);
    else refuse("no such kind", kind);
}

int main(int argc, char **argv) {
    if (argc != 2) refuse("usage", slice_text("law_driver SHARE < questions"));
    struct arena *arena = arena_create(ARENA_BYTES);
    static struct statutes statutes;
    load(argv[1], arena, &statutes);
    char *text = NULL;
    size_t room = 0;
    ssize_t size;
    while ((size = getline(&text, &room, stdin)) > 0) answer(&statutes, slice_of(text, (size_t)size - (text[size - 1] == '\n')));
    free(text);
    arena_destroy(arena);
    return ferror(stdin) || fflush(stdout) != 0;
}
