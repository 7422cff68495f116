/* payung-console: the operators' page with what it shows and what can be done there, for browsers on this machine. Whoever can connect to 127.0.0.1 may look, unless CONSOLE_GUESTS=0, and sees nothing
 * of a person; who acts has signed in (access.h, acts.h). Every answer, also a refusal, carries a policy under which the page can load and run only what comes from here. One thread; what Kafka is asked
 * is kept for a moment, so that many viewers cost what one does. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/health.h"
#include "common/edge/http.h"
#include "common/edge/kafka_lag.h"
#include "common/edge/log.h"
#include "common/edge/program.h"
#include "common/edge/share.h"
#include "common/edge/share_tables.h"
#include "common/edge/signals.h"
#include "common/stage/retry.h"
#include "common/tables/knobs.h"
#include "services/console/access.h"
#include "services/console/acts.h"
#include "services/console/console.h"
#include "services/console/detail.h"
#include "services/console/view.h"
#include "services/console/watch.h"
#include "services/operations/application.h"
#include "services/operations/dead_letter_json.h"
#include "services/operations/pause.h"

enum {
    ARENA_BYTES = 16 * 1024 * 1024, TABLES_BYTES = 40 * 1024 * 1024, PAGE_BYTES_MAX = 512 * 1024, CONNECTIONS_MAX = 256, IDLE_SECONDS = 30, SLOW_SECONDS = 60, HEAD_BYTES_MAX = 16 * 1024,
    LAG_KEPT_US = 2000 * 1000, KAFKA_AGAIN_US = 5 * 1000 * 1000, LAG_SHOWN_US = 30 * 1000 * 1000 /* the last look is shown as long as that, while Kafka does not answer */, LETTERS_KEPT_US = 5 * 1000 * 1000, LETTERS_MAX = 1000, BOOKS_EACH_US = 5 * 1000 * 1000, PATIENCE_MS = 5000, IDLE_MS = 200, WATCH_MS = 50, ARGUMENT_MAX = 128,
};

static const struct knob knobs[] = {
    {"PGURL", KNOB_SECRET, NULL, 0, 0, "PostgreSQL address, postgresql://user:password@host:port/database."},
    {"BROKERS", KNOB_TEXT, NULL, 0, 0, "Kafka brokers, host:port,..."},
    {"PAYUNG_SHARE", KNOB_PATH, NULL, 0, 0, "share/payung of the installation: the page."},
    {"PAYUNG_KEYS", KNOB_PATH, "", 0, 0, "Folder of the key files; empty: nobody's name or number can be shown, whoever asks."},
    {"CONSOLE_GUESTS", KNOB_INT, "1", 0, 1, "1: who is not signed in may look (nothing of a person is shown); 0: only who has signed in."},
    {"CONSOLE_IDLE_MINUTES", KNOB_INT, "30", 1, 1440, "A sign-in ends after so many minutes without a request."},
    {"CONSOLE_SESSION_HOURS", KNOB_INT, "10", 1, 168, "A sign-in ends after so many hours in any case."},
    {"CONSOLE_TLS", KNOB_INT, "0", 0, 1, "1: the page is reached by https only (a proxy in front of it); its cookie is then never sent without."},
    {"CONSOLE_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for browsers; 0 = any free one, which the log tells."},
    {"METRICS_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for /healthz, /readyz, /metrics and /version; 0 = any free one, which the log tells."},
    {"INSTANCE", KNOB_TEXT, "0", 0, 0, "Name of this instance in logs and metrics."},
    {"LOG_LEVEL", KNOB_TEXT, "info", 0, 0, "debug, info, warning or error."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

/* What a browser loads, and as what. */
static const struct {
    const char *path, *content_type;
} parts[] = {
    {"/index.html", "text/html; charset=utf-8"}, /* also as "/" */
    {"/console.css", "text/css; charset=utf-8"},
    {"/uplot.css", "text/css; charset=utf-8"}, /* vendor/: charts, loaded by the pages that have some */
    {"/icon.svg", "image/svg+xml"},
    {"/words.id.json", "application/json"},
    {"/words.en.json", "application/json"},
#define SCRIPT(name) {"/" #name ".js", "text/javascript; charset=utf-8"}
    SCRIPT(console), SCRIPT(elements), SCRIPT(live), SCRIPT(overview), SCRIPT(batches), SCRIPT(enrolment), SCRIPT(letters), SCRIPT(topics), SCRIPT(agreements), SCRIPT(partners), SCRIPT(audit), SCRIPT(access), SCRIPT(act), SCRIPT(letter), SCRIPT(proposals), SCRIPT(pauses), SCRIPT(decide), SCRIPT(deliveries), SCRIPT(person),
    SCRIPT(list), SCRIPT(notifications), SCRIPT(cards), SCRIPT(messages), SCRIPT(charts), SCRIPT(uplot),
#undef SCRIPT
};
enum { PARTS = sizeof parts / sizeof *parts };
_Static_assert(sizeof parts / sizeof *parts <= CONSOLE_PARTS, "room for each");

/* ---- answers ---- */

static void put_policy(struct http_request *request) {
    http_set_header(request, "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    http_set_header(request, "X-Content-Type-Options", "nosniff");
    http_set_header(request, "Referrer-Policy", "no-referrer");
    http_set_header(request, "Cache-Control", "no-store");
}

void console_answer(struct http_request *request, int status, struct slice json) {
    put_policy(request);
    http_answer(request, status, "application/json", json);
}

void console_refuse(struct http_request *request, int status, const char *code) {
    char text[128];
    CHECK(snprintf(text, sizeof text, "{\"error\":\"%s\"}", code) < (int)sizeof text);
    console_answer(request, status, slice_text(text));
}

static void on_refused(void *self, struct http_request *request, int status) {
    (void)self;
    console_refuse(request, status, status == 404 ? "NOT_FOUND" : status == 405 ? "METHOD_NOT_ALLOWED" : "REFUSED");
}

static void note_failure(struct console *console, const struct err *err) {
    if (console->attempts == 0) log_warning("PostgreSQL failed; it is tried again", LOG_TEXT("error", err->text));
    console->pg_due_us = clock_monotonic_us() + retry_delay_ms(console->attempts++, (uint64_t)clock_unix_ms()) * 1000;
    (void)snprintf(console->trouble, sizeof console->trouble, "%s", err->text);
}

static void note_success(struct console *console) {
    if (console->attempts > 0) log_info("PostgreSQL answers again");
    console->attempts = 0;
    console->trouble[0] = '\0';
}

bool console_told(struct console *console, struct http_request *request, const struct err *err) {
    if (!failed(err)) {
        note_success(console);
        return true;
    }
    note_failure(console, err);
    console_refuse(request, 503, "DATABASE_AWAY");
    return false;
}

void console_answer_json(struct http_request *request, int status, json_t *document) {
    char *text = json_dumps(document, JSON_COMPACT);
    CHECK(text != NULL);
    console_answer(request, status, slice_text(text));
    explicit_bzero(text, strlen(text)); /* it may be about a person */
    free(text);
    json_decref(document);
}

bool console_may_ask(struct console *console, struct http_request *request) {
    if (clock_monotonic_us() >= console->pg_due_us) return true;
    console_refuse(request, 503, "DATABASE_AWAY");
    return false;
}

/* ---- the page ---- */

/* What was asked for, without its query. */
static struct slice path_of(struct http_request *request) {
    const struct slice target = http_target(request);
    const uint8_t *query = memchr(target.bytes, '?', target.size);
    return slice_of(target.bytes, query != NULL ? (size_t)(query - target.bytes) : target.size);
}

static void on_part(void *self, struct http_request *request) {
    const struct console *console = self;
    const struct slice path = path_of(request);
    for (size_t i = 0; i < PARTS; i++) {
        if (!slice_equal(path, slice_text(parts[i].path)) && !(i == 0 && slice_equal(path, slice_text("/")))) continue;
        put_policy(request);
        http_answer(request, 200, parts[i].content_type, console->texts[i]);
        return;
    }
    console_refuse(request, 404, "NOT_FOUND");
}

/* ---- what PostgreSQL knows ---- */

static void answer_view(struct console *console, struct http_request *request, const struct view *view, struct slice argument) {
    struct slice json;
    if (!console_may_ask(console, request)) return;
    arena_reset(console->arena);
    const struct err err = view_read(view, console->pg, console->arena, argument, &json);
    if (console_told(console, request, &err)) console_answer(request, 200, json);
}

static void on_view(void *self, struct http_request *request) {
    const struct slice path = path_of(request), after = http_query(request, "after");
    for (size_t i = 0; i < view_count; i++) {
        if (!slice_is(path, views[i].path)) continue;
        if (after.size > ARGUMENT_MAX) console_refuse(request, 400, "BAD_MARK");
        else answer_view(self, request, &views[i], after);
        return;
    }
    console_refuse(request, 404, "NOT_FOUND");
}

static void on_detail(void *self, struct http_request *request) {
    struct console *console = self;
    const struct view *detail = detail_of(path_of(request));
    const struct slice id = detail != NULL && detail->has_id ? http_segment(request, 0) : slice_text(""), mark = http_query(request, "after");
    struct slice json;
    if (detail == NULL || id.size > ARGUMENT_MAX || mark.size > ARGUMENT_MAX) {
        console_refuse(request, detail == NULL ? 404 : 400, detail == NULL ? "NOT_FOUND" : "BAD_MARK");
        return;
    }
    if (!console_may_ask(console, request)) return;
    arena_reset(console->arena);
    const struct err err = detail_read(detail, console->pg, console->arena, id, mark, &json);
    if (!console_told(console, request, &err)) return;
    if (json.bytes != NULL) console_answer(request, 200, json);
    else console_refuse(request, 404, "NOT_FOUND");
}

static void on_overview(void *self, struct http_request *request) { answer_view(self, request, &view_overview, slice_text("")); }

static void on_application(void *self, struct http_request *request) {
    struct console *console = self;
    struct id id;
    json_t *document = NULL;
    if (!id_parse(http_segment(request, 0), &id) || id_is_zero(id)) {
        console_refuse(request, 404, "NOT_FOUND");
        return;
    }
    if (!console_may_ask(console, request)) return;
    arena_reset(console->arena);
    const struct err err = application_document(console->pg, console->arena, id, &document);
    if (!console_told(console, request, &err)) return;
    const bool is_known = json_array_size(json_object_get(document, "attempts")) > 0 || json_is_object(json_object_get(document, "received"));
    if (is_known) {
        console_answer_json(request, 200, document);
        return;
    }
    json_decref(document);
    console_refuse(request, 404, "NOT_FOUND");
}

/* ---- what Kafka knows ---- */

static bool is_kept(const struct kept *kept) { return kept->text != NULL && clock_monotonic_us() < kept->until_us; }

static void keep(struct kept *kept, json_t *document, int64_t for_us) {
    free(kept->text);
    kept->text = json_dumps(document, JSON_COMPACT);
    CHECK(kept->text != NULL);
    kept->until_us = clock_monotonic_us() + for_us;
    json_decref(document);
}

static json_t *lag_json(const struct kafka_lag *rows, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        CHECK(json_array_append_new(list, json_pack("{s:s,s:i,s:s,s:I,s:f,s:o,s:I}", "topic", topic_row(rows[i].topic)->name, "partition", (int)rows[i].partition, "group", topic_group(rows[i].topic),
                                                    "lag", (json_int_t)rows[i].lag, "lag_seconds", rows[i].lag_seconds, "committed",
                                                    rows[i].committed >= 0 ? json_integer((json_int_t)rows[i].committed) : json_null(), "end", (json_int_t)rows[i].end)) == 0);
    return json_pack("{s:o}", "rows", list);
}

static struct err count_letters(struct console *console) {
    int64_t counts[TOPIC_LIMIT];
    const struct err err = dead_letters_open(console->pg, knob_text("BROKERS"), console->arena, counts);
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT && !failed(&err); topic++) observer_take_letters((enum topic)topic, counts[topic]);
    return err;
}

/* While PostgreSQL is away nobody counts as paused. */
static void look_at_pauses(struct console *console, bool ret_paused[TOPIC_LIMIT]) {
    struct pause_wish wishes[PAUSES_MAX];
    size_t count = 0;
    if (clock_monotonic_us() < console->pg_due_us) return;
    const struct err err = pause_list(console->pg, console->arena, wishes, &count);
    if (failed(&err)) note_failure(console, &err);
    else note_success(console);
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT && !failed(&err); topic++) ret_paused[topic] = pause_holds(wishes, count, (enum topic)topic);
}

static void observe_books(struct console *console) {
    if (clock_monotonic_us() < console->books_due_us || clock_monotonic_us() < console->pg_due_us) return;
    console->books_due_us = clock_monotonic_us() + BOOKS_EACH_US;
    arena_reset(console->arena);
    static const struct observer_steps steps = {.journals_max = OBSERVER_JOURNALS_MAX, .again_seconds = OBSERVER_AGAIN_SECONDS};
    struct err err = observer_take_books(console->pg, console->arena);
    if (!failed(&err)) err = observer_walk_ledger(console->pg, console->arena, &steps);
    if (failed(&err)) note_failure(console, &err);
    else note_success(console);
}

/* The look from outside, whether anybody watches or not. */
static void observe(struct console *console) {
    struct kafka_lag *rows;
    size_t count;
    const int64_t now_us = clock_monotonic_us();
    if (is_kept(&console->lag) || now_us < console->kafka_due_us) return;
    arena_reset(console->arena);
    struct err err = kafka_lag_look(knob_text("BROKERS"), console->arena, &rows, &count);
    if (!failed(&err)) {
        console->kafka_due_us = 0;
        bool is_paused[TOPIC_LIMIT] = {false};
        look_at_pauses(console, is_paused);
        observer_take(&console->observer, rows, count, is_paused, now_us);
        history_take(&console->history, rows, count, clock_unix_ms());
        keep(&console->lag, lag_json(rows, count), LAG_KEPT_US);
        if (clock_monotonic_us() >= console->pg_due_us) err = count_letters(console);
    }
    if (!failed(&err)) return;
    if (console->kafka_due_us == 0) log_warning("Kafka does not answer; it is tried again", LOG_TEXT("error", err.text));
    console->kafka_due_us = clock_monotonic_us() + KAFKA_AGAIN_US;
}

static void on_lag(void *self, struct http_request *request) {
    const struct console *console = self;
    if (console->lag.text != NULL && clock_monotonic_us() < console->lag.until_us + LAG_SHOWN_US) console_answer(request, 200, slice_text(console->lag.text));
    else console_refuse(request, 503, "KAFKA_AWAY");
}

static void on_history(void *self, struct http_request *request) {
    const struct console *console = self;
    console_answer_json(request, 200, history_json(&console->history));
}

struct letters {
    struct dead_letter_groups *groups;
    json_t *open; /* the first LETTERS_MAX */
};

static struct err take_letter(void *self, const struct dead_letter *letter) {
    struct letters *letters = self;
    dead_letter_groups_add(letters->groups, letter);
    if (letter->state == DEAD_LETTER_OPEN && json_array_size(letters->open) < LETTERS_MAX) CHECK(json_array_append_new(letters->open, dead_letter_json(letter)) == 0);
    return OK;
}

static struct err read_letters(struct console *console, json_t **ret_document) {
    const struct dead_letter_filter all = {.reason = slice_text(""), .with_closed = true};
    struct letters letters = {.groups = arena_zero(console->arena, 1, sizeof *letters.groups), .open = json_array()};
    const struct err err = dead_letter_scan(console->pg, knob_text("BROKERS"), &all, take_letter, &letters);
    if (failed(&err)) {
        json_decref(letters.open);
        return err;
    }
    *ret_document = dead_letter_groups_json(letters.groups);
    CHECK(json_object_set_new(*ret_document, "letters", letters.open) == 0);
    return OK;
}

static void on_letters(void *self, struct http_request *request) {
    struct console *console = self;
    json_t *document = NULL;
    if (!is_kept(&console->letters)) {
        arena_reset(console->arena);
        const struct err err = read_letters(console, &document);
        if (failed(&err)) {
            console_refuse(request, 503, "KAFKA_AWAY");
            return;
        }
        keep(&console->letters, document, LETTERS_KEPT_US);
    }
    console_answer(request, 200, slice_text(console->letters.text));
}

/* ---- the stream ---- */

static void on_events(void *self, struct http_request *request) {
    struct console *console = self;
    if (streams_are_full(console->streams)) {
        console_refuse(request, 503, "TOO_MANY_VIEWERS");
        return;
    }
    put_policy(request);
    stream_begin(console->streams, request);
}

static void on_messages(void *self, struct http_request *request) {
    const struct console *console = self;
    static const struct {
        int status;
        const char *json;
    } refusals[] = {[WATCH_NO_TOPIC] = {404, "{\"error\":\"NOT_FOUND\"}"}, [WATCH_BAD_FIND] = {400, "{\"error\":\"BAD_FILTER\"}"}, [WATCH_FULL] = {503, "{\"error\":\"TOO_MANY_VIEWERS\"}"},
                    [WATCH_AWAY] = {503, "{\"error\":\"KAFKA_AWAY\"}"}};
    put_policy(request);
    const enum watch_answer begun = watch_begin(console->watches, request, http_segment(request, 0), http_query(request, "find"));
    if (begun != WATCH_BEGUN) http_answer(request, refusals[begun].status, "application/json", slice_text(refusals[begun].json));
}

/* The overview, once a look for all who follow it. */
static void feed_streams(struct console *console) {
    struct slice json;
    if (!streams_are_due(console->streams) || clock_monotonic_us() < console->pg_due_us) return;
    arena_reset(console->arena);
    const struct err err = view_read(&view_overview, console->pg, console->arena, slice_text(""), &json);
    if (failed(&err)) note_failure(console, &err);
    else note_success(console);
    if (!failed(&err)) streams_tell(console->streams, json);
}

#define LOOK(path, end) {"GET", path, 0, access_look_begin, NULL, end, NULL}
#define ACT(path, end) {"POST", path, ACT_BODY_BYTES_MAX, NULL, NULL, end, NULL}
static const struct http_route routes[] = {
    {"GET", "/", 0, NULL, NULL, on_part, NULL},
    {"GET", "/{}", 0, NULL, NULL, on_part, NULL},
    LOOK("/api/overview", on_overview),
    LOOK("/api/lag", on_lag),
    LOOK("/api/history", on_history),
    LOOK("/api/messages/{}", on_messages),
    LOOK("/api/batches/{}", on_detail),
    LOOK("/api/notifications", on_detail),
    LOOK("/api/failed", on_detail),
    LOOK("/api/cards", on_detail),
    LOOK("/api/cards/{}", on_detail),
    LOOK("/api/letters", on_letters),
    LOOK("/api/events", on_events),
    LOOK("/api/pauses", act_pauses_end),
    LOOK("/api/enrolments/{}", on_application),
    LOOK("/api/letters/{}", act_letter_show_end),
    LOOK("/api/proposals/{}", act_proposal_show_end),
    {"GET", "/api/session", 0, NULL, NULL, access_session_end, NULL},
    LOOK("/api/{}", on_view),
    ACT("/api/session", access_sign_in_end),
    {"DELETE", "/api/session", 0, NULL, NULL, access_sign_out_end, NULL},
    ACT("/api/letters/replay", act_letters_replay_end),
    ACT("/api/letters/discard", act_letters_discard_end),
    ACT("/api/letters/{}/edit", act_letter_edit_end),
    ACT("/api/pauses", act_pause_end),
    ACT("/api/batches/{}/{}", act_batch_end),
    ACT("/api/proposals/{}/{}", act_proposal_end),
    ACT("/api/deliveries/{}/resend", act_delivery_end),
    ACT("/api/enrolments/{}/person", act_person_end),
};

/* ---- life ---- */

static struct err open_all(struct console *console) {
    const struct http_options http = {.port = (int)knob_int("CONSOLE_PORT"), .connections_max = CONNECTIONS_MAX, .idle_seconds = IDLE_SECONDS, .slow_seconds = SLOW_SECONDS,
                                      .head_bytes_max = HEAD_BYTES_MAX, .refused = on_refused};
    TRY(health_open((int)knob_int("METRICS_PORT"), "console", knob_text("INSTANCE"), &console->health));
    log_info("starting", LOG_TEXT("version", PAYUNG_VERSION), LOG_INT("metrics_port", health_port(console->health)));
    for (size_t i = 0; i < PARTS; i++) {
        char file[64];
        CHECK(snprintf(file, sizeof file, "console%s", parts[i].path) < (int)sizeof file);
        TRY(share_read(console->tables, knob_text("PAYUNG_SHARE"), file, PAGE_BYTES_MAX, &console->texts[i]));
    }
    TRY(share_regions(console->tables, knob_text("PAYUNG_SHARE"), &console->regions));
    TRY(share_law(console->tables, knob_text("PAYUNG_SHARE"), &console->law));
    if (knob_text("PAYUNG_KEYS")[0] != '\0') TRY(crypto_open(knob_text("PAYUNG_KEYS"), &console->crypto));
    console->sign_ins = (struct rates){.per_second = 2, .burst = 5};
    console->streams = streams_open();
    console->watches = watches_open(knob_text("BROKERS"));
    return http_open(&http, routes, sizeof routes / sizeof *routes, console, &console->http);
}

static struct err wait_for_store(struct console *console) {
    for (uint32_t attempt = 0; !signals_stop(); attempt++) {
        health_turn(console->health);
        const struct err err = pg_open(knob_text("PGURL"), "payung-console", &console->pg);
        if (!failed(&err)) pg_patience(console->pg, PATIENCE_MS);
        if (!failed(&err) || err.fate == FATE_FATAL) return err;
        if (attempt == 0) log_warning("PostgreSQL is away at the start: trying again", LOG_TEXT("error", err.text));
        health_say(console->health, false, err.text);
        clock_wait_ms(retry_delay_ms(attempt, (uint64_t)clock_unix_ms()));
    }
    return OK;
}

static void run(struct console *console) {
    log_info("ready", LOG_INT("port", http_port(console->http)));
    while (!signals_stop()) {
        const int http_ms = http_timeout_ms(console->http), idle_ms = watches_are_busy(console->watches) ? WATCH_MS : IDLE_MS, wait_ms = http_ms >= 0 && http_ms < idle_ms ? http_ms : idle_ms;
        struct pollfd poller = {.fd = http_fd(console->http), .events = POLLIN};
        if (poll(&poller, 1, wait_ms) < 0) CHECK(errno == EINTR);
        http_run(console->http);
        observe(console);
        observe_books(console);
        feed_streams(console);
        watches_turn(console->watches);
        health_turn(console->health);
        health_say(console->health, console->trouble[0] == '\0', console->trouble[0] == '\0' ? "ready" : console->trouble);
    }
    log_info("stopping");
    http_stop_accepting(console->http);
    streams_end(console->streams);
    watches_end(console->watches);
    http_run(console->http);
}

static void close_all(struct console *console) {
    http_close(console->http);
    streams_close(console->streams);
    watches_close(console->watches);
    pg_close(console->pg);
    crypto_close(console->crypto);
    free(console->lag.text);
    free(console->letters.text);
    arena_destroy(console->arena);
    arena_destroy(console->tables);
    health_close(console->health);
}

static int serve(void) {
    struct console console = {.tables = arena_create(TABLES_BYTES + PARTS * PAGE_BYTES_MAX), .arena = arena_create(ARENA_BYTES)};
    struct err err = open_all(&console);
    if (!failed(&err)) err = wait_for_store(&console);
    if (!failed(&err) && console.pg != NULL) run(&console);
    if (failed(&err)) log_error("ends: fatal", LOG_TEXT("error", err.text));
    close_all(&console);
    if (!failed(&err)) log_info("ends");
    return failed(&err) ? 1 : 0;
}

static const struct program program = {.name = "console", .story = "the operators' page: what moves, what stands still, and why.", .knobs = knobs, .serve = serve};

int main(int argc, char **argv) { return program_main(&program, argc, argv); }
