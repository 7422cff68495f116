/* Words for the terms of an agreement. It never decides anything. */
#include "services/payung/agreement_terms.h"

#include <stdio.h>

#include "services/ledger/agreement_json.h"

static void print_options(const struct agreement *agreement) {
    char day[11];
    if (agreement->data_source != DATA_SOURCE_NONE) {
        day_format(agreement->data_source_date != 0 ? agreement->data_source_date : agreement->period_from, day);
        printf("  data      harus ada di %s%s%s\n", data_source_name(agreement->data_source), agreement->data_source_date != 0 ? " " : "", agreement->data_source_date != 0 ? day : "");
    }
    if (agreement->desil_max > 0) printf("  desil     paling tinggi %d\n", agreement->desil_max);
    if (agreement->exclude_active) printf("  aktif     peserta aktif segmen lain tidak dibiayai\n");
    if (agreement->region_scope != SCOPE_PAYER) printf("  wilayah   %s\n", region_scope_name(agreement->region_scope));
    if (agreement->occupation_count > 0) printf("  pekerjaan %zu kode\n", agreement->occupation_count);
    if (agreement->min_age > 0) printf("  usia      paling rendah %d tahun\n", agreement->min_age);
    if (agreement->age_limit > 0) printf("  usia      di bawah %d tahun\n", agreement->age_limit);
    if (agreement->billing == BILLING_PREPAID) printf("  tagihan   di muka untuk %u bulan\n", agreement->billing_months);
    if (agreement->activation == ACTIVATION_COMMITMENT) printf("  aktif     sejak diterima, sebelum dibayar\n");
    if (agreement->grace_months != GRACE_OF_THE_LAW) printf("  tenggang  %d bulan\n", agreement->grace_months);
    if (agreement->reservation_days != RESERVATION_DAYS) printf("  cadangan  dana ditahan %d hari\n", agreement->reservation_days);
    if (agreement->priority_occupation_count > 0) printf("  prioritas %zu kode pekerjaan\n", agreement->priority_occupation_count);
}

void terms_print(const struct agreement *agreement, struct slice name) {
    char from[11], to[11], money[32];
    day_format(agreement->period_from, from);
    day_format(agreement->period_to, to);
    rupiah_format(agreement->pagu, money);
    printf("Perjanjian  %.*s\n  nama      %.*s\n  pembayar  %.*s (%.*s, %s)\n  masa      %s s.d. %s, %u bulan per orang\n", SLICE_ARGS(agreement->id), SLICE_ARGS(name),
           SLICE_ARGS(agreement->payer_name), SLICE_ARGS(agreement->payer_kind), funds_name(agreement->funds), from, to, agreement->months);
    if (agreement->parent.size > 0) printf("  payung    %.*s\n", SLICE_ARGS(agreement->parent));
    if (agreement->renews.size > 0) printf("  lanjutan  %.*s\n", SLICE_ARGS(agreement->renews));
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) {
        char names[PROGRAMME_SET_TEXT_MAX];
        if (agreement->programmes[segment] == 0) continue;
        (void)programme_set_format(agreement->programmes[segment], names);
        printf("  segmen    %s: %s\n", segment_name((enum segment)segment), names);
    }
    print_options(agreement);
    printf("  pagu      %s\n", agreement->pagu < RUPIAH_INPUT_MAX ? money : "tidak ditetapkan");
    if (agreement->quota >= 0) printf("  kuota     %lld orang\n", (long long)agreement->quota);
}

void terms_print_warnings(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]) {
    char texts[AGREEMENT_WARNINGS_MAX][AGREEMENT_WARNING_BYTES_MAX];
    const size_t count = agreement_warnings(agreement, closed, texts);
    for (size_t i = 0; i < count; i++) printf("  peringatan %s\n", texts[i]);
}
