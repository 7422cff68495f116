/* Brings mobile numbers into one form. It judges only the form; whether somebody answers is not known here. */
#include "common/domain/phone.h"

#include "common/domain/text.h"

enum { REST_MIN = 7, REST_MAX = 11, DIGITS_MAX = REST_MAX + 3 };

/* The digits, without marks; *ret_plus when a '+' stands first. 0 when anything else is in it or it is too long. */
static size_t digits_of(struct slice raw, char ret_digits[DIGITS_MAX], bool *ret_plus) {
    size_t count = 0;
    *ret_plus = raw.size > 0 && raw.bytes[0] == '+';
    for (size_t at = *ret_plus ? 1 : 0; at < raw.size;) {
        size_t space = text_space_at(raw, at);
        uint8_t byte = raw.bytes[at];
        at += space > 0 ? space : 1;
        if (space > 0 || byte == '-' || byte == '.' || byte == '(' || byte == ')') continue;
        if (!byte_is_digit(byte) || count == DIGITS_MAX) return 0;
        ret_digits[count++] = (char)byte;
    }
    return count;
}

bool phone_normalise(struct slice raw, char ret_text[PHONE_TEXT_MAX]) {
    char digits[DIGITS_MAX];
    bool plus = false;
    ret_text[0] = '\0';
    size_t count = digits_of(text_trim(raw), digits, &plus);
    size_t lead = 0; /* digits before the 8 */
    if (count > 2 && digits[0] == '6' && digits[1] == '2') lead = 2;
    else if (plus) return false;
    else if (count > 1 && digits[0] == '0') lead = 1;
    if (count <= lead + 1 || digits[lead] != '8') return false;
    size_t rest = count - lead - 1;
    if (rest < REST_MIN || rest > REST_MAX) return false;
    memcpy(ret_text, "+628", 4);
    memcpy(ret_text + 4, digits + lead + 1, rest);
    ret_text[4 + rest] = '\0';
    return true;
}
