/* E22. The same list is handed in again, or a person stands in two lists of one payer. Nothing is charged a second time; the outcome is "duplicate" and
 * nobody is told. Any month that is already covered counts: half a cover can't be booked beside it, one person has at most one cover for a
 * programme in a month. domain.md 3.2, group 3. */
#include "services/eligibility/overlap.h"

bool rule_covered_by_same(const struct question *question) { return covered_by(question, true); }
