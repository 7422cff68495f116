/* For tests of the statement reader: a text goes in, one line of words per item comes out, "line kind|problem amount day number reference". */
#ifndef PAYUNG_TESTS_STATEMENT_FIXTURE_H
#define PAYUNG_TESTS_STATEMENT_FIXTURE_H

#include <stdio.h>

#include "services/ledger/bank/statement.h"

struct seen_items {
    char text[8192];
    size_t size;
    struct statement_counts counts;
    char warnings[512];
};

static inline void seen_take(void *self, const struct statement_item *item) {
    struct seen_items *seen = self;
    static const char *const kinds[] = {"?", "IN", "OUT", "BALANCE"};
    if (item->kind == STATEMENT_BALANCE) seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size, "%u BALANCE\n", item->line);
    else
        seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size, "%u %s %lld %d [%.*s] [%.*s] [%.*s] %.*s\n", item->line,
                                       item->problem != STATEMENT_FINE && item->kind == STATEMENT_PAYMENT ? statement_problem_name(item->problem) : kinds[item->kind], (long long)item->amount, item->day,
                                       SLICE_ARGS(item->number), SLICE_ARGS(item->reference), SLICE_ARGS(item->description), SLICE_ARGS(item->account));
}

static inline void seen_warn(void *self, uint32_t line, enum statement_warning warning, int64_t difference_sen) {
    struct seen_items *seen = self;
    const size_t size = strlen(seen->warnings);
    (void)snprintf(seen->warnings + size, sizeof seen->warnings - size, "%u:%d:%lld ", line, warning, (long long)difference_sen);
}

static inline void seen_read(struct seen_items *seen, enum statement_format format, struct slice text, size_t piece) {
    memset(seen, 0, sizeof *seen);
    struct arena *arena = arena_create(STATEMENT_ARENA_BYTES);
    struct statement *statement = statement_open(arena, &(struct statement_options){.format = format, .take = seen_take, .warn = seen_warn, .self = seen});
    while (text.size > 0) {
        const size_t size = text.size < piece ? text.size : piece;
        statement_feed(statement, slice_of(text.bytes, size));
        text = slice_of(text.bytes + size, text.size - size);
    }
    statement_finish(statement, &seen->counts);
    arena_destroy(arena);
}

#endif
