/* Turns a facts document into the question of the rules. It must not decide: codes come from the checks of common/domain and from decide(). */
#include "services/payung/check_case.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { LONG_AGO = 19000101, FAR_AHEAD = 29991231 };

struct making {
    const struct check_document *document;
    const struct check_tables *tables;
    struct arena *arena;
    struct application application;
    struct agreement agreement;
    struct eligibility_facts facts;
};

/* ---- the application ------------------------------------------------------------------------------------------------------------------ */

/* What a list must have beyond the person, because it will be priced, is not asked of a document. */
static void forget_terms(struct row_result *row) {
    for (int column = 0; column < COLUMN_COUNT; column++)
        if (!column_is_mandatory((enum column)column)) row->wanting &= ~(UINT64_C(1) << (unsigned)column);
    if (row->wanting == 0) row->findings.bits &= ~code_set_with((struct code_set){0}, CODE_E80).bits;
}

/* The occupation may be said by its code. */
static struct row_text row_of(const struct check_document *document, const struct occupation_table *occupations) {
    struct row_text row = document->row;
    const struct slice occupation = text_trim(row.column[COLUMN_PEKERJAAN]);
    if (occupation_by_code(occupations, occupation) != NULL) row.column[COLUMN_KODE_PEKERJAAN] = occupation;
    return row;
}

static void make_application(struct making *making, day_t today, struct check_result *result) {
    const struct check_document *document = making->document;
    struct application *application = &making->application;
    struct row_result row;
    const struct row_text text = row_of(document, making->tables->occupations);
    application->registration_date = document->registration_date != 0 ? document->registration_date : today;
    row_check(&text, &(struct row_tables){.regions = making->tables->regions, .occupations = making->tables->occupations}, application->registration_date, &row);
    forget_terms(&row);
    result->wanting = row.wanting;
    result->spreadsheet_damage = row.spreadsheet_damage;
    row_fill(&row, application);
    application->attempt = 1;
    application->programmes = document->programmes;
    application->start_month = document->start_month;
    application->months = document->months;
    application->is_employer = application->is_employer || document->is_employer;
    if (document->employer_size != EMPLOYER_SIZE_NONE) application->pu.employer_size = document->employer_size;
}

/* ---- the agreement -------------------------------------------------------------------------------------------------------------------- */

/* Codes, names or groups become codes; what is none of these stays as it is and fits nobody. */
static void make_occupations(struct making *making) {
    const struct occupation_table *table = making->tables->occupations;
    const struct check_agreement *given = &making->document->agreement;
    struct slice *codes = arena_zero(making->arena, given->occupation_count * (table->count + 1) + 1, sizeof *codes);
    size_t count = 0;
    for (size_t i = 0; i < given->occupation_count; i++) {
        const struct slice text = text_trim(given->occupations[i]);
        const struct occupation *named = occupation_by_name(table, text);
        const size_t before = count;
        if (named != NULL) codes[count++] = named->code;
        for (size_t j = 0; named == NULL && j < table->count; j++)
            if (text_same(table->rows[j].group, text)) codes[count++] = table->rows[j].code;
        if (count == before) codes[count++] = text;
    }
    making->agreement.occupations = codes;
    making->agreement.occupation_count = count;
}

/* Where the months of the question begin and how many there are when the document does not say. */
static void make_months(struct making *making) {
    const struct check_agreement *given = &making->document->agreement;
    struct agreement *agreement = &making->agreement;
    const month_t asked = making->document->start_month;
    agreement->first_month = day_month(given->from != 0 ? given->from : making->application.registration_date);
    agreement->months = 1;
    if (given->to == 0) return;
    const int32_t left = month_distance(asked != 0 ? asked : agreement->first_month, day_month(given->to)) + 1;
    if (left > 1) agreement->months = left < COVER_MONTHS_MAX ? (uint32_t)left : COVER_MONTHS_MAX;
}

static void make_agreement(struct making *making) {
    const struct check_agreement *given = &making->document->agreement;
    making->agreement = (struct agreement){
        .number = 1,
        .id = slice_text("check"),
        .payer_region = given->region,
        .funds = given->payer != FUNDS_NONE ? given->payer : FUNDS_PRIBADI,
        .has_legal_basis = !given->no_legal_basis,
        .period_from = given->from != 0 ? given->from : LONG_AGO,
        .period_to = given->to != 0 ? given->to : FAR_AHEAD,
        .pagu = RUPIAH_INPUT_MAX,
        .quota = -1,
        .min_age = given->min_age,
        .age_limit = given->age_limit,
        .data_source = given->requires_dtsen ? DATA_SOURCE_DTSEN : DATA_SOURCE_NONE,
        .desil_max = given->desil_max,
        .exclude_active = given->exclude_active,
        .region_scope = given->scope,
    };
    make_occupations(making);
    make_months(making);
}

static void make_programmes(struct making *making) {
    struct application *application = &making->application;
    struct agreement *agreement = &making->agreement;
    if (application->segment == SEGMENT_NONE) return;
    const struct law_question question = {.segment = application->segment,
                                          .employer_size = application->pu.employer_size,
                                          .is_employer = application->is_employer,
                                          .from = application->start_month != 0 ? application->start_month : agreement->first_month,
                                          .months = application->months != 0 ? application->months : agreement->months};
    const struct law_answer law = law_ask(making->tables->law, &question);
    agreement->programmes[application->segment] = making->document->agreement.programmes;
    if (making->document->agreement.programmes != 0) return;
    agreement->programmes[application->segment] = law.open;
    if (application->programmes == 0) application->programmes = law.mandatory;
}

/* ---- facts ---------------------------------------------------------------------------------------------------------------------------- */

/* A kind of government without its region means that of the document: no other is spoken of. */
static bool is_own_government(uint32_t region, struct slice payer) {
    enum { REGENCIES_A_PROVINCE = 100 };
    if (region == 0) return false;
    return region % REGENCIES_A_PROVINCE == 0 ? text_is(payer, "PEMPROV") : text_is(payer, "PEMKAB") || text_is(payer, "PEMKOT");
}

static bool is_same_payer(const struct making *making, struct slice payer) {
    uint32_t region = 0, village = 0;
    enum funds funds = FUNDS_NONE;
    payer = text_trim(payer);
    if (region_parse(payer, &region, &village)) return making->agreement.payer_region != 0 && region / 100 == making->agreement.payer_region;
    if (is_own_government(making->agreement.payer_region, payer)) return true;
    return making->agreement.payer_region == 0 && funds_parse(payer, &funds) && funds == making->agreement.funds;
}

static size_t make_cover(const struct making *making, const struct check_cover *given, struct active_cover covers[PROGRAMME_COUNT]) {
    const month_t from = given->from != 0 ? given->from : day_month(LONG_AGO), to = given->to != 0 ? given->to : day_month(FAR_AHEAD);
    const int32_t months = month_distance(from, to) + 1;
    size_t count = 0;
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++) {
        if (given->programmes != 0 && (given->programmes & programme_bit((enum programme)programme)) == 0) continue;
        covers[count++] = (struct active_cover){.segment = given->segment != SEGMENT_NONE ? given->segment : making->application.segment,
                                                .programme = (enum programme)programme,
                                                .same_payer = is_same_payer(making, given->payer),
                                                .from = from,
                                                .months = months > 0 ? (uint32_t)months : 0,
                                                .status = given->status};
    }
    return count;
}

static void make_facts(struct making *making) {
    const struct check_document *document = making->document;
    struct active_cover *covers = arena_zero(making->arena, document->cover_count * PROGRAMME_COUNT + 1, sizeof *covers);
    size_t count = 0;
    for (size_t i = 0; i < document->cover_count; i++) count += make_cover(making, &document->covers[i], covers + count);
    making->facts = (struct eligibility_facts){.occupations = making->tables->occupations,
                                               .law = making->tables->law,
                                               .parameters = making->tables->parameters,
                                               .dukcapil = document->dukcapil,
                                               .dukcapil_region = document->dukcapil_region,
                                               .dtsen = document->dtsen,
                                               .desil = document->desil,
                                               .civil_servant = document->civil_servant,
                                               .covers = covers,
                                               .cover_count = count};
}

void check_case(const struct check_document *document, const struct check_tables *tables, day_t today, struct arena *arena, struct check_result *ret_result) {
    CHECK(day_is_valid(today));
    struct check_result result = {0};
    struct making making = {.document = document, .tables = tables, .arena = arena};
    make_application(&making, today, &result);
    make_agreement(&making);
    make_programmes(&making);
    make_facts(&making);
    decide(&making.application, &making.agreement, &making.facts, &result.verdict);
    if (document->agreement.quota_is_used_up) result.queue = code_set_with(result.queue, CODE_Q60);
    if (document->agreement.budget_is_used_up) result.queue = code_set_with(result.queue, CODE_Q61);
    if (result.verdict.status != VERDICT_ELIGIBLE) result.queue = (struct code_set){0};
    if (making.application.segment == SEGMENT_PU && making.application.pu.wage > 0)
        result.subsidy = making.application.pu.wage < parameter(tables->parameters, PARAMETER_BSU_WAGE_BELOW) ? FACT_YES : FACT_NO;
    result.application = making.application;
    *ret_result = result;
}

const char *check_outcome(const struct check_result *result) {
    switch (result->verdict.status) {
    case VERDICT_ELIGIBLE: return result->queue.bits != 0 ? "WAITLIST" : "ACCEPT";
    case VERDICT_PENDING: return "PENDING";
    case VERDICT_REJECTED: return "REJECT";
    case VERDICT_NONE:
    case VERDICT_PARKED: break;
    }
    CHECK(false && "decide() gives one of these");
}
