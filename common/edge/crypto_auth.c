/* HMAC-SHA512, HMAC-SHA256 and base64 over libsodium. It must never branch on a byte of what it compares. */
#include "common/edge/crypto_auth.h"

#include <sodium.h>

#include "common/base/check.h"

_Static_assert(HMAC_SHA512_BYTES == crypto_auth_hmacsha512_BYTES, "SHA-512");
_Static_assert(HMAC_SHA256_BYTES == crypto_auth_hmacsha256_BYTES, "SHA-256");

void crypto_hmac_sha512(struct slice key, const struct slice *parts, size_t count, uint8_t ret_mac[HMAC_SHA512_BYTES]) {
    crypto_auth_hmacsha512_state state;
    crypto_auth_hmacsha512_init(&state, key.bytes, key.size);
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > 0) crypto_auth_hmacsha512_update(&state, parts[i].bytes, parts[i].size);
    crypto_auth_hmacsha512_final(&state, ret_mac);
    sodium_memzero(&state, sizeof state);
}

void crypto_hmac_sha256(struct slice key, const struct slice *parts, size_t count, uint8_t ret_mac[HMAC_SHA256_BYTES]) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key.bytes, key.size);
    for (size_t i = 0; i < count; i++)
        if (parts[i].size > 0) crypto_auth_hmacsha256_update(&state, parts[i].bytes, parts[i].size);
    crypto_auth_hmacsha256_final(&state, ret_mac);
    sodium_memzero(&state, sizeof state);
}

bool crypto_same(const void *a, const void *b, size_t size) { return sodium_memcmp(a, b, size) == 0; }

static void write(struct slice bytes, char *ret_text, int variant) {
    CHECK(sodium_bin2base64(ret_text, sodium_base64_encoded_len(bytes.size, variant), bytes.bytes, bytes.size, variant) != NULL);
}
void base64_write(struct slice bytes, char *ret_text) { write(bytes, ret_text, sodium_base64_VARIANT_ORIGINAL); }
void base64_write_url(struct slice bytes, char *ret_text) { write(bytes, ret_text, sodium_base64_VARIANT_URLSAFE_NO_PADDING); }

bool base64_read(struct slice text, void *ret_bytes, size_t bytes_max, size_t *ret_size) {
    if (text.size == 0) return false;
    return sodium_base642bin(ret_bytes, bytes_max, (const char *)text.bytes, text.size, NULL, ret_size, NULL, sodium_base64_VARIANT_ORIGINAL) == 0;
}
