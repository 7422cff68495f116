/* MT940: statements with and without envelope, movements in and out and taken back, balances that fit or not, and damaged lines that hide nothing. */
#include "tests/unit/cmocka_all.h"

#include "common/base/check.h"
#include "tests/unit/services/ledger/bank/statement_fixture.h"

static void expect(const char *file, const char *items, const char *warnings) {
    static struct seen_items seen;
    for (size_t piece = 1; piece < 100; piece += 9) { /* however it is cut */
        seen_read(&seen, STATEMENT_MT940, slice_text(file), piece);
        assert_string_equal(seen.text, items);
        assert_string_equal(seen.warnings, warnings);
    }
}

static void a_statement_with_its_envelope(void **state) {
    expect("{1:F01BANKIDJAXXX0000000000}{2:I940XXXXXXXXXXXN}{4:\r\n:20:STMT\r\n:25:BKLU/101-02IDR\r\n:28C:00010/001\r\n:60F:C251009IDR1000,00\r\n"
           ":61:2510101010CR33331200,00NTRFINV-1708-202510-//BR0001\r\nTAMBAHAN\r\n:86:PEMBAYARAN IURAN\r\n 0001 OKTOBER\r\n"
           ":61:251010D5000,50NCHGNONREF//BR0002\r\n:62F:C251010IDR33327199,50\r\n:64:C251010IDR33327199,50\r\n-}{5:{CHK:1}}\r\n",
           "6 IN 33331200 20251010 [BR0001] [INV-1708-202510-] [TAMBAHAN\nPEMBAYARAN IURAN\n 0001 OKTOBER] 10102\n10 OUT 0 20251010 [BR0002] [] [] 10102\n", "");
}

static void reversals_are_told_with_their_sign(void **state) {
    expect(":20:A\n:25:1\n:60F:D251009IDR100,\n:61:251010RC1000,NTRFX//B1\n:61:251010RD500,NTRFNONREF\n:61:251010EC500,NTRFNONREF\n:62F:D251010IDR100,00\n",
           "4 REVERSAL_LINE -1000 20251010 [B1] [X] [] 1\n5 REVERSAL_LINE 500 20251010 [] [] [] 1\n6 IN 500 20251010 [] [] [] 1\n", "");
}

static void balances_are_checked_by_statement(void **state) {
    expect(":20:A\n:25:1\n:60F:C251009IDR0,\n:61:251010C1000,NTRFX\n:62M:C251010IDR1000,\n:20:B\n:25:2\n:60M:C251009IDR1000,\n:61:251010C1000,NTRFX\n:62F:C251010IDR1999,\n:20:C\n:25:3\n"
           ":60F:C251010IDR5,\n:20:D\n:60F:x\n:62F:C251010IDR5,\n",
           "4 IN 1000 20251010 [] [X] [] 1\n9 IN 1000 20251010 [] [X] [] 2\n", "10:1:-100 11:2:0 14:2:0 ");
}

static void a_damaged_line_hides_no_other(void **state) {
    expect(":20:A\n:25:1\n:60F:C251009IDR0,\n:61:251010C1000,NTRFX//B1\n:86:satu\n61:251010C2000,NTRFX//B2\n:86:dua\n:61:251010C3000NTRFX\n:61:251310C4000,NTRFX//B4\n"
           ":61:251010C999999999999999999999,NTRFX//B5\n:61:251010C5,5NTRFX//B6\n:6Z:251010\n:99:x\n:61:251010Q5,NTRF\n:61:251010C5,NT\n:61:\n:61:251010C7000,NTRFX//B7\n:86:tujuh\n  :86 rusak\nx:61:251010C8,NTRF\n:62F:C251010IDR7000,\n",
           "4 IN 1000 20251010 [B1] [X] [satu] 1\n6 LINE_DAMAGED 0 0 [] [] [dua] 1\n8 LINE_DAMAGED 0 0 [] [] [] 1\n9 DATE_INVALID 4000 0 [B4] [X] [] 1\n"
           "10 AMOUNT_RANGE 0 20251010 [B5] [X] [] 1\n11 AMOUNT_FRACTION 0 20251010 [B6] [X] [] 1\n12 LINE_DAMAGED 0 0 [] [] [] 1\n13 LINE_DAMAGED 0 0 [] [] [] 1\n"
           "14 LINE_DAMAGED 0 0 [] [] [] 1\n15 LINE_DAMAGED 0 0 [] [] [] 1\n16 LINE_DAMAGED 0 0 [] [] [] 1\n17 IN 7000 20251010 [B7] [X] [tujuh] 1\n19 LINE_DAMAGED 0 0 [] [] [] 1\n"
           "20 LINE_DAMAGED 0 0 [] [] [] 1\n",
           "21:3:0 ");
}

static void other_currencies_are_no_payments(void **state) {
    expect(":20:A\n:25:1\n:60F:C251009USD0,\n:61:251010C10,NTRFX//B1\n:62F:C251010USD10,\n", "4 CURRENCY_UNKNOWN 10 20251010 [B1] [X] [] 1\n", "");
}

static void words_outside_of_a_statement_are_told(void **state) {
    expect("Bank Contoh\n:20:A\n:25:1\n:60F:C251009IDR0,\n:62F:C251010IDR0,\n:86:keterangan rekening\nlanjutan\n", "1 LINE_DAMAGED 0 0 [] [] [] \n", "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_with_its_envelope), cmocka_unit_test(reversals_are_told_with_their_sign), cmocka_unit_test(balances_are_checked_by_statement),
        cmocka_unit_test(a_damaged_line_hides_no_other), cmocka_unit_test(other_currencies_are_no_payments),   cmocka_unit_test(words_outside_of_a_statement_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
