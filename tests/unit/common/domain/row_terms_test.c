/* What one segment adds to a row: every needed column missing, every column at its bounds and beyond them, the columns of others left alone, and whose cover a row is. */
#include "tests/unit/cmocka_all.h"

#include "tests/unit/row_fixture.h"

static struct row_text person_row(const char *segment) {
    struct row_text row = {0};
    row.column[COLUMN_NIK] = slice_text("1708041211879901");
    row.column[COLUMN_NAMA] = slice_text("Budi Santoso");
    row.column[COLUMN_TGL_LAHIR] = slice_text("12-11-1987");
    row.column[COLUMN_JENIS_KELAMIN] = slice_text("L");
    row.column[COLUMN_KODE_WILAYAH_KTP] = slice_text("17.08.04.2001");
    row.column[COLUMN_NO_HP] = slice_text("084012345678");
    row.column[COLUMN_PEKERJAAN] = slice_text("operator mesin");
    row.column[COLUMN_SEGMEN] = slice_text(segment);
    return row;
}

static struct row_text employee_row(void) {
    struct row_text row = person_row("PU");
    row.column[COLUMN_UPAH] = slice_text("Rp 4.250.000,-");
    row.column[COLUMN_KELAS_RISIKO] = slice_text("3");
    row.column[COLUMN_SKALA] = slice_text("Menengah");
    return row;
}

static struct row_text contract_row(void) {
    struct row_text row = person_row("JAKON");
    row.column[COLUMN_BASIS] = slice_text("KONTRAK");
    row.column[COLUMN_NO_PROYEK] = slice_text("PRJ-7");
    row.column[COLUMN_NPP] = slice_text("CC012345");
    row.column[COLUMN_TGL_MULAI] = slice_text("2025-10-15");
    row.column[COLUMN_TGL_SELESAI] = slice_text("14-03-2026");
    row.column[COLUMN_JUMLAH_TK] = slice_text("25");
    row.column[COLUMN_NILAI_KONTRAK_NETO] = slice_text("1.000.000.000");
    return row;
}

static struct row_text gross_row(void) {
    struct row_text row = contract_row();
    row.column[COLUMN_NILAI_KONTRAK_NETO] = slice_text("");
    row.column[COLUMN_NILAI_KONTRAK_BRUTO] = slice_text("1.110.000.000");
    row.column[COLUMN_PPN_PPM] = slice_text("110000");
    return row;
}

static struct row_text wages_row(void) {
    struct row_text row = contract_row();
    row.column[COLUMN_BASIS] = slice_text("upah");
    row.column[COLUMN_NILAI_KONTRAK_NETO] = slice_text("");
    row.column[COLUMN_UPAH] = slice_text("90000000");
    return row;
}

static struct row_text migrant_row(void) {
    struct row_text row = person_row("PMI");
    row.column[COLUMN_JALUR] = slice_text("P3MI");
    row.column[COLUMN_LAMA_KONTRAK_BULAN] = slice_text("24");
    return row;
}

struct change {
    enum column column;
    const char *text, *codes, *wanting;
};

static void answers(void **state, struct row_text (*make)(void), const struct change *changes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char codes[CODE_SET_TEXT_MAX], wanting[WANTING_TEXT_MAX];
        struct row_text row = make();
        row.column[changes[i].column] = slice_text(changes[i].text);
        const struct row_result result = check(state, &row);
        (void)code_set_format(result.findings, codes);
        (void)row_wanting_format(result.wanting, wanting);
        if (strcmp(codes, changes[i].codes) != 0 || strcmp(wanting, changes[i].wanting) != 0)
            fail_msg("%s %zu, %s = '%s': '%s', wanting '%s'", segment_name(result.segment), i, column_name(changes[i].column), changes[i].text, codes, wanting);
    }
}
#define ANSWERS(make, changes) answers(state, make, changes, sizeof(changes) / sizeof *(changes))

static void a_wage_with_its_class_and_its_firm(void **state) {
    static const struct change changes[] = {
        {COLUMN_UPAH, "", "E80", "upah"},
        {COLUMN_UPAH, " \xC2\xA0", "E80", "upah"},
        {COLUMN_UPAH, "0", "E81", ""},
        {COLUMN_UPAH, "-4250000", "E81", ""},
        {COLUMN_UPAH, "4.250.00", "E81", ""},
        {COLUMN_UPAH, "1", "", ""},
        {COLUMN_UPAH, "100000000000000", "", ""},
        {COLUMN_UPAH, "100000000000001", "E81", ""},
        {COLUMN_KELAS_RISIKO, "", "E80", "kelas_risiko"},
        {COLUMN_KELAS_RISIKO, "0", "E80", "kelas_risiko"},
        {COLUMN_KELAS_RISIKO, "1", "", ""},
        {COLUMN_KELAS_RISIKO, "5", "", ""},
        {COLUMN_KELAS_RISIKO, "VI", "E80", "kelas_risiko"},
        {COLUMN_KELAS_RISIKO, "6", "E80", "kelas_risiko"},
        {COLUMN_KELAS_RISIKO, "Sangat Tinggi", "", ""},
        {COLUMN_KELAS_RISIKO, "parah", "E80", "kelas_risiko"},
        {COLUMN_SKALA, "", "E80", "skala"},
        {COLUMN_SKALA, "MICRO", "", ""},
        {COLUMN_SKALA, "raksasa", "E80", "skala"},
        {COLUMN_STATUS_PADAT_KARYA, "ya", "", ""},
        {COLUMN_STATUS_PADAT_KARYA, "Tidak", "", ""},
        {COLUMN_STATUS_PADAT_KARYA, "0", "", ""},
        {COLUMN_STATUS_PADAT_KARYA, "mungkin", "E80", "status_padat_karya"},
        {COLUMN_NPP, "CC\tX", "E80", "npp"},
        {COLUMN_NPP, "CC\x7F", "E80", "npp"},
        {COLUMN_NPP, "CC\xFF", "E80", "npp"},
        {COLUMN_JUMLAH_BULAN, "120", "", ""},
        {COLUMN_JUMLAH_BULAN, "121", "E80", "jumlah_bulan"},
        {COLUMN_PERIODE_MULAI, "2026-13", "E80", "periode_mulai"},
        {COLUMN_PEKERJAAN, "", "E80", "pekerjaan"},
        {COLUMN_KODE_PEKERJAAN, "9999", "", ""},
    };
    ANSWERS(employee_row, changes);
    static const char *const words[] = {"sangat rendah", "RENDAH", "Sedang", "tinggi", "sangat tinggi"};
    static const char *const numerals[] = {"I", "II", "iii", "IV", "V"};
    struct row_text row = employee_row();
    for (int i = 0; i < 5; i++) {
        row.column[COLUMN_KELAS_RISIKO] = slice_text(words[i]);
        assert_int_equal(check(state, &row).pu.risk_class, i + 1);
        row.column[COLUMN_KELAS_RISIKO] = slice_text(numerals[i]);
        assert_int_equal(check(state, &row).pu.risk_class, i + 1);
    }
    row.column[COLUMN_STATUS_PADAT_KARYA] = slice_text("YA");
    row.column[COLUMN_NPP] = slice_text(" CC012345 ");
    row.column[COLUMN_JUMLAH_BULAN] = slice_text("3");
    row.column[COLUMN_PERIODE_MULAI] = slice_text("2026-01");
    const struct row_result result = check(state, &row);
    assert_true(result.pu.wage == 4250000 && result.pu.employer_size == EMPLOYER_MEDIUM && result.pu.labour_intensive && slice_is(result.pu.employer_number, "CC012345"));
    assert_true(result.months == 3 && result.start_month == 202601 && result.occupation.size == 0 && result.sector == SECTOR_NONE);
    row.column[COLUMN_STATUS_PADAT_KARYA] = slice_text("1");
    assert_true(check(state, &row).pu.labour_intensive);
    row.column[COLUMN_STATUS_PADAT_KARYA] = slice_text("tidak");
    assert_false(check(state, &row).pu.labour_intensive);
}

static void a_project_by_its_contract(void **state) {
    static const struct change changes[] = {
        {COLUMN_BASIS, "", "E80", "basis"},
        {COLUMN_BASIS, "borongan", "E80", "basis"},
        {COLUMN_NO_PROYEK, "", "E80", "no_proyek"},
        {COLUMN_NO_PROYEK, "PRJ\n7", "E80", "no_proyek"},
        {COLUMN_NO_SPK, "SPK/12/2025", "", ""},
        {COLUMN_NO_SPK, "SPK\x01", "E80", "no_spk"},
        {COLUMN_NPP, "", "", ""},
        {COLUMN_NPP, "\x1F", "E80", "npp"},
        {COLUMN_TGL_SPK, "01-09-2025", "", ""},
        {COLUMN_TGL_SPK, "31-09-2025", "E80", "tgl_spk"},
        {COLUMN_TGL_MULAI, "", "E80", "tgl_mulai"},
        {COLUMN_TGL_MULAI, "2025-02-29", "E80", "tgl_mulai"},
        {COLUMN_TGL_MULAI, "2026-03-14", "", ""}, /* one day */
        {COLUMN_TGL_MULAI, "2026-03-15", "E80", "tgl_selesai"},
        {COLUMN_TGL_SELESAI, "", "E80", "tgl_selesai"},
        {COLUMN_TGL_SELESAI, "selesai", "E80", "tgl_selesai"},
        {COLUMN_TGL_SELESAI, "2025-10-14", "E80", "tgl_selesai"},
        {COLUMN_TGL_SELESAI, "2024-10-15", "E80", "tgl_selesai"},
        {COLUMN_TGL_SELESAI, "2035-09-30", "", ""}, /* 120 months */
        {COLUMN_TGL_SELESAI, "2035-10-01", "E80", "tgl_selesai"},
        {COLUMN_JUMLAH_TK, "", "E80", "jumlah_tk"},
        {COLUMN_JUMLAH_TK, "0", "E80", "jumlah_tk"},
        {COLUMN_JUMLAH_TK, "1", "", ""},
        {COLUMN_JUMLAH_TK, "1000000", "", ""},
        {COLUMN_JUMLAH_TK, "1000001", "E80", "jumlah_tk"},
        {COLUMN_JUMLAH_TK, "25 orang", "E80", "jumlah_tk"},
        {COLUMN_NILAI_KONTRAK_NETO, "", "E80", "nilai_kontrak_neto"},
        {COLUMN_NILAI_KONTRAK_NETO, "0", "E81", ""},
        {COLUMN_NILAI_KONTRAK_NETO, "100000000000001", "E81", ""},
        {COLUMN_NILAI_KONTRAK_NETO, "Rp 1.234.567,-", "", ""},
        {COLUMN_NILAI_KONTRAK_BRUTO, "banyak", "", ""}, /* the net value is there */
        {COLUMN_PPN_PPM, "11%", "", ""},
        {COLUMN_UPAH, "nol", "", ""}, /* of the other basis */
        {COLUMN_JUMLAH_BULAN, "9999", "", ""},
        {COLUMN_PERIODE_MULAI, "besok", "", ""},
    };
    ANSWERS(contract_row, changes);
    static const struct change of_gross[] = {
        {COLUMN_NILAI_KONTRAK_BRUTO, "", "E80", "nilai_kontrak_neto"},
        {COLUMN_NILAI_KONTRAK_BRUTO, "banyak", "E81", ""},
        {COLUMN_NILAI_KONTRAK_BRUTO, "100000000000001", "E81", ""},
        {COLUMN_PPN_PPM, "", "", ""},
        {COLUMN_PPN_PPM, "0", "", ""},
        {COLUMN_PPN_PPM, "1", "", ""},
        {COLUMN_PPN_PPM, "1000000", "", ""},
        {COLUMN_PPN_PPM, "1000001", "E80", "ppn_ppm"},
        {COLUMN_PPN_PPM, "11%", "E80", "ppn_ppm"},
    };
    ANSWERS(gross_row, of_gross);
    struct row_text row = gross_row();
    row.column[COLUMN_PPN_PPM] = slice_text("0");
    assert_int_equal(check(state, &row).jakon.contract_net, 1110000000);
    assert_int_equal(check(state, &row).jakon.contract_gross, 0);
    row = gross_row();
    row.column[COLUMN_NO_SPK] = slice_text("SPK/12/2025");
    row.column[COLUMN_TGL_SPK] = slice_text("2025-09-01");
    const struct row_result result = check(state, &row);
    const struct jakon_terms *jakon = &result.jakon;
    assert_int_equal(result.findings.bits, 0);
    assert_true(jakon->basis == JAKON_BASIS_CONTRACT && slice_is(jakon->project_number, "PRJ-7") && slice_is(jakon->spk_number, "SPK/12/2025"));
    assert_true(jakon->spk_date == 20250901 && jakon->from == 20251015 && jakon->to == 20260314 && jakon->workers == 25);
    assert_true(jakon->contract_net == 0 && jakon->contract_gross == 1110000000 && jakon->vat_ppm == 110000 && jakon->wages == 0);
    assert_true(result.start_month == 202510 && result.months == 6);
    row.column[COLUMN_NO_PROYEK] = slice_text("");
    assert_int_equal(check(state, &row).findings.bits, 0); /* the SPK alone will do */
    row.column[COLUMN_TGL_MULAI] = slice_text("");
    assert_int_equal(check(state, &row).months, 0);
}

static void a_project_by_its_wages(void **state) {
    static const struct change changes[] = {
        {COLUMN_UPAH, "", "E80", "upah"},
        {COLUMN_UPAH, "0", "E81", ""},
        {COLUMN_UPAH, "90.000.000", "", ""},
        {COLUMN_NILAI_KONTRAK_NETO, "0", "", ""}, /* of the other basis */
        {COLUMN_NILAI_KONTRAK_BRUTO, "?", "", ""},
        {COLUMN_PPN_PPM, "?", "", ""},
    };
    ANSWERS(wages_row, changes);
    const struct row_text row = wages_row();
    const struct row_result result = check(state, &row);
    assert_true(result.jakon.basis == JAKON_BASIS_WAGES && result.jakon.wages == 90000000 && result.jakon.contract_net == 0);
}

static void a_journey_to_work_abroad(void **state) {
    static const struct change changes[] = {
        {COLUMN_JALUR, "", "E80", "jalur"},
        {COLUMN_JALUR, "laut", "E80", "jalur"},
        {COLUMN_JALUR, "Perseorangan", "", ""},
        {COLUMN_LAMA_KONTRAK_BULAN, "", "E80", "lama_kontrak_bulan"},
        {COLUMN_LAMA_KONTRAK_BULAN, "0", "E80", "lama_kontrak_bulan"},
        {COLUMN_LAMA_KONTRAK_BULAN, "1", "", ""},
        {COLUMN_LAMA_KONTRAK_BULAN, "120", "", ""},
        {COLUMN_LAMA_KONTRAK_BULAN, "121", "E80", "lama_kontrak_bulan"},
        {COLUMN_JHT_BULANAN, "0", "", ""},
        {COLUMN_JHT_BULANAN, "50.000", "", ""},
        {COLUMN_JHT_BULANAN, "-50000", "E81", ""},
        {COLUMN_JHT_BULANAN, "100000000000001", "E81", ""},
        {COLUMN_ID_P3MI, "P3MI\x02", "E80", "id_p3mi"},
        {COLUMN_NEGARA, "Tai\x0Awan", "E80", "negara"},
        {COLUMN_JUMLAH_BULAN, "9999", "", ""},
        {COLUMN_PERIODE_MULAI, "2026-02", "", ""},
        {COLUMN_PERIODE_MULAI, "2026-02-30", "E80", "periode_mulai"},
    };
    ANSWERS(migrant_row, changes);
    struct row_text row = migrant_row();
    row.column[COLUMN_JHT_BULANAN] = slice_text("Rp 100.000");
    row.column[COLUMN_ID_P3MI] = slice_text("P3MI-0042");
    row.column[COLUMN_NEGARA] = slice_text("Taiwan");
    row.column[COLUMN_PERIODE_MULAI] = slice_text("2026-02");
    const struct row_result result = check(state, &row);
    assert_true(result.pmi.route == PMI_ROUTE_P3MI && result.pmi.jht_monthly == 100000 && slice_is(result.pmi.placement_company, "P3MI-0042"));
    assert_true(slice_is(result.pmi.country, "Taiwan") && result.months == 24 && result.start_month == 202602);
    struct application application = {.row = 7};
    row_fill(&result, &application);
    assert_true(application.pmi.route == PMI_ROUTE_P3MI && application.pmi.jht_monthly == 100000 && application.pu.wage == 0 && application.months == 24);
}

/* The programme without the amount, or the amount without the programme: no savings are billed, and it is said. */
static void savings_of_a_migrant_need_programme_and_amount(void **state) {
    static const struct {
        const char *programmes, *amount;
        bool warned, billed;
    } cases[] = {
        {"JKK+JKM+JHT", "100000", false, true}, {"JKK+JKM+JHT", "", true, false}, {"JKK+JKM+JHT", "0", true, false}, {"JKK+JKM", "100000", true, false},
        {"JKK+JKM", "", false, false}, {"", "100000", false, false}, {"", "", false, false}, {"JKK+JKM+JHT", "-5", false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct row_text row = migrant_row();
        row.column[COLUMN_PROGRAM] = slice_text(cases[i].programmes);
        row.column[COLUMN_JHT_BULANAN] = slice_text(cases[i].amount);
        const struct row_result result = check(state, &row);
        if (code_set_has(result.findings, CODE_W50) != cases[i].warned || ((result.programmes & programme_bit(PROGRAMME_JHT)) != 0) != cases[i].billed)
            fail_msg("%s, %s: warned %d, programmes %u", cases[i].programmes, cases[i].amount, code_set_has(result.findings, CODE_W50), (unsigned)result.programmes);
    }
}

static void texts_of_terms_have_a_bound(void **state) {
    char letters[ROW_TERM_MAX + 1];
    memset(letters, 'x', sizeof letters);
    struct row_text row = employee_row();
    row.column[COLUMN_NPP] = slice_of(letters, ROW_TERM_MAX);
    assert_int_equal(check(state, &row).pu.employer_number.size, ROW_TERM_MAX);
    row.column[COLUMN_NPP] = slice_of(letters, ROW_TERM_MAX + 1);
    assert_int_equal(check(state, &row).wanting, UINT64_C(1) << COLUMN_NPP);
}

/* A row with something unreadable in every column that the segment does not ask for is as good as one without. */
static void columns_of_other_segments_are_left_alone(void **state) {
    static const struct {
        const char *segment;
        enum column own[12];
    } segments[] = {
        {"BPU", {0}},
        {"PU", {COLUMN_UPAH, COLUMN_KELAS_RISIKO, COLUMN_SKALA, COLUMN_STATUS_PADAT_KARYA, COLUMN_NPP}},
        {"PMI", {COLUMN_JALUR, COLUMN_NEGARA, COLUMN_LAMA_KONTRAK_BULAN, COLUMN_JHT_BULANAN, COLUMN_ID_P3MI}},
    };
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
        struct row_text row = i == 0 ? person_row("BPU") : i == 1 ? employee_row() : migrant_row();
        row.column[COLUMN_PEKERJAAN] = slice_text("Tukang Ojek");
        if (i > 0) row.column[COLUMN_PENGHASILAN] = slice_text("\x01");
        for (int column = COLUMN_BASIC_COUNT; column < COLUMN_COUNT; column++) {
            bool own = false;
            for (size_t k = 0; k < sizeof segments[i].own / sizeof *segments[i].own; k++) own = own || (int)segments[i].own[k] == column;
            if (!own) row.column[column] = slice_text("\x01");
        }
        const struct row_result result = check(state, &row);
        assert_int_equal(result.findings.bits, 0);
        assert_int_equal(result.income, 0);
        assert_int_equal(result.jakon.workers, 0);
        assert_int_equal(result.sector, SECTOR_TRANSPORT);
    }
}

static void amounts_that_are_none_are_named(void **state) {
    char names[WANTING_TEXT_MAX];
    struct row_text row = contract_row();
    row.column[COLUMN_NILAI_KONTRAK_NETO] = slice_text("1,5 M");
    (void)row_wanting_format(check(state, &row).bad_amounts, names);
    assert_string_equal(names, "nilai_kontrak_neto");
    row = employee_row();
    assert_int_equal(check(state, &row).bad_amounts, 0);
}

static void expect_code_columns(void **state, const struct row_text *row, enum code code, const char *expected) {
    char names[WANTING_TEXT_MAX];
    const struct row_result result = check(state, row);
    (void)row_wanting_format(row_code_columns(&result, code), names);
    assert_string_equal(names, expected);
}

static void a_finding_names_its_columns(void **state) {
    struct row_text row = employee_row();
    expect_code_columns(state, &row, CODE_E80, "");
    expect_code_columns(state, &row, CODE_E81, "upah"); /* a wage that is an amount, and whose premium rounds to nothing */
    expect_code_columns(state, &row, CODE_E50, "");
    row.column[COLUMN_KELAS_RISIKO] = slice_text("6");
    expect_code_columns(state, &row, CODE_E80, "kelas_risiko");
    row = migrant_row();
    expect_code_columns(state, &row, CODE_E81, "jht_bulanan"); /* 150000 is an amount, but none of the tariff */
    row.column[COLUMN_JHT_BULANAN] = slice_text("-5");
    expect_code_columns(state, &row, CODE_E81, "jht_bulanan");
    row = contract_row();
    expect_code_columns(state, &row, CODE_E81, "nilai_kontrak_neto");
    row.column[COLUMN_NILAI_KONTRAK_NETO] = slice_text("");
    row.column[COLUMN_NILAI_KONTRAK_BRUTO] = slice_text("1");
    expect_code_columns(state, &row, CODE_E81, "nilai_kontrak_bruto");
    row.column[COLUMN_BASIS] = slice_text("UPAH");
    row.column[COLUMN_UPAH] = slice_text("1");
    expect_code_columns(state, &row, CODE_E81, "upah");
}

static void only_who_works_for_himself_employs_others(void **state) {
    struct row_text row = employee_row();
    row.column[COLUMN_PEKERJAAN] = slice_text("pemilik warung dengan karyawan");
    assert_false(check(state, &row).is_employer);
    row = person_row("BPU");
    row.column[COLUMN_PEKERJAAN] = slice_text("pemilik warung dengan karyawan");
    assert_true(check(state, &row).is_employer);
}

static struct slice subject_of(const struct row_text *row, uint8_t bytes[ROW_SUBJECT_MAX]) { return slice_of(bytes, row_subject(row, bytes)); }

static bool same_subject(const struct row_text *a, const struct row_text *b) {
    uint8_t one[ROW_SUBJECT_MAX], two[ROW_SUBJECT_MAX];
    return slice_equal(subject_of(a, one), subject_of(b, two));
}

static void a_cover_is_kept_for_the_person(void **state) {
    uint8_t bytes[ROW_SUBJECT_MAX];
    static const char *const segments[] = {"BPU", "PU", "PMI", "", "lain"};
    for (size_t i = 0; i < sizeof segments / sizeof *segments; i++) {
        struct row_text row = person_row(segments[i]);
        row.column[COLUMN_NIK] = slice_text(" 17.0804.121187.9901 ");
        assert_true(slice_is(subject_of(&row, bytes), "1708041211879901"));
        row.column[COLUMN_NIK] = slice_text("");
        assert_int_equal(row_subject(&row, bytes), 0);
    }
}

static void a_project_is_covered_once_whoever_answers_for_it(void **state) {
    uint8_t bytes[ROW_SUBJECT_MAX];
    const struct row_text project = contract_row();
    struct row_text other = project;
    other.column[COLUMN_NIK] = slice_text("1708045211879902");
    other.column[COLUMN_NO_PROYEK] = slice_text(" prj - 7");
    other.column[COLUMN_NPP] = slice_text("cc 012345");
    assert_true(same_subject(&project, &other));
    other.column[COLUMN_NO_PROYEK] = slice_text("{PRJ-8}");
    assert_false(same_subject(&project, &other));
    other = project;
    other.column[COLUMN_NPP] = slice_text("");
    assert_false(same_subject(&project, &other));
    assert_true(row_subject(&other, bytes) > 0);
    other = project;
    other.column[COLUMN_NO_SPK] = slice_text("PRJ-7"); /* the project's own number goes first */
    assert_true(same_subject(&project, &other));
    other.column[COLUMN_NO_PROYEK] = slice_text("");
    assert_true(row_subject(&other, bytes) > 0 && bytes[0] == 0);
    assert_false(same_subject(&project, &other));
    other.column[COLUMN_NO_SPK] = slice_text("");
    assert_int_equal(row_subject(&other, bytes), 0);
    other = project;
    other.column[COLUMN_NO_PROYEK] = slice_text("PRJ\x01");
    assert_int_equal(row_subject(&other, bytes), 0);
    other = project;
    other.column[COLUMN_NPP] = slice_text("\x01");
    assert_int_equal(row_subject(&other, bytes), 0);
    other = project;
    other.column[COLUMN_BASIS] = slice_text("");
    assert_int_equal(row_subject(&other, bytes), 0);
}

static void a_row_of_wages_is_of_one_worker_of_the_project(void **state) {
    uint8_t bytes[ROW_SUBJECT_MAX];
    const struct row_text contract = contract_row(), wages = wages_row();
    struct row_text other = wages;
    assert_false(same_subject(&contract, &wages));
    assert_true(same_subject(&wages, &other));
    other.column[COLUMN_NIK] = slice_text("1708045211879902");
    assert_false(same_subject(&wages, &other));
    other.column[COLUMN_NIK] = slice_text("");
    assert_int_equal(row_subject(&other, bytes), 0);
}

static void the_longest_project_has_room(void **state) {
    uint8_t bytes[ROW_SUBJECT_MAX];
    char letters[ROW_TERM_MAX];
    memset(letters, 'x', sizeof letters);
    struct row_text row = wages_row();
    row.column[COLUMN_NO_PROYEK] = row.column[COLUMN_NPP] = slice_of(letters, sizeof letters);
    row.column[COLUMN_NIK] = slice_text("12345678901234567890123456789012345678901234567890123456789012345678901234567890");
    assert_true(row_subject(&row, bytes) > 2 * ROW_TERM_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wage_with_its_class_and_its_firm),
        cmocka_unit_test(a_project_by_its_contract),
        cmocka_unit_test(a_project_by_its_wages),
        cmocka_unit_test(a_journey_to_work_abroad),
        cmocka_unit_test(savings_of_a_migrant_need_programme_and_amount),
        cmocka_unit_test(texts_of_terms_have_a_bound),
        cmocka_unit_test(columns_of_other_segments_are_left_alone),
        cmocka_unit_test(amounts_that_are_none_are_named), cmocka_unit_test(a_finding_names_its_columns),
        cmocka_unit_test(only_who_works_for_himself_employs_others),
        cmocka_unit_test(a_cover_is_kept_for_the_person),
        cmocka_unit_test(a_project_is_covered_once_whoever_answers_for_it),
        cmocka_unit_test(a_row_of_wages_is_of_one_worker_of_the_project),
        cmocka_unit_test(the_longest_project_has_room),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
