/* Writes an agreement and its budget in one transaction, or says what stands there instead. It must never change an agreement that is in force. */
#include "services/ledger/agreement_apply.h"

#include <stdio.h>

#include "common/edge/crypto.h"
#include "proto/topics.h"
#include "services/ledger/agreement_store.h"

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
    pg_add_int2(p, (int16_t)agreement->data_source);
    pg_add_date(p, agreement->data_source_date);
    pg_add_int2(p, (int16_t)agreement->desil_max);
    pg_add_bool(p, agreement->exclude_active);
    pg_add_int2(p, (int16_t)agreement->region_scope);
    pg_add_text(p, agreement->parent);
    return p;
}

/* ---- The umbrella --------------------------------------------------------------------------------------------------------------------------- */

static bool refuse(struct document_problem *problem, const char *member, const char *text, const char *remedy) {
    (void)snprintf(problem->member, sizeof problem->member, "%s", member);
    (void)snprintf(problem->problem, sizeof problem->problem, "%s", text);
    (void)snprintf(problem->remedy, sizeof problem->remedy, "%s", remedy);
    return false;
}

static bool is_within_terms(const struct agreement *child, const struct agreement *parent, struct document_problem *problem) {
    char text[DOCUMENT_PROBLEM_MAX], remedy[DOCUMENT_REMEDY_MAX], names[PROGRAMME_SET_TEXT_MAX], from[11], to[11];
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) {
        const programme_set beyond = (programme_set)(child->programmes[segment] & ~parent->programmes[segment]);
        if (beyond == 0) continue;
        (void)programme_set_format(beyond, names);
        (void)snprintf(text, sizeof text, "segment %s: %s is not in the umbrella agreement", segment_name((enum segment)segment), names); /* fits */
        (void)snprintf(remedy, sizeof remedy, "Take it out, or let the umbrella agreement %.*s name it.", SLICE_ARGS(parent->id)); /* fits */
        return refuse(problem, "segments", text, remedy);
    }
    if (child->period_from < parent->period_from || child->period_to > parent->period_to) {
        day_format(parent->period_from, from);
        day_format(parent->period_to, to);
        (void)snprintf(remedy, sizeof remedy, "The umbrella agreement is in force from %s to %s.", from, to); /* fits */
        return refuse(problem, "period", "the period is not within that of the umbrella agreement", remedy);
    }
    const bool province = parent->payer_region % 100 == 0;
    const bool inside = parent->payer_region == 0 || (province ? child->payer_region / 100 == parent->payer_region / 100 : child->payer_region == parent->payer_region);
    if (province) (void)snprintf(remedy, sizeof remedy, "Write the region %02u or one of its regencies.", parent->payer_region / 100); /* fits */
    else (void)snprintf(remedy, sizeof remedy, "Write the region %02u.%02u.", parent->payer_region / 100, parent->payer_region % 100); /* fits */
    return inside || refuse(problem, "payer.region", "the payer's region is not within that of the umbrella agreement", remedy);
}

/* left: what the umbrella has neither committed itself nor given to others. The source of the funds goes with the money: public money has no relief, whatever a part of it is called
 * (PP 50/2025). */
static bool is_within_money(const struct agreement *child, const struct agreement *parent, rupiah left, struct document_problem *problem) {
    char asked[32], rest[32], text[DOCUMENT_PROBLEM_MAX], remedy[DOCUMENT_REMEDY_MAX];
    rupiah_format(child->pagu, asked);
    rupiah_format(left, rest);
    if (child->pagu == RUPIAH_INPUT_MAX) {
        (void)snprintf(remedy, sizeof remedy, "State a pagu of at most %s.", rest); /* fits */
        return refuse(problem, "pagu", "the umbrella agreement states a pagu, this one does not", remedy);
    }
    if (child->funds != parent->funds) {
        (void)snprintf(remedy, sizeof remedy, "Write %s; other funds need an umbrella agreement without a pagu, or none.", funds_name(parent->funds)); /* fits */
        return refuse(problem, "payer.funds", "the money comes out of the umbrella agreement, whose funds are others", remedy);
    }
    if (child->pagu <= left) return true;
    (void)snprintf(text, sizeof text, "the pagu %s is more than the %s that the umbrella agreement has left", asked, rest); /* fits */
    return refuse(problem, "pagu", text, "Lower this pagu: the sum of all agreements under an umbrella can't exceed its pagu.");
}

/* Judges the child under the lock of the parent's budget. *ret_delegates: the child's pagu comes out of that budget. */
static struct err ask_parent(struct pg *pg, struct arena *arena, const struct agreement *child, const struct agreement *parent, int32_t *ret_parent_no, bool *ret_delegates,
                             bool *ret_fits, struct document_problem *problem) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, parent->number);
    TRY(pg_run(pg, arena, "SELECT pagu, pagu - committed - delegated FROM ledger.budget WHERE agreement_no = $1 FOR UPDATE", p, &rows));
    if (rows.count != 1) return ERR(FATAL, "agreement %d has no budget", parent->number);
    *ret_parent_no = parent->number;
    *ret_delegates = pg_int8(&rows, 0, 0) < RUPIAH_INPUT_MAX;
    *ret_fits = is_within_terms(child, parent, problem) && (!*ret_delegates || is_within_money(child, parent, pg_int8(&rows, 0, 1), problem));
    return OK;
}

struct umbrella {
    bool fits, delegates;
    int32_t parent_no;
};

static struct err judge_parent(struct pg *pg, struct arena *arena, const struct agreement *child, struct umbrella *ret_umbrella, struct document_problem *problem) {
    *ret_umbrella = (struct umbrella){.fits = true};
    if (child->parent.size == 0) return OK;
    struct agreement_cache *cache = agreement_cache_create();
    struct err err = agreement_cache_fetch(cache, pg, arena, &child->parent, 1, NULL, 0);
    const struct agreement *parent = failed(&err) ? NULL : agreement_by_id(cache, child->parent);
    if (parent != NULL) err = ask_parent(pg, arena, child, parent, &ret_umbrella->parent_no, &ret_umbrella->delegates, &ret_umbrella->fits, problem);
    else ret_umbrella->fits = refuse(problem, "parent", "there is no such umbrella agreement", "Apply the umbrella agreement first, or correct its id.");
    agreement_cache_destroy(cache);
    return err;
}

/* ---- The row -------------------------------------------------------------------------------------------------------------------------------- */

static struct err create(struct pg *pg, struct arena *arena, const struct agreement_document *document, const char *applied_by, const struct umbrella *umbrella) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena, "SELECT coalesce(max(agreement_no), 0) + 1 FROM ledger.agreement", NULL, &rows)); /* under the advisory lock; numbers have no holes */
    const int32_t number = pg_int4(&rows, 0, 0);
    struct pg_parameters *budget = pg_parameters(arena);
    pg_add_int4(budget, number);
    pg_add_int8(budget, document->agreement.pagu);
    pg_add_int8(budget, document->agreement.quota);
    struct pg_parameters *delegation = pg_parameters(arena);
    pg_add_int4(delegation, umbrella->parent_no);
    pg_add_int8(delegation, document->agreement.pagu);
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.agreement (agreement_no, agreement_id, document, document_sha256, name, payer_kind, payer_name, payer_region, funds,"
                " has_legal_basis, period_from, period_to, months, registration_date, programmes_bpu, programmes_pu, programmes_jakon, programmes_pmi,"
                " occupations, min_age, age_limit, partition_realtime, partition_bulk, applied_by,"
                " data_source, data_source_date, desil_max, exclude_active, region_scope, parent) OVERRIDING SYSTEM VALUE"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,"
                " $28, $29, nullif($30, ''))",
         .parameters = row_of(arena, number, document, applied_by)},
        {.sql = "INSERT INTO ledger.budget (agreement_no, pagu, quota) VALUES ($1, $2, $3)", .parameters = budget},
        {.sql = "UPDATE ledger.budget SET delegated = delegated + $2 WHERE agreement_no = $1", .parameters = delegation}, /* within its pagu: a constraint */
    };
    return pg_run_all(pg, arena, steps, umbrella->delegates ? 3 : 2);
}

struct err agreement_apply(struct pg *pg, struct arena *arena, const struct agreement_document *document, const char *applied_by, bool write,
                           enum apply_answer *ret_answer, const char **ret_difference, struct document_problem *ret_problem) {
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
    struct umbrella umbrella;
    TRY(judge_parent(pg, arena, &document->agreement, &umbrella, ret_problem));
    *ret_answer = umbrella.fits ? APPLY_CREATED : APPLY_REFUSED;
    if (!write || !umbrella.fits) {
        pg_rollback(pg);
        return OK;
    }
    TRY(create(pg, arena, document, applied_by, &umbrella));
    return pg_commit(pg);
}
