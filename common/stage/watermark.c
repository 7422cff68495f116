/* Moves the commit position behind what is delivered, never further. */
#include "common/stage/watermark.h"

#include "common/base/check.h"

static struct watermark_entry *entry_of(struct watermark *mark, uint64_t sequence) { return &mark->entries[sequence % mark->size]; }

static void advance(struct watermark *mark) {
    while (mark->first < mark->last && entry_of(mark, mark->first)->finished) {
        mark->offset = entry_of(mark, mark->first)->offset;
        mark->position = entry_of(mark, mark->first)->position;
        mark->first++;
    }
}

void watermark_start(struct watermark *mark, struct watermark_entry *entries, size_t size, int64_t offset, struct stage_position position) {
    CHECK(entries != NULL && size > 0);
    *mark = (struct watermark){.entries = entries, .size = size, .offset = offset, .position = position};
}

uint64_t watermark_add(struct watermark *mark, int64_t offset_behind, struct stage_position position, bool finished) {
    CHECK(!watermark_full(mark));
    CHECK(mark->first == mark->last ? offset_behind > mark->offset : offset_behind > entry_of(mark, mark->last - 1)->offset);
    uint64_t sequence = mark->last++;
    *entry_of(mark, sequence) = (struct watermark_entry){.offset = offset_behind, .position = position, .finished = finished};
    advance(mark);
    return sequence;
}

void watermark_finish(struct watermark *mark, uint64_t sequence) {
    CHECK(sequence >= mark->first && sequence < mark->last);
    CHECK(!entry_of(mark, sequence)->finished);
    entry_of(mark, sequence)->finished = true;
    advance(mark);
}
