/* Computes the premium of one person (in Jakon of one project). It walks from one change of the law to the next, not from month to month: a run of months that no row, cap or
 * relief divides is one line. It rounds once per charge, share and month, and never computes a rate on a total. */
#include "common/base/check.h"
#include "services/premium/premium.h"

enum { START_YEAR_LIMIT = 2900 };

struct pricing {
    const struct tariff *tariff;
    const struct parameters *parameters;
    const struct premium_question *question;
    int32_t first, last; /* month counts of the cover, inclusive */
    struct premium_line *lines;
    size_t line_count, charge_start; /* the first line of the charge in hand */
    struct code_set warnings;
};

static int32_t earlier(int32_t a, int32_t b) { return a < b ? a : b; }

static bool is_amount(rupiah amount) { return amount >= 1 && amount <= RUPIAH_INPUT_MAX; }

static bool asks_for(const struct premium_question *question, enum charge charge) { return (question->programmes & charge_programmes(charge)) != 0; }

static bool is_computable(const struct premium_question *question) {
    bool programmes = question->programmes != 0 && question->programmes < 1u << PROGRAMME_COUNT;
    bool months = month_is_valid(question->start_month) && question->months >= 1 && question->months <= PREMIUM_MONTHS_MAX;
    bool terms = question->segment == SEGMENT_BPU;
    if (question->segment == SEGMENT_PU) terms = !asks_for(question, CHARGE_JKK) || (question->pu.risk_class >= 1 && question->pu.risk_class <= RISK_CLASSES);
    if (question->segment == SEGMENT_JAKON) terms = question->jakon.basis == JAKON_BASIS_CONTRACT || question->jakon.basis == JAKON_BASIS_WAGES;
    if (question->segment == SEGMENT_PMI) terms = question->pmi.route == PMI_ROUTE_P3MI || question->pmi.route == PMI_ROUTE_INDIVIDUAL;
    return programmes && months && terms && month_year(question->start_month) < START_YEAR_LIMIT; /* so that every line begins in a month */
}

/* The contract without PPN, half up: gross x 10^6 / (10^6 + vat), whole parts and rest divided apart, for the product needs more than 64 bits. */
static rupiah net_of(rupiah gross, int64_t vat_ppm) {
    const int64_t with_vat = PPM + vat_ppm;
    return gross / with_vat * PPM + (gross % with_vat * PPM + with_vat / 2) / with_vat;
}

/* 0 when an amount is not sound. */
static rupiah contract_value(const struct pricing *pricing) {
    const struct jakon_terms *terms = &pricing->question->jakon;
    if (terms->contract_net != 0) return is_amount(terms->contract_net) ? terms->contract_net : 0;
    const int64_t vat_ppm = terms->vat_ppm != 0 ? terms->vat_ppm : parameter(pricing->parameters, PARAMETER_VAT_PPM);
    if (!is_amount(terms->contract_gross) || vat_ppm < 0 || vat_ppm > PPM) return 0;
    return net_of(terms->contract_gross, vat_ppm);
}

static struct relief_question relief_question(const struct pricing *pricing, enum charge charge, bool once) {
    const struct premium_question *question = pricing->question;
    const int32_t full_months = (int32_t)parameter(pricing->parameters, PARAMETER_NEW_MEMBER_FULL_MONTHS);
    return (struct relief_question){
        .segment = question->segment,
        .programmes = charge_programmes(charge),
        .sector = question->sector,
        .funds = question->funds,
        .labour_intensive = question->segment == SEGMENT_PU && question->pu.labour_intensive,
        .paid_in_full_to = once || full_months == 0 ? INT32_MIN : pricing->first + full_months - 1,
    };
}

static const struct tariff_series *series_of(const struct pricing *pricing, enum charge charge) {
    const struct premium_question *question = pricing->question;
    const enum jakon_basis basis = question->segment == SEGMENT_JAKON ? question->jakon.basis : JAKON_BASIS_NONE;
    return &pricing->tariff->series[question->segment][basis][charge];
}

/* Rows and reliefs have ids of their own, so the same text is the same row. */
static bool continues(const struct premium_line *line, const struct premium_line *next) {
    return line->tariff_row.bytes == next->tariff_row.bytes && line->relief.bytes == next->relief.bytes && line->base == next->base && line->amount == next->amount &&
           month_count(line->from) + (int32_t)line->months == month_count(next->from);
}

static enum premium_status add_line(struct pricing *pricing, const struct premium_line *line) {
    CHECK(line->amount >= 0 && line->amount <= line->normal);
    for (size_t i = pricing->charge_start; i < pricing->line_count; i++) {
        if (!continues(&pricing->lines[i], line)) continue;
        pricing->lines[i].months += line->months;
        return PREMIUM_OK;
    }
    if (pricing->line_count == PREMIUM_LINES_MAX) return PREMIUM_TOO_MANY_LINES;
    pricing->lines[pricing->line_count++] = *line;
    return PREMIUM_OK;
}

static struct premium_line line_of(const struct tariff_row *row, const struct relief *relief, int32_t from, int32_t to) {
    struct premium_line line = {.charge = row->charge, .share = row->share, .from = month_of_count(from), .months = (uint32_t)(to - from + 1),
                                .tariff_row = row->id, .regulation = row->regulation};
    if (relief != NULL) line.relief = relief->id;
    return line;
}

/* A rate on the base, the relief multiplied in before the one rounding: whole ppm, as loading refuses reliefs that leave a fraction. */
static struct premium_line rate_line(const struct tariff_row *row, const struct relief *relief, rupiah base, int32_t from, int32_t to) {
    struct premium_line line = line_of(row, relief, from, to);
    line.base = base;
    line.rate_ppm = row->value;
    line.normal = rupiah_share(base, row->value);
    line.amount = relief == NULL ? line.normal : rupiah_share(base, row->value * relief->pay_ppm / PPM);
    return line;
}

static struct premium_line fixed_line(const struct tariff_row *row, const struct relief *relief, rupiah normal, int32_t from, int32_t to) {
    struct premium_line line = line_of(row, relief, from, to);
    line.normal = normal;
    line.amount = relief == NULL ? normal : rupiah_share(normal, relief->pay_ppm);
    return line;
}

/* The months that are alike: one period of the series and one answer of the reliefs. */
struct run {
    const struct tariff_period *period;
    const struct relief *relief;
    int32_t from, to;
};

static enum premium_status add_bpu(struct pricing *pricing, const struct run *run) {
    const struct tariff_row *row = tariff_band_of(run->period, pricing->question->income);
    const struct premium_line line = row->unit == TARIFF_PPM ? rate_line(row, run->relief, row->base, run->from, run->to)
                                                             : fixed_line(row, run->relief, row->value, run->from, run->to);
    return add_line(pricing, &line);
}

/* One share on the wage, up to its cap; the cap may change within the run. */
static enum premium_status add_pu_row(struct pricing *pricing, const struct run *run, const struct tariff_row *row) {
    enum premium_status status = PREMIUM_OK;
    for (int32_t from = run->from, to; from <= run->to && status == PREMIUM_OK; from = to + 1) {
        rupiah base = pricing->question->pu.wage;
        to = run->to;
        if (row->cap != WAGE_CAP_NONE) {
            bool stale = false;
            const struct wage_cap_row *cap = tariff_cap_of(pricing->tariff, row->cap, from, &stale);
            if (stale) pricing->warnings = code_set_with(pricing->warnings, CODE_W51);
            else to = earlier(to, cap->last);
            if (base > cap->amount) base = cap->amount;
        }
        const struct premium_line line = rate_line(row, run->relief, base, from, to);
        status = add_line(pricing, &line);
    }
    return status;
}

static enum premium_status add_pu(struct pricing *pricing, const struct run *run) {
    enum premium_status status = PREMIUM_OK;
    for (size_t i = 0; i < run->period->row_count && status == PREMIUM_OK; i++) {
        const struct tariff_row *row = &run->period->rows[i];
        if (row->risk_class == 0 || row->risk_class == pricing->question->pu.risk_class) status = add_pu_row(pricing, run, row);
    }
    return status;
}

static enum premium_status add_wages(struct pricing *pricing, const struct run *run) {
    const struct premium_line line = rate_line(&run->period->rows[0], run->relief, pricing->question->jakon.wages, run->from, run->to);
    return add_line(pricing, &line);
}

static enum premium_status add_pmi_jht(struct pricing *pricing, const struct run *run) {
    for (size_t i = 0; i < run->period->row_count; i++) {
        const struct tariff_row *row = &run->period->rows[i];
        if (row->value != pricing->question->pmi.jht_monthly) continue;
        const struct premium_line line = fixed_line(row, run->relief, row->value, run->from, run->to);
        return add_line(pricing, &line);
    }
    return PREMIUM_BAD_AMOUNT;
}

static enum premium_status price_months(struct pricing *pricing, enum charge charge, enum premium_status (*add)(struct pricing *pricing, const struct run *run)) {
    const struct tariff_series *series = series_of(pricing, charge);
    const struct relief_question reliefs = relief_question(pricing, charge, false);
    enum premium_status status = PREMIUM_OK;
    pricing->charge_start = pricing->line_count;
    for (struct run run = {.from = pricing->first}; run.from <= pricing->last && status == PREMIUM_OK; run.from = run.to + 1) {
        run.period = tariff_period_of(series, run.from);
        if (run.period == NULL) return PREMIUM_NO_TARIFF;
        run.relief = relief_for(pricing->tariff, &reliefs, run.from, &run.to);
        run.to = earlier(run.to, earlier(run.period->last, pricing->last));
        status = add(pricing, &run);
    }
    return status;
}

static enum premium_status price_each_month(struct pricing *pricing, enum premium_status (*add)(struct pricing *pricing, const struct run *run)) {
    enum premium_status status = PREMIUM_OK;
    for (int charge = 0; charge < PROGRAMME_COUNT && status == PREMIUM_OK; charge++)
        if (asks_for(pricing->question, (enum charge)charge)) status = price_months(pricing, (enum charge)charge, add);
    return status;
}

/* What is paid once: the tariff and the relief of the first month hold for the whole. */
static bool find_once(struct pricing *pricing, enum charge charge, struct run *ret_run) {
    const struct tariff_series *series = series_of(pricing, charge);
    const struct relief_question reliefs = relief_question(pricing, charge, true);
    int32_t relief_last = 0;
    pricing->charge_start = pricing->line_count;
    ret_run->from = ret_run->to = pricing->first;
    ret_run->period = tariff_period_of(series, pricing->first);
    ret_run->relief = relief_for(pricing->tariff, &reliefs, pricing->first, &relief_last);
    return ret_run->period != NULL;
}

static enum premium_status add_once(struct pricing *pricing, struct premium_line line) {
    line.once = true;
    return add_line(pricing, &line);
}

/* Marginal slices: each rate on the part of the value that lies in its slice. A filled slice gives whole rupiah, so only the last line is rounded. */
static enum premium_status price_contract(struct pricing *pricing, enum charge charge, rupiah net) {
    struct run run;
    enum premium_status status = PREMIUM_OK;
    if (!find_once(pricing, charge, &run)) return PREMIUM_NO_TARIFF;
    for (size_t i = 0; i < run.period->row_count && run.period->rows[i].from < net && status == PREMIUM_OK; i++) {
        const struct tariff_row *row = &run.period->rows[i];
        const bool ends = i + 1 < run.period->row_count && row[1].from < net;
        status = add_once(pricing, rate_line(row, run.relief, (ends ? row[1].from : net) - row->from, run.from, run.to));
    }
    return status;
}

/* The package that is bought: the largest that the contract fills, at least the smallest; with pmi_cheapest the next larger one when it costs less than package and excess. */
static const struct tariff_row *choose_package(const struct tariff_row *smallest, int32_t months, rupiah excess_price, bool cheapest, int32_t *ret_excess) {
    const struct tariff_row *package = smallest;
    while (package[1].item == ITEM_PACKAGE && package[1].months <= months) package++; /* EXCESS stands behind the last */
    *ret_excess = months > package->months ? months - package->months : 0;
    if (!cheapest || package[1].item != ITEM_PACKAGE || package[1].value >= package->value + *ret_excess * excess_price) return package;
    *ret_excess = 0;
    return package + 1;
}

static enum premium_status price_package(struct pricing *pricing) {
    struct run run;
    if (!find_once(pricing, CHARGE_PACKAGE, &run)) return PREMIUM_NO_TARIFF;
    const struct tariff_row *placement = &run.period->rows[0], *excess = &run.period->rows[run.period->row_count - 1];
    CHECK(placement->item == ITEM_PLACEMENT && excess->item == ITEM_EXCESS);
    int32_t excess_months = 0;
    const bool cheapest = parameter(pricing->parameters, PARAMETER_PMI_CHEAPEST) != 0;
    const struct tariff_row *package = choose_package(placement + 1, (int32_t)pricing->question->months, excess->value, cheapest, &excess_months);
    if (pricing->question->pmi.route == PMI_ROUTE_P3MI) (void)add_once(pricing, fixed_line(placement, run.relief, placement->value, run.from, run.to)); /* the first lines: there is room */
    (void)add_once(pricing, fixed_line(package, run.relief, package->value, run.from, run.to));
    if (excess_months == 0) return PREMIUM_OK;
    struct premium_line line = fixed_line(excess, run.relief, excess->value * excess_months, run.from, run.to);
    line.base = excess->value;
    return add_once(pricing, line);
}

static enum premium_status price_bpu(struct pricing *pricing) {
    const rupiah income = pricing->question->income;
    return income >= 0 && income <= RUPIAH_INPUT_MAX ? price_each_month(pricing, add_bpu) : PREMIUM_BAD_AMOUNT;
}

static enum premium_status price_pu(struct pricing *pricing) {
    return is_amount(pricing->question->pu.wage) ? price_each_month(pricing, add_pu) : PREMIUM_BAD_AMOUNT;
}

static enum premium_status price_jakon(struct pricing *pricing) {
    if (pricing->question->jakon.basis == JAKON_BASIS_WAGES) return is_amount(pricing->question->jakon.wages) ? price_each_month(pricing, add_wages) : PREMIUM_BAD_AMOUNT;
    const rupiah net = contract_value(pricing);
    enum premium_status status = is_amount(net) ? PREMIUM_OK : PREMIUM_BAD_AMOUNT;
    for (int charge = 0; charge < PROGRAMME_COUNT && status == PREMIUM_OK; charge++)
        if (asks_for(pricing->question, (enum charge)charge)) status = price_contract(pricing, (enum charge)charge, net);
    return status;
}

static enum premium_status price_pmi(struct pricing *pricing) {
    const programme_set known = charge_programmes(CHARGE_PACKAGE) | programme_bit(PROGRAMME_JHT);
    const rupiah jht = pricing->question->pmi.jht_monthly;
    enum premium_status status = PREMIUM_OK;
    if ((pricing->question->programmes & ~known) != 0) return PREMIUM_NO_TARIFF;
    if (jht < 0) return PREMIUM_BAD_AMOUNT;
    if (asks_for(pricing->question, CHARGE_PACKAGE)) status = price_package(pricing);
    if (status != PREMIUM_OK || jht == 0 || !asks_for(pricing->question, CHARGE_JHT)) return status;
    return price_months(pricing, CHARGE_JHT, add_pmi_jht);
}

/* JKP is told, not billed: its lines are in no sum. False when a sum is beyond all bounds. */
static bool add_up(struct premium *premium) {
    for (size_t i = 0; i < premium->line_count; i++) {
        const struct premium_line *line = &premium->lines[i];
        rupiah amount = 0;
        if (line->charge == CHARGE_JKP) continue;
        CHECK(rupiah_multiply(line->amount, line->months, &amount)); /* at most 10^14 x 12,000 */
        if (!rupiah_add(premium->total, amount, &premium->total)) return false;
        premium->by_charge[line->charge] += amount; /* not above the total */
    }
    return true;
}

enum premium_status premium_compute(const struct tariff *tariff, const struct parameters *parameters, const struct premium_question *question,
                                    struct premium_line lines[PREMIUM_LINES_MAX], struct premium *ret_premium) {
    static enum premium_status (*const price[SEGMENT_COUNT])(struct pricing *pricing) = {
        [SEGMENT_BPU] = price_bpu, [SEGMENT_PU] = price_pu, [SEGMENT_JAKON] = price_jakon, [SEGMENT_PMI] = price_pmi};
    if (!is_computable(question)) return PREMIUM_BAD_QUESTION;
    struct pricing pricing = {.tariff = tariff, .parameters = parameters, .question = question, .lines = lines, .first = month_count(question->start_month)};
    pricing.last = pricing.first + (int32_t)question->months - 1;
    const enum premium_status status = price[question->segment](&pricing);
    if (status != PREMIUM_OK) return status;
    struct premium premium = {.lines = lines, .line_count = pricing.line_count, .warnings = pricing.warnings};
    if (!add_up(&premium)) return PREMIUM_BAD_AMOUNT;
    *ret_premium = premium;
    return PREMIUM_OK;
}

const char *premium_status_name(enum premium_status status) {
    switch (status) {
    case PREMIUM_OK: return "ok";
    case PREMIUM_NO_TARIFF: return "no tariff";
    case PREMIUM_BAD_QUESTION: return "bad question";
    case PREMIUM_BAD_AMOUNT: return "bad amount";
    case PREMIUM_TOO_MANY_LINES: return "too many lines";
    }
    return "unknown";
}
