/* E20. Lists are gathered by villages and offices, and the same person stands in them twice. Intake notes at staging that the same NIK came in an
 * earlier row; that first row is the application, every later one is refused, so the order of the file decides and not the order of arrival.
 * domain.md 3.2, group 2. */
#include "services/eligibility/rules.h"

bool rule_duplicate_in_list(const struct question *question) { return question->application->first_row != 0; }
