/* Rows of the insurer's list of participants. The NIKs are synthetic. */
#include "tests/unit/cmocka_all.h"

#include "common/base/check.h"
#include "services/ledger/participant_row.h"

static size_t cells_of(const char *line, struct slice cells[8]) {
    size_t count = 0;
    for (const char *at = line;; at++) {
        const char *end = at + strcspn(at, ";");
        cells[count++] = slice_of(at, (size_t)(end - at));
        if (*end == '\0') return count;
        at = end;
    }
}

static void columns_have_many_names(void **state) {
    struct slice cells[8];
    struct participant_columns columns;
    enum participant_column wrong;
    assert_true(participant_columns_find(cells, cells_of("No. KPJ;NIK;Program;TMT;Sampai;Status Kepesertaan;lain", cells), &columns, &wrong));
    assert_int_equal(columns.cell[PARTICIPANT_NIK], 2);
    assert_int_equal(columns.cell[PARTICIPANT_STATUS], 6);
    assert_false(participant_columns_find(cells, cells_of("kpj;program", cells), &columns, &wrong));
    assert_string_equal(participant_column_name(wrong), "nik");
    assert_false(participant_columns_find(cells, cells_of("nik;mulai;tmt", cells), &columns, &wrong));
    assert_string_equal(participant_column_name(wrong), "mulai");
}

static void a_row_says_what_is_compared(void **state) {
    static const struct {
        const char *line, *wrong; /* NULL: it is read */
        programme_set programmes;
        month_t from, to;
        bool active;
    } vectors[] = {
        {"1708041211879901;;JKK+JKM;2025-10;2026-09;AKTIF", NULL, 3, 202510, 202609, true},
        {"1708.0412.1187.9901;1;;01-10-2025;;Tidak Aktif", NULL, 0, 202510, 0, false},
        {"1708041211879901", NULL, 0, 0, 0, true},
        {"170804121187990;;;;;", "nik", 0, 0, 0, false},
        {"1,70804E+15;;;;;", "nik", 0, 0, 0, false},
        {";;;;;", "nik", 0, 0, 0, false},
        {"1708041211879901;;JKX;;;", "program", 0, 0, 0, false},
        {"1708041211879901;;JKK;Oktober;;", "mulai", 0, 0, 0, false},
        {"1708041211879901;;JKK;;13-13-2025;", "akhir", 0, 0, 0, false},
        {"1708041211879901;;JKK;;;mungkin", "status", 0, 0, 0, false},
        {"1708041211879901;;JKK;;;--", "status", 0, 0, 0, false},
    };
    struct slice cells[8];
    struct participant_columns columns;
    enum participant_column wrong;
    assert_true(participant_columns_find(cells, cells_of("nik;kpj;program;mulai;akhir;status", cells), &columns, &wrong));
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct participant_row row;
        const bool read = participant_row_read(&columns, cells, cells_of(vectors[i].line, cells), &row, &wrong);
        assert_int_equal(read, vectors[i].wrong == NULL);
        if (!read) assert_string_equal(participant_column_name(wrong), vectors[i].wrong);
        if (!read) continue;
        assert_string_equal(row.nik, "1708041211879901");
        assert_true(row.programmes == vectors[i].programmes && row.from == vectors[i].from && row.to == vectors[i].to && row.is_active == vectors[i].active);
    }
}

static void the_number_is_taken_when_it_is_one(void **state) {
    static const struct { const char *line, *kpj; } vectors[] = {{"1708041211879901;1234 5678 901", "12345678901"}, {"1708041211879901;123", ""}, {"1708041211879901;", ""}, {"1708041211879901", ""}};
    struct slice cells[8];
    struct participant_columns columns;
    enum participant_column wrong;
    assert_true(participant_columns_find(cells, cells_of("nik;no kpj", cells), &columns, &wrong));
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct participant_row row;
        assert_true(participant_row_read(&columns, cells, cells_of(vectors[i].line, cells), &row, &wrong));
        assert_string_equal(row.kpj, vectors[i].kpj);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(columns_have_many_names), cmocka_unit_test(a_row_says_what_is_compared),
        cmocka_unit_test(the_number_is_taken_when_it_is_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
