/* The loop as a table of steps in reading order: each step does one thing and answers which one comes next. Between an error class and what is
 * done about it stands one function, refuse(). The loop must never hand over an output of a batch whose store did not commit, never commit an
 * input whose output is not delivered, and never drop a record without an output, a dead letter or a count of repeats. */
#include "common/stage/loop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "common/edge/log_enrolment.h"
#include "common/stage/fault.h"
#include "common/stage/loop_parts.h"
#include "common/stage/retry.h"
#include "common/tables/meters.h"

/* ---- tags: what a delivery report belongs to --------------------------------------------------------------------------------------------- */

enum { TAG_SEQUENCE_BITS = 40, TAG_GENERATION_BITS = 16 };
#define TAG_LETTER (UINT64_C(1) << 63)
_Static_assert(TAG_SEQUENCE_BITS + TAG_GENERATION_BITS + 6 < 63, "a partition's number fits below the letter bit");
_Static_assert(STAGE_PARTITIONS_MAX == 1 << 6, "a partition's number has 6 bits");

static uint64_t tag_of(const struct partition *partition, uint64_t sequence) {
    CHECK(sequence >> TAG_SEQUENCE_BITS == 0);
    return (uint64_t)partition->number << (TAG_SEQUENCE_BITS + TAG_GENERATION_BITS) | (uint64_t)partition->generation << TAG_SEQUENCE_BITS | sequence;
}

static void on_delivered(void *context, uint64_t tag, bool delivered) {
    struct loop *loop = context;
    if (!delivered) return; /* the log is broken now, which POLL sees */
    loop->probe_due_us = 0;
    if ((tag & TAG_LETTER) != 0) {
        if ((uint16_t)tag == loop->letter_round && loop->letters_waiting > 0) loop->letters_waiting--;
        return;
    }
    struct partition *partition = loop->partitions[tag >> (TAG_SEQUENCE_BITS + TAG_GENERATION_BITS)];
    if (partition == NULL || partition->state == PARTITION_WANTED || (uint16_t)(tag >> TAG_SEQUENCE_BITS) != partition->generation) return;
    watermark_finish(&partition->mark, tag & ((UINT64_C(1) << TAG_SEQUENCE_BITS) - 1));
    partition->progress_us = loop->log->monotonic_us(loop->log);
    meter_add(METER_RECORDS_PRODUCED, partition->number, 1);
    meter_set(METER_LAST_PROGRESS, partition->number, loop->log->unix_ms(loop->log) / 1000);
}

/* ---- the ends of a batch ----------------------------------------------------------------------------------------------------------------- */

static void undo(struct loop *loop) {
    if (loop->stage->undo != NULL) loop->stage->undo(loop->self);
}

/* Gives up the batch in hand: what was not handed over comes again from the log. */
static enum step abandon(struct loop *loop, int64_t delay_us, const char *why) {
    for (size_t i = loop->taken_done; i < loop->taken_count; i++)
        if (loop->taken[i].partition->state == PARTITION_RUNNING && loop->partitions[loop->taken[i].partition->number] != NULL)
            loop_want(loop, loop->taken[i].partition, delay_us, why);
    return STEP_RESET;
}

static enum step give_up(struct loop *loop, struct err err) {
    loop->end = err;
    return STEP_RELEASE;
}

/* ---- POLL: records, or a change of the assignment -------------------------------------------------------------------------------------- */

static void tend(struct loop *loop) {
    int64_t now_us = loop->log->monotonic_us(loop->log);
    if (now_us >= loop->commit_due_us) {
        loop_commit(loop, false);
        loop->commit_due_us = now_us + COMMIT_EVERY_US;
    }
    loop_say(loop, now_us);
}

static enum step step_acquire(struct loop *loop) { return loop_acquire(loop); }

static enum step remake(struct loop *loop, const char *why) {
    log_warning("producer is made anew", LOG_TEXT("why", why));
    loop_want_all(loop, "the producer was made anew");
    loop->letter_round++;
    struct err err = loop->log->remake(loop->log);
    return failed(&err) ? give_up(loop, err) : STEP_ACQUIRE;
}

static enum step take_trouble(struct loop *loop, struct err trouble) {
    if (trouble.fate == FATE_FATAL) return give_up(loop, trouble);
    if (!failed(&loop->waiting_for)) log_warning("the log is in trouble", LOG_TEXT("error", trouble.text));
    loop->waiting_for = trouble;
    loop->probe_due_us = loop->log->monotonic_us(loop->log) + ASK_EVERY_US / 2;
    return STEP_POLL;
}

static enum step take_event(struct loop *loop, const struct stage_event *event) {
    struct partition *partition;
    switch (event->kind) {
    case EVENT_NOTHING: return STEP_POLL;
    case EVENT_RECORDS:
        loop->records = event->records;
        loop->record_count = event->record_count;
        loop->was_full = event->record_count >= loop->options.batch_messages_max;
        loop->began_us = loop->log->monotonic_us(loop->log);
        loop->waiting_for = OK;
        return STEP_DECODE;
    case EVENT_ASSIGNED: loop_take_assignment(loop, event->partitions, event->partition_count); return STEP_ACQUIRE;
    case EVENT_REVOKED: loop->release_lost = event->lost; return STEP_RELEASE;
    case EVENT_DISPLACED:
        partition = loop->partitions[event->partitions[0]];
        if (partition == NULL || partition->state != PARTITION_RUNNING) return STEP_POLL;
        loop_alarm(partition, "the position is not in the log any more", "retention or a cut log: judged again");
        loop_want(loop, partition, 0, "the position was not in the log");
        return STEP_ACQUIRE;
    case EVENT_TROUBLE: return take_trouble(loop, event->trouble);
    }
    return STEP_POLL;
}

/* Lets records come together in the log until the last batch began gather_ms ago. The first one after a pause does not wait, nor does a backlog. */
static void gather(struct loop *loop) {
    int64_t due_us = loop->began_us + (int64_t)loop->stage->gather_ms * 1000, now_us = loop->log->monotonic_us(loop->log);
    if (loop->stage->gather_ms > 0 && !loop->was_full && now_us < due_us) loop->log->serve(loop->log, (int)((due_us - now_us) / 1000) + 1);
}

static enum step step_poll(struct loop *loop) {
    struct stage_event event;
    const char *why;
    tend(loop);
    if (loop->stop_wished || failed(&loop->end)) return STEP_RELEASE;
    if (loop->log->broken(loop->log, &why)) return remake(loop, why);
    if (!loop->log->revoking(loop->log)) { /* else there is only that to be told */
        if (loop_acquire_due(loop, loop->log->monotonic_us(loop->log))) return STEP_ACQUIRE;
        if (loop->must_assign && loop->assigned_once) loop_reassign(loop);
        if (loop_waiting(loop) >= loop->options.in_flight_max) {
            loop->log->idle(loop->log, LOOP_WAIT_MS); /* bounded by delivery, while the group still sees us */
            return STEP_POLL;
        }
    }
    if (!loop->paused) gather(loop);
    loop->log->poll(loop->log, loop_waiting(loop) > 0 ? LOOP_WAIT_MS / 4 : LOOP_WAIT_MS, loop->paused ? 0 : loop->options.batch_messages_max, &event);
    return take_event(loop, &event);
}

/* ---- DECODE: bytes -> messages ----------------------------------------------------------------------------------------------------------- */

static bool is_first_reader(const struct loop *loop) { return loop->stage->consumes == TOPIC_SUBMITTED; }

static bool lineage_is_sound(struct lineage lineage) { return lineage.epoch > 0 && lineage.first_origin >= 0 && lineage.origin >= lineage.first_origin; }

static enum step step_decode(struct loop *loop) {
    for (size_t i = 0; i < loop->record_count; i++) {
        void *message = codec_decode(loop->stage->consumes, loop->record_arena, loop->records[i].value);
        if (message != NULL && is_first_reader(loop)) codec_set_origin(message, loop->records[i].offset);
        if (message != NULL && !lineage_is_sound(codec_view(loop->stage->consumes, message).lineage)) message = NULL;
        loop->messages[i] = message;
    }
    return STEP_LINEAGE;
}

/* ---- LINEAGE: work, repeat or loss, record by record ----------------------------------------------------------------------------------- */

static void add_letter(struct loop *loop, uint32_t record, enum code code, const char *message) {
    CHECK(loop->letter_count < loop->options.batch_messages_max);
    struct letter *letter = &loop->letters[loop->letter_count++];
    letter->record = record;
    letter->code = code;
    (void)snprintf(letter->message, sizeof letter->message, "%s", message);
}

static void take(struct loop *loop, struct partition *partition, const struct stage_record *record, int32_t item) {
    partition->taken = record->offset + 1;
    loop->taken[loop->taken_count++] =
        (struct taken){.partition = partition, .behind = record->offset + 1, .position = partition->lineage.position, .item = item};
}

/* The trace goes on through all stages; an application without one begins its own. */
static void find_trace(struct loop *loop, const struct stage_record *record, struct id application_id, uint8_t ret_trace[TRACE_BYTES]) {
    struct stage_header headers[STAGE_HEADERS_MAX];
    size_t count = loop->log->headers(loop->log, record, headers, STAGE_HEADERS_MAX);
    _Static_assert((int)ID_BYTES == (int)TRACE_BYTES, "an id can be a trace");
    for (size_t i = 0; i < count; i++)
        if (strcmp(headers[i].name, "traceparent") == 0 && parcel_trace(headers[i].value, ret_trace)) return;
    memcpy(ret_trace, application_id.bytes, TRACE_BYTES);
}

static void add_item(struct loop *loop, struct partition *partition, uint32_t number, struct lineage lineage, struct id application_id) {
    const struct stage_record *record = &loop->records[number];
    size_t item = loop->item_count++;
    lineage_accept(&partition->lineage, lineage, application_id);
    loop->items[item] = (struct stage_item){.partition = record->partition, .offset = record->offset, .timestamp_ms = record->timestamp_ms,
                                            .key = record->key, .bytes = record->value, .lineage = lineage, .in = loop->messages[number]};
    loop->extras[item].record = number;
    if (id_is_zero(application_id)) application_id = crypto_event_id(loop->stage->name, application_id, 0, &lineage, record->partition);
    find_trace(loop, record, application_id, loop->extras[item].trace);
    take(loop, partition, record, (int32_t)item);
}

/* Unreadable bytes in `submitted` have an origin, their offset: they get a dead letter and a parked output, so the lineage stays dense. */
static struct lineage lineage_of_unreadable(const struct partition *partition, int64_t offset) {
    const struct stage_position *position = &partition->lineage.position;
    if (position->epoch > 0) return (struct lineage){.epoch = position->epoch, .first_origin = position->first_origin, .origin = offset};
    return (struct lineage){.epoch = 1, .first_origin = offset, .origin = offset}; /* the very first record of all */
}

/* A record of an older epoch among newer ones in `submitted` was written by an intake that had been replaced. It was acknowledged, so it gets an
 * outcome: it counts for the epoch that it stands in. Where that epoch began is no record's to say: the ledger would refuse another beginning. */
static struct lineage lineage_as_it_stands(const struct loop *loop, const struct partition *partition, struct lineage lineage) {
    const struct stage_position *position = &partition->lineage.position;
    if (!is_first_reader(loop) || lineage.epoch > position->epoch) return lineage;
    return (struct lineage){.epoch = position->epoch, .first_origin = position->first_origin, .origin = lineage.origin};
}

static void halt_for(struct loop *loop, struct partition *partition, struct lineage lineage, bool cut) {
    char why[LINEAGE_WHY_MAX];
    if (cut)
        (void)snprintf(why, sizeof why, "origin %" PRId64 " came again with another application: the log was cut and has grown again", lineage.origin);
    else
        (void)snprintf(why, sizeof why, "expected origin %" PRId64 " of epoch %" PRIu32 ", found %" PRId64 " of epoch %" PRIu32 ": records were lost",
                       partition->lineage.position.next, partition->lineage.position.epoch, lineage.origin, lineage.epoch);
    meter_add(METER_LINEAGE_GAPS, partition->number, 1);
    loop_halt(loop, partition, why);
}

static void judge_record(struct loop *loop, struct partition *partition, uint32_t number) {
    const struct stage_record *record = &loop->records[number];
    struct id application_id = {{0}};
    struct lineage lineage = lineage_of_unreadable(partition, record->offset);
    if (loop->messages[number] != NULL) {
        struct codec_view view = codec_view(loop->stage->consumes, loop->messages[number]);
        application_id = view.application_id;
        lineage = lineage_as_it_stands(loop, partition, view.lineage);
        if (is_first_reader(loop)) ((struct submitted *)loop->messages[number])->lineage = lineage;
    } else if (!is_first_reader(loop)) { /* foreign: no lineage, so no output */
        add_letter(loop, number, CODE_X01, "bytes that are not a message of this topic");
        take(loop, partition, record, -1);
        return;
    }
    switch (lineage_judge(&partition->lineage, lineage, application_id)) {
    case LINEAGE_WORK:
        if (loop->messages[number] == NULL) add_letter(loop, number, CODE_X01, "bytes that are not a message of this topic");
        add_item(loop, partition, number, lineage, application_id);
        if (loop->messages[number] == NULL) loop->items[loop->item_count - 1].parked = CODE_X01;
        break;
    case LINEAGE_REPEAT:
    case LINEAGE_OLD_EPOCH:
        meter_add(METER_LINEAGE_REPEATS, partition->number, 1);
        take(loop, partition, record, -1);
        break;
    case LINEAGE_GAP: halt_for(loop, partition, lineage, false); break;
    case LINEAGE_CUT: halt_for(loop, partition, lineage, true); break;
    }
}

static enum step step_lineage(struct loop *loop) {
    for (uint32_t i = 0; i < loop->record_count; i++) {
        int32_t number = loop->records[i].partition;
        CHECK(number >= 0 && number < STAGE_PARTITIONS_MAX);
        struct partition *partition = loop->partitions[number];
        if (partition == NULL || partition->state != PARTITION_RUNNING) continue; /* stopped meanwhile: read again after the remedy */
        if (loop->records[i].offset < partition->taken) continue;                 /* fetched before the position was set anew */
        meter_add(METER_RECORDS_CONSUMED, number, 1);
        judge_record(loop, partition, i);
    }
    loop->done = 0;
    loop->size = loop->item_count;
    if (loop->letter_count > 0) return STEP_LETTERS;
    return loop->item_count > 0 ? STEP_PREFETCH : STEP_PRODUCE;
}

/* ---- LETTERS: dead letters first, and delivered ---------------------------------------------------------------------------------------- */

static struct err send_letter(struct loop *loop, const struct letter *letter) {
    struct stage_header headers[STAGE_HEADERS_MAX];
    const struct stage_record *record = &loop->records[letter->record];
    size_t count = loop->log->headers(loop->log, record, headers, STAGE_HEADERS_MAX);
    const struct parcel_cause cause = {.topic = loop->stage->consumes, .group = loop->options.group, .version = loop->options.version,
                                       .code = code_row(letter->code)->text, .message = letter->message, .attempts = loop->attempts};
    struct stage_output output = parcel_dead_letter(loop->record_arena, &cause, record, headers, count);
    output.tag = TAG_LETTER | loop->letter_round;
    return loop->log->produce(loop->log, &output);
}

/* Also when the record is no item of the batch, or no message. */
static void tell_letter(struct loop *loop, const struct letter *letter) {
    const struct stage_record *record = &loop->records[letter->record];
    const void *message = loop->messages[letter->record];
    struct id application_id = {{0}}, trace_id;
    if (message != NULL) application_id = codec_view(loop->stage->consumes, message).application_id;
    find_trace(loop, record, application_id, trace_id.bytes);
    const struct enrolment_names names = enrolment_names_in(application_id, trace_id);
    log_warning("dead letter", LOG_TEXT("code", code_row(letter->code)->text), LOG_ENROLMENT(names), LOG_TEXT("topic", topic_row(loop->stage->consumes)->name), LOG_INT("partition", record->partition),
                LOG_INT("offset", record->offset), LOG_TEXT("error", letter->message));
}

static enum step step_letters(struct loop *loop) {
    const char *why;
    tend(loop);
    if (loop->log->broken(loop->log, &why)) return abandon(loop, 0, "the producer was made anew");
    while (loop->letters_sent < loop->letter_count) {
        struct err err = send_letter(loop, &loop->letters[loop->letters_sent]);
        if (err.fate == FATE_AGAIN) {
            loop->log->idle(loop->log, LOOP_WAIT_MS);
            return loop->stop_wished || loop->log->revoking(loop->log) ? abandon(loop, 0, "released") : STEP_LETTERS;
        }
        if (failed(&err)) return give_up(loop, err);
        meter_add(METER_DEAD_LETTERS, (int)loop->letters[loop->letters_sent].code, 1);
        tell_letter(loop, &loop->letters[loop->letters_sent]);
        loop->letters_sent++;
        loop->letters_waiting++;
    }
    if (loop->letters_waiting > 0) {
        loop->log->idle(loop->log, LOOP_WAIT_MS);
        return loop->stop_wished || loop->log->revoking(loop->log) ? abandon(loop, 0, "released") : STEP_LETTERS;
    }
    loop->letter_count = loop->letters_sent = 0;
    return loop->item_count > loop->done ? STEP_PREFETCH : STEP_PRODUCE;
}

/* ---- what an error class means --------------------------------------------------------------------------------------------------------- */

static enum step try_again(struct loop *loop, struct err err) {
    int64_t delay_ms = retry_delay_ms(loop->attempts, loop->options.seed);
    if (loop->attempts == 0) log_warning("a dependency is away: the same batch again, later", LOG_TEXT("error", err.text));
    loop->attempts++;
    loop->waiting_for = err;
    loop->wait_until_us = loop->log->monotonic_us(loop->log) + delay_ms * 1000;
    meter_add(METER_RETRIES, 0, 1);
    return STEP_WAIT;
}

static enum step park(struct loop *loop, size_t item, struct err err) {
    if (loop->items[item].parked != CODE_NONE) return give_up(loop, ERR(FATAL, "a parked output was refused: %.180s", err.text));
    loop->items[item].parked = CODE_X02;
    loop->attempts++;
    add_letter(loop, loop->extras[item].record, CODE_X02, err.text);
    return STEP_LETTERS;
}

static enum step split(struct loop *loop, struct err err) {
    if (loop->size == 1) return park(loop, loop->done, err);
    loop->size /= 2;
    meter_add(METER_SPLITS, 0, 1);
    return STEP_PREFETCH;
}

static enum step fenced(struct loop *loop, struct err err) {
    for (size_t i = 0; i < loop->batch.span_count; i++) meter_add(METER_FENCED, loop->spans[i].partition, 1);
    log_warning("fenced: another instance owns a partition", LOG_TEXT("error", err.text));
    return abandon(loop, FENCED_US, "fenced: another instance owned it");
}

/* The store knows of a loss that the log does not show. Halving finds the partition; the other ones of the batch are read again. */
static enum step halt(struct loop *loop, struct err err) {
    if (loop->size > 1) {
        loop->size /= 2;
        return STEP_PREFETCH;
    }
    int32_t number = loop->items[loop->done].partition;
    CHECK(loop->partitions[number] != NULL); /* the assignment changes in POLL only */
    meter_add(METER_LINEAGE_GAPS, number, 1);
    loop_halt(loop, loop->partitions[number], err.text);
    return abandon(loop, 0, "another partition of the batch was stopped");
}

/* `item` is the one that was refused, or none (SIZE_MAX) when the whole part was. */
static enum step refuse(struct loop *loop, struct err err, size_t item) {
    undo(loop);
    arena_reset(loop->attempt_arena);
    switch (err.fate) {
    case FATE_AGAIN: return try_again(loop, err);
    case FATE_SPLIT: return split(loop, err);
    case FATE_PARK: return item == SIZE_MAX ? split(loop, err) : park(loop, item, err);
    case FATE_FENCED: return fenced(loop, err);
    case FATE_HALT: return halt(loop, err);
    case FATE_FATAL:
    case FATE_OK: break;
    }
    return give_up(loop, err);
}

static enum step step_wait(struct loop *loop) {
    int64_t left_ms = (loop->wait_until_us - loop->log->monotonic_us(loop->log)) / 1000;
    tend(loop);
    if (loop->stop_wished || loop->log->revoking(loop->log)) return abandon(loop, 0, "released");
    if (left_ms <= 0) return STEP_PREFETCH;
    loop->log->idle(loop->log, left_ms < LOOP_WAIT_MS ? (int)left_ms : LOOP_WAIT_MS);
    return STEP_WAIT;
}

/* ---- PREFETCH, HANDLE, STORE: the stage's own work ------------------------------------------------------------------------------------- */

static struct stage_span *span_of(struct loop *loop, const struct stage_item *item) {
    for (size_t i = loop->batch.span_count; i > 0; i--)
        if (loop->spans[i - 1].partition == item->partition) return &loop->spans[i - 1];
    return NULL;
}

/* One span a partition; a part ends before an item that would begin a second one (a new epoch). */
static void make_batch(struct loop *loop) {
    loop->batch = (struct stage_batch){.arena = loop->attempt_arena, .items = loop->items + loop->done, .spans = loop->spans,
                                       .moment_ms = loop->log->unix_ms(loop->log)};
    for (size_t i = 0; i < loop->size; i++) {
        const struct stage_item *item = &loop->batch.items[i];
        struct stage_span *span = span_of(loop, item);
        if (span == NULL)
            loop->spans[loop->batch.span_count++] = (struct stage_span){.partition = item->partition, .epoch = item->lineage.epoch,
                .first_origin = item->lineage.first_origin, .from = item->lineage.origin, .to = item->lineage.origin + 1};
        else if (span->epoch == item->lineage.epoch && span->to == item->lineage.origin) span->to++;
        else {
            loop->size = i;
            break;
        }
    }
    CHECK(loop->size > 0);
    loop->batch.count = loop->size;
}

static enum step step_prefetch(struct loop *loop) {
    CHECK(loop->done + loop->size <= loop->item_count);
    make_batch(loop);
    loop->facts = NULL;
    if (loop->stage->prefetch == NULL) return STEP_HANDLE;
    struct err err = loop->stage->prefetch(loop->self, &loop->batch, &loop->facts);
    return failed(&err) ? refuse(loop, err, SIZE_MAX) : STEP_HANDLE;
}

static enum step step_handle(struct loop *loop) {
    for (size_t i = 0; i < loop->batch.count; i++) {
        struct stage_item *item = &loop->batch.items[i];
        item->out = NULL;
        struct err err = loop->stage->handle(loop->self, loop->facts, &loop->batch, item);
        if (failed(&err)) return refuse(loop, err, loop->done + i);
        CHECK((item->out != NULL) == (loop->stage->produces != TOPIC_NONE));
    }
    return STEP_STORE;
}

static enum step step_store(struct loop *loop) {
    if (loop->stage->store != NULL) {
        struct err err = loop->stage->store(loop->self, loop->facts, &loop->batch);
        if (failed(&err)) return refuse(loop, err, SIZE_MAX);
    }
    meter_observe_us(METER_BATCH_SECONDS, 0, loop->log->monotonic_us(loop->log) - loop->began_us);
    loop->waiting_for = OK;
    loop->dependency = OK;
    loop->produced = 0;
    return STEP_PRODUCE;
}

/* ---- PRODUCE: hand over; deliveries come later ----------------------------------------------------------------------------------------- */

static struct err produce_item(struct loop *loop, size_t number, uint64_t tag) {
    const struct stage_item *item = &loop->items[number];
    char time_text[CLOCK_TEXT_MAX];
    enum topic topic = loop->stage->produces;
    struct codec_view view = codec_view(topic, item->out);
    CHECK(view.lineage.epoch == item->lineage.epoch && view.lineage.origin == item->lineage.origin); /* rule 1 */
    struct parcel_event event = {.topic = topic, .stage = loop->stage->name, .time_text = time_text,
                                 .event_id = crypto_event_id(loop->stage->name, view.application_id, view.attempt, &item->lineage, item->partition)};
    clock_format_ms(view.time_ms > 0 ? view.time_ms : item->timestamp_ms, time_text);
    memcpy(event.trace, loop->extras[number].trace, TRACE_BYTES);
    struct stage_output output = {.partition = item->partition, .key = view.agreement_id, .tag = tag, .value = codec_encode(topic, loop->attempt_arena, item->out)};
    parcel_event(loop->attempt_arena, &event, &output);
    return loop->log->produce(loop->log, &output);
}

/* The record enters the window; with an output it waits there for its delivery. */
static enum step hand_over(struct loop *loop, const struct taken *taken) {
    struct partition *partition = taken->partition;
    bool waits = taken->item >= 0 && loop->stage->produces != TOPIC_NONE;
    if (partition->state == PARTITION_WANTED) return STEP_PRODUCE; /* dropped meanwhile: it comes again */
    if (waits) {
        struct err err = produce_item(loop, (size_t)taken->item, tag_of(partition, partition->mark.last));
        if (err.fate == FATE_AGAIN) return STEP_WAIT;
        if (failed(&err)) return give_up(loop, err);
    }
    (void)watermark_add(&partition->mark, taken->behind, taken->position, !waits);
    if (!waits) {
        partition->progress_us = loop->log->monotonic_us(loop->log);
        meter_set(METER_LAST_PROGRESS, partition->number, loop->log->unix_ms(loop->log) / 1000);
    }
    if (taken->item >= 0 && loop->items[taken->item].parked != CODE_NONE) meter_add(METER_PARKED, partition->number, 1);
    return STEP_PRODUCE;
}

static enum step step_produce(struct loop *loop) {
    const char *why;
    for (; loop->taken_done < loop->taken_count; loop->taken_done++) {
        const struct taken *taken = &loop->taken[loop->taken_done];
        if (taken->item >= 0 && (size_t)taken->item >= loop->done + loop->size) break;
        enum step next = hand_over(loop, taken);
        if (next == STEP_RELEASE) return next;
        if (next != STEP_WAIT) continue;
        if (loop->log->broken(loop->log, &why) || loop->stop_wished || loop->log->revoking(loop->log)) return abandon(loop, 0, "the output could not be handed over");
        loop->log->idle(loop->log, LOOP_WAIT_MS / 10); /* the producer's queue is full */
        tend(loop);
        return STEP_PRODUCE;
    }
    return STEP_MARK;
}

/* ---- MARK, RESET ------------------------------------------------------------------------------------------------------------------------- */

static enum step step_mark(struct loop *loop) {
    loop->log->serve(loop->log, 0);
    if (loop->size > 0 && loop->stage->marked != NULL) loop->stage->marked(loop->self, loop->facts, &loop->batch);
    if (loop->size > 0) meter_add(METER_BATCHES, 0, 1);
    loop->done += loop->size;
    loop->size = loop->item_count - loop->done;
    loop->attempts = 0;
    if (loop->size == 0) return STEP_RESET;
    arena_reset(loop->attempt_arena);
    return STEP_PREFETCH; /* the rest of a batch that was split */
}

static enum step step_reset(struct loop *loop) {
    loop->record_count = loop->taken_count = loop->taken_done = loop->item_count = loop->done = loop->size = 0;
    loop->letter_count = loop->letters_sent = loop->letters_waiting = 0;
    loop->letter_round++;
    loop->attempts = 0;
    loop->batch = (struct stage_batch){0};
    arena_reset(loop->attempt_arena);
    arena_reset(loop->record_arena);
    loop->log->release(loop->log);
    return STEP_POLL;
}

static enum step step_release(struct loop *loop) {
    if (loop->record_count > 0) { /* FATAL in the middle of a batch */
        undo(loop);
        (void)step_reset(loop);
    }
    return loop_release(loop);
}

static enum step step_end(struct loop *loop) { return STEP_END; }

/* ---- the table --------------------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum step (*run)(struct loop *loop);
} steps[STEP_COUNT] = {
    [STEP_ACQUIRE] = {"acquire", step_acquire},    [STEP_POLL] = {"poll", step_poll},       [STEP_DECODE] = {"decode", step_decode},
    [STEP_LINEAGE] = {"lineage", step_lineage},    [STEP_LETTERS] = {"letters", step_letters},
    [STEP_PREFETCH] = {"prefetch", step_prefetch}, [STEP_HANDLE] = {"handle", step_handle}, [STEP_STORE] = {"store", step_store},
    [STEP_PRODUCE] = {"produce", step_produce},    [STEP_MARK] = {"mark", step_mark},       [STEP_RESET] = {"reset", step_reset},
    [STEP_WAIT] = {"wait", step_wait},             [STEP_RELEASE] = {"release", step_release}, [STEP_END] = {"end", step_end},
};

const char *step_name(enum step step) { return steps[step].name; }

void loop_step(struct loop *loop) {
    CHECK(loop->at < STEP_COUNT);
    enum step step = loop->at;
    fault_point("before", steps[step].name);
    loop->at = steps[step].run(loop);
    fault_point("after", steps[step].name);
}

struct loop *loop_create(const struct stage *stage, void *self, struct stage_log *log, const struct loop_options *options) {
    CHECK(stage->handle != NULL);
    CHECK((stage->produces == TOPIC_NONE) == (stage->truth != NULL));
    CHECK(options->batch_messages_max > 0 && options->in_flight_max >= options->batch_messages_max);
    struct loop *loop = calloc(1, sizeof *loop);
    CHECK(loop != NULL);
    size_t max = options->batch_messages_max;
    *loop = (struct loop){.stage = stage, .self = self, .log = log, .options = *options, .at = STEP_POLL};
    loop->record_arena = arena_create(BATCH_ARENA_MAX);
    loop->attempt_arena = arena_create(BATCH_ARENA_MAX);
    loop->messages = calloc(max, sizeof *loop->messages);
    loop->taken = calloc(max, sizeof *loop->taken);
    loop->items = calloc(max, sizeof *loop->items);
    loop->extras = calloc(max, sizeof *loop->extras);
    loop->letters = calloc(max, sizeof *loop->letters);
    CHECK(loop->messages != NULL && loop->taken != NULL && loop->items != NULL && loop->extras != NULL && loop->letters != NULL);
    log->context = loop;
    log->delivered = on_delivered;
    return loop;
}

void loop_destroy(struct loop *loop) {
    if (loop == NULL) return;
    for (int i = 0; i < STAGE_PARTITIONS_MAX; i++) {
        if (loop->spare[i] != NULL) free(loop->spare[i]->entries);
        free(loop->spare[i]);
    }
    arena_destroy(loop->record_arena);
    arena_destroy(loop->attempt_arena);
    free(loop->messages);
    free(loop->taken);
    free(loop->items);
    free(loop->extras);
    free(loop->letters);
    free(loop);
}

enum step loop_at(const struct loop *loop) { return loop->at; }
void loop_stop(struct loop *loop) { loop->stop_wished = true; }
void loop_pause(struct loop *loop, bool paused) { loop->paused = paused; }
bool loop_ended(const struct loop *loop) { return loop->at == STEP_END; }
struct err loop_end(const struct loop *loop) { return loop->end; }
bool loop_is_stopped(const struct loop *loop, int32_t partition) {
    return loop->partitions[partition] != NULL && loop->partitions[partition]->state == PARTITION_STOPPED;
}
