/* The verbs of two persons: a partner with the role maker proposes a document, another one with the role checker lets it be or not. The same as over the API; here the operator of this
 * machine acts for the partner he names, and both are written down. */
#include <stdio.h>
#include <string.h>

#include "common/domain/partner.h"
#include "common/edge/clock.h"
#include "services/ledger/agreement_json.h"
#include "services/payung/agreement_request.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

/* Who acts, as it is kept: "operator:ani as partner:dinsos". *ret_may: there is such a partner with the role. */
static struct err find_partner(struct pg *pg, struct arena *arena, const char *name, enum partner_role role, const char **ret_who, bool *ret_may) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    enum { WHO_MAX = ACTOR_MAX + 80 };
    char who[WHO_MAX], actor[ACTOR_MAX];
    pg_add_text(p, slice_text(name));
    TRY(pg_run(pg, arena, "SELECT array_to_string(roles, ',') FROM intake.partner WHERE partner_id = $1", p, &rows));
    *ret_may = rows.count > 0 && (partner_roles_of(pg_bytes(&rows, 0, 0)) & role) != 0;
    (void)snprintf(who, sizeof who, "%s" PROPOSAL_ACTS_AS PARTNER_PREFIX "%s", operator_name(actor), name); /* names of partners have at most 63 bytes; others may not anyway */
    *ret_who = arena_text(arena, slice_text(who));
    return OK;
}

static int may_not(const struct agreement_request *request, enum partner_role role) {
    char message[160];
    (void)snprintf(message, sizeof message, "there is no partner %.63s with the role %s", request->as, partner_role_name(role)); /* fits */
    return command_fail(request->json, EXIT_FAILED, "FORBIDDEN", message, "Give the role with payung partner add NAME --token-file FILE --role ROLE.");
}

static int tell(const struct agreement_request *request, const struct agreement_proposal *proposal, const struct proposal_judgement *judgement) {
    if (request->json) {
        json_t *root = agreement_proposal_json(proposal);
        agreement_judgement_json(root, judgement);
        command_print_json(root);
        return EXIT_OK;
    }
    printf("Usulan %.*s  perjanjian %.*s  %.*s\n%s", SLICE_ARGS(proposal->id), SLICE_ARGS(proposal->agreement_id), SLICE_ARGS(proposal->state), judgement->difference);
    if (judgement->answer == APPLY_REFUSED) printf("  belum dapat disetujui: %s %s\n", judgement->problem.member, judgement->problem.problem);
    return EXIT_OK;
}

static int tell_answer(const struct agreement_request *request, enum proposal_answer answer, const struct agreement_proposal *proposal, const struct proposal_judgement *judgement) {
    switch (answer) {
    case PROPOSAL_DONE: return tell(request, proposal, judgement);
    case PROPOSAL_UNFIT: return agreement_refused(request, &judgement->problem);
    case PROPOSAL_UNKNOWN: return command_fail(request->json, EXIT_FAILED, "UNKNOWN_PROPOSAL", "there is no such proposal", "See payung agreement proposals.");
    case PROPOSAL_CLOSED: return command_fail(request->json, EXIT_FAILED, "PROPOSAL_CLOSED", "the proposal was decided before, or by somebody else", "Make a new one.");
    case PROPOSAL_DRAFT: return command_fail(request->json, EXIT_FAILED, "PROPOSAL_DRAFT", "the proposal is a draft", "Have its maker submit it first: payung agreement submit.");
    case PROPOSAL_OWN: return command_fail(request->json, EXIT_FAILED, "TWO_PERSONS", "who made a proposal can't check it, and nobody else can submit or withdraw it", "Let another partner check it, by another operator.");
    case PROPOSAL_TOO_MANY: return command_fail(request->json, EXIT_FAILED, "TOO_MANY_PROPOSALS", "too many proposals of this maker wait already", "Have them checked, or withdraw some.");
    case PROPOSAL_NEEDLESS: return command_fail(request->json, EXIT_FAILED, "UNCHANGED", "the same document is in force already", "There is nothing to propose.");
    }
    return EXIT_FAILED;
}

static int propose(struct pg *pg, struct arena *arena, const struct agreement_request *request, const struct agreement_document *document) {
    const char *who;
    bool may;
    struct agreement_proposal proposal;
    struct proposal_judgement judgement;
    enum proposal_answer answer;
    struct err err = find_partner(pg, arena, request->as, PARTNER_MAKER, &who, &may);
    if (!failed(&err) && !may) return may_not(request, PARTNER_MAKER);
    if (!failed(&err)) err = proposal_make(pg, arena, document, request->draft, who, clock_unix_ms(), &proposal, &judgement, &answer);
    return failed(&err) ? agreement_failure(request, &err) : tell_answer(request, answer, &proposal, &judgement);
}

int agreement_propose(const struct agreement_request *request, const struct law_tables *tables, struct arena *arena) {
    struct agreement_document document;
    struct pg *pg = NULL;
    const int code = agreement_read_file(request, tables, arena, &document);
    if (code != EXIT_OK) return code;
    const struct err err = pg_open(request->url, "payung-agreement", &pg);
    const int done = failed(&err) ? agreement_failure(request, &err) : propose(pg, arena, request, &document);
    pg_close(pg);
    return done;
}

static enum proposal_decision decision_of(const char *verb) {
    if (strcmp(verb, "submit") == 0) return PROPOSAL_SUBMIT;
    return strcmp(verb, "approve") == 0 ? PROPOSAL_APPROVE : strcmp(verb, "refuse") == 0 ? PROPOSAL_REFUSE : PROPOSAL_WITHDRAW;
}

static int decide(struct pg *pg, struct arena *arena, const struct agreement_request *request, const struct law_tables *tables, enum proposal_decision decision) {
    const enum partner_role role = decision == PROPOSAL_WITHDRAW || decision == PROPOSAL_SUBMIT ? PARTNER_MAKER : PARTNER_CHECKER;
    const struct proposal_tables read_with = {.regions = &tables->regions, .law = &tables->law};
    const char *who;
    bool may;
    struct agreement_proposal proposal;
    struct proposal_judgement judgement;
    enum proposal_answer answer;
    struct err err = find_partner(pg, arena, request->as, role, &who, &may);
    if (!failed(&err) && !may) return may_not(request, role);
    if (!failed(&err))
        err = proposal_decide(pg, arena, &read_with, slice_text(request->word), decision, who, slice_text(request->note != NULL ? request->note : ""), clock_unix_ms(), &proposal,
                              &judgement, &answer);
    return failed(&err) ? agreement_failure(request, &err) : tell_answer(request, answer, &proposal, &judgement);
}

int agreement_decide(const struct agreement_request *request, const struct law_tables *tables, struct arena *arena, const char *verb) {
    struct pg *pg = NULL;
    const struct err err = pg_open(request->url, "payung-agreement", &pg);
    const int code = failed(&err) ? agreement_failure(request, &err) : decide(pg, arena, request, tables, decision_of(verb));
    pg_close(pg);
    return code;
}

int agreement_proposals(const struct agreement_request *request, struct arena *arena) {
    struct pg *pg = NULL;
    struct agreement_proposal *proposals = NULL;
    size_t count = 0;
    struct err err = pg_open(request->url, "payung-agreement", &pg);
    if (!failed(&err)) err = proposal_list(pg, arena, &proposals, &count);
    pg_close(pg);
    if (failed(&err)) return agreement_failure(request, &err);
    if (request->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) (void)json_array_append_new(list, agreement_proposal_json(&proposals[i])); /* fails only without memory */
        command_print_json(json_pack("{s:o}", "proposals", list));
        return EXIT_OK;
    }
    for (size_t i = 0; i < count; i++) {
        char made[CLOCK_TEXT_MAX];
        clock_format_ms(proposals[i].made_at_ms, made);
        printf("  %.*s  %-32.*s  %s  %.*s%s\n", SLICE_ARGS(proposals[i].id), SLICE_ARGS(proposals[i].agreement_id), made, SLICE_ARGS(proposals[i].made_by),
               slice_is(proposals[i].state, "draft") ? "  (draf)" : "");
    }
    if (count == 0) printf("Tidak ada usulan yang menunggu.\n");
    return EXIT_OK;
}
