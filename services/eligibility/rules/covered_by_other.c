/* E21. A province and a regency both pay for vulnerable workers; their lists must be disjoint, because one person has at most one cover for a programme in a
 * month. Whoever was first stays, the later list learns who has to give way. Work in another segment is another cover and no obstacle, and a cover that has lapsed is none: who
 * stopped paying may come back through another payer. In construction the cover is the project's, so here two payers of one project meet. domain.md 3.2,
 * group 3; practice of Penajam Paser Utara. */
#include "services/eligibility/overlap.h"

bool rule_covered_by_other(const struct question *question) { return covered_by(question, false); }
