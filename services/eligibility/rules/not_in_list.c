/* E31. Money against poverty is for those who stand in the state's list of the poor: DTSEN, before 2025 DTKS, of the date that the agreement names. An agreement with a limit by
 * decile asks for the list too, because nobody outside it has a decile. Inpres 4/2025 and 8/2025; domain.md 3.2, group 4, an option of the payer. */
#include "services/eligibility/poverty.h"

bool rule_not_in_list(const struct question *question) { return question->facts->dtsen == FACT_NO && list_is_demanded(question); }
