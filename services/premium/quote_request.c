/* Reads the options of a quote: one table of options, one small reader for each kind of value, then what each segment needs. It must never guess an amount. */
#include "services/premium/quote_request.h"

#include <stdio.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum option_code {
    OPTION_SEGMENT, OPTION_MONTH, OPTION_MONTHS, OPTION_PEOPLE, OPTION_PROGRAMMES, OPTION_PAYER, OPTION_INCOME, OPTION_SECTOR, OPTION_EMPLOYER, OPTION_WAGE, OPTION_RISK_CLASS,
    OPTION_LABOUR_INTENSIVE, OPTION_EMPLOYER_SIZE, OPTION_CONTRACT_NET, OPTION_CONTRACT_GROSS, OPTION_VAT_PPM, OPTION_BASIS, OPTION_WAGES, OPTION_ROUTE, OPTION_JHT_MONTHLY,
    OPTION_RELIEF, OPTION_PARAMETER, OPTION_BUDGET, OPTION_COUNT
};
#define PEOPLE_MAX UINT64_C(1000000000000)
_Static_assert((int)OPTION_COUNT <= (int)QUOTE_OPTIONS_MAX, "each is remembered");

const struct quote_option_row quote_options[] = {
    [OPTION_SEGMENT] = {"segment", true, false},
    [OPTION_MONTH] = {"month", true, false},
    [OPTION_MONTHS] = {"months", true, false},
    [OPTION_PEOPLE] = {"people", true, false},
    [OPTION_PROGRAMMES] = {"programmes", true, false},
    [OPTION_PAYER] = {"payer", true, false},
    [OPTION_INCOME] = {"income", true, false},
    [OPTION_SECTOR] = {"sector", true, false},
    [OPTION_EMPLOYER] = {"employer", false, false},
    [OPTION_WAGE] = {"wage", true, false},
    [OPTION_RISK_CLASS] = {"risk-class", true, false},
    [OPTION_LABOUR_INTENSIVE] = {"labour-intensive", false, false},
    [OPTION_EMPLOYER_SIZE] = {"employer-size", true, false},
    [OPTION_CONTRACT_NET] = {"contract-net", true, false},
    [OPTION_CONTRACT_GROSS] = {"contract-gross", true, false},
    [OPTION_VAT_PPM] = {"vat-ppm", true, false},
    [OPTION_BASIS] = {"basis", true, false},
    [OPTION_WAGES] = {"wages", true, false},
    [OPTION_ROUTE] = {"route", true, false},
    [OPTION_JHT_MONTHLY] = {"jht-monthly", true, false},
    [OPTION_RELIEF] = {"relief", true, true},
    [OPTION_PARAMETER] = {"parameter", true, true},
    [OPTION_BUDGET] = {"budget", true, false},
    [OPTION_COUNT] = {NULL, false, false},
};

/* Options that belong to one segment; with another segment they are told as a warning and have no effect. */
static const struct {
    enum option_code option;
    enum segment segment;
} owned[] = {
    {OPTION_INCOME, SEGMENT_BPU}, {OPTION_SECTOR, SEGMENT_BPU}, {OPTION_EMPLOYER, SEGMENT_BPU}, {OPTION_WAGE, SEGMENT_PU}, {OPTION_RISK_CLASS, SEGMENT_PU},
    {OPTION_LABOUR_INTENSIVE, SEGMENT_PU}, {OPTION_EMPLOYER_SIZE, SEGMENT_PU}, {OPTION_CONTRACT_NET, SEGMENT_JAKON}, {OPTION_CONTRACT_GROSS, SEGMENT_JAKON},
    {OPTION_VAT_PPM, SEGMENT_JAKON}, {OPTION_BASIS, SEGMENT_JAKON}, {OPTION_WAGES, SEGMENT_JAKON}, {OPTION_ROUTE, SEGMENT_PMI}, {OPTION_JHT_MONTHLY, SEGMENT_PMI}};
_Static_assert(sizeof owned / sizeof *owned <= OPTIONS_IGNORED_MAX, "each is told at most once");

static bool refuse(struct quote_reading *reading, const char *code, enum option_code option, const char *message, const char *remedy) {
    *reading->problem = (struct quote_problem){.code = code, .option = quote_options[option].name};
    (void)snprintf(reading->problem->message, QUOTE_PROBLEM_MAX, "%s", message);
    (void)snprintf(reading->problem->remedy, QUOTE_PROBLEM_MAX, "%s", remedy); /* a long one is cut */
    return false;
}

static bool usage(struct quote_reading *reading, enum option_code option, const char *message, const char *remedy) { return refuse(reading, "USAGE", option, message, remedy); }

static bool read_amount(struct quote_reading *reading, enum option_code option, struct slice text, rupiah least, rupiah *ret_amount) {
    rupiah amount = 0;
    if (!rupiah_parse(text, &amount) || amount < least || amount > RUPIAH_INPUT_MAX)
        return refuse(reading, "E81", option, "is not an amount that can be priced", least > 0 ? "Whole rupiah from 1 to 100000000000000 (10^14)." : "Whole rupiah from 0 to 100000000000000 (10^14).");
    *ret_amount = amount;
    return true;
}

static bool read_count(struct quote_reading *reading, enum option_code option, struct slice text, uint64_t most, const char *remedy, int64_t *ret_count) {
    uint64_t number = 0;
    if (!text_number(text, most, &number) || number == 0) return usage(reading, option, "is not a number that fits", remedy);
    *ret_count = (int64_t)number;
    return true;
}

static bool read_sector(struct quote_reading *reading, struct slice text) {
    enum sector *sector = &reading->request->question.premium.sector;
    if (text_is(text, "TRANSPORT")) *sector = SECTOR_TRANSPORT;
    else if (text_is(text, "OTHER")) *sector = SECTOR_OTHER;
    else return usage(reading, OPTION_SECTOR, "is not a sector", "TRANSPORT or OTHER.");
    return true;
}

static bool keep_text(struct quote_reading *reading, enum option_code option, const char *value, const char *kept[], size_t *count, size_t most) {
    if (*count == most) return usage(reading, option, "stands too often", "At most 16 times.");
    kept[(*count)++] = value;
    return true;
}

static bool read_common(struct quote_reading *reading, enum option_code option, const char *value) {
    struct quote_question *question = &reading->request->question;
    const struct slice text = slice_text(value);
    int64_t months = 0;
    switch (option) {
    case OPTION_SEGMENT: return segment_parse(text, &question->premium.segment) || usage(reading, option, "is not a segment", "BPU, PU, JAKON or PMI.");
    case OPTION_MONTH: return month_parse(text, &question->premium.start_month) || usage(reading, option, "is not a month", "The first contribution month, YYYY-MM.");
    case OPTION_MONTHS:
        if (!read_count(reading, option, text, PREMIUM_MONTHS_MAX, "A whole number of months from 1 to 12000.", &months)) return false;
        question->premium.months = (uint32_t)months;
        return true;
    case OPTION_PEOPLE: return read_count(reading, option, text, PEOPLE_MAX, "A whole number of people from 1 on.", &question->people);
    case OPTION_PROGRAMMES:
        return programme_set_parse(text, &question->premium.programmes) || usage(reading, option, "is not a set of programmes", "For example JKK,JKM or JKK,JKM,JHT.");
    case OPTION_PAYER: return funds_parse(text, &question->premium.funds) || usage(reading, option, "is not a source of funds", "APBN, APBD, SWASTA or PRIBADI.");
    case OPTION_BUDGET: return read_amount(reading, option, text, 1, &question->budget);
    case OPTION_RELIEF: return keep_text(reading, option, value, reading->request->reliefs, &reading->request->relief_count, RELIEFS_ASKED_MAX);
    case OPTION_PARAMETER: return keep_text(reading, option, value, reading->request->assignments, &reading->request->assignment_count, ASSIGNMENTS_MAX);
    default: CHECK(false && "a common option"); return false;
    }
}

static bool read_pu(struct quote_reading *reading, enum option_code option, struct slice text) {
    struct pu_terms *pu = &reading->request->question.premium.pu;
    int64_t risk_class = 0;
    switch (option) {
    case OPTION_WAGE: return read_amount(reading, option, text, 1, &pu->wage);
    case OPTION_RISK_CLASS:
        if (!read_count(reading, option, text, RISK_CLASSES, "1 (very low risk) to 5 (very high), PP 82/2019 Lampiran I.", &risk_class)) return false;
        pu->risk_class = (int32_t)risk_class;
        return true;
    case OPTION_EMPLOYER_SIZE: return employer_size_parse(text, &pu->employer_size) || usage(reading, option, "is not a size", "MICRO, SMALL, MEDIUM or LARGE.");
    case OPTION_LABOUR_INTENSIVE: pu->labour_intensive = true; return true;
    default: CHECK(false && "an option of PU"); return false;
    }
}

static bool read_vat(struct quote_reading *reading, struct slice text) {
    uint64_t ppm = 0;
    if (!text_number(text, PPM, &ppm)) return usage(reading, OPTION_VAT_PPM, "is not a rate", "Parts per million from 0 to 1000000; 11 % is 110000.");
    reading->vat_ppm = (int64_t)ppm;
    return true;
}

static bool read_jakon(struct quote_reading *reading, enum option_code option, struct slice text) {
    struct jakon_terms *jakon = &reading->request->question.premium.jakon;
    switch (option) {
    case OPTION_CONTRACT_NET: return read_amount(reading, option, text, 1, &jakon->contract_net);
    case OPTION_CONTRACT_GROSS: return read_amount(reading, option, text, 1, &jakon->contract_gross);
    case OPTION_WAGES: return read_amount(reading, option, text, 1, &jakon->wages);
    case OPTION_VAT_PPM: return read_vat(reading, text);
    case OPTION_BASIS: return jakon_basis_parse(text, &jakon->basis) || usage(reading, option, "is not a basis", "CONTRACT or WAGES.");
    default: CHECK(false && "an option of JAKON"); return false;
    }
}

static bool read_option(struct quote_reading *reading, enum option_code option, const char *value) {
    struct premium_question *premium = &reading->request->question.premium;
    const struct slice text = slice_text(value != NULL ? value : "");
    if (reading->given[option] && option != OPTION_RELIEF && option != OPTION_PARAMETER) return usage(reading, option, "stands twice", "Give it once.");
    reading->given[option] = true;
    switch (option) {
    case OPTION_INCOME: return read_amount(reading, option, text, 1, &premium->income);
    case OPTION_SECTOR: return read_sector(reading, text);
    case OPTION_EMPLOYER: reading->request->question.is_employer = true; return true;
    case OPTION_WAGE:
    case OPTION_RISK_CLASS:
    case OPTION_EMPLOYER_SIZE:
    case OPTION_LABOUR_INTENSIVE: return read_pu(reading, option, text);
    case OPTION_CONTRACT_NET:
    case OPTION_CONTRACT_GROSS:
    case OPTION_VAT_PPM:
    case OPTION_BASIS:
    case OPTION_WAGES: return read_jakon(reading, option, text);
    case OPTION_ROUTE: return pmi_route_parse(text, &premium->pmi.route) || usage(reading, option, "is not a route", "P3MI or INDIVIDUAL.");
    case OPTION_JHT_MONTHLY: return read_amount(reading, option, text, 0, &premium->pmi.jht_monthly);
    default: return read_common(reading, option, value != NULL ? value : "");
    }
}

/* ---- what a segment needs ------------------------------------------------------------------------------------------------------------- */

static bool need(struct quote_reading *reading, enum option_code option, const char *remedy) { return reading->given[option] || usage(reading, option, "is missing", remedy); }

static void ignore(struct quote_reading *reading, enum option_code option) {
    struct quote_request *request = reading->request;
    if (!reading->given[option]) return;
    CHECK(request->ignored_count < OPTIONS_IGNORED_MAX);
    request->ignored[request->ignored_count++] = quote_options[option].name;
}

static bool complete_pu(struct quote_reading *reading) {
    const programme_set programmes = reading->request->question.premium.programmes;
    if (!need(reading, OPTION_WAGE, "PU is priced on the wage of a month.")) return false;
    if (programmes != 0 && (programmes & programme_bit(PROGRAMME_JKK)) == 0) return true; /* only JKK depends on the class */
    return need(reading, OPTION_RISK_CLASS, "PU needs the risk class of the business for JKK: 1 (very low) to 5 (very high).");
}

static bool complete_wages(struct quote_reading *reading) {
    ignore(reading, OPTION_CONTRACT_NET);
    ignore(reading, OPTION_CONTRACT_GROSS);
    ignore(reading, OPTION_VAT_PPM);
    return need(reading, OPTION_WAGES, "JAKON by wages needs the wages of a month.");
}

/* The two bases give other prices: who names amounts of both must say which one counts. */
static bool complete_jakon(struct quote_reading *reading) {
    struct jakon_terms *jakon = &reading->request->question.premium.jakon;
    const bool net = reading->given[OPTION_CONTRACT_NET], gross = reading->given[OPTION_CONTRACT_GROSS], wages = reading->given[OPTION_WAGES];
    if (jakon->basis == JAKON_BASIS_NONE && wages && (net || gross)) return usage(reading, OPTION_WAGES, "stands beside a contract value", "Say which one counts: basis CONTRACT or WAGES.");
    if (jakon->basis == JAKON_BASIS_NONE) jakon->basis = wages ? JAKON_BASIS_WAGES : JAKON_BASIS_CONTRACT;
    if (jakon->basis == JAKON_BASIS_WAGES) return complete_wages(reading);
    ignore(reading, OPTION_WAGES);
    if (!net && !gross) return usage(reading, OPTION_CONTRACT_NET, "is missing", "JAKON needs the value of the contract, net, or gross (with its rate of VAT), or the basis WAGES with the wages of a month.");
    if (net && gross) return usage(reading, OPTION_CONTRACT_GROSS, "stands beside the net value", "Give one of the two.");
    if (net) ignore(reading, OPTION_VAT_PPM);
    if (net || !reading->given[OPTION_VAT_PPM]) return true;
    jakon->vat_ppm = reading->vat_ppm;
    if (reading->vat_ppm == 0) jakon->contract_net = jakon->contract_gross; /* a rate of 0 in the terms means the law's rate */
    return true;
}

static bool complete_pmi(struct quote_reading *reading) {
    struct premium_question *premium = &reading->request->question.premium;
    if (reading->given[OPTION_PROGRAMMES]) return usage(reading, OPTION_PROGRAMMES, "has no meaning for PMI", "The package covers JKK and JKM; JHT is chosen by its monthly amount (jht-monthly).");
    if (!need(reading, OPTION_ROUTE, "PMI needs the way of placement: P3MI or INDIVIDUAL.")) return false;
    premium->programmes = charge_programmes(CHARGE_PACKAGE);
    if (premium->pmi.jht_monthly > 0) premium->programmes |= programme_bit(PROGRAMME_JHT);
    return true;
}

static bool complete(struct quote_reading *reading) {
    struct premium_question *premium = &reading->request->question.premium;
    if (!need(reading, OPTION_SEGMENT, "BPU (self-employed), PU (employees), JAKON (construction) or PMI (migrant workers).")) return false;
    if (!need(reading, OPTION_MONTH, "The first contribution month, YYYY-MM.")) return false;
    if (premium->months == 0) premium->months = 1;
    if (premium->funds == FUNDS_NONE) premium->funds = FUNDS_PRIBADI;
    if (premium->sector == SECTOR_NONE) premium->sector = SECTOR_OTHER;
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        if (owned[i].segment != premium->segment) ignore(reading, owned[i].option);
    if (premium->segment == SEGMENT_PU) return complete_pu(reading);
    if (premium->segment == SEGMENT_JAKON) return complete_jakon(reading);
    if (premium->segment == SEGMENT_PMI) return complete_pmi(reading);
    return true;
}

/* ---- the way in ------------------------------------------------------------------------------------------------------------------------ */

void quote_begin(struct quote_reading *ret_reading, struct quote_request *ret_request, struct quote_problem *ret_problem) {
    *ret_request = (struct quote_request){0};
    *ret_problem = (struct quote_problem){.code = "USAGE", .option = ""};
    *ret_reading = (struct quote_reading){.request = ret_request, .problem = ret_problem};
}

bool quote_option(struct quote_reading *reading, const char *name, const char *value) {
    for (int option = 0; option < OPTION_COUNT; option++) {
        if (strcmp(quote_options[option].name, name) != 0) continue;
        if (quote_options[option].has_value != (value != NULL)) return usage(reading, (enum option_code)option, value != NULL ? "is a flag" : "has no value", "See the description.");
        return read_option(reading, (enum option_code)option, value);
    }
    *reading->problem = (struct quote_problem){.code = "USAGE", .option = ""};
    (void)snprintf(reading->problem->message, QUOTE_PROBLEM_MAX, "there is no such option: %.80s", name); /* cut is enough to find it */
    (void)snprintf(reading->problem->remedy, QUOTE_PROBLEM_MAX, "See the description.");
    return false;
}

bool quote_complete(struct quote_reading *reading) { return complete(reading); }

/* The monthly amounts of JHT that the tariff of the first month has. */
static void list_savings(const struct tariff *tariff, month_t month, char ret_text[QUOTE_PROBLEM_MAX]) {
    const struct tariff_period *period = tariff_period_of(&tariff->series[SEGMENT_PMI][JAKON_BASIS_NONE][CHARGE_JHT], month_count(month));
    int size = snprintf(ret_text, QUOTE_PROBLEM_MAX, "Amounts of the tariff:");
    for (size_t i = 0; period != NULL && i < period->row_count && size < QUOTE_PROBLEM_MAX; i++)
        size += snprintf(ret_text + size, (size_t)(QUOTE_PROBLEM_MAX - size), " %lld", (long long)period->rows[i].value); /* a list too long is cut */
}

void quote_explain(enum quote_status status, const struct quote_request *request, const struct quote_law *law, programme_set closed, struct quote_problem *ret_problem) {
    CHECK(status != QUOTE_OK);
    const struct premium_question *asked = &request->question.premium;
    char names[PROGRAMME_SET_TEXT_MAX];
    char *const message = ret_problem->message, *const remedy = ret_problem->remedy;
    *ret_problem = (struct quote_problem){.code = "USAGE", .option = "month"};
    switch (status) {
    case QUOTE_CLOSED:
        ret_problem->code = "E50";
        ret_problem->option = "programmes";
        (void)programme_set_format(closed, names);
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "%s is not open to %s in these months", names, segment_name(asked->segment));
        (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "Take it out; programme-law.tsv says what is open to whom.");
        return;
    case QUOTE_BAD_AMOUNT:
        ret_problem->code = "E81";
        ret_problem->option = asked->segment == SEGMENT_PMI ? "jht-monthly" : "contract-gross";
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "is not an amount that can be priced");
        if (asked->segment == SEGMENT_PMI) list_savings(law->tariff, asked->start_month, remedy);
        else (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "Give a smaller amount or fewer months.");
        return;
    case QUOTE_NO_TARIFF:
        ret_problem->code = "NO_TARIFF";
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "%s has no tariff in one of these months", segment_name(asked->segment));
        (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "payung tariff show --month YYYY-MM --segment %s shows what is in force.", segment_name(asked->segment));
        return;
    case QUOTE_TOO_LONG:
        ret_problem->code = "TOO_MANY_CHANGES";
        ret_problem->option = "months";
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "the tariff changes more often in these months than one premium can hold");
        (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "Ask for the months in parts and add the totals.");
        return;
    case QUOTE_TOO_LARGE:
        ret_problem->code = "TOTAL_TOO_LARGE";
        ret_problem->option = "people";
        (void)snprintf(message, QUOTE_PROBLEM_MAX, "the total is larger than any sum of money that can be kept");
        (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "Ask for fewer people or months.");
        return;
    case QUOTE_OK:
    case QUOTE_BAD_QUESTION: break;
    }
    (void)snprintf(message, QUOTE_PROBLEM_MAX, "is not a question that the tariff can answer");
    (void)snprintf(remedy, QUOTE_PROBLEM_MAX, "See the description.");
}
