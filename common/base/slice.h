/* struct slice: bytes that somebody else owns. A slice never frees and is valid as long as its owner says (mostly: until
 * the batch arena is reset). text slices hold UTF-8 without a terminator. */
#ifndef PAYUNG_BASE_SLICE_H
#define PAYUNG_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *bytes;
    size_t size;
};

static inline struct slice slice_of(const void *bytes, size_t size) {
    return (struct slice){.bytes = (const uint8_t *)bytes, .size = size};
}
static inline struct slice slice_text(const char *text) { return slice_of(text, strlen(text)); }
static inline bool slice_equal(struct slice a, struct slice b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}
/* Bytewise; of two that begin alike the shorter one comes first: < 0, 0, > 0. */
static inline int slice_compare(struct slice a, struct slice b) {
    const size_t size = a.size < b.size ? a.size : b.size;
    const int order = size > 0 ? memcmp(a.bytes, b.bytes, size) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}
static inline bool slice_is(struct slice a, const char *text) { return slice_equal(a, slice_text(text)); }

/* For printf: ("%.*s", SLICE_ARGS(s)). Never for data of a person. */
#define SLICE_ARGS(s) (int)(s).size, (const char *)(s).bytes

#endif
