/* The three stages. Each is a descriptor with hooks, as services are. */
#include "tests/stage/chain.h"

#include <stdlib.h>

#include "common/stage/codec.h"
#include "common/wire/wire.h"

const enum topic chain_topics[CHAIN_STAGES + 1] = {TOPIC_SUBMITTED, TOPIC_ASSESSED, TOPIC_PRICED, TOPIC_DECIDED};

uint64_t chain_random(uint64_t *state) { /* splitmix64 */
    uint64_t value = (*state += UINT64_C(0x9e3779b97f4a7c15));
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static struct id application_of(int32_t partition, uint32_t row) {
    struct id id = {{0}};
    id.bytes[0] = 1;
    id.bytes[1] = (uint8_t)partition;
    memcpy(id.bytes + 4, &row, sizeof row);
    return id;
}

void chain_submit(struct fake_cluster *cluster, int32_t partition, uint32_t epoch, int64_t first_origin, uint32_t row) {
    struct arena *arena = arena_create(1 << 20);
    struct submitted message = {.lineage = {.epoch = epoch, .first_origin = first_origin},
                                .application = {.application_id = application_of(partition, row), .attempt = 1, .row = row,
                                                .agreement_id = slice_text("kepahiang-2025"), .submitted_at_ms = 1757900000000}};
    fake_append(cluster, TOPIC_SUBMITTED, partition, slice_text("kepahiang-2025"), wire_encode_submitted(arena, &message));
    arena_destroy(arena);
}

static bool hits(struct chain_instance *instance, enum hook hook, const struct stage_item *items, size_t count) {
    struct chain_fault *fault = &instance->fault;
    if (fault->fate == FATE_OK || fault->hook != hook || fault->times == 0) return false;
    for (size_t i = 0; i < count; i++) {
        if (items[i].parked != CODE_NONE || items[i].in == NULL) continue;
        const struct submitted *same_head = items[i].in; /* every message begins with lineage and application */
        if (fault->row != 0 && same_head->application.row != fault->row) continue;
        if (fault->times > 0) fault->times--;
        return true;
    }
    return false;
}

static struct err fail(const struct chain_instance *instance) { return err_make(instance->fault.fate, "the test wants %s", fate_name(instance->fault.fate)); }

static struct err chain_prefetch(void *self, struct stage_batch *batch, void **ret_facts) {
    struct chain_instance *instance = self;
    instance->opened++;
    if (instance->truth != NULL) memcpy(instance->expected, instance->truth->next, sizeof instance->expected);
    if (hits(instance, HOOK_PREFETCH, batch->items, batch->count)) return fail(instance);
    *ret_facts = instance;
    return OK;
}

static struct verdict verdict_of(struct chain_instance *instance, const struct stage_item *item) {
    return (struct verdict){.status = item->parked != CODE_NONE || item->in == NULL ? VERDICT_PARKED : VERDICT_ELIGIBLE,
                            .months = 1 + (uint32_t)(chain_random(instance->random) % 10)};
}

static struct err judge_one(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item) {
    if (hits(facts, HOOK_HANDLE, item, 1)) return fail(facts);
    struct assessed *out = arena_zero(batch->arena, 1, sizeof *out);
    const struct submitted *in = item->in;
    if (in != NULL) out->application = in->application;
    out->lineage = item->lineage;
    out->verdict = verdict_of(facts, item);
    item->out = out;
    return OK;
}

static struct err price_one(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item) {
    if (hits(facts, HOOK_HANDLE, item, 1)) return fail(facts);
    struct priced *out = arena_zero(batch->arena, 1, sizeof *out);
    const struct assessed *in = item->in;
    out->application = in->application;
    out->lineage = item->lineage;
    out->verdict = verdict_of(facts, item);
    if (in->verdict.status == VERDICT_PARKED) out->verdict.status = VERDICT_PARKED;
    item->out = out;
    return OK;
}

/* What was booked before a crash is answered from the store, as the ledger does. */
static struct err book_one(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item) {
    struct chain_instance *instance = facts;
    if (hits(instance, HOOK_HANDLE, item, 1)) return fail(instance);
    struct decided *out = arena_zero(batch->arena, 1, sizeof *out);
    const struct priced *in = item->in;
    bool stored = item->lineage.origin < instance->expected[item->partition];
    bool parked = item->parked != CODE_NONE || in->verdict.status == VERDICT_PARKED;
    out->lineage = item->lineage;
    out->outcome = (struct outcome){.application_id = in->application.application_id, .attempt = in->application.attempt, .status = OUTCOME_ACCEPTED,
                                    .months = in->verdict.months, .decided_at_ms = 1757900000000};
    if (stored) {
        out->outcome.months = instance->truth->months[item->partition][item->lineage.origin];
        parked = instance->truth->parked[item->partition][item->lineage.origin];
    }
    if (parked) out->outcome.status = OUTCOME_PARKED;
    item->out = out;
    return OK;
}

static void book_item(struct chain_truth *truth, const struct stage_item *item) {
    const struct decided *out = item->out;
    int64_t origin = item->lineage.origin;
    CHECK(origin < CHAIN_RECORDS_MAX && truth->next[item->partition] == origin);
    truth->months[item->partition][origin] = out->outcome.months;
    truth->applications[item->partition][origin] = out->outcome.application_id;
    truth->parked[item->partition][origin] = out->outcome.status == OUTCOME_PARKED;
    truth->next[item->partition]++;
}

static struct err book_store(void *self, void *facts, struct stage_batch *batch) {
    struct chain_instance *instance = self;
    for (size_t i = 0; i < batch->span_count; i++) { /* compare, all or nothing */
        int32_t p = batch->spans[i].partition;
        if (instance->truth->next[p] != instance->expected[p] || batch->spans[i].from > instance->expected[p])
            return ERR(FENCED, "partition %d was moved by another", p);
    }
    if (hits(instance, HOOK_STORE, batch->items, batch->count)) return fail(instance);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->items[i].lineage.origin >= instance->expected[batch->items[i].partition]) book_item(instance->truth, &batch->items[i]);
    return OK;
}

static struct err plain_store(void *self, void *facts, struct stage_batch *batch) {
    return hits(self, HOOK_STORE, batch->items, batch->count) ? fail(self) : OK;
}

static void chain_undo(void *self) { ((struct chain_instance *)self)->undone++; }

static struct err book_fallback(void *self, int32_t partition, struct stage_position *ret_position) {
    const struct chain_instance *instance = self;
    int64_t next = instance->truth->next[partition];
    *ret_position = (struct stage_position){.epoch = next > 0, .next = next};
    return OK;
}

const struct stage chain_stages[CHAIN_STAGES] = {
    {.name = "judge", .story = "A test.", .consumes = TOPIC_SUBMITTED, .produces = TOPIC_ASSESSED, .prefetch = chain_prefetch, .handle = judge_one,
     .store = plain_store, .undo = chain_undo},
    {.name = "price", .story = "A test.", .consumes = TOPIC_ASSESSED, .produces = TOPIC_PRICED, .prefetch = chain_prefetch, .handle = price_one,
     .store = plain_store, .undo = chain_undo},
    {.name = "book", .story = "A test.", .consumes = TOPIC_PRICED, .produces = TOPIC_DECIDED, .prefetch = chain_prefetch, .handle = book_one,
     .store = book_store, .undo = chain_undo, .fallback_next = book_fallback},
};

struct chain_instance *chain_start(struct fake_cluster *cluster, int stage, struct chain_truth *truth, uint64_t *random,
                                   const struct fake_log_options *log, size_t batch_max, size_t in_flight_max) {
    struct chain_instance *instance = calloc(1, sizeof *instance);
    CHECK(instance != NULL);
    *instance = (struct chain_instance){.stage = stage, .truth = stage == 2 ? truth : NULL, .random = random};
    instance->log = fake_log_open(cluster, chain_topics[stage], log);
    instance->loop = loop_create(&chain_stages[stage], instance, instance->log,
                                 &(struct loop_options){.group = "payung-test", .version = "0", .batch_messages_max = batch_max, .in_flight_max = in_flight_max, .seed = 7});
    return instance;
}

void chain_end(struct chain_instance *instance) {
    if (instance == NULL) return;
    loop_destroy(instance->loop);
    fake_log_close(instance->log);
    free(instance);
}

int chain_read(const struct fake_cluster *cluster, enum topic topic, int32_t partition, struct chain_seen *ret_seen) {
    const struct fake_partition *log = &cluster->logs[topic][partition];
    struct arena *arena = arena_create(1 << 20);
    int next = 0;
    memset(ret_seen, 0, sizeof *ret_seen);
    for (size_t i = 0; i < log->count && next >= 0; i++) {
        if (log->records[i].lost) continue;
        arena_reset(arena);
        const void *message = codec_decode(topic, arena, slice_of(log->records[i].value, log->records[i].value_size));
        if (message == NULL) {
            ret_seen->foreign++;
            continue;
        }
        struct codec_view view = codec_view(topic, message);
        if (view.lineage.origin < next) ret_seen->repeats++;
        if (view.lineage.origin > next) next = -1;
        if (next < 0 || view.lineage.origin != next) continue;
        CHECK(next < CHAIN_RECORDS_MAX);
        ret_seen->applications[next] = view.application_id;
        const struct decided *decided = message;
        const struct assessed *assessed = message; /* priced begins the same way */
        ret_seen->months[next] = topic == TOPIC_DECIDED ? decided->outcome.months : assessed->verdict.months;
        ret_seen->parked[next] = topic == TOPIC_DECIDED ? decided->outcome.status == OUTCOME_PARKED : assessed->verdict.status == VERDICT_PARKED;
        next++;
    }
    arena_destroy(arena);
    return next;
}
