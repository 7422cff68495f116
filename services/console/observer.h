/* How the consumer groups stand, seen from outside and told as meters: a stage that hangs can't tell it by itself. A group that has records and has not moved for OBSERVER_STALL_MS stands still,
 * whatever the reason. The rules of deploy/prometheus are made of these meters.
 *
 *   observer_take(&observer, rows, count, is_paused, now_us);      after each look (kafka_lag.h)
 *   observer_take_letters(topic, count);                after each look at a dead-letter topic
 *   TRY(observer_take_books(pg, arena));                now and then: what the books say about budgets and who waits
 *   TRY(observer_walk_ledger(pg, arena, &steps));       now and then: do the books balance?
 *
 * That question is cheap on a ledger with ten million journals, because each look takes only some of those that it has not taken before; at a start it begins with the first journal and reaches the end
 * in an hour or two of small steps (20,000 journals take some 35 ms) (METER_LEDGER_UNWALKED tells), and every day it does so again, so that a row that is changed afterwards is found, too. Compared are, by agreement: the sum of every journal with 0;
 * the entries of KOMITMEN, PIUTANG and TITIPAN with committed, receivable and credit of the budget. Differences are added up without their signs, so that none hides another one. What it has added up stands in a
 * temporary table of the session: a new session begins anew. Hashes, outcomes, lines and all else are the matter of `payung ledger verify`. */
#ifndef PAYUNG_CONSOLE_OBSERVER_H
#define PAYUNG_CONSOLE_OBSERVER_H

#include "common/edge/kafka_lag.h"
#include "common/edge/pg.h"

enum { OBSERVER_STALL_MS = 10000, OBSERVER_JOURNALS_MAX = 20000, OBSERVER_AGAIN_SECONDS = 24 * 60 * 60 };

struct observer { /* all zero at the start */
    int64_t finished[TOPIC_LIMIT]; /* the sum of what was committed */
    int64_t moved_us[TOPIC_LIMIT]; /* when it last grew, or there was nothing to do */
};

/* is_paused: by topic; whom an operator has paused does not stand still. */
void observer_take(struct observer *observer, const struct kafka_lag *rows, size_t count, const bool is_paused[TOPIC_LIMIT], int64_t now_us);
void observer_take_letters(enum topic topic, int64_t letters);
MUST_USE struct err observer_take_books(struct pg *pg, struct arena *arena);

struct observer_steps {
    int64_t journals_max;  /* taken at a look */
    int64_t again_seconds; /* after which an agreement is walked anew */
};
MUST_USE struct err observer_walk_ledger(struct pg *pg, struct arena *arena, const struct observer_steps *steps);

#endif
