/* `payung migrate`: brings the schema of the database up to date with the numbered files of PAYUNG_SHARE/schema. Safe to run again and by two at once. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "services/ledger/migration.h"
#include "services/payung/commands.h"

static const char usage[] = "usage: payung migrate [--json]\n"
                            "\n"
                            "Applies the files of PAYUNG_SHARE/schema that the database PGURL does not have yet, in order, each in one transaction.\n"
                            "Running it again changes nothing. A file that was changed after it was applied is an error.\n"
                            "Exit code 0 up to date, 1 failed, 2 usage, 75 when the database is away.\n"
                            "  --json   one JSON document on standard output\n";

static void print_report(bool json, const struct migration_report *report) {
    if (!json) {
        for (size_t i = report->total - report->applied; i < report->total; i++) printf("diterapkan: %s\n", report->names[i]);
        printf("Skema mutakhir: %zu berkas, %zu baru.\n", report->total, report->applied);
        return;
    }
    json_t *applied = json_array();
    for (size_t i = report->total - report->applied; i < report->total; i++) (void)json_array_append_new(applied, json_string(report->names[i]));
    json_t *document = json_pack("{s:I,s:o}", "total", (json_int_t)report->total, "applied", applied);
    command_print_json(document);
}

static int run(bool json, const char *url, const char *share) {
    char folder[1024];
    if (snprintf(folder, sizeof folder, "%s/schema", share) >= (int)sizeof folder)
        return command_fail(json, EXIT_FAILED, "PATH_TOO_LONG", "PAYUNG_SHARE is too long", "Use a shorter folder name.");
    struct pg *pg = NULL;
    static struct migration_report report;
    struct err err = pg_open(url, "payung-migrate", &pg);
    if (!failed(&err)) err = migrate(pg, folder, &report);
    pg_close(pg);
    if (err.fate == FATE_AGAIN) return command_fail(json, EXIT_TEMPORARY, "DATABASE_AWAY", err.text, "Start PostgreSQL, then run payung migrate again.");
    if (failed(&err)) return command_fail(json, EXIT_FAILED, "MIGRATION_FAILED", err.text, "");
    print_report(json, &report);
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
    return share != NULL ? run(json, url, share) : EXIT_USAGE;
}
