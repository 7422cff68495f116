/* Codes, programmes, money, ids, names and phone numbers: the words of the domain as text and back. */
#include "tests/unit/cmocka_all.h"

#include "common/domain/application.h"
#include "common/domain/name.h"
#include "common/domain/phone.h"
#include "common/domain/text.h"

static void codes_are_told_in_the_order_of_their_table(void **state) {
    struct code_set set = {0};
    char text[CODE_SET_TEXT_MAX];
    assert_int_equal(code_set_format(set, text), 0);
    set = code_set_with(code_set_with(code_set_with(set, CODE_E80), CODE_W20), CODE_E01);
    assert_int_equal(code_set_format(set, text), 11);
    assert_string_equal(text, "E01 E80 W20");
    struct code_set again = {0};
    assert_true(code_set_parse(slice_text(text), &again));
    assert_int_equal(again.bits, set.bits);
    assert_false(code_set_parse(slice_text("E01 E99"), &again));
    assert_int_equal(code_set_of_group(set, 1).bits, code_set_with(code_set_with((struct code_set){0}, CODE_E01), CODE_E80).bits);
    assert_int_equal(code_set_of_kind(set, CODE_WARNING).bits, code_set_with((struct code_set){0}, CODE_W20).bits);
    assert_null(code_row(CODE_NONE));
    assert_null(code_row((enum code)63));
}

static void every_code_fits_in_all_and_every_reason_in_a_letter(void **state) {
    char text[CODE_SET_TEXT_MAX];
    struct code_set all = {0}, again = {0};
    for (int i = 1; i < CODE_LIMIT; i++) {
        const struct code_row *row = code_row((enum code)i);
        enum code code = CODE_NONE;
        if (row == NULL) continue;
        all = code_set_with(all, row->code);
        assert_true(code_parse(slice_text(row->text), &code) && code == row->code);
        assert_true(strlen(row->reason) <= 40); /* bytes; the law note allows 36 characters */
        assert_true(strlen(row->remedy) > 0);
    }
    size_t size = code_set_format(all, text);
    assert_int_equal(size, strlen(text));
    assert_true(code_set_parse(slice_text(text), &again));
    assert_int_equal(again.bits, all.bits);
}

static void programmes_are_sets(void **state) {
    programme_set set = 0;
    char text[PROGRAMME_SET_TEXT_MAX];
    assert_true(programme_set_parse(slice_text("jkm+JKK"), &set));
    assert_int_equal(programme_set_format(set, text), 7);
    assert_string_equal(text, "JKK+JKM");
    assert_true(programme_set_parse(slice_text("JKK, JKM JHT"), &set));
    assert_int_equal(set, 7);
    assert_false(programme_set_parse(slice_text(""), &set));
    assert_false(programme_set_parse(slice_text("+"), &set));
    assert_false(programme_set_parse(slice_text("JKK+JKX"), &set));
    assert_int_equal(set, 7);
    (void)programme_set_format(31, text);
    assert_string_equal(text, "JKK+JKM+JHT+JP+JKP");
    enum employer_size size = EMPLOYER_SIZE_NONE;
    assert_true(employer_size_parse(slice_text("mikro"), &size) && size == EMPLOYER_MICRO);
    assert_true(employer_size_parse(slice_text("LARGE"), &size) && size == EMPLOYER_LARGE);
    assert_false(employer_size_parse(slice_text("raksasa"), &size));
    enum jakon_basis basis = JAKON_BASIS_NONE;
    assert_true(jakon_basis_parse(slice_text("Kontrak"), &basis) && basis == JAKON_BASIS_CONTRACT);
    assert_false(jakon_basis_parse(slice_text(""), &basis));
    enum pmi_route route = PMI_ROUTE_NONE;
    assert_true(pmi_route_parse(slice_text("perseorangan"), &route) && route == PMI_ROUTE_INDIVIDUAL);
    assert_false(pmi_route_parse(slice_text("laut"), &route));
    assert_int_equal(charge_programmes(CHARGE_PACKAGE), 3);
    assert_int_equal(charge_programmes(CHARGE_JP), 8);
    enum segment segment = SEGMENT_NONE;
    assert_true(segment_parse(slice_text(" bpu"), &segment) && segment == SEGMENT_BPU);
    assert_false(segment_parse(slice_text(""), &segment));
    enum funds funds = FUNDS_NONE;
    assert_true(funds_parse(slice_text("APBD"), &funds) && funds == FUNDS_APBD);
    assert_string_equal(funds_name(FUNDS_PRIBADI), "PRIBADI");
}

static void money_is_read_as_people_write_it(void **state) {
    static const struct {
        const char *text;
        rupiah amount; /* -1 = refused */
    } cases[] = {{"16800", 16800},     {"16.800", 16800},   {"Rp 16.800,-", 16800}, {"Rp16.800", 16800}, {"rp. 1.000.000,00", 1000000}, {"1 000 000", 1000000}, {"0", 0},
                 {"1.984", 1984},      {"IDR 5", 5},        {"100000000000001", 100000000000001}, {"1.5", -1},     {"1.50", -1},   {"16,800", -1},  {"-5", -1},      {"", -1},
                 {"Rp", -1},           {"12.34.567", -1},   {"1234.567", -1},       {".567", -1},        {"16800,50", -1}, {"1e6", -1},     {"99999999999999999999", -1}, {"1..000", -1},
                 {"4,000,000", 4000000}, {"16,800.00", 16800}, {"Rp4,250,000.00", 4250000}, {"16800.00", 16800}, {"4,000,00", -1}, {"4,000.000", -1}, {"1.000.000.00", -1}, {"4,00,000", -1},
                 {",000,000", -1},     {"4,000,000,-", -1}, {".00", -1},            {"Rp\xC2\xA0" "16.800", 16800}, {"1,000,000.5", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rupiah amount = -1;
        bool read = rupiah_parse(slice_text(cases[i].text), &amount);
        if (read != (cases[i].amount >= 0) || amount != cases[i].amount) fail_msg("'%s': %lld", cases[i].text, (long long)amount);
    }
    char text[32];
    rupiah_format(16800, text);
    assert_string_equal(text, "Rp16.800");
    rupiah_format(0, text);
    assert_string_equal(text, "Rp0");
    rupiah_format(INT64_MIN, text);
    assert_string_equal(text, "-Rp9.223.372.036.854.775.808");
}

static void shares_round_half_up_once(void **state) {
    assert_int_equal(rupiah_share(1000000, 10000), 10000);
    assert_int_equal(rupiah_share(1234375, 2400), 2963); /* 2,962.5: U08 of the law note */
    assert_int_equal(rupiah_share(3333333, 37000), 123333);
    assert_int_equal(rupiah_share(RUPIAH_INPUT_MAX, 1000000), RUPIAH_INPUT_MAX);
    assert_int_equal(rupiah_share(RUPIAH_INPUT_MAX - 1, 2100), 210000000000); /* ...999,997.9 */
    assert_int_equal(rupiah_share(0, 1000000), 0);
    rupiah sum = 7;
    assert_false(rupiah_add(INT64_MAX, 1, &sum));
    assert_false(rupiah_multiply(INT64_MAX / 2, 3, &sum));
    assert_int_equal(sum, 7);
}

static void ids_are_32_hexadecimal_digits(void **state) {
    struct id id, again;
    char text[2 * ID_BYTES + 1];
    for (int i = 0; i < ID_BYTES; i++) id.bytes[i] = (uint8_t)(i * 17);
    id_format(id, text);
    assert_string_equal(text, "00112233445566778899aabbccddeeff");
    assert_true(id_parse(slice_text("00112233445566778899AABBccddeeff"), &again));
    assert_memory_equal(&id, &again, sizeof id);
    assert_false(id_parse(slice_text("0011"), &again));
    assert_false(id_parse(slice_text("00112233445566778899aabbccddeefg"), &again));
    assert_string_equal(outcome_name(OUTCOME_WAITLISTED), "waitlisted");
}

static void bytes_are_told_in_lower_case_digits(void **state) {
    (void)state;
    const uint8_t bytes[] = {0x00, 0x9a, 0xff};
    uint8_t back[3] = {0};
    char text[7];
    text_hex(slice_of(bytes, sizeof bytes), text);
    assert_string_equal(text, "009aff");
    assert_true(text_hex_read(slice_text(text), back));
    assert_memory_equal(back, bytes, sizeof bytes);
    assert_false(text_hex_read(slice_text("009af"), back));
    assert_false(text_hex_read(slice_text("009AFF"), back));
    assert_false(text_hex_read(slice_text("0g"), back));
    text_hex(slice_text(""), text);
    assert_string_equal(text, "");
    assert_true(text_hex_read(slice_text(""), back));
}

static void texts_in_a_fixed_form_are_read_from_their_front(void **state) {
    const struct slice text = slice_text("{\"n\":0120,9");
    struct text_reader reader = {.at = text.bytes, .end = text.bytes + text.size};
    int64_t number = -1;
    assert_false(text_takes(&reader, "{\"m\":"));
    assert_true(text_takes(&reader, "{\"n\":"));
    assert_true(text_takes_number(&reader, 120, &number));
    assert_int_equal(number, 120);
    assert_false(text_takes_number(&reader, 120, &number)); /* a comma */
    assert_true(text_takes(&reader, ","));
    assert_false(text_takes_number(&reader, 8, &number)); /* more than the most */
    assert_int_equal(number, 120);
    reader.at = reader.end;
    assert_false(text_takes(&reader, "9") || text_takes_number(&reader, 8, &number));
    const struct slice most = slice_text("9223372036854775807"), more = slice_text("9223372036854775808");
    reader = (struct text_reader){.at = most.bytes, .end = most.bytes + most.size};
    assert_true(text_takes_number(&reader, INT64_MAX, &number) && number == INT64_MAX);
    reader = (struct text_reader){.at = more.bytes, .end = more.bytes + more.size};
    assert_false(text_takes_number(&reader, INT64_MAX, &number));
}

static void names_of_people_are_taken_as_they_are(void **state) {
    static const struct {
        const char *typed, *tidy;
        bool valid;
    } cases[] = {{"SUHARTO", "SUHARTO", true},    {"  Siti \t Sa'diyah ", "Siti Sa'diyah", true}, {"H. Al-Amin, S.Ip", "H. Al-Amin, S.Ip", true}, {"Jos\xC3\xA9", "Jos\xC3\xA9", true},
                 {"B", "B", false},               {"B4mbang", "B4mbang", false},                  {"..", "..", false},                           {"Budi\x01", "Budi\x01", false},
                 {"Bu\xC3", "Bu\xC3", false},     {"Ab", "Ab", true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[NAME_TEXT_MAX];
        size_t size = name_normalise(slice_text(cases[i].typed), name);
        assert_string_equal(name, cases[i].tidy);
        if (name_is_valid(slice_of(name, size)) != cases[i].valid) fail_msg("case %zu", i);
    }
    char longest[NAME_BYTES_MAX + 50], name[NAME_TEXT_MAX];
    memset(longest, 'a', sizeof longest);
    assert_true(name_is_valid(slice_of(name, name_normalise(slice_of(longest, NAME_BYTES_MAX), name))));
    assert_false(name_is_valid(slice_of(name, name_normalise(slice_of(longest, NAME_BYTES_MAX + 1), name))));
    assert_false(name_is_valid(slice_of(name, name_normalise(slice_of(longest, sizeof longest), name))));
}

static void mobile_numbers_get_one_form(void **state) {
    static const struct {
        const char *typed, *form;
    } cases[] = {{"0840 1234-5678", "+6284012345678"}, {"84012345678", "+6284012345678"}, {"6284012345678", "+6284012345678"}, {"+62 840 1234 5678", "+6284012345678"},
                 {"(0840) 1234.5678", "+6284012345678"}, {"081234567", "+6281234567"},    {"0812345678901", "+62812345678901"}, {"08123456", ""}, {"08123456789012", ""},
                 {"021-1234567", ""},                    {"+1 840 1234 567", ""},         {"", ""},                             {"08x", ""}, {"62", ""}, {"+", ""},
                 {"620812345678", ""},                   {"0840123456789012345678901234567890", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char form[PHONE_TEXT_MAX];
        bool usable = phone_normalise(slice_text(cases[i].typed), form);
        if (usable != (cases[i].form[0] != '\0') || strcmp(form, cases[i].form) != 0) fail_msg("'%s': '%s'", cases[i].typed, form);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_told_in_the_order_of_their_table), cmocka_unit_test(every_code_fits_in_all_and_every_reason_in_a_letter),
        cmocka_unit_test(programmes_are_sets),                        cmocka_unit_test(money_is_read_as_people_write_it),
        cmocka_unit_test(shares_round_half_up_once),                  cmocka_unit_test(ids_are_32_hexadecimal_digits),
        cmocka_unit_test(bytes_are_told_in_lower_case_digits),        cmocka_unit_test(texts_in_a_fixed_form_are_read_from_their_front),
        cmocka_unit_test(names_of_people_are_taken_as_they_are),      cmocka_unit_test(mobile_numbers_get_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
