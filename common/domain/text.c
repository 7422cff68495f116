/* The readings declared in text.h. This file must stay free of <ctype.h> and every other thing that asks for a locale: the same bytes
 * must mean the same on every machine, because application ids and results depend on them. */
#include "common/domain/text.h"

#include "common/base/check.h"

static bool starts_with(struct slice text, size_t at, const char *bytes, size_t size) {
    return text.size - at >= size && memcmp(text.bytes + at, bytes, size) == 0;
}

/* U+2000..U+200D, U+202F and U+2060. */
static bool wide_space(struct slice text, size_t at) {
    if (text.size - at < 3) return false;
    const uint8_t *byte = text.bytes + at;
    return (byte[1] == 0x80 && ((byte[2] >= 0x80 && byte[2] <= 0x8D) || byte[2] == 0xAF)) || (byte[1] == 0x81 && byte[2] == 0xA0);
}

size_t text_space_at(struct slice text, size_t at) {
    if (at >= text.size) return 0;
    switch (text.bytes[at]) {
    case ' ': case '\t': case '\r': case '\n': return 1;
    case 0xC2: return starts_with(text, at, "\xC2\xA0", 2) ? 2 : 0;
    case 0xE2: return wide_space(text, at) ? 3 : 0;
    case 0xE3: return starts_with(text, at, "\xE3\x80\x80", 3) ? 3 : 0;
    case 0xEF: return starts_with(text, at, "\xEF\xBB\xBF", 3) ? 3 : 0;
    default: return 0;
    }
}

struct slice text_trim(struct slice text) {
    for (size_t space; (space = text_space_at(text, 0)) > 0;) text = slice_of(text.bytes + space, text.size - space);
    for (bool more = true; more;) {
        more = false;
        for (size_t size = 1; size <= 3 && size <= text.size && !more; size++) {
            if (text_space_at(text, text.size - size) != size) continue;
            text.size -= size;
            more = true;
        }
    }
    return text;
}

bool text_is_blank(struct slice text) { return text_trim(text).size == 0; }

bool text_same(struct slice a, struct slice b) { return a.size == b.size && text_compare(a, b) == 0; }

bool text_is(struct slice text, const char *word) { return text_same(text, slice_text(word)); }

int text_compare(struct slice a, struct slice b) {
    size_t common = a.size < b.size ? a.size : b.size;
    for (size_t i = 0; i < common; i++) {
        int difference = (int)byte_lower(a.bytes[i]) - (int)byte_lower(b.bytes[i]);
        if (difference != 0) return difference;
    }
    return a.size < b.size ? -1 : a.size > b.size;
}

/* Unicode 15, table 3-7. */
size_t text_utf8_at(struct slice text, size_t at) {
    const uint8_t *byte = text.bytes + at;
    size_t left = text.size - at;
    if (byte[0] < 0x80) return 1;
    size_t size = byte[0] >= 0xC2 && byte[0] <= 0xDF ? 2 : byte[0] >= 0xE0 && byte[0] <= 0xEF ? 3 : byte[0] >= 0xF0 && byte[0] <= 0xF4 ? 4 : 0;
    if (size == 0 || left < size) return 0;
    uint8_t low = byte[0] == 0xE0 ? 0xA0 : byte[0] == 0xF0 ? 0x90 : 0x80;
    uint8_t high = byte[0] == 0xED ? 0x9F : byte[0] == 0xF4 ? 0x8F : 0xBF;
    if (byte[1] < low || byte[1] > high) return 0;
    for (size_t i = 2; i < size; i++)
        if ((byte[i] & 0xC0) != 0x80) return 0;
    return size;
}

bool text_is_utf8(struct slice text) {
    for (size_t at = 0; at < text.size;) {
        size_t size = text_utf8_at(text, at);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

size_t text_cut(struct slice text, size_t size_max) {
    if (text.size <= size_max) return text.size;
    size_t size = size_max;
    while (size > 0 && (text.bytes[size] & 0xC0) == 0x80) size--;
    return size;
}

struct slice text_plain(struct slice text, char *ret_text, size_t size_max) {
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!byte_is_digit(text.bytes[i]) && !byte_is_letter(text.bytes[i])) continue;
        if (size == size_max) return slice_of(ret_text, 0);
        ret_text[size++] = (char)byte_lower(text.bytes[i]);
    }
    return slice_of(ret_text, size);
}

bool text_number(struct slice text, uint64_t max, uint64_t *ret_number) {
    CHECK(ret_number != NULL);
    if (text.size == 0) return false;
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (!byte_is_digit(text.bytes[i])) return false;
        uint64_t digit = (uint64_t)(text.bytes[i] - '0');
        if (digit > max || number > (max - digit) / 10) return false;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return true;
}

bool text_split(struct slice *rest, uint8_t separator, struct slice *ret_part) {
    if (rest->bytes == NULL) return false;
    const uint8_t *found = rest->size > 0 ? memchr(rest->bytes, separator, rest->size) : NULL;
    if (found == NULL) {
        *ret_part = *rest;
        *rest = slice_of(NULL, 0);
        return true;
    }
    size_t size = (size_t)(found - rest->bytes);
    *ret_part = slice_of(rest->bytes, size);
    *rest = slice_of(found + 1, rest->size - size - 1);
    return true;
}

bool text_takes(struct text_reader *reader, const char *word) {
    const size_t size = strlen(word);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, word, size) != 0) return false;
    reader->at += size;
    return true;
}

bool text_takes_number(struct text_reader *reader, int64_t max, int64_t *ret_number) {
    const uint8_t *const start = reader->at;
    int64_t number = 0;
    for (; reader->at < reader->end && byte_is_digit(*reader->at); reader->at++) {
        const int64_t digit = *reader->at - '0';
        if (digit > max || number > (max - digit) / 10) return false;
        number = number * 10 + digit;
    }
    if (reader->at == start) return false;
    *ret_number = number;
    return true;
}

/* ---- hexadecimal -------------------------------------------------------------------------------------------------------------------------- */

void text_hex(struct slice bytes, char *ret_text) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes.size; i++) {
        ret_text[2 * i] = digits[bytes.bytes[i] >> 4];
        ret_text[2 * i + 1] = digits[bytes.bytes[i] & 15];
    }
    ret_text[2 * bytes.size] = '\0';
}

static int hex_digit(uint8_t byte) { return byte_is_digit(byte) ? byte - '0' : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1; }

bool text_hex_read(struct slice text, uint8_t *ret_bytes) {
    if (text.size % 2 != 0) return false;
    for (size_t i = 0; i < text.size; i += 2) {
        const int high = hex_digit(text.bytes[i]), low = hex_digit(text.bytes[i + 1]);
        if (high < 0 || low < 0) return false;
        ret_bytes[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}
