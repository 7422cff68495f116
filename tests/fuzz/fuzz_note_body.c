/* Any bytes as the body of a decision: never a crash; a note that is taken is text within its bound. */
#include "common/base/check.h"
#include "services/ingestion/note_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    struct slice note;
    if (arena == NULL) arena = arena_create(1 << 20);
    arena_reset(arena);
    if (size > 64 * 1024) return 0;
    if (note_body_read(arena, slice_of(data, size), &note)) CHECK(note.size <= NOTE_TEXT_MAX);
    return 0;
}
