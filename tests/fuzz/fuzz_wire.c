/* Any bytes into any decoder: never a crash; what is accepted is written and read back as the same bytes. A payload that the relay puts a lineage in front of, as it does with
 * payments, changes of cover and commands, stands at the place it was given. */
#include <stdlib.h>

#include "common/base/check.h"
#include "common/wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROUND(name, type)                                                                                              \
    do {                                                                                                               \
        struct type first, second;                                                                                     \
        if (wire_decode_##name(arena, bytes, &first)) {                                                                \
            struct slice once = wire_encode_##name(arena, &first);                                                     \
            CHECK(wire_decode_##name(arena, once, &second));                                                           \
            CHECK(slice_equal(once, wire_encode_##name(arena, &second)));                                              \
        }                                                                                                              \
        arena_reset(arena);                                                                                            \
    } while (0)

#define NUMBERED(name, type)                                                                                           \
    do {                                                                                                               \
        struct type message;                                                                                           \
        if (wire_decode_##name(arena, bytes, &message)) {                                                              \
            const struct lineage place = {.epoch = 9, .origin = 77};                                                   \
            message.lineage.epoch = 0; /* in the outbox: no place yet */                                               \
            const struct slice numbered = wire_with_lineage(arena, wire_encode_##name(arena, &message), &place);       \
            CHECK(wire_decode_##name(arena, numbered, &message));                                                      \
            CHECK(message.lineage.epoch == place.epoch && message.lineage.origin == place.origin);                     \
        }                                                                                                              \
        arena_reset(arena);                                                                                            \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(16 << 20);
    struct slice bytes = slice_of(data, size);
    ROUND(submitted, submitted);
    ROUND(assessed, assessed);
    ROUND(priced, priced);
    ROUND(decided, decided);
    ROUND(payment, payment_received);
    ROUND(coverage, coverage_changed);
    ROUND(command, ledger_command);
    NUMBERED(payment, payment_received);
    NUMBERED(coverage, coverage_changed);
    NUMBERED(command, ledger_command);
    return 0;
}
