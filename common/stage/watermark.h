/* The in-flight window of one partition: which input offset, with which next origin, may be committed. Pure.
 *
 * Every record taken from the input enters the window once, in log order: with an output that waits for its delivery report, or finished at
 * once (a repeat, a foreign record, a sink's effect). The mark is behind the longest finished run from the start. Entries are named by a
 * sequence number that only grows; deliveries may be reported in any order. Memory is the caller's: one array, given at the start. */
#ifndef PAYUNG_STAGE_WATERMARK_H
#define PAYUNG_STAGE_WATERMARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/stage/stage.h"

struct watermark_entry {
    int64_t offset;                 /* of the input, one behind the record */
    struct stage_position position; /* after the record */
    bool finished;
};

struct watermark {
    struct watermark_entry *entries; /* ring */
    size_t size;
    uint64_t first, last;            /* sequence numbers [first, last) that wait */
    int64_t offset;                  /* the mark: commit this */
    struct stage_position position;  /* and this as its metadata */
};

void watermark_start(struct watermark *mark, struct watermark_entry *entries, size_t size, int64_t offset, struct stage_position position);
/* Answers the sequence number for the delivery. CHECKs that there is room: the caller bounds what is in flight. */
uint64_t watermark_add(struct watermark *mark, int64_t offset_behind, struct stage_position position, bool finished);
void watermark_finish(struct watermark *mark, uint64_t sequence); /* an unknown or finished sequence is a CHECK */
static inline size_t watermark_waiting(const struct watermark *mark) { return (size_t)(mark->last - mark->first); }
static inline bool watermark_full(const struct watermark *mark) { return mark->last - mark->first >= mark->size; }

#endif
