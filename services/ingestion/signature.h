/* SNAP-style signatures of requests: X-SIGNATURE = base64(HMAC-SHA512(client secret, METHOD:PATH:TOKEN:hash of the body:X-TIMESTAMP)), beside Authorization, X-TIMESTAMP and
 * X-PARTNER-ID. Only of partners whose setting asks for it; what others sign is not looked at. PATH is as it came, with the query string or without, by the partner's setting.
 *
 * A signature is good within the partner's window around its time stamp, and once: the table intake.signature is where those that were seen are held (in PostgreSQL, so that a restart
 * and a second service know them, too), until they are too old anyway. Requests that only read are not held: to repeat them changes nothing, and two equal ones in a second are
 * ordinary. Who must repeat a request signs it anew; its Idempotency-Key or external_id keeps it one. */
#ifndef PAYUNG_INGESTION_SIGNATURE_H
#define PAYUNG_INGESTION_SIGNATURE_H

#include "common/edge/crypto.h"
#include "common/edge/http.h"

struct intake;
struct intake_partner;

/* False: the request was answered. head: all headers are there and the time stamp is within the window: asked before a body is read. whole: the signature fits, and is new. */
bool signature_head_is_fine(struct http_request *request, const struct intake_partner *partner);
bool signature_is_fine(struct intake *intake, struct http_request *request, const struct intake_partner *partner, const uint8_t body_sha256[SHA256_BYTES]);
void signature_hash_body(struct slice body, uint8_t ret_sha256[SHA256_BYTES]); /* of the minified body */
void signature_turn(struct intake *intake); /* once a second: forgets those that are too old, a minute's worth at a time */

#endif
