/* The JSON bodies of /v1/webhooks. An endpoint:
 *
 *   "url"          https:// and the name of a host, at most 1023 visible ASCII characters, no user, no fragment. With allow_private (WEBHOOK_ALLOW_PRIVATE) also http:// and any host
 *   "events"       names of events, each once; left out: all of them
 *   "agreement"    only events of this agreement and the offices under it; null or left out: of all that the partner may see
 *   "description"  at most 200 characters, for people
 *
 * A host is not looked up here: its address is judged at every connection (common/edge/http_post.h). Doubled and unknown members are refused. */
#ifndef PAYUNG_INGESTION_WEBHOOK_BODY_H
#define PAYUNG_INGESTION_WEBHOOK_BODY_H

#include "common/base/arena.h"
#include "services/ingestion/enrol_body.h"
#include "services/webhook/event.h"

enum { WEBHOOK_BODY_MAX = 16 * 1024, WEBHOOK_NO_BODY_MAX = 1024 /* many clients send {} where nothing is asked for: it is not read */, WEBHOOK_GRACE_HOURS = 24, WEBHOOK_GRACE_HOURS_MAX = 168 };

struct webhook_body {
    struct slice url, agreement, description; /* empty: not given */
    struct slice events[EVENT_TYPES];
    size_t event_count;
};

/* Slices point into the arena. False: ret_problem says why. */
bool webhook_body_read(struct slice json, struct arena *arena, bool allow_private, struct webhook_body *ret_body, struct body_problem *ret_problem);
/* {"grace_hours": 24} or nothing: how long the secret before the new one goes on signing. */
bool webhook_rotate_body_read(struct slice json, int32_t *ret_grace_hours, struct body_problem *ret_problem);

#endif
