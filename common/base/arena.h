/* struct arena: the memory of one batch. Allocation is a pointer bump; everything is given back at once by arena_reset.
 *
 * An arena grows by chunks up to a limit named at its creation and keeps its chunks for the next batch, so a running
 * service does not call malloc after its first full batch. arena_take never returns NULL: beyond the limit it is a CHECK
 * (a batch is bounded by its own limits first). Under AddressSanitizer memory that was given back is poisoned.
 * Pointers into an arena die at its reset. Not for use by two threads. */
#ifndef PAYUNG_BASE_ARENA_H
#define PAYUNG_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

struct arena;

struct arena *arena_create(size_t bytes_max);
void arena_destroy(struct arena *arena); /* NULL is allowed */
void arena_reset(struct arena *arena);
void *arena_take(struct arena *arena, size_t size);              /* aligned for any type, NOT zeroed */
void *arena_zero(struct arena *arena, size_t count, size_t each); /* zeroed array, overflow is a CHECK */
char *arena_text(struct arena *arena, struct slice text);        /* copy with a terminator */
struct slice arena_copy(struct arena *arena, struct slice bytes);
size_t arena_used(const struct arena *arena);                     /* bytes handed out since the last reset */

#endif
