/* From bytes to UTF-8, one character at a time; runs of ASCII, which lists are made of, are copied whole. Must not depend on how the bytes are cut:
 * a list is read again from its sealed file in other pieces than it came in. */
#include "common/domain/encoding.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { MARK_BYTES = 3, HIGH_SURROGATE = 0xD800, LOW_SURROGATE = 0xDC00, SURROGATES_END = 0xE000 };

/* 0x80..0x9F; 0: not used. The bytes from 0xA0 on are their own code points. */
static const uint16_t windows1252[32] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

static size_t put(uint32_t point, uint8_t *ret_text) {
    if (point < 0x80) {
        ret_text[0] = (uint8_t)point;
        return 1;
    }
    const size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, point >>= 6) ret_text[i] = (uint8_t)(0x80 | (point & 0x3F));
    ret_text[0] = (uint8_t)(leads[size] | point);
    return size;
}

static bool is_utf16(const struct decoder *decoder) { return decoder->encoding == ENCODING_UTF16LE || decoder->encoding == ENCODING_UTF16BE; }

static uint32_t unit_at(const struct decoder *decoder, size_t at) {
    const bool little = decoder->encoding == ENCODING_UTF16LE;
    return (uint32_t)decoder->kept[at + (little ? 1 : 0)] << 8 | decoder->kept[at + (little ? 0 : 1)];
}

static bool is_high(uint32_t unit) { return unit >= HIGH_SURROGATE && unit < LOW_SURROGATE; }
static bool is_low(uint32_t unit) { return unit >= LOW_SURROGATE && unit < SURROGATES_END; }

static void drop(struct decoder *decoder, size_t size) {
    CHECK(size <= decoder->kept_size);
    decoder->kept_size -= size;
    memmove(decoder->kept, decoder->kept + size, decoder->kept_size);
}

static bool begins(const struct decoder *decoder, const char *mark, size_t size) { return decoder->kept_size >= size && memcmp(decoder->kept, mark, size) == 0; }

static void begin(struct decoder *decoder) {
    const uint8_t *kept = decoder->kept;
    decoder->encoding = decoder->utf8_only ? ENCODING_UTF8 : ENCODING_ASCII;
    if (begins(decoder, "\xEF\xBB\xBF", 3)) {
        decoder->encoding = ENCODING_UTF8;
        drop(decoder, 3);
    } else if (!decoder->utf8_only && (begins(decoder, "\xFF\xFE", 2) || begins(decoder, "\xFE\xFF", 2))) {
        decoder->encoding = kept[0] == 0xFF ? ENCODING_UTF16LE : ENCODING_UTF16BE;
        drop(decoder, 2);
    } else if (!decoder->utf8_only && decoder->kept_size >= 2 && (kept[0] == 0) != (kept[1] == 0)) {
        decoder->encoding = kept[1] == 0 ? ENCODING_UTF16LE : ENCODING_UTF16BE;
    }
}

/* How many bytes must be there before the next character can be judged. */
static size_t bytes_needed(const struct decoder *decoder) {
    const uint8_t first = decoder->kept[0];
    if (is_utf16(decoder)) return decoder->kept_size >= 2 && is_high(unit_at(decoder, 0)) ? 4 : 2;
    return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
}

/* One character of what is kept. Returns its bytes in ret_text, 0 when there is none. */
static size_t take_utf16(struct decoder *decoder, uint8_t *ret_text) {
    if (decoder->kept_size < 2) return 0;
    uint32_t point = unit_at(decoder, 0);
    if (is_low(point) || (is_high(point) && (decoder->kept_size < 4 || !is_low(unit_at(decoder, 2))))) return 0;
    const bool pair = is_high(point);
    if (pair) point = 0x10000 + ((point - HIGH_SURROGATE) << 10) + (unit_at(decoder, 2) - LOW_SURROGATE);
    drop(decoder, pair ? 4 : 2);
    return put(point, ret_text);
}

static size_t take_windows1252(struct decoder *decoder, uint8_t *ret_text) {
    const uint8_t byte = decoder->kept[0];
    const uint32_t point = byte >= 0xA0 ? byte : windows1252[byte - 0x80];
    if (decoder->encoding == ENCODING_UTF8 || point == 0) return 0;
    decoder->encoding = ENCODING_WINDOWS1252;
    drop(decoder, 1);
    return put(point, ret_text);
}

static size_t take_byte_text(struct decoder *decoder, uint8_t *ret_text) {
    const size_t size = text_utf8_at(slice_of(decoder->kept, decoder->kept_size), 0);
    if (size == 0) return take_windows1252(decoder, ret_text);
    if (size > 1 && decoder->encoding == ENCODING_WINDOWS1252) return 0;
    if (size > 1) decoder->encoding = ENCODING_UTF8;
    memcpy(ret_text, decoder->kept, size);
    drop(decoder, size);
    return size;
}

static size_t ascii_run(struct slice bytes, size_t room) {
    size_t size = 0;
    while (size < bytes.size && size < room && bytes.bytes[size] < 0x80) size++;
    return size;
}

bool decoder_feed(struct decoder *decoder, struct slice *bytes, bool last, uint8_t *ret_text, size_t room, size_t *ret_size) {
    CHECK(room >= DECODER_ROOM_MIN);
    size_t size = 0;
    while (!decoder->broken && room - size >= DECODER_ROOM_MIN) {
        if (decoder->kept_size == 0 && decoder->encoding != 0 && !is_utf16(decoder)) {
            const size_t run = ascii_run(*bytes, room - size);
            if (run > 0) memcpy(ret_text + size, bytes->bytes, run);
            size += run;
            *bytes = slice_of(bytes->bytes + run, bytes->size - run);
            if (run > 0) continue;
        }
        const size_t needed = decoder->encoding == 0 ? MARK_BYTES : decoder->kept_size == 0 ? 1 : bytes_needed(decoder);
        const bool at_end = last && bytes->size == 0;
        if (decoder->kept_size < needed && !at_end) {
            if (bytes->size == 0) break;
            decoder->kept[decoder->kept_size++] = bytes->bytes[0];
            *bytes = slice_of(bytes->bytes + 1, bytes->size - 1);
        } else if (decoder->encoding == 0) {
            begin(decoder);
        } else if (decoder->kept_size == 0) {
            break;
        } else {
            const size_t taken = is_utf16(decoder) ? take_utf16(decoder, ret_text + size) : take_byte_text(decoder, ret_text + size);
            decoder->broken = taken == 0;
            size += taken;
        }
    }
    *ret_size = size;
    return !decoder->broken;
}
