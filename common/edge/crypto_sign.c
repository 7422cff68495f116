/* Ed25519 over libsodium. The secret lives in locked memory and leaves it only as signatures; no error text holds anything but a file's role. */
#include "common/edge/crypto_sign.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 512, PUBLIC_TEXT_BYTES = 2 * SIGN_PUBLIC_BYTES + 1 };
_Static_assert(SIGN_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES && SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");

struct signer {
    struct sign_public key;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
};

static void ready(void) {
    CHECK(sodium_init() >= 0); /* 0 first, 1 afterwards */
}

static struct err path_of(const char *directory, const char *name, char ret_path[PATH_BYTES_MAX]) {
    if (snprintf(ret_path, PATH_BYTES_MAX, "%s/%s", directory, name) >= PATH_BYTES_MAX) return ERR(FATAL, "the path of the key directory is too long");
    return OK;
}

/* The whole file when it has exactly this size. */
static struct err read_whole(const char *path, void *bytes, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ERR(FATAL, "the signing key can't be opened: %s. Remedy: payung keys create, or restore the key directory", strerror(errno));
    uint8_t more;
    const bool whole = read(fd, bytes, size) == (ssize_t)size && read(fd, &more, 1) == 0; /* a few bytes of a plain file come at once */
    (void)close(fd); /* only read */
    if (!whole) return ERR(FATAL, "a signing key has another size. Remedy: restore the key directory");
    return OK;
}

/* Complete or not at all, and never over what is there. */
static struct err make_file(const char *directory, const char *name, const void *bytes, size_t size) {
    char path[PATH_BYTES_MAX], fresh[PATH_BYTES_MAX], fresh_name[64];
    (void)snprintf(fresh_name, sizeof fresh_name, ".%s.%ld", name, (long)getpid()); /* fits */
    TRY(path_of(directory, name, path));
    TRY(path_of(directory, fresh_name, fresh));
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return ERR(FATAL, "key directory %s: %s; make it writable for this user", directory, strerror(errno));
    const bool wrote = write(fd, bytes, size) == (ssize_t)size && fsync(fd) == 0;
    (void)close(fd); /* synced above */
    struct err err = wrote ? OK : ERR(FATAL, "key directory %s: a file can't be written; check the disk", directory);
    if (!failed(&err) && link(fresh, path) != 0 && errno != EEXIST) err = ERR(FATAL, "key directory %s: %s", directory, strerror(errno));
    (void)unlink(fresh); /* a leftover does no harm */
    return err;
}

static void public_text(const struct sign_public *key, char ret_text[PUBLIC_TEXT_BYTES + 1]) {
    CHECK(sodium_bin2hex(ret_text, PUBLIC_TEXT_BYTES + 1, key->bytes, sizeof key->bytes) != NULL);
    ret_text[PUBLIC_TEXT_BYTES - 1] = '\n';
    ret_text[PUBLIC_TEXT_BYTES] = '\0';
}

/* The secret first: the public key is made from what is stored, so two that run at once end with one pair. */
static struct err make_pair(const char *directory) {
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    struct sign_public key;
    CHECK(crypto_sign_keypair(key.bytes, secret) == 0);
    struct err err = make_file(directory, "sign-secret", secret, sizeof secret);
    char path[PATH_BYTES_MAX], text[PUBLIC_TEXT_BYTES + 1];
    if (!failed(&err)) err = path_of(directory, "sign-secret", path);
    if (!failed(&err)) err = read_whole(path, secret, sizeof secret);
    if (!failed(&err)) {
        CHECK(crypto_sign_ed25519_sk_to_pk(key.bytes, secret) == 0);
        public_text(&key, text);
        err = make_file(directory, "sign-public", text, PUBLIC_TEXT_BYTES);
    }
    sodium_memzero(secret, sizeof secret);
    return err;
}

struct err sign_keys_create(const char *directory) {
    ready();
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) return ERR(FATAL, "key directory %s can't be made: %s", directory, strerror(errno));
    return make_pair(directory);
}

struct err signer_open(const char *directory, struct signer **ret_signer) {
    ready();
    char path[PATH_BYTES_MAX];
    struct sign_public stated;
    TRY(path_of(directory, "sign-public", path));
    TRY(sign_public_read(path, &stated));
    TRY(path_of(directory, "sign-secret", path));
    struct signer *signer = sodium_malloc(sizeof *signer);
    CHECK(signer != NULL);
    struct err err = read_whole(path, signer->secret, sizeof signer->secret);
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
    ready();
    if (strlen(path_or_digits) == 2 * SIGN_PUBLIC_BYTES && strspn(path_or_digits, "0123456789abcdef") == 2 * SIGN_PUBLIC_BYTES) memcpy(text, path_or_digits, 2 * SIGN_PUBLIC_BYTES);
    else TRY(read_whole(path_or_digits, text, PUBLIC_TEXT_BYTES));
    size_t size = 0;
    if (sodium_hex2bin(ret_key->bytes, sizeof ret_key->bytes, text, 2 * SIGN_PUBLIC_BYTES, NULL, &size, NULL) != 0 || size != sizeof ret_key->bytes ||
        (text[PUBLIC_TEXT_BYTES - 1] != '\n' && text[PUBLIC_TEXT_BYTES - 1] != '\0'))
        return ERR(FATAL, "this is no public key: 64 hexadecimal digits are. Remedy: use the file sign-public of the key directory");
    return OK;
}
