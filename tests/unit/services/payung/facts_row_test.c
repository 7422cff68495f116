/* Rows of extract files: what is read, and what refuses a row with its column, its code and a remedy that quotes nothing. */
#include "services/payung/facts_row.h"

#include "common/domain/text.h"
#include "tests/unit/cmocka_all.h"
#include "tests/unit/regions_fixture.h"

enum { CELLS_MAX = 8, AS_OF = 20251001 };
#define GOOD "1708040101809901"
#define TWENTY "PT Contoh Simulasi  "

static size_t cells_of(const char *line, struct slice cells[CELLS_MAX]) {
    struct slice rest = slice_text(line);
    size_t count = 0;
    while (count < CELLS_MAX && text_split(&rest, ';', &cells[count])) count++;
    return count;
}

static struct fact_columns columns_of(enum extract_kind kind, const char *header) {
    struct slice cells[CELLS_MAX];
    struct fact_columns columns = {0};
    const char *missing = "";
    const size_t count = cells_of(header, cells);
    if (!fact_columns_find(kind, cells, count, &columns, &missing)) fail_msg("%s: %s", header, missing);
    return columns;
}

static void columns_are_found_by_name(void **state) {
    (void)state;
    static const struct {
        enum extract_kind kind;
        const char *header, *missing; /* NULL: all are there */
    } cases[] = {
        {EXTRACT_DTSEN, "nik", NULL},
        {EXTRACT_DTSEN, "Nama; NIK ;DESIL", NULL},
        {EXTRACT_DTSEN, "nama;desil", "nik"},
        {EXTRACT_DTSEN, "nik;desil;nik", "nik"},
        {EXTRACT_CIVIL_SERVANT, "nik", NULL},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari", NULL},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program", "dari"},
        {EXTRACT_POPULATION, "nik;status", NULL},
        {EXTRACT_POPULATION, "nik", "status"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct slice cells[CELLS_MAX];
        struct fact_columns columns;
        const char *missing = "";
        const size_t count = cells_of(cases[i].header, cells);
        if (fact_columns_find(cases[i].kind, cells, count, &columns, &missing) != (cases[i].missing == NULL)) fail_msg("%s", cases[i].header);
        if (cases[i].missing != NULL) assert_string_equal(missing, cases[i].missing);
    }
}

static void rows_are_read(void **state) {
    (void)state;
    struct arena *arena = arena_create(1 << 22);
    const struct region_table regions = fixture_regions(arena);
    struct slice cells[CELLS_MAX];
    struct fact_problem problem;
    struct fact_row row;
    struct fact_columns columns = columns_of(EXTRACT_DTSEN, "desil;nik");
    assert_true(fact_row_read(&columns, cells, cells_of("4; 17.0804.010180.9901 ", cells), &regions, AS_OF, &row, &problem));
    assert_string_equal(row.nik, GOOD);
    assert_true(row.row.kind == EXTRACT_DTSEN && row.row.desil == 4);
    columns = columns_of(EXTRACT_ACTIVE_COVER, "nik;segmen;program;pembayar;dari;sampai;status");
    assert_true(fact_row_read(&columns, cells, cells_of(GOOD ";pu;JKK+JHT;17.08;15/01/2025;2025-12;tenggang", cells), &regions, AS_OF, &row, &problem));
    assert_true(row.row.segment == SEGMENT_PU && row.row.programmes == 5 && row.row.from == 202501 && row.row.to == 202512 && row.row.status == COVER_GRACE);
    assert_true(slice_is(row.row.payer, "17.08"));
    assert_true(fact_row_read(&columns, cells, cells_of(GOOD ";BPU;JKK;;2025-01", cells), &regions, AS_OF, &row, &problem)); /* a short row has empty cells */
    assert_true(row.row.to == MONTH_OPEN && row.row.status == COVER_ACTIVE && row.row.payer.size == 0);
    columns = columns_of(EXTRACT_POPULATION, "nik;status;wilayah_ktp");
    assert_true(fact_row_read(&columns, cells, cells_of(GOOD ";Meninggal;17.08.04", cells), &regions, AS_OF, &row, &problem));
    assert_true(row.row.deceased && row.row.ktp_region == 170804);
    assert_true(fact_row_read(&columns, cells, cells_of(GOOD, cells), &regions, AS_OF, &row, &problem)); /* a short row: alive, home not told */
    assert_true(!row.row.deceased && row.row.ktp_region == 0);
    columns = columns_of(EXTRACT_DTSEN, "nik;desil");
    assert_true(fact_row_read(&columns, cells, cells_of(GOOD ";", cells), &regions, AS_OF, &row, &problem)); /* in the list, decile not told */
    assert_int_equal(row.row.desil, 0);
    assert_true(fact_row_read(&columns, cells, cells_of("5499010101809901;10", cells), &regions, AS_OF, &row, &problem)); /* a former province is a warning only */
    assert_int_equal(row.row.desil, 10);
    arena_destroy(arena);
}

static void bad_rows_are_refused_with_column_and_remedy(void **state) {
    (void)state;
    static const struct {
        enum extract_kind kind;
        const char *header, *row, *column, *code;
    } cases[] = {
        {EXTRACT_DTSEN, "nik;desil", ";3", "nik", "E80"},
        {EXTRACT_DTSEN, "nik;desil", "170804010180990;3", "nik", "E01"},
        {EXTRACT_DTSEN, "nik;desil", "1,70804E+15;3", "nik", "E02"},
        {EXTRACT_DTSEN, "nik;desil", "9908040101809901;3", "nik", "E03"},
        {EXTRACT_DTSEN, "nik;desil", "1708043201809901;3", "nik", "E04"},
        {EXTRACT_DTSEN, "nik;desil", "1708040101800000;3", "nik", "E05"},
        {EXTRACT_DTSEN, "nik;desil", GOOD ";0", "desil", ""},
        {EXTRACT_DTSEN, "nik;desil", GOOD ";11", "desil", ""},
        {EXTRACT_DTSEN, "nik;desil", GOOD ";-1", "desil", ""},
        {EXTRACT_DTSEN, "nik;desil", GOOD ";tiga", "desil", ""},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari;sampai;status", GOOD ";XX;JKK;2025-01", "segmen", ""},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari;sampai;status", GOOD ";BPU;JXX;2025-01", "program", ""},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari;sampai;status", GOOD ";BPU;JKK;2025-01;kapan", "sampai", ""},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari;pembayar", GOOD ";BPU;JKK;2025-01;" TWENTY TWENTY TWENTY TWENTY TWENTY "!", "pembayar", ""},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari;sampai;status", GOOD ";BPU;;2025-01", "program", ""},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari;sampai;status", GOOD ";BPU;JKK;2025-13", "dari", ""},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari;sampai;status", GOOD ";BPU;JKK;2025-02;2025-01", "sampai", ""},
        {EXTRACT_ACTIVE_COVER, "nik;segmen;program;dari;sampai;status", GOOD ";BPU;JKK;2025-02;;XX", "status", ""},
        {EXTRACT_POPULATION, "nik;status;wilayah_ktp", GOOD ";XX;", "status", ""},
        {EXTRACT_POPULATION, "nik;status;wilayah_ktp", GOOD ";HIDUP;17", "wilayah_ktp", ""},
        {EXTRACT_POPULATION, "nik;status;wilayah_ktp", GOOD ";HIDUP;Kepahiang", "wilayah_ktp", ""},
        {EXTRACT_POPULATION, "nik;status;wilayah_ktp", GOOD ";HIDUP;10.01.01", "wilayah_ktp", ""}, /* no province has a number below 11 */
    };
    struct arena *arena = arena_create(1 << 22);
    const struct region_table regions = fixture_regions(arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct fact_columns columns = columns_of(cases[i].kind, cases[i].header);
        struct slice cells[CELLS_MAX];
        struct fact_row row;
        struct fact_problem problem = {.column = ""};
        if (fact_row_read(&columns, cells, cells_of(cases[i].row, cells), &regions, AS_OF, &row, &problem)) fail_msg("%s", cases[i].row);
        assert_string_equal(problem.column, cases[i].column);
        assert_string_equal(problem.code, cases[i].code);
        assert_true(strlen(problem.remedy) > 10);
    }
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(columns_are_found_by_name), cmocka_unit_test(rows_are_read), cmocka_unit_test(bad_rows_are_refused_with_column_and_remedy)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
