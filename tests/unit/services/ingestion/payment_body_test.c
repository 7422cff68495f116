/* The JSON body of a payment: what is taken, in which form, and what is refused and where. */
#include "tests/unit/cmocka_all.h"

#include "common/base/check.h"
#include "services/ingestion/payment_body.h"

static struct arena *arena;
static int open_arena(void **state) {
    arena = arena_create(1 << 20);
    return 0;
}
static int close_arena(void **state) {
    arena_destroy(arena);
    return 0;
}

static void a_payment_is_taken_in_both_forms_of_amounts(void **state) {
    static const char *const bodies[] = {
        "{\"external_id\":\"A-1\",\"invoice\":\"inv 1708 202510 1\",\"amount\":33331200,\"received_on\":\"2025-10-10\",\"bank\":\"Bank Bengkulu\"}",
        "{\"external_id\":\"A-1\",\"invoice\":\"INV-1708-202510-0001\",\"amount\":{\"value\":\"33331200.00\",\"currency\":\"IDR\"},\"received_on\":\"2025-10-10\",\"bank\":\"BANK-BENGKULU\"}",
        "{\"external_id\":\"A-1\",\"invoice\":\"INV-1708-202510-0001\",\"amount\":{\"value\":\"33331200\",\"currency\":\"IDR\"},\"received_on\":\"2025-10-10\",\"bank\":\"bank bengkulu\"}",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct payment_body body;
        struct body_problem problem;
        assert_true(payment_body_read(slice_text(bodies[i]), arena, &body, &problem));
        assert_true(slice_is(body.external_id, "A-1") && slice_is(body.reference, "INV-1708-202510-0001") && slice_is(body.bank, "BANK-BENGKULU"));
        assert_true(body.amount == 33331200 && body.received_on == 20251010);
    }
}

static void an_unknown_reference_is_not_kept(void **state) {
    struct payment_body body;
    struct body_problem problem;
    assert_true(payment_body_read(slice_text("{\"external_id\":\"A\",\"billing_code\":\"123\",\"amount\":1,\"received_on\":\"2025-10-10\"}"), arena, &body, &problem));
    assert_true(body.reference.size == 0 && slice_is(body.written, "123"));
    assert_int_equal(body.bank.size, 0);
}

static void a_wrong_body_is_refused_where_it_is_wrong(void **state) {
#define WITH(amount) "{\"external_id\":\"A\",\"invoice\":\"I\",\"received_on\":\"2025-10-10\",\"amount\":" amount "}"
    static const struct {
        const char *json, *pointer;
    } vectors[] = {
        {"", ""},
        {"[]", ""},
        {"{", ""},
        {"{\"amount\":1,\"amount\":2}", ""},
        {WITH("0"), "/amount"},
        {WITH("-1"), "/amount"},
        {WITH("100000000000001"), "/amount"},
        {WITH("9223372036854775808"), "/amount"},
        {WITH("1.5"), "/amount"},
        {WITH("1e300"), "/amount"},
        {WITH("\"1\""), "/amount"},
        {WITH("{\"value\":\"1.50\",\"currency\":\"IDR\"}"), "/amount/value"},
        {WITH("{\"value\":\"-1.00\",\"currency\":\"IDR\"}"), "/amount/value"},
        {WITH("{\"value\":\"0.00\",\"currency\":\"IDR\"}"), "/amount/value"},
        {WITH("{\"value\":\"1.000.00\",\"currency\":\"IDR\"}"), "/amount/value"},
        {WITH("{\"value\":\".00\",\"currency\":\"IDR\"}"), "/amount/value"},
        {WITH("{\"value\":\"\",\"currency\":\"IDR\"}"), "/amount/value"},
        {WITH("{\"value\":\"99999999999999999999.00\",\"currency\":\"IDR\"}"), "/amount/value"},
        {WITH("{\"value\":1,\"currency\":\"IDR\"}"), "/amount/value"},
        {WITH("{\"value\":\"1.00\",\"currency\":\"USD\"}"), "/amount/currency"},
        {WITH("{\"value\":\"1.00\"}"), "/amount"},
        {WITH("{\"value\":\"1.00\",\"currency\":\"IDR\",\"x\":1}"), "/amount"},
        {"{\"invoice\":\"I\",\"received_on\":\"2025-10-10\",\"amount\":1}", "/external_id"},
        {"{\"external_id\":\"A/B\"}", "/external_id"},
        {"{\"external_id\":\"A B\"}", "/external_id"},
        {"{\"external_id\":7}", "/external_id"},
        {"{\"external_id\":\"3604010101909901\"}", "/external_id"},
        {"{\"external_id\":\"VA3604010101909901\"}", "/external_id"},
        {"{\"external_id\":\"\"}", "/external_id"},
        {"{\"external_id\":\"A\",\"amount\":1,\"received_on\":\"2025-10-10\"}", "/invoice"},
        {"{\"external_id\":\"A\",\"amount\":1,\"received_on\":\"2025-10-10\",\"invoice\":\"a\",\"billing_code\":\"b\"}", "/billing_code"},
        {"{\"external_id\":\"A\",\"invoice\":\"I\",\"amount\":1}", "/received_on"},
        {"{\"received_on\":\"10-10-2025\"}", "/received_on"},
        {"{\"received_on\":\"2025-02-30\"}", "/received_on"},
        {"{\"received_on\":20251010}", "/received_on"},
        {"{\"external_id\":\"A\",\"invoice\":\"I\",\"received_on\":\"2025-10-10\"}", "/amount"},
        {"{\"bank\":\"...\"}", "/bank"},
        {"{\"invoice\":\"a\\u0001b\"}", "/invoice"},
        {"{\"Amount\":1}", "/Amount"},
        {"{\"a b\":1}", "/a?b"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct payment_body body;
        struct body_problem problem = {.problem = NULL};
        if (payment_body_read(slice_text(vectors[i].json), arena, &body, &problem) || problem.problem == NULL || strcmp(problem.pointer, vectors[i].pointer) != 0)
            fail_msg("%s: \"%s\" %s", vectors[i].json, problem.pointer, problem.problem != NULL ? problem.problem : "taken");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_payment_is_taken_in_both_forms_of_amounts),
        cmocka_unit_test(an_unknown_reference_is_not_kept),
        cmocka_unit_test(a_wrong_body_is_refused_where_it_is_wrong),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
