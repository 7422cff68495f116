/* The chart of accounts: each kind of line makes the entries that line.h promises, and they always balance. */
#include "services/ledger/line.h"

#include <stdio.h>

#include "tests/unit/cmocka_all.h"

enum { ARENA_BYTES = 1 << 20 };

static struct arena *arena;

static int set_up(void **state) {
    (void)state;
    arena = arena_create(ARENA_BYTES);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_destroy(arena);
    return 0;
}

static rupiah balance_of(const struct ledger_sums *sums, const char *account) {
    struct entry_row entries[SUMS_ENTRIES_MAX];
    const size_t count = sums_entries(arena, sums, slice_text("satu"), entries);
    rupiah found = 0, total = 0;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(entries[i].line, i + 1);
        assert_true(entries[i].amount != 0);
        total += entries[i].amount;
        if (slice_is(entries[i].account, account)) found = entries[i].amount;
    }
    assert_int_equal(total, 0);
    return found;
}

static struct line_row month_of(enum line_kind kind, rupiah jkk, rupiah jkm) {
    return (struct line_row){.kind = kind, .month = 202510, .by_charge = {jkk, jkm}, .amount = jkk + jkm, .detail = slice_text("BANK-A")};
}

/* L01 and L02 of domain.md 8.6 with one person: an invoice, its payment, and what is left of it. */
static void an_invoice_and_its_payment_meet_in_the_receivable(void **state) {
    (void)state;
    struct ledger_sums sums = {0};
    struct line_row line = month_of(LINE_INVOICED, 10000, 6800);
    assert_true(sums_add_line(arena, &sums, &line));
    assert_int_equal(balance_of(&sums, "PIUTANG:satu"), 16800);
    assert_int_equal(balance_of(&sums, "IURAN:JKK"), -10000);
    assert_int_equal(balance_of(&sums, "IURAN:JKM"), -6800);
    struct line_row money = {.kind = LINE_RECEIVED, .amount = 20000, .detail = slice_text("BANK-A")}, settled = month_of(LINE_SETTLED, 10000, 6800);
    assert_true(sums_add_line(arena, &sums, &money) && sums_add_line(arena, &sums, &settled));
    assert_int_equal(balance_of(&sums, "PIUTANG:satu"), 0);
    assert_int_equal(balance_of(&sums, "KAS:BANK-A"), 20000);
    assert_int_equal(balance_of(&sums, "TITIPAN:satu"), -3200);
}

static void a_relief_shows_the_normal_price_and_the_reduction(void **state) {
    (void)state;
    struct ledger_sums sums = {0};
    struct line_row line = month_of(LINE_INVOICED, 5000, 3400);
    line.is_reduced = true;
    line.relief = slice_text("R-2026-N");
    line.reduction[0] = 5000;
    line.reduction[1] = 3400;
    assert_true(sums_add_line(arena, &sums, &line));
    assert_int_equal(balance_of(&sums, "PIUTANG:satu"), 8400);
    assert_int_equal(balance_of(&sums, "KERINGANAN:R-2026-N"), 8400);
    assert_int_equal(balance_of(&sums, "IURAN:JKK"), -10000);
    line.kind = LINE_CREDITED;
    assert_true(sums_add_line(arena, &sums, &line));
    struct entry_row none[SUMS_ENTRIES_MAX];
    assert_int_equal(sums_entries(arena, &sums, slice_text("satu"), none), 0); /* taken back to the last rupiah */
}

/* Every kind with its opposite leaves nothing; alone it balances. */
static void each_kind_balances_and_is_undone_by_its_opposite(void **state) {
    (void)state;
    static const enum line_kind pairs[][2] = {{LINE_INVOICED, LINE_CREDITED}, {LINE_SETTLED, LINE_UNSETTLED}, {LINE_RECEIVED, LINE_RETURNED}, {LINE_SUSPENDED, LINE_UNSUSPENDED},
                                              {LINE_MOVED_OUT, LINE_NONE},    {LINE_MOVED_IN, LINE_NONE},     {LINE_RELEASED, LINE_NONE},     {LINE_REFUNDED, LINE_NONE}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct ledger_sums sums = {0};
        for (int k = 0; k < 2 && pairs[i][k] != LINE_NONE; k++) {
            const bool charged = pairs[i][k] <= LINE_UNSETTLED || pairs[i][k] == LINE_RELEASED;
            struct line_row line = charged ? month_of(pairs[i][k], 10000, 6800) : (struct line_row){.kind = pairs[i][k], .amount = 16800, .detail = slice_text("BANK-A")};
            assert_true(sums_add_line(arena, &sums, &line));
            (void)balance_of(&sums, ""); /* balances */
        }
        struct entry_row entries[SUMS_ENTRIES_MAX];
        if (pairs[i][1] != LINE_NONE) assert_int_equal(sums_entries(arena, &sums, slice_text("satu"), entries), 0);
    }
}

/* Out of suspense into a payer's chain: two chains, the transfer account is empty in total. */
static void suspense_finds_its_payer_over_the_transfer_account(void **state) {
    (void)state;
    struct ledger_sums nobody = {0}, payer = {0};
    struct line_row in = {.kind = LINE_SUSPENDED, .amount = 500, .detail = slice_text("BANK-A")}, out = {.kind = LINE_MOVED_OUT, .amount = 500}, arrived = {.kind = LINE_MOVED_IN, .amount = 500};
    assert_true(sums_add_line(arena, &nobody, &in));
    assert_int_equal(balance_of(&nobody, "SUSPENS"), -500);
    assert_true(sums_add_line(arena, &nobody, &out) && sums_add_line(arena, &payer, &arrived));
    assert_int_equal(balance_of(&nobody, "SUSPENS"), 0);
    assert_int_equal(balance_of(&nobody, "PINDAHAN") + balance_of(&payer, "PINDAHAN"), 0);
    assert_int_equal(balance_of(&payer, "TITIPAN:satu"), -500);
}

static void what_contradicts_itself_is_refused(void **state) {
    (void)state;
    struct line_row wrong[8];
    for (size_t i = 0; i < 8; i++) wrong[i] = month_of(LINE_INVOICED, 10000, 6800);
    wrong[0].amount++;
    wrong[1].by_charge[0] = -1;
    wrong[2].is_reduced = true;                 /* of no relief */
    wrong[3].relief = slice_text("R-1");        /* without a reduction */
    wrong[4].kind = LINE_NONE;
    wrong[5].kind = LINE_KINDS;
    wrong[6].kind = LINE_RECEIVED;              /* money has no charges */
    wrong[7].by_charge[0] = INT64_MAX;
    for (size_t i = 0; i < 8; i++) {
        struct ledger_sums sums = {0};
        assert_false(sums_add_line(arena, &sums, &wrong[i]));
    }
    struct line_row reduced = month_of(LINE_INVOICED, 1, 1);
    reduced.is_reduced = true;
    reduced.relief = slice_text("R-1");
    reduced.reduction[2] = -1;
    struct ledger_sums sums = {0};
    assert_false(sums_add_line(arena, &sums, &reduced));
}

static void sums_never_leave_their_bounds_unseen(void **state) {
    (void)state;
    struct ledger_sums sums = {.receivable = INT64_MAX};
    struct line_row line = month_of(LINE_INVOICED, 1, 0);
    assert_false(sums_add_line(arena, &sums, &line));
    struct ledger_sums banks = {0};
    char names[SUMS_NAMES_MAX + 1][8];
    for (int i = 0; i <= SUMS_NAMES_MAX; i++) {
        (void)snprintf(names[i], sizeof names[i], "B%d", i); /* fits */
        struct line_row money = {.kind = LINE_RECEIVED, .amount = 1, .detail = slice_text(names[i])};
        assert_int_equal(sums_add_line(arena, &banks, &money), i < SUMS_NAMES_MAX);
    }
}

static void names_outlive_their_rows_and_are_kept_once(void **state) {
    (void)state;
    struct ledger_sums sums = {0};
    char bank[] = "BANK-A", relief[] = "R-1";
    for (int i = 0; i < 1000; i++) {
        struct line_row money = {.kind = LINE_RECEIVED, .amount = 1, .detail = slice_text(bank)}, month = month_of(LINE_INVOICED, 2, 0);
        month.is_reduced = true;
        month.relief = slice_text(relief);
        month.reduction[0] = 3;
        assert_true(sums_add_line(arena, &sums, &money) && sums_add_line(arena, &sums, &month));
    }
    bank[0] = relief[0] = '?';
    assert_int_equal(balance_of(&sums, "KAS:BANK-A"), 1000);
    assert_int_equal(balance_of(&sums, "KERINGANAN:R-1"), 3000);
    assert_true(sums.bank_count == 1 && sums.relief_count == 1);
}

/* A forged row may be near int64 and consistent: what is made of sums asks first. */
static void forged_sums_are_not_sane(void **state) {
    (void)state;
    const struct ledger_sums fine = {.receivable = INT64_MAX / 64 - 1, .credit = -(INT64_MAX / 64 - 1)};
    assert_true(sums_are_sane(&fine));
    struct ledger_sums forged[10] = {{.receivable = INT64_MAX / 64}, {.credit = -(INT64_MAX / 64)}, {.suspense = INT64_MAX}, {.transfer = INT64_MIN}, {.reserved = INT64_MAX},
                                     {.delegated = INT64_MAX}, {.committed[LEDGER_CHARGES - 1] = INT64_MAX}, {.normal[0] = INT64_MIN}, {.reliefs[1].sum = INT64_MAX, .relief_count = 2},
                                     {.banks[0].sum = INT64_MAX, .bank_count = 1}};
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) assert_false(sums_are_sane(&forged[i]));
}

static void lines_move_budget_and_list_besides_money(void **state) {
    (void)state;
    struct ledger_sums sums = {0};
    struct line_row reserved = {.kind = LINE_RESERVED, .reserved = 16800, .waiting = -1, .reserved_heads = 1}, back = {.kind = LINE_UNRESERVED, .reserved = -16800, .waiting = 1, .reserved_heads = -1},
                    given = {.kind = LINE_DELEGATED, .amount = 700}, taken = {.kind = LINE_DELEGATED, .amount = -200};
    assert_true(sums_add_line(arena, &sums, &reserved));
    assert_true(sums.reserved == 16800 && sums.waiting == -1 && sums.reserved_heads == 1);
    assert_true(sums_add_line(arena, &sums, &back) && sums_add_line(arena, &sums, &given) && sums_add_line(arena, &sums, &taken));
    assert_true(sums.reserved == 0 && sums.waiting == 0 && sums.reserved_heads == 0 && sums.delegated == 500 && sums.lines == 4);
    for (int state_no = ENROLMENT_REGISTERED; state_no <= ENROLMENT_ENDED; state_no++) assert_string_not_equal(enrolment_state_name((enum enrolment_state)state_no), "?");
    for (int kind = LINE_INVOICED; kind < LINE_KINDS; kind++) assert_string_not_equal(line_kind_name((enum line_kind)kind), "?");
    assert_string_equal(line_kind_name(LINE_KINDS), "?");
    assert_string_equal(enrolment_state_name((enum enrolment_state)0), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invoice_and_its_payment_meet_in_the_receivable), cmocka_unit_test(a_relief_shows_the_normal_price_and_the_reduction),
        cmocka_unit_test(each_kind_balances_and_is_undone_by_its_opposite), cmocka_unit_test(suspense_finds_its_payer_over_the_transfer_account),
        cmocka_unit_test(what_contradicts_itself_is_refused), cmocka_unit_test(sums_never_leave_their_bounds_unseen), cmocka_unit_test(names_outlive_their_rows_and_are_kept_once),
        cmocka_unit_test(forged_sums_are_not_sane), cmocka_unit_test(lines_move_budget_and_list_besides_money),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
