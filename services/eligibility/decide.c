/* The decision: ask the groups in order, stop at the first that refuses; when none does, wait for what has not answered. This file holds the order and nothing else; what is
 * refused and why is in rules/, what the terms are is in terms.c, what to wait for in waits.c, which decile counts in poverty.h. It must never look at a clock, a store or a counter. */
#include "services/eligibility/decide.h"

#include "common/base/check.h"
#include "services/eligibility/poverty.h"

enum { GROUP_SYNTAX = 1, GROUP_IDENTITY = 2, GROUP_LAW = 3, GROUP_SPONSOR = 4 };

enum {
#define CODE(symbol, number, text, name, group, kind, reason, remedy) GROUP_OF_##symbol = (group), KIND_OF_##symbol = CODE_##kind,
#include "common/domain/codes.def"
#undef CODE
};

#define RULE(code, name, sentence) _Static_assert((int)KIND_OF_##code == (int)CODE_REFUSAL, "a rule refuses");
#include "services/eligibility/rules.def"
#undef RULE

static const struct rule {
    enum code code;
    int group;
    bool (*refuses)(const struct question *question);
} rules[] = {
#define RULE(code, name, sentence) {CODE_##code, GROUP_OF_##code, rule_##name},
#include "services/eligibility/rules.def"
#undef RULE
};

/* All refusals of one group: what intake found, and what the rules say. */
static struct code_set ask_group(int group, const struct question *question) {
    struct code_set codes = code_set_of_kind(code_set_of_group(question->application->findings, group), CODE_REFUSAL);
    if (group >= GROUP_LAW && question->agreement == NULL) return code_set_with(codes, CODE_X03);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].group == group && rules[i].refuses(question)) codes = code_set_with(codes, rules[i].code);
    return codes;
}

static struct code_set warnings_of(const struct question *question) {
    struct code_set warnings = code_set_of_kind(question->application->findings, CODE_WARNING);
    return question->dropped != 0 ? code_set_with(warnings, CODE_W50) : warnings;
}

static enum verdict_status judge(const struct question *question, struct code_set *ret_codes) {
    struct code_set codes = {0};
    for (int group = GROUP_SYNTAX; group <= GROUP_SPONSOR && codes.bits == 0; group++) codes = ask_group(group, question);
    const bool refused = codes.bits != 0;
    *ret_codes = refused ? codes : waits_of(question);
    if (refused) return VERDICT_REJECTED;
    return ret_codes->bits != 0 ? VERDICT_PENDING : VERDICT_ELIGIBLE;
}

void decide(const struct application *application, const struct agreement *agreement, const struct eligibility_facts *facts, struct verdict *ret_verdict) {
    CHECK(facts->occupations != NULL && facts->law != NULL && facts->parameters != NULL);
    CHECK(facts->cover_count == 0 || facts->covers != NULL);
    const struct question question = question_of(application, agreement, facts);
    struct verdict verdict = {.warnings = warnings_of(&question), .desil = desil_for_rank(&question)};
    verdict.status = judge(&question, &verdict.codes);
    if (agreement != NULL) verdict.funds = agreement->funds;
    if (verdict.status == VERDICT_ELIGIBLE || verdict.status == VERDICT_PENDING) { /* no group has refused, so there are terms */
        CHECK(question.programmes != 0 && question.months > 0);
        verdict.programmes = question.programmes;
        verdict.start_month = question.start_month;
        verdict.months = question.months;
    }
    *ret_verdict = verdict;
}
