/* Any bytes as an agreement's document: never a crash; what is taken lies within its bounds, reads the same from its canonical text, and can be ended; what is refused names a remedy. */
#include "common/base/check.h"
#include "services/ledger/agreement_document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct arena *arena, const struct agreement_document *document) {
    const struct agreement *agreement = &document->agreement;
    struct agreement_document again;
    struct document_problem problem;
    CHECK(agreement->id.size > 0 && document->canonical.size <= DOCUMENT_BYTES_MAX && document->replaces == REPLACES_ANY);
    CHECK(agreement->period_from <= agreement->period_to && agreement->months >= 1 && agreement->billing_months >= 1 && agreement->billing_months <= agreement->months);
    CHECK(agreement->pagu >= 0 && agreement->pagu <= RUPIAH_INPUT_MAX && agreement->quota >= -1);
    CHECK(agreement->grace_months >= GRACE_OF_THE_LAW && agreement->grace_months <= GRACE_MONTHS_MAX);
    CHECK(agreement->reservation_days >= 1 && agreement->reservation_days <= RESERVATION_DAYS_MAX);
    CHECK(agreement->occupation_count <= DOCUMENT_OCCUPATIONS_MAX && agreement->priority_occupation_count <= DOCUMENT_OCCUPATIONS_MAX);
    CHECK(!slice_equal(agreement->renews, agreement->id) && !slice_equal(agreement->parent, agreement->id));
    CHECK(agreement_document_read(arena, document->canonical, NULL, NULL, &again, &problem) && slice_equal(again.canonical, document->canonical));
    const struct slice ending = agreement_document_ending(arena, document->canonical, agreement->period_from);
    CHECK(ending.bytes != NULL && agreement_document_read(arena, ending, NULL, NULL, &again, &problem));
    CHECK(again.agreement.period_to == agreement->period_from && again.agreement.months == 1);
    CHECK(agreement_document_difference(arena, document->canonical, ending) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(16 << 20);
    arena_reset(arena);
    struct agreement_document document;
    struct document_problem problem = {.problem = ""};
    if (agreement_document_read(arena, slice_of(data, size), NULL, NULL, &document, &problem)) judge(arena, &document);
    else CHECK(problem.problem[0] != '\0' && problem.remedy[0] != '\0');
    return 0;
}
