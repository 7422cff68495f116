/* The agreement document: what is right is taken as written, what is wrong is named with its member and a remedy. */
#include "services/ledger/agreement_document.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

enum { ARENA_BYTES = 1 << 22, LAW_BYTES_MAX = 1 << 16 };

#define RIGHT                                                                                                                                              \
    "{\"id\":\"kepahiang-2025\",\"name\":\"n\",\"payer\":{\"kind\":\"PEMKAB\",\"region\":\"17.08\",\"funds\":\"APBD\",\"name\":\"Pemkab Kepahiang\"},"     \
    "\"legal_basis\":[{\"kind\":\"SK\",\"number\":\"1\",\"date\":\"2025-09-10\"}],\"period\":{\"from\":\"2025-10-01\",\"to\":\"2026-09-30\"},\"months\":12," \
    "\"registration_date\":\"2025-09-15\",\"segments\":{\"BPU\":{\"programmes\":[\"JKK\",\"JKM\",\"JP\"]}},\"pagu\":400000000}"

#define PAGU "\"pagu\":400000000"
#define WITH(options) PAGU ",\"options\":" options

static struct arena *arena;
static struct law_table law;

/* The law as it is installed; or the same with JP open to the self-employed without employees from January 2026 on: one row ends, one begins. */
static struct law_table law_of(bool opens_jp) {
    static const char before[] = "BPU\tANY\t0\t2015-07\t\t", until[] = "BPU\tANY\t0\t2015-07\t2025-12\t", row[] = "BPU\tANY\t0\t2026-01\t\tJKK+JKM+JHT+JP\tJKK+JKM\tPP 99/2025\tU\n";
    char *text = arena_take(arena, LAW_BYTES_MAX), *changed = arena_take(arena, 2 * LAW_BYTES_MAX);
    FILE *file = fopen(PAYUNG_SOURCE_DIR "/common/domain/data/programme-law.tsv", "r");
    assert_non_null(file);
    const size_t size = fread(text, 1, LAW_BYTES_MAX - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    const char *old = strstr(text, before);
    assert_non_null(old);
    const char *end = strchr(old, '\n') + 1;
    (void)snprintf(changed, 2 * LAW_BYTES_MAX, "%.*s%s%.*s%s%s", (int)(old - text), text, opens_jp ? until : before, (int)(end - old - (ptrdiff_t)strlen(before)), old + strlen(before),
                   opens_jp ? row : "", end);
    struct law_table table;
    struct load_error error;
    if (!law_load(slice_text(changed), arena, &table, &error)) fail_msg("line %u %s: %s", error.line, error.field, error.problem);
    return table;
}

static int set_up(void **state) {
    (void)state;
    arena = arena_create(ARENA_BYTES);
    law = law_of(false);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_destroy(arena);
    return 0;
}

/* RIGHT with the first `from` replaced. */
static struct slice with(const char *from, const char *to) {
    static char text[4096];
    const char *at = strstr(RIGHT, from);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - RIGHT), RIGHT, to, at + strlen(from));
    return slice_text(text);
}

static void the_sample_is_taken_as_written(void **state) {
    (void)state;
    struct agreement_document document;
    struct document_problem problem;
    assert_true(agreement_document_read(arena, slice_text(RIGHT), NULL, &law, &document, &problem));
    const struct agreement *agreement = &document.agreement;
    assert_true(slice_is(agreement->id, "kepahiang-2025") && slice_is(agreement->payer_name, "Pemkab Kepahiang"));
    assert_int_equal(agreement->payer_region, 1708);
    assert_int_equal(agreement->funds, FUNDS_APBD);
    assert_int_equal(agreement->pagu, 400000000);
    assert_int_equal(agreement->quota, -1);
    assert_int_equal(agreement->first_month, 202510);
    assert_int_equal(agreement->months, 12);
    assert_int_equal(agreement->registration_date, 20250915);
    assert_true(agreement->has_legal_basis);
    assert_int_equal(agreement->min_age, 0); /* not stated: the parameters of the law */
    assert_int_equal(agreement->age_limit, 0);
    assert_true(agreement->data_source == DATA_SOURCE_NONE && agreement->region_scope == SCOPE_PAYER && !agreement->exclude_active && agreement->desil_max == 0);
    assert_int_equal(agreement->parent.size, 0);
    assert_int_equal(agreement->programmes[SEGMENT_BPU], 11);
    assert_int_equal(document.closed[SEGMENT_BPU], 8); /* JP is closed to BPU: W50 */
}

static void what_is_wrong_is_named(void **state) {
    (void)state;
    static const struct {
        const char *from, *to, *member;
    } vectors[] = {
        {"\"pagu\":400000000", "\"pgau\":400000000", "pgau"}, {",\"pagu\":400000000", "", "pagu"}, {"400000000", "-1", "pagu"}, {"400000000", "400000000.5", "pagu"},
        {"400000000", "\"400000000\"", "pagu"}, {"400000000", "100000000000001", "pagu"}, {"kepahiang-2025", "Kepahiang 2025", "id"}, {"kepahiang-2025", "none", "id"},
        {"PEMKAB", "PEMDA", "payer.kind"}, {"PEMKAB", "PEMPROV", "payer.region"}, {"17.08", "17.08.04", "payer.region"}, {"APBD", "KAS", "payer.funds"},
        {"2025-09-10", "2025-02-30", "legal_basis.date"}, {"2026-09-30", "2025-09-30", "period.to"}, {"\"months\":12", "\"months\":13", "months"},
        {"\"months\":12", "\"months\":0", "months"}, {"2025-09-15", "15-09-2025", "registration_date"}, {"\"BPU\"", "\"bpu\"", "segments"}, {"\"JP\"", "\"JPX\"", "segments"},
        {"[\"JKK\",\"JKM\",\"JP\"]", "[]", "segments"}, {"\"pagu\":400000000", "\"pagu\":1,\"quota\":-5", "quota"}, {"\"pagu\":400000000", "\"pagu\":1,\"options\":{\"min_age\":9}", "options.min_age"},
        {"\"pagu\":400000000", "\"pagu\":1,\"options\":{\"umur\":9}", "options.umur"}, {"\"pagu\":400000000", "\"pagu\":1,\"pagu\":2", ""}, {"\"pagu\"", "pagu", ""},
        {",\"name\":\"Pemkab Kepahiang\"", "", "payer.name"}, {"\"JP\"", "\"JKP\"", "segments"},
        {PAGU, PAGU ",\"parent\":\"Payung\"", "parent"}, {PAGU, PAGU ",\"parent\":\"kepahiang-2025\"", "parent"}, {PAGU, PAGU ",\"parent\":7", "parent"},
        {PAGU, WITH("7"), "options"}, {PAGU, WITH("{\"data_source\":\"DTSEN\"}"), "options.data_source"},
        {PAGU, WITH("{\"data_source\":{}}"), "options.data_source.kind"}, {PAGU, WITH("{\"data_source\":{\"kind\":\"P3KE\"}}"), "options.data_source.kind"},
        {PAGU, WITH("{\"data_source\":{\"kind\":\"DTKS\",\"day\":1}}"), "options.data_source.day"},
        {PAGU, WITH("{\"data_source\":{\"kind\":\"DTKS\",\"date\":\"1-1-2024\"}}"), "options.data_source.date"},
        {PAGU, WITH("{\"requires_dtsen\":1}"), "options.requires_dtsen"}, {PAGU, WITH("{\"requires_dtsen\":true,\"data_source\":{\"kind\":\"DTKS\"}}"), "options.requires_dtsen"},
        {PAGU, WITH("{\"desil_max\":0}"), "options.desil_max"}, {PAGU, WITH("{\"desil_max\":11}"), "options.desil_max"}, {PAGU, WITH("{\"exclude_active\":\"ya\"}"), "options.exclude_active"},
        {PAGU, WITH("{\"region_scope\":\"DESA\"}"), "options.region_scope"}, {PAGU, WITH("{\"region_scope\":2}"), "options.region_scope"},
        {PAGU, WITH("{\"age_limit\":15}"), "options.age_limit"}, {PAGU, WITH("{\"min_age\":20,\"age_limit\":20}"), "options.age_limit"},
        {PAGU, WITH("{\"occupations\":\"0101\"}"), "options.occupations"}, {PAGU, WITH("{\"occupations\":[101]}"), "options.occupations"},
        {PAGU, WITH("{\"occupations\":[\"0101 \"]}"), "options.occupations"},
        {PAGU, WITH("{\"priority_occupations\":[1]}"), "options.priority_occupations"}, {PAGU, WITH("{\"activate_on\":\"payment\"}"), "options.activate_on"},
        {PAGU, WITH("{\"activate_on\":true}"), "options.activate_on"}, {PAGU, WITH("{\"grace_months\":13}"), "options.grace_months"}, {PAGU, WITH("{\"grace_months\":-1}"), "options.grace_months"},
        {PAGU, WITH("{\"contact_email\":7}"), "options.contact_email"}, {PAGU, WITH("{\"contact_email\":\"\"}"), "options.contact_email"}, {PAGU, WITH("{\"contact_email\":\"disnaker\"}"), "options.contact_email"},
        {PAGU, WITH("{\"contact_email\":\"a@b.id, c@d.id\"}"), "options.contact_email"}, {PAGU, WITH("{\"contact_email\":\"a@b.id>x\"}"), "options.contact_email"},
        {PAGU, WITH("{\"contact_email\":\"a@b@c.id\"}"), "options.contact_email"}, {PAGU, WITH("{\"contact_email\":\"@b.id\"}"), "options.contact_email"},
        {PAGU, WITH("{\"contact_email\":\"a@.id\"}"), "options.contact_email"}, {PAGU, WITH("{\"contact_email\":\"a@b.\"}"), "options.contact_email"},
        {PAGU, WITH("{\"contact_email\":\"a@b.id\\u000d\\u000aBcc:x\"}"), "options.contact_email"},
        {PAGU, WITH("{\"reservation_days\":0}"), "options.reservation_days"}, {PAGU, WITH("{\"reservation_days\":366}"), "options.reservation_days"},
        {PAGU, PAGU ",\"renews\":\"kepahiang-2025\"", "renews"}, {PAGU, PAGU ",\"renews\":\"Lama\"", "renews"}, {PAGU, PAGU ",\"billing\":\"MONTHLY\"", "billing"},
        {PAGU, PAGU ",\"billing\":{}", "billing.mode"}, {PAGU, PAGU ",\"billing\":{\"mode\":\"YEARLY\"}", "billing.mode"}, {PAGU, PAGU ",\"billing\":{\"mode\":\"MONTHLY\",\"months\":1}", "billing.months"},
        {PAGU, PAGU ",\"billing\":{\"mode\":\"PREPAID\",\"months\":13}", "billing.months"}, {PAGU, PAGU ",\"billing\":{\"mode\":\"PREPAID\",\"every\":3}", "billing.every"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct agreement_document document;
        struct document_problem problem = {.member = "?"};
        if (agreement_document_read(arena, with(vectors[i].from, vectors[i].to), NULL, NULL, &document, &problem)) fail_msg("%s was taken", vectors[i].to);
        assert_string_equal(problem.member, vectors[i].member);
        assert_true(problem.problem[0] != '\0' && problem.remedy[0] != '\0');
    }
}

static void private_payers_need_no_pagu(void **state) {
    (void)state;
    static const char text[] = "{\"id\":\"csr\",\"name\":\"n\",\"payer\":{\"kind\":\"CSR\",\"funds\":\"SWASTA\",\"name\":\"PT Contoh\"},\"legal_basis\":[],"
                               "\"period\":{\"from\":\"2025-10-01\",\"to\":\"2025-12-31\"},\"segments\":{\"BPU\":{\"programmes\":[\"JKK\",\"JKM\"]}},\"quota\":100}";
    struct agreement_document document;
    struct document_problem problem;
    assert_true(agreement_document_read(arena, slice_text(text), NULL, NULL, &document, &problem));
    assert_int_equal(document.agreement.pagu, RUPIAH_INPUT_MAX);
    assert_int_equal(document.agreement.quota, 100);
    assert_int_equal(document.agreement.months, 3);
    assert_false(document.agreement.has_legal_basis);
}

static void options_are_taken_as_written(void **state) {
    (void)state;
    struct agreement_document document;
    struct document_problem problem;
    const struct agreement *agreement = &document.agreement;
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"data_source\":{\"kind\":\"DTKS\",\"date\":\"2024-01-31\"},\"desil_max\":4,\"exclude_active\":true,"
                                                               "\"region_scope\":\"PROVINCE\",\"occupations\":[\"0201\",\"0202\"],\"min_age\":18,\"age_limit\":60}") ",\"parent\":\"payung\""),
                                        NULL, &law, &document, &problem));
    assert_true(agreement->data_source == DATA_SOURCE_DTKS && agreement->data_source_date == 20240131 && agreement->desil_max == 4 && agreement->exclude_active);
    assert_true(agreement->region_scope == SCOPE_PROVINCE && agreement->min_age == 18 && agreement->age_limit == 60 && slice_is(agreement->parent, "payung"));
    assert_true(agreement->occupation_count == 2 && slice_is(agreement->occupations[1], "0202"));
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"requires_dtsen\":true,\"exclude_active\":false,\"region_scope\":\"ANY\",\"age_limit\":70}")), NULL, &law, &document, &problem));
    assert_true(agreement->data_source == DATA_SOURCE_DTSEN && agreement->data_source_date == 0 && !agreement->exclude_active && agreement->region_scope == SCOPE_ANY);
    assert_true(agreement->min_age == 0 && agreement->age_limit == 70);
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"requires_dtsen\":false,\"data_source\":{\"kind\":\"DTSEN\"}}")), NULL, &law, &document, &problem));
    assert_true(agreement->data_source == DATA_SOURCE_DTSEN);
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"requires_dtsen\":false,\"region_scope\":\"REGENCY\"}")), NULL, &law, &document, &problem));
    assert_true(agreement->data_source == DATA_SOURCE_NONE && agreement->region_scope == SCOPE_REGENCY);
    assert_string_equal(data_source_name(DATA_SOURCE_DTKS), "DTKS");
    assert_string_equal(region_scope_name(SCOPE_REGENCY), "REGENCY");
}

static void money_and_cover_have_their_terms(void **state) {
    (void)state;
    struct agreement_document document;
    struct document_problem problem;
    const struct agreement *agreement = &document.agreement;
    assert_true(agreement_document_read(arena, slice_text(RIGHT), NULL, &law, &document, &problem));
    assert_true(agreement->billing == BILLING_MONTHLY && agreement->billing_months == 1 && agreement->activation == ACTIVATION_PAYMENT && agreement->grace_months == GRACE_OF_THE_LAW);
    assert_true(agreement->reservation_days == RESERVATION_DAYS && agreement->priority_occupation_count == 0 && agreement->renews.size == 0 && document.replaces == REPLACES_ANY);
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"activate_on\":\"COMMITMENT\",\"grace_months\":0,\"reservation_days\":365,\"priority_occupations\":[\"0201\"]}")
                                                         ",\"renews\":\"kepahiang-2024\",\"billing\":{\"mode\":\"PREPAID\",\"months\":3}"), NULL, &law, &document, &problem));
    assert_true(agreement->billing == BILLING_PREPAID && agreement->billing_months == 3 && agreement->activation == ACTIVATION_COMMITMENT && agreement->grace_months == 0);
    assert_true(agreement->reservation_days == 365 && agreement->priority_occupation_count == 1 && slice_is(agreement->priority_occupations[0], "0201"));
    assert_true(slice_is(agreement->renews, "kepahiang-2024") && agreement->contact_email.size == 0);
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"contact_email\":\"disnaker.kepahiang@contoh.go.id\"}")), NULL, &law, &document, &problem));
    assert_true(slice_is(agreement->contact_email, "disnaker.kepahiang@contoh.go.id"));
    assert_true(agreement_document_read(arena, with(PAGU, PAGU ",\"renews\":null,\"billing\":{\"mode\":\"PREPAID\"}"), NULL, &law, &document, &problem));
    assert_true(agreement->billing_months == 12 && agreement->renews.size == 0);
    assert_string_equal(billing_mode_name(BILLING_PREPAID), "PREPAID");
    assert_string_equal(activation_name(ACTIVATION_PAYMENT), "PAYMENT");
}

/* The archive carries a document in one record. */
static void a_document_has_a_bound(void **state) {
    (void)state;
    struct agreement_document document;
    struct document_problem problem;
    char *json = arena_take(arena, 2 * DOCUMENT_BYTES_MAX);
    const int room = DOCUMENT_BYTES_MAX - (int)strlen(RIGHT);
    (void)snprintf(json, 2 * DOCUMENT_BYTES_MAX, "%s%*s", RIGHT, room, "");
    assert_true(agreement_document_read(arena, slice_text(json), NULL, &law, &document, &problem));
    assert_true(document.canonical.size < strlen(RIGHT) + 1);
    (void)snprintf(json, 2 * DOCUMENT_BYTES_MAX, "%s%*s", RIGHT, room + 1, "");
    assert_false(agreement_document_read(arena, slice_text(json), NULL, &law, &document, &problem));
    assert_non_null(strstr(problem.problem, "49152"));
}

static void an_end_cuts_what_is_behind_it(void **state) {
    (void)state;
    struct agreement_document document;
    struct document_problem problem;
    const struct slice canonical = agreement_document_canonical(arena, with(PAGU, PAGU ",\"billing\":{\"mode\":\"PREPAID\",\"months\":12}"));
    const struct slice ending = agreement_document_ending(arena, canonical, 20260115);
    assert_true(agreement_document_read(arena, ending, NULL, &law, &document, &problem));
    assert_true(document.agreement.period_to == 20260115 && document.agreement.months == 4 && document.agreement.billing_months == 4 && document.agreement.pagu == 400000000);
    assert_true(agreement_document_read(arena, agreement_document_ending(arena, agreement_document_canonical(arena, with("\"months\":12,", "")), 20251001), NULL, &law, &document, &problem));
    assert_true(document.agreement.period_to == 20251001 && document.agreement.months == 1);
    assert_null(agreement_document_ending(arena, canonical, 20250930).bytes);
    assert_null(agreement_document_ending(arena, slice_text("[1"), 20260115).bytes);
    assert_null(agreement_document_ending(arena, slice_text("{\"period\":7}"), 20260115).bytes);
}

static void occupations_must_be_known(void **state) {
    (void)state;
    struct agreement_document document;
    struct document_problem problem;
    struct occupation_table occupations;
    struct load_error error;
    char *text = arena_take(arena, LAW_BYTES_MAX);
    FILE *file = fopen(PAYUNG_SOURCE_DIR "/common/domain/data/occupations.tsv", "r");
    assert_non_null(file);
    text[fread(text, 1, LAW_BYTES_MAX - 1, file)] = '\0';
    (void)fclose(file);
    assert_true(occupations_load(slice_text(text), arena, &occupations, &error));
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"occupations\":[\"0201\"],\"priority_occupations\":[\"0401\"]}")), NULL, &law, &document, &problem));
    assert_true(agreement_occupations_known(&document.agreement, &occupations, &problem));
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"occupations\":[\"petani\"]}")), NULL, &law, &document, &problem));
    assert_false(agreement_occupations_known(&document.agreement, &occupations, &problem));
    assert_string_equal(problem.member, "options.occupations");
    assert_non_null(strstr(problem.remedy, "0401"));
    assert_true(agreement_document_read(arena, with(PAGU, WITH("{\"priority_occupations\":[\"0201\",\"9999\"]}")), NULL, &law, &document, &problem));
    assert_false(agreement_occupations_known(&document.agreement, &occupations, &problem));
    assert_string_equal(problem.member, "options.priority_occupations");
}

/* A scope that the payer's region does not name can't be asked of anybody. */
static void a_scope_needs_a_region_of_the_payer(void **state) {
    (void)state;
    static const char text[] = "{\"id\":\"a\",\"name\":\"n\",\"payer\":{\"kind\":\"%s\",%s\"funds\":\"SWASTA\",\"name\":\"P\"},\"legal_basis\":[],\"period\":{\"from\":\"2025-10-01\","
                               "\"to\":\"2025-12-31\"},\"segments\":{\"BPU\":{\"programmes\":[\"JKK\",\"JKM\"]}},\"options\":{\"region_scope\":\"%s\"}}";
    static const struct {
        const char *kind, *region, *scope;
        bool fine;
    } vectors[] = {{"CSR", "", "REGENCY", false}, {"CSR", "", "PROVINCE", false}, {"CSR", "", "ANY", true}, {"CSR", "\"region\":\"17.08\",", "PROVINCE", true},
                   {"PEMPROV", "\"region\":\"17\",", "REGENCY", false}, {"PEMPROV", "\"region\":\"17\",", "PROVINCE", true}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char json[1024];
        struct agreement_document document;
        struct document_problem problem;
        (void)snprintf(json, sizeof json, text, vectors[i].kind, vectors[i].region, vectors[i].scope);
        if (agreement_document_read(arena, slice_text(json), NULL, &law, &document, &problem) != vectors[i].fine) fail_msg("%s %s", vectors[i].kind, vectors[i].scope);
        if (!vectors[i].fine) assert_string_equal(problem.member, "options.region_scope");
    }
}

static void what_the_law_closes_is_data(void **state) {
    (void)state;
    struct agreement_document document;
    struct document_problem problem;
    programme_set closed[SEGMENT_PMI + 1];
    const char *all = "\"BPU\":{\"programmes\":[\"JKK\",\"JKM\",\"JHT\",\"JP\"]},\"PU\":{\"programmes\":[\"JKK\",\"JKM\",\"JHT\",\"JP\"]},"
                      "\"JAKON\":{\"programmes\":[\"JKK\",\"JKM\",\"JHT\"]},\"PMI\":{\"programmes\":[\"JKK\",\"JKM\",\"JHT\",\"JP\"]}";
    assert_true(agreement_document_read(arena, with("\"BPU\":{\"programmes\":[\"JKK\",\"JKM\",\"JP\"]}", all), NULL, &law, &document, &problem));
    assert_int_equal(document.closed[SEGMENT_BPU], 8);
    assert_int_equal(document.closed[SEGMENT_PU], 0);
    assert_int_equal(document.closed[SEGMENT_JAKON], 4);
    assert_int_equal(document.closed[SEGMENT_PMI], 8);
    /* a new law opens JP to BPU in 2026: an agreement from January 2026 is right with it, one that begins before is not */
    struct law_table newer = law_of(true);
    document.agreement.period_from = 20260101;
    agreement_closed_by_law(&document.agreement, &newer, closed);
    assert_int_equal(closed[SEGMENT_BPU], 0);
    document.agreement.period_from = 20251201;
    agreement_closed_by_law(&document.agreement, &newer, closed);
    assert_int_equal(closed[SEGMENT_BPU], 8);
    /* before the social insurance of migrant workers nothing is open to them */
    document.agreement.period_from = 20170701;
    agreement_closed_by_law(&document.agreement, &newer, closed);
    assert_int_equal(closed[SEGMENT_PMI], 15);
}

static void the_same_document_in_another_order_is_the_same(void **state) {
    (void)state;
    const struct slice a = agreement_document_canonical(arena, slice_text("{\"b\": 1, \"a\": [1, 2]}")), b = agreement_document_canonical(arena, slice_text("{\"a\":[1,2],\"b\":1}"));
    assert_true(slice_equal(a, b));
    assert_string_equal(agreement_document_difference(arena, a, slice_text("{\"a\":[1,2],\"b\":2}")), "  b: 1 -> 2\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_sample_is_taken_as_written), cmocka_unit_test(what_is_wrong_is_named), cmocka_unit_test(private_payers_need_no_pagu), cmocka_unit_test(options_are_taken_as_written),
                                       cmocka_unit_test(a_scope_needs_a_region_of_the_payer), cmocka_unit_test(what_the_law_closes_is_data), cmocka_unit_test(money_and_cover_have_their_terms),
                                       cmocka_unit_test(a_document_has_a_bound), cmocka_unit_test(an_end_cuts_what_is_behind_it), cmocka_unit_test(occupations_must_be_known),
                                       cmocka_unit_test(the_same_document_in_another_order_is_the_same)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
