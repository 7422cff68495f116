/* Ed25519 over libsodium. The secret lives in locked memory and leaves it only as signatures; no error text holds a byte of it. */
#include "common/edge/crypto_sign.h"

#include <sodium.h>
#include <string.h>

#include "common/edge/key_file.h"

enum { PUBLIC_TEXT_BYTES = 2 * SIGN_PUBLIC_BYTES + 1, SECRET_ROOM_BYTES = crypto_sign_SECRETKEYBYTES + 1 /* one more shows a file that is longer */ };
_Static_assert(SIGN_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES && SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");

struct signer {
    struct sign_public key;
    uint8_t secret[SECRET_ROOM_BYTES];
};

static void ready(void) {
    CHECK(sodium_init() >= 0); /* 0 first, 1 afterwards */
}

static struct err expect_size(size_t size, size_t size_expected) {
    return size == size_expected ? OK : ERR(FATAL, "a signing key has another size. Remedy: restore the key directory");
}

static struct err read_secret(const char *directory, uint8_t ret_secret[SECRET_ROOM_BYTES]) {
    size_t size;
    TRY(key_file_read(directory, "sign-secret", ret_secret, SECRET_ROOM_BYTES, &size));
    return expect_size(size, crypto_sign_SECRETKEYBYTES);
}

static void public_text(const struct sign_public *key, char ret_text[PUBLIC_TEXT_BYTES + 1]) {
    CHECK(sodium_bin2hex(ret_text, PUBLIC_TEXT_BYTES + 1, key->bytes, sizeof key->bytes) != NULL);
    ret_text[PUBLIC_TEXT_BYTES - 1] = '\n';
    ret_text[PUBLIC_TEXT_BYTES] = '\0';
}

/* The secret first: the public key is made from what is stored, so two that run at once end with one pair. */
static struct err make_pair(const char *directory) {
    uint8_t secret[SECRET_ROOM_BYTES];
    struct sign_public key;
    CHECK(crypto_sign_keypair(key.bytes, secret) == 0);
    struct err err = key_file_make(directory, "sign-secret", secret, crypto_sign_SECRETKEYBYTES);
    if (!failed(&err)) err = read_secret(directory, secret);
    if (!failed(&err)) {
        char text[PUBLIC_TEXT_BYTES + 1];
        CHECK(crypto_sign_ed25519_sk_to_pk(key.bytes, secret) == 0);
        public_text(&key, text);
        err = key_file_make(directory, "sign-public", text, PUBLIC_TEXT_BYTES);
    }
    sodium_memzero(secret, sizeof secret);
    return err;
}

struct err sign_keys_create(const char *directory) {
    ready();
    TRY(key_folder_make(directory));
    return make_pair(directory);
}

struct err signer_open(const char *directory, struct signer **ret_signer) {
    ready();
    char path[KEY_PATH_BYTES_MAX];
    struct sign_public stated;
    TRY(key_file_path(directory, "sign-public", path));
    TRY(sign_public_read(path, &stated));
    struct signer *signer = sodium_malloc(sizeof *signer);
    CHECK(signer != NULL);
    struct err err = read_secret(directory, signer->secret);
    if (!failed(&err)) {
        CHECK(crypto_sign_ed25519_sk_to_pk(signer->key.bytes, signer->secret) == 0);
        if (memcmp(signer->key.bytes, stated.bytes, sizeof stated.bytes) != 0) err = ERR(FATAL, "sign-public and sign-secret are not of one pair. Remedy: restore the key directory");
    }
    if (failed(&err)) {
        sodium_free(signer);
        return err;
    }
    *ret_signer = signer;
    return OK;
}

void signer_close(struct signer *signer) {
    if (signer != NULL) sodium_free(signer); /* wipes it */
}

const struct sign_public *signer_public(const struct signer *signer) { return &signer->key; }

void sign(const struct signer *signer, struct slice bytes, uint8_t ret_signature[SIGNATURE_BYTES]) {
    CHECK(bytes.bytes != NULL && crypto_sign_detached(ret_signature, NULL, bytes.bytes, bytes.size, signer->secret) == 0);
}

bool sign_is_right(const struct sign_public *key, struct slice bytes, const uint8_t signature[SIGNATURE_BYTES]) {
    ready();
    return bytes.bytes != NULL && crypto_sign_verify_detached(signature, bytes.bytes, bytes.size, key->bytes) == 0;
}

struct err sign_public_read(const char *path_or_digits, struct sign_public *ret_key) {
    char text[PUBLIC_TEXT_BYTES + 1] = {0};
    size_t size = 0;
    ready();
    if (strlen(path_or_digits) == 2 * SIGN_PUBLIC_BYTES && strspn(path_or_digits, "0123456789abcdef") == 2 * SIGN_PUBLIC_BYTES) {
        memcpy(text, path_or_digits, 2 * SIGN_PUBLIC_BYTES);
    } else {
        TRY(key_file_read_public(path_or_digits, text, sizeof text, &size));
        TRY(expect_size(size, PUBLIC_TEXT_BYTES));
    }
    if (sodium_hex2bin(ret_key->bytes, sizeof ret_key->bytes, text, 2 * SIGN_PUBLIC_BYTES, NULL, &size, NULL) != 0 || size != sizeof ret_key->bytes ||
        (text[PUBLIC_TEXT_BYTES - 1] != '\n' && text[PUBLIC_TEXT_BYTES - 1] != '\0'))
        return ERR(FATAL, "this is no public key: 64 hexadecimal digits are. Remedy: use the file sign-public of the key directory");
    return OK;
}
