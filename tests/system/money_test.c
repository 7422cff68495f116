/* Money on a real PostgreSQL: invoices, payments in the order of the list, the suspense account, reversals, the close of a period, and the stage's way of booking a payment
 * once. Every balance is asserted, account by account. Vectors L01, L02, L04, C01, C09 of domain.md 8.6. PGURL names an empty database.
 * usage: money_test PAYUNG */
#include "tests/system/ledger_fixture.h"

#include "tests/system/expect.h"

#include <sys/wait.h>
#include <unistd.h>

#include "common/edge/crypto.h"
#include "services/ledger/invoice.h"
#include "services/ledger/balance.h"
#include "services/ledger/mutation.h"
#include "services/ledger/payment_book.h"
#include "services/ledger/reversal.h"
#include "services/ledger/suspense.h"
#include "services/ledger/verify.h"

static struct fixture fixture;
static struct book *book;
static struct pg *pg, *other;
static struct arena *arena;
static const char *tool; /* payung */

#define EXPECT_DONE(refusal)                                                                                           \
    do {                                                                                                               \
        if ((refusal).code != NULL) fail_msg("refused: %s: %s", (refusal).code, (refusal).text);                       \
    } while (0)
#define EXPECT_REFUSED(expected, refusal) assert_string_equal(expected, (refusal).code != NULL ? (refusal).code : "done")

static int64_t number(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int64_t number(const char *format, ...) {
    char sql[2048];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(sql, sizeof sql, format, arguments);
    va_end(arguments);
    struct arena *here = arena_create(1 << 20);
    char *text = arena_text(here, slice_text(sql));
    char prepared[2200];
    (void)snprintf(prepared, sizeof prepared, "CREATE OR REPLACE TEMP VIEW answer AS SELECT (%s)::bigint AS number", text); /* texts of statements may not change, so the view does */
    EXPECT_OK(pg_script(other, prepared));
    struct pg_rows rows;
    EXPECT_OK(pg_run(other, here, "SELECT number FROM answer", NULL, &rows));
    assert_int_equal(rows.count, 1);
    const int64_t value = pg_int8(&rows, 0, 0);
    arena_destroy(here);
    return value;
}

/* Debit positive. */
static int64_t balance(const char *agreement, const char *account) {
    return number("SELECT coalesce(sum(e.amount), 0) FROM ledger.entry e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '%s' AND e.account = '%s'", agreement, account);
}

/* What holds after every case: each journal balances, what stands beside the entries is their sum, open months are the receivable, PINDAHAN is empty. */
static void books_are_right(void) {
    assert_int_equal(number("SELECT count(*) FROM (SELECT 1 FROM ledger.entry GROUP BY agreement_no, seq HAVING sum(amount) <> 0) x"), 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) WHERE b.receivable <> (SELECT coalesce(sum(amount), 0) FROM ledger.entry e"
                            " WHERE e.agreement_no = b.agreement_no AND e.account = 'PIUTANG:' || a.agreement_id) OR -b.credit <> (SELECT coalesce(sum(amount), 0) FROM ledger.entry e"
                            " WHERE e.agreement_no = b.agreement_no AND e.account = 'TITIPAN:' || a.agreement_id)"), 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.budget b WHERE b.receivable <> (SELECT coalesce(sum(amount), 0) FROM ledger.due d WHERE d.agreement_no = b.agreement_no)"), 0);
    assert_int_equal(number("SELECT coalesce(sum(amount), 0) FROM ledger.entry WHERE account = 'PINDAHAN'"), 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.journal j WHERE j.lines <> (SELECT count(*) FROM ledger.line l WHERE l.agreement_no = j.agreement_no AND l.journal_seq = j.seq)"), 0);
    /* paid_to and state, from the open months */
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e LEFT JOIN LATERAL (SELECT min(month) AS month FROM ledger.due d WHERE d.agreement_no = e.agreement_no AND d.place = e.place)"
                            " d ON true WHERE e.paid_to <> CASE WHEN d.month IS NULL THEN e.invoiced_to WHEN d.month = e.start_month THEN 0 WHEN d.month %% 100 = 1 THEN d.month - 89"
                            " ELSE d.month - 1 END OR (e.state = 1) <> (e.paid_to = 0)"), 0);
}

static struct money_moment at(day_t day) {
    return (struct money_moment){.moment_ms = fixture.moment_ms, .business_date = day, .actor = "operator:test"};
}

static struct invoice invoice(const char *agreement, month_t first, uint32_t months, day_t day) {
    const struct money_moment moment = at(day);
    struct invoice_result result;
    arena_reset(arena);
    EXPECT_OK(command_invoice(pg, arena, &moment, slice_text(agreement), first, months, &result));
    EXPECT_DONE(result.refusal);
    return result.invoice;
}

static struct payment_received payment_of(const char *external_id, const char *reference, rupiah amount, day_t day) {
    struct payment_received payment = {.source = slice_text("BANK-BENGKULU:001"), .external_id = slice_text(external_id), .reference = slice_text(reference),
                                       .bank = slice_text("BANK-BENGKULU"), .amount_is_readable = true, .amount = amount, .currency = slice_text("IDR"), .received_on = day,
                                       .problem = slice_text(""), .raw = slice_text("raw"), .received_at_ms = fixture.moment_ms};
    char content[256];
    (void)snprintf(content, sizeof content, "%s|%s|%lld|%d", external_id, reference, (long long)amount, day);
    crypto_sha256(slice_text(content), payment.content_sha256);
    memcpy(payment.payment_id.bytes, payment.content_sha256, ID_BYTES);
    return payment;
}

static struct payment_result pay_as(const struct payment_received *payment, day_t day) {
    const struct money_moment moment = at(day);
    struct payment_result result;
    arena_reset(arena);
    EXPECT_OK(command_payment(pg, arena, &moment, payment, NULL, &result));
    return result;
}

static struct payment_result pay(const char *external_id, const char *reference, rupiah amount, day_t day) {
    const struct payment_received payment = payment_of(external_id, reference, amount, day);
    return pay_as(&payment, day);
}

static struct reversal_result reverse(const char *agreement, int64_t seq, const char *reason, day_t day) {
    const struct money_moment moment = at(day);
    struct reversal_result result;
    arena_reset(arena);
    EXPECT_OK(command_reversal(pg, arena, &moment, slice_text(agreement), seq, slice_text(reason), &result));
    return result;
}

static void enrol(const char *agreement, uint32_t first_person, size_t count, uint32_t months, month_t start) {
    static struct fixture_item items[1000];
    for (size_t done = 0; done < count;) {
        const size_t part = count - done < 1000 ? count - done : 1000;
        for (size_t i = 0; i < part; i++)
            items[i] = (struct fixture_item){.person = first_person + (uint32_t)(done + i), .agreement = agreement, .partition = 2, .months = months, .start_month = start};
        EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, part)));
        fixture_passed(&fixture);
        done += part;
    }
}

static int set_up(void **state) {
    (void)state;
    const char *url = getenv("PGURL");
    assert_non_null(url);
    EXPECT_OK(database_migrate());
    arena = arena_create(FIXTURE_ARENA_BYTES);
    EXPECT_OK(pg_open(url, "test", &pg));
    EXPECT_OK(pg_open(url, "test-other", &other));
    fixture_start(&fixture);
    static const char *const ids[] = {"short", "three", "late", "twice", "relief", "back", "mistake", "closed", "assigned", "wrong", "right", "left", "part"};
    EXPECT_OK(fixture_agreement(pg, fixture.arena, "kepahiang-2025", "Pemkab Kepahiang", 400000000, -1));
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) EXPECT_OK(fixture_agreement(pg, fixture.arena, ids[i], ids[i], 100000000, -1));
    enum apply_answer answer;
    struct document_problem problem;
    EXPECT_OK(fixture_office(pg, fixture.arena, "office", "Pemkab Office", 100000000, "", &answer, &problem));
    EXPECT_OK(book_open(url, &book));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    book_close(book);
    pg_close(pg);
    pg_close(other);
    arena_destroy(arena);
    arena_destroy(fixture.arena);
    return 0;
}

static void l01_the_invoice_of_kepahiang_and_l02_its_payment_and_l04_the_same_payment_again(void **state) {
    (void)state;
    enrol("kepahiang-2025", 1, 2000, 12, 202510);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment WHERE state = 1 AND paid_to = 0"), 1984); /* C09: registered, never covered before a payment */
    const struct invoice issued = invoice("kepahiang-2025", 202510, 1, 20251001);
    assert_string_equal(issued.number, "INV-1708-202510-0001");
    assert_int_equal(issued.persons, 1984);
    assert_int_equal(issued.amount, 33331200);
    assert_int_equal(issued.due_on, 20251115);
    assert_true(billing_code_is_valid(slice_text(issued.billing_code)));
    assert_int_equal(balance("kepahiang-2025", "PIUTANG:kepahiang-2025"), 33331200);
    assert_int_equal(balance("kepahiang-2025", "IURAN:JKK"), -19840000);
    assert_int_equal(balance("kepahiang-2025", "IURAN:JKM"), -13491200);
    books_are_right();
    assert_string_equal(invoice("kepahiang-2025", 202510, 1, 20251002).number, ""); /* the second time there is nothing */
    books_are_right();

    const struct payment_result paid = pay("trx-1", "inv.1708.202510.0001", 33331200, 20251010);
    assert_int_equal(paid.outcome, PAYMENT_OUTCOME_BOOKED);
    assert_int_equal(paid.settlement.months, 1984);
    assert_int_equal(paid.settlement.activated, 1984);
    assert_int_equal(balance("kepahiang-2025", "KAS:BANK-BENGKULU"), 33331200);
    assert_int_equal(balance("kepahiang-2025", "PIUTANG:kepahiang-2025"), 0);
    assert_int_equal(balance("kepahiang-2025", "TITIPAN:kepahiang-2025"), 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment WHERE state = 2 AND state_from = '2025-10-10' AND paid_to = 202510"), 1984);
    assert_int_equal(number("SELECT count(*) FROM ledger.line WHERE kind = 13 AND state = 2 AND reason = 'PAYMENT'"), 1984);
    books_are_right();

    const int64_t journals = number("SELECT count(*) FROM ledger.journal");
    assert_int_equal(pay("trx-1", "inv.1708.202510.0001", 33331200, 20251010).outcome, PAYMENT_OUTCOME_REPEATED);
    const struct payment_result differs = pay("trx-1", "inv.1708.202510.0001", 33331201, 20251010);
    assert_int_equal(differs.outcome, PAYMENT_OUTCOME_PARKED);
    assert_true(slice_is(differs.problem, "CONTENT_DIFFERS"));
    assert_int_equal(pay("trx-1", "inv.1708.202510.0001", 33331201, 20251010).outcome, PAYMENT_OUTCOME_REPEATED);
    assert_int_equal(number("SELECT count(*) FROM ledger.journal"), journals);
    assert_int_equal(number("SELECT count(*) FROM ledger.suspense WHERE NOT booked AND state = 'OPEN' AND problem = 'CONTENT_DIFFERS'"), 1);
    books_are_right();
}

static void c01_three_months_paid_at_once_on_the_tenth(void **state) {
    (void)state;
    enrol("three", 5001, 1, 3, 202510);
    const struct invoice issued = invoice("three", 202510, 3, 20251009);
    assert_int_equal(issued.amount, 50400);
    assert_int_equal(issued.lines, 3);
    assert_string_equal(issued.number, "INV-1708-202510-0002"); /* numbers are per region and month */
    const struct payment_result paid = pay("trx-three", issued.billing_code, 50400, 20251010);
    assert_int_equal(paid.settlement.months, 3);
    assert_int_equal(paid.settlement.activated, 1);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'three' AND e.state = 2 AND state_from = '2025-10-10'"
                            " AND paid_to = 202512 AND end_month = 202512"), 1);
    books_are_right();
}

static void a_short_payment_pays_whole_months_in_list_order_and_the_rest_waits_as_credit(void **state) {
    (void)state;
    enrol("short", 6001, 5, 12, 202510);
    const struct invoice october = invoice("short", 202510, 1, 20251001), november = invoice("short", 202511, 1, 20251101);
    assert_int_equal(october.amount, 84000);
    struct payment_result paid = pay("trx-s1", october.number, 40000, 20251105); /* two persons, 6,400 left */
    assert_int_equal(paid.settlement.months, 2);
    assert_int_equal(number("SELECT sum(place) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'short' AND e.state = 2"), 3);
    assert_int_equal(balance("short", "TITIPAN:short"), -6400);
    books_are_right();
    /* November is named: the credit of 6,400 helps; three of November first, although October is open for two of them: they stay unpaid and REGISTERED */
    paid = pay("trx-s2", november.billing_code, 44000, 20251110);
    assert_int_equal(paid.settlement.months, 3);
    assert_int_equal(paid.settlement.activated, 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.due d JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'short' AND month = 202511 AND place > 3"), 2);
    assert_int_equal(balance("short", "TITIPAN:short"), 0);
    books_are_right();
    /* the rest and 1,000 too much: October's three are older, then November's two */
    paid = pay("trx-s3", october.number, 5 * 16800 + 1000, 20251120);
    assert_int_equal(paid.settlement.months, 5);
    assert_int_equal(paid.settlement.activated, 3);
    assert_int_equal(balance("short", "TITIPAN:short"), -1000);
    assert_int_equal(balance("short", "PIUTANG:short"), 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'short' AND e.state = 2 AND paid_to = 202511"), 5);
    books_are_right();
    /* overpayment for December in advance is used by the invoice itself */
    paid = pay("trx-s4", october.number, 5 * 16800, 20251125);
    assert_int_equal(paid.settlement.months, 0);
    const struct invoice december = invoice("short", 202512, 1, 20251201);
    assert_int_equal(december.from_credit.months, 5);
    assert_int_equal(balance("short", "TITIPAN:short"), -1000);
    assert_int_equal(number("SELECT count(*) FROM ledger.journal j JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'short' AND j.kind = 'CREDIT' AND j.reference = '%s'",
                            december.number), 1);
    books_are_right();
}

static void who_joins_late_is_invoiced_with_the_months_missed(void **state) {
    (void)state;
    enrol("late", 7001, 2, 12, 202510);
    assert_int_equal(invoice("late", 202510, 1, 20251001).amount, 2 * 16800);
    enrol("late", 7003, 1, 12, 202510);
    const struct invoice december = invoice("late", 202512, 1, 20251201);
    assert_int_equal(december.amount, (2 * 2 + 3) * 16800);
    assert_int_equal(december.lines, 7);
    assert_int_equal(number("SELECT (string_agg(place || ':' || month, ' ' ORDER BY position) = '1:202511 1:202512 2:202511 2:202512 3:202510 3:202511 3:202512')::int FROM ledger.line l"
                            " JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'late' AND l.invoice_no = 2 AND l.kind = 1"), 1);
    books_are_right();
}

static void prices_of_all_segments_once_and_monthly(void **state) {
    (void)state;
    static const struct fixture_item items[] = {
        {.person = 8001, .agreement = "office", .segment = SEGMENT_PU, .months = 2}, {.person = 8002, .agreement = "office", .segment = SEGMENT_JAKON, .months = 6},
        {.person = 8003, .agreement = "office", .segment = SEGMENT_PMI, .programmes = 7}, {.person = 8004, .agreement = "office", .segment = SEGMENT_PMI},
    };
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 4)));
    fixture_passed(&fixture);
    const struct invoice first = invoice("office", 202510, 1, 20251001);
    assert_int_equal(first.amount, 462000 + 620000 + 470000 + 370000);
    assert_int_equal(balance("office", "IURAN:JHT"), -(285000 + 100000));
    assert_int_equal(balance("office", "IURAN:PACKAGE"), -2 * 370000);
    /* the contract and the package without JHT are invoiced for good, and paid they are paid to their end */
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'office' AND invoiced_to = end_month"), 2);
    assert_int_equal(pay("trx-office", first.number, first.amount, 20251003).settlement.activated, 4);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'office' AND paid_to = end_month"), 2);
    books_are_right();
    assert_int_equal(invoice("office", 202511, 1, 20251101).amount, 462000 + 100000);
    assert_int_equal(invoice("office", 202512, 3, 20251201).amount, 300000); /* the employee has two months only */
    books_are_right();
}

static void a_relief_shows_as_normal_price_and_reduction(void **state) {
    (void)state;
    const struct fixture_item items[] = {{.person = 9001, .agreement = "relief", .start_month = 202601, .months = 3}, {.person = 9002, .agreement = "relief", .start_month = 202601, .months = 3}};
    struct stage_batch *batch = fixture_batch(&fixture, items, 2);
    for (size_t i = 0; i < 2; i++) {
        struct premium *premium = &((struct priced *)batch->items[i].in)->premium;
        for (size_t k = 0; k < premium->line_count; k++) {
            struct premium_line *line = &premium->lines[k];
            line->amount = line->normal / 2;
            line->relief = slice_text("R-2026-N");
            premium->by_charge[line->charge] = line->amount * line->months;
        }
        premium->total /= 2;
    }
    EXPECT_OK(fixture_run(book, batch));
    fixture_passed(&fixture);
    const struct invoice issued = invoice("relief", 202601, 1, 20260102);
    assert_int_equal(issued.amount, 2 * 8400);
    assert_int_equal(balance("relief", "PIUTANG:relief"), 16800);
    assert_int_equal(balance("relief", "KERINGANAN:R-2026-N"), 16800);
    assert_int_equal(balance("relief", "IURAN:JKK"), -20000);
    assert_int_equal(balance("relief", "IURAN:JKM"), -13600);
    books_are_right();
}

static void an_invoice_without_payments_is_taken_back_and_issued_again(void **state) {
    (void)state;
    enrol("mistake", 10001, 3, 12, 202510);
    const struct invoice october = invoice("mistake", 202510, 1, 20251001), november = invoice("mistake", 202511, 1, 20251101);
    EXPECT_REFUSED("LATER_INVOICE", reverse("mistake", october.journal_seq, "WRONG_INVOICE", 20251102).refusal);
    EXPECT_REFUSED("UNKNOWN_REASON", reverse("mistake", november.journal_seq, "WHIM", 20251102).refusal);
    struct reversal_result taken = reverse("mistake", november.journal_seq, "WRONG_INVOICE", 20251102);
    EXPECT_DONE(taken.refusal);
    assert_int_equal(taken.months, 3);
    EXPECT_REFUSED("REVERSED_ALREADY", reverse("mistake", november.journal_seq, "WRONG_INVOICE", 20251102).refusal);
    EXPECT_DONE(reverse("mistake", october.journal_seq, "WRONG_INVOICE", 20251102).refusal);
    assert_int_equal(balance("mistake", "PIUTANG:mistake"), 0);
    assert_int_equal(balance("mistake", "IURAN:JKK"), 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'mistake' AND invoiced_to = 0"), 3);
    books_are_right();
    const struct invoice again = invoice("mistake", 202511, 1, 20251103);
    assert_int_equal(again.amount, 6 * 16800);
    books_are_right();
    const struct payment_result paid = pay("trx-m1", again.number, 16800, 20251104);
    EXPECT_REFUSED("INVOICE_PAID", reverse("mistake", again.journal_seq, "WRONG_INVOICE", 20251105).refusal);
    EXPECT_REFUSED("NOT_REVERSIBLE", reverse("mistake", 1, "CORRECTION", 20251105).refusal);
    EXPECT_REFUSED("UNKNOWN_JOURNAL", reverse("mistake", 99, "CORRECTION", 20251105).refusal);
    EXPECT_DONE(reverse("mistake", paid.journal_seq, "BANK_RETURN", 20251105).refusal);
    EXPECT_DONE(reverse("mistake", again.journal_seq, "WRONG_INVOICE", 20251106).refusal);
    assert_int_equal(invoice("mistake", 202511, 1, 20251107).amount, 6 * 16800);
    /* a payment that names an invoice that was taken back pays what is open */
    assert_int_equal(pay("trx-m2", october.number, 16800, 20251108).settlement.months, 1);
    books_are_right();
}

static void a_payment_that_the_bank_takes_back(void **state) {
    (void)state;
    enrol("back", 11001, 3, 12, 202510);
    const struct invoice october = invoice("back", 202510, 1, 20251001);
    const struct payment_result first = pay("trx-b1", october.number, 2 * 16800, 20251010), second = pay("trx-b2", october.number, 2 * 16800, 20251011);
    assert_int_equal(second.settlement.months, 1);
    assert_int_equal(balance("back", "TITIPAN:back"), -16800);
    const struct invoice november = invoice("back", 202511, 1, 20251101);
    assert_int_equal(november.from_credit.months, 1);
    books_are_right();
    /* half of the second payment was kept as credit and pays November of the first person now */
    EXPECT_REFUSED("CREDIT_USED", reverse("back", second.journal_seq, "BANK_RETURN", 20251102).refusal);
    struct reversal_result taken = reverse("back", first.journal_seq, "BANK_RETURN", 20251102);
    EXPECT_DONE(taken.refusal);
    assert_int_equal(taken.returned, 2 * 16800);
    assert_int_equal(taken.months, 2);
    assert_int_equal(taken.registered, 2);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'back' AND place <= 2 AND e.state = 1"
                            " AND state_from = '2025-11-02'"), 2);
    books_are_right();
    EXPECT_REFUSED("REVERSED_ALREADY", reverse("back", first.journal_seq, "BANK_RETURN", 20251102).refusal);
    EXPECT_DONE(reverse("back", november.journal_seq + 1, "CORRECTION", 20251103).refusal); /* the CREDIT journal */
    taken = reverse("back", second.journal_seq, "BANK_RETURN", 20251103);
    EXPECT_DONE(taken.refusal);
    assert_int_equal(balance("back", "KAS:BANK-BENGKULU"), 0);
    assert_int_equal(balance("back", "TITIPAN:back"), 0);
    assert_int_equal(balance("back", "PIUTANG:back"), 6 * 16800);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'back' AND e.state = 1 AND paid_to = 0"), 3);
    books_are_right();
}

static void what_is_no_payment_is_named_and_kept(void **state) {
    (void)state;
    const int64_t journals = number("SELECT count(*) FROM ledger.journal");
    struct { const char *problem; struct payment_received payment; } cases[] = {
        {"AMOUNT_NEGATIVE", payment_of("bad-1", "INV-1708-202510-0001", -5, 20251010)},
        {"AMOUNT_NEGATIVE", payment_of("bad-2", "INV-1708-202510-0001", 0, 20251010)},
        {"AMOUNT_RANGE", payment_of("bad-3", "INV-1708-202510-0001", RUPIAH_INPUT_MAX + 1, 20251010)},
        {"AMOUNT_RANGE", payment_of("bad-4", "INV-1708-202510-0001", 0, 20251010)},
        {"CURRENCY_UNKNOWN", payment_of("bad-5", "INV-1708-202510-0001", 100, 20251010)},
        {"DATE_INVALID", payment_of("bad-6", "INV-1708-202510-0001", 100, 20251039)},
        {"LINE_DAMAGED", payment_of("bad-7", "", 0, 0)},
    };
    cases[3].payment.amount_is_readable = false;
    cases[4].payment.currency = slice_text("USD");
    cases[6].payment.problem = slice_text("LINE_DAMAGED");
    cases[6].payment.amount_is_readable = false;
    cases[6].payment.raw = slice_text("2025-10-10;\xe9;x"); /* Latin-1, as banks write */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct payment_result result = pay_as(&cases[i].payment, 20251011);
        assert_int_equal(result.outcome, PAYMENT_OUTCOME_PARKED);
        assert_true(slice_is(result.problem, cases[i].problem));
        assert_true(result.suspense_no > 0);
        assert_int_equal(pay_as(&cases[i].payment, 20251011).outcome, PAYMENT_OUTCOME_REPEATED);
    }
    assert_int_equal(number("SELECT count(*) FROM ledger.journal"), journals);
    assert_int_equal(number("SELECT count(*) FROM ledger.suspense WHERE raw = '2025-10-10;?;x' AND amount IS NULL"), 1);
    assert_int_equal(number("SELECT max(suspense_no) - count(*) FROM ledger.suspense"), 0); /* dense */
    const struct money_moment moment = at(20251012);
    const int64_t row = number("SELECT suspense_no FROM ledger.suspense WHERE problem = 'LINE_DAMAGED'");
    struct suspense_result result;
    EXPECT_OK(command_assign(pg, arena, &moment, row, slice_text("short"), slice_text(""), slice_text("no"), &result));
    EXPECT_REFUSED("NOTHING_BOOKED", result.refusal);
    EXPECT_OK(command_return(pg, arena, &moment, row, slice_text("no"), &result));
    EXPECT_REFUSED("NOTHING_BOOKED", result.refusal);
    EXPECT_OK(command_dismiss(pg, arena, &moment, row, slice_text("sent again"), &result));
    EXPECT_DONE(result.refusal);
    EXPECT_OK(command_dismiss(pg, arena, &moment, row, slice_text("sent again"), &result));
    EXPECT_REFUSED("ALREADY_RESOLVED", result.refusal);
    EXPECT_OK(command_dismiss(pg, arena, &moment, row, slice_text(""), &result));
    EXPECT_REFUSED("NOTE_LENGTH", result.refusal);
    EXPECT_OK(command_dismiss(pg, arena, &moment, 4711, slice_text("x"), &result));
    EXPECT_REFUSED("UNKNOWN_SUSPENSE", result.refusal);
    books_are_right();
}

static void money_of_nobody_finds_its_payer_or_goes_back(void **state) {
    (void)state;
    enrol("assigned", 12001, 2, 12, 202510);
    const struct invoice october = invoice("assigned", 202510, 1, 20251001);
    char wrong[BILLING_CODE_DIGITS + 1];
    memcpy(wrong, october.billing_code, sizeof wrong);
    wrong[15] = wrong[15] == '9' ? '0' : (char)(wrong[15] + 1); /* one wrong digit: nobody's */
    const struct payment_result lost = pay("trx-a1", wrong, 2 * 16800 + 700, 20251010), stray = pay("trx-a2", "dari Pemkab", 5000, 20251010);
    assert_int_equal(lost.outcome, PAYMENT_OUTCOME_SUSPENDED);
    assert_int_equal(stray.outcome, PAYMENT_OUTCOME_SUSPENDED);
    assert_int_equal(pay("trx-a1", wrong, 2 * 16800 + 700, 20251010).outcome, PAYMENT_OUTCOME_REPEATED);
    assert_true(slice_is(pay("trx-a1", wrong, 1, 20251010).problem, "CONTENT_DIFFERS"));
    assert_int_equal(balance("none", "SUSPENS"), -(2 * 16800 + 700 + 5000));
    assert_int_equal(balance("none", "KAS:BANK-BENGKULU"), 2 * 16800 + 700 + 5000);
    books_are_right();
    const struct money_moment moment = at(20251015);
    struct suspense_result result;
    EXPECT_OK(command_assign(pg, arena, &moment, lost.suspense_no, slice_text("nowhere"), slice_text(""), slice_text("letter of the payer"), &result));
    EXPECT_REFUSED("UNKNOWN_AGREEMENT", result.refusal);
    EXPECT_OK(command_assign(pg, arena, &moment, lost.suspense_no, slice_text("assigned"), slice_text("INV-1708-202510-0001"), slice_text("letter of the payer"), &result));
    EXPECT_REFUSED("UNKNOWN_INVOICE", result.refusal);
    EXPECT_OK(command_dismiss(pg, arena, &moment, lost.suspense_no, slice_text("x"), &result));
    EXPECT_REFUSED("MONEY_BOOKED", result.refusal);
    EXPECT_OK(command_assign(pg, arena, &moment, lost.suspense_no, slice_text("assigned"), slice_text(october.number), slice_text("letter of the payer"), &result));
    EXPECT_DONE(result.refusal);
    assert_int_equal(result.settlement.months, 2);
    assert_int_equal(result.settlement.activated, 2);
    assert_int_equal(balance("none", "SUSPENS"), -5000);
    assert_int_equal(balance("assigned", "PIUTANG:assigned"), 0);
    assert_int_equal(balance("assigned", "TITIPAN:assigned"), -700);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'assigned' AND e.state = 2 AND state_from = '2025-10-10'"), 2);
    books_are_right();
    EXPECT_OK(command_assign(pg, arena, &moment, lost.suspense_no, slice_text("assigned"), slice_text(""), slice_text("again"), &(struct suspense_result){0}));
    EXPECT_OK(command_return(pg, arena, &moment, stray.suspense_no, slice_text("payer unknown"), &result));
    EXPECT_DONE(result.refusal);
    assert_int_equal(balance("none", "SUSPENS"), 0);
    assert_int_equal(balance("none", "KAS:BANK-BENGKULU"), 2 * 16800 + 700); /* stays where it came in; PINDAHAN joins the chains */
    books_are_right();
    /* what was assigned can still be taken back by the bank */
    struct reversal_result taken = reverse("assigned", result.payer_journal_seq, "BANK_RETURN", 20251016);
    EXPECT_REFUSED("UNKNOWN_JOURNAL", taken.refusal);
    taken = reverse("assigned", number("SELECT assigned_seq FROM ledger.suspense WHERE suspense_no = %d", lost.suspense_no), "BANK_RETURN", 20251016);
    EXPECT_DONE(taken.refusal);
    assert_int_equal(taken.returned, 2 * 16800 + 700);
    assert_int_equal(taken.registered, 2);
    assert_int_equal(balance("assigned", "KAS:BANK-BENGKULU") + balance("none", "KAS:BANK-BENGKULU"), 0);
    books_are_right();
}

static void two_writers_on_one_payment_book_it_once_and_the_stale_one_is_fenced(void **state) {
    (void)state;
    enrol("twice", 13001, 1, 12, 202510);
    const struct invoice october = invoice("twice", 202510, 1, 20251001);
    assert_int_equal(number("SELECT count(*) FROM ledger.reader WHERE topic = 'PAYMENT'"), 0);
    EXPECT_OK(pg_script(other, "INSERT INTO ledger.reader (topic, partition) VALUES ('PAYMENT', 0)"));
    const struct payment_received payment = payment_of("trx-t1", october.number, 16800, 20251010);
    const struct payment_step step = {.partition = 0, .seen_epoch = 1, .seen_next = 0, .epoch = 1, .first_origin = 0, .next = 1};
    const struct money_moment moment = {.moment_ms = fixture.moment_ms, .actor = "payments"};
    const struct payment_options options = {.step = &step};
    struct payment_result result = {0};
    EXPECT_OK(command_payment(pg, arena, &moment, &payment, &options, &result));
    assert_int_equal(result.outcome, PAYMENT_OUTCOME_BOOKED);
    const int64_t journals = number("SELECT count(*) FROM ledger.journal");
    result = (struct payment_result){0};
    EXPECT_FATE(FATE_FENCED, command_payment(other, arena, &moment, &payment, &options, &result));
    const struct payment_received another = payment_of("trx-t2", october.number, 16800, 20251010);
    EXPECT_FATE(FATE_FENCED, command_payment(other, arena, &moment, &another, &options, &result));
    EXPECT_FATE(FATE_FENCED, payment_pass(other, arena, &step));
    assert_int_equal(number("SELECT count(*) FROM ledger.journal"), journals);
    assert_int_equal(number("SELECT next FROM ledger.reader WHERE topic = 'PAYMENT'"), 1);
    const struct payment_step next = {.partition = 0, .seen_epoch = 1, .seen_next = 1, .epoch = 1, .first_origin = 0, .next = 2};
    EXPECT_OK(payment_pass(other, arena, &next));
    assert_int_equal(number("SELECT next FROM ledger.reader WHERE topic = 'PAYMENT'"), 2);
    books_are_right();
}

enum { RACE_ROUNDS = 5, RACE_SIDES = 2, SIDE_FAILED = 100 };

static int book_alone(const char *id, const char *reference) {
    struct pg *own = NULL;
    struct payment_result result = {0};
    const struct money_moment moment = at(20251012);
    const struct payment_received payment = payment_of(id, reference, 1000, 20251012);
    struct err err = pg_open(getenv("PGURL"), "test-side", &own);
    if (!failed(&err)) err = command_payment(own, arena_create(1 << 24), &moment, &payment, NULL, &result);
    return failed(&err) ? SIDE_FAILED : (int)result.outcome;
}

/* Two processes at the same moment, without a reader's position between them: one number, each side with its own reference. One side gets one of the outcomes `firsts` (bits), the
 * other one `second`, in every round. */
static void race(const char *name, const char *const references[RACE_SIDES], unsigned firsts, enum payment_outcome second) {
    for (int round = 0; round < RACE_ROUNDS; round++) {
        char id[32];
        (void)snprintf(id, sizeof id, "%s-%d", name, round);
        pid_t sides[RACE_SIDES];
        for (int i = 0; i < RACE_SIDES; i++) {
            sides[i] = fork();
            assert_true(sides[i] >= 0);
            if (sides[i] == 0) _exit(book_alone(id, references[i]));
        }
        int first_count = 0, second_count = 0;
        for (int i = 0; i < RACE_SIDES; i++) {
            int status = 0;
            assert_int_equal(waitpid(sides[i], &status, 0), sides[i]);
            assert_true(WIFEXITED(status));
            assert_in_range(WEXITSTATUS(status), PAYMENT_OUTCOME_BOOKED, PAYMENT_OUTCOME_REPEATED);
            first_count += (firsts >> WEXITSTATUS(status) & 1u) != 0;
            second_count += WEXITSTATUS(status) == (int)second;
        }
        assert_int_equal(first_count, 1);
        assert_int_equal(second_count, 1);
    }
}

/* The number alone keeps it single. */
static void the_same_payment_from_two_sides_at_once_is_one_booking(void **state) {
    (void)state;
    static const char *const references[RACE_SIDES] = {"INV-1708-202510-0001", "INV-1708-202510-0001"};
    race("trx-race", references, 1u << PAYMENT_OUTCOME_BOOKED, PAYMENT_OUTCOME_REPEATED);
    assert_int_equal(number("SELECT count(*) FROM ledger.payment WHERE external_id LIKE 'trx-race-%%'"), RACE_ROUNDS);
    books_are_right();
}

/* Two payers name the same number with other contents: one is booked, the other is told. */
static void one_number_for_two_payers_at_once_is_one_booking_and_one_row_of_the_work_list(void **state) {
    (void)state;
    static const char *const references[RACE_SIDES] = {"INV-1708-202510-0001", "nobody's"};
    race("trx-two", references, 1u << PAYMENT_OUTCOME_BOOKED | 1u << PAYMENT_OUTCOME_SUSPENDED, PAYMENT_OUTCOME_PARKED);
    assert_int_equal(number("SELECT count(*) FROM ledger.payment WHERE external_id LIKE 'trx-two-%%'"), RACE_ROUNDS);
    assert_int_equal(number("SELECT count(*) FROM ledger.suspense WHERE external_id LIKE 'trx-two-%%' AND problem = 'CONTENT_DIFFERS'"), RACE_ROUNDS);
    books_are_right();
}

static struct suspense_result assign(int32_t row, const char *agreement, day_t day) {
    const struct money_moment moment = at(day);
    struct suspense_result result;
    arena_reset(arena);
    EXPECT_OK(command_assign(pg, arena, &moment, row, slice_text(agreement), slice_text(""), slice_text("letter of the payer"), &result));
    return result;
}

static void a_payment_taken_back_by_mistake_stays_or_finds_another_payer(void **state) {
    (void)state;
    enrol("wrong", 20001, 2, 12, 202510);
    enrol("right", 20101, 2, 12, 202510);
    const struct invoice october = invoice("wrong", 202510, 1, 20251001);
    (void)invoice("right", 202510, 1, 20251001);
    /* a correction: the months are open, the money is there and pays with the next invoice */
    struct payment_result paid = pay("trx-w1", october.number, 2 * 16800 + 500, 20251010);
    struct reversal_result taken = reverse("wrong", paid.journal_seq, "CORRECTION", 20251011);
    EXPECT_DONE(taken.refusal);
    assert_int_equal(taken.returned, 0);
    assert_int_equal(taken.months, 2);
    assert_int_equal(taken.registered, 2);
    assert_int_equal(balance("wrong", "TITIPAN:wrong"), -(2 * 16800 + 500));
    assert_int_equal(balance("wrong", "KAS:BANK-BENGKULU"), 2 * 16800 + 500);
    books_are_right();
    const struct invoice november = invoice("wrong", 202511, 1, 20251101);
    assert_int_equal(november.from_credit.months, 2);
    paid = pay("trx-w2", november.number, 1000, 20251102);
    EXPECT_REFUSED("NOTHING_SETTLED", reverse("wrong", paid.journal_seq, "WRONG_INVOICE", 20251103).refusal);
    EXPECT_REFUSED("NO_MONEY_TO_MOVE", reverse("wrong", november.journal_seq, "WRONG_PAYER", 20251103).refusal);
    /* another payer's: by way of the work list, there and back and there again */
    const int64_t suspended = balance("none", "SUSPENS"), cash = balance("wrong", "KAS:BANK-BENGKULU") + balance("none", "KAS:BANK-BENGKULU");
    paid = pay("trx-w3", november.number, 16800, 20251104);
    assert_int_equal(paid.settlement.months, 1);
    taken = reverse("wrong", paid.journal_seq, "WRONG_PAYER", 20251105);
    EXPECT_DONE(taken.refusal);
    assert_int_equal(taken.returned, 16800);
    assert_true(taken.suspense_no > 0);
    assert_int_equal(balance("none", "SUSPENS"), suspended - 16800);
    assert_int_equal(balance("wrong", "TITIPAN:wrong"), -1500);
    assert_int_equal(balance("wrong", "KAS:BANK-BENGKULU") + balance("none", "KAS:BANK-BENGKULU"), cash + 16800);
    books_are_right();
    struct suspense_result given = assign(taken.suspense_no, "right", 20251106);
    EXPECT_DONE(given.refusal);
    assert_int_equal(given.settlement.months, 1);
    assert_int_equal(balance("none", "SUSPENS"), suspended);
    const struct reversal_result again = reverse("right", given.payer_journal_seq, "WRONG_PAYER", 20251107);
    EXPECT_DONE(again.refusal);
    assert_int_equal(again.suspense_no, taken.suspense_no);
    EXPECT_DONE(assign(taken.suspense_no, "right", 20251108).refusal);
    assert_int_equal(balance("right", "PIUTANG:right"), 16800);
    assert_int_equal(pay("trx-w3", november.number, 16800, 20251104).outcome, PAYMENT_OUTCOME_REPEATED);
    books_are_right();
}

static void a_payment_that_was_refused_or_has_a_taken_number_is_booked_by_its_assignment(void **state) {
    (void)state;
    struct payment_received refused = payment_of("trx-r1", "whatever", 16800, 20251110), foreign = payment_of("trx-r2", "whatever", 16800, 20251110);
    refused.problem = foreign.problem = slice_text("REFUSED");
    foreign.currency = slice_text("USD");
    const struct payment_result first = pay_as(&refused, 20251110), second = pay_as(&foreign, 20251110);
    assert_int_equal(first.outcome, PAYMENT_OUTCOME_PARKED);
    assert_true(slice_is(second.problem, "CURRENCY_UNKNOWN"));
    EXPECT_REFUSED("NOTHING_BOOKED", assign(second.suspense_no, "right", 20251111).refusal);
    const struct suspense_result given = assign(first.suspense_no, "right", 20251111);
    EXPECT_DONE(given.refusal);
    assert_int_equal(given.settlement.months, 1);
    assert_int_equal(balance("right", "PIUTANG:right"), 0);
    EXPECT_REFUSED("ALREADY_RESOLVED", assign(first.suspense_no, "right", 20251111).refusal);
    assert_int_equal(pay_as(&refused, 20251112).outcome, PAYMENT_OUTCOME_REPEATED);
    assert_int_equal(number("SELECT amount FROM ledger.payment WHERE external_id = 'trx-r1' AND state = 'SUSPENDED'"), 16800);
    const struct payment_result other_content = pay("trx-r1", "whatever", 700, 20251112);
    assert_true(slice_is(other_content.problem, "CONTENT_DIFFERS"));
    EXPECT_DONE(assign(other_content.suspense_no, "right", 20251113).refusal);
    assert_int_equal(balance("right", "TITIPAN:right"), -700);
    assert_int_equal(number("SELECT count(*) FROM ledger.payment WHERE external_id = 'trx-r1#%d'", other_content.suspense_no), 1);
    assert_int_equal(pay("trx-r1", "whatever", 700, 20251112).outcome, PAYMENT_OUTCOME_REPEATED);
    books_are_right();
}

static void leave(const char *agreement, int64_t place, day_t day) {
    struct mutation_result result;
    struct id id;
    const struct money_moment moment = at(day);
    char text[2 * ID_BYTES + 1];
    struct pg_rows rows;
    arena_reset(arena);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, slice_text(agreement));
    pg_add_int8(p, place);
    EXPECT_OK(pg_run(pg, arena, "SELECT encode(application_id, 'hex') FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = $1 AND place = $2", p, &rows));
    assert_int_equal(rows.count, 1);
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARGS(pg_bytes(&rows, 0, 0)));
    assert_true(id_parse(slice_text(text), &id));
    EXPECT_OK(command_mutation(pg, arena, &moment, id, MUTATION_EXIT, day, &result));
    assert_int_equal(result.answer, MUTATION_DONE);
}

static void who_left_does_not_keep_an_invoice_from_being_taken_back(void **state) {
    (void)state;
    enrol("left", 20201, 3, 12, 202510);
    const struct invoice first = invoice("left", 202510, 1, 20251001), later = invoice("left", 202511, 2, 20251002);
    assert_int_equal(pay("trx-l1", later.number, 2 * 16800, 20251003).settlement.months, 2);
    EXPECT_REFUSED("LATER_INVOICE", reverse("left", first.journal_seq, "CORRECTION", 20251004).refusal);
    for (int64_t place = 1; place <= 3; place++) leave("left", place, 20251005); /* one refunded, two credited */
    EXPECT_REFUSED("NOTHING_OPEN", reverse("left", later.journal_seq, "CORRECTION", 20251006).refusal);
    const struct reversal_result taken = reverse("left", first.journal_seq, "CORRECTION", 20251006);
    EXPECT_DONE(taken.refusal);
    assert_int_equal(taken.months, 3);
    assert_int_equal(balance("left", "PIUTANG:left"), 0);
    /* the invoice itself names one who was refunded */
    enrol("part", 20301, 2, 12, 202510);
    (void)invoice("part", 202510, 1, 20251001);
    const struct invoice both = invoice("part", 202511, 2, 20251002);
    assert_int_equal(pay("trx-l2", both.number, 2 * 16800, 20251003).settlement.months, 2);
    leave("part", 1, 20251005);
    const struct reversal_result rest = reverse("part", both.journal_seq, "CORRECTION", 20251006);
    EXPECT_DONE(rest.refusal);
    assert_int_equal(rest.months, 2);
}

static void a_closed_period_takes_no_journal(void **state) {
    (void)state;
    enrol("closed", 14001, 1, 12, 202510);
    const struct money_moment november = at(20251101), december = at(20251201);
    struct close_result closed;
    EXPECT_OK(command_close(pg, arena, &november, slice_text("closed"), 20251101, &closed));
    EXPECT_REFUSED("DAY_NOT_OVER", closed.refusal);
    EXPECT_OK(command_close(pg, arena, &november, slice_text("closed"), 20251031, &closed));
    EXPECT_DONE(closed.refusal);
    EXPECT_OK(command_close(pg, arena, &december, slice_text("closed"), 20251031, &closed));
    EXPECT_REFUSED("CLOSED_ALREADY", closed.refusal);
    const struct money_moment october = at(20251031);
    struct invoice_result result;
    EXPECT_OK(command_invoice(pg, arena, &october, slice_text("closed"), 202510, 1, &result));
    EXPECT_REFUSED("PERIOD_CLOSED", result.refusal);
    assert_int_equal(number("SELECT count(*) FROM ledger.invoice i JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'closed'"), 0);
    assert_int_equal(invoice("closed", 202510, 1, 20251101).amount, 16800);
    assert_int_equal(number("SELECT count(*) FROM ledger.journal j JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'closed' AND kind = 'CLOSE' AND reference = '2025-10-31'"), 1);
    books_are_right();
}

/* The tool itself, as an operator types it: what it prints and how it ends. */
static void the_commands_say_what_was_done(void **state) {
    (void)state;
    static const struct { const char *arguments; int code; const char *says; } cases[] = {
        {"invoice --help", 0, "usage: payung invoice issue"},
        {"invoice", 2, ""},
        {"invoice list", 2, ""},
        {"invoice issue --agreement short --month 2026-13", 2, ""},
        {"invoice issue --agreement short --month 2026-01 --months 0", 2, ""},
        {"invoice issue --agreement nowhere --month 2026-01 --json", 1, "{\"error\":{\"code\":\"UNKNOWN_AGREEMENT\""},
        {"invoice issue --agreement short --month 2026-01 --date 2026-01-02 --json", 0, "\"result\":\"issued\",\"first_month\":\"2026-01\",\"months\":1"},
        {"invoice issue --agreement short --month 2026-01 --date 2026-01-02", 0, "Tidak ada yang perlu ditagih."},
        {"invoice list --agreement short", 0, "belum dibayar"}, /* a credit of 1,000 pays no whole month */
        {"invoice list --agreement short --json", 0, "\"state\":\"OPEN\""},
        {"invoice list --agreement nowhere --json", 1, "UNKNOWN_AGREEMENT"},
        {"invoice show inv.1708.202510.0001 --json", 0, "\"invoice\":\"INV-1708-202510-0001\",\"billing_code\":\"170820251000000144\""},
        {"invoice show 170820251000000144 --lines -", 0, "1984,2025-10,10000,6800,0,0,0,0,,16800,SETTLED"},
        {"invoice show 170820251000000145 --json", 1, "UNKNOWN_INVOICE"},
        {"payment list --agreement short", 0, "BANK-BENGKULU:001 trx-s1"},
        {"payment list --agreement none --json", 0, "\"state\":\"RETURNED\""},
        {"payment list --agreement assigned --json", 0, "\"state\":\"ASSIGNED\""},
        {"payment show BANK-BENGKULU:001 trx-1 --json", 0, "\"settled\":33331200"},
        {"payment show BANK-BENGKULU:001 trx-none --json", 1, "UNKNOWN_PAYMENT"},
        {"payment suspense list", 0, "CONTENT_DIFFERS: Nomor eksternal yang sama"},
        {"payment suspense list --all --json", 0, "\"state\":\"DISMISSED\""},
        {"payment suspense assign 1", 2, ""},
        {"payment suspense assign 1 --agreement short --invoice X --reason x --json", 1, "UNKNOWN_INVOICE"},
        {"payment suspense return 1 --reason x --json", 1, "NOTHING_BOOKED"},
        {"payment suspense dismiss 1 --reason 'told by the bank'", 0, "Baris ditutup"},
        {"payment suspense dismiss 1 --reason again --json", 1, "ALREADY_RESOLVED"},
        {"ledger balance --agreement short --accounts", 0, "TITIPAN:short"},
        {"ledger balance --agreement short --as-of 2025-11-05 --json", 0, "\"PIUTANG:short\":134400,\"TITIPAN:short\":-6400"},
        {"ledger balance --agreement short --as-of 2025-11-31", 2, ""},
        {"ledger reverse --help", 0, "BANK_RETURN"},
        {"ledger reverse --agreement short --journal 1 --reason CORRECTION --json", 1, "NOT_REVERSIBLE"},
        {"ledger reverse --agreement short --journal 9 --reason WHIM --json", 1, "UNKNOWN_REASON"},
        {"ledger close --agreement short --to 2025-12-31 --date 2026-01-05 --json", 0, "\"closed_to\":\"2025-12-31\""},
        {"ledger close --agreement short --to 2025-12-31 --json", 1, "CLOSED_ALREADY"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[512];
        static char said[1 << 20];
        (void)snprintf(line, sizeof line, "%s %s 2>/dev/null", tool, cases[i].arguments);
        FILE *pipe = popen(line, "r");
        assert_non_null(pipe);
        size_t size = fread(said, 1, sizeof said - 1, pipe);
        said[size] = '\0';
        const int status = pclose(pipe);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].code || strstr(said, cases[i].says) == NULL)
            fail_msg("payung %s: exit code %d: %.300s", cases[i].arguments, WEXITSTATUS(status), said);
    }
}

static void verify_finds_nothing(void **state) {
    (void)state;
    static struct verify_report report;
    EXPECT_OK(ledger_verify(pg, &report));
    for (int64_t i = 0; i < report.problem_count && i < 20; i++)
        print_error("%s %s %s: %s\n", report.problems[i].check, report.problems[i].agreement, report.problems[i].where, report.problems[i].text);
    assert_int_equal(report.problem_count, 0);
    assert_true(report.lines > 4000);
}

static void every_command_is_archived_and_audited(void **state) {
    (void)state;
    assert_int_equal(number("SELECT count(*) FROM ledger.journal j WHERE j.kind IN ('INVOICE', 'PAYMENT', 'SUSPENSE', 'REVERSAL', 'CLOSE') AND NOT EXISTS (SELECT FROM ledger.outbox o"
                            " WHERE o.topic = 'COMMAND' AND o.commit_sequence = j.commit_sequence)"), 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.outbox o WHERE NOT EXISTS (SELECT FROM ledger.audit a WHERE a.commit_sequence = o.commit_sequence)"), 0);
    assert_int_equal(number("SELECT count(*) FROM ledger.audit WHERE actor NOT IN ('operator:test', 'payments', 'test')"), 0);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    tool = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(l01_the_invoice_of_kepahiang_and_l02_its_payment_and_l04_the_same_payment_again),
        cmocka_unit_test(c01_three_months_paid_at_once_on_the_tenth),
        cmocka_unit_test(a_short_payment_pays_whole_months_in_list_order_and_the_rest_waits_as_credit),
        cmocka_unit_test(who_joins_late_is_invoiced_with_the_months_missed),
        cmocka_unit_test(prices_of_all_segments_once_and_monthly),
        cmocka_unit_test(a_relief_shows_as_normal_price_and_reduction),
        cmocka_unit_test(an_invoice_without_payments_is_taken_back_and_issued_again),
        cmocka_unit_test(a_payment_that_the_bank_takes_back),
        cmocka_unit_test(what_is_no_payment_is_named_and_kept),
        cmocka_unit_test(money_of_nobody_finds_its_payer_or_goes_back),
        cmocka_unit_test(two_writers_on_one_payment_book_it_once_and_the_stale_one_is_fenced),
        cmocka_unit_test(the_same_payment_from_two_sides_at_once_is_one_booking),
        cmocka_unit_test(one_number_for_two_payers_at_once_is_one_booking_and_one_row_of_the_work_list),
        cmocka_unit_test(a_payment_taken_back_by_mistake_stays_or_finds_another_payer),
        cmocka_unit_test(a_payment_that_was_refused_or_has_a_taken_number_is_booked_by_its_assignment),
        cmocka_unit_test(a_closed_period_takes_no_journal),
        cmocka_unit_test(who_left_does_not_keep_an_invoice_from_being_taken_back),
        cmocka_unit_test(every_command_is_archived_and_audited),
        cmocka_unit_test(the_commands_say_what_was_done),
        cmocka_unit_test(verify_finds_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
