/* The crypto box: person tokens, sealed persons, event ids, keyed row ids, hashes. Wraps libsodium, as crypto_sign.h does
 * for signatures; nothing else includes <sodium.h>. Hashes come from libcrypto (sha256.c), key files from key_file.h.
 *
 * Keys are files of one directory (PAYUNG_KEYS), mode 0600, made by `payung keys create`:
 *   pepper        32 random bytes; makes person tokens and row ids. Never changes (a new pepper = new persons).
 *   seal-<id>     32 random bytes; XChaCha20-Poly1305 keys; `seal-current` holds the id used for sealing. Old ones stay for opening.
 * struct crypto owns its keys in locked memory (sodium_malloc); crypto_close wipes them.
 * Only intake seals persons; only notification opens (and intake, for its own result files; and the console one person at a time, for an operator who says why: services/operations/person_look.h);
 * eligibility and premium hold no keys. */
#ifndef PAYUNG_EDGE_CRYPTO_H
#define PAYUNG_EDGE_CRYPTO_H

#include "common/base/arena.h"
#include "common/base/err.h"
#include "common/domain/application.h"

struct crypto;

enum { KEY_ID_MAX = 16, SHA256_BYTES = 32 };

/* What is inside a seal. Text slices, UTF-8; empty when unknown. Opened slices point into the arena. */
struct person {
    struct slice nik, name, phone, address;
};

MUST_USE struct err crypto_keys_create(const char *directory); /* makes what is missing, keeps what is there */
MUST_USE struct err crypto_open(const char *directory, struct crypto **ret_crypto);
void crypto_close(struct crypto *crypto);

struct person_token crypto_person_token(const struct crypto *crypto, struct slice normalised_nik);
/* HMAC-SHA256(pepper, label | parts, each with its length), first 16 bytes: row ids and application ids. */
struct id crypto_keyed_id(const struct crypto *crypto, const char *label, const struct slice *parts, size_t part_count);
/* Associated data of the seal: application id, so that a seal can't be moved to another application. */
struct slice crypto_seal(const struct crypto *crypto, struct arena *arena, const struct person *person, struct id application_id, struct slice *ret_key_id);
MUST_USE struct err crypto_unseal(const struct crypto *crypto, struct arena *arena, struct slice sealed, struct slice key_id, struct id application_id, struct person *ret_person);

/* A secret of a partner, sealed with the current key and bound to `id`; it never opens as a person, nor the other way round. The opened one is in the arena. */
struct slice crypto_seal_secret(const struct crypto *crypto, struct arena *arena, struct slice secret, struct id id, struct slice *ret_key_id);
MUST_USE struct err crypto_unseal_secret(const struct crypto *crypto, struct arena *arena, struct slice sealed, struct slice key_id, struct id id, struct slice *ret_secret);
/* What the secret of this number of the partner is bound to. */
struct id partner_key_id(const struct crypto *crypto, struct slice partner, int32_t generation);

/* Not keyed; usable without a struct crypto. event id = SHA-256("payung" | stage | application id | attempt), first 16 bytes; for a record
 * without a readable application: SHA-256("payung" | stage | epoch | partition | origin). */
struct id crypto_event_id(const char *stage, struct id application_id, uint32_t attempt, const struct lineage *lineage, int32_t partition);
/* The W3C trace of all records about an application: the stage "trace", attempt 1. */
struct id crypto_trace_id(struct id application_id);
void crypto_sha256(struct slice bytes, uint8_t ret_hash[SHA256_BYTES]);
struct sha256; /* streaming */
struct sha256 *sha256_start(void);
void sha256_add(struct sha256 *hash, struct slice bytes);
void sha256_add_part(struct sha256 *hash, struct slice part); /* with its length before it: "a" and "bc" are not "ab" and "c" */
void sha256_add_number(struct sha256 *hash, int64_t number);  /* a part, in digits */
void sha256_finish(struct sha256 *hash, uint8_t ret_hash[SHA256_BYTES]); /* frees it */
void crypto_random(void *ret_bytes, size_t size);

/* Files at rest (uploads): one secretstream with the current seal key; chunks of at most 64 KiB plain. */
struct sealed_file;
MUST_USE struct err sealed_file_create(const struct crypto *crypto, const char *path, struct sealed_file **ret_file);
MUST_USE struct err sealed_file_write(struct sealed_file *file, struct slice bytes);
MUST_USE struct err sealed_file_finish(struct sealed_file *file); /* final tag, fsync, close; frees it also on error */
void sealed_file_abandon(struct sealed_file *file);               /* closes and unlinks */
MUST_USE struct err sealed_file_open(const struct crypto *crypto, const char *path, struct sealed_file **ret_file);
/* Next plain chunk (valid until the next call); size 0 at the verified end; FATE_PARK when damaged or cut. */
MUST_USE struct err sealed_file_read(struct sealed_file *file, struct slice *ret_bytes);
void sealed_file_close(struct sealed_file *file);

#endif
