/* `payung quote`: what an enrolment will cost, by the same tariff, law and premium that the services bill with, without any server. For those who plan a budget or check a bill
 * against the regulations. It must never store or send anything. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "services/payung/commands.h"
#include "services/payung/law_tables.h"
#include "services/payung/quote_print.h"
#include "services/premium/quote_document.h"

static const char usage[] =
    "usage: payung quote --segment BPU|PU|JAKON|PMI --month YYYY-MM [options]\n"
    "\n"
    "Prices an enrolment by the tariff of each contribution month: every line names the tariff row, the regulation, the base, the rate and the relief.\n"
    "  --segment S        BPU self-employed, PU employees, JAKON construction projects, PMI migrant workers\n"
    "  --month YYYY-MM    first contribution month\n"
    "  --months N         how many months (1); in PMI the months of the work contract\n"
    "  --people N         how many people (1); in JAKON how many such projects\n"
    "  --programmes SET   JKK,JKM[,JHT,JP,JKP]; default: what the law makes mandatory. JKP is told as information and never billed. Not for PMI\n"
    "  --payer FUNDS      APBN, APBD, SWASTA or PRIBADI (PRIBADI): some reliefs exclude public money\n"
    "  --budget N         how many people this budget covers and what is left; then --people may be missing\n"
    "  --relief ID        switch on a relief that is kept for historic months (R-2020); may be repeated\n"
    "  --parameter N=V    another value of parameters.tsv for this quote; may be repeated\n"
    "  --json             one JSON document on standard output\n"
    "BPU    --income N (default: the lowest band), --sector TRANSPORT|OTHER (OTHER), --employer (has workers: JHT is mandatory)\n"
    "PU     --wage N and --risk-class 1..5 (needed; the class only for JKK), --employer-size MICRO|SMALL|MEDIUM|LARGE (default set), --labour-intensive (the whole condition\n"
    "       of the relief, also the number of workers)\n"
    "JAKON  --contract-net N, or --contract-gross N [--vat-ppm 110000], or --basis WAGES --wages N (of a month)\n"
    "PMI    --route P3MI|INDIVIDUAL (needed), --jht-monthly N (one of the amounts of the tariff)\n"
    "\n"
    "JSON: {\"total\",\"programmes\":{\"JKK\",\"JKM\",\"JHT\",\"JP\",\"PACKAGE\"},\"lines\":[{\"programme\",\"payer_share\",\"month\",\"base\",\"rate_ppm\",\"normal\",\"amount\",\"once\",\"tariff_row\",\"regulation\",\n"
    "\"relief\"}],\"people\",\"per_person\",\"months\",\"normal\",\"reduction\",\"budget\":{\"amount\",\"people\",\"left\"},\"warnings\"}. total and programmes are for all people and months; lines are those of one\n"
    "person, one for each month; JKP lines bear \"billed\":false and are in no sum.\n"
    "Exit code 0 done, 1 a value that is not admissible (E81, E50) or no tariff in a month, 2 wrong usage.\n"
    "\n"
    "examples:\n"
    "  payung quote --segment BPU --month 2025-01 --months 12 --people 1984 --programmes JKK,JKM --payer APBD\n"
    "  payung quote --segment BPU --month 2026-01 --months 12 --payer APBD --budget 400000000\n"
    "  payung quote --segment PU --month 2026-03 --wage 20000000 --risk-class 5 --programmes JKK,JKM,JHT,JP\n"
    "  payung quote --segment JAKON --month 2026-04 --contract-gross 111000000\n"
    "  payung quote --segment PMI --month 2026-04 --months 24 --route P3MI --jht-monthly 100000\n";

static int fail(bool json, const struct quote_problem *problem) {
    char message[QUOTE_PROBLEM_MAX + 40];
    const bool is_option = problem->option[0] != '\0';
    CHECK(snprintf(message, sizeof message, "%s%s%s%s", is_option ? "--" : "", problem->option, is_option ? " " : "", problem->message) < (int)sizeof message);
    return command_fail(json, strcmp(problem->code, "USAGE") == 0 ? EXIT_USAGE : EXIT_FAILED, problem->code, message, problem->remedy);
}

/* The reliefs and parameters of this quote, on top of those of the installation. */
static bool adjust(const struct quote_request *request, struct law_tables *tables, struct quote_problem *ret_problem) {
    *ret_problem = (struct quote_problem){.code = "USAGE", .option = ""};
    for (size_t i = 0; i < request->relief_count; i++) {
        if (relief_switch(&tables->tariff, slice_text(request->reliefs[i]), true)) continue;
        (void)snprintf(ret_problem->message, QUOTE_PROBLEM_MAX, "--relief %.40s is no relief of the tariff, or it overlaps with another one", request->reliefs[i]);
        (void)snprintf(ret_problem->remedy, QUOTE_PROBLEM_MAX, "payung tariff show --month YYYY-MM lists the reliefs of a month.");
        return false;
    }
    for (size_t i = 0; i < request->assignment_count; i++) {
        char problem[PARAMETER_PROBLEM_MAX];
        if (parameters_set(&tables->parameters, slice_text(request->assignments[i]), problem)) continue;
        (void)snprintf(ret_problem->message, QUOTE_PROBLEM_MAX, "--parameter %.60s is not understood", request->assignments[i]);
        (void)snprintf(ret_problem->remedy, QUOTE_PROBLEM_MAX, "%s", problem);
        return false;
    }
    return true;
}

static int answer(const struct quote_request *request, bool json, struct law_tables *tables) {
    struct quote quote;
    struct quote_problem problem;
    programme_set closed = 0;
    if (!adjust(request, tables, &problem)) return fail(json, &problem);
    const struct quote_law law = {.law = &tables->law, .tariff = &tables->tariff, .parameters = &tables->parameters};
    const enum quote_status status = quote_compute(&law, &request->question, &quote, &closed);
    if (status != QUOTE_OK) {
        quote_explain(status, request, &law, closed, &problem);
        return fail(json, &problem);
    }
    if (json) command_print_json(quote_document(request, &quote));
    else quote_print_text(request, &quote);
    return EXIT_OK;
}

/* ---- the command line ---- */

enum { FIRST_OPTION = 1, JSON_OPTION = 100, HELP_OPTION, UNKNOWN_OPTION = '?', NO_VALUE = ':' };
_Static_assert((int)QUOTE_OPTIONS_MAX < (int)UNKNOWN_OPTION, "getopt's own answers are other numbers");

static bool refuse_word(struct quote_problem *problem, const char *message, const char *word) {
    *problem = (struct quote_problem){.code = "USAGE", .option = ""};
    (void)snprintf(problem->message, sizeof problem->message, "%s: %.80s", message, word); /* cut is enough to find it */
    (void)snprintf(problem->remedy, sizeof problem->remedy, "See payung quote --help.");
    return false;
}

static void make_options(struct option options[QUOTE_OPTIONS_MAX + 3]) {
    size_t count = 0;
    for (; quote_options[count].name != NULL; count++)
        options[count] = (struct option){quote_options[count].name, quote_options[count].has_value ? required_argument : no_argument, NULL, FIRST_OPTION + (int)count};
    options[count] = (struct option){"json", no_argument, NULL, JSON_OPTION};
    options[count + 1] = (struct option){"help", no_argument, NULL, HELP_OPTION};
    options[count + 2] = (struct option){0};
}

static bool read_arguments(int argc, char **argv, struct quote_request *ret_request, bool *ret_help, struct quote_problem *ret_problem) {
    struct option options[QUOTE_OPTIONS_MAX + 3];
    struct quote_reading reading;
    make_options(options);
    quote_begin(&reading, ret_request, ret_problem);
    optind = 1;
    for (int option = getopt_long(argc, argv, ":", options, NULL); option != -1; option = getopt_long(argc, argv, ":", options, NULL)) {
        if (option == NO_VALUE) return refuse_word(ret_problem, "an option has no value", argv[optind - 1]);
        if (option == UNKNOWN_OPTION) return refuse_word(ret_problem, "there is no such option", argv[optind - 1]);
        *ret_help = *ret_help || option == HELP_OPTION;
        if (*ret_help) return true;
        if (option != JSON_OPTION && !quote_option(&reading, quote_options[option - FIRST_OPTION].name, quote_options[option - FIRST_OPTION].has_value ? optarg : NULL)) return false;
    }
    if (optind < argc) return refuse_word(ret_problem, "not an option", argv[optind]);
    return quote_complete(&reading);
}

int quote_main(int argc, char **argv) {
    struct quote_request request;
    struct quote_problem problem;
    bool json = false, help = false;
    for (int i = 1; i < argc; i++) json = json || strcmp(argv[i], "--json") == 0; /* also for an error that comes before it */
    if (!read_arguments(argc, argv, &request, &help, &problem)) return fail(json, &problem);
    if (help) {
        fputs(usage, stdout);
        return EXIT_OK;
    }
    struct law_tables tables;
    const int code = law_tables_open(json, LAW_PROGRAMMES | LAW_PARAMETERS | LAW_TARIFF, &tables);
    if (code != EXIT_OK) return code;
    const int answered = answer(&request, json, &tables);
    law_tables_close(&tables);
    return answered;
}
