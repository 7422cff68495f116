/* E51. Work accident (JKK) and death (JKM) go together and JHT can't be had alone; who employs others must also save (JHT). A segment that the agreement
 * does not name has no set at all: that is a missing basis (E90), unless the person asks for something. PP 44/2015, PP 46/2015; domain.md 2.1, 3.2 group 3. */
#include "services/eligibility/rules.h"

bool rule_programme_missing(const struct question *question) {
    const struct application *application = question->application;
    if (question->paid == 0) return false;
    programme_set needed = programme_bit(PROGRAMME_JKK) | programme_bit(PROGRAMME_JKM);
    if (application->segment == SEGMENT_BPU && application->is_employer) needed |= programme_bit(PROGRAMME_JHT);
    return (question->programmes & needed) != needed;
}
