/* The tariff as the service loads it, and a twin of its files that a test may change before loading: one line exchanged or appended, as a regulation would. */
#ifndef PAYUNG_TESTS_TARIFF_FIXTURE_H
#define PAYUNG_TESTS_TARIFF_FIXTURE_H

#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "common/base/arena.h"
#include "common/edge/share_tables.h"
#include "services/premium/premium.h"
#include "services/premium/tariff_share.h"

struct law {
    struct arena *arena;
    struct tariff_files files;
    struct tariff tariff;
    struct parameters parameters;
};

static inline void must(struct err err) {
    if (failed(&err)) fail_msg("%s", err.text);
}

static inline struct law law_open(void) {
    struct law law = {.arena = arena_create(32 << 20)};
    must(tariff_read(PAYUNG_SHARE_DIR, law.arena, &law.files));
    must(tariff_open(PAYUNG_SHARE_DIR, law.arena, &law.tariff));
    must(share_parameters(law.arena, PAYUNG_SHARE_DIR, "", &law.parameters));
    return law;
}

static inline void law_close(struct law *law) { arena_destroy(law->arena); }

/* The text with the first `old` exchanged for `new`; the test fails when there is none. */
static inline struct slice text_with(struct arena *arena, struct slice text, const char *old, const char *new) {
    const char *bytes = arena_text(arena, text), *found = strstr(bytes, old);
    if (found == NULL) fail_msg("'%s' does not stand in the file", old);
    const size_t before = (size_t)(found - bytes), after = strlen(found) - strlen(old), size = before + strlen(new) + after;
    char *changed = arena_take(arena, size + 1);
    (void)snprintf(changed, size + 1, "%.*s%s%s", (int)before, bytes, new, found + strlen(old)); /* exactly its size */
    return slice_of(changed, size);
}

static inline struct slice text_and(struct arena *arena, struct slice text, const char *more) {
    const size_t size = text.size + strlen(more);
    char *longer = arena_take(arena, size + 1);
    (void)snprintf(longer, size + 1, "%.*s%s", SLICE_ARGS(text), more); /* exactly its size */
    return slice_of(longer, size);
}

/* Loads the changed files. */
static inline struct tariff law_reload(struct law *law, const struct tariff_files *files) {
    struct tariff tariff;
    struct load_error error;
    const char *file = "";
    if (!tariff_load(files, law->arena, &tariff, &error, &file)) fail_msg("%s line %u, %s: %s", file, error.line, error.field, error.problem);
    return tariff;
}

#endif
