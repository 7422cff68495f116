/* payung-ingestion: the door. Partners and the command-line tool come in over HTTP; what is acknowledged goes to `submitted` and is remembered until the ledger
 * has decided it. ONE thread of ours and one poll(): HTTP, Kafka's deliveries and decisions, and slices of background work take turns,
 * so no two of them ever run at the same time and no part waits longer than a slice. See intake.h for who does what. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/edge/clock.h"
#include "common/edge/crypto_sign.h"
#include "common/edge/health.h"
#include "common/edge/log.h"
#include "common/edge/program.h"
#include "common/edge/schema_frame.h"
#include "common/edge/paper.h"
#include "common/edge/share.h"
#include "common/edge/share_tables.h"
#include "common/edge/signals.h"
#include "common/tables/knobs.h"
#include "common/tables/meters.h"
#include "common/wire/wire.h"
#include "services/ingestion/dryrun.h"
#include "services/ingestion/enrol_body.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/payment_body.h"
#include "services/ingestion/problem.h"
#include "services/ingestion/quote_body.h"
#include "services/ingestion/signature.h"
#include "services/ingestion/token_request.h"
#include "services/ingestion/webhook_body.h"
#include "services/ledger/agreement_document.h"
#include "services/notification/cards/card_register.h"

enum {
    ARENA_BYTES = 128 * 1024 * 1024, /* the bound; an ordinary slice takes less than 1 MiB */
    TABLES_BYTES = 40 * 1024 * 1024,
    TAIL_RECORDS_PER_TURN = 512,
    SECOND_US = 1000 * 1000, /* between two turns of reconcile.c and recheck.c */
    IDLE_MS = 250,
    START_RETRY_MS = 500,
    STOP_US = 10 * 1000 * 1000,
    HEAD_BYTES_MAX = 32 * 1024,
    NOTE_BODY_MAX = 64 * 1024, /* a note that is too long is told so (422); escaped, a character may take 12 bytes */
    CONNECTIONS_MAX = 512,
    CONNECTION_IDLE_SECONDS = 30, CONNECTION_SLOW_SECONDS = 60,
    TOKENS_PER_SECOND = 5, TOKENS_BURST = 60, /* of one client: a program that keeps its token needs one in fifteen minutes */
};
static const uint64_t upload_bytes_max = UINT64_C(2) * 1024 * 1024 * 1024;

static const struct knob knobs[] = {
    {"BROKERS", KNOB_TEXT, NULL, 0, 0, "Kafka brokers, host:port, separated by commas."},
    SCHEMA_IDS_KNOB,
    {"PGURL", KNOB_SECRET, NULL, 0, 0, "PostgreSQL address, postgresql://user:password@host:port/database."},
    {"REDIS_URL", KNOB_SECRET, NULL, 0, 0, "Redis address, redis://user:password@host:port/0. Losing Redis changes the speed, never the result."},
    {"API_PORT", KNOB_INT, NULL, 1, 65535, "Port of the partner API on 127.0.0.1."},
    {"METRICS_PORT", KNOB_INT, NULL, 1, 65535, "Port of /healthz, /readyz, /metrics and /version on 127.0.0.1."},
    {"INSTANCE", KNOB_TEXT, "0", 0, 0, "Name of this instance in logs and metrics."},
    {"PAYUNG_SHARE", KNOB_PATH, NULL, 0, 0, "Folder of the data files: regions/*.csv, occupations.tsv, programme-law.tsv, api/*."},
    {"PAYUNG_KEYS", KNOB_PATH, NULL, 0, 0, "Folder of the key files, made by payung keys create."},
    {"PAYUNG_UPLOADS", KNOB_PATH, NULL, 0, 0, "Folder of the sealed uploads."},
    {"LIST_ROWS_MAX", KNOB_INT, "5000", 150, 1000000, "Rows of lists in a partition that may be submitted and not decided; fewer while single persons are answered late."},
    {"IN_FLIGHT_MAX", KNOB_INT, "2000", 100, 20000, "Records handed to Kafka and not confirmed yet, at which lists wait."},
    {"RECHECKS_PER_SECOND", KNOB_INT, "200", 1, 5000, "How many applications that wait for an answer from outside are submitted again in a second, at most."},
    {"RECHECK_AGAIN_S", KNOB_INT, "300", 1, 86400, "After how long one that was submitted again and has no outcome yet is submitted once more."},
    {"QUEUE_BYTES_MAX", KNOB_INT, "33554432", 1024, 1073741824, "Bytes of single enrolments that are under way, at which new ones get 503; what is taken is never dropped."},
    {"RATE_LIMIT_PER_SECOND", KNOB_INT, "2000", 1, 1000000, "Requests of one partner in a second, on the average; beyond it 429 with Retry-After."},
    {"RATE_LIMIT_BURST", KNOB_INT, "4000", 1, 1000000, "Requests of one partner that may come at once after a pause."},
    {"LAW_PARAMETERS", KNOB_TEXT, "", 0, 0, "Other values for parameters of the law, for dry runs; the same for eligibility and premium."},
    {"RELIEFS", KNOB_TEXT, "", 0, 0, "Reliefs that relief.tsv keeps off and this installation switches on, for dry runs; the same for premium."},
    {"WEBHOOK_ALLOW_PRIVATE", KNOB_INT, "0", 0, 1, "1: endpoints may be http:// and within this machine and its networks; for tests and intranets. Set it for payung-webhook, too."},
    {"CLIENT_CERTIFICATE_HEADER", KNOB_TEXT, "", 0, 0, "Header in which the TLS proxy in front hands on the client certificate (deploy/nginx: X-Client-Certificate); empty: there is none, and partners bound to one are refused."},
    {"CARD_URL", KNOB_TEXT, "", 0, 0, "Address that QR codes on cards lead to, without the code: https://.../cards, where GET /cards/{code} is reached from outside; the same for payung card print. Empty: this port of this machine."},
    {"LOG_LEVEL", KNOB_TEXT, "info", 0, 0, "debug, info, warning or error."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

static const struct http_route routes[] = {
    {"POST", "/v1/batches", UINT64_C(2) * 1024 * 1024 * 1024, upload_begin, upload_body, upload_end, upload_gone},
    {"GET", "/v1/batches/{}", 0, NULL, NULL, batch_get, batch_get_gone},
    {"GET", "/v1/batches/{}/result", 0, NULL, NULL, batch_result_get, NULL},
    {"GET", "/v1/batches/{}/rejected", 0, NULL, NULL, batch_rejected_get, NULL},
    {"GET", "/v1/batches/{}/difference", 0, NULL, NULL, batch_difference_get, batch_difference_gone},
    {"GET", "/v1/batches/{}/receipt", 0, NULL, NULL, batch_receipt_get, batch_get_gone},
    {"GET", "/v1/batches/{}/events", 0, NULL, NULL, batch_events_get, NULL},
    {"POST", "/v1/batches/{}/enrol", NOTE_BODY_MAX, NULL, NULL, batch_enrol_end, NULL},
    {"POST", "/v1/batches/{}/approve", NOTE_BODY_MAX, NULL, NULL, batch_approve_end, NULL},
    {"POST", "/v1/batches/{}/cancel", NOTE_BODY_MAX, NULL, NULL, batch_cancel_end, NULL},
    {"POST", "/v1/batches/{}/check", NOTE_BODY_MAX, NULL, NULL, batch_check_end, NULL},
    {"POST", "/v1/batches/{}/reverse", NOTE_BODY_MAX, NULL, NULL, batch_reverse_end, NULL},
    {"POST", "/v1/enrolments", ENROL_BODY_MAX, enrolment_begin, NULL, enrolment_end, enrolment_gone},
    {"GET", "/v1/enrolments/{}", 0, NULL, NULL, enrolment_get, NULL},
    {"GET", "/v1/enrolments/{}/card", 0, NULL, NULL, card_get, NULL},
    {"GET", "/cards/{}", 0, NULL, NULL, card_page_get, NULL},
    {"POST", "/v1/agreements", DOCUMENT_BYTES_MAX, NULL, NULL, agreement_propose_end, NULL},
    {"GET", "/v1/agreements/{}", 0, NULL, NULL, agreement_get, NULL},
    {"GET", "/v1/agreements/proposals/{}", 0, NULL, NULL, proposal_get, NULL},
    {"POST", "/v1/agreements/proposals/{}/submit", NOTE_BODY_MAX, NULL, NULL, proposal_submit_end, NULL},
    {"POST", "/v1/agreements/proposals/{}/approve", NOTE_BODY_MAX, NULL, NULL, proposal_approve_end, NULL},
    {"POST", "/v1/agreements/proposals/{}/refuse", NOTE_BODY_MAX, NULL, NULL, proposal_refuse_end, NULL},
    {"POST", "/v1/agreements/proposals/{}/withdraw", NOTE_BODY_MAX, NULL, NULL, proposal_withdraw_end, NULL},
    {"POST", "/v1/oauth/token", TOKEN_BODY_MAX, NULL, NULL, oauth_token_end, NULL},
    {"POST", "/v1/payments", PAYMENT_BODY_MAX, payment_begin, NULL, payment_end, NULL},
    {"GET", "/v1/payments/{}", 0, NULL, NULL, payment_get, NULL},
    {"GET", "/v1/enrolments", 0, NULL, NULL, enrolment_list_get, NULL},
    {"GET", "/v1/batches", 0, NULL, NULL, batch_list_get, NULL},
    {"GET", "/v1/agreements", 0, NULL, NULL, agreement_list_get, NULL},
    {"GET", "/v1/payments", 0, NULL, NULL, payment_list_get, NULL},
    {"POST", "/v1/quotes", QUOTE_BODY_MAX, NULL, NULL, quote_end, NULL},
    {"POST", "/v1/webhooks", WEBHOOK_BODY_MAX, NULL, NULL, webhook_create_end, NULL},
    {"GET", "/v1/webhooks", 0, NULL, NULL, webhook_list_get, NULL},
    {"GET", "/v1/webhooks/{}", 0, NULL, NULL, webhook_get, NULL},
    {"DELETE", "/v1/webhooks/{}", 0, NULL, NULL, webhook_delete_end, NULL},
    {"POST", "/v1/webhooks/{}/rotate", WEBHOOK_BODY_MAX, NULL, NULL, webhook_rotate_end, NULL},
    {"POST", "/v1/webhooks/{}/enable", WEBHOOK_NO_BODY_MAX, NULL, NULL, webhook_enable_end, NULL},
    {"GET", "/v1/webhooks/{}/deliveries", 0, NULL, NULL, webhook_deliveries_get, NULL},
    {"GET", "/v1/webhooks/{}/deliveries/{}", 0, NULL, NULL, webhook_delivery_get, NULL},
    {"POST", "/v1/webhooks/{}/deliveries/{}/resend", WEBHOOK_NO_BODY_MAX, NULL, NULL, webhook_resend_end, NULL},
    {"GET", "/openapi.json", 0, NULL, NULL, description_openapi_get, NULL},
    {"GET", "/docs", 0, NULL, NULL, description_page_get, NULL},
    {"GET", "/docs.css", 0, NULL, NULL, description_style_get, NULL},
};

static void on_refused(void *self, struct http_request *request, int status) {
    (void)self;
    problem_answer(request, problem_of_status(status), "refused before it was read", "");
}

/* ---- Kafka's callbacks ---- */

static void on_delivered(void *self, uint64_t tag, int64_t offset) {
    struct intake *intake = self;
    struct delivery *delivery = (struct delivery *)(uintptr_t)tag;
    if (offset >= 0) meter_add(METER_RECORDS_PRODUCED, 0, 1);
    if (delivery == NULL) return; /* of recheck.c: its table is its memory */
    switch (delivery->kind) {
    case DELIVERY_ROW: submit_delivered(intake, delivery, offset); return;
    case DELIVERY_ENROLMENT: enrolment_delivered(intake, delivery, offset); return;
    case DELIVERY_REPAIR: reconcile_delivered(intake, delivery, offset); return;
    }
    CHECK(!"a delivery of unknown kind");
}

static void on_arrived(void *self, int32_t partition, int64_t offset, struct slice bytes) {
    struct intake *intake = self;
    struct decided decided;
    (void)offset; /* a waiting caller's reader: no gap alarm (rule 10) */
    meter_add(METER_RECORDS_CONSUMED, 0, 1);
    arena_reset(intake->arena);
    if (!wire_decode_decided(intake->arena, bytes, &decided)) return;
    submit_decided(intake, partition, decided.lineage.epoch, decided.lineage.origin);
    enrolment_decided(intake, &decided.outcome);
}

/* ---- the tables of the pure checks ---- */

/* Kept until the process ends. */
static struct err load_tables(struct arena *arena, struct row_tables *ret_tables, const struct law_table **ret_law) {
    const char *share = knob_text("PAYUNG_SHARE");
    struct region_table *regions = arena_take(arena, sizeof *regions);
    struct occupation_table *occupations = arena_take(arena, sizeof *occupations);
    TRY(share_regions(arena, share, regions));
    TRY(share_occupations(arena, share, occupations));
    struct law_table *law = arena_take(arena, sizeof *law);
    TRY(share_law(arena, share, law));
    *ret_law = law;
    *ret_tables = (struct row_tables){.regions = regions, .occupations = occupations};
    return OK;
}

/* ---- opening ---- */

static struct err open_session(const char *name, struct pg **ret_pg) { return *ret_pg != NULL ? OK : pg_open(knob_text("PGURL"), name, ret_pg); }

/* Waits for a store or broker that is not there yet: the supervisor starts everything at once. */
static struct err open_stores(struct intake *intake, struct health *health) {
    for (;;) {
        health_turn(health);
        struct err err = open_session("payung-ingestion", &intake->pg);
        if (!failed(&err)) err = open_session("payung-ingestion-bulk", &intake->pg_bulk);
        if (!failed(&err)) err = intake_epochs_read(intake);
        const struct kafka_intake_options kafka = {
            .brokers = knob_text("BROKERS"),
            .frame = intake->frame,
            .member = "payung-ingestion",
            .produces = {TOPIC_SUBMITTED},
            .tails = TOPIC_DECIDED,
            .delivered = on_delivered,
            .arrived = on_arrived,
            .self = intake,
        };
        if (!failed(&err)) err = kafka_intake_open(&kafka, &intake->kafka);
        if (!failed(&err) || err.fate == FATE_FATAL) return err;
        if (signals_stop()) return ERR(AGAIN, "stopped before the stores answered");
        log_warning("waiting for a store", LOG_TEXT("error", err.text));
        health_say(health, false, err.text);
        clock_wait_ms(START_RETRY_MS);
    }
}

/* Cards are one part of many: without their font the rest goes on. */
static struct err open_cards(struct intake *intake, struct arena *tables) {
    enum { CARD_URL_BYTES = 64 };
    TRY(share_read(tables, knob_text("PAYUNG_SHARE"), "regions/villages.csv", CARD_VILLAGES_BYTES_MAX, &intake->villages));
    intake->card_url = knob_text("CARD_URL");
    if (intake->card_url[0] == '\0') {
        char *text = arena_take(tables, CARD_URL_BYTES);
        CHECK(snprintf(text, CARD_URL_BYTES, "http://127.0.0.1:%d/cards", (int)knob_int("API_PORT")) < CARD_URL_BYTES);
        intake->card_url = text;
    }
    char url[CARD_URL_MAX];
    if (!card_url(slice_text(intake->card_url), (struct card_code){.number = 1}, url)) return ERR(FATAL, "CARD_URL is too long for a QR code: at most %d bytes", CARD_URL_MAX - CARD_CODE_TEXT - 1);
    const struct err font = paper_fonts_ready();
    intake->can_draw = !failed(&font);
    if (!intake->can_draw) log_warning("cards will not be drawn", LOG_TEXT("error", font.text));
    return OK;
}

static struct err open_intake(struct intake *intake, struct arena *tables, struct health *health) {
    intake->arena = arena_create(ARENA_BYTES);
    intake->upload_directory = knob_text("PAYUNG_UPLOADS");
    intake->in_flight_max = (int)knob_int("IN_FLIGHT_MAX");
    intake->pace.most = knob_int("LIST_ROWS_MAX");
    intake->queue_bytes_max = knob_int("QUEUE_BYTES_MAX");
    intake->rechecks_per_second = (int)knob_int("RECHECKS_PER_SECOND");
    intake->recheck_again_s = (int)knob_int("RECHECK_AGAIN_S");
    intake->certificate_header = knob_text("CLIENT_CERTIFICATE_HEADER");
    intake->webhook_allow_private = knob_int("WEBHOOK_ALLOW_PRIVATE") == 1;
    for (int i = 0; i < PARTITIONS_MAX; i++) intake->epochs[i] = (struct intake_epoch){.epoch = 1};
    if (access(intake->upload_directory, W_OK | X_OK) != 0)
        return ERR(FATAL, "PAYUNG_UPLOADS %.120s: %s; make the folder writable", intake->upload_directory, strerror(errno));
    intake->rates = (struct rates){.per_second = knob_int("RATE_LIMIT_PER_SECOND"), .burst = knob_int("RATE_LIMIT_BURST")};
    intake->token_rates = (struct rates){.per_second = TOKENS_PER_SECOND, .burst = TOKENS_BURST};
    TRY(description_read(intake, tables, knob_text("PAYUNG_SHARE")));
    TRY(load_tables(tables, &intake->tables, &intake->law));
    TRY(open_cards(intake, tables));
    TRY(crypto_open(knob_text("PAYUNG_KEYS"), &intake->crypto));
    TRY(dryruns_open(intake, knob_text("PAYUNG_SHARE"), &intake->dryruns));
    struct err unsigned_receipts = signer_open(knob_text("PAYUNG_KEYS"), &intake->signer);
    if (failed(&unsigned_receipts)) log_warning("receipts will not be signed", LOG_TEXT("error", unsigned_receipts.text));
    TRY(redis_open(knob_text("REDIS_URL"), &intake->redis));
    TRY(schema_frame_open(knob_text("SCHEMA_IDS"), &intake->frame));
    TRY(open_stores(intake, health));
    intake->uploads = uploads_open(intake);
    intake->submitter = submitter_open(intake);
    intake->enrolments = enrolments_open(intake);
    intake->undo = undo_open();
    intake->countings = countings_open();
    intake->differences = differences_open();
    intake->watchers = watchers_open();
    const struct http_options http = {
        .port = (int)knob_int("API_PORT"),
        .connections_max = CONNECTIONS_MAX,
        .idle_seconds = CONNECTION_IDLE_SECONDS,
        .slow_seconds = CONNECTION_SLOW_SECONDS,
        .head_bytes_max = HEAD_BYTES_MAX,
        .refused = on_refused,
    };
    CHECK(routes[0].body_max == upload_bytes_max);
    return http_open(&http, routes, sizeof routes / sizeof *routes, intake, &intake->http);
}

static void close_intake(struct intake *intake) {
    http_close(intake->http);
    paper_fonts_forget();
    kafka_intake_close(intake->kafka); /* its last deliveries still find the parts below */
    schema_frame_close(intake->frame);
    if (intake->submitter != NULL) submitter_close(intake->submitter);
    if (intake->enrolments != NULL) enrolments_close(intake->enrolments);
    if (intake->uploads != NULL) uploads_close(intake->uploads);
    if (intake->countings != NULL) countings_close(intake->countings);
    if (intake->differences != NULL) differences_close(intake->differences);
    if (intake->watchers != NULL) watchers_close(intake->watchers);
    undo_close(intake->undo);
    dryruns_close(intake->dryruns);
    signer_close(intake->signer);
    redis_close(intake->redis);
    pg_close(intake->pg_bulk);
    pg_close(intake->pg);
    crypto_close(intake->crypto);
    explicit_bzero(intake->partners, sizeof intake->partners); /* with keys that sign */
    arena_destroy(intake->arena);
}

/* ---- the loop ---- */

static int timeout_ms(struct intake *intake, bool busy) {
    if (busy) return 0;
    int least = IDLE_MS, others[] = {http_timeout_ms(intake->http), enrolments_timeout_ms(intake), watchers_timeout_ms(intake)};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i] >= 0 && others[i] < least) least = others[i];
    return least;
}

/* One round: who waits for an answer first, lists last. True: there is more to do at once. */
static bool turn(struct intake *intake, int64_t *second_at_us) {
    http_run(intake->http);
    kafka_intake_turn(intake->kafka, TAIL_RECORDS_PER_TURN);
    bool busy = enrolments_turn(intake);
    http_run(intake->http); /* answers that were given in this round */
    busy = uploads_turn(intake) || busy;
    busy = submitter_turn(intake) || busy;
    busy = dryruns_turn(intake) || busy;
    busy = undo_turn(intake) || busy;
    busy = countings_turn(intake) || busy;
    busy = differences_turn(intake) || busy;
    watchers_turn(intake);
    reconcile_ranges_turn(intake);
    if (clock_monotonic_us() >= *second_at_us) {
        reconcile_turn(intake);
        recheck_turn(intake);
        signature_turn(intake);
        *second_at_us = clock_monotonic_us() + SECOND_US;
    }
    meter_set(METER_IN_FLIGHT, 0, kafka_intake_outstanding(intake->kafka));
    return busy;
}

static void tell_health(const struct intake *intake, struct health *health) {
    health_turn(health);
    if (intake->stopping) health_say(health, false, "stopping");
    else if (!kafka_intake_reachable(intake->kafka)) health_say(health, false, "no Kafka broker can be reached");
    else if (!intake_pg_allowed(intake)) health_say(health, false, "PostgreSQL does not answer");
    else health_say(health, true, submitter_idle(intake) ? "ready" : "ready; lists are being submitted");
}

static void wait_for_work(struct intake *intake, int wait_ms) {
    struct pollfd fds[] = {{.fd = http_fd(intake->http), .events = POLLIN}, {.fd = kafka_intake_fd(intake->kafka), .events = POLLIN}};
    if (poll(fds, sizeof fds / sizeof *fds, wait_ms) < 0) CHECK(errno == EINTR);
}

static void run(struct intake *intake, struct health *health) {
    bool busy = false;
    int64_t second_at_us = 0, stop_at_us = 0;
    for (;;) {
        wait_for_work(intake, timeout_ms(intake, busy));
        if (signals_stop() && !intake->stopping) {
            log_info("stopping");
            intake->stopping = true;
            stop_at_us = clock_monotonic_us() + STOP_US;
            http_stop_accepting(intake->http);
            watchers_stop(intake);
        }
        busy = turn(intake, &second_at_us);
        tell_health(intake, health);
        if (!intake->stopping) continue;
        /* What is under way ends or its time is up; whoever still waits then is told to try again with the same key or file. */
        bool quiet = http_open_requests(intake->http) == 0 && kafka_intake_outstanding(intake->kafka) == 0 && !busy;
        if (quiet || clock_monotonic_us() >= stop_at_us) break;
    }
    for (int i = 0; i < 100; i++) { /* also what ends just now: the library may not be closed with a request that waits for us */
        enrolments_stop(intake);
        while (uploads_turn(intake)) continue; /* lists that were received whole are staged or refused */
        while (countings_turn(intake) || differences_turn(intake)) continue; /* and whoever asked about one is answered */
        if (http_open_requests(intake->http) == 0) return;
        http_run(intake->http);
        clock_wait_ms(2);
    }
    enrolments_stop(intake);
    while (uploads_turn(intake)) continue; /* the same for the last of them */
}

static int serve(void) {
    struct health *health = NULL;
    struct intake *intake = calloc(1, sizeof *intake);
    struct arena *tables = arena_create(TABLES_BYTES);
    CHECK(intake != NULL);
    struct err err = health_open((int)knob_int("METRICS_PORT"), "ingestion", knob_text("INSTANCE"), &health);
    if (!failed(&err)) err = open_intake(intake, tables, health);
    if (!failed(&err)) {
        log_info("ready", LOG_INT("port", http_port(intake->http)));
        run(intake, health);
    } else if (!signals_stop()) {
        log_error("can't start", LOG_TEXT("error", err.text));
    }
    close_intake(intake);
    health_close(health);
    arena_destroy(tables);
    free(intake);
    return failed(&err) && !signals_stop() ? 1 : 0;
}

static const struct program program = {.name = "ingestion", .story = "takes lists and single enrolments over HTTP.", .knobs = knobs, .uses_kafka = true, .serve = serve};

int main(int argc, char **argv) { return program_main(&program, argc, argv); }
