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

bool rupiah_parse(struct slice text, rupiah *ret_amount) {
    text = without_sen(without_currency(text_trim(text)));
    rupiah amount = 0;
    size_t group = 0;      /* digits since the last thousands mark */
    bool grouped = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.bytes[i];
        if (byte == '.' || byte == ' ') { /* a thousands mark: 1..3 digits before the first one, exactly three afterwards */
            if (group == 0 || group > 3 || (grouped && group != 3)) return false;
            grouped = true;
            group = 0;
            continue;
        }
        if (!byte_is_digit(byte)) return false;
        if (!rupiah_multiply(amount, 10, &amount) || !rupiah_add(amount, byte - '0', &amount)) return false;
        group++;
    }
    if (group == 0 || (grouped && group != 3)) return false;
    *ret_amount = amount;
    return true;
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
