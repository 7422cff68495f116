/* `payung template --agreement ID`: a workbook for a clerk to fill in: the columns that the agreement's segments need, lists of its villages and of occupations to choose from, an example on a
 * sheet of its own, and help. What is sent back is read by names of columns, so that other columns may be added and these moved. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/row.h"
#include "common/domain/text.h"
#include "common/edge/share.h"
#include "common/edge/share_tables.h"
#include "common/edge/xlsx_form.h"
#include "services/payung/api_client.h"

enum { ARENA_BYTES = 64 * 1024 * 1024, VILLAGES_BYTES_MAX = 16 * 1024 * 1024, NAME_MAX_BYTES = 256 };

static const char usage[] = "usage: payung template --agreement ID [--output FILE.xlsx] [--json]\n"
                            "\n"
                            "Writes a workbook to be filled in and sent with payung enrol: columns of the agreement's segments, villages and occupations to choose from, an example, help.\n"
                            "  --output  the file, by itself daftar-ID.xlsx\n"
                            "Environment: API_URL, API_TOKEN, PAYUNG_SHARE. Exit codes: 0 ok, 1 failed, 2 usage, 75 service down or busy.\n";

enum need { BASIC = 1, BPU = 2, PU = 4, JAKON = 8, PMI = 16 };

/* Which segment asks for a column, what it takes, and an example (a person who does not exist). */
static const struct {
    enum column column;
    unsigned need;
    const char *hint, *example;
} rows[] = {
    {COLUMN_NIK, BASIC, "16 angka, sebagai teks", "1708041211879951"},
    {COLUMN_NAMA, BASIC, "Nama sesuai KTP", "Ani Contoh"},
    {COLUMN_TGL_LAHIR, BASIC, "Tanggal, misalnya 1987-11-12", "1987-11-12"},
    {COLUMN_JENIS_KELAMIN, BASIC, "L atau P", "P"},
    {COLUMN_KODE_WILAYAH_KTP, BASIC, "Kode wilayah KTP; pilih desa, atau tulis kodenya", "17.08.04.2001"},
    {COLUMN_PEKERJAAN, BASIC, "Pilih dari daftar pekerjaan", "petani"},
    {COLUMN_SEGMEN, BASIC, "BPU, PU, JAKON atau PMI", "BPU"},
    {COLUMN_NO_HP, BASIC, "Nomor ponsel untuk SMS, misalnya 081234567890", "081200009951"},
    {COLUMN_ALAMAT, BASIC, "Jalan atau dusun", "Dusun 1"},
    {COLUMN_PENGHASILAN, BPU, "Penghasilan sebulan dalam rupiah; kosong: golongan terendah", ""},
    {COLUMN_PROGRAM, BPU | PU | PMI, "Misalnya JKK,JKM; kosong: menurut perjanjian", ""},
    {COLUMN_NPP, PU | JAKON, "Nomor pendaftaran perusahaan", ""},
    {COLUMN_SKALA, PU, "MIKRO, KECIL, MENENGAH atau BESAR", ""},
    {COLUMN_KELAS_RISIKO, PU, "1 sampai 5", ""},
    {COLUMN_UPAH, PU | JAKON, "Upah sebulan dalam rupiah", ""},
    {COLUMN_NO_PROYEK, JAKON, "Nomor proyek", ""},
    {COLUMN_NILAI_KONTRAK_BRUTO, JAKON, "Nilai kontrak dengan PPN, rupiah", ""},
    {COLUMN_NILAI_KONTRAK_NETO, JAKON, "Nilai kontrak tanpa PPN, rupiah", ""},
    {COLUMN_NO_SPK, JAKON, "Nomor SPK", ""},
    {COLUMN_TGL_MULAI, JAKON, "Tanggal mulai proyek", ""},
    {COLUMN_TGL_SELESAI, JAKON, "Tanggal selesai proyek", ""},
    {COLUMN_BASIS, JAKON, "KONTRAK atau UPAH", ""},
    {COLUMN_JALUR, PMI, "Jalur penempatan", ""},
    {COLUMN_NEGARA, PMI, "Negara tujuan", ""},
    {COLUMN_LAMA_KONTRAK_BULAN, PMI, "Lama kontrak dalam bulan", ""},
    {COLUMN_JHT_BULANAN, PMI, "Iuran JHT sebulan, bila memilih JHT", ""},
};
enum { ROWS = sizeof rows / sizeof *rows };

static const char *const help[] = {
    "#Cara mengisi",
    "Isi lembar Daftar, satu orang (atau satu proyek) per baris. Kolom berlatar kuning wajib diisi.",
    "Kolom boleh dipindah atau ditambah; nama kolom pada baris pertama jangan diubah. Kolom lain tidak dibaca.",
    "NIK harus berupa teks 16 angka: lembar kerja yang mengubahnya menjadi bilangan menghilangkan angka terakhir.",
    "Tanggal ditulis 1987-11-12. Jumlah uang ditulis dalam rupiah, misalnya 1500000 atau Rp 1.500.000,-.",
    "Lembar Contoh memperlihatkan satu baris; lembar itu tidak didaftarkan.",
    "Kirim: payung enrol BERKAS.xlsx --agreement ID --dry-run untuk menguji, lalu payung batch ID --enrol.",
    "#How to fill it in",
    "Fill in the sheet Daftar, one person (or project) a row. Yellow columns must be filled. Columns may be moved or added; keep the names in the first row.",
    "A NIK must be a text of 16 digits: a spreadsheet that makes it a number loses its last digit. Dates as 1987-11-12, money in rupiah.",
    "The sheet Contoh shows one row and enrols nobody.",
};

struct choices {
    const char **texts;
    size_t count;
};

static void add_choice(struct choices *choices, const char *text) {
    if (choices->count < XLSX_FORM_CHOICES_MAX) choices->texts[choices->count++] = text;
}

static struct choices choices_create(struct arena *arena) { return (struct choices){.texts = arena_take(arena, XLSX_FORM_CHOICES_MAX * sizeof(char *))}; }

/* "17.08.04.2001 Pagar Gunung" of the payer's regency, or of all of a province. */
static struct err read_villages(struct arena *arena, const char *share, struct slice region, struct choices *ret_choices) {
    struct slice text, line, code, district;
    TRY(share_read(arena, share, "regions/villages.csv", VILLAGES_BYTES_MAX, &text));
    *ret_choices = choices_create(arena);
    while (text.size > 0 && text_split(&text, '\n', &line)) {
        if (region.size == 0 || line.size <= region.size || memcmp(line.bytes, region.bytes, region.size) != 0 || line.bytes[region.size] != '.') continue;
        if (!text_split(&line, ',', &code) || !text_split(&line, ',', &district)) continue;
        const struct slice name = text_trim(line);
        char *choice = arena_take(arena, code.size + name.size + 2);
        (void)snprintf(choice, code.size + name.size + 2, "%.*s %.*s", SLICE_ARGS(code), SLICE_ARGS(name)); /* fits */
        add_choice(ret_choices, choice);
    }
    return OK;
}

static struct err read_occupations(struct arena *arena, const char *share, struct choices *ret_choices) {
    struct occupation_table table;
    TRY(share_occupations(arena, share, &table));
    *ret_choices = choices_create(arena);
    for (size_t i = 0; i < table.count; i++) add_choice(ret_choices, arena_text(arena, table.rows[i].name));
    return OK;
}

static unsigned needs_of(const json_t *agreement, struct choices *segments) {
    static const struct { const char *name; unsigned need; } known[] = {{"BPU", BPU}, {"PU", PU}, {"JAKON", JAKON}, {"PMI", PMI}};
    unsigned needs = BASIC;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (json_object_get(json_object_get(agreement, "segments"), known[i].name) == NULL) continue;
        needs |= known[i].need;
        add_choice(segments, known[i].name);
    }
    return needs;
}

static struct err write_form(struct arena *arena, const json_t *agreement, const char *share, const char *path) {
    static const char *const sexes[] = {"L", "P"};
    struct xlsx_form_column columns[ROWS];
    struct choices villages, occupations, segments = choices_create(arena);
    size_t count = 0;
    const char *region = json_string_value(json_object_get(json_object_get(agreement, "payer"), "region"));
    const unsigned needs = needs_of(agreement, &segments);
    TRY(read_villages(arena, share, slice_text(region != NULL ? region : ""), &villages));
    TRY(read_occupations(arena, share, &occupations));
    for (size_t i = 0; i < ROWS; i++) {
        if ((rows[i].need & needs) == 0) continue;
        const enum column column = rows[i].column;
        struct xlsx_form_column *form = &columns[count++];
        *form = (struct xlsx_form_column){.heading = column_name(column), .hint = rows[i].hint, .example = rows[i].example, .is_mandatory = column_is_mandatory(column),
                                          .is_date = column == COLUMN_TGL_LAHIR || column == COLUMN_TGL_MULAI || column == COLUMN_TGL_SELESAI};
        const struct choices *choices = column == COLUMN_KODE_WILAYAH_KTP ? &villages : column == COLUMN_PEKERJAAN ? &occupations : column == COLUMN_SEGMEN ? &segments : NULL;
        if (choices != NULL) form->choices = choices->texts;
        if (choices != NULL) form->choice_count = choices->count;
        if (column == COLUMN_JENIS_KELAMIN) form->choices = sexes;
        if (column == COLUMN_JENIS_KELAMIN) form->choice_count = sizeof sexes / sizeof *sexes;
    }
    return xlsx_form_write(path, &(struct xlsx_form){.sheet = "Daftar", .columns = columns, .column_count = count, .help = help, .help_count = sizeof help / sizeof *help});
}

static int run(struct api *api, const char *agreement_id, const char *output, bool json) {
    char path[NAME_MAX_BYTES];
    json_t *agreement = NULL;
    const char *share = command_env(json, "PAYUNG_SHARE");
    if (share == NULL) return EXIT_USAGE;
    int code = api_get(api, "/v1/agreements/", agreement_id, &agreement);
    if (code != EXIT_OK) return code;
    struct arena *arena = arena_create(ARENA_BYTES);
    if (snprintf(path, sizeof path, output != NULL ? "%s" : "daftar-%s.xlsx", output != NULL ? output : agreement_id) >= (int)sizeof path) {
        code = command_fail(json, EXIT_USAGE, "USAGE", "the name of the file is too long", "Choose a shorter one.");
    } else {
        struct err err = write_form(arena, agreement, share, path);
        if (failed(&err)) code = command_fail(json, EXIT_FAILED, "FILE_UNWRITABLE", err.text, "Choose another name or folder, or install the data files again.");
        else if (json) command_print_json(json_pack("{s:s,s:s}", "agreement", agreement_id, "file", path));
        else printf("Formulir ditulis ke %s\n", path);
    }
    arena_destroy(arena);
    json_decref(agreement);
    return code;
}

int template_main(int argc, char **argv) {
    const char *agreement = NULL, *output = NULL;
    bool json = false, wrong = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return EXIT_OK;
        }
        if (strcmp(argv[i], "--json") == 0) json = true;
        else if (strcmp(argv[i], "--agreement") == 0 && i + 1 < argc) agreement = argv[++i];
        else if (strcmp(argv[i], "--output") == 0 && i + 1 < argc) output = argv[++i];
        else wrong = true;
    }
    if (wrong || agreement == NULL) return command_fail(json, EXIT_USAGE, "USAGE", "--agreement is needed", "payung template --agreement ID [--output FILE.xlsx]");
    struct api *api = NULL;
    int code = api_open(json, &api);
    if (code == EXIT_OK) code = run(api, agreement, output, json);
    api_close(api);
    return code;
}
