/* `payung agreement`: apply shows what an agreement document would put in force and, with --yes, does it. Declarative: the same document again changes nothing, another one
 * under the same id is refused with what differs, and so is a part that does not fit its umbrella agreement. show and list stand in agreement_show.c. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ledger/agreement_apply.h"
#include "services/payung/agreement_show.h"
#include "services/payung/agreement_terms.h"
#include "services/payung/commands.h"
#include "services/payung/law_tables.h"

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024 };

static const char usage[] = "usage: payung agreement apply FILE.json [--yes] [--json]\n"
                            "       payung agreement show ID [--json]\n"
                            "       payung agreement list [--json]\n"
                            "\n"
                            "apply  puts the agreement of a payer in force: its budget, programmes, months and legal basis. Without --yes it only shows what would happen.\n"
                            "       The same document again changes nothing; another document under the same id is refused and the difference is shown. Programmes that the\n"
                            "       law does not open to a segment are named (CFG_LAW_CONFLICT): they are never billed and each person gets the warning W50.\n"
                            "       A part of an umbrella agreement (\"parent\") must lie within its segments, programmes, period, region and pagu.\n"
                            "show   terms, money, warnings, and for an umbrella agreement the agreements under it with their sums.\n"
                            "list   all agreements, those under an umbrella below it.\n"
                            "Exit code 0 done or nothing to do, 1 failed or refused, 2 usage, 75 when the database is away.\n"
                            "  --yes    put it in force\n"
                            "  --json   one JSON document on standard output\n";

struct request {
    const char *path, *url;
    bool yes, json;
};

static bool read_whole(struct arena *arena, const char *path, size_t bytes_max, struct slice *ret_bytes) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return false;
    uint8_t *bytes = arena_take(arena, bytes_max);
    const size_t size = fread(bytes, 1, bytes_max, file);
    const bool whole = !ferror(file) && (size < bytes_max || fgetc(file) == EOF);
    (void)fclose(file); /* it was only read */
    if (whole) *ret_bytes = slice_of(bytes, size);
    return whole;
}

static const char *answer_word(const struct request *request, enum apply_answer answer) {
    if (answer == APPLY_DIFFERENT) return "different";
    if (answer == APPLY_UNCHANGED) return "unchanged";
    return request->yes ? "applied" : "not applied";
}

static int tell(const struct request *request, const struct agreement_document *document, enum apply_answer answer, const char *difference) {
    const struct slice id = document->agreement.id;
    if (request->json) {
        json_t *root = json_pack("{s:s%,s:s,s:I,s:I,s:s,s:o,s:o}", "agreement", (const char *)id.bytes, id.size, "result", answer_word(request, answer), "pagu",
                                 (json_int_t)document->agreement.pagu, "quota", (json_int_t)document->agreement.quota, "difference", difference, "warnings",
                                 terms_warnings(&document->agreement, document->closed), "law_conflicts", terms_law_conflicts(&document->agreement, document->closed));
        command_print_json(root);
        return answer == APPLY_DIFFERENT ? EXIT_FAILED : EXIT_OK;
    }
    if (answer == APPLY_DIFFERENT) {
        fprintf(stderr, "payung: perjanjian %.*s sudah berlaku dengan isi lain (lama -> baru):\n%s  Perubahan memerlukan adendum bernomor; tidak ada yang diubah.\n", SLICE_ARGS(id), difference);
        return EXIT_FAILED;
    }
    terms_print(&document->agreement, document->name);
    terms_print_warnings(&document->agreement, document->closed);
    if (answer == APPLY_UNCHANGED) printf("Sudah berlaku; tidak ada perubahan.\n");
    else if (request->yes) printf("Diterapkan dan berlaku.\n");
    else printf("Belum ada yang diubah. Tambahkan --yes untuk menerapkannya.\n");
    return EXIT_OK;
}

/* An occupation that stands in no table fits nobody: each person of the list would be refused with E33, so the agreement is. */
static int check_occupations(const struct request *request, const struct agreement *agreement, const struct occupation_table *table) {
    for (size_t i = 0; i < agreement->occupation_count; i++) {
        const struct slice code = agreement->occupations[i];
        if (occupation_by_code(table, code) != NULL) continue;
        const struct occupation *named = occupation_by_name(table, code);
        char problem[160], remedy[160];
        (void)snprintf(problem, sizeof problem, "options.occupations: \"%.*s\" is no code of an occupation", (int)code.size, (const char *)code.bytes); /* a cut text is still a help */
        if (named != NULL) (void)snprintf(remedy, sizeof remedy, "Write its code, \"%.*s\".", (int)named->code.size, (const char *)named->code.bytes);
        else (void)snprintf(remedy, sizeof remedy, "The codes stand in occupations.tsv, like \"0101\".");
        return command_fail(request->json, EXIT_FAILED, "DOCUMENT_INVALID", problem, remedy);
    }
    return EXIT_OK;
}

static int apply(const struct request *request, const struct law_tables *tables, struct arena *arena) {
    struct slice json;
    if (!read_whole(arena, request->path, DOCUMENT_BYTES_MAX + 1, &json))
        return command_fail(request->json, EXIT_FAILED, "FILE_UNREADABLE", "the agreement file can't be read or is too large", "Check its name and permissions.");
    struct agreement_document document;
    struct document_problem problem;
    if (!agreement_document_read(arena, json, &tables->regions, &tables->law, &document, &problem))
        return command_fail(request->json, EXIT_FAILED, "DOCUMENT_INVALID", problem.problem, problem.remedy);
    if (check_occupations(request, &document.agreement, &tables->occupations) != EXIT_OK) return EXIT_FAILED;

    const char *user = getenv("USER"), *difference = "";
    char applied_by[80];
    (void)snprintf(applied_by, sizeof applied_by, "operator:%.60s", user != NULL ? user : "local");
    struct pg *pg = NULL;
    enum apply_answer answer = APPLY_UNCHANGED;
    struct err err = pg_open(request->url, "payung-agreement", &pg);
    if (!failed(&err)) err = agreement_apply(pg, arena, &document, applied_by, request->yes, &answer, &difference, &problem);
    pg_close(pg);
    if (err.fate == FATE_AGAIN) return command_fail(request->json, EXIT_TEMPORARY, "DATABASE_AWAY", err.text, "Start PostgreSQL, then apply the agreement again.");
    if (failed(&err)) return command_fail(request->json, EXIT_FAILED, "APPLY_FAILED", err.text, "Nothing was changed. Is the schema up to date (payung migrate)?");
    if (answer == APPLY_REFUSED) {
        char message[sizeof problem.member + sizeof problem.problem + 2];
        (void)snprintf(message, sizeof message, "%s: %s", problem.member, problem.problem); /* fits */
        return command_fail(request->json, EXIT_FAILED, "UMBRELLA_REFUSED", message, problem.remedy);
    }
    return tell(request, &document, answer, difference);
}

int agreement_main(int argc, char **argv) {
    static const struct option options[] = {{"yes", no_argument, NULL, 'y'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct request request = {0};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        request.yes |= option == 'y';
        request.json |= option == 'j';
    }
    const char *verb = optind < argc ? argv[optind] : "";
    const bool is_apply = strcmp(verb, "apply") == 0, is_show = strcmp(verb, "show") == 0, is_list = strcmp(verb, "list") == 0;
    const int words = is_list ? 1 : 2;
    if ((!is_apply && !is_show && !is_list) || argc - optind != words || (request.yes && !is_apply)) return command_usage(argc, argv, usage);
    request.path = is_list ? NULL : argv[optind + 1];
    request.url = command_env(request.json, "PGURL");
    if (request.url == NULL) return EXIT_USAGE;
    if (is_list) return agreement_list(request.json, request.url);
    struct law_tables tables;
    int code = law_tables_open(request.json, LAW_REGIONS | LAW_OCCUPATIONS | LAW_PROGRAMMES, &tables);
    if (code != EXIT_OK) return code;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    code = is_show ? agreement_show(request.json, request.url, &tables.law, request.path) : apply(&request, &tables, arena);
    arena_destroy(arena);
    law_tables_close(&tables);
    return code;
}
