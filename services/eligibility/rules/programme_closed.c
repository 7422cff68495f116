/* E50. The pension (JP) is for employees only, so is JKP; construction projects have no savings. When a person asks for what the law closes, the wish is
 * refused and said so; when the payer's agreement names it, it is dropped with W50 (terms.c). Months in which the law has nothing for the segment, such as those before
 * its first row, are closed altogether. What is open in which months is in programme-law.tsv. PP 45/2015, PP 37/2021; domain.md 3.2 group 3, 3.3. */
#include "services/eligibility/rules.h"

static bool law_has_nothing(const struct question *question) {
    if (question->paid == 0 || question->months == 0 || !month_is_valid(question->start_month)) return false; /* E90 */
    return question->law.open == 0;
}

bool rule_programme_closed(const struct question *question) { return question->closed != 0 || law_has_nothing(question); }
