/* Any bytes as a request for an access token (Authorization up to the first line feed, then the body) and as an access token: never a crash; a client that is read has both parts in
 * their bounds, a refusal has words, and a text that has the form of a token has a partner's id in it. */
#include "common/base/check.h"
#include "services/ingestion/access_token.h"
#include "services/ingestion/token_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    const size_t head = end != NULL ? (size_t)(end - data) : 0, gone = end != NULL ? head + 1 : 0;
    struct token_request request;
    enum token_error error = TOKEN_INVALID_REQUEST;
    const char *detail = NULL;
    if (token_request_read(slice_text("application/x-www-form-urlencoded"), slice_of(data, head), slice_of(data + gone, size - gone), &request, &error, &detail)) {
        CHECK(memchr(request.client_id, '\0', CLIENT_ID_MAX) != NULL && request.client_id[0] != '\0');
        CHECK(memchr(request.client_secret, '\0', CLIENT_SECRET_MAX) != NULL && request.client_secret[0] != '\0');
    } else {
        CHECK(detail != NULL && detail[0] != '\0' && error >= TOKEN_INVALID_REQUEST && error <= TOKEN_UNSUPPORTED_GRANT);
    }
    struct access_token token;
    if (access_token_split(slice_of(data, size), &token)) {
        CHECK(token.partner.size >= 1 && token.partner.size < 64 && token.generation >= 0 && token.expires_s >= 0);
        CHECK(token.partner.bytes > data && token.partner.bytes + token.partner.size + 1 + 2 * ID_BYTES == data + size);
    }
    return 0;
}
