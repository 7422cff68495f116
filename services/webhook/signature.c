/* Signing what leaves. It must never log or keep a secret. */
#include "services/webhook/signature.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NUMBER_TEXT_MAX = 24 };

void webhook_secret_write(const uint8_t secret[WEBHOOK_SECRET_BYTES], char ret_text[WEBHOOK_SECRET_TEXT_MAX]) {
    const size_t prefix = sizeof WEBHOOK_SECRET_PREFIX - 1;
    memcpy(ret_text, WEBHOOK_SECRET_PREFIX, prefix);
    base64_write(slice_of(secret, WEBHOOK_SECRET_BYTES), ret_text + prefix);
}

struct id webhook_secret_id(const struct crypto *crypto, struct slice webhook_id, int32_t generation) {
    const uint32_t number = (uint32_t)generation;
    const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    const struct slice parts[] = {webhook_id, slice_of(bytes, sizeof bytes)};
    return crypto_keyed_id(crypto, "webhook secret", parts, 2);
}

void webhook_sign(const struct webhook_secrets *secrets, struct slice id, int64_t timestamp_s, struct slice body, char ret_text[WEBHOOK_SIGNATURE_TEXT_MAX]) {
    char number[NUMBER_TEXT_MAX];
    uint8_t mac[HMAC_SHA256_BYTES];
    size_t size = 0;
    CHECK(secrets->count >= 1 && secrets->count <= WEBHOOK_SECRETS_MAX && id.size > 0 && memchr(id.bytes, '.', id.size) == NULL);
    (void)snprintf(number, sizeof number, "%" PRId64, timestamp_s); /* fits */
    const struct slice dot = slice_text("."), parts[] = {id, dot, slice_text(number), dot, body};
    for (size_t i = 0; i < secrets->count; i++) {
        crypto_hmac_sha256(slice_of(secrets->bytes[i], WEBHOOK_SECRET_BYTES), parts, sizeof parts / sizeof *parts, mac);
        memcpy(ret_text + size, i == 0 ? "v1," : " v1,", i == 0 ? 3 : 4);
        size += i == 0 ? 3 : 4;
        base64_write(slice_of(mac, sizeof mac), ret_text + size);
        size += BASE64_TEXT(HMAC_SHA256_BYTES) - 1;
    }
}
