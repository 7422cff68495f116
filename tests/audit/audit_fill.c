/* Fills an empty database with a small ledger that has every kind of journal and nearly every kind of line, for the proofs of tests/audit: an umbrella with offices and all
 * segments, a full budget with a waiting list, an amendment, a relief, invoices, payments, money of nobody, a reversal, a death with a promotion, monthly runs, a closed period.
 * usage: audit_fill     PGURL and PGURL_OWNER name the database, PAYUNG_SHARE the schema */
#include "services/ledger/invoice.h"
#include "services/ledger/mutation.h"
#include "services/ledger/payment_book.h"
#include "services/ledger/promotion.h"
#include "services/ledger/reversal.h"
#include "services/ledger/run.h"
#include "services/ledger/suspense.h"
#include "tests/system/ledger_fixture.h"

#include "common/edge/crypto.h"

enum { GRACE_MONTHS = 2, DAY_MS = 86400000 };

static struct fixture fixture;
static struct book *book;
static struct pg *pg;
static struct arena *arena;

static void need(bool good, const char *what, const char *why) {
    if (good) return;
    fprintf(stderr, "audit_fill: %s: %s\n", what, why);
    exit(1);
}

static void done(struct err err, const char *what) { need(!failed(&err), what, err.text); }
static void agreed(const struct refusal *refusal, const char *what) { need(refusal->code == NULL, what, refusal->text); }

/* Moments go on with the days, so that heads of different days cover different journals. */
static struct money_moment at(day_t day) {
    arena_reset(arena);
    fixture.moment_ms = FIXTURE_MOMENT_MS + (int64_t)day_distance(20250915, day) * DAY_MS;
    return (struct money_moment){.moment_ms = fixture.moment_ms, .business_date = day, .actor = "operator:test"};
}

/* ---- agreements ---------------------------------------------------------------------------------------------------------------------------- */

static void amend(const char *id, int64_t pagu) {
    done(fixture_agreement(pg, fixture.arena, id, id, pagu, -1), id);
}

static void office(const char *id, int64_t pagu, const char *more) {
    enum apply_answer answer;
    struct document_problem problem = {.problem = ""};
    done(fixture_office(pg, fixture.arena, id, id, pagu, more, &answer, &problem), id);
    need(answer != APPLY_REFUSED, id, problem.problem);
}

static void make_agreements(void) {
    amend("satu", 25 * 201600 + 100);
    office("payung", 60000000, "");
    office("dinas-a", 30000000, ",\"parent\":\"payung\"");
    office("dinas-b", 10000000, ",\"parent\":\"payung\"");
    amend("keringanan", 1000000000);
    amend("kosong", 1000000); /* nothing happens there */
}

/* ---- people -------------------------------------------------------------------------------------------------------------------------------- */

static void post(const struct fixture_item *items, size_t count, const char *what) {
    done(fixture_run(book, fixture_batch(&fixture, items, count)), what);
    fixture_passed(&fixture);
}

static void enrol_people(void) {
    struct fixture_item items[32];
    for (uint32_t i = 0; i < 30; i++) items[i] = (struct fixture_item){.person = i + 1, .partition = 2};
    post(items, 15, "the first half of a list");
    post(items + 15, 15, "the second half, of whom five find no money");
    const struct code_set e30 = code_set_with((struct code_set){0}, CODE_E30), p01 = code_set_with((struct code_set){0}, CODE_P01);
    const struct fixture_item others[] = {
        {.person = 101, .agreement = "dinas-a", .segment = SEGMENT_PU, .partition = 3},
        {.person = 102, .agreement = "dinas-a", .segment = SEGMENT_JAKON, .partition = 3},
        {.person = 103, .agreement = "dinas-a", .segment = SEGMENT_PMI, .programmes = 7, .partition = 3},
        {.person = 104, .agreement = "dinas-b", .verdict = VERDICT_REJECTED, .codes = e30, .partition = 3},
        {.person = 105, .agreement = "dinas-b", .partition = 3},
        {.person = 106, .agreement = "dinas-b", .verdict = VERDICT_PENDING, .codes = p01, .is_priced = true, .partition = 3},
        {.person = 101, .agreement = "dinas-a", .segment = SEGMENT_PU, .partition = 3}, /* the same again */
        {.unreadable = true, .partition = 3},
    };
    post(others, sizeof others / sizeof *others, "offices of an umbrella");
}

static void enrol_with_relief(void) {
    const struct fixture_item items[] = {{.person = 201, .agreement = "keringanan", .start_month = 202601, .months = 3, .partition = 1},
                                         {.person = 202, .agreement = "keringanan", .start_month = 202601, .months = 3, .partition = 1}};
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
    done(fixture_run(book, batch), "people with a relief");
    fixture_passed(&fixture);
}

/* ---- money --------------------------------------------------------------------------------------------------------------------------------- */

static struct invoice invoice(const char *agreement, month_t first, uint32_t months, day_t day) {
    const struct money_moment moment = at(day);
    struct invoice_result result;
    done(command_invoice(pg, arena, &moment, slice_text(agreement), first, months, &result), "an invoice");
    agreed(&result.refusal, "an invoice");
    return result.invoice;
}

static struct payment_result pay(const char *external_id, const char *reference, rupiah amount, day_t day) {
    const struct money_moment moment = at(day);
    struct payment_received payment = {.source = slice_text("BANK-BENGKULU:001"), .external_id = slice_text(external_id), .reference = slice_text(reference),
                                       .bank = slice_text("BANK-BENGKULU"), .amount_is_readable = true, .amount = amount, .currency = slice_text("IDR"), .received_on = day,
                                       .problem = slice_text(""), .raw = slice_text("raw"), .received_at_ms = fixture.moment_ms};
    struct payment_result result;
    crypto_sha256(payment.external_id, payment.content_sha256);
    memcpy(payment.payment_id.bytes, payment.content_sha256, ID_BYTES);
    done(command_payment(pg, arena, &moment, &payment, NULL, &result), "a payment");
    return result;
}

static void reverse(const char *agreement, int64_t seq, const char *reason, day_t day) {
    const struct money_moment moment = at(day);
    struct reversal_result result;
    done(command_reversal(pg, arena, &moment, slice_text(agreement), seq, slice_text(reason), &result), "a reversal");
    agreed(&result.refusal, "a reversal");
}

static void money_of_nobody(void) {
    const struct payment_result lost = pay("trx-9", "INV-9999-202510-0001", 50000, 20251012), other = pay("trx-10", "what is this", 7000, 20251012);
    struct money_moment moment = at(20251013);
    struct suspense_result result;
    done(command_assign(pg, arena, &moment, lost.suspense_no, slice_text("dinas-b"), slice_text(""), slice_text("belongs to b"), &result), "an assignment");
    agreed(&result.refusal, "an assignment");
    moment = at(20251014);
    done(command_return(pg, arena, &moment, other.suspense_no, slice_text("not ours"), &result), "a return");
    agreed(&result.refusal, "a return");
}

static void invoices_and_payments(void) {
    const struct invoice october = invoice("satu", 202510, 1, 20251001), offices = invoice("dinas-a", 202510, 1, 20251002);
    (void)invoice("dinas-b", 202510, 3, 20251003);
    const struct payment_result first = pay("trx-1", october.number, october.amount, 20251010);
    (void)pay("trx-2", offices.number, offices.amount / 2 + 11, 20251011); /* short: whole months in the order of the list, the rest is credit */
    money_of_nobody();
    reverse("satu", first.journal_seq, "BANK_RETURN", 20251020);
    (void)pay("trx-3", october.number, october.amount + 100000, 20251021);
    (void)invoice("satu", 202511, 1, 20251101); /* part of it is paid from the credit */
    (void)invoice("keringanan", 202601, 1, 20260102);
}

/* ---- time ---------------------------------------------------------------------------------------------------------------------------------- */

static struct id application(uint32_t person) { /* as the fixture makes it */
    struct id id;
    for (int i = 0; i < 4; i++) {
        const uint32_t word = (person + 1u) * 2654435761u + (uint32_t)i * 40503u;
        memcpy(id.bytes + 4 * i, &word, 4);
    }
    return id;
}

static void time_goes_by(void) {
    struct mutation_result mutation;
    struct promotion_result promotion;
    struct run_result run;
    struct close_result closed;
    struct money_moment moment = at(20251115);
    done(command_mutation(pg, arena, &moment, application(3), MUTATION_DEATH, 20251112, &mutation), "a death");
    need(mutation.answer == MUTATION_DONE, "a death", "it was not booked");
    moment = at(20251116);
    done(command_promotion(pg, arena, &moment, slice_text("satu"), &promotion), "a promotion");
    need(promotion.promoted > 0, "a promotion", "nobody was promoted");
    moment = at(20260105);
    done(command_run(pg, arena, &moment, slice_text("satu"), GRACE_MONTHS, &run), "a monthly run");
    moment = at(20260305);
    done(command_run(pg, arena, &moment, slice_text("satu"), GRACE_MONTHS, &run), "a monthly run in which cover lapses");
    moment = at(20260306);
    done(command_close(pg, arena, &moment, slice_text("dinas-b"), 20251231, &closed), "the close of a period");
    agreed(&closed.refusal, "the close of a period");
}

int main(void) {
    const char *url = getenv("PGURL");
    need(url != NULL && getenv("PAYUNG_SHARE") != NULL, "environment", "PGURL and PAYUNG_SHARE are needed");
    arena = arena_create(FIXTURE_ARENA_BYTES);
    fixture_start(&fixture);
    done(database_migrate(), "schema");
    done(pg_open(url, "test", &pg), "database");
    done(book_open(url, &book), "book");
    make_agreements();
    enrol_people();
    enrol_with_relief();
    invoices_and_payments();
    amend("satu", 28 * 201600);
    time_goes_by();
    book_close(book);
    pg_close(pg);
    arena_destroy(arena);
    arena_destroy(fixture.arena);
    return 0;
}
