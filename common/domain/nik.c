/* Reads and judges NIKs. Pure: the same text gives the same findings on every machine; nothing of a NIK is ever printed from here. */
#include "common/domain/nik.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { FEMALE_OFFSET = 40, FULL_WIDTH_BYTES = 3 };

/* U+FF10..U+FF19 are EF BC 90..99. */
static bool full_width_digit(struct slice raw, size_t at) {
    return raw.size - at >= FULL_WIDTH_BYTES && raw.bytes[at] == 0xEF && raw.bytes[at + 1] == 0xBC && raw.bytes[at + 2] >= 0x90 && raw.bytes[at + 2] <= 0x99;
}

size_t nik_normalise(struct slice raw, char ret_text[NIK_TEXT_MAX]) {
    size_t size = 0;
    for (size_t at = 0; at < raw.size && size < NIK_TEXT_MAX - 1;) {
        size_t space = text_space_at(raw, at);
        if (space > 0) {
            at += space;
        } else if (raw.bytes[at] == '.' || raw.bytes[at] == '-') {
            at++;
        } else if (full_width_digit(raw, at)) {
            ret_text[size++] = (char)('0' + (raw.bytes[at + 2] - 0x90));
            at += FULL_WIDTH_BYTES;
        } else {
            ret_text[size++] = (char)raw.bytes[at++];
        }
    }
    ret_text[size] = '\0';
    return size;
}

/* 1,70804E+15 after normalising, in the comma or the dot form: digits, an E, a '+' and digits. */
static bool looks_like_spreadsheet(struct slice text) {
    size_t at = 0;
    while (at < text.size && (byte_is_digit(text.bytes[at]) || text.bytes[at] == ',')) at++;
    if (at == 0 || at + 2 >= text.size) return false;
    return byte_lower(text.bytes[at]) == 'e' && text.bytes[at + 1] == '+' && byte_is_digit(text.bytes[at + 2]);
}

static int number_at(struct slice text, size_t at, size_t count) {
    int number = 0;
    for (size_t i = 0; i < count; i++) number = number * 10 + (text.bytes[at + i] - '0');
    return number;
}

/* The date a NIK tells: its century is that of the birth date given, else the one that makes an age of 0..99. 0 when there is none. */
static day_t date_of(int year, int month, int day, day_t birth_date, day_t as_of) {
    day_t earlier = day_make(1900 + year, month, day), later = day_make(2000 + year, month, day);
    if (earlier == 0 || later == 0) return earlier != 0 ? earlier : later; /* 29 February 1900 does not exist, 2000 does */
    if (birth_date != 0) return birth_date / 1000000 == 19 ? earlier : later;
    return later <= as_of ? later : earlier;
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
