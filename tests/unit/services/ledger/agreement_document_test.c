/* The agreement document: what is right is taken as written, what is wrong is named with its member and a remedy. */
#include "services/ledger/agreement_document.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/cmocka_all.h"

enum { ARENA_BYTES = 1 << 22 };

#define RIGHT                                                                                                                                              \
    "{\"id\":\"kepahiang-2025\",\"name\":\"n\",\"payer\":{\"kind\":\"PEMKAB\",\"region\":\"17.08\",\"funds\":\"APBD\",\"name\":\"Pemkab Kepahiang\"},"     \
    "\"legal_basis\":[{\"kind\":\"SK\",\"number\":\"1\",\"date\":\"2025-09-10\"}],\"period\":{\"from\":\"2025-10-01\",\"to\":\"2026-09-30\"},\"months\":12," \
    "\"registration_date\":\"2025-09-15\",\"segments\":{\"BPU\":{\"programmes\":[\"JKK\",\"JKM\",\"JP\"]}},\"pagu\":400000000}"

static struct arena *arena;

static int set_up(void **state) {
    (void)state;
    arena = arena_create(ARENA_BYTES);
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
    assert_true(agreement_document_read(arena, slice_text(RIGHT), NULL, &document, &problem));
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
    assert_int_equal(agreement->min_age, 17);
    assert_int_equal(agreement->age_limit, 65);
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
        {",\"name\":\"Pemkab Kepahiang\"", "", "payer.name"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct agreement_document document;
        struct document_problem problem = {.member = "?"};
        if (agreement_document_read(arena, with(vectors[i].from, vectors[i].to), NULL, &document, &problem)) fail_msg("%s was taken", vectors[i].to);
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
    assert_true(agreement_document_read(arena, slice_text(text), NULL, &document, &problem));
    assert_int_equal(document.agreement.pagu, RUPIAH_INPUT_MAX);
    assert_int_equal(document.agreement.quota, 100);
    assert_int_equal(document.agreement.months, 3);
    assert_false(document.agreement.has_legal_basis);
}

static void the_same_document_in_another_order_is_the_same(void **state) {
    (void)state;
    const struct slice a = agreement_document_canonical(arena, slice_text("{\"b\": 1, \"a\": [1, 2]}")), b = agreement_document_canonical(arena, slice_text("{\"a\":[1,2],\"b\":1}"));
    assert_true(slice_equal(a, b));
    assert_string_equal(agreement_document_difference(arena, a, slice_text("{\"a\":[1,2],\"b\":2}")), "  b: 1 -> 2\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_sample_is_taken_as_written), cmocka_unit_test(what_is_wrong_is_named), cmocka_unit_test(private_payers_need_no_pagu),
                                       cmocka_unit_test(the_same_document_in_another_order_is_the_same)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
