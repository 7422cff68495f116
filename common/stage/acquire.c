/* Where partitions go on, what is committed, and how they are given back: rule 2 of the lineage as IO around the pure lineage_start. It must
 * never commit what was not delivered, and never start a partition on a guess: what can't be asked is asked again later. */
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/log.h"
#include "common/stage/loop_parts.h"
#include "common/stage/retry.h"
#include "common/tables/meters.h"

enum { TAIL_FIRST = 64, TAIL_MORE = 8192 };

/* ---- the furthest readable record of a log --------------------------------------------------------------------------------------------- */

struct furthest {
    struct loop *loop;
    enum topic topic;
    struct stage_position position; /* after it */
};

static void look_at(void *visitor, const struct stage_record *record) {
    struct furthest *furthest = visitor;
    arena_reset(furthest->loop->attempt_arena);
    const void *message = codec_decode(furthest->topic, furthest->loop->attempt_arena, record->value);
    if (message == NULL) return;
    struct lineage lineage = codec_view(furthest->topic, message).lineage;
    if (furthest->topic == TOPIC_SUBMITTED) lineage.origin = record->offset;
    if (lineage.epoch == 0 || lineage.origin < 0) return;
    struct stage_position after = lineage_after(lineage);
    if (lineage_compare(after, furthest->position) > 0) furthest->position = after;
}

/* The furthest, not the last: a twin that was late may have written repeats behind it. Steps back over foreign records, bounded; a window
 * that ends before `enough` is looked at again further back. */
static struct err find_furthest(struct loop *loop, enum topic topic, int32_t partition, struct stage_position enough, struct stage_position *ret_position) {
    struct furthest furthest = {.loop = loop, .topic = topic};
    TRY(loop->log->tail(loop->log, topic, partition, TAIL_FIRST, look_at, &furthest));
    if (furthest.position.epoch == 0 || lineage_compare(furthest.position, enough) < 0)
        TRY(loop->log->tail(loop->log, topic, partition, TAIL_MORE, look_at, &furthest));
    *ret_position = furthest.position;
    return OK;
}

/* ---- where a partition goes on --------------------------------------------------------------------------------------------------------- */

static struct err gather(struct loop *loop, int32_t partition, struct lineage_facts *ret_facts) {
    const struct stage *stage = loop->stage;
    struct lineage_facts facts = {.first_reader = stage->consumes == TOPIC_SUBMITTED, .has_truth = stage->truth != NULL};
    struct stage_commit commit;
    TRY(loop->log->committed(loop->log, partition, &commit));
    facts.has_committed = commit.offset >= 0;
    facts.committed = commit.offset;
    if (!lineage_parse(slice_text(commit.metadata), &facts.marked)) facts.marked = (struct stage_position){0};
    TRY(loop->log->watermarks(loop->log, stage->consumes, partition, &facts.low, &facts.high));
    int64_t output_low = 0;
    if (stage->produces != TOPIC_NONE) TRY(loop->log->watermarks(loop->log, stage->produces, partition, &output_low, &facts.output_high));
    if (stage->produces != TOPIC_NONE) TRY(find_furthest(loop, stage->produces, partition, (struct stage_position){0}, &facts.produced));
    if (facts.has_truth) TRY(stage->truth(loop->self, partition, &facts.truth));
    if (lineage_needs_fallback(&facts) && stage->fallback_next != NULL) TRY(stage->fallback_next(loop->self, partition, &facts.fallback));
    struct stage_position known = facts.has_truth ? facts.truth : facts.fallback;
    if (lineage_compare(facts.marked, known) > 0) known = facts.marked;
    if (lineage_compare(facts.produced, known) > 0) known = facts.produced;
    TRY(find_furthest(loop, stage->consumes, partition, known, &facts.arrived));
    *ret_facts = facts;
    return OK;
}

static void start_window(struct loop *loop, struct partition *partition, struct lineage_start start) {
    lineage_reset(&partition->lineage, start.position);
    partition->taken = start.offset;
    partition->generation++;
    partition->committed = -1; /* the start is committed at once: a partition without a commit is invisible to lag tools */
    partition->progress_us = loop->log->monotonic_us(loop->log);
    watermark_start(&partition->mark, partition->entries, loop->options.in_flight_max + loop->options.batch_messages_max, start.offset, start.position);
    meter_set(METER_LINEAGE_NEXT, partition->number, start.position.next);
}

static void start_partition(struct loop *loop, struct partition *partition, const struct lineage_start *start) {
    start_window(loop, partition, *start);
    partition->attempts = 0;
    if (start->stop) {
        partition->mark.offset = -1; /* nothing of this log may be committed */
        meter_add(METER_LINEAGE_GAPS, partition->number, 1);
        loop_halt(loop, partition, start->why);
        return;
    }
    partition->state = PARTITION_RUNNING;
    partition->why[0] = '\0';
    if (start->skipped) loop_alarm(partition, "retention was faster than this stage", start->why);
    log_info("partition starts", LOG_INT("partition", partition->number), LOG_INT("epoch", start->position.epoch), LOG_INT("next", start->position.next),
             LOG_INT("offset", start->offset));
}

void loop_want(struct loop *loop, struct partition *partition, int64_t delay_us, const char *why) {
    partition->state = PARTITION_WANTED;
    partition->generation++;
    partition->retry_at_us = loop->log->monotonic_us(loop->log) + delay_us;
    (void)snprintf(partition->why, sizeof partition->why, "%s", why);
    loop->must_assign = true;
}

void loop_want_all(struct loop *loop, const char *why) {
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++) {
        struct partition *partition = loop->partitions[i];
        if (partition == NULL) continue;
        if (partition->state == PARTITION_RUNNING) loop_want(loop, partition, 0, why);
        if (partition->state != PARTITION_STOPPED) continue;
        partition->generation++; /* what it had in flight will not be reported any more */
        partition->mark.first = partition->mark.last;
    }
}

bool loop_acquire_due(const struct loop *loop, int64_t now_us) {
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++)
        if (loop->partitions[i] != NULL && loop->partitions[i]->state == PARTITION_WANTED && loop->partitions[i]->retry_at_us <= now_us) return true;
    return false;
}

void loop_reassign(struct loop *loop) {
    int32_t numbers[STAGE_PARTITIONS_MAX];
    int64_t offsets[STAGE_PARTITIONS_MAX];
    size_t count = 0;
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++) {
        if (loop->partitions[i] == NULL || loop->partitions[i]->state != PARTITION_RUNNING) continue;
        numbers[count] = i;
        offsets[count++] = loop->partitions[i]->taken;
    }
    struct err err = loop->log->assign(loop->log, numbers, offsets, count);
    loop->must_assign = failed(&err);
    if (failed(&err)) loop->waiting_for = err;
}

/* Asks for one partition. False when it must be asked again later. */
static bool acquire_one(struct loop *loop, struct partition *partition, int64_t now_us) {
    struct lineage_facts facts;
    struct err err = gather(loop, partition->number, &facts);
    if (err.fate == FATE_FATAL) loop->end = err;
    if (failed(&err)) {
        partition->retry_at_us = now_us + retry_delay_ms(partition->attempts++, loop->options.seed ^ (uint64_t)partition->number) * 1000;
        (void)snprintf(partition->why, sizeof partition->why, "%s", err.text);
        if (partition->attempts == 1) log_warning("position is not known yet", LOG_INT("partition", partition->number), LOG_TEXT("error", err.text));
        return false;
    }
    struct lineage_start start = lineage_start(&facts);
    start_partition(loop, partition, &start);
    return true;
}

enum step loop_acquire(struct loop *loop) {
    int64_t now_us = loop->log->monotonic_us(loop->log);
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++) {
        struct partition *partition = loop->partitions[i];
        if (partition == NULL || partition->state != PARTITION_WANTED || partition->retry_at_us > now_us) continue;
        if (acquire_one(loop, partition, now_us)) loop->must_assign = true;
        if (failed(&loop->end)) return STEP_RELEASE;
        if (loop->log->revoking(loop->log)) break; /* what is left is not ours any more */
    }
    arena_reset(loop->attempt_arena);
    if (loop->must_assign) loop_reassign(loop);
    loop_commit(loop, false);
    return STEP_POLL;
}

static struct partition *partition_memory(struct loop *loop, int32_t number) {
    if (loop->spare[number] == NULL) {
        loop->spare[number] = calloc(1, sizeof(struct partition));
        CHECK(loop->spare[number] != NULL);
        loop->spare[number]->number = number;
        loop->spare[number]->entries = calloc(loop->options.in_flight_max + loop->options.batch_messages_max, sizeof(struct watermark_entry));
        CHECK(loop->spare[number]->entries != NULL);
    }
    return loop->spare[number];
}

void loop_take_assignment(struct loop *loop, const int32_t *partitions, size_t count) {
    memset(loop->partitions, 0, sizeof loop->partitions);
    for (size_t i = 0; i < count; i++) {
        CHECK(partitions[i] >= 0 && partitions[i] < STAGE_PARTITIONS_MAX);
        loop->partitions[partitions[i]] = partition_memory(loop, partitions[i]);
        loop->partitions[partitions[i]]->attempts = 0;
        loop_want(loop, loop->partitions[partitions[i]], 0, "position is not known yet");
    }
    loop->assigned_once = true;
    loop->must_assign = true; /* an empty set is an answer too */
    log_info("assigned", LOG_INT("partitions", count));
}

/* ---- commit and release ---------------------------------------------------------------------------------------------------------------- */

size_t loop_waiting(const struct loop *loop) {
    size_t waiting = 0;
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++)
        if (loop->partitions[i] != NULL && loop->partitions[i]->state != PARTITION_WANTED) waiting += watermark_waiting(&loop->partitions[i]->mark);
    return waiting;
}

void loop_commit(struct loop *loop, bool wait) {
    struct stage_commit commits[STAGE_PARTITIONS_MAX];
    size_t count = 0;
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++) {
        struct partition *partition = loop->partitions[i];
        if (partition == NULL || partition->state == PARTITION_WANTED || partition->mark.offset < 0) continue;
        if (partition->mark.offset == partition->committed && !wait) continue;
        struct stage_commit *commit = &commits[count++];
        *commit = (struct stage_commit){.partition = i, .offset = partition->mark.offset};
        lineage_format(partition->mark.position, commit->metadata);
        if (partition->committed >= 0 && partition->committed != partition->mark.offset) partition->progress_us = loop->log->monotonic_us(loop->log);
        partition->committed = partition->mark.offset;
    }
    if (count == 0) return;
    struct err err = loop->log->commit(loop->log, commits, count, wait);
    if (!failed(&err)) return;
    if (err.fate == FATE_FATAL) loop->end = err;
    log_warning("commit failed; the next one replaces it", LOG_TEXT("error", err.text)); /* a lower commit is harmless: rule 2 */
    for (size_t i = 0; i < count; i++) loop->partitions[commits[i].partition]->committed = -1;
}

enum step loop_release(struct loop *loop) {
    bool ending = loop->stop_wished || failed(&loop->end);
    int64_t now_us = loop->log->monotonic_us(loop->log);
    const char *why;
    if (loop->release_until_us == 0) loop->release_until_us = now_us + (ending ? STOP_US : RELEASE_US);
    if (!loop->release_lost && loop_waiting(loop) > 0 && now_us < loop->release_until_us && !loop->log->broken(loop->log, &why)) {
        loop->log->serve(loop->log, LOOP_WAIT_MS / 2);
        return STEP_RELEASE;
    }
    bool away = loop_waiting(loop) > 0 || failed(&loop->waiting_for); /* then a commit would only be waited for; a lower one is harmless */
    if (!loop->release_lost && !away) loop_commit(loop, true);
    log_info("released", LOG_INT("in_flight", loop_waiting(loop)), LOG_INT("lost", loop->release_lost));
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++)
        if (loop->partitions[i] != NULL) loop->partitions[i]->generation++;
    memset(loop->partitions, 0, sizeof loop->partitions);
    loop->release_until_us = 0;
    loop->release_lost = false;
    loop->must_assign = false;
    if (ending) return STEP_END; /* without unassign and without leaving: the next start of this instance gets its partitions at once */
    loop->log->unassign(loop->log);
    return STEP_POLL;
}
