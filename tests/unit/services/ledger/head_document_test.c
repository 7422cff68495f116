/* A signed head has one text: what stands in it, and that nothing else is read as one. */
#include "services/ledger/head_document.h"

#include "services/ledger/head.h"
#include "tests/unit/cmocka_all.h"

#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define TEXT(number, date, agreement, made_at)                                                                                                             \
    "{\"kind\":\"payung-ledger-head-1\",\"number\":" number ",\"date\":\"" date "\",\"agreement\":\"" agreement "\",\"agreement_no\":1,\"journal\":17,\"hash\":\"" HASH \
    "\",\"totals\":{\"committed\":399974400,\"receivable\":0,\"credit\":-5},\"made_at\":\"" made_at "\"}"

static struct ledger_head example(void) {
    struct ledger_head head = {.number = 3, .date = 20260131, .agreement = slice_text("kepahiang-2025"), .agreement_no = 1, .journal_seq = 17, .committed = 399974400, .credit = -5,
                               .made_at_s = INT64_C(1769904300)};
    for (int i = 0; i < HEAD_HASH_BYTES; i++) head.hash[i] = (uint8_t)i;
    return head;
}

static void it_is_written_in_one_way(void **state) {
    (void)state;
    struct arena *arena = arena_create(1 << 20);
    const struct ledger_head head = example();
    assert_string_equal(arena_text(arena, head_write(arena, &head)), TEXT("3", "2026-01-31", "kepahiang-2025", "2026-02-01T00:05:00Z"));
    arena_destroy(arena);
}

static void it_is_read_back(void **state) {
    (void)state;
    struct arena *arena = arena_create(1 << 20);
    struct ledger_head head = {0};
    const struct slice text = slice_text(TEXT("3", "2026-01-31", "kepahiang-2025", "2026-02-01T00:05:00Z"));
    assert_true(head_read(text, &head));
    assert_int_equal(head.number, 3);
    assert_int_equal(head.date, 20260131);
    assert_int_equal(head.made_at_s, example().made_at_s);
    assert_int_equal(head.credit, -5);
    assert_true(slice_equal(head_write(arena, &head), text));
    arena_destroy(arena);
}

static void nothing_else_is_one(void **state) {
    (void)state;
    static const char *const texts[] = {
        "", "{}", TEXT("03", "2026-01-31", "satu", "2026-02-01T00:05:00Z"), TEXT("-0", "2026-01-31", "satu", "2026-02-01T00:05:00Z"), TEXT("3", "2026-02-30", "satu", "2026-02-01T00:05:00Z"),
        TEXT("3", "31-01-2026", "satu", "2026-02-01T00:05:00Z"), TEXT("3", "2026-01-31", "satu", "2026-02-01T24:00:00Z"), TEXT("3", "2026-01-31", "satu", "2026-02-01 00:05:00Z"),
        TEXT("3", "2026-01-31", "satu", "2026-02-01T00:05:00Z") " ", TEXT("99999999999", "2026-01-31", "satu", "2026-02-01T00:05:00Z"),
        TEXT("3", "2026-01-31", "an-id-that-is-longer-than-any-agreement-of-ours-can-have-as-it-is-bounded", "2026-02-01T00:05:00Z"),
    };
    struct ledger_head head = {.number = 42};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (head_read(slice_text(texts[i]), &head)) fail_msg("%s", texts[i]);
    assert_int_equal(head.number, 42);
}

static void a_line_of_a_file_holds_it_with_key_and_signature(void **state) {
    (void)state;
    struct arena *arena = arena_create(1 << 20);
    struct signed_head head = {.head = example()}, again;
    head.document = head_write(arena, &head.head);
    head.key.bytes[0] = 0xab;
    head.signature[63] = 0xcd;
    const struct slice line = signed_head_write(arena, &head);
    assert_true(signed_head_read(line, &again));
    assert_true(slice_equal(again.document, head.document));
    assert_memory_equal(again.key.bytes, head.key.bytes, sizeof head.key.bytes);
    assert_memory_equal(again.signature, head.signature, sizeof head.signature);
    uint8_t *bytes = arena_take(arena, line.size);
    for (size_t at = 0; at < line.size; at++) { /* a changed byte is another head, or none */
        memcpy(bytes, line.bytes, line.size);
        bytes[at] ^= 1;
        if (!signed_head_read(slice_of(bytes, line.size), &again)) continue;
        assert_false(slice_equal(again.document, head.document) && memcmp(again.key.bytes, head.key.bytes, sizeof head.key.bytes) == 0 &&
                     memcmp(again.signature, head.signature, sizeof head.signature) == 0);
    }
    for (size_t size = 0; size < line.size; size++) assert_false(signed_head_read(slice_of(line.bytes, size), &again));
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_written_in_one_way), cmocka_unit_test(it_is_read_back), cmocka_unit_test(nothing_else_is_one),
                                       cmocka_unit_test(a_line_of_a_file_holds_it_with_key_and_signature)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
