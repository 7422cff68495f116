/* What operators wish of this service: whether it shall take no new records (`payung pause`). The wish stands in PostgreSQL, so it outlives a restart of everything; it is
 * asked about once a second. A database that is away leaves the last answer in force and is asked again later, more seldom the longer it kept us waiting: a stage that works
 * without PostgreSQL goes on doing so. */
#ifndef PAYUNG_STAGE_WISH_H
#define PAYUNG_STAGE_WISH_H

#include <stdbool.h>
#include <stdint.h>

struct wish;

/* url: PostgreSQL; "" = nobody can wish anything. Connects at the first question. */
struct wish *wish_open(const char *url, const char *service, const char *instance);
void wish_close(struct wish *wish); /* NULL is allowed */
/* True while this service, or the lane of this instance, is paused. Asks when it is time to. */
bool wish_paused(struct wish *wish, int64_t now_us);
/* "realtime" of "0-realtime", "" of "0". */
const char *wish_lane(const char *instance);

#endif
