/* Signatures of an installation (Ed25519): what is handed over can be proved to come from here, by whoever has the public key. Wraps libsodium.
 *
 * Two files of the key directory, made by `payung keys create` and then kept:
 *   sign-secret   64 bytes, mode 0600: seed and public key. It never leaves the directory; the tool opens it to sign heads, intake to sign receipts.
 *   sign-public   the public key as 64 hexadecimal digits and a line feed, for handing out to auditors, on paper if need be.
 *
 *   struct signer *signer;  TRY(signer_open(directory, &signer));   sign(signer, bytes, signature);   signer_close(signer);
 *   sign_is_right(&key, bytes, signature) needs no secret. */
#ifndef PAYUNG_EDGE_CRYPTO_SIGN_H
#define PAYUNG_EDGE_CRYPTO_SIGN_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/base/slice.h"

enum { SIGN_PUBLIC_BYTES = 32, SIGNATURE_BYTES = 64 };

struct sign_public {
    uint8_t bytes[SIGN_PUBLIC_BYTES];
};

struct signer; /* the secret in locked memory, wiped when it is closed */

MUST_USE struct err sign_keys_create(const char *directory); /* makes what is missing, keeps what is there */
MUST_USE struct err signer_open(const char *directory, struct signer **ret_signer); /* FATAL with the remedy when a file is missing, damaged, not of the pair, or the secret is open to others */
void signer_close(struct signer *signer); /* NULL is allowed */
const struct sign_public *signer_public(const struct signer *signer);
void sign(const struct signer *signer, struct slice bytes, uint8_t ret_signature[SIGNATURE_BYTES]);

bool sign_is_right(const struct sign_public *key, struct slice bytes, const uint8_t signature[SIGNATURE_BYTES]);
/* From a file as sign-public, or from the 64 digits themselves. */
MUST_USE struct err sign_public_read(const char *path_or_digits, struct sign_public *ret_key);

#endif
