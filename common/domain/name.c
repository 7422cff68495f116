/* Tidies and judges names. It must not "correct" anything a person is called: only white space changes. */
#include "common/domain/name.h"

#include "common/domain/text.h"

enum { LETTERS_MIN = 2 };

size_t name_normalise(struct slice raw, char ret_text[NAME_TEXT_MAX]) {
    char tidy[NAME_TEXT_MAX];
    size_t size = 0;
    raw = text_trim(raw);
    for (size_t at = 0; at < raw.size && size < NAME_TEXT_MAX;) {
        size_t space = text_space_at(raw, at);
        if (space == 0) {
            tidy[size++] = (char)raw.bytes[at++];
            continue;
        }
        if (tidy[size - 1] != ' ') tidy[size++] = ' '; /* size > 0: the text is trimmed */
        at += space;
    }
    size = text_cut(slice_of(tidy, size), NAME_TEXT_MAX - 1);
    memcpy(ret_text, tidy, size);
    ret_text[size] = '\0';
    return size;
}

bool name_is_valid(struct slice normalised) {
    size_t letters = 0;
    if (normalised.size > NAME_BYTES_MAX || !text_is_utf8(normalised)) return false;
    for (size_t i = 0; i < normalised.size; i++) {
        uint8_t byte = normalised.bytes[i];
        if (byte_is_digit(byte) || byte < 0x20 || byte == 0x7F) return false;
        bool first_of_character = (byte & 0xC0) != 0x80;
        if (byte_is_letter(byte) || (byte >= 0xC3 && first_of_character)) letters++; /* from U+00C0 on: letters of other scripts */
    }
    return letters >= LETTERS_MIN;
}
