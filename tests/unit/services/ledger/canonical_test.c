/* The canonical bytes are a promise to auditors: these hashes were computed apart from our code, from the description in canonical.h alone. */
#include <stdio.h>
#include <string.h>

#include "common/edge/crypto.h"
#include "services/ledger/canonical.h"
#include "tests/unit/cmocka_all.h"

enum { ARENA_BYTES = 1 << 20 };

static const struct premium_line line = {.charge = CHARGE_JKK, .from = 202510, .months = 12, .base = 1000000, .rate_ppm = 10000, .normal = 10000, .amount = 10000,
                                         .tariff_row = {(const uint8_t *)"BPU-JKK-2015/01", 15}, .regulation = {(const uint8_t *)"PP 44/2015 \"II\"", 15}};

static void hash_of(struct arena *arena, int version, bool is_migrant, struct slice message_due, char ret_hex[65]) {
    uint8_t previous[32], hash[SHA256_BYTES];
    for (int i = 0; i < 32; i++) previous[i] = (uint8_t)i;
    struct premium_line lines[2] = {line};
    if (is_migrant) {
        lines[0] = (struct premium_line){.charge = CHARGE_PACKAGE, .once = true, .from = 202510, .months = 1, .normal = 370000, .amount = 370000, .tariff_row = slice_text("PMI-24"),
                                         .regulation = slice_text("Permenaker 4/2023")};
        lines[1] = (struct premium_line){.charge = CHARGE_JHT, .share = SHARE_WORKER, .from = 202510, .months = 24, .normal = 100000, .amount = 100000, .tariff_row = slice_text("PMI-JHT"),
                                         .regulation = slice_text("Permenaker 4/2023")};
    }
    const struct premium premium = {.line_count = is_migrant ? 2 : 1, .lines = lines};
    const struct journal_row journal = {.agreement_no = 7, .seq = 3, .version = version, .kind = slice_text("COMMITMENT"), .business_date = 20250915, .commit_sequence = 42,
                                        .outcomes = 1, .previous = slice_of(previous, 32), .posted_at_us = INT64_C(1757912400000000)};
    const struct entry_row local[] = {{1, slice_text("KOMITMEN:satu"), 201600}, {2, slice_text("IURAN-KOMITMEN:JKK"), -120000}, {3, slice_text("IURAN-KOMITMEN:JKM"), -81600}};
    const struct entry_row migrant[] = {{1, slice_text("KOMITMEN:satu"), 2770000}, {2, slice_text("IURAN-KOMITMEN:JHT"), -2400000}, {3, slice_text("IURAN-KOMITMEN:PACKAGE"), -370000}};
    struct outcome_row outcome = {.epoch = 2, .partition = 3, .origin = 1999, .attempt = 1, .agreement_no = 7, .batch_id = slice_text("b-1"), .row_number = 17,
                                  .status = OUTCOME_ACCEPTED, .warnings = code_set_with((struct code_set){0}, CODE_W50), .segment = SEGMENT_BPU, .programmes = 3,
                                  .start_month = 202510, .months = 12, .by_charge = {120000, 81600}, .amount = 201600, .registration_date = 20250915,
                                  .lines = canonical_lines(arena, &premium), .message_due = message_due, .commit_sequence = 42, .journal_seq = 3,
                                  .decided_at_us = INT64_C(1757912400000000)};
    if (is_migrant) {
        outcome.segment = SEGMENT_PMI;
        outcome.programmes = 7;
        outcome.months = 24;
        memset(outcome.by_charge, 0, sizeof outcome.by_charge);
        outcome.by_charge[PROGRAMME_JHT] = 2400000;
        outcome.by_charge[LEDGER_PACKAGE] = 370000;
        outcome.amount = 2770000;
    }
    memset(outcome.application_id.bytes, 0xaa, ID_BYTES);
    memset(outcome.person.bytes, 0xbb, TOKEN_BYTES);
    struct sha256 *sha = sha256_start();
    sha256_add(sha, canonical_journal(arena, &journal));
    for (size_t i = 0; i < 3; i++) sha256_add(sha, canonical_entry(arena, is_migrant ? &migrant[i] : &local[i]));
    sha256_add(sha, canonical_outcome(arena, &outcome, version));
    sha256_finish(sha, hash);
    for (int i = 0; i < SHA256_BYTES; i++) (void)snprintf(ret_hex + 2 * i, 3, "%02x", hash[i]); /* two digits and the end */
}

static void a_journal_has_the_hash_that_the_description_gives(void **state) {
    (void)state;
    static const struct {
        int version;
        bool is_migrant, is_told;
        const char *hex;
    } vectors[] = {
        {1, false, true, "b50d8b4f4adf4628f3887c988e319341c8e08ebb6a266469a11a2594b81bded7"}, {1, false, false, "4f1788b39538190d78c83da8c85f972a4cb05ffdc83545938dfc4d13b534d20b"},
        {2, false, true, "66e6565cf5facc56300c7203443350a8dd32593fd744e3987a644f1706b661bf"}, {2, false, false, "5cf809ce82cc1c93295d8d255a373ce29576fb4348aa2b1378b2977fe1e5e3df"},
        {2, true, true, "8f3e652efafaab1674671bebf39c0c266e5a6600f1596ca3849caf72882f36e2"},
    };
    struct arena *arena = arena_create(ARENA_BYTES);
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char hex[65];
        hash_of(arena, vectors[i].version, vectors[i].is_migrant, vectors[i].is_told ? slice_text("ACCEPTED") : (struct slice){0}, hex);
        assert_string_equal(hex, vectors[i].hex);
    }
    arena_destroy(arena);
}

/* Version 3: a place, lines, a reference, a reason and what is reversed. */
static void a_journal_with_lines_has_its_hash_too(void **state) {
    (void)state;
    struct arena *arena = arena_create(ARENA_BYTES);
    const struct premium premium = {.line_count = 1, .lines = (struct premium_line[]){line}};
    const struct entry_row entries[] = {{1, slice_text("KOMITMEN:satu"), 201600}, {2, slice_text("IURAN-KOMITMEN:JKK"), -120000}, {3, slice_text("IURAN-KOMITMEN:JKM"), -81600}};
    static const char *const hex[] = {"24d6a5f4df116b5d843b6a712e9ddeab63711b63a9b525c5a9696dcca27f7764", "a4ef59bdf116d119094a8c120db9d7e1c51d4bf35d4615ee7d29db867f1b63fd"};
    for (int with_lines = 0; with_lines < 2; with_lines++) {
        uint8_t previous[32], hash[SHA256_BYTES], id[ID_BYTES];
        char seen[65];
        for (int i = 0; i < 32; i++) previous[i] = (uint8_t)i;
        memset(id, 0xaa, sizeof id);
        const struct journal_row journal = {.agreement_no = 7, .seq = 3, .version = 3, .kind = slice_text("COMMITMENT"), .business_date = 20250915, .commit_sequence = 42, .outcomes = 1,
                                            .lines = with_lines ? 2 : 0, .reference = slice_text(with_lines ? "INV-1708-202511-0004" : ""), .reason = slice_text(with_lines ? "CORRECTION" : ""),
                                            .reverses = with_lines ? 2 : 0, .previous = slice_of(previous, 32), .posted_at_us = INT64_C(1757912400000000)};
        struct outcome_row outcome = {.epoch = 2, .partition = 3, .origin = 1999, .attempt = 1, .agreement_no = 7, .batch_id = slice_text("b-1"), .row_number = 17, .status = OUTCOME_ACCEPTED,
                                      .warnings = code_set_with((struct code_set){0}, CODE_W50), .segment = SEGMENT_BPU, .programmes = 3, .start_month = 202510, .months = 12,
                                      .by_charge = {120000, 81600}, .amount = 201600, .place = 9, .registration_date = 20250915, .lines = canonical_lines(arena, &premium),
                                      .message_due = with_lines ? (struct slice){0} : slice_text("ACCEPTED"), .commit_sequence = 42, .journal_seq = 3, .decided_at_us = INT64_C(1757912400000000)};
        memset(outcome.application_id.bytes, 0xaa, ID_BYTES);
        memset(outcome.person.bytes, 0xbb, TOKEN_BYTES);
        const struct line_row lines[] = {
            {.position = 0, .month = 202511, .kind = LINE_INVOICED, .place = 9, .months = 1, .by_charge = {5000, 3400}, .is_reduced = true, .reduction = {5000, 3400},
             .relief = slice_text("R-2026-N"), .amount = 8400, .day = 20251101, .reason = slice_text(""), .detail = slice_text(""), .invoice_no = 4},
            {.position = 1, .month = 202511, .kind = LINE_UNRESERVED, .application_id = slice_of(id, sizeof id), .months = 1, .reserved = -201600, .waiting = 1, .reserved_heads = -1,
             .day = 20251101, .reason = slice_text("EXPIRED"), .detail = slice_text("x"), .message_due = slice_text("LAPSED")},
        };
        struct sha256 *sha = sha256_start();
        sha256_add(sha, canonical_journal(arena, &journal));
        for (size_t i = 0; i < 3; i++) sha256_add(sha, canonical_entry(arena, &entries[i]));
        sha256_add(sha, canonical_outcome(arena, &outcome, 3));
        for (int i = 0; i < journal.lines; i++) sha256_add(sha, canonical_line(arena, &lines[i]));
        sha256_finish(sha, hash);
        for (int i = 0; i < SHA256_BYTES; i++) (void)snprintf(seen + 2 * i, 3, "%02x", hash[i]); /* two digits and the end */
        assert_string_equal(seen, hex[with_lines]);
    }
    arena_destroy(arena);
}

static void premium_lines_are_json_whatever_the_texts_hold(void **state) {
    (void)state;
    struct arena *arena = arena_create(ARENA_BYTES);
    struct premium_line lines[2] = {line, line};
    lines[1].relief = slice_text("a\\\n");
    lines[1].share = SHARE_WORKER;
    lines[1].once = true;
    lines[1].normal = -5;
    const struct premium premium = {.line_count = 2, .lines = lines};
    const struct slice text = canonical_lines(arena, &premium);
    static const char one[] = "{\"programme\":\"JKK\",\"from\":202510,\"months\":12,\"base\":1000000,\"rate_ppm\":10000,\"normal\":10000,\"amount\":10000,"
                              "\"tariff_row\":\"BPU-JKK-2015/01\",\"regulation\":\"PP 44/2015 \\\"II\\\"\"";
    static const char two[] = "{\"programme\":\"JKK\",\"share\":\"WORKER\",\"from\":202510,\"months\":12,\"once\":true,\"base\":1000000,\"rate_ppm\":10000,\"normal\":-5,\"amount\":10000,"
                              "\"tariff_row\":\"BPU-JKK-2015/01\",\"regulation\":\"PP 44/2015 \\\"II\\\"\"";
    char expected[1024];
    (void)snprintf(expected, sizeof expected, "[%s},%s,\"relief\":\"a\\\\\\u000a\"}]", one, two);
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.size);
    assert_int_equal(canonical_lines(arena, &(struct premium){0}).size, 0);
    arena_destroy(arena);
}

/* Whatever the texts hold, the sums come back. */
static void premium_lines_add_up_to_what_they_were_written_from(void **state) {
    (void)state;
    struct arena *arena = arena_create(ARENA_BYTES);
    struct premium_line lines[5] = {line, line, line, line, line};
    lines[1].charge = CHARGE_JHT, lines[1].share = SHARE_EMPLOYER, lines[1].amount = 185000;
    lines[2].charge = CHARGE_JHT, lines[2].share = SHARE_WORKER, lines[2].amount = 100000, lines[2].relief = slice_text("\"\\\"}]\n");
    lines[3].charge = CHARGE_PACKAGE, lines[3].once = true, lines[3].months = 1, lines[3].amount = 332500;
    lines[4].charge = CHARGE_JKM, lines[4].amount = 0;
    rupiah sums[LEDGER_CHARGES];
    assert_true(canonical_lines_add_up(canonical_lines(arena, &(struct premium){.line_count = 5, .lines = lines}), sums));
    static const rupiah expected[LEDGER_CHARGES] = {120000, 0, 12 * 285000, 0, 332500};
    assert_memory_equal(sums, expected, sizeof sums);
    assert_true(canonical_lines_add_up(slice_text(""), sums));
    for (int i = 0; i < LEDGER_CHARGES; i++) assert_int_equal(sums[i], 0);
    arena_destroy(arena);
}

#define REST "\"base\":1,\"rate_ppm\":2,\"normal\":3,\"amount\":4,\"tariff_row\":\"r\",\"regulation\":\"g\""

static void what_is_no_text_of_premium_lines_is_not_read(void **state) {
    (void)state;
    static const char *const right[] = {
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1," REST "}]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":0," REST ",\"relief\":\"\\\\\"}]",
        "[{\"programme\":\"JP\",\"share\":\"WORKER\",\"from\":0,\"months\":1,\"once\":true," REST "}]",
    };
    static const char *const wrong[] = {
        " ", "[", "]", "[]", "[{", "{}", "[{\"programme\":\"JKK\"", "[{\"programme\":\"JKP\",\"from\":202510,\"months\":1," REST "}]", "[{\"programme\":\"JKKX\",\"from\":202510,\"months\":1," REST "}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1," REST "}", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1," REST "}]x",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1," REST "},]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1," REST ",}]",
        "[{\"programme\":\"JKK\",\"share\":\"STATE\",\"from\":202510,\"months\":1," REST "}]", "[{\"programme\":\"JKK\",\"share\":\"PAYER\",\"from\":202510,\"months\":1," REST "}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":2,\"once\":true," REST "}]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"once\":false," REST "}]",
        "[{\"programme\":\"JKK\",\"months\":1,\"from\":202510," REST "}]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":-1," REST "}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":01," REST "}]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":," REST "}]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":9223372036854775808}]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":1}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":1,\"rate_ppm\":2}]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":1,\"rate_ppm\":2,\"normal\":3}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":1,\"rate_ppm\":2,\"normal\":3,\"amount\":4}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":1,\"rate_ppm\":2,\"normal\":3,\"amount\":4,\"tariff_row\":\"r\"}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":1,\"rate_ppm\":2,\"normal\":3,\"amount\":4,\"tariff_row\":\"r",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":1,\"rate_ppm\":2,\"normal\":3,\"amount\":4,\"tariff_row\":\"r\\",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1,\"base\":1,\"rate_ppm\":2,\"normal\":3,\"amount\":4,\"tariff_row\":\"\x01\",\"regulation\":\"g\"}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1," REST ",\"relief\":\"x\"]", "[{\"programme\":\"JKK\",\"from\":202510,\"months\":1," REST ",\"relief\":x}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":9223372036854775807," REST "}]",
        "[{\"programme\":\"JKK\",\"from\":202510,\"months\":2305843009213693951," REST "},{\"programme\":\"JKK\",\"from\":202510,\"months\":1," REST "}]",
    };
    rupiah sums[LEDGER_CHARGES] = {7, 7, 7, 7, 7};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        if (canonical_lines_add_up(slice_text(wrong[i]), sums)) fail_msg("%s was read", wrong[i]);
        assert_int_equal(sums[0], 7); /* untouched on failure */
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        if (!canonical_lines_add_up(slice_text(right[i]), sums)) fail_msg("%s was not read", right[i]);
    assert_int_equal(sums[PROGRAMME_JP], 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_journal_has_the_hash_that_the_description_gives), cmocka_unit_test(a_journal_with_lines_has_its_hash_too), cmocka_unit_test(premium_lines_are_json_whatever_the_texts_hold),
                                       cmocka_unit_test(premium_lines_add_up_to_what_they_were_written_from), cmocka_unit_test(what_is_no_text_of_premium_lines_is_not_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
