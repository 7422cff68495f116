/* When telephones are left alone: the edges of the night in the three zones of Indonesia, to the millisecond. */
#include "tests/unit/cmocka_all.h"

#include "services/notification/quiet.h"

enum { HOUR_MS = 3600 * 1000 };
#define DAY_MS (INT64_C(24) * HOUR_MS)
#define MIDNIGHT_UTC (INT64_C(20400) * DAY_MS)

static const struct quiet_hours night = {.from_hour = QUIET_FROM_HOUR, .to_hour = QUIET_TO_HOUR};

static void regions_are_in_their_zone(void **state) {
    static const struct { int32_t region; enum zone zone; } rows[] = {{1708, ZONE_WIB}, {1603, ZONE_WIB}, {3604, ZONE_WIB}, {6112, ZONE_WIB}, {6271, ZONE_WIB}, {5171, ZONE_WITA}, {6371, ZONE_WITA},
                                                                      {7371, ZONE_WITA}, {8171, ZONE_WIT}, {9471, ZONE_WIT}, {9671, ZONE_WIT}, {0, ZONE_UNKNOWN}, {9971, ZONE_UNKNOWN}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_int_equal(zone_of(rows[i].region), rows[i].zone);
}

static void every_province_is_in_one_zone(void **state) {
    int32_t provinces[64];
    int total = 0;
    for (enum zone zone = ZONE_WIB; zone < ZONE_UNKNOWN; zone++) {
        const int count = zone_provinces(zone, provinces);
        for (int i = 0; i < count; i++) assert_int_equal(zone_of(provinces[i] * 100 + 1), zone);
        total += count;
    }
    assert_int_equal(total, 38);
}

static void the_night_begins_and_ends_to_the_millisecond(void **state) {
    for (enum zone zone = ZONE_WIB; zone < ZONE_UNKNOWN; zone++) {
        const int64_t east_ms = (7 + (int64_t)zone) * HOUR_MS, evening = MIDNIGHT_UTC + 20 * (int64_t)HOUR_MS - east_ms, morning = MIDNIGHT_UTC + DAY_MS + 8 * (int64_t)HOUR_MS - east_ms;
        assert_int_equal(quiet_until_ms(&night, zone, evening - 1), 0);
        assert_int_equal(quiet_until_ms(&night, zone, evening), morning);
        assert_int_equal(quiet_until_ms(&night, zone, MIDNIGHT_UTC + DAY_MS - east_ms), morning);
        assert_int_equal(quiet_until_ms(&night, zone, morning - 1), morning);
        assert_int_equal(quiet_until_ms(&night, zone, morning), 0);
    }
}

static void an_unknown_region_is_left_alone_while_any_is(void **state) {
    const int64_t eight_wib = MIDNIGHT_UTC + 1 * (int64_t)HOUR_MS, eight_pm_wit = MIDNIGHT_UTC + 11 * (int64_t)HOUR_MS;
    assert_int_equal(quiet_until_ms(&night, ZONE_UNKNOWN, eight_wib), 0);
    assert_int_equal(quiet_until_ms(&night, ZONE_UNKNOWN, eight_wib - 1), eight_wib);
    assert_int_equal(quiet_until_ms(&night, ZONE_UNKNOWN, eight_pm_wit - 1), 0);
    assert_true(quiet_until_ms(&night, ZONE_UNKNOWN, eight_pm_wit) > eight_pm_wit);
}

static void hours_may_lie_within_a_day_or_be_none(void **state) {
    const struct quiet_hours noon = {.from_hour = 12, .to_hour = 13}, none = {.from_hour = 5, .to_hour = 5};
    const int64_t twelve = MIDNIGHT_UTC + 5 * (int64_t)HOUR_MS;
    assert_int_equal(quiet_until_ms(&noon, ZONE_WIB, twelve), twelve + HOUR_MS);
    assert_int_equal(quiet_until_ms(&noon, ZONE_WIB, twelve - 1), 0);
    assert_int_equal(quiet_until_ms(&noon, ZONE_WIB, twelve + HOUR_MS), 0);
    assert_int_equal(quiet_until_ms(&none, ZONE_WIB, twelve), 0);
}

static void who_needs_time_to_speak_falls_silent_earlier(void **state) {
    const int64_t evening = MIDNIGHT_UTC + 13 * (int64_t)HOUR_MS, morning = evening + 12 * (int64_t)HOUR_MS;
    assert_int_equal(quiet_within_ms(&night, ZONE_WIB, evening - 40001, 40000), 0);
    assert_int_equal(quiet_within_ms(&night, ZONE_WIB, evening - 40000, 40000), morning);
    assert_int_equal(quiet_within_ms(&night, ZONE_WIB, evening, 40000), morning);
    assert_int_equal(quiet_within_ms(&night, ZONE_WIB, morning - 1, 40000), morning);
    assert_int_equal(quiet_within_ms(&night, ZONE_WIB, morning, 40000), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_in_their_zone),
        cmocka_unit_test(every_province_is_in_one_zone),
        cmocka_unit_test(the_night_begins_and_ends_to_the_millisecond),
        cmocka_unit_test(an_unknown_region_is_left_alone_while_any_is),
        cmocka_unit_test(hours_may_lie_within_a_day_or_be_none),
        cmocka_unit_test(who_needs_time_to_speak_falls_silent_earlier),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
