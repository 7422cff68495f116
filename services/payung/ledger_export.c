/* `payung ledger export` and `payung ledger verify --offline`: the ledger as a file for auditors, and the proof of such a file on any machine. */
#include "services/payung/ledger_export.h"

#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/edge/clock.h"
#include "services/ledger/export.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { PATH_BYTES = 1024 };

static const char usage[] = "usage: payung ledger export --output FOLDER|FILE [--agreement ID] [--json]\n"
                            "       payung ledger verify --offline FILE [--key PUBLIC] [--json]\n"
                            "\n"
                            "export   writes the ledger as one text file for auditors, in the order of its hash chains. The head of the file explains it. It holds no names and no NIK.\n"
                            "verify   with --offline: proves such a file without a database and without keys: every hash, link, entry, balance and budget is recomputed, documents\n"
                            "         and signed heads are checked. Names what is wrong and where. With --key, signed heads must be signed with that key (the file sign-public, or its\n"
                            "         digits). A chain that was rewritten as a whole is only found by a head that somebody else kept: payung ledger head verify --against.\n"
                            "Exit code 0 right, 1 failed or something is wrong, 2 usage, 75 when the database is away.\n";

/* ---- export ------------------------------------------------------------------------------------------------------------------------------------ */

/* In a folder the file is named by the day and, when it is one, by the agreement. */
static bool path_of(const char *output, const char *agreement, char ret_path[PATH_BYTES]) {
    struct stat status;
    char day[11];
    if (stat(output, &status) != 0 || !S_ISDIR(status.st_mode)) return snprintf(ret_path, PATH_BYTES, "%s", output) < PATH_BYTES;
    day_format(day_of_business(clock_unix_ms()), day);
    return snprintf(ret_path, PATH_BYTES, "%s/payung-ledger-%s%s%s.txt", output, day, agreement[0] != '\0' ? "-" : "", agreement) < PATH_BYTES;
}

static void print_export(bool json, const char *path, const struct export_result *result) {
    const struct chain_counts *counts = &result->counts;
    if (json) {
        command_print_json(json_pack("{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "file", path, "bytes", (json_int_t)result->bytes, "agreements", (json_int_t)counts->agreements, "journals",
                                     (json_int_t)counts->journals, "entries", (json_int_t)counts->entries, "outcomes", (json_int_t)counts->outcomes, "lines",
                                     (json_int_t)counts->lines, "heads", (json_int_t)counts->heads));
        return;
    }
    printf("Ditulis ke %s: %" PRId64 " perjanjian, %" PRId64 " jurnal, %" PRId64 " ayat, %" PRId64 " keputusan, %" PRId64 " baris.\n", path, counts->agreements, counts->journals,
           counts->entries, counts->outcomes, counts->lines);
    printf("Periksa di mana saja: payung ledger verify --offline %s\n", path);
}

static int write_export(bool json, const char *url, const char *output, const char *agreement) {
    struct pg *pg = NULL;
    struct export_result result = {0};
    char path[PATH_BYTES];
    bool found = false;
    if (!path_of(output, agreement, path)) return command_fail(json, EXIT_USAGE, "USAGE", "the name of the file is too long", "Write a shorter one.");
    struct err err = pg_open(url, "payung-export", &pg);
    if (!failed(&err)) err = ledger_export(pg, path, slice_text(agreement), &found, &result);
    pg_close(pg);
    if (failed(&err) && result.unwritable) return command_fail(json, EXIT_FAILED, "FILE_UNWRITABLE", err.text, "Choose another folder, or make room on the disk.");
    if (failed(&err)) return database_failure(json, &err);
    if (!found) return unknown_agreement(json);
    print_export(json, path, &result);
    return EXIT_OK;
}

int ledger_export_main(int argc, char **argv) {
    static const struct option options[] = {{"output", required_argument, NULL, 'o'}, {"agreement", required_argument, NULL, 'a'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    const char *output = NULL, *agreement = "";
    bool json = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'o') output = optarg;
        if (option == 'a') agreement = optarg;
        json |= option == 'j';
    }
    if (output == NULL || optind != argc) return command_usage(argc, argv, usage);
    const char *url = command_env(json, "PGURL");
    return url != NULL ? write_export(json, url, output, agreement) : EXIT_USAGE;
}

/* ---- verify ------------------------------------------------------------------------------------------------------------------------------------ */

static size_t problems_kept(const struct export_report *report) { return report->problem_count < EXPORT_PROBLEMS_MAX ? (size_t)report->problem_count : EXPORT_PROBLEMS_MAX; }

static void tell_json(const struct export_report *report) {
    const struct chain_counts *counts = &report->counts;
    json_t *problems = json_array();
    for (size_t i = 0; i < problems_kept(report); i++) {
        const struct chain_problem *problem = &report->problems[i];
        (void)json_array_append_new(problems, json_pack("{s:s,s:s,s:s,s:I,s:s}", "check", problem->check, "agreement", problem->agreement, "where", problem->where, "line",
                                                        (json_int_t)problem->at, "text", problem->text)); /* fails only without memory */
    }
    command_print_json(json_pack("{s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "ok", report->problem_count == 0, "agreements", (json_int_t)counts->agreements, "documents",
                                 (json_int_t)counts->versions, "journals", (json_int_t)counts->journals, "entries", (json_int_t)counts->entries, "outcomes",
                                 (json_int_t)counts->outcomes, "lines", (json_int_t)counts->lines, "heads", (json_int_t)counts->heads, "problem_count",
                                 (json_int_t)report->problem_count, "problems", problems));
}

int ledger_export_tell(bool json, const struct export_report *report) {
    const struct chain_counts *counts = &report->counts;
    if (json) {
        tell_json(report);
        return report->problem_count == 0 ? EXIT_OK : EXIT_FAILED;
    }
    printf("Diperiksa: %" PRId64 " perjanjian, %" PRId64 " dokumen, %" PRId64 " jurnal, %" PRId64 " ayat, %" PRId64 " keputusan, %" PRId64 " baris, %" PRId64 " kepala bertanda tangan.\n",
           counts->agreements, counts->versions, counts->journals, counts->entries, counts->outcomes, counts->lines, counts->heads);
    for (size_t i = 0; i < problems_kept(report); i++) {
        const struct chain_problem *problem = &report->problems[i];
        printf("SALAH [%s] %s%s%s (baris %" PRId64 " berkas): %s\n", problem->check, problem->agreement, problem->agreement[0] != '\0' ? " " : "", problem->where, problem->at,
               problem->text);
    }
    if (report->problem_count > EXPORT_PROBLEMS_MAX) printf("... dan %" PRId64 " lagi.\n", report->problem_count - EXPORT_PROBLEMS_MAX);
    if (report->problem_count == 0) printf("Ekspor buku besar benar.\n");
    else printf("Ekspor buku besar TIDAK benar: %" PRId64 " temuan.\n", report->problem_count);
    return report->problem_count == 0 ? EXIT_OK : EXIT_FAILED;
}

int ledger_offline_main(int argc, char **argv) {
    static const struct option options[] = {{"offline", required_argument, NULL, 'f'}, {"key", required_argument, NULL, 'k'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    static struct export_report report;
    const char *file = NULL, *key_name = NULL;
    struct sign_public key;
    bool json = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        if (option == 'f') file = optarg;
        if (option == 'k') key_name = optarg;
        json |= option == 'j';
    }
    if (file == NULL || optind != argc) return command_usage(argc, argv, usage);
    struct err err = key_name != NULL ? sign_public_read(key_name, &key) : OK;
    if (failed(&err)) return command_fail(json, EXIT_USAGE, "KEYS_UNUSABLE", err.text, "Give the file sign-public of the installation that signed, or its 64 digits.");
    err = export_verify(file, &(struct export_check){.key = key_name != NULL ? &key : NULL}, &report);
    if (failed(&err)) return command_fail(json, EXIT_FAILED, "EXPORT_UNREADABLE", err.text, "Give the file that payung ledger export wrote.");
    return ledger_export_tell(json, &report);
}
