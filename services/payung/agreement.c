/* `payung agreement apply FILE.json`: shows what an agreement document would put in force and, with --yes, does it. Declarative: the same document again changes
 * nothing, another one under the same id is refused with what differs. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ledger/agreement_apply.h"
#include "services/payung/commands.h"

enum { ARENA_BYTES_MAX = 64 * 1024 * 1024, FILE_BYTES_MAX = 16 * 1024 * 1024, WARNINGS_MAX = 8, WARNING_BYTES_MAX = 160 };

static const char usage[] = "usage: payung agreement apply FILE.json [--yes] [--json]\n"
                            "\n"
                            "Puts the agreement of a payer in force: its budget, programmes, months and legal basis. Without --yes it only shows what would happen.\n"
                            "The same document again changes nothing; another document under the same id is refused and the difference is shown.\n"
                            "Exit code 0 done or nothing to do, 1 failed or refused, 2 usage, 75 when the database is away.\n"
                            "  --yes    put it in force\n"
                            "  --json   one JSON document on standard output\n";

struct request {
    const char *path, *url, *share;
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

/* The region list makes the payer's name and finds wrong codes; without it the document must bring the name itself. */
static bool read_regions(struct arena *arena, const char *share, struct region_table *ret_table) {
    struct region_files files;
    const struct {
        const char *name;
        struct slice *text;
    } wanted[] = {{"provinces.csv", &files.provinces}, {"regencies.csv", &files.regencies}, {"districts.csv", &files.districts}, {"region_history.csv", &files.history}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        char path[1024];
        if (snprintf(path, sizeof path, "%s/regions/%s", share, wanted[i].name) >= (int)sizeof path) return false;
        struct arena *scratch = arena_create(FILE_BYTES_MAX);
        struct slice text = {0};
        const bool read = read_whole(scratch, path, FILE_BYTES_MAX / 4, &text);
        if (read) *wanted[i].text = arena_copy(arena, text);
        arena_destroy(scratch);
        if (!read) return false;
    }
    struct load_error error;
    const char *file;
    return regions_load(&files, arena, ret_table, &error, &file);
}

static size_t warnings_of(const struct agreement_document *document, char ret_warnings[WARNINGS_MAX][WARNING_BYTES_MAX]) {
    size_t count = 0;
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) {
        if (document->closed[segment] == 0) continue;
        char names[PROGRAMME_SET_TEXT_MAX];
        (void)programme_set_format(document->closed[segment], names);
        (void)snprintf(ret_warnings[count++], WARNING_BYTES_MAX, "W50: program %s tidak terbuka bagi segmen %s; tidak akan ditagih.", names, segment_name((enum segment)segment));
    }
    if (!document->agreement.has_legal_basis) (void)snprintf(ret_warnings[count++], WARNING_BYTES_MAX, "E90: belum ada dasar hukum; semua pendaftaran akan ditolak.");
    return count;
}

static void print_document(const struct agreement_document *document) {
    const struct agreement *agreement = &document->agreement;
    char from[11], to[11], money[32];
    day_format(agreement->period_from, from);
    day_format(agreement->period_to, to);
    rupiah_format(agreement->pagu, money);
    printf("Perjanjian  %.*s\n  nama      %.*s\n  pembayar  %.*s (%.*s, %s)\n  masa      %s s.d. %s, %u bulan per orang\n", SLICE_ARGS(agreement->id), SLICE_ARGS(document->name),
           SLICE_ARGS(agreement->payer_name), SLICE_ARGS(agreement->payer_kind), funds_name(agreement->funds), from, to, agreement->months);
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) {
        char names[PROGRAMME_SET_TEXT_MAX];
        if (agreement->programmes[segment] == 0) continue;
        (void)programme_set_format(agreement->programmes[segment], names);
        printf("  segmen    %s: %s\n", segment_name((enum segment)segment), names);
    }
    printf("  pagu      %s\n", money);
    if (agreement->quota >= 0) printf("  kuota     %lld orang\n", (long long)agreement->quota);
}

static const char *answer_word(const struct request *request, enum apply_answer answer) {
    if (answer == APPLY_DIFFERENT) return "different";
    if (answer == APPLY_UNCHANGED) return "unchanged";
    return request->yes ? "applied" : "not applied";
}

static int tell(const struct request *request, const struct agreement_document *document, enum apply_answer answer, const char *difference) {
    char warnings[WARNINGS_MAX][WARNING_BYTES_MAX];
    const size_t warning_count = warnings_of(document, warnings);
    const struct slice id = document->agreement.id;
    if (request->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < warning_count; i++) (void)json_array_append_new(list, json_string(warnings[i]));
        json_t *root = json_pack("{s:s%,s:s,s:I,s:I,s:s,s:o}", "agreement", (const char *)id.bytes, id.size, "result", answer_word(request, answer), "pagu",
                                 (json_int_t)document->agreement.pagu, "quota", (json_int_t)document->agreement.quota, "difference", difference, "warnings", list);
        (void)json_dumpf(root, stdout, JSON_COMPACT); /* a closed standard output has no other reader */
        putchar('\n');
        json_decref(root);
        return answer == APPLY_DIFFERENT ? EXIT_FAILED : EXIT_OK;
    }
    if (answer == APPLY_DIFFERENT) {
        fprintf(stderr, "payung: perjanjian %.*s sudah berlaku dengan isi lain (lama -> baru):\n%s  Perubahan memerlukan adendum bernomor; tidak ada yang diubah.\n", SLICE_ARGS(id), difference);
        return EXIT_FAILED;
    }
    print_document(document);
    for (size_t i = 0; i < warning_count; i++) printf("  peringatan %s\n", warnings[i]);
    if (answer == APPLY_UNCHANGED) printf("Sudah berlaku; tidak ada perubahan.\n");
    else if (request->yes) printf("Diterapkan dan berlaku.\n");
    else printf("Belum ada yang diubah. Tambahkan --yes untuk menerapkannya.\n");
    return EXIT_OK;
}

static int apply(const struct request *request, struct arena *arena) {
    struct slice json;
    if (!read_whole(arena, request->path, DOCUMENT_BYTES_MAX + 1, &json))
        return command_fail(request->json, EXIT_FAILED, "FILE_UNREADABLE", "the agreement file can't be read or is too large", "Check its name and permissions.");
    struct region_table regions;
    const bool has_regions = read_regions(arena, request->share, &regions);
    struct agreement_document document;
    struct document_problem problem;
    if (!agreement_document_read(arena, json, has_regions ? &regions : NULL, &document, &problem))
        return command_fail(request->json, EXIT_FAILED, "DOCUMENT_INVALID", problem.problem, problem.remedy);

    const char *user = getenv("USER"), *difference = "";
    char applied_by[80];
    (void)snprintf(applied_by, sizeof applied_by, "operator:%.60s", user != NULL ? user : "local");
    struct pg *pg = NULL;
    enum apply_answer answer = APPLY_UNCHANGED;
    struct err err = pg_open(request->url, "payung-agreement", &pg);
    if (!failed(&err)) err = agreement_apply(pg, arena, &document, applied_by, request->yes, &answer, &difference);
    pg_close(pg);
    if (err.fate == FATE_AGAIN) return command_fail(request->json, EXIT_TEMPORARY, "DATABASE_AWAY", err.text, "Start PostgreSQL, then apply the agreement again.");
    if (failed(&err)) return command_fail(request->json, EXIT_FAILED, "APPLY_FAILED", err.text, "Nothing was changed. Is the schema up to date (payung migrate)?");
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
    if (argc - optind != 2 || strcmp(argv[optind], "apply") != 0) return command_usage(argc, argv, usage);
    request.path = argv[optind + 1];
    request.url = command_env(request.json, "PGURL");
    request.share = request.url != NULL ? command_env(request.json, "PAYUNG_SHARE") : NULL;
    if (request.share == NULL) return EXIT_USAGE;
    struct arena *arena = arena_create(ARENA_BYTES_MAX);
    const int code = apply(&request, arena);
    arena_destroy(arena);
    return code;
}
