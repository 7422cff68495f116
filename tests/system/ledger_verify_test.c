/* The proof proves: a right ledger is right, and every single change of a row, by whoever can switch the triggers off, is named. PGURL names an empty database.
 * usage: ledger_verify_test [number of random mutations [seed]] */
#include "tests/system/ledger_fixture.h"

#include <stdarg.h>

#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "services/ledger/rows.h"
#include "services/ledger/verify.h"
#include "tests/system/expect.h"

static struct pg *pg, *prover; /* of the owner, who tampers; of the services, who prove */
static struct verify_report report;
static uint64_t mutation_count = 300, seed = 1708;

static void sql(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void sql(const char *format, ...) {
    static char text[16384];
    va_list arguments;
    va_start(arguments, format);
    assert_true(vsnprintf(text, sizeof text, format, arguments) < (int)sizeof text);
    va_end(arguments);
    struct err err = pg_script(pg, text);
    if (failed(&err)) fail_msg("%s: %s", text, err.text);
}

/* Employees with shares, projects priced once, migrant workers with a package, in two offices under one umbrella; the last employee finds no money. */
static void fill_segments(struct fixture *fixture, struct book *book) {
    const struct fixture_item items[] = {
        {.person = 720, .agreement = "dinas-a", .segment = SEGMENT_PU, .partition = 3},     {.person = 721, .agreement = "dinas-a", .segment = SEGMENT_JAKON, .partition = 3},
        {.person = 722, .agreement = "dinas-a", .segment = SEGMENT_PMI, .partition = 3},    {.person = 723, .agreement = "dinas-a", .segment = SEGMENT_PMI, .programmes = 7, .partition = 3},
        {.person = 722, .agreement = "dinas-a", .segment = SEGMENT_PMI, .partition = 3},    {.person = 721, .application = 821, .agreement = "dinas-b", .segment = SEGMENT_JAKON, .partition = 3},
        {.person = 724, .agreement = "dinas-a", .segment = SEGMENT_PU, .partition = 3},
    };
    EXPECT_OK(fixture_run(book, fixture_batch(fixture, items, 7)));
    fixture_passed(fixture);
}

/* A ledger with everything in it: two agreements, a full budget, a quota, repeats, refusals, parked records, a new epoch, covers of two payers for one person. */
static void fill(struct fixture *fixture, struct book *book) {
    struct fixture_item items[40];
    for (int part = 0; part < 4; part++) {
        for (uint32_t i = 0; i < 10; i++) items[i] = (struct fixture_item){.person = (uint32_t)part * 10 + i + 1, .partition = 2};
        EXPECT_OK(fixture_run(book, fixture_batch(fixture, items, 10)));
        fixture_passed(fixture);
    }
    for (uint32_t i = 0; i < 6; i++) items[i] = (struct fixture_item){.person = 500 + i, .agreement = "dua", .partition = 1};
    items[6] = (struct fixture_item){.person = 1, .application = 600, .agreement = "dua", .partition = 1};
    items[7] = (struct fixture_item){.person = 2, .agreement = "satu", .partition = 1};
    items[8] = (struct fixture_item){.unreadable = true, .partition = 1};
    items[9] = (struct fixture_item){.person = 700, .verdict = VERDICT_REJECTED, .codes = code_set_with((struct code_set){0}, CODE_E30), .partition = 1};
    items[10] = (struct fixture_item){.person = 701, .agreement = "tiga", .programmes = 1, .partition = 1};
    items[11] = (struct fixture_item){.person = 701, .application = 801, .agreement = "dua-lagi", .programmes = 4, .partition = 1};
    items[12] = (struct fixture_item){.person = 702, .agreement = "tiga", .start_month = 202601, .months = 3, .partition = 1};
    EXPECT_OK(fixture_run(book, fixture_batch(fixture, items, 13)));
    fixture_passed(fixture);
    fixture->epoch[1] = 2;
    fixture->next[1] = fixture->first_origin[1] = 50;
    items[0] = (struct fixture_item){.person = 710, .agreement = "tiga", .partition = 1};
    EXPECT_OK(fixture_run(book, fixture_batch(fixture, items, 1)));
    fixture_passed(fixture);
    fill_segments(fixture, book);
    const struct code_set p01 = code_set_with((struct code_set){0}, CODE_P01); /* two wait for an answer, one of them longer; a third has it */
    items[0] = (struct fixture_item){.person = 730, .agreement = "tiga", .verdict = VERDICT_PENDING, .codes = p01, .partition = 3};
    items[1] = (struct fixture_item){.person = 731, .agreement = "tiga", .verdict = VERDICT_PENDING, .codes = p01, .partition = 3};
    items[2] = (struct fixture_item){.person = 732, .agreement = "tiga", .verdict = VERDICT_PENDING, .codes = p01, .partition = 3};
    items[3] = (struct fixture_item){.person = 731, .agreement = "tiga", .verdict = VERDICT_PENDING, .codes = p01, .attempt = 2, .partition = 3};
    items[4] = (struct fixture_item){.person = 732, .agreement = "tiga", .attempt = 2, .partition = 3};
    EXPECT_OK(fixture_run(book, fixture_batch(fixture, items, 5)));
    fixture_passed(fixture);
}

/* What notification and intake remember, made to fit: every due message sent, every row acknowledged where it stands. */
static void fill_beside(void) {
    sql("INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, settled_at)"
        " SELECT substr(sha256(application_id || attempt::text::bytea), 1, 16), application_id, attempt, 'x', message_due, 'maildir', 'sent', now() FROM ledger.outcome"
        " WHERE message_due IS NOT NULL AND NOT repeat;"
        "INSERT INTO intake.batch (batch_id, agreement_no, content_sha256, bytes, row_count, registration_date, partition)"
        " VALUES ('b-1', 1, '\\x00', 1, 40, '2025-09-15', 2);"
        "INSERT INTO intake.batch_page SELECT 1, 0, array_agg(application_id ORDER BY origin), array_agg(0), array_agg(''::bytea) FROM ledger.outcome WHERE partition = 2;"
        "INSERT INTO intake.submitted_range (batch_no, row_from, row_to, partition, epoch, offset_from) VALUES (1, 1, 25, 2, 1, 0), (1, 26, 40, 2, 1, 25)");
}

static void office(struct fixture *fixture, const char *id, const char *payer, int64_t pagu, const char *more) {
    enum apply_answer answer = APPLY_REFUSED;
    struct document_problem problem = {.problem = ""};
    EXPECT_OK(fixture_office(prover, fixture->arena, id, payer, pagu, more, &answer, &problem));
    if (answer != APPLY_CREATED) fail_msg("%s: %s %s", id, problem.member, problem.problem);
}

static int set_up(void **state) {
    (void)state;
    static struct fixture fixture;
    struct book *book;
    EXPECT_OK(database_migrate());
    EXPECT_OK(pg_open(database_owner_url(), "test", &pg));
    EXPECT_OK(pg_open(getenv("PGURL"), "test", &prover));
    fixture_start(&fixture);
    EXPECT_OK(fixture_agreement(prover, fixture.arena, "satu", "Pemkab Satu", 201600 * 35 + 100, -1));
    EXPECT_OK(fixture_agreement(prover, fixture.arena, "dua", "Pemkab Dua", 1000000000, 4));
    EXPECT_OK(fixture_agreement(prover, fixture.arena, "tiga", "Pemkab Tiga", 1000000000, -1));
    EXPECT_OK(fixture_agreement(prover, fixture.arena, "dua-lagi", "Pemkab Dua", 1000000000, -1));
    office(&fixture, "payung", "Pemkab Serang", 20000000, "");
    office(&fixture, "dinas-a", "Dinas A", 10000000, ",\"parent\":\"payung\",\"options\":{\"data_source\":{\"kind\":\"DTKS\",\"date\":\"2024-06-30\"},\"occupations\":[\"0101\",\"0201\"]}");
    office(&fixture, "dinas-b", "Dinas B", 5000000, ",\"parent\":\"payung\",\"options\":{\"requires_dtsen\":true,\"desil_max\":4,\"exclude_active\":true,\"region_scope\":\"PROVINCE\"}");
    EXPECT_OK(book_open(getenv("PGURL"), &book));
    fill(&fixture, book);
    fill_beside();
    book_close(book);
    arena_destroy(fixture.arena);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    pg_close(pg);
    pg_close(prover);
    return 0;
}

static void a_right_ledger_is_right(void **state) {
    (void)state;
    EXPECT_OK(ledger_verify(prover, &report));
    for (int64_t i = 0; i < report.problem_count && i < PROBLEMS_MAX; i++)
        print_message("%s %s %s: %s\n", report.problems[i].check, report.problems[i].agreement, report.problems[i].where, report.problems[i].text);
    assert_int_equal(report.problem_count, 0);
    assert_int_equal(report.outcomes, 66);
    assert_int_equal(report.agreements, 7);
    assert_true(report.entries > 10 && report.covers > 70);
    assert_int_equal(report.waiting, 0);
}

/* From here on somebody has all rights: constraints, triggers and unique keys are gone. */
static void take_the_guards_away(void) {
    sql("DO $$ DECLARE r record; BEGIN"
        " FOR r IN SELECT conrelid::regclass AS t, conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname IN ('ledger', 'intake', 'notice')"
        "   AND contype IN ('f', 'c') AND coninhcount = 0 ORDER BY contype = 'f' DESC LOOP EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I CASCADE', r.t, r.conname); END LOOP;"
        " FOR r IN SELECT conrelid::regclass AS t, conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname IN ('ledger', 'notice')"
        "   AND contype IN ('p', 'u') AND coninhcount = 0 LOOP EXECUTE format('ALTER TABLE %%s DROP CONSTRAINT %%I CASCADE', r.t, r.conname); END LOOP;"
        " FOR r IN SELECT tgrelid::regclass AS t, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgparentid = 0 LOOP EXECUTE format('DROP TRIGGER %%I ON %%s', r.tgname, r.t); END LOOP;"
        " DROP INDEX IF EXISTS ledger.outcome_once;"
        " FOR r IN SELECT attrelid::regclass AS t, attname FROM pg_attribute JOIN pg_class k ON k.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace"
        "   WHERE nspname = 'ledger' AND relkind IN ('r', 'p') AND NOT relispartition AND attnotnull AND attnum > 0 AND attidentity = '' LOOP"
        "   EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I DROP NOT NULL', r.t, r.attname); END LOOP;"
        " ALTER TABLE notice.message ALTER failed_at DROP EXPRESSION;" /* whole rows are copied */
        " CREATE SCHEMA kept;"
        " FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' AND tablename !~ '_([0-9]{4}|other)$' LOOP EXECUTE format('CREATE TABLE kept.%%I AS TABLE ledger.%%I', r.tablename, r.tablename); END LOOP;"
        " CREATE TABLE kept.message AS TABLE notice.message; CREATE TABLE kept.batch_page AS TABLE intake.batch_page; CREATE TABLE kept.message_tally AS TABLE notice.message_tally; CREATE TABLE kept.card_tally AS TABLE notice.card_tally; CREATE TABLE kept.message_total AS TABLE notice.message_total; END $$");
}

static void restore(const char *schema, const char *table) {
    if (strcmp(table, "agreement") == 0) {
        sql("UPDATE ledger.agreement a SET (months, document, document_sha256, data_source, data_source_date, desil_max, exclude_active, region_scope, parent, occupations, min_age, age_limit)"
            " = (SELECT k.months, k.document, k.document_sha256, k.data_source, k.data_source_date, k.desil_max, k.exclude_active, k.region_scope, k.parent, k.occupations, k.min_age,"
            " k.age_limit FROM kept.agreement k WHERE k.agreement_no = a.agreement_no)");
        return;
    }
    sql("DELETE FROM %s.%s; INSERT INTO %s.%s SELECT * FROM kept.%s", schema, table, schema, table, table);
}

static bool is_found(void) {
    EXPECT_OK(ledger_verify(prover, &report));
    return report.problem_count > 0;
}

static void each_known_way_to_cheat_is_named(void **state) {
    (void)state;
    static const struct {
        const char *check, *schema, *table, *statement;
    } ways[] = {
        {"balance", "ledger", "entry", "UPDATE ledger.entry SET amount = amount - 1 WHERE agreement_no = 1 AND seq = 3 AND line = 2"},
        {"hash", "ledger", "entry", "UPDATE ledger.entry SET amount = CASE line WHEN 2 THEN amount - 1000 ELSE amount + 1000 END WHERE agreement_no = 1 AND seq = 3 AND line IN (2, 3)"},
        {"sums", "ledger", "entry", "DELETE FROM ledger.entry WHERE agreement_no = 1 AND seq = 2"},
        {"chain", "ledger", "entry", "INSERT INTO ledger.entry VALUES (1, 99, 1, 'KOMITMEN:satu', 5)"},
        {"hash", "ledger", "outcome", "UPDATE ledger.outcome SET person_token = sha256(person_token) WHERE partition = 2 AND origin = 7"},
        {"hash", "ledger", "outcome", "UPDATE ledger.outcome SET lines = replace(lines, 'PP 44/2015', 'PP 45/2015') WHERE partition = 2 AND origin = 7"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET amount = amount + 1 WHERE partition = 2 AND origin = 7"},
        {"prefix", "ledger", "outcome", "UPDATE ledger.outcome SET status = 1, rank = 0, amount = jkk + jkm, codes = 0, message_due = 'ACCEPTED' WHERE partition = 2 AND origin = 39"},
        {"prefix", "ledger", "outcome", "UPDATE ledger.outcome SET rank = 77 WHERE partition = 2 AND origin = 39"},
        {"hash", "ledger", "outcome", "UPDATE ledger.outcome SET position = CASE position WHEN 3 THEN 4 ELSE 3 END WHERE partition = 2 AND journal_seq = 2 AND position IN (3, 4)"},
        {"origins", "ledger", "outcome", "DELETE FROM ledger.outcome WHERE partition = 2 AND origin = 7"},
        {"acknowledged", "ledger", "outcome", "DELETE FROM ledger.outcome WHERE partition = 2 AND origin = 7"},
        {"origins", "ledger", "outcome", "UPDATE ledger.outcome SET origin = 1000 WHERE partition = 2 AND origin = 7"},
        {"once", "ledger", "outcome", "UPDATE ledger.outcome SET period = period + 1 WHERE partition = 2 AND origin = 7"},
        {"once", "ledger", "outcome", "UPDATE ledger.outcome SET repeat = false WHERE repeat"},
        {"once", "ledger", "outcome", "UPDATE ledger.outcome SET application_id = sha256(application_id) WHERE repeat"},
        {"budget", "ledger", "budget", "UPDATE ledger.budget SET committed = committed - 201600 WHERE agreement_no = 1"},
        {"budget", "ledger", "budget", "UPDATE ledger.budget SET pagu = pagu * 2 WHERE agreement_no = 1"},
        {"budget", "ledger", "budget", "UPDATE ledger.budget SET pagu = 201600 WHERE agreement_no = 1"},
        {"prefix", "ledger", "agreement_version", "UPDATE ledger.agreement_version SET pagu = pagu * 2 WHERE agreement_no = 1"}, /* then the first waiting one had room */
        {"prefix", "ledger", "agreement_version", "UPDATE ledger.agreement_version SET quota = 40 WHERE agreement_no = 2"},
        {"budget", "ledger", "agreement_version", "UPDATE ledger.agreement_version SET pagu = pagu * 2 WHERE agreement_no = 3"},
        {"agreement", "ledger", "agreement_version", "UPDATE ledger.agreement_version SET document = jsonb_set(document, '{months}', '11') WHERE agreement_no = 3"},
        {"agreement", "ledger", "agreement_version", "DELETE FROM ledger.agreement_version WHERE agreement_no = 3"},
        {"hash", "ledger", "journal", "UPDATE ledger.journal SET reference = replace(reference, 'amendment 0', 'amendment 1') WHERE agreement_no = 3 AND seq = 1"},
        {"chain", "ledger", "journal", "DELETE FROM ledger.journal WHERE agreement_no = 3 AND seq = 1"},
        {"hash", "ledger", "line", "UPDATE ledger.line SET detail = 'dinas-b' WHERE kind = 17 AND detail = 'dinas-a'"},
        {"hash", "ledger", "line", "UPDATE ledger.line SET amount = amount - 1 WHERE kind = 17 AND detail = 'dinas-a'"},
        /* each within int64, and consistent in itself; together they are not */
        {"sums", "ledger", "line", "INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, jkk, jkm, amount, day) VALUES"
                                   " (1, 3, 0, 202510, 12, 9223372036854775807, 0, 9223372036854775807, '2025-10-01'),"
                                   " (1, 3, 1, 202510, 12, 0, 9223372036854775807, 9223372036854775807, '2025-10-01')"},
        {"budget", "ledger", "budget", "UPDATE ledger.budget SET delegated = delegated + 1, pagu = pagu + 1 WHERE delegated > 0"},
        {"budget", "ledger", "budget", "UPDATE ledger.budget SET quota = 2 WHERE agreement_no = 2"},
        {"chain", "ledger", "budget", "UPDATE ledger.budget SET head = sha256(head) WHERE agreement_no = 2"},
        {"chain", "ledger", "journal", "DELETE FROM ledger.journal WHERE agreement_no = 1 AND seq = 5"},
        {"chain", "ledger", "journal", "DELETE FROM ledger.journal WHERE agreement_no = 1 AND seq = 3"},
        {"hash", "ledger", "journal", "UPDATE ledger.journal SET business_date = business_date + 1 WHERE agreement_no = 1 AND seq = 3"},
        {"chain", "ledger", "journal", "UPDATE ledger.journal SET hash = sha256(hash) WHERE agreement_no = 1 AND seq = 3"},
        {"cover", "ledger", "cover", "DELETE FROM ledger.cover WHERE (person_token, year) IN (SELECT person_token, year FROM ledger.cover ORDER BY 1 LIMIT 1)"},
        {"cover", "ledger", "cover", "UPDATE ledger.cover SET jkk = jkk - 2048, holders[2] = holders[2] - 2048 WHERE jkk & 2048 <> 0 AND cardinality(holders) = 5"},
        {"cover", "ledger", "cover", "UPDATE ledger.cover SET holders[1] = 2 WHERE holders[1] = 1"},
        {"cover", "ledger", "cover", "UPDATE ledger.cover SET person_token = sha256(person_token) WHERE year = 2025"},
        {"origins", "ledger", "lineage", "UPDATE ledger.lineage SET next = next + 1 WHERE partition = 2"},
        {"origins", "ledger", "lineage", "DELETE FROM ledger.lineage WHERE partition = 2"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET document = jsonb_set(document, '{months}', '13') WHERE agreement_no = 1"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET months = 3 WHERE agreement_no = 1"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET package = package - 1 WHERE package > 0 AND status = 1 AND jht = 0"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET package = package - 1, amount = amount - 1 WHERE package > 0 AND amount > 0"},
        {"sums", "ledger", "outcome", "UPDATE ledger.outcome SET package = package - 1, amount = amount - 1 WHERE package > 0 AND amount > 0"},
        {"budget", "ledger", "outcome", "UPDATE ledger.outcome SET package = package - 1, amount = amount - 1 WHERE package > 0 AND amount > 0"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET package = 0, jkk = package WHERE package > 0"}, /* the same sum in another account */
        {"hash", "ledger", "outcome", "UPDATE ledger.outcome SET package = 0, jkk = package, lines = replace(lines, 'PACKAGE', 'JKK') WHERE package > 0"},
        {"sums", "ledger", "outcome", "UPDATE ledger.outcome SET package = 0, jkk = package, lines = replace(lines, 'PACKAGE', 'JKK') WHERE package > 0"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET segment = 2 WHERE package > 0"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET programmes = programmes & 6 WHERE package > 0"},
        {"cover", "ledger", "outcome", "UPDATE ledger.outcome SET segment = 2 WHERE segment = 4"},
        {"hash", "ledger", "outcome", "UPDATE ledger.outcome SET lines = replace(lines, 'EMPLOYER', 'WORKER') WHERE segment = 2"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET lines = replace(lines, 'EMPLOYER', 'STATE') WHERE segment = 2"},
        {"hash", "ledger", "outcome", "UPDATE ledger.outcome SET lines = replace(lines, ',\"once\":true', '') WHERE segment = 3"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET lines = replace(lines, '\"months\":1,\"once\":true', '\"months\":12,\"once\":true') WHERE segment = 3"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET lines = replace(lines, '\"amount\":210000', '\"amount\":210001') WHERE segment = 3"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET lines = replace(lines, ',', ', ') WHERE segment = 3"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET lines = '' WHERE segment = 4"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome r SET lines = f.lines FROM ledger.outcome f WHERE r.repeat AND NOT f.repeat AND f.application_id = r.application_id"},
        {"once", "ledger", "outcome", "UPDATE ledger.outcome SET package = 1 WHERE repeat AND segment = 4"},
        {"sums", "ledger", "entry", "UPDATE ledger.entry SET account = 'IURAN-KOMITMEN:JKK' WHERE account = 'IURAN-KOMITMEN:PACKAGE'"},
        {"hash", "ledger", "journal", "UPDATE ledger.journal SET version = 1 WHERE agreement_no = 1"},
        {"hash", "ledger", "journal", "UPDATE ledger.journal SET version = 2 WHERE agreement_no = 1"},
        {"budget", "ledger", "budget", "UPDATE ledger.budget SET delegated = 0 WHERE delegated > 0"},
        {"budget", "ledger", "budget", "UPDATE ledger.budget SET delegated = 1 WHERE agreement_no = 3"},
        {"budget", "ledger", "budget", "DELETE FROM ledger.budget WHERE delegated > 0"},
        {"budget", "ledger", "budget", "INSERT INTO ledger.budget SELECT * FROM ledger.budget WHERE delegated > 0"},
        {"outcome", "ledger", "outcome", "UPDATE ledger.outcome SET application_id = application_id || '\\x01'::bytea WHERE status = 6"},
        {"budget", "ledger", "agreement", "UPDATE ledger.agreement SET parent = NULL WHERE agreement_id = 'dinas-b'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET parent = 'tiga' WHERE agreement_id = 'dinas-b'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET data_source = 1 WHERE agreement_id = 'dinas-a'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET data_source_date = NULL WHERE agreement_id = 'dinas-a'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET desil_max = 5 WHERE agreement_id = 'dinas-b'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET exclude_active = false WHERE agreement_id = 'dinas-b'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET region_scope = 3 WHERE agreement_id = 'dinas-b'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET occupations = '{0101}' WHERE agreement_id = 'dinas-a'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET occupations = '{0101,0201,0301}' WHERE agreement_id = 'dinas-a'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET occupations = '{0101,0202}' WHERE agreement_id = 'dinas-a'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET occupations = '{0101}' WHERE agreement_id = 'dinas-b'"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET min_age = 16 WHERE agreement_no = 1"},
        {"agreement", "ledger", "agreement", "UPDATE ledger.agreement SET age_limit = 99 WHERE agreement_no = 1"},
        {"message", "notice", "message", "UPDATE notice.message SET template = 'WAITLIST' WHERE application_id IN (SELECT application_id FROM ledger.outcome WHERE partition = 2 AND origin = 7)"},
        {"pending", "ledger", "pending", "DELETE FROM ledger.pending WHERE attempt = 2"},
        {"pending", "ledger", "pending", "DELETE FROM ledger.pending WHERE attempt = 3"},
        {"pending", "ledger", "pending", "UPDATE ledger.pending SET attempt = attempt + 1 WHERE attempt = 3"},
        {"pending", "ledger", "pending", "UPDATE ledger.pending SET attempt = 2"},
        {"pending", "ledger", "pending", "UPDATE ledger.pending SET application_id = (SELECT application_id FROM ledger.outcome WHERE status = 1 AND attempt = 2) WHERE attempt = 2"},
        {"pending", "ledger", "pending", "UPDATE ledger.pending SET application_id = (SELECT application_id FROM ledger.outcome WHERE partition = 2 AND origin = 7)"},
        {"message", "notice", "message", "INSERT INTO notice.message SELECT * FROM notice.message LIMIT 1"},
        {"message", "notice", "message", "UPDATE notice.message SET attempt = 2 WHERE template = 'REJECTED_FIX'"},
        {"counter", "ledger", "batch_tally", "UPDATE ledger.batch_tally SET rows = rows - 1 WHERE status = 1"},
        {"counter", "ledger", "batch_tally", "UPDATE ledger.batch_tally SET amount = amount + 1 WHERE status = 1"},
        {"counter", "ledger", "batch_tally", "DELETE FROM ledger.batch_tally WHERE status = 3"},
        {"counter", "ledger", "batch_tally", "INSERT INTO ledger.batch_tally VALUES ('nobody', 1, 0, 1, 0)"},
        {"counter", "ledger", "promise_tally", "UPDATE ledger.promise_tally SET promised = promised + 1"},
        {"counter", "notice", "message_tally", "UPDATE notice.message_tally SET state = 'stale'"},
        {"counter", "notice", "message_tally", "DELETE FROM notice.message_tally"},
        {"counter", "notice", "message_total", "UPDATE notice.message_total SET messages = messages + 1"},
        {"counter", "notice", "card_tally", "INSERT INTO notice.card_tally VALUES (1, 170804, 2001, 'printed', 1)"},
        {"acknowledged", "intake", "batch_page", "UPDATE intake.batch_page SET application_ids[9] = substr(sha256(application_ids[9]), 1, 16)"},
    };
    take_the_guards_away();
    assert_false(is_found());
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        sql("%s", ways[i].statement);
        (void)is_found();
        bool named = false;
        for (int64_t k = 0; k < report.problem_count && k < PROBLEMS_MAX; k++) named |= strcmp(report.problems[k].check, ways[i].check) == 0;
        if (!named) fail_msg("%s: %lld problems, none of them %s", ways[i].statement, (long long)report.problem_count, ways[i].check);
        restore(ways[i].schema, ways[i].table);
    }
    assert_false(is_found());
}

/* The chain of agreement 1 as it was before migration 0005: no journal of its document, no places, every journal of version 1 with the hash that canonical.h gives for it. */
static void write_chain_of_version_1(void) {
    sql("DELETE FROM ledger.journal WHERE agreement_no = 1 AND seq = 1; UPDATE ledger.journal SET seq = seq - 1 WHERE agreement_no = 1; UPDATE ledger.entry SET seq = seq - 1 WHERE agreement_no = 1;"
        " UPDATE ledger.outcome SET journal_seq = journal_seq - 1, place = 0 WHERE agreement_no = 1; UPDATE ledger.budget SET journal_seq = journal_seq - 1 WHERE agreement_no = 1;"
        " UPDATE ledger.agreement_version SET journal_seq = 0 WHERE agreement_no = 1");
    struct arena *arena = arena_create(1 << 24);
    struct pg_rows journals, entries, outcomes;
    EXPECT_OK(pg_run(pg, arena, "SELECT seq, business_date, commit_sequence, outcomes, posted_at FROM ledger.journal WHERE agreement_no = 1 ORDER BY seq", NULL, &journals));
    EXPECT_OK(pg_run(pg, arena, "SELECT seq, line, account, amount FROM ledger.entry WHERE agreement_no = 1 ORDER BY seq, line", NULL, &entries));
    EXPECT_OK(pg_run(pg, arena, "SELECT " OUTCOME_COLUMNS " FROM ledger.outcome o WHERE o.agreement_no = 1 ORDER BY o.journal_seq, o.position", NULL, &outcomes));
    assert_true(journals.count > 3);
    uint8_t hash[SHA256_BYTES];
    char previous[2 * SHA256_BYTES + 1] = "", hex[2 * SHA256_BYTES + 1];
    for (size_t i = 0; i < journals.count; i++) {
        const struct journal_row journal = {.agreement_no = 1, .seq = pg_int8(&journals, i, 0), .version = 1, .kind = slice_text("COMMITMENT"), .business_date = pg_date(&journals, i, 1),
                                            .commit_sequence = pg_int8(&journals, i, 2), .outcomes = pg_int4(&journals, i, 3),
                                            .previous = slice_of(hash, i == 0 ? 0 : SHA256_BYTES), .posted_at_us = pg_timestamp_us(&journals, i, 4)};
        struct sha256 *sha = sha256_start();
        sha256_add(sha, canonical_journal(arena, &journal));
        for (size_t k = 0; k < entries.count; k++) {
            const struct entry_row entry = {.line = pg_int2(&entries, k, 1), .account = pg_bytes(&entries, k, 2), .amount = pg_int8(&entries, k, 3)};
            if (pg_int8(&entries, k, 0) == journal.seq) sha256_add(sha, canonical_entry(arena, &entry));
        }
        for (size_t k = 0; k < outcomes.count; k++) {
            const struct outcome_row outcome = outcome_row_of(&outcomes, k);
            if (outcome.journal_seq == journal.seq) sha256_add(sha, canonical_outcome(arena, &outcome, 1));
        }
        sha256_finish(sha, hash);
        for (int k = 0; k < SHA256_BYTES; k++) (void)snprintf(hex + 2 * k, 3, "%02x", hash[k]);
        sql("UPDATE ledger.journal SET version = 1, previous = '\\x%s', hash = '\\x%s' WHERE agreement_no = 1 AND seq = %lld", previous, hex, (long long)journal.seq);
        memcpy(previous, hex, sizeof hex);
    }
    sql("UPDATE ledger.budget SET head = '\\x%s' WHERE agreement_no = 1", previous);
    arena_destroy(arena);
}

/* A document that names a parent, which was let in and not stored before there were umbrella agreements. */
static void name_a_parent_that_is_not_stored(void) {
    struct arena *arena = arena_create(1 << 20);
    struct pg_rows rows;
    EXPECT_OK(pg_run(pg, arena, "SELECT document || '{\"parent\":\"mou-2024\"}' FROM ledger.agreement WHERE agreement_no = 1", NULL, &rows));
    struct pg_parameters *p = pg_parameters(arena);
    uint8_t hash[SHA256_BYTES];
    const struct slice canonical = agreement_document_canonical(arena, pg_bytes(&rows, 0, 0));
    crypto_sha256(canonical, hash);
    pg_add_jsonb(p, canonical);
    pg_add_bytea(p, slice_of(hash, sizeof hash));
    EXPECT_OK(pg_run(pg, arena, "UPDATE ledger.agreement SET document = $1, document_sha256 = $2 WHERE agreement_no = 1", p, NULL));
    arena_destroy(arena);
}

static void the_journals_of_version_1_still_verify(void **state) {
    (void)state;
    write_chain_of_version_1();
    sql("UPDATE ledger.agreement SET min_age = 17, age_limit = 65 WHERE agreement_no = 1"); /* what was stored then for an age that is not stated */
    name_a_parent_that_is_not_stored();
    if (is_found()) fail_msg("%s %s %s", report.problems[0].check, report.problems[0].where, report.problems[0].text);
    /* a package in an old journal is not under its hash: it is named as such */
    sql("UPDATE ledger.outcome SET segment = 4, package = jkk + jkm, jkk = 0, jkm = 0, lines = '[{\"programme\":\"PACKAGE\",\"from\":202510,\"months\":1,\"once\":true,\"base\":0,\"rate_ppm\":0,"
        "\"normal\":201600,\"amount\":201600,\"tariff_row\":\"x\",\"regulation\":\"x\"}]' WHERE partition = 2 AND origin = 7");
    assert_true(is_found());
    bool named = false;
    for (int64_t k = 0; k < report.problem_count && k < PROBLEMS_MAX; k++) named |= strstr(report.problems[k].text, "does not cover a package") != NULL;
    assert_true(named);
    static const char *const changed[] = {"outcome", "agreement", "agreement_version", "journal", "entry", "budget"};
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) restore("ledger", changed[i]);
    assert_false(is_found());
}

static uint64_t random_below(uint64_t limit) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 33) % limit;
}

/* Any one value of any one row of what is booked, changed by its smallest step. */
static void every_single_change_is_found(void **state) {
    (void)state;
    struct arena *arena = arena_create(1 << 24);
    struct pg_rows columns;
    EXPECT_OK(pg_run(pg, arena,
                     "SELECT table_name::text, column_name::text, CASE data_type WHEN 'bytea' THEN 'c || ''\\x01''::bytea' WHEN 'text' THEN 'c || ''x''' WHEN 'boolean' THEN 'NOT c'"
                     " WHEN 'date' THEN 'c + 1' WHEN 'timestamp with time zone' THEN 'c + interval ''1 microsecond''' WHEN 'ARRAY' THEN 'array_append(c, 1)'"
                     " ELSE 'c # 1' END FROM information_schema.columns WHERE table_schema = 'ledger' AND table_name IN ('outcome', 'journal', 'entry', 'cover', 'budget', 'lineage')"
                     " AND column_name NOT IN ('run_on', 'closed_to')" /* dates that an operator set: nothing else tells them */
                     " ORDER BY 1, 2",
                     NULL, &columns));
    for (uint64_t i = 0; i < mutation_count; i++) {
        const size_t row = (size_t)random_below(columns.count);
        const struct slice table = pg_bytes(&columns, row, 0), column = pg_bytes(&columns, row, 1), change = pg_bytes(&columns, row, 2);
        const unsigned kind = (unsigned)random_below(8); /* 0 delete, 1 double, else change */
        char place[256], name[64];
        (void)snprintf(name, sizeof name, "%.*s", SLICE_ARGS(table));
        (void)snprintf(place, sizeof place, "(SELECT ctid FROM ledger.%s WHERE %.*s IS NOT NULL ORDER BY md5(ctid::text || '%llu') LIMIT 1)", name, SLICE_ARGS(column),
                       (unsigned long long)random_below(1000000));
        if (kind == 0) sql("DELETE FROM ledger.%s WHERE ctid = %s", name, place);
        else if (kind == 1) sql("INSERT INTO ledger.%s SELECT * FROM ledger.%s WHERE ctid = %s", name, name, place);
        else sql("UPDATE ledger.%s SET %.*s = (SELECT %.*s FROM (SELECT %.*s AS c) v) WHERE ctid = %s", name, SLICE_ARGS(column), SLICE_ARGS(change), SLICE_ARGS(column), place);
        if (!is_found()) fail_msg("mutation %llu (kind %u) of %s.%.*s was not found", (unsigned long long)i, kind, name, SLICE_ARGS(column));
        restore("ledger", name);
    }
    assert_false(is_found());
    arena_destroy(arena);
}

int main(int argc, char **argv) {
    if (argc > 1 && !text_number(slice_text(argv[1]), 1000000, &mutation_count)) return 2;
    if (argc > 2 && !text_number(slice_text(argv[2]), UINT32_MAX, &seed)) return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_ledger_is_right), cmocka_unit_test(each_known_way_to_cheat_is_named), cmocka_unit_test(the_journals_of_version_1_still_verify),
        cmocka_unit_test(every_single_change_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
