/* A row of the outbox as a record: its lineage, its headers, and what may not leave. */
#include "tests/unit/cmocka_all.h"

#include "common/stage/codec.h"
#include "common/wire/wire.h"
#include "services/relay/envelope.h"

enum { ARENA_BYTES = 1 << 20 };

static struct slice header(const struct stage_output *output, const char *name) {
    for (size_t i = 0; i < output->header_count; i++)
        if (strcmp(output->headers[i].name, name) == 0) return output->headers[i].value;
    fail_msg("no header %s", name);
    return slice_text("");
}

static struct slice coverage(struct arena *arena) {
    struct coverage_changed changed = {.event_id = {{7}}, .agreement_id = slice_text("kepahiang-2025"), .payer_name = slice_text("Pemkab Kepahiang"), .application_id = {{9}}, .attempt = 1,
                                       .place = 3, .state = 2, .day = 20251010, .paid_to = 202510, .end_month = 202609, .reason = slice_text(""), .monthly_amount = 16800,
                                       .message_due = slice_text(""), .commit_sequence = 4, .changed_at_ms = INT64_C(1760000000000), .sealed_person = slice_text(""),
                                       .seal_key_id = slice_text("")};
    return wire_encode_coverage(arena, &changed);
}

static struct slice command(struct arena *arena) {
    struct ledger_command one = {.kind = COMMAND_RUN, .commit_sequence = 12, .moment_ms = INT64_C(1760000000000), .business_date = 20251010, .actor = slice_text("operator:a"),
                                 .approved_by = slice_text(""), .agreement_id = slice_text("kepahiang-2025"), .reason = slice_text(""), .text = slice_text(""),
                                 .source = slice_text(""), .external_id = slice_text("")};
    return wire_encode_command(arena, &one);
}

static void a_row_gets_its_lineage_and_headers_that_are_the_same_each_time(void **state) {
    struct arena *arena = arena_create(ARENA_BYTES);
    const struct outbox_row row = {.outbox_no = 5, .topic = TOPIC_COVERAGE, .key = slice_text("kepahiang-2025"), .payload = coverage(arena), .sequence = 41};
    struct stage_output output, again;
    assert_true(envelope_of(arena, &row, &output));
    assert_true(envelope_of(arena, &row, &again));
    const struct coverage_changed *changed = codec_decode(TOPIC_COVERAGE, arena, output.value);
    assert_non_null(changed);
    assert_int_equal(changed->lineage.epoch, 1);
    assert_int_equal(changed->lineage.first_origin, 0);
    assert_int_equal(changed->lineage.origin, 41);
    assert_int_equal(changed->place, 3);
    assert_true(slice_is(output.key, "kepahiang-2025"));
    assert_int_equal(output.partition, 0);
    assert_int_equal(output.topic, TOPIC_COVERAGE);
    assert_true(slice_is(header(&output, "ce_id"), "07000000000000000000000000000000")); /* the event's own id */
    assert_true(slice_is(header(&output, "ce_type"), "payung.coverage.v1.CoverageChanged"));
    assert_true(slice_is(header(&output, "ce_source"), "/payung/relay"));
    assert_true(slice_is(header(&output, "ce_time"), "2025-10-09T08:53:20.000Z"));
    assert_true(slice_is(header(&output, "content-type"), "application/protobuf"));
    assert_int_equal(header(&output, "traceparent").size, 55);
    assert_true(slice_equal(output.value, again.value));
    for (size_t i = 0; i < output.header_count; i++) assert_true(slice_equal(output.headers[i].value, again.headers[i].value));
    arena_destroy(arena);
}

static void commands_are_known_by_their_place_in_the_archive(void **state) {
    struct arena *arena = arena_create(ARENA_BYTES);
    const struct outbox_row rows[] = {{.outbox_no = 5, .topic = TOPIC_COMMAND, .key = slice_text("k"), .payload = command(arena), .sequence = 0},
                                      {.outbox_no = 6, .topic = TOPIC_COMMAND, .key = slice_text("k"), .payload = command(arena), .sequence = 1}};
    struct stage_output first, second;
    assert_true(envelope_of(arena, &rows[0], &first) && envelope_of(arena, &rows[1], &second));
    assert_false(slice_equal(header(&first, "ce_id"), header(&second, "ce_id")));
    arena_destroy(arena);
}

static void what_readers_could_not_read_does_not_leave(void **state) {
    struct arena *arena = arena_create(ARENA_BYTES);
    struct coverage_changed changed = {0};
    assert_true(wire_decode_coverage(arena, wire_with_lineage(arena, coverage(arena), &(struct lineage){.epoch = 1}), &changed));
    changed.lineage = (struct lineage){.epoch = 3, .origin = 9};
    const struct {
        const char *story;
        struct outbox_row row;
    } cases[] = {
        {"no message at all", {.outbox_no = 1, .topic = TOPIC_COVERAGE, .payload = slice_text("\xff\xff\xff"), .sequence = 0}},
        {"empty", {.outbox_no = 1, .topic = TOPIC_PAYMENT, .payload = slice_text(""), .sequence = 0}},
        {"the message of another topic", {.outbox_no = 1, .topic = TOPIC_COMMAND, .payload = coverage(arena), .sequence = 0}},
        {"a lineage of its own", {.outbox_no = 1, .topic = TOPIC_COVERAGE, .payload = wire_encode_coverage(arena, &changed), .sequence = 0}},
        {"a partition that is not there", {.outbox_no = 1, .topic = TOPIC_COVERAGE, .partition = 1, .payload = coverage(arena), .sequence = 0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage_output output;
        if (envelope_of(arena, &cases[i].row, &output)) fail_msg("%s", cases[i].story);
    }
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_row_gets_its_lineage_and_headers_that_are_the_same_each_time), cmocka_unit_test(commands_are_known_by_their_place_in_the_archive),
                                       cmocka_unit_test(what_readers_could_not_read_does_not_leave)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
