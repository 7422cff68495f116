/* Access tokens: short-lived, signed and not stored, so that they outlive a restart and need no clean-up. They read "pyt1.EXPIRES.GENERATION.PARTNER.MAC": seconds since 1970, the
 * generation of the client secret that it was given for (with which it ends), the partner's id, and 32 digits of HMAC-SHA256 with the pepper over label and parts
 * (crypto_keyed_id). Whether the generation is still valid is asked of PostgreSQL. */
#ifndef PAYUNG_INGESTION_ACCESS_TOKEN_H
#define PAYUNG_INGESTION_ACCESS_TOKEN_H

#include "common/edge/crypto.h"

enum { ACCESS_TOKEN_SECONDS = 15 * 60, ACCESS_TOKEN_TEXT_MAX = 5 + 20 + 11 + 64 + 1 + 2 * ID_BYTES + 1 };

struct access_token {
    int64_t expires_s;
    int32_t generation;
    struct slice partner; /* in the text; not empty, less than 64 bytes of a-z 0-9 . _ - */
    struct id mac;
};

void access_token_write(const struct crypto *crypto, const struct access_token *token, char ret_text[ACCESS_TOKEN_TEXT_MAX]); /* makes the mac */
bool access_token_split(struct slice text, struct access_token *ret_token); /* has it the form? pure; says nothing about the mac */
bool access_token_is_ours(const struct crypto *crypto, const struct access_token *token);

#endif
