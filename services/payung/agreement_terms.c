/* Words for the terms of an agreement. It never decides anything: what the law closes comes from agreement_closed_by_law. */
#include "services/payung/agreement_terms.h"

#include <stdio.h>

enum { WARNING_BYTES_MAX = 240, MONTH_TEXT_MAX = 8 };

/* ---- Terms -------------------------------------------------------------------------------------------------------------------------------- */

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
}

void terms_print(const struct agreement *agreement, struct slice name) {
    char from[11], to[11], money[32];
    day_format(agreement->period_from, from);
    day_format(agreement->period_to, to);
    rupiah_format(agreement->pagu, money);
    printf("Perjanjian  %.*s\n  nama      %.*s\n  pembayar  %.*s (%.*s, %s)\n  masa      %s s.d. %s, %u bulan per orang\n", SLICE_ARGS(agreement->id), SLICE_ARGS(name),
           SLICE_ARGS(agreement->payer_name), SLICE_ARGS(agreement->payer_kind), funds_name(agreement->funds), from, to, agreement->months);
    if (agreement->parent.size > 0) printf("  payung    %.*s\n", SLICE_ARGS(agreement->parent));
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

static json_t *text_json(struct slice text) { return json_stringn((const char *)text.bytes, text.size); }
static json_t *text_or_null(struct slice text) { return text.size > 0 ? text_json(text) : json_null(); }

static json_t *day_json(day_t day) {
    char text[11];
    day_format(day, text);
    return json_string(text);
}

static json_t *programmes_json(programme_set set) {
    json_t *list = json_array();
    for (int i = 0; i < PROGRAMME_COUNT; i++)
        if ((set & programme_bit((enum programme)i)) != 0) (void)json_array_append_new(list, json_string(programme_name((enum programme)i))); /* fails only without memory, as all below */
    return list;
}

/* Only what is stated. */
static json_t *options_json(const struct agreement *agreement) {
    json_t *options = json_object();
    if (agreement->data_source != DATA_SOURCE_NONE) {
        json_t *source = json_pack("{s:s}", "kind", data_source_name(agreement->data_source));
        if (agreement->data_source_date != 0) (void)json_object_set_new(source, "date", day_json(agreement->data_source_date));
        (void)json_object_set_new(options, "data_source", source);
    }
    if (agreement->desil_max > 0) (void)json_object_set_new(options, "desil_max", json_integer(agreement->desil_max));
    if (agreement->exclude_active) (void)json_object_set_new(options, "exclude_active", json_true());
    if (agreement->region_scope != SCOPE_PAYER) (void)json_object_set_new(options, "region_scope", json_string(region_scope_name(agreement->region_scope)));
    if (agreement->min_age > 0) (void)json_object_set_new(options, "min_age", json_integer(agreement->min_age));
    if (agreement->age_limit > 0) (void)json_object_set_new(options, "age_limit", json_integer(agreement->age_limit));
    if (agreement->occupation_count == 0) return options;
    json_t *occupations = json_array();
    for (size_t i = 0; i < agreement->occupation_count; i++) (void)json_array_append_new(occupations, text_json(agreement->occupations[i]));
    (void)json_object_set_new(options, "occupations", occupations);
    return options;
}

void terms_add_json(json_t *root, const struct agreement *agreement) {
    json_t *segments = json_object();
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++)
        if (agreement->programmes[segment] != 0) (void)json_object_set_new(segments, segment_name((enum segment)segment), programmes_json(agreement->programmes[segment]));
    char region[16];
    (void)snprintf(region, sizeof region, agreement->payer_region % 100 == 0 ? "%02u" : "%02u.%02u", agreement->payer_region / 100, agreement->payer_region % 100); /* fits */
    json_t *payer = json_pack("{s:o,s:o,s:s,s:o}", "kind", text_json(agreement->payer_kind), "name", text_json(agreement->payer_name), "funds", funds_name(agreement->funds), "region",
                              agreement->payer_region != 0 ? json_string(region) : json_null());
    (void)json_object_set_new(root, "payer", payer);
    (void)json_object_set_new(root, "period", json_pack("{s:o,s:o}", "from", day_json(agreement->period_from), "to", day_json(agreement->period_to)));
    (void)json_object_set_new(root, "months", json_integer(agreement->months));
    (void)json_object_set_new(root, "segments", segments);
    (void)json_object_set_new(root, "options", options_json(agreement));
    (void)json_object_set_new(root, "pagu", agreement->pagu < RUPIAH_INPUT_MAX ? json_integer(agreement->pagu) : json_null());
    (void)json_object_set_new(root, "quota", agreement->quota >= 0 ? json_integer(agreement->quota) : json_null());
    (void)json_object_set_new(root, "parent", text_or_null(agreement->parent));
}

/* ---- Warnings ----------------------------------------------------------------------------------------------------------------------------- */

/* The text for one segment; false when the law closes nothing there. */
static bool conflict_text(const struct agreement *agreement, int segment, const programme_set closed[SEGMENT_PMI + 1], char ret_text[WARNING_BYTES_MAX]) {
    char names[PROGRAMME_SET_TEXT_MAX], from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    if (closed[segment] == 0) return false;
    (void)programme_set_format(closed[segment], names);
    month_format(day_month(agreement->period_from), from);
    month_format(day_month(agreement->period_to), to);
    (void)snprintf(ret_text, WARNING_BYTES_MAX, "CFG_LAW_CONFLICT (W50): program %s tidak dibuka hukum bagi segmen %s untuk %s s.d. %s; tidak akan ditagih.", names,
                   segment_name((enum segment)segment), from, to); /* fits */
    return true;
}

static const char no_basis[] = "E90: belum ada dasar hukum; semua pendaftaran akan ditolak.";

json_t *terms_warnings(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]) {
    json_t *list = json_array();
    char text[WARNING_BYTES_MAX];
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++)
        if (conflict_text(agreement, segment, closed, text)) (void)json_array_append_new(list, json_string(text));
    if (!agreement->has_legal_basis) (void)json_array_append_new(list, json_string(no_basis));
    return list;
}

void terms_print_warnings(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]) {
    char text[WARNING_BYTES_MAX];
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++)
        if (conflict_text(agreement, segment, closed, text)) printf("  peringatan %s\n", text);
    if (!agreement->has_legal_basis) printf("  peringatan %s\n", no_basis);
}

json_t *terms_law_conflicts(const struct agreement *agreement, const programme_set closed[SEGMENT_PMI + 1]) {
    json_t *list = json_array();
    char from[MONTH_TEXT_MAX], to[MONTH_TEXT_MAX];
    month_format(day_month(agreement->period_from), from);
    month_format(day_month(agreement->period_to), to);
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++)
        if (closed[segment] != 0)
            (void)json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:o,s:s,s:s}", "code", "CFG_LAW_CONFLICT", "warning", code_row(CODE_W50)->text, "segment",
                                                        segment_name((enum segment)segment), "programmes", programmes_json(closed[segment]), "from", from, "to", to));
    return list;
}
