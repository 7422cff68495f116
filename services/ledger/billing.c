/* Numbers and billing codes made and read. It must never guess: a reference that is not exactly one of the two forms is unknown, and goes to a person's work list. */
#include "services/ledger/billing.h"

#include <stdio.h>

#include "common/domain/text.h"

enum { CHECK_DIGITS = 2, PLAIN_DIGITS = BILLING_CODE_DIGITS - CHECK_DIGITS, REGION_DIGITS = 4, MONTH_DIGITS = 6, SEQUENCE_DIGITS_MIN = 4, SEQUENCE_DIGITS_MAX = 6, MODULUS = 97 };
_Static_assert(PLAIN_DIGITS == REGION_DIGITS + MONTH_DIGITS + SEQUENCE_DIGITS_MAX, "a billing code is region, month and sequence with check digits");

static void check_figures(uint32_t region, month_t month, int32_t sequence) {
    CHECK(region <= 9999 && month_is_valid(month) && sequence >= 1 && sequence <= INVOICE_SEQUENCE_MAX);
}

void invoice_number_make(uint32_t region, month_t month, int32_t sequence, char ret_number[INVOICE_NUMBER_MAX]) {
    check_figures(region, month, sequence);
    const int wrote = snprintf(ret_number, INVOICE_NUMBER_MAX, "INV-%04u-%06d-%04d", (unsigned)region, (int)month, (int)sequence);
    CHECK(wrote > 0 && wrote < INVOICE_NUMBER_MAX);
}

static uint32_t remainder_of(const char *digits, size_t size) {
    uint32_t remainder = 0;
    for (size_t i = 0; i < size; i++) remainder = (remainder * 10 + (uint32_t)(digits[i] - '0')) % MODULUS;
    return remainder;
}

void billing_code_make(uint32_t region, month_t month, int32_t sequence, char ret_code[BILLING_CODE_DIGITS + 1]) {
    check_figures(region, month, sequence);
    char code[48];
    int wrote = snprintf(code, sizeof code, "%04u%06d%06d", (unsigned)region, (int)month, (int)sequence);
    CHECK(wrote == PLAIN_DIGITS);
    const uint32_t check = MODULUS + 1 - remainder_of(code, PLAIN_DIGITS) * 100 % MODULUS;
    wrote = snprintf(code + PLAIN_DIGITS, sizeof code - PLAIN_DIGITS, "%02u", (unsigned)check);
    CHECK(wrote == CHECK_DIGITS);
    memcpy(ret_code, code, BILLING_CODE_DIGITS + 1);
}

bool billing_code_is_valid(struct slice digits) {
    if (digits.size != BILLING_CODE_DIGITS) return false;
    for (size_t i = 0; i < digits.size; i++)
        if (!byte_is_digit(digits.bytes[i])) return false;
    return remainder_of((const char *)digits.bytes, digits.size) == 1;
}

/* ---- A reference read back -------------------------------------------------------------------------------------------------------------------- */

static bool is_ornament(uint8_t byte) { return byte == '.' || byte == '-' || byte == '/'; }

/* Letters (made large) and digits without what stands in between. False when there is anything else, or too much. */
static bool bare(struct slice reference, char ret_bare[INVOICE_NUMBER_MAX], size_t *ret_size) {
    size_t size = 0;
    for (size_t at = 0; at < reference.size;) {
        const uint8_t byte = reference.bytes[at];
        const size_t space = text_space_at(reference, at);
        at += space > 0 ? space : 1;
        if (space > 0 || is_ornament(byte)) continue;
        if ((!byte_is_digit(byte) && !byte_is_letter(byte)) || size == INVOICE_NUMBER_MAX - 1) return false;
        ret_bare[size++] = (char)(byte_is_letter(byte) ? byte & ~0x20u : byte);
    }
    ret_bare[size] = '\0';
    *ret_size = size;
    return true;
}

static bool read_figures(struct slice digits, uint64_t most, int32_t *ret_number) {
    uint64_t number;
    if (!text_number(digits, most, &number)) return false;
    *ret_number = (int32_t)number;
    return true;
}

static bool read_number(struct slice digits, char ret_known[INVOICE_NUMBER_MAX]) {
    enum { SHORTEST = REGION_DIGITS + MONTH_DIGITS + SEQUENCE_DIGITS_MIN, LONGEST = REGION_DIGITS + MONTH_DIGITS + SEQUENCE_DIGITS_MAX };
    int32_t region, month, sequence;
    if (digits.size < SHORTEST || digits.size > LONGEST) return false;
    const struct slice tail = slice_of(digits.bytes + REGION_DIGITS + MONTH_DIGITS, digits.size - REGION_DIGITS - MONTH_DIGITS);
    if (!read_figures(slice_of(digits.bytes, REGION_DIGITS), 9999, &region) || !read_figures(slice_of(digits.bytes + REGION_DIGITS, MONTH_DIGITS), 999999, &month) ||
        !read_figures(tail, INVOICE_SEQUENCE_MAX, &sequence) || !month_is_valid(month) || sequence < 1) return false;
    invoice_number_make((uint32_t)region, month, sequence, ret_known);
    return true;
}

bool reference_read(struct slice reference, char ret_known[INVOICE_NUMBER_MAX]) {
    char text[INVOICE_NUMBER_MAX], known[INVOICE_NUMBER_MAX];
    size_t size;
    if (!bare(reference, text, &size)) return false;
    if (size > 3 && memcmp(text, "INV", 3) == 0) {
        if (!read_number(slice_of(text + 3, size - 3), known)) return false;
    } else {
        if (!billing_code_is_valid(slice_of(text, size))) return false;
        memcpy(known, text, size + 1);
    }
    memcpy(ret_known, known, sizeof known);
    return true;
}

/* ---- What may be shown -------------------------------------------------------------------------------------------------------------------------- */

/* A run of 9 to 17 digits may be a phone, an account or a population number; a billing code is longer, the figures of an invoice are shorter. */
static bool may_show(struct slice word) {
    enum { SUSPICIOUS_MIN = 9, SUSPICIOUS_MAX = BILLING_CODE_DIGITS - 1 };
    size_t run = 0, digits = 0;
    for (size_t i = 0; i <= word.size; i++) {
        const bool digit = i < word.size && byte_is_digit(word.bytes[i]);
        if (!digit && run >= SUSPICIOUS_MIN && run <= SUSPICIOUS_MAX) return false;
        if (i < word.size && (word.bytes[i] < 0x21 || word.bytes[i] > 0x7e)) return false;
        run = digit ? run + 1 : 0;
        digits += digit;
    }
    return digits > 0;
}

void reference_show(struct slice reference, char ret_shown[REFERENCE_SHOWN_MAX]) {
    static const char hidden[] = "...";
    size_t used = 0;
    bool was_hidden = false;
    struct slice rest = reference, word;
    while (rest.bytes != NULL && text_split(&rest, ' ', &word)) {
        if (word.size == 0) continue;
        const bool shown = may_show(word);
        if (!shown && was_hidden) continue;
        const struct slice put = shown ? word : slice_text(hidden);
        if (used + put.size + 2 > REFERENCE_SHOWN_MAX) break;
        if (used > 0) ret_shown[used++] = ' ';
        memcpy(ret_shown + used, put.bytes, put.size);
        used += put.size;
        was_hidden = !shown;
    }
    ret_shown[used] = '\0';
}
