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
    static const char *const names[] = {"batch", "rows", "accepted", "waitlisted", "rejected", "duplicates", "pending", "by_code", "committed"};
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

void batch_report_print(const json_t *batch, bool json) {
    if (json) {
        print_json(batch);
        return;
    }
    static const char *const names[] = {"rows", "accepted", "waitlisted", "rejected", "duplicates", "pending"};
    char numbers[6][32], money[32];
    for (int i = 0; i < 6; i++) format_number(number_of(batch, names[i]), numbers[i]);
    rupiah_format(number_of(batch, "committed"), money);
    const char *agreement = json_string_value(json_object_get(batch, "agreement"));
    printf("Daftar %s (perjanjian %s)\n", json_string_value(json_object_get(batch, "batch")), agreement != NULL ? agreement : "-");
    printf("  %s baris = %s diterima + %s daftar tunggu + %s ditolak + %s ganda + %s diproses\n", numbers[0], numbers[1], numbers[2], numbers[3], numbers[4],
           numbers[5]);
    printf("  Iuran yang dikomitmenkan: %s\n", money);
    print_codes(batch);
}

bool batch_report_done(const json_t *batch) {
    const char *state = json_string_value(json_object_get(batch, "state"));
    return state != NULL && strcmp(state, "done") == 0;
}

int batch_report_exit(const json_t *batch) {
    return batch_report_done(batch) && number_of(batch, "rejected") > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}
