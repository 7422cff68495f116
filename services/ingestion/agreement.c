/* /v1/agreements: what is in force, and proposals that one partner makes and another one lets be. What a document may say and change is the ledger's business (agreement_apply.h);
 * here it is only asked and told. Locks are waited for no longer than a moment: a command of the ledger may hold a budget for long, and nobody else must wait for that. */
#include <jansson.h>
#include <stdio.h>

#include "common/edge/clock.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/note_body.h"
#include "services/ingestion/problem.h"
#include "services/ledger/agreement_json.h"

enum { POINTER_MAX = 80 };

/* The store is away, or somebody holds the agreement: both end, and the same request may be sent again. */
static void answer_failure(struct intake *intake, struct http_request *request, const struct err *err) {
    if (!pg_is_lock_timeout(err)) intake_pg_failed(intake, "agreements: PostgreSQL does not answer", err);
    problem_answer(request, PROBLEM_UNAVAILABLE, "the ledger is busy or does not answer", "");
}

/* "payer.region" as "/payer/region" */
static void answer_problem(struct http_request *request, enum problem problem, const struct document_problem *found) {
    char pointer[POINTER_MAX] = "";
    if (found->member[0] != '\0') (void)snprintf(pointer, sizeof pointer, "/%s", found->member); /* fits */
    for (char *at = pointer; *at != '\0'; at++) {
        if (*at == '.') *at = '/';
        else if (*at < ' ' || *at > '~') *at = '?'; /* a member that is not known may be anything */
    }
    problem_answer_remedy(request, problem, found->problem, pointer, found->remedy);
}

/* ---- POST /v1/agreements ---- */

static void tell_proposal(struct http_request *request, int status, const struct agreement_proposal *proposal, const struct proposal_judgement *judgement) {
    json_t *root = agreement_proposal_json(proposal);
    agreement_judgement_json(root, judgement);
    intake_answer_json(request, status, root);
}

/* The same document is in force: there is nothing to propose. */
static void tell_in_force(struct http_request *request, const struct agreement_document *document, const struct proposal_judgement *judgement) {
    const struct slice id = document->agreement.id;
    json_t *root = json_pack("{s:n,s:s%,s:s}", "proposal_id", "agreement", (const char *)id.bytes, id.size, "state", "in_force");
    agreement_judgement_json(root, judgement);
    intake_answer_json(request, 200, root);
}

void agreement_propose_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    char actor[PARTNER_NAME_MAX];
    struct agreement_document document;
    struct document_problem problem;
    struct agreement_proposal proposal;
    struct proposal_judgement judgement;
    enum proposal_answer answer;
    if (!intake_authorised_as(intake, request, PARTNER_MAKER, &partner)) return;
    if (!problem_unless_media(request, "application/json")) return;
    const struct slice draft = http_query(request, "draft");
    if (draft.bytes != NULL && !slice_is(draft, "true") && !slice_is(draft, "false")) {
        problem_answer(request, PROBLEM_BAD_PARAMETER, "draft is true or false", "");
        return;
    }
    (void)intake_partner_name(partner->id, actor);
    arena_reset(intake->arena);
    if (!agreement_document_read(intake->arena, http_body(request), intake->tables.regions, intake->law, &document, &problem) ||
        !agreement_occupations_known(&document.agreement, intake->tables.occupations, &problem)) {
        answer_problem(request, PROBLEM_DOCUMENT_INVALID, &problem);
        return;
    }
    bool inside;
    struct err err = intake_document_in_scope(intake, partner, &document.agreement, &inside);
    if (!failed(&err) && !inside) {
        problem_answer(request, PROBLEM_OUT_OF_SCOPE, "the partner is bound to other agreements or regions", "");
        return;
    }
    pg_wait_for_locks(intake->pg, intake->arena, true);
    if (!failed(&err))
        err = proposal_make(intake->pg, intake->arena, &document, slice_is(draft, "true"), actor, clock_unix_ms(), &proposal, &judgement, &answer);
    pg_wait_for_locks(intake->pg, intake->arena, false);
    if (failed(&err)) answer_failure(intake, request, &err);
    else if (answer == PROPOSAL_NEEDLESS) tell_in_force(request, &document, &judgement);
    else if (answer == PROPOSAL_TOO_MANY) problem_answer(request, PROBLEM_TOO_MANY_PROPOSALS, "nothing was taken", "");
    else tell_proposal(request, 201, &proposal, &judgement);
}

/* Is the document of the proposal within what the partner is bound to? One that is not there is: who looks for it is told so. */
static struct err proposal_in_scope(struct intake *intake, const struct intake_partner *partner, struct slice id, bool *ret_inside) {
    struct agreement_proposal proposal;
    struct agreement_document document;
    struct document_problem problem;
    *ret_inside = !partner_is_bound(&partner->scope);
    if (*ret_inside) return OK;
    TRY(proposal_find(intake->pg, intake->arena, id, &proposal));
    *ret_inside = proposal.id.size == 0;
    if (*ret_inside || !agreement_document_read(intake->arena, proposal.canonical, NULL, NULL, &document, &problem)) return OK;
    return intake_document_in_scope(intake, partner, &document.agreement, ret_inside);
}

/* ---- POST /v1/agreements/proposals/{id}/submit, approve, refuse, withdraw ---- */

static void decide(struct intake *intake, struct http_request *request, enum proposal_decision decision) {
    const struct intake_partner *partner;
    char actor[PARTNER_NAME_MAX];
    struct slice note;
    struct agreement_proposal proposal;
    struct proposal_judgement judgement;
    enum proposal_answer answer;
    const struct proposal_tables tables = {.regions = intake->tables.regions, .law = intake->law};
    if (!intake_authorised_as(intake, request, decision == PROPOSAL_WITHDRAW || decision == PROPOSAL_SUBMIT ? PARTNER_MAKER : PARTNER_CHECKER, &partner)) return;
    if (!problem_unless_media(request, "application/json")) return;
    (void)intake_partner_name(partner->id, actor);
    arena_reset(intake->arena);
    if (!note_body_read(intake->arena, http_body(request), &note)) {
        answer_problem(request, PROBLEM_DOCUMENT_INVALID, &(struct document_problem){.member = "note", .problem = "the body is not {\"note\": a text of at most 200 bytes}", .remedy = "Send {\"note\": \"...\"}, or no body."});
        return;
    }
    bool inside;
    struct err err = proposal_in_scope(intake, partner, http_segment(request, 0), &inside);
    if (!failed(&err) && !inside) {
        problem_answer(request, PROBLEM_OUT_OF_SCOPE, "the proposal is about an agreement that the partner is not bound to", "");
        return;
    }
    pg_wait_for_locks(intake->pg, intake->arena, true);
    if (!failed(&err)) err = proposal_decide(intake->pg, intake->arena, &tables, http_segment(request, 0), decision, actor, note, clock_unix_ms(), &proposal, &judgement, &answer);
    pg_wait_for_locks(intake->pg, intake->arena, false);
    if (failed(&err)) answer_failure(intake, request, &err);
    else if (answer == PROPOSAL_UNKNOWN) problem_answer(request, PROBLEM_NOT_FOUND, "no proposal has this id", "");
    else if (answer == PROPOSAL_OWN) problem_answer(request, PROBLEM_TWO_PERSONS, "", "");
    else if (answer == PROPOSAL_CLOSED) problem_answer(request, PROBLEM_PROPOSAL_CLOSED, "", "");
    else if (answer == PROPOSAL_NEEDLESS) problem_answer(request, PROBLEM_PROPOSAL_CLOSED, "the same document is in force already", "");
    else if (answer == PROPOSAL_DRAFT) problem_answer(request, PROBLEM_PROPOSAL_DRAFT, "", "");
    else if (answer == PROPOSAL_UNFIT) answer_problem(request, PROBLEM_AGREEMENT_REFUSED, &judgement.problem);
    else tell_proposal(request, 200, &proposal, &judgement);
}

void proposal_submit_end(void *self, struct http_request *request) { decide(self, request, PROPOSAL_SUBMIT); }
void proposal_approve_end(void *self, struct http_request *request) { decide(self, request, PROPOSAL_APPROVE); }
void proposal_refuse_end(void *self, struct http_request *request) { decide(self, request, PROPOSAL_REFUSE); }
void proposal_withdraw_end(void *self, struct http_request *request) { decide(self, request, PROPOSAL_WITHDRAW); }

/* ---- GET /v1/agreements/proposals/{id} ---- */

static struct err look_at(struct intake *intake, struct slice id, struct agreement_proposal *ret_proposal, struct proposal_judgement *ret_judgement) {
    const struct proposal_tables tables = {.regions = intake->tables.regions, .law = intake->law};
    TRY(proposal_find(intake->pg, intake->arena, id, ret_proposal));
    *ret_judgement = (struct proposal_judgement){.answer = APPLY_UNCHANGED, .difference = ""};
    if (ret_proposal->id.size == 0 || (!slice_is(ret_proposal->state, "submitted") && !slice_is(ret_proposal->state, "draft"))) return OK;
    return proposal_judge(intake->pg, intake->arena, &tables, ret_proposal, clock_unix_ms(), ret_judgement);
}

void proposal_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct agreement_proposal proposal;
    struct proposal_judgement judgement;
    if (!intake_authorised(intake, request, &partner)) return;
    arena_reset(intake->arena);
    bool inside;
    struct err err = proposal_in_scope(intake, partner, http_segment(request, 0), &inside);
    pg_wait_for_locks(intake->pg, intake->arena, true);
    if (!failed(&err) && inside) err = look_at(intake, http_segment(request, 0), &proposal, &judgement);
    pg_wait_for_locks(intake->pg, intake->arena, false);
    if (failed(&err)) {
        answer_failure(intake, request, &err);
    } else if (!inside || proposal.id.size == 0) {
        problem_answer(request, PROBLEM_NOT_FOUND, "no proposal has this id", "");
    } else {
        json_t *root = agreement_proposal_json(&proposal);
        agreement_judgement_json(root, &judgement);
        CHECK(json_object_set_new(root, "document", json_loadb((const char *)proposal.canonical.bytes, proposal.canonical.size, 0, NULL)) == 0);
        intake_answer_json(request, 200, root);
    }
}

/* ---- GET /v1/agreements/{id} ---- */

static struct err load_view(struct intake *intake, struct agreement_cache *cache, struct slice id, programme_set closed[SEGMENT_PMI + 1], struct agreement_view *ret_view) {
    struct agreement_line *lines;
    struct agreement_version *versions;
    TRY(agreement_cache_fetch(cache, intake->pg, intake->arena, &id, 1, NULL, 0));
    *ret_view = (struct agreement_view){.agreement = agreement_by_id(cache, id), .closed = closed};
    if (ret_view->agreement == NULL) return OK;
    TRY(agreement_lines(intake->pg, intake->arena, id, false, &lines, &ret_view->line_count));
    TRY(agreement_versions(intake->pg, intake->arena, id, &versions, &ret_view->version_count));
    ret_view->lines = lines;
    ret_view->versions = versions;
    agreement_closed_by_law(ret_view->agreement, intake->law, closed);
    return OK;
}

/* What the database would not even take as a text is no id. */
static bool is_possible_id(struct slice id) {
    for (size_t i = 0; i < id.size; i++)
        if (id.bytes[i] <= ' ' || id.bytes[i] > '~') return false;
    return id.size > 0 && id.size < AGREEMENT_ID_MAX;
}

void agreement_get(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    programme_set closed[SEGMENT_PMI + 1];
    struct agreement_view view;
    if (!intake_authorised(intake, request, &partner)) return;
    if (!is_possible_id(http_segment(request, 0))) {
        problem_answer(request, PROBLEM_UNKNOWN_AGREEMENT, "no agreement has this id", "");
        return;
    }
    arena_reset(intake->arena);
    struct agreement_cache *cache = agreement_cache_create();
    bool inside;
    struct err err = intake_in_scope(intake, partner, http_segment(request, 0), &inside);
    if (!failed(&err) && inside) err = load_view(intake, cache, http_segment(request, 0), closed, &view);
    if (failed(&err)) answer_failure(intake, request, &err);
    else if (!inside || view.agreement == NULL) problem_answer(request, PROBLEM_UNKNOWN_AGREEMENT, "no agreement has this id", "");
    else intake_answer_json(request, 200, agreement_view_json(&view));
    agreement_cache_destroy(cache);
}
