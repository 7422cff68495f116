/* Numbers and billing codes of invoices: made, checked, read back as payers and banks write them. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/ledger/billing.h"

static void a_number_has_region_month_and_sequence(void **state) {
    (void)state;
    char number[INVOICE_NUMBER_MAX];
    invoice_number_make(1708, 202510, 1, number);
    assert_string_equal(number, "INV-1708-202510-0001");
    invoice_number_make(0, 202601, 12345, number);
    assert_string_equal(number, "INV-0000-202601-12345");
}

static void a_billing_code_ends_with_two_digits_that_check_the_others(void **state) {
    (void)state;
    char code[BILLING_CODE_DIGITS + 1];
    billing_code_make(1708, 202510, 1, code);
    assert_memory_equal(code, "1708202510000001", 16);
    /* ISO 7064 MOD 97-10: 98 - (1708202510000001 * 100 mod 97), computed apart */
    assert_int_equal(1708202510000001 * 100 % 97 + (code[16] - '0') * 10 + (code[17] - '0'), 98);
    assert_true(billing_code_is_valid(slice_text(code)));
    billing_code_make(9471, 299912, INVOICE_SEQUENCE_MAX, code);
    assert_true(billing_code_is_valid(slice_text(code)));
    billing_code_make(0, 190001, 1, code);
    assert_true(billing_code_is_valid(slice_text(code)));
}

static void every_wrong_digit_and_every_two_that_changed_places_are_seen(void **state) {
    (void)state;
    char code[BILLING_CODE_DIGITS + 1];
    for (int32_t sequence = 1; sequence < 2000; sequence += 37) {
        billing_code_make(3604, 202611, sequence, code);
        for (int i = 0; i < BILLING_CODE_DIGITS; i++) {
            const char right = code[i];
            for (char digit = '0'; digit <= '9'; digit++) {
                code[i] = digit;
                assert_int_equal(billing_code_is_valid(slice_text(code)), digit == right);
            }
            code[i] = right;
            if (i == 0 || code[i - 1] == right) continue;
            code[i] = code[i - 1];
            code[i - 1] = right;
            assert_false(billing_code_is_valid(slice_text(code)));
            code[i - 1] = code[i];
            code[i] = right;
        }
    }
    assert_false(billing_code_is_valid(slice_text("")));
    assert_false(billing_code_is_valid(slice_text("17082025100000019")));
}

static void references_are_read_as_people_write_them(void **state) {
    (void)state;
    char code[BILLING_CODE_DIGITS + 1], known[INVOICE_NUMBER_MAX];
    billing_code_make(1708, 202510, 1, code);
    char spaced[48];
    (void)snprintf(spaced, sizeof spaced, " %.4s %.6s.%.6s-%.2s ", code, code + 4, code + 10, code + 16);
    const struct { const char *written, *known; } cases[] = {
        {"INV-1708-202510-0001", "INV-1708-202510-0001"}, {"inv-1708-202510-0001", "INV-1708-202510-0001"}, {"INV 1708 202510 0001", "INV-1708-202510-0001"},
        {"INV.1708.202510.0001", "INV-1708-202510-0001"}, {"inv/1708/202510/0001\r\n", "INV-1708-202510-0001"}, {"INV17082025100001", "INV-1708-202510-0001"},
        {"INV-1708-202510-12345", "INV-1708-202510-12345"}, {"\xc2\xa0INV-1708-202510-0001", "INV-1708-202510-0001"}, {code, code}, {spaced, code},
        {"", NULL}, {"INV", NULL}, {"INV-1708-202513-0001", NULL}, {"INV-1708-202510-0000", NULL}, {"INV-1708-202510-001", NULL}, {"INV-1708-202510-1234567", NULL},
        {"INV-1708-202510-0001 iuran", NULL}, {"170820251000000100", NULL}, {"dari Pemkab", NULL}, {"INV-17O8-202510-0001", NULL}, {"\xff\xfe", NULL},
        {"11111111111111111111111111111111111111111111", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const bool is_known = reference_read(slice_text(cases[i].written), known);
        assert_int_equal(is_known, cases[i].known != NULL);
        if (is_known) assert_string_equal(known, cases[i].known);
    }
    assert_false(reference_read(slice_of(NULL, 0), known));
}

static void what_may_be_a_person_is_not_shown(void **state) {
    (void)state;
    const struct { const char *written, *shown; } cases[] = {
        {"INV-1708-202510-0001", "INV-1708-202510-0001"}, {"BUDI SANTOSO INV-17O8-202510-0001", "... INV-17O8-202510-0001"}, {"3604010101909901", "..."}, {"HP 081234567890", "..."},
        {"170820251000000112", "170820251000000112"}, {"", ""}, {"TRF/081234567890/INV", "..."}, {"SETORAN 10-2025 a.n. Siti", "... 10-2025 ..."}, {"caf\xc3\xa9" "1", "..."},
    };
    char shown[REFERENCE_SHOWN_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reference_show(slice_text(cases[i].written), shown);
        assert_string_equal(shown, cases[i].shown);
    }
    char many[512];
    memset(many, 'a', sizeof many);
    for (size_t i = 0; i < sizeof many; i += 4) memcpy(many + i, "a1b ", 4);
    reference_show(slice_of(many, sizeof many), shown);
    assert_in_range(strlen(shown), REFERENCE_SHOWN_MAX - 6, REFERENCE_SHOWN_MAX - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_has_region_month_and_sequence),
        cmocka_unit_test(a_billing_code_ends_with_two_digits_that_check_the_others),
        cmocka_unit_test(every_wrong_digit_and_every_two_that_changed_places_are_seen),
        cmocka_unit_test(references_are_read_as_people_write_them),
        cmocka_unit_test(what_may_be_a_person_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
