/* The decision: ask the groups in order, stop at the first that refuses. This file holds the order and nothing else; what is refused and why is in rules/,
 * what the terms are is in terms.c. It must never look at a clock, a store or a counter. */
#include "services/eligibility/decide.h"

#include "common/base/check.h"
#include "services/eligibility/rules.h"

enum { GROUP_SYNTAX = 1, GROUP_IDENTITY = 2, GROUP_LAW = 3, GROUP_SPONSOR = 4 };

static const struct rule {
    enum code code;
    bool (*refuses)(const struct question *question);
} rules[] = {
#define RULE(code, name, sentence) {CODE_##code, rule_##name},
#include "services/eligibility/rules.def"
#undef RULE
};

/* All refusals of one group: what intake found, and what the rules say. */
static struct code_set ask_group(int group, const struct question *question) {
    struct code_set codes = code_set_of_group(question->application->findings, group);
    if (group >= GROUP_LAW && question->agreement == NULL) return code_set_with(codes, CODE_X03);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const struct code_row *row = code_row(rules[i].code);
        CHECK(row != NULL && row->kind == CODE_REFUSAL);
        if (row->group == group && rules[i].refuses(question)) codes = code_set_with(codes, rules[i].code);
    }
    return codes;
}

static struct code_set warnings_of(const struct question *question) {
    struct code_set warnings = code_set_of_kind(question->application->findings, CODE_WARNING);
    return question->dropped != 0 ? code_set_with(warnings, CODE_W50) : warnings;
}

void decide(const struct application *application, const struct agreement *agreement, const struct eligibility_facts *facts, struct verdict *ret_verdict) {
    CHECK(facts->occupations != NULL);
    CHECK(facts->cover_count == 0 || facts->covers != NULL);
    const struct question question = question_of(application, agreement, facts);
    struct verdict verdict = {.status = VERDICT_ELIGIBLE, .warnings = warnings_of(&question)};
    for (int group = GROUP_SYNTAX; group <= GROUP_SPONSOR && verdict.codes.bits == 0; group++) verdict.codes = ask_group(group, &question);

    bool refused = code_set_of_kind(verdict.codes, CODE_REFUSAL).bits != 0;
    if (verdict.codes.bits != 0) verdict.status = refused ? VERDICT_REJECTED : VERDICT_PENDING;
    if (agreement != NULL) verdict.funds = agreement->funds;
    if (verdict.status == VERDICT_ELIGIBLE) {
        CHECK(question.programmes != 0 && question.months > 0);
        verdict.programmes = question.programmes;
        verdict.start_month = question.start_month;
        verdict.months = question.months;
    }
    *ret_verdict = verdict;
}
