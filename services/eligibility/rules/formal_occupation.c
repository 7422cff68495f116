/* E40. Who works for wages is insured by the employer as PU, with the employer's contribution; a place in a list for self-employed people would let
 * the employer off. Non-permanent staff of offices (honorer) are PU too: Permenaker 1/2025 art. 3A. domain.md 3.2, group 3. */
#include "services/eligibility/rules.h"

bool rule_formal_occupation(const struct question *question) {
    if (question->application->segment != SEGMENT_BPU) return false;
    return question->occupation != NULL && question->occupation->formal;
}
