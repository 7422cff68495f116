/* Whether a cover that is already there meets what is asked for: active, in a month of the run; and for E21 and E22 in the same segment and a programme of the set. Safe on any
 * cover, because extracts of other offices may hold anything. */
#ifndef PAYUNG_ELIGIBILITY_OVERLAP_H
#define PAYUNG_ELIGIBILITY_OVERLAP_H

#include "services/eligibility/rules.h"

static inline bool cover_is_active_then(const struct active_cover *cover, const struct question *question) {
    if (cover->status != COVER_ACTIVE || cover->months == 0 || question->months == 0) return false; /* no month at all: nothing meets */
    if (!month_is_valid(cover->from) || !month_is_valid(question->start_month)) return false;
    int64_t behind = month_distance(question->start_month, cover->from); /* cover starts this many months after the run */
    return behind < (int64_t)question->months && -behind < (int64_t)cover->months;
}

static inline bool cover_overlaps(const struct active_cover *cover, const struct question *question) {
    if (cover->segment != question->application->segment || (unsigned)cover->programme >= PROGRAMME_COUNT) return false;
    return (question->programmes & programme_bit(cover->programme)) != 0 && cover_is_active_then(cover, question);
}

static inline bool covered_by(const struct question *question, bool same_payer) {
    for (size_t i = 0; i < question->facts->cover_count; i++) {
        const struct active_cover *cover = &question->facts->covers[i];
        if (cover->same_payer == same_payer && cover_overlaps(cover, question)) return true;
    }
    return false;
}

#endif
