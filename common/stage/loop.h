/* The one loop of every stage, over any log (port.h). stage_main runs it over Kafka; tests and the simulation run the same code over a log in
 * memory, one step at a time, so that a crash can stand between any two steps.
 *
 *   struct loop *loop = loop_create(&stage, self, log, &(struct loop_options){...});
 *   while (!loop_ended(loop)) loop_step(loop);        one step of POLL -> DECODE -> LINEAGE -> ... ; blocks at most about 100 ms of its own
 *   struct err end = loop_end(loop);                  OK after loop_stop, else what was FATAL
 *   loop_destroy(loop);
 *
 * The loop never owns stage, self or log. */
#ifndef PAYUNG_STAGE_LOOP_H
#define PAYUNG_STAGE_LOOP_H

#include "common/stage/port.h"
#include "common/stage/stage.h"

enum step {
    STEP_ACQUIRE, /* partitions that were assigned: where do they go on?            */
    STEP_POLL,    /* records, or a change of the assignment                         */
    STEP_DECODE,  /* bytes -> messages                                              */
    STEP_LINEAGE, /* work, repeat or loss, record by record                         */
    STEP_LETTERS, /* dead letters first: wait until they are delivered              */
    STEP_PREFETCH,
    STEP_HANDLE,
    STEP_STORE,
    STEP_PRODUCE, /* hand over the outputs; their deliveries come later             */
    STEP_MARK,
    STEP_RESET,   /* give the batch's memory back                                   */
    STEP_WAIT,    /* a dependency is away: the same batch again, later              */
    STEP_RELEASE, /* revoked or stopping: deliveries, commit, release               */
    STEP_END,
    STEP_COUNT
};
const char *step_name(enum step step); /* "acquire", "poll", ... */

struct loop_options {
    const char *group;          /* for dead letters */
    const char *version;
    size_t batch_messages_max;
    size_t in_flight_max;       /* records produced and not yet delivered, over all partitions; about: a batch is not cut for it */
    uint64_t seed;              /* of the jitter */
    void (*say)(void *context, bool ready, const char *text); /* readiness, whenever it may have changed; may be NULL */
    void *say_context;
};

struct loop;
struct loop *loop_create(const struct stage *stage, void *self, struct stage_log *log, const struct loop_options *options);
void loop_destroy(struct loop *loop);
void loop_step(struct loop *loop);
enum step loop_at(const struct loop *loop); /* the step that comes next */
void loop_stop(struct loop *loop);          /* finish the batch, flush, commit, end */
void loop_pause(struct loop *loop, bool paused); /* finish the batch and take no more, but stay in the group; false: go on */
bool loop_ended(const struct loop *loop);
struct err loop_end(const struct loop *loop);
bool loop_is_stopped(const struct loop *loop, int32_t partition); /* by a gap or a cut log */

#endif
