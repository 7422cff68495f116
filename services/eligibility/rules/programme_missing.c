/* E51. What the law makes mandatory must be in the set: work accident (JKK) and death (JKM) go together, JHT can't be had alone; who employs others must also save (JHT); a firm
 * owes its employees what belongs to its size. A segment that the agreement does not name has no set at all: that is a missing basis (E90). Which programmes are mandatory for
 * whom is in programme-law.tsv. PP 44/2015, PP 46/2015, Perpres 109/2013; domain.md 2.1, 2.3, 3.2 group 3. */
#include "services/eligibility/rules.h"

bool rule_programme_missing(const struct question *question) {
    if (question->paid == 0 || question->law.open == 0) return false; /* E90, E50 */
    const programme_set needed = question->law.mandatory;
    return question->programmes == 0 || (question->programmes & needed) != needed;
}
