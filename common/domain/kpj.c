/* Reads the number of a member. */
#include "common/domain/kpj.h"

#include "common/domain/text.h"

bool kpj_parse(struct slice text, char ret_kpj[KPJ_TEXT]) {
    char digits[KPJ_TEXT] = "";
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.bytes[i];
        if (byte == ' ' || byte == '-' || byte == '.') continue;
        if (!byte_is_digit(byte) || count == KPJ_DIGITS) return false;
        digits[count++] = (char)byte;
    }
    if (count != KPJ_DIGITS) return false;
    memcpy(ret_kpj, digits, KPJ_TEXT);
    return true;
}
