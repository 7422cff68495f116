/* Prints a quote. Each figure stands with the row and the regulation that it comes from. It must never compute money: what it shows was summed before. */
#include "services/payung/quote_print.h"

#include <stdio.h>

#include "services/payung/law_words.h"
#include "services/premium/quote_document.h"
#include "services/premium/tariff.h"

static void print_line(const struct premium_line *line) {
    char from[QUOTE_MONTH_TEXT_MAX], to[QUOTE_MONTH_TEXT_MAX], months[2 * QUOTE_MONTH_TEXT_MAX + 8], base[32] = "-", rate[RATE_TEXT_MAX] = "-", amount[32];
    const int32_t first = month_count(line->from);
    quote_write_month(first, from);
    quote_write_month(first + (int32_t)line->months - 1, to);
    if (line->once) (void)snprintf(months, sizeof months, "%s sekali", from);
    else if (line->months == 1) (void)snprintf(months, sizeof months, "%s", from);
    else (void)snprintf(months, sizeof months, "%s s.d. %s", from, to);
    if (line->base > 0) rupiah_format(line->base, base);
    if (line->rate_ppm > 0) rate_format(line->rate_ppm, rate);
    rupiah_format(line->amount, amount);
    printf("  %-8s %-13s %-20s %18s %9s %18s  %s%s%.*s  %.*s, baris %.*s\n", charge_word(line->charge), share_word(line->share), months, base, rate, amount,
           line->charge == CHARGE_JKP ? "informasi, tidak ditagih  " : "", line->relief.size > 0 ? "keringanan " : "", SLICE_ARGS(line->relief), SLICE_ARGS(line->regulation),
           SLICE_ARGS(line->tariff_row));
}

static void print_money(const char *label, rupiah amount) {
    char text[32];
    rupiah_format(amount, text);
    printf("  %-34s %24s\n", label, text);
}

static void print_sums(const struct quote_request *request, const struct quote *quote) {
    char label[64];
    (void)snprintf(label, sizeof label, "Per orang, %u bulan", request->question.premium.months);
    if (request->question.premium.segment == SEGMENT_JAKON) (void)snprintf(label, sizeof label, "Per proyek");
    print_money(label, quote->per_person);
    for (int i = 0; i < CHARGE_COUNT; i++) {
        if (quote->by_charge[i] == 0) continue;
        (void)snprintf(label, sizeof label, "%s, %lld %s", charge_word((enum charge)i), (long long)quote->people, request->question.premium.segment == SEGMENT_JAKON ? "proyek" : "orang");
        print_money(label, quote->by_charge[i]);
    }
    if (quote->reduction > 0) {
        print_money("Iuran normal", quote->normal);
        print_money("Keringanan", quote->reduction);
    }
    print_money("Jumlah", quote->total);
    if (request->question.budget == 0) return;
    print_money("Anggaran", request->question.budget);
    const bool projects = request->question.premium.segment == SEGMENT_JAKON;
    if (quote->budget_people >= 0) printf("  %-34s %24lld\n", projects ? "Cukup untuk (proyek)" : "Cukup untuk (orang)", (long long)quote->budget_people);
    print_money("Sisa anggaran", quote->budget_left);
}

void quote_print_text(const struct quote_request *request, const struct quote *quote) {
    const struct premium_question *asked = &request->question.premium;
    struct quote_warning warnings[QUOTE_WARNINGS_MAX];
    char names[PROGRAMME_SET_TEXT_MAX], month[8];
    (void)programme_set_format(quote->programmes, names);
    month_format(asked->start_month, month);
    printf("Iuran %s, program %s, mulai %s, %u bulan, dibayar %s\n\n", segment_name(asked->segment), names, month, asked->months, funds_name(asked->funds));
    printf("  %-8s %-13s %-20s %18s %9s %18s  %s\n", "Program", "Beban", "Bulan iuran", "Dasar", "Tarif", "Jumlah", "Peraturan");
    for (size_t i = 0; i < quote->line_count; i++) print_line(&quote->lines[i]);
    printf("\n");
    print_sums(request, quote);
    const size_t count = quote_warnings(request, quote, warnings);
    for (size_t i = 0; i < count; i++) printf("  Peringatan %s: %s.\n", warnings[i].code, warnings[i].message);
}
