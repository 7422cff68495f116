/* Applications are put together in whatever order their records come, and the table stays as large as it is. */
#include "tests/unit/cmocka_all.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/crypto.h"
#include "services/traces/span.h"

static struct assembly *fresh(void) {
    struct assembly *assembly = calloc(1, sizeof *assembly);
    assert_non_null(assembly);
    return assembly;
}

static struct id numbered(uint32_t number) {
    struct id id = {{0}};
    memcpy(id.bytes, &number, sizeof number);
    id.bytes[15] = 1;
    return id;
}

static struct trace *place(struct assembly *assembly, uint32_t number, uint32_t attempt, int64_t now_us) {
    struct trace gone, *trace = assembly_place(assembly, numbered(number), attempt, now_us, &gone);
    assert_false(gone.is_used);
    trace->news_us = now_us;
    return trace;
}

static void it_is_complete_in_any_order(void **state) {
    static const enum traced orders[][4] = {{TRACED_INGESTION, TRACED_ELIGIBILITY, TRACED_PREMIUM, TRACED_LEDGER}, {TRACED_LEDGER, TRACED_PREMIUM, TRACED_ELIGIBILITY, TRACED_INGESTION}};
    for (uint32_t order = 0; order < 2; order++) {
        struct assembly *assembly = fresh();
        for (int i = 0; i < 4; i++) {
            assert_false(trace_is_complete(place(assembly, 7, 1, i)));
            place(assembly, 7, 1, i)->at_ms[orders[order][i]] = 100 + orders[order][i];
        }
        struct trace *trace = place(assembly, 7, 1, 9);
        assert_true(trace_is_complete(trace));
        trace->owes_message = true;
        assert_false(trace_is_complete(trace));
        trace->at_ms[TRACED_NOTIFICATION] = 200;
        assert_true(trace_is_complete(trace));
        free(assembly);
    }
}

static void attempts_are_apart(void **state) {
    struct assembly *assembly = fresh();
    assert_true(place(assembly, 7, 1, 1) != place(assembly, 7, 2, 1));
    assert_true(place(assembly, 7, 1, 1) == place(assembly, 7, 1, 2));
    free(assembly);
}

static void who_was_silent_longest_gives_way(void **state) {
    enum { BUCKETS = ASSEMBLY_TRACES / ASSEMBLY_WAYS };
    struct assembly *assembly = fresh();
    struct trace gone;
    for (uint32_t i = 0; i < ASSEMBLY_WAYS; i++) place(assembly, i * BUCKETS, 0, 10 + i);
    place(assembly, 0, 0, 99); /* news */
    struct trace *trace = assembly_place(assembly, numbered(ASSEMBLY_WAYS * BUCKETS), 0, 100, &gone);
    assert_true(gone.is_used && memcmp(gone.application_id.bytes, numbered(BUCKETS).bytes, ID_BYTES) == 0);
    assert_true(trace->is_used && trace->at_ms[TRACED_LEDGER] == 0);
    free(assembly);
}

static void who_is_silent_is_found(void **state) {
    struct assembly *assembly = fresh();
    for (uint32_t i = 0; i < 100; i++) place(assembly, i * 7919, 1, i);
    int found = 0;
    for (int look = 0; look < ASSEMBLY_TRACES / ASSEMBLY_SWEEP + 100; look++) {
        struct trace *trace = assembly_overdue(assembly, 49);
        if (trace == NULL) continue;
        assert_true(trace->news_us <= 49);
        trace->is_used = false;
        found++;
    }
    assert_int_equal(found, 50);
    free(assembly);
}

static void a_span_lasts_from_the_record_before_it(void **state) {
    struct trace trace = {.received_ms = 90, .at_ms = {100, 0, 130, 125, 0}};
    int64_t from, to;
    assert_true(trace_span(&trace, TRACED_INGESTION, &from, &to) && from == 90 && to == 100);
    assert_false(trace_span(&trace, TRACED_ELIGIBILITY, &from, &to));
    assert_true(trace_span(&trace, TRACED_PREMIUM, &from, &to) && from == 130 && to == 130); /* the one before is not known */
    assert_true(trace_span(&trace, TRACED_LEDGER, &from, &to) && from == 125 && to == 125);  /* clocks of two machines */
}

static void a_later_attempt_hangs_below_the_outcome_before_it(void **state) {
    struct span first[TRACED_STAGES], second[TRACED_STAGES];
    struct trace trace = {.application_id = numbered(5), .trace_id = numbered(6), .attempt = 1, .received_ms = 1, .at_ms = {2, 3, 4, 5, 6}};
    static const uint8_t none[SPAN_BYTES] = {0};
    assert_int_equal(spans_of(&trace, first), 5);
    trace.attempt = 2;
    assert_int_equal(spans_of(&trace, second), 5);
    assert_memory_equal(first[0].parent, none, SPAN_BYTES);
    assert_memory_equal(second[0].parent, first[TRACED_LEDGER].id, SPAN_BYTES);
    for (int stage = 1; stage < TRACED_STAGES; stage++) assert_memory_equal(second[stage].parent, second[stage - 1].id, SPAN_BYTES);
    assert_memory_not_equal(second[0].id, first[0].id, SPAN_BYTES);
}

static void the_json_is_that_of_otlp(void **state) {
    struct span spans[TRACED_STAGES];
    const struct trace trace = {.application_id = numbered(5), .trace_id = numbered(6), .attempt = 1, .agreement = "satu", .outcome = OUTCOME_PARKED, .received_ms = 1757912400000, .at_ms = {1757912400001, 2, 3, 1757912400004, 0}};
    char *text = spans_json(spans, spans_of(&trace, spans));
    json_error_t error;
    json_t *document = json_loads(text, 0, &error);
    assert_non_null(document);
    static const char *const parts[] = {"{\"key\":\"service.name\",\"value\":{\"stringValue\":\"payung-ledger\"}}", "\"traceId\":\"06000000000000000000000000000001\"", "\"startTimeUnixNano\":\"1757912400000000000\"",
                                        "\"status\":{\"code\":2,\"message\":\"parked\"}", "{\"key\":\"payung.enrolment.attempt\",\"value\":{\"intValue\":\"1\"}}"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(text, parts[i]) == NULL) fail_msg("not %s in %s", parts[i], text);
    assert_int_equal(json_array_size(json_object_get(document, "resourceSpans")), 4);
    json_decref(document);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_complete_in_any_order), cmocka_unit_test(attempts_are_apart), cmocka_unit_test(who_was_silent_longest_gives_way), cmocka_unit_test(who_is_silent_is_found),
        cmocka_unit_test(a_span_lasts_from_the_record_before_it), cmocka_unit_test(a_later_attempt_hangs_below_the_outcome_before_it), cmocka_unit_test(the_json_is_that_of_otlp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
