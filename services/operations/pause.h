/* Services and lanes that shall take no new records: a wish in PostgreSQL that the loop of each stage obeys within about two seconds (common/stage/wish.h), and that every change
 * of is in ledger.audit (PAUSE, RESUME). A paused service stays in its group and keeps its positions; what comes waits in the topic. For `payung pause` and the console.
 *
 *   if (!pause_target_known(target)) ...
 *   TRY(pause_set(pg, arena, &(struct pause_wish){.target = "ledger", .actor = "operator:ani", .reason = "..."}, true, &changed)); */
#ifndef PAYUNG_OPERATIONS_PAUSE_H
#define PAYUNG_OPERATIONS_PAUSE_H

#include "common/base/arena.h"
#include "common/edge/pg.h"
#include "proto/topics.h"

enum { PAUSE_REASON_MAX = 400, PAUSES_MAX = 64 };

/* A service that reads a topic (topics.def), "realtime" or "bulk". */
bool pause_target_known(const char *target);
/* The i-th of them: services in the order of topics.def, then the lanes; NULL behind the last. */
const char *pause_target(size_t i);

/* Is the group that reads the topic, or a lane of it, among them? */
struct pause_wish;
bool pause_holds(const struct pause_wish *wishes, size_t count, enum topic topic);

struct pause_wish {
    struct slice target, actor, reason;
    int64_t since_ms; /* of pause_list */
};

/* ret_changed: false when it was so already; then nothing is noted. */
MUST_USE struct err pause_set(struct pg *pg, struct arena *arena, const struct pause_wish *wish, bool paused, bool *ret_changed);
/* What is paused now, by name, in the arena. */
MUST_USE struct err pause_list(struct pg *pg, struct arena *arena, struct pause_wish ret_wishes[PAUSES_MAX], size_t *ret_count);

#endif
