/* Signatures as Standard Webhooks has them (standardwebhooks.com, "Signature scheme", symmetric): "v1," + base64(HMAC-SHA256(secret, ID.TIMESTAMP.BODY)); while a secret is being
 * replaced there are two, separated by a blank, the new one first. A secret is 32 random bytes, shown to its partner as "whsec_" + base64 and kept sealed with the key folder. */
#ifndef PAYUNG_WEBHOOK_SIGNATURE_H
#define PAYUNG_WEBHOOK_SIGNATURE_H

#include "common/domain/application.h"
#include "common/edge/crypto.h"
#include "common/edge/crypto_auth.h"

#define WEBHOOK_SECRET_PREFIX "whsec_"
enum {
    WEBHOOK_SECRET_BYTES = 32,
    WEBHOOK_SECRET_TEXT_MAX = sizeof WEBHOOK_SECRET_PREFIX - 1 + BASE64_TEXT(WEBHOOK_SECRET_BYTES),
    WEBHOOK_SECRETS_MAX = 2,
    WEBHOOK_SIGNATURE_TEXT_MAX = WEBHOOK_SECRETS_MAX * (3 + BASE64_TEXT(HMAC_SHA256_BYTES)),
};

struct webhook_secrets {
    size_t count; /* the newest first */
    uint8_t bytes[WEBHOOK_SECRETS_MAX][WEBHOOK_SECRET_BYTES];
};

void webhook_secret_write(const uint8_t secret[WEBHOOK_SECRET_BYTES], char ret_text[WEBHOOK_SECRET_TEXT_MAX]);
/* What the sealed secret of this number of an endpoint is bound to. */
struct id webhook_secret_id(const struct crypto *crypto, struct slice webhook_id, int32_t generation);
/* The value of the header webhook-signature. id: without a full stop. At least one secret. */
void webhook_sign(const struct webhook_secrets *secrets, struct slice id, int64_t timestamp_s, struct slice body, char ret_text[WEBHOOK_SIGNATURE_TEXT_MAX]);

#endif
