/* The JSON body of a single enrolment: what is taken, what is refused and where, and answers that are the same bytes for the same outcome. */
#include "tests/unit/cmocka_all.h"

#include "common/base/check.h"
#include "services/ingestion/answer.h"
#include "services/ingestion/enrol_body.h"

static struct arena *arena;
static int open_arena(void **state) {
    arena = arena_create(1 << 20);
    return 0;
}
static int close_arena(void **state) {
    arena_destroy(arena);
    return 0;
}

static void members_are_the_canonical_columns(void **state) {
    struct enrol_body body;
    struct body_problem problem;
    assert_true(enrol_body_read(slice_text("{\"agreement\":\"kepahiang-2025\",\"registration_date\":\"2025-09-15\",\"nik\":\"1708041211879901\","
                                           "\"penghasilan\":1000000,\"no_hp\":null,\"jumlah_bulan\":12}"),
                                arena, &body, &problem));
    assert_true(slice_is(body.agreement, "kepahiang-2025"));
    assert_int_equal(body.registration_date, 20250915);
    assert_true(slice_is(body.row.column[COLUMN_NIK], "1708041211879901"));
    assert_true(slice_is(body.row.column[COLUMN_PENGHASILAN], "1000000"));
    assert_true(slice_is(body.row.column[COLUMN_JUMLAH_BULAN], "12"));
    assert_int_equal(body.row.column[COLUMN_NO_HP].size, 0);
}

static void terms_may_be_numbers_and_truths(void **state) {
    struct enrol_body body;
    struct body_problem problem;
    assert_true(enrol_body_read(slice_text("{\"agreement\":\"serang\",\"segmen\":\"PU\",\"upah\":4250000,\"kelas_risiko\":3,\"skala\":\"MENENGAH\",\"status_padat_karya\":true,"
                                           "\"jumlah_tk\":25,\"nilai_kontrak_neto\":\"Rp 1.000.000.000,-\",\"ppn_ppm\":110000,\"lama_kontrak_bulan\":24.0,\"jht_bulanan\":null}"),
                                arena, &body, &problem));
    assert_true(slice_is(body.row.column[COLUMN_UPAH], "4250000") && slice_is(body.row.column[COLUMN_KELAS_RISIKO], "3"));
    assert_true(slice_is(body.row.column[COLUMN_STATUS_PADAT_KARYA], "ya") && slice_is(body.row.column[COLUMN_JUMLAH_TK], "25"));
    assert_true(slice_is(body.row.column[COLUMN_PPN_PPM], "110000") && slice_is(body.row.column[COLUMN_LAMA_KONTRAK_BULAN], "24"));
    assert_int_equal(body.row.column[COLUMN_JHT_BULANAN].size, 0);
    assert_true(enrol_body_read(slice_text("{\"agreement\":\"serang\",\"status_padat_karya\":false}"), arena, &body, &problem));
    assert_true(slice_is(body.row.column[COLUMN_STATUS_PADAT_KARYA], "tidak"));
}

static void a_wrong_body_is_refused_where_it_is_wrong(void **state) {
    static const struct {
        const char *json, *pointer;
    } vectors[] = {
        {"", ""},
        {"[]", ""},
        {"{\"agreement\":\"a\"", ""},
        {"{\"agreement\":\"a\",\"agreement\":\"b\"}", ""},
        {"{\"nik\":\"1\"}", "/agreement"},
        {"{\"agreement\":1}", "/agreement"},
        {"{\"agreement\":\"a\",\"NIK\":\"1\"}", "/NIK"},
        {"{\"agreement\":\"a\",\"nik \":\"1\"}", "/nik "},
        {"{\"agreement\":\"a\",\"a/b~c\":\"1\"}", "/a~1b~0c"},
        {"{\"agreement\":\"a\",\"penghasilan\":1.5}", "/penghasilan"},
        {"{\"agreement\":\"a\",\"penghasilan\":true}", "/penghasilan"},
        {"{\"agreement\":\"a\",\"upah\":true}", "/upah"},
        {"{\"agreement\":\"a\",\"upah\":4250000.5}", "/upah"},
        {"{\"agreement\":\"a\",\"upah\":1e300}", "/upah"},
        {"{\"agreement\":\"a\",\"status_padat_karya\":[]}", "/status_padat_karya"},
        {"{\"agreement\":\"a\",\"Upah\":1}", "/Upah"},
        {"{\"agreement\":\"a\",\"nama\":{}}", "/nama"},
        {"{\"agreement\":\"a\",\"nama\":\"a\\u0001\"}", "/nama"},
        {"{\"agreement\":\"a\",\"registration_date\":\"2025-02-30\"}", "/registration_date"},
        {"{\"agreement\":\"a\",\"registration_date\":\"15/09/2025\"}", "/registration_date"},
        {"{\"agreement\":\"a\",\"registration_date\":\"\"}", "/registration_date"},
        {"{\"agreement\":\"a\",\"registration_date\":20250915}", "/registration_date"},
        {"{\"agreement\":\"a\",\"upah\":9007199254740992}", "/upah"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct enrol_body body;
        struct body_problem problem;
        assert_false(enrol_body_read(slice_text(vectors[i].json), arena, &body, &problem));
        assert_string_equal(problem.pointer, vectors[i].pointer);
    }
}

static void the_same_outcome_is_the_same_answer(void **state) {
    struct outcome outcome = {.attempt = 1, .agreement_id = slice_text("kepahiang-2025"), .status = OUTCOME_REJECTED};
    memset(outcome.application_id.bytes, 0xab, ID_BYTES);
    outcome.codes = code_set_with(code_set_with(outcome.codes, CODE_E80), CODE_E01);
    outcome.warnings = code_set_with(outcome.warnings, CODE_W20);
    struct slice once = answer_of_outcome(arena, &outcome, 0, 0), again = answer_of_outcome(arena, &outcome, 0, 0);
    assert_true(slice_equal(once, again));
    static const char begin[] = "{\"enrolment_id\":\"abababababababababababababababab\",\"status\":\"rejected\",\"agreement\":\"kepahiang-2025\",\"codes\":[{\"code\":\"E01\"";
    assert_true(once.size > sizeof begin);
    assert_memory_equal(once.bytes, begin, sizeof begin - 1);
    struct outcome parked = {.status = OUTCOME_PARKED};
    assert_true(answer_of_outcome(arena, &parked, 0, 0).size > 0); /* without an agreement */
    for (int status = OUTCOME_NONE; status <= OUTCOME_PARKED; status++) assert_non_null(answer_status_word((enum outcome_status)status));
}

/* Who sent a person is told which fields E80 and E81 speak of; other codes have none. */
static void the_fields_of_a_refusal_are_named(void **state) {
    struct outcome outcome = {.attempt = 1, .status = OUTCOME_REJECTED};
    outcome.codes = code_set_with(code_set_with(code_set_with(outcome.codes, CODE_E80), CODE_E81), CODE_E01);
    const char *text = arena_text(arena, answer_of_outcome(arena, &outcome, UINT64_C(1) << COLUMN_NAMA | UINT64_C(1) << COLUMN_SKALA, UINT64_C(1) << COLUMN_UPAH));
    const char *nik = strstr(text, "\"E01\""), *wanting = strstr(text, "\"fields\":[\"nama\",\"skala\"]"), *wrong = strstr(text, "\"fields\":[\"upah\"]");
    assert_true(nik != NULL && wanting != NULL && wrong != NULL);
    assert_true(nik < strstr(text, "\"E80\"") && strstr(text, "\"E80\"") < wanting && wanting < strstr(text, "\"E81\"") && strstr(text, "\"E81\"") < wrong);
    assert_null(strstr(arena_text(arena, answer_of_outcome(arena, &outcome, 0, 0)), "fields"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_the_canonical_columns),
        cmocka_unit_test(terms_may_be_numbers_and_truths),
        cmocka_unit_test(a_wrong_body_is_refused_where_it_is_wrong),
        cmocka_unit_test(the_same_outcome_is_the_same_answer), cmocka_unit_test(the_fields_of_a_refusal_are_named),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
