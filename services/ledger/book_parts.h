/* What the two halves of the ledger's transaction share: book.c reads under locks, book_save.c writes. Nobody else includes it. */
#ifndef PAYUNG_LEDGER_BOOK_PARTS_H
#define PAYUNG_LEDGER_BOOK_PARTS_H

#include "services/ledger/book.h"

enum { BOOK_PARTITIONS_MAX = 64 };

struct span_state { /* what the lineage row said, under its lock */
    int32_t partition;
    uint32_t epoch;
    int64_t first_origin, next;
};

struct book {
    struct pg *pg;
    struct agreement_cache *agreements;
    int64_t retry_first_s, retry_most_s;
    bool partition_known[BOOK_PARTITIONS_MAX]; /* its lineage row exists */
    struct span_state *states;                 /* one per span of the batch under way; in the batch's arena */
};

/* The next origin that the ledger expects of a span. */
static inline int64_t book_next_of(const struct span_state *state, const struct stage_span *span) { return state->epoch < span->epoch ? span->first_origin : state->next; }

#endif
