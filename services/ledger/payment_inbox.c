/* The way of a payment into the outbox. All of a call go in by one statement; whether a row is new is PostgreSQL's word (a primary key), under a lock of its source. */
#include "services/ledger/payment_inbox.h"

#include "common/base/check.h"
#include "common/edge/crypto.h"
#include "common/wire/wire.h"

enum { LOCK_SPACE = 1711 /* of advisory locks; see facts_begin */ };

/* ---- identity ---- */

void payment_identify(struct payment_received *payment, struct slice told) {
    CHECK(payment->source.size > 0 && payment->source.size <= PAYMENT_TEXT_MAX && payment->external_id.size > 0 && payment->external_id.size <= PAYMENT_TEXT_MAX);
    CHECK(payment->reference.size <= PAYMENT_TEXT_MAX && payment->bank.size <= PAYMENT_TEXT_MAX && payment->raw.size <= PAYMENT_RAW_MAX);
    struct sha256 *hash = sha256_start();
    sha256_add_part(hash, payment->source);
    sha256_add_part(hash, payment->external_id);
    sha256_add_number(hash, payment->amount_is_readable);
    sha256_add_number(hash, payment->amount);
    sha256_add_number(hash, payment->received_on);
    sha256_add_part(hash, payment->reference);
    sha256_add_part(hash, payment->currency);
    sha256_add_part(hash, payment->problem);
    sha256_add_part(hash, told);
    sha256_finish(hash, payment->content_sha256);
    uint8_t id[SHA256_BYTES];
    hash = sha256_start();
    sha256_add_part(hash, slice_text("payung payment"));
    sha256_add_part(hash, payment->source);
    sha256_add_part(hash, payment->external_id);
    sha256_add_part(hash, slice_of(payment->content_sha256, SHA256_BYTES));
    sha256_finish(hash, id);
    memcpy(payment->payment_id.bytes, id, ID_BYTES);
}

/* ---- the statement ---- */

/* What stood there is read by `known` before anything is inserted: both see the same snapshot. Of equal rows among these the first one counts. */
static const char add_sql[] =
    "WITH given AS (SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bytea[], $5::bytea[]) WITH ORDINALITY AS g (source, external_id, content, id, payload, n)),"
    " known AS (SELECT g.n, EXISTS (SELECT FROM intake.payment p WHERE p.source = g.source AND p.external_id = g.external_id AND p.content_sha256 = g.content) AS same,"
    "  (SELECT p.content_sha256 FROM intake.payment p WHERE p.source = g.source AND p.external_id = g.external_id AND p.is_first) AS first_content,"
    "  row_number() OVER (PARTITION BY g.source, g.external_id, g.content ORDER BY g.n) AS copy, first_value(g.content) OVER (PARTITION BY g.source, g.external_id ORDER BY g.n) AS lead"
    "  FROM given g),"
    " judged AS (SELECT g.*, NOT k.same AND k.copy = 1 AS is_new, coalesce(k.first_content, k.lead) <> g.content AS differs FROM given g JOIN known k USING (n)),"
    " kept AS (INSERT INTO intake.payment (source, external_id, content_sha256, payment_id, is_first) SELECT source, external_id, content, id, NOT differs FROM judged WHERE is_new),"
    " sent AS (INSERT INTO ledger.outbox (topic, partition, key, payload, commit_sequence) SELECT 'PAYMENT', 0, source, payload, 0 FROM judged WHERE is_new ORDER BY n)"
    " SELECT is_new, differs FROM judged ORDER BY n";

static const char lock_sql[] = "SELECT pg_advisory_xact_lock($2, h) FROM (SELECT DISTINCT hashtext(s) AS h FROM unnest($1::text[]) s ORDER BY 1) locks";

static struct err lock_sources(struct pg *pg, struct arena *arena, const struct slice *sources, size_t count) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text_array(p, sources, count);
    pg_add_int4(p, LOCK_SPACE);
    return pg_run(pg, arena, lock_sql, p, NULL);
}

static struct err add_all(struct pg *pg, struct arena *arena, const struct payment_received *items, size_t count, struct pg_rows *ret_rows) {
    struct slice *sources = arena_zero(arena, count, sizeof *sources), *numbers = arena_zero(arena, count, sizeof *numbers), *contents = arena_zero(arena, count, sizeof *contents);
    struct slice *ids = arena_zero(arena, count, sizeof *ids), *payloads = arena_zero(arena, count, sizeof *payloads);
    for (size_t i = 0; i < count; i++) {
        CHECK(!id_is_zero(items[i].payment_id) && items[i].received_at_ms > 0 && items[i].lineage.epoch == 0);
        sources[i] = items[i].source;
        numbers[i] = items[i].external_id;
        contents[i] = slice_of(items[i].content_sha256, SHA256_BYTES);
        ids[i] = slice_of(items[i].payment_id.bytes, ID_BYTES);
        payloads[i] = wire_encode_payment(arena, &items[i]);
    }
    TRY(lock_sources(pg, arena, sources, count));
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text_array(p, sources, count);
    pg_add_text_array(p, numbers, count);
    pg_add_bytea_array(p, contents, count);
    pg_add_bytea_array(p, ids, count);
    pg_add_bytea_array(p, payloads, count);
    return pg_run(pg, arena, add_sql, p, ret_rows);
}

struct err payment_inbox_add(struct pg *pg, struct arena *arena, const struct payment_received *items, size_t count, const enum payment_inbox_end **ret_ends) {
    CHECK(count <= PAYMENT_INBOX_ITEMS_MAX);
    enum payment_inbox_end *ends = arena_zero(arena, count + 1, sizeof *ends);
    struct pg_rows rows = {0};
    TRY(pg_begin(pg));
    struct err err = count > 0 ? add_all(pg, arena, items, count, &rows) : OK;
    if (!failed(&err)) err = pg_commit(pg);
    if (failed(&err)) pg_rollback(pg);
    if (failed(&err)) return err;
    CHECK(rows.count == count);
    for (size_t i = 0; i < count; i++) {
        const bool is_new = pg_bool(&rows, i, 0), differs = pg_bool(&rows, i, 1);
        ends[i] = is_new ? (differs ? PAYMENT_DIFFERS : PAYMENT_SENT) : differs ? PAYMENT_DIFFERS_AGAIN : PAYMENT_REPEATED;
    }
    *ret_ends = ends;
    return OK;
}
