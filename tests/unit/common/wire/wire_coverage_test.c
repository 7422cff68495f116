/* A change of cover on the wire: it comes back as it went, has no lineage until the relay gives it one, and is refused when a bound is broken. */
#include "tests/unit/cmocka_all.h"

#include "common/wire/wire.h"

static struct arena *arena;

static int set_up(void **state) {
    arena = arena_create(1 << 20);
    return 0;
}
static int tear_down(void **state) {
    arena_destroy(arena);
    return 0;
}

static struct coverage_changed a_change(void) {
    return (struct coverage_changed){
        .event_id = {{1}}, .agreement_id = slice_text("kepahiang-2025"), .payer_name = slice_text("Pemkab Kepahiang"), .application_id = {{2}}, .attempt = 1, .place = 7,
        .state = 3, .day = 20260201, .paid_to = 202601, .end_month = 202609, .unpaid_months = 1, .lapse_day = 20260501, .reason = slice_text("UNPAID"),
        .monthly_amount = 16800, .message_due = slice_text("LAPSE_WARN"), .commit_sequence = 40, .changed_at_ms = 1769900000000,
        .sealed_person = slice_text("sealed"), .seal_key_id = slice_text("k1"), .ktp_region = 170804, .ktp_village = 2001};
}

static const struct lineage first = {.epoch = 1};

static bool comes_back(const struct coverage_changed *in, struct coverage_changed *ret_out) {
    const struct slice payload = wire_encode_coverage(arena, in);
    assert_false(wire_decode_coverage(arena, payload, ret_out)); /* not numbered yet */
    return wire_decode_coverage(arena, wire_with_lineage(arena, payload, &first), ret_out);
}

static void a_change_comes_back(void **state) {
    const struct coverage_changed in = a_change();
    struct coverage_changed out;
    assert_true(comes_back(&in, &out));
    assert_int_equal(out.lineage.epoch, 1);
    assert_memory_equal(&out.event_id, &in.event_id, sizeof in.event_id);
    assert_memory_equal(&out.application_id, &in.application_id, sizeof in.application_id);
    assert_true(slice_equal(out.agreement_id, in.agreement_id) && slice_equal(out.payer_name, in.payer_name) && slice_equal(out.reason, in.reason));
    assert_true(slice_equal(out.message_due, in.message_due) && slice_equal(out.sealed_person, in.sealed_person) && slice_equal(out.seal_key_id, in.seal_key_id));
    assert_int_equal(out.attempt, 1);
    assert_int_equal(out.place, 7);
    assert_int_equal(out.state, 3);
    assert_int_equal(out.day, 20260201);
    assert_int_equal(out.paid_to, 202601);
    assert_int_equal(out.end_month, 202609);
    assert_int_equal(out.unpaid_months, 1);
    assert_int_equal(out.lapse_day, 20260501);
    assert_int_equal(out.monthly_amount, 16800);
    assert_int_equal(out.commit_sequence, 40);
    assert_int_equal(out.changed_at_ms, 1769900000000);
    assert_int_equal(out.ktp_region, 170804);
    assert_int_equal(out.ktp_village, 2001);
}

static void every_field_has_its_bounds(void **state) {
    struct coverage_changed out;
#define ANSWERS(change, answer)                                                                                        \
    do {                                                                                                               \
        struct coverage_changed at = a_change();                                                                       \
        change;                                                                                                        \
        if (comes_back(&at, &out) != (answer)) fail_msg("%s", #change);                                                \
    } while (0)
    ANSWERS(at.event_id = (struct id){{0}}, false);
    ANSWERS(at.attempt = 0, false);
    ANSWERS(at.place = 0, false);
    ANSWERS(at.state = 0, false);
    ANSWERS(at.state = 6, false);
    ANSWERS(at.day = 0, false);
    ANSWERS(at.day = 20260230, false);
    ANSWERS(at.paid_to = 202613, false);
    ANSWERS(at.end_month = 0, true);
    ANSWERS(at.unpaid_months = 1200, true);
    ANSWERS(at.unpaid_months = 1201, false);
    ANSWERS(at.lapse_day = 0, true);
    ANSWERS(at.lapse_day = 20260431, false);
    ANSWERS(at.ktp_region = 999999, true);
    ANSWERS(at.ktp_region = 1000000, false);
    ANSWERS(at.ktp_village = 9999, true);
    ANSWERS(at.ktp_village = 10000, false);
    ANSWERS(at.lapse_day = -1, false);
    ANSWERS(at.monthly_amount = -1, false);
    ANSWERS(at.monthly_amount = RUPIAH_INPUT_MAX, true);
    ANSWERS(at.monthly_amount = RUPIAH_INPUT_MAX + 1, false);
    ANSWERS(at.changed_at_ms = -1, false);
    ANSWERS(at.sealed_person = slice_text(""), true);
#undef ANSWERS
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_change_comes_back), cmocka_unit_test(every_field_has_its_bounds)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
