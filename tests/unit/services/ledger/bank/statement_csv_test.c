/* Bank statements as CSV: columns of both languages, amounts in and out, reversals, and damaged lines that hide nothing. */
#include "tests/unit/cmocka_all.h"

#include "common/base/check.h"
#include "tests/unit/services/ledger/bank/statement_fixture.h"

static void expect(const char *file, const char *items) {
    static struct seen_items seen;
    for (size_t piece = 1; piece < 100; piece += 7) { /* however it is cut */
        seen_read(&seen, STATEMENT_CSV, slice_text(file), piece);
        assert_string_equal(seen.text, items);
    }
}

static void a_statement_in_bahasa(void **state) {
    expect("\xEF\xBB\xBFTanggal;Keterangan;Referensi;Debet;Kredit;Saldo;No. Transaksi;Rekening\r\n"
           "01/10/2025;Saldo awal;;;;10.000.000,00;;101-02\r\n"
           "02/10/2025;IURAN;INV-1;;33.331.200,00;43.331.200,00;T1;101-02\r\n"
           "\r\n"
           "03/10/2025;Biaya;;5.000,00;0,00;;T2;101-02\r\n"
           "03/10/2025;Hari libur;;0,00;0,00;43.326.200,00;;101-02\r\n"
           "Total;;;5.000;33.331.200;;;\r\n",
           "2 BALANCE\n3 IN 33331200 20251002 [T1] [INV-1] [IURAN] 10102\n5 OUT -5000 20251003 [T2] [] [Biaya] 10102\n6 BALANCE\n7 BALANCE\n");
}

static void a_statement_in_english_with_marks(void **state) {
    expect("Account No,101.02\nDate,Description,Amount,,External ID,Currency\n"
           "2025-10-02,\"Smith, John\",\"33,331,200.00\",CR,7,IDR\n"
           "2025-10-02,Fee,5000.00,DB,8,IDR\n"
           "2025-10-02,Other,5000 DB,,9,IDR\n"
           "2025-10-02,Dollars,5000,CR,10,USD\n",
           "3 IN 33331200 20251002 [7] [] [Smith, John] 10102\n4 OUT -5000 20251002 [8] [] [Fee] 10102\n5 OUT -5000 20251002 [9] [] [Other] 10102\n"
           "6 CURRENCY_UNKNOWN 5000 20251002 [10] [] [Dollars] 10102\n");
}

static void what_is_no_payment_is_named(void **state) {
    expect("tanggal;jumlah;keterangan;dk\n"
           "31/02/2025;1.000;a;\n"
           "01/02/2025;-1.000;b;\n"
           "01/02/2025;0;c;\n"
           "01/02/2025;1.000,50;d;\n"
           "01/02/2025;100.000.000.000.001;e;\n"
           "01/02/2025;99999999999999999999;f;\n"
           "01/02/2025;x;g;\n"
           "01/02/2025;;h;\n"
           "01/02/2025;1.000;i;D\n"
           "01/02/2025;1.000;Koreksi;D\n"
           "01/02/2025;1.000;REVERSAL TRF;K\n"
           "01/02/2025;1.000;koreksi inv 1708 202510 1;K\n"
           "01/02/2025;1.000;j;RC\n"
           "01/02/2025;1.000;k;RD\n",
           "2 DATE_INVALID 1000 0 [] [] [a] \n3 AMOUNT_NEGATIVE -1000 20250201 [] [] [b] \n4 AMOUNT_NEGATIVE 0 20250201 [] [] [c] \n5 AMOUNT_FRACTION 0 20250201 [] [] [d] \n"
           "6 AMOUNT_RANGE 0 20250201 [] [] [e] \n7 AMOUNT_RANGE 0 20250201 [] [] [f] \n8 LINE_DAMAGED 0 20250201 [] [] [g] \n9 LINE_DAMAGED 0 20250201 [] [] [h] \n"
           "10 OUT -1000 20250201 [] [] [i] \n11 REVERSAL_LINE -1000 20250201 [] [] [Koreksi] \n12 REVERSAL_LINE 1000 20250201 [] [] [REVERSAL TRF] \n"
           "13 IN 1000 20250201 [] [] [koreksi inv 1708 202510 1] \n14 REVERSAL_LINE -1000 20250201 [] [] [j] \n15 REVERSAL_LINE 1000 20250201 [] [] [k] \n");
}

static void words_alone_make_no_balance(void **state) {
    expect("Tanggal;Keterangan;Debet;Kredit;Saldo;No. Transaksi\n"
           "01/10/2025;Saldo awal;;;5.000;\n"
           "02/10/2025;saldo awal titipan iuran;;1.000;6.000;\n"
           "02/10/2025;Opening balance of the account, inv 1708 202510 1;;2.000;;\n"
           "02/10/2025;Saldo akhir kas;3.000;;;\n"
           "Saldo akhir;;;;5.000;\n"
           "TOTAL;;3.000;3.000;;\n"
           ";Total iuran;;1.000;;T1\n"
           "31/02/2025;Saldo iuran;;1.000;;\n",
           "2 BALANCE\n3 IN 1000 20251002 [] [] [saldo awal titipan iuran] \n4 IN 2000 20251002 [] [] [Opening balance of the account, inv 1708 202510 1] \n"
           "5 OUT -3000 20251002 [] [] [Saldo akhir kas] \n6 BALANCE\n7 BALANCE\n8 DATE_INVALID 1000 0 [T1] [] [Total iuran] \n9 DATE_INVALID 1000 0 [] [] [Saldo iuran] \n");
    expect("Tanggal;Jumlah;;Keterangan;No. Transaksi\n" /* one column for all: it may be a balance that stands there */
           "01/10/2025;5.000;;Saldo awal;\n"
           "02/10/2025;1.000;CR;Saldo awal iuran;\n"
           "02/10/2025;2.000;;Saldo awal iuran;T2\n"
           "02/10/2025;3.000;;Saldo awal iuran inv 1708 202510 1;\n",
           "2 BALANCE\n3 IN 1000 20251002 [] [] [Saldo awal iuran] \n4 IN 2000 20251002 [T2] [] [Saldo awal iuran] \n5 IN 3000 20251002 [] [] [Saldo awal iuran inv 1708 202510 1] \n");
}

static void a_damaged_line_hides_no_other(void **state) {
    expect("tanggal;jumlah;keterangan\n"
           "01/02/2025;1.000;\"kutip\n"
           "01/02/2025;2.000;dua\n"
           "01/02/2025;3.000;\"tiga\nbaris\"\n"
           "01/02/2025;4.000;em\xFFpat\x01;\n"
           "01/02/2025;5.000;lima;6;7\n"
           "01/02/2025;6.000\n"
           "01/02/2025;7.000;\"tujuh",
           "2 LINE_DAMAGED 0 0 [] [] [] \n3 IN 2000 20250201 [] [] [dua] \n4 IN 3000 20250201 [] [] [tiga\nbaris] \n6 IN 4000 20250201 [] [] [em?pat] \n"
           "7 LINE_DAMAGED 0 0 [] [] [] \n8 IN 6000 20250201 [] [] [] \n9 LINE_DAMAGED 0 0 [] [] [] \n");
}

static void a_record_over_two_lines_is_one(void **state) {
    expect("tanggal;jumlah;keterangan\n01/02/2025;1.000;\"satu\ndua \"\"kata\"\"\"\n01/02/2025;2.000;tiga\n",
           "2 IN 1000 20250201 [] [] [satu\ndua \"kata\"] \n4 IN 2000 20250201 [] [] [tiga] \n");
}

static void an_endless_line_is_cut_and_told(void **state) {
    static char file[STATEMENT_LINE_MAX * 2];
    static struct seen_items seen;
    size_t size = (size_t)snprintf(file, sizeof file, "tanggal;jumlah\n01/02/2025;1.000;");
    memset(file + size, 'x', STATEMENT_LINE_MAX);
    size += STATEMENT_LINE_MAX;
    size += (size_t)snprintf(file + size, sizeof file - size, "\n01/02/2025;2.000\n");
    seen_read(&seen, STATEMENT_CSV, slice_of(file, size), 4096);
    assert_string_equal(seen.text, "2 LINE_DAMAGED 0 0 [] [] [] \n3 IN 2000 20250201 [] [] [] \n");
    assert_int_equal(seen.counts.lines, 3);
}

static void without_a_header_nothing_comes_out(void **state) {
    static struct seen_items seen;
    seen_read(&seen, STATEMENT_CSV, slice_text("nama;alamat\n1;2\n"), 100);
    assert_true(seen.counts.header_missing);
    assert_string_equal(seen.text, "");
}

static void the_format_is_seen_from_the_head(void **state) {
    assert_int_equal(statement_format_of(slice_text("tanggal;jumlah\n")), STATEMENT_CSV);
    assert_int_equal(statement_format_of(slice_text("\r\n:20:X\r\n")), STATEMENT_MT940);
    assert_int_equal(statement_format_of(slice_text("{1:F01X}{2:I940}{4:\n:20:X")), STATEMENT_MT940);
    assert_int_equal(statement_format_of(slice_text("MT940\n:20:X\n")), STATEMENT_MT940);
    assert_int_equal(statement_format_of(slice_text("PK\x03\x04zip")), STATEMENT_UNKNOWN);
    assert_int_equal(statement_format_of(slice_of("\xFF\xFEt\0", 4)), STATEMENT_UNKNOWN);
    assert_int_equal(statement_format_of(slice_of("a\0b", 3)), STATEMENT_UNKNOWN);
    assert_int_equal(statement_format_of(slice_text(" ")), STATEMENT_UNKNOWN);
    assert_string_equal(statement_format_name(STATEMENT_MT940), "mt940");
    enum statement_format format = STATEMENT_UNKNOWN;
    assert_true(statement_format_parse(slice_text("csv"), &format) && format == STATEMENT_CSV);
    assert_true(statement_format_parse(slice_text("mt940"), &format) && format == STATEMENT_MT940);
    assert_false(statement_format_parse(slice_text("MT940"), &format) || statement_format_parse(slice_text("?"), &format) || statement_format_parse(slice_text(""), &format));
    assert_string_equal(statement_problem_reason_of(slice_text("DATE_INVALID")), "tanggal tidak sah");
    assert_string_equal(statement_problem_reason_of(slice_text("UNKNOWN")), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_in_bahasa),         cmocka_unit_test(a_statement_in_english_with_marks), cmocka_unit_test(what_is_no_payment_is_named),
        cmocka_unit_test(a_damaged_line_hides_no_other), cmocka_unit_test(a_record_over_two_lines_is_one),    cmocka_unit_test(an_endless_line_is_cut_and_told),
        cmocka_unit_test(without_a_header_nothing_comes_out), cmocka_unit_test(the_format_is_seen_from_the_head),
        cmocka_unit_test(words_alone_make_no_balance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
