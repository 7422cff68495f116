/* Any bytes as the body of an action in the console: never a crash; texts that are taken are within their bounds, and a document is a JSON object. */
#include "common/base/check.h"
#include "services/console/act_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    struct act_body body;
    const char *why;
    if (arena == NULL) arena = arena_create(4 << 20);
    arena_reset(arena);
    if (size > ACT_BODY_BYTES_MAX) return 0;
    if (!act_body_read(arena, slice_of(data, size), &body, &why)) {
        CHECK(why[0] != '\0');
        return 0;
    }
    CHECK(body.operator_name.size <= ACT_TEXT_MAX && body.password.size <= ACT_TEXT_MAX && body.because.size <= ACT_TEXT_MAX && body.letter_count <= ACT_LETTERS_MAX);
    for (size_t i = 0; i < body.letter_count; i++) CHECK(body.letters[i].bytes != NULL && body.letters[i].size <= ACT_TEXT_MAX);
    CHECK(body.document.size == 0 || (body.document.bytes[0] == '{' && body.document.bytes[body.document.size - 1] == '}'));
    return 0;
}
