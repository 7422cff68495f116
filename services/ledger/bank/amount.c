/* Amounts and days of bank files. A text that could be meant in two ways is refused, never guessed: the caller puts it on the work list. */
#include "services/ledger/bank/amount.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { AMOUNT_TEXT_MAX = 64, GROUP_DIGITS = 3, SEN_DIGITS_MAX = 4, SEN = 100 };

static struct slice without_front(struct slice text, size_t size) { return slice_of(text.bytes + size, text.size - size); }

static bool begins(struct slice text, const char *word) {
    const size_t size = strlen(word);
    return text.size >= size && text_is(slice_of(text.bytes, size), word);
}

static bool ends(struct slice text, const char *word) {
    const size_t size = strlen(word);
    return text.size >= size && text_is(slice_of(text.bytes + text.size - size, size), word);
}

/* ---- what stands around the digits ---- */

struct word {
    const char *text;
    enum amount_mark mark;
};
static const struct word around[] = {{"CR", MARK_CREDIT}, {"DB", MARK_DEBIT}, {"DR", MARK_DEBIT}, {"K", MARK_CREDIT}, {"C", MARK_CREDIT}, {"D", MARK_DEBIT},
                                     {"IDR", MARK_NONE},  {"Rp.", MARK_NONE}, {"Rp", MARK_NONE},  {"'", MARK_NONE}};
enum { AROUND_COUNT = sizeof around / sizeof *around, PEELS_MAX = 6 };

static bool peel_once(struct slice *text, struct amount *amount, bool *negative) {
    *text = text_trim(*text);
    for (size_t i = 0; i < AROUND_COUNT; i++) {
        const size_t size = strlen(around[i].text);
        const bool front = begins(*text, around[i].text), behind = !front && ends(*text, around[i].text);
        if (!front && !behind) continue;
        *text = front ? without_front(*text, size) : slice_of(text->bytes, text->size - size);
        if (around[i].mark != MARK_NONE) amount->mark = around[i].mark;
        return true;
    }
    if (ends(*text, ",-") || ends(*text, ".-")) return text->size -= 2, true; /* no sen */
    const bool minus_front = begins(*text, "-"), minus_behind = ends(*text, "-"), brackets = begins(*text, "(") && ends(*text, ")") && text->size >= 2;
    if (begins(*text, "+")) return *text = without_front(*text, 1), true;
    if ((!minus_front && !minus_behind && !brackets) || *negative) return false;
    *negative = true;
    *text = minus_front ? without_front(*text, 1) : brackets ? slice_of(text->bytes + 1, text->size - 2) : slice_of(text->bytes, text->size - 1);
    return true;
}

/* ---- the digits ---- */

struct shape {
    size_t separators[2]; /* how many '.', ',' */
    size_t last;          /* place of the last separator; size of the text when there is none */
};

static bool shape_of(struct slice text, struct shape *ret_shape) {
    struct shape shape = {.last = text.size};
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '.' || text.bytes[i] == ',') {
            shape.separators[text.bytes[i] == ',']++;
            shape.last = i;
        } else if (!byte_is_digit(text.bytes[i]) && text.bytes[i] != ' ') {
            return false;
        }
    }
    *ret_shape = shape;
    return true;
}

/* Where the sen begin (the place of their separator); the size of the text when there are none. False: it can't be told. */
static bool find_sen(struct slice text, const struct shape *shape, size_t *ret_at) {
    const size_t all = shape->separators[0] + shape->separators[1];
    const size_t behind = all > 0 ? text.size - shape->last - 1 : 0;
    *ret_at = text.size;
    if (all == 0) return true;
    const size_t of_last = shape->separators[text.bytes[shape->last] == ','];
    const bool two_kinds = of_last < all;
    if (two_kinds && of_last > 1) return false;                        /* 1.000,000,000 */
    if (!two_kinds && (of_last > 1 || behind == GROUP_DIGITS)) return true; /* thousands only */
    *ret_at = shape->last;
    return behind <= SEN_DIGITS_MAX && (two_kinds || behind < GROUP_DIGITS);
}

/* Whole rupiah before `end`, in groups of three where there are groups. */
static enum amount_reading read_whole(struct slice text, size_t end, uint64_t *ret_whole) {
    size_t group = 0;
    bool grouped = false, beyond = false;
    uint64_t whole = 0;
    for (size_t i = 0; i < end; i++) {
        if (!byte_is_digit(text.bytes[i])) {
            if (group == 0 || group > GROUP_DIGITS || (grouped && group != GROUP_DIGITS)) return AMOUNT_UNREADABLE;
            grouped = true;
            group = 0;
            continue;
        }
        group++;
        if (!beyond) whole = whole * 10 + (uint64_t)(text.bytes[i] - '0');
        beyond = beyond || whole > (uint64_t)RUPIAH_INPUT_MAX;
    }
    if (group == 0 || (grouped && group != GROUP_DIGITS)) return AMOUNT_UNREADABLE;
    *ret_whole = whole;
    return beyond ? AMOUNT_BEYOND : AMOUNT_READ;
}

static enum amount_reading read_digits(struct slice text, uint64_t *ret_whole, uint64_t *ret_sen) {
    struct shape shape;
    size_t sen_at = 0;
    if (!shape_of(text, &shape) || !find_sen(text, &shape, &sen_at)) return AMOUNT_UNREADABLE;
    const enum amount_reading reading = read_whole(text, sen_at, ret_whole);
    if (reading != AMOUNT_READ || sen_at == text.size) return reading;
    bool rest = false;
    for (size_t i = sen_at + 1, place = 10; i < text.size; i++, place /= 10) {
        if (!byte_is_digit(text.bytes[i])) return AMOUNT_UNREADABLE;
        *ret_sen += (uint64_t)(text.bytes[i] - '0') * place;
        rest = rest || (place == 0 && text.bytes[i] != '0');
    }
    return *ret_sen != 0 || rest ? AMOUNT_WITH_SEN : AMOUNT_READ;
}

struct amount amount_read(struct slice text) {
    struct amount amount = {.reading = AMOUNT_EMPTY};
    bool negative = false;
    text = text_trim(text);
    if (text.size == 0 || slice_is(text, "-")) return amount;
    amount.reading = AMOUNT_UNREADABLE;
    for (int i = 0; i < PEELS_MAX && text.size > 0; i++)
        if (!peel_once(&text, &amount, &negative)) break;
    text = text_trim(text);
    uint64_t whole = 0, sen = 0;
    amount.reading = read_digits(text, &whole, &sen);
    if (amount.reading == AMOUNT_UNREADABLE) amount.mark = MARK_NONE; /* letters of a word */
    if (amount.reading != AMOUNT_READ && amount.reading != AMOUNT_WITH_SEN) return amount;
    CHECK(whole <= (uint64_t)RUPIAH_INPUT_MAX && sen < SEN);
    const int64_t sign = negative ? -1 : 1;
    amount.amount = sign * (int64_t)whole;
    amount.sen = sign * ((int64_t)whole * SEN + (int64_t)sen);
    return amount;
}

/* ---- days ---- */

static const char *const month_names[12][4] = {
    {"jan", "januari", "january", ""},  {"feb", "februari", "february", "peb"}, {"mar", "maret", "march", ""},          {"apr", "april", "", ""},
    {"mei", "may", "", ""},             {"jun", "juni", "june", ""},            {"jul", "juli", "july", ""},            {"agu", "agustus", "aug", "august"},
    {"sep", "september", "sept", ""},   {"okt", "oktober", "oct", "october"},   {"nov", "november", "nop", "nopember"}, {"des", "desember", "dec", "december"},
};

static int month_of_name(struct slice text) {
    for (int month = 0; month < 12; month++)
        for (int i = 0; i < 4; i++)
            if (month_names[month][i][0] != '\0' && text_is(text, month_names[month][i])) return month + 1;
    return 0;
}

enum { DAY_PARTS = 3, CENTURY = 2000 };

/* Day, month and year between separators; digits or, in the middle, a name. */
static bool day_of_parts(struct slice text, day_t *ret_day) {
    struct slice parts[DAY_PARTS] = {{0}};
    size_t count = 0, from = 0;
    for (size_t i = 0; i <= text.size; i++) {
        const bool inside = i < text.size && (byte_is_digit(text.bytes[i]) || byte_is_letter(text.bytes[i]));
        if (inside) continue;
        if (i > from && count == DAY_PARTS) return false;
        if (i > from) parts[count++] = slice_of(text.bytes + from, i - from);
        from = i + 1;
    }
    uint64_t day = 0, month = 0, year = 0;
    if (count != DAY_PARTS || !text_number(parts[0], 31, &day) || !text_number(parts[2], 2999, &year)) return false;
    if (!text_number(parts[1], 12, &month)) month = (uint64_t)month_of_name(parts[1]);
    if (parts[2].size == 2) year += CENTURY;
    else if (parts[2].size != 4) return false;
    const day_t made = day_make((int)year, (int)month, (int)day);
    if (made == 0) return false;
    *ret_day = made;
    return true;
}

/* Where a time begins: at 'T' between digits, or at a blank behind which a ':' follows within two digits. */
static struct slice without_time(struct slice text) {
    for (size_t i = 6; i < text.size; i++) {
        const bool letter = (text.bytes[i] == 'T' || text.bytes[i] == 't') && byte_is_digit(text.bytes[i - 1]) && i + 1 < text.size && byte_is_digit(text.bytes[i + 1]);
        const bool blank = text.bytes[i] == ' ' && i + 3 < text.size && byte_is_digit(text.bytes[i + 1]) && (text.bytes[i + 2] == ':' || text.bytes[i + 3] == ':');
        if (letter || blank) return slice_of(text.bytes, i);
    }
    return text;
}

bool bank_day_read(struct slice text, day_t *ret_day) {
    enum { PLAIN_DIGITS = 8 };
    text = text_trim(text);
    if (text.size > 0 && text.bytes[0] == '\'') text = without_front(text, 1);
    text = text_trim(without_time(text));
    if (text.size > AMOUNT_TEXT_MAX) return false;
    uint64_t number = 0;
    if (text.size == PLAIN_DIGITS && text_number(text, 29991231, &number)) {
        if (!day_is_valid((day_t)number)) return false;
        *ret_day = (day_t)number;
        return true;
    }
    return day_parse(text, ret_day) || day_of_parts(text, ret_day);
}
