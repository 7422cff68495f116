/* Redis as a hint: who was the first to send this key. The only module that includes <hiredis.h>. Losing Redis, its data, or an answer changes
 * the speed, never the result: every function here may fail without consequence, and PostgreSQL decides (house.md, sentence 6).
 *
 * The value of a key names its owner, so that a replay after a crash finds its own value and is not taken for a duplicate.
 * A server that does not answer is left alone for a while (back-off 100 ms doubling to 10 s), so an outage costs no latency. */
#ifndef PAYUNG_EDGE_REDIS_H
#define PAYUNG_EDGE_REDIS_H

#include "common/base/arena.h"
#include "common/base/err.h"

struct redis;

/* redis://[[user]:password@]host:port[/db]. Connects at the first use. FATAL only for an address that can't be read. */
MUST_USE struct err redis_open(const char *url, struct redis **ret_redis);
void redis_close(struct redis *redis); /* NULL is allowed */

/* One round trip for all: sets each key that is new to its value, with a time to live; ret_earlier[i] is the value that was there before (in the
 * arena), or has bytes == NULL for a new key. False when Redis did not answer: then nothing is known about any key. */
bool redis_remember(struct redis *redis, struct arena *arena, const struct slice *keys, const struct slice *values, size_t count, int seconds_to_live,
                    struct slice *ret_earlier);

#endif
