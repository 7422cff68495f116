/* The crypto box over libsodium. Keys live in locked memory and leave it only as derived bytes; no function here logs, and no error text
 * holds a byte of one. Seals use a nonce derived from key, application and text, so the same person in the same application
 * gives the same bytes (a repeated submission is byte for byte the same record) and a weak random source can't hurt. */
#include "common/edge/crypto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/edge/key_file.h"

enum {
    KEY_BYTES = 32,
    SEAL_KEYS_MAX = 64,
    PATH_BYTES_MAX = 512,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    PERSON_VERSION = 1,
    SECRET_VERSION = 2,
    PERSON_FIELDS = 4,
    CHUNK_PLAIN_MAX = 64 * 1024,
    CHUNK_SEALED_MAX = CHUNK_PLAIN_MAX + crypto_secretstream_xchacha20poly1305_ABYTES,
    FILE_MAGIC_BYTES = 4,
};
_Static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one size of key");
_Static_assert(KEY_BYTES == crypto_secretstream_xchacha20poly1305_KEYBYTES, "one size of key");
_Static_assert(SHA256_BYTES == crypto_hash_sha256_BYTES, "SHA-256");

static const uint8_t file_magic[FILE_MAGIC_BYTES] = {'P', 'Y', 'F', '1'};

struct seal_key {
    char id[KEY_ID_MAX + 1];
    uint8_t bytes[KEY_BYTES];
    uint8_t nonce_bytes[KEY_BYTES]; /* derived: makes nonces */
};

/* Allocated by sodium_malloc: locked, guarded, wiped when freed. */
struct crypto {
    crypto_auth_hmacsha256_state pepper; /* HMAC state after its key: the pepper itself is not kept */
    struct seal_key keys[SEAL_KEYS_MAX];
    size_t key_count;
    const struct seal_key *current;
};

static void ready(void) {
    CHECK(sodium_init() >= 0); /* 0 first, 1 afterwards */
}

/* ---- keys ---- */

static bool key_id_is_valid(const char *id) {
    size_t size = strlen(id);
    if (size == 0 || size > KEY_ID_MAX) return false;
    return strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789") == size;
}

struct err crypto_keys_create(const char *directory) {
    ready();
    TRY(key_folder_make(directory));
    uint8_t bytes[KEY_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    struct err err = key_file_make(directory, "pepper", bytes, sizeof bytes);
    char path[KEY_PATH_BYTES_MAX];
    if (!failed(&err)) err = key_file_path(directory, "seal-current", path);
    if (!failed(&err) && access(path, F_OK) != 0) {
        char id[KEY_ID_MAX + 1], name[KEY_ID_MAX + 8];
        (void)snprintf(id, sizeof id, "s%08x", randombytes_random());
        (void)snprintf(name, sizeof name, "seal-%s", id);
        randombytes_buf(bytes, sizeof bytes);
        err = key_file_make(directory, name, bytes, sizeof bytes);
        if (!failed(&err)) err = key_file_make(directory, "seal-current", id, strlen(id));
    }
    sodium_memzero(bytes, sizeof bytes);
    return err;
}

static struct err seal_key_load(struct crypto *crypto, const char *directory, const char *name) {
    const char *id = name + strlen("seal-");
    if (!key_id_is_valid(id)) return ERR(FATAL, "key directory %s holds a seal key with an unusable name", directory);
    if (crypto->key_count == SEAL_KEYS_MAX) return ERR(FATAL, "key directory %s holds more than %d seal keys", directory, SEAL_KEYS_MAX);
    struct seal_key *key = &crypto->keys[crypto->key_count];
    size_t size = 0;
    TRY(key_file_read(directory, name, key->bytes, KEY_BYTES, &size));
    if (size != KEY_BYTES) return ERR(FATAL, "seal key %s in %s is cut short; restore it from the backup", id, directory);
    memcpy(key->id, id, strlen(id) + 1);
    static const char purpose[] = "payung seal nonce";
    CHECK(crypto_generichash(key->nonce_bytes, KEY_BYTES, (const uint8_t *)purpose, sizeof purpose, key->bytes, KEY_BYTES) == 0);
    crypto->key_count++;
    return OK;
}

static const struct seal_key *seal_key_find(const struct crypto *crypto, struct slice id) {
    for (size_t i = 0; i < crypto->key_count; i++)
        if (slice_is(id, crypto->keys[i].id)) return &crypto->keys[i];
    return NULL;
}

static struct err keys_load(struct crypto *crypto, const char *directory) {
    uint8_t pepper[KEY_BYTES];
    size_t size = 0;
    TRY(key_file_read(directory, "pepper", pepper, sizeof pepper, &size));
    if (size != KEY_BYTES) return ERR(FATAL, "the pepper in %s is cut short; restore it from the backup", directory);
    crypto_auth_hmacsha256_init(&crypto->pepper, pepper, sizeof pepper);
    sodium_memzero(pepper, sizeof pepper);

    DIR *folder = opendir(directory);
    if (folder == NULL) return ERR(FATAL, "key directory %s: %s", directory, strerror(errno));
    struct err err = OK;
    for (const struct dirent *entry; !failed(&err) && (entry = readdir(folder)) != NULL;)
        if (strncmp(entry->d_name, "seal-", 5) == 0 && strcmp(entry->d_name, "seal-current") != 0)
            err = seal_key_load(crypto, directory, entry->d_name);
    (void)closedir(folder);
    if (failed(&err)) return err;

    char current[KEY_ID_MAX + 2];
    TRY(key_file_read(directory, "seal-current", current, sizeof current - 1, &size));
    while (size > 0 && (current[size - 1] == '\n' || current[size - 1] == ' ')) size--;
    crypto->current = seal_key_find(crypto, slice_of(current, size));
    if (crypto->current == NULL) return ERR(FATAL, "seal-current in %s names a key that is not there", directory);
    return OK;
}

struct err crypto_open(const char *directory, struct crypto **ret_crypto) {
    ready();
    struct crypto *crypto = sodium_malloc(sizeof *crypto);
    CHECK(crypto != NULL);
    memset(crypto, 0, sizeof *crypto);
    struct err err = keys_load(crypto, directory);
    if (failed(&err)) {
        crypto_close(crypto);
        return err;
    }
    CHECK(sodium_mprotect_readonly(crypto) == 0);
    *ret_crypto = crypto;
    return OK;
}

void crypto_close(struct crypto *crypto) {
    if (crypto != NULL) sodium_free(crypto); /* wipes */
}

/* ---- tokens and ids ---- */

static void put_u32(uint8_t bytes[4], uint32_t value) {
    for (int i = 0; i < 4; i++) bytes[i] = (uint8_t)(value >> (8 * i));
}
static uint32_t take_u32(const uint8_t bytes[4]) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

struct person_token crypto_person_token(const struct crypto *crypto, struct slice normalised_nik) {
    struct person_token token = {{0}};
    if (normalised_nik.size == 0) return token;
    crypto_auth_hmacsha256_state state = crypto->pepper;
    uint8_t full[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_update(&state, normalised_nik.bytes, normalised_nik.size);
    crypto_auth_hmacsha256_final(&state, full);
    memcpy(token.bytes, full, TOKEN_BYTES);
    return token;
}

struct id crypto_keyed_id(const struct crypto *crypto, const char *label, const struct slice *parts, size_t part_count) {
    CHECK(label[0] != '\0');
    crypto_auth_hmacsha256_state state = crypto->pepper;
    uint8_t length[4], full[crypto_auth_hmacsha256_BYTES];
    /* The label is not digits, so a keyed id can never equal a person token's input. */
    put_u32(length, (uint32_t)strlen(label));
    crypto_auth_hmacsha256_update(&state, length, sizeof length);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)label, strlen(label));
    for (size_t i = 0; i < part_count; i++) {
        CHECK(parts[i].size <= UINT32_MAX);
        put_u32(length, (uint32_t)parts[i].size);
        crypto_auth_hmacsha256_update(&state, length, sizeof length);
        if (parts[i].size > 0) crypto_auth_hmacsha256_update(&state, parts[i].bytes, parts[i].size);
    }
    crypto_auth_hmacsha256_final(&state, full);
    struct id id;
    memcpy(id.bytes, full, ID_BYTES);
    return id;
}

struct id crypto_event_id(const char *stage, struct id application_id, uint32_t attempt, const struct lineage *lineage, int32_t partition) {
    CHECK(stage[0] != '\0');
    static const char domain[] = "payung";
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, (const uint8_t *)domain, sizeof domain); /* with its zero byte: a separator */
    crypto_hash_sha256_update(&state, (const uint8_t *)stage, strlen(stage) + 1);
    uint8_t number[4];
    if (!id_is_zero(application_id)) {
        crypto_hash_sha256_update(&state, application_id.bytes, ID_BYTES);
        put_u32(number, attempt);
        crypto_hash_sha256_update(&state, number, sizeof number);
    } else {
        CHECK(lineage != NULL);
        const uint32_t numbers[] = {lineage->epoch, (uint32_t)partition, (uint32_t)lineage->origin, (uint32_t)((uint64_t)lineage->origin >> 32)};
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
            put_u32(number, numbers[i]);
            crypto_hash_sha256_update(&state, number, sizeof number);
        }
    }
    uint8_t full[SHA256_BYTES];
    crypto_hash_sha256_final(&state, full);
    struct id id;
    memcpy(id.bytes, full, ID_BYTES);
    return id;
}

struct id crypto_trace_id(struct id application_id) { return crypto_event_id("trace", application_id, 1, NULL, 0); }

void crypto_random(void *ret_bytes, size_t size) {
    ready();
    randombytes_buf(ret_bytes, size);
}

/* ---- sealed persons: nonce | ciphertext of (version, 4 fields each with a 16-bit length) ---- */

static size_t person_write(const struct person *person, uint8_t *bytes) {
    const struct slice fields[PERSON_FIELDS] = {person->nik, person->name, person->phone, person->address};
    size_t at = 0;
    bytes[at++] = PERSON_VERSION;
    for (int i = 0; i < PERSON_FIELDS; i++) {
        bytes[at++] = (uint8_t)fields[i].size;
        bytes[at++] = (uint8_t)(fields[i].size >> 8);
        if (fields[i].size > 0) memcpy(bytes + at, fields[i].bytes, fields[i].size);
        at += fields[i].size;
    }
    return at;
}

static bool person_read(struct slice plain, struct person *ret_person) {
    struct slice *const fields[PERSON_FIELDS] = {&ret_person->nik, &ret_person->name, &ret_person->phone, &ret_person->address};
    if (plain.size < 1 || plain.bytes[0] != PERSON_VERSION) return false;
    size_t at = 1;
    for (int i = 0; i < PERSON_FIELDS; i++) {
        if (plain.size - at < 2) return false;
        size_t size = plain.bytes[at] | (size_t)plain.bytes[at + 1] << 8;
        at += 2;
        if (plain.size - at < size) return false;
        *fields[i] = slice_of(plain.bytes + at, size);
        at += size;
    }
    return at == plain.size;
}

static void seal_nonce(const struct seal_key *key, struct id id, struct slice plain, uint8_t nonce[NONCE_BYTES]) {
    crypto_generichash_state state;
    CHECK(crypto_generichash_init(&state, key->nonce_bytes, KEY_BYTES, NONCE_BYTES) == 0);
    crypto_generichash_update(&state, id.bytes, ID_BYTES);
    crypto_generichash_update(&state, plain.bytes, plain.size);
    crypto_generichash_final(&state, nonce, NONCE_BYTES);
}

static struct slice seal(const struct crypto *crypto, struct arena *arena, struct slice plain, struct id id, struct slice *ret_key_id) {
    const struct seal_key *key = crypto->current;
    uint8_t *sealed = arena_take(arena, NONCE_BYTES + plain.size + TAG_BYTES);
    seal_nonce(key, id, plain, sealed);
    unsigned long long size = 0;
    CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_BYTES, &size, plain.bytes, plain.size, id.bytes, ID_BYTES, NULL, sealed, key->bytes) == 0);
    *ret_key_id = arena_copy(arena, slice_text(key->id));
    return slice_of(sealed, NONCE_BYTES + (size_t)size);
}

/* what: "person", for the error. */
static struct err unseal(const struct crypto *crypto, struct arena *arena, const char *what, struct slice sealed, struct slice key_id, struct id id, struct slice *ret_plain) {
    const struct seal_key *key = seal_key_find(crypto, key_id);
    if (key == NULL) return ERR(PARK, "the seal key of this %s is not in the key directory; restore it", what);
    if (sealed.size < NONCE_BYTES + TAG_BYTES) return ERR(PARK, "a sealed %s is too short", what);
    uint8_t *plain = arena_take(arena, sealed.size);
    unsigned long long size = 0;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &size, NULL, sealed.bytes + NONCE_BYTES, sealed.size - NONCE_BYTES, id.bytes, ID_BYTES, sealed.bytes, key->bytes) != 0)
        return ERR(PARK, "a sealed %s does not open: damaged, or moved from somewhere else", what);
    *ret_plain = slice_of(plain, (size_t)size);
    return OK;
}

struct slice crypto_seal(const struct crypto *crypto, struct arena *arena, const struct person *person, struct id application_id, struct slice *ret_key_id) {
    CHECK(person->nik.size <= UINT16_MAX && person->name.size <= UINT16_MAX);
    CHECK(person->phone.size <= UINT16_MAX && person->address.size <= UINT16_MAX);
    size_t plain_size = 1 + 2 * PERSON_FIELDS + person->nik.size + person->name.size + person->phone.size + person->address.size;
    uint8_t *plain = arena_take(arena, plain_size);
    CHECK(person_write(person, plain) == plain_size);
    struct slice sealed = seal(crypto, arena, slice_of(plain, plain_size), application_id, ret_key_id);
    sodium_memzero(plain, plain_size);
    return sealed;
}

struct err crypto_unseal(const struct crypto *crypto, struct arena *arena, struct slice sealed, struct slice key_id, struct id application_id, struct person *ret_person) {
    struct slice plain;
    struct person person;
    TRY(unseal(crypto, arena, "person", sealed, key_id, application_id, &plain));
    if (!person_read(plain, &person)) return ERR(PARK, "a sealed person has an unknown form");
    *ret_person = person;
    return OK;
}

/* ---- sealed secrets: the same around (SECRET_VERSION, the secret) ---- */

struct slice crypto_seal_secret(const struct crypto *crypto, struct arena *arena, struct slice secret, struct id id, struct slice *ret_key_id) {
    uint8_t *plain = arena_take(arena, secret.size + 1);
    plain[0] = SECRET_VERSION;
    memcpy(plain + 1, secret.bytes, secret.size);
    struct slice sealed = seal(crypto, arena, slice_of(plain, secret.size + 1), id, ret_key_id);
    sodium_memzero(plain, secret.size + 1);
    return sealed;
}

struct err crypto_unseal_secret(const struct crypto *crypto, struct arena *arena, struct slice sealed, struct slice key_id, struct id id, struct slice *ret_secret) {
    struct slice plain;
    TRY(unseal(crypto, arena, "secret", sealed, key_id, id, &plain));
    if (plain.size < 1 || plain.bytes[0] != SECRET_VERSION) return ERR(PARK, "a sealed secret has an unknown form");
    *ret_secret = slice_of(plain.bytes + 1, plain.size - 1);
    return OK;
}

struct id partner_key_id(const struct crypto *crypto, struct slice partner, int32_t generation) {
    uint8_t number[4];
    put_u32(number, (uint32_t)generation);
    const struct slice parts[] = {partner, slice_of(number, sizeof number)};
    return crypto_keyed_id(crypto, "signing key", parts, 2);
}

/* ---- sealed files: magic | key id padded to 16 | stream header | frames (32-bit length, ciphertext), the last one tagged final ---- */

struct sealed_file {
    crypto_secretstream_xchacha20poly1305_state state;
    int fd;
    bool writing, at_end;
    size_t filled; /* plain bytes waiting in `plain` */
    char path[PATH_BYTES_MAX];
    uint8_t plain[CHUNK_PLAIN_MAX];
    uint8_t sealed[4 + CHUNK_SEALED_MAX];
};

static struct sealed_file *sealed_file_new(const char *path) {
    struct sealed_file *file = malloc(sizeof *file);
    CHECK(file != NULL);
    file->fd = -1;
    file->writing = file->at_end = false;
    file->filled = 0;
    if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path) {
        free(file);
        return NULL;
    }
    return file;
}

static void sealed_file_free(struct sealed_file *file) {
    if (file->fd >= 0) (void)close(file->fd);
    sodium_memzero(&file->state, sizeof file->state);
    sodium_memzero(file->plain, sizeof file->plain);
    free(file);
}

struct err sealed_file_create(const struct crypto *crypto, const char *path, struct sealed_file **ret_file) {
    struct sealed_file *file = sealed_file_new(path);
    if (file == NULL) return ERR(FATAL, "the path of the upload directory is too long");
    file->writing = true;
    file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file->fd < 0) {
        sealed_file_free(file);
        return ERR(AGAIN, "the upload directory can't take a file: %s; check disk and rights", strerror(errno));
    }
    uint8_t head[FILE_MAGIC_BYTES + KEY_ID_MAX + crypto_secretstream_xchacha20poly1305_HEADERBYTES] = {0};
    memcpy(head, file_magic, FILE_MAGIC_BYTES);
    memcpy(head + FILE_MAGIC_BYTES, crypto->current->id, strlen(crypto->current->id));
    CHECK(crypto_secretstream_xchacha20poly1305_init_push(&file->state, head + FILE_MAGIC_BYTES + KEY_ID_MAX, crypto->current->bytes) == 0);
    struct err err = file_write_all(file->fd, head, sizeof head);
    if (failed(&err)) {
        sealed_file_abandon(file);
        return ERR(AGAIN, "%.200s", err.text);
    }
    *ret_file = file;
    return OK;
}

static struct err chunk_write(struct sealed_file *file, uint8_t tag) {
    unsigned long long size = 0;
    CHECK(crypto_secretstream_xchacha20poly1305_push(&file->state, file->sealed + 4, &size, file->plain, file->filled, NULL, 0, tag) == 0);
    put_u32(file->sealed, (uint32_t)size);
    file->filled = 0;
    struct err err = file_write_all(file->fd, file->sealed, 4 + (size_t)size);
    return failed(&err) ? ERR(AGAIN, "%.200s", err.text) : OK;
}

struct err sealed_file_write(struct sealed_file *file, struct slice bytes) {
    CHECK(file->writing);
    while (bytes.size > 0) {
        size_t room = CHUNK_PLAIN_MAX - file->filled, take = bytes.size < room ? bytes.size : room;
        memcpy(file->plain + file->filled, bytes.bytes, take);
        file->filled += take;
        bytes = slice_of(bytes.bytes + take, bytes.size - take);
        if (file->filled == CHUNK_PLAIN_MAX) TRY(chunk_write(file, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE));
    }
    return OK;
}

struct err sealed_file_finish(struct sealed_file *file) {
    CHECK(file->writing);
    struct err err = chunk_write(file, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
    if (!failed(&err) && fdatasync(file->fd) != 0) err = ERR(AGAIN, "an upload can't be made durable: %s", strerror(errno));
    sealed_file_free(file);
    return err;
}

void sealed_file_abandon(struct sealed_file *file) {
    (void)unlink(file->path); /* nothing is kept */
    sealed_file_free(file);
}

struct err sealed_file_open(const struct crypto *crypto, const char *path, struct sealed_file **ret_file) {
    struct sealed_file *file = sealed_file_new(path);
    if (file == NULL) return ERR(FATAL, "the path of the upload directory is too long");
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t head[FILE_MAGIC_BYTES + KEY_ID_MAX + crypto_secretstream_xchacha20poly1305_HEADERBYTES];
    size_t size = 0;
    struct err err = OK;
    if (file->fd < 0) err = ERR(PARK, "a stored upload can't be opened: %s", strerror(errno));
    if (!failed(&err)) err = file_read_all(file->fd, head, sizeof head, &size);
    if (!failed(&err) && (size != sizeof head || memcmp(head, file_magic, FILE_MAGIC_BYTES) != 0))
        err = ERR(PARK, "a stored upload is damaged: its head is wrong");
    const struct seal_key *key = NULL;
    if (!failed(&err)) {
        const char *id = (const char *)head + FILE_MAGIC_BYTES;
        key = seal_key_find(crypto, slice_of(id, strnlen(id, KEY_ID_MAX)));
        if (key == NULL) err = ERR(PARK, "the key of a stored upload is not in the key directory; restore it");
    }
    if (!failed(&err) &&
        crypto_secretstream_xchacha20poly1305_init_pull(&file->state, head + FILE_MAGIC_BYTES + KEY_ID_MAX, key->bytes) != 0)
        err = ERR(PARK, "a stored upload is damaged: its stream head is wrong");
    if (failed(&err)) {
        sealed_file_free(file);
        return err;
    }
    *ret_file = file;
    return OK;
}

struct err sealed_file_read(struct sealed_file *file, struct slice *ret_bytes) {
    CHECK(!file->writing);
    *ret_bytes = slice_of(file->plain, 0);
    if (file->at_end) return OK;
    size_t size = 0;
    TRY(file_read_all(file->fd, file->sealed, 4, &size));
    if (size != 4) return ERR(PARK, "a stored upload is cut short");
    uint32_t frame = take_u32(file->sealed);
    if (frame < crypto_secretstream_xchacha20poly1305_ABYTES || frame > CHUNK_SEALED_MAX) return ERR(PARK, "a stored upload is damaged");
    TRY(file_read_all(file->fd, file->sealed, frame, &size));
    if (size != frame) return ERR(PARK, "a stored upload is cut short");
    unsigned long long plain = 0;
    uint8_t tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&file->state, file->plain, &plain, &tag, file->sealed, frame, NULL, 0) != 0)
        return ERR(PARK, "a stored upload is damaged");
    file->at_end = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    *ret_bytes = slice_of(file->plain, (size_t)plain);
    return OK;
}

void sealed_file_close(struct sealed_file *file) {
    CHECK(!file->writing);
    sealed_file_free(file);
}
