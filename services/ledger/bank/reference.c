/* Finds invoice numbers and billing codes. What they are is billing.h's to say, and whether there is such an invoice the ledger's: here they are only looked for. It must never take
 * the number of a person for one of an invoice. */
#include "services/ledger/bank/reference.h"

#include "common/domain/nik.h"
#include "common/domain/text.h"

enum { REGION_DIGITS = 4, MONTH_DIGITS = 6, SEQUENCE_DIGITS_MAX = 6, BETWEEN_MAX = 4 };

static bool is_between(uint8_t byte) { return byte == ' ' || byte == '-' || byte == '.' || byte == '/' || byte == '_' || byte == ':' || byte == '#' || byte == '\n' || byte == '\t'; }

/* Takes `count` digits from *at on, passing over what stands between, but not more than BETWEEN_MAX of it in a row. */
static bool take_digits(struct slice text, size_t *at, size_t count, uint32_t *ret_number) {
    size_t taken = 0, between = 0;
    uint32_t number = 0;
    for (; *at < text.size && taken < count; (*at)++) {
        if (byte_is_digit(text.bytes[*at])) {
            number = number * 10 + (uint32_t)(text.bytes[*at] - '0');
            taken++;
            between = 0;
        } else if (!is_between(text.bytes[*at]) || ++between > BETWEEN_MAX) {
            return false;
        }
    }
    *ret_number = number;
    return taken == count;
}

static bool invoice_at(struct slice text, size_t at, char ret_text[INVOICE_NUMBER_MAX]) {
    uint32_t region = 0, month = 0, sequence = 0;
    size_t digits = 0, between = 0;
    if (text.size - at < 3 || !text_is(slice_of(text.bytes + at, 3), "INV")) return false;
    at += 3;
    if (!take_digits(text, &at, REGION_DIGITS, &region) || !take_digits(text, &at, MONTH_DIGITS, &month) || !month_is_valid((month_t)month)) return false;
    while (at < text.size && is_between(text.bytes[at]) && between++ < BETWEEN_MAX) at++;
    for (; at < text.size && byte_is_digit(text.bytes[at]) && digits <= SEQUENCE_DIGITS_MAX; at++, digits++) sequence = sequence * 10 + (uint32_t)(text.bytes[at] - '0');
    if (digits == 0 || digits > SEQUENCE_DIGITS_MAX || sequence == 0) return false;
    invoice_number_make(region, (month_t)month, (int32_t)sequence, ret_text);
    return true;
}

static bool invoice_find(struct slice text, char ret_text[INVOICE_NUMBER_MAX]) {
    for (size_t at = 0; at < text.size; at++)
        if ((text.bytes[at] | 32u) == 'i' && invoice_at(text, at, ret_text)) return true;
    return false;
}

/* Beside its check digits a code has the month of its invoice and a sequence: what is put together of other numbers hardly ever has. */
static bool is_code(const char code[BILLING_CODE_DIGITS]) {
    const struct slice digits = slice_of(code, BILLING_CODE_DIGITS);
    uint64_t month = 0, sequence = 0;
    return billing_code_is_valid(digits) && text_number(slice_of(code + REGION_DIGITS, MONTH_DIGITS), 999999, &month) && month_is_valid((month_t)month) &&
           text_number(slice_of(code + REGION_DIGITS + MONTH_DIGITS, SEQUENCE_DIGITS_MAX), INVOICE_SEQUENCE_MAX, &sequence) && sequence > 0;
}

static size_t run_at(struct slice text, size_t at) {
    size_t size = 0;
    while (at + size < text.size && byte_is_digit(text.bytes[at + size])) size++;
    return size;
}

/* A run of digits that begins at `at`, alone or with those that follow right behind an end of a line. */
static bool billing_at(struct slice text, size_t at, char ret_text[INVOICE_NUMBER_MAX]) {
    char code[BILLING_CODE_DIGITS + 1];
    size_t digits = 0;
    for (;;) {
        const size_t run = run_at(text, at);
        if (run == 0 || run == NIK_DIGITS || run > BILLING_CODE_DIGITS - digits) return false;
        memcpy(code + digits, text.bytes + at, run);
        digits += run;
        at += run;
        if (digits == BILLING_CODE_DIGITS) break;
        if (at >= text.size || text.bytes[at] != '\n') return false;
        at++;
    }
    if (!is_code(code)) return false;
    code[BILLING_CODE_DIGITS] = '\0';
    memcpy(ret_text, code, sizeof code);
    return true;
}

static bool billing_find(struct slice text, char ret_text[INVOICE_NUMBER_MAX]) {
    for (size_t at = 0; at < text.size; at++)
        if (byte_is_digit(text.bytes[at]) && (at == 0 || !byte_is_digit(text.bytes[at - 1])) && billing_at(text, at, ret_text)) return true;
    return false;
}

/* "1708 202510 000001 44": as a whole it is a code, too. */
static bool billing_whole(struct slice text, char ret_text[INVOICE_NUMBER_MAX]) {
    char known[INVOICE_NUMBER_MAX];
    for (size_t at = 0, run = 0; at < text.size; at += run + 1) {
        run = run_at(text, at);
        if (run == NIK_DIGITS) return false;
    }
    if (!reference_read(text, known) || !is_code(known)) return false;
    memcpy(ret_text, known, BILLING_CODE_DIGITS + 1);
    return true;
}

bool reference_find(struct slice reference, struct slice description, char ret_text[INVOICE_NUMBER_MAX]) {
    CHECK(ret_text != NULL);
    if (invoice_find(reference, ret_text) || invoice_find(description, ret_text) || billing_find(reference, ret_text) || billing_whole(reference, ret_text) ||
        billing_find(description, ret_text)) return true;
    ret_text[0] = '\0';
    return false;
}

/* ---- numbers of persons ---- */

bool number_is_plain(struct slice number) {
    size_t digits = 0;
    for (size_t at = 0; at < number.size; at++) {
        if (number.bytes[at] <= ' ' || number.bytes[at] > '~') return false;
        const size_t run = run_at(number, at);
        if (run == NIK_DIGITS && (at == 0 || !byte_is_digit(number.bytes[at - 1]))) return false;
        digits += run > 0;
    }
    return digits > 0;
}

static uint64_t figure(const uint8_t *digits) { return (uint64_t)(digits[0] - '0') * 10 + (uint64_t)(digits[1] - '0'); }

/* PP KK CC DD MM YY SSSS. No province begins with 4, and with 2 only 21: so a number that begins with a day of this century, 2025101000000001, is none. */
static bool is_nik(const uint8_t *digits) {
    enum { FEMALE_OFFSET = 40, DAYS_MAX = 31, MONTHS = 12, PROVINCE_MIN = 11, PROVINCE_OF_TWO = 21 };
    const uint64_t province = figure(digits), day = figure(digits + 6) % FEMALE_OFFSET, month = figure(digits + 8);
    if (province < PROVINCE_MIN || province / 10 == 4 || (province / 10 == 2 && province != PROVINCE_OF_TWO) || province % 10 == 0) return false;
    return figure(digits + 6) < 2 * FEMALE_OFFSET && day >= 1 && day <= DAYS_MAX && month >= 1 && month <= MONTHS;
}

bool number_holds_nik(struct slice number) {
    char whole[NIK_TEXT_MAX];
    for (size_t at = 0, run = 0; at < number.size; at += run + 1) {
        run = run_at(number, at);
        if (run == NIK_DIGITS && is_nik(number.bytes + at)) return true;
    }
    const struct slice text = slice_of(whole, nik_normalise(number, whole));
    return text.size == NIK_DIGITS && run_at(text, 0) == NIK_DIGITS && is_nik(text.bytes);
}
