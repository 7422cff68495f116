/* Key files: made once and never over what is there, whole or not at all, and a secret that others may read is refused. */
#include "common/edge/key_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

static char folder[256];

static int set_up(void **state) {
    (void)state;
    const char *parent = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/payung-key-XXXXXX", parent != NULL ? parent : P_tmpdir);
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char path[KEY_PATH_BYTES_MAX];
    struct err err = key_file_path(folder, "secret", path);
    (void)unlink(path);
    return failed(&err) ? -1 : rmdir(folder); /* fails when anything else was left behind */
}

static void fails(struct err err, const char *word) {
    assert_int_equal(err.fate, FATE_FATAL);
    if (strstr(err.text, word) == NULL) fail_msg("%s", err.text);
}

static void succeeds(struct err err) {
    if (failed(&err)) fail_msg("%s", err.text);
}

static void a_file_is_made_once_and_kept(void **state) {
    (void)state;
    char bytes[16] = "";
    size_t size = 0;
    succeeds(key_folder_make(folder)); /* it is there */
    succeeds(key_file_make(folder, "secret", "first", 5));
    succeeds(key_file_make(folder, "secret", "second", 6));
    succeeds(key_file_read(folder, "secret", bytes, sizeof bytes, &size));
    assert_int_equal(size, 5);
    assert_memory_equal(bytes, "first", 5);
    succeeds(key_file_read(folder, "secret", bytes, 3, &size)); /* no more than there is room for */
    assert_int_equal(size, 3);
}

static void a_secret_that_others_may_read_is_refused(void **state) {
    (void)state;
    char bytes[16], path[KEY_PATH_BYTES_MAX];
    size_t size = 0;
    succeeds(key_file_path(folder, "secret", path));
    assert_int_equal(chmod(path, 0640), 0);
    fails(key_file_read(folder, "secret", bytes, sizeof bytes, &size), "chmod 600");
    succeeds(key_file_read_public(path, bytes, sizeof bytes, &size));
    assert_int_equal(size, 5);
    assert_int_equal(chmod(path, 0600), 0);
}

static void what_is_missing_or_named_too_long_is_told(void **state) {
    (void)state;
    char bytes[16], name[KEY_PATH_BYTES_MAX];
    size_t size = 0;
    fails(key_file_read(folder, "nothing", bytes, sizeof bytes, &size), "payung keys create");
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    fails(key_file_make(folder, name, "x", 1), "too long");
    fails(key_file_read(folder, name, bytes, sizeof bytes, &size), "too long");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_made_once_and_kept),
        cmocka_unit_test(a_secret_that_others_may_read_is_refused),
        cmocka_unit_test(what_is_missing_or_named_too_long_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
