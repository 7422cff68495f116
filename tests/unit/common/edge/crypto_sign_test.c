/* Signatures of an installation: the pair of keys is made once and kept, what is signed is known by the public key alone, and damaged or foreign keys are refused. */
#include "common/edge/crypto_sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

static char folder[256];

static const char *file_of(const char *name) {
    static char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int set_up(void **state) {
    (void)state;
    const char *parent = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/payung-sign-XXXXXX", parent != NULL ? parent : P_tmpdir);
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    (void)unlink(file_of("sign-secret"));
    (void)unlink(file_of("sign-public"));
    return rmdir(folder);
}

static struct signer *opened(void) {
    struct signer *signer = NULL;
    struct err err = signer_open(folder, &signer);
    if (failed(&err)) fail_msg("%s", err.text);
    return signer;
}

static void fails(struct err err, const char *word) {
    assert_int_equal(err.fate, FATE_FATAL);
    if (strstr(err.text, word) == NULL) fail_msg("%s", err.text);
}

static void without_keys_nobody_signs(void **state) {
    (void)state;
    struct signer *signer = NULL;
    fails(signer_open(folder, &signer), "payung keys create");
}

static void the_pair_is_made_once_and_kept(void **state) {
    (void)state;
    struct err err = sign_keys_create(folder);
    assert_false(failed(&err));
    struct signer *first = opened();
    const struct sign_public key = *signer_public(first);
    signer_close(first);
    err = sign_keys_create(folder);
    assert_false(failed(&err));
    struct signer *second = opened();
    assert_memory_equal(&key, signer_public(second), sizeof key);
    signer_close(second);
    struct stat status;
    assert_int_equal(stat(file_of("sign-secret"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(unlink(file_of("sign-public")), 0); /* made again from the secret */
    err = sign_keys_create(folder);
    assert_false(failed(&err));
    struct sign_public again;
    err = sign_public_read(file_of("sign-public"), &again);
    assert_false(failed(&err));
    assert_memory_equal(&key, &again, sizeof key);
}

static void a_signature_is_of_these_bytes_by_this_key(void **state) {
    (void)state;
    struct signer *signer = opened();
    struct sign_public key = *signer_public(signer);
    uint8_t signature[SIGNATURE_BYTES], again[SIGNATURE_BYTES];
    sign(signer, slice_text("journal 17"), signature);
    sign(signer, slice_text("journal 17"), again);
    assert_memory_equal(signature, again, sizeof signature); /* the same bytes every time */
    assert_true(sign_is_right(&key, slice_text("journal 17"), signature));
    assert_false(sign_is_right(&key, slice_text("journal 18"), signature));
    assert_false(sign_is_right(&key, slice_text(""), signature));
    signature[63] ^= 1;
    assert_false(sign_is_right(&key, slice_text("journal 17"), signature));
    key.bytes[0] ^= 1;
    assert_false(sign_is_right(&key, slice_text("journal 17"), again));
    signer_close(signer);
    signer_close(NULL);
}

static void a_public_key_is_read_from_its_digits_too(void **state) {
    (void)state;
    struct sign_public key;
    struct err err = sign_public_read("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", &key);
    assert_false(failed(&err));
    assert_int_equal(key.bytes[31], 0xff);
    fails(sign_public_read("00112233", &key), "can't be opened");
}

static void damaged_keys_are_refused(void **state) {
    (void)state;
    struct signer *signer = NULL;
    FILE *file = fopen(file_of("sign-public"), "w");
    assert_non_null(file);
    fprintf(file, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
    assert_int_equal(fclose(file), 0);
    fails(signer_open(folder, &signer), "not of one pair");
    file = fopen(file_of("sign-public"), "w");
    assert_non_null(file);
    fprintf(file, "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
    assert_int_equal(fclose(file), 0);
    fails(signer_open(folder, &signer), "no public key");
    assert_int_equal(truncate(file_of("sign-public"), 10), 0);
    fails(signer_open(folder, &signer), "another size");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_keys_nobody_signs),       cmocka_unit_test(the_pair_is_made_once_and_kept),           cmocka_unit_test(a_signature_is_of_these_bytes_by_this_key),
        cmocka_unit_test(a_public_key_is_read_from_its_digits_too), cmocka_unit_test(damaged_keys_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
