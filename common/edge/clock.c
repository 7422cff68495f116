/* Wraps the system's clocks, so that only one file asks them. Formatting is arithmetic on the Gregorian calendar: no locale, no time zone. */
#include "common/edge/clock.h"

#include <stdio.h>
#include <time.h>

#include "common/base/check.h"

int64_t clock_unix_ms(void) {
    struct timespec now;
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_us(void) {
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void clock_wait_ms(int64_t wait_ms) {
    CHECK(wait_ms >= 0);
    struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    (void)nanosleep(&wait, NULL); /* an early return is what a signal is for */
}

void clock_format_ms(int64_t unix_ms, char ret_text[CLOCK_TEXT_MAX]) {
    int64_t ms = ((unix_ms % 1000) + 1000) % 1000;
    time_t seconds = (time_t)((unix_ms - ms) / 1000);
    struct tm utc;
    CHECK(gmtime_r(&seconds, &utc) != NULL);
    CHECK(utc.tm_year + 1900 >= 1000 && utc.tm_year + 1900 <= 9999);
    char date[sizeof "2025-09-15T08:00:00"];
    CHECK(strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc) == sizeof date - 1);
    (void)snprintf(ret_text, CLOCK_TEXT_MAX, "%s.%03uZ", date, (unsigned)ms % 1000);
}
