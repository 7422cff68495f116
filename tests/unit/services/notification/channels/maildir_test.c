/* The maildir: one letter per event, whatever happens in between; a letter that was opened is not delivered again; a full or missing disk
 * is an outage, not a loss. */
#include "tests/unit/cmocka_all.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/notification/channels/maildir.h"

static char top[64];

static int make_folder(void **state) {
    (void)snprintf(top, sizeof top, "payung-maildir-XXXXXX");
    return mkdtemp(top) == NULL ? -1 : 0;
}
static int remove_folder(void **state) {
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

static char *path_of(const char *rest) {
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", top, rest);
    return path;
}

static int files_in(const char *folder) {
    DIR *listing = opendir(path_of(folder));
    assert_non_null(listing);
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) count += entry->d_name[0] != '.';
    (void)closedir(listing);
    return count;
}

static struct delivery delivery_of(int number, const char *text) {
    struct delivery delivery = {.message = slice_text(text)};
    (void)snprintf(delivery.name, sizeof delivery.name, "%032x", (unsigned)number);
    return delivery;
}

static const char *content(const char *folder, const char *name) {
    static char text[64];
    char rest[128];
    (void)snprintf(rest, sizeof rest, "%s/%s", folder, name);
    FILE *file = fopen(path_of(rest), "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    (void)fclose(file);
    return text;
}

static void letters_are_handed_over_once_and_never_replaced(void **state) {
    struct maildir *maildir = NULL;
    struct err err = maildir_open(path_of("mail"), &maildir);
    assert_int_equal(err.fate, FATE_OK);
    struct delivery deliveries[] = {delivery_of(1, "one\n"), delivery_of(2, "two\n")};
    assert_int_equal(maildir_deliver(maildir, deliveries, 2).fate, FATE_OK);
    struct delivery again[] = {delivery_of(2, "TWO\n"), delivery_of(3, "three\n")};
    assert_int_equal(maildir_deliver(maildir, again, 2).fate, FATE_OK);
    assert_int_equal(files_in("mail/new"), 3);
    assert_int_equal(files_in("mail/tmp"), 0);
    assert_string_equal(content("mail/new", again[0].name), "two\n");
    struct stat status;
    assert_int_equal(stat(path_of("mail/new"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    char rest[128];
    (void)snprintf(rest, sizeof rest, "mail/new/%s", again[0].name);
    assert_int_equal(stat(path_of(rest), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    maildir_close(maildir);
}

static void a_letter_that_was_opened_meanwhile_is_not_delivered_again(void **state) {
    struct maildir *maildir = NULL;
    struct delivery delivery = delivery_of(1, "one\n");
    assert_int_equal(maildir_open(path_of("mail"), &maildir).fate, FATE_OK);
    assert_int_equal(maildir_deliver(maildir, &delivery, 1).fate, FATE_OK);
    char from[256], to[256], rest[128];
    (void)snprintf(rest, sizeof rest, "mail/new/%s", delivery.name);
    (void)snprintf(from, sizeof from, "%s", path_of(rest));
    (void)snprintf(rest, sizeof rest, "mail/cur/%s:2,S", delivery.name);
    (void)snprintf(to, sizeof to, "%s", path_of(rest));
    assert_int_equal(rename(from, to), 0);
    maildir_close(maildir); /* the writer dies before its books are closed, and another one starts */
    assert_int_equal(maildir_open(path_of("mail"), &maildir).fate, FATE_OK);
    assert_int_equal(maildir_deliver(maildir, &delivery, 1).fate, FATE_OK);
    assert_int_equal(files_in("mail/new"), 0);
    assert_int_equal(files_in("mail/cur"), 1);
    maildir_close(maildir);
}

static void a_missing_folder_is_an_outage_and_heals(void **state) {
    struct maildir *maildir = NULL;
    struct delivery delivery = delivery_of(1, "one\n");
    assert_int_equal(maildir_open(path_of("mail"), &maildir).fate, FATE_OK);
    assert_int_equal(rename(arena_text(*state, slice_text(path_of("mail"))), arena_text(*state, slice_text(path_of("away")))), 0);
    assert_int_equal(maildir_deliver(maildir, &delivery, 1).fate, FATE_AGAIN);
    assert_int_equal(maildir_ready(maildir).fate, FATE_AGAIN);
    assert_int_equal(files_in("away/new"), 0);
    assert_int_equal(mkdir(path_of("mail"), 0700), 0);
    assert_int_equal(maildir_ready(maildir).fate, FATE_OK);
    assert_int_equal(maildir_deliver(maildir, &delivery, 1).fate, FATE_OK);
    assert_int_equal(files_in("mail/new"), 1);
    maildir_close(maildir);
}

static void drafts_of_a_writer_that_died_are_removed(void **state) {
    struct maildir *maildir = NULL;
    struct delivery delivery = delivery_of(1, "one\n");
    assert_int_equal(maildir_open(path_of("mail"), &maildir).fate, FATE_OK);
    char dead[128], living[128], strange[] = "mail/tmp/by.somebody.else";
    (void)snprintf(dead, sizeof dead, "mail/tmp/%s.%d", delivery_of(2, "").name, 2147483646);
    (void)snprintf(living, sizeof living, "mail/tmp/%s.%ld", delivery_of(3, "").name, (long)getpid());
    const char *const drafts[] = {dead, living, strange};
    for (size_t i = 0; i < 3; i++) {
        FILE *file = fopen(path_of(drafts[i]), "w");
        assert_non_null(file);
        (void)fclose(file);
    }
    assert_int_equal(maildir_deliver(maildir, &delivery, 1).fate, FATE_OK);
    assert_int_equal(access(path_of(dead), F_OK), -1);
    assert_int_equal(access(path_of(living), F_OK), 0);
    assert_int_equal(access(path_of(strange), F_OK), 0);
    maildir_close(maildir);
}

static int make_folder_and_arena(void **state) {
    *state = arena_create(1 << 16);
    return make_folder(NULL);
}
static int remove_folder_and_arena(void **state) {
    arena_destroy(*state);
    return remove_folder(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(letters_are_handed_over_once_and_never_replaced, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_letter_that_was_opened_meanwhile_is_not_delivered_again, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(drafts_of_a_writer_that_died_are_removed, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_missing_folder_is_an_outage_and_heals, make_folder_and_arena, remove_folder_and_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
