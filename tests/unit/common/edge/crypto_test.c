/* The crypto box: the same person always has the same token and no other, seals open only where they belong, sealed files notice any change. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/edge/crypto.h"

static char folder[64];
static struct crypto *crypto;
static struct arena *arena;

static void in_folder(const char *name, char ret_path[160]) { CHECK(snprintf(ret_path, 160, "%s/%s", folder, name) < 160); }

static int open_all(void **state) {
    (void)snprintf(folder, sizeof folder, "payung-crypto-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    struct err err = crypto_keys_create(folder);
    CHECK(!failed(&err));
    err = crypto_open(folder, &crypto);
    CHECK(!failed(&err));
    arena = arena_create(1 << 20);
    return 0;
}

static int close_all(void **state) {
    crypto_close(crypto);
    arena_destroy(arena);
    char command[128];
    CHECK(snprintf(command, sizeof command, "rm -r %s", folder) < (int)sizeof command);
    return system(command);
}

static struct id an_id(uint8_t fill) {
    struct id id;
    memset(id.bytes, fill, ID_BYTES);
    return id;
}

static void keys_made_twice_stay_the_same(void **state) {
    const struct slice nik = slice_text("1708041211879901");
    struct person_token before = crypto_person_token(crypto, nik);
    struct err err = crypto_keys_create(folder);
    assert_false(failed(&err));
    struct crypto *again = NULL;
    err = crypto_open(folder, &again);
    assert_false(failed(&err));
    struct person_token after = crypto_person_token(again, nik);
    crypto_close(again);
    assert_memory_equal(&before, &after, sizeof before);
    char path[160];
    struct stat status;
    in_folder("pepper", path);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_key_that_others_may_read_is_refused(void **state) {
    char path[160];
    struct crypto *again = NULL;
    in_folder("pepper", path);
    assert_int_equal(chmod(path, 0644), 0);
    struct err err = crypto_open(folder, &again);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(err.fate, FATE_FATAL);
    assert_non_null(strstr(err.text, "chmod 600"));
}

static void a_person_without_nik_has_the_zero_token(void **state) {
    struct person_token none = crypto_person_token(crypto, slice_text("")), zero = {{0}};
    struct person_token one = crypto_person_token(crypto, slice_text("1708041211879901")), two = crypto_person_token(crypto, slice_text("1708041211879902"));
    assert_memory_equal(&none, &zero, sizeof zero);
    assert_memory_not_equal(&one, &two, sizeof one);
}

static void parts_of_a_keyed_id_can_not_be_shifted(void **state) {
    const struct slice ab_c[] = {slice_text("ab"), slice_text("c")}, a_bc[] = {slice_text("a"), slice_text("bc")}, abc[] = {slice_text("abc")};
    struct id first = crypto_keyed_id(crypto, "row", ab_c, 2), second = crypto_keyed_id(crypto, "row", a_bc, 2), third = crypto_keyed_id(crypto, "row", abc, 1);
    struct id label = crypto_keyed_id(crypto, "api", ab_c, 2), same = crypto_keyed_id(crypto, "row", ab_c, 2);
    assert_memory_not_equal(&first, &second, sizeof first);
    assert_memory_not_equal(&first, &third, sizeof first);
    assert_memory_not_equal(&first, &label, sizeof first);
    assert_memory_equal(&first, &same, sizeof first);
}

static void a_sealed_secret_opens_only_where_it_belongs(void **state) {
    struct slice key_id, opened;
    const struct slice secret = slice_text("pys_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG");
    const struct id first = partner_key_id(crypto, slice_text("dinsos"), 1), other[] = {partner_key_id(crypto, slice_text("dinsos"), 2), partner_key_id(crypto, slice_text("dindik"), 1)};
    const struct slice sealed = crypto_seal_secret(crypto, arena, secret, first, &key_id);
    assert_null(memmem(sealed.bytes, sealed.size, secret.bytes, secret.size));
    struct err err = crypto_unseal_secret(crypto, arena, sealed, key_id, first, &opened);
    assert_true(!failed(&err) && slice_equal(opened, secret));
    for (size_t i = 0; i < 2; i++) {
        err = crypto_unseal_secret(crypto, arena, sealed, key_id, other[i], &opened);
        assert_int_equal(err.fate, FATE_PARK);
    }
    struct person person = {slice_text("1708041211879901"), slice_text(""), slice_text(""), slice_text("")};
    err = crypto_unseal(crypto, arena, sealed, key_id, first, &person);
    assert_int_equal(err.fate, FATE_PARK);
    const struct slice sealed_person = crypto_seal(crypto, arena, &person, first, &key_id);
    err = crypto_unseal_secret(crypto, arena, sealed_person, key_id, first, &opened);
    assert_int_equal(err.fate, FATE_PARK);
}

static void a_seal_opens_only_for_its_application_and_whole(void **state) {
    const struct person person = {slice_text("1708041211879901"), slice_text("Siti Rahayu"), slice_text("+6281200000001"), slice_text("Jl. Melati RT 001")};
    struct slice key_id, again_id;
    struct slice sealed = crypto_seal(crypto, arena, &person, an_id(1), &key_id), again = crypto_seal(crypto, arena, &person, an_id(1), &again_id);
    struct person opened;
    assert_true(slice_equal(sealed, again)); /* a repeated submission is the same record */
    struct err err = crypto_unseal(crypto, arena, sealed, key_id, an_id(1), &opened);
    assert_false(failed(&err));
    assert_true(slice_equal(opened.nik, person.nik) && slice_equal(opened.name, person.name));
    assert_true(slice_equal(opened.phone, person.phone) && slice_equal(opened.address, person.address));
    err = crypto_unseal(crypto, arena, sealed, key_id, an_id(2), &opened);
    assert_int_equal(err.fate, FATE_PARK);
    err = crypto_unseal(crypto, arena, sealed, slice_text("other"), an_id(1), &opened);
    assert_int_equal(err.fate, FATE_PARK);
    for (size_t cut = 0; cut < sealed.size; cut++) {
        err = crypto_unseal(crypto, arena, slice_of(sealed.bytes, cut), key_id, an_id(1), &opened);
        assert_int_equal(err.fate, FATE_PARK);
    }
    for (size_t at = 0; at < sealed.size; at++) {
        struct slice copy = arena_copy(arena, sealed);
        ((uint8_t *)(uintptr_t)copy.bytes)[at] ^= 1;
        err = crypto_unseal(crypto, arena, copy, key_id, an_id(1), &opened);
        assert_int_equal(err.fate, FATE_PARK);
    }
}

static void event_ids_name_the_application_or_the_place_in_the_log(void **state) {
    const struct lineage lineage = {.epoch = 1, .origin = 7}, next = {.epoch = 1, .origin = 8};
    struct id one = crypto_event_id("ledger", an_id(1), 1, &lineage, 0), same = crypto_event_id("ledger", an_id(1), 1, &next, 3);
    struct id attempt = crypto_event_id("ledger", an_id(1), 2, &lineage, 0), stage = crypto_event_id("premium", an_id(1), 1, &lineage, 0);
    struct id unreadable = crypto_event_id("ledger", an_id(0), 0, &lineage, 0), other = crypto_event_id("ledger", an_id(0), 0, &next, 0);
    struct id partition = crypto_event_id("ledger", an_id(0), 0, &lineage, 1);
    assert_memory_equal(&one, &same, sizeof one);
    assert_memory_not_equal(&one, &attempt, sizeof one);
    assert_memory_not_equal(&one, &stage, sizeof one);
    assert_memory_not_equal(&unreadable, &other, sizeof one);
    assert_memory_not_equal(&unreadable, &partition, sizeof one);
}

static void sha256_is_the_standard_one_also_in_pieces(void **state) {
    static const uint8_t abc[SHA256_BYTES] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                              0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t whole[SHA256_BYTES], pieces[SHA256_BYTES];
    crypto_sha256(slice_text("abc"), whole);
    struct sha256 *hash = sha256_start();
    sha256_add(hash, slice_text("a"));
    sha256_add(hash, slice_text("bc"));
    sha256_finish(hash, pieces);
    assert_memory_equal(whole, abc, SHA256_BYTES);
    assert_memory_equal(pieces, abc, SHA256_BYTES);
}

enum { FILE_BYTES = 200 * 1000 };

static void write_file(const char *path) {
    struct sealed_file *file;
    struct err err = sealed_file_create(crypto, path, &file);
    CHECK(!failed(&err));
    uint8_t bytes[1000];
    for (int i = 0; i < FILE_BYTES / 1000; i++) {
        memset(bytes, i, sizeof bytes);
        err = sealed_file_write(file, slice_of(bytes, sizeof bytes));
        CHECK(!failed(&err));
    }
    err = sealed_file_finish(file);
    CHECK(!failed(&err));
}

/* Reads all; the bytes read, or -1 when it is noticed to be damaged. */
static long read_file(const char *path) {
    struct sealed_file *file;
    struct slice bytes;
    long size = 0;
    struct err err = sealed_file_open(crypto, path, &file);
    if (failed(&err)) return -1;
    do {
        err = sealed_file_read(file, &bytes);
        for (size_t i = 0; !failed(&err) && i < bytes.size; i++) assert_int_equal(bytes.bytes[i], (uint8_t)((size + (long)i) / 1000));
        if (!failed(&err)) size += (long)bytes.size;
    } while (!failed(&err) && bytes.size > 0);
    sealed_file_close(file);
    assert_true(!failed(&err) || err.fate == FATE_PARK);
    return failed(&err) ? -1 : size;
}

static void a_sealed_file_is_read_whole_or_noticed_to_be_damaged(void **state) {
    char path[160];
    in_folder("upload", path);
    write_file(path);
    assert_int_equal(read_file(path), FILE_BYTES);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    const long places[] = {0, 5, 30, 46, 60, 70000, (long)status.st_size - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        for (int turn = 0; turn < 2; turn++) { /* damaged, then mended */
            assert_int_equal(fseek(file, places[i], SEEK_SET), 0);
            int byte = fgetc(file);
            assert_int_equal(fseek(file, places[i], SEEK_SET), 0);
            assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
            assert_int_equal(fflush(file), 0);
            assert_int_equal(read_file(path), turn == 0 ? -1 : FILE_BYTES);
        }
    }
    assert_int_equal(fclose(file), 0);
    for (long cut = status.st_size - 1; cut > 0; cut -= 9973) {
        assert_int_equal(truncate(path, cut), 0);
        assert_int_equal(read_file(path), -1);
    }
}

static void an_abandoned_file_leaves_nothing(void **state) {
    char path[160];
    struct sealed_file *file;
    in_folder("gone", path);
    struct err err = sealed_file_create(crypto, path, &file);
    assert_false(failed(&err));
    err = sealed_file_write(file, slice_text("nik;nama"));
    assert_false(failed(&err));
    sealed_file_abandon(file);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_made_twice_stay_the_same),
        cmocka_unit_test(a_key_that_others_may_read_is_refused),
        cmocka_unit_test(a_person_without_nik_has_the_zero_token),
        cmocka_unit_test(parts_of_a_keyed_id_can_not_be_shifted),
        cmocka_unit_test(a_sealed_secret_opens_only_where_it_belongs),
        cmocka_unit_test(a_seal_opens_only_for_its_application_and_whole),
        cmocka_unit_test(event_ids_name_the_application_or_the_place_in_the_log),
        cmocka_unit_test(sha256_is_the_standard_one_also_in_pieces),
        cmocka_unit_test(a_sealed_file_is_read_whole_or_noticed_to_be_damaged),
        cmocka_unit_test(an_abandoned_file_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
