/* What the loop says of itself: alarms, gauges and readiness. Nothing here decides about a record. */
#include <stdio.h>

#include "common/edge/log.h"
#include "common/stage/loop_parts.h"
#include "common/tables/meters.h"

enum { TEXT_MAX = 480 };

void loop_alarm(struct partition *partition, const char *message, const char *why) {
    meter_add(METER_ALARMS, 0, 1);
    log_error(message, LOG_INT("partition", partition->number), LOG_INT("epoch", partition->lineage.position.epoch),
              LOG_INT("next", partition->lineage.position.next), LOG_TEXT("why", why));
}

void loop_halt(struct loop *loop, struct partition *partition, const char *why) {
    partition->state = PARTITION_STOPPED;
    loop->must_assign = true;
    (void)snprintf(partition->why, sizeof partition->why, "%s", why);
    loop_alarm(partition, "ALARM: partition stopped, records were lost or the log was cut", why);
}

static void gauge(struct loop *loop, struct partition *partition, int64_t now_us) {
    int64_t high = loop->log->high(loop->log, partition->number);
    if (high <= partition->mark.offset || loop->paused) partition->progress_us = now_us; /* nothing to do is not being stuck, nor is a wish to wait */
    meter_set(METER_LINEAGE_NEXT, partition->number, partition->lineage.position.next);
    if (high >= 0) meter_set(METER_LAG, partition->number, high > partition->taken ? high - partition->taken : 0);
}

static bool is_stuck(struct loop *loop, const struct partition *partition, int64_t now_us) {
    int64_t high = loop->log->high(loop->log, partition->number);
    return high > partition->mark.offset && now_us - partition->progress_us > STUCK_US;
}

/* Adds "; text" while there is room. */
static void add(char text[TEXT_MAX], const char *more) {
    size_t size = strlen(text);
    (void)snprintf(text + size, TEXT_MAX - size, "%s%s", size == 0 ? "" : "; ", more);
}

/* What is wrong with this partition, or false. */
static bool complain(struct loop *loop, const struct partition *partition, int64_t now_us, char text[TEXT_MAX]) {
    char one[PARTITION_WHY_MAX + 64];
    switch (partition->state) {
    case PARTITION_STOPPED: (void)snprintf(one, sizeof one, "partition %d STOPPED: %s", partition->number, partition->why); break;
    case PARTITION_WANTED: (void)snprintf(one, sizeof one, "partition %d waits: %s", partition->number, partition->why); break;
    case PARTITION_RUNNING:
        if (!is_stuck(loop, partition, now_us)) return false;
        (void)snprintf(one, sizeof one, "partition %d has records but did not move for 10 s", partition->number);
        break;
    }
    add(text, one);
    return true;
}

static void say_what_works(const struct loop *loop, char text[TEXT_MAX]) {
    char one[32];
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++) {
        if (loop->partitions[i] == NULL) continue;
        (void)snprintf(one, sizeof one, "partition %d works", i);
        add(text, one);
    }
    if (text[0] == '\0') add(text, "no partitions assigned: another instance has them");
}

/* Asks the dependencies while nothing else tells how they are. */
static void ask(struct loop *loop, int64_t now_us) {
    int64_t low, high;
    if (loop->stage->ready != NULL && now_us >= loop->ask_due_us && loop->item_count == 0) {
        loop->dependency = loop->stage->ready(loop->self);
        loop->ask_due_us = now_us + ASK_EVERY_US;
    }
    if (!failed(&loop->waiting_for) || loop->item_count > 0 || now_us < loop->probe_due_us || loop->stop_wished) return;
    loop->probe_due_us = now_us + ASK_EVERY_US / 2;
    struct err err = loop->log->watermarks(loop->log, loop->stage->consumes, 0, &low, &high);
    if (!failed(&err)) loop->waiting_for = OK;
}

void loop_say(struct loop *loop, int64_t now_us) {
    if (now_us < loop->say_due_us) return;
    loop->say_due_us = now_us + SAY_EVERY_US;
    ask(loop, now_us);
    char text[TEXT_MAX] = "";
    bool wrong = false;
    if (failed(&loop->waiting_for)) add(text, loop->waiting_for.text);
    if (failed(&loop->dependency)) add(text, loop->dependency.text);
    if (!loop->assigned_once) add(text, "waiting for the consumer group");
    wrong = text[0] != '\0';
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++) {
        if (loop->partitions[i] == NULL) continue;
        gauge(loop, loop->partitions[i], now_us);
        wrong = complain(loop, loop->partitions[i], now_us, text) || wrong;
    }
    if (!wrong && loop->paused) add(text, "paused by operator");
    if (!wrong && !loop->paused) say_what_works(loop, text);
    meter_set(METER_IN_FLIGHT, 0, (int64_t)loop_waiting(loop));
    if (loop->options.say != NULL) loop->options.say(loop->options.say_context, !wrong, text);
}
