/* POST /v1/oauth/token: a partner's client id and secret for an access token of fifteen minutes (RFC 6749, 4.4). Refusals are those of the RFC, which clients know, in place of
 * problems. It must never log or repeat what it was sent. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/clock.h"
#include "common/edge/crypto_auth.h"
#include "services/ingestion/access_token.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/problem.h"
#include "services/ingestion/token_request.h"

static void answer(struct http_request *request, int status, json_t *document) {
    http_set_header(request, "Cache-Control", "no-store");
    http_set_header(request, "Pragma", "no-cache");
    intake_answer_json(request, status, document);
}

static void answer_error(struct http_request *request, enum token_error error, const char *detail) {
    static const char *const words[] = {
        [TOKEN_INVALID_REQUEST] = "invalid_request", [TOKEN_INVALID_CLIENT] = "invalid_client", [TOKEN_UNSUPPORTED_GRANT] = "unsupported_grant_type"};
    if (error == TOKEN_INVALID_CLIENT) http_set_header(request, "WWW-Authenticate", "Basic realm=\"payung\"");
    answer(request, error == TOKEN_INVALID_CLIENT ? 401 : 400, json_pack("{s:s,s:s}", "error", words[error], "error_description", detail));
}

/* The valid secrets of a partner with its roles, the newest first. */
static const char secrets_sql[] = "SELECT s.generation, s.secret_sha256, array_to_string(p.roles, ' ') FROM intake.partner p JOIN intake.partner_secret s USING (partner_id)"
                                  " WHERE p.partner_id = $1 AND s.valid_until > now() ORDER BY s.generation DESC";

/* *ret_generation 0: there is no such client, or it has another secret; both take the same way. */
static struct err find_secret(struct intake *intake, const struct token_request *client, int32_t *ret_generation, struct slice *ret_roles) {
    uint8_t hash[SHA256_BYTES];
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    struct pg_rows rows;
    crypto_sha256(slice_text(client->client_secret), hash);
    pg_add_text(parameters, slice_text(client->client_id));
    TRY(pg_run(intake->pg, intake->arena, secrets_sql, parameters, &rows));
    *ret_generation = 0;
    for (size_t i = 0; i < rows.count; i++) {
        const struct slice known = pg_bytes(&rows, i, 1);
        if (known.size != SHA256_BYTES || !crypto_same(known.bytes, hash, SHA256_BYTES)) continue;
        *ret_generation = pg_int4(&rows, i, 0);
        *ret_roles = pg_bytes(&rows, i, 2);
    }
    return OK;
}

void oauth_token_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    struct token_request client;
    enum token_error error;
    const char *detail;
    struct slice roles = slice_text("");
    int32_t generation = 0;
    char text[ACCESS_TOKEN_TEXT_MAX];
    if (!token_request_read(http_header(request, "Content-Type"), http_header(request, "Authorization"), http_body(request), &client, &error, &detail)) {
        answer_error(request, error, detail);
        return;
    }
    if (!rate_take(&intake->token_rates, client.client_id, clock_monotonic_us())) {
        explicit_bzero(client.client_secret, sizeof client.client_secret);
        http_set_header(request, "Cache-Control", "no-store");
        problem_answer(request, PROBLEM_TOO_MANY_REQUESTS, "access tokens are good for fifteen minutes: keep one, and ask for the next when it ends", "");
        return;
    }
    arena_reset(intake->arena);
    const struct err err = find_secret(intake, &client, &generation, &roles);
    explicit_bzero(client.client_secret, sizeof client.client_secret);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return;
    }
    if (generation == 0) {
        answer_error(request, TOKEN_INVALID_CLIENT, "the client is not known, or has another secret");
        return;
    }
    const struct access_token token = {.expires_s = clock_unix_ms() / 1000 + ACCESS_TOKEN_SECONDS, .generation = generation, .partner = slice_text(client.client_id)};
    access_token_write(intake->crypto, &token, text);
    answer(request, 200, json_pack("{s:s,s:s,s:i,s:s%}", "access_token", text, "token_type", "Bearer", "expires_in", (int)ACCESS_TOKEN_SECONDS, "scope", (const char *)roles.bytes, roles.size));
    explicit_bzero(text, sizeof text);
}
