/* One document against what stands in the ledger: judged under the locks of its own budget and its umbrella's, then written as row, version, journals and archive record. What may
 * change and what not stands here; how a document is read does not. */
#include "services/ledger/agreement_apply.h"

#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "proto/topics.h"
#include "services/ledger/sql_month.h"

enum { NEVER_SEEN = REPLACES_NONE, MONEY_TEXT = 32, REFERENCE_MAX = 160, ACTION_MAX = 32 };

static bool refuse(struct document_problem *problem, const char *member, const char *text, const char *remedy) {
    (void)snprintf(problem->member, sizeof problem->member, "%s", member);
    (void)snprintf(problem->problem, sizeof problem->problem, "%s", text); /* a cut sentence is still one */
    (void)snprintf(problem->remedy, sizeof problem->remedy, "%s", remedy);
    return false;
}

/* ---- The umbrella --------------------------------------------------------------------------------------------------------------------------- */

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

/* left: what the umbrella has neither bound itself nor given to others. The source of the funds goes with the money: public money has no relief, whatever a part of it is called
 * (PP 50/2025). */
static bool is_within_money(const struct agreement *child, const struct agreement *parent, rupiah left, struct document_problem *problem) {
    char asked[MONEY_TEXT], rest[MONEY_TEXT], text[DOCUMENT_PROBLEM_MAX], remedy[DOCUMENT_REMEDY_MAX];
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

/* before: the agreement as it is in force, NULL when it is new. */
static bool fits_parent(struct agreement_change *change, const struct agreement *before, const struct agreement *parent) {
    const struct agreement *child = &change->document->agreement;
    const struct money_account *account = parent != NULL ? money_account(&change->money, parent->id) : NULL;
    if (child->parent.size == 0) return true;
    if (account == NULL) return refuse(&change->problem, "parent", "there is no such umbrella agreement", "Apply the umbrella agreement first, or correct its id.");
    if (!is_within_terms(child, parent, &change->problem)) return false;
    if (account->pagu >= RUPIAH_INPUT_MAX) return true;
    const rupiah own = before != NULL ? before->pagu : 0, left = account->pagu - account->committed - account->reserved - account->delegated + own;
    if (!is_within_money(child, parent, left, &change->problem)) return false;
    change->delegated = child->pagu - own;
    return true;
}

/* The agreements under this one lie within what it becomes. */
static struct err judge_parts(struct agreement_change *change, const struct agreement *before, bool *ret_fits) {
    const struct agreement *after = &change->document->agreement;
    struct pg_parameters *p = pg_parameters(change->money.arena);
    struct pg_rows rows;
    char text[DOCUMENT_PROBLEM_MAX];
    pg_add_text(p, after->id);
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) pg_add_int2(p, after->programmes[segment]);
    pg_add_date(p, after->period_to);
    TRY(pg_run(change->money.pg, change->money.arena,
               "SELECT min(agreement_id), min(agreement_id) FILTER (WHERE programmes_bpu & ~$2 <> 0 OR programmes_pu & ~$3 <> 0 OR programmes_jakon & ~$4 <> 0 OR programmes_pmi & ~$5 <> 0),"
               " min(agreement_id) FILTER (WHERE period_to > $6) FROM ledger.agreement WHERE parent = $1",
               p, &rows));
    const struct slice any = pg_bytes(&rows, 0, 0), programmes = pg_bytes(&rows, 0, 1), period = pg_bytes(&rows, 0, 2);
    *ret_fits = true;
    if (programmes.size > 0) {
        (void)snprintf(text, sizeof text, "the agreement %.*s under this one has programmes that it would no longer name", SLICE_ARGS(programmes)); /* fits */
        *ret_fits = refuse(&change->problem, "segments", text, "Keep them, or amend the parts first.");
    } else if (period.size > 0) {
        (void)snprintf(text, sizeof text, "the agreement %.*s under this one would end later", SLICE_ARGS(period)); /* fits */
        *ret_fits = refuse(&change->problem, "period.to", text, "End the parts first.");
    } else if (any.size > 0 && (before->pagu < RUPIAH_INPUT_MAX) != (after->pagu < RUPIAH_INPUT_MAX)) {
        *ret_fits = refuse(&change->problem, "pagu", "a pagu can't come or go while other agreements stand under this one", "Keep it as it is; make a new umbrella agreement for the other way.");
    }
    return OK;
}

/* ---- Amendments ----------------------------------------------------------------------------------------------------------------------------- */

static bool keeps_identity(const struct agreement *before, const struct agreement *after, struct document_problem *problem) {
    static const char remedy[] = "It never changes: write a new agreement that names this one in \"renews\".";
    if (!slice_equal(before->payer_kind, after->payer_kind)) return refuse(problem, "payer.kind", "an amendment can't change the kind of the payer", remedy);
    if (before->payer_region != after->payer_region) return refuse(problem, "payer.region", "an amendment can't change the payer's region", remedy);
    if (before->funds != after->funds) return refuse(problem, "payer.funds", "an amendment can't change the source of the funds", remedy);
    if (!slice_equal(before->payer_name, after->payer_name)) return refuse(problem, "payer.name", "an amendment can't change the payer", remedy);
    if (!slice_equal(before->parent, after->parent)) return refuse(problem, "parent", "an amendment can't move the agreement to another umbrella", remedy);
    if (!slice_equal(before->renews, after->renews)) return refuse(problem, "renews", "an amendment can't change what the agreement renews", remedy);
    return before->period_from == after->period_from || refuse(problem, "period.from", "an amendment can't change the beginning of the period", remedy);
}

static bool covers_what_is_bound(const struct money_account *account, const struct agreement *after, struct document_problem *problem) {
    char text[DOCUMENT_PROBLEM_MAX], pagu[MONEY_TEXT], committed[MONEY_TEXT], reserved[MONEY_TEXT], delegated[MONEY_TEXT], least[MONEY_TEXT], remedy[DOCUMENT_REMEDY_MAX];
    const rupiah bound = account->committed + account->reserved + account->delegated;
    const int64_t heads = account->accepted + account->reserved_heads;
    if (after->pagu < bound) {
        rupiah_format(after->pagu, pagu);
        rupiah_format(account->committed, committed);
        rupiah_format(account->reserved, reserved);
        rupiah_format(account->delegated, delegated);
        rupiah_format(bound, least);
        (void)snprintf(text, sizeof text, "the pagu %s is less than what is bound: %s committed + %s reserved + %s given to parts", pagu, committed, reserved, delegated); /* fits */
        (void)snprintf(remedy, sizeof remedy, "Write at least %s.", least); /* fits */
        return refuse(problem, "pagu", text, remedy);
    }
    if (after->quota < 0 || after->quota >= heads) return true;
    (void)snprintf(text, sizeof text, "the quota %lld is less than the %lld accepted + %lld reserved", (long long)after->quota, (long long)account->accepted,
                   (long long)account->reserved_heads); /* fits */
    (void)snprintf(remedy, sizeof remedy, "Write at least %lld.", (long long)heads); /* fits */
    return refuse(problem, "quota", text, remedy);
}

/* invoiced_to: the last month of an invoice, 0 none. */
static bool keeps_the_time(const struct agreement_change *change, const struct agreement *before, month_t invoiced_to, struct document_problem *problem) {
    const struct agreement *after = &change->document->agreement;
    char text[DOCUMENT_PROBLEM_MAX], month[16], day[11];
    const bool is_shorter = after->period_to < before->period_to;
    if (is_shorter && after->period_to < change->money.business_date) {
        day_format(change->money.business_date, day);
        (void)snprintf(text, sizeof text, "the period can't end before today, %s", day); /* fits */
        return refuse(problem, "period.to", text, "Write today or a later day.");
    }
    if (is_shorter && day_month(after->period_to) < invoiced_to) {
        month_format(invoiced_to, month);
        (void)snprintf(text, sizeof text, "the period can't end before %s, which is invoiced already", month); /* fits */
        return refuse(problem, "period.to", text, "Write a day of that month or a later one.");
    }
    const uint32_t whole = (uint32_t)month_distance(after->first_month, day_month(after->period_to)) + 1;
    if (after->months >= before->months || (is_shorter && after->months == whole)) return true;
    (void)snprintf(text, sizeof text, "%u months are bought for each person already: they can't become %u", before->months, after->months); /* fits */
    return refuse(problem, "months", text, "Keep the months; they fall only with an earlier end of the period.");
}

/* A programme that somebody has can't be taken out; one that nobody has can. */
static struct err judge_removed(struct agreement_change *change, const struct agreement *before, bool *ret_fits) {
    const struct agreement *after = &change->document->agreement;
    int16_t removed[SEGMENT_PMI]; /* by segment - 1, as PostgreSQL counts */
    int all = 0;
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) all |= removed[segment - 1] = (int16_t)(before->programmes[segment] & ~after->programmes[segment]);
    *ret_fits = true;
    if (all == 0) return OK;
    struct pg_parameters *p = pg_parameters(change->money.arena);
    struct pg_rows rows;
    char text[DOCUMENT_PROBLEM_MAX], names[PROGRAMME_SET_TEXT_MAX];
    pg_add_int4(p, before->number);
    pg_add_int2_array(p, removed, SEGMENT_PMI);
    TRY(pg_run(change->money.pg, change->money.arena,
               "SELECT segment, count(*) FROM ledger.enrolment WHERE agreement_no = $1 AND state IN (1, 2, 3) AND programmes & ($2)[segment] <> 0 GROUP BY 1 ORDER BY 1 LIMIT 1", p, &rows));
    if (rows.count == 0) return OK;
    const enum segment segment = (enum segment)pg_int2(&rows, 0, 0);
    (void)programme_set_format((programme_set)removed[segment - 1], names);
    (void)snprintf(text, sizeof text, "segment %s: %s can't be taken out, %lld enrolled people have it", segment_name(segment), names, (long long)pg_int8(&rows, 0, 1)); /* fits */
    *ret_fits = refuse(&change->problem, "segments", text, "Keep it until their cover ends, or write a new agreement that renews this one.");
    return OK;
}

static struct err read_invoiced_to(struct agreement_change *change, int32_t agreement_no, month_t *ret_month) {
    struct pg_parameters *p = pg_parameters(change->money.arena);
    struct pg_rows rows;
    pg_add_int4(p, agreement_no);
    TRY(pg_run(change->money.pg, change->money.arena,
               "SELECT coalesce(max(" MONTH_ADD_SQL("first_month", "months - 1") "), 0)::int FROM ledger.invoice WHERE agreement_no = $1", p, &rows));
    *ret_month = pg_int4(&rows, 0, 0);
    return OK;
}

static struct err judge_amendment(struct agreement_change *change, const struct agreement *before, const struct agreement *parent, bool *ret_fits) {
    const struct agreement *after = &change->document->agreement;
    struct document_problem *problem = &change->problem;
    const struct money_account *account = money_account(&change->money, after->id);
    month_t invoiced_to;
    CHECK(account != NULL);
    TRY(read_invoiced_to(change, before->number, &invoiced_to));
    *ret_fits = keeps_identity(before, after, problem) && covers_what_is_bound(account, after, problem) && keeps_the_time(change, before, invoiced_to, problem) &&
                fits_parent(change, before, parent);
    if (*ret_fits) TRY(judge_removed(change, before, ret_fits));
    return *ret_fits ? judge_parts(change, before, ret_fits) : OK;
}

/* ---- Begin ---------------------------------------------------------------------------------------------------------------------------------- */

/* Without a lock: what its writer may have had before him when he began. */
static struct err look(struct pg *pg, struct arena *arena, struct slice id, int32_t *ret_amendment) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, id);
    TRY(pg_run(pg, arena, "SELECT amendment FROM ledger.agreement WHERE agreement_id = $1", p, &rows));
    *ret_amendment = rows.count > 0 ? pg_int4(&rows, 0, 0) : NEVER_SEEN;
    return OK;
}

static struct err read_stored(struct agreement_change *change, struct slice *ret_canonical, bool *ret_ended) {
    struct arena *arena = change->money.arena;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, change->document->agreement.id);
    TRY(pg_run(change->money.pg, arena, "SELECT document, state = 'ENDED' FROM ledger.agreement WHERE agreement_id = $1", p, &rows));
    CHECK(rows.count == 1);
    *ret_canonical = agreement_document_canonical(arena, pg_bytes(&rows, 0, 0));
    *ret_ended = pg_bool(&rows, 0, 1);
    return ret_canonical->bytes != NULL ? OK : ERR(FATAL, "the stored document of this agreement is damaged");
}

/* in_force: its amendment under the lock; seen: the one before the lock. */
static bool is_current(struct agreement_change *change, int32_t in_force, int32_t seen) {
    const int32_t replaces = change->document->replaces;
    char text[DOCUMENT_PROBLEM_MAX];
    if (in_force == seen && (replaces == REPLACES_ANY || replaces == in_force)) return true;
    if (in_force == NEVER_SEEN) (void)snprintf(text, sizeof text, "there is no such agreement in force any more");
    else (void)snprintf(text, sizeof text, "somebody else has put amendment %d in force meanwhile", in_force); /* fits */
    return refuse(&change->problem, "", text, "Look at payung agreement history, bring your document up to date, and try again.");
}

/* What an ended agreement has not used can still go back, to its umbrella or to the payer's budget. */
static bool only_lowers_pagu(const struct agreement_change *change, const struct agreement *before) {
    const char *member = "  pagu: ", *end = strchr(change->difference, '\n');
    return change->document->agreement.pagu < before->pagu && strncmp(change->difference, member, strlen(member)) == 0 && end != NULL && end[1] == '\0';
}

static struct err judge_existing(struct agreement_change *change, const struct agreement *before, const struct agreement *parent, int32_t seen, bool *ret_fits) {
    struct slice stored;
    bool ended;
    TRY(read_stored(change, &stored, &ended));
    change->amendment = before->amendment;
    *ret_fits = true;
    change->answer = APPLY_UNCHANGED;
    if (slice_equal(stored, change->document->canonical)) return OK;
    change->answer = APPLY_AMENDED;
    change->amendment = before->amendment + 1;
    change->difference = agreement_document_difference(change->money.arena, stored, change->document->canonical);
    *ret_fits = is_current(change, before->amendment, seen);
    if (*ret_fits && ended && !only_lowers_pagu(change, before))
        *ret_fits = refuse(&change->problem, "", "the agreement has ended: only its pagu can still be lowered, and nothing else", "Write a new agreement that names this one in \"renews\".");
    return *ret_fits ? judge_amendment(change, before, parent, ret_fits) : OK;
}

static struct err judge(struct agreement_change *change, struct agreement_cache *cache, int32_t seen) {
    const struct agreement *after = &change->document->agreement;
    const struct slice ids[] = {after->id, after->parent, after->renews};
    TRY(agreement_cache_fetch(cache, change->money.pg, change->money.arena, ids, sizeof ids / sizeof *ids, NULL, 0));
    const struct agreement *before = agreement_by_id(cache, after->id), *parent = agreement_by_id(cache, after->parent);
    bool fits = true;
    change->in_force = before != NULL ? before->amendment : REPLACES_NONE;
    if (before != NULL) {
        TRY(judge_existing(change, before, parent, seen, &fits));
    } else {
        change->answer = APPLY_CREATED;
        fits = is_current(change, NEVER_SEEN, seen) && fits_parent(change, NULL, parent);
        if (fits && after->renews.size > 0 && agreement_by_id(cache, after->renews) == NULL)
            fits = refuse(&change->problem, "renews", "there is no such agreement to renew", "Correct its id, or take \"renews\" out.");
    }
    if (!fits) change->answer = APPLY_REFUSED;
    return OK;
}

struct err agreement_change_begin(struct pg *pg, struct arena *arena, const struct agreement_document *document, const struct money_moment *moment, struct agreement_change *ret_change) {
    const struct agreement *agreement = &document->agreement;
    int32_t seen;
    *ret_change = (struct agreement_change){.document = document, .difference = ""};
    TRY(look(pg, arena, agreement->id, &seen));
    const struct slice ids[] = {agreement->id, seen == NEVER_SEEN ? slice_text("none") : agreement->id, agreement->parent};
    TRY(money_begin(pg, arena, moment, ids, sizeof ids / sizeof *ids, &ret_change->money));
    struct agreement_cache *cache = agreement_cache_create();
    struct err err = judge(ret_change, cache, seen);
    agreement_cache_destroy(cache);
    if (failed(&err)) money_undo(&ret_change->money);
    return err;
}

/* ---- Write ---------------------------------------------------------------------------------------------------------------------------------- */

/* The first half of the partitions is the real-time lane, the second the bulk lane; agreements take turns in both. */
static void partitions_of(int32_t number, int32_t *ret_realtime, int32_t *ret_bulk) {
    const int32_t half = topic_row(TOPIC_SUBMITTED)->partitions / 2;
    CHECK(half > 0 && number > 0);
    *ret_realtime = (number - 1) % half;
    *ret_bulk = half + (number - 1) % half;
}

static struct pg_parameters *row_of(const struct agreement_change *change, int32_t number, const uint8_t *hash) {
    const struct agreement *agreement = &change->document->agreement;
    int32_t realtime, bulk;
    partitions_of(number, &realtime, &bulk);
    struct pg_parameters *p = pg_parameters(change->money.arena);
    pg_add_int4(p, number);
    pg_add_text(p, agreement->id);
    pg_add_jsonb(p, change->document->canonical);
    pg_add_bytea(p, slice_of(hash, SHA256_BYTES));
    pg_add_text(p, change->document->name);
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
    pg_add_text(p, slice_text(change->money.actor));
    pg_add_int2(p, (int16_t)agreement->data_source);
    pg_add_date(p, agreement->data_source_date);
    pg_add_int2(p, (int16_t)agreement->desil_max);
    pg_add_bool(p, agreement->exclude_active);
    pg_add_int2(p, (int16_t)agreement->region_scope);
    pg_add_text(p, agreement->parent);
    pg_add_timestamp_ms(p, change->money.moment_ms);
    pg_add_int4(p, change->amendment);
    pg_add_int2(p, (int16_t)agreement->billing);
    pg_add_int2(p, (int16_t)agreement->billing_months);
    pg_add_int2(p, (int16_t)agreement->activation);
    pg_add_int2(p, (int16_t)agreement->grace_months);
    pg_add_int2(p, (int16_t)agreement->reservation_days);
    pg_add_text_array(p, agreement->priority_occupations, agreement->priority_occupation_count);
    pg_add_text(p, agreement->renews);
    pg_add_bool(p, agreement->batch_approval);
    pg_add_text_array(p, agreement->column_names, agreement->column_name_count);
    return p;
}

static struct pg_parameters *budget_of(const struct agreement_change *change, int32_t number) {
    struct pg_parameters *p = pg_parameters(change->money.arena);
    pg_add_int4(p, number);
    pg_add_int8(p, change->document->agreement.pagu);
    pg_add_int8(p, change->document->agreement.quota);
    return p;
}

/* The row of the agreement always stands as the newest version says; its number, partitions and what never changes stay as they were. */
static struct err write_rows(struct agreement_change *change, int32_t number, const uint8_t *hash) {
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.agreement (agreement_no, agreement_id, document, document_sha256, name, payer_kind, payer_name, payer_region, funds,"
                " has_legal_basis, period_from, period_to, months, registration_date, programmes_bpu, programmes_pu, programmes_jakon, programmes_pmi,"
                " occupations, min_age, age_limit, partition_realtime, partition_bulk, applied_by,"
                " data_source, data_source_date, desil_max, exclude_active, region_scope, parent, applied_at, amendment, billing, billing_months, activation, grace_months,"
                " reservation_days, priority_occupations, renews, batch_approval, column_names) OVERRIDING SYSTEM VALUE"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,"
                " $28, $29, nullif($30, ''), $31, $32, $33, $34, $35, $36, $37, $38, nullif($39, ''), $40, $41)"
                " ON CONFLICT (agreement_id) DO UPDATE SET document = excluded.document, document_sha256 = excluded.document_sha256, name = excluded.name,"
                " has_legal_basis = excluded.has_legal_basis, period_to = excluded.period_to, months = excluded.months, registration_date = excluded.registration_date,"
                " programmes_bpu = excluded.programmes_bpu, programmes_pu = excluded.programmes_pu, programmes_jakon = excluded.programmes_jakon, programmes_pmi = excluded.programmes_pmi,"
                " occupations = excluded.occupations, min_age = excluded.min_age, age_limit = excluded.age_limit, applied_by = excluded.applied_by, data_source = excluded.data_source,"
                " data_source_date = excluded.data_source_date, desil_max = excluded.desil_max, exclude_active = excluded.exclude_active, region_scope = excluded.region_scope,"
                " applied_at = excluded.applied_at, amendment = excluded.amendment, billing = excluded.billing, billing_months = excluded.billing_months,"
                " activation = excluded.activation, grace_months = excluded.grace_months, reservation_days = excluded.reservation_days,"
                " priority_occupations = excluded.priority_occupations, batch_approval = excluded.batch_approval, column_names = excluded.column_names",
         .parameters = row_of(change, number, hash)},
        {.sql = "INSERT INTO ledger.budget (agreement_no, pagu, quota) VALUES ($1, $2, $3) ON CONFLICT (agreement_no) DO UPDATE SET pagu = excluded.pagu, quota = excluded.quota",
         .parameters = budget_of(change, number)},
    };
    return pg_run_all(change->money.pg, change->money.arena, steps, sizeof steps / sizeof *steps);
}

static struct err new_number(struct agreement_change *change, int32_t *ret_number) {
    struct pg_rows rows;
    TRY(pg_run(change->money.pg, change->money.arena, "SELECT coalesce(max(agreement_no), 0) + 1 FROM ledger.agreement", NULL, &rows)); /* under the lock of agreement 0 */
    *ret_number = pg_int4(&rows, 0, 0);
    return OK;
}

static struct err write_version(struct agreement_change *change, const struct money_account *account, const uint8_t *hash, const char *approved_by) {
    struct pg_parameters *p = budget_of(change, account->agreement_no);
    pg_add_int4(p, change->amendment);
    pg_add_jsonb(p, change->document->canonical);
    pg_add_bytea(p, slice_of(hash, SHA256_BYTES));
    pg_add_int8(p, money_next_journal(account));
    pg_add_text(p, slice_text(change->money.actor));
    pg_add_text(p, slice_text(approved_by));
    pg_add_timestamp_ms(p, change->money.moment_ms);
    return pg_run(change->money.pg, change->money.arena,
                  "INSERT INTO ledger.agreement_version (agreement_no, pagu, quota, amendment, document, document_sha256, journal_seq, made_by, approved_by, in_force_at)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                  p, NULL);
}

static struct err close_own(struct agreement_change *change, struct money_account *account, const uint8_t *hash) {
    char reference[REFERENCE_MAX], digits[2 * SHA256_BYTES + 1];
    text_hex(slice_of(hash, SHA256_BYTES), digits);
    CHECK(snprintf(reference, sizeof reference, "amendment %d sha256 %s", change->amendment, digits) < (int)sizeof reference);
    return money_close(&change->money, account, &(struct money_journal){.kind = "AGREEMENT", .reference = slice_text(reference), .always = true}, NULL);
}

static struct err close_parent(struct agreement_change *change) {
    const struct agreement *child = &change->document->agreement;
    struct money *money = &change->money;
    struct money_account *parent = money_account(money, child->parent);
    CHECK(parent != NULL);
    char reference[REFERENCE_MAX];
    CHECK(snprintf(reference, sizeof reference, "part %.*s amendment %d", SLICE_ARGS(child->id), change->amendment) < (int)sizeof reference);
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int4(p, parent->agreement_no);
    pg_add_int8(p, money_next_journal(parent));
    pg_add_int4(p, day_month(money->business_date));
    pg_add_int2(p, LINE_DELEGATED);
    pg_add_int8(p, change->delegated);
    pg_add_date(p, money->business_date);
    pg_add_text(p, child->id);
    TRY(pg_run(money->pg, money->arena, "INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, amount, day, detail) VALUES ($1, $2, 0, $3, $4, $5, $6, $7)", p, NULL));
    return money_close(money, parent, &(struct money_journal){.kind = "AGREEMENT", .reference = slice_text(reference)}, NULL);
}

static struct err write_all(struct agreement_change *change, const char *approved_by) {
    const struct agreement *agreement = &change->document->agreement;
    struct money *money = &change->money;
    uint8_t *hash = arena_take(money->arena, SHA256_BYTES);
    char action[ACTION_MAX];
    crypto_sha256(change->document->canonical, hash);
    struct money_account *account = money_account(money, agreement->id);
    int32_t number = account != NULL ? account->agreement_no : 0;
    if (account == NULL) TRY(new_number(change, &number));
    TRY(write_rows(change, number, hash));
    if (account == NULL) TRY(money_adopt(money, agreement->id));
    account = money_account(money, agreement->id);
    CHECK(account != NULL);
    TRY(write_version(change, account, hash, approved_by));
    TRY(close_own(change, account, hash));
    if (change->delegated != 0) TRY(close_parent(change));
    (void)snprintf(action, sizeof action, "amendment %d", change->amendment); /* fits */
    const struct ledger_command command = {.kind = COMMAND_AGREEMENT, .agreement_id = agreement->id, .approved_by = slice_text(approved_by), .reason = slice_text(action),
                                           .text = change->document->canonical};
    return money_command(money, &command, "AGREEMENT");
}

struct err agreement_change_write(struct agreement_change *change, const char *approved_by) {
    CHECK(change->answer == APPLY_CREATED || change->answer == APPLY_AMENDED);
    struct err err = write_all(change, approved_by);
    if (err.fate == FATE_SPLIT) {
        change->answer = APPLY_REFUSED;
        (void)refuse(&change->problem, "", err.text, "A closed period takes no more changes, and no budget falls below what is bound: look at payung agreement show.");
        return OK;
    }
    if (failed(&err)) money_undo(&change->money);
    return err;
}

struct err agreement_apply(struct pg *pg, struct arena *arena, const struct agreement_document *document, const struct money_moment *moment, const char *approved_by, bool write,
                           enum apply_answer *ret_answer, const char **ret_difference, struct document_problem *ret_problem) {
    struct agreement_change change;
    TRY(agreement_change_begin(pg, arena, document, moment, &change));
    const bool writes = write && (change.answer == APPLY_CREATED || change.answer == APPLY_AMENDED);
    if (writes) TRY(agreement_change_write(&change, approved_by));
    if (writes && change.answer != APPLY_REFUSED) TRY(money_commit(&change.money));
    else money_undo(&change.money);
    *ret_answer = change.answer;
    *ret_difference = change.difference;
    if (change.answer == APPLY_REFUSED) *ret_problem = change.problem;
    return OK;
}
