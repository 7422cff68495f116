/* `payung quote`: what an enrolment will cost, by the same tariff, law and premium that the services bill with, without any server. For those who plan a budget or check a bill
 * against the regulations. It must never store or send anything. */
#include <stdio.h>
#include <string.h>

#include "services/payung/commands.h"
#include "services/payung/law_tables.h"
#include "services/payung/quote_print.h"

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

static int fail(const struct quote_request *request, const struct quote_problem *problem) {
    return command_fail(request->json, strcmp(problem->code, "USAGE") == 0 ? EXIT_USAGE : EXIT_FAILED, problem->code, problem->message, problem->remedy);
}

/* The reliefs and parameters of this quote, on top of those of the installation. */
static bool adjust(const struct quote_request *request, struct law_tables *tables, struct quote_problem *ret_problem) {
    ret_problem->code = "USAGE";
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

/* The monthly amounts of JHT that the tariff of the first month has. */
static void list_savings(const struct tariff *tariff, month_t month, char ret_text[QUOTE_PROBLEM_MAX]) {
    const struct tariff_period *period = tariff_period_of(&tariff->series[SEGMENT_PMI][JAKON_BASIS_NONE][CHARGE_JHT], month_count(month));
    int size = snprintf(ret_text, QUOTE_PROBLEM_MAX, "Amounts of the tariff:");
    for (size_t i = 0; period != NULL && i < period->row_count && size < QUOTE_PROBLEM_MAX; i++)
        size += snprintf(ret_text + size, (size_t)(QUOTE_PROBLEM_MAX - size), " %lld", (long long)period->rows[i].value); /* a list too long is cut */
}

static void explain(enum quote_status status, const struct quote_request *request, const struct law_tables *tables, programme_set closed, struct quote_problem *ret_problem) {
    const struct premium_question *asked = &request->question.premium;
    char names[PROGRAMME_SET_TEXT_MAX];
    char *const message = ret_problem->message, *const remedy = ret_problem->remedy;
    ret_problem->code = "USAGE";
    switch (status) {
    case QUOTE_CLOSED:
        ret_problem->code = "E50";
        (void)programme_set_format(closed, names);
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "--programmes: %s is not open to %s in these months", names, segment_name(asked->segment));
        (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "Take it out; programme-law.tsv says what is open to whom.");
        return;
    case QUOTE_BAD_AMOUNT:
        ret_problem->code = "E81";
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "--%s is not an amount that can be priced", asked->segment == SEGMENT_PMI ? "jht-monthly" : "contract-gross");
        if (asked->segment == SEGMENT_PMI) list_savings(&tables->tariff, asked->start_month, remedy);
        else (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "Give a smaller amount or fewer months.");
        return;
    case QUOTE_NO_TARIFF:
        ret_problem->code = "NO_TARIFF";
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "--month: %s has no tariff in one of these months", segment_name(asked->segment));
        (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "payung tariff show --month YYYY-MM --segment %s shows what is in force.", segment_name(asked->segment));
        return;
    case QUOTE_TOO_LONG:
        ret_problem->code = "TOO_MANY_CHANGES";
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "--months: the tariff changes more often in these months than one premium can hold");
        (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "Ask for the months in parts and add the totals.");
        return;
    case QUOTE_TOO_LARGE:
        ret_problem->code = "TOTAL_TOO_LARGE";
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "--people: the total is larger than any sum of money that can be kept");
        (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "Ask for fewer people or months.");
        return;
    case QUOTE_OK:
    case QUOTE_BAD_QUESTION: break;
    }
    (void)snprintf(message, QUOTE_PROBLEM_MAX, "--month, --months: not a question that the tariff can answer");
    (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "See payung quote --help.");
}

static int answer(const struct quote_request *request, struct law_tables *tables) {
    struct quote quote;
    struct quote_problem problem;
    programme_set closed = 0;
    if (!adjust(request, tables, &problem)) return fail(request, &problem);
    const struct quote_law law = {.law = &tables->law, .tariff = &tables->tariff, .parameters = &tables->parameters};
    const enum quote_status status = quote_compute(&law, &request->question, &quote, &closed);
    if (status != QUOTE_OK) {
        explain(status, request, tables, closed, &problem);
        return fail(request, &problem);
    }
    if (request->json) quote_print_json(request, &quote);
    else quote_print_text(request, &quote);
    return EXIT_OK;
}

int quote_main(int argc, char **argv) {
    struct quote_request request;
    struct quote_problem problem;
    if (!quote_request_read(argc, argv, &request, &problem)) return fail(&request, &problem);
    if (request.help) {
        fputs(usage, stdout);
        return EXIT_OK;
    }
    struct law_tables tables;
    const int code = law_tables_open(request.json, LAW_PROGRAMMES | LAW_PARAMETERS | LAW_TARIFF, &tables);
    if (code != EXIT_OK) return code;
    const int answered = answer(&request, &tables);
    law_tables_close(&tables);
    return answered;
}
