/* Any bytes into any decoder: never a crash; what is accepted is written and read back as the same bytes. */
#include <stdlib.h>

#include "common/base/check.h"
#include "common/wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROUND(type)                                                                                                    \
    do {                                                                                                               \
        struct type first, second;                                                                                     \
        if (wire_decode_##type(arena, bytes, &first)) {                                                                \
            struct slice once = wire_encode_##type(arena, &first);                                                     \
            CHECK(wire_decode_##type(arena, once, &second));                                                           \
            CHECK(slice_equal(once, wire_encode_##type(arena, &second)));                                              \
        }                                                                                                              \
        arena_reset(arena);                                                                                            \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(16 << 20);
    struct slice bytes = slice_of(data, size);
    ROUND(submitted);
    ROUND(assessed);
    ROUND(priced);
    ROUND(decided);
    return 0;
}
