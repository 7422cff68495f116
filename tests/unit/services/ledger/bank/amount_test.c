/* Amounts and days as banks write them, each with what it must be worth. */
#include "tests/unit/cmocka_all.h"

#include "common/base/check.h"
#include "services/ledger/bank/amount.h"

static void an_amount_is_read_as_a_person_would(void **state) {
    static const struct {
        const char *text;
        enum amount_reading reading;
        rupiah amount;
        enum amount_mark mark;
    } vectors[] = {
        {"33.331.200,00", AMOUNT_READ, 33331200, MARK_NONE}, {"Rp 33.331.200", AMOUNT_READ, 33331200, MARK_NONE}, {"33331200.00", AMOUNT_READ, 33331200, MARK_NONE},
        {"33,331,200.00", AMOUNT_READ, 33331200, MARK_NONE}, {"33331200,", AMOUNT_READ, 33331200, MARK_NONE},     {"Rp33.331.200,-", AMOUNT_READ, 33331200, MARK_NONE},
        {"33331200", AMOUNT_READ, 33331200, MARK_NONE},      {"IDR 33,331,200", AMOUNT_READ, 33331200, MARK_NONE}, {" 1.000 ", AMOUNT_READ, 1000, MARK_NONE},
        {"1,000", AMOUNT_READ, 1000, MARK_NONE},             {"1.5", AMOUNT_WITH_SEN, 1, MARK_NONE},               {"1,50", AMOUNT_WITH_SEN, 1, MARK_NONE},
        {"5.000 CR", AMOUNT_READ, 5000, MARK_CREDIT},        {"5.000DB", AMOUNT_READ, 5000, MARK_DEBIT},           {"D 5.000", AMOUNT_READ, 5000, MARK_DEBIT},
        {"-5.000", AMOUNT_READ, -5000, MARK_NONE},           {"(5.000)", AMOUNT_READ, -5000, MARK_NONE},           {"5.000-", AMOUNT_READ, -5000, MARK_NONE},
        {"+5.000,00", AMOUNT_READ, 5000, MARK_NONE},         {"'5000", AMOUNT_READ, 5000, MARK_NONE},              {"0,00", AMOUNT_READ, 0, MARK_NONE},
        {"100.000.000.000.000", AMOUNT_READ, INT64_C(100000000000000), MARK_NONE},                                  {"100.000.000.000.001", AMOUNT_BEYOND, 0, MARK_NONE},
        {"9223372036854775808", AMOUNT_BEYOND, 0, MARK_NONE}, {"99999999999999999999999999999999", AMOUNT_BEYOND, 0, MARK_NONE},
        {"", AMOUNT_EMPTY, 0, MARK_NONE},                    {" - ", AMOUNT_EMPTY, 0, MARK_NONE},                  {"Rp", AMOUNT_UNREADABLE, 0, MARK_NONE},
        {"1.00.000", AMOUNT_UNREADABLE, 0, MARK_NONE},       {"1.000,000,000", AMOUNT_UNREADABLE, 0, MARK_NONE},   {"1.0000", AMOUNT_UNREADABLE, 0, MARK_NONE},
        {"1e5", AMOUNT_UNREADABLE, 0, MARK_NONE},            {"3,33E+07", AMOUNT_UNREADABLE, 0, MARK_NONE},        {"abc", AMOUNT_UNREADABLE, 0, MARK_NONE},
        {"--5", AMOUNT_UNREADABLE, 0, MARK_NONE},            {",50", AMOUNT_UNREADABLE, 0, MARK_NONE},             {"33.331.200,0x", AMOUNT_UNREADABLE, 0, MARK_NONE},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const struct amount seen = amount_read(slice_text(vectors[i].text));
        if (seen.reading != vectors[i].reading || seen.amount != vectors[i].amount || seen.mark != vectors[i].mark)
            fail_msg("\"%s\": reading %d, amount %lld, mark %d", vectors[i].text, seen.reading, (long long)seen.amount, seen.mark);
    }
    assert_int_equal(amount_read(slice_text("1.234,56")).sen, 123456);
    assert_int_equal(amount_read(slice_text("-1.234,5")).sen, -123450);
}

static void a_day_is_read_in_the_forms_of_banks(void **state) {
    static const struct {
        const char *text;
        day_t day;
    } vectors[] = {
        {"2025-10-01", 20251001}, {"01/10/2025", 20251001}, {"01.10.2025", 20251001}, {"01/10/25", 20251001},    {"20251001", 20251001},         {"01 Okt 2025", 20251001},
        {"1-Oct-25", 20251001},   {"'01/10/2025", 20251001}, {"1/10/2025", 20251001}, {"31 Desember 2025", 20251231}, {"2025-10-01 08:12:33", 20251001},
        {"2025-10-10T09:00:00+07:00", 20251010}, {"01/10/2025 8:12", 20251001}, {"29 Feb 2024", 20240229},
        {"29 Feb 2025", 0},       {"32/10/2025", 0},         {"13/13/2025", 0},       {"01/10", 0},              {"PEND", 0},                    {"", 0},
        {"20251301", 0},          {"01/10/202", 0},          {"01/10/2025/2", 0},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        day_t day = 0;
        const bool read = bank_day_read(slice_text(vectors[i].text), &day);
        if (read != (vectors[i].day != 0) || day != vectors[i].day) fail_msg("\"%s\": %d", vectors[i].text, day);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(an_amount_is_read_as_a_person_would), cmocka_unit_test(a_day_is_read_in_the_forms_of_banks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
