/* Any bytes as the JSON body of a quote: never a crash; what is taken is a whole question within the bounds; what is refused has a code, a reason and a place in the body. */
#include "common/base/check.h"
#include "services/ingestion/quote_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(1 << 20);
    arena_reset(arena);
    if (size > QUOTE_BODY_MAX) return 0;
    struct quote_request request;
    struct quote_problem problem;
    char pointer[QUOTE_POINTER_MAX];
    if (quote_body_read(slice_of(data, size), arena, &request, &problem, pointer)) {
        const struct premium_question *asked = &request.question.premium;
        CHECK(month_is_valid(asked->start_month) && asked->months >= 1 && asked->months <= QUOTE_MONTHS_MAX && request.question.people >= 0 && request.question.budget >= 0);
        CHECK(request.relief_count == 0 && request.assignment_count == 0 && request.ignored_count <= OPTIONS_IGNORED_MAX);
    } else {
        CHECK(problem.code != NULL && problem.message[0] != '\0' && problem.remedy[0] != '\0');
        CHECK(pointer[0] == '\0' || pointer[0] == '/');
    }
    return 0;
}
