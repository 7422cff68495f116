/* The clock on the person's wall. It must not look at a clock of its own. */
#include "services/notification/quiet.h"

#include "common/base/check.h"

enum { HOUR_MS = 3600 * 1000, DAY_HOURS = 24, FIRST_EAST = 7 };

static const struct { int32_t province; int east; } rows[] = {
#define ZONE(province, east) {province, east},
#include "services/notification/zones.def"
#undef ZONE
};
_Static_assert(sizeof rows / sizeof *rows <= 64, "zone_provinces has room for all");

enum zone zone_of(int32_t region) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].province == region / 100) return (enum zone)(rows[i].east - FIRST_EAST);
    return ZONE_UNKNOWN;
}

int zone_provinces(enum zone zone, int32_t ret_provinces[64]) {
    int count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].east - FIRST_EAST == (int)zone) ret_provinces[count++] = rows[i].province;
    return count;
}

static int64_t until_in(const struct quiet_hours *hours, int64_t east, int64_t now_ms) {
    const int64_t local_ms = now_ms + east * HOUR_MS, day_ms = (int64_t)DAY_HOURS * HOUR_MS, of_day_ms = local_ms % day_ms;
    const int64_t from_ms = (int64_t)hours->from_hour * HOUR_MS, to_ms = (int64_t)hours->to_hour * HOUR_MS;
    const bool is_quiet = from_ms < to_ms ? of_day_ms >= from_ms && of_day_ms < to_ms : of_day_ms >= from_ms || of_day_ms < to_ms;
    if (!is_quiet) return 0;
    return now_ms - of_day_ms + to_ms + (of_day_ms < to_ms ? 0 : day_ms);
}

int64_t quiet_until_ms(const struct quiet_hours *hours, enum zone zone, int64_t now_ms) {
    CHECK(hours->from_hour >= 0 && hours->from_hour < DAY_HOURS && hours->to_hour >= 0 && hours->to_hour < DAY_HOURS && now_ms >= 0);
    if (hours->from_hour == hours->to_hour) return 0;
    if (zone != ZONE_UNKNOWN) return until_in(hours, FIRST_EAST + (int)zone, now_ms);
    int64_t until_ms = 0;
    for (int east = FIRST_EAST; east < FIRST_EAST + ZONE_UNKNOWN; east++) {
        const int64_t here_ms = until_in(hours, east, now_ms);
        if (here_ms > until_ms) until_ms = here_ms;
    }
    return until_ms;
}

int64_t quiet_within_ms(const struct quiet_hours *hours, enum zone zone, int64_t now_ms, int64_t ahead_ms) {
    const int64_t until_ms = quiet_until_ms(hours, zone, now_ms);
    return until_ms > 0 ? until_ms : quiet_until_ms(hours, zone, now_ms + ahead_ms);
}
