/* Decides, per record, whether it is work, a repeat or the sign of a loss, and, per assignment, where a partition goes on. Loss and doubling
 * are found here and nowhere else. It must never guess: a position that is too low costs repeats, one that is too high would hide a loss. */
#include "common/stage/lineage.h"

#include <inttypes.h>
#include <stdio.h>

#include "common/base/check.h"

int lineage_compare(struct stage_position a, struct stage_position b) {
    if (a.epoch != b.epoch) return a.epoch < b.epoch ? -1 : 1;
    if (a.next != b.next) return a.next < b.next ? -1 : 1;
    return 0;
}

struct stage_position lineage_after(struct lineage record) {
    return (struct stage_position){.epoch = record.epoch, .first_origin = record.first_origin, .next = record.origin + 1};
}

void lineage_reset(struct lineage_state *state, struct stage_position position) {
    memset(state, 0, sizeof *state);
    state->position = position;
}

static bool somebody_else(const struct lineage_state *state, struct lineage record, struct id application_id) {
    size_t place = (size_t)record.origin % LINEAGE_RECENT;
    if (state->recent[place].epoch != record.epoch || state->recent[place].origin != record.origin) return false;
    struct id known = state->recent[place].application_id;
    if (id_is_zero(known) || id_is_zero(application_id)) return false;
    return memcmp(known.bytes, application_id.bytes, ID_BYTES) != 0;
}

enum lineage_answer lineage_judge(const struct lineage_state *state, struct lineage record, struct id application_id) {
    CHECK(record.epoch > 0 && record.origin >= 0);
    const struct stage_position *position = &state->position;
    if (record.epoch < position->epoch) return LINEAGE_OLD_EPOCH;
    if (record.epoch > position->epoch) return record.origin == record.first_origin ? LINEAGE_WORK : LINEAGE_GAP;
    if (record.origin > position->next) return LINEAGE_GAP;
    if (record.origin == position->next) return LINEAGE_WORK;
    return somebody_else(state, record, application_id) ? LINEAGE_CUT : LINEAGE_REPEAT;
}

void lineage_accept(struct lineage_state *state, struct lineage record, struct id application_id) {
    CHECK(lineage_judge(state, record, application_id) == LINEAGE_WORK);
    size_t place = (size_t)record.origin % LINEAGE_RECENT;
    state->recent[place].epoch = record.epoch;
    state->recent[place].origin = record.origin;
    state->recent[place].application_id = application_id;
    state->position = lineage_after(record);
}

void lineage_format(struct stage_position position, char ret_text[LINEAGE_METADATA_MAX]) {
    int size = snprintf(ret_text, LINEAGE_METADATA_MAX, "%" PRIu32 ":%" PRId64 ":%" PRId64, position.epoch, position.first_origin, position.next);
    CHECK(size > 0 && size < LINEAGE_METADATA_MAX);
}

/* Digits up to `end` (a byte, or the end of the text when 0). */
static bool take_number(struct slice *text, uint8_t end, int64_t max, int64_t *ret_number) {
    int64_t number = 0;
    size_t i = 0;
    for (; i < text->size && text->bytes[i] >= '0' && text->bytes[i] <= '9'; i++) {
        if (number > (max - (text->bytes[i] - '0')) / 10) return false;
        number = number * 10 + (text->bytes[i] - '0');
    }
    if (i == 0 || (end == 0 ? i != text->size : i >= text->size || text->bytes[i] != end)) return false;
    size_t taken = i + (end == 0 ? 0 : 1);
    *text = slice_of(text->bytes + taken, text->size - taken);
    *ret_number = number;
    return true;
}

bool lineage_parse(struct slice text, struct stage_position *ret_position) {
    int64_t epoch, first_origin, next;
    if (text.size >= LINEAGE_METADATA_MAX) return false;
    if (!take_number(&text, ':', UINT32_MAX, &epoch)) return false;
    if (!take_number(&text, ':', INT64_MAX, &first_origin)) return false;
    if (!take_number(&text, 0, INT64_MAX, &next)) return false;
    if (next < first_origin) return false;
    *ret_position = (struct stage_position){.epoch = (uint32_t)epoch, .first_origin = first_origin, .next = next};
    return true;
}

bool lineage_needs_fallback(const struct lineage_facts *facts) {
    bool used = facts->output_high > 0 || facts->low > 0;
    return used && !facts->has_truth && facts->marked.epoch == 0 && facts->produced.epoch == 0;
}

static struct stage_position position_of(const struct lineage_facts *facts) {
    if (facts->has_truth) return facts->truth;
    if (lineage_needs_fallback(facts)) return facts->fallback;
    return lineage_compare(facts->marked, facts->produced) >= 0 ? facts->marked : facts->produced;
}

/* A re-made log begins anew, so its old offsets mean nothing: read it from its start, or for the first reader from where the epoch began. */
static int64_t offset_of_new_epoch(const struct lineage_facts *facts, struct stage_position position) {
    if (!facts->first_reader) return facts->low;
    int64_t offset = facts->arrived.first_origin;
    if (position.epoch > 0 && position.next < offset) offset = position.next; /* the old epoch's rest first */
    return offset < facts->low ? facts->low : offset;
}

static int64_t offset_of(const struct lineage_facts *facts, struct stage_position position) {
    if (facts->first_reader && position.epoch > 0) return position.next;
    if (facts->has_committed) return facts->committed;
    return facts->low;
}

struct lineage_start lineage_start(const struct lineage_facts *facts) {
    CHECK(facts->low >= 0 && facts->low <= facts->high);
    struct lineage_start start = {.position = position_of(facts)};
    if (start.position.epoch > 0 && facts->arrived.epoch > start.position.epoch) {
        start.offset = offset_of_new_epoch(facts, start.position);
        return start;
    }
    start.offset = offset_of(facts, start.position);
    if (start.offset > facts->high) {
        start.stop = true;
        (void)snprintf(start.why, sizeof start.why, "the log ends at %" PRId64 ", before position %" PRId64 ": it was cut", facts->high, start.offset);
        return start;
    }
    /* Not for the first reader: its origins are offsets, which were compared above, and an unreadable record at the end has an origin too. */
    if (!facts->first_reader && facts->arrived.epoch == start.position.epoch && facts->arrived.epoch > 0 && facts->arrived.next < start.position.next) {
        start.stop = true;
        (void)snprintf(start.why, sizeof start.why, "the log ends with origin %" PRId64 ", but origins below %" PRId64 " were done: it was cut",
                       facts->arrived.next - 1, start.position.next);
        return start;
    }
    if (start.offset < facts->low) {
        start.skipped = true;
        (void)snprintf(start.why, sizeof start.why, "retention removed offsets %" PRId64 " to %" PRId64 " before they were read", start.offset,
                       facts->low - 1);
        start.offset = facts->low;
    }
    return start;
}
