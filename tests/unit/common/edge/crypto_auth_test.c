/* HMAC-SHA512 against RFC 4231, base64 against RFC 4648, and a comparison that looks at every byte. */
#include "common/edge/crypto_auth.h"

#include "common/domain/text.h"
#include "tests/unit/cmocka_all.h"

static void hmac_as_in_rfc_4231(void **state) {
    (void)state;
    char longest[131], text[2 * HMAC_SHA512_BYTES + 1];
    memset(longest, 0xaa, sizeof longest);
    const struct {
        struct slice key, data;
        const char *mac;
    } vectors[] = {
        {slice_text("Jefe"), slice_text("what do ya want for nothing?"),
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
        {slice_of(longest, sizeof longest), slice_text("Test Using Larger Than Block-Size Key - Hash Key First"),
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct slice parts[] = {slice_of(vectors[i].data.bytes, 5), slice_text(""), slice_of(vectors[i].data.bytes + 5, vectors[i].data.size - 5)};
        uint8_t mac[HMAC_SHA512_BYTES];
        crypto_hmac_sha512(vectors[i].key, parts, 3, mac);
        text_hex(slice_of(mac, sizeof mac), text);
        assert_string_equal(text, vectors[i].mac);
    }
}

static void base64_as_in_rfc_4648(void **state) {
    (void)state;
    static const char *const vectors[][2] = {{"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "+/8="}};
    char text[BASE64_TEXT(8)];
    uint8_t bytes[8];
    size_t size;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        base64_write(slice_text(vectors[i][0]), text);
        assert_string_equal(text, vectors[i][1]);
        assert_true(base64_read(slice_text(text), bytes, sizeof bytes, &size) && slice_is(slice_of(bytes, size), vectors[i][0]));
    }
    base64_write_url(slice_text("\xfb\xff"), text);
    assert_string_equal(text, "-_8");
    static const char *const wrong[] = {"", "Zg", "Zg=", "Zg= =", "Z", "-_8=", "Zm9v\n", "Zh==", "====", "Zm9vYmFyYmF6"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(base64_read(slice_text(wrong[i]), bytes, sizeof bytes, &size));
    assert_false(base64_read((struct slice){0}, bytes, sizeof bytes, &size));
}

static void every_byte_counts(void **state) {
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    assert_true(crypto_same(a, b, sizeof a));
    for (size_t i = 0; i < sizeof a; i++) {
        b[i] = 1;
        assert_false(crypto_same(a, b, sizeof a));
        b[i] = 0;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(hmac_as_in_rfc_4231), cmocka_unit_test(base64_as_in_rfc_4648), cmocka_unit_test(every_byte_counts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
