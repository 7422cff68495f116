/* What an operator asks a service: GET /healthz, /readyz, /metrics and /version on a loopback port. libmicrohttpd runs one small thread, which
 * only reads what the loop has said last; it must never call into the loop or its connections.
 *
 *   TRY(health_open(port, "eligibility", "0-realtime", &health));
 *   health_turn(health);                       each turn of the loop; /healthz is 503 when the last one is older than HEALTH_TURN_MAX_S
 *   health_say(health, true, "works: 0,1");    what /readyz answers from now on: 200 or 503, with the text as body
 *
 * Before the first health_say the service is not ready ("starting"). */
#ifndef PAYUNG_EDGE_HEALTH_H
#define PAYUNG_EDGE_HEALTH_H

#include <stdbool.h>

#include "common/base/err.h"

struct health;
enum { HEALTH_TURN_MAX_S = 30, HEALTH_TEXT_MAX = 512 };

MUST_USE struct err health_open(int port, const char *service, const char *instance, struct health **ret_health);
void health_close(struct health *health); /* NULL is allowed */
void health_turn(struct health *health);
void health_say(struct health *health, bool ready, const char *text); /* cut at HEALTH_TEXT_MAX */
int health_port(const struct health *health); /* the one that was given; with 0 the one that was free */

#endif
