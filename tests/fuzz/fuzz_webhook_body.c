/* Any bytes as the JSON body of an endpoint: never a crash; what is taken has an https address with the name of a host and known events; what is refused has a reason. */
#include "common/base/check.h"
#include "common/edge/url.h"
#include "services/ingestion/webhook_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(1 << 20);
    arena_reset(arena);
    if (size > WEBHOOK_BODY_MAX) return 0;
    struct webhook_body body;
    struct body_problem problem = {.problem = NULL};
    struct url url;
    int32_t hours;
    if (webhook_body_read(slice_of(data, size), arena, false, &body, &problem)) {
        CHECK(url_read(arena_text(arena, body.url), &url) && url.is_secure && url.is_name && !url.has_user && !url.has_fragment);
        CHECK(body.event_count >= 1 && body.event_count <= EVENT_TYPES);
        for (size_t i = 0; i < body.event_count; i++) CHECK(event_type_is_known(body.events[i]));
    } else {
        CHECK(problem.problem != NULL);
        CHECK(memchr(problem.pointer, '\0', BODY_POINTER_MAX) != NULL);
    }
    if (webhook_rotate_body_read(slice_of(data, size), &hours, &problem)) CHECK(hours >= 0 && hours <= WEBHOOK_GRACE_HOURS_MAX);
    return 0;
}
