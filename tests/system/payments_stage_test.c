/* payung-payments as a process, over librdkafka's mock cluster and a real PostgreSQL: killed in the middle, started twice, told the same things again, fed with bytes that are no
 * payment; each payment is booked once and every rupiah is found. usage: payments_stage_test PAYUNG_PAYMENTS; PGURL names an empty database. */
#include "tests/system/ledger_fixture.h"

#include "tests/system/expect.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "common/wire/wire.h"
#include "services/ledger/invoice.h"
#include "services/ledger/verify.h"
#include "tests/wire/mock.h"

enum { PAYMENTS = 150, PRICE = 16800, PATIENCE_MS = 60000, KILLS = 2 };

static const char *program;
static struct fixture fixture;
static struct book *book;
static struct pg *pg;
static struct arena *arena;
static struct mock mock;
static rd_kafka_t *writer;

static int64_t number(const char *sql) {
    struct arena *here = arena_create(1 << 20);
    struct pg_rows rows;
    EXPECT_OK(pg_run(pg, here, sql, NULL, &rows));
    assert_int_equal(rows.count, 1);
    const int64_t value = pg_int8(&rows, 0, 0);
    arena_destroy(here);
    return value;
}

/* The payment `name` at an origin, as the relay would send it. */
static void write_payment(int64_t origin, int name, const char *reference, rupiah amount) {
    arena_reset(arena);
    char id[32], content[128];
    (void)snprintf(id, sizeof id, "trx-%d", name);
    (void)snprintf(content, sizeof content, "%s|%s|%lld", id, reference, (long long)amount);
    struct payment_received payment = {.lineage = {.epoch = 1, .origin = origin}, .source = slice_text("bank:1"), .external_id = slice_text(id), .reference = slice_text(reference),
                                       .bank = slice_text("BRI"), .amount_is_readable = true, .amount = amount, .currency = slice_text("IDR"), .received_on = 20251010,
                                       .problem = slice_text(""), .raw = slice_text("x"), .received_at_ms = fixture.moment_ms};
    crypto_sha256(slice_text(content), payment.content_sha256);
    memcpy(payment.payment_id.bytes, payment.content_sha256, ID_BYTES);
    mock_write(writer, TOPIC_PAYMENT, 0, wire_encode_payment(arena, &payment));
}

static pid_t start(const char *instance) {
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) return child;
    (void)setenv("INSTANCE", instance, 1);
    (void)setenv("BATCH_MESSAGES_MAX", "50", 1);
    (void)setenv("LOG_LEVEL", "error", 1);
    (void)setenv("KAFKA_SESSION_TIMEOUT_MS", "6000", 1); /* a killed twin is missed soon */
    (void)execl(program, program, (char *)NULL);
    _exit(127);
}

static void end(pid_t child, int signal_number) {
    int status;
    assert_int_equal(kill(child, signal_number), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (signal_number == SIGTERM) assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int64_t next(void) { return number("SELECT coalesce(max(next), 0) FROM ledger.reader WHERE topic = 'PAYMENT'"); }

static void wait_for(int64_t wanted) {
    const int64_t until_us = clock_monotonic_us() + PATIENCE_MS * INT64_C(1000);
    while (next() < wanted) {
        if (clock_monotonic_us() > until_us) fail_msg("the payments stand at %lld, not at %lld", (long long)next(), (long long)wanted);
        clock_wait_ms(20);
    }
}

static int set_up(void **state) {
    (void)state;
    const char *url = getenv("PGURL");
    assert_non_null(url);
    EXPECT_OK(database_migrate());
    arena = arena_create(1 << 24);
    EXPECT_OK(pg_open(url, "test", &pg));
    fixture_start(&fixture);
    EXPECT_OK(fixture_agreement(pg, fixture.arena, "satu", "Pemkab Satu", 400000000, -1));
    EXPECT_OK(book_open(url, &book));
    static struct fixture_item items[PAYMENTS];
    for (uint32_t i = 0; i < PAYMENTS; i++) items[i] = (struct fixture_item){.person = i + 1, .partition = 2};
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, PAYMENTS)));
    mock_open(&mock, 0);
    (void)setenv("BROKERS", mock.brokers, 1);
    writer = mock_client(RD_KAFKA_PRODUCER, mock.brokers);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    rd_kafka_destroy(writer);
    mock_close(&mock);
    book_close(book);
    pg_close(pg);
    arena_destroy(arena);
    arena_destroy(fixture.arena);
    return 0;
}

static void payments_are_booked_once_through_kills_twins_repeats_and_poison(void **state) {
    (void)state;
    const struct money_moment moment = {.moment_ms = fixture.moment_ms, .business_date = 20251001, .actor = "test"};
    struct invoice_result issued;
    EXPECT_OK(command_invoice(pg, arena, &moment, slice_text("satu"), 202510, 1, &issued));
    assert_null(issued.refusal.code);
    char reference[INVOICE_NUMBER_MAX];
    (void)snprintf(reference, sizeof reference, "%s", issued.invoice.number);
    pid_t first = start("0-bulk"), second = start("1-bulk"); /* one of them gets the partition, the other waits */
    int64_t origin = 0;
    for (int i = 0; i < PAYMENTS; i++) {
        if (i == PAYMENTS / 2) mock_write(writer, TOPIC_PAYMENT, 0, slice_text("no payment"));
        write_payment(origin++, i, reference, PRICE);
        if (i % 10 == 3) write_payment(origin - 1, i, reference, PRICE);    /* the relay was not sure and sent the same record again */
        if (i % 50 == 7) write_payment(origin++, i, reference, PRICE);      /* the payer's bank told it twice */
        if (i % 50 == 8) write_payment(origin++, i, reference, PRICE + 1);  /* ... and once with another amount */
        if (i % 50 == 9) write_payment(origin++, 10000 + i, "nobody", 700); /* money without a payer */
    }
    assert_int_equal(rd_kafka_flush(writer, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    for (int i = 1; i <= KILLS; i++) {
        wait_for(origin * i / (KILLS + 2));
        pid_t *victim = i % 2 == 0 ? &second : &first;
        end(*victim, SIGKILL);
        *victim = start(i % 2 == 0 ? "1-bulk" : "0-bulk");
    }
    wait_for(origin);
    end(first, SIGTERM);
    end(second, SIGTERM);
    assert_int_equal(next(), origin);
    assert_int_equal(number("SELECT count(*) FROM ledger.payment WHERE state = 'BOOKED'"), PAYMENTS);
    assert_int_equal(number("SELECT count(*) FROM ledger.journal WHERE kind = 'PAYMENT'"), PAYMENTS);
    assert_int_equal(number("SELECT sum(amount)::bigint FROM ledger.entry WHERE account = 'KAS:BRI'"), PAYMENTS * PRICE + PAYMENTS / 50 * 700);
    assert_int_equal(number("SELECT -sum(amount)::bigint FROM ledger.entry WHERE account = 'SUSPENS'"), PAYMENTS / 50 * 700);
    assert_int_equal(number("SELECT count(*) FROM ledger.suspense WHERE problem = 'CONTENT_DIFFERS' AND NOT booked"), PAYMENTS / 50);
    assert_int_equal(number("SELECT count(*) FROM ledger.enrolment WHERE state = 2 AND paid_to = 202510"), PAYMENTS);
    assert_int_equal(number("SELECT count(*) FROM ledger.due"), 0);
    static struct verify_report report;
    EXPECT_OK(ledger_verify(pg, &report));
    if (report.problem_count > 0) print_error("%s %s: %s\n", report.problems[0].check, report.problems[0].where, report.problems[0].text);
    assert_int_equal(report.problem_count, 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(payments_are_booked_once_through_kills_twins_repeats_and_poison)};
    if (argc != 2) return 2;
    program = argv[1];
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
