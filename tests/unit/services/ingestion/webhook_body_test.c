/* The bodies of /v1/webhooks: what an endpoint may be, and what is refused and where. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/ingestion/webhook_body.h"

static struct arena *arena;
static int open_arena(void **state) {
    arena = arena_create(1 << 20);
    return 0;
}
static int close_arena(void **state) {
    arena_destroy(arena);
    return 0;
}

static void an_endpoint_is_taken(void **state) {
    struct webhook_body body;
    struct body_problem problem;
    assert_true(webhook_body_read(slice_text("{\"url\":\"https://contoh.go.id/hook?k=1\"}"), arena, false, &body, &problem));
    assert_true(slice_is(body.url, "https://contoh.go.id/hook?k=1") && body.agreement.size == 0 && body.description.size == 0);
    assert_int_equal(body.event_count, EVENT_TYPES);
    assert_true(webhook_body_read(slice_text("{\"url\":\"https://contoh.go.id:8/\",\"events\":[\"enrolment.decided\"],\"agreement\":\"serang-umbrella\",\"description\":\"SI\"}"), arena, false,
                                  &body, &problem));
    assert_int_equal(body.event_count, 1);
    assert_true(slice_is(body.events[0], EVENT_DECIDED) && slice_is(body.agreement, "serang-umbrella") && slice_is(body.description, "SI"));
    assert_true(webhook_body_read(slice_text("{\"url\":\"https://contoh.go.id\",\"agreement\":null,\"description\":\"\"}"), arena, false, &body, &problem) && body.agreement.size == 0);
}

static void places_within_are_taken_only_when_it_is_allowed(void **state) {
    static const char *const urls[] = {"http://contoh.go.id/", "https://127.0.0.1/", "https://10.0.0.1/", "https://8.8.8.8/", "https://0x7f.1/", "https://2130706433/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
                                       "https://169.254.169.254/latest", "https://localhost/", "https://server/", "https://a.localhost/", "https://printer.local/", "https://db.internal/", "https://a.home.arpa/"};
    char json[256];
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct webhook_body body;
        struct body_problem problem;
        (void)snprintf(json, sizeof json, "{\"url\":\"%s\"}", urls[i]);
        if (webhook_body_read(slice_text(json), arena, false, &body, &problem)) fail_msg("%s is taken", urls[i]);
        assert_string_equal(problem.pointer, "/url");
        if (!webhook_body_read(slice_text(json), arena, true, &body, &problem)) fail_msg("%s is not taken", urls[i]);
    }
}

static void a_wrong_body_is_refused_where_it_is_wrong(void **state) {
#define WITH(more) "{\"url\":\"https://contoh.go.id\"," more "}"
    static const struct {
        const char *json, *pointer;
    } vectors[] = {
        {"", ""}, {"[]", ""}, {"null", ""}, {"{", ""}, {"{\"url\":1,\"url\":1}", ""}, {"{}", "/url"}, {"{\"url\":1}", "/url"}, {"{\"url\":null}", "/url"}, {"{\"url\":\"\"}", "/url"},
        {"{\"url\":\"ftp://contoh.go.id\"}", "/url"}, {"{\"url\":\"https://a:b@contoh.go.id\"}", "/url"}, {"{\"url\":\"https://contoh.go.id/#x\"}", "/url"},
        {WITH("\"events\":[]"), "/events"}, {WITH("\"events\":\"enrolment.decided\""), "/events"}, {WITH("\"events\":[\"enrolment.decide\"]"), "/events"}, {WITH("\"events\":[1]"), "/events"},
        {WITH("\"events\":[\"enrolment.decided\",\"enrolment.decided\"]"), "/events"}, {WITH("\"events\":null"), "/events"}, {WITH("\"agreement\":1"), "/agreement"}, {WITH("\"agreement\":\"\""), "/agreement"},
        {WITH("\"description\":null"), "/description"}, {WITH("\"description\":\"a\\u0001\""), "/description"}, {WITH("\"secret\":\"whsec_x\""), "/secret"}, {WITH("\"a/b~\":1"), "/a?b?"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct webhook_body body;
        struct body_problem problem;
        if (webhook_body_read(slice_text(vectors[i].json), arena, false, &body, &problem)) fail_msg("%s is taken", vectors[i].json);
        assert_string_equal(problem.pointer, vectors[i].pointer);
    }
}

static void hours_of_grace_are_read(void **state) {
    static const struct {
        const char *json;
        int hours; /* -1: refused */
    } vectors[] = {{"", 24}, {"{}", 24}, {"{\"grace_hours\":0}", 0}, {"{\"grace_hours\":168}", 168}, {"{\"grace_hours\":2.0}", 2}, {"{\"grace_hours\":169}", -1}, {"{\"grace_hours\":-1}", -1}, {"{\"grace_hours\":1.5}", -1},
                   {"{\"grace_hours\":\"1\"}", -1}, {"{\"grace\":1}", -1}, {"[]", -1}, {"1", -1}};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        int32_t hours = -1;
        struct body_problem problem;
        const bool taken = webhook_rotate_body_read(slice_text(vectors[i].json), &hours, &problem);
        if (taken != (vectors[i].hours >= 0) || (taken && hours != vectors[i].hours)) fail_msg("%s", vectors[i].json);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_taken),
        cmocka_unit_test(places_within_are_taken_only_when_it_is_allowed),
        cmocka_unit_test(a_wrong_body_is_refused_where_it_is_wrong),
        cmocka_unit_test(hours_of_grace_are_read),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
