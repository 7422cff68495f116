/* `payung nik`: what a NIK says and what is wrong with it, by the same pure check that intake runs. It shows a NIK only masked; `-` reads it from standard input, so that none need
 * stand in the list of processes or in the history of a shell. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/nik.h"
#include "common/domain/text.h"
#include "services/payung/commands.h"
#include "services/payung/law_tables.h"

enum { LINE_BYTES_MAX = 1024 };

static const char usage[] = "usage: payung nik NIK|- [--birth-date DATE] [--sex L|P] [--as-of DATE] [--json]\n"
                            "\n"
                            "Checks a population number: 16 digits, region of first issue, date of birth, sex, serial. With - it reads standard input, one NIK a line, so that no NIK stands\n"
                            "in the list of processes; each line gives one answer (with --json one JSON object a line). Blanks, dots and dashes are taken out.\n"
                            "Exit code 0 valid (warnings W... allowed), 3 at least one is not valid, 2 usage.\n"
                            "  --birth-date DATE  of the person, 1987-11-12 or 12-11-1987: differs from the NIK = warning W06\n"
                            "  --sex L|P          of the person: differs = warning W07\n"
                            "  --as-of DATE       the day that decides between 19.. and 20.. when no birth date is given (today)\n"
                            "  --json             {\"valid\",\"codes\",\"birth_date\",\"sex\",\"region\",\"region_name\",\"masked\",\"findings\":[{\"code\",\"reason\",\"remedy\"}],\"hint\"}\n"
                            "\n"
                            "examples:\n"
                            "  echo 1708041211879901 | payung nik - --json\n"
                            "  payung nik - --birth-date 1987-11-12 --sex L < nomor.txt\n";

static const char spreadsheet_hint[] = "kolom NIK harus berformat teks";

struct request {
    day_t birth_date, as_of;
    enum sex sex;
    bool json;
};

struct answer {
    struct nik_facts facts;
    bool valid;
    char masked[NIK_DIGITS + 1];
};

static struct answer check(const struct request *request, const struct law_tables *tables, struct slice raw) {
    struct answer answer = {0};
    char nik[NIK_TEXT_MAX];
    const struct slice text = slice_of(nik, nik_normalise(raw, nik));
    if (text.size == 0) answer.facts.findings = code_set_with(answer.facts.findings, CODE_E80);
    else nik_check(text, request->birth_date, request->sex, request->as_of, &tables->regions, &answer.facts);
    answer.valid = code_set_of_kind(answer.facts.findings, CODE_REFUSAL).bits == 0;
    nik_mask(text, answer.masked);
    explicit_bzero(nik, sizeof nik);
    return answer;
}

static const char *sex_letter(enum sex sex) { return sex == SEX_MALE ? "L" : sex == SEX_FEMALE ? "P" : NULL; }

static void print_json(const struct answer *answer, const struct law_tables *tables) {
    const struct nik_facts *facts = &answer->facts;
    char day[11], region[9];
    json_t *codes = json_array(), *findings = json_array();
    for (int i = 1; i < CODE_LIMIT; i++) {
        const struct code_row *row = code_set_has(facts->findings, (enum code)i) ? code_row((enum code)i) : NULL;
        if (row == NULL) continue;
        (void)json_array_append_new(codes, json_string(row->text)); /* without memory the document is refused below */
        (void)json_array_append_new(findings, json_pack("{s:s,s:s,s:s}", "code", row->text, "reason", row->reason, "remedy", row->remedy));
    }
    if (facts->birth_date != 0) day_format(facts->birth_date, day);
    if (facts->region != 0) region_format(facts->region, region);
    const struct slice name = facts->region != 0 ? region_name(&tables->regions, facts->region) : (struct slice){0};
    json_t *root = json_pack("{s:b,s:o,s:s?,s:s?,s:s?,s:s%,s:s,s:o,s:s?}", "valid", answer->valid, "codes", codes, "birth_date", facts->birth_date != 0 ? day : NULL, "sex",
                             sex_letter(facts->sex), "region", facts->region != 0 ? region : NULL, "region_name", name.size > 0 ? (const char *)name.bytes : "", name.size, "masked",
                             answer->masked, "findings", findings, "hint", facts->spreadsheet_damage ? spreadsheet_hint : NULL);
    CHECK(root != NULL);
    command_print_json(root);
}

static void print_text(const struct answer *answer, const struct law_tables *tables) {
    const struct nik_facts *facts = &answer->facts;
    char day[24], region[9];
    printf("NIK %s: %s\n", answer->masked, answer->valid ? "sah" : "tidak sah");
    for (int i = 1; i < CODE_LIMIT; i++) {
        const struct code_row *row = code_set_has(facts->findings, (enum code)i) ? code_row((enum code)i) : NULL;
        if (row != NULL) printf("  %s  %s. %s\n", row->text, row->reason, row->remedy);
    }
    if (facts->spreadsheet_damage) printf("  Petunjuk: %s.\n", spreadsheet_hint);
    if (facts->birth_date != 0) {
        day_format_id(facts->birth_date, day);
        printf("  lahir     %s\n  kelamin   %s\n", day, facts->sex == SEX_MALE ? "laki-laki" : "perempuan");
    }
    if (facts->region != 0) {
        const struct slice name = region_name(&tables->regions, facts->region);
        region_format(facts->region, region);
        printf("  terbit di %s %.*s\n", region, SLICE_ARGS(name));
    }
}

static bool tell(const struct request *request, const struct law_tables *tables, struct slice raw) {
    const struct answer answer = check(request, tables, raw);
    if (request->json) print_json(&answer, tables);
    else print_text(&answer, tables);
    return answer.valid;
}

/* One line, without its end; what is beyond the buffer is not looked at, because it can't be a NIK any more. False at the end of the input. */
static bool next_line(char line[LINE_BYTES_MAX], size_t *ret_size) {
    size_t size = 0;
    int byte = getchar();
    if (byte == EOF) return false;
    for (; byte != EOF && byte != '\n'; byte = getchar())
        if (size < LINE_BYTES_MAX) line[size++] = (char)byte;
    *ret_size = size;
    return true;
}

/* Empty lines are passed over, but an input that has nothing at all is a missing NIK. */
static bool tell_lines(const struct request *request, const struct law_tables *tables) {
    char line[LINE_BYTES_MAX];
    size_t size = 0;
    bool all_valid = true, any = false;
    while (next_line(line, &size)) {
        if (text_is_blank(slice_of(line, size))) continue;
        any = true;
        all_valid = tell(request, tables, slice_of(line, size)) && all_valid;
    }
    explicit_bzero(line, sizeof line);
    return any ? all_valid : tell(request, tables, slice_text(""));
}

static bool read_option(int option, const char *value, struct request *request) {
    const struct slice text = slice_text(value != NULL ? value : "");
    switch (option) {
    case 'j': request->json = true; return true;
    case 'b': return day_parse(text, &request->birth_date);
    case 'a': return day_parse(text, &request->as_of);
    case 's':
        request->sex = text_is(text, "L") ? SEX_MALE : text_is(text, "P") ? SEX_FEMALE : SEX_NONE;
        return request->sex != SEX_NONE;
    default: return false;
    }
}

int nik_main(int argc, char **argv) {
    static const struct option options[] = {{"birth-date", required_argument, NULL, 'b'}, {"sex", required_argument, NULL, 's'}, {"as-of", required_argument, NULL, 'a'},
                                            {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct request request = {.as_of = law_today()};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (!read_option(option, optarg, &request)) return command_usage(argc, argv, usage);
    }
    if (argc - optind != 1) return command_usage(argc, argv, usage);
    struct law_tables tables;
    const int code = law_tables_open(request.json, LAW_REGIONS, &tables);
    if (code != EXIT_OK) return code;
    const char *given = argv[optind];
    const bool valid = strcmp(given, "-") == 0 ? tell_lines(&request, &tables) : tell(&request, &tables, slice_text(given));
    law_tables_close(&tables);
    return valid ? EXIT_OK : EXIT_WITH_REJECTIONS;
}
