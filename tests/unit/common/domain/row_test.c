/* From what a clerk typed to the fields of an application: each unreadable field is named, nothing else is lost. */
#include "tests/unit/cmocka_all.h"

#include "tests/unit/row_fixture.h"

static struct row_text good_row(void) {
    struct row_text row = {0};
    row.column[COLUMN_NO_URUT] = slice_text("1");
    row.column[COLUMN_NIK] = slice_text("1708041211879901");
    row.column[COLUMN_NAMA] = slice_text("  Budi   Santoso ");
    row.column[COLUMN_TGL_LAHIR] = slice_text("12-11-1987");
    row.column[COLUMN_JENIS_KELAMIN] = slice_text("l");
    row.column[COLUMN_ALAMAT] = slice_text("Dusun 2 Desa Contoh");
    row.column[COLUMN_RT] = slice_text("001");
    row.column[COLUMN_RW] = slice_text("002");
    row.column[COLUMN_KODE_WILAYAH_KTP] = slice_text("17.08.04.2001");
    row.column[COLUMN_NO_HP] = slice_text("0840-1234 5678");
    row.column[COLUMN_PEKERJAAN] = slice_text("Tukang Ojek");
    row.column[COLUMN_SEGMEN] = slice_text("bpu");
    return row;
}

static void a_good_row_becomes_an_application(void **state) {
    const struct row_text row = good_row();
    const struct row_result result = check(state, &row);
    assert_int_equal(result.findings.bits, 0);
    assert_string_equal(result.name, "Budi Santoso");
    assert_string_equal(result.phone, "+6284012345678");
    assert_string_equal(result.address, "Dusun 2 Desa Contoh RT 001 RW 002");
    struct application application = {.row = 7, .registration_date = 20250915};
    row_fill(&result, &application);
    assert_int_equal(application.segment, SEGMENT_BPU);
    assert_int_equal(application.birth_date, 19871112);
    assert_int_equal(application.sex, SEX_MALE);
    assert_int_equal(application.ktp_region, 170804);
    assert_int_equal(application.ktp_village, 2001);
    assert_true(slice_is(application.occupation, "0101"));
    assert_int_equal(application.sector, SECTOR_TRANSPORT);
    assert_int_equal(application.income, 0);
    assert_int_equal(application.programmes, 0);
    assert_int_equal(application.start_month, 0);
    assert_int_equal(application.months, 0);
    assert_int_equal(application.row, 7);
}

static void each_finding_has_its_field(void **state) {
    static const struct {
        enum column column;
        const char *text, *codes, *wanting;
    } cases[] = {
        {COLUMN_NIK, "", "E80", "nik"},
        {COLUMN_NIK, " - ", "E80", "nik"},
        {COLUMN_NIK, "170804121187990", "E01", ""},
        {COLUMN_NIK, "1,70804E+15", "E02", ""},
        {COLUMN_NIK, "1708045211879901", "W07", ""},
        {COLUMN_NAMA, "", "E80", "nama"},
        {COLUMN_NAMA, "B", "E06", ""},
        {COLUMN_NAMA, "Budi 2", "E06", ""},
        {COLUMN_NAMA, "SUHARTO", "", ""},
        {COLUMN_NAMA, "Budi\xFFSantoso", "E06", ""},
        {COLUMN_TGL_LAHIR, "", "E80", "tgl_lahir"},
        {COLUMN_TGL_LAHIR, "31-02-1987", "E80", "tgl_lahir"},
        {COLUMN_TGL_LAHIR, "1986-11-12", "W06", ""},
        {COLUMN_TGL_LAHIR, "32093", "", ""}, /* 1987-11-12 in a spreadsheet */
        {COLUMN_TGL_LAHIR, "30631", "W06", ""}, /* the same counted from 1904 */
        {COLUMN_TGL_LAHIR, "5/3/1987", "E80", "tgl_lahir"}, /* May or March */
        {COLUMN_NAMA, "\xE2\x80\x83" "Budi Santoso\xE3\x80\x80", "", ""},
        {COLUMN_JENIS_KELAMIN, "X", "E80", "jenis_kelamin"},
        {COLUMN_JENIS_KELAMIN, "Laki-laki", "", ""},
        {COLUMN_JENIS_KELAMIN, "p", "W07", ""},
        {COLUMN_JENIS_KELAMIN, "Perempuan", "W07", ""},
        {COLUMN_PEKERJAAN, "", "E80", "pekerjaan"},
        {COLUMN_PEKERJAAN, "astronaut", "E80", "pekerjaan"},
        {COLUMN_PEKERJAAN, "GURU NGAJI", "", ""},
        {COLUMN_KODE_PEKERJAAN, "9999", "E80", "kode_pekerjaan"},
        {COLUMN_KODE_PEKERJAAN, "0402", "", ""},
        {COLUMN_KODE_WILAYAH_KTP, "", "E80", "kode_wilayah_ktp"},
        {COLUMN_KODE_WILAYAH_KTP, "17", "E80", "kode_wilayah_ktp"},
        {COLUMN_KODE_WILAYAH_KTP, "17.99.01", "E80", "kode_wilayah_ktp"},
        {COLUMN_KODE_WILAYAH_KTP, "17.08", "", ""},
        {COLUMN_KODE_WILAYAH_KTP, "1708042001", "", ""},
        {COLUMN_KODE_WILAYAH_KTP, "17.08.04.", "E80", "kode_wilayah_ktp"},
        {COLUMN_SEGMEN, "", "E80", "segmen"},
        {COLUMN_SEGMEN, "XYZ", "E80", "segmen"},
        {COLUMN_NO_HP, "", "W20", ""},
        {COLUMN_NO_HP, "021-1234567", "W20", ""},
        {COLUMN_PENGHASILAN, "0", "E81", ""},
        {COLUMN_PENGHASILAN, "-1", "E81", ""},
        {COLUMN_PENGHASILAN, "satu juta", "E81", ""},
        {COLUMN_PENGHASILAN, "100000000000001", "E81", ""},
        {COLUMN_PENGHASILAN, "99999999999999999999", "E81", ""},
        {COLUMN_PENGHASILAN, "100000000000000", "", ""},
        {COLUMN_PENGHASILAN, "Rp 1.500.000,-", "", ""},
        {COLUMN_PROGRAM, "JKK+XXX", "E80", "program"},
        {COLUMN_PROGRAM, "jkk, jkm", "", ""},
        {COLUMN_PERIODE_MULAI, "2025-13", "E80", "periode_mulai"},
        {COLUMN_PERIODE_MULAI, "2025-11", "", ""},
        {COLUMN_JUMLAH_BULAN, "0", "E80", "jumlah_bulan"},
        {COLUMN_JUMLAH_BULAN, "121", "E80", "jumlah_bulan"},
        {COLUMN_JUMLAH_BULAN, "3", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char codes[CODE_SET_TEXT_MAX], wanting[WANTING_TEXT_MAX];
        struct row_text row = good_row();
        row.column[cases[i].column] = slice_text(cases[i].text);
        const struct row_result result = check(state, &row);
        (void)code_set_format(result.findings, codes);
        (void)row_wanting_format(result.wanting, wanting);
        if (strcmp(codes, cases[i].codes) != 0 || strcmp(wanting, cases[i].wanting) != 0)
            fail_msg("case %zu, %s = '%s': '%s', wanting '%s'", i, column_name(cases[i].column), cases[i].text, codes, wanting);
    }
}

static void an_empty_row_names_every_mandatory_field(void **state) {
    char wanting[WANTING_TEXT_MAX];
    const struct row_text empty = {0};
    const struct row_result result = check(state, &empty);
    (void)row_wanting_format(result.wanting, wanting);
    assert_string_equal(wanting, "nik, nama, tgl_lahir, jenis_kelamin, kode_wilayah_ktp, pekerjaan, segmen");
    assert_true(code_set_has(result.findings, CODE_E80));
}

static void terms_that_a_person_asks_for_are_read(void **state) {
    struct row_text row = good_row();
    row.column[COLUMN_PROGRAM] = slice_text("JKK+JKM+JHT");
    row.column[COLUMN_PENGHASILAN] = slice_text("Rp 2.500.000");
    row.column[COLUMN_PERIODE_MULAI] = slice_text("2026-01");
    row.column[COLUMN_JUMLAH_BULAN] = slice_text("6");
    row.column[COLUMN_PEKERJAAN] = slice_text("pemilik warung dengan karyawan");
    const struct row_result result = check(state, &row);
    assert_int_equal(result.findings.bits, 0);
    assert_int_equal(result.programmes, 7);
    assert_int_equal(result.income, 2500000);
    assert_int_equal(result.start_month, 202601);
    assert_int_equal(result.months, 6);
    assert_true(result.is_employer);
}

static void a_decile_is_read_and_anything_else_in_its_place_is_nothing(void **state) {
    static const struct {
        const char *text;
        int desil;
    } cases[] = {{"", 0}, {"1", 1}, {" 10 ", 10}, {"04", 4}, {"0", 0}, {"11", 0}, {"-3", 0}, {"3,5", 0}, {"desil 3", 0}, {"3 4", 0}, {"99999999999999999999", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct row_text row = good_row();
        row.column[COLUMN_ID_DESIL] = slice_text(cases[i].text);
        const struct row_result result = check(state, &row);
        struct application application = {0};
        row_fill(&result, &application);
        if (application.desil != cases[i].desil || result.findings.bits != 0 || result.wanting != 0) fail_msg("'%s': %d", cases[i].text, application.desil);
    }
}

static void an_overlong_address_is_cut_at_a_character(void **state) {
    char text[400];
    for (size_t i = 0; i < sizeof text; i += 2) memcpy(text + i, "\xC3\xA9", 2);
    struct row_text row = good_row();
    row.column[COLUMN_ALAMAT] = slice_of(text, sizeof text);
    const struct row_result result = check(state, &row);
    size_t size = strlen(result.address);
    assert_true(size < ADDRESS_TEXT_MAX && size % 2 == 0);
}

static void columns_are_found_by_their_canonical_names(void **state) {
    enum column column = COLUMN_COUNT;
    assert_true(column_by_name(slice_text("\xEF\xBB\xBFNO_URUT "), &column));
    assert_int_equal(column, COLUMN_NO_URUT);
    assert_true(column_by_name(slice_text("Tgl_Lahir"), &column));
    assert_int_equal(column, COLUMN_TGL_LAHIR);
    assert_false(column_by_name(slice_text("tanggal lahir"), &column));
    for (int i = 0; i < COLUMN_COUNT; i++) {
        assert_true(column_by_name(slice_text(column_name((enum column)i)), &column));
        assert_int_equal(column, i);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_row_becomes_an_application),
        cmocka_unit_test(each_finding_has_its_field),
        cmocka_unit_test(an_empty_row_names_every_mandatory_field),
        cmocka_unit_test(terms_that_a_person_asks_for_are_read),
        cmocka_unit_test(a_decile_is_read_and_anything_else_in_its_place_is_nothing),
        cmocka_unit_test(an_overlong_address_is_cut_at_a_character),
        cmocka_unit_test(columns_are_found_by_their_canonical_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
