/* Argon2id over libsodium. It must never tell by its time whether a person is known. */
#include "common/edge/password.h"

#include <sodium.h>
#include <string.h>

#include "common/base/check.h"
#include "common/edge/crypto_auth.h"

_Static_assert(PASSWORD_HASH_TEXT == crypto_pwhash_STRBYTES, "libsodium's text");

bool password_is_sound(struct slice password) {
    for (size_t i = 0; i < password.size; i++)
        if (password.bytes[i] < ' ' || password.bytes[i] == 0x7f) return false;
    return password.size >= PASSWORD_BYTES_MIN && password.size <= PASSWORD_BYTES_MAX;
}

struct err password_hash(struct slice password, char ret_text[PASSWORD_HASH_TEXT]) {
    CHECK(sodium_init() >= 0);
    if (crypto_pwhash_str(ret_text, (const char *)password.bytes, password.size, crypto_pwhash_OPSLIMIT_INTERACTIVE, crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return ERR(AGAIN, "there is not enough memory to hash a password");
    return OK;
}

bool password_matches(const char *hash, struct slice password) {
    static char nobody[PASSWORD_HASH_TEXT]; /* of a password that was thrown away: made once, at the first look for somebody unknown */
    CHECK(sodium_init() >= 0);
    if (password.size > PASSWORD_BYTES_MAX) return false;
    if (hash == NULL && nobody[0] == '\0') {
        char made[PASSWORD_MADE_TEXT];
        password_make(made);
        const struct err err = password_hash(slice_text(made), nobody);
        if (failed(&err)) nobody[0] = '\0'; /* then it is told faster this once */
    }
    return crypto_pwhash_str_verify(hash != NULL ? hash : nobody, (const char *)password.bytes, password.size) == 0 && hash != NULL;
}

void password_make(char ret_text[PASSWORD_MADE_TEXT]) {
    uint8_t bytes[24];
    CHECK(sodium_init() >= 0);
    randombytes_buf(bytes, sizeof bytes);
    base64_write_url(slice_of(bytes, sizeof bytes), ret_text);
    sodium_memzero(bytes, sizeof bytes);
}
