/* Step x fault, on the real loop over the cluster in memory: every error class at every hook, a crash before every step, and what the log itself
 * may do: change the assignment, break the producer, be cut, grow again, lose records to retention. What must hold each time is the same:
 * every application has one outcome, in order, and nothing else was written. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/edge/log.h"
#include "common/stage/lineage.h"
#include "common/wire/wire.h"
#include "tests/stage/chain.h"

enum { RECORDS = 12, STEPS_MAX = 20000 };

struct bench {
    struct fake_cluster *cluster;
    struct chain_truth truth;
    uint64_t random;
    struct chain_instance *stages[CHAIN_STAGES];
};

static const struct fake_log_options at_once = {.deliver_at_once = true, .partitions = 1};

static void start(struct bench *bench, int stage) { bench->stages[stage] = chain_start(bench->cluster, stage, &bench->truth, &bench->random, &at_once, 5, 10); }

static struct bench *open_empty(void) {
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    bench->cluster = fake_cluster_create();
    return bench;
}

static struct bench *open_bench(void) {
    struct bench *bench = open_empty();
    for (uint32_t row = 1; row <= RECORDS; row++) chain_submit(bench->cluster, 0, 1, 0, row);
    for (int stage = 0; stage < CHAIN_STAGES; stage++) start(bench, stage);
    return bench;
}

static void close_bench(struct bench *bench) {
    for (int stage = 0; stage < CHAIN_STAGES; stage++) chain_end(bench->stages[stage]);
    fake_cluster_destroy(bench->cluster);
    free(bench);
}

static size_t decided(const struct bench *bench) { return bench->cluster->logs[TOPIC_DECIDED][0].count; }

static void turn(struct bench *bench) {
    for (int stage = 0; stage < CHAIN_STAGES; stage++)
        if (bench->stages[stage] != NULL && !loop_ended(bench->stages[stage]->loop)) loop_step(bench->stages[stage]->loop);
    fake_tick(bench->cluster, 1000);
}

static void turn_times(struct bench *bench, int times) {
    for (int i = 0; i < times; i++) turn(bench);
}

/* Until everything is decided and some turns longer, so that what is too much is seen as well. */
static void run_all(struct bench *bench, size_t records) {
    for (int i = 0; i < STEPS_MAX && decided(bench) < records; i++) turn(bench);
    turn_times(bench, 200);
}

/* Every origin once, in order, on every topic; the book and what was published agree. Parked is only `parked_row`. */
static void assert_whole(struct bench *bench, uint32_t parked_row) {
    struct chain_seen seen, priced;
    assert_int_equal(chain_read(bench->cluster, TOPIC_ASSESSED, 0, &seen), RECORDS);
    assert_int_equal(chain_read(bench->cluster, TOPIC_PRICED, 0, &priced), RECORDS);
    assert_int_equal(chain_read(bench->cluster, TOPIC_DECIDED, 0, &seen), RECORDS);
    assert_int_equal(bench->truth.next[0], RECORDS);
    for (int o = 0; o < RECORDS; o++) {
        assert_int_equal(seen.months[o], bench->truth.months[0][o]);
        assert_int_equal(priced.months[o], bench->truth.months[0][o]);
        assert_int_equal(seen.parked[o], (uint32_t)o + 1 == parked_row);
    }
}

static size_t letters(const struct bench *bench) {
    size_t count = 0;
    for (int topic = 0; topic < TOPIC_LIMIT; topic++) count += bench->cluster->letters[topic].count;
    return count;
}

/* ---- every class at every hook of every stage ---- */

static void check_fault(enum fate fate, enum hook hook, int stage, bool of_one_record) {
    struct bench *bench = open_bench();
    struct chain_instance *instance = bench->stages[stage];
    bool refuses = fate == FATE_SPLIT || fate == FATE_PARK;
    instance->fault = (struct chain_fault){.fate = fate, .hook = hook, .row = of_one_record ? 8 : 0, .times = of_one_record && refuses ? -1 : 3};
    run_all(bench, RECORDS);
    if (fate == FATE_FATAL) {
        assert_true(loop_ended(instance->loop));
        assert_int_equal(loop_end(instance->loop).fate, FATE_FATAL);
        assert_true(decided(bench) < RECORDS);
        assert_int_equal(letters(bench), 0);
        chain_end(instance);
        start(bench, stage); /* the supervisor */
        run_all(bench, RECORDS);
    }
    bool parks = refuses && of_one_record;
    if (parks || !refuses) assert_whole(bench, parks ? 8 : 0);
    if (parks || !refuses) assert_int_equal(letters(bench), parks ? 1 : 0); /* an outage never flows into the dead letters */
    if (fate != FATE_FATAL) assert_true(instance->undone > 0);
    close_bench(bench);
}

static void every_class_of_error_at_every_hook_ends_with_every_origin_once(void **state) {
    static const enum fate fates[] = {FATE_AGAIN, FATE_SPLIT, FATE_PARK, FATE_FENCED, FATE_FATAL};
    for (size_t f = 0; f < sizeof fates / sizeof *fates; f++)
        for (int hook = HOOK_PREFETCH; hook <= HOOK_STORE; hook++)
            for (int stage = 0; stage < CHAIN_STAGES; stage++)
                for (int of_one = 0; of_one <= 1; of_one++) check_fault(fates[f], (enum hook)hook, stage, of_one == 1);
}

/* ---- a crash before every step ---- */

static bool crash_before(enum step step, int stage, int arrival) {
    struct bench *bench = open_bench();
    bool crashed = false;
    chain_submit(bench->cluster, 0, 1, 0, 99); /* one more, so that there is work after the crash; row 99 is origin 12 */
    for (int i = 0, seen = 0; i < STEPS_MAX && decided(bench) < RECORDS + 1; i++) {
        turn(bench);
        if (crashed || loop_at(bench->stages[stage]->loop) != step || ++seen < arrival) continue;
        chain_end(bench->stages[stage]); /* with what it had in flight */
        start(bench, stage);
        crashed = true;
    }
    struct chain_seen seen;
    for (int topic = 1; topic <= CHAIN_STAGES; topic++) assert_int_equal(chain_read(bench->cluster, chain_topics[topic], 0, &seen), RECORDS + 1);
    for (int o = 0; o <= RECORDS; o++) assert_int_equal(seen.months[o], bench->truth.months[0][o]);
    assert_int_equal(bench->truth.next[0], RECORDS + 1);
    close_bench(bench);
    return crashed;
}

static void a_crash_before_any_step_changes_nothing(void **state) {
    static const enum step steps[] = {STEP_ACQUIRE, STEP_POLL, STEP_DECODE, STEP_LINEAGE, STEP_PREFETCH, STEP_HANDLE, STEP_STORE, STEP_PRODUCE, STEP_MARK, STEP_RESET};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (int stage = 0; stage < CHAIN_STAGES; stage++)
            for (int arrival = 1; arrival <= 3; arrival++) {
                bool crashed = crash_before(steps[s], stage, arrival);
                if (arrival == 1) assert_true(crashed); /* the step was met: the test is not empty */
            }
}

/* ---- bytes that can't be read ---- */

static void poison_in_submitted_gets_one_letter_and_a_parked_outcome(void **state) {
    struct bench *bench = open_empty();
    for (uint32_t row = 1; row <= RECORDS; row++) {
        if (row == 1 || row == 5) fake_append(bench->cluster, TOPIC_SUBMITTED, 0, slice_text(""), slice_text("\xff\xff poison")); /* also as the very first record */
        else chain_submit(bench->cluster, 0, 1, 0, row);
    }
    for (int stage = 0; stage < CHAIN_STAGES; stage++) start(bench, stage);
    run_all(bench, RECORDS);
    struct chain_seen seen;
    assert_int_equal(chain_read(bench->cluster, TOPIC_DECIDED, 0, &seen), RECORDS);
    for (int o = 0; o < RECORDS; o++) assert_int_equal(seen.parked[o], o == 0 || o == 4);
    assert_int_equal(bench->cluster->letters[TOPIC_SUBMITTED].count, 2);
    assert_int_equal(letters(bench), 2);
    close_bench(bench);
}

static void poison_at_the_end_of_submitted_does_not_look_like_a_cut_log_at_the_next_start(void **state) {
    struct bench *bench = open_bench();
    fake_append(bench->cluster, TOPIC_SUBMITTED, 0, slice_text(""), slice_text("\xff\xff poison"));
    run_all(bench, RECORDS + 1);
    chain_end(bench->stages[0]);
    start(bench, 0);
    turn_times(bench, 200);
    assert_false(loop_is_stopped(bench->stages[0]->loop, 0));
    chain_submit(bench->cluster, 0, 1, 0, RECORDS + 2);
    run_all(bench, RECORDS + 2);
    assert_int_equal(decided(bench), RECORDS + 2);
    close_bench(bench);
}

static void the_letter_is_delivered_before_the_parked_output_is_produced(void **state) {
    struct bench *bench = open_empty();
    fake_append(bench->cluster, TOPIC_SUBMITTED, 0, slice_text(""), slice_text("poison"));
    bench->stages[0] = chain_start(bench->cluster, 0, NULL, &bench->random, &(struct fake_log_options){.partitions = 1}, 5, 10);
    turn_times(bench, 100);
    assert_int_equal(loop_at(bench->stages[0]->loop), STEP_LETTERS);
    assert_int_equal(fake_deliver(bench->stages[0]->log, SIZE_MAX), 1); /* only the letter was under way */
    assert_int_equal(letters(bench), 1);
    turn_times(bench, 20);
    assert_int_equal(fake_deliver(bench->stages[0]->log, SIZE_MAX), 1);
    assert_int_equal(bench->cluster->logs[TOPIC_ASSESSED][0].count, 1);
    close_bench(bench);
}

/* ---- the log ---- */

static void a_broken_producer_is_made_anew_and_the_tail_says_where_to_go_on(void **state) {
    struct bench *bench = open_bench();
    for (int i = 0; i < 6; i++) {
        turn_times(bench, 11);
        for (int stage = 0; stage < CHAIN_STAGES; stage++) fake_break_producer(bench->stages[stage]->log);
    }
    run_all(bench, RECORDS);
    assert_whole(bench, 0);
    close_bench(bench);
}

static void a_revocation_in_the_middle_commits_what_is_delivered_and_a_new_assignment_goes_on(void **state) {
    struct bench *bench = open_bench();
    for (int i = 0; i < 3; i++) {
        turn_times(bench, 13);
        for (int stage = 0; stage < CHAIN_STAGES; stage++) {
            fake_revoke(bench->stages[stage]->log, i == 1);
            fake_assign(bench->stages[stage]->log, 1);
        }
    }
    run_all(bench, RECORDS);
    assert_whole(bench, 0);
    assert_int_equal(bench->cluster->commits[TOPIC_PRICED][0].offset, RECORDS);
    assert_string_equal(bench->cluster->commits[TOPIC_PRICED][0].metadata, "1:0:12");
    close_bench(bench);
}

static void positions_that_cannot_be_asked_are_asked_again(void **state) {
    struct bench *bench = open_bench();
    for (int stage = 0; stage < CHAIN_STAGES; stage++) fake_refuse_questions(bench->stages[stage]->log, 7);
    run_all(bench, RECORDS);
    assert_whole(bench, 0);
    close_bench(bench);
}

static void nothing_is_committed_before_it_is_delivered(void **state) {
    struct bench *bench = open_empty();
    for (uint32_t row = 1; row <= 4; row++) chain_submit(bench->cluster, 0, 1, 0, row);
    bench->stages[0] = chain_start(bench->cluster, 0, NULL, &bench->random, &(struct fake_log_options){.partitions = 1}, 4, 8);
    turn_times(bench, 300);
    assert_int_equal(bench->cluster->commits[TOPIC_SUBMITTED][0].offset, 0); /* the start, so that lag tools see the partition */
    assert_int_equal(fake_deliver(bench->stages[0]->log, 3), 3);
    turn_times(bench, 300);
    assert_int_equal(bench->cluster->commits[TOPIC_SUBMITTED][0].offset, 3);
    assert_string_equal(bench->cluster->commits[TOPIC_SUBMITTED][0].metadata, "1:0:3");
    close_bench(bench);
}

static void a_full_window_waits_for_deliveries_and_takes_no_more(void **state) {
    struct bench *bench = open_empty();
    for (uint32_t row = 1; row <= 100; row++) chain_submit(bench->cluster, 0, 1, 0, row);
    bench->stages[0] = chain_start(bench->cluster, 0, NULL, &bench->random, &(struct fake_log_options){.partitions = 1}, 5, 10);
    turn_times(bench, 1000);
    assert_in_range(fake_position(bench->stages[0]->log, 0), 10, 15);
    while (bench->cluster->logs[TOPIC_ASSESSED][0].count < 100) {
        (void)fake_deliver(bench->stages[0]->log, 1);
        turn_times(bench, 12);
    }
    struct chain_seen seen;
    assert_int_equal(chain_read(bench->cluster, TOPIC_ASSESSED, 0, &seen), 100);
    assert_int_equal(seen.repeats, 0);
    close_bench(bench);
}

/* Steps one stage until its output has `count` records; answers how much time passed on the way. */
static int64_t us_until(struct bench *bench, size_t count) {
    int64_t began_us = bench->cluster->now_us;
    for (int i = 0; i < STEPS_MAX && bench->cluster->logs[TOPIC_ASSESSED][0].count < count; i++) {
        loop_step(bench->stages[0]->loop);
        fake_tick(bench->cluster, 10);
    }
    assert_int_equal(bench->cluster->logs[TOPIC_ASSESSED][0].count, count);
    return bench->cluster->now_us - began_us;
}

static void submit_rows(struct bench *bench, uint32_t first, uint32_t last) {
    for (uint32_t row = first; row <= last; row++) chain_submit(bench->cluster, 0, 1, 0, row);
}

static void a_stage_that_gathers_begins_few_batches_and_never_waits_before_a_backlog(void **state) {
    enum { GATHER_MS = 250, BATCH_MAX = 5 };
    struct bench *bench = open_empty();
    struct stage gathering = chain_stages[0];
    gathering.gather_ms = GATHER_MS;
    start(bench, 0);
    loop_destroy(bench->stages[0]->loop);
    bench->stages[0]->loop = loop_create(&gathering, bench->stages[0], bench->stages[0]->log,
                                         &(struct loop_options){.group = "payung-test", .version = "0", .batch_messages_max = BATCH_MAX, .in_flight_max = 2 * BATCH_MAX, .seed = 7});
    (void)us_until(bench, 0);
    for (int i = 0; i < 50; i++) loop_step(bench->stages[0]->loop);
    fake_tick(bench->cluster, 10000000);
    submit_rows(bench, 1, 2);
    assert_true(us_until(bench, 2) < GATHER_MS * 1000); /* the first one after a pause does not wait */
    submit_rows(bench, 3, 4);
    assert_true(us_until(bench, 4) >= GATHER_MS * 900); /* the next ones come together */
    fake_tick(bench->cluster, 10000000);
    submit_rows(bench, 5, 4 + 3 * BATCH_MAX);
    assert_true(us_until(bench, 4 + 3 * BATCH_MAX) < GATHER_MS * 1000); /* full batches follow each other */
    close_bench(bench);
}

static void a_paused_stage_takes_nothing_new_commits_what_it_has_done_and_goes_on(void **state) {
    struct bench *bench = open_empty();
    submit_rows(bench, 1, 3);
    start(bench, 0);
    (void)us_until(bench, 3);
    loop_pause(bench->stages[0]->loop, true);
    submit_rows(bench, 4, 8);
    turn_times(bench, 300);
    assert_int_equal(bench->cluster->logs[TOPIC_ASSESSED][0].count, 3);
    assert_int_equal(bench->cluster->commits[TOPIC_SUBMITTED][0].offset, 3);
    fake_assign(bench->stages[0]->log, 1); /* a change of the group is still heard */
    turn_times(bench, 300);
    assert_int_equal(bench->cluster->logs[TOPIC_ASSESSED][0].count, 3);
    assert_false(loop_is_stopped(bench->stages[0]->loop, 0));
    loop_pause(bench->stages[0]->loop, false);
    (void)us_until(bench, 8);
    struct chain_seen seen;
    assert_int_equal(chain_read(bench->cluster, TOPIC_ASSESSED, 0, &seen), 8);
    assert_int_equal(seen.repeats, 0);
    close_bench(bench);
}

static void a_stop_finishes_what_is_in_hand_and_commits_it(void **state) {
    struct bench *bench = open_bench();
    run_all(bench, RECORDS);
    for (int stage = 0; stage < CHAIN_STAGES; stage++) loop_stop(bench->stages[stage]->loop);
    turn_times(bench, 50);
    for (int stage = 0; stage < CHAIN_STAGES; stage++) {
        assert_true(loop_ended(bench->stages[stage]->loop));
        assert_int_equal(loop_end(bench->stages[stage]->loop).fate, FATE_OK);
        assert_int_equal(bench->cluster->commits[chain_topics[stage]][0].offset, RECORDS);
    }
    close_bench(bench);
}

static void a_stop_without_deliveries_ends_all_the_same(void **state) {
    struct bench *bench = open_empty();
    chain_submit(bench->cluster, 0, 1, 0, 1);
    bench->stages[0] = chain_start(bench->cluster, 0, NULL, &bench->random, &(struct fake_log_options){.partitions = 1}, 5, 10);
    turn_times(bench, 50);
    int64_t began_us = bench->cluster->now_us;
    loop_stop(bench->stages[0]->loop);
    turn_times(bench, 200);
    assert_true(loop_ended(bench->stages[0]->loop));
    assert_true(bench->cluster->now_us - began_us < 5000000);
    close_bench(bench);
}

static void a_stop_ends_the_wait_for_a_dependency(void **state) {
    struct bench *bench = open_bench();
    bench->stages[0]->fault = (struct chain_fault){.fate = FATE_AGAIN, .hook = HOOK_STORE, .times = 1000000};
    turn_times(bench, 500);
    loop_stop(bench->stages[0]->loop);
    turn_times(bench, 50);
    assert_true(loop_ended(bench->stages[0]->loop));
    assert_int_equal(bench->cluster->logs[TOPIC_ASSESSED][0].count, 0);
    assert_int_equal(letters(bench), 0);
    close_bench(bench);
}

/* ---- loss, cut logs, epochs ---- */

static void a_lost_record_stops_its_partition_and_a_restart_does_not_go_over_it(void **state) {
    struct bench *bench = open_bench();
    for (int i = 0; i < STEPS_MAX && bench->cluster->logs[TOPIC_ASSESSED][0].count < RECORDS; i++) loop_step(bench->stages[0]->loop);
    bench->cluster->logs[TOPIC_ASSESSED][0].records[7].lost = true;
    turn_times(bench, 500);
    assert_true(loop_is_stopped(bench->stages[1]->loop, 0));
    assert_int_equal(bench->truth.next[0], 7);
    assert_int_equal(fake_assigned_partitions(bench->stages[1]->log), 0); /* it is not read any more */
    chain_end(bench->stages[1]);
    start(bench, 1);
    turn_times(bench, 500);
    assert_true(loop_is_stopped(bench->stages[1]->loop, 0));
    assert_int_equal(bench->truth.next[0], 7);
    close_bench(bench);
}

static void a_loss_that_only_the_store_knows_stops_its_partition_and_no_other(void **state) {
    struct bench *bench = open_empty();
    static const struct fake_log_options both = {.deliver_at_once = true, .partitions = 2};
    for (uint32_t row = 1; row <= RECORDS; row++) {
        chain_submit(bench->cluster, 0, 1, 0, row);
        chain_submit(bench->cluster, 1, 1, 0, 100 + row);
    }
    for (int stage = 0; stage < CHAIN_STAGES; stage++) bench->stages[stage] = chain_start(bench->cluster, stage, &bench->truth, &bench->random, &both, 5, 10);
    bench->stages[2]->fault = (struct chain_fault){.fate = FATE_HALT, .hook = HOOK_PREFETCH, .row = 6, .times = -1};
    run_all(bench, RECORDS);
    turn_times(bench, 1000);
    assert_false(loop_ended(bench->stages[2]->loop));
    assert_true(loop_is_stopped(bench->stages[2]->loop, 0));
    assert_false(loop_is_stopped(bench->stages[2]->loop, 1));
    assert_int_equal(fake_assigned_partitions(bench->stages[2]->log), 1);
    struct chain_seen seen;
    assert_int_equal(chain_read(bench->cluster, TOPIC_DECIDED, 0, &seen), 5); /* what stood before it was handed over */
    assert_int_equal(chain_read(bench->cluster, TOPIC_DECIDED, 1, &seen), RECORDS);
    assert_int_equal(letters(bench), 0);
    assert_int_equal(bench->cluster->commits[TOPIC_PRICED][0].offset, 5);
    close_bench(bench);
}

static void a_log_that_ends_before_what_was_done_stops_the_partition(void **state) {
    struct bench *bench = open_bench();
    run_all(bench, RECORDS);
    for (int stage = 0; stage < 2; stage++) {
        struct fake_partition *log = &bench->cluster->logs[chain_topics[stage]][0];
        size_t whole = log->count;
        chain_end(bench->stages[stage]);
        log->count = whole - 3; /* a broker lost what it had not flushed */
        start(bench, stage);
        turn_times(bench, 100);
        assert_true(loop_is_stopped(bench->stages[stage]->loop, 0));
        log->count = whole;
    }
    close_bench(bench);
}

static void a_log_that_was_cut_and_has_grown_again_is_seen_by_its_applications(void **state) {
    struct bench *bench = open_bench();
    run_all(bench, RECORDS);
    struct arena *arena = arena_create(1 << 20);
    fake_double(bench->cluster, TOPIC_ASSESSED, 0, RECORDS - 1); /* the same again is only a repeat */
    turn_times(bench, 50);
    assert_false(loop_is_stopped(bench->stages[1]->loop, 0));
    struct bench *other = open_empty(); /* somebody else at an origin that was seen */
    for (uint32_t row = 101; row <= 100 + RECORDS; row++) chain_submit(other->cluster, 0, 1, 0, row);
    start(other, 0);
    for (int i = 0; i < 200; i++) loop_step(other->stages[0]->loop);
    const struct fake_record *stranger = &other->cluster->logs[TOPIC_ASSESSED][0].records[RECORDS - 2];
    fake_append(bench->cluster, TOPIC_ASSESSED, 0, slice_text(""), slice_of(stranger->value, stranger->value_size));
    turn_times(bench, 50);
    assert_true(loop_is_stopped(bench->stages[1]->loop, 0));
    arena_destroy(arena);
    close_bench(other);
    close_bench(bench);
}

static void records_that_retention_removed_unread_are_an_alarm_not_a_skip(void **state) {
    struct bench *bench = open_bench();
    run_all(bench, RECORDS);
    chain_end(bench->stages[0]);
    for (uint32_t row = 201; row <= 206; row++) chain_submit(bench->cluster, 0, 1, 0, row);
    bench->cluster->logs[TOPIC_SUBMITTED][0].low = RECORDS + 3;
    start(bench, 0);
    turn_times(bench, 200);
    assert_true(loop_is_stopped(bench->stages[0]->loop, 0));
    assert_int_equal(decided(bench), RECORDS);
    close_bench(bench);
}

static void lost_offsets_start_at_the_tail_and_without_it_at_the_ledger(void **state) {
    struct bench *bench = open_bench();
    run_all(bench, RECORDS);
    for (int stage = 0; stage < CHAIN_STAGES; stage++) {
        chain_end(bench->stages[stage]);
        bench->cluster->commits[chain_topics[stage]][0] = (struct stage_commit){.offset = -1};
    }
    for (int stage = 0; stage < CHAIN_STAGES; stage++) start(bench, stage);
    turn_times(bench, 300);
    assert_whole(bench, 0);
    assert_int_equal(decided(bench), RECORDS); /* nothing was written again */
    close_bench(bench);
}

static void a_new_epoch_is_taken_up_where_it_begins(void **state) {
    struct bench *bench = open_bench();
    run_all(bench, RECORDS);
    for (uint32_t row = 301; row <= 304; row++) chain_submit(bench->cluster, 0, 2, RECORDS, row); /* begins at origin 12 */
    chain_submit(bench->cluster, 0, 1, 0, 305); /* an intake that was replaced: acknowledged, so it gets an outcome */
    run_all(bench, RECORDS + 5);
    struct chain_seen seen;
    assert_int_equal(chain_read(bench->cluster, TOPIC_DECIDED, 0, &seen), RECORDS + 5);
    assert_string_equal(bench->cluster->commits[TOPIC_PRICED][0].metadata, "2:12:17");
    close_bench(bench);
}

static void where_an_epoch_began_is_no_records_to_say(void **state) {
    struct bench *bench = open_bench();
    chain_submit(bench->cluster, 0, 1, 5, RECORDS + 1); /* a forged beginning: the ledger would refuse it for ever */
    run_all(bench, RECORDS + 1);
    const struct fake_record *record = &bench->cluster->logs[TOPIC_ASSESSED][0].records[RECORDS];
    struct arena *arena = arena_create(1 << 20);
    struct assessed assessed;
    assert_true(wire_decode_assessed(arena, slice_of(record->value, record->value_size), &assessed));
    assert_int_equal(assessed.lineage.origin, RECORDS);
    assert_int_equal(assessed.lineage.first_origin, 0);
    arena_destroy(arena);
    close_bench(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_of_error_at_every_hook_ends_with_every_origin_once),
        cmocka_unit_test(a_crash_before_any_step_changes_nothing),
        cmocka_unit_test(poison_in_submitted_gets_one_letter_and_a_parked_outcome),
        cmocka_unit_test(poison_at_the_end_of_submitted_does_not_look_like_a_cut_log_at_the_next_start),
        cmocka_unit_test(the_letter_is_delivered_before_the_parked_output_is_produced),
        cmocka_unit_test(a_broken_producer_is_made_anew_and_the_tail_says_where_to_go_on),
        cmocka_unit_test(a_revocation_in_the_middle_commits_what_is_delivered_and_a_new_assignment_goes_on),
        cmocka_unit_test(positions_that_cannot_be_asked_are_asked_again),
        cmocka_unit_test(nothing_is_committed_before_it_is_delivered),
        cmocka_unit_test(a_full_window_waits_for_deliveries_and_takes_no_more),
        cmocka_unit_test(a_stage_that_gathers_begins_few_batches_and_never_waits_before_a_backlog),
        cmocka_unit_test(a_paused_stage_takes_nothing_new_commits_what_it_has_done_and_goes_on),
        cmocka_unit_test(a_stop_finishes_what_is_in_hand_and_commits_it),
        cmocka_unit_test(a_stop_without_deliveries_ends_all_the_same),
        cmocka_unit_test(a_stop_ends_the_wait_for_a_dependency),
        cmocka_unit_test(a_lost_record_stops_its_partition_and_a_restart_does_not_go_over_it),
        cmocka_unit_test(a_loss_that_only_the_store_knows_stops_its_partition_and_no_other),
        cmocka_unit_test(a_log_that_ends_before_what_was_done_stops_the_partition),
        cmocka_unit_test(a_log_that_was_cut_and_has_grown_again_is_seen_by_its_applications),
        cmocka_unit_test(records_that_retention_removed_unread_are_an_alarm_not_a_skip),
        cmocka_unit_test(lost_offsets_start_at_the_tail_and_without_it_at_the_ledger),
        cmocka_unit_test(a_new_epoch_is_taken_up_where_it_begins),
        cmocka_unit_test(where_an_epoch_began_is_no_records_to_say),
    };
    log_setup("test", "faults", getenv("PAYUNG_TEST_LOG") != NULL ? LOG_INFO : LOG_ERROR + 1);
    if (getenv("PAYUNG_TEST_ONLY") != NULL) cmocka_set_test_filter(getenv("PAYUNG_TEST_ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
