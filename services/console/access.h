/* Who asks, and may he? Signing in gives the browser a cookie (HttpOnly, SameSite=Strict); a request that changes something must besides come from a page of this console: its body is JSON, and where
 * the browser says from which origin it comes, that is ours. CONSOLE_GUESTS says whether who is not signed in may look; nothing of a person is in what can be looked at. */
#ifndef PAYUNG_CONSOLE_ACCESS_H
#define PAYUNG_CONSOLE_ACCESS_H

#include "services/console/act_body.h"
#include "services/console/console.h"
#include "services/operations/operator.h"

struct asker {
    char name[OPERATOR_NAME_MAX + 1], actor[OPERATOR_ACTOR_MAX]; /* "" when nobody is signed in */
    unsigned roles;                                             /* of enum operator_role */
};

/* `begin` of what can only be looked at. */
void access_look_begin(void *self, struct http_request *request);
/* Who asks; nobody is an answer, too. False: the request was answered (503). */
bool access_asker(struct console *console, struct http_request *request, struct asker *ret_asker);
/* Of an action: one who has one of the roles, and the body. False: the request was answered (400, 401, 403, 415, 503). The arena was emptied before: body lives in it. */
bool access_act(struct console *console, struct http_request *request, unsigned roles, struct asker *ret_asker, struct act_body *ret_body);

/* GET, POST, DELETE /api/session */
void access_session_end(void *self, struct http_request *request);
void access_sign_in_end(void *self, struct http_request *request);
void access_sign_out_end(void *self, struct http_request *request);

#endif
