/* The words that a regency's clerk reads. */
#include "services/payung/batch_report.h"

#include <stdio.h>
#include <string.h>

#include "common/domain/codes.h"
#include "common/domain/rupiah.h"
#include "services/payung/commands.h"

static long long number_of(const json_t *batch, const char *name) { return (long long)json_integer_value(json_object_get(batch, name)); }

/* 1984 -> "1.984", as it is written in Indonesia. */
static void format_number(long long number, char ret_text[32]) {
    rupiah_format(number, ret_text);
    if (strncmp(ret_text, "Rp", 2) == 0) memmove(ret_text, ret_text + 2, strlen(ret_text + 2) + 1);
}

static void print_json(const json_t *batch) {
    static const char *const names[] = {"batch", "agreement", "state", "rows", "accepted", "waitlisted", "rejected", "duplicates", "pending", "by_code", "committed", "dry_run", "progress",
                                        "needs_approval", "sha256", "amends"};
    json_t *document = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) (void)json_object_set(document, names[i], json_object_get(batch, names[i])); /* present */
    command_print_json(document);
}

static void print_codes(const json_t *batch) {
    const char *text;
    json_t *count;
    bool first = true;
    json_object_foreach(json_object_get((json_t *)batch, "by_code"), text, count) {
        enum code code;
        const struct code_row *row = code_parse(slice_text(text), &code) ? code_row(code) : NULL;
        char number[32];
        if (first) printf("Alasan (satu baris dapat memiliki beberapa kode):\n");
        first = false;
        format_number((long long)json_integer_value(count), number);
        printf("  %-4s %7s  %s\n", text, number, row != NULL ? row->reason : "");
    }
}

static const char *state_of(const json_t *batch) {
    const char *state = json_string_value(json_object_get(batch, "state"));
    return state != NULL ? state : "";
}

static const char *state_word(const json_t *batch) {
    static const struct { const char *state, *word; } words[] = {
        {"checking", "sedang diuji"}, {"held", "menunggu persetujuan"}, {"blocked", "tidak didaftarkan, ada baris yang tidak akan diterima"}, {"submitting", "sedang diajukan"},
        {"deciding", "sedang diputuskan"}, {"done", "selesai"}, {"cancelled", "dibatalkan"}, {"reversing", "sedang ditarik kembali"}, {"reversed", "ditarik kembali"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].state, state_of(batch)) == 0) return words[i].word;
    return state_of(batch);
}

static void print_equation(const json_t *batch, const json_t *counts, bool is_trial) {
    static const char *const names[] = {"accepted", "waitlisted", "rejected", "duplicates", "pending"};
    char rows[32], numbers[5][32], money[32];
    format_number(number_of(batch, "rows"), rows);
    for (int i = 0; i < 5; i++) format_number(number_of(counts, names[i]), numbers[i]);
    rupiah_format(number_of(counts, "committed"), money);
    printf(is_trial ? "  Hasil uji: %s baris = %s akan diterima + %s akan menunggu + %s akan ditolak + %s ganda + %s belum pasti\n"
                    : "  %s baris = %s diterima + %s daftar tunggu + %s ditolak + %s ganda + %s diproses\n",
           rows, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]);
    printf(is_trial ? "  Iuran yang akan dikomitmenkan: %s\n" : "  Iuran yang dikomitmenkan: %s\n", money);
}

static void print_budget(const json_t *budget) {
    char before[32], after[32], wanting[32];
    if (!json_is_integer(json_object_get(budget, "left_before"))) return;
    rupiah_format(number_of(budget, "left_before"), before);
    rupiah_format(number_of(budget, "left_after"), after);
    rupiah_format(number_of(budget, "short_by"), wanting);
    printf("  Sisa pagu: %s sekarang, %s sesudahnya\n", before, after);
    if (number_of(budget, "short_by") > 0) printf("  Kekurangan dana bagi yang menunggu: %s\n", wanting);
}

/* What its reader does now. */
static void print_next(const json_t *batch) {
    const char *id = json_string_value(json_object_get(batch, "batch"));
    const bool needs_approval = json_is_true(json_object_get(batch, "needs_approval"));
    if (strcmp(state_of(batch), "held") == 0 && needs_approval) printf("Menunggu orang kedua: payung batch %s --approve\n", id);
    else if (strcmp(state_of(batch), "held") == 0) printf("Daftarkan: payung batch %s --enrol   Batalkan: payung batch %s --cancel\n", id, id);
    else if (strcmp(state_of(batch), "blocked") == 0) printf("Perbaiki baris yang ditolak (payung batch %s --rejected ditolak.csv), lalu kirim lagi.\n", id);
}

void batch_report_print(const json_t *batch, bool json) {
    if (json) {
        print_json(batch);
        return;
    }
    const char *agreement = json_string_value(json_object_get(batch, "agreement"));
    const json_t *trial = json_object_get(batch, "dry_run");
    printf("Daftar %s (perjanjian %s): %s\n", json_string_value(json_object_get(batch, "batch")), agreement != NULL ? agreement : "-", state_word(batch));
    print_equation(batch, json_is_object(trial) ? trial : batch, json_is_object(trial));
    if (json_is_object(trial)) print_budget(json_object_get(trial, "budget"));
    print_codes(json_is_object(trial) ? trial : batch);
    print_next(batch);
}

bool batch_report_done(const json_t *batch) { return strcmp(state_of(batch), "done") == 0; }

int batch_report_exit(const json_t *batch) {
    const json_t *trial = json_object_get(batch, "dry_run");
    const bool is_told = batch_report_done(batch) || strcmp(state_of(batch), "held") == 0 || strcmp(state_of(batch), "blocked") == 0;
    return is_told && number_of(json_is_object(trial) ? trial : batch, "rejected") > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}
