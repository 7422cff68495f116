/* The code of a card: written, shown, typed by people, and damaged. */
#include "tests/unit/cmocka_all.h"

#include "services/notification/cards/card_code.h"

static void a_code_is_read_as_it_was_written(void **state) {
    static const struct card_code codes[] = {{1, 0}, {CARD_NUMBER_MAX, (UINT64_C(1) << 50) - 1}, {2000, UINT64_C(0x2aaaaaaaaaaaa)}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        char text[CARD_CODE_TEXT], shown[CARD_CODE_SHOWN];
        struct card_code code;
        card_code_format(codes[i], text);
        card_code_show(codes[i], shown);
        assert_int_equal(strlen(text), CARD_CODE_SIGNS);
        assert_int_equal(strlen(shown), CARD_CODE_SIGNS + 3);
        for (int k = 0; k < 2; k++) {
            assert_true(card_code_parse(slice_text(k == 0 ? text : shown), &code));
            assert_true(code.number == codes[i].number && code.proof == codes[i].proof);
        }
    }
}

static void the_signs_are_those_of_crockford(void **state) {
    char text[CARD_CODE_TEXT];
    card_code_format((struct card_code){1, 0}, text);
    assert_string_equal(text, "0000010000000000");
    card_code_format((struct card_code){CARD_NUMBER_MAX, 31}, text);
    assert_string_equal(text, "ZZZZZZ000000000Z");
}

static void people_type_as_they_like(void **state) {
    static const char *const typed[] = {"000001abcdefghjk", "0000-01AB-CDEF-GHJK", "OOOOO1 abcd efgh jk", "ooooolABCDEFGHJK", "oooooIABCDEFGHJK"};
    struct card_code first, code;
    assert_true(card_code_parse(slice_text(typed[0]), &first));
    assert_int_equal(first.number, 1);
    for (size_t i = 1; i < sizeof typed / sizeof *typed; i++) {
        assert_true(card_code_parse(slice_text(typed[i]), &code));
        assert_true(code.number == first.number && code.proof == first.proof);
    }
}

static void what_is_no_code_is_refused(void **state) {
    static const char *const wrong[] = {"", "0", "000001ABCDEFGHJ", "000001ABCDEFGHJKM", "0000000000000000", "000001ABCDEFGHJU", "000001ABCDEFGHJ*", "000001ABCDEFGHJ\xc3\xa9",
                                        "0000-01AB-CDEF-GHJK----------------------------"};
    struct card_code code = {7, 7};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(card_code_parse(slice_text(wrong[i]), &code));
    assert_false(card_code_parse(slice_of("000001ABCDEFGHJ\0", 16), &code));
    assert_true(code.number == 7 && code.proof == 7);
}

static void the_proof_is_the_first_fifty_bits(void **state) {
    const struct id all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}, one = {{0x80}}, last = {{0, 0, 0, 0, 0, 0, 0x40}}, beyond = {{0, 0, 0, 0, 0, 0, 0x3f, 0xff, 0xff}};
    assert_true(card_proof(all) == (UINT64_C(1) << 50) - 1);
    assert_true(card_proof(one) == UINT64_C(1) << 49);
    assert_true(card_proof(last) == 1);
    assert_true(card_proof(beyond) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_is_read_as_it_was_written), cmocka_unit_test(the_signs_are_those_of_crockford),  cmocka_unit_test(people_type_as_they_like),
        cmocka_unit_test(what_is_no_code_is_refused),       cmocka_unit_test(the_proof_is_the_first_fifty_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
