/* Whether a record is what somebody looks for: by a field, a header, or a value alone; and that what is looked at is the record and no more. */
#include "services/operations/record_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static json_t *message(void) { return json_loads("{\"agreement_id\":\"kepahiang-2025\",\"row\":7,\"repeat\":false,\"application\":{\"segment\":1,\"reasons\":[\"E01\",{\"code\":\"E30\"}]}}", 0, NULL); }
static json_t *headers(void) { return json_loads("{\"ce_type\":\"payung.enrolment.decided\",\"dlq.error.code\":\"X02\"}", 0, NULL); }

static bool holds(const char *text, bool value_alone) {
    struct record_where where;
    json_t *document = message(), *of = headers();
    assert_true(record_where_read(text, value_alone, &where));
    const bool found = record_where_holds(&where, of, document);
    json_decref(document);
    json_decref(of);
    return found;
}

static void a_field_is_found_by_its_path_and_a_header_by_its_name(void **state) {
    (void)state;
    assert_true(holds("agreement_id=kepahiang-2025", false));
    assert_true(holds("row=7", false));
    assert_true(holds("repeat=false", false));
    assert_true(holds("application.segment=1", false));
    assert_true(holds("ce_type=payung.enrolment.decided", false));
    assert_true(holds("dlq.error.code=X02", false));
    assert_false(holds("row=70", false));
    assert_false(holds("segment=1", false)); /* it stands deeper */
    assert_false(holds("application.segment.more=1", false));
    assert_false(holds("nothing=", false));
}

static void a_value_alone_is_found_at_any_depth(void **state) {
    (void)state;
    assert_true(holds("kepahiang-2025", true));
    assert_true(holds("E30", true));
    assert_true(holds("X02", true));
    assert_true(holds("7", true));
    assert_false(holds("kepahiang", true)); /* the whole value, no part of it */
    assert_false(holds("agreement_id", true)); /* nor the name of a field */
}

static void what_looks_for_nothing_is_refused(void **state) {
    struct record_where where;
    (void)state;
    assert_false(record_where_read("", true, &where));
    assert_false(record_where_read("=x", true, &where));
    assert_false(record_where_read("kepahiang", false, &where));
}

static void a_record_without_a_message_has_its_headers_only(void **state) {
    struct record_where where;
    (void)state;
    json_t *of = headers();
    assert_true(record_where_read("X02", true, &where));
    assert_true(record_where_holds(&where, of, NULL));
    assert_true(record_where_read("row=7", true, &where));
    assert_false(record_where_holds(&where, of, NULL));
    json_decref(of);
}

static void a_view_tells_the_place_and_the_size_of_what_can_not_be_shown(void **state) {
    const struct kafka_peek_header header = {.name = "ce_source", .value = slice_text("\xff\xfe")};
    const struct kafka_peek_record record = {.partition = 2, .offset = 41, .timestamp_ms = 1760000000000, .key = slice_text("kepahiang-2025"), .value = slice_text("abc"), .headers = &header, .header_count = 1};
    (void)state;
    json_t *of = record_headers_json(&record), *view = record_view_json("t", &record, of, NULL);
    assert_string_equal(json_string_value(json_object_get(of, "ce_source")), "(2 bytes)");
    assert_int_equal(json_integer_value(json_object_get(view, "offset")), 41);
    assert_int_equal(json_integer_value(json_object_get(view, "bytes")), 3);
    assert_null(json_object_get(view, "message"));
    json_decref(view);
    json_decref(of);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_is_found_by_its_path_and_a_header_by_its_name),
        cmocka_unit_test(a_value_alone_is_found_at_any_depth),
        cmocka_unit_test(what_looks_for_nothing_is_refused),
        cmocka_unit_test(a_record_without_a_message_has_its_headers_only),
        cmocka_unit_test(a_view_tells_the_place_and_the_size_of_what_can_not_be_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
