/* Writes an agreement and its budget in one transaction, or says what stands there instead. It must never change an agreement that is in force. */
#include "services/ledger/agreement_apply.h"

#include <stdio.h>

#include "common/edge/crypto.h"
#include "proto/topics.h"

/* The first half of the partitions is the real-time lane, the second the bulk lane; agreements take turns in both. */
static void partitions_of(int32_t number, int32_t *ret_realtime, int32_t *ret_bulk) {
    const int32_t half = topic_row(TOPIC_SUBMITTED)->partitions / 2;
    CHECK(half > 0 && number > 0);
    *ret_realtime = (number - 1) % half;
    *ret_bulk = half + (number - 1) % half;
}

static struct pg_parameters *row_of(struct arena *arena, int32_t number, const struct agreement_document *document, const char *applied_by) {
    const struct agreement *agreement = &document->agreement;
    uint8_t *hash = arena_take(arena, SHA256_BYTES);
    crypto_sha256(document->canonical, hash);
    int32_t realtime, bulk;
    partitions_of(number, &realtime, &bulk);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, number);
    pg_add_text(p, agreement->id);
    pg_add_jsonb(p, document->canonical);
    pg_add_bytea(p, slice_of(hash, SHA256_BYTES));
    pg_add_text(p, document->name);
    pg_add_text(p, agreement->payer_kind);
    pg_add_text(p, agreement->payer_name);
    pg_add_int4(p, (int32_t)agreement->payer_region);
    pg_add_int2(p, (int16_t)agreement->funds);
    pg_add_bool(p, agreement->has_legal_basis);
    pg_add_date(p, agreement->period_from);
    pg_add_date(p, agreement->period_to);
    pg_add_int2(p, (int16_t)agreement->months);
    pg_add_date(p, agreement->registration_date);
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) pg_add_int2(p, agreement->programmes[segment]);
    pg_add_text_array(p, agreement->occupations, agreement->occupation_count);
    pg_add_int2(p, (int16_t)agreement->min_age);
    pg_add_int2(p, (int16_t)agreement->age_limit);
    pg_add_int4(p, realtime);
    pg_add_int4(p, bulk);
    pg_add_text(p, slice_text(applied_by));
    return p;
}

static struct err create(struct pg *pg, struct arena *arena, const struct agreement_document *document, const char *applied_by) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena, "SELECT coalesce(max(agreement_no), 0) + 1 FROM ledger.agreement", NULL, &rows)); /* under the advisory lock; numbers have no holes */
    const int32_t number = pg_int4(&rows, 0, 0);
    struct pg_parameters *budget = pg_parameters(arena);
    pg_add_int4(budget, number);
    pg_add_int8(budget, document->agreement.pagu);
    pg_add_int8(budget, document->agreement.quota);
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.agreement (agreement_no, agreement_id, document, document_sha256, name, payer_kind, payer_name, payer_region, funds,"
                " has_legal_basis, period_from, period_to, months, registration_date, programmes_bpu, programmes_pu, programmes_jakon, programmes_pmi,"
                " occupations, min_age, age_limit, partition_realtime, partition_bulk, applied_by) OVERRIDING SYSTEM VALUE"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)",
         .parameters = row_of(arena, number, document, applied_by)},
        {.sql = "INSERT INTO ledger.budget (agreement_no, pagu, quota) VALUES ($1, $2, $3)", .parameters = budget},
    };
    return pg_run_all(pg, arena, steps, 2);
}

struct err agreement_apply(struct pg *pg, struct arena *arena, const struct agreement_document *document, const char *applied_by, bool write,
                           enum apply_answer *ret_answer, const char **ret_difference) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, document->agreement.id);
    struct pg_step steps[] = {
        {.sql = "SELECT pg_advisory_xact_lock(1709)"}, /* one writer of agreements at a time */
        {.sql = "SELECT document FROM ledger.agreement WHERE agreement_id = $1", .parameters = p},
    };
    TRY(pg_begin(pg));
    TRY(pg_run_all(pg, arena, steps, 2));
    if (steps[1].rows.count > 0) {
        pg_rollback(pg);
        const struct slice before = agreement_document_canonical(arena, pg_bytes(&steps[1].rows, 0, 0));
        if (before.bytes == NULL) return ERR(FATAL, "the stored document of this agreement is damaged");
        *ret_answer = slice_equal(before, document->canonical) ? APPLY_UNCHANGED : APPLY_DIFFERENT;
        if (*ret_answer == APPLY_DIFFERENT) *ret_difference = agreement_document_difference(arena, before, document->canonical);
        return OK;
    }
    *ret_answer = APPLY_CREATED;
    if (!write) {
        pg_rollback(pg);
        return OK;
    }
    TRY(create(pg, arena, document, applied_by));
    return pg_commit(pg);
}
