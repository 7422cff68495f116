/* Thousands of random schedules of the real loop over a cluster in memory: crashes at any step, zombies that go on working, writes that land
 * late, commits that are lost, dependencies that are away, doubled records, lost records. The same seed gives the same schedule.
 *
 * Checked after each: a reader by rule 3 sees every origin once and in order on every topic, without a gap; the book holds every origin once, took the
 * verdict that stands first in the log, and what it published first is what it booked; nobody raised an alarm. With one record lost between two
 * stages: somebody stopped the partition, unless a twin of the record was written as well. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/edge/log.h"
#include "tests/stage/chain.h"

enum { RECORDS = 14, PARTITIONS = 2, ZOMBIES_MAX = 6, TICKS_MAX = 60000 };

struct world {
    uint64_t seed, random;
    struct fake_cluster *cluster;
    struct chain_truth truth;
    struct chain_instance *live[CHAIN_STAGES];
    struct chain_instance *zombies[ZOMBIES_MAX];
    bool lose, lost, doubled;
    int64_t cut;
    size_t lost_at;
    int halted; /* partitions that any instance stopped */
};

static bool chance(struct world *world, unsigned percent) { return chain_random(&world->random) % 100 < percent; }

static struct chain_instance *start(struct world *world, int stage) {
    size_t batch = 1 + chain_random(&world->random) % 5;
    struct chain_instance *instance = chain_start(world->cluster, stage, &world->truth, &world->random,
                                                  &(struct fake_log_options){.partitions = PARTITIONS}, batch, batch + chain_random(&world->random) % 6);
    if (chance(world, 20))
        instance->fault = (struct chain_fault){.fate = FATE_AGAIN, .hook = (enum hook)(chain_random(&world->random) % 3), .times = 1};
    return instance;
}

static void note_halts(struct world *world, const struct chain_instance *instance) {
    for (int32_t p = 0; p < PARTITIONS; p++)
        if (loop_is_stopped(instance->loop, p)) world->halted |= 1 << p;
}

/* The old one goes on as a zombie: nobody tells it. Of a full house one is killed for good, with what it had in flight. */
static void replace(struct world *world, int stage) {
    size_t place = chain_random(&world->random) % ZOMBIES_MAX;
    chain_end(world->zombies[place]);
    world->zombies[place] = world->live[stage];
    if (chance(world, 50)) fake_cut_off(world->live[stage]->log); /* killed: only what is in flight may still land */
    world->live[stage] = start(world, stage);
}

static void step(struct world *world, struct chain_instance *instance) {
    for (uint64_t i = chain_random(&world->random) % 12; i > 0; i--) loop_step(instance->loop);
    note_halts(world, instance);
}

static void stir_zombie(struct world *world) {
    struct chain_instance *zombie = world->zombies[chain_random(&world->random) % ZOMBIES_MAX];
    if (zombie == NULL) return;
    (void)fake_deliver(zombie->log, chain_random(&world->random) % 3);
    if (chance(world, 50)) step(world, zombie);
}

static bool has_read(const struct world *world, const struct chain_instance *instance) {
    return instance != NULL && instance->stage == 1 && fake_position(instance->log, 0) > world->cut;
}

static bool anybody_has_read(const struct world *world) {
    for (int i = 0; i < ZOMBIES_MAX; i++)
        if (has_read(world, world->zombies[i])) return true;
    return has_read(world, world->live[1]);
}

/* When nobody has read it, and its input is committed, losing it is a real loss. A twin of it that is still in flight may heal it later. */
static void lose_one(struct world *world) {
    struct fake_partition *log = &world->cluster->logs[TOPIC_ASSESSED][0];
    struct chain_seen seen;
    if (world->lost || (int64_t)log->count <= world->cut || chain_read(world->cluster, TOPIC_ASSESSED, 0, &seen) <= world->cut) return;
    if (anybody_has_read(world) || chain_read(world->cluster, TOPIC_PRICED, 0, &seen) > world->cut) return;
    if (world->cluster->commits[TOPIC_SUBMITTED][0].offset <= world->cut) return;
    world->lost = true;
    log->records[world->cut].lost = true;
}

static void double_one(struct world *world) {
    struct fake_partition *log = &world->cluster->logs[TOPIC_ASSESSED][1];
    if (log->count == 0) return;
    fake_double(world->cluster, TOPIC_ASSESSED, 1, chain_random(&world->random) % log->count);
}

static bool finished(struct world *world) {
    struct chain_seen seen;
    for (int32_t p = 0; p < PARTITIONS; p++)
        if (world->truth.next[p] < RECORDS || chain_read(world->cluster, TOPIC_DECIDED, p, &seen) < RECORDS) return false;
    return true;
}

static void open_world(struct world *world, uint64_t seed, bool lose) {
    *world = (struct world){.seed = seed, .random = seed * 1000003 + lose, .cluster = fake_cluster_create(), .lose = lose};
    world->cut = (int64_t)(chain_random(&world->random) % (RECORDS - 1));
    for (int32_t p = 0; p < PARTITIONS; p++)
        for (uint32_t row = 1; row <= RECORDS; row++) chain_submit(world->cluster, p, 1, 0, row);
    for (int stage = 0; stage < CHAIN_STAGES; stage++) world->live[stage] = start(world, stage);
}

static void close_world(struct world *world) {
    for (int i = 0; i < CHAIN_STAGES; i++) chain_end(world->live[i]);
    for (int i = 0; i < ZOMBIES_MAX; i++) chain_end(world->zombies[i]);
    fake_cluster_destroy(world->cluster);
}

static void turn(struct world *world) {
    int stage = (int)(chain_random(&world->random) % CHAIN_STAGES);
    if (world->lose && !world->lost && stage == 1 && chance(world, 90)) stage = 0; /* so that the loss can happen before it is read */
    uint64_t what = chain_random(&world->random) % 100;
    if (what < 2) replace(world, stage);
    else if (what < 50) step(world, world->live[stage]);
    else if (what < 90) (void)fake_deliver(world->live[stage]->log, 1 + chain_random(&world->random) % 4);
    else if (what < 92) double_one(world);
    else if (what < 93) fake_break_producer(world->live[stage]->log);
    stir_zombie(world);
    if (world->lose) lose_one(world);
    fake_tick(world->cluster, 5000);
}

static const char *check_topics(const struct world *world) {
    static struct chain_seen priced, decided, seen;
    for (int32_t p = 0; p < PARTITIONS; p++) {
        for (int stage = 1; stage <= CHAIN_STAGES; stage++)
            if (chain_read(world->cluster, chain_topics[stage], p, &seen) != RECORDS) return "a topic is not complete and in order";
        (void)chain_read(world->cluster, TOPIC_PRICED, p, &priced);
        (void)chain_read(world->cluster, TOPIC_DECIDED, p, &decided);
        for (int o = 0; o < RECORDS; o++) {
            if (priced.months[o] != world->truth.months[p][o]) return "the book took another verdict than the first in the log";
            if (decided.months[o] != world->truth.months[p][o]) return "what was published is not what was booked";
            if (memcmp(decided.applications[o].bytes, world->truth.applications[p][o].bytes, ID_BYTES) != 0) return "another application was published";
        }
    }
    return NULL;
}

/* Where everybody stands: only when a schedule went wrong. */
static void describe(const struct world *world) {
    struct chain_seen seen;
    for (int32_t p = 0; p < PARTITIONS; p++)
        print_message("partition %d: assessed %d priced %d booked %d decided %d\n", p, chain_read(world->cluster, TOPIC_ASSESSED, p, &seen),
                      chain_read(world->cluster, TOPIC_PRICED, p, &seen), (int)world->truth.next[p], chain_read(world->cluster, TOPIC_DECIDED, p, &seen));
    for (int i = 0; i < CHAIN_STAGES; i++)
        print_message("stage %d is at %s, undone %d, end %s\n", i, step_name(loop_at(world->live[i]->loop)), world->live[i]->undone, loop_end(world->live[i]->loop).text);
}

static const char *run(uint64_t seed) {
    struct world world;
    open_world(&world, seed, false);
    int tick = 0;
    for (; tick < TICKS_MAX && !(tick % 16 == 0 && finished(&world)); tick++) turn(&world);
    const char *wrong = world.halted != 0 ? "an alarm without a loss" : tick == TICKS_MAX ? "it did not end" : check_topics(&world);
    if (wrong != NULL) describe(&world);
    close_world(&world);
    return wrong;
}

static bool twin_exists(const struct world *world) {
    struct chain_seen seen;
    return chain_read(world->cluster, TOPIC_ASSESSED, 0, &seen) > world->cut;
}

/* NULL: noticed, or there was nothing to notice. */
static const char *run_with_loss(uint64_t seed, int *losses) {
    struct world world;
    open_world(&world, seed, true);
    int tick = 0;
    for (; tick < TICKS_MAX / 10 && !(world.halted & 1); tick++) turn(&world);
    const char *wrong = NULL;
    if (world.lost && !twin_exists(&world)) {
        (*losses)++;
        if (world.truth.next[0] > world.cut) wrong = "the book went over a lost record";
        else if (!(world.halted & 1) && world.cluster->logs[TOPIC_ASSESSED][0].count > (size_t)world.cut + 1) wrong = "a loss was not noticed";
    }
    close_world(&world);
    return wrong;
}

static long wished(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text == NULL ? otherwise : strtol(text, NULL, 10);
}

static void crashes_zombies_and_late_writes_leave_every_origin_once_and_in_order(void **state) {
    long schedules = wished("PAYUNG_SCHEDULES", 5000), first = wished("PAYUNG_SCHEDULE_FIRST", 0);
    for (long seed = first; seed < first + schedules; seed++) {
        const char *wrong = run((uint64_t)seed);
        if (wrong != NULL) print_error("schedule %ld: %s (again: PAYUNG_SCHEDULE_FIRST=%ld PAYUNG_SCHEDULES=1)\n", seed, wrong, seed);
        assert_null(wrong);
    }
    print_message("%ld schedules\n", schedules);
}

static void every_lost_record_is_noticed(void **state) {
    long schedules = wished("PAYUNG_SCHEDULES", 1000), first = wished("PAYUNG_SCHEDULE_FIRST", 0);
    int losses = 0;
    for (long seed = first; seed < first + schedules; seed++) {
        const char *wrong = run_with_loss((uint64_t)seed, &losses);
        if (wrong != NULL) print_error("schedule %ld: %s\n", seed, wrong);
        assert_null(wrong);
    }
    print_message("%ld schedules, %d real losses\n", schedules, losses);
    if (schedules >= 1000) assert_true(losses > schedules / 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crashes_zombies_and_late_writes_leave_every_origin_once_and_in_order),
        cmocka_unit_test(every_lost_record_is_noticed),
    };
    log_setup("test", "simulation", LOG_ERROR + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
