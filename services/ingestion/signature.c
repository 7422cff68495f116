/* Judges signatures. It must never log or answer a signature, a token or what was signed. */
#include "services/ingestion/signature.h"

#include <stdlib.h>

#include "common/domain/snap.h"
#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/crypto_auth.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/problem.h"

enum { PIECE_BYTES = 4096, FORGET_US = 60 * 1000 * 1000, MARGIN_S = 60 /* clocks of services and database may differ by this */ };

void signature_hash_body(struct slice body, uint8_t ret_sha256[SHA256_BYTES]) {
    struct snap_minifier minifier = {0};
    struct sha256 *hash = sha256_start();
    uint8_t piece[PIECE_BYTES];
    while (body.size > 0) {
        const size_t size = body.size < PIECE_BYTES ? body.size : PIECE_BYTES;
        sha256_add(hash, slice_of(piece, snap_minify(&minifier, slice_of(body.bytes, size), piece)));
        body = slice_of(body.bytes + size, body.size - size);
    }
    explicit_bzero(piece, sizeof piece); /* data of a person */
    sha256_finish(hash, ret_sha256);
}

static bool refuse(struct http_request *request, enum problem problem, const char *detail) {
    problem_answer(request, problem, detail, "");
    return false;
}

static bool read_signature(struct http_request *request, uint8_t ret_mac[HMAC_SHA512_BYTES]) {
    size_t size = 0;
    return base64_read(http_header(request, "X-SIGNATURE"), ret_mac, HMAC_SHA512_BYTES, &size) && size == HMAC_SHA512_BYTES;
}

bool signature_head_is_fine(struct http_request *request, const struct intake_partner *partner) {
    uint8_t mac[HMAC_SHA512_BYTES];
    int64_t signed_at_ms;
    if (!read_signature(request, mac)) return refuse(request, PROBLEM_SIGNATURE_INVALID, "X-SIGNATURE is missing, or not the base64 of 64 bytes");
    if (!slice_is(http_header(request, "X-PARTNER-ID"), partner->id)) return refuse(request, PROBLEM_SIGNATURE_INVALID, "X-PARTNER-ID is missing, or not the partner of the token");
    if (!snap_timestamp_read(http_header(request, "X-TIMESTAMP"), &signed_at_ms)) return refuse(request, PROBLEM_SIGNATURE_INVALID, "X-TIMESTAMP is missing, or not like 2025-10-10T09:00:00+07:00");
    if (llabs(clock_unix_ms() - signed_at_ms) > (int64_t)partner->signing.window_s * 1000)
        return refuse(request, PROBLEM_SIGNATURE_STALE, "X-TIMESTAMP is outside of the window around this server's time");
    return true;
}

static struct slice signed_path(struct http_request *request, bool with_query) {
    const struct slice target = http_target(request);
    const uint8_t *mark = with_query ? NULL : memchr(target.bytes, '?', target.size);
    return mark != NULL ? slice_of(target.bytes, (size_t)(mark - target.bytes)) : target;
}

/* With one of the valid secrets: while one is being replaced there are two. */
static bool fits(struct http_request *request, const struct intake_partner *partner, const uint8_t body_sha256[SHA256_BYTES], const uint8_t sent[HMAC_SHA512_BYTES]) {
    char digits[2 * SHA256_BYTES + 1];
    struct slice token = {0};
    uint8_t mac[HMAC_SHA512_BYTES];
    bool good = false;
    text_hex(slice_of(body_sha256, SHA256_BYTES), digits);
    CHECK(http_bearer(http_header(request, "Authorization"), &token)); /* by which the partner was found */
    const struct slice colon = slice_text(":"), parts[] = {slice_text(http_method(request)), colon, signed_path(request, partner->signing.with_query), colon, token, colon,
                                                           slice_text(digits), colon, http_header(request, "X-TIMESTAMP")};
    for (size_t i = 0; i < partner->signing.key_count; i++) {
        crypto_hmac_sha512(slice_text(partner->signing.keys[i]), parts, sizeof parts / sizeof *parts, mac);
        good = crypto_same(mac, sent, sizeof mac) || good;
    }
    return good;
}

/* What is lost when the database itself crashes right after is some tenths of a second; a request need not wait for the disk for that. */
static struct err remember(struct intake *intake, const struct intake_partner *partner, const uint8_t mac[HMAC_SHA512_BYTES], bool *ret_new) {
    struct pg_parameters *parameters = pg_parameters(intake->arena);
    pg_add_text(parameters, slice_text(partner->id));
    pg_add_bytea(parameters, slice_of(mac, HMAC_SHA512_BYTES));
    pg_add_int4(parameters, 2 * partner->signing.window_s + MARGIN_S); /* the time stamp may lie one window ahead */
    struct pg_step steps[] = {
        {.sql = "SELECT set_config('synchronous_commit', 'off', true)"},
        {.sql = "INSERT INTO intake.signature (partner_id, mac, expires_at) VALUES ($1, $2, now() + $3 * interval '1 second') ON CONFLICT DO NOTHING RETURNING partner_id", .parameters = parameters},
    };
    TRY(pg_run_all(intake->pg, intake->arena, steps, sizeof steps / sizeof *steps));
    *ret_new = steps[1].rows.count > 0;
    return OK;
}

static bool only_reads(struct http_request *request) { return strcmp(http_method(request), "GET") == 0 || strcmp(http_method(request), "HEAD") == 0; }

bool signature_is_fine(struct intake *intake, struct http_request *request, const struct intake_partner *partner, const uint8_t body_sha256[SHA256_BYTES]) {
    uint8_t sent[HMAC_SHA512_BYTES];
    bool is_new = false;
    if (partner->signing.key_count == 0) return refuse(request, PROBLEM_SIGNATURE_INVALID, "the partner has no secret that can sign: payung partner secret makes one");
    if (!read_signature(request, sent) || !fits(request, partner, body_sha256, sent))
        return refuse(request, PROBLEM_SIGNATURE_INVALID, "X-SIGNATURE does not fit method, path, token, body and X-TIMESTAMP");
    if (only_reads(request)) return true;
    arena_reset(intake->arena);
    const struct err err = remember(intake, partner, sent, &is_new);
    if (failed(&err)) {
        intake_answer_unavailable(intake, request, &err);
        return false;
    }
    return is_new || refuse(request, PROBLEM_SIGNATURE_REPEATED, "a request with this signature came before");
}

void signature_turn(struct intake *intake) {
    if (intake->stopping || !intake_pg_allowed(intake) || clock_monotonic_us() < intake->signatures_forget_at_us) return;
    intake->signatures_forget_at_us = clock_monotonic_us() + FORGET_US;
    arena_reset(intake->arena);
    const struct err err = pg_run(intake->pg, intake->arena, "DELETE FROM intake.signature WHERE expires_at < now()", NULL, NULL);
    if (failed(&err)) intake_pg_failed(intake, "old signatures can't be forgotten", &err);
}
