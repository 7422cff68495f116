/* What can be done in the console, each by one role, each with a reason, each in ledger.audit under "operator:NAME": the same functions that the command line calls. An action answers with what is
 * now, or with {"error":CODE,"detail","remedy"}: 400 the body, 401 not signed in, 403 the role, 404 there is no such thing, 409 it can't be done as it stands, 503 a server is away. */
#ifndef PAYUNG_CONSOLE_ACTS_H
#define PAYUNG_CONSOLE_ACTS_H

#include "common/edge/http.h"

/* Dead letters. A long replay goes in pieces: "left" of the answer says whether to ask again. */
void act_letter_show_end(void *self, struct http_request *request);    /* GET  /api/letters/{} */
void act_letter_edit_end(void *self, struct http_request *request);    /* POST /api/letters/{}/edit */
void act_letters_replay_end(void *self, struct http_request *request); /* POST /api/letters/replay */
void act_letters_discard_end(void *self, struct http_request *request);
/* Services and lanes. */
void act_pauses_end(void *self, struct http_request *request);         /* GET  /api/pauses */
void act_pause_end(void *self, struct http_request *request);          /* POST /api/pauses */
/* Lists: {}/enrol, approve, cancel, reverse. */
void act_batch_end(void *self, struct http_request *request);          /* POST /api/batches/{}/{} */
/* Proposals of agreements: {}/approve, refuse. */
void act_proposal_show_end(void *self, struct http_request *request);  /* GET  /api/proposals/{} */
void act_proposal_end(void *self, struct http_request *request);       /* POST /api/proposals/{}/{} */
/* Webhooks. */
void act_delivery_end(void *self, struct http_request *request);       /* POST /api/deliveries/{}/resend */
/* A person, unmasked. */
void act_person_end(void *self, struct http_request *request);         /* POST /api/enrolments/{}/person */

#endif
