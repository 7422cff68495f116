/* Asks PostgreSQL for the wishes of operators beside the work of the stage, on a session of its own. It must never stop a stage: an error is no news. */
#include "common/stage/wish.h"

#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/log.h"
#include "common/edge/pg.h"

enum { WISH_ARENA_BYTES = 1 << 20, WISH_PATIENCE_MS = 1000, ASK_WISH_EVERY_US = 1000 * 1000, AFTER_ERROR_US = 5 * 1000 * 1000, REST_FACTOR = 10 };

struct wish {
    const char *url, *service, *lane; /* of the caller, as long as the process */
    struct pg *pg;
    struct arena *arena;
    int64_t due_us;
    bool paused, was_lost;
};

static const char wish_sql[] = "SELECT EXISTS (SELECT FROM ledger.pause WHERE target IN ($1, $2))";

const char *wish_lane(const char *instance) {
    const char *dash = strchr(instance, '-');
    return dash == NULL ? "" : dash + 1;
}

struct wish *wish_open(const char *url, const char *service, const char *instance) {
    struct wish *wish = calloc(1, sizeof *wish);
    CHECK(wish != NULL);
    *wish = (struct wish){.url = url, .service = service, .lane = wish_lane(instance), .arena = arena_create(WISH_ARENA_BYTES)};
    return wish;
}

void wish_close(struct wish *wish) {
    if (wish == NULL) return;
    pg_close(wish->pg);
    arena_destroy(wish->arena);
    free(wish);
}

static struct err ask(struct wish *wish, bool *ret_paused) {
    struct pg_rows rows;
    if (wish->pg == NULL) {
        TRY(pg_open(wish->url, "payung-wish", &wish->pg));
        pg_patience(wish->pg, WISH_PATIENCE_MS);
    } else if (wish->was_lost) {
        TRY(pg_ready(wish->pg));
    }
    arena_reset(wish->arena);
    struct pg_parameters *parameters = pg_parameters(wish->arena);
    pg_add_text(parameters, slice_text(wish->service));
    pg_add_text(parameters, slice_text(wish->lane));
    TRY(pg_run(wish->pg, wish->arena, wish_sql, parameters, &rows));
    *ret_paused = pg_bool(&rows, 0, 0);
    return OK;
}

bool wish_paused(struct wish *wish, int64_t now_us) {
    if (wish->url[0] == '\0' || now_us < wish->due_us) return wish->paused;
    bool paused = wish->paused;
    const struct err err = ask(wish, &paused);
    const int64_t end_us = clock_monotonic_us();
    wish->due_us = end_us + (failed(&err) ? AFTER_ERROR_US : ASK_WISH_EVERY_US) + REST_FACTOR * (end_us - now_us);
    if (failed(&err) && !wish->was_lost) log_warning("wishes of operators are not known: the last one holds", LOG_TEXT("error", err.text));
    wish->was_lost = failed(&err);
    if (paused != wish->paused) log_info(paused ? "paused by operator" : "resumed by operator");
    wish->paused = paused;
    return paused;
}
