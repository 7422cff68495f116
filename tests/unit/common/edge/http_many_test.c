/* Which addresses a service of another office may have, and of which of them operators are warned. How it is asked, and what is no answer, is tested with a running service
 * (tests/system/facts_test.py). */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "common/edge/http_many.h"

static void an_address_is_http_or_https(void **state) {
    (void)state;
    static const char *const urls[] = {"ftp://dukcapil.example/v1", "dukcapil.example", "file:///etc/passwd", "https:dukcapil", ""};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct http_many *many = NULL;
        struct err err = http_many_open(&(struct http_many_options){.url = urls[i], .token = "", .connections = 1, .answer_bytes_max = 16}, &many);
        assert_int_equal(err.fate, FATE_FATAL);
        assert_null(many);
        assert_null(strstr(err.text, "dukcapil")); /* an address may hold a password: it is not repeated */
    }
    struct http_many *many = NULL;
    struct err err = http_many_open(&(struct http_many_options){.url = "HTTPS://dukcapil.example/v1", .token = "t", .connections = 2, .answer_bytes_max = 16}, &many);
    assert_false(failed(&err));
    http_many_close(many);
}

static void what_travels_in_the_clear_is_known(void **state) {
    (void)state;
    static const struct {
        const char *url;
        bool open;
    } rows[] = {
        {"https://dukcapil.example/v1", false},      {"http://dukcapil.example/v1", true},   {"HTTP://10.0.0.7:8080/v1", true},   {"http://127.0.0.1:9000/v1", false},
        {"http://127.0.0.1", false},                 {"http://localhost/v1", false},         {"HTTP://localhost/v1", false},     {"http://[::1]:8080/v1", false},
        {"http://127.0.0.1.example/v1", true},       {"http://localhost.example/v1", true},  {"http://a:b@localhost/v1", false},  {"http://localhost@dukcapil.example/v1", true},
        {"http://localhost:x@10.0.0.7/v1", true},    {"http://10.0.0.7/@localhost/", true},  {"http://", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (http_is_open_to_others(rows[i].url) != rows[i].open) fail_msg("%s", rows[i].url);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_http_or_https),
        cmocka_unit_test(what_travels_in_the_clear_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
