/* The signature of domain.md 6, from its parts; what minify keeps and drops, in whatever pieces a body comes; and time stamps. */
#include "common/domain/snap.h"

#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "common/edge/crypto_auth.h"
#include "tests/unit/cmocka_all.h"

static void the_vector_of_the_rule_book(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "{\"partnerServiceId\":\"   88888\",\"customerNo\":\"00000001984\",\"virtualAccountNo\":\"   8888800000001984\",\"trxId\":\"INV-1708-202510-0001\",\"totalAmount\":{\"value\":\"33331200.00\","
        "\"currency\":\"IDR\"}}",
        "{\r\n\t\"partnerServiceId\" : \"   88888\",\n \"customerNo\" : \"00000001984\", \"virtualAccountNo\":\"   8888800000001984\",\n\"trxId\":\"INV-1708-202510-0001\", \"totalAmount\" : { "
        "\"value\":\"33331200.00\", \"currency\":\"IDR\" } }\n",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        uint8_t body[1024], hash[SHA256_BYTES], mac[HMAC_SHA512_BYTES];
        char digits[2 * SHA256_BYTES + 1], signature[BASE64_TEXT(HMAC_SHA512_BYTES)];
        struct snap_minifier minifier = {0};
        crypto_sha256(slice_of(body, snap_minify(&minifier, slice_text(bodies[i]), body)), hash);
        text_hex(slice_of(hash, sizeof hash), digits);
        assert_string_equal(digits, "45bf3d7a0a4a7aab44a455f6a92422d41ceeda7a3464f892bb1230c008c01c50");
        const struct slice parts[] = {slice_text("POST:/v1.0/transfer-va/create-va:tok-1708-test:"), slice_text(digits), slice_text(":2025-10-10T09:00:00+07:00")};
        crypto_hmac_sha512(slice_text("rahasia-uji-1708"), parts, 3, mac);
        base64_write(slice_of(mac, sizeof mac), signature);
        assert_string_equal(signature, "0dIzQ/clc+xnYHikWtlG2ezERt7Tw1nFUIFFg3QY/Tpysmzo8LuOiXDys3rS0VDe/JgZ1HR6ulB67KpYzkTOYw==");
    }
}

static void white_space_goes_outside_strings_only(void **state) {
    (void)state;
    static const char *const vectors[][2] = {
        {"", ""}, {" \t\r\n", ""}, {"{ \"a\" : 1 }", "{\"a\":1}"}, {"[1, null ,\ttrue]", "[1,null,true]"}, {"\" a \"", "\" a \""}, {"\"\\\" \" , \"\\\\\" , 1", "\"\\\" \",\"\\\\\",1"},
        {"{\"b\":1,\"a\":1.50}", "{\"b\":1,\"a\":1.50}"}, {"\"\\u0020\"", "\"\\u0020\""}, {"\xc2\xa0 1\v", "\xc2\xa0" "1\v"}, {"\"never closed ", "\"never closed "},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        for (size_t piece = 1; piece <= strlen(vectors[i][0]) + 1; piece++) {
            struct snap_minifier minifier = {0};
            uint8_t bytes[64];
            size_t size = 0;
            for (size_t at = 0; at < strlen(vectors[i][0]); at += piece) {
                const size_t left = strlen(vectors[i][0]) - at;
                size += snap_minify(&minifier, slice_of(vectors[i][0] + at, left < piece ? left : piece), bytes + size);
            }
            assert_true(slice_is(slice_of(bytes, size), vectors[i][1]));
        }
}

static void time_stamps(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: none */
    } vectors[] = {
        {"2025-10-10T09:00:00+07:00", INT64_C(1760061600000)}, {"2025-10-10T02:00:00Z", INT64_C(1760061600000)}, {"2025-10-09T21:30:00-04:30", INT64_C(1760061600000)},
        {"2025-10-10T09:00:00.5+07:00", INT64_C(1760061600500)}, {"2025-10-10T09:00:00.123456789+07:00", INT64_C(1760061600123)}, {"2024-02-29T00:00:00Z", INT64_C(1709164800000)},
        {"2025-02-29T00:00:00Z", -1}, {"2025-10-10T24:00:00Z", -1}, {"2025-10-10T09:60:00Z", -1}, {"2025-10-10T09:00:60Z", -1}, {"2025-10-10T09:00:00", -1}, {"2025-10-10 09:00:00Z", -1},
        {"2025-10-10T09:00:00+0700", -1}, {"2025-10-10T09:00:00+15:00", -1}, {"2025-10-10T09:00:00.Z", -1}, {"2025-10-10T09:00:00.1234567890Z", -1}, {"2025-10-10T09:00:00Z ", -1}, {"", -1},
        {"2025-1-10T09:00:00Z", -1}, {"+025-10-10T09:00:00Z", -1},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        int64_t ms = -1;
        if (snap_timestamp_read(slice_text(vectors[i].text), &ms) != (vectors[i].ms >= 0) || ms != vectors[i].ms) fail_msg("%s: %lld", vectors[i].text, (long long)ms);
    }
    int64_t ms;
    assert_false(snap_timestamp_read((struct slice){0}, &ms));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_vector_of_the_rule_book), cmocka_unit_test(white_space_goes_outside_strings_only), cmocka_unit_test(time_stamps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
