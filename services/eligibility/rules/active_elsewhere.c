/* E23. Some payers keep their money for those who have no protection at all: their agreement says exclude_active, and who is covered in another segment in any of the months asked
 * for is not paid for, in whatever programme and by whomever. Without that option two kinds of work are two covers. domain.md 3.2, group 4, an option of the payer. */
#include "services/eligibility/overlap.h"

bool rule_active_elsewhere(const struct question *question) {
    if (!question->agreement->exclude_active) return false;
    for (size_t i = 0; i < question->facts->cover_count; i++) {
        const struct active_cover *cover = &question->facts->covers[i];
        if (cover->segment != question->application->segment && cover_is_active_then(cover, question)) return true;
    }
    return false;
}
