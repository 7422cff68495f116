/* What a payer meant to pay, in the words that people and banks write. 170820251000000144 has the check digits of ISO 7064 over 1708202510000001. */
#include "tests/unit/cmocka_all.h"

#include "common/base/check.h"
#include "services/ledger/bank/reference.h"

static void what_is_paid_is_found_in_free_text(void **state) {
    static const struct {
        const char *reference, *description, *found; /* NULL: nothing */
    } vectors[] = {
        {"INV-1708-202510-0001", "", "INV-1708-202510-0001"},
        {"inv 1708 202510 0001", "", "INV-1708-202510-0001"},
        {"", "PEMBAYARAN IURAN INV1708202510001 OKTOBER", "INV-1708-202510-0001"},
        {"", "TRF/INV.17.08/2025.10/0012/DINAS", "INV-1708-202510-0012"},
        {"", "IURAN INV-1708-202510-\n0001", "INV-1708-202510-0001"},
        {"INV-1708-202510-123456", "", "INV-1708-202510-123456"},
        {"INV-1708-202513-0001", "", NULL}, /* no such month */
        {"INV-1708-202510-0000", "", NULL},
        {"INV-1708-202510", "", NULL},
        {"INV", "", NULL},
        {"170820251000000144", "", "170820251000000144"},
        {"", "BAYAR 170820251000000144 TGL 01102025", "170820251000000144"},
        {"", "BAYAR 17082025100\n0000144 LUNAS", "170820251000000144"},
        {"170820251000000145", "", NULL}, /* wrong check digits */
        {"170802510000130", "", NULL},
        {"1708202510000178", "", NULL}, /* 16 digits with right check digits: a code has 18 */
        {"3604010101900030", "", NULL}, {"17082025100001", "", NULL}, {"000170820251000000144", "", NULL}, {"1708202510000\n44", "", NULL},
        {"1708202510000001\n44", "", NULL}, {"1708202510000001 44", "", NULL}, /* 16 digits in a row are never part of one */
        {"178201010199000187", "", NULL}, /* right check digits, but no month */
        {"1708 202510 000001 44", "", "170820251000000144"},
        {"setoran SITI", "170820251000000144", "170820251000000144"}, {"0812345678901", "inv 1708 202510 7", "INV-1708-202510-0007"},
        {"INV-1708-202510-1234567", "", NULL},
        {"0812345678901", "", NULL},
        {"170820251000000144", "INV-1708-202510-0002", "INV-1708-202510-0002"}, /* a number for people counts first */
        {"", "", NULL},
        {"TERIMA KASIH", "setoran tunai", NULL},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char found[INVOICE_NUMBER_MAX];
        const bool any = reference_find(slice_text(vectors[i].reference), slice_text(vectors[i].description), found);
        if (any != (vectors[i].found != NULL) || strcmp(found, any ? vectors[i].found : "") != 0) fail_msg("\"%s\" \"%s\": \"%s\"", vectors[i].reference, vectors[i].description, found);
    }
}

static void the_number_of_a_person_is_none_of_a_payment(void **state) {
    static const struct {
        const char *number;
        bool plain, nik;
    } vectors[] = {
        {"T1", true, false}, {"7", true, false}, {"BR-0001", true, false}, {"20251010123456789", true, false}, {"081234567890", true, false},
        {"", false, false}, {"SITI", false, false}, {"SITI 1", false, false}, {"Jos\xc3\xa9" "1", false, false}, {"1234567890123456", false, false},
        {"3604010101909901", false, true}, {"3604014101909901", false, true}, {"TRX3604010101909901", false, true}, {"3604010101909901-2", false, true},
        {"36.04.01.010190.9901", true, true}, {"2025101000000001", false, false}, {"3604013201909901", false, false}, {"3604010113909901", false, false}, {"3604010101909901" "1", true, false},
        {"4604010101909901", false, false}, {"VA-2025-10-10-12345678", true, false},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct slice number = slice_text(vectors[i].number);
        if (number_is_plain(number) != vectors[i].plain || number_holds_nik(number) != vectors[i].nik) fail_msg("\"%s\"", vectors[i].number);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_paid_is_found_in_free_text), cmocka_unit_test(the_number_of_a_person_is_none_of_a_payment)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
