/* Any bytes as text of any encoding: what comes out is always well-formed UTF-8, at most three times as long, and the same however bytes and room are cut; UTF-8 comes out as
 * it went in. The first byte says how it is cut. */
#include <stdlib.h>

#include "common/base/check.h"
#include "common/domain/encoding.h"
#include "common/domain/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool decode(struct slice bytes, size_t piece, size_t room, bool utf8_only, uint8_t *text, size_t *ret_size, enum encoding *ret_encoding) {
    struct decoder decoder = {.utf8_only = utf8_only};
    bool sound = true;
    *ret_size = 0;
    for (bool last = false; sound && !last;) {
        const size_t size = bytes.size < piece ? bytes.size : piece;
        struct slice part = slice_of(bytes.bytes, size);
        bytes = slice_of(bytes.bytes + size, bytes.size - size);
        last = bytes.size == 0;
        for (size_t taken = 1; sound && taken > 0; *ret_size += taken) {
            sound = decoder_feed(&decoder, &part, last, text + *ret_size, room, &taken);
            CHECK(taken <= room && decoder.kept_size <= sizeof decoder.kept);
        }
        CHECK(!sound || part.size == 0);
    }
    *ret_encoding = decoder.encoding;
    return sound;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    const struct slice bytes = slice_of(data + 1, size - 1);
    const size_t room = 3 * size + 64, piece = data[0] % 16u + 1, small = DECODER_ROOM_MIN + data[0] / 16u;
    uint8_t *one = malloc(room + 64), *two = malloc(room + 64);
    CHECK(one != NULL && two != NULL);
    size_t one_size, two_size;
    enum encoding one_encoding, two_encoding;
    const bool sound = decode(bytes, size, room, false, one, &one_size, &one_encoding);
    CHECK(decode(bytes, piece, small, false, two, &two_size, &two_encoding) == sound);
    CHECK(one_encoding == two_encoding && slice_equal(slice_of(one, one_size), slice_of(two, two_size)));
    CHECK(text_is_utf8(slice_of(one, one_size)) && one_size <= 3 * size);
    const bool marked = bytes.size >= 3 && memcmp(bytes.bytes, "\xEF\xBB\xBF", 3) == 0;
    CHECK(decode(bytes, piece, small, true, two, &two_size, &two_encoding) == text_is_utf8(bytes));
    if (text_is_utf8(bytes)) CHECK(slice_equal(slice_of(two, two_size), slice_of(bytes.bytes + (marked ? 3 : 0), bytes.size - (marked ? 3 : 0))));
    free(one);
    free(two);
    return 0;
}
