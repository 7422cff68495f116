/* The coverage stage as it is, on the real loop over a log in memory, with a real PostgreSQL (tests/system/database.h) and a real maildir: who is told what, that nobody is told twice whatever
 * happens between letters and books, and that a letter which can never be sent stops nobody else. Persons are made up. */
#include "tests/system/ledger_fixture.h"

#include "tests/system/expect.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int coverage_main(int argc, char **argv);
#define main coverage_main
#include "services/notification/coverage.c" /* its descriptor is its own */
#undef main
#include "common/base/check.h"
#include "common/edge/crypto.h"
#include "common/edge/log.h"
#include "common/edge/pg.h"
#include "common/stage/loop.h"
#include "common/wire/wire.h"
#include "services/ledger/invoice.h"
#include "services/ledger/run.h"
#include "tests/stage/fake.h"

enum { TURNS = 400, FOLDER_MAX = 300, LETTER_BYTES_MAX = 4096, EVENTS = 8 };

static struct arena *arena;
static struct pg *pg, *owner;
static struct crypto *crypto;
static char folder[FOLDER_MAX];

static void sql(const char *text) { EXPECT_OK(pg_run(owner, arena, text, NULL, NULL)); }

static int64_t number(const char *text) {
    struct pg_rows rows;
    EXPECT_OK(pg_run(pg, arena, text, NULL, &rows));
    assert_int_equal(rows.count, 1);
    return pg_int8(&rows, 0, 0);
}

static const char *path(const char *name) {
    const size_t folder_size = strlen(folder), name_size = strlen(name);
    char *text = arena_zero(arena, 1, folder_size + name_size + 2);
    memcpy(text, folder, folder_size);
    text[folder_size] = '/';
    memcpy(text + folder_size + 1, name, name_size);
    return text;
}

static int set_up(void **state) {
    arena = arena_create(64 << 20);
    log_setup("test", "0", LOG_ERROR);
    assert_non_null(getenv("PGURL"));
    assert_non_null(getenv("PAYUNG_SHARE"));
    (void)snprintf(folder, sizeof folder, "%s/payung-coverage-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(mkdir(path("keys"), 0700), 0);
    assert_int_equal(setenv("PAYUNG_KEYS", path("keys"), 1) | setenv("PAYUNG_MAILDIR", path("mail"), 1), 0);
    EXPECT_OK(crypto_keys_create(path("keys")));
    EXPECT_OK(crypto_open(path("keys"), &crypto));
    EXPECT_OK(knobs_load(teller_knobs, NULL));
    EXPECT_OK(database_migrate());
    EXPECT_OK(pg_open(getenv("PGURL"), "test", &pg));
    EXPECT_OK(pg_open(database_owner_url(), "test-owner", &owner));
    return 0;
}

static void remove_folder(const char *name) {
    DIR *entries = opendir(path(name));
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char file[2 * FOLDER_MAX];
        (void)snprintf(file, sizeof file, "%s/%s", name, entry->d_name);
        (void)unlink(path(file)); /* "." and ".." stay */
    }
    if (entries != NULL) (void)closedir(entries);
    (void)rmdir(path(name));
}

static int tear_down(void **state) {
    static const char *const folders[] = {"mail/new", "mail/cur", "mail/tmp", "mail", "keys"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) remove_folder(folders[i]);
    (void)rmdir(folder);
    crypto_close(crypto);
    pg_close(pg);
    pg_close(owner);
    arena_destroy(arena);
    return 0;
}

/* ---- the events ---- */

/* Event `n` of person `n`; sealed for that application, unless it is to have no person or another's. */
static struct coverage_changed event_of(uint8_t n, int32_t state, const char *due) {
    struct coverage_changed changed = {
        .event_id = {{0xE0, n}}, .agreement_id = slice_text("kepahiang-2025"), .payer_name = slice_text("Pemkab Kepahiang"), .application_id = {{0xA0, n}}, .attempt = 1,
        .place = n, .state = state, .day = state == 3 ? 20260201 : state == 5 ? 20261001 : 20260501, .paid_to = 202601, .end_month = 202609,
        .unpaid_months = state == 3 ? 1 : 0, .lapse_day = state == 3 ? 20260501 : 0, .monthly_amount = 16800, .message_due = slice_text(due), .commit_sequence = 10 + n,
        .changed_at_ms = 1769900000000, .ktp_region = 170804,
    };
    const struct person person = {.nik = slice_text("1708041705809901"), .name = slice_text("Budi Contoh"), .phone = slice_text("+6281200000000"), .address = slice_text("")};
    changed.sealed_person = crypto_seal(crypto, arena, &person, changed.application_id, &changed.seal_key_id);
    return changed;
}

static void append(struct fake_cluster *cluster, const struct coverage_changed *changed) {
    const struct lineage lineage = {.epoch = 1, .origin = changed->place - 1};
    fake_append(cluster, TOPIC_COVERAGE, 0, changed->agreement_id, wire_with_lineage(arena, wire_encode_coverage(arena, changed), &lineage));
}

/* Three who are told; one who became ACTIVE; one who is forgotten, one whose seal is another's, one with a message of a later edition; one who is told after all of them. */
static void append_all(struct fake_cluster *cluster) {
    struct coverage_changed events[EVENTS] = {event_of(1, 3, "LAPSE_WARN"), event_of(2, 4, "LAPSED"), event_of(3, 5, "SPONSOR_END"), event_of(4, 2, ""),
                                              event_of(5, 4, "LAPSED"), event_of(6, 4, "LAPSED"), event_of(7, 4, "REMINDER"), event_of(8, 4, "LAPSED")};
    events[3].sealed_person = events[3].seal_key_id = events[4].sealed_person = events[4].seal_key_id = slice_text("");
    events[5].sealed_person = events[1].sealed_person;
    for (size_t i = 0; i < EVENTS; i++) append(cluster, &events[i]);
}

/* Runs a fresh instance of the stage over the log until there has been nothing to do for long. */
static void run(struct fake_cluster *cluster, size_t batch_max) {
    void *self = NULL;
    EXPECT_OK(coverage.open(&self));
    struct stage_log *log = fake_log_open(cluster, TOPIC_COVERAGE, &(struct fake_log_options){.deliver_at_once = true, .partitions = 1});
    struct loop *loop = loop_create(&coverage, self, log, &(struct loop_options){.group = "payung-coverage", .version = "0", .batch_messages_max = batch_max, .in_flight_max = 10, .seed = 7});
    for (int i = 0; i < TURNS && !loop_ended(loop); i++) {
        loop_step(loop);
        fake_tick(cluster, 50000);
    }
    assert_false(loop_is_stopped(loop, 0));
    loop_destroy(loop);
    fake_log_close(log);
    coverage.close(self);
}

/* ---- what is there afterwards ---- */

static size_t letters_in_maildir(void) {
    size_t count = 0;
    DIR *entries = opendir(path("mail/new"));
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) count += entry->d_name[0] != '.';
    (void)closedir(entries);
    return count;
}

static const char *letter_of(uint8_t n) {
    const struct id event = {{0xE0, n}};
    char id[2 * ID_BYTES + 1], file[64];
    id_format(event, id);
    (void)snprintf(file, sizeof file, "mail/new/%s", id);
    FILE *stream = fopen(path(file), "r");
    if (stream == NULL) return NULL;
    char *text = arena_zero(arena, 1, LETTER_BYTES_MAX);
    const size_t size = fread(text, 1, LETTER_BYTES_MAX - 1, stream);
    (void)fclose(stream);
    assert_true(size > 0);
    return text;
}

static void expect_books(void) {
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE cause = 'coverage'"), 7);
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE cause = 'coverage' AND state = 'sent' AND error = ''"), 4);
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE get_byte(event_id, 1) = 5 AND state = 'failed' AND error = 'person forgotten'"), 1);
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE get_byte(event_id, 1) = 6 AND state = 'failed' AND error = 'the sealed person does not open'"), 1);
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE template = 'REMINDER' AND state = 'failed' AND error = 'no words for this message'"), 1);
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE cause = 'coverage' AND application_id = set_byte(set_byte(decode(repeat('00', 16), 'hex'), 0, 160), 1,"
                            " get_byte(event_id, 1)) AND attempt = 1 AND agreement_id = 'kepahiang-2025' AND channel = 'maildir'"), 7);
    assert_int_equal(number("SELECT next FROM notice.coverage_lineage WHERE partition = 0 AND epoch = 1"), EVENTS);
    assert_int_equal(letters_in_maildir(), 4);
}

static void start_afresh(void) {
    sql("TRUNCATE notice.message, notice.outbox, notice.attempt, notice.letter, notice.coverage_lineage");
    remove_folder("mail/new");
}

static void each_change_is_told_once_and_failures_stop_nobody(void **state) {
    struct fake_cluster *cluster = fake_cluster_create();
    start_afresh();
    sql("INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, settled_at)" /* the decision that was told long ago */
        " SELECT decode(repeat('0d', 16), 'hex'), set_byte(set_byte(decode(repeat('00', 16), 'hex'), 0, 160), 1, 1), 1, 'kepahiang-2025', 'ACCEPTED', 'maildir', 'sent', now()");
    append_all(cluster);
    run(cluster, 5);
    expect_books();
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE cause = 'decision'"), 1);
    assert_non_null(strstr(letter_of(1), "\n\nBudi Contoh, iuran BPJS Ketenagakerjaan belum dibayar 1 bulan. Perlindungan berhenti 1 Mei 2026 bila tidak dibayar. Info: 175\n"));
    assert_non_null(strstr(letter_of(2), "\n\nBudi Contoh, perlindungan BPJS Ketenagakerjaan Anda nonaktif sejak 1 Mei 2026."));
    assert_non_null(strstr(letter_of(3), "\n\nBudi Contoh, iuran dari Pemkab Kepahiang berakhir 30 September 2026. Lanjutkan mandiri Rp16.800/bulan"));
    assert_non_null(strstr(letter_of(2), "\nX-Payung-Template: LAPSED\n"));
    assert_null(letter_of(4)); /* who became ACTIVE */
    assert_int_equal(cluster->letters[TOPIC_COVERAGE].count, 0); /* none is a dead letter */
    fake_cluster_destroy(cluster);
}

/* Person 3 has the next cover by then: of three whose cover ends only the others are told. */
static void who_is_covered_on_is_not_told_of_the_end(void **state) {
    struct fake_cluster *cluster = fake_cluster_create();
    start_afresh();
    EXPECT_OK(fixture_agreement(pg, arena, "kepahiang-2025", "Pemkab Kepahiang", 1000000000, -1));
    sql("INSERT INTO ledger.enrolment (agreement_no, place, epoch, partition, origin, application_id, attempt, person_token, segment, programmes, start_month, end_month, state, state_from)"
        " SELECT a.agreement_no, n, 1, 0, n, decode(repeat('a0', 16), 'hex'), 1, decode(repeat('0' || n, 16), 'hex'), 1, 3, 202510, 202609, 5, '2026-10-01'"
        " FROM ledger.agreement a, generate_series(2, 3) n WHERE a.agreement_id = 'kepahiang-2025'");
    sql("INSERT INTO ledger.cover (person_token, segment, year, jkk, jkm, jht, jp, holders)" /* number 2 until September only */
        " VALUES (decode(repeat('03', 16), 'hex'), 1, 2026, 3584, 3584, 0, 0, '{99, 3584, 3584, 0, 0}'), (decode(repeat('02', 16), 'hex'), 1, 2026, 511, 511, 0, 0, '{99, 511, 511, 0, 0}')");
    struct coverage_changed events[] = {event_of(1, 5, "SPONSOR_END"), event_of(2, 5, "SPONSOR_END"), event_of(3, 5, "SPONSOR_END")};
    for (size_t i = 0; i < 3; i++) append(cluster, &events[i]);
    run(cluster, 5);
    assert_int_equal(letters_in_maildir(), 2);
    assert_null(letter_of(3));
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE state = 'sent'"), 2);
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE get_byte(event_id, 1) = 3 AND state = 'stale' AND error = 'covered on'"), 1);
    sql("DELETE FROM ledger.enrolment");
    sql("DELETE FROM ledger.cover");
    fake_cluster_destroy(cluster);
}

/* As if the transactions behind that origin had never been committed. */
static void set_books_back(int64_t next) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int8(p, next);
    EXPECT_OK(pg_run(owner, arena, "DELETE FROM notice.message WHERE get_byte(event_id, 1) > $1::bigint", p, NULL));
    EXPECT_OK(pg_run(pg, arena, "UPDATE notice.coverage_lineage SET next = $1", p, NULL));
}

/* A crash between the letters and the books, at each place, with a group that had committed less or nothing (never more: it commits after the books);
 * and a record that comes twice. */
static void what_went_out_before_a_crash_goes_out_once(void **state) {
    for (int64_t booked = 0; booked <= EVENTS; booked++) {
        struct fake_cluster *cluster = fake_cluster_create();
        start_afresh();
        append_all(cluster);
        run(cluster, 3);
        set_books_back(booked);
        cluster->commits[TOPIC_COVERAGE][0] = (struct stage_commit){.partition = 0, .offset = booked % 2 == 0 ? -1 : booked / 2};
        fake_double(cluster, TOPIC_COVERAGE, 0, 2);
        run(cluster, 2);
        expect_books();
        run(cluster, 5);
        expect_books();
        fake_cluster_destroy(cluster);
    }
}

/* Unreadable bytes have no lineage and no person: they go to the dead letters. What follows is told. */
static void what_is_no_event_is_passed_over(void **state) {
    struct fake_cluster *cluster = fake_cluster_create();
    start_afresh();
    fake_append(cluster, TOPIC_COVERAGE, 0, slice_text("x"), slice_text("\x0a"));
    append_all(cluster);
    run(cluster, 5);
    expect_books();
    assert_int_equal(cluster->letters[TOPIC_COVERAGE].count, 1);
    fake_cluster_destroy(cluster);
}

/* Two of one agreement, paid for until nothing: one has bought twelve months, the other three. The law's grace is six months here, so that one lapses and the other only ends.
 * The registry has forgotten the second. */
static void the_run_says_how_long_and_until_when(void **state) {
    static struct fixture fixture;
    const struct fixture_item items[] = {{.person = 1}, {.person = 2, .months = 3}};
    const struct money_moment moment = {.moment_ms = FIXTURE_MOMENT_MS, .business_date = 20251205, .actor = "test"};
    struct run_result result;
    struct book *book;
    struct pg_rows rows;
    struct fake_cluster *cluster = fake_cluster_create();
    start_afresh();
    fixture_start(&fixture);
    EXPECT_OK(fixture_agreement(pg, fixture.arena, "satu", "Pemkab Satu", 1000000000, -1));
    EXPECT_OK(book_open(getenv("PGURL"), &book));
    EXPECT_OK(fixture_run(book, fixture_batch(&fixture, items, 2)));
    book_close(book);
    sql("UPDATE ledger.enrolment SET state = 2");
    sql("DELETE FROM ledger.registry WHERE place = 2");
    const struct money_moment october = {.moment_ms = FIXTURE_MOMENT_MS, .business_date = 20251001, .actor = "test"};
    struct invoice_result invoiced;
    EXPECT_OK(command_invoice(pg, arena, &october, slice_text("satu"), 202510, 1, &invoiced)); /* what nobody has invoiced makes nobody late */
    sql("DELETE FROM ledger.outbox");
    EXPECT_OK(command_run(pg, arena, &moment, slice_text("satu"), 6, &result));
    assert_int_equal(result.in_grace, 2);
    EXPECT_OK(pg_run(pg, arena, "SELECT payload FROM ledger.outbox WHERE topic = 'COVERAGE' ORDER BY outbox_no", NULL, &rows));
    assert_int_equal(rows.count, 2);
    for (size_t i = 0; i < rows.count; i++) {
        const struct lineage lineage = {.epoch = 1, .origin = (int64_t)i};
        const struct slice record = wire_with_lineage(arena, pg_bytes(&rows, i, 0), &lineage);
        struct coverage_changed changed;
        assert_true(wire_decode_coverage(arena, record, &changed));
        assert_int_equal(changed.state, ENROLMENT_GRACE);
        assert_true(slice_is(changed.message_due, "LAPSE_WARN") && slice_is(changed.payer_name, "Pemkab Satu"));
        assert_int_equal(changed.day, 20251001);
        assert_int_equal(changed.unpaid_months, 2); /* October and November: December is not over */
        assert_int_equal(changed.lapse_day, i == 0 ? 20260401 : 20260101);
        assert_int_equal(changed.sealed_person.size > 0, i == 0);
        fake_append(cluster, TOPIC_COVERAGE, 0, slice_text("satu"), record);
    }
    run(cluster, 5);
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE template = 'LAPSE_WARN' AND cause = 'coverage' AND agreement_id = 'satu'"), 2);
    assert_int_equal(number("SELECT count(*) FROM notice.message WHERE error = 'person forgotten'"), 1);
    fake_cluster_destroy(cluster);
    arena_destroy(fixture.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_told_once_and_failures_stop_nobody),
        cmocka_unit_test(who_is_covered_on_is_not_told_of_the_end),
        cmocka_unit_test(what_went_out_before_a_crash_goes_out_once),
        cmocka_unit_test(what_is_no_event_is_passed_over),
        cmocka_unit_test(the_run_says_how_long_and_until_when),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
