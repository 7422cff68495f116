/* A ring of sums over partitions. It keeps positions, not rates: who shows them knows over which time. */
#include "services/console/history.h"

#include "common/base/check.h"

static const enum topic stages[HISTORY_STAGES] = {TOPIC_SUBMITTED, TOPIC_ASSESSED, TOPIC_PRICED, TOPIC_DECIDED}; /* what each of them reads */

void history_take(struct history *history, const struct kafka_lag *rows, size_t count, int64_t now_ms) {
    struct history_sample sample = {.at_ms = now_ms};
    for (size_t i = 0; i < count; i++) {
        if (rows[i].topic == TOPIC_SUBMITTED) sample.submitted += rows[i].end;
        for (int k = 0; k < HISTORY_STAGES; k++) {
            if (rows[i].topic != stages[k]) continue;
            sample.done[k] += rows[i].committed > 0 ? rows[i].committed : 0;
            sample.lag[k] += rows[i].lag;
        }
    }
    history->samples[history->count++ % HISTORY_SAMPLES] = sample;
}

static void add(json_t *list, int64_t number) { CHECK(json_array_append_new(list, json_integer((json_int_t)number)) == 0); }

json_t *history_json(const struct history *history) {
    const uint64_t first = history->count > HISTORY_SAMPLES ? history->count - HISTORY_SAMPLES : 0;
    json_t *at = json_array(), *submitted = json_array(), *list = json_array(), *done[HISTORY_STAGES], *lag[HISTORY_STAGES];
    for (int k = 0; k < HISTORY_STAGES; k++) {
        done[k] = json_array();
        lag[k] = json_array();
        CHECK(json_array_append_new(list, json_pack("{s:s,s:o,s:o}", "group", topic_group(stages[k]), "done", done[k], "lag", lag[k])) == 0);
    }
    for (uint64_t i = first; i < history->count; i++) {
        const struct history_sample *sample = &history->samples[i % HISTORY_SAMPLES];
        add(at, sample->at_ms);
        add(submitted, sample->submitted);
        for (int k = 0; k < HISTORY_STAGES; k++) {
            add(done[k], sample->done[k]);
            add(lag[k], sample->lag[k]);
        }
    }
    return json_pack("{s:o,s:o,s:o}", "at", at, "submitted", submitted, "stages", list);
}
