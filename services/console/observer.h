/* How the consumer groups stand, seen from outside and told as meters: a stage that hangs can't tell it by itself. A group that has records and has not moved for OBSERVER_STALL_MS stands still,
 * whatever the reason. The rules of deploy/prometheus are made of these meters.
 *
 *   observer_take(&observer, rows, count, is_paused, now_us);      after each look (kafka_lag.h)
 *   observer_take_letters(topic, count);                after each look at a dead-letter topic
 *   TRY(observer_take_books(pg, arena));                now and then: what the books say about budgets and who waits */
#ifndef PAYUNG_CONSOLE_OBSERVER_H
#define PAYUNG_CONSOLE_OBSERVER_H

#include "common/edge/kafka_lag.h"
#include "common/edge/pg.h"

enum { OBSERVER_STALL_MS = 10000 };

struct observer { /* all zero at the start */
    int64_t finished[TOPIC_LIMIT]; /* the sum of what was committed */
    int64_t moved_us[TOPIC_LIMIT]; /* when it last grew, or there was nothing to do */
};

/* is_paused: by topic; whom an operator has paused does not stand still. */
void observer_take(struct observer *observer, const struct kafka_lag *rows, size_t count, const bool is_paused[TOPIC_LIMIT], int64_t now_us);
void observer_take_letters(enum topic topic, int64_t letters);
MUST_USE struct err observer_take_books(struct pg *pg, struct arena *arena);

#endif
