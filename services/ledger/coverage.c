/* Makes messages of coverage.changed out of the STATE lines of a journal. It must never decide who is told: that stands in the lines. */
#include "services/ledger/coverage.h"

#include <stdio.h>

#include "common/edge/crypto.h"
#include "common/wire/wire.h"
#include "services/ledger/outcome_sql.h"
#include "services/ledger/price_sql.h"

enum { CHANGES_A_PAGE = 1024, PAGE_BYTES_MAX = 64 * 1024 * 1024, COVERAGE_PARTITION = 0 };

struct id coverage_event_id(struct slice agreement_id, int64_t journal_seq, int32_t position) {
    enum { EVENT_TEXT_MAX = 160 };
    char text[EVENT_TEXT_MAX];
    uint8_t hash[SHA256_BYTES];
    const int size = snprintf(text, sizeof text, "payung-coverage|%.*s|%lld|%d", SLICE_ARGS(agreement_id), (long long)journal_seq, position);
    CHECK(size > 0 && size < EVENT_TEXT_MAX);
    crypto_sha256(slice_of(text, (size_t)size), hash);
    struct id id;
    memcpy(id.bytes, hash, ID_BYTES);
    return id;
}

/* The registry is read only where somebody is told: it holds the sealed persons. */
static const char changes_sql[] =
    "WITH page AS MATERIALIZED (SELECT l.position, l.place, l.state, l.day, l.reason, l.message_due, l.detail, e.application_id, e.attempt, e.paid_to, e.end_month, e.partition, e.epoch, e.origin"
    " FROM ledger.line l JOIN ledger.enrolment e ON e.agreement_no = l.agreement_no AND e.place = l.place"
    " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 13 AND l.position > $3 ORDER BY l.position LIMIT $4),"
    " told AS MATERIALIZED (SELECT g.position, o.lines, " MONTH_ADD_SQL("o.start_month", "o.months - 1") " AS last FROM page g JOIN ledger.outcome o ON " OUTCOME_OF_SQL("o", "g")
    " WHERE g.message_due IS NOT NULL),"
    " prices AS (SELECT t.lines, t.last, (SELECT sum(p.amount) FROM jsonb_to_recordset(t.lines::jsonb) AS p (\"from\" int, months int, amount bigint, once boolean)"
    " WHERE p.once IS NOT TRUE AND " MONTH_ADD_SQL("p.\"from\"", "p.months - 1") " = t.last) AS amount FROM (SELECT DISTINCT lines, last FROM told WHERE lines <> '') t)"
    " SELECT g.position, g.place, g.state, g.day, g.reason, g.message_due, g.application_id, g.attempt, g.paid_to, g.end_month, coalesce(c.amount, 0)::bigint, r.record, g.detail"
    " FROM page g LEFT JOIN told t ON t.position = g.position LEFT JOIN prices c ON c.lines = t.lines AND c.last = t.last"
    " LEFT JOIN ledger.registry r ON g.message_due IS NOT NULL AND r.agreement_no = $1 AND r.place = g.place ORDER BY g.position";

static struct err read_payer(struct money *money, const struct money_account *account, struct slice *ret_name) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    TRY(pg_run(money->pg, money->arena, "SELECT payer_name FROM ledger.agreement WHERE agreement_no = $1", p, &rows));
    CHECK(rows.count == 1);
    *ret_name = pg_bytes(&rows, 0, 0);
    return OK;
}

/* The person of a change that owes a message; nobody when the registry has forgotten. */
static struct err open_record(struct arena *arena, struct slice record, struct coverage_changed *change) {
    struct submitted submitted;
    if (record.bytes == NULL || record.size == 0) return OK;
    if (!wire_decode_submitted(arena, record, &submitted)) return ERR(FATAL, "a record of ledger.registry can't be read: restore its row");
    change->sealed_person = submitted.application.sealed_person;
    change->seal_key_id = submitted.application.seal_key_id;
    change->ktp_region = submitted.application.ktp_region;
    change->ktp_village = submitted.application.ktp_village;
    return OK;
}

/* Only the run knows the day on which a cover in grace lapses: it stands in the line. Unpaid are the months that are over, as far as they are bought; or the first one, which is overdue. */
static void tell_grace(struct coverage_changed *change, struct slice detail, day_t business_date) {
    if (change->state != ENROLMENT_GRACE) return;
    const month_t over = month_add(day_month(business_date), -1), last = over < change->end_month ? over : change->end_month;
    const int32_t months = month_distance(day_month(change->day), last) + 1;
    change->unpaid_months = months > 1 ? (uint32_t)months : 1;
    if (!day_parse(detail, &change->lapse_day)) change->lapse_day = 0;
}

static struct err encode_change(const struct money *money, const struct money_account *account, int64_t journal_seq, struct slice payer, struct arena *arena, const struct pg_rows *rows,
                                size_t row, struct slice *ret_payload) {
    const struct slice application = pg_bytes(rows, row, 6), none = slice_text("");
    struct coverage_changed change = {
        .event_id = coverage_event_id(account->id, journal_seq, pg_int4(rows, row, 0)), .agreement_id = account->id, .payer_name = payer, .attempt = (uint32_t)pg_int4(rows, row, 7),
        .place = pg_int8(rows, row, 1), .state = pg_int2(rows, row, 2), .day = pg_date(rows, row, 3), .paid_to = pg_int4(rows, row, 8), .end_month = pg_int4(rows, row, 9),
        .reason = pg_bytes(rows, row, 4), .monthly_amount = pg_int8(rows, row, 10), .message_due = pg_is_null(rows, row, 5) ? none : pg_bytes(rows, row, 5),
        .commit_sequence = money->commit_sequence, .changed_at_ms = money->moment_ms, .sealed_person = none, .seal_key_id = none,
    };
    CHECK(application.size == ID_BYTES);
    memcpy(change.application_id.bytes, application.bytes, ID_BYTES);
    tell_grace(&change, pg_bytes(rows, row, 12), money->business_date);
    TRY(open_record(arena, pg_bytes(rows, row, 11), &change));
    *ret_payload = wire_encode_coverage(arena, &change);
    return OK;
}

static struct err publish_page(struct money *money, const struct money_account *account, int64_t journal_seq, struct slice payer, struct arena *arena, int32_t *after, size_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena), *out = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, journal_seq);
    pg_add_int4(p, *after);
    pg_add_int4(p, CHANGES_A_PAGE);
    TRY(pg_run(money->pg, arena, changes_sql, p, &rows));
    *ret_count = rows.count;
    if (rows.count == 0) return OK;
    struct slice *payloads = arena_take(arena, rows.count * sizeof *payloads);
    for (size_t i = 0; i < rows.count; i++) TRY(encode_change(money, account, journal_seq, payer, arena, &rows, i, &payloads[i]));
    *after = pg_int4(&rows, rows.count - 1, 0);
    pg_add_int4(out, COVERAGE_PARTITION);
    pg_add_text(out, account->id);
    pg_add_bytea_array(out, payloads, rows.count);
    pg_add_int8(out, money->commit_sequence);
    return pg_run(money->pg, arena,
                  "INSERT INTO ledger.outbox (topic, partition, key, payload, commit_sequence) SELECT 'COVERAGE', $1, $2, u.payload, $4"
                  " FROM unnest($3::bytea[]) WITH ORDINALITY AS u (payload, n) ORDER BY u.n",
                  out, NULL);
}

static struct err publish(struct money *money, const struct money_account *account, int64_t journal_seq) {
    struct slice payer = slice_text("");
    struct arena *arena = arena_create(PAGE_BYTES_MAX);
    struct err err = read_payer(money, account, &payer);
    int32_t after = -1;
    for (size_t count = CHANGES_A_PAGE; !failed(&err) && count == CHANGES_A_PAGE; arena_reset(arena)) err = publish_page(money, account, journal_seq, payer, arena, &after, &count);
    arena_destroy(arena);
    return err;
}

struct err coverage_close(struct money *money, struct money_account *account, const struct money_journal *journal, struct ledger_sums *ret_sums) {
    struct ledger_sums sums;
    TRY(money_close(money, account, journal, &sums));
    if (ret_sums != NULL) *ret_sums = sums;
    return sums.states > 0 ? publish(money, account, account->journal_seq) : OK;
}
