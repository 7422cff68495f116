/* Statements on deliveries and their endpoints, set-based. It must never log or keep a secret, an address or a body. */
#include "services/webhook/delivery.h"

#include <string.h>

#include "common/edge/log.h"

enum { LEADER_LOCK = 1712 };

struct err delivery_lead(struct pg *pg, struct arena *arena, bool *ret_leads) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int8(p, LEADER_LOCK);
    TRY(pg_run(pg, arena, "SELECT pg_try_advisory_lock($1)", p, &rows)); /* taken twice by one session is as good as once */
    *ret_leads = pg_bool(&rows, 0, 0);
    return OK;
}

/* ---- what is due ---- */

static const char due_sql[] =
    "SELECT d.delivery_no, w.webhook_no, w.webhook_id, w.url, d.event_id, d.body, d.step, w.failing_since IS NOT NULL, w.generation, w.secret, w.secret_key_id,"
    " CASE WHEN w.previous_until > now() THEN w.previous_secret END, w.previous_key_id"
    " FROM intake.webhook w CROSS JOIN LATERAL (SELECT * FROM intake.webhook_delivery d WHERE d.webhook_no = w.webhook_no AND d.state = 'pending' AND d.next_attempt_at <= now()"
    "  AND d.delivery_no <> ALL ($1) ORDER BY d.next_attempt_at LIMIT CASE WHEN w.failing_since IS NULL THEN $2 ELSE 1 END) d"
    " WHERE w.state = 'active' AND w.not_before <= now() ORDER BY d.next_attempt_at LIMIT $3";
enum { DUE_NO, DUE_WEBHOOK_NO, DUE_WEBHOOK_ID, DUE_URL, DUE_EVENT_ID, DUE_BODY, DUE_STEP, DUE_FAILING, DUE_GENERATION, DUE_SECRET, DUE_SECRET_KEY, DUE_PREVIOUS, DUE_PREVIOUS_KEY };

static void open_secret(struct arena *arena, const struct crypto *crypto, struct delivery_due *due, struct slice sealed, struct slice key_id, int32_t generation) {
    struct slice secret;
    const struct err err = crypto_unseal_secret(crypto, arena, sealed, key_id, webhook_secret_id(crypto, slice_text(due->webhook_id), generation), &secret);
    if (failed(&err)) {
        log_error("the secret of an endpoint does not open", LOG_TEXT("webhook", due->webhook_id), LOG_INT("generation", generation), LOG_TEXT("error", err.text));
        return;
    }
    if (secret.size == WEBHOOK_SECRET_BYTES) memcpy(due->secrets.bytes[due->secrets.count++], secret.bytes, WEBHOOK_SECRET_BYTES);
    explicit_bzero((void *)(uintptr_t)secret.bytes, secret.size);
}

static void read_due(struct arena *arena, const struct crypto *crypto, const struct pg_rows *rows, size_t i, struct delivery_due *ret_due) {
    const struct slice event_id = pg_bytes(rows, i, DUE_EVENT_ID);
    const int32_t generation = pg_int4(rows, i, DUE_GENERATION);
    *ret_due = (struct delivery_due){
        .delivery_no = pg_int8(rows, i, DUE_NO), .webhook_no = pg_int8(rows, i, DUE_WEBHOOK_NO), .webhook_id = arena_text(arena, pg_bytes(rows, i, DUE_WEBHOOK_ID)),
        .url = arena_text(arena, pg_bytes(rows, i, DUE_URL)), .body = pg_bytes(rows, i, DUE_BODY), .step = pg_int4(rows, i, DUE_STEP), .is_failing = pg_bool(rows, i, DUE_FAILING),
    };
    CHECK(event_id.size == ID_BYTES); /* a constraint of the table */
    memcpy(ret_due->event_id.bytes, event_id.bytes, ID_BYTES);
    open_secret(arena, crypto, ret_due, pg_bytes(rows, i, DUE_SECRET), pg_bytes(rows, i, DUE_SECRET_KEY), generation);
    if (!pg_is_null(rows, i, DUE_PREVIOUS)) open_secret(arena, crypto, ret_due, pg_bytes(rows, i, DUE_PREVIOUS), pg_bytes(rows, i, DUE_PREVIOUS_KEY), generation - 1);
}

struct err delivery_due(struct pg *pg, struct arena *arena, const struct crypto *crypto, const int64_t *under_way, size_t under_way_count, int per_endpoint, size_t most,
                        struct delivery_due **ret_due, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    CHECK(per_endpoint > 0 && most > 0 && most <= DELIVERY_PAGE_MAX);
    pg_add_int8_array(p, under_way, under_way_count);
    pg_add_int8(p, per_endpoint);
    pg_add_int8(p, (int64_t)most);
    TRY(pg_run(pg, arena, due_sql, p, &rows));
    struct delivery_due *due = arena_zero(arena, rows.count + 1, sizeof *due);
    for (size_t i = 0; i < rows.count; i++) read_due(arena, crypto, &rows, i, &due[i]);
    *ret_due = due;
    *ret_count = rows.count;
    return OK;
}

/* ---- how it went ---- */

static struct slice state_of(enum webhook_fate fate) {
    return slice_text(fate == WEBHOOK_DELIVERED ? "delivered" : fate == WEBHOOK_AGAIN ? "pending" : "failed");
}

static struct pg_parameters *deliveries_parameters(struct arena *arena, const struct delivery_end *ends, size_t count) {
    int64_t *numbers = arena_zero(arena, count, sizeof *numbers), *delays = arena_zero(arena, count, sizeof *delays);
    int32_t *steps = arena_zero(arena, count, sizeof *steps), *statuses = arena_zero(arena, count, sizeof *statuses), *durations = arena_zero(arena, count, sizeof *durations);
    struct slice *states = arena_zero(arena, count, sizeof *states), *troubles = arena_zero(arena, count, sizeof *troubles);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = ends[i].delivery_no;
        delays[i] = ends[i].verdict.delay_ms;
        steps[i] = ends[i].step;
        statuses[i] = ends[i].status;
        durations[i] = ends[i].duration_ms;
        states[i] = state_of(ends[i].verdict.fate);
        troubles[i] = slice_text(ends[i].trouble);
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int8_array(p, numbers, count);
    pg_add_int8_array(p, delays, count);
    pg_add_int4_array(p, steps, count);
    pg_add_int4_array(p, statuses, count);
    pg_add_int4_array(p, durations, count);
    pg_add_text_array(p, states, count);
    pg_add_text_array(p, troubles, count);
    return p;
}

static struct pg_parameters *endpoints_parameters(struct arena *arena, const struct delivery_end *ends, size_t count, int64_t disable_after_s) {
    int64_t *numbers = arena_zero(arena, count, sizeof *numbers), *pauses = arena_zero(arena, count, sizeof *pauses);
    bool *is_good = arena_zero(arena, count, sizeof *is_good), *is_gone = arena_zero(arena, count, sizeof *is_gone);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = ends[i].webhook_no;
        pauses[i] = ends[i].verdict.pause_ms;
        is_good[i] = ends[i].verdict.fate == WEBHOOK_DELIVERED;
        is_gone[i] = ends[i].verdict.is_gone;
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int8_array(p, numbers, count);
    pg_add_int8_array(p, pauses, count);
    pg_add_bool_array(p, is_good, count);
    pg_add_bool_array(p, is_gone, count);
    pg_add_int8(p, disable_after_s);
    return p;
}

/* The attempts in the same statement as their deliveries, which number them. A delivery that was sent anew by hand meanwhile has one attempt more behind it, and its schedule goes on. */
static const char deliveries_sql[] =
    "WITH r AS (SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::int4[], $4::int4[], $5::int4[], $6::text[], $7::text[]) AS r (delivery_no, delay_ms, step, status, duration_ms, state, error)),"
    " d AS (UPDATE intake.webhook_delivery d SET state = r.state, attempts = d.attempts + 1, step = r.step, last_status = r.status, last_attempt_at = now(),"
    "  next_attempt_at = now() + r.delay_ms * interval '1 millisecond' FROM r WHERE d.delivery_no = r.delivery_no RETURNING d.delivery_no, d.attempts)"
    " INSERT INTO intake.webhook_attempt (delivery_no, attempt, status, error, duration_ms) SELECT d.delivery_no, d.attempts, r.status, r.error, r.duration_ms FROM d JOIN r USING (delivery_no)";

/* One that works is written only when it did not before. */
static const char endpoints_sql[] =
    "UPDATE intake.webhook w SET failing_since = CASE WHEN NOT r.good THEN coalesce(w.failing_since, now()) END,"
    " not_before = greatest(w.not_before, now() + r.pause_ms * interval '1 millisecond'),"
    " state = CASE WHEN r.gone OR r.tired THEN 'disabled' ELSE w.state END, reason = CASE WHEN r.gone THEN 'GONE' WHEN r.tired THEN 'FAILING' ELSE w.reason END"
    " FROM (SELECT e.webhook_no, bool_or(e.good) AS good, bool_or(e.gone) AS gone, max(e.pause_ms) AS pause_ms,"
    "   NOT bool_or(e.good) AND coalesce(min(s.failing_since) < now() - $5 * interval '1 second', false) AS tired"
    "  FROM unnest($1::bigint[], $2::bigint[], $3::bool[], $4::bool[]) AS e (webhook_no, pause_ms, good, gone) JOIN intake.webhook s USING (webhook_no) GROUP BY 1) r"
    " WHERE w.webhook_no = r.webhook_no AND w.state = 'active' AND (NOT r.good OR r.gone OR w.failing_since IS NOT NULL) RETURNING w.webhook_id, w.state, w.reason";

struct err delivery_settle(struct pg *pg, struct arena *arena, const struct delivery_end *ends, size_t count, int64_t disable_after_s, struct delivery_disabled *ret_disabled,
                           size_t *ret_disabled_count) {
    enum { DELIVERIES, ENDPOINTS, STEPS };
    struct pg_step steps[STEPS] = {
        [DELIVERIES] = {.sql = deliveries_sql, .parameters = deliveries_parameters(arena, ends, count)},
        [ENDPOINTS] = {.sql = endpoints_sql, .parameters = endpoints_parameters(arena, ends, count, disable_after_s)},
    };
    CHECK(count > 0);
    TRY(pg_begin(pg));
    struct err err = pg_run_all(pg, arena, steps, STEPS);
    if (!failed(&err)) err = pg_commit(pg);
    if (failed(&err)) {
        pg_rollback(pg);
        return err;
    }
    *ret_disabled_count = 0;
    for (size_t i = 0; i < steps[ENDPOINTS].rows.count; i++) {
        const struct pg_rows *rows = &steps[ENDPOINTS].rows;
        if (!slice_is(pg_bytes(rows, i, 1), "disabled")) continue;
        ret_disabled[(*ret_disabled_count)++] = (struct delivery_disabled){.webhook_id = arena_text(arena, pg_bytes(rows, i, 0)), .reason = arena_text(arena, pg_bytes(rows, i, 2))};
    }
    return OK;
}

/* ---- what is old, and how it stands ---- */

struct err delivery_forget(struct pg *pg, struct arena *arena, int32_t kept_days, int64_t *ret_deleted) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, kept_days);
    pg_add_int4(p, DELIVERY_FORGET_MAX);
    TRY(pg_run(pg, arena,
               "DELETE FROM intake.webhook_delivery WHERE delivery_no IN (SELECT delivery_no FROM (SELECT delivery_no, created_at FROM intake.webhook_delivery ORDER BY delivery_no LIMIT $2) oldest"
               " WHERE created_at < now() - $1 * interval '1 day')",
               p, &rows));
    *ret_deleted = rows.affected;
    return OK;
}

struct err delivery_look(struct pg *pg, struct arena *arena, struct delivery_look *ret_look) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, DELIVERY_COUNT_MAX);
    TRY(pg_run(pg, arena,
               "SELECT count(*), coalesce(extract(epoch FROM now() - min(next_attempt_at)), 0)::bigint FROM (SELECT d.next_attempt_at FROM intake.webhook w JOIN intake.webhook_delivery d USING (webhook_no)"
               " WHERE w.state = 'active' AND d.state = 'pending' AND d.next_attempt_at <= now() LIMIT $1) due",
               p, &rows));
    *ret_look = (struct delivery_look){.due = pg_int8(&rows, 0, 0), .age_s = pg_int8(&rows, 0, 1)};
    return OK;
}
