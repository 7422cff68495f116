/* The canonical bytes are a promise to auditors: these hashes were computed apart from our code, from the description in canonical.h alone. */
#include <stdio.h>
#include <string.h>

#include "common/edge/crypto.h"
#include "services/ledger/canonical.h"
#include "tests/unit/cmocka_all.h"

enum { ARENA_BYTES = 1 << 20 };

static const struct premium_line line = {.charge = CHARGE_JKK, .from = 202510, .months = 12, .base = 1000000, .rate_ppm = 10000, .normal = 10000, .amount = 10000,
                                         .tariff_row = {(const uint8_t *)"BPU-JKK-2015/01", 15}, .regulation = {(const uint8_t *)"PP 44/2015 \"II\"", 15}};

static void hash_of(struct arena *arena, struct slice message_due, char ret_hex[65]) {
    uint8_t previous[32], hash[SHA256_BYTES];
    for (int i = 0; i < 32; i++) previous[i] = (uint8_t)i;
    struct premium_line lines[1] = {line};
    const struct premium premium = {.line_count = 1, .lines = lines};
    const struct journal_row journal = {.agreement_no = 7, .seq = 3, .version = 1, .kind = slice_text("COMMITMENT"), .business_date = 20250915, .commit_sequence = 42, .outcomes = 1,
                                        .previous = slice_of(previous, 32), .posted_at_us = INT64_C(1757912400000000)};
    const struct entry_row entries[] = {{1, slice_text("KOMITMEN:satu"), 201600}, {2, slice_text("IURAN-KOMITMEN:JKK"), -120000}, {3, slice_text("IURAN-KOMITMEN:JKM"), -81600}};
    struct outcome_row outcome = {.epoch = 2, .partition = 3, .origin = 1999, .attempt = 1, .agreement_no = 7, .batch_id = slice_text("b-1"), .row_number = 17,
                                  .status = OUTCOME_ACCEPTED, .warnings = code_set_with((struct code_set){0}, CODE_W50), .segment = SEGMENT_BPU, .programmes = 3,
                                  .start_month = 202510, .months = 12, .by_charge = {120000, 81600}, .amount = 201600, .registration_date = 20250915,
                                  .lines = canonical_lines(arena, &premium), .message_due = message_due, .commit_sequence = 42, .journal_seq = 3,
                                  .decided_at_us = INT64_C(1757912400000000)};
    memset(outcome.application_id.bytes, 0xaa, ID_BYTES);
    memset(outcome.person.bytes, 0xbb, TOKEN_BYTES);
    struct sha256 *sha = sha256_start();
    sha256_add(sha, canonical_journal(arena, &journal));
    for (size_t i = 0; i < 3; i++) sha256_add(sha, canonical_entry(arena, &entries[i]));
    sha256_add(sha, canonical_outcome(arena, &outcome, journal.version));
    sha256_finish(sha, hash);
    for (int i = 0; i < SHA256_BYTES; i++) (void)snprintf(ret_hex + 2 * i, 3, "%02x", hash[i]); /* two digits and the end */
}

static void a_journal_has_the_hash_that_the_description_gives(void **state) {
    (void)state;
    struct arena *arena = arena_create(ARENA_BYTES);
    char hex[65];
    hash_of(arena, slice_text("ACCEPTED"), hex);
    assert_string_equal(hex, "b50d8b4f4adf4628f3887c988e319341c8e08ebb6a266469a11a2594b81bded7");
    hash_of(arena, (struct slice){0}, hex);
    assert_string_equal(hex, "4f1788b39538190d78c83da8c85f972a4cb05ffdc83545938dfc4d13b534d20b");
    arena_destroy(arena);
}

static void premium_lines_are_json_whatever_the_texts_hold(void **state) {
    (void)state;
    struct arena *arena = arena_create(ARENA_BYTES);
    struct premium_line lines[2] = {line, line};
    lines[1].relief = slice_text("a\\\n");
    const struct premium premium = {.line_count = 2, .lines = lines};
    const struct slice text = canonical_lines(arena, &premium);
    static const char one[] = "{\"programme\":\"JKK\",\"from\":202510,\"months\":12,\"base\":1000000,\"rate_ppm\":10000,\"normal\":10000,\"amount\":10000,"
                              "\"tariff_row\":\"BPU-JKK-2015/01\",\"regulation\":\"PP 44/2015 \\\"II\\\"\"";
    char expected[1024];
    (void)snprintf(expected, sizeof expected, "[%s},%s,\"relief\":\"a\\\\\\u000a\"}]", one, one);
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.size);
    assert_int_equal(canonical_lines(arena, &(struct premium){0}).size, 0);
    arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_journal_has_the_hash_that_the_description_gives), cmocka_unit_test(premium_lines_are_json_whatever_the_texts_hold)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
