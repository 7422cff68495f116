/* Fresh files: the name shows a whole file or what stood there before, never a part, and nothing is left behind. */
#include "common/edge/fresh_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/cmocka_all.h"

static char folder[256], path[512];

static int set_up(void **state) {
    (void)state;
    const char *parent = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%s/payung-fresh-XXXXXX", parent != NULL ? parent : P_tmpdir);
    if (mkdtemp(folder) == NULL) return -1;
    (void)snprintf(path, sizeof path, "%s/list.csv", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails when a part was left */
}

static void holds(const char *text) {
    char bytes[64] = "";
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(bytes, 1, sizeof bytes - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(size, strlen(text));
    assert_string_equal(bytes, text);
}

static struct fresh_file opened(const char *text) {
    struct fresh_file file;
    const struct err err = fresh_file_open(path, FRESH_PRIVATE, &file);
    if (failed(&err)) fail_msg("%s", err.text);
    assert_true(fputs(text, file.stream) >= 0);
    return file;
}

static void the_name_comes_with_the_last_byte(void **state) {
    (void)state;
    struct stat status;
    struct fresh_file file = opened("first");
    assert_int_not_equal(access(path, F_OK), 0);
    struct err err = fresh_file_keep(&file);
    assert_false(failed(&err));
    holds("first");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    file = opened("second");
    holds("first");
    err = fresh_file_keep(&file);
    assert_false(failed(&err));
    holds("second");
}

static void what_is_dropped_leaves_what_stood_there(void **state) {
    (void)state;
    struct fresh_file file = opened("half");
    fresh_file_drop(&file);
    holds("second");
    assert_int_not_equal(access(file.part, F_OK), 0);
}

static void a_part_that_another_program_writes_is_kept_too(void **state) {
    (void)state;
    struct fresh_file file;
    struct err err = fresh_file_name(path, &file);
    assert_false(failed(&err));
    err = fresh_file_keep(&file); /* there is no part */
    assert_int_equal(err.fate, FATE_FATAL);
    holds("second");
    FILE *other = fopen(file.part, "wb");
    assert_non_null(other);
    assert_true(fputs("third", other) >= 0);
    assert_int_equal(fclose(other), 0);
    err = fresh_file_keep(&file);
    assert_false(failed(&err));
    holds("third");
}

static void a_disk_that_is_full_is_told(void **state) {
    (void)state;
    struct fresh_file file = opened("fourth");
    FILE *full = fopen("/dev/full", "wb"); /* in place of the disk: every write fails */
    if (full == NULL) skip();
    assert_int_equal(fclose(file.stream), 0);
    file.stream = full;
    assert_true(fputs("fourth", file.stream) >= 0);
    const struct err err = fresh_file_keep(&file);
    assert_int_equal(err.fate, FATE_FATAL);
    assert_non_null(strstr(err.text, "No space"));
    holds("third");
}

static void a_name_that_can_not_be_is_told(void **state) {
    (void)state;
    struct fresh_file file;
    char name[FRESH_PATH_BYTES_MAX];
    struct err err = fresh_file_open("no/such/folder.csv", FRESH_SHARED, &file);
    assert_int_equal(err.fate, FATE_FATAL);
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    err = fresh_file_open(name, FRESH_SHARED, &file);
    assert_int_equal(err.fate, FATE_FATAL);
    assert_non_null(strstr(err.text, "name too long"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_comes_with_the_last_byte), cmocka_unit_test(what_is_dropped_leaves_what_stood_there), cmocka_unit_test(a_part_that_another_program_writes_is_kept_too),
        cmocka_unit_test(a_disk_that_is_full_is_told),       cmocka_unit_test(a_name_that_can_not_be_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
