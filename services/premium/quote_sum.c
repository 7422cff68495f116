/* Sums a price up. It must never round: everything that is rounded was rounded by the premium of one person and month. */
#include "services/premium/quote_sum.h"

#include "common/base/check.h"

static struct law_answer ask_law(const struct quote_law *law, const struct quote_question *question) {
    const struct law_question asked = {.segment = question->premium.segment,
                                       .employer_size = question->premium.pu.employer_size,
                                       .is_employer = question->is_employer,
                                       .from = question->premium.start_month,
                                       .months = question->premium.months};
    return law_ask(law->law, &asked);
}

static enum quote_status status_of(enum premium_status status) {
    switch (status) {
    case PREMIUM_OK: return QUOTE_OK;
    case PREMIUM_NO_TARIFF: return QUOTE_NO_TARIFF;
    case PREMIUM_BAD_AMOUNT: return QUOTE_BAD_AMOUNT;
    case PREMIUM_TOO_MANY_LINES: return QUOTE_TOO_LONG;
    case PREMIUM_BAD_QUESTION: break;
    }
    return QUOTE_BAD_QUESTION;
}

/* What would be due without any relief. JKP is nobody's bill. */
static bool normal_of(const struct premium *premium, rupiah *ret_normal) {
    rupiah normal = 0, amount = 0;
    for (size_t i = 0; i < premium->line_count; i++) {
        const struct premium_line *line = &premium->lines[i];
        if (line->charge == CHARGE_JKP) continue;
        if (!rupiah_multiply(line->normal, line->months, &amount) || !rupiah_add(normal, amount, &normal)) return false;
    }
    *ret_normal = normal;
    return true;
}

static void ask_budget(const struct quote_question *question, struct quote *quote) {
    quote->people = question->people;
    if (question->budget > 0 && quote->per_person > 0) {
        quote->budget_people = question->budget / quote->per_person;
        quote->budget_left = question->budget % quote->per_person;
        if (quote->people == 0) quote->people = quote->budget_people;
    } else {
        quote->budget_people = -1;
        quote->budget_left = question->budget;
        if (quote->people == 0) quote->people = 1;
    }
}

static enum quote_status add_up(const struct premium *premium, const struct quote_question *question, struct quote *quote) {
    quote->per_person = premium->total;
    ask_budget(question, quote);
    rupiah normal = 0;
    if (!normal_of(premium, &normal) || !rupiah_multiply(normal, quote->people, &quote->normal)) return QUOTE_TOO_LARGE;
    if (!rupiah_multiply(premium->total, quote->people, &quote->total)) return QUOTE_TOO_LARGE;
    for (int i = 0; i < CHARGE_COUNT; i++) CHECK(rupiah_multiply(premium->by_charge[i], quote->people, &quote->by_charge[i])); /* none is above the total */
    quote->reduction = quote->normal - quote->total;
    return QUOTE_OK;
}

enum quote_status quote_compute(const struct quote_law *law, const struct quote_question *question, struct quote *ret_quote, programme_set *ret_closed) {
    CHECK(question->people >= 0 && question->budget >= 0);
    const struct premium_question *const asked = &question->premium;
    if (!month_is_valid(asked->start_month) || asked->months < 1 || asked->months > PREMIUM_MONTHS_MAX) return QUOTE_BAD_QUESTION;
    const struct law_answer answer = ask_law(law, question);
    if (answer.open == 0) return QUOTE_NO_TARIFF;
    struct quote quote = {.programmes = asked->programmes != 0 ? asked->programmes : answer.mandatory};
    const programme_set closed = quote.programmes & (programme_set)~answer.open;
    if (closed != 0) {
        *ret_closed = closed;
        return QUOTE_CLOSED;
    }
    struct premium premium;
    struct premium_question one = *asked;
    one.programmes = quote.programmes;
    enum quote_status status = status_of(premium_compute(law->tariff, law->parameters, &one, quote.lines, &premium));
    if (status == QUOTE_OK) status = add_up(&premium, question, &quote);
    if (status != QUOTE_OK) return status;
    quote.line_count = premium.line_count;
    quote.missing = (programme_set)(answer.mandatory & ~quote.programmes);
    quote.warnings = premium.warnings;
    if (quote.missing != 0 && quote.programmes != programme_bit(PROGRAMME_JKP)) quote.warnings = code_set_with(quote.warnings, CODE_E51);
    *ret_quote = quote;
    return QUOTE_OK;
}
