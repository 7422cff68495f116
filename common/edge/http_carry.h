/* Transfers that libcurl carries in one piece. Its multi interface waits within a mail for the answer to the last line, and all other transfers with it (curl/docs/TODO: "The DONE operation is blocking"):
 * a mail server that thinks, or hangs, would hold up every other provider. So each mail is carried by a thread, which does nothing else than that; its connection stays with it for the next one. Part of
 * http_post.c, which is alone in using it.
 *
 *   http_carry_start(carry, curl, timeout_ms, lane);     a handle that is made ready; it belongs to a thread until it is taken back
 *   poll http_carry_fd(carry)                            can be read when one has ended
 *   while (http_carry_take(carry, &lane, &result)) ...   in no order
 *
 * All functions are called by one thread, the owner's. */
#ifndef PAYUNG_EDGE_HTTP_CARRY_H
#define PAYUNG_EDGE_HTTP_CARRY_H

#include <curl/curl.h>
#include <stdbool.h>

struct http_carry;

/* At most `threads` transfers at a time; they are started when they are first needed. NULL: the machine has no descriptor left. */
struct http_carry *http_carry_open(int threads);
void http_carry_close(struct http_carry *carry); /* NULL is allowed; breaks off what is under way, within a second where the server is silent */
int http_carry_fd(const struct http_carry *carry);
void http_carry_start(struct http_carry *carry, CURL *curl, int timeout_ms, void *tag); /* needs a free thread; timeout_ms: the handle's own, which may last a second longer */
bool http_carry_take(struct http_carry *carry, void **ret_tag, CURLcode *ret_result);

#endif
