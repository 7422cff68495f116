/* Agreements as JSON, the same over the API and from the command-line tool, and what the law says against one: in Bahasa Indonesia, for the people who apply it. */
#ifndef PAYUNG_LEDGER_AGREEMENT_JSON_H
#define PAYUNG_LEDGER_AGREEMENT_JSON_H

#include <jansson.h>

#include "services/ledger/agreement_proposal.h"
#include "services/ledger/agreement_report.h"

enum { AGREEMENT_WARNINGS_MAX = SEGMENT_PMI + 1, AGREEMENT_WARNING_BYTES_MAX = 240 };

/* CFG_LAW_CONFLICT for each segment with programmes that the law closes, E90 without a legal basis. Returns how many. */
size_t agreement_warnings(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1], char ret_texts[AGREEMENT_WARNINGS_MAX][AGREEMENT_WARNING_BYTES_MAX]);
json_t *agreement_warnings_json(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]); /* the same as a list of texts */
/* [{"code":"CFG_LAW_CONFLICT","warning":"W50","segment":"BPU","programmes":["JP"],"from":"2025-10","to":"2026-09"}] */
json_t *agreement_law_conflicts_json(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]);

/* {"agreement","name","parent","payer","from","to","pagu","delegated","committed","reserved","left","quota","accepted","reserved_heads","waitlisted","warned","receivable","credit",
 *  "state","amendment","renews","renewed_by"}; pagu, left and quota are null where none is stated, parent, renews and renewed_by where there is none,
 * warned when it was not counted. */
json_t *agreement_line_json(const struct agreement_line *line);
/* What is left of the pagu: neither bound, nor held, nor given away. */
static inline rupiah agreement_left(const struct agreement_line *line) { return line->pagu - line->delegated - line->committed - line->reserved; }

/* Sums of an agreement and of those below it. */
struct agreement_sums {
    int64_t parts; /* directly under it */
    rupiah pagu;   /* of these; those without one count 0 */
    rupiah committed, reserved, receivable, credit;
    int64_t accepted, waitlisted, warned; /* of all below it */
};
/* The first line is the agreement itself and is not counted. */
struct agreement_sums agreement_sums_below(const struct agreement_line *lines, size_t count);

/* payer, period, months, segments, options, billing, pagu, quota, parent as members of root. */
void agreement_terms_json(json_t *root, const struct agreement *agreement);

/* All of one agreement: its line and terms, warnings, law_conflicts, versions, children and children_total. */
struct agreement_view {
    const struct agreement *agreement;
    const programme_set *closed;
    const struct agreement_line *lines; /* the first one is its own */
    size_t line_count;
    const struct agreement_version *versions;
    size_t version_count;
};
json_t *agreement_view_json(const struct agreement_view *view);
/* [{"amendment","made_by","approved_by","in_force_at","pagu","quota","journal","sha256","difference"}]; the difference ("" for the first) only with an arena to write it in. */
json_t *agreement_versions_json(const struct agreement_version *versions, size_t count, struct arena *arena);
/* {"proposal_id","agreement","state","made_by","made_at","checked_by","checked_at","note"}; null while it is open. */
json_t *agreement_proposal_json(const struct agreement_proposal *proposal);
/* Adds "difference", "problems" (why it would be refused today: a list of agreement_problem_json, or empty) and "warnings" of the law. */
void agreement_judgement_json(json_t *root, const struct proposal_judgement *judgement);
/* {"member","problem","remedy"} */
json_t *agreement_problem_json(const struct document_problem *problem);

#endif
