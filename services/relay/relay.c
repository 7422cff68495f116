/* payung-relay: hands over what the ledger has promised. Payments, changes of cover and commands stand in ledger.outbox, written in the transaction of their cause; here they get
 * their dense numbers and go to their topics, in order, until the broker has them. A crash anywhere sends the same records again with the same numbers, which readers drop. One
 * relay works at a time, others wait for it to end. It must never number a row twice, let a record overtake another one, or mark what the broker has not confirmed. */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/health.h"
#include "common/edge/log.h"
#include "common/edge/program.h"
#include "common/edge/schema_frame.h"
#include "common/edge/signals.h"
#include "common/stage/retry.h"
#include "common/tables/knobs.h"
#include "common/tables/meters.h"
#include "services/ledger/promotion.h"
#include "services/relay/envelope.h"
#include "services/relay/sender.h"

enum {
    ARENA_BYTES = 128 * 1024 * 1024, /* the bound: a page of the largest commands, read and wrapped; ordinary pages take some 100 KiB */
    PATIENCE_MS = 10 * 1000,         /* for PostgreSQL: less than HEALTH_TURN_MAX_S */
    SECOND_US = 1000 * 1000,
    STAND_BY_US = 500 * 1000,        /* between two looks whether the other relay has gone */
    FORGET_US = 60 * 1000 * 1000,
    BLAME_US = 60 * 1000 * 1000,
    STOP_US = 5 * 1000 * 1000,
    LATE_S = 30,                     /* older than this an open row is not ready */
    TEXT_MAX = 256,
};

static const struct knob knobs[] = {
    {"BROKERS", KNOB_TEXT, NULL, 0, 0, "Kafka brokers, host:port, separated by commas."},
    SCHEMA_IDS_KNOB,
    {"PGURL", KNOB_SECRET, NULL, 0, 0, "PostgreSQL address, postgresql://user:password@host:port/database."},
    {"METRICS_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for /healthz, /readyz, /metrics and /version; 0 = any free one, which the log tells."},
    {"INSTANCE", KNOB_TEXT, "0", 0, 0, "Name of this instance in logs and metrics. One relay works, others stand by."},
    {"IN_FLIGHT_MAX", KNOB_INT, "2000", 1, 20000, "Most records handed to Kafka and not confirmed and marked yet."},
    {"POLL_MS", KNOB_INT, "50", 5, 10000, "How long it waits before it looks for new rows again, while there are none."},
    {"SERVE_WAITING_LISTS", KNOB_INT, "1", 0, 1, "1: whoever waits is called as soon as money and a place are free, by today's date; 0: only payung run calls, at its business date."},
    {"COVERAGE_KEPT_DAYS", KNOB_INT, "30", 1, 3650, "Changes of cover that were handed over are deleted from the outbox after so many days; commands and payments stay."},
    {"LOG_LEVEL", KNOB_TEXT, "info", 0, 0, "debug, info, warning or error."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

struct relay {
    struct pg *pg;
    struct sender *sender;
    struct schema_frame *frame;
    struct arena *arena; /* of one turn */
    struct health *health;
    bool leads;
    bool is_sure;        /* nothing is numbered and unconfirmed but what this process has sent */
    bool held[OUTBOX_TOPICS];
    struct outbox_state states[OUTBOX_TOPICS];
    uint32_t attempts;   /* failures of PostgreSQL one after the other */
    int64_t pg_due_us;   /* not asked before */
    int64_t second_due_us, forget_due_us, blame_due_us;
    char trouble[ERR_TEXT_MAX]; /* of PostgreSQL; "" */
};

/* ---- one turn: mark, lead, make sure, number ---------------------------------------------------------------------------------------------------- */

/* A row that can't be read would stop every reader of its topic: the topic is held where it stands, the others go on. */
static void hold(struct relay *relay, const struct outbox_row *row) {
    relay->held[row->topic] = true;
    meter_add(METER_ALARMS, 0, 1);
    log_error("ALARM: a row of the outbox is no message of its topic: the topic is held until a relay that can read it is started", LOG_INT("outbox_no", row->outbox_no),
              LOG_TEXT("topic", topic_row(row->topic)->name));
}

static struct err mark_delivered(struct relay *relay) {
    const int64_t *numbers;
    const size_t count = sender_delivered(relay->sender, &numbers);
    if (count == 0) return OK;
    TRY(outbox_mark(relay->pg, relay->arena, numbers, count));
    sender_marked(relay->sender);
    meter_set(METER_LAST_PROGRESS, 0, clock_unix_ms() / 1000);
    return OK;
}

static void send_rows(struct relay *relay, const struct outbox_row *rows, size_t count) {
    for (size_t i = 0; i < count && !sender_failed(relay->sender); i++) {
        if (relay->held[rows[i].topic]) continue;
        struct err err = sender_send(relay->sender, relay->arena, &rows[i]);
        if (failed(&err)) hold(relay, &rows[i]);
    }
}

/* What a crash, a lost answer or a broken producer left numbered and unconfirmed goes first, page by page, each confirmed before the next one is read. */
static struct err make_sure(struct relay *relay, bool *ret_busy) {
    struct outbox_row *rows;
    size_t count;
    if (sender_waiting(relay->sender) > 0) return OK;
    sender_resume(relay->sender);
    const size_t room = sender_room(relay->sender), most = room < OUTBOX_PAGE_MAX ? room : OUTBOX_PAGE_MAX;
    if (most == 0) return OK;
    TRY(outbox_unsent(relay->pg, relay->arena, relay->held, most, &rows, &count));
    if (count > 0) log_info("records that are not confirmed are sent again", LOG_INT("records", count));
    send_rows(relay, rows, count);
    relay->is_sure = count == 0;
    *ret_busy = relay->is_sure;
    return OK;
}

/* Rows that would stop the readers never get a number: what stands before them goes, what stands behind them in their topic waits. */
static size_t keep_readable(struct relay *relay, struct outbox_row *rows, size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct stage_output output;
        if (!relay->held[rows[i].topic] && !envelope_of(relay->arena, &rows[i], &output)) hold(relay, &rows[i]);
        if (!relay->held[rows[i].topic]) rows[kept++] = rows[i];
    }
    return kept;
}

static struct err hand_over(struct relay *relay, bool *ret_busy) {
    struct outbox_row *rows;
    size_t count;
    const size_t room = sender_room(relay->sender), most = room < OUTBOX_PAGE_MAX ? room : OUTBOX_PAGE_MAX;
    if (most == 0) return OK;
    TRY(outbox_fresh(relay->pg, relay->arena, relay->held, most, &rows, &count));
    *ret_busy = count == most;
    count = keep_readable(relay, rows, count);
    if (count == 0) return OK;
    TRY(outbox_number(relay->pg, relay->arena, rows, count));
    send_rows(relay, rows, count);
    return OK;
}

/* An alarm now and then, not every second. What the ledger promised goes on. */
static void blame_promotion(struct relay *relay, struct slice agreement_id, const struct err *err) {
    const int64_t now_us = clock_monotonic_us();
    if (now_us < relay->blame_due_us) return;
    relay->blame_due_us = now_us + BLAME_US;
    meter_add(METER_ALARMS, 0, 1);
    log_error("ALARM: the waiting list of an agreement can't be served", LOG_TEXT("agreement", arena_text(relay->arena, agreement_id)), LOG_TEXT("error", err->text));
}

static struct err serve_waiting_list(struct relay *relay, const struct money_moment *moment, struct slice agreement_id) {
    struct promotion_result result;
    struct err err = command_promotion(relay->pg, relay->arena, moment, agreement_id, &result);
    if (pg_is_lock_timeout(&err) || pg_is_deadlock(&err)) return OK; /* a run or an import holds its budget: in a second it is asked again */
    if (err.fate == FATE_AGAIN) return err;
    if (failed(&err)) blame_promotion(relay, agreement_id, &err);
    else if (result.promoted > 0) log_info("who waited has a reservation and is decided anew", LOG_INT("persons", result.promoted), LOG_INT("rupiah", result.reserved));
    return OK;
}

/* The service that looks into the ledger once a second anyway serves who waits: each agreement with free money in a command of its own, so that one that can't be served holds up
 * no other. What two relays or an operator do at the same moment meets in the locks of the budgets; handing over must not wait for these, so a busy one is passed over. */
static struct err serve_waiting_lists(struct relay *relay) {
    struct slice ids[PROMOTION_DUE_MAX];
    size_t count = 0;
    arena_reset(relay->arena);
    const struct money_moment moment = {.moment_ms = clock_unix_ms(), .actor = "service:relay"};
    TRY(promotion_due(relay->pg, relay->arena, day_of_business(moment.moment_ms), ids, &count));
    if (count == 0) return OK;
    TRY(pg_script(relay->pg, "SET lock_timeout = '200ms'"));
    struct err err = OK;
    for (size_t i = 0; i < count && !failed(&err); i++) err = serve_waiting_list(relay, &moment, ids[i]);
    struct err reset = pg_script(relay->pg, "RESET lock_timeout");
    return failed(&err) ? err : reset;
}

static struct err look(struct relay *relay) {
    TRY(outbox_look(relay->pg, relay->arena, relay->states));
    for (int topic = TOPIC_NONE + 1; topic < OUTBOX_TOPICS; topic++) {
        if (topic != TOPIC_PAYMENT && topic != TOPIC_COVERAGE && topic != TOPIC_COMMAND) continue;
        meter_set(METER_OUTBOX_OPEN, topic, relay->states[topic].open);
        meter_set(METER_OUTBOX_AGE, topic, relay->states[topic].age_s);
    }
    return OK;
}

static struct err now_and_then(struct relay *relay, int64_t now_us) {
    if (now_us >= relay->second_due_us) {
        relay->second_due_us = now_us + SECOND_US;
        TRY(look(relay));
        if (knob_int("SERVE_WAITING_LISTS") == 1) TRY(serve_waiting_lists(relay));
    }
    if (now_us >= relay->forget_due_us) {
        int64_t deleted = 0;
        TRY(outbox_forget(relay->pg, relay->arena, (int32_t)knob_int("COVERAGE_KEPT_DAYS"), &deleted));
        if (deleted > 0) log_info("changes of cover that were handed over long ago are deleted", LOG_INT("rows", deleted));
        relay->forget_due_us = now_us + (deleted < OUTBOX_FORGET_MAX ? FORGET_US : SECOND_US);
    }
    return OK;
}

static struct err turn_outbox(struct relay *relay, bool stopping, bool *ret_busy) {
    const int64_t now_us = clock_monotonic_us();
    TRY(mark_delivered(relay));
    if (stopping) return OK;
    if (!relay->leads) {
        TRY(outbox_lead(relay->pg, relay->arena, &relay->leads));
        if (!relay->leads) relay->pg_due_us = now_us + STAND_BY_US;
        if (!relay->leads) return OK;
        log_info("this relay works");
        relay->is_sure = false;
    }
    if (sender_failed(relay->sender)) relay->is_sure = false;
    TRY(relay->is_sure ? hand_over(relay, ret_busy) : make_sure(relay, ret_busy));
    return now_and_then(relay, now_us);
}

/* After any failure of PostgreSQL nothing is taken for granted: neither the lock of the session nor what was numbered. */
static void note_failure(struct relay *relay, const struct err *err) {
    if (relay->attempts == 0) log_warning("PostgreSQL failed; it is tried again", LOG_TEXT("error", err->text));
    relay->pg_due_us = clock_monotonic_us() + retry_delay_ms(relay->attempts++, (uint64_t)clock_unix_ms()) * 1000;
    relay->leads = relay->is_sure = false;
    (void)snprintf(relay->trouble, sizeof relay->trouble, "%s", err->text);
}

/* FATAL ends the process. True in *ret_busy: there is more to do at once. */
static struct err turn(struct relay *relay, bool stopping, bool *ret_busy) {
    *ret_busy = false;
    sender_turn(relay->sender);
    meter_set(METER_IN_FLIGHT, 0, (int64_t)sender_waiting(relay->sender));
    if (clock_monotonic_us() < relay->pg_due_us) return OK;
    arena_reset(relay->arena);
    struct err err = turn_outbox(relay, stopping, ret_busy);
    if (err.fate == FATE_FATAL) return err;
    if (failed(&err)) {
        note_failure(relay, &err);
        return OK;
    }
    if (relay->attempts > 0) log_info("PostgreSQL answers again");
    relay->attempts = 0;
    relay->trouble[0] = '\0';
    return OK;
}

/* ---- what it says of itself ------------------------------------------------------------------------------------------------------------------------ */

static bool complain(const struct relay *relay, char text[TEXT_MAX]) {
    if (!sender_reachable(relay->sender)) return (void)snprintf(text, TEXT_MAX, "no Kafka broker can be reached"), true;
    if (relay->trouble[0] != '\0') return (void)snprintf(text, TEXT_MAX, "%s", relay->trouble), true;
    for (int topic = TOPIC_NONE + 1; topic < OUTBOX_TOPICS && relay->leads; topic++) {
        if (relay->held[topic]) return (void)snprintf(text, TEXT_MAX, "%s is HELD: a row of the outbox is no message of it; see the log", topic_row((enum topic)topic)->name), true;
        if (relay->states[topic].age_s > LATE_S)
            return (void)snprintf(text, TEXT_MAX, "%s: %lld rows of the outbox are open, the oldest for %lld s", topic_row((enum topic)topic)->name,
                                  (long long)relay->states[topic].open, (long long)relay->states[topic].age_s), true;
    }
    return false;
}

static void tell_health(const struct relay *relay, bool stopping) {
    char text[TEXT_MAX];
    health_turn(relay->health);
    if (stopping) health_say(relay->health, false, "stopping");
    else if (complain(relay, text)) health_say(relay->health, false, text);
    else health_say(relay->health, true, relay->leads ? "ready" : "ready; another relay works");
}

/* ---- life ------------------------------------------------------------------------------------------------------------------------------------------ */

static void wait_for_work(const struct relay *relay, int wait_ms) {
    struct pollfd readable = {.fd = sender_fd(relay->sender), .events = POLLIN};
    if (poll(&readable, 1, wait_ms) < 0) CHECK(errno == EINTR);
}

static struct err run(struct relay *relay) {
    bool busy = true, stopping = false;
    for (int64_t stop_at_us = 0;;) {
        wait_for_work(relay, busy ? 0 : (int)knob_int("POLL_MS"));
        if (signals_stop() && !stopping) {
            log_info("stopping");
            stopping = true;
            stop_at_us = clock_monotonic_us() + STOP_US;
        }
        TRY(turn(relay, stopping, &busy));
        tell_health(relay, stopping);
        const int64_t *numbers;
        if (stopping && ((sender_waiting(relay->sender) == 0 && sender_delivered(relay->sender, &numbers) == 0) || clock_monotonic_us() >= stop_at_us)) return OK;
    }
}

static struct err open_stores(void *self) {
    struct relay *relay = self;
    if (relay->pg == NULL) TRY(pg_open(knob_text("PGURL"), "payung-relay", &relay->pg));
    pg_patience(relay->pg, PATIENCE_MS);
    return sender_open(knob_text("BROKERS"), relay->frame, (size_t)knob_int("IN_FLIGHT_MAX"), &relay->sender);
}

static void close_relay(struct relay *relay) {
    sender_finish(relay->sender);
    if (relay->sender != NULL && relay->pg != NULL) {
        arena_reset(relay->arena);
        struct err err = mark_delivered(relay); /* not marked is harmless: the same records again, which readers drop */
        if (failed(&err)) log_warning("what was confirmed last is not marked: it will be sent again", LOG_TEXT("error", err.text));
    }
    sender_close(relay->sender);
    schema_frame_close(relay->frame);
    pg_close(relay->pg);
    arena_destroy(relay->arena);
    health_close(relay->health);
}

static int serve(void) {
    (void)mallopt(M_ARENA_MAX, 2); /* as the stages do: the Kafka client has many threads. A wish: may be refused */
    struct relay relay = {.arena = arena_create(ARENA_BYTES)};
    struct err err = health_open((int)knob_int("METRICS_PORT"), "relay", knob_text("INSTANCE"), &relay.health);
    if (!failed(&err)) log_info("starting", LOG_TEXT("version", PAYUNG_VERSION), LOG_INT("metrics_port", health_port(relay.health)));
    if (!failed(&err)) err = schema_frame_open(knob_text("SCHEMA_IDS"), &relay.frame);
    if (!failed(&err)) err = program_wait(relay.health, open_stores, &relay);
    if (!failed(&err) && relay.sender != NULL) err = run(&relay);
    if (failed(&err)) log_error("ends: fatal", LOG_TEXT("error", err.text));
    close_relay(&relay);
    if (!failed(&err)) log_info("ends");
    return failed(&err) ? 1 : 0;
}

static const struct program program = {.name = "relay", .story = "hands over what the ledger has promised: numbers the rows of its outbox and sends them to their topics.", .knobs = knobs, .uses_kafka = true, .serve = serve};

int main(int argc, char **argv) { return program_main(&program, argc, argv); }
