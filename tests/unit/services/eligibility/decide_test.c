/* Who may be enrolled: the vectors of tests/vectors/eligibility.tsv, each asked of the whole decision, not of one rule. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/text.h"
#include "services/eligibility/decide.h"
#include "tests/unit/regions_fixture.h"

enum { ID, SITUATION, PARAMS, EXPECTED, CODES, WARNINGS, PROGRAMMES, COLUMNS };
static const char *const names[COLUMNS] = {"id", "situation", "params", "expected", "codes", "warnings", "programmes"};
enum { COVERS_MAX = 4, JOBS_MAX = 4 };

struct situation {
    struct application application;
    struct agreement agreement;
    struct active_cover covers[COVERS_MAX];
    size_t cover_count;
    struct slice jobs[JOBS_MAX];
    bool unknown;
};

static struct situation ordinary(void) {
    return (struct situation){
        .application = {.segment = SEGMENT_BPU, .birth_date = 19800517, .sex = SEX_MALE, .ktp_region = 170804, .occupation = slice_text("0402"),
                        .registration_date = 20250915, .sector = SECTOR_OTHER},
        .agreement = {.number = 1, .id = slice_text("kepahiang-2025"), .payer_region = 1708, .funds = FUNDS_APBD, .has_legal_basis = true, .period_from = 20251001,
                      .period_to = 20260930, .months = 12, .first_month = 202510, .min_age = 17, .age_limit = 65,
                      .programmes = {[SEGMENT_BPU] = 3, [SEGMENT_JAKON] = 3, [SEGMENT_PMI] = 3}},
    };
}

static uint64_t number(struct slice text) {
    uint64_t number = 0;
    assert_true(text_number(text, UINT32_MAX, &number));
    return number;
}

static day_t day(struct slice text) {
    day_t day = 0;
    if (text.size > 0) assert_true(day_parse(text, &day));
    return day;
}

static uint32_t region(struct slice text) {
    uint32_t region = 0, village = 0;
    if (text.size > 0) assert_true(region_parse(text, &region, &village));
    return region;
}

static void add_covers(struct situation *situation, struct slice text) {
    struct slice part, field;
    while (text_split(&text, '|', &part)) {
        assert_true(situation->cover_count < COVERS_MAX);
        struct active_cover *cover = &situation->covers[situation->cover_count++];
        assert_true(text_split(&part, ':', &field) && segment_parse(field, &cover->segment));
        assert_true(text_split(&part, ':', &field) && programme_parse(field, &cover->programme));
        assert_true(text_split(&part, ':', &field) && month_parse(field, &cover->from));
        assert_true(text_split(&part, ':', &field));
        cover->months = (uint32_t)number(field);
        cover->same_payer = slice_is(part, "same");
        assert_true(cover->same_payer || slice_is(part, "other"));
    }
}

static void apply(struct situation *situation, struct slice key, struct slice value) {
    struct application *application = &situation->application;
    struct agreement *agreement = &situation->agreement;
    struct slice job;
    if (slice_is(key, "born")) application->birth_date = day(value);
    else if (slice_is(key, "registered")) application->registration_date = day(value);
    else if (slice_is(key, "segment")) assert_true(segment_parse(value, &application->segment));
    else if (slice_is(key, "job")) application->occupation = value;
    else if (slice_is(key, "employer")) application->is_employer = true;
    else if (slice_is(key, "ktp")) application->ktp_region = region(value);
    else if (slice_is(key, "first_row")) application->first_row = (uint32_t)number(value);
    else if (slice_is(key, "findings")) assert_true(code_set_parse(value, &application->findings));
    else if (slice_is(key, "asks")) assert_true(programme_set_parse(value, &application->programmes));
    else if (slice_is(key, "start")) assert_true(month_parse(value, &application->start_month));
    else if (slice_is(key, "months")) application->months = (uint32_t)number(value);
    else if (slice_is(key, "payer")) agreement->payer_region = region(value) / 100;
    else if (slice_is(key, "funds")) assert_true(funds_parse(value, &agreement->funds));
    else if (slice_is(key, "paid")) assert_true(programme_set_parse(value, &agreement->programmes[application->segment]));
    else if (slice_is(key, "from")) agreement->first_month = day_month(agreement->period_from = day(value));
    else if (slice_is(key, "to")) agreement->period_to = day(value);
    else if (slice_is(key, "all_months")) agreement->months = (uint32_t)number(value);
    else if (slice_is(key, "min_age")) agreement->min_age = (int)number(value);
    else if (slice_is(key, "age_limit")) agreement->age_limit = (int)number(value);
    else if (slice_is(key, "no_basis")) agreement->has_legal_basis = false;
    else if (slice_is(key, "unknown")) situation->unknown = true;
    else if (slice_is(key, "cover")) add_covers(situation, value);
    else if (slice_is(key, "jobs"))
        while (text_split(&value, ',', &job)) situation->jobs[agreement->occupation_count++] = job;
    else fail_msg("unknown parameter %.*s", SLICE_ARGS(key));
}

static struct situation situation_of(struct slice params) {
    struct situation situation = ordinary();
    struct slice rest = params, pair, key;
    while (rest.size > 0 && text_split(&rest, ';', &pair)) {
        assert_true(text_split(&pair, '=', &key));
        apply(&situation, key, pair);
    }
    return situation;
}

static void expect(const struct slice fields[], const struct verdict *verdict) {
    static const char *const words[] = {"", "ACCEPT", "REJECT", "PENDING", ""};
    char codes[CODE_SET_TEXT_MAX], warnings[CODE_SET_TEXT_MAX], programmes[PROGRAMME_SET_TEXT_MAX];
    (void)code_set_format(verdict->codes, codes);
    (void)code_set_format(verdict->warnings, warnings);
    (void)programme_set_format(verdict->programmes, programmes);
    if (!slice_is(fields[EXPECTED], words[verdict->status]) || !slice_is(fields[CODES], codes) || !slice_is(fields[WARNINGS], warnings) || !slice_is(fields[PROGRAMMES], programmes))
        fail_msg("%.*s (%.*s): %s, codes '%s', warnings '%s', programmes '%s'", SLICE_ARGS(fields[ID]), SLICE_ARGS(fields[SITUATION]), words[verdict->status], codes, warnings, programmes);
}

static void each_vector_is_decided_as_written(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct occupation_table occupations = fixture_occupations(arena);
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    struct load_error error;
    size_t rows = 0;
    assert_true(table_open(&table, source_file(arena, "tests/vectors/eligibility.tsv"), '\t', names, COLUMNS, &error));
    for (; table_next(&table, arena, fields, &error); rows++) {
        struct situation situation = situation_of(fields[PARAMS]);
        struct verdict verdict;
        situation.agreement.occupations = situation.jobs;
        const struct eligibility_facts facts = {.occupations = &occupations, .covers = situation.covers, .cover_count = situation.cover_count};
        decide(&situation.application, situation.unknown ? NULL : &situation.agreement, &facts, &verdict);
        expect(fields, &verdict);
    }
    if (table.failed) fail_msg("line %u, %s: %s", error.line, error.field, error.problem);
    assert_true(rows >= 60);
    arena_destroy(arena);
}

static void an_accepted_person_gets_the_terms_of_the_agreement(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct occupation_table occupations = fixture_occupations(arena);
    const struct eligibility_facts facts = {.occupations = &occupations};
    struct situation situation = ordinary();
    struct verdict verdict;
    decide(&situation.application, &situation.agreement, &facts, &verdict);
    assert_int_equal(verdict.start_month, 202510);
    assert_int_equal(verdict.months, 12);
    assert_int_equal(verdict.funds, FUNDS_APBD);
    situation.application.start_month = 202601;
    situation.application.months = 3;
    decide(&situation.application, &situation.agreement, &facts, &verdict);
    assert_int_equal(verdict.start_month, 202601);
    assert_int_equal(verdict.months, 3);
    situation.application.birth_date = 19400101;
    decide(&situation.application, &situation.agreement, &facts, &verdict);
    assert_int_equal(verdict.programmes, 0);
    assert_int_equal(verdict.months, 0);
    arena_destroy(arena);
}

/* A record from the wire may hold anything; it is refused, it does not stop the service. */
static void a_record_out_of_this_world_is_refused(void **state) {
    struct arena *arena = arena_create(8 << 20);
    const struct occupation_table occupations = fixture_occupations(arena);
    const struct active_cover strange = {.segment = SEGMENT_BPU, .from = 7, .months = UINT32_MAX};
    const struct eligibility_facts facts = {.occupations = &occupations, .covers = &strange, .cover_count = 1};
    for (int fault = 0; fault < 6; fault++) {
        struct situation situation = ordinary();
        struct application *application = &situation.application;
        struct verdict verdict;
        if (fault == 0) application->segment = (enum segment)77;
        if (fault == 1) application->registration_date = 20251399;
        if (fault == 2) application->start_month = 13;
        if (fault == 3) application->months = UINT32_MAX;
        if (fault == 4) application->segment = SEGMENT_NONE;
        if (fault == 5) application->registration_date = -5;
        decide(application, &situation.agreement, &facts, &verdict);
        assert_int_equal(verdict.status, VERDICT_REJECTED);
        assert_true(code_set_has(verdict.codes, CODE_E90));
    }
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_is_decided_as_written),
        cmocka_unit_test(an_accepted_person_gets_the_terms_of_the_agreement),
        cmocka_unit_test(a_record_out_of_this_world_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
