/* E70. The population register says that the person has died. Nothing is sent to the family: the payer's office hears of it in its report, and corrects the register when it is a
 * mistake. domain.md 3.2, group 2. */
#include "services/eligibility/rules.h"

bool rule_deceased(const struct question *question) { return question->facts->dukcapil == DUKCAPIL_DECEASED; }
