/* Lists piece by piece: the same rows however the bytes are cut, bounds that hold while they come in, cells that are safe to open in a spreadsheet. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/edge/csv.h"

struct seen {
    char text[4096]; /* "number:cell|cell\n" */
    size_t size;
    uint32_t stop_at;
    bool any_encoding;
    struct csv *csv; /* with it, records without "nik" are titles */
};

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct seen *seen = self;
    if (seen->stop_at != 0 && number == seen->stop_at) return false;
    seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size, "%u:", number);
    for (size_t i = 0; i < count; i++)
        seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size, "%s%.*s", i > 0 ? "|" : "", SLICE_ARGS(cells[i]));
    seen->size += (size_t)snprintf(seen->text + seen->size, sizeof seen->text - seen->size, "\n");
    CHECK(seen->size < sizeof seen->text);
    if (number == 0 && seen->csv != NULL && !slice_is(cells[0], "nik")) csv_header_follows(seen->csv);
    return true;
}

static enum csv_problem read_all(struct slice bytes, size_t piece, size_t line_bytes_max, struct seen *seen) {
    struct csv *csv = csv_open((struct csv_options){.line_bytes_max = line_bytes_max, .any_encoding = seen->any_encoding, .row = take_row, .self = seen});
    if (seen->any_encoding) seen->csv = csv;
    enum csv_problem problem = CSV_FINE;
    while (bytes.size > 0 && problem == CSV_FINE) {
        size_t size = bytes.size < piece ? bytes.size : piece;
        problem = csv_feed(csv, slice_of(bytes.bytes, size));
        bytes = slice_of(bytes.bytes + size, bytes.size - size);
    }
    if (problem == CSV_FINE) problem = csv_finish(csv);
    csv_close(csv);
    return problem;
}

static void rows_do_not_depend_on_how_the_bytes_are_cut(void **state) {
    static const struct {
        const char *file, *rows;
    } vectors[] = {
        {"nik;nama\n1;Ani\n2;Budi\n", "0:nik|nama\n1:1|Ani\n2:2|Budi\n"},
        {"nik,nama\r\n1,\"Ani, S.Ip\"\r\n2,Budi", "0:nik|nama\n1:1|Ani, S.Ip\n2:2|Budi\n"},
        {"\xEF\xBB\xBFnik\tnama\n1\tAni \n", "0:nik|nama\n1:1|Ani \n"},
        {"a;b\n\"x\ny\";\"z\"\"z\"\n", "0:a|b\n1:x\ny|z\"z\n"},
        {"a;b\n1;2\n;;\n\n  ;\xC2\xA0\n3;4\n", "0:a|b\n1:1|2\n2:3|4\n"},
        {"\"a,b\";c\n1;2\n", "0:a,b|c\n1:1|2\n"},
        {"a;b", "0:a|b\n"},
        {"a;b\r1;2\r\r3;4", "0:a|b\n1:1|2\n2:3|4\n"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        for (size_t piece = 1; piece <= strlen(vectors[i].file) + 1; piece++) {
            struct seen seen = {.size = 0};
            assert_int_equal(read_all(slice_text(vectors[i].file), piece, 1000, &seen), CSV_FINE);
            assert_string_equal(seen.text, vectors[i].rows);
        }
    }
}

static void titles_stand_above_the_header_and_have_no_say_in_its_separator(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        const char *rows;
    } vectors[] = {
#define FILE_OF(literal) literal, sizeof literal - 1
        {FILE_OF("A, B, C\nnik;nama\n1;Ani, S.Ip\n"), "0:A| B| C\n0:nik|nama\n1:1|Ani, S.Ip\n"},
        {FILE_OF("\n\nA;B\r\n;;\r\nnik,nama\r\n1,Ani"), "0:A|B\n0:nik|nama\n1:1|Ani\n"},
        {FILE_OF("A;B\rC\rnik,nama\r1,Ani\r2,B;C"), "0:A|B\n0:C\n0:nik|nama\n1:1|Ani\n2:2|B;C\n"},
        {FILE_OF("\"A;\nB,\";C\nnik\tnama\n1\tAni\n"), "0:A;\nB,|C\n0:nik|nama\n1:1|Ani\n"},
        {FILE_OF("5\" x;\"\"\"\n,\";,\nnik,\"a\nb\",c\n1,\"2\",\"\"\n"), "0:5\" x|\"\n,|,\n0:nik|a\nb|c\n1:1|2|\n"},
        {FILE_OF("\xFF\xFE" "A\0\n\0n\0i\0k\0;\0a\0\n\0" "1\0;\0\xE9\0"), "0:A\n0:nik|a\n1:1|\xC3\xA9\n"},
        {FILE_OF("Ren\xE9\nnik;a\n1;\x80"), "0:Ren\xC3\xA9\n0:nik|a\n1:1|\xE2\x82\xAC\n"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        for (size_t piece = 1; piece <= vectors[i].size + 1; piece++) {
            struct seen seen = {.any_encoding = true};
            assert_int_equal(read_all(slice_of(vectors[i].bytes, vectors[i].size), piece, 1000, &seen), CSV_FINE);
            assert_string_equal(seen.text, vectors[i].rows);
        }
    }
    struct seen binary = {.any_encoding = true}, mixed = {.any_encoding = true};
    assert_int_equal(read_all(slice_of("PK\x03\x04\x81", 5), 5, 1000, &binary), CSV_BINARY);
    assert_int_equal(read_all(slice_text("nik\n\xE9\n\xC3\xA9\n"), 100, 1000, &mixed), CSV_NOT_UTF8);
}

static void what_is_not_a_list_is_refused_by_its_kind(void **state) {
    static const struct {
        const char *bytes;
        size_t size;
        enum csv_problem problem;
    } vectors[] = {
        {"PK\x03\x04", 4, CSV_BINARY},
        {"a;b\n1;\0\n", 8, CSV_BINARY},
        {"\xFF\xFE" "a\0", 4, CSV_NOT_UTF8},
        {"a;b\n1;\xE9\n", 7, CSV_NOT_UTF8},
        {"a;b\n\xC2;\xA9\n", 8, CSV_NOT_UTF8},
        {"a;b\n1;\"x\n", 9, CSV_UNEVEN_QUOTES},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct seen seen = {.size = 0};
        assert_int_equal(read_all(slice_of(vectors[i].bytes, vectors[i].size), vectors[i].size, 1000, &seen), vectors[i].problem);
    }
}

static void an_endless_line_is_refused_as_soon_as_the_bound_is_passed(void **state) {
    static uint8_t line[64 * 1024];
    memset(line, 'x', sizeof line);
    for (int quoted = 0; quoted < 2; quoted++) {
        struct seen seen = {.size = 0};
        struct csv *csv = csv_open((struct csv_options){.line_bytes_max = 65536, .row = take_row, .self = &seen});
        assert_int_equal(csv_feed(csv, slice_text(quoted ? "a;b\n\"" : "a;b\n")), CSV_FINE);
        for (size_t i = 0; quoted && i < sizeof line; i += 100) line[i] = '\n';
        assert_int_equal(csv_feed(csv, slice_of(line, sizeof line - 8)), CSV_FINE);
        assert_int_equal(csv_feed(csv, slice_of(line, 16)), CSV_LINE_TOO_LONG);
        assert_int_equal(csv_feed(csv, slice_text("\n1;2\n")), CSV_LINE_TOO_LONG); /* it stays refused */
        csv_close(csv);
    }
    struct seen seen = {.size = 0};
    memset(line, 'x', sizeof line);
    assert_int_equal(read_all(slice_of(line, sizeof line), 1000, 5000, &seen), CSV_LINE_TOO_LONG); /* also in the header */
}

static void a_record_has_at_most_64_cells(void **state) {
    for (size_t cells = CSV_CELLS_MAX; cells <= CSV_CELLS_MAX + 1; cells++) {
        char line[2 * CSV_CELLS_MAX + 8];
        for (size_t i = 0; i < cells; i++) memcpy(line + 2 * i, i + 1 < cells ? "x;" : "x\n", 2);
        struct seen seen = {.size = 0};
        assert_int_equal(read_all(slice_of(line, 2 * cells), 7, 1000, &seen), cells <= CSV_CELLS_MAX ? CSV_FINE : CSV_TOO_MANY_CELLS);
    }
}

/* Who keeps the rows of one feed in an array relies on it: a first line that is looked for in vain must not hold a whole list back. */
static void rows_that_end_with_cr_alone_come_as_they_are_fed(void **state) {
    struct seen seen = {.size = 0};
    struct csv *csv = csv_open((struct csv_options){.line_bytes_max = 1000, .row = take_row, .self = &seen});
    assert_int_equal(csv_feed(csv, slice_text("a;b\r1;1\r2;")), CSV_FINE);
    assert_string_equal(seen.text, "0:a|b\n1:1|1\n");
    assert_int_equal(csv_feed(csv, slice_text("2\r\r3;3\r")), CSV_FINE);
    assert_string_equal(seen.text, "0:a|b\n1:1|1\n2:2|2\n3:3|3\n");
    assert_int_equal(csv_finish(csv), CSV_FINE);
    csv_close(csv);
}

static void the_reader_stops_when_it_is_told(void **state) {
    struct seen seen = {.stop_at = 2};
    assert_int_equal(read_all(slice_text("a;b\n1;1\n2;2\n3;3\n"), 3, 1000, &seen), CSV_STOPPED);
    assert_string_equal(seen.text, "0:a|b\n1:1|1\n");
}

static void cells_are_written_so_that_no_spreadsheet_runs_them(void **state) {
    static const struct {
        const char *cell, *written;
    } vectors[] = {
        {"Ani", "Ani"},         {"", ""},
        {"a;b", "\"a;b\""},     {"a\"b", "\"a\"\"b\""},
        {"a\nb", "\"a\nb\""},   {"=1+1", "'=1+1"},
        {"@SUM(A1)", "'@SUM(A1)"}, {"+cmd|x", "'+cmd|x"},
        {"-2+3+cmd", "'-2+3+cmd"}, {"+628120000001", "+628120000001"},
        {"-5", "-5"},           {"-", "-"},
        {"=\"x\";y", "\"'=\"\"x\"\";y\""}, {"\t=1", "'\t=1"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t bytes[64];
        size_t size = csv_write_cell(slice_text(vectors[i].cell), ';', bytes);
        assert_true(size <= 2 * strlen(vectors[i].cell) + 3);
        assert_int_equal(size, strlen(vectors[i].written));
        assert_memory_equal(bytes, vectors[i].written, size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_do_not_depend_on_how_the_bytes_are_cut),
        cmocka_unit_test(titles_stand_above_the_header_and_have_no_say_in_its_separator),
        cmocka_unit_test(what_is_not_a_list_is_refused_by_its_kind),
        cmocka_unit_test(an_endless_line_is_refused_as_soon_as_the_bound_is_passed),
        cmocka_unit_test(a_record_has_at_most_64_cells),
        cmocka_unit_test(rows_that_end_with_cr_alone_come_as_they_are_fed),
        cmocka_unit_test(the_reader_stops_when_it_is_told),
        cmocka_unit_test(cells_are_written_so_that_no_spreadsheet_runs_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
