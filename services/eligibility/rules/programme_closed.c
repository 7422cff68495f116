/* E50. The pension (JP) is for employees only, so is JKP; construction projects have no savings. When a person asks for what the law closes, the wish is
 * refused and said so; when the payer's agreement names it, it is dropped with W50 (terms.c). PP 45/2015, PP 37/2021; domain.md 3.2 group 3, 3.3. */
#include "services/eligibility/rules.h"

bool rule_programme_closed(const struct question *question) { return question->closed != 0; }
