/* Single enrolments: POST /v1/enrolments with an Idempotency-Key, and GET of one. All requests that came in one turn of the loop share one round trip to
 * PostgreSQL, where the key is claimed (ON CONFLICT decides who was first), and one burst to Kafka. A caller that waits is registered before
 * its record is sent, and is answered when the decision comes by on `decided`; at its time-out PostgreSQL is asked.
 *
 *     CLAIMED -> SENT -> LOGGED -> (decided or time is up) -> answered -> the answer is stored
 *
 * Acknowledged means remembered: a 202 is given only after Kafka has the record and PostgreSQL knows where. A decision is answered at once; that it was
 * answered is stored right after, and if that is lost, the same key finds the same outcome in the ledger and gets the same bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/log_enrolment.h"
#include "common/tables/meters.h"
#include "services/ingestion/answer.h"
#include "services/ingestion/enrol_body.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/problem.h"
#include "services/ledger/outcome_sql.h"

enum {
    GROUP_MAX = 256,           /* requests in one round trip */
    PENDING_MAX = 8192,
    BUCKETS = 4096,            /* a power of two */
    KEY_MAX = 256,
    WAIT_SECONDS_MAX = 30,
    LOG_SECONDS_MAX = 10,      /* how long a caller is kept while Kafka does not take the record */
    STORE_DELAY_US = 20 * 1000, /* answers are stored in groups */
    TARGET_US = 50 * 1000,     /* of an answer, with or without the decision: longer ones slow down lists (pace.h) */
    TICK_US = 20 * 1000,
};

enum stage { STAGE_ARRIVED, STAGE_SENT, STAGE_LOGGED, STAGE_ANSWERED };

struct pending {
    struct delivery delivery; /* first: a tag points here */
    struct pending *next_in_bucket;
    struct pending *previous, *next; /* in the list of all that were sent */
    struct http_request *request;    /* NULL: nobody waits any more */
    char partner[PARTNER_ID_MAX], key[KEY_MAX], agreement_id[AGREEMENT_ID_MAX];
    uint8_t fingerprint[SHA256_BYTES];
    struct id id;
    int32_t partition, agreement_no;
    uint32_t epoch;
    uint8_t *record; /* encoded; owned */
    size_t record_size;
    int64_t submitted_at_ms;
    uint64_t wanting, wrong; /* the columns that a refusal by E80 and by E81 speaks of */
    int wait_seconds;
    int64_t since_us, deadline_us;
    enum stage stage;
    bool told;      /* Kafka has told its fate: no delivery will come any more */
    bool must_ack;  /* 202 after the store */
    bool to_store;  /* its answer is to be stored */
    int64_t offset; /* -1: not in the log */
    int answer_status;
    uint8_t *answer; /* owned */
    size_t answer_size;
};

struct enrolments {
    struct intake *intake;
    struct pending *arrived[GROUP_MAX];
    size_t arrived_count;
    struct pending *buckets[BUCKETS];
    struct pending list; /* ring head */
    int count;
    int64_t bytes; /* of their records: taken in and not yet at their end */
    struct pending *to_store[PENDING_MAX + GROUP_MAX]; /* as many as can be pending */
    size_t to_store_count;
    int64_t store_at_us, tick_at_us;
};

struct enrolments *enrolments_open(struct intake *intake) {
    struct enrolments *enrolments = calloc(1, sizeof *enrolments);
    CHECK(enrolments != NULL);
    enrolments->intake = intake;
    enrolments->list.next = enrolments->list.previous = &enrolments->list;
    return enrolments;
}

static void pending_free(struct pending *pending) {
    if (pending->record != NULL) explicit_bzero(pending->record, pending->record_size);
    free(pending->record);
    free(pending->answer);
    free(pending);
}

/* ---- who waits, by application ---- */

static struct pending **bucket_of(struct enrolments *enrolments, struct id id) {
    uint32_t hash;
    memcpy(&hash, id.bytes, sizeof hash);
    return &enrolments->buckets[hash & (BUCKETS - 1)];
}

static struct pending *pending_find(struct enrolments *enrolments, struct id id) {
    for (struct pending *pending = *bucket_of(enrolments, id); pending != NULL; pending = pending->next_in_bucket)
        if (memcmp(&pending->id, &id, sizeof id) == 0) return pending;
    return NULL;
}

static void pending_register(struct enrolments *enrolments, struct pending *pending) {
    struct pending **bucket = bucket_of(enrolments, pending->id);
    pending->next_in_bucket = *bucket;
    *bucket = pending;
    pending->previous = enrolments->list.previous;
    pending->next = &enrolments->list;
    pending->previous->next = pending->next->previous = pending;
    enrolments->count++;
    enrolments->bytes += (int64_t)pending->record_size;
}

/* Forgets it if nothing can reach it any more: answered, stored, and told by Kafka. */
static void pending_release(struct enrolments *enrolments, struct pending *pending) {
    if (pending->stage != STAGE_ANSWERED || !pending->told || pending->to_store || pending->request != NULL) return;
    struct pending **place = bucket_of(enrolments, pending->id);
    while (*place != pending) {
        CHECK(*place != NULL);
        place = &(*place)->next_in_bucket;
    }
    *place = pending->next_in_bucket;
    pending->previous->next = pending->next;
    pending->next->previous = pending->previous;
    enrolments->count--;
    enrolments->bytes -= (int64_t)pending->record_size;
    pending_free(pending);
}

void enrolments_close(struct enrolments *enrolments) {
    struct pending *pending = enrolments->list.next;
    while (pending != &enrolments->list) {
        struct pending *next = pending->next;
        pending_free(pending);
        pending = next;
    }
    free(enrolments);
}

/* ---- reading a request ---- */

/* Idempotency-Key, or the number that SNAP asks for. There a number that comes again is refused; here it is the same request and gets the same answer. */
static bool read_key(struct http_request *request, struct slice *ret_key) {
    const struct slice key = http_header(request, "Idempotency-Key");
    return http_idempotency_key(key.bytes != NULL ? key : http_header(request, "X-EXTERNAL-ID"), ret_key);
}

void enrolment_begin(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct slice key;
    const struct intake_partner *partner;
    if (!intake_authorised_as(intake, request, PARTNER_ENROL, &partner)) return;
    if (!problem_unless_media(request, "application/json")) return;
    if (!read_key(request, &key)) {
        problem_answer(request, PROBLEM_KEY_MISSING, "no usable Idempotency-Key was sent", "");
        return;
    }
    const struct enrolments *enrolments = intake->enrolments;
    if (intake->stopping || enrolments->count >= PENDING_MAX || enrolments->bytes >= intake->queue_bytes_max || !kafka_intake_reachable(intake->kafka) || !intake_pg_allowed(intake))
        problem_answer(request, PROBLEM_UNAVAILABLE, "the service is stopping, full, or without its stores", "");
}

static struct slice encode(struct intake *intake, struct pending *pending, const struct enrol_body *body, day_t registration_date) {
    struct row_result result;
    row_check(&body->row, &intake->tables, registration_date, &result);
    const struct person person = {slice_text(result.nik), slice_text(result.name), slice_text(result.phone), slice_text(result.address)};
    struct application application = {
        .application_id = pending->id,
        .attempt = 1,
        .agreement_id = slice_text(pending->agreement_id),
        .batch_id = slice_text(""),
        .registration_date = registration_date,
        .person = intake_token(intake, &body->row),
        .submitted_at_ms = pending->submitted_at_ms,
    };
    row_fill(&result, &application);
    pending->wanting = row_code_columns(&result, CODE_E80);
    pending->wrong = row_code_columns(&result, CODE_E81);
    application.sealed_person = crypto_seal(intake->crypto, intake->arena, &person, pending->id, &application.seal_key_id);
    explicit_bzero(&result, sizeof result);
    return record_encode(intake, &application, pending->partition);
}

static struct pending *pending_new(struct intake *intake, struct http_request *request, const char *partner, struct slice key,
                                   const struct intake_agreement *agreement) {
    struct pending *pending = calloc(1, sizeof *pending);
    CHECK(pending != NULL && key.size < KEY_MAX && strlen(partner) < PARTNER_ID_MAX);
    pending->delivery.kind = DELIVERY_ENROLMENT;
    pending->request = request;
    pending->since_us = clock_monotonic_us();
    memcpy(pending->partner, partner, strlen(partner));
    memcpy(pending->key, key.bytes, key.size);
    memcpy(pending->agreement_id, agreement->id, sizeof pending->agreement_id);
    crypto_sha256(http_body(request), pending->fingerprint);
    const struct slice parts[] = {slice_text(pending->partner), key};
    pending->id = crypto_keyed_id(intake->crypto, "api", parts, 2);
    pending->partition = agreement->partition_realtime;
    pending->agreement_no = agreement->number;
    pending->epoch = intake->epochs[pending->partition].epoch;
    pending->submitted_at_ms = clock_unix_ms();
    pending->offset = -1;
    pending->told = true; /* nothing was sent yet */
    (void)http_preference_wait(http_header(request, "Prefer"), WAIT_SECONDS_MAX, &pending->wait_seconds); /* none: 0 */
    return pending;
}

void enrolment_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct enrolments *enrolments = intake->enrolments;
    struct enrol_body body;
    struct body_problem problem;
    struct intake_agreement agreement;
    struct slice key;
    const struct intake_partner *partner;
    if (enrolments->arrived_count == GROUP_MAX) (void)enrolments_turn(intake); /* a crowd in one turn of the loop: the group goes off now, nobody is sent away */
    if (!intake_authorised(intake, request, &partner)) return;
    CHECK(read_key(request, &key));
    arena_reset(intake->arena);
    if (!enrol_body_read(http_body(request), intake->arena, &body, &problem)) {
        problem_answer(request, PROBLEM_BAD_BODY, problem.problem, problem.pointer);
        return;
    }
    if (!intake_agreement_find(intake, request, partner, body.agreement, &agreement)) return;
    day_t registration_date = body.registration_date != 0 ? body.registration_date : agreement.registration_date;
    if (registration_date == 0) registration_date = intake_today();

    struct pending *pending = pending_new(intake, request, partner->id, key, &agreement);
    struct slice record = encode(intake, pending, &body, registration_date);
    pending->record = malloc(record.size);
    CHECK(pending->record != NULL);
    memcpy(pending->record, record.bytes, record.size);
    pending->record_size = record.size;
    http_set_state(request, pending);
    enrolments->arrived[enrolments->arrived_count++] = pending;
    http_wait(request);
}

void enrolment_gone(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct pending *pending = http_state(request);
    if (pending == NULL) return;
    CHECK(pending->request == request);
    pending->request = NULL;
    if (pending->stage != STAGE_ARRIVED) pending_release(intake->enrolments, pending);
}

/* ---- answering ---- */

/* Answers and lets the request go; `pending` may stay for its delivery or its store. */
static void reply(struct pending *pending, int status, struct slice body) {
    struct http_request *request = pending->request;
    if (request == NULL) return;
    pending->request = NULL;
    http_set_state(request, NULL);
    char id[2 * ID_BYTES + 1], location[96];
    id_format(pending->id, id);
    CHECK(snprintf(location, sizeof location, "/v1/enrolments/%s", id) < (int)sizeof location);
    http_set_header(request, "Location", location);
    if (status == 202) http_set_header(request, "Retry-After", "1");
    http_answer(request, status, "application/json", body);
}

static void reply_problem(struct pending *pending, enum problem problem, const char *detail) {
    struct http_request *request = pending->request;
    if (request == NULL) return;
    pending->request = NULL;
    http_set_state(request, NULL);
    problem_answer(request, problem, detail, "");
}

static void keep_answer(struct enrolments *enrolments, struct pending *pending, int status, struct slice body) {
    CHECK(pending->answer == NULL);
    pending->answer = malloc(body.size + 1);
    CHECK(pending->answer != NULL);
    memcpy(pending->answer, body.bytes, body.size);
    pending->answer_size = body.size;
    pending->answer_status = status;
    pending->stage = STAGE_ANSWERED;
    const int64_t now_us = clock_monotonic_us();
    meter_observe_us(METER_ANSWER_SECONDS, 0, now_us - pending->since_us);
    pace_note(&enrolments->intake->pace, now_us, now_us - pending->since_us, TARGET_US);
    if (enrolments->to_store_count == 0) enrolments->store_at_us = now_us + STORE_DELAY_US;
    CHECK(enrolments->to_store_count < PENDING_MAX + GROUP_MAX);
    enrolments->to_store[enrolments->to_store_count++] = pending;
    pending->to_store = true;
}

/* The decision is there. */
static void settle(struct enrolments *enrolments, struct pending *pending, const struct outcome *outcome) {
    if (pending->stage == STAGE_ANSWERED) return;
    struct slice body = answer_of_outcome(enrolments->intake->arena, outcome, pending->wanting, pending->wrong);
    keep_answer(enrolments, pending, 200, body);
    reply(pending, 200, body);
}

/* Time is up and the record is in the log: 202, as soon as PostgreSQL has it. */
static void acknowledge(struct enrolments *enrolments, struct pending *pending) {
    struct slice body = answer_in_progress(enrolments->intake->arena, pending->id, slice_text(pending->agreement_id));
    if (pending->wait_seconds > 0 && pending->request != NULL) {
        const struct enrolment_names names = enrolment_names(pending->id);
        log_info("a caller has waited in vain for the decision", LOG_ENROLMENT(names), LOG_INT("seconds", pending->wait_seconds));
    }
    pending->must_ack = true;
    keep_answer(enrolments, pending, 202, body);
    enrolments->store_at_us = 0; /* somebody waits for it */
}

/* ---- storing where requests stand ---- */

static struct err store_now(struct enrolments *enrolments) {
    struct intake *intake = enrolments->intake;
    size_t count = enrolments->to_store_count;
    arena_reset(intake->arena);
    struct slice *partners = arena_zero(intake->arena, count, sizeof *partners), *keys = arena_zero(intake->arena, count, sizeof *keys);
    struct slice *answers = arena_zero(intake->arena, count, sizeof *answers);
    int32_t *statuses = arena_zero(intake->arena, count, sizeof *statuses), *partitions = arena_zero(intake->arena, count, sizeof *partitions);
    int32_t *epochs = arena_zero(intake->arena, count, sizeof *epochs);
    int64_t *offsets = arena_zero(intake->arena, count, sizeof *offsets);
    for (size_t i = 0; i < count; i++) {
        const struct pending *pending = enrolments->to_store[i];
        partners[i] = slice_text(pending->partner);
        keys[i] = slice_text(pending->key);
        answers[i] = slice_of(pending->answer, pending->answer_size);
        statuses[i] = pending->answer_status;
        partitions[i] = pending->partition;
        epochs[i] = (int32_t)pending->epoch;
        offsets[i] = pending->offset;
    }
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    pg_add_text_array(parameters, partners, count);
    pg_add_text_array(parameters, keys, count);
    pg_add_int4_array(parameters, statuses, count);
    pg_add_bytea_array(parameters, answers, count);
    pg_add_int4_array(parameters, partitions, count);
    pg_add_int4_array(parameters, epochs, count);
    pg_add_int8_array(parameters, offsets, count);
    /* A decision (200) is in the ledger already, so there is nothing left to check by rule 8 and its record is not needed any more. */
    return pg_run(intake->pg, intake->arena,
                  "UPDATE intake.request r SET state = CASE WHEN u.status = 200 THEN 3 ELSE 2 END, answer_status = u.status, answer = u.answer, "
                  "partition = u.partition, epoch = u.epoch, log_offset = nullif(u.log_offset, -1), checked = u.status = 200, "
                  "record = CASE WHEN u.status = 200 THEN NULL ELSE r.record END "
                  "FROM unnest($1, $2, $3, $4, $5, $6, $7) AS u (partner_id, request_key, status, answer, partition, epoch, log_offset) "
                  "WHERE r.partner_id = u.partner_id AND r.request_key = u.request_key",
                  parameters, NULL);
}

static void store_answers(struct enrolments *enrolments) {
    struct err err = store_now(enrolments);
    if (failed(&err)) intake_pg_failed(enrolments->intake, "answers can't be stored", &err);
    size_t count = enrolments->to_store_count;
    enrolments->to_store_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct pending *pending = enrolments->to_store[i];
        pending->to_store = false;
        if (pending->must_ack && failed(&err)) reply_problem(pending, PROBLEM_UNAVAILABLE, "the database does not answer");
        else if (pending->must_ack) reply(pending, 202, slice_of(pending->answer, pending->answer_size));
        pending_release(enrolments, pending);
    }
}

/* ---- claiming keys ---- */

static void send_pending(struct enrolments *enrolments, struct pending *pending) {
    struct intake *intake = enrolments->intake;
    pending_register(enrolments, pending);
    pending->stage = STAGE_SENT;
    int seconds = pending->wait_seconds > LOG_SECONDS_MAX ? pending->wait_seconds : LOG_SECONDS_MAX;
    pending->deadline_us = clock_monotonic_us() + (int64_t)(pending->wait_seconds > 0 ? pending->wait_seconds : seconds) * 1000000;
    pending->told = false;
    struct err err = record_send(intake, slice_of(pending->record, pending->record_size), pending->id, 1, slice_text(pending->agreement_id),
                                 pending->submitted_at_ms, pending->partition, (uint64_t)(uintptr_t)&pending->delivery);
    if (!failed(&err)) return;
    pending->told = true;
    reply_problem(pending, PROBLEM_UNAVAILABLE, "the log does not take records");
    pending->stage = STAGE_ANSWERED; /* nothing to store: the key stays claimed and is driven again by the same key */
    pending_release(enrolments, pending);
}

/* The key was there before. Columns: partner_id, request_key, fingerprint, answer_status, answer. */
static void meet_earlier(struct enrolments *enrolments, struct pending *pending, const struct pg_rows *rows, size_t at) {
    if (!slice_equal(pg_bytes(rows, at, 2), slice_of(pending->fingerprint, SHA256_BYTES))) {
        reply_problem(pending, PROBLEM_KEY_REUSED, "the body differs from the first one");
    } else if (!pg_is_null(rows, at, 4)) {
        reply(pending, pg_int4(rows, at, 3), pg_bytes(rows, at, 4));
    } else if (pending_find(enrolments, pending->id) != NULL) {
        reply_problem(pending, PROBLEM_IN_FLIGHT, "the first request with this key is not answered yet");
    } else {
        send_pending(enrolments, pending); /* claimed, but its service died before it was answered: drive it again */
        return;
    }
    pending_free(pending);
}

/* The claim need not wait for the disk: nothing is acknowledged by it, and whatever is acknowledged later (a 202, the ledger's own commit) stands behind it in
 * the same write-ahead log, so it can't be there without the claim. */
static const char without_waiting_sql[] = "SELECT set_config('synchronous_commit', 'off', true)";
enum { STEP_INSERTED = 1, STEP_FOUND = 2, CLAIM_STEPS = 3 };

static struct err claim_keys(struct enrolments *enrolments, size_t count, struct pg_step steps[CLAIM_STEPS]) {
    struct intake *intake = enrolments->intake;
    struct slice *partners = arena_zero(intake->arena, count, sizeof *partners), *keys = arena_zero(intake->arena, count, sizeof *keys);
    struct slice *prints = arena_zero(intake->arena, count, sizeof *prints), *ids = arena_zero(intake->arena, count, sizeof *ids);
    struct slice *records = arena_zero(intake->arena, count, sizeof *records);
    int32_t *partitions = arena_zero(intake->arena, count, sizeof *partitions), *agreements = arena_zero(intake->arena, count, sizeof *agreements);
    for (size_t i = 0; i < count; i++) {
        const struct pending *pending = enrolments->arrived[i];
        partners[i] = slice_text(pending->partner);
        keys[i] = slice_text(pending->key);
        prints[i] = slice_of(pending->fingerprint, SHA256_BYTES);
        ids[i] = slice_of(pending->id.bytes, ID_BYTES);
        records[i] = slice_of(pending->record, pending->record_size);
        partitions[i] = pending->partition;
        agreements[i] = pending->agreement_no;
    }
    struct pg_parameters *insert = pg_parameters(intake->arena), *select = pg_parameters(intake->arena);
    pg_add_text_array(insert, partners, count);
    pg_add_text_array(insert, keys, count);
    pg_add_bytea_array(insert, prints, count);
    pg_add_bytea_array(insert, ids, count);
    pg_add_bytea_array(insert, records, count);
    pg_add_int4_array(insert, partitions, count);
    pg_add_int4_array(insert, agreements, count);
    pg_add_text_array(select, partners, count);
    pg_add_text_array(select, keys, count);
    steps[0] = (struct pg_step){.sql = without_waiting_sql};
    steps[STEP_INSERTED] = (struct pg_step){
        .sql = "INSERT INTO intake.request (partner_id, request_key, fingerprint, application_id, record, partition, agreement_no, state) "
               "SELECT u.*, 1 FROM unnest($1, $2, $3, $4, $5, $6, $7) AS u ON CONFLICT DO NOTHING RETURNING partner_id, request_key, fingerprint",
        .parameters = insert,
    };
    steps[STEP_FOUND] = (struct pg_step){
        .sql = "SELECT r.partner_id, r.request_key, r.fingerprint, r.answer_status, r.answer "
               "FROM unnest($1, $2) AS u (partner_id, request_key) JOIN intake.request r USING (partner_id, request_key)",
        .parameters = select,
    };
    return pg_run_all(intake->pg, intake->arena, steps, CLAIM_STEPS);
}

static bool row_is_of(const struct pg_rows *rows, size_t at, const struct pending *pending) {
    return slice_is(pg_bytes(rows, at, 1), pending->key) && slice_is(pg_bytes(rows, at, 0), pending->partner);
}

/* Did this request claim its key? Equal requests in one group: only the first. */
static bool has_claimed(const struct enrolments *enrolments, size_t number, const struct pg_rows *claimed) {
    const struct pending *pending = enrolments->arrived[number];
    for (size_t i = 0; i < number; i++)
        if (enrolments->arrived[i] != NULL && strcmp(enrolments->arrived[i]->key, pending->key) == 0 &&
            strcmp(enrolments->arrived[i]->partner, pending->partner) == 0)
            return false;
    for (size_t i = 0; i < claimed->count; i++)
        if (row_is_of(claimed, i, pending)) return true;
    return false;
}

static void take_group(struct enrolments *enrolments) {
    struct intake *intake = enrolments->intake;
    size_t count = enrolments->arrived_count;
    struct pg_step steps[CLAIM_STEPS];
    bool mine[GROUP_MAX];
    arena_reset(intake->arena);
    struct err err = claim_keys(enrolments, count, steps);
    if (failed(&err)) intake_pg_failed(intake, "keys can't be claimed", &err);
    for (size_t i = 0; i < count && !failed(&err); i++) mine[i] = has_claimed(enrolments, i, &steps[STEP_INSERTED].rows);
    enrolments->arrived_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct pending *pending = enrolments->arrived[i];
        if (failed(&err)) {
            reply_problem(pending, PROBLEM_UNAVAILABLE, "the database does not answer");
            pending_free(pending);
        } else if (mine[i]) {
            send_pending(enrolments, pending);
        } else {
            size_t at = 0;
            while (at < steps[STEP_FOUND].rows.count && !row_is_of(&steps[STEP_FOUND].rows, at, pending)) at++;
            if (at < steps[STEP_FOUND].rows.count) {
                meet_earlier(enrolments, pending, &steps[STEP_FOUND].rows, at);
            } else { /* claimed by another service between our two statements */
                reply_problem(pending, PROBLEM_IN_FLIGHT, "the first request with this key is not answered yet");
                pending_free(pending);
            }
        }
    }
}

/* ---- what comes back ---- */

void enrolment_delivered(struct intake *intake, struct delivery *delivery, int64_t offset) {
    struct pending *pending = (struct pending *)delivery;
    struct enrolments *enrolments = intake->enrolments;
    pending->told = true;
    pending->offset = offset;
    if (pending->stage == STAGE_SENT && offset < 0) {
        reply_problem(pending, PROBLEM_UNAVAILABLE, "the log did not take the record; try again with the same key");
        pending->stage = STAGE_ANSWERED;
    } else if (pending->stage == STAGE_SENT) {
        pending->stage = STAGE_LOGGED;
        arena_reset(intake->arena);
        if (pending->wait_seconds == 0) acknowledge(enrolments, pending);
    }
    pending_release(enrolments, pending);
}

void enrolment_decided(struct intake *intake, const struct outcome *outcome) {
    struct pending *pending = pending_find(intake->enrolments, outcome->application_id);
    if (pending == NULL || outcome->attempt != 1) return;
    settle(intake->enrolments, pending, outcome);
}

/* ---- time-outs: PostgreSQL is asked ---- */

static const char outcome_sql[] =
    "SELECT o.status, o.codes, o.warnings, o.amount, o.rank, a.agreement_id, o.attempt FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no) "
    "WHERE o.application_id = $1 AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " ORDER BY o.attempt DESC LIMIT 1";

static struct err read_outcome(struct intake *intake, struct id id, bool *ret_found, struct outcome *ret_outcome) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    pg_add_bytea(parameters, slice_of(id.bytes, ID_BYTES));
    TRY(pg_run(intake->pg, intake->arena, outcome_sql, parameters, &rows));
    *ret_found = rows.count > 0;
    if (!*ret_found) return OK;
    *ret_outcome = (struct outcome){
        .application_id = id,
        .attempt = (uint32_t)pg_int4(&rows, 0, 6),
        .status = (enum outcome_status)pg_int2(&rows, 0, 0),
        .codes = {(uint64_t)pg_int8(&rows, 0, 1)},
        .warnings = {(uint64_t)pg_int8(&rows, 0, 2)},
        .amount = pg_int8(&rows, 0, 3),
        .rank = (uint32_t)pg_int4(&rows, 0, 4),
        .agreement_id = pg_bytes(&rows, 0, 5),
    };
    return OK;
}

static void time_is_up(struct enrolments *enrolments, struct pending *pending) {
    struct intake *intake = enrolments->intake;
    struct outcome outcome;
    bool found = false;
    arena_reset(intake->arena);
    if (pending->stage == STAGE_SENT) {
        /* Kafka has not told its fate: the record may still come into the log, so the key stays claimed and the table keeps it. */
        reply_problem(pending, PROBLEM_UNAVAILABLE, "the log has not confirmed the record in time; try again with the same key");
        pending->stage = STAGE_ANSWERED;
        pending_release(enrolments, pending);
        return;
    }
    struct err err = read_outcome(intake, pending->id, &found, &outcome);
    if (failed(&err)) intake_pg_failed(intake, "PostgreSQL does not answer", &err);
    if (found) settle(enrolments, pending, &outcome);
    else acknowledge(enrolments, pending);
}

static void check_deadlines(struct enrolments *enrolments) {
    int64_t now_us = clock_monotonic_us();
    if (now_us < enrolments->tick_at_us) return;
    enrolments->tick_at_us = now_us + TICK_US;
    for (struct pending *pending = enrolments->list.next, *next; pending != &enrolments->list; pending = next) {
        next = pending->next;
        if (pending->stage != STAGE_ANSWERED && now_us >= pending->deadline_us) time_is_up(enrolments, pending);
    }
}

bool enrolments_turn(struct intake *intake) {
    struct enrolments *enrolments = intake->enrolments;
    check_deadlines(enrolments);
    bool due = enrolments->to_store_count > 0 && (clock_monotonic_us() >= enrolments->store_at_us || enrolments->to_store_count > GROUP_MAX / 2);
    /* Before new keys are looked up: a repeated request finds the stored answer. */
    if (due || (enrolments->to_store_count > 0 && enrolments->arrived_count > 0)) store_answers(enrolments);
    if (enrolments->arrived_count > 0) take_group(enrolments);
    return false;
}

int enrolments_timeout_ms(const struct intake *intake) {
    const struct enrolments *enrolments = intake->enrolments;
    if (enrolments->arrived_count > 0) return 0; /* came while the answers of this round went out */
    return enrolments->count > 0 || enrolments->to_store_count > 0 ? TICK_US / 1000 : -1;
}

void enrolments_stop(struct intake *intake) {
    struct enrolments *enrolments = intake->enrolments;
    if (enrolments->arrived_count > 0) take_group(enrolments);
    for (struct pending *pending = enrolments->list.next, *next; pending != &enrolments->list; pending = next) {
        next = pending->next;
        if (pending->stage != STAGE_ANSWERED) time_is_up(enrolments, pending);
    }
    if (enrolments->to_store_count > 0) store_answers(enrolments);
    for (struct pending *pending = enrolments->list.next; pending != &enrolments->list; pending = pending->next)
        reply_problem(pending, PROBLEM_UNAVAILABLE, "the service is stopping; try again with the same key");
}

/* ---- GET /v1/enrolments/{id} ---- */

const char enrolment_agreement_sql[] = "SELECT agreement_id FROM ledger.agreement WHERE agreement_no = coalesce("
                                       "(SELECT o.agreement_no FROM ledger.outcome o WHERE o.application_id = $1 AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " ORDER BY o.attempt DESC LIMIT 1),"
                                       " (SELECT r.agreement_no FROM intake.request r WHERE r.application_id = $1 LIMIT 1))";

void enrolment_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct id id;
    const struct intake_partner *partner;
    if (!intake_authorised(intake, request, &partner)) return;
    if (!id_parse(http_segment(request, 0), &id) || id_is_zero(id)) {
        problem_answer(request, PROBLEM_NOT_FOUND, "an enrolment id has 32 hexadecimal digits", "");
        return;
    }
    arena_reset(intake->arena);
    bool found = false;
    struct outcome outcome;
    struct pg_rows rows = {0};
    bool inside = false;
    struct err err = read_outcome(intake, id, &found, &outcome);
    if (!failed(&err) && !found) {
        struct pg_parameters *parameters = pg_parameters(intake->arena);
        pg_add_bytea(parameters, slice_of(id.bytes, ID_BYTES));
        err = pg_run(intake->pg, intake->arena,
                     "SELECT a.agreement_id FROM intake.request r JOIN ledger.agreement a USING (agreement_no) WHERE r.application_id = $1 LIMIT 1", parameters, &rows);
    }
    if (!failed(&err) && (found || rows.count > 0)) err = intake_in_scope(intake, partner, found ? outcome.agreement_id : pg_bytes(&rows, 0, 0), &inside);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
    } else if (!inside) {
        problem_answer(request, PROBLEM_NOT_FOUND, "no enrolment has this id", "");
    } else if (found) {
        http_answer(request, 200, "application/json", answer_of_outcome(intake->arena, &outcome, 0, 0));
    } else {
        http_answer(request, 200, "application/json", answer_in_progress(intake->arena, id, slice_text("")));
    }
}
