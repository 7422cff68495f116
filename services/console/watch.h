/* Records of topics as they come, decoded, for browsers: one reader a topic that somebody watches, without a group, shared by all who do; it begins with the last ones of each partition, keeps a
 * bounded ring of what it has seen, and ends when nobody has watched for a while. Who is slow is told how many were left out; nothing is heaped up. What is sealed stays sealed.
 *
 *   struct watches *watches = watches_open(brokers);
 *   watch_begin(watches, request, topic, find)     answers the request, or says why not
 *   loop: watches_turn(watches)
 *   watches_end(watches); ... watches_close(watches) */
#ifndef PAYUNG_CONSOLE_WATCH_H
#define PAYUNG_CONSOLE_WATCH_H

#include "common/edge/http.h"

enum { WATCH_TOPICS_MAX = 4, WATCHERS_MAX = 32, WATCH_RING = 200, WATCH_LAST = 25 /* of each partition */, WATCH_FIND_MAX = 128 };

enum watch_answer { WATCH_BEGUN, WATCH_NO_TOPIC, WATCH_BAD_FIND, WATCH_FULL /* too many topics or viewers */, WATCH_AWAY /* Kafka */ };

struct watches;

struct watches *watches_open(const char *brokers);
void watches_close(struct watches *watches); /* NULL is allowed; every request is gone */
/* topic: a name of topics.def, or of its dead-letter topic. find: "" all; FIELD=VALUE or a value alone, such as an application or an agreement (record_view.h). Answers the request only with
 * WATCH_BEGUN: a stream of events "record" (as `payung tail --decode --json` tells it) and "left_out" (how many). */
MUST_USE enum watch_answer watch_begin(struct watches *watches, struct http_request *request, struct slice topic, struct slice find);
bool watches_are_busy(const struct watches *watches); /* somebody watches: look often */
void watches_turn(struct watches *watches);
void watches_end(struct watches *watches); /* the service stops */

#endif
