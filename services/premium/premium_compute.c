/* Computes the premium of one person, month by month, and writes equal months as one line. It rounds once per programme and month and never computes a
 * rate on a total. */
#include "common/base/check.h"
#include "services/premium/premium.h"

enum { PPM = 1000000 };

static bool is_computable(const struct premium_question *question) {
    bool money = question->income >= 0 && question->income <= RUPIAH_INPUT_MAX;
    bool programmes = question->programmes != 0 && question->programmes < 1u << PROGRAMME_COUNT;
    bool months = month_is_valid(question->start_month) && question->months >= 1 && question->months <= PREMIUM_MONTHS_MAX;
    return money && programmes && months && month_year(question->start_month) < 2900; /* so that the last month is a month too */
}

/* One programme in one month. */
static bool price_month(const struct tariff *tariff, const struct premium_question *question, enum programme programme, month_t month, struct premium_line *ret_line) {
    const struct tariff_row *row = tariff_row(tariff, question->segment, programme, month, question->income);
    if (row == NULL) return false;
    const struct relief *relief = relief_for(tariff, question->segment, programme, question->sector, question->funds, month);
    int64_t pay_ppm = relief != NULL ? relief->pay_ppm : PPM;
    struct premium_line line = {.charge = charge_of(programme), .from = month, .months = 1, .base = row->base, .tariff_row = row->id, .regulation = row->regulation};
    if (relief != NULL) line.relief = relief->id;
    if (row->unit == TARIFF_PPM) {
        line.rate_ppm = row->value;
        line.normal = rupiah_share(row->base, row->value);
        line.amount = rupiah_share(row->base, row->value * pay_ppm / PPM); /* whole: loading refuses reliefs that leave a fraction */
    } else {
        line.normal = row->value;
        line.amount = rupiah_share(row->value, pay_ppm);
    }
    CHECK(line.amount >= 0 && line.amount <= line.normal);
    *ret_line = line;
    return true;
}

static bool continues(const struct premium_line *line, const struct premium_line *next) {
    return line->charge == next->charge && line->amount == next->amount && line->normal == next->normal &&
           slice_equal(line->tariff_row, next->tariff_row) && slice_equal(line->relief, next->relief);
}

static void add_up(struct premium *premium) {
    for (size_t i = 0; i < premium->line_count; i++) {
        const struct premium_line *line = &premium->lines[i];
        rupiah amount = 0;
        CHECK(rupiah_multiply(line->amount, line->months, &amount)); /* at most 10^14 x 600 */
        CHECK(rupiah_add(premium->by_charge[line->charge], amount, &premium->by_charge[line->charge]));
        CHECK(rupiah_add(premium->total, amount, &premium->total));
    }
}

enum premium_status premium_compute(const struct tariff *tariff, const struct premium_question *question, struct premium_line lines[PREMIUM_LINES_MAX],
                                    struct premium *ret_premium) {
    if (!is_computable(question)) return PREMIUM_BAD_QUESTION;
    struct premium premium = {.lines = lines};
    for (int programme = 0; programme < PROGRAMME_COUNT; programme++) {
        if ((question->programmes & programme_bit((enum programme)programme)) == 0) continue;
        for (uint32_t i = 0; i < question->months; i++) {
            struct premium_line line;
            month_t month = month_add(question->start_month, (int32_t)i);
            if (!price_month(tariff, question, (enum programme)programme, month, &line)) return PREMIUM_NO_TARIFF;
            if (i > 0 && continues(&lines[premium.line_count - 1], &line)) {
                lines[premium.line_count - 1].months++;
                continue;
            }
            if (premium.line_count == PREMIUM_LINES_MAX) return PREMIUM_TOO_MANY_LINES;
            lines[premium.line_count++] = line;
        }
    }
    add_up(&premium);
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
