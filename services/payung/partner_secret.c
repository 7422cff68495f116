/* Makes a new client secret and lets the one before it end, at once or after an overlap; or ends them all. Kept is its SHA-256 only: a random secret of 256 bits needs no slow hash.
 * For a partner that signs its requests it is kept besides as a key, sealed. */
#include "services/payung/partner_secret.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "common/edge/crypto_auth.h"
#include "common/edge/pg.h"
#include "services/payung/commands.h"

enum { SECRET_RANDOM_BYTES = 32, SECRET_PREFIX_SIZE = 4, SECRET_TEXT_MAX = SECRET_PREFIX_SIZE + BASE64_TEXT(SECRET_RANDOM_BYTES), OVERLAP_DAYS_MAX = 90, SECRET_ARENA_BYTES = 1024 * 1024 };

static const char usage[] = "usage: payung partner secret NAME [--overlap 24h|30m|7d|0] [--json]\n"
                            "       payung partner secret NAME --revoke [--json]\n"
                            "\n"
                            "Makes a client secret with which the partner gets access tokens (POST /v1/oauth/token, client id NAME). It is shown now and never again.\n"
                            "The secret before it stays valid for the overlap, by itself 24h, at most 90d; an older one ends at once.\n"
                            "For a partner that signs (payung partner set NAME --signature required) it is the signing key as well, and is kept sealed with the key folder.\n"
                            "Environment: PGURL; for a partner that signs PAYUNG_KEYS.\n"
                            "  --overlap  how long the secret before it is still good; 0: it ends now\n"
                            "  --revoke   all secrets of the partner end now, and within five seconds the access tokens that were given for them. Its lasting\n"
                            "             token stays: payung partner set NAME --no-token takes that\n";

/* "24h", "30m", "7d", or "0". */
static bool read_overlap(const char *text, int32_t *ret_seconds) {
    const size_t size = strlen(text);
    const char unit = size > 0 ? text[size - 1] : '\0';
    const int32_t seconds = unit == 'm' ? 60 : unit == 'h' ? 3600 : unit == 'd' ? 86400 : 0, most = OVERLAP_DAYS_MAX * 86400;
    uint64_t number;
    *ret_seconds = 0;
    if (strcmp(text, "0") == 0) return true;
    if (seconds == 0 || !text_number(slice_of(text, size - 1), (uint64_t)(most / seconds), &number)) return false;
    *ret_seconds = (int32_t)number * seconds;
    return true;
}

static void make_secret(char ret_secret[SECRET_TEXT_MAX]) {
    uint8_t bytes[SECRET_RANDOM_BYTES];
    crypto_random(bytes, sizeof bytes);
    memcpy(ret_secret, "pys_", SECRET_PREFIX_SIZE); /* so that scanners for leaked secrets know it */
    base64_write_url(slice_of(bytes, sizeof bytes), ret_secret + SECRET_PREFIX_SIZE);
    explicit_bzero(bytes, sizeof bytes);
}

struct partner {
    bool found, signs;
    int32_t generation; /* of the secret to be made */
};

/* Locks the partner, so that two who make secrets do it one after the other. */
static struct err lock_partner(struct pg *pg, struct arena *arena, const char *name, struct partner *ret_partner) {
    struct pg_parameters *parameters = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(parameters, slice_text(name));
    TRY(pg_run(pg, arena, "SELECT signature_required FROM intake.partner WHERE partner_id = $1 FOR UPDATE", parameters, &rows));
    *ret_partner = (struct partner){.found = rows.count > 0};
    if (!ret_partner->found) return OK;
    ret_partner->signs = pg_bool(&rows, 0, 0);
    TRY(pg_run(pg, arena, "SELECT coalesce(max(generation), 0) + 1 FROM intake.partner_secret WHERE partner_id = $1", parameters, &rows));
    ret_partner->generation = pg_int4(&rows, 0, 0);
    return OK;
}

/* The last secret is good for overlap_seconds more, older ones end now: with the new one there are two. */
static struct err end_earlier(struct pg *pg, struct arena *arena, const char *name, int32_t overlap_seconds) {
    struct pg_parameters *parameters = pg_parameters(arena);
    pg_add_text(parameters, slice_text(name));
    pg_add_int4(parameters, overlap_seconds);
    return pg_run(pg, arena,
                  "UPDATE intake.partner_secret s SET valid_until = least(s.valid_until, now() + $2 * interval '1 second' *"
                  " (s.generation = (SELECT max(l.generation) FROM intake.partner_secret l WHERE l.partner_id = $1))::int) WHERE s.partner_id = $1 AND s.valid_until > now()",
                  parameters, NULL);
}

static struct err add_sealed(struct pg_parameters *parameters, struct arena *arena, const char *name, const char *secret, int32_t generation) {
    const char *keys = getenv("PAYUNG_KEYS");
    struct crypto *crypto;
    if (keys == NULL) return ERR(FATAL, "the partner signs its requests, so PAYUNG_KEYS is needed to seal its key");
    TRY(crypto_open(keys, &crypto));
    struct slice key_id, sealed = crypto_seal_secret(crypto, arena, slice_text(secret), partner_key_id(crypto, slice_text(name), generation), &key_id);
    crypto_close(crypto);
    pg_add_bytea(parameters, sealed);
    pg_add_text(parameters, key_id);
    return OK;
}

static struct err add_secret(struct pg *pg, struct arena *arena, const char *name, const char *secret, const struct partner *partner) {
    uint8_t hash[SHA256_BYTES];
    struct pg_parameters *parameters = pg_parameters(arena);
    crypto_sha256(slice_text(secret), hash);
    pg_add_text(parameters, slice_text(name));
    pg_add_int4(parameters, partner->generation);
    pg_add_bytea(parameters, slice_of(hash, sizeof hash));
    if (partner->signs) {
        TRY(add_sealed(parameters, arena, name, secret, partner->generation));
    } else {
        pg_add_null(parameters);
        pg_add_null(parameters);
    }
    return pg_run(pg, arena, "INSERT INTO intake.partner_secret (partner_id, generation, secret_sha256, signing_key, signing_key_id) VALUES ($1, $2, $3, $4, $5)", parameters, NULL);
}

/* secret NULL: none is made. Within a transaction. */
static struct err change(struct pg *pg, struct arena *arena, const char *name, int32_t overlap_seconds, const char *secret, bool *ret_found) {
    struct partner partner;
    TRY(lock_partner(pg, arena, name, &partner));
    *ret_found = partner.found;
    if (!partner.found) return OK;
    TRY(end_earlier(pg, arena, name, overlap_seconds));
    return secret != NULL ? add_secret(pg, arena, name, secret, &partner) : OK;
}

static struct err store(const char *url, const char *name, int32_t overlap_seconds, const char *secret, bool *ret_found) {
    struct pg *pg = NULL;
    TRY(pg_open(url, "payung-partner", &pg));
    struct arena *arena = arena_create(SECRET_ARENA_BYTES);
    struct err err = pg_begin(pg);
    if (!failed(&err)) err = change(pg, arena, name, overlap_seconds, secret, ret_found);
    if (!failed(&err)) err = pg_commit(pg);
    else pg_rollback(pg);
    arena_destroy(arena);
    pg_close(pg);
    return err;
}

static void tell(bool json, const char *name, const char *secret) {
    if (json && secret != NULL) command_print_json(json_pack("{s:s,s:s}", "client_id", name, "client_secret", secret));
    else if (json) command_print_json(json_pack("{s:s,s:b}", "client_id", name, "revoked", 1));
    else if (secret != NULL) printf("client_id      %s\nclient_secret  %s\nRahasia ini hanya ditampilkan sekali.\n", name, secret);
    else printf("Semua rahasia mitra %s dicabut\n", name);
}

static int run(bool json, const char *name, bool revoke, int32_t overlap_seconds) {
    const char *url = command_env(json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    char secret[SECRET_TEXT_MAX];
    bool found = false;
    make_secret(secret);
    const struct err err = store(url, name, revoke ? 0 : overlap_seconds, revoke ? NULL : secret, &found);
    int code = EXIT_OK;
    if (failed(&err)) code = command_fail(json, err.fate == FATE_AGAIN ? EXIT_TEMPORARY : EXIT_FAILED, "SECRET_NOT_MADE", err.text, "Check PGURL and PAYUNG_KEYS; run payung migrate first.");
    else if (!found) code = command_fail(json, EXIT_FAILED, "UNKNOWN_PARTNER", "there is no such partner", "payung partner list shows them; payung partner add makes one.");
    else tell(json, name, revoke ? NULL : secret);
    explicit_bzero(secret, sizeof secret);
    return code;
}

int partner_secret_main(int argc, char **argv) {
    const char *name = NULL, *overlap = NULL;
    bool json = false, revoke = false, wrong = false;
    int32_t overlap_seconds = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) json = true;
        else if (strcmp(argv[i], "--revoke") == 0) revoke = true;
        else if (strcmp(argv[i], "--overlap") == 0 && i + 1 < argc) overlap = argv[++i];
        else if (argv[i][0] != '-' && name == NULL) name = argv[i];
        else wrong = true;
    }
    if (wrong || name == NULL || (revoke && overlap != NULL) || !read_overlap(overlap != NULL ? overlap : "24h", &overlap_seconds))
        return command_fail(json, EXIT_USAGE, "USAGE", "a name is needed, with --overlap up to 90d, or --revoke", "payung partner secret NAME [--overlap 24h]");
    return run(json, name, revoke, overlap_seconds);
}
