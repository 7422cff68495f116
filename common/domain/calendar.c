/* Days and months by integer arithmetic. Days are counted from 1970-01-01 (H. Hinnant's algorithm for the proleptic Gregorian
 * calendar); nothing here asks the clock or the time zone, so a replay years later computes the same ages. */
#include "common/domain/calendar.h"

#include "common/base/check.h"
#include "common/domain/text.h"

enum { YEAR_MIN = 1900, YEAR_MAX = 2999, SECONDS_A_DAY = 86400 };

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static int days_in_month(int year, int month) {
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t to_count(int year, int month, int day) {
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static day_t from_count(int64_t count) {
    count += 719468;
    int64_t era = (count >= 0 ? count : count - 146096) / 146097;
    int64_t day_of_era = count - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * shifted + 2) / 5 + 1;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2);
    return day_make((int)year, (int)month, (int)day);
}

day_t day_make(int year, int month, int day) {
    if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12) return 0;
    if (day < 1 || day > days_in_month(year, month)) return 0;
    return (day_t)(year * 10000 + month * 100 + day);
}

bool day_is_valid(day_t day) { return day > 0 && day_make(day / 10000, day / 100 % 100, day % 100) == day; }

bool month_is_valid(month_t month) {
    return month / 100 >= YEAR_MIN && month / 100 <= YEAR_MAX && month % 100 >= 1 && month % 100 <= 12;
}

static bool digits(struct slice text, size_t at, size_t count, int *ret_number) {
    uint64_t number = 0;
    if (!text_number(slice_of(text.bytes + at, count), 9999, &number)) return false;
    *ret_number = (int)number;
    return true;
}

bool day_parse(struct slice text, day_t *ret_day) {
    enum { SIZE = 10 };
    text = text_trim(text);
    if (text.size != SIZE) return false;
    bool year_first = byte_is_digit(text.bytes[2]);
    size_t first = year_first ? 4 : 2, second = year_first ? 7 : 5;
    uint8_t separator = text.bytes[first];
    if ((separator != '-' && separator != '/' && separator != '.') || text.bytes[second] != separator) return false;
    int year = 0, month = 0, day = 0;
    if (!digits(text, year_first ? 0 : 6, 4, &year)) return false;
    if (!digits(text, year_first ? 5 : 3, 2, &month) || !digits(text, year_first ? 8 : 0, 2, &day)) return false;
    day_t made = day_make(year, month, day);
    if (made == 0) return false;
    *ret_day = made;
    return true;
}

bool day_parse_serial(struct slice text, day_t *ret_day) {
    enum { DIGITS = 5, SERIAL_MIN = 10000, SERIAL_MAX = 73050, SERIAL_OF_MARCH_1900 = 61 };
    uint64_t serial = 0;
    text = text_trim(text);
    if (text.size != DIGITS || !text_number(text, SERIAL_MAX, &serial) || serial < SERIAL_MIN) return false;
    *ret_day = day_add(19000301, (int32_t)serial - SERIAL_OF_MARCH_1900);
    return true;
}

bool month_parse(struct slice text, month_t *ret_month) {
    int year = 0, month = 0;
    text = text_trim(text);
    if (text.size != 7 || text.bytes[4] != '-') return false;
    if (!digits(text, 0, 4, &year) || !digits(text, 5, 2, &month)) return false;
    if (!month_is_valid(year * 100 + month)) return false;
    *ret_month = year * 100 + month;
    return true;
}

static void put_digits(char *to, int number, int count) {
    for (int i = count - 1; i >= 0; i--, number /= 10) to[i] = (char)('0' + number % 10);
}

void day_format(day_t day, char ret_text[11]) {
    CHECK(day >= 0 && day <= 99999999);
    put_digits(ret_text, day / 10000, 4);
    put_digits(ret_text + 5, day / 100 % 100, 2);
    put_digits(ret_text + 8, day % 100, 2);
    ret_text[4] = ret_text[7] = '-';
    ret_text[10] = '\0';
}

void month_format(month_t month, char ret_text[8]) {
    CHECK(month >= 0 && month <= 999999);
    put_digits(ret_text, month / 100, 4);
    put_digits(ret_text + 5, month % 100, 2);
    ret_text[4] = '-';
    ret_text[7] = '\0';
}

const char *month_short_id(month_t month) {
    static const char *const names[12] = {"Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"};
    CHECK(month_is_valid(month));
    return names[month_number(month) - 1];
}

const char *month_short_en(month_t month) {
    static const char *const names[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    CHECK(month_is_valid(month));
    return names[month_number(month) - 1];
}

static void format_words(day_t day, const char *const names[12], char ret_text[24]) {
    CHECK(day_is_valid(day));
    int number = day % 100;
    char *to = ret_text;
    if (number >= 10) *to++ = (char)('0' + number / 10);
    *to++ = (char)('0' + number % 10);
    *to++ = ' ';
    const char *name = names[day / 100 % 100 - 1];
    size_t size = strlen(name);
    memcpy(to, name, size);
    to += size;
    *to++ = ' ';
    put_digits(to, day / 10000, 4);
    to[4] = '\0';
}

void day_format_id(day_t day, char ret_text[24]) {
    static const char *const names[12] = {"Januari", "Februari", "Maret", "April", "Mei", "Juni",
                                          "Juli", "Agustus", "September", "Oktober", "November", "Desember"};
    format_words(day, names, ret_text);
}

void day_format_en(day_t day, char ret_text[24]) {
    static const char *const names[12] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
    format_words(day, names, ret_text);
}

day_t day_from_unix(int64_t seconds, int32_t offset_seconds) {
    int64_t local = seconds + offset_seconds;
    int64_t count = local / SECONDS_A_DAY - (local % SECONDS_A_DAY < 0);
    return from_count(count);
}

day_t day_of_business(int64_t unix_ms) { return day_from_unix(unix_ms / 1000, WIB_OFFSET_S); }

day_t day_add(day_t day, int32_t days) {
    CHECK(day_is_valid(day));
    return from_count(to_count(day / 10000, day / 100 % 100, day % 100) + days);
}

int32_t day_distance(day_t from, day_t to) {
    CHECK(day_is_valid(from) && day_is_valid(to));
    return (int32_t)(to_count(to / 10000, to / 100 % 100, to % 100) - to_count(from / 10000, from / 100 % 100, from % 100));
}

day_t month_first_day(month_t month) {
    CHECK(month_is_valid(month));
    return month * 100 + 1;
}

day_t month_last_day(month_t month) {
    CHECK(month_is_valid(month));
    return month * 100 + days_in_month(month / 100, month % 100);
}

month_t day_month(day_t day) { return day / 100; }

month_t month_add(month_t month, int32_t months) {
    CHECK(month_is_valid(month));
    int64_t count = (int64_t)month_count(month) + months;
    CHECK(count >= (int64_t)YEAR_MIN * 12 && count < (int64_t)(YEAR_MAX + 1) * 12);
    return month_of_count((int32_t)count);
}

int32_t month_distance(month_t from, month_t to) {
    CHECK(month_is_valid(from) && month_is_valid(to));
    return month_count(to) - month_count(from);
}

int month_year(month_t month) { return month / 100; }
int month_number(month_t month) { return month % 100; }

int age_at(day_t birth, day_t on) {
    CHECK(day_is_valid(birth) && day_is_valid(on));
    /* 29 February compares greater than 28 February and less than 1 March: the birthday of domain.md 3.2 without a special case */
    int years = on / 10000 - birth / 10000;
    return on % 10000 < birth % 10000 ? years - 1 : years;
}
