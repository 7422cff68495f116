/* SHA-256 for the chains, by OpenSSL's libcrypto: the only file that includes it. It uses the processor's own instructions for it where there are some, which libsodium does
 * not: the hash chain of the ledger costs a third. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/crypto.h"

struct sha256 {
    EVP_MD_CTX *context;
};

struct sha256 *sha256_start(void) {
    struct sha256 *hash = malloc(sizeof *hash);
    CHECK(hash != NULL);
    hash->context = EVP_MD_CTX_new();
    CHECK(hash->context != NULL && EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL) == 1);
    return hash;
}

void sha256_add(struct sha256 *hash, struct slice bytes) {
    if (bytes.size > 0) CHECK(EVP_DigestUpdate(hash->context, bytes.bytes, bytes.size) == 1);
}

void sha256_add_part(struct sha256 *hash, struct slice part) {
    char size[24];
    (void)snprintf(size, sizeof size, "%zu:", part.size); /* fits */
    sha256_add(hash, slice_text(size));
    sha256_add(hash, part);
}

void sha256_add_number(struct sha256 *hash, int64_t number) {
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)number); /* fits */
    sha256_add_part(hash, slice_text(text));
}

void sha256_finish(struct sha256 *hash, uint8_t ret_hash[SHA256_BYTES]) {
    unsigned size = 0;
    CHECK(EVP_DigestFinal_ex(hash->context, ret_hash, &size) == 1 && size == SHA256_BYTES);
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

void crypto_sha256(struct slice bytes, uint8_t ret_hash[SHA256_BYTES]) {
    struct sha256 *hash = sha256_start();
    sha256_add(hash, bytes);
    sha256_finish(hash, ret_hash);
}
