/* Web addresses as libcurl reads them: hosts in any disguise are seen as what they are. */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "common/edge/url.h"

static void an_address_is_read(void **state) {
    static const struct {
        const char *text, *host;
        bool is_secure, has_user, has_fragment, is_address, is_name;
    } vectors[] = {
        {"https://contoh.go.id/hook", "contoh.go.id", true, false, false, false, true},
        {"HTTPS://Contoh.GO.id:8443/hook?a=b", "contoh.go.id", true, false, false, false, true},
        {"http://contoh.go.id", "contoh.go.id", false, false, false, false, true},
        {"https://siti@contoh.go.id/", "contoh.go.id", true, true, false, false, true},
        {"https://:rahasia@contoh.go.id/", "contoh.go.id", true, true, false, false, true},
        {"https://contoh.go.id/#bagian", "contoh.go.id", true, false, true, false, true},
        {"https://127.0.0.1/", "127.0.0.1", true, false, false, true, false},
        {"https://127.1/", "127.0.0.1", true, false, false, true, false},
        {"https://2130706433/", "127.0.0.1", true, false, false, true, false},
        {"https://0x7f.0.0.1/", "127.0.0.1", true, false, false, true, false},
        {"https://0177.0.0.1/", "127.0.0.1", true, false, false, true, false},
        {"https://127%2e0%2e0%2e1/", "127.0.0.1", true, false, false, true, false},
        {"https://[::1]/", "[::1]", true, false, false, true, false},
        {"https://[::ffff:10.0.0.1]/", "[::ffff:10.0.0.1]", true, false, false, true, false},
        {"https://localhost/", "localhost", true, false, false, false, false},
        {"https://contoh.go.id./", "contoh.go.id.", true, false, false, false, false},
        {"https:///hook", "hook", true, false, false, false, false}, /* as lenient as browsers */
        {"https://contoh..id/", "contoh..id", true, false, false, false, false},
        {"https://-contoh.id/", "-contoh.id", true, false, false, false, false},
        {"https://contoh_1.id/", "contoh_1.id", true, false, false, false, false},
        {"https://contoh.1d/", "contoh.1d", true, false, false, false, false},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct url url;
        if (!url_read(vectors[i].text, &url)) fail_msg("%s is not read", vectors[i].text);
        assert_string_equal(url.host, vectors[i].host);
        if (url.is_secure != vectors[i].is_secure || url.has_user != vectors[i].has_user || url.has_fragment != vectors[i].has_fragment || url.is_address != vectors[i].is_address ||
            url.is_name != vectors[i].is_name)
            fail_msg("%s is read as something else", vectors[i].text);
    }
}

static void what_is_no_address_of_the_web_is_refused(void **state) {
    static const char *const texts[] = {"", "contoh.go.id", "/hook", "ftp://contoh.go.id/", "file:///etc/passwd", "gopher://contoh.go.id/", "javascript:alert(1)", "https://", "https://contoh.go.id/a b",
                                        "https://contoh.go.id/\n", "https://localhost:99999/", "https://contoh.go.id:x/", "https://[::1/", "https://cont\xc3\xb6h.id/", " https://contoh.go.id/"};
    struct url url;
    char text[URL_BYTES_MAX + 1];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (url_read(texts[i], &url)) fail_msg("%s is read", texts[i]);
    memset(text, 'a', URL_BYTES_MAX);
    memcpy(text, "https://contoh.go.id/", 21);
    text[URL_BYTES_MAX] = '\0';
    assert_false(url_read(text, &url));
    text[URL_BYTES_MAX - 1] = '\0';
    assert_true(url_read(text, &url));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_read),
        cmocka_unit_test(what_is_no_address_of_the_web_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
