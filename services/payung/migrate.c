/* `payung migrate`: brings the schema of the database up to date with the numbered files of PAYUNG_SHARE/schema, as the owner of the database, and gives the role of the services no more
 * rights than it needs. Safe to run again and by two at once. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "services/ledger/migration.h"
#include "services/payung/commands.h"

static const char usage[] = "usage: payung migrate [--json]\n"
                            "\n"
                            "Applies the files of PAYUNG_SHARE/schema that the database PGURL does not have yet, in order, each in one transaction.\n"
                            "Running it again changes nothing but rights that were given by hand. A file that was changed after it was applied is an error.\n"
                            "It works as the owner, PGURL_OWNER, and then gives the role of PGURL, which all services and other commands use, the rights\n"
                            "of PAYUNG_SHARE/schema/rights.sql only. Without PGURL_OWNER one role, that of PGURL, owns all: triggers alone guard the books.\n"
                            "Environment: PGURL, PGURL_OWNER (may be missing), PAYUNG_SHARE.\n"
                            "Exit code 0 up to date, 1 failed, 2 usage, 75 when the database is away.\n"
                            "  --json   one JSON document on standard output\n";

/* role: of the services, whose rights were narrowed; empty: they were not. */
static void print_report(bool json, const struct migration_report *report, const char *role) {
    if (!json) {
        for (size_t i = report->total - report->applied; i < report->total; i++) printf("diterapkan: %s\n", report->names[i]);
        printf("Skema mutakhir: %zu berkas, %zu baru.\n", report->total, report->applied);
        if (role[0] != '\0') printf("Hak peran %s dibatasi menurut rights.sql.\n", role);
        else printf("Hak tidak dibatasi: PGURL_OWNER tidak diatur, satu peran memiliki semua tabel.\n");
        return;
    }
    json_t *applied = json_array();
    for (size_t i = report->total - report->applied; i < report->total; i++) (void)json_array_append_new(applied, json_string(report->names[i]));
    json_t *document = json_pack("{s:I,s:o,s:b,s:o}", "total", (json_int_t)report->total, "applied", applied, "rights_narrowed", role[0] != '\0', "service_role",
                                 role[0] != '\0' ? json_string(role) : json_null());
    command_print_json(document);
}

/* A session of the owner; an error says which of the two addresses it is about. */
static struct err open_owner(const char *owner, struct pg **ret_pg) {
    struct err err = pg_open(owner, "payung-migrate", ret_pg);
    return failed(&err) ? err_make(err.fate, "as PGURL_OWNER: %.200s", err.text) : OK;
}

/* owner: PGURL_OWNER, NULL when one role owns and serves. */
static struct err migrate_and_narrow(const char *url, const char *owner, const char *folder, struct migration_report *ret_report, char ret_role[MIGRATION_ROLE_MAX]) {
    struct pg *pg = NULL, *service = NULL;
    ret_role[0] = '\0';
    struct err err = owner != NULL ? open_owner(owner, &pg) : pg_open(url, "payung-migrate", &pg);
    if (!failed(&err)) err = migrate(pg, folder, ret_report);
    if (!failed(&err) && owner != NULL) err = pg_open(url, "payung-migrate", &service);
    if (!failed(&err) && owner != NULL) err = migrate_rights(pg, folder, service, ret_role);
    pg_close(service);
    pg_close(pg);
    return err;
}

static int run(bool json, const char *url, const char *owner, const char *share) {
    char folder[1024], role[MIGRATION_ROLE_MAX];
    if (snprintf(folder, sizeof folder, "%s/schema", share) >= (int)sizeof folder)
        return command_fail(json, EXIT_FAILED, "PATH_TOO_LONG", "PAYUNG_SHARE is too long", "Use a shorter folder name.");
    static struct migration_report report;
    struct err err = migrate_and_narrow(url, owner, folder, &report, role);
    if (err.fate == FATE_AGAIN) return command_fail(json, EXIT_TEMPORARY, "DATABASE_AWAY", err.text, "Start PostgreSQL, then run payung migrate again.");
    if (failed(&err)) return command_fail(json, EXIT_FAILED, "MIGRATION_FAILED", err.text, pg_is_denied(&err) ? "Set PGURL_OWNER to the address of the role that owns the database." : "");
    print_report(json, &report, role);
    return EXIT_OK;
}

int migrate_main(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (option != 'j') return command_usage(argc, argv, usage);
        json = true;
    }
    if (optind != argc) return command_usage(argc, argv, usage);
    const char *url = command_env(json, "PGURL"), *share = url != NULL ? command_env(json, "PAYUNG_SHARE") : NULL;
    const char *owner = getenv("PGURL_OWNER");
    return share != NULL ? run(json, url, owner != NULL && owner[0] != '\0' ? owner : NULL, share) : EXIT_USAGE;
}
