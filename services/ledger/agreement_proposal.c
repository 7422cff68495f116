/* Proposals: one row each, judged by agreement_apply.c when they are made, looked at and approved. An approval and what it puts in force are one transaction. */
#include "services/ledger/agreement_proposal.h"

#include <stdio.h>

#include "common/edge/crypto.h"

enum { DECIDE_ROUNDS_MAX = 3, ACTION_MAX = 40, DETAIL_MAX = PROPOSAL_ID_TEXT + PROPOSAL_NOTE_MAX + 4 };

#define PROPOSAL_COLUMNS                                                                                                                                        \
    "proposal_id, agreement_id, state, made_by, coalesce(checked_by, ''), note, made_at, coalesce(checked_at, 'epoch'::timestamptz), replaces, document"

static const char *state_after(enum proposal_decision decision) {
    static const char *const states[] = {[PROPOSAL_APPROVE] = "approved", [PROPOSAL_REFUSE] = "refused", [PROPOSAL_WITHDRAW] = "withdrawn", [PROPOSAL_SUBMIT] = "submitted"};
    return states[decision];
}

static struct agreement_proposal proposal_of(struct arena *arena, const struct pg_rows *rows, size_t row) {
    return (struct agreement_proposal){
        .id = pg_bytes(rows, row, 0), .agreement_id = pg_bytes(rows, row, 1), .state = pg_bytes(rows, row, 2), .made_by = pg_bytes(rows, row, 3), .checked_by = pg_bytes(rows, row, 4),
        .note = pg_bytes(rows, row, 5), .made_at_ms = pg_timestamp_ms(rows, row, 6), .checked_at_ms = pg_timestamp_ms(rows, row, 7), .replaces = pg_int4(rows, row, 8),
        .canonical = agreement_document_canonical(arena, pg_bytes(rows, row, 9)),
    };
}

static bool is_possible_id(struct slice id) {
    struct id digits;
    return id.size == PROPOSAL_ID_TEXT && id.bytes[0] == 'p' && id_parse(slice_of(id.bytes + 1, id.size - 1), &digits);
}

struct err proposal_find(struct pg *pg, struct arena *arena, struct slice id, struct agreement_proposal *ret_proposal) {
    *ret_proposal = (struct agreement_proposal){0};
    if (!is_possible_id(id)) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, id);
    TRY(pg_run(pg, arena, "SELECT " PROPOSAL_COLUMNS " FROM ledger.agreement_proposal WHERE proposal_id = $1", p, &rows));
    if (rows.count > 0) *ret_proposal = proposal_of(arena, &rows, 0);
    return OK;
}

struct err proposal_list(struct pg *pg, struct arena *arena, struct agreement_proposal **ret_proposals, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, PROPOSALS_LISTED_MAX);
    TRY(pg_run(pg, arena, "SELECT " PROPOSAL_COLUMNS " FROM ledger.agreement_proposal WHERE state IN ('draft', 'submitted') ORDER BY made_at, proposal_id LIMIT $1", p, &rows));
    struct agreement_proposal *proposals = arena_take(arena, (rows.count + 1) * sizeof *proposals);
    for (size_t i = 0; i < rows.count; i++) proposals[i] = proposal_of(arena, &rows, i);
    *ret_proposals = proposals;
    *ret_count = rows.count;
    return OK;
}

/* ---- Judging -------------------------------------------------------------------------------------------------------------------------------- */

static struct err read_document(struct arena *arena, const struct proposal_tables *tables, const struct agreement_proposal *proposal, struct agreement_document *ret_document) {
    struct document_problem problem;
    if (proposal->canonical.bytes == NULL || !agreement_document_read(arena, proposal->canonical, tables->regions, tables->law, ret_document, &problem))
        return ERR(FATAL, "the document of a proposal can't be read");
    ret_document->replaces = proposal->replaces;
    return OK;
}

static struct proposal_judgement judgement_of(const struct agreement_change *change) {
    return (struct proposal_judgement){.answer = change->answer, .difference = change->difference, .problem = change->problem, .document = change->document};
}

static struct err judge(struct pg *pg, struct arena *arena, const struct agreement_document *document, const char *made_by, int64_t moment_ms, struct agreement_change *ret_change) {
    TRY(agreement_change_begin(pg, arena, document, &(struct money_moment){.moment_ms = moment_ms, .actor = made_by}, ret_change));
    money_undo(&ret_change->money);
    return OK;
}

struct err proposal_judge(struct pg *pg, struct arena *arena, const struct proposal_tables *tables, const struct agreement_proposal *proposal, int64_t moment_ms,
                          struct proposal_judgement *ret_judgement) {
    struct agreement_document *document = arena_zero(arena, 1, sizeof *document);
    struct agreement_change change;
    TRY(read_document(arena, tables, proposal, document));
    TRY(judge(pg, arena, document, arena_text(arena, proposal->made_by), moment_ms, &change));
    *ret_judgement = judgement_of(&change);
    return OK;
}

/* ---- Making --------------------------------------------------------------------------------------------------------------------------------- */

static struct pg_parameters *audit_of(struct arena *arena, const char *who, const char *state, const struct agreement_proposal *proposal, struct slice note, int64_t moment_ms) {
    char action[ACTION_MAX], detail[DETAIL_MAX];
    (void)snprintf(action, sizeof action, "PROPOSAL %s", state); /* fits */
    const int size = snprintf(detail, sizeof detail, "%.*s%s%.*s", SLICE_ARGS(proposal->id), note.size > 0 ? ": " : "", SLICE_ARGS(note));
    CHECK(size > 0 && size < (int)sizeof detail);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_timestamp_ms(p, moment_ms);
    pg_add_text(p, slice_text(who));
    pg_add_text(p, slice_text(arena_text(arena, slice_text(action))));
    pg_add_text(p, proposal->agreement_id);
    pg_add_text(p, slice_text(arena_text(arena, slice_text(detail))));
    return p;
}
#define AUDIT_SQL "INSERT INTO ledger.audit (at, actor, action, agreement_id, detail) VALUES ($1, $2, $3, $4, $5)"

static struct slice new_id(struct arena *arena) {
    struct id digits;
    char text[2 * ID_BYTES + 1];
    crypto_random(digits.bytes, sizeof digits.bytes);
    id_format(digits, text);
    char *id = arena_take(arena, PROPOSAL_ID_TEXT + 1);
    (void)snprintf(id, PROPOSAL_ID_TEXT + 1, "p%s", text); /* fits */
    return slice_text(id);
}

/* The partner whom an operator acts for; anybody else himself. */
static const char *person_of(const char *who) {
    const char *as = strncmp(who, "operator:", strlen("operator:")) == 0 ? strstr(who, PROPOSAL_ACTS_AS) : NULL;
    return as != NULL ? as + strlen(PROPOSAL_ACTS_AS) : who;
}

/* The proposal with this document in this state: the new one, or the one that was there. None: the maker has too many. */
static struct err store(struct pg *pg, struct arena *arena, const struct agreement_document *document, const char *state, int32_t in_force, const char *who, int64_t moment_ms,
                        struct agreement_proposal *ret_proposal) {
    const char *made_by = person_of(who);
    uint8_t *hash = arena_take(arena, SHA256_BYTES);
    const struct slice id = new_id(arena);
    crypto_sha256(document->canonical, hash);
    struct pg_parameters *row = pg_parameters(arena), *key = pg_parameters(arena);
    pg_add_text(row, id);
    pg_add_text(row, document->agreement.id);
    pg_add_jsonb(row, document->canonical);
    pg_add_bytea(row, slice_of(hash, SHA256_BYTES));
    pg_add_int4(row, in_force);
    pg_add_text(row, slice_text(made_by));
    pg_add_timestamp_ms(row, moment_ms);
    pg_add_int4(row, PROPOSALS_OPEN_MAX);
    pg_add_text(row, slice_text(state));
    pg_add_text(key, document->agreement.id);
    pg_add_bytea(key, slice_of(hash, SHA256_BYTES));
    pg_add_text(key, slice_text(made_by));
    pg_add_text(key, slice_text(state));
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.agreement_proposal (proposal_id, agreement_id, document, document_sha256, replaces, state, made_by, made_at)"
                " SELECT $1, $2, $3, $4, $5, $9, $6, $7 WHERE (SELECT count(*) FROM ledger.agreement_proposal WHERE state IN ('draft', 'submitted') AND made_by = $6) < $8"
                " AND NOT EXISTS (SELECT FROM ledger.agreement_proposal WHERE agreement_id = $2 AND document_sha256 = $4 AND made_by = $6 AND state = $9) ON CONFLICT DO NOTHING",
         .parameters = row},
        {.sql = "SELECT " PROPOSAL_COLUMNS " FROM ledger.agreement_proposal WHERE agreement_id = $1 AND document_sha256 = $2 AND made_by = $3 AND state = $4"
                " ORDER BY made_at LIMIT 1",
         .parameters = key},
    };
    TRY(pg_run_all(pg, arena, steps, sizeof steps / sizeof *steps));
    *ret_proposal = steps[1].rows.count > 0 ? proposal_of(arena, &steps[1].rows, 0) : (struct agreement_proposal){0};
    if (steps[0].rows.affected != 1) return OK;
    return pg_run(pg, arena, AUDIT_SQL, audit_of(arena, who, state, ret_proposal, slice_text(""), moment_ms), NULL);
}

struct err proposal_make(struct pg *pg, struct arena *arena, const struct agreement_document *document, bool is_draft, const char *who, int64_t moment_ms,
                         struct agreement_proposal *ret_proposal, struct proposal_judgement *ret_judgement, enum proposal_answer *ret_answer) {
    struct agreement_change change;
    TRY(judge(pg, arena, document, person_of(who), moment_ms, &change));
    *ret_judgement = judgement_of(&change);
    *ret_proposal = (struct agreement_proposal){0};
    *ret_answer = PROPOSAL_NEEDLESS;
    if (change.answer == APPLY_UNCHANGED) return OK;
    TRY(pg_begin(pg));
    struct err err = store(pg, arena, document, is_draft ? "draft" : "submitted", change.in_force, who, moment_ms, ret_proposal);
    if (!failed(&err)) err = pg_commit(pg);
    if (failed(&err)) pg_rollback(pg);
    *ret_answer = ret_proposal->id.size > 0 ? PROPOSAL_DONE : PROPOSAL_TOO_MANY;
    return err;
}

/* ---- Deciding ------------------------------------------------------------------------------------------------------------------------------- */

/* The end of one that is open: PROPOSAL_APPROVE of a submitted one only, PROPOSAL_WITHDRAW of a draft too. */
static struct pg_step close_step(struct arena *arena, const struct agreement_proposal *proposal, enum proposal_decision decision, const char *who, struct slice note, int64_t moment_ms) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, proposal->id);
    pg_add_text(p, slice_text(state_after(decision)));
    pg_add_text(p, slice_text(person_of(who)));
    pg_add_timestamp_ms(p, moment_ms);
    pg_add_text(p, note);
    return (struct pg_step){.sql = "UPDATE ledger.agreement_proposal SET state = $2, checked_by = $3, checked_at = $4, note = $5 WHERE proposal_id = $1"
                                   " AND (state = 'submitted' OR (state = 'draft' AND $2 = 'withdrawn'))",
                            .parameters = p};
}

/* The step with its line of the audit, in the transaction that is open. *ret_moved false: the proposal is not, or no more, where the step takes it from. */
static struct err move(struct pg *pg, struct arena *arena, struct pg_step step, struct pg_parameters *audit, bool *ret_moved) {
    struct pg_step steps[] = {step, {.sql = AUDIT_SQL, .parameters = audit}};
    TRY(pg_run_all(pg, arena, steps, sizeof steps / sizeof *steps));
    *ret_moved = steps[0].rows.affected == 1;
    return OK;
}

/* The same in a transaction of its own. */
static struct err move_alone(struct pg *pg, struct arena *arena, struct pg_step step, struct pg_parameters *audit, bool *ret_moved) {
    TRY(pg_begin(pg));
    struct err err = move(pg, arena, step, audit, ret_moved);
    if (!failed(&err) && *ret_moved) err = pg_commit(pg);
    if (failed(&err) || !*ret_moved) pg_rollback(pg);
    return err;
}

/* The agreement and the end of the proposal, both or none. A document that was put in force otherwise meanwhile needs only the end. */
static struct err approve(struct pg *pg, struct arena *arena, const struct proposal_tables *tables, const struct agreement_proposal *proposal, const char *who, struct slice note,
                          int64_t moment_ms, struct proposal_judgement *ret_judgement, bool *ret_was_open) {
    struct agreement_document *document = arena_zero(arena, 1, sizeof *document);
    struct agreement_change change;
    TRY(read_document(arena, tables, proposal, document));
    const struct money_moment moment = {.moment_ms = moment_ms, .actor = arena_text(arena, proposal->made_by)};
    TRY(agreement_change_begin(pg, arena, document, &moment, &change));
    if (change.answer == APPLY_CREATED || change.answer == APPLY_AMENDED) TRY(agreement_change_write(&change, person_of(who)));
    *ret_was_open = true;
    struct err err = OK;
    if (change.answer != APPLY_REFUSED) err = move(pg, arena, close_step(arena, proposal, PROPOSAL_APPROVE, who, note, moment_ms),
                                                          audit_of(arena, who, state_after(PROPOSAL_APPROVE), proposal, note, moment_ms), ret_was_open);
    *ret_judgement = judgement_of(&change);
    if (!failed(&err) && *ret_was_open && change.answer != APPLY_REFUSED) return money_commit(&change.money);
    money_undo(&change.money);
    return err;
}

/* A draft goes to the checkers, against what is in force now. *ret_answer PROPOSAL_CLOSED: the same document of this maker waits already. */
static struct err hand_in(struct pg *pg, struct arena *arena, const struct proposal_tables *tables, struct agreement_proposal *proposal, const char *who, int64_t moment_ms,
                          struct proposal_judgement *ret_judgement, enum proposal_answer *ret_answer) {
    struct agreement_document *document = arena_zero(arena, 1, sizeof *document);
    struct agreement_change change;
    TRY(read_document(arena, tables, proposal, document));
    document->replaces = REPLACES_ANY;
    TRY(judge(pg, arena, document, person_of(who), moment_ms, &change));
    *ret_judgement = judgement_of(&change);
    *ret_answer = PROPOSAL_NEEDLESS;
    if (change.answer == APPLY_UNCHANGED) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, proposal->id);
    pg_add_int4(p, change.in_force);
    pg_add_timestamp_ms(p, moment_ms);
    const struct pg_step step = {
        .sql = "UPDATE ledger.agreement_proposal d SET state = 'submitted', replaces = $2, made_at = $3 WHERE d.proposal_id = $1 AND d.state = 'draft' AND NOT EXISTS"
               " (SELECT FROM ledger.agreement_proposal s WHERE s.agreement_id = d.agreement_id AND s.document_sha256 = d.document_sha256 AND s.made_by = d.made_by AND s.state = 'submitted')",
        .parameters = p};
    bool was_draft;
    TRY(move_alone(pg, arena, step, audit_of(arena, who, state_after(PROPOSAL_SUBMIT), proposal, slice_text(""), moment_ms), &was_draft));
    *ret_answer = was_draft ? PROPOSAL_DONE : PROPOSAL_CLOSED;
    return proposal_find(pg, arena, proposal->id, proposal);
}

/* What is clear without a transaction. */
static bool is_answered(const struct agreement_proposal *proposal, enum proposal_decision decision, const char *who, enum proposal_answer *ret_answer) {
    const char *person = person_of(who);
    const bool is_own = slice_is(proposal->made_by, person);
    *ret_answer = PROPOSAL_UNKNOWN;
    if (proposal->id.size == 0) return true;
    *ret_answer = PROPOSAL_OWN;
    if (is_own != (decision == PROPOSAL_WITHDRAW || decision == PROPOSAL_SUBMIT)) return true;
    *ret_answer = PROPOSAL_DRAFT;
    if (slice_is(proposal->state, "draft")) return !is_own;
    *ret_answer = slice_is(proposal->state, "submitted") ? PROPOSAL_DONE : PROPOSAL_CLOSED;
    if (decision == PROPOSAL_SUBMIT) return true;
    *ret_answer = slice_is(proposal->state, state_after(decision)) && slice_is(proposal->checked_by, person) ? PROPOSAL_DONE : PROPOSAL_CLOSED;
    return !slice_is(proposal->state, "submitted");
}

/* Whether the operator in `who`, if there is one, made the proposal, for whomever: "operator:ani as partner:dinsos" on the command line, "operator:ani" in the console. */
static struct err is_of_operator(struct pg *pg, struct arena *arena, const struct agreement_proposal *proposal, const char *who, bool *ret_is) {
    static const char prefix[] = "operator:";
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    *ret_is = false;
    if (strncmp(who, prefix, sizeof prefix - 1) != 0) return OK;
    const char *as = strstr(who, PROPOSAL_ACTS_AS);
    const struct slice alone = slice_of(who, as != NULL ? (size_t)(as - who) : strlen(who));
    char *acting = arena_take(arena, alone.size + sizeof PROPOSAL_ACTS_AS);
    memcpy(acting, alone.bytes, alone.size);
    memcpy(acting + alone.size, PROPOSAL_ACTS_AS, sizeof PROPOSAL_ACTS_AS);
    pg_add_text(p, proposal->id);
    pg_add_text(p, slice_text(acting));
    pg_add_text(p, proposal->agreement_id);
    TRY(pg_run(pg, arena, "SELECT EXISTS (SELECT FROM ledger.audit WHERE agreement_id = $3 AND action IN ('PROPOSAL draft', 'PROPOSAL submitted') AND detail = $1 AND starts_with(actor, $2))", p, &rows));
    *ret_is = pg_bool(&rows, 0, 0);
    return OK;
}

struct err proposal_decide(struct pg *pg, struct arena *arena, const struct proposal_tables *tables, struct slice id, enum proposal_decision decision, const char *who, struct slice note,
                           int64_t moment_ms, struct agreement_proposal *ret_proposal, struct proposal_judgement *ret_judgement, enum proposal_answer *ret_answer) {
    CHECK(note.bytes != NULL && note.size <= PROPOSAL_NOTE_MAX);
    *ret_judgement = (struct proposal_judgement){.answer = APPLY_UNCHANGED, .difference = ""};
    for (int round = 0; round < DECIDE_ROUNDS_MAX; round++) {
        bool was_open, is_own = false;
        TRY(proposal_find(pg, arena, id, ret_proposal));
        if (is_answered(ret_proposal, decision, who, ret_answer)) return OK;
        if (decision == PROPOSAL_SUBMIT) return hand_in(pg, arena, tables, ret_proposal, who, moment_ms, ret_judgement, ret_answer);
        if (decision != PROPOSAL_WITHDRAW) TRY(is_of_operator(pg, arena, ret_proposal, who, &is_own));
        *ret_answer = PROPOSAL_OWN;
        if (is_own) return OK;
        if (decision == PROPOSAL_APPROVE) TRY(approve(pg, arena, tables, ret_proposal, who, note, moment_ms, ret_judgement, &was_open));
        else TRY(move_alone(pg, arena, close_step(arena, ret_proposal, decision, who, note, moment_ms), audit_of(arena, who, state_after(decision), ret_proposal, note, moment_ms), &was_open));
        *ret_answer = PROPOSAL_UNFIT;
        if (was_open && ret_judgement->answer == APPLY_REFUSED) return OK;
    }
    return ERR(AGAIN, "the proposal is being decided by somebody else");
}
