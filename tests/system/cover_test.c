/* Cover over time on a real PostgreSQL: mutations, the monthly run, promotion, carry-over and renewal, with the vectors Q07, C01, C03, C04, C07, C08 and C09 of domain.md 8.6. Each case has agreements
 * of its own; after each the whole ledger is verified. PGURL names an empty database. */
#include "tests/system/ledger_fixture.h"

#include "tests/system/expect.h"

#include <pthread.h>

#include "common/edge/crypto.h"
#include "common/edge/share_tables.h"
#include "common/wire/wire.h"
#include "services/ledger/balance.h"
#include "services/ledger/forecast.h"
#include "services/ledger/invoice.h"
#include "services/ledger/mutation.h"
#include "services/ledger/payment_book.h"
#include "services/ledger/promotion.h"
#include "services/ledger/renewal.h"
#include "services/ledger/run.h"
#include "services/ledger/verify.h"

static struct fixture fixture;
static struct book *book;
static struct pg *pg;
static struct arena *arena; /* of the commands */

enum { GRACE = 3 };

/* ---- helpers ------------------------------------------------------------------------------------------------------------------------------------- */

/* A number of one agreement: `what` is an expression over ledger.budget b, ledger.agreement a. */
static int64_t of(const char *agreement, const char *what) {
    char sql[1024];
    (void)snprintf(sql, sizeof sql, "SELECT (%s)::bigint FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = '%s'", what, agreement);
    struct pg_rows rows;
    /* texts are prepared by their address: this one is made anew each time, so it goes as a script's result through a table */
    char script[1400];
    (void)snprintf(script, sizeof script, "DELETE FROM answer; INSERT INTO answer %s", sql);
    EXPECT_OK(pg_script(pg, script));
    struct arena *own = arena_create(1 << 16);
    EXPECT_OK(pg_run(pg, own, "SELECT value FROM answer", NULL, &rows));
    assert_int_equal(rows.count, 1);
    const int64_t value = pg_int8(&rows, 0, 0);
    arena_destroy(own);
    return value;
}
#define EXPECT_OF(agreement, what, expected)                                                                           \
    do {                                                                                                               \
        const int64_t value_ = of(agreement, what);                                                                    \
        if (value_ != (int64_t)(expected)) fail_msg("%s: %s is %lld, not %lld", agreement, what, (long long)value_, (long long)(expected)); \
    } while (0)

#define PLACE(n, column) "(SELECT " column " FROM ledger.enrolment e WHERE e.agreement_no = a.agreement_no AND e.place = " #n ")"
#define DAY_OF(column) "extract(year FROM " column ") * 10000 + extract(month FROM " column ") * 100 + extract(day FROM " column ")"

static void verify_all(void) {
    static struct verify_report report;
    EXPECT_OK(ledger_verify(pg, &report));
    for (int64_t i = 0; i < report.problem_count && i < PROBLEMS_MAX; i++)
        print_message("SALAH [%s] %s %s: %s\n", report.problems[i].check, report.problems[i].agreement, report.problems[i].where, report.problems[i].text);
    assert_int_equal(report.problem_count, 0);
}

static struct money_moment at(day_t day) {
    static int64_t moment_ms = INT64_C(1757912400000);
    return (struct money_moment){.moment_ms = moment_ms += 1000, .business_date = day, .actor = "test"};
}

struct terms { /* zero: 2025-10-01 to 2026-09-30, no quota */
    const char *payer, *from, *to;
    int64_t pagu, quota; /* quota 0 = none */
    int months;          /* 0 = 12 */
    const char *more;    /* further members, with a comma in front */
};

static enum apply_answer put_in_force(const char *id, const struct terms *terms) {
    char text[1024], heads[48] = "";
    if (terms->quota > 0) (void)snprintf(heads, sizeof heads, ",\"quota\":%lld", (long long)terms->quota);
    (void)snprintf(text, sizeof text,
                   "{\"id\":\"%s\",\"name\":\"test\",\"payer\":{\"kind\":\"PEMKAB\",\"region\":\"17.08\",\"funds\":\"APBD\",\"name\":\"Pemkab %s\"},\"legal_basis\":[{\"kind\":\"SK\","
                   "\"number\":\"1\",\"date\":\"2025-09-01\"}],\"period\":{\"from\":\"%s\",\"to\":\"%s\"},\"months\":%d,\"segments\":{\"BPU\":{\"programmes\":[\"JKK\",\"JKM\",\"JHT\"]}},"
                   "\"pagu\":%lld%s%s}",
                   id, terms->payer != NULL ? terms->payer : id, terms->from != NULL ? terms->from : "2025-10-01", terms->to != NULL ? terms->to : "2026-09-30", terms->months != 0 ? terms->months : 12,
                   (long long)terms->pagu, heads,
                   terms->more != NULL ? terms->more : "");
    enum apply_answer answer;
    struct document_problem problem = {.problem = ""};
    EXPECT_OK(fixture_apply(pg, fixture.arena, text, &answer, &problem));
    if (answer == APPLY_REFUSED) fail_msg("%s: %s", problem.member, problem.problem);
    return answer;
}

/* Puts persons first .. first + count - 1 into the list of an agreement. */
static void enrol(const char *agreement, uint32_t first, uint32_t count, month_t start, uint32_t months) {
    static struct fixture_item items[100];
    assert_true(count <= 100);
    for (uint32_t i = 0; i < count; i++) items[i] = (struct fixture_item){.person = first + i, .agreement = agreement, .partition = 4, .start_month = start, .months = months};
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, count)));
    fixture_passed(&fixture);
}

static struct id application(uint32_t person) {
    struct fixture_item item = {.person = person};
    struct arena *own = arena_create(1 << 20);
    const struct id id = fixture_priced(own, &item, &(struct lineage){.epoch = 1})->application.application_id;
    arena_destroy(own);
    return id;
}

/* Intake and the path up to the ledger, for what ledger.pending holds of an agreement: submits each row with its terms and deletes nothing. */
static void submit_pending(const char *agreement, uint32_t first, uint32_t count, uint32_t attempt, month_t start, uint32_t months) {
    static struct fixture_item items[100];
    for (uint32_t i = 0; i < count; i++)
        items[i] = (struct fixture_item){.person = first + i, .agreement = agreement, .partition = 4, .attempt = attempt, .start_month = start, .months = months};
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, count)));
    fixture_passed(&fixture);
}

static void bill(const char *agreement, month_t month) {
    struct invoice_result result;
    const struct money_moment moment = at(month_first_day(month));
    EXPECT_OK(command_invoice(pg, arena, &moment, slice_text(agreement), month, 1, &result));
    assert_null(result.refusal.code);
    assert_true(result.invoice.lines > 0);
}

/* The payer pays all that is open or a part of it, on that day, in the name of the last invoice or of the oldest that is open. */
static void pay_at_most(const char *agreement, day_t day, rupiah most, bool oldest) {
    static int payments;
    char external_id[32], content[64];
    (void)snprintf(external_id, sizeof external_id, "trx-%d", ++payments);
    (void)snprintf(content, sizeof content, "%s %d", external_id, day);
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, slice_text(agreement));
    pg_add_bool(p, oldest);
    EXPECT_OK(pg_run(pg, arena, "SELECT v.invoice_id, b.receivable FROM ledger.invoice v JOIN ledger.agreement a USING (agreement_no) JOIN ledger.budget b USING (agreement_no)"
                                " WHERE a.agreement_id = $1 AND (NOT $2 OR v.invoice_no = (SELECT min(d.invoice_no) FROM ledger.due d WHERE d.agreement_no = a.agreement_no))"
                                " ORDER BY v.invoice_no DESC LIMIT 1", p, &rows));
    assert_int_equal(rows.count, 1);
    struct payment_received payment = {.source = slice_text("BANK-UJI:001"), .external_id = slice_text(external_id), .reference = pg_bytes(&rows, 0, 0), .bank = slice_text("BANK-UJI"),
                                       .amount_is_readable = true, .amount = pg_int8(&rows, 0, 1) < most ? pg_int8(&rows, 0, 1) : most, .currency = slice_text("IDR"), .received_on = day, .problem = slice_text(""),
                                       .raw = slice_text("raw"), .received_at_ms = 1};
    crypto_sha256(slice_text(content), payment.content_sha256);
    memcpy(payment.payment_id.bytes, payment.content_sha256, ID_BYTES);
    struct payment_result result;
    const struct money_moment moment = at(day);
    EXPECT_OK(command_payment(pg, arena, &moment, &payment, NULL, &result));
    assert_int_equal(result.outcome, PAYMENT_OUTCOME_BOOKED);
}

static void pay(const char *agreement, day_t day) { pay_at_most(agreement, day, INT64_MAX, false); }

static struct run_result run_at(const char *agreement, day_t day) {
    struct run_result result;
    const struct money_moment moment = at(day);
    EXPECT_OK(command_run(pg, arena, &moment, slice_text(agreement), GRACE, &result));
    return result;
}

static struct mutation_result mutate(uint32_t person, enum mutation_reason reason, day_t day, day_t today) {
    struct mutation_result result;
    const struct money_moment moment = at(today);
    EXPECT_OK(command_mutation(pg, arena, &moment, application(person), reason, day, &result));
    return result;
}

/* What `payung ledger balance` shows; all are of one segment. */
static void expect_balance(const char *agreement, rupiah committed, rupiah reserved, rupiah left, int64_t accepted, int64_t waitlisted) {
    struct agreement_balance balance;
    bool found;
    EXPECT_OK(agreement_balance(pg, arena, slice_text(agreement), &found, &balance));
    assert_true(found);
    assert_int_equal(balance.committed, committed);
    assert_int_equal(balance.reserved, reserved);
    assert_int_equal(balance.left, left);
    assert_int_equal(balance.accepted, accepted);
    assert_int_equal(balance.waitlisted, waitlisted);
    assert_int_equal(balance.segments[SEGMENT_BPU].committed, committed);
    assert_int_equal(balance.segments[SEGMENT_BPU].accepted, accepted);
    assert_int_equal(balance.segments[SEGMENT_BPU].waitlisted, waitlisted);
}

static struct promotion_result promote(const char *agreement, day_t day) {
    struct promotion_result result;
    const struct money_moment moment = at(day);
    EXPECT_OK(command_promotion(pg, arena, &moment, slice_text(agreement), &result));
    return result;
}

static int set_up(void **state) {
    (void)state;
    const char *url = getenv("PGURL");
    assert_non_null(url);
    EXPECT_OK(database_migrate());
    EXPECT_OK(pg_open(url, "test", &pg));
    EXPECT_OK(pg_script(pg, "CREATE TEMPORARY TABLE answer (value bigint)"));
    fixture_start(&fixture);
    arena = arena_create(256 * 1024 * 1024);
    EXPECT_OK(book_open(url, &book));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    book_close(book);
    pg_close(pg);
    arena_destroy(arena);
    arena_destroy(fixture.arena);
    return 0;
}

static int after_each(void **state) {
    (void)state;
    verify_all();
    arena_reset(arena);
    return 0;
}

/* ---- mutations ----------------------------------------------------------------------------------------------------------------------------------------- */

/* Q07: the slot of one person costs 12 * 16,800 = 201,600, whoever fills it: 67,200 for four months of the first, 134,400 for eight of the replacement. */
static void a_replacement_inherits_the_months_left(void **state) {
    (void)state;
    (void)put_in_force("q07", &(struct terms){.pagu = 201600, .quota = 1});
    enrol("q07", 1000, 2, 202510, 12);
    EXPECT_OF("q07", "b.committed", 201600);
    EXPECT_OF("q07", "b.waitlisted", 1);
    expect_balance("q07", 201600, 0, 0, 1, 1);
    for (month_t month = 202510; month != 202602; month = month_add(month, 1)) {
        bill("q07", month);
        pay("q07", month_first_day(month));
    }
    EXPECT_OF("q07", PLACE(1, "state"), ENROLMENT_ACTIVE);
    EXPECT_OF("q07", DAY_OF(PLACE(1, "state_from")), 20251001);
    const struct mutation_result death = mutate(1000, MUTATION_DEATH, 20260120, 20260121);
    assert_int_equal(death.answer, MUTATION_DONE);
    assert_int_equal(death.part_count, 1);
    assert_int_equal(death.parts[0].released, 134400);
    assert_int_equal(death.parts[0].refunded, 0);
    assert_int_equal(death.parts[0].end_month, 202601);
    assert_int_equal(death.parts[0].covered_from, 20251001);
    EXPECT_OF("q07", "b.committed", 67200);
    EXPECT_OF("q07", "b.accepted", 0);
    EXPECT_OF("q07", PLACE(1, "state"), ENROLMENT_ENDED);
    expect_balance("q07", 67200, 0, 134400, 0, 1);
    struct slice due[PROMOTION_DUE_MAX];
    size_t count;
    EXPECT_OK(promotion_due(pg, arena, 20260121, due, &count));
    assert_int_equal(count, 1);
    assert_true(slice_is(due[0], "q07"));
    const struct promotion_result promotion = promote("q07", 20260121);
    assert_int_equal(promotion.promoted, 1);
    assert_int_equal(promotion.start_month, 202602); /* January is invoiced */
    assert_int_equal(promotion.months, 8);
    assert_int_equal(promotion.reserved, 134400);
    assert_int_equal(promotion.reserved_until, 20260204);
    assert_int_equal(promote("q07", 20260121).promoted, 0);
    expect_balance("q07", 67200, 134400, 0, 0, 0);
    EXPECT_OK(promotion_due(pg, arena, 20260121, due, &count));
    assert_int_equal(count, 0);
    EXPECT_OF("q07", "SELECT p.months * 1000000 + p.start_month + p.purpose * 100000000 FROM ledger.pending p WHERE p.agreement_no = a.agreement_no", 208202602);
    verify_all();
    submit_pending("q07", 1001, 1, 2, 202602, 8);
    EXPECT_OF("q07", "b.committed", 201600);
    EXPECT_OF("q07", "b.reserved", 0);
    EXPECT_OF("q07", "b.accepted", 1);
    expect_balance("q07", 201600, 0, 0, 1, 0);
    EXPECT_OF("q07", "SELECT count(*) FROM ledger.waiting w WHERE w.agreement_no = a.agreement_no", 0);
    EXPECT_OF("q07", "SELECT count(*) FROM ledger.pending w WHERE w.agreement_no = a.agreement_no", 0);
}

/* Months that are invoiced behind the event are taken back: the unpaid ones from the receivables, the paid ones as a credit of the payer. The calendar is free again. */
static void invoiced_months_behind_the_event_are_taken_back(void **state) {
    (void)state;
    (void)put_in_force("balik", &(struct terms){.pagu = 10 * 201600});
    enrol("balik", 1100, 3, 202510, 12);
    for (month_t month = 202510; month != 202601; month = month_add(month, 1)) bill("balik", month);
    pay("balik", 20251005);
    bill("balik", 202601);
    const struct mutation_result moved = mutate(1101, MUTATION_MOVED, 20251115, 20260110);
    assert_int_equal(moved.parts[0].refunded, 16800); /* December is paid */
    assert_int_equal(moved.parts[0].credited, 16800); /* January is not */
    assert_int_equal(moved.parts[0].released, 10 * 16800);
    EXPECT_OF("balik", "b.credit", 16800);
    EXPECT_OF("balik", "b.receivable", 2 * 16800);
    EXPECT_OF("balik", PLACE(2, "paid_to"), 202511);
    EXPECT_OF("balik", PLACE(2, "invoiced_to"), 202511);
    EXPECT_OF("balik", "SELECT c.jkk FROM ledger.cover c JOIN ledger.enrolment e USING (person_token) WHERE e.agreement_no = a.agreement_no AND e.place = 2 AND c.year = 2025", 1 << 9 | 1 << 10);
    EXPECT_OF("balik", "SELECT cardinality(c.holders) FROM ledger.cover c JOIN ledger.enrolment e USING (person_token) WHERE e.agreement_no = a.agreement_no AND e.place = 2 AND c.year = 2026", 0);
    assert_int_equal(mutate(1101, MUTATION_MOVED, 20251115, 20260110).answer, MUTATION_ENDED_ALREADY);
    assert_int_equal(mutate(999999, MUTATION_MOVED, 20251115, 20260110).answer, MUTATION_UNKNOWN);
    assert_int_equal(mutate(1100, MUTATION_MOVED, 20260111, 20260110).answer, MUTATION_IN_FUTURE);
    /* WRONG_NIK: wrong from the beginning, so only what is paid stays: December. */
    const struct mutation_result wrong = mutate(1102, MUTATION_WRONG_NIK, 20260110, 20260110);
    assert_int_equal(wrong.parts[0].end_month, 202512);
    assert_int_equal(wrong.parts[0].credited, 16800);
    assert_int_equal(wrong.parts[0].refunded, 0);
    /* before the first month: nothing stays */
    const struct mutation_result early = mutate(1100, MUTATION_EXIT, 20250920, 20260110);
    assert_int_equal(early.parts[0].end_month, 202509);
    assert_int_equal(early.parts[0].refunded, 3 * 16800);
    EXPECT_OF("balik", "b.committed", 2 * 16800 + 3 * 16800);
    EXPECT_OF("balik", "b.receivable", 0);
    EXPECT_OF("balik", "b.accepted", 0);
}

/* In the last month nothing is given back but the head. */
static void a_death_in_the_last_month_gives_back_only_the_head(void **state) {
    (void)state;
    (void)put_in_force("akhir", &(struct terms){.pagu = 10 * 201600});
    enrol("akhir", 1150, 1, 202510, 3);
    for (month_t month = 202510; month != 202601; month = month_add(month, 1)) bill("akhir", month);
    const struct mutation_result death = mutate(1150, MUTATION_DEATH, 20251231, 20251231);
    assert_int_equal(death.parts[0].released, 0);
    assert_int_equal(death.parts[0].covered_from, 0); /* C09: REGISTERED is not covered */
    EXPECT_OF("akhir", "b.accepted", 0);
    EXPECT_OF("akhir", "b.committed", 3 * 16800);
}

/* The month of the event is kept, so it is owed, although nobody had invoiced it by then; of who was never covered nothing is owed that was not invoiced. */
static void the_month_of_the_event_is_invoiced_after_it(void **state) {
    (void)state;
    (void)put_in_force("kejadian", &(struct terms){.pagu = 10 * 201600});
    enrol("kejadian", 1155, 2, 202510, 12);
    bill("kejadian", 202510);
    pay("kejadian", 20251003);
    enrol("kejadian", 1157, 1, 202510, 12);
    assert_int_equal(mutate(1155, MUTATION_DEATH, 20251120, 20251120).parts[0].end_month, 202511);
    const struct mutation_result never = mutate(1157, MUTATION_DEATH, 20251120, 20251120);
    assert_int_equal(never.parts[0].end_month, 202509);
    assert_int_equal(never.parts[0].released, 201600);
    EXPECT_OF("kejadian", "b.committed", 201600 + 2 * 16800);
    const struct run_result december = run_at("kejadian", 20251201);
    assert_int_equal(december.invoiced_persons, 2);
    assert_int_equal(december.invoiced, 3 * 16800);
    EXPECT_OF("kejadian", PLACE(1, "invoiced_to"), 202511);
    pay("kejadian", 20251205);
    EXPECT_OF("kejadian", PLACE(1, "state"), ENROLMENT_ENDED);
    EXPECT_OF("kejadian", PLACE(1, "paid_to"), 202511);
    assert_int_equal(run_at("kejadian", 20260101).invoiced_persons, 1);
}

/* A contract of a construction project is paid once: whoever leaves after the start gives back no money, before it all of it. */
static void a_single_premium_goes_back_only_before_the_start(void **state) {
    (void)state;
    enum apply_answer answer;
    struct document_problem problem;
    EXPECT_OK(fixture_office(pg, fixture.arena, "proyek", "Pemkab Proyek", 100000000, "", &answer, &problem));
    struct fixture_item items[2];
    for (uint32_t i = 0; i < 2; i++) items[i] = (struct fixture_item){.person = 1160 + i, .agreement = "proyek", .partition = 5, .segment = SEGMENT_JAKON};
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 2)));
    fixture_passed(&fixture);
    EXPECT_OF("proyek", "b.committed", 2 * 620000);
    bill("proyek", 202510);
    assert_int_equal(mutate(1160, MUTATION_EXIT, 20251010, 20251010).parts[0].released, 0);
    assert_int_equal(mutate(1161, MUTATION_EXIT, 20250930, 20251010).parts[0].released, 620000);
    EXPECT_OF("proyek", "b.committed", 620000);
}

static void who_waits_leaves_the_list(void **state) {
    (void)state;
    (void)put_in_force("antri", &(struct terms){.pagu = 201600});
    enrol("antri", 1200, 4, 202510, 12);
    EXPECT_OF("antri", "b.waitlisted", 3);
    int64_t place;
    EXPECT_OK(waiting_place(pg, arena, application(1203), &place));
    assert_int_equal(place, 3);
    const struct mutation_result left = mutate(1201, MUTATION_DUPLICATE, 20251001, 20251001);
    assert_int_equal(left.parts[0].place, 0);
    assert_false(left.parts[0].had_reservation);
    EXPECT_OF("antri", "b.waitlisted", 2);
    EXPECT_OK(waiting_place(pg, arena, application(1203), &place));
    assert_int_equal(place, 2);
    assert_int_equal(mutate(1200, MUTATION_EXIT, 20250930, 20251001).answer, MUTATION_DONE);
    assert_int_equal(promote("antri", 20251001).promoted, 1);
    const struct mutation_result reserved = mutate(1202, MUTATION_DEATH, 20251001, 20251001);
    assert_true(reserved.parts[0].had_reservation);
    assert_int_equal(reserved.parts[0].released, 201600);
    EXPECT_OF("antri", "b.reserved", 0);
    EXPECT_OF("antri", "b.reserved_heads", 0);
    EXPECT_OF("antri", "SELECT count(*) FROM ledger.pending p WHERE p.agreement_no = a.agreement_no", 0);
    assert_int_equal(promote("antri", 20251001).promoted, 1);
}

/* C07, C08, C09: the information line of a death. */
static void the_death_benefit_depends_on_ninety_days(void **state) {
    (void)state;
    struct parameters parameters;
    EXPECT_OK(share_parameters(arena, getenv("PAYUNG_SHARE"), "", &parameters));
    assert_int_equal(mutation_death_benefit(&parameters, 20251001, day_add(20251001, 60)), 10000000);
    assert_int_equal(mutation_death_benefit(&parameters, 20251001, day_add(20251001, 89)), 10000000);
    assert_int_equal(mutation_death_benefit(&parameters, 20251001, day_add(20251001, 90)), 42000000);
    assert_int_equal(mutation_death_benefit(&parameters, 20251001, 20250930), 0);
    assert_int_equal(mutation_death_benefit(&parameters, 0, 20251001), 0);
    for (int i = 0; i < MUTATION_REASONS; i++) {
        enum mutation_reason reason;
        assert_true(mutation_reason_parse(slice_text(mutation_row((enum mutation_reason)i)->code), &reason) && reason == (enum mutation_reason)i);
    }
    enum mutation_reason reason;
    assert_true(mutation_reason_parse(slice_text("death"), &reason) && reason == MUTATION_DEATH);
    assert_false(mutation_reason_parse(slice_text("DEAT"), &reason));
    assert_false(mutation_reason_parse(slice_text("DEATH_BY_A_LONG_NAME"), &reason));
}

/* ---- the monthly run ------------------------------------------------------------------------------------------------------------------------------------- */

/* Pays October 2025 to January 2026 and then nothing more. */
static void paid_to_january(const char *agreement, uint32_t person, int grace) {
    char options[48] = "";
    if (grace >= 0) (void)snprintf(options, sizeof options, ",\"options\":{\"grace_months\":%d}", grace);
    (void)put_in_force(agreement, &(struct terms){.pagu = 10 * 201600, .more = options});
    enrol(agreement, person, 2, 202510, 12);
    for (month_t month = 202510; month != 202602; month = month_add(month, 1)) bill(agreement, month);
    pay(agreement, 20251010); /* C01: from the day of the payment */
    EXPECT_OF(agreement, DAY_OF(PLACE(1, "state_from")), 20251010);
    EXPECT_OF(agreement, PLACE(1, "paid_to"), 202601);
}

/* C03: GRACE 2026-02-01 ... 2026-04-30, LAPSED 2026-05-01. */
static void three_unpaid_months_are_grace_the_fourth_lapses(void **state) {
    (void)state;
    paid_to_january("c03", 2000, -1);
    assert_int_equal(run_at("c03", 20260201).in_grace, 0); /* nobody has invoiced February */
    EXPECT_OF("c03", PLACE(1, "state"), ENROLMENT_ACTIVE);
    const struct run_result march = run_at("c03", 20260301);
    assert_int_equal(march.in_grace, 2);
    EXPECT_OF("c03", PLACE(1, "state"), ENROLMENT_GRACE);
    EXPECT_OF("c03", DAY_OF(PLACE(1, "state_from")), 20260201);
    EXPECT_OF("c03", "SELECT count(*) FROM ledger.outbox o WHERE o.key = a.agreement_id AND o.topic = 'COVERAGE'", 4); /* with two that became ACTIVE */
    assert_int_equal(run_at("c03", 20260301).answer, RUN_NOTHING);
    const struct run_result april = run_at("c03", 20260430);
    assert_int_equal(april.lapsed + april.in_grace, 0);
    assert_int_equal(april.invoiced, 2 * 16800); /* April; February and March came with the runs before */
    EXPECT_OF("c03", PLACE(1, "state"), ENROLMENT_GRACE);
    EXPECT_OF("c03", "b.receivable", 2 * 3 * 16800);
    const struct run_result may = run_at("c03", 20260501);
    assert_int_equal(may.lapsed, 2);
    assert_int_equal(may.released, 2 * 8 * 16800); /* arrears are not charged */
    EXPECT_OF("c03", PLACE(1, "state"), ENROLMENT_LAPSED);
    EXPECT_OF("c03", DAY_OF(PLACE(1, "state_from")), 20260501);
    EXPECT_OF("c03", PLACE(1, "end_month"), 202601);
    EXPECT_OF("c03", "b.committed", 2 * 4 * 16800);
    assert_int_equal(run_at("c03", 20260501).answer, RUN_NOTHING);
    assert_int_equal(run_at("c03", 20260430).answer, RUN_EARLIER);
    EXPECT_OF("c03", "b.receivable", 0);
    EXPECT_OF("c03", "SELECT count(*) FROM ledger.audit u WHERE u.agreement_id = a.agreement_id AND u.action = 'run'", 4);
}

/* C04: with two months of grace it lapses on 2026-04-01. Invoiced and unpaid months are credited. A run that comes late says the same days. */
static void two_months_of_grace_lapse_a_month_earlier(void **state) {
    (void)state;
    paid_to_january("c04", 2010, 2);
    bill("c04", 202602);
    bill("c04", 202603);
    EXPECT_OF("c04", "b.receivable", 4 * 16800);
    assert_int_equal(run_at("c04", 20260331).in_grace, 2);
    EXPECT_OF("c04", DAY_OF(PLACE(2, "state_from")), 20260201);
    const struct run_result late = run_at("c04", 20260615);
    assert_int_equal(late.lapsed, 2);
    EXPECT_OF("c04", DAY_OF(PLACE(2, "state_from")), 20260401);
    EXPECT_OF("c04", "b.receivable", 0);
    EXPECT_OF("c04", "b.credit", 0);
    EXPECT_OF("c04", "SELECT count(*) FROM ledger.due d WHERE d.agreement_no = a.agreement_no", 0);
}

/* A long list lapses at once: the statements for many come to the same as those for few. */
static void a_whole_list_lapses_at_once(void **state) {
    (void)state;
    enum { PERSONS = 1200, PART = 100 };
    (void)put_in_force("serentak", &(struct terms){.pagu = (int64_t)PERSONS * 201600});
    for (uint32_t i = 0; i < PERSONS; i += PART) enrol("serentak", 20000 + i, PART, 202510, 12);
    bill("serentak", 202510);
    pay("serentak", 20251005);
    bill("serentak", 202511);
    bill("serentak", 202512);
    const struct run_result lapse = run_at("serentak", 20260201);
    assert_int_equal(lapse.lapsed, PERSONS);
    assert_int_equal(lapse.released, (int64_t)PERSONS * 11 * 16800);
    EXPECT_OF("serentak", "b.receivable", 0);
    EXPECT_OF("serentak", "b.accepted", 0);
    EXPECT_OF("serentak", "SELECT count(*) FROM ledger.line l WHERE l.agreement_no = a.agreement_no AND l.kind = 3", 2 * PERSONS);
    EXPECT_OF("serentak", "SELECT count(*) FROM ledger.outbox o WHERE o.key = a.agreement_id AND o.topic = 'COVERAGE'", 2 * PERSONS); /* ACTIVE, LAPSED: two pages */
}

/* A part of the arrears makes nobody active: the month that runs is still open. With it paid the cover goes on. */
static void part_of_the_arrears_leaves_the_grace(void **state) {
    (void)state;
    paid_to_january("sebagian", 2060, -1);
    bill("sebagian", 202602);
    assert_int_equal(run_at("sebagian", 20260301).in_grace, 2); /* and invoices March */
    pay_at_most("sebagian", 20260305, 3 * 16800, false); /* February is older, but the last invoice is named: March of both, February of the first */
    EXPECT_OF("sebagian", PLACE(1, "state"), ENROLMENT_ACTIVE);
    EXPECT_OF("sebagian", PLACE(2, "state"), ENROLMENT_GRACE);
    EXPECT_OF("sebagian", PLACE(2, "paid_to"), 202601);
    EXPECT_OF("sebagian", "SELECT count(*) FROM ledger.line l WHERE l.agreement_no = a.agreement_no AND l.message_due = 'LAPSE_WARN'", 2);
    (void)run_at("sebagian", 20260401); /* April */
    pay_at_most("sebagian", 20260402, 2 * 16800, false); /* April of both: February of the second is still open */
    EXPECT_OF("sebagian", PLACE(2, "state"), ENROLMENT_GRACE);
    pay_at_most("sebagian", 20260403, 16800, false);
    EXPECT_OF("sebagian", PLACE(2, "state"), ENROLMENT_ACTIVE);
    EXPECT_OF("sebagian", PLACE(2, "paid_to"), 202604);
    (void)run_at("sebagian", 20260501);
    (void)run_at("sebagian", 20260601);
    assert_int_equal(of("sebagian", PLACE(1, "state")), ENROLMENT_GRACE);
    pay_at_most("sebagian", 20260602, 2 * 16800, true); /* May, and June is open */
    EXPECT_OF("sebagian", PLACE(1, "paid_to"), 202605);
    EXPECT_OF("sebagian", PLACE(1, "state"), ENROLMENT_GRACE);
    assert_int_equal(run_at("sebagian", 20260603).in_grace, 0);
    pay_at_most("sebagian", 20260604, 16800, true);
    EXPECT_OF("sebagian", PLACE(1, "state"), ENROLMENT_ACTIVE);
    EXPECT_OF("sebagian", PLACE(2, "state"), ENROLMENT_GRACE);
    EXPECT_OF("sebagian", "SELECT count(*) FROM ledger.line l WHERE l.agreement_no = a.agreement_no AND l.message_due = 'LAPSE_WARN'", 4);
}

/* Somebody who never paid was never covered: stays REGISTERED, and ends with the period without being told. */
static void covers_end_with_what_was_bought(void **state) {
    (void)state;
    (void)put_in_force("periode", &(struct terms){.pagu = 10 * 201600});
    enrol("periode", 2020, 2, 202510, 3);
    bill("periode", 202510);
    bill("periode", 202511);
    bill("periode", 202512);
    pay("periode", 20251003);
    assert_int_equal(run_at("periode", 20251231).ended, 0);
    enrol("periode", 2025, 1, 202510, 3);
    const struct run_result end = run_at("periode", 20260101);
    assert_int_equal(end.ended, 3);
    assert_int_equal(end.lapsed, 0);
    assert_int_equal(end.invoiced, 3 * 16800); /* what was bought is owed, whoever came after the last invoice */
    EXPECT_OF("periode", "b.receivable", 3 * 16800);
    EXPECT_OF("periode", "SELECT " DAY_OF("v.due_on") " FROM ledger.invoice v WHERE v.agreement_no = a.agreement_no AND v.invoice_no = b.invoices", 20260215);
    assert_int_equal(run_at("periode", 20260101).answer, RUN_NOTHING);
    pay("periode", 20260120);
    EXPECT_OF("periode", PLACE(3, "state"), ENROLMENT_ENDED);
    assert_false(end.agreement_ended);
    EXPECT_OF("periode", PLACE(1, "state"), ENROLMENT_ENDED);
    EXPECT_OF("periode", DAY_OF(PLACE(1, "state_from")), 20260101);
    EXPECT_OF("periode", "SELECT count(*) FROM ledger.line l WHERE l.agreement_no = a.agreement_no AND l.message_due = 'SPONSOR_END'", 2);
    EXPECT_OF("periode", PLACE(3, "state"), ENROLMENT_ENDED);
    assert_true(run_at("periode", 20261001).agreement_ended);
    EXPECT_OF("periode", "(a.state = 'ENDED')::int", 1);
    assert_int_equal(run_at("periode", 20261001).answer, RUN_NOTHING);
}

/* The run of December was missed: the months come onto the invoice of the run that ends everybody. */
static void a_missed_run_loses_no_month(void **state) {
    (void)state;
    (void)put_in_force("terlewat", &(struct terms){.pagu = 10 * 201600, .to = "2025-12-31", .months = 3});
    enrol("terlewat", 2050, 2, 202510, 3);
    (void)run_at("terlewat", 20251001);
    pay("terlewat", 20251003);
    (void)run_at("terlewat", 20251101);
    pay("terlewat", 20251103);
    const struct run_result end = run_at("terlewat", 20260101);
    assert_int_equal(end.invoiced, 2 * 16800);
    assert_int_equal(end.ended, 2);
    assert_true(end.agreement_ended);
    assert_int_equal(end.lapsed + end.in_grace, 0);
    EXPECT_OF("terlewat", "SELECT count(*) FROM ledger.line l WHERE l.agreement_no = a.agreement_no AND l.message_due = 'SPONSOR_END'", 2);
    assert_int_equal(run_at("terlewat", 20260101).answer, RUN_NOTHING);
}

/* Nobody ran for months: nobody is late for what was never invoiced, and not before that invoice is due. */
static void late_runs_make_nobody_late_before_the_invoice_is_due(void **state) {
    (void)state;
    paid_to_january("lambat", 2055, -1);
    const struct run_result june = run_at("lambat", 20260615);
    assert_int_equal(june.lapsed + june.in_grace, 0);
    assert_int_equal(june.invoiced, 2 * 5 * 16800);
    assert_int_equal(run_at("lambat", 20260615).answer, RUN_NOTHING);
    const struct run_result july = run_at("lambat", 20260701);
    assert_int_equal(july.lapsed, 0);
    assert_int_equal(july.in_grace, 0);
    EXPECT_OF("lambat", PLACE(1, "state"), ENROLMENT_ACTIVE);
    assert_int_equal(run_at("lambat", 20260715).lapsed, 0);
    assert_int_equal(run_at("lambat", 20260716).lapsed, 2);
    EXPECT_OF("lambat", DAY_OF(PLACE(1, "state_from")), 20260716);
    EXPECT_OF("lambat", PLACE(1, "end_month"), 202601);
    EXPECT_OF("lambat", "b.receivable", 0);
}

/* An amendment ends the agreement in December: what is invoiced stays (one has January), the months behind it are given back. */
static void an_early_end_gives_back_what_is_not_invoiced(void **state) {
    (void)state;
    (void)put_in_force("putus", &(struct terms){.pagu = 10 * 201600});
    enrol("putus", 2040, 2, 202510, 12);
    for (month_t month = 202510; month != 202601; month = month_add(month, 1)) bill("putus", month);
    pay("putus", 20251001);
    assert_int_equal(put_in_force("putus", &(struct terms){.pagu = 10 * 201600, .to = "2025-12-31", .months = 3}), APPLY_AMENDED);
    assert_int_equal(run_at("putus", 20251231).ended, 0);
    const struct run_result end = run_at("putus", 20260102);
    assert_int_equal(end.ended, 2);
    assert_int_equal(end.released, 2 * 9 * 16800);
    assert_int_equal(end.invoiced, 0);
    assert_true(end.agreement_ended);
    EXPECT_OF("putus", DAY_OF(PLACE(1, "state_from")), 20260101);
    EXPECT_OF("putus", "b.committed", 2 * 3 * 16800);
    EXPECT_OF("putus", "SELECT count(*) FROM ledger.line l WHERE l.agreement_no = a.agreement_no AND l.message_due = 'SPONSOR_END'", 2);
    assert_int_equal(run_at("putus", 20260102).answer, RUN_NOTHING);
}

/* As the relay sends it: with its lineage. */
static bool decode_change(struct slice payload, struct coverage_changed *ret_change) {
    return wire_decode_coverage(arena, wire_with_lineage(arena, payload, &(struct lineage){.epoch = 1}), ret_change);
}

/* The message holds what notification needs, and only for who is told. */
static void a_change_of_cover_is_told_with_its_price(void **state) {
    (void)state;
    struct pg_rows rows;
    EXPECT_OK(pg_run(pg, arena, "SELECT payload FROM ledger.outbox WHERE key = 'c03' AND topic = 'COVERAGE' ORDER BY outbox_no", NULL, &rows));
    assert_int_equal(rows.count, 6); /* 2 ACTIVE, 2 GRACE, 2 LAPSED */
    struct coverage_changed change;
    assert_true(decode_change(pg_bytes(&rows, 0, 0), &change));
    assert_int_equal(change.state, ENROLMENT_ACTIVE);
    assert_int_equal(change.message_due.size + change.sealed_person.size, 0);
    assert_true(decode_change(pg_bytes(&rows, 2, 0), &change));
    assert_true(slice_is(change.message_due, "LAPSE_WARN"));
    assert_true(slice_is(change.agreement_id, "c03") && slice_is(change.payer_name, "Pemkab c03"));
    assert_int_equal(change.monthly_amount, 16800);
    assert_int_equal(change.state, ENROLMENT_GRACE);
    assert_int_equal(change.day, 20260201);
    assert_int_equal(change.place, 1);
    assert_int_equal(change.paid_to, 202601);
    assert_int_equal(change.unpaid_months, 1); /* February; March is not over */
    assert_int_equal(change.lapse_day, 20260501);
    assert_int_equal(change.sealed_person.size, 6);
    const struct id expected = application(2000);
    assert_memory_equal(change.application_id.bytes, expected.bytes, ID_BYTES);
    struct coverage_changed last;
    assert_true(decode_change(pg_bytes(&rows, 5, 0), &last));
    assert_true(slice_is(last.message_due, "LAPSED"));
    assert_int_equal(last.end_month, 202601);
    assert_memory_not_equal(change.event_id.bytes, last.event_id.bytes, ID_BYTES);
}

static void cover_on_commitment_needs_no_payment(void **state) {
    (void)state;
    (void)put_in_force("komitmen", &(struct terms){.pagu = 10 * 201600, .more = ",\"options\":{\"activate_on\":\"COMMITMENT\"}"});
    enrol("komitmen", 2030, 2, 202510, 12);
    assert_int_equal(run_at("komitmen", 20250930).activated, 0);
    assert_int_equal(run_at("komitmen", 20251001).activated, 2);
    EXPECT_OF("komitmen", DAY_OF(PLACE(1, "state_from")), 20251001);
    assert_int_equal(run_at("komitmen", 20251001).answer, RUN_NOTHING);
    assert_int_equal(run_at("komitmen", 20251101).in_grace, 2);
}

/* ---- promotion --------------------------------------------------------------------------------------------------------------------------------------------- */

/* Total order, strict prefix: the first one that does not fit keeps all behind it waiting. */
static void promotion_is_a_strict_prefix_of_the_order(void **state) {
    (void)state;
    (void)put_in_force("urut", &(struct terms){.pagu = 201600});
    enrol("urut", 3000, 1, 202510, 12);
    static const struct fixture_item items[] = {
        {.person = 3001, .agreement = "urut", .partition = 4, .desil = 4}, {.person = 3002, .agreement = "urut", .partition = 4, .desil = 1, .months = 12},
        {.person = 3003, .agreement = "urut", .partition = 4, .desil = 1, .programmes = 7}, {.person = 3004, .agreement = "urut", .partition = 4, .desil = 2},
    };
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 4)));
    fixture_passed(&fixture);
    EXPECT_OF("urut", "b.waitlisted", 4);
    int64_t place;
    EXPECT_OK(waiting_place(pg, arena, application(3001), &place));
    assert_int_equal(place, 4);
    EXPECT_OK(waiting_place(pg, arena, application(3002), &place));
    assert_int_equal(place, 1);
    assert_int_equal(put_in_force("urut", &(struct terms){.pagu = 800000}), APPLY_AMENDED);
    /* 598,400 are free: 201,600 for 3002 and then 441,600 for 3003, which do not fit; 3004 would */
    struct promotion_preview preview;
    EXPECT_OK(promotion_would(pg, arena, (int32_t)of("urut", "a.agreement_no"), 20250915, 598400, INT64_MAX, 10, &preview));
    assert_int_equal(preview.persons, 1);
    assert_int_equal(preview.cost, 201600);
    assert_int_equal(preview.id_count, 1);
    const struct promotion_result promotion = promote("urut", 20250915);
    assert_int_equal(promotion.promoted, 1);
    const struct id first = application(3002);
    struct pg_rows rows;
    EXPECT_OK(pg_run(pg, arena, "SELECT w.application_id FROM ledger.waiting w JOIN ledger.agreement a USING (agreement_no) WHERE a.agreement_id = 'urut' AND w.state = 2", NULL, &rows));
    assert_int_equal(rows.count, 1);
    assert_memory_equal(pg_bytes(&rows, 0, 0).bytes, first.bytes, ID_BYTES);
    /* the reservation expires: back to the old place, and the attempt is called back */
    assert_int_equal(run_at("urut", 20250929).expired, 0);
    const struct run_result expired = run_at("urut", 20250930);
    assert_int_equal(expired.expired, 1);
    EXPECT_OF("urut", "b.reserved", 0);
    EXPECT_OF("urut", "b.waitlisted", 4);
    EXPECT_OF("urut", "SELECT count(*) FROM ledger.pending p WHERE p.agreement_no = a.agreement_no", 0);
    EXPECT_OK(waiting_place(pg, arena, application(3002), &place));
    assert_int_equal(place, 1);
}

/* Who waits for an answer from outside keeps the reservation, or the place in the list, through every attempt; promoted meanwhile, the money is held for the answer. */
static void who_is_undecided_keeps_the_place(void **state) {
    (void)state;
    const struct code_set p01 = code_set_with((struct code_set){0}, CODE_P01);
    (void)put_in_force("tanya", &(struct terms){.pagu = 201600});
    struct fixture_item items[] = {
        {.person = 3200, .agreement = "tanya", .partition = 4, .verdict = VERDICT_PENDING, .codes = p01, .is_priced = true},
        {.person = 3201, .agreement = "tanya", .partition = 4, .verdict = VERDICT_PENDING, .codes = p01, .is_priced = true, .desil = 3},
    };
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        items[0].attempt = items[1].attempt = attempt;
        EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 2)));
        fixture_passed(&fixture);
        EXPECT_OF("tanya", "b.reserved", 201600);
        EXPECT_OF("tanya", "b.waitlisted", 1);
        EXPECT_OF("tanya", "SELECT sum(w.attempt) FROM ledger.waiting w WHERE w.agreement_no = a.agreement_no", 2 * attempt);
    }
    assert_int_equal(mutate(3200, MUTATION_DEATH, 20251001, 20251001).answer, MUTATION_DONE);
    EXPECT_OF("tanya", "SELECT count(*) FROM ledger.departed d JOIN ledger.outcome o USING (application_id) WHERE o.agreement_no = a.agreement_no AND o.attempt = 3 AND d.reason = 'DEATH'", 1);
    assert_int_equal(promote("tanya", 20251105).promoted, 1); /* November to September */
    EXPECT_OF("tanya", "b.reserved", 11 * 16800);
    EXPECT_OF("tanya", "SELECT p.purpose * 1000000 + p.start_month FROM ledger.pending p WHERE p.agreement_no = a.agreement_no", 1202511);
    verify_all();
    submit_pending("tanya", 3201, 1, 4, 202511, 11);
    EXPECT_OF("tanya", "b.committed", 11 * 16800);
}

/* Asked again under the next agreement, and dead before the answer came: the attempt may be in the topics already, so the ledger keeps who left. */
static void who_left_is_not_asked_again(void **state) {
    (void)state;
    (void)put_in_force("pergi", &(struct terms){.pagu = 10 * 201600});
    (void)put_in_force("pergi-2", &(struct terms){.payer = "pergi", .from = "2026-10-01", .to = "2027-09-30", .pagu = 10 * 201600});
    enrol("pergi", 3220, 3, 202510, 12);
    for (month_t month = 202510; month != 202610; month = month_add(month, 1)) bill("pergi", month);
    assert_int_equal(run_at("pergi", 20261001).ended, 3);
    struct renew_result renewal;
    assert_int_equal(mutate(3220, MUTATION_DEATH, 20261001, 20261001).answer, MUTATION_DONE); /* after the end of the period */
    assert_int_equal(mutate(3220, MUTATION_DEATH, 20261001, 20261001).answer, MUTATION_ENDED_ALREADY);
    const struct money_moment moment = at(20261001);
    EXPECT_OK(command_renew(pg, arena, &moment, slice_text("pergi"), slice_text("pergi-2"), true, &renewal));
    assert_int_equal(renewal.persons, 2);
    const struct mutation_result died = mutate(3221, MUTATION_WRONG_NIK, 20261001, 20261001); /* the renewal is under way */
    assert_int_equal(died.answer, MUTATION_DONE);
    assert_int_equal(died.part_count, 0);
    EXPECT_OF("pergi-2", "SELECT count(*) FROM ledger.pending p WHERE p.agreement_no = a.agreement_no", 1);
    EXPECT_OF("pergi", "SELECT count(*) FROM ledger.departed d JOIN ledger.enrolment e USING (application_id) WHERE e.agreement_no = a.agreement_no", 2);
    submit_pending("pergi-2", 3222, 1, 2, 202610, 12);
}

/* A reservation that was made without waiting ends: from then on the person waits, with a ticket, before whoever comes later. */
static void a_reservation_that_ends_becomes_a_place(void **state) {
    (void)state;
    (void)put_in_force("lewat", &(struct terms){.pagu = 201600});
    static const struct fixture_item undecided = {.person = 3210, .agreement = "lewat", .partition = 4, .verdict = VERDICT_PENDING, .codes = {UINT64_C(1) << CODE_P01}, .is_priced = true};
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, &undecided, 1)));
    fixture_passed(&fixture);
    EXPECT_OF("lewat", "b.tickets", 0);
    assert_int_equal(run_at("lewat", 20251001).expired, 1);
    EXPECT_OF("lewat", "b.tickets", 1);
    EXPECT_OF("lewat", "b.reserved", 0);
    EXPECT_OF("lewat", "SELECT count(*) FROM ledger.pending p WHERE p.agreement_no = a.agreement_no", 1); /* the answer is asked for all the same */
    static const struct fixture_item later = {.person = 3211, .agreement = "lewat", .partition = 4};
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, &later, 1)));
    assert_int_equal(fixture_outcome(&fixture.batch, 0)->rank, 2);
    fixture_passed(&fixture);
    int64_t place;
    EXPECT_OK(waiting_place(pg, arena, application(3210), &place));
    assert_int_equal(place, 1);
    assert_int_equal(promote("lewat", 20251001).promoted, 1);
    assert_int_equal(run_at("lewat", 20251001).answer, RUN_NOTHING);
}

struct writer {
    struct err err;
    int64_t promoted;
};

static void *promote_in_thread(void *self) {
    struct writer *writer = self;
    struct pg *own = NULL;
    struct arena *own_arena = arena_create(64 << 20);
    struct promotion_result result = {0};
    const struct money_moment moment = {.moment_ms = INT64_C(1757912400000), .business_date = 20251001, .actor = "test"};
    writer->err = pg_open(getenv("PGURL"), "test", &own);
    if (!failed(&writer->err)) writer->err = command_promotion(own, own_arena, &moment, slice_text("dua-penulis"), &result);
    writer->promoted = result.promoted;
    pg_close(own);
    arena_destroy(own_arena);
    return NULL;
}

/* Several promote at once: each place is given once, the pagu holds. */
static void two_writers_promote_each_person_once(void **state) {
    (void)state;
    enum { WRITERS = 4 };
    (void)put_in_force("dua-penulis", &(struct terms){.pagu = 5 * 201600});
    enrol("dua-penulis", 3100, 10, 202510, 12);
    EXPECT_OF("dua-penulis", "b.waitlisted", 5);
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(mutate(3100 + i, MUTATION_EXIT, 20250930, 20251001).answer, MUTATION_DONE);
    pthread_t threads[WRITERS];
    struct writer writers[WRITERS];
    int64_t promoted = 0;
    for (int i = 0; i < WRITERS; i++) assert_int_equal(pthread_create(&threads[i], NULL, promote_in_thread, &writers[i]), 0);
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        EXPECT_OK(writers[i].err);
        promoted += writers[i].promoted;
    }
    assert_int_equal(promoted, 3);
    EXPECT_OF("dua-penulis", "b.reserved", 3 * 201600);
    EXPECT_OF("dua-penulis", "b.committed + b.reserved - b.pagu", 0);
}

/* ---- from one agreement to the next ---------------------------------------------------------------------------------------------------------------------------- */

static void a_waiting_list_is_carried_over_behind_renewals(void **state) {
    (void)state;
    (void)put_in_force("lama", &(struct terms){.pagu = 2 * 201600});
    enrol("lama", 4000, 5, 202510, 12);
    EXPECT_OF("lama", "b.waitlisted", 3);
    (void)put_in_force("baru", &(struct terms){.payer = "lama", .from = "2026-10-01", .to = "2027-09-30", .pagu = 4 * 201600, .more = ",\"renews\":\"lama\""});
    struct renew_result renewal;
    const struct money_moment early = at(20260920);
    EXPECT_OK(command_renew(pg, arena, &early, slice_text("baru"), slice_text("lama"), false, &renewal));
    assert_int_equal(renewal.answer, RENEW_NOT_LATER);
    EXPECT_OK(command_renew(pg, arena, &early, slice_text("lama"), slice_text("tak-ada"), false, &renewal));
    assert_int_equal(renewal.answer, RENEW_UNKNOWN);
    EXPECT_OK(command_renew(pg, arena, &early, slice_text("lama"), slice_text("baru"), false, &renewal));
    assert_int_equal(renewal.answer, RENEW_DONE);
    assert_int_equal(renewal.persons, 2);
    assert_int_equal(renewal.cost, 2 * 201600);
    assert_int_equal(renewal.registration_date, 20261001);
    assert_int_equal(renewal.start_month, 202610);
    assert_int_equal(renewal.waiting_in_old, 3);
    assert_true(renewal.renews);
    EXPECT_OF("baru", "SELECT count(*) FROM ledger.pending p WHERE p.purpose = 3", 0);
    EXPECT_OK(command_renew(pg, arena, &early, slice_text("lama"), slice_text("baru"), true, &renewal));
    EXPECT_OF("baru", "SELECT count(*) FROM ledger.pending p WHERE p.purpose = 3 AND p.agreement_no = a.agreement_no AND p.agreement_id = 'baru' AND p.start_month = 202610 AND p.months = 12", 2);
    EXPECT_OK(command_renew(pg, arena, &early, slice_text("lama"), slice_text("baru"), true, &renewal));
    assert_int_equal(renewal.persons, 0);
    assert_int_equal(renewal.asked_before, 2);
    verify_all();
    /* the old one is over, but renewals are on their way: the list waits for them */
    struct run_result run;
    struct money_moment moment = at(20261001);
    EXPECT_OK(run_agreement(pg, arena, &moment, slice_text("lama"), GRACE, &run));
    assert_true(run.agreement_ended);
    assert_int_equal(run.ended, 2);
    assert_int_equal(run.carried, 0);
    submit_pending("baru", 4000, 2, 2, 202610, 12);
    EXPECT_OF("baru", "b.committed", 2 * 201600);
    EXPECT_OF("baru", "b.accepted", 2);
    moment = at(20261001);
    EXPECT_OK(run_agreement(pg, arena, &moment, slice_text("lama"), GRACE, &run));
    assert_int_equal(run.carried, 3);
    assert_int_equal(run.promoted, 2);
    EXPECT_OF("lama", "b.waitlisted", 0);
    EXPECT_OF("baru", "b.waitlisted", 1);
    EXPECT_OF("baru", "b.tickets", 3);
    EXPECT_OF("baru", "b.reserved", 2 * 201600);
    EXPECT_OF("baru", "SELECT count(*) FROM ledger.pending p WHERE p.agreement_no = a.agreement_no AND p.purpose = 2 AND p.agreement_id = 'baru' AND p.start_month = 202610 AND p.months = 12", 2);
    int64_t place;
    EXPECT_OK(waiting_place(pg, arena, application(4004), &place));
    assert_int_equal(place, 1);
    verify_all();
    submit_pending("baru", 4002, 2, 2, 202610, 12);
    EXPECT_OF("baru", "b.committed", 4 * 201600);
    /* a newcomer stands behind, with the next ticket */
    static const struct fixture_item late = {.person = 4050, .agreement = "baru", .partition = 4, .start_month = 202610};
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, &late, 1)));
    assert_int_equal(fixture_outcome(&fixture.batch, 0)->status, OUTCOME_WAITLISTED);
    assert_int_equal(fixture_outcome(&fixture.batch, 0)->rank, 4);
    fixture_passed(&fixture);
    moment = at(20261002);
    EXPECT_OK(run_agreement(pg, arena, &moment, slice_text("lama"), GRACE, &run));
    assert_int_equal(run.carried + run.promoted, 0);
}

/* ---- forecast ----------------------------------------------------------------------------------------------------------------------------------------------------- */

static void a_forecast_says_what_is_to_come(void **state) {
    (void)state;
    (void)put_in_force("ramal", &(struct terms){.pagu = 201600 * 3 + 3 * 16800 * 2, .quota = 3});
    enrol("ramal", 5000, 5, 202510, 12);
    for (month_t month = 202510; month != 202601; month = month_add(month, 1)) bill("ramal", month);
    pay("ramal", 20251001);
    bill("ramal", 202601);
    struct forecast forecast;
    struct forecast_question question = {.agreement_id = slice_text("ramal"), .day = 20260310, .grace_months = GRACE, .places = 1, .pagu = -1};
    EXPECT_OK(ledger_forecast(pg, arena, &question, &forecast));
    assert_true(forecast.found);
    assert_int_equal(forecast.enrolled, 3);
    assert_int_equal(forecast.waiting, 2);
    assert_int_equal(forecast.monthly, 3 * 16800);
    assert_int_equal(forecast.free_money, 100800);
    assert_int_equal(forecast.bound_to, 202609);
    assert_int_equal(forecast.covers_to, 202611); /* two months more for three persons */
    assert_int_equal(forecast.months_left, 7);
    assert_int_equal(forecast.month_count, 4);
    assert_int_equal(forecast.spent[3].month, 202601);
    assert_int_equal(forecast.spent[3].amount, 50400);
    assert_int_equal(forecast.renewal_persons, 3);
    assert_int_equal(forecast.renewal_cost, 3 * 201600);
    assert_int_equal(forecast.promotion.persons, 1); /* one head falls free */
    assert_int_equal(forecast.promotion.cost, 7 * 16800);
    assert_int_equal(forecast.lapsing, 3); /* paid to December, so on 1 April */
    assert_int_equal(forecast.lapse_month, 202604);
    question.places = 0;
    question.pagu = 10 * 201600;
    EXPECT_OK(ledger_forecast(pg, arena, &question, &forecast));
    assert_int_equal(forecast.promotion.persons, 0); /* the quota is full, whatever the pagu */
    question.agreement_id = slice_text("tak-ada");
    EXPECT_OK(ledger_forecast(pg, arena, &question, &forecast));
    assert_false(forecast.found);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_replacement_inherits_the_months_left, after_each),
        cmocka_unit_test_teardown(invoiced_months_behind_the_event_are_taken_back, after_each),
        cmocka_unit_test_teardown(a_death_in_the_last_month_gives_back_only_the_head, after_each),
        cmocka_unit_test_teardown(the_month_of_the_event_is_invoiced_after_it, after_each),
        cmocka_unit_test_teardown(a_single_premium_goes_back_only_before_the_start, after_each),
        cmocka_unit_test_teardown(who_waits_leaves_the_list, after_each),
        cmocka_unit_test_teardown(the_death_benefit_depends_on_ninety_days, after_each),
        cmocka_unit_test_teardown(three_unpaid_months_are_grace_the_fourth_lapses, after_each),
        cmocka_unit_test_teardown(two_months_of_grace_lapse_a_month_earlier, after_each),
        cmocka_unit_test_teardown(a_whole_list_lapses_at_once, after_each),
        cmocka_unit_test_teardown(part_of_the_arrears_leaves_the_grace, after_each),
        cmocka_unit_test_teardown(covers_end_with_what_was_bought, after_each),
        cmocka_unit_test_teardown(late_runs_make_nobody_late_before_the_invoice_is_due, after_each),
        cmocka_unit_test_teardown(a_missed_run_loses_no_month, after_each),
        cmocka_unit_test_teardown(an_early_end_gives_back_what_is_not_invoiced, after_each),
        cmocka_unit_test_teardown(a_change_of_cover_is_told_with_its_price, after_each),
        cmocka_unit_test_teardown(cover_on_commitment_needs_no_payment, after_each),
        cmocka_unit_test_teardown(promotion_is_a_strict_prefix_of_the_order, after_each),
        cmocka_unit_test_teardown(who_is_undecided_keeps_the_place, after_each),
        cmocka_unit_test_teardown(who_left_is_not_asked_again, after_each),
        cmocka_unit_test_teardown(a_reservation_that_ends_becomes_a_place, after_each),
        cmocka_unit_test_teardown(two_writers_promote_each_person_once, after_each),
        cmocka_unit_test_teardown(a_waiting_list_is_carried_over_behind_renewals, after_each),
        cmocka_unit_test_teardown(a_forecast_says_what_is_to_come, after_each),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
