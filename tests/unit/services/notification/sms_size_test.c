/* In which alphabet a text travels, and in how many parts: the boundaries of 3GPP TS 23.038 and 23.040. */
#include "tests/unit/cmocka_all.h"

#include <string.h>

#include "services/notification/sms_size.h"

static char text[2048];

/* `head`, then so many times `character`. */
static struct sms_size size_of(const char *head, const char *character, size_t count) {
    size_t size = strlen(head);
    memcpy(text, head, size);
    for (size_t i = 0; i < count; i++, size += strlen(character)) memcpy(text + size, character, strlen(character));
    return sms_measure(slice_of(text, size));
}

static void a_text_has_its_parts(void **state) {
    static const struct { const char *head, *character; size_t count; bool is_gsm7; size_t units, parts; } rows[] = {
        {"", "a", 0, true, 0, 0}, {"", "a", 1, true, 1, 1}, {"", "a", 160, true, 160, 1}, {"", "a", 161, true, 161, 2}, {"", "a", 306, true, 306, 2}, {"", "a", 307, true, 307, 3},
        {"", "\xC3\xA9", 160, true, 160, 1},                    /* e with acute: of the basic alphabet */
        {"", "\xE2\x82\xAC", 80, true, 160, 1},                 /* euro: two units */
        {"", "\xE2\x82\xAC", 81, true, 162, 2}, {"", "{", 77, true, 154, 1},
        {"", "{", 153, true, 306, 3},                           /* 76 of them in a part of 153: none is torn */
        {"a", "{", 152, true, 305, 2},                          /* one blank filled by a single unit: 153 + 152 */
        {"", "\xC5\x81", 70, false, 70, 1}, {"", "\xC5\x81", 71, false, 71, 2}, {"", "\xC5\x81", 134, false, 134, 2}, {"", "\xC5\x81", 135, false, 135, 3},
        {"", "\xF0\x9F\x98\x80", 35, false, 70, 1},             /* beyond the first plane: two units */
        {"", "\xF0\x9F\x98\x80", 67, false, 134, 3},            /* 33 of them in a part of 67 */
        {"\xC5\x81", "a", 69, false, 70, 1}, {"\xC5\x81", "{", 69, false, 70, 1}, {"", "\xFF", 70, false, 70, 1}, {"", "`", 1, false, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct sms_size size = size_of(rows[i].head, rows[i].character, rows[i].count);
        if (size.is_gsm7 != rows[i].is_gsm7 || size.units != rows[i].units || size.parts != rows[i].parts)
            fail_msg("row %zu: %s, %zu units, %zu parts", i, sms_encoding(&size), size.units, size.parts);
    }
    struct sms_size size = size_of("", "a", 1);
    assert_string_equal(sms_encoding(&size), "GSM-7");
    size.is_gsm7 = false;
    assert_string_equal(sms_encoding(&size), "UCS-2");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_text_has_its_parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
