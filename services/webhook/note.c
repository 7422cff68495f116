/* Endpoints and agreements are read in the transaction itself: what a partner may see is what he may see now. An event is matched in memory, per agreement and endpoint, because a batch
 * has many events of few agreements. It must never make a body that nobody gets. */
#include "services/webhook/note.h"

#include "common/domain/partner.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "services/ingestion/decided_sql.h"

struct note_source {
    struct id event_id;
    struct slice agreement_id;
    const void *thing; /* what `body` is made of */
};

struct note {
    const char *type;
    const struct note_source *sources;
    size_t count;
    struct slice (*body)(struct arena *arena, const void *thing);
};

enum { ENDPOINTS_MAX = 2000, PAIRS_MAX = 20000 /* of one statement */ };

struct endpoint {
    int64_t webhook_no;
    struct partner_scope scope;  /* of its partner */
    struct partner_scope filter; /* its own */
};

struct known_agreement {
    struct slice id, family;
    uint32_t payer_region;
    bool *is_owed; /* per endpoint */
};

struct noting {
    struct pg *pg;
    struct arena *arena;
    const struct note *note;
    struct endpoint *endpoints;
    size_t endpoint_count;
    struct known_agreement *agreements;
    size_t agreement_count;
};

static const char endpoints_sql[] =
    "SELECT w.webhook_no, coalesce(w.agreement_id, ''), array_to_string(p.agreements, ','), array_to_string(p.regions, ',') FROM intake.webhook w JOIN intake.partner p USING (partner_id)"
    " WHERE w.state = 'active' AND $1 = ANY (w.events) ORDER BY w.webhook_no LIMIT $2";

static struct err read_endpoints(struct noting *noting) {
    struct pg_parameters *p = pg_parameters(noting->arena);
    struct pg_rows rows;
    pg_add_text(p, slice_text(noting->note->type));
    pg_add_int4(p, ENDPOINTS_MAX);
    TRY(pg_run(noting->pg, noting->arena, endpoints_sql, p, &rows));
    noting->endpoints = arena_zero(noting->arena, rows.count, sizeof *noting->endpoints);
    noting->endpoint_count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        struct endpoint *endpoint = &noting->endpoints[i];
        endpoint->webhook_no = pg_int8(&rows, i, 0);
        /* constraints of the tables */
        CHECK(partner_scope_read(pg_bytes(&rows, i, 1), slice_text(""), &endpoint->filter) && partner_scope_read(pg_bytes(&rows, i, 2), pg_bytes(&rows, i, 3), &endpoint->scope));
    }
    return OK;
}

static struct known_agreement *find_agreement(const struct noting *noting, struct slice id) {
    for (size_t i = noting->agreement_count; i-- > 0;) /* the last one first: a list has one */
        if (slice_equal(noting->agreements[i].id, id)) return &noting->agreements[i];
    return NULL;
}

static void judge_agreement(struct noting *noting, struct known_agreement *agreement) {
    agreement->is_owed = arena_zero(noting->arena, noting->endpoint_count, sizeof *agreement->is_owed);
    for (size_t i = 0; i < noting->endpoint_count; i++)
        agreement->is_owed[i] = partner_scope_holds(&noting->endpoints[i].scope, agreement->family, agreement->payer_region) &&
                                partner_scope_holds(&noting->endpoints[i].filter, agreement->family, agreement->payer_region);
}

/* Those of the events, once each. What names no agreement in force is nobody's. */
static struct err read_agreements(struct noting *noting) {
    struct slice *ids = arena_zero(noting->arena, noting->note->count, sizeof *ids);
    struct pg_parameters *p = pg_parameters(noting->arena);
    struct pg_rows rows;
    size_t count = 0;
    for (size_t i = 0; i < noting->note->count; i++) {
        const struct slice id = noting->note->sources[i].agreement_id;
        if (id.size > 0 && (count == 0 || !slice_equal(ids[count - 1], id))) ids[count++] = id;
    }
    pg_add_text_array(p, ids, count);
    TRY(pg_run(noting->pg, noting->arena,
               "SELECT agreement_id, payer_region, intake.agreement_family(agreement_id) FROM ledger.agreement WHERE agreement_no > 0 AND agreement_id = ANY ($1)", p, &rows));
    noting->agreements = arena_zero(noting->arena, rows.count, sizeof *noting->agreements);
    noting->agreement_count = rows.count;
    for (size_t i = 0; i < rows.count; i++) {
        noting->agreements[i] = (struct known_agreement){.id = pg_bytes(&rows, i, 0), .payer_region = (uint32_t)pg_int4(&rows, i, 1), .family = pg_bytes(&rows, i, 2)};
        judge_agreement(noting, &noting->agreements[i]);
    }
    return OK;
}

struct pairs {
    struct slice *events, *agreements, *bodies; /* per event that is owed to somebody */
    size_t event_count;
    int64_t *webhooks; /* per row */
    int32_t *numbers;  /* its event, from 1 */
    size_t count;
};

static struct err insert_pairs(struct noting *noting, struct pairs *pairs) {
    if (pairs->count == 0) return OK;
    struct pg_parameters *p = pg_parameters(noting->arena);
    pg_add_text(p, slice_text(noting->note->type));
    pg_add_int8_array(p, pairs->webhooks, pairs->count);
    pg_add_int4_array(p, pairs->numbers, pairs->count);
    pg_add_bytea_array(p, pairs->events, pairs->event_count);
    pg_add_text_array(p, pairs->agreements, pairs->event_count);
    pg_add_bytea_array(p, pairs->bodies, pairs->event_count);
    pairs->count = pairs->event_count = 0;
    return pg_run(noting->pg, noting->arena,
                  "INSERT INTO intake.webhook_delivery (webhook_no, event_id, event_type, agreement_id, body) SELECT r.webhook_no, e.event_id, $1, e.agreement_id, e.body"
                  " FROM unnest($2::bigint[], $3::int4[]) AS r (webhook_no, n)"
                  " JOIN unnest($4::bytea[], $5::text[], $6::bytea[]) WITH ORDINALITY AS e (event_id, agreement_id, body, n) ON e.n = r.n ORDER BY r.n, r.webhook_no"
                  " ON CONFLICT (webhook_no, event_id) DO NOTHING",
                  p, NULL);
}

static size_t owed_of(const struct noting *noting, const struct known_agreement *agreement) {
    size_t count = 0;
    for (size_t i = 0; agreement != NULL && i < noting->endpoint_count; i++) count += agreement->is_owed[i];
    return count;
}

static struct err insert_all(struct noting *noting) {
    const size_t room = PAIRS_MAX + ENDPOINTS_MAX;
    struct pairs pairs = {.webhooks = arena_zero(noting->arena, room, sizeof *pairs.webhooks), .numbers = arena_zero(noting->arena, room, sizeof *pairs.numbers)};
    pairs.events = arena_zero(noting->arena, noting->note->count, sizeof *pairs.events);
    pairs.agreements = arena_zero(noting->arena, noting->note->count, sizeof *pairs.agreements);
    pairs.bodies = arena_zero(noting->arena, noting->note->count, sizeof *pairs.bodies);
    for (size_t i = 0; i < noting->note->count; i++) {
        const struct note_source *source = &noting->note->sources[i];
        const struct known_agreement *agreement = find_agreement(noting, source->agreement_id);
        if (owed_of(noting, agreement) == 0) continue;
        pairs.events[pairs.event_count] = slice_of(source->event_id.bytes, ID_BYTES);
        pairs.agreements[pairs.event_count] = agreement->id;
        pairs.bodies[pairs.event_count++] = noting->note->body(noting->arena, source->thing);
        for (size_t k = 0; k < noting->endpoint_count; k++) {
            if (!agreement->is_owed[k]) continue;
            pairs.webhooks[pairs.count] = noting->endpoints[k].webhook_no;
            pairs.numbers[pairs.count++] = (int32_t)pairs.event_count;
        }
        if (pairs.count >= PAIRS_MAX) TRY(insert_pairs(noting, &pairs));
    }
    return insert_pairs(noting, &pairs);
}

static struct err note_all(struct pg *pg, struct arena *arena, const struct note *note) {
    struct noting noting = {.pg = pg, .arena = arena, .note = note};
    if (note->count == 0) return OK;
    TRY(read_endpoints(&noting));
    if (noting.endpoint_count == 0) return OK;
    TRY(read_agreements(&noting));
    return insert_all(&noting);
}

/* ---- from the topic ---- */

static struct slice body_of_decided(struct arena *arena, const void *thing) { return event_decided_body(arena, thing); }

struct err webhook_note_decided(struct pg *pg, const struct stage_batch *batch) {
    struct note_source *sources = arena_zero(batch->arena, batch->count, sizeof *sources);
    struct note note = {.type = EVENT_DECIDED, .sources = sources, .body = body_of_decided};
    for (size_t i = 0; i < batch->count; i++) {
        const struct decided *decided = batch->items[i].in;
        if (decided == NULL || batch->items[i].parked != CODE_NONE || decided->outcome.repeat || id_is_zero(decided->outcome.application_id)) continue;
        const struct outcome *outcome = &decided->outcome;
        sources[note.count++] = (struct note_source){.event_id = crypto_event_id("ledger", outcome->application_id, outcome->attempt, NULL, 0), .agreement_id = outcome->agreement_id, .thing = outcome};
    }
    return note_all(pg, batch->arena, &note);
}

static struct slice body_of_change(struct arena *arena, const void *thing) { return event_coverage_body(arena, thing); }

struct err webhook_note_coverage(struct pg *pg, const struct stage_batch *batch) {
    struct note_source *sources = arena_zero(batch->arena, batch->count, sizeof *sources);
    struct note note = {.type = EVENT_COVERAGE, .sources = sources, .body = body_of_change};
    for (size_t i = 0; i < batch->count; i++) {
        const struct coverage_changed *changed = batch->items[i].in;
        if (changed == NULL || batch->items[i].parked != CODE_NONE) continue;
        sources[note.count++] = (struct note_source){.event_id = changed->event_id, .agreement_id = changed->agreement_id, .thing = changed};
    }
    return note_all(pg, batch->arena, &note);
}

/* ---- from the lists themselves ---- */

static const char untold_sql[] =
    "SELECT b.batch_no, b.batch_id, a.agreement_id, b.progress_told, b.row_count::bigint, " DECIDED_ROWS_SQL("b") " FROM intake.batch b JOIN ledger.agreement a USING (agreement_no)"
    " WHERE b.state = 4 AND b.progress_told < 100 ORDER BY b.batch_no LIMIT $1 FOR NO KEY UPDATE OF b SKIP LOCKED";

/* The last fifth that is reached. A list without rows has none to wait for. */
static int32_t reached_percent(int64_t decided, int64_t rows) {
    if (decided >= rows) return PROGRESS_WHOLE_PERCENT;
    return decided <= 0 ? 0 : (int32_t)(decided * (PROGRESS_WHOLE_PERCENT / PROGRESS_STEP_PERCENT) / rows) * PROGRESS_STEP_PERCENT;
}

static struct id progress_event_id(struct slice batch_id, int32_t percent) {
    struct id id;
    CHECK(batch_id.size == 1 + 2 * ID_BYTES && id_parse(slice_of(batch_id.bytes + 1, 2 * ID_BYTES), &id)); /* a constraint of the table */
    return crypto_event_id(EVENT_PROGRESS, id, (uint32_t)percent, NULL, 0);
}

static struct slice body_of_progress(struct arena *arena, const void *thing) { return event_progress_body(arena, thing); }

static struct err mark_told(struct pg *pg, struct arena *arena, const int64_t *numbers, const int32_t *percents, size_t count) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int8_array(p, numbers, count);
    pg_add_int4_array(p, percents, count);
    return pg_run(pg, arena, "UPDATE intake.batch b SET progress_told = m.percent FROM unnest($1::bigint[], $2::int4[]) AS m (batch_no, percent) WHERE b.batch_no = m.batch_no", p, NULL);
}

static struct err note_untold(struct pg *pg, struct arena *arena) {
    enum { STEPS = PROGRESS_WHOLE_PERCENT / PROGRESS_STEP_PERCENT };
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    size_t moved = 0;
    pg_add_int4(p, NOTE_LISTS_MAX);
    TRY(pg_run(pg, arena, untold_sql, p, &rows));
    if (rows.count == 0) return OK;
    struct note_source *sources = arena_zero(arena, rows.count * STEPS, sizeof *sources);
    struct batch_progress *told = arena_zero(arena, rows.count * STEPS, sizeof *told);
    int64_t *numbers = arena_zero(arena, rows.count, sizeof *numbers);
    int32_t *percents = arena_zero(arena, rows.count, sizeof *percents);
    struct note note = {.type = EVENT_PROGRESS, .sources = sources, .body = body_of_progress};
    for (size_t i = 0; i < rows.count; i++) {
        const int64_t row_count = pg_int8(&rows, i, 4), decided = pg_int8(&rows, i, 5);
        const int32_t known = pg_int2(&rows, i, 3), reached = reached_percent(decided, row_count);
        if (reached <= known) continue;
        for (int32_t percent = known + PROGRESS_STEP_PERCENT; percent <= reached; percent += PROGRESS_STEP_PERCENT) {
            told[note.count] = (struct batch_progress){.batch_id = pg_bytes(&rows, i, 1), .agreement_id = pg_bytes(&rows, i, 2), .percent = percent, .rows = row_count, .decided = decided,
                                                       .at_ms = clock_unix_ms()};
            sources[note.count] = (struct note_source){.event_id = progress_event_id(told[note.count].batch_id, percent), .agreement_id = told[note.count].agreement_id, .thing = &told[note.count]};
            note.count++;
        }
        numbers[moved] = pg_int8(&rows, i, 0);
        percents[moved++] = reached;
    }
    if (moved == 0) return OK;
    TRY(note_all(pg, arena, &note));
    return mark_told(pg, arena, numbers, percents, moved);
}

struct err webhook_note_progress(struct pg *pg, struct arena *arena) {
    TRY(pg_begin(pg));
    struct err err = note_untold(pg, arena);
    if (!failed(&err)) err = pg_commit(pg);
    if (failed(&err)) pg_rollback(pg);
    return err;
}
