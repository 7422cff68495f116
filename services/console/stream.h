/* Server-sent events of the overview: all viewers are told the same document, when it has changed, within half a second of its commit. A viewer that does not take what it is told gets the newest later;
 * nothing is heaped up. */
#ifndef PAYUNG_CONSOLE_STREAM_H
#define PAYUNG_CONSOLE_STREAM_H

#include "common/edge/http.h"

enum { STREAMS_MAX = 64 };

struct streams;

struct streams *streams_open(void);
void streams_close(struct streams *streams); /* NULL is allowed; every request is gone */
bool streams_are_full(const struct streams *streams);
void stream_begin(struct streams *streams, struct http_request *request); /* answers it; not when they are full */
bool streams_are_due(const struct streams *streams);                      /* somebody follows, and it is time to look */
void streams_tell(struct streams *streams, struct slice json);
void streams_end(struct streams *streams); /* the service stops */

#endif
