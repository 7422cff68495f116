/* Any bytes as a JSON body: never a crash; what is taken has an agreement and short values; what is refused has a reason that quotes no value. */
#include "common/base/check.h"
#include "services/ingestion/enrol_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(1 << 20);
    arena_reset(arena);
    if (size > ENROL_BODY_MAX) return 0;
    struct enrol_body body;
    struct body_problem problem = {.problem = NULL};
    if (enrol_body_read(slice_of(data, size), arena, &body, &problem)) {
        CHECK(body.agreement.size > 0);
        for (int i = 0; i < COLUMN_COUNT; i++) CHECK(body.row.column[i].size <= 1024);
    } else {
        CHECK(problem.problem != NULL);
        CHECK(memchr(problem.pointer, '\0', BODY_POINTER_MAX) != NULL);
    }
    return 0;
}
