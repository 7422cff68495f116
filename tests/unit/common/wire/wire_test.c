/* The wire: what is written is read back; what breaks a bound is refused whole; Confluent framing is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "common/wire/wire.h"

static struct arena *arena;

static int open_arena(void **state) {
    arena = arena_create(8 << 20);
    return 0;
}
static int close_arena(void **state) {
    arena_destroy(arena);
    return 0;
}

static struct application an_application(void) {
    struct application application = {
        .attempt = 1, .agreement_id = slice_text("kepahiang-2025"), .batch_id = slice_text("b01"), .row = 7, .first_row = 3,
        .registration_date = 20250915, .segment = SEGMENT_BPU, .birth_date = 19871112, .sex = SEX_FEMALE, .ktp_region = 170804,
        .ktp_village = 2001, .occupation = slice_text("TUKANG_OJEK"), .sector = SECTOR_TRANSPORT, .is_employer = true,
        .income = 1000000, .programmes = 3, .start_month = 202510, .months = 12,
        .findings = code_set_with(code_set_with((struct code_set){0}, CODE_E01), CODE_W20),
        .sealed_person = slice_text("not really sealed"), .seal_key_id = slice_text("k1"), .submitted_at_ms = 1757900000123};
    memset(application.application_id.bytes, 0xa1, ID_BYTES);
    memset(application.person.bytes, 0xb2, TOKEN_BYTES);
    return application;
}

static void assert_same_application(const struct application *a, const struct application *b) {
    assert_memory_equal(&a->application_id, &b->application_id, sizeof a->application_id);
    assert_memory_equal(&a->person, &b->person, sizeof a->person);
    assert_int_equal(a->attempt, b->attempt);
    assert_true(slice_equal(a->agreement_id, b->agreement_id) && slice_equal(a->batch_id, b->batch_id));
    assert_int_equal(a->row, b->row);
    assert_int_equal(a->first_row, b->first_row);
    assert_int_equal(a->registration_date, b->registration_date);
    assert_int_equal(a->segment, b->segment);
    assert_int_equal(a->birth_date, b->birth_date);
    assert_int_equal(a->sex, b->sex);
    assert_int_equal(a->ktp_region, b->ktp_region);
    assert_int_equal(a->ktp_village, b->ktp_village);
    assert_true(slice_equal(a->occupation, b->occupation));
    assert_int_equal(a->sector, b->sector);
    assert_int_equal(a->is_employer, b->is_employer);
    assert_int_equal(a->income, b->income);
    assert_int_equal(a->programmes, b->programmes);
    assert_int_equal(a->start_month, b->start_month);
    assert_int_equal(a->months, b->months);
    assert_int_equal(a->findings.bits, b->findings.bits);
    assert_true(slice_equal(a->sealed_person, b->sealed_person) && slice_equal(a->seal_key_id, b->seal_key_id));
    assert_int_equal(a->submitted_at_ms, b->submitted_at_ms);
}

static void a_submission_comes_back_and_its_origin_is_left_to_the_offset(void **state) {
    struct submitted in = {.lineage = {.epoch = 2, .first_origin = 40, .origin = 99}, .application = an_application()}, out;
    assert_true(wire_decode_submitted(arena, wire_encode_submitted(arena, &in), &out));
    assert_same_application(&in.application, &out.application);
    assert_int_equal(out.lineage.epoch, 2);
    assert_int_equal(out.lineage.first_origin, 40);
    assert_int_equal(out.lineage.origin, 0);
}

static struct priced a_priced(struct premium_line lines[2]) {
    lines[0] = (struct premium_line){.charge = CHARGE_JKK, .from = 202510, .months = 12, .base = 1000000, .rate_ppm = 10000,
                                     .normal = 10000, .amount = 10000, .tariff_row = slice_text("BPU-JKK/01"),
                                     .regulation = slice_text("PP 44/2015 Lampiran II"), .relief = slice_text("")};
    lines[1] = (struct premium_line){.charge = CHARGE_JKM, .from = 202510, .months = 12, .normal = 6800, .amount = 6800,
                                     .tariff_row = slice_text("BPU-JKM"), .regulation = slice_text("PP 44/2015"),
                                     .relief = slice_text("")};
    return (struct priced){.lineage = {.epoch = 1, .origin = 5},
                           .application = an_application(),
                           .verdict = {.status = VERDICT_ELIGIBLE, .programmes = 3, .start_month = 202510, .months = 12,
                                       .warnings = code_set_with((struct code_set){0}, CODE_W50), .funds = FUNDS_APBD},
                           .premium = {.line_count = 2, .lines = lines}};
}

static void a_premium_comes_back_with_its_sums(void **state) {
    struct premium_line lines[2];
    struct priced in = a_priced(lines), out;
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    assert_same_application(&in.application, &out.application);
    assert_int_equal(out.premium.line_count, 2);
    assert_int_equal(out.premium.by_charge[PROGRAMME_JKK], 120000);
    assert_int_equal(out.premium.by_charge[PROGRAMME_JKM], 81600);
    assert_int_equal(out.premium.total, 201600);
    assert_true(slice_is(out.premium.lines[0].regulation, "PP 44/2015 Lampiran II"));
    assert_int_equal(out.verdict.funds, FUNDS_APBD);
    assert_true(code_set_has(out.verdict.warnings, CODE_W50));
}

static void sums_beyond_int64_are_refused(void **state) {
    struct premium_line lines[2];
    struct priced in = a_priced(lines), out;
    static struct premium_line many[PREMIUM_LINES_MAX];
    for (int i = 0; i < PREMIUM_LINES_MAX; i++) many[i] = lines[0], many[i].amount = RUPIAH_INPUT_MAX, many[i].months = 1200;
    in.premium = (struct premium){.line_count = PREMIUM_LINES_MAX, .lines = many};
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out)); /* 64 x 1200 x 10^14 = 7.7 x 10^18 still fits */
    in.premium.line_count = 1;
    many[0].amount = RUPIAH_INPUT_MAX + 1;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
}

static void a_parked_record_needs_no_application_and_others_do(void **state) {
    struct assessed in = {.lineage = {.epoch = 1, .origin = 8},
                          .verdict = {.status = VERDICT_PARKED, .codes = code_set_with((struct code_set){0}, CODE_X01)}}, out;
    assert_true(wire_decode_assessed(arena, wire_encode_assessed(arena, &in), &out));
    assert_true(id_is_zero(out.application.application_id));
    assert_int_equal(out.lineage.origin, 8);
    in.verdict.status = VERDICT_REJECTED;
    assert_false(wire_decode_assessed(arena, wire_encode_assessed(arena, &in), &out));
}

static void a_decision_comes_back(void **state) {
    struct decided in = {.lineage = {.epoch = 1, .origin = 12},
                         .outcome = {.attempt = 1, .agreement_id = slice_text("kepahiang-2025"), .batch_id = slice_text(""), .row = 3,
                                     .status = OUTCOME_WAITLISTED, .codes = code_set_with((struct code_set){0}, CODE_Q61),
                                     .programmes = 3, .start_month = 202510, .months = 12, .rank = 16, .commit_sequence = 44,
                                     .repeat = true, .registration_date = 20250915, .payer_name = slice_text("Pemkab Kepahiang"),
                                     .budget_year = 2025, .decided_at_ms = 1757900000456}}, out;
    memset(in.outcome.application_id.bytes, 0xc3, ID_BYTES);
    assert_true(wire_decode_decided(arena, wire_encode_decided(arena, &in), &out));
    assert_int_equal(out.outcome.status, OUTCOME_WAITLISTED);
    assert_int_equal(out.outcome.rank, 16);
    assert_int_equal(out.outcome.commit_sequence, 44);
    assert_true(out.outcome.repeat);
    assert_true(slice_is(out.outcome.payer_name, "Pemkab Kepahiang"));
    assert_int_equal(out.outcome.decided_at_ms, 1757900000456);
    assert_true(code_set_has(out.outcome.codes, CODE_Q61));
}

static void confluent_framing_is_read(void **state) {
    struct submitted in = {.lineage = {.epoch = 1}, .application = an_application()}, out;
    struct slice raw = wire_encode_submitted(arena, &in);
    uint8_t *framed = arena_take(arena, raw.size + 8);
    memcpy(framed, "\x00\x00\x00\x00\x01\x00", 6); /* schema 1, message list [0] */
    memcpy(framed + 6, raw.bytes, raw.size);
    assert_true(wire_decode_submitted(arena, slice_of(framed, raw.size + 6), &out));
    assert_same_application(&in.application, &out.application);
    memcpy(framed, "\x00\x00\x00\x00\x01\x04\x02\x00", 8); /* list [1, 0] */
    memcpy(framed + 8, raw.bytes, raw.size);
    assert_true(wire_decode_submitted(arena, slice_of(framed, raw.size + 8), &out));
    for (size_t size = 1; size < 6; size++) assert_false(wire_decode_submitted(arena, slice_of(framed, size), &out));
}

static void bytes_that_are_no_message_are_refused_and_leave_the_result_alone(void **state) {
    struct submitted in = {.lineage = {.epoch = 1}, .application = an_application()};
    struct submitted out = {.lineage = {.epoch = 77}};
    struct slice good = wire_encode_submitted(arena, &in);
    assert_false(wire_decode_submitted(arena, slice_text(""), &out));
    assert_false(wire_decode_submitted(arena, slice_text("halo, ini bukan protobuf"), &out));
    size_t refused = 0;
    for (size_t size = 0; size < good.size; size++) refused += !wire_decode_submitted(arena, slice_of(good.bytes, size), &out);
    assert_true(refused > good.size / 2); /* a cut at a field border is a shorter message, and still refused when a required field went */
    static uint8_t large[65 * 1024];
    assert_false(wire_decode_submitted(arena, slice_of(large, sizeof large), &(struct submitted){0}));
}

static void values_out_of_range_are_refused(void **state) {
    struct submitted good = {.lineage = {.epoch = 1}, .application = an_application()}, out, bad;
#define REFUSES(change)                                                                                                \
    do {                                                                                                               \
        bad = good;                                                                                                    \
        change;                                                                                                        \
        assert_false(wire_decode_submitted(arena, wire_encode_submitted(arena, &bad), &out));                          \
    } while (0)
    REFUSES(bad.application.birth_date = 20250230);
    REFUSES(bad.application.start_month = 202513);
    REFUSES(bad.application.programmes = 32);
    REFUSES(bad.application.segment = (enum segment)5);
    REFUSES(bad.application.ktp_region = 1000000);
    REFUSES(bad.application.months = 1201);
    REFUSES(bad.application.attempt = 0);
    REFUSES(memset(bad.application.application_id.bytes, 0, ID_BYTES));
    REFUSES(bad.application.submitted_at_ms = INT64_MAX); /* a time that no clock can write */
    REFUSES(bad.application.submitted_at_ms = -1);
    char text[300];
    memset(text, 'a', sizeof text);
    REFUSES(bad.application.occupation = slice_of(text, 256));
    bad = good;
    bad.application.occupation = slice_of(text, 255);
    assert_true(wire_decode_submitted(arena, wire_encode_submitted(arena, &bad), &out));
}

static void months_behind_the_calendar_and_origins_behind_the_last_are_refused(void **state) {
    struct premium_line lines[2];
    struct priced in = a_priced(lines), out;
    in.verdict.start_month = 299901;
    assert_true(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out)); /* to December 2999 */
    in.verdict.months = 13;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    in = a_priced(lines);
    lines[1].from = 299902;
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
    in = a_priced(lines);
    in.lineage.origin = INT64_MAX; /* nothing could come after it */
    assert_false(wire_decode_priced(arena, wire_encode_priced(arena, &in), &out));
}

static void a_message_takes_memory_in_proportion_to_its_bytes(void **state) {
    enum { LINES = 30000 };
    static uint8_t bytes[2 * LINES];
    struct priced out;
    for (size_t i = 0; i < LINES; i++) bytes[2 * i] = 4 << 3 | 2; /* an empty premium line, again and again */
    const size_t before = arena_used(arena);
    assert_false(wire_decode_priced(arena, slice_of(bytes, sizeof bytes), &out));
    assert_true(arena_used(arena) - before < 50 * sizeof bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_submission_comes_back_and_its_origin_is_left_to_the_offset),
        cmocka_unit_test(a_premium_comes_back_with_its_sums),
        cmocka_unit_test(sums_beyond_int64_are_refused),
        cmocka_unit_test(a_parked_record_needs_no_application_and_others_do),
        cmocka_unit_test(a_decision_comes_back),
        cmocka_unit_test(confluent_framing_is_read),
        cmocka_unit_test(bytes_that_are_no_message_are_refused_and_leave_the_result_alone),
        cmocka_unit_test(values_out_of_range_are_refused),
        cmocka_unit_test(months_behind_the_calendar_and_origins_behind_the_last_are_refused),
        cmocka_unit_test(a_message_takes_memory_in_proportion_to_its_bytes),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
