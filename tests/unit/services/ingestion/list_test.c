/* Lists: the header must name what is needed, a row's identity does not depend on the order of columns, and repeated people and rows are told. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/synonym.h"
#include "common/domain/text.h"
#include "services/ingestion/list.h"
#include "services/ingestion/row_set.h"

static size_t cells_of(const char *line, struct slice cells[LIST_CELLS_MAX]) {
    size_t count = 0;
    for (const char *at = line;; at++) {
        const char *end = strchrnul(at, ';');
        cells[count++] = slice_of(at, (size_t)(end - at));
        if (*end == '\0') return count;
        at = end;
    }
}

static void the_header_must_name_the_mandatory_columns_once(void **state) {
    static const struct {
        const char *line, *problem; /* NULL: fine; else a part of it */
    } vectors[] = {
        {"nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen", NULL},
        {" NIK ;Nama;TGL_LAHIR;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;lain;lain", NULL},
        {"nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan", "missing columns: segmen; found: nik, nama"},
        {"nik;nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen", "column twice: nik"},
        {"nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;upah;UPAH", "column twice: upah"},
        {"a;b", "none of the known columns"},
        {"No;No. KTP;Nama Lengkap;Tgl. Lahir;Jenis Kelamin (L/P);Kode Kemendagri;Jenis Pekerjaan;SEGMEN;No.\xC2\xA0HP", NULL},
        {"nik;no ktp;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen", NULL}, /* its own name goes first */
        {"nik;nama;tgl_lahir;l/p;jk;kode_wilayah_ktp;pekerjaan;segmen", "column twice: jenis_kelamin; found: nik, nama"},
        {"NIK;Nama;Tempat/Tgl Lahir;L/P;Desa;Kecamatan;Pekerjaan", "missing columns: tgl_lahir, kode_wilayah_ktp, segmen; found: nik, nama, jenis_kelamin, pekerjaan"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct slice cells[LIST_CELLS_MAX];
        struct list_header header;
        uint32_t found;
        char problem[LIST_PROBLEM_MAX];
        size_t count = cells_of(vectors[i].line, cells);
        assert_int_equal(list_header_read((struct slice){0}, cells, count, &header, problem, &found), vectors[i].problem == NULL);
        if (vectors[i].problem != NULL) assert_non_null(strstr(problem, vectors[i].problem));
    }
}

static void parts_of(const char *head, const char *line, char ret_text[512]) {
    struct slice cells[LIST_CELLS_MAX], parts[LIST_PARTS_MAX];
    struct list_header header;
    uint32_t found;
    char problem[LIST_PROBLEM_MAX];
    size_t count = cells_of(head, cells), size = 0;
    assert_true(list_header_read((struct slice){0}, cells, count, &header, problem, &found));
    count = cells_of(line, cells);
    count = list_row_parts(&header, cells, count, parts);
    for (size_t i = 0; i < count; i++) size += (size_t)snprintf(ret_text + size, 512 - size, "%.*s%s", SLICE_ARGS(parts[i]), i % 2 == 0 ? "=" : ",");
    ret_text[size] = '\0';
}

static void a_row_is_the_same_in_any_order_of_columns_and_with_any_number(void **state) {
    char one[512], two[512], three[512];
    parts_of("no_urut;nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen", "7;1708041211879901;Ani;1987-11-12;P;17.08.04;Tani;BPU", one);
    parts_of("segmen;pekerjaan;kode_wilayah_ktp;jenis_kelamin;tgl_lahir;nama;nik;no_urut;catatan", "BPU; Tani ;17.08.04;P;1987-11-12;Ani;1708041211879901;1;", two);
    parts_of("zz;nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;aa", "z;1708041211879901;Ani;1987-11-12;P;17.08.04;Tani;BPU;a", three);
    assert_string_equal(one, "nik=1708041211879901,nama=Ani,tgl_lahir=1987-11-12,jenis_kelamin=P,kode_wilayah_ktp=17.08.04,pekerjaan=Tani,segmen=BPU,");
    assert_string_equal(one, two);
    assert_non_null(strstr(three, "segmen=BPU,aa=a,zz=z,")); /* unknown columns count, by name */
}

/* The ids of rows were made before upah and npp had a meaning, and stay what they were. */
static void a_column_that_was_learnt_later_stays_among_the_unknown_ones(void **state) {
    char text[512];
    parts_of("upah;zz;nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;qq;npp;catatan", "4250000;z;1708041211879901;Ani;1987-11-12;P;17.08.04;Tani;PU;q;CC1;k", text);
    assert_non_null(strstr(text, "segmen=PU,catatan=k,npp=CC1,qq=q,upah=4250000,zz=z,"));
    struct slice cells[LIST_CELLS_MAX];
    struct list_header header;
    uint32_t found;
    struct row_text row;
    char problem[LIST_PROBLEM_MAX];
    size_t count = cells_of("nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;Upah", cells);
    assert_true(list_header_read((struct slice){0}, cells, count, &header, problem, &found));
    assert_true(list_row_text(&header, cells, cells_of("1;Ani;x;P;y;z;PU;4250000", cells), &row));
    assert_true(slice_is(row.column[COLUMN_UPAH], "4250000"));
}

/* Nobody may have to guess what a name means: every one stands for one column, and no canonical name is another column's. */
static void a_name_stands_for_one_column(void **state) {
    enum column column, other;
    const char *name;
    size_t count = 0;
    for (int i = 0; i < COLUMN_COUNT; i++) {
        assert_true(column_by_synonym(slice_text(column_name((enum column)i)), &other));
        assert_int_equal(other, i);
    }
    for (; (name = synonym_at(count, &column)) != NULL; count++) {
        char one[SYNONYM_TEXT_MAX], two[SYNONYM_TEXT_MAX];
        const struct slice plain = text_plain(slice_text(name), one, sizeof one);
        assert_true(plain.size > 0);
        assert_true(column_by_synonym(slice_text(name), &other)); /* a name of another column would be found first */
        assert_int_equal(other, column);
        for (size_t i = 0; i < count; i++) assert_false(slice_equal(plain, text_plain(slice_text(synonym_at(i, &other)), two, sizeof two)));
    }
    assert_true(count > 50);
    assert_true(column_by_synonym(slice_text("  NO.\xC2\xA0K_T_P *"), &column) && column == COLUMN_NIK);
    assert_true(column_by_synonym(slice_text("Tgl\nLahir"), &column) && column == COLUMN_TGL_LAHIR);
    assert_false(column_by_synonym(slice_text("tempat/tgl lahir"), &column));
    assert_false(column_by_synonym(slice_text("kode wilayah"), &column));
    assert_false(column_by_synonym(slice_text("***"), &column));
    assert_false(column_by_synonym(slice_text("a name that is much longer than any name of a column could ever be"), &column));
}

/* A list that the first edition refused for its names has the ids of one with the canonical names; a list that it took keeps the ids that it got. */
static void a_synonym_makes_no_new_application(void **state) {
    char one[512], two[512], three[512];
    parts_of("no_urut;nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;no_hp;pekerjaan;segmen", "7;1708041211879901;Ani;1987-11-12;P;17.08.04;0812;Tani;BPU", one);
    parts_of("No.;No. KTP;Nama;Tanggal Lahir;L/P;kode_wilayah_ktp;No. Telepon;Profesi;Segmen", "8;1708041211879901;Ani;1987-11-12;P;17.08.04;0812;Tani;BPU", two);
    assert_string_equal(one, two);
    parts_of("No;nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;HP;pekerjaan;segmen", "7;1708041211879901;Ani;1987-11-12;P;17.08.04;0812;Tani;BPU", three);
    assert_string_equal(three, "nik=1708041211879901,nama=Ani,tgl_lahir=1987-11-12,jenis_kelamin=P,kode_wilayah_ktp=17.08.04,pekerjaan=Tani,segmen=BPU,hp=0812,no=7,");
}

static void two_synonyms_of_an_optional_column_are_none(void **state) {
    struct slice cells[LIST_CELLS_MAX];
    struct list_header header;
    uint32_t found;
    char problem[LIST_PROBLEM_MAX];
    size_t count = cells_of("nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;hp;telepon;no_sk;nomor sk", cells);
    assert_true(list_header_read((struct slice){0}, cells, count, &header, problem, &found));
    assert_int_equal(header.column[7], -1);
    assert_int_equal(header.column[8], -1);
    assert_int_equal(header.column[9], COLUMN_NO_SK);
    assert_int_equal(header.column[10], -1);
}

static enum list_record take(struct list *list, const char *line) {
    struct slice cells[LIST_CELLS_MAX];
    size_t count = cells_of(line, cells);
    return list_take(list, cells, count);
}

#define HEAD "no_urut;nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;upah"

static void titles_and_totals_are_no_rows(void **state) {
    static const struct {
        const char *line;
        enum list_record kind;
        uint32_t rows;
    } vectors[] = {
        {"DAFTAR PEKERJA RENTAN;;", LIST_TITLE, 0},
        {"Kecamatan: Kepahiang", LIST_TITLE, 0},
        {HEAD, LIST_HEADER, 0},
        {"1;1708041211879901;Ani;1987-11-12;P;17.08.04;Tani;BPU;", LIST_ROW, 1},
        {"Jumlah;;;;;;;;4.250.000", LIST_TOTALS, 1},
        {";TOTAL :;;;;;;;1", LIST_TOTALS, 1},
        {";;Total;1987-11-12;;;;;", LIST_ROW, 2}, /* somebody may have this name */
        {"Total;1708041211879901;;;;;;;", LIST_ROW, 3},
        {"2;;Jumlah;;;;;;", LIST_ROW, 4},
        {"Jumlah Wati;;;;;;;;", LIST_ROW, 5},
    };
    struct list list = {0}, old = {.every_row_counts = true};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        assert_int_equal(take(&list, vectors[i].line), vectors[i].kind);
        assert_int_equal(list.rows, vectors[i].rows);
        assert_int_equal(take(&old, vectors[i].line), vectors[i].kind == LIST_TOTALS ? LIST_ROW : vectors[i].kind);
    }
}

static void the_header_is_among_the_first_records_or_what_came_near_is_told(void **state) {
    struct list list = {0};
    for (int i = 0; i < LIST_TITLES_MAX; i++) assert_int_equal(take(&list, i == 3 ? "NIK;Nama;L/P;rahasia" : i == 5 ? "nama;1708041211879901" : "x;y"), LIST_TITLE);
    struct list late = list;
    assert_int_equal(take(&list, HEAD), LIST_HEADER);
    assert_int_equal(take(&late, "z"), LIST_WRONG);
    assert_string_equal(late.problem, "missing columns: tgl_lahir, kode_wilayah_ktp, pekerjaan, segmen; found: nik, nama, jenis_kelamin");
}

static void an_apostrophe_before_digits_is_a_mark_of_the_spreadsheet(void **state) {
    struct slice cells[LIST_CELLS_MAX];
    struct list list = {0};
    struct row_text row;
    assert_int_equal(take(&list, HEAD), LIST_HEADER);
    size_t count = cells_of("1; '1708041211879901;'Aisyah;'12-11-1987;'P;'17.08.04;Tani;BPU;'", cells);
    assert_true(list_row_text(&list.header, cells, count, &row));
    assert_true(slice_is(row.column[COLUMN_NIK], "1708041211879901"));
    assert_true(slice_is(row.column[COLUMN_NAMA], "'Aisyah"));
    assert_true(slice_is(row.column[COLUMN_TGL_LAHIR], "12-11-1987"));
    assert_true(slice_is(row.column[COLUMN_KODE_WILAYAH_KTP], "17.08.04"));
    assert_true(slice_is(row.column[COLUMN_UPAH], "'"));
}

static uint64_t mixed(uint64_t hash, struct slice bytes) {
    for (size_t i = 0; i < bytes.size; i++) hash = (hash ^ bytes.bytes[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    return hash;
}

/* From what the first edition made ids and tokens, computed apart from this program: "name=value," of each cell, the NIK without blanks, dots and dashes. */
static void the_rows_of_kepahiang_are_what_they_were(void **state) {
    char line[4096], problem[LIST_PROBLEM_MAX];
    struct slice cells[LIST_CELLS_MAX], parts[LIST_PARTS_MAX];
    struct list_header header;
    uint32_t found;
    uint64_t ids = UINT64_C(0xcbf29ce484222325), subjects = UINT64_C(0xcbf29ce484222325);
    uint32_t lines = 0;
    FILE *file = fopen(PAYUNG_SOURCE_DIR "/tests/data/kepahiang-2025.csv", "rb");
    assert_non_null(file);
    for (; fgets(line, sizeof line, file) != NULL; lines++) {
        line[strcspn(line, "\n")] = '\0';
        size_t count = cells_of(line, cells);
        if (lines == 0) {
            assert_true(list_header_read((struct slice){0}, cells, count, &header, problem, &found));
            continue;
        }
        struct row_text row;
        uint8_t subject[ROW_SUBJECT_MAX];
        assert_true(list_row_text(&header, cells, count, &row));
        size_t part_count = list_row_parts(&header, cells, count, parts);
        for (size_t i = 0; i < part_count; i++) ids = mixed(mixed(ids, parts[i]), slice_text(i % 2 == 0 ? "=" : ","));
        ids = mixed(ids, slice_text("\n"));
        subjects = mixed(mixed(subjects, slice_of(subject, row_subject(&row, subject))), slice_text("\n"));
    }
    (void)fclose(file); /* only read */
    assert_int_equal(lines, 1 + 2073);
    assert_true(ids == UINT64_C(0xf04b8d7cd8a56da0) && subjects == UINT64_C(0x1ae0b04164a2ac42));
}

/* Every column and the four of the answers: the result file of a list of all segments can be sent again. */
static void a_list_may_have_all_columns(void **state) {
    struct slice cells[LIST_CELLS_MAX];
    struct list_header header;
    uint32_t found;
    char problem[LIST_PROBLEM_MAX];
    static const char *const answers[] = {"status", "kode", "alasan", "saran"};
    _Static_assert(COLUMN_COUNT + 4 <= LIST_CELLS_MAX, "the answers have room");
    for (int column = 0; column < COLUMN_COUNT; column++) cells[column] = slice_text(column_name((enum column)column));
    for (int i = 0; i < 4; i++) cells[COLUMN_COUNT + i] = slice_text(answers[i]);
    assert_true(list_header_read((struct slice){0}, cells, COLUMN_COUNT + 4, &header, problem, &found));
    for (int column = 0; column < COLUMN_COUNT; column++) assert_int_equal(header.column[column], column);
    for (int i = 0; i < 4; i++) assert_int_equal(header.column[COLUMN_COUNT + i], -1);
}

static void surplus_cells_are_an_error_unless_blank(void **state) {
    struct slice cells[LIST_CELLS_MAX];
    struct list_header header;
    uint32_t found;
    struct row_text row;
    char problem[LIST_PROBLEM_MAX];
    size_t count = cells_of("nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen", cells);
    assert_true(list_header_read((struct slice){0}, cells, count, &header, problem, &found));
    assert_true(list_row_text(&header, cells, cells_of("1;Ani", cells), &row));
    assert_true(slice_is(row.column[COLUMN_NAMA], "Ani"));
    assert_int_equal(row.column[COLUMN_SEGMEN].size, 0);
    assert_true(list_row_text(&header, cells, cells_of("1;Ani;x;P;y;z;BPU; ;", cells), &row));
    assert_false(list_row_text(&header, cells, cells_of("1;Ani;x;P;y;z;BPU;more", cells), &row));
}

static struct id id_of(uint32_t number) {
    struct id id = {{0}};
    uint64_t mixed = (number + 1) * UINT64_C(0x9E3779B97F4A7C15);
    memcpy(id.bytes, &mixed, sizeof mixed);
    memcpy(id.bytes + 8, &number, sizeof number);
    return id;
}
static struct person_token token_of(uint32_t number) {
    struct person_token token;
    struct id id = id_of(number + 1000000);
    memcpy(token.bytes, id.bytes, sizeof token.bytes);
    return token;
}

static struct row_set *set_of(void) {
    struct row_set *set;
    const struct err err = row_set_create("/tmp", &set);
    assert_false(failed(&err));
    return set;
}

static void the_first_row_of_each_person_is_told_and_repeated_rows_are_counted(void **state) {
    enum { ROWS = 20000 };
    struct row_set *set = set_of();
    for (uint32_t row = 1; row <= ROWS; row++) {
        assert_int_equal(row_set_occurrence(set, id_of(row)), 0);
        assert_int_equal(row_set_add(set, id_of(row), true, row % 5 == 0 ? (struct person_token){{0}} : token_of(row % 1000)), row);
        if (row % 7 == 0) assert_int_equal(row_set_occurrence(set, id_of(row / 7)), 1); /* rows 1, 2, 3, ... stand there once more each */
    }
    assert_int_equal(row_set_count(set), ROWS);
    for (int pass = 0; pass < 2; pass++) { /* in order, and from behind: pages are read again */
        for (uint32_t i = 1; i <= ROWS; i++) {
            const uint32_t row = pass == 0 ? i : ROWS + 1 - i;
            struct id id = id_of(row);
            struct row_entry entry;
            row_set_read(set, row, &entry);
            assert_memory_equal(&id, &entry.id, sizeof id);
            assert_int_equal(entry.first_row, row % 5 == 0 || row <= 1000 ? 0 : row % 1000);
            assert_int_equal(entry.times, row <= ROWS / 7 ? 2 : 1);
            assert_int_equal(row_set_find(set, id), row);
        }
    }
    assert_int_equal(row_set_find(set, id_of(ROWS + 1)), 0);
    assert_int_equal(row_set_find_subject(set, token_of(7)), 7);
    assert_int_equal(row_set_find_subject(set, token_of(5)), 0); /* no row 5 mod 1000 has one */
    assert_int_equal(row_set_find_subject(set, (struct person_token){{0}}), 0);
    for (uint32_t times = 2; times < 5; times++) assert_int_equal(row_set_occurrence(set, id_of(1)), times);
    const struct err err = row_set_state(set);
    assert_false(failed(&err));
    row_set_destroy(set);
}

static void a_folder_that_takes_no_file_is_told(void **state) {
    struct row_set *set = NULL;
    const struct err err = row_set_create("/nowhere/at/all", &set);
    assert_int_equal(err.fate, FATE_AGAIN);
    assert_null(set);
    row_set_destroy(set);
}

static void the_payers_own_names_go_before_synonyms_and_behind_canonical_ones(void **state) {
    const struct slice names = slice_text("nik\tnomor induk\nnama\tnama sesuai ktp\npekerjaan\tsegmen");
    struct list_header header;
    struct slice cells[LIST_CELLS_MAX];
    char problem[LIST_PROBLEM_MAX];
    uint32_t found;
    size_t count = cells_of("Nomor Induk;NAMA SESUAI KTP ;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen", cells);
    assert_false(list_header_read((struct slice){0}, cells, count, &header, problem, &found));
    assert_true(list_header_read(names, cells, count, &header, problem, &found));
    assert_int_equal(header.column[0], COLUMN_NIK);
    assert_int_equal(header.column[1], COLUMN_NAMA);
    assert_int_equal(header.column[6], COLUMN_SEGMEN); /* a canonical name keeps its meaning */
    assert_string_equal(header.names[0], "nik"); /* a mandatory column had another name: ids use the canonical ones */
}

static void columns_that_a_result_added_are_no_part_of_the_row(void **state) {
    static const char own[] = "nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen", head[] = "nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;Status;KODE;alasan;saran";
    struct list_header plain, answered;
    struct slice cells[LIST_CELLS_MAX], row[LIST_CELLS_MAX], parts[LIST_PARTS_MAX], others[LIST_PARTS_MAX];
    char problem[LIST_PROBLEM_MAX];
    uint32_t found;
    assert_true(list_header_read((struct slice){0}, cells, cells_of(own, cells), &plain, problem, &found));
    assert_true(list_header_read((struct slice){0}, cells, cells_of(head, cells), &answered, problem, &found));
    assert_true(plain.answers == 0 && answered.answers == UINT64_C(0xf) << 7);
    size_t count = cells_of("1708041211879901;Ani;1987-11-12;P;17.08.04;Tani;BPU;DITOLAK;E10;terlalu muda;tunggu", row);
    const size_t all = list_row_parts(&answered, row, count, parts), same = list_row_parts(&plain, row, 7, others);
    assert_int_equal(all, same);
    for (size_t i = 0; i < all; i++) assert_true(slice_equal(parts[i], others[i]));
    assert_true(list_header_read((struct slice){0}, cells, cells_of("nik;nama;tgl_lahir;jenis_kelamin;kode_wilayah_ktp;pekerjaan;segmen;status;kode;saran;alasan", cells), &answered, problem, &found));
    assert_true(answered.answers == 0); /* not as we write them: the payer's own columns */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_must_name_the_mandatory_columns_once),
        cmocka_unit_test(a_row_is_the_same_in_any_order_of_columns_and_with_any_number),
        cmocka_unit_test(a_column_that_was_learnt_later_stays_among_the_unknown_ones),
        cmocka_unit_test(a_name_stands_for_one_column),
        cmocka_unit_test(a_synonym_makes_no_new_application),
        cmocka_unit_test(two_synonyms_of_an_optional_column_are_none),
        cmocka_unit_test(titles_and_totals_are_no_rows),
        cmocka_unit_test(the_header_is_among_the_first_records_or_what_came_near_is_told),
        cmocka_unit_test(an_apostrophe_before_digits_is_a_mark_of_the_spreadsheet),
        cmocka_unit_test(the_rows_of_kepahiang_are_what_they_were),
        cmocka_unit_test(a_list_may_have_all_columns),
        cmocka_unit_test(surplus_cells_are_an_error_unless_blank),
        cmocka_unit_test(the_first_row_of_each_person_is_told_and_repeated_rows_are_counted),
        cmocka_unit_test(a_folder_that_takes_no_file_is_told),
        cmocka_unit_test(the_payers_own_names_go_before_synonyms_and_behind_canonical_ones),
        cmocka_unit_test(columns_that_a_result_added_are_no_part_of_the_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
