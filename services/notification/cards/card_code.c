/* Bits to signs and back. It must never know a secret: the proof is made and compared elsewhere (card_register.h). */
#include "services/notification/cards/card_code.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { SIGN_BITS = 5, NUMBER_SIGNS = 6, PROOF_SIGNS = CARD_CODE_SIGNS - NUMBER_SIGNS, PROOF_BITS = PROOF_SIGNS * SIGN_BITS, GROUP_SIGNS = 4 };
_Static_assert(CARD_NUMBER_MAX == (1 << NUMBER_SIGNS * SIGN_BITS) - 1, "the number fills its signs");
static const char signs[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

uint64_t card_proof(struct id keyed) {
    uint64_t proof = 0;
    for (int i = 0; i < 8; i++) proof = proof << 8 | keyed.bytes[i];
    return proof >> (64 - PROOF_BITS);
}

static void put_signs(uint64_t value, int count, char *text) {
    for (int i = count - 1; i >= 0; i--) {
        text[i] = signs[value & 31];
        value >>= SIGN_BITS;
    }
    CHECK(value == 0);
}

void card_code_format(struct card_code code, char ret_text[CARD_CODE_TEXT]) {
    CHECK(code.number >= 1 && code.number <= CARD_NUMBER_MAX);
    put_signs(code.number, NUMBER_SIGNS, ret_text);
    put_signs(code.proof, PROOF_SIGNS, ret_text + NUMBER_SIGNS);
    ret_text[CARD_CODE_SIGNS] = '\0';
}

void card_code_show(struct card_code code, char ret_text[CARD_CODE_SHOWN]) {
    char text[CARD_CODE_TEXT], *at = ret_text;
    card_code_format(code, text);
    for (int i = 0; i < CARD_CODE_SIGNS; i++) {
        if (i > 0 && i % GROUP_SIGNS == 0) *at++ = '-';
        *at++ = text[i];
    }
    *at = '\0';
}

/* The value of a sign as people type it, 32 for none. */
static uint64_t value_of(uint8_t byte) {
    uint8_t sign = byte_is_letter(byte) ? (uint8_t)(byte & ~32u) : byte;
    if (sign == 'O') sign = '0';
    if (sign == 'I' || sign == 'L') sign = '1';
    const char *at = sign == '\0' ? NULL : strchr(signs, sign);
    return at != NULL ? (uint64_t)(at - signs) : 32;
}

bool card_code_parse(struct slice text, struct card_code *ret_code) {
    struct card_code code = {0};
    int count = 0;
    if (text.size > CARD_CODE_TYPED_MAX) return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '-' || text.bytes[i] == ' ') continue;
        const uint64_t value = value_of(text.bytes[i]);
        if (value > 31 || count == CARD_CODE_SIGNS) return false;
        if (count < NUMBER_SIGNS) code.number = code.number << SIGN_BITS | (uint32_t)value;
        else code.proof = code.proof << SIGN_BITS | value;
        count++;
    }
    if (count != CARD_CODE_SIGNS || code.number == 0) return false;
    *ret_code = code;
    return true;
}
