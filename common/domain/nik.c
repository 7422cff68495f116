/* Reads and judges NIKs. Pure: the same text gives the same findings on every machine; nothing of a NIK is ever printed from here. */
#include "common/domain/nik.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { FEMALE_OFFSET = 40, WIDE_BYTES = 3, EXPONENT_MAX = 99, SHOWN_FIRST = 6, SHOWN_LAST = 4 };

/* U+FF10..U+FF19 are EF BC 90..99. */
static bool full_width_digit(struct slice raw, size_t at) {
    return raw.size - at >= WIDE_BYTES && raw.bytes[at] == 0xEF && raw.bytes[at + 1] == 0xBC && raw.bytes[at + 2] >= 0x90 && raw.bytes[at + 2] <= 0x99;
}

/* How many bytes of dot or dash stand at `at`, 0 when none: '.' and '-', and the dashes that word processors put in their place (U+2010..U+2015, U+2212). */
static size_t joint_at(struct slice raw, size_t at) {
    if (raw.bytes[at] == '.' || raw.bytes[at] == '-') return 1;
    if (raw.size - at < WIDE_BYTES || raw.bytes[at] != 0xE2) return 0;
    const bool dash = raw.bytes[at + 1] == 0x80 && raw.bytes[at + 2] >= 0x90 && raw.bytes[at + 2] <= 0x95;
    const bool minus = raw.bytes[at + 1] == 0x88 && raw.bytes[at + 2] == 0x92;
    return dash || minus ? WIDE_BYTES : 0;
}

size_t nik_normalise(struct slice raw, char ret_text[NIK_TEXT_MAX]) {
    size_t size = 0;
    for (size_t at = 0; at < raw.size && size < NIK_TEXT_MAX - 1;) {
        const size_t space = text_space_at(raw, at), joint = joint_at(raw, at);
        if (space + joint > 0) {
            at += space + joint; /* one of them is 0 */
        } else if (full_width_digit(raw, at)) {
            ret_text[size++] = (char)('0' + (raw.bytes[at + 2] - 0x90));
            at += WIDE_BYTES;
        } else {
            ret_text[size++] = (char)raw.bytes[at++];
        }
    }
    ret_text[size] = '\0';
    return size;
}

/* 1,70804E+15 after normalising, in the comma or the dot form, with or without the plus: digits and commas, an E and one or two digits. */
static bool looks_like_spreadsheet(struct slice text) {
    size_t at = 0;
    while (at < text.size && (byte_is_digit(text.bytes[at]) || text.bytes[at] == ',')) at++;
    if (at == 0 || at == text.size || byte_lower(text.bytes[at]) != 'e') return false;
    at++;
    if (at < text.size && text.bytes[at] == '+') at++;
    uint64_t exponent = 0;
    return text_number(slice_of(text.bytes + at, text.size - at), EXPONENT_MAX, &exponent);
}

static int number_at(struct slice text, size_t at, size_t count) {
    int number = 0;
    for (size_t i = 0; i < count; i++) number = number * 10 + (text.bytes[at + i] - '0');
    return number;
}

/* The date a NIK tells: its century is that of the birth date given, else the one that makes an age of 0..99; nobody is born after as_of. 0 when there is none. */
static day_t date_of(int year, int month, int day, day_t birth_date, day_t as_of) {
    day_t earlier = day_make(1900 + year, month, day), later = day_make(2000 + year, month, day);
    if (earlier == 0) return later; /* no such date, or 29 February 1900, which does not exist though that of 2000 does */
    const bool given_earlier = birth_date != 0 && birth_date / 1000000 == 19;
    return given_earlier || later > as_of ? earlier : later;
}

static void check_date(struct slice nik, day_t birth_date, enum sex sex, day_t as_of, struct nik_facts *facts) {
    int day = number_at(nik, 6, 2), month = number_at(nik, 8, 2), year = number_at(nik, 10, 2);
    enum sex told = day > FEMALE_OFFSET ? SEX_FEMALE : SEX_MALE;
    day_t date = date_of(year, month, told == SEX_FEMALE ? day - FEMALE_OFFSET : day, birth_date, as_of);
    if (date == 0) {
        facts->findings = code_set_with(facts->findings, CODE_E04);
        return;
    }
    facts->birth_date = date;
    facts->sex = told;
    if (birth_date != 0 && birth_date != date) facts->findings = code_set_with(facts->findings, CODE_W06);
    if (sex != SEX_NONE && sex != told) facts->findings = code_set_with(facts->findings, CODE_W07);
}

void nik_check(struct slice normalised, day_t birth_date, enum sex sex, day_t as_of, const struct region_table *regions, struct nik_facts *ret_facts) {
    CHECK(birth_date == 0 || day_is_valid(birth_date));
    CHECK(day_is_valid(as_of));
    *ret_facts = (struct nik_facts){0};
    bool digits_only = true;
    for (size_t i = 0; i < normalised.size; i++) digits_only = digits_only && byte_is_digit(normalised.bytes[i]);
    if (!digits_only || normalised.size != NIK_DIGITS) {
        ret_facts->findings = code_set_with(ret_facts->findings, digits_only ? CODE_E01 : CODE_E02);
        ret_facts->spreadsheet_damage = looks_like_spreadsheet(normalised);
        return;
    }
    ret_facts->region = (uint32_t)number_at(normalised, 0, 6);
    enum region_standing standing = region_standing(regions, ret_facts->region);
    if (standing == REGION_KNOWN && ret_facts->region % 100 == 0) standing = REGION_NO_DISTRICT; /* CC 00 is no district */
    if (standing == REGION_UNKNOWN) ret_facts->findings = code_set_with(ret_facts->findings, CODE_E03);
    else if (standing != REGION_KNOWN) ret_facts->findings = code_set_with(ret_facts->findings, CODE_W03);
    check_date(normalised, birth_date, sex, as_of, ret_facts);
    if (number_at(normalised, 12, 4) == 0) ret_facts->findings = code_set_with(ret_facts->findings, CODE_E05);
}

void nik_mask(struct slice normalised, char ret_text[NIK_DIGITS + 1]) {
    bool whole = normalised.size == NIK_DIGITS;
    for (size_t i = 0; i < normalised.size; i++) whole = whole && byte_is_digit(normalised.bytes[i]);
    const size_t size = normalised.size < NIK_DIGITS ? normalised.size : NIK_DIGITS;
    for (size_t i = 0; i < size; i++) {
        const bool shown = whole && (i < SHOWN_FIRST || i >= NIK_DIGITS - SHOWN_LAST);
        ret_text[i] = shown ? (char)normalised.bytes[i] : '*';
    }
    ret_text[size] = '\0';
}

void nik_make(uint32_t region, day_t birth_date, enum sex sex, int serial, char ret_text[NIK_DIGITS + 1]) {
    CHECK(region >= 110000 && region <= 999999);
    CHECK(day_is_valid(birth_date) && (sex == SEX_MALE || sex == SEX_FEMALE));
    CHECK(serial >= 1 && serial <= 9999);
    uint64_t day = (uint64_t)(birth_date % 100) + (sex == SEX_FEMALE ? FEMALE_OFFSET : 0);
    uint64_t month = (uint64_t)(birth_date / 100 % 100), year = (uint64_t)(birth_date / 10000 % 100);
    uint64_t number = ((((uint64_t)region * 100 + day) * 100 + month) * 100 + year) * 10000 + (uint64_t)serial;
    for (int i = NIK_DIGITS - 1; i >= 0; i--, number /= 10) ret_text[i] = (char)('0' + number % 10);
    ret_text[NIK_DIGITS] = '\0';
}
