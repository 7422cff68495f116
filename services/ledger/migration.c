/* Brings the schema up to date. The list of files is the truth, the table only remembers; nothing is ever applied twice and nothing is skipped. Only the rights are given anew each
 * time. */
#include "services/ledger/migration.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/crypto.h"

enum { ARENA_BYTES_MAX = 32 * 1024 * 1024, NUMBER_DIGITS = 4 };

static bool is_migration_name(const char *name) {
    for (int i = 0; i < NUMBER_DIGITS; i++)
        if (!byte_is_digit((uint8_t)name[i])) return false;
    const size_t size = strlen(name);
    return name[NUMBER_DIGITS] == '_' && size < MIGRATION_NAME_MAX && size > 4 && strcmp(name + size - 4, ".sql") == 0;
}

static int compare_names(const void *a, const void *b) { return strcmp(a, b); }

static struct err list_files(const char *folder, struct migration_report *report) {
    DIR *directory = opendir(folder);
    if (directory == NULL) return ERR(FATAL, "the schema folder %.120s can't be read: %s. Remedy: set PAYUNG_SHARE", folder, strerror(errno));
    report->total = 0;
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (!is_migration_name(entry->d_name)) continue;
        if (report->total == MIGRATIONS_MAX) break;
        memcpy(report->names[report->total++], entry->d_name, strlen(entry->d_name) + 1); /* its length was checked */
    }
    (void)closedir(directory); /* it was only read */
    if (report->total == 0) return ERR(FATAL, "no NNNN_name.sql in %.150s. Remedy: set PAYUNG_SHARE", folder);
    qsort(report->names, report->total, MIGRATION_NAME_MAX, compare_names);
    for (size_t i = 1; i < report->total; i++)
        if (memcmp(report->names[i - 1], report->names[i], NUMBER_DIGITS) == 0) return ERR(FATAL, "two migrations have one number: %.80s and %.80s", report->names[i - 1], report->names[i]);
    return OK;
}

static struct err read_file(const char *folder, const char *name, struct arena *arena, char **ret_text) {
    char path[1024];
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return ERR(FATAL, "the schema folder's path is too long");
    FILE *file = fopen(path, "rb");
    if (file == NULL) return ERR(FATAL, "%s can't be read: %s", name, strerror(errno));
    char *text = arena_take(arena, MIGRATION_BYTES_MAX + 1);
    const size_t size = fread(text, 1, MIGRATION_BYTES_MAX, file);
    const bool whole = !ferror(file) && (size < MIGRATION_BYTES_MAX || fgetc(file) == EOF);
    (void)fclose(file); /* it was only read */
    if (!whole || memchr(text, 0, size) != NULL) return ERR(FATAL, "%s is damaged or larger than %d bytes", name, MIGRATION_BYTES_MAX);
    text[size] = '\0';
    *ret_text = text;
    return OK;
}

/* A transaction that no other migration runs beside. */
static struct err begin_alone(struct pg *pg) {
    TRY(pg_begin(pg));
    return pg_script(pg, "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(1708)");
}

/* The words of an error under the name of the file. What the database refuses in a file of ours is mended by a person. */
static struct err blame(const char *name, const struct err *err) {
    char why[ERR_TEXT_MAX];
    (void)snprintf(why, sizeof why, "%s: %.150s", name, err->text); /* a cut text is still a text */
    return err_make(err->fate == FATE_SPLIT ? FATE_FATAL : err->fate, "%s", why);
}

/* Applies one file unless it was applied; in its own transaction, so that a later failure does not undo it. */
static struct err apply_file(struct pg *pg, struct arena *arena, const char *folder, const char *name, bool *ret_applied) {
    char *text = NULL;
    TRY(read_file(folder, name, arena, &text));
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(slice_text(text), hash);
    const int32_t number = (name[0] - '0') * 1000 + (name[1] - '0') * 100 + (name[2] - '0') * 10 + (name[3] - '0');
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, number);
    TRY(begin_alone(pg));
    struct pg_rows rows;
    TRY(pg_run(pg, arena, "SELECT name, sha256 FROM public.schema_migration WHERE number = $1", p, &rows));
    if (rows.count > 0) {
        if (!slice_equal(pg_bytes(&rows, 0, 1), slice_of(hash, sizeof hash)))
            return ERR(FATAL, "%s was changed after it was applied. Remedy: restore the file and put the change into a new number", name);
        *ret_applied = false;
        return pg_commit(pg);
    }
    TRY(pg_run(pg, arena, "SELECT coalesce(max(number), 0) FROM public.schema_migration", NULL, &rows));
    if (pg_int4(&rows, 0, 0) > number) return ERR(FATAL, "%s comes after number %04d was applied. Remedy: give it the next free number", name, pg_int4(&rows, 0, 0));
    struct err err = pg_script(pg, text);
    if (failed(&err)) return blame(name, &err);
    pg_add_text(p, slice_text(name));
    pg_add_bytea(p, slice_of(hash, sizeof hash));
    TRY(pg_run(pg, arena, "INSERT INTO public.schema_migration (number, name, sha256) VALUES ($1, $2, $3)", p, NULL));
    *ret_applied = true;
    return pg_commit(pg);
}

static struct err check_vanished(struct pg *pg, struct arena *arena, const struct migration_report *report) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena, "SELECT name FROM public.schema_migration ORDER BY number", NULL, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        bool there = false;
        for (size_t k = 0; k < report->total && !there; k++) there = slice_is(pg_bytes(&rows, i, 0), report->names[k]);
        if (!there) return ERR(FATAL, "the database was made with %.*s, which is not here: this program is older than the schema", SLICE_ARGS(pg_bytes(&rows, i, 0)));
    }
    return OK;
}

static struct err migrate_all(struct pg *pg, struct arena *arena, const char *folder, struct migration_report *report) {
    TRY(pg_script(pg, "DO $$ BEGIN PERFORM pg_advisory_xact_lock(1708);"
                      " CREATE TABLE IF NOT EXISTS public.schema_migration (number int PRIMARY KEY, name text NOT NULL, sha256 bytea NOT NULL,"
                      " applied_at timestamptz NOT NULL DEFAULT now()); END $$"));
    TRY(check_vanished(pg, arena, report));
    for (size_t i = 0; i < report->total; i++) {
        arena_reset(arena);
        bool applied = false;
        TRY(apply_file(pg, arena, folder, report->names[i], &applied));
        report->applied += applied;
    }
    return OK;
}

struct err migrate(struct pg *pg, const char *folder, struct migration_report *ret_report) {
    ret_report->applied = ret_report->total = 0;
    TRY(list_files(folder, ret_report));
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct err err = migrate_all(pg, arena, folder, ret_report);
    if (failed(&err)) pg_rollback(pg);
    arena_destroy(arena);
    return err;
}

static struct err apply_rights(struct pg *pg, struct arena *arena, const char *folder, struct slice role) {
    static const char name[] = "rights.sql";
    char *text = NULL;
    TRY(read_file(folder, name, arena, &text));
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, role);
    TRY(begin_alone(pg));
    TRY(pg_run(pg, arena, "SELECT set_config('payung.service_role', $1, true)", p, NULL));
    struct err err = pg_script(pg, text);
    return failed(&err) ? blame(name, &err) : pg_commit(pg);
}

struct err migrate_rights(struct pg *pg, const char *folder, struct pg *service, char ret_role[MIGRATION_ROLE_MAX]) {
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    struct pg_rows rows;
    struct err err = pg_run(service, arena, "SELECT current_user::text", NULL, &rows);
    if (!failed(&err)) {
        (void)snprintf(ret_role, MIGRATION_ROLE_MAX, "%.*s", SLICE_ARGS(pg_bytes(&rows, 0, 0))); /* PostgreSQL's names fit */
        err = apply_rights(pg, arena, folder, slice_text(ret_role));
    }
    if (failed(&err)) pg_rollback(pg);
    arena_destroy(arena);
    return err;
}
