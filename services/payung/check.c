/* `payung check`: may this person be enrolled under this agreement, and if not, why. The document on standard input holds all that is known; the answer comes from the function that
 * the eligibility service uses. Nothing of the person is printed. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "services/payung/check_case.h"
#include "services/payung/commands.h"
#include "services/payung/law_tables.h"

static const char usage[] =
    "usage: payung check [--json] < facts.json\n"
    "\n"
    "Decides one case without any server: reads what is known of a person, the agreement and the answers of other offices as one JSON document and says what the eligibility\n"
    "service would say. Absent, null or blank means not known or not asked; a member that is not known is an error.\n"
    "Exit code 0 the document was understood (whatever the outcome), 1 the data can't be read, 2 the document or the arguments are not understood.\n"
    "  --json   {\"outcome\":\"ACCEPT|PENDING|WAITLIST|REJECT\",\"codes\":[],\"warnings\":[],\"programmes\":[],\"reasons\":[{\"code\",\"reason\",\"remedy\"}],\"missing\"},\n"
    "           programmes: what is bought, for PENDING if the answer is good\n"
    "           in PU with a wage also \"bsu_candidate\": below the ceiling of the wage subsidy, a remark only\n"
    "\n"
    "the document (all members may be absent; of the person's own fields only phone may, else E80):\n"
    "  {\"registration_date\":\"2025-09-15\", \"segment\":\"BPU\", \"nik\":\"1708041705809901\", \"name\":\"CONTOH\", \"birth_date\":\"1980-05-17\", \"sex\":\"L\", \"phone\":\"081200000000\",\n"
    "   \"occupation\":\"petani\", \"ktp_region\":\"17.08.04\", \"programmes\":[\"JKK\",\"JKM\"], \"employer_size\":\"MICRO\", \"is_employer\":false, \"income\":1000000, \"wage\":3000000,\n"
    "   \"months\":12, \"start_month\":\"2025-10\",\n"
    "   \"agreement\":{\"payer\":\"APBD\", \"region\":\"17.08\", \"period\":[\"2025-10-01\",\"2026-09-30\"], \"requires_dtsen\":true, \"desil_max\":4, \"occupations\":[\"0405\"],\n"
    "                \"exclude_active\":true, \"legal_basis\":true, \"programmes\":[\"JKK\",\"JKM\"], \"min_age\":17, \"age_limit\":65, \"region_scope\":\"REGENCY\", \"quota_left\":0,\n"
    "                \"budget_left\":0},\n"
    "   \"facts\":{\"dukcapil\":\"ALIVE|DECEASED|NOT_FOUND|NO_ANSWER\", \"dukcapil_region\":\"17.08.04\", \"dtsen\":true, \"desil\":3, \"civil_servant\":false,\n"
    "            \"active\":[{\"segment\":\"BPU\", \"programme\":\"JKK\", \"payer\":\"17\", \"from\":\"2025-10\", \"to\":\"2026-09\", \"status\":\"ACTIVE|GRACE|LAPSED|ENDED|REGISTERED\"}]},\n"
    "   \"parameters\":{\"age_limit_old\":60}}\n"
    "agreement absent: a private payer without limits. registration_date absent: today. active[].payer: a region code, PEMKAB, PEMKOT or\n"
    "PEMPROV (that of agreement.region) or a source of funds.\n"
    "\n"
    "example:\n"
    "  payung check --json < orang.json\n";

static void *keep(json_t *list, json_t *value) {
    CHECK(json_array_append_new(list, value) == 0);
    return list;
}

static json_t *codes_document(struct code_set set) {
    json_t *list = json_array();
    for (int i = 1; i < CODE_LIMIT; i++)
        if (code_set_has(set, (enum code)i)) (void)keep(list, json_string(code_row((enum code)i)->text)); /* decide() gives known codes only */
    return list;
}

static json_t *reasons_document(struct code_set set) {
    json_t *list = json_array();
    for (int i = 1; i < CODE_LIMIT; i++) {
        const struct code_row *row = code_set_has(set, (enum code)i) ? code_row((enum code)i) : NULL;
        if (row != NULL) (void)keep(list, json_pack("{s:s,s:s,s:s}", "code", row->text, "reason", row->reason, "remedy", row->remedy));
    }
    return list;
}

static json_t *programmes_document(programme_set set) {
    json_t *list = json_array();
    for (int i = 0; i < PROGRAMME_COUNT; i++)
        if ((set & programme_bit((enum programme)i)) != 0) (void)keep(list, json_string(programme_name((enum programme)i)));
    return list;
}

static void print_json(const struct check_result *result) {
    char missing[WANTING_TEXT_MAX];
    const struct code_set codes = code_set_union(result->verdict.codes, result->queue);
    (void)row_wanting_format(result->wanting, missing);
    json_t *root = json_pack("{s:s,s:o,s:o,s:o,s:o,s:s}", "outcome", check_outcome(result), "codes", codes_document(codes), "warnings", codes_document(result->verdict.warnings), "programmes",
                             programmes_document(result->verdict.programmes), "reasons", reasons_document(code_set_union(codes, result->verdict.warnings)), "missing", missing);
    CHECK(root != NULL);
    if (result->subsidy != FACT_NOT_ASKED) CHECK(json_object_set_new(root, "bsu_candidate", json_boolean(result->subsidy == FACT_YES)) == 0);
    command_print_json(root);
}

static void print_text(const struct check_result *result) {
    static const struct {
        const char *outcome, *words;
    } words[] = {{"ACCEPT", "DITERIMA"}, {"PENDING", "DIPERIKSA"}, {"WAITLIST", "DAFTAR TUNGGU"}, {"REJECT", "DITOLAK"}};
    char names[PROGRAMME_SET_TEXT_MAX], missing[WANTING_TEXT_MAX];
    const struct code_set all = code_set_union(code_set_union(result->verdict.codes, result->queue), result->verdict.warnings);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].outcome, check_outcome(result)) == 0) printf("%s\n", words[i].words);
    if (result->verdict.programmes != 0) {
        char month[8];
        (void)programme_set_format(result->verdict.programmes, names);
        month_format(result->verdict.start_month, month);
        printf("  program  %s, mulai %s, %u bulan\n", names, month, result->verdict.months);
    }
    for (int i = 1; i < CODE_LIMIT; i++) {
        const struct code_row *row = code_set_has(all, (enum code)i) ? code_row((enum code)i) : NULL;
        if (row != NULL) printf("  %s      %s. %s\n", row->text, row->reason, row->remedy);
    }
    if (row_wanting_format(result->wanting, missing) > 0) printf("  kosong atau tidak terbaca: %s\n", missing);
    if (result->subsidy == FACT_YES) printf("  Catatan: upah di bawah batas bantuan subsidi upah (BSU); tidak memengaruhi pendaftaran.\n");
    if (result->spreadsheet_damage) printf("  Petunjuk: kolom NIK harus berformat teks.\n");
}

static int decide_document(bool json, struct law_tables *law) {
    uint8_t *bytes = arena_take(law->arena, CHECK_BYTES_MAX + 1);
    const struct slice text = slice_of(bytes, fread(bytes, 1, CHECK_BYTES_MAX + 1, stdin));
    struct check_document document;
    struct check_problem problem;
    char message[PARAMETER_PROBLEM_MAX + CHECK_POINTER_MAX];
    if (ferror(stdin)) return command_fail(json, EXIT_FAILED, "INPUT_UNREADABLE", "standard input can't be read", "Give the document with < facts.json.");
    if (!check_document_read(text, law->arena, &document, &problem)) {
        (void)snprintf(message, sizeof message, "%s %s", problem.pointer[0] != '\0' ? problem.pointer : "the document", problem.problem); /* both have bounds */
        return command_fail(json, EXIT_USAGE, "DOCUMENT_INVALID", message, "payung check --help shows the document.");
    }
    char wrong[PARAMETER_PROBLEM_MAX];
    if (document.assignments[0] != '\0' && !parameters_set(&law->parameters, slice_text(document.assignments), wrong)) {
        (void)snprintf(message, sizeof message, "/parameters: %s", wrong);
        return command_fail(json, EXIT_USAGE, "DOCUMENT_INVALID", message, "The names, values and bounds stand in parameters.tsv.");
    }
    const struct check_tables tables = {.regions = &law->regions, .occupations = &law->occupations, .law = &law->law, .parameters = &law->parameters};
    struct check_result result;
    check_case(&document, &tables, law_today(), law->arena, &result);
    if (json) print_json(&result);
    else print_text(&result);
    return EXIT_OK;
}

int check_main(int argc, char **argv) {
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    bool json = false;
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (option == '?') return command_usage(argc, argv, usage);
        json = true;
    }
    if (optind < argc) return command_usage(argc, argv, usage);
    struct law_tables tables;
    const int code = law_tables_open(json, LAW_REGIONS | LAW_OCCUPATIONS | LAW_PROGRAMMES | LAW_PARAMETERS, &tables);
    if (code != EXIT_OK) return code;
    const int decided = decide_document(json, &tables);
    law_tables_close(&tables);
    return decided;
}
