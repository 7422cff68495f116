/* Chunks in a list; a bump pointer into the current one. Chunks survive a reset, so steady work allocates nothing. */
#include "common/base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#include "common/base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(address, size) __asan_poison_memory_region((address), (size))
#define UNPOISON(address, size) __asan_unpoison_memory_region((address), (size))
#else
#define POISON(address, size) ((void)(address), (void)(size))
#define UNPOISON(address, size) ((void)(address), (void)(size))
#endif

enum { CHUNK_BYTES = 64 * 1024, ALIGNMENT = alignof(max_align_t) };

struct chunk {
    struct chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
};

struct arena {
    struct chunk *first;
    struct chunk *current;
    size_t bytes_max;
    size_t bytes_held; /* in all chunks */
    size_t bytes_used; /* handed out since the last reset */
};

static size_t aligned(size_t size) { return (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1); }

static struct chunk *chunk_create(struct arena *arena, size_t size_min) {
    size_t size = size_min > CHUNK_BYTES ? size_min : CHUNK_BYTES;
    CHECK(arena->bytes_held + size <= arena->bytes_max);
    struct chunk *chunk = malloc(sizeof *chunk + size);
    CHECK(chunk != NULL);
    chunk->next = NULL;
    chunk->size = size;
    chunk->used = 0;
    arena->bytes_held += size;
    memset(chunk->bytes, 0, 1); /* gcc takes poisoning for a reading of bytes that nobody wrote */
    POISON(chunk->bytes, size);
    return chunk;
}

struct arena *arena_create(size_t bytes_max) {
    struct arena *arena = calloc(1, sizeof *arena);
    CHECK(arena != NULL);
    arena->bytes_max = bytes_max < CHUNK_BYTES ? CHUNK_BYTES : bytes_max;
    arena->first = arena->current = chunk_create(arena, CHUNK_BYTES);
    return arena;
}

void arena_destroy(struct arena *arena) {
    if (arena == NULL) return;
    for (struct chunk *chunk = arena->first, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        UNPOISON(chunk->bytes, chunk->size);
        free(chunk);
    }
    free(arena);
}

void arena_reset(struct arena *arena) {
    for (struct chunk *chunk = arena->first; chunk != NULL; chunk = chunk->next) {
        chunk->used = 0;
        POISON(chunk->bytes, chunk->size);
    }
    arena->current = arena->first;
    arena->bytes_used = 0;
}

void *arena_take(struct arena *arena, size_t size) {
    CHECK(size <= arena->bytes_max);
    size_t need = aligned(size > 0 ? size : 1);
    while (arena->current->size - arena->current->used < need) {
        if (arena->current->next == NULL) arena->current->next = chunk_create(arena, need);
        arena->current = arena->current->next;
    }
    void *taken = arena->current->bytes + arena->current->used;
    arena->current->used += need;
    arena->bytes_used += need;
    UNPOISON(taken, size > 0 ? size : 1);
    return taken;
}

void *arena_zero(struct arena *arena, size_t count, size_t each) {
    CHECK(each == 0 || count <= SIZE_MAX / each);
    void *taken = arena_take(arena, count * each);
    memset(taken, 0, count * each);
    return taken;
}

char *arena_text(struct arena *arena, struct slice text) {
    char *copy = arena_take(arena, text.size + 1);
    if (text.size > 0) memcpy(copy, text.bytes, text.size);
    copy[text.size] = '\0';
    return copy;
}

struct slice arena_copy(struct arena *arena, struct slice bytes) {
    uint8_t *copy = arena_take(arena, bytes.size);
    if (bytes.size > 0) memcpy(copy, bytes.bytes, bytes.size);
    return slice_of(copy, bytes.size);
}

size_t arena_used(const struct arena *arena) { return arena->bytes_used; }
