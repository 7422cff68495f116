/* Who may be enrolled: the vectors of tests/vectors/eligibility.tsv, each asked of the whole decision, not of one rule. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/text.h"
#include "services/eligibility/decide.h"
#include "tests/unit/regions_fixture.h"

enum { ID, SITUATION, PARAMS, EXPECTED, CODES, WARNINGS, PROGRAMMES, COLUMNS };
static const char *const names[COLUMNS] = {"id", "situation", "params", "expected", "codes", "warnings", "programmes"};
enum { COVERS_MAX = 4, JOBS_MAX = 4 };

/* The tables of the law, as they are installed. */
struct world {
    struct arena *arena;
    struct occupation_table occupations;
    struct law_table law;
    struct parameters parameters;
};

struct situation {
    struct application application;
    struct agreement agreement;
    struct eligibility_facts facts; /* without tables and covers, which `judged` adds */
    struct active_cover covers[COVERS_MAX];
    struct slice jobs[JOBS_MAX];
    struct parameters parameters;
    bool unknown;
};

static int set_up(void **state) {
    static struct world world;
    struct load_error error;
    world.arena = arena_create(32 << 20);
    world.occupations = fixture_occupations(world.arena);
    if (!law_load(source_file(world.arena, "common/domain/data/programme-law.tsv"), world.arena, &world.law, &error)) return -1;
    if (!parameters_load(source_file(world.arena, "common/domain/data/parameters.tsv"), world.arena, &world.parameters, &error)) return -1;
    *state = &world;
    return 0;
}

static int tear_down(void **state) {
    arena_destroy(((struct world *)*state)->arena);
    return 0;
}

static struct situation ordinary(const struct world *world) {
    return (struct situation){
        .application = {.segment = SEGMENT_BPU, .birth_date = 19800517, .sex = SEX_MALE, .ktp_region = 170804, .occupation = slice_text("0402"),
                        .registration_date = 20250915, .sector = SECTOR_OTHER},
        .agreement = {.number = 1, .id = slice_text("kepahiang-2025"), .payer_region = 1708, .funds = FUNDS_APBD, .has_legal_basis = true, .period_from = 20251001,
                      .period_to = 20260930, .months = 12, .first_month = 202510, .programmes = {[SEGMENT_BPU] = 3, [SEGMENT_JAKON] = 3, [SEGMENT_PMI] = 3}},
        .parameters = world->parameters,
    };
}

static struct verdict judged(const struct world *world, const struct situation *situation) {
    struct agreement agreement = situation->agreement;
    struct eligibility_facts facts = situation->facts;
    struct verdict verdict;
    agreement.occupations = situation->jobs;
    facts.occupations = &world->occupations;
    facts.law = &world->law;
    facts.parameters = &situation->parameters;
    facts.covers = situation->covers;
    decide(&situation->application, situation->unknown ? NULL : &agreement, &facts, &verdict);
    return verdict;
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

/* One of the words, by its number; fails on any other. */
static int word(struct slice text, const char *const *words, int count) {
    for (int i = 0; i < count; i++)
        if (slice_is(text, words[i])) return i;
    fail_msg("unknown word %.*s", SLICE_ARGS(text));
    return 0;
}

static void add_covers(struct situation *situation, struct slice text) {
    static const char *const payers[] = {"other", "same"}, *const statuses[] = {"ACTIVE", "GRACE", "LAPSED", "ENDED"};
    struct slice part, field;
    while (text_split(&text, '|', &part)) {
        assert_true(situation->facts.cover_count < COVERS_MAX);
        struct active_cover *cover = &situation->covers[situation->facts.cover_count++];
        assert_true(text_split(&part, ':', &field) && segment_parse(field, &cover->segment));
        assert_true(text_split(&part, ':', &field) && programme_parse(field, &cover->programme));
        assert_true(text_split(&part, ':', &field) && month_parse(field, &cover->from));
        assert_true(text_split(&part, ':', &field));
        cover->months = (uint32_t)number(field);
        assert_true(text_split(&part, ':', &field));
        cover->same_payer = word(field, payers, 2) == 1;
        if (part.bytes != NULL) cover->status = (enum cover_status)word(part, statuses, 4);
    }
}

static bool apply_to_row(struct situation *situation, struct slice key, struct slice value) {
    struct application *application = &situation->application;
    if (slice_is(key, "born")) application->birth_date = day(value);
    else if (slice_is(key, "registered")) application->registration_date = day(value);
    else if (slice_is(key, "segment")) assert_true(segment_parse(value, &application->segment));
    else if (slice_is(key, "job")) application->occupation = value;
    else if (slice_is(key, "employer")) application->is_employer = true;
    else if (slice_is(key, "size")) assert_true(employer_size_parse(value, &application->pu.employer_size));
    else if (slice_is(key, "basis")) assert_true(jakon_basis_parse(value, &application->jakon.basis));
    else if (slice_is(key, "ktp")) application->ktp_region = region(value);
    else if (slice_is(key, "first_row")) application->first_row = (uint32_t)number(value);
    else if (slice_is(key, "findings")) assert_true(code_set_parse(value, &application->findings));
    else if (slice_is(key, "asks")) assert_true(programme_set_parse(value, &application->programmes));
    else if (slice_is(key, "start")) assert_true(month_parse(value, &application->start_month));
    else if (slice_is(key, "months")) application->months = (uint32_t)number(value);
    else return false;
    return true;
}

static bool apply_to_agreement(struct situation *situation, struct slice key, struct slice value) {
    static const char *const sources[] = {"", "DTSEN", "DTKS"}, *const scopes[] = {"PAYER", "REGENCY", "PROVINCE", "ANY", "STRANGE"};
    struct agreement *agreement = &situation->agreement;
    struct slice job;
    if (slice_is(key, "payer")) agreement->payer_region = region(value) / 100;
    else if (slice_is(key, "funds")) assert_true(funds_parse(value, &agreement->funds));
    else if (slice_is(key, "paid")) assert_true(programme_set_parse(value, &agreement->programmes[situation->application.segment]));
    else if (slice_is(key, "from")) agreement->first_month = day_month(agreement->period_from = day(value));
    else if (slice_is(key, "to")) agreement->period_to = day(value);
    else if (slice_is(key, "all_months")) agreement->months = (uint32_t)number(value);
    else if (slice_is(key, "min_age")) agreement->min_age = (int)number(value);
    else if (slice_is(key, "age_limit")) agreement->age_limit = (int)number(value);
    else if (slice_is(key, "no_basis")) agreement->has_legal_basis = false;
    else if (slice_is(key, "source")) agreement->data_source = (enum data_source)word(value, sources, 3);
    else if (slice_is(key, "desil_max")) agreement->desil_max = (int)number(value);
    else if (slice_is(key, "exclude_active")) agreement->exclude_active = true;
    else if (slice_is(key, "scope")) agreement->region_scope = (enum region_scope)word(value, scopes, 5);
    else if (slice_is(key, "unknown")) situation->unknown = true;
    else if (slice_is(key, "jobs"))
        while (text_split(&value, ',', &job)) situation->jobs[agreement->occupation_count++] = job;
    else return false;
    return true;
}

static bool apply_to_facts(struct situation *situation, struct slice key, struct slice value) {
    static const char *const answers[] = {"", "ALIVE", "DECEASED", "NOT_FOUND", "NO_ANSWER"}, *const facts[] = {"", "NO", "YES", "NO_ANSWER"};
    char problem[PARAMETER_PROBLEM_MAX];
    if (slice_is(key, "dukcapil")) situation->facts.dukcapil = (enum dukcapil_answer)word(value, answers, 5);
    else if (slice_is(key, "dukcapil_region")) situation->facts.dukcapil_region = region(value);
    else if (slice_is(key, "dtsen")) situation->facts.dtsen = (enum fact)word(value, facts, 4);
    else if (slice_is(key, "desil")) situation->facts.desil = (int)number(value);
    else if (slice_is(key, "civil_servant")) situation->facts.civil_servant = (enum fact)word(value, facts, 4);
    else if (slice_is(key, "covers_unanswered")) situation->facts.covers_unanswered = true;
    else if (slice_is(key, "cover")) add_covers(situation, value);
    else if (slice_is(key, "set")) assert_true(parameters_set(&situation->parameters, value, problem));
    else return false;
    return true;
}

static struct situation situation_of(const struct world *world, struct slice params) {
    struct situation situation = ordinary(world);
    struct slice rest = params, pair, key;
    while (rest.size > 0 && text_split(&rest, ';', &pair)) {
        assert_true(text_split(&pair, '=', &key));
        if (!apply_to_row(&situation, key, pair) && !apply_to_agreement(&situation, key, pair) && !apply_to_facts(&situation, key, pair))
            fail_msg("unknown parameter %.*s", SLICE_ARGS(key));
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

/* Calls `visit` with every vector; how many there are. */
static size_t each_vector(const struct world *world, void (*visit)(const struct world *, const struct slice fields[], const struct situation *)) {
    struct arena *arena = arena_create(8 << 20);
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    struct load_error error;
    size_t rows = 0;
    assert_true(table_open(&table, source_file(arena, "tests/vectors/eligibility.tsv"), '\t', names, COLUMNS, &error));
    for (; table_next(&table, arena, fields, &error); rows++) {
        const struct situation situation = situation_of(world, fields[PARAMS]);
        visit(world, fields, &situation);
    }
    if (table.failed) fail_msg("line %u, %s: %s", error.line, error.field, error.problem);
    arena_destroy(arena);
    return rows;
}

static void is_as_written(const struct world *world, const struct slice fields[], const struct situation *situation) {
    const struct verdict verdict = judged(world, situation);
    expect(fields, &verdict);
}

static void each_vector_is_decided_as_written(void **state) { assert_true(each_vector(*state, is_as_written) >= 250); }

static void an_accepted_person_gets_the_terms_of_the_agreement(void **state) {
    struct situation situation = ordinary(*state);
    struct verdict verdict = judged(*state, &situation);
    assert_int_equal(verdict.start_month, 202510);
    assert_int_equal(verdict.months, 12);
    assert_int_equal(verdict.funds, FUNDS_APBD);
    situation.application.start_month = 202601;
    situation.application.months = 3;
    verdict = judged(*state, &situation);
    assert_int_equal(verdict.start_month, 202601);
    assert_int_equal(verdict.months, 3);
    situation.application.birth_date = 19400101;
    verdict = judged(*state, &situation);
    assert_int_equal(verdict.programmes, 0);
    assert_int_equal(verdict.months, 0);
}

/* The ledger may hold a place for who waits, at the price of what will be bought. */
static void who_waits_has_the_terms_of_an_accepted_person(void **state) {
    struct situation situation = ordinary(*state);
    situation.facts.dukcapil = DUKCAPIL_NO_ANSWER;
    situation.application.start_month = 202601;
    situation.application.months = 3;
    const struct verdict verdict = judged(*state, &situation);
    assert_int_equal(verdict.status, VERDICT_PENDING);
    assert_int_equal(verdict.programmes, 3);
    assert_int_equal(verdict.start_month, 202601);
    assert_int_equal(verdict.months, 3);
    assert_int_equal(verdict.funds, FUNDS_APBD);
}

static void the_list_of_the_poor_tells_the_rank_and_else_the_payers_list(void **state) {
    static const struct {
        enum segment segment;
        enum fact dtsen;
        int told, known, rank;
    } cases[] = {
        {SEGMENT_BPU, FACT_NOT_ASKED, 0, 0, 0}, {SEGMENT_BPU, FACT_NOT_ASKED, 4, 0, 4},  {SEGMENT_BPU, FACT_NOT_ASKED, 10, 0, 10}, {SEGMENT_BPU, FACT_NOT_ASKED, 11, 0, 0},
        {SEGMENT_BPU, FACT_NOT_ASKED, -1, 0, 0}, {SEGMENT_BPU, FACT_YES, 4, 2, 2},       {SEGMENT_BPU, FACT_YES, 4, 0, 4},         {SEGMENT_BPU, FACT_YES, 0, 7, 7},
        {SEGMENT_BPU, FACT_NO, 4, 0, 0},         {SEGMENT_BPU, FACT_NO_ANSWER, 4, 0, 4}, {SEGMENT_BPU, FACT_YES, 4, 11, 4},        {SEGMENT_JAKON, FACT_NOT_ASKED, 4, 2, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct situation situation = ordinary(*state);
        situation.application.segment = cases[i].segment;
        situation.application.desil = cases[i].told;
        situation.facts.dtsen = cases[i].dtsen;
        situation.facts.desil = cases[i].known;
        if (judged(*state, &situation).desil != cases[i].rank) fail_msg("case %zu", i);
        situation.unknown = true;
        if (judged(*state, &situation).desil != cases[i].rank) fail_msg("case %zu without an agreement", i);
    }
}

/* ---- properties: each holds for every vector ----------------------------------------------------------------------------------------- */

static void expect_same(const struct slice fields[], const struct verdict *one, const struct verdict *two, const char *what) {
    if (one->status != two->status || one->codes.bits != two->codes.bits || one->programmes != two->programmes || one->start_month != two->start_month || one->months != two->months)
        fail_msg("%.*s: %s changed the verdict", SLICE_ARGS(fields[ID]), what);
}

/* What a payer writes about a household ranks it and nothing else. */
static void is_the_same_whatever_the_list_tells(const struct world *world, const struct slice fields[], const struct situation *situation) {
    const struct verdict before = judged(world, situation);
    for (int desil = 0; desil <= DESIL_MAX; desil++) {
        struct situation told = *situation;
        told.application.desil = desil;
        const struct verdict after = judged(world, &told);
        expect_same(fields, &before, &after, "the decile of the list");
    }
}

static void the_payers_decile_decides_nothing(void **state) { assert_true(each_vector(*state, is_the_same_whatever_the_list_tells) > 0); }

static void is_the_same_with_any_warning(const struct world *world, const struct slice fields[], const struct situation *situation) {
    const struct verdict before = judged(world, situation);
    for (int number = 1; number < CODE_LIMIT; number++) {
        const struct code_row *row = code_row((enum code)number);
        if (row == NULL || row->kind != CODE_WARNING) continue;
        struct situation warned = *situation;
        warned.application.findings = code_set_with(warned.application.findings, row->code);
        const struct verdict after = judged(world, &warned);
        expect_same(fields, &before, &after, row->text);
        assert_true(code_set_has(after.warnings, row->code));
    }
}

static void warnings_change_nothing(void **state) { assert_true(each_vector(*state, is_the_same_with_any_warning) > 0); }

static void is_the_same_in_any_order(const struct world *world, const struct slice fields[], const struct situation *situation) {
    const struct active_cover harmless[] = {
        {.segment = SEGMENT_BPU, .programme = PROGRAMME_JKK, .from = 201001, .months = 1},
        {.segment = SEGMENT_PU, .programme = PROGRAMME_JKK, .from = 201001, .months = 1, .same_payer = true},
    };
    struct situation turned = *situation;
    const size_t count = situation->facts.cover_count;
    for (size_t i = 0; i < count; i++) turned.covers[i] = situation->covers[count - 1 - i];
    const struct verdict before = judged(world, situation);
    struct verdict after = judged(world, &turned);
    expect_same(fields, &before, &after, "the order of covers");
    for (size_t first = 0; count > 0 && first < count; first++) { /* each of them first once */
        for (size_t i = 0; i < count; i++) turned.covers[i] = situation->covers[(first + i) % count];
        after = judged(world, &turned);
        expect_same(fields, &before, &after, "the order of covers");
    }
    turned = *situation;
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0] && turned.facts.cover_count < COVERS_MAX; i++) turned.covers[turned.facts.cover_count++] = harmless[i];
    after = judged(world, &turned);
    expect_same(fields, &before, &after, "a cover of long ago");
}

static void the_order_of_covers_is_nothing(void **state) { assert_true(each_vector(*state, is_the_same_in_any_order) > 0); }

static void hides_later_groups(const struct world *world, const struct slice fields[], const struct situation *situation) {
    static const enum code found[] = {CODE_E80, CODE_E70, CODE_E11, CODE_E30}; /* one of each group, as if intake had found it */
    const struct verdict before = judged(world, situation);
    int decided = before.status == VERDICT_REJECTED ? 0 : 5;
    for (int group = 1; group <= 4; group++)
        if (decided == 0 && code_set_of_group(before.codes, group).bits != 0) decided = group;
    for (int group = 1; group <= 4; group++) {
        struct situation refused = *situation;
        const enum code code = found[group - 1];
        refused.application.findings = code_set_with(refused.application.findings, code);
        const struct verdict after = judged(world, &refused);
        assert_int_equal(after.status, VERDICT_REJECTED);
        if (group > decided) assert_true(after.codes.bits == before.codes.bits);
        if (group == decided && !situation->unknown) assert_true(after.codes.bits == code_set_with(before.codes, code).bits);
        if (group < decided) assert_true(after.codes.bits == code_set_with((struct code_set){0}, code).bits);
        if (after.codes.bits == 0) fail_msg("%.*s: refused without a code", SLICE_ARGS(fields[ID]));
    }
}

static void a_refusal_hides_the_groups_behind_it(void **state) { assert_true(each_vector(*state, hides_later_groups) > 0); }

/* Whatever does not answer, nobody is taken for it, and nobody who is refused waits for it. */
static void waits_only_if_taken_otherwise(const struct world *world, const struct slice fields[], const struct situation *situation) {
    const struct verdict before = judged(world, situation);
    struct situation silent = *situation;
    silent.facts.dukcapil = DUKCAPIL_NO_ANSWER;
    if (situation->facts.dukcapil == DUKCAPIL_DECEASED || situation->facts.dukcapil == DUKCAPIL_NOT_FOUND) return;
    const struct verdict after = judged(world, &silent);
    if (before.status == VERDICT_REJECTED) expect_same(fields, &before, &after, "an answer that did not come");
    else assert_true(after.status == VERDICT_PENDING && code_set_has(after.codes, CODE_P01) && after.programmes == before.programmes && after.months == before.months);
}

static void silence_neither_takes_nor_refuses(void **state) { assert_true(each_vector(*state, waits_only_if_taken_otherwise) > 0); }

/* Kubu Raya names JP for the self-employed. One day a law may open it: two rows of the table, no code. */
static void a_new_law_opens_jp_by_data_alone(void **state) {
    static const char old[] = "BPU\tANY\t0\t2015-07\t\tJKK+JKM+JHT\tJKK+JKM\tPP 44/2015, PP 46/2015\tV:S2\n";
    static const char fresh[] = "BPU\tANY\t0\t2015-07\t2026-12\tJKK+JKM+JHT\tJKK+JKM\tPP 44/2015, PP 46/2015\tV:S2\n"
                                "BPU\tANY\t0\t2027-01\t\tJKK+JKM+JHT+JP\tJKK+JKM\tPP 1/2027\tU\n";
    struct world world = *(struct world *)*state;
    const char *text = arena_text(world.arena, source_file(world.arena, "common/domain/data/programme-law.tsv"));
    const char *place = strstr(text, old);
    struct load_error error;
    assert_non_null(place);
    char *changed = arena_take(world.arena, strlen(text) + sizeof fresh);
    const size_t before = (size_t)(place - text);
    memcpy(changed, text, before);
    memcpy(changed + before, fresh, sizeof fresh - 1);
    memcpy(changed + before + sizeof fresh - 1, place + sizeof old - 1, strlen(place + sizeof old - 1) + 1);
    if (!law_load(slice_text(changed), world.arena, &world.law, &error)) fail_msg("line %u, %s: %s", error.line, error.field, error.problem);

    struct situation kubu_raya = situation_of(&world, slice_text("payer=61.12;ktp=61.12.01;paid=JKK+JKM+JHT+JP;registered=2026-06-15;from=2026-07-01;to=2027-06-30;start=2026-12;months=1"));
    struct verdict verdict = judged(&world, &kubu_raya);
    assert_int_equal(verdict.status, VERDICT_ELIGIBLE);
    assert_int_equal(verdict.programmes, 7);
    assert_true(code_set_has(verdict.warnings, CODE_W50));
    kubu_raya.application.start_month = 202701;
    verdict = judged(&world, &kubu_raya);
    assert_int_equal(verdict.status, VERDICT_ELIGIBLE);
    assert_int_equal(verdict.programmes, 15);
    assert_int_equal(verdict.warnings.bits, 0);
    kubu_raya.application.start_month = 202612;
    kubu_raya.application.months = 2; /* not open in all of the months */
    verdict = judged(&world, &kubu_raya);
    assert_int_equal(verdict.programmes, 7);
    assert_true(code_set_has(verdict.warnings, CODE_W50));
}

/* A record from the wire may hold anything; it is refused, it does not stop the service. */
static void a_record_out_of_this_world_is_refused(void **state) {
    for (int fault = 0; fault < 9; fault++) {
        struct situation situation = ordinary(*state);
        struct application *application = &situation.application;
        situation.covers[0] = (struct active_cover){.segment = SEGMENT_BPU, .from = 7, .months = UINT32_MAX};
        situation.covers[1] = (struct active_cover){.segment = SEGMENT_BPU, .programme = (enum programme)99, .from = 202510, .months = UINT32_MAX};
        situation.facts.cover_count = 2;
        if (fault == 0) application->segment = (enum segment)77;
        if (fault == 1) application->registration_date = 20251399;
        if (fault == 2) application->start_month = 13;
        if (fault == 3) application->months = UINT32_MAX;
        if (fault == 4) application->segment = SEGMENT_NONE;
        if (fault == 5) application->registration_date = -5;
        if (fault == 6) application->segment = (enum segment)-1;
        if (fault == 7) situation.agreement.period_from = 0;
        if (fault == 8) situation.agreement.period_to = 20250231;
        const struct verdict verdict = judged(*state, &situation);
        assert_int_equal(verdict.status, VERDICT_REJECTED);
        assert_true(code_set_has(verdict.codes, CODE_E90));
    }
    struct situation situation = situation_of(*state, slice_text("segment=PU;paid=JKK+JKM"));
    situation.application.pu.employer_size = (enum employer_size)9;
    struct verdict verdict = judged(*state, &situation);
    assert_true(code_set_has(verdict.codes, CODE_E50)); /* a firm that the law does not know */
    for (int i = 0; i < 3; i++) { /* no age without two dates; intake has said E80 of the one, E90 is said of the other */
        situation = ordinary(*state);
        if (i != 1) situation.application.birth_date = 19111399;
        if (i != 0) situation.application.registration_date = 0;
        verdict = judged(*state, &situation);
        assert_false(code_set_has(verdict.codes, CODE_E10) || code_set_has(verdict.codes, CODE_E11));
        assert_int_equal(code_set_has(verdict.codes, CODE_E90), i != 0);
    }
}

/* A law that leaves everything free still sells nothing when nothing is left to sell. */
static void nobody_is_taken_without_a_programme(void **state) {
    struct world world = *(struct world *)*state;
    struct load_error error;
    const struct slice text = slice_text("segment\temployer_size\temployer\tvalid_from\tvalid_to\topen\tmandatory\tregulation\tconfidence\n"
                                         "BPU\tANY\tANY\t2015-07\t\tJKK+JKM\t\tPP 44/2015\tG\n");
    assert_true(law_load(text, world.arena, &world.law, &error));
    struct situation situation = situation_of(&world, slice_text("paid=JHT"));
    struct verdict verdict = judged(&world, &situation);
    assert_int_equal(verdict.status, VERDICT_REJECTED);
    assert_true(code_set_has(verdict.codes, CODE_E51));
    situation = situation_of(&world, slice_text("paid=JKM"));
    verdict = judged(&world, &situation);
    assert_int_equal(verdict.programmes, programme_bit(PROGRAMME_JKM));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_vector_is_decided_as_written),
        cmocka_unit_test(an_accepted_person_gets_the_terms_of_the_agreement),
        cmocka_unit_test(who_waits_has_the_terms_of_an_accepted_person),
        cmocka_unit_test(the_list_of_the_poor_tells_the_rank_and_else_the_payers_list),
        cmocka_unit_test(the_payers_decile_decides_nothing),
        cmocka_unit_test(warnings_change_nothing),
        cmocka_unit_test(the_order_of_covers_is_nothing),
        cmocka_unit_test(a_refusal_hides_the_groups_behind_it),
        cmocka_unit_test(silence_neither_takes_nor_refuses),
        cmocka_unit_test(a_new_law_opens_jp_by_data_alone),
        cmocka_unit_test(a_record_out_of_this_world_is_refused),
        cmocka_unit_test(nobody_is_taken_without_a_programme),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
