/* Money: checked sums, one rounding rule, and the way people write amounts. No floating point may ever enter this file. */
#include "common/domain/rupiah.h"

#include "common/base/check.h"
#include "common/domain/text.h"


bool rupiah_add(rupiah a, rupiah b, rupiah *ret_sum) {
    rupiah sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *ret_sum = sum;
    return true;
}

bool rupiah_multiply(rupiah a, int64_t factor, rupiah *ret_product) {
    rupiah product = 0;
    if (__builtin_mul_overflow(a, factor, &product)) return false;
    *ret_product = product;
    return true;
}

rupiah rupiah_share(rupiah base, int64_t rate_ppm) {
    CHECK(base >= 0 && base <= RUPIAH_INPUT_MAX);
    CHECK(rate_ppm >= 0 && rate_ppm <= PPM);
    /* 10^14 x 10^6 does not fit into 64 bits: whole millions and the rest are multiplied apart, the sum is exact */
    uint64_t millions = (uint64_t)base / PPM, rest = (uint64_t)base % PPM;
    uint64_t share = millions * (uint64_t)rate_ppm + (rest * (uint64_t)rate_ppm + PPM / 2) / PPM;
    CHECK(share <= (uint64_t)base);
    return (rupiah)share;
}

/* "Rp", "Rp." or "IDR" in front. */
static struct slice without_currency(struct slice text) {
    static const char *const signs[] = {"Rp.", "Rp", "IDR"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t size = strlen(signs[i]);
        if (text.size > size && text_is(slice_of(text.bytes, size), signs[i]))
            return text_trim(slice_of(text.bytes + size, text.size - size));
    }
    return text;
}

/* ",-", ",00" or ".-" behind: no sen. */
static struct slice without_sen(struct slice text) {
    static const char *const tails[] = {",-", ".-", ",00"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        size_t size = strlen(tails[i]);
        if (text.size > size && slice_is(slice_of(text.bytes + text.size - size, size), tails[i]))
            return slice_of(text.bytes, text.size - size);
    }
    return text;
}

/* Digits with thousands marks: 1..3 digits before the first one, exactly three afterwards. */
static bool read_groups(struct slice text, const char *marks, rupiah *ret_amount, size_t *ret_marks) {
    rupiah amount = 0;
    size_t group = 0; /* digits since the last mark */
    *ret_marks = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.bytes[i];
        if (byte != '\0' && strchr(marks, byte) != NULL) {
            if (group == 0 || group > 3 || (*ret_marks > 0 && group != 3)) return false;
            ++*ret_marks;
            group = 0;
            continue;
        }
        if (!byte_is_digit(byte)) return false;
        if (!rupiah_multiply(amount, 10, &amount) || !rupiah_add(amount, byte - '0', &amount)) return false;
        group++;
    }
    if (group == 0 || (*ret_marks > 0 && group != 3)) return false;
    *ret_amount = amount;
    return true;
}

/* Commas as thousands marks, as a spreadsheet of another country writes them: two of them, or ".00" behind, leave no doubt; "16,800" alone may be less than seventeen rupiah. */
static bool read_foreign(struct slice text, rupiah *ret_amount) {
    static const char sen[] = ".00";
    const size_t size = sizeof sen - 1;
    const bool certain = text.size > size && slice_is(slice_of(text.bytes + text.size - size, size), sen);
    rupiah amount = 0;
    size_t marks = 0;
    if (!read_groups(slice_of(text.bytes, text.size - (certain ? size : 0)), ",", &amount, &marks) || (!certain && marks < 2)) return false;
    *ret_amount = amount;
    return true;
}

bool rupiah_parse(struct slice text, rupiah *ret_amount) {
    size_t marks = 0; /* any number of them is fine */
    text = without_currency(text_trim(text));
    return read_groups(without_sen(text), ". ", ret_amount, &marks) || read_foreign(text, ret_amount);
}

void rupiah_format(rupiah amount, char ret_text[32]) {
    char backwards[32];
    size_t size = 0, digits = 0;
    uint64_t rest = amount < 0 ? UINT64_C(0) - (uint64_t)amount : (uint64_t)amount;
    do {
        if (digits > 0 && digits % 3 == 0) backwards[size++] = '.';
        backwards[size++] = (char)('0' + rest % 10);
        rest /= 10;
        digits++;
    } while (rest > 0);
    char *to = ret_text;
    if (amount < 0) *to++ = '-';
    *to++ = 'R';
    *to++ = 'p';
    while (size > 0) *to++ = backwards[--size];
    *to = '\0';
}
