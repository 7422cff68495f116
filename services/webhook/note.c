/* Endpoints and agreements are read in the transaction itself: what a partner may see is what he may see now. An event is matched in memory, per agreement and endpoint, because a batch
 * has many events of few agreements. It must never make a body that nobody gets. */
#include "services/webhook/note.h"

#include "common/domain/partner.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"

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

enum { ENDPOINTS_MAX = 2000, PAIRS_MAX = 20000 /* of one statement */, QUIET_US = 1000 * 1000 };

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

static struct err note_all(struct pg *pg, struct arena *arena, const struct note *note, int64_t *quiet_until_us) {
    struct noting noting = {.pg = pg, .arena = arena, .note = note};
    const int64_t now_us = clock_monotonic_us();
    if (note->count == 0 || now_us < *quiet_until_us) return OK;
    TRY(read_endpoints(&noting));
    if (noting.endpoint_count == 0) {
        *quiet_until_us = now_us + QUIET_US;
        return OK;
    }
    TRY(read_agreements(&noting));
    return insert_all(&noting);
}

/* ---- from the topic ---- */

static struct slice body_of_decided(struct arena *arena, const void *thing) { return event_decided_body(arena, thing); }

struct err webhook_note_decided(struct pg *pg, const struct stage_batch *batch, int64_t *quiet_until_us) {
    struct note_source *sources = arena_zero(batch->arena, batch->count, sizeof *sources);
    struct note note = {.type = EVENT_DECIDED, .sources = sources, .body = body_of_decided};
    for (size_t i = 0; i < batch->count; i++) {
        const struct decided *decided = batch->items[i].in;
        if (decided == NULL || batch->items[i].parked != CODE_NONE || decided->outcome.repeat || id_is_zero(decided->outcome.application_id)) continue;
        const struct outcome *outcome = &decided->outcome;
        sources[note.count++] = (struct note_source){.event_id = crypto_event_id("ledger", outcome->application_id, outcome->attempt, NULL, 0), .agreement_id = outcome->agreement_id, .thing = outcome};
    }
    return note_all(pg, batch->arena, &note, quiet_until_us);
}
