/* Prints rows of the tariff for officials. It must never leave out what decides whom a row is for: band, class, basis, sector, and whose money a relief excludes. */
#include "services/payung/tariff_print.h"

#include <stdio.h>

#include "common/base/check.h"
#include "services/payung/law_words.h"
#include "services/premium/relief.h"

enum { AMOUNT_TEXT_MAX = 32, CELL_TEXT_MAX = 160 };

static void say_row(const struct tariff_row *row, char ret_text[CELL_TEXT_MAX]) {
    char amount[AMOUNT_TEXT_MAX];
    rupiah_format(row->from, amount);
    ret_text[0] = '\0';
    if (row->segment == SEGMENT_BPU && row->unit == TARIFF_PPM) (void)snprintf(ret_text, CELL_TEXT_MAX, "penghasilan mulai %s", amount);
    if (row->basis == JAKON_BASIS_CONTRACT) (void)snprintf(ret_text, CELL_TEXT_MAX, "nilai kontrak di atas %s", amount);
    if (row->basis == JAKON_BASIS_WAGES) (void)snprintf(ret_text, CELL_TEXT_MAX, "upah diketahui");
    if (row->risk_class != 0) (void)snprintf(ret_text, CELL_TEXT_MAX, "kelas risiko %d", row->risk_class);
    if (row->source.size > 0) (void)snprintf(ret_text, CELL_TEXT_MAX, "diambil dari iuran %.*s", SLICE_ARGS(row->source));
    if (row->item == ITEM_PLACEMENT) (void)snprintf(ret_text, CELL_TEXT_MAX, "sebelum bekerja, lewat P3MI");
    if (row->item == ITEM_PACKAGE) (void)snprintf(ret_text, CELL_TEXT_MAX, "kontrak kerja %d bulan", row->months);
    if (row->item == ITEM_EXCESS) (void)snprintf(ret_text, CELL_TEXT_MAX, "tiap bulan di atas paket");
    if (row->item == ITEM_JHT_VALUE) (void)snprintf(ret_text, CELL_TEXT_MAX, "pilihan per bulan");
}

static size_t append(char text[CELL_TEXT_MAX], size_t size, const char *more, const char *name) {
    const int added = snprintf(text + size, CELL_TEXT_MAX - size, "%s%s", more, name);
    CHECK(added >= 0 && (size_t)added < CELL_TEXT_MAX - size); /* a handful of known words */
    return size + (size_t)added;
}

static void say_relief(const struct relief *relief, char ret_text[CELL_TEXT_MAX]) {
    static const char *const sectors[] = {[SECTOR_NONE] = "", [SECTOR_TRANSPORT] = ", transportasi", [SECTOR_OTHER] = ", selain transportasi"};
    static const char *const employers[] = {[CONDITION_ANY] = "", [CONDITION_YES] = ", padat karya", [CONDITION_NO] = ", bukan padat karya"};
    size_t size = append(ret_text, 0, "keringanan", sectors[relief->sector]);
    size = append(ret_text, size, employers[relief->labour_intensive], "");
    const char *between = ", bukan ";
    for (int funds = FUNDS_APBN; funds <= FUNDS_PRIBADI; funds++) {
        if ((relief->excluded_funds >> (unsigned)funds & 1u) == 0) continue;
        size = append(ret_text, size, between, funds_name((enum funds)funds));
        between = "/";
    }
}

static void say_base(const struct tariff_view_row *row, char ret_text[CELL_TEXT_MAX]) {
    const char *words = "-";
    if (row->kind == VIEW_RELIEF) words = "iuran normal";
    else if (row->base > 0) rupiah_format(row->base, ret_text);
    else if (row->kind == VIEW_TARIFF && row->unit == TARIFF_PPM) words = row->tariff->basis == JAKON_BASIS_CONTRACT ? "bagian kontrak" : "upah sebulan";
    if (row->base == 0) (void)snprintf(ret_text, CELL_TEXT_MAX, "%s%s%s", words, row->cap != WAGE_CAP_NONE ? ", maks. batas " : "", wage_cap_name(row->cap));
}

static void say_value(const struct tariff_view_row *row, char ret_text[CELL_TEXT_MAX]) {
    char text[RATE_TEXT_MAX];
    if (row->unit == TARIFF_RUPIAH) rupiah_format(row->value, text);
    else rate_format(row->value, text);
    (void)snprintf(ret_text, CELL_TEXT_MAX, "%s%s", row->kind == VIEW_RELIEF ? "dibayar " : "", text);
}

void tariff_print_head(const char *mark) {
    printf("%s%-7s %-8s %-13s %-50s %29s %15s  %-17s %s\n", mark, "Segmen", "Program", "Beban", "Untuk", "Dasar", "Tarif", "Berlaku", "Peraturan [baris]");
}

void tariff_print_row(const char *mark, const struct tariff_view_row *row) {
    char from[8], to[8] = "", subject[CELL_TEXT_MAX] = "batas upah", base[CELL_TEXT_MAX], value[CELL_TEXT_MAX];
    if (row->kind == VIEW_TARIFF) say_row(row->tariff, subject);
    if (row->kind == VIEW_RELIEF) say_relief(row->relief, subject);
    say_base(row, base);
    say_value(row, value);
    month_format(row->valid_from, from);
    if (row->valid_to != MONTH_OPEN) month_format(row->valid_to, to);
    printf("%s%-7s %-8s %-13s %-50s %29s %15s  %s..%-7s  %.*s [%.*s]", mark, segment_name(row->segment), charge_word(row->charge), row->kind == VIEW_TARIFF ? share_word(row->share) : "-", subject,
           base, value, from, to, SLICE_ARGS(row->regulation), SLICE_ARGS(row->id));
    if (row->stale) printf("  W51: batas upah yang baru belum dimuat");
    if (!row->enabled) printf("  tidak aktif (dinyalakan dengan --relief)");
    printf("\n");
}
