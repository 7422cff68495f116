/* Days, months and ages. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/calendar.h"

static void dates_are_read_as_people_write_them(void **state) {
    static const struct {
        const char *text;
        day_t day; /* 0 = refused */
    } cases[] = {{"2025-09-15", 20250915}, {"15-09-2025", 20250915}, {"15/09/2025", 20250915}, {"15.09.2025", 20250915}, {" 2025/09/15\r", 20250915},
                 {"29-02-2024", 20240229}, {"29-02-2025", 0},        {"31-04-2025", 0},        {"00-01-2025", 0},        {"2025-13-01", 0},
                 {"15-09-25", 0},          {"5-9-2025", 0},          {"15-09/2025", 0},        {"2025-09-15x", 0},       {"", 0},
                 {"1899-12-31", 0},        {"20250915", 0},          {"2025-9-015", 0},        {"+025-09-15", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        day_t day = 0;
        bool read = day_parse(slice_text(cases[i].text), &day);
        if (read != (cases[i].day != 0) || day != cases[i].day) fail_msg("'%s': %d", cases[i].text, day);
    }
    static const struct {
        const char *text;
        day_t day;
    } serials[] = {{"31000", 19841114}, {"32093", 19871112}, {"45915", 20250915}, {" 10000 ", 19270518}, {"73050", 20991231}, {"9999", 0}, {"73051", 0}, {"45915.5", 0}, {"0045915", 0}, {"1e4", 0}, {"", 0}};
    for (size_t i = 0; i < sizeof serials / sizeof serials[0]; i++) {
        day_t day = 0;
        bool read = day_parse_serial(slice_text(serials[i].text), &day);
        if (read != (serials[i].day != 0) || day != serials[i].day) fail_msg("'%s': %d", serials[i].text, day);
    }
    month_t month = 0;
    assert_true(month_parse(slice_text("2025-10"), &month) && month == 202510);
    assert_false(month_parse(slice_text("2025-00"), &month));
    assert_false(month_parse(slice_text("10-2025"), &month));
}

static void dates_are_written_in_both_forms(void **state) {
    char text[24];
    day_format(20250915, text);
    assert_string_equal(text, "2025-09-15");
    month_format(202510, text);
    assert_string_equal(text, "2025-10");
    day_format_en(20250501, text);
    assert_string_equal(text, "1 May 2025");
    assert_string_equal(month_short_en(202508), "Aug");
    assert_string_equal(month_short_id(202508), "Agu");
    day_format_id(20261119, text);
    assert_string_equal(text, "19 November 2026");
    day_format_id(20260501, text);
    assert_string_equal(text, "1 Mei 2026");
    day_format_id(20260930, text);
    assert_string_equal(text, "30 September 2026");
    assert_string_equal(month_short_id(202601), "Jan");
    assert_string_equal(month_short_id(202608), "Agu");
    assert_string_equal(month_short_id(202612), "Des");
}

static void someone_born_on_29_february_has_the_birthday_on_1_march(void **state) {
    assert_int_equal(age_at(19611122, 20261122), 65);
    assert_int_equal(age_at(19611123, 20261122), 64);
    assert_int_equal(age_at(20080229, 20250228), 16);
    assert_int_equal(age_at(20080229, 20250301), 17);
    assert_int_equal(age_at(20080229, 20280229), 20);
    assert_int_equal(age_at(20260101, 20251231), -1);
}

static void months_carry_over_the_year(void **state) {
    assert_int_equal(month_add(202510, 3), 202601);
    assert_int_equal(month_add(202601, -1), 202512);
    assert_int_equal(month_add(202510, 11), 202609);
    assert_int_equal(month_distance(202510, 202601), 3);
    assert_int_equal(month_distance(202601, 202510), -3);
    assert_int_equal(month_last_day(202402), 20240229);
    assert_int_equal(month_last_day(202609), 20260930);
    assert_int_equal(month_first_day(202609), 20260901);
    assert_int_equal(day_month(20260930), 202609);
}

static void every_day_of_a_thousand_years_follows_the_one_before(void **state) {
    day_t day = 19000101;
    int32_t count = 0;
    while (day < 29991231) {
        day_t next = day_add(day, 1);
        assert_true(day_is_valid(next) && next > day);
        day = next;
        count++;
    }
    assert_int_equal(count, day_distance(19000101, 29991231));
    assert_int_equal(count, 401766); /* 1100 years of 365 days, 267 leap days, less one */
}

static void a_moment_belongs_to_the_day_of_its_place(void **state) {
    assert_int_equal(day_from_unix(0, 0), 19700101);
    assert_int_equal(day_from_unix(-1, 0), 19691231);
    assert_int_equal(day_from_unix(1757955599, 7 * 3600), 20250915); /* 2025-09-15 16:59:59 UTC is 23:59:59 WIB */
    assert_int_equal(day_from_unix(1757955600, 7 * 3600), 20250916);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_are_read_as_people_write_them),
        cmocka_unit_test(dates_are_written_in_both_forms),
        cmocka_unit_test(someone_born_on_29_february_has_the_birthday_on_1_march),
        cmocka_unit_test(months_carry_over_the_year),
        cmocka_unit_test(every_day_of_a_thousand_years_follows_the_one_before),
        cmocka_unit_test(a_moment_belongs_to_the_day_of_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
