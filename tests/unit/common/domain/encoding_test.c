/* Files of spreadsheets in every encoding that they write become the same UTF-8, however they are cut; what is of two encodings is of none. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/encoding.h"

struct decoded {
    bool sound;
    enum encoding encoding;
    char text[256];
    size_t size;
};

static struct decoded decode(const char *bytes, size_t size, size_t piece, size_t room, bool utf8_only) {
    struct decoder decoder = {.utf8_only = utf8_only};
    struct decoded result = {.sound = true};
    for (size_t at = 0; result.sound && at <= size; at += piece) {
        struct slice part = slice_of(bytes + at, size - at < piece ? size - at : piece);
        for (size_t taken = 1; result.sound && taken > 0; result.size += taken) {
            assert_true(result.size + room < sizeof result.text);
            result.sound = decoder_feed(&decoder, &part, at + piece > size, (uint8_t *)result.text + result.size, room, &taken);
        }
    }
    result.encoding = decoder.encoding;
    result.text[result.size] = '\0';
    return result;
}

#define BYTES(literal) literal, sizeof literal - 1
static const struct {
    const char *bytes;
    size_t size;
    enum encoding encoding; /* 0: refused */
    const char *text;       /* before the refusal */
} vectors[] = {
    {BYTES(""), ENCODING_ASCII, ""},
    {BYTES("a"), ENCODING_ASCII, "a"},
    {BYTES("nik;nama\n"), ENCODING_ASCII, "nik;nama\n"},
    {BYTES("Ren\xC3\xA9"), ENCODING_UTF8, "Ren\xC3\xA9"},
    {BYTES("\xEF\xBB\xBFnik"), ENCODING_UTF8, "nik"},
    {BYTES("\xEF\xBB\xBF"), ENCODING_UTF8, ""},
    {BYTES("Ren\xE9"), ENCODING_WINDOWS1252, "Ren\xC3\xA9"},
    {BYTES("\x80 \x93x\x94 \x96 O\x92N\xA0\xFF"), ENCODING_WINDOWS1252, "\xE2\x82\xAC \xE2\x80\x9Cx\xE2\x80\x9D \xE2\x80\x93 O\xE2\x80\x99N\xC2\xA0\xC3\xBF"},
    {BYTES("\xFF\xFEn\0\xE9\0\x13\x20=\xD8\0\xDE"), ENCODING_UTF16LE, "n\xC3\xA9\xE2\x80\x93\xF0\x9F\x98\x80"},
    {BYTES("\xFE\xFF\0n\0\xE9\x20\x13\xD8=\xDE\0"), ENCODING_UTF16BE, "n\xC3\xA9\xE2\x80\x93\xF0\x9F\x98\x80"},
    {BYTES("n\0i\0k\0"), ENCODING_UTF16LE, "nik"},
    {BYTES("\0n\0i\0k"), ENCODING_UTF16BE, "nik"},
    {BYTES("Ren\xC3\xA9 Ren\xE9"), 0, "Ren\xC3\xA9 Ren"},      /* two encodings, in either order */
    {BYTES("Ren\xE9 Ren\xC3\xA9"), 0, "Ren\xC3\xA9 Ren"},
    {BYTES("\xEF\xBB\xBFRen\xE9"), 0, "Ren"},                 /* the mark has decided */
    {BYTES("x\x81"), 0, "x"},                                 /* nothing in Windows-1252 */
    {BYTES("\xFF\xFEn\0i"), 0, "n"},                          /* half a character */
    {BYTES("\xFF\xFEn\0\0\xD8n\0"), 0, "n"},                  /* half a pair */
    {BYTES("\xFF\xFEn\0\0\xDCn\0"), 0, "n"},
};

static void a_file_is_read_by_its_bytes_however_they_are_cut(void **state) {
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        for (size_t piece = 1; piece <= vectors[i].size + 1; piece++)
            for (size_t room = DECODER_ROOM_MIN; room <= 9; room++) {
                const struct decoded decoded = decode(vectors[i].bytes, vectors[i].size, piece, room, false);
                assert_int_equal(decoded.sound, vectors[i].encoding != 0);
                if (decoded.sound) assert_int_equal(decoded.encoding, vectors[i].encoding);
                assert_string_equal(decoded.text, vectors[i].text);
            }
}

static void who_asks_for_utf8_gets_nothing_else(void **state) {
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct decoded decoded = decode(vectors[i].bytes, vectors[i].size, 3, 8, true);
        const bool utf8 = vectors[i].encoding == ENCODING_ASCII || vectors[i].encoding == ENCODING_UTF8;
        const bool nul = memchr(vectors[i].bytes, 0, vectors[i].size) != NULL && (uint8_t)vectors[i].bytes[0] < 0x80; /* UTF-8, though no text */
        assert_int_equal(decoded.sound, utf8 || nul);
        if (utf8) assert_string_equal(decoded.text, vectors[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_read_by_its_bytes_however_they_are_cut),
        cmocka_unit_test(who_asks_for_utf8_gets_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
