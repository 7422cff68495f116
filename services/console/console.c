/* payung-console: the operators' page with what it shows, for browsers on this machine. It only looks: nothing here changes a row. Whoever can connect to 127.0.0.1 may look, and sees nothing of a
 * person; every answer, also a refusal, carries a policy under which the page can load and run only what comes from here. One thread; what Kafka is asked is kept for a moment, so that many
 * viewers cost what one does. */
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
#include "common/edge/signals.h"
#include "common/stage/retry.h"
#include "common/tables/knobs.h"
#include "services/console/observer.h"
#include "services/console/stream.h"
#include "services/console/view.h"
#include "services/operations/application.h"
#include "services/operations/dead_letter_json.h"
#include "services/operations/pause.h"

enum {
    ARENA_BYTES = 16 * 1024 * 1024, PAGE_BYTES_MAX = 512 * 1024, CONNECTIONS_MAX = 256, IDLE_SECONDS = 30, SLOW_SECONDS = 60, HEAD_BYTES_MAX = 16 * 1024,
    LAG_KEPT_US = 2000 * 1000, KAFKA_AGAIN_US = 5 * 1000 * 1000, LAG_SHOWN_US = 30 * 1000 * 1000 /* the last look is shown as long as that, while Kafka does not answer */, LETTERS_KEPT_US = 5 * 1000 * 1000, LETTERS_MAX = 1000, BOOKS_EACH_US = 5 * 1000 * 1000, PATIENCE_MS = 5000, IDLE_MS = 200, ARGUMENT_MAX = 128,
};

static const struct knob knobs[] = {
    {"PGURL", KNOB_SECRET, NULL, 0, 0, "PostgreSQL address, postgresql://user:password@host:port/database."},
    {"BROKERS", KNOB_TEXT, NULL, 0, 0, "Kafka brokers, host:port,..."},
    {"PAYUNG_SHARE", KNOB_PATH, NULL, 0, 0, "share/payung of the installation: the page."},
    {"CONSOLE_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for browsers; 0 = any free one, which the log tells."},
    {"METRICS_PORT", KNOB_INT, "0", 0, 65535, "Port on 127.0.0.1 for /healthz, /readyz, /metrics and /version; 0 = any free one, which the log tells."},
    {"INSTANCE", KNOB_TEXT, "0", 0, 0, "Name of this instance in logs and metrics."},
    {"LOG_LEVEL", KNOB_TEXT, "info", 0, 0, "debug, info, warning or error."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

/* What a browser loads. */
static const struct {
    const char *path, *file, *content_type;
} parts[] = {
    {"/", "console/index.html", "text/html; charset=utf-8"},
    {"/console.css", "console/console.css", "text/css; charset=utf-8"},
    {"/console.js", "console/console.js", "text/javascript; charset=utf-8"},
    {"/icon.svg", "console/icon.svg", "image/svg+xml"},
    {"/words.id.json", "console/words.id.json", "application/json"},
    {"/words.en.json", "console/words.en.json", "application/json"},
};
enum { PARTS = sizeof parts / sizeof *parts };

/* An answer that is kept for a moment. */
struct kept {
    char *text; /* NULL: none */
    int64_t until_us;
};

struct console {
    struct pg *pg;
    struct http_server *http;
    struct health *health;
    struct arena *tables, *arena;
    struct slice texts[PARTS];
    struct kept lag, letters;
    struct observer observer;
    int64_t kafka_due_us; /* Kafka did not answer: it is left alone until then */
    struct streams *streams;
    uint32_t attempts; /* failures of PostgreSQL one after the other */
    int64_t pg_due_us, books_due_us;
    char trouble[ERR_TEXT_MAX];
};

/* ---- answers ---- */

static void put_policy(struct http_request *request) {
    http_set_header(request, "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    http_set_header(request, "X-Content-Type-Options", "nosniff");
    http_set_header(request, "Referrer-Policy", "no-referrer");
    http_set_header(request, "Cache-Control", "no-store");
}

static void answer(struct http_request *request, int status, struct slice json) {
    put_policy(request);
    http_answer(request, status, "application/json", json);
}

static void refuse(struct http_request *request, int status, const char *code) {
    char text[128];
    CHECK(snprintf(text, sizeof text, "{\"error\":\"%s\"}", code) < (int)sizeof text);
    answer(request, status, slice_text(text));
}

static void on_refused(void *self, struct http_request *request, int status) {
    (void)self;
    refuse(request, status, status == 404 ? "NOT_FOUND" : status == 405 ? "METHOD_NOT_ALLOWED" : "REFUSED");
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

/* While PostgreSQL is away it is left alone between tries, and everybody is told so at once. */
static bool may_ask(struct console *console, struct http_request *request) {
    if (clock_monotonic_us() >= console->pg_due_us) return true;
    refuse(request, 503, "DATABASE_AWAY");
    return false;
}

/* ---- the page ---- */

static void on_part(void *self, struct http_request *request) {
    const struct console *console = self;
    for (size_t i = 0; i < PARTS; i++) {
        const struct slice target = http_target(request);
        const size_t size = strlen(parts[i].path);
        if (target.size < size || memcmp(target.bytes, parts[i].path, size) != 0 || (target.size > size && target.bytes[size] != '?')) continue;
        put_policy(request);
        http_answer(request, 200, parts[i].content_type, console->texts[i]);
        return;
    }
    refuse(request, 404, "NOT_FOUND");
}

/* ---- what PostgreSQL knows ---- */

static void answer_view(struct console *console, struct http_request *request, const struct view *view, struct slice argument) {
    struct slice json;
    if (!may_ask(console, request)) return;
    arena_reset(console->arena);
    const struct err err = view_read(view, console->pg, console->arena, argument, &json);
    if (failed(&err)) {
        note_failure(console, &err);
        refuse(request, 503, "DATABASE_AWAY");
        return;
    }
    note_success(console);
    answer(request, 200, json);
}

static void on_view(void *self, struct http_request *request) {
    const struct slice target = http_target(request), after = http_query(request, "after");
    for (size_t i = 0; i < view_count; i++) {
        const size_t size = strlen(views[i].path);
        if (target.size < size || memcmp(target.bytes, views[i].path, size) != 0 || (target.size > size && target.bytes[size] != '?')) continue;
        if (after.size > ARGUMENT_MAX) refuse(request, 400, "BAD_MARK");
        else answer_view(self, request, &views[i], after);
        return;
    }
    refuse(request, 404, "NOT_FOUND");
}

static void on_overview(void *self, struct http_request *request) { answer_view(self, request, &view_overview, slice_text("")); }

static void on_application(void *self, struct http_request *request) {
    struct console *console = self;
    struct id id;
    json_t *document = NULL;
    if (!id_parse(http_segment(request, 0), &id) || id_is_zero(id)) {
        refuse(request, 404, "NOT_FOUND");
        return;
    }
    if (!may_ask(console, request)) return;
    arena_reset(console->arena);
    const struct err err = application_document(console->pg, console->arena, id, &document);
    if (failed(&err)) {
        note_failure(console, &err);
        refuse(request, 503, "DATABASE_AWAY");
        return;
    }
    note_success(console);
    char *text = json_dumps(document, JSON_COMPACT);
    const bool is_known = json_array_size(json_object_get(document, "attempts")) > 0 || json_is_object(json_object_get(document, "received"));
    CHECK(text != NULL);
    if (is_known) answer(request, 200, slice_text(text));
    else refuse(request, 404, "NOT_FOUND");
    free(text);
    json_decref(document);
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
        keep(&console->lag, lag_json(rows, count), LAG_KEPT_US);
        if (clock_monotonic_us() >= console->pg_due_us) err = count_letters(console);
    }
    if (!failed(&err)) return;
    if (console->kafka_due_us == 0) log_warning("Kafka does not answer; it is tried again", LOG_TEXT("error", err.text));
    console->kafka_due_us = clock_monotonic_us() + KAFKA_AGAIN_US;
}

static void on_lag(void *self, struct http_request *request) {
    const struct console *console = self;
    if (console->lag.text != NULL && clock_monotonic_us() < console->lag.until_us + LAG_SHOWN_US) answer(request, 200, slice_text(console->lag.text));
    else refuse(request, 503, "KAFKA_AWAY");
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
            refuse(request, 503, "KAFKA_AWAY");
            return;
        }
        keep(&console->letters, document, LETTERS_KEPT_US);
    }
    answer(request, 200, slice_text(console->letters.text));
}

/* ---- the stream ---- */

static void on_events(void *self, struct http_request *request) {
    struct console *console = self;
    if (streams_are_full(console->streams)) {
        refuse(request, 503, "TOO_MANY_VIEWERS");
        return;
    }
    put_policy(request);
    stream_begin(console->streams, request);
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

static const struct http_route routes[] = {
    {"GET", "/", 0, NULL, NULL, on_part, NULL},
    {"GET", "/{}", 0, NULL, NULL, on_part, NULL},
    {"GET", "/api/overview", 0, NULL, NULL, on_overview, NULL},
    {"GET", "/api/lag", 0, NULL, NULL, on_lag, NULL},
    {"GET", "/api/letters", 0, NULL, NULL, on_letters, NULL},
    {"GET", "/api/events", 0, NULL, NULL, on_events, NULL},
    {"GET", "/api/enrolments/{}", 0, NULL, NULL, on_application, NULL},
    {"GET", "/api/{}", 0, NULL, NULL, on_view, NULL},
};

/* ---- life ---- */

static struct err open_all(struct console *console) {
    const struct http_options http = {.port = (int)knob_int("CONSOLE_PORT"), .connections_max = CONNECTIONS_MAX, .idle_seconds = IDLE_SECONDS, .slow_seconds = SLOW_SECONDS,
                                      .head_bytes_max = HEAD_BYTES_MAX, .refused = on_refused};
    TRY(health_open((int)knob_int("METRICS_PORT"), "console", knob_text("INSTANCE"), &console->health));
    log_info("starting", LOG_TEXT("version", PAYUNG_VERSION), LOG_INT("metrics_port", health_port(console->health)));
    for (size_t i = 0; i < PARTS; i++) TRY(share_read(console->tables, knob_text("PAYUNG_SHARE"), parts[i].file, PAGE_BYTES_MAX, &console->texts[i]));
    console->streams = streams_open();
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
        const int http_ms = http_timeout_ms(console->http), wait_ms = http_ms >= 0 && http_ms < IDLE_MS ? http_ms : IDLE_MS;
        struct pollfd poller = {.fd = http_fd(console->http), .events = POLLIN};
        if (poll(&poller, 1, wait_ms) < 0) CHECK(errno == EINTR);
        http_run(console->http);
        observe(console);
        observe_books(console);
        feed_streams(console);
        health_turn(console->health);
        health_say(console->health, console->trouble[0] == '\0', console->trouble[0] == '\0' ? "ready" : console->trouble);
    }
    log_info("stopping");
    http_stop_accepting(console->http);
    streams_end(console->streams);
    http_run(console->http);
}

static void close_all(struct console *console) {
    http_close(console->http);
    streams_close(console->streams);
    pg_close(console->pg);
    free(console->lag.text);
    free(console->letters.text);
    arena_destroy(console->arena);
    arena_destroy(console->tables);
    health_close(console->health);
}

static int serve(void) {
    struct console console = {.tables = arena_create(PARTS * PAGE_BYTES_MAX), .arena = arena_create(ARENA_BYTES)};
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
