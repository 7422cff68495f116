/* POST /v1/oauth/token as it comes in (RFC 6749, 2.3.1 and 4.4): a form with grant_type=client_credentials, and the client by HTTP Basic or in the form, not both. No IO; unknown
 * members are ignored as the RFC asks, a member twice is refused, an empty one counts as missing. */
#ifndef PAYUNG_INGESTION_TOKEN_REQUEST_H
#define PAYUNG_INGESTION_TOKEN_REQUEST_H

#include <stdbool.h>

#include "common/base/slice.h"

enum { TOKEN_BODY_MAX = 4 * 1024, CLIENT_ID_MAX = 64, CLIENT_SECRET_MAX = 256 };

enum token_error { TOKEN_INVALID_REQUEST, TOKEN_INVALID_CLIENT, TOKEN_UNSUPPORTED_GRANT };

struct token_request {
    char client_id[CLIENT_ID_MAX], client_secret[CLIENT_SECRET_MAX]; /* terminated, visible ASCII, at least one character each: to be wiped */
};

/* False: *ret_error and *ret_detail (static, never a value of the request) say why, and ret_request is of no use. */
bool token_request_read(struct slice content_type, struct slice authorization, struct slice body, struct token_request *ret_request, enum token_error *ret_error,
                        const char **ret_detail);

#endif
