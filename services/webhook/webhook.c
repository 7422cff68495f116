/* payung-webhook: sends partners what happened (Standard Webhooks). What is owed stands in intake.webhook_delivery, written in the transaction that passed the event
 * (services/notification); an endpoint has it at least once, with the same webhook-id each time, in no promised order. One sender works at a time, others
 * wait for it to end. It must never let one endpoint hold up another, connect to what is not public unless it is told to, or log more of an endpoint than its id. */
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/health.h"
#include "common/edge/http_post.h"
#include "common/edge/log.h"
#include "common/edge/program.h"
#include "common/edge/signals.h"
#include "common/stage/retry.h"
#include "common/tables/knobs.h"
#include "common/tables/meters.h"
#include "services/webhook/delivery.h"
#include "services/webhook/event.h"
#include "services/webhook/note.h"

enum {
    ARENA_BYTES = 64 * 1024 * 1024, /* the bound: a page of bodies; an ordinary turn takes some 100 KiB */
    PATIENCE_MS = 10 * 1000,        /* for PostgreSQL: less than HEALTH_TURN_MAX_S */
    SECOND_US = 1000 * 1000,
    STAND_BY_US = 500 * 1000, /* between two looks whether the other sender has gone */
    FORGET_US = 60 * 1000 * 1000,
    STOP_US = 5 * 1000 * 1000,
    ANSWER_BYTES_MAX = 64 * 1024,
    HEADER_TEXT_MAX = 256,
    ENDS_MAX = HTTP_POST_LANES_MAX,
};
_Static_assert((int)ENDS_MAX <= (int)DELIVERY_PAGE_MAX, "what is under way fits on a page");

static const struct knob knobs[] = {
    {"PGURL", KNOB_SECRET, NULL, 0, 0, "PostgreSQL address, postgresql://user:password@host:port/database."},
    {"PAYUNG_KEYS", KNOB_PATH, NULL, 0, 0, "Folder of the key files: the secrets that sign are sealed with them."},
    {"METRICS_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for /healthz, /readyz, /metrics and /version; 0 = any free one, which the log tells."},
    {"INSTANCE", KNOB_TEXT, "0", 0, 0, "Name of this instance in logs and metrics. One sender works, others stand by."},
    {"POLL_MS", KNOB_INT, "200", 5, 10000, "How long it waits before it looks for due deliveries again, while there are none."},
    {"WEBHOOK_CONNECTIONS", KNOB_INT, "64", 1, HTTP_POST_LANES_MAX, "Posts under way at a time, to all endpoints."},
    {"WEBHOOK_PER_ENDPOINT", KNOB_INT, "4", 1, 64, "Posts under way at a time to one endpoint; to one whose last attempt failed it is one."},
    {"WEBHOOK_TIMEOUT_MS", KNOB_INT, "15000", 100, 60000, "How long an endpoint may take to answer."},
    {"WEBHOOK_RETRY_FIRST_MS", KNOB_INT, "5000", 1, 3600000, "Wait after the first attempt; by itself 5 s, then 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. Another value changes all of them in proportion."},
    {"WEBHOOK_DISABLE_AFTER_S", KNOB_INT, "432000", 1, 31536000, "An endpoint that did nothing but fail for so long is disabled."},
    {"WEBHOOK_KEPT_DAYS", KNOB_INT, "30", 1, 3650, "Deliveries are deleted after so many days, with their attempts, sent or not."},
    {"WEBHOOK_ALLOW_PRIVATE", KNOB_INT, "0", 0, 1, "1: also http:// and addresses of this machine and its networks; for tests and intranets. Set it for payung-ingestion, too."},
    {"LOG_LEVEL", KNOB_TEXT, "info", 0, 0, "debug, info, warning or error."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

struct flight { /* a delivery that is with its endpoint */
    int64_t delivery_no; /* 0: free */
    int64_t webhook_no;
    int32_t step;
};

struct webhook {
    struct pg *pg;
    struct crypto *crypto;
    struct http_post *posts;
    struct arena *arena; /* of one turn */
    struct health *health;
    bool leads;
    struct flight flights[HTTP_POST_LANES_MAX]; /* by tag */
    struct delivery_end ends[ENDS_MAX];         /* not written yet */
    size_t end_count;
    uint32_t attempts; /* failures of PostgreSQL one after the other */
    int64_t pg_due_us, second_due_us, forget_due_us;
    char trouble[ERR_TEXT_MAX]; /* of PostgreSQL; "" */
};

/* ---- one delivery ---------------------------------------------------------------------------------------------------------------------------------- */

static void note_end(struct webhook *webhook, const struct flight *flight, const struct http_post_end *end) {
    const uint64_t seed = (uint64_t)clock_unix_ms() ^ (uint64_t)flight->delivery_no << 20;
    CHECK(webhook->end_count < ENDS_MAX);
    struct delivery_end *noted = &webhook->ends[webhook->end_count++];
    *noted = (struct delivery_end){
        .delivery_no = flight->delivery_no, .webhook_no = flight->webhook_no, .step = flight->step, .status = end->status, .duration_ms = end->duration_ms, .trouble = end->trouble,
        .verdict = webhook_judge(end->status, end->retry_after_s, flight->step, knob_int("WEBHOOK_RETRY_FIRST_MS"), seed),
    };
    meter_add(noted->verdict.fate == WEBHOOK_DELIVERED ? METER_WEBHOOKS_DELIVERED : METER_WEBHOOKS_UNDELIVERED, 0, 1);
    meter_observe_us(METER_WEBHOOK_SECONDS, 0, (int64_t)end->duration_ms * 1000);
}

static struct flight *free_flight(struct webhook *webhook) {
    for (size_t i = 0; i < HTTP_POST_LANES_MAX; i++)
        if (webhook->flights[i].delivery_no == 0) return &webhook->flights[i];
    return NULL;
}

static int under_way_to(const struct webhook *webhook, int64_t webhook_no) {
    int count = 0;
    for (size_t i = 0; i < HTTP_POST_LANES_MAX; i++) count += webhook->flights[i].delivery_no != 0 && webhook->flights[i].webhook_no == webhook_no;
    return count;
}

static void post(struct webhook *webhook, const struct delivery_due *due) {
    char event_id[EVENT_ID_TEXT_MAX], signature[WEBHOOK_SIGNATURE_TEXT_MAX], id_header[HEADER_TEXT_MAX], time_header[HEADER_TEXT_MAX], signature_header[HEADER_TEXT_MAX];
    const int64_t now_s = clock_unix_ms() / 1000;
    struct flight *flight = free_flight(webhook);
    CHECK(flight != NULL);
    *flight = (struct flight){.delivery_no = due->delivery_no, .webhook_no = due->webhook_no, .step = due->step + 1};
    event_id_format(due->event_id, event_id);
    webhook_sign(&due->secrets, slice_text(event_id), now_s, due->body, signature);
    CHECK(snprintf(id_header, HEADER_TEXT_MAX, "webhook-id: %s", event_id) < HEADER_TEXT_MAX && snprintf(time_header, HEADER_TEXT_MAX, "webhook-timestamp: %lld", (long long)now_s) < HEADER_TEXT_MAX &&
          snprintf(signature_header, HEADER_TEXT_MAX, "webhook-signature: %s", signature) < HEADER_TEXT_MAX);
    const char *const headers[] = {"Content-Type: application/json", id_header, time_header, signature_header};
    http_post_start(webhook->posts, &(struct http_post_call){.url = due->url, .headers = headers, .header_count = sizeof headers / sizeof *headers, .body = due->body,
                                                             .tag = (uint64_t)(flight - webhook->flights)});
}

/* Without its secret nothing can be sent: it counts as an attempt, so that it is tried again in time and seen in the history. */
static void give_back(struct webhook *webhook, const struct delivery_due *due) {
    const struct flight flight = {.delivery_no = due->delivery_no, .webhook_no = due->webhook_no, .step = due->step + 1};
    note_end(webhook, &flight, &(struct http_post_end){.trouble = "the secret of the endpoint does not open"});
}

/* ---- one turn: settle, lead, send -------------------------------------------------------------------------------------------------------------------- */

static void tell_disabled(const struct delivery_disabled *disabled) {
    meter_add(METER_WEBHOOKS_DISABLED, 0, 1);
    log_warning("an endpoint is disabled", LOG_TEXT("webhook", disabled->webhook_id), LOG_TEXT("reason", disabled->reason));
}

static struct err settle(struct webhook *webhook) {
    struct delivery_disabled disabled[ENDS_MAX];
    size_t count = 0;
    if (webhook->end_count == 0) return OK;
    TRY(delivery_settle(webhook->pg, webhook->arena, webhook->ends, webhook->end_count, knob_int("WEBHOOK_DISABLE_AFTER_S"), disabled, &count));
    webhook->end_count = 0;
    meter_set(METER_LAST_PROGRESS, 0, clock_unix_ms() / 1000);
    for (size_t i = 0; i < count; i++) tell_disabled(&disabled[i]);
    return OK;
}

static struct err send_due(struct webhook *webhook, bool *ret_busy) {
    struct delivery_due *due;
    size_t count, flying = 0;
    int64_t under_way[HTTP_POST_LANES_MAX];
    const int room = http_post_room(webhook->posts), per_endpoint = (int)knob_int("WEBHOOK_PER_ENDPOINT");
    if (room == 0) return OK;
    for (size_t i = 0; i < HTTP_POST_LANES_MAX; i++)
        if (webhook->flights[i].delivery_no != 0) under_way[flying++] = webhook->flights[i].delivery_no;
    TRY(delivery_due(webhook->pg, webhook->arena, webhook->crypto, under_way, flying, per_endpoint, DELIVERY_PAGE_MAX, &due, &count));
    for (size_t i = 0; i < count; i++) {
        const bool has_room = http_post_room(webhook->posts) > 0 && under_way_to(webhook, due[i].webhook_no) < (due[i].is_failing ? 1 : per_endpoint);
        if (due[i].secrets.count == 0) give_back(webhook, &due[i]);
        else if (has_room) post(webhook, &due[i]);
        explicit_bzero(&due[i].secrets, sizeof due[i].secrets);
    }
    *ret_busy = webhook->end_count > 0;
    return OK;
}

static struct err now_and_then(struct webhook *webhook, int64_t now_us) {
    if (now_us >= webhook->second_due_us) {
        struct delivery_look look;
        webhook->second_due_us = now_us + SECOND_US;
        TRY(webhook_note_progress(webhook->pg, webhook->arena));
        TRY(delivery_look(webhook->pg, webhook->arena, &look));
        meter_set(METER_WEBHOOKS_DUE, 0, look.due);
        meter_set(METER_WEBHOOKS_AGE, 0, look.age_s);
    }
    if (now_us >= webhook->forget_due_us) {
        int64_t deleted = 0;
        TRY(delivery_forget(webhook->pg, webhook->arena, (int32_t)knob_int("WEBHOOK_KEPT_DAYS"), &deleted));
        if (deleted > 0) log_info("old deliveries are deleted", LOG_INT("rows", deleted));
        webhook->forget_due_us = now_us + (deleted < DELIVERY_FORGET_MAX ? FORGET_US : SECOND_US);
    }
    return OK;
}

static struct err turn_deliveries(struct webhook *webhook, bool stopping, bool *ret_busy) {
    const int64_t now_us = clock_monotonic_us();
    TRY(settle(webhook));
    if (stopping) return OK;
    if (!webhook->leads) {
        TRY(delivery_lead(webhook->pg, webhook->arena, &webhook->leads));
        if (!webhook->leads) webhook->pg_due_us = now_us + STAND_BY_US;
        if (!webhook->leads) return OK;
        log_info("this sender works");
    }
    TRY(now_and_then(webhook, now_us));
    return send_due(webhook, ret_busy);
}

/* After any failure of PostgreSQL the lock of the session may be gone. What has ended stays noted and is written later; what is under way goes on. */
static void note_failure(struct webhook *webhook, const struct err *err) {
    if (webhook->attempts == 0) log_warning("PostgreSQL failed; it is tried again", LOG_TEXT("error", err->text));
    webhook->pg_due_us = clock_monotonic_us() + retry_delay_ms(webhook->attempts++, (uint64_t)clock_unix_ms()) * 1000;
    webhook->leads = false;
    (void)snprintf(webhook->trouble, sizeof webhook->trouble, "%s", err->text);
}

/* Takes as many ends as can be noted; the others stay with the library. */
static void take_ends(struct webhook *webhook, int wait_ms) {
    struct http_post_end ends[ENDS_MAX];
    const size_t room = ENDS_MAX - webhook->end_count, count = http_post_turn(webhook->posts, room > 0 ? wait_ms : 0, ends, room);
    for (size_t i = 0; i < count; i++) {
        struct flight *flight = &webhook->flights[ends[i].tag];
        CHECK(flight->delivery_no != 0);
        note_end(webhook, flight, &ends[i]);
        *flight = (struct flight){0};
    }
}

/* FATAL ends the process. True in *ret_busy: there is more to do at once. */
static struct err turn(struct webhook *webhook, bool stopping, bool *ret_busy) {
    take_ends(webhook, *ret_busy ? 0 : (int)knob_int("POLL_MS"));
    *ret_busy = false;
    meter_set(METER_IN_FLIGHT, 0, http_post_under_way(webhook->posts));
    if (clock_monotonic_us() < webhook->pg_due_us) return OK;
    arena_reset(webhook->arena);
    const struct err err = turn_deliveries(webhook, stopping, ret_busy);
    if (err.fate == FATE_FATAL) return err;
    if (failed(&err)) {
        note_failure(webhook, &err);
        return OK;
    }
    if (webhook->attempts > 0) log_info("PostgreSQL answers again");
    webhook->attempts = 0;
    webhook->trouble[0] = '\0';
    return OK;
}

/* ---- life -------------------------------------------------------------------------------------------------------------------------------------------- */

/* Endpoints of others that do not answer are no reason not to be ready: the meters tell of them. */
static void tell_health(const struct webhook *webhook, bool stopping) {
    health_turn(webhook->health);
    if (stopping) health_say(webhook->health, false, "stopping");
    else if (webhook->trouble[0] != '\0') health_say(webhook->health, false, webhook->trouble);
    else health_say(webhook->health, true, webhook->leads ? "ready" : "ready; another sender works");
}

/* What is under way at the end and has no answer in time is sent again by the next one, under the same id. */
static struct err run(struct webhook *webhook) {
    bool busy = true, stopping = false;
    for (int64_t stop_at_us = 0;;) {
        if (signals_stop() && !stopping) {
            log_info("stopping");
            stopping = true;
            stop_at_us = clock_monotonic_us() + STOP_US;
        }
        TRY(turn(webhook, stopping, &busy));
        tell_health(webhook, stopping);
        if (stopping && ((http_post_under_way(webhook->posts) == 0 && webhook->end_count == 0) || clock_monotonic_us() >= stop_at_us)) return OK;
    }
}

static struct err open_store(void *self) {
    struct webhook *webhook = self;
    TRY(pg_open(knob_text("PGURL"), "payung-webhook", &webhook->pg));
    pg_patience(webhook->pg, PATIENCE_MS);
    return OK;
}

static struct err open_all(struct webhook *webhook) {
    const struct http_post_options options = {.lanes = (int)knob_int("WEBHOOK_CONNECTIONS"), .timeout_ms = (int)knob_int("WEBHOOK_TIMEOUT_MS"), .answer_bytes_max = ANSWER_BYTES_MAX,
                                              .user_agent = "payung-webhook/" PAYUNG_VERSION, .allow_private = knob_int("WEBHOOK_ALLOW_PRIVATE") == 1};
    TRY(health_open((int)knob_int("METRICS_PORT"), "webhook", knob_text("INSTANCE"), &webhook->health));
    log_info("starting", LOG_TEXT("version", PAYUNG_VERSION), LOG_INT("metrics_port", health_port(webhook->health)));
    if (options.allow_private) log_warning("endpoints may be within this machine and its networks: WEBHOOK_ALLOW_PRIVATE is 1");
    TRY(crypto_open(knob_text("PAYUNG_KEYS"), &webhook->crypto));
    TRY(http_post_open(&options, &webhook->posts));
    return program_wait(webhook->health, open_store, webhook);
}

static void close_all(struct webhook *webhook) {
    http_post_close(webhook->posts);
    pg_close(webhook->pg);
    crypto_close(webhook->crypto);
    arena_destroy(webhook->arena);
    health_close(webhook->health);
}

static int serve(void) {
    struct webhook webhook = {.arena = arena_create(ARENA_BYTES)};
    struct err err = open_all(&webhook);
    if (!failed(&err) && webhook.pg != NULL) err = run(&webhook);
    if (failed(&err)) log_error("ends: fatal", LOG_TEXT("error", err.text));
    close_all(&webhook);
    if (!failed(&err)) log_info("ends");
    return failed(&err) ? 1 : 0;
}

static const struct program program = {.name = "webhook", .story = "sends partners what happened, to the endpoints that they named, signed, until they have it.", .knobs = knobs, .serve = serve};

int main(int argc, char **argv) { return program_main(&program, argc, argv); }
