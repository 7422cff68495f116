/* `payung operator add|set|close|list`: who may sign in to the console, and what he may do there. Only a hash of a password is kept; one that is made here is shown once. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/password.h"
#include "services/operations/dead_letter_json.h"
#include "services/operations/operator.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { OPERATOR_ARENA_BYTES = 4 * 1024 * 1024 };

static const char usage[] = "usage: payung operator add NAME [--role ROLE]... [--password-file FILE] [--json]\n"
                            "       payung operator set NAME [--role ROLE]... [--password-file FILE | --new-password] [--json]\n"
                            "       payung operator close NAME [--json]\n"
                            "       payung operator list [--json]\n"
                            "\n"
                            "Who may sign in to the console. add makes an account, or opens one that was closed; set changes one that is there, what is not named stays; close ends it and signs it\n"
                            "out everywhere. Every change is in the audit of the ledger. Environment: PGURL.\n"
                            "  --role ROLE           viewer looks; operator mends dead letters, pauses, sends webhooks anew, lets lists in that need no second person, sees a person with a\n"
                            "                        reason; approver lets lists in that need a second person, takes them back, decides about proposals. More than one may be given.\n"
                            "                        Without it a new account is a viewer\n"
                            "  --password-file FILE  the password, one line of 12 to 256 bytes; - is standard input. Without it add makes one and shows it, once\n"
                            "  --new-password        makes a new one and shows it, once\n"
                            "  --json                one JSON document on standard output\n";

enum verb { VERB_NONE, VERB_ADD, VERB_SET, VERB_CLOSE, VERB_LIST };

struct wanted {
    bool json, makes_password;
    enum verb verb;
    const char *name, *password_file;
    unsigned roles;
};

/* One line, without its end. */
static bool read_password(const char *name, char text[PASSWORD_BYTES_MAX + 3], struct slice *ret_password) {
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    if (file == NULL) return false;
    size_t size = fread(text, 1, PASSWORD_BYTES_MAX + 3, file);
    const bool good = ferror(file) == 0;
    if (file != stdin) (void)fclose(file); /* only read */
    if (size > 0 && text[size - 1] == '\n') size--;
    if (size > 0 && text[size - 1] == '\r') size--;
    *ret_password = slice_of(text, size);
    return good && password_is_sound(*ret_password);
}

/* ret_made: "" unless a password was made. */
static int hash_password(const struct wanted *wanted, char ret_hash[PASSWORD_HASH_TEXT], char ret_made[PASSWORD_MADE_TEXT]) {
    char text[PASSWORD_BYTES_MAX + 3];
    struct slice password;
    ret_made[0] = '\0';
    if (wanted->password_file == NULL) {
        password_make(ret_made);
        password = slice_text(ret_made);
    } else if (!read_password(wanted->password_file, text, &password)) {
        return command_fail(wanted->json, EXIT_FAILED, "PASSWORD_UNUSABLE", "the password can't be read, or is not one line of 12 to 256 bytes", "Write it into a file of its own, or leave --password-file out.");
    }
    const struct err err = password_hash(password, ret_hash);
    explicit_bzero(text, sizeof text);
    return failed(&err) ? command_fail(wanted->json, EXIT_TEMPORARY, "MEMORY", err.text, "Try again.") : EXIT_OK;
}

static int tell(const struct wanted *wanted, const char *made) {
    static const char *const done[] = {[VERB_ADD] = "dapat masuk ke konsol", [VERB_SET] = "diubah", [VERB_CLOSE] = "ditutup"};
    if (wanted->json) command_print_json(json_pack("{s:s,s:s?}", "operator", wanted->name, "password", made[0] != '\0' ? made : NULL));
    else if (made[0] != '\0') printf("Operator %s %s. Kata sandi (hanya ditampilkan sekali): %s\n", wanted->name, done[wanted->verb], made);
    else printf("Operator %s %s.\n", wanted->name, done[wanted->verb]);
    return EXIT_OK;
}

static int change(const struct wanted *wanted, struct pg *pg, struct arena *arena) {
    char hash[PASSWORD_HASH_TEXT], made[PASSWORD_MADE_TEXT] = "", actor[ACTOR_MAX];
    const bool has_password = wanted->verb == VERB_ADD || wanted->password_file != NULL || wanted->makes_password;
    bool found = false;
    const int code = has_password ? hash_password(wanted, hash, made) : EXIT_OK;
    if (code != EXIT_OK) return code;
    const struct operator_change order = {.name = slice_text(wanted->name), .password_hash = has_password ? hash : NULL, .roles = wanted->roles, .closes = wanted->verb == VERB_CLOSE,
                                          .is_new = wanted->verb == VERB_ADD};
    const struct err err = operator_change(pg, arena, &order, operator_name(actor), &found);
    if (failed(&err)) return database_failure(wanted->json, &err);
    if (!found) return command_fail(wanted->json, EXIT_FAILED, "UNKNOWN_OPERATOR", "there is no such operator", "payung operator list shows them; payung operator add makes one.");
    return tell(wanted, made);
}

/* ---- list ---- */

static int list(const struct wanted *wanted, struct pg *pg, struct arena *arena) {
    struct operator_row *rows;
    size_t count;
    const struct err err = operator_list(pg, arena, &rows, &count);
    if (failed(&err)) return database_failure(wanted->json, &err);
    json_t *documents = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *roles = operator_roles_json(rows[i].roles), *row = json_pack("{s:s%,s:O,s:b,s:o,s:o,s:I}", "operator", (const char *)rows[i].name.bytes, rows[i].name.size, "roles", roles, "closed", rows[i].is_closed,
                                                                   "created", dead_letter_moment_json(rows[i].created_at_ms), "last_sign_in", dead_letter_moment_json(rows[i].last_sign_in_ms), "sessions",
                                                                   (json_int_t)rows[i].sessions);
        const char *last = json_string_value(json_object_get(row, "last_sign_in"));
        if (!wanted->json) {
            printf("%-20.*s", SLICE_ARGS(rows[i].name));
            for (size_t k = 0; k < json_array_size(roles); k++) printf(" %s", json_string_value(json_array_get(roles, k)));
            printf("%s; terakhir masuk %s; %lld sesi\n", rows[i].is_closed ? " (ditutup)" : "", last != NULL ? last : "belum pernah", (long long)rows[i].sessions);
        }
        json_decref(roles);
        CHECK(json_array_append_new(documents, row) == 0);
    }
    if (!wanted->json && count == 0) printf("Belum ada operator. Buat dengan: payung operator add NAMA --role operator\n");
    if (wanted->json) command_print_json(json_pack("{s:o}", "operators", documents));
    else json_decref(documents);
    return EXIT_OK;
}

/* ---- arguments ---- */

static bool take_option(struct wanted *wanted, const char *name, const char *value) {
    enum operator_role role;
    const bool changes = wanted->verb == VERB_ADD || wanted->verb == VERB_SET;
    if (strcmp(name, "--role") == 0 && changes && operator_role_parse(slice_text(value), &role)) return wanted->roles |= role, true;
    if (strcmp(name, "--password-file") == 0 && changes) return wanted->password_file = value, true;
    return false;
}

static bool read_words(int argc, char **argv, struct wanted *wanted) {
    static const struct {
        const char *word;
        enum verb verb;
    } verbs[] = {{"add", VERB_ADD}, {"set", VERB_SET}, {"close", VERB_CLOSE}, {"list", VERB_LIST}};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) continue;
        if (strcmp(argv[i], "--new-password") == 0 && wanted->verb == VERB_SET) wanted->makes_password = true;
        else if (argv[i][0] == '-') {
            if (i + 1 >= argc || !take_option(wanted, argv[i], argv[i + 1])) return false;
            i++;
        } else if (wanted->verb == VERB_NONE) {
            for (size_t k = 0; k < sizeof verbs / sizeof *verbs; k++)
                if (strcmp(argv[i], verbs[k].word) == 0) wanted->verb = verbs[k].verb;
            if (wanted->verb == VERB_NONE) return false;
        } else if (wanted->name == NULL && wanted->verb != VERB_LIST) wanted->name = argv[i];
        else return false;
    }
    if (wanted->verb == VERB_NONE || (wanted->verb == VERB_LIST) != (wanted->name == NULL) || (wanted->makes_password && wanted->password_file != NULL)) return false;
    return wanted->verb != VERB_SET || wanted->roles > 0 || wanted->makes_password || wanted->password_file != NULL;
}

int operator_main(int argc, char **argv) {
    struct wanted wanted = {0};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        wanted.json = wanted.json || strcmp(argv[i], "--json") == 0;
    }
    if (!read_words(argc, argv, &wanted)) return command_usage(argc, argv, usage);
    if (wanted.name != NULL && !operator_name_is_sound(slice_text(wanted.name)))
        return command_fail(wanted.json, EXIT_USAGE, "NAME_UNUSABLE", "a name has 1 to 60 of a-z 0-9 . _ - and begins with a letter or a digit", "Choose another one.");
    const char *url = command_env(wanted.json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    struct pg *pg = NULL;
    const struct err err = pg_open(url, "payung-operator", &pg);
    if (failed(&err)) return database_failure(wanted.json, &err);
    struct arena *arena = arena_create(OPERATOR_ARENA_BYTES);
    const int code = wanted.verb == VERB_LIST ? list(&wanted, pg, arena) : change(&wanted, pg, arena);
    arena_destroy(arena);
    pg_close(pg);
    return code;
}
