/* What requests prove themselves with: HMAC-SHA512 (those of partners) and HMAC-SHA256 (ours to their endpoints), comparison in constant time, base64. Wraps libsodium; holds no key.
 *
 *   uint8_t mac[HMAC_SHA512_BYTES];   crypto_hmac_sha512(key, parts, count, mac);        over the parts one after the other, without anything between
 *   char text[BASE64_TEXT(sizeof mac)];   base64_write(slice_of(mac, sizeof mac), text);
 *   crypto_same(mac, sent, sizeof mac) takes as long whether they differ at the first byte or nowhere. */
#ifndef PAYUNG_EDGE_CRYPTO_AUTH_H
#define PAYUNG_EDGE_CRYPTO_AUTH_H

#include <stdbool.h>

#include "common/base/slice.h"

enum { HMAC_SHA512_BYTES = 64, HMAC_SHA256_BYTES = 32 };
#define BASE64_TEXT(bytes) (((bytes) + 2) / 3 * 4 + 1) /* with the terminator */

void crypto_hmac_sha512(struct slice key, const struct slice *parts, size_t count, uint8_t ret_mac[HMAC_SHA512_BYTES]);
void crypto_hmac_sha256(struct slice key, const struct slice *parts, size_t count, uint8_t ret_mac[HMAC_SHA256_BYTES]);
bool crypto_same(const void *a, const void *b, size_t size);
void base64_write(struct slice bytes, char *ret_text);     /* RFC 4648, padded */
void base64_write_url(struct slice bytes, char *ret_text); /* its alphabet for URLs, not padded; no longer than the other */
/* Padded and nothing else: no white space, no other alphabet. False too when it has more than bytes_max bytes. */
bool base64_read(struct slice text, void *ret_bytes, size_t bytes_max, size_t *ret_size);

#endif
