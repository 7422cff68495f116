/* When telephones are left alone: from 20:00 to 08:00 by the clock of the person, which the region tells (domain.md 6; WIB, WITA, WIT: zones.def). Pure: the moment is given.
 *
 *   zone_of(1708)                                     ZONE_WIB
 *   quiet_until_ms(&hours, ZONE_WIB, now_ms)          0: speak; else the moment from which one may
 *   quiet_within_ms(&hours, ZONE_WIB, now_ms, 30000)  the same for words that may need so long to be spoken: 0 only if it is quiet neither now nor then
 *
 * Whose region is not known is left alone while it is quiet in any of the three. */
#ifndef PAYUNG_NOTIFICATION_QUIET_H
#define PAYUNG_NOTIFICATION_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { QUIET_FROM_HOUR = 20, QUIET_TO_HOUR = 8 };

enum zone { ZONE_WIB, ZONE_WITA, ZONE_WIT, ZONE_UNKNOWN, ZONES };

struct quiet_hours {
    int from_hour, to_hour; /* 0..23, over midnight or not; the same: never quiet */
};

enum zone zone_of(int32_t region); /* PPKK */
int zone_provinces(enum zone zone, int32_t ret_provinces[64]); /* their codes, PP; how many. None of ZONE_UNKNOWN */
int64_t quiet_until_ms(const struct quiet_hours *hours, enum zone zone, int64_t now_ms);
int64_t quiet_within_ms(const struct quiet_hours *hours, enum zone zone, int64_t now_ms, int64_t ahead_ms);

#endif
