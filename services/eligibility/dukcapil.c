/* Facts from a Dukcapil-like service over HTTP: is this person alive, and where does the KTP say that he lives? The one adapter that opens seals, because it must ask with the NIK
 * itself; keys are opened only when the service is set up. Who is refused for his form anyway is not asked about, equal questions of a batch are asked once, every look-up is
 * counted in facts.lookup. Silence, slowness and nonsense are NO_ANSWER within a bounded time; then a breaker keeps the next batches from waiting for
 * nothing. No NIK, name, question or answer may reach a log or an error text. */
#include <stdlib.h>

#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "common/edge/http_many.h"
#include "common/edge/log_enrolment.h"
#include "common/tables/meters.h"
#include "services/eligibility/breaker.h"
#include "services/eligibility/facts_adapter.h"

enum { HTTP_OK = 200, PROBE_SHARE = 2 /* a probe may wait half of the time */, FAILURES_A_CONNECTION = 2 };

struct dukcapil {
    struct pg *pg;
    struct crypto *crypto;
    struct http_many *http;
    struct breaker breaker;
    const char *instance;
    int timeout_ms, connections;
    uint64_t turn; /* batches that were asked about */
    int64_t answered_unbooked, unanswered_unbooked, unsent_unbooked; /* told with the next booking */
};

/* The questions of a batch. Equal bodies have one question. */
struct inquiry {
    struct http_question *questions;
    size_t count;
    size_t *of_item;   /* index into questions, or NOT_ASKED */
    struct dukcapil_fact *answers; /* per question */
};
#define NOT_ASKED SIZE_MAX
#define NOT_OPENED (SIZE_MAX - 1)

static void close_dukcapil(void *state) {
    struct dukcapil *self = state;
    http_many_close(self->http);
    crypto_close(self->crypto);
    free(self);
}

static struct err open_all(struct dukcapil *self, const struct facts_options *options) {
    TRY(crypto_open(options->keys_folder, &self->crypto));
    return http_many_open(&(struct http_many_options){.url = options->dukcapil_url, .token = options->dukcapil_token, .connections = options->dukcapil_connections,
                                                      .answer_bytes_max = DUKCAPIL_ANSWER_BYTES_MAX},
                          &self->http);
}

static struct err open_dukcapil(const struct facts_options *options, const struct facts_stores *stores, void **ret_self) {
    if (options->dukcapil_url[0] == '\0') return OK;
    struct dukcapil *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    self->pg = stores->pg;
    self->instance = options->instance;
    self->timeout_ms = options->dukcapil_timeout_ms;
    self->connections = options->dukcapil_connections;
    struct err err = open_all(self, options);
    if (failed(&err)) {
        close_dukcapil(self);
        return err;
    }
    if (http_is_open_to_others(options->dukcapil_url)) log_warning("DUKCAPIL_URL is not https: NIKs travel in the clear. Use https, or a gateway on this machine");
    *ret_self = self;
    return OK;
}

/* ---- the questions ---- */

/* Nobody is asked about whose form is refused anyway, or whose agreement is unknown. */
static bool is_asked(const struct facts_asking *asking, const struct application *application) {
    if (application == NULL || person_is_nobody(application->person)) return false;
    if (code_set_of_kind(code_set_of_group(application->findings, 1), CODE_REFUSAL).bits != 0) return false;
    return agreement_by_id(asking->stores->agreements, application->agreement_id) != NULL;
}

/* A seal that does not open is a damaged record; the person can't be asked about and waits. */
static struct err write_question(struct dukcapil *self, const struct facts_asking *asking, const struct application *application, struct slice *ret_body) {
    struct arena *arena = asking->batch->arena;
    struct person person;
    struct err err = crypto_unseal(self->crypto, arena, application->sealed_person, application->seal_key_id, application->application_id, &person);
    if (failed(&err)) return err;
    if (person.nik.size == 0) return ERR(PARK, "a sealed person has no NIK");
    *ret_body = dukcapil_write(&(struct dukcapil_question){.nik = person.nik, .name = person.name, .birth_date = application->birth_date, .sex = application->sex}, arena);
    return OK;
}

struct body {
    struct slice text;
    size_t item;
};

static int compare_bodies(const void *a, const void *b) {
    const struct body *first = a, *second = b;
    const int order = slice_compare(first->text, second->text);
    return order != 0 ? order : (first->item > second->item) - (first->item < second->item);
}

static struct err write_inquiry(struct dukcapil *self, const struct facts_asking *asking, struct inquiry *inquiry) {
    const struct stage_batch *batch = asking->batch;
    struct body *bodies = arena_take(batch->arena, (batch->count + 1) * sizeof *bodies);
    size_t body_count = 0;
    *inquiry = (struct inquiry){.of_item = arena_take(batch->arena, (batch->count + 1) * sizeof(size_t))};
    for (size_t i = 0; i < batch->count; i++) {
        const struct application *application = facts_application(batch, i);
        inquiry->of_item[i] = NOT_ASKED;
        if (!is_asked(asking, application)) continue;
        bodies[body_count].item = i;
        struct err err = write_question(self, asking, application, &bodies[body_count].text);
        if (failed(&err) && err.fate != FATE_PARK) return err;
        if (failed(&err)) {
            const struct enrolment_names names = enrolment_names(application->application_id);
            log_warning("the seal of a person does not open: nobody is asked, and the person waits", LOG_ENROLMENT(names));
            inquiry->of_item[i] = NOT_OPENED;
        }
        body_count += !failed(&err);
    }
    qsort(bodies, body_count, sizeof *bodies, compare_bodies);
    inquiry->questions = arena_zero(batch->arena, body_count + 1, sizeof *inquiry->questions);
    inquiry->answers = arena_zero(batch->arena, body_count + 1, sizeof *inquiry->answers);
    for (size_t i = 0; i < body_count; i++) {
        if (i == 0 || !slice_equal(bodies[i].text, bodies[i - 1].text)) inquiry->questions[inquiry->count++].body = bodies[i].text;
        inquiry->of_item[bodies[i].item] = inquiry->count - 1;
    }
    return OK;
}

/* ---- asking ---- */

/* Adds to the report of look-ups what was not yet told. */
static struct err book(struct dukcapil *self, const struct facts_asking *asking, int64_t asked) {
    struct pg_parameters *p = pg_parameters(asking->batch->arena);
    pg_add_date(p, day_of_business(asking->batch->moment_ms));
    pg_add_text(p, slice_text(self->instance));
    pg_add_int8(p, asked - self->unsent_unbooked);
    pg_add_int8(p, self->answered_unbooked);
    pg_add_int8(p, self->unanswered_unbooked);
    TRY(pg_run(self->pg, asking->batch->arena,
               "INSERT INTO facts.lookup AS l (day, source, asker, asked, answered, unanswered) VALUES ($1, 'dukcapil', $2, $3, $4, $5)"
               " ON CONFLICT (day, source, asker) DO UPDATE SET asked = l.asked + excluded.asked, answered = l.answered + excluded.answered,"
               " unanswered = l.unanswered + excluded.unanswered",
               p, NULL));
    self->answered_unbooked = self->unanswered_unbooked = self->unsent_unbooked = 0;
    return OK;
}

/* self: the answers of the questions that are being asked. */
static bool read_answer(void *self, size_t question, const struct http_question *answered) {
    struct dukcapil_fact *answers = self;
    return answered->status == HTTP_OK && answered->is_json && dukcapil_read(answered->answer, &answers[question]);
}

/* Asks questions [first, behind) within timeout_ms; how many were answered. Look-ups are counted before they are sent, so that a crash never leaves one out of the report;
 * what was not sent after all is taken off behind it. */
static struct err ask(struct dukcapil *self, const struct facts_asking *asking, struct inquiry *inquiry, size_t first, size_t behind, int timeout_ms, size_t *ret_answered) {
    size_t answered = 0, sent = 0;
    TRY(book(self, asking, (int64_t)(behind - first)));
    const struct http_bounds bounds = {.timeout_ms = timeout_ms, .failures_max = (size_t)self->connections * FAILURES_A_CONNECTION, .read = read_answer, .self = inquiry->answers + first};
    http_many_run(self->http, asking->batch->arena, inquiry->questions + first, behind - first, &bounds);
    for (size_t i = first; i < behind; i++) {
        sent += inquiry->questions[i].sent;
        answered += inquiry->answers[i].answer != DUKCAPIL_NO_ANSWER;
    }
    const int64_t unanswered = (int64_t)(sent - answered), unsent = (int64_t)(behind - first - sent);
    meter_add(METER_DUKCAPIL_ASKED, 0, (int64_t)sent);
    meter_add(METER_DUKCAPIL_ANSWERED, 0, (int64_t)answered);
    meter_add(METER_DUKCAPIL_UNANSWERED, 0, unanswered);
    meter_add(METER_DUKCAPIL_SPARED, 0, unsent);
    self->answered_unbooked += (int64_t)answered;
    self->unanswered_unbooked += unanswered;
    self->unsent_unbooked += unsent;
    *ret_answered = answered;
    struct err err = book(self, asking, 0);
    if (failed(&err)) log_warning("the report of look-ups can't be written now: it is told with the next batch", LOG_TEXT("error", err.text));
    return OK;
}

static int64_t now_ms(void) { return clock_monotonic_us() / 1000; }

static void tell_breaker(struct dukcapil *self, size_t asked, size_t answered) {
    const bool was_away = self->breaker.failures > 0;
    breaker_tell(&self->breaker, asked, answered, now_ms(), (uint64_t)clock_monotonic_us());
    const bool is_away = self->breaker.failures > 0;
    meter_set(METER_DUKCAPIL_AWAY, 0, is_away);
    if (is_away && !was_away) log_warning("Dukcapil does not answer: applications wait with P01, the service is probed now and then", LOG_INT("asked", asked));
    else if (!is_away && was_away) log_info("Dukcapil answers again");
    else if (!is_away && answered < asked) log_warning("Dukcapil left questions unanswered", LOG_INT("asked", asked), LOG_INT("answered", answered));
}

/* Begins with another question each time. Questions stand in the order of their bytes, and who waits comes again together with the same others: people whose question always
 * fails would else stand in front for ever, as the probe or as the failures that end a run, and nobody behind them be asked about. */
static void turn_questions(struct dukcapil *self, const struct stage_batch *batch, struct inquiry *inquiry) {
    const size_t count = inquiry->count, first = (size_t)(self->turn++ * UINT64_C(0x9E3779B97F4A7C15) >> 33) % count;
    struct http_question *turned = arena_take(batch->arena, count * sizeof *turned);
    for (size_t i = 0; i < count; i++) turned[i] = inquiry->questions[(first + i) % count];
    inquiry->questions = turned;
    for (size_t i = 0; i < batch->count; i++)
        if (inquiry->of_item[i] < count) inquiry->of_item[i] = (inquiry->of_item[i] + count - first) % count;
}

static struct err ask_all(struct dukcapil *self, const struct facts_asking *asking, struct inquiry *inquiry) {
    const enum breaker_state state = breaker_state(&self->breaker, now_ms());
    if (state == BREAKER_OPEN) {
        meter_add(METER_DUKCAPIL_SPARED, 0, (int64_t)inquiry->count);
        return OK;
    }
    turn_questions(self, asking->batch, inquiry);
    const int64_t began_us = clock_monotonic_us();
    size_t first = 0, answered = 0;
    if (state == BREAKER_PROBE) {
        first = 1;
        TRY(ask(self, asking, inquiry, 0, 1, self->timeout_ms / PROBE_SHARE + 1, &answered));
        tell_breaker(self, 1, answered);
        if (answered == 0) meter_add(METER_DUKCAPIL_SPARED, 0, (int64_t)(inquiry->count - 1));
        if (answered == 0) return OK;
    }
    if (first < inquiry->count) {
        const int left_ms = self->timeout_ms - (int)((clock_monotonic_us() - began_us) / 1000);
        TRY(ask(self, asking, inquiry, first, inquiry->count, left_ms > 1 ? left_ms : 1, &answered));
        tell_breaker(self, inquiry->count - first, answered);
    }
    meter_observe_us(METER_DUKCAPIL_SECONDS, 0, clock_monotonic_us() - began_us);
    return OK;
}

static struct err fetch_dukcapil(void *state, const struct facts_asking *asking, struct batch_facts *facts) {
    struct dukcapil *self = state;
    struct inquiry inquiry;
    struct dukcapil_fact *known = arena_zero(asking->batch->arena, asking->batch->count + 1, sizeof *known);
    TRY(write_inquiry(self, asking, &inquiry));
    for (size_t i = 0; i < inquiry.count; i++) inquiry.answers[i].answer = DUKCAPIL_NO_ANSWER;
    if (inquiry.count > 0) TRY(ask_all(self, asking, &inquiry));
    for (size_t i = 0; i < asking->batch->count; i++) {
        if (inquiry.of_item[i] == NOT_OPENED) known[i].answer = DUKCAPIL_NO_ANSWER;
        else if (inquiry.of_item[i] != NOT_ASKED) known[i] = inquiry.answers[inquiry.of_item[i]];
    }
    facts->dukcapil = known;
    return OK;
}

const struct facts_adapter facts_dukcapil = {.name = "dukcapil", .open = open_dukcapil, .fetch = fetch_dukcapil, .close = close_dukcapil};
