/* Asks who is owed something, gathers the figures and writes the letter into the outbox. What was decided is counted by the journals of the agreement, which are dense and in order: no decision is in two reports, and
 * none is in none. It must never count a message or a person twice, and never open a seal. */
#include "services/notification/sponsor/sponsor.h"

#include <string.h>

#include "common/base/check.h"
#include "common/edge/log.h"
#include "common/tables/meters.h"

#define HAS_NOTICE_SQL(kind, day) "EXISTS (SELECT FROM notice.sponsor_notice s WHERE s.agreement_no = a.agreement_no AND s.kind = '" kind "' AND s.day = " day ")"

/* $1 today, $2 are reports made?, $3 and $4 days before the end, $5 how many. A report of an agreement that ended a month ago has nothing new. */
static const char due_sql[] =
    "SELECT * FROM (SELECT a.agreement_no, a.agreement_id, a.name, a.payer_name, a.payer_region, a.period_to, a.document #>> '{options,contact_email}' AS mailbox,"
    " $2 AND $1 <= a.period_to + 31 AND NOT " HAS_NOTICE_SQL("SPONSOR_DIGEST", "$1") " AS digest,"
    " $3 > 0 AND a.period_to BETWEEN $1 AND $1 + $3 AND NOT " HAS_NOTICE_SQL("SPONSOR_COVER_END", "a.period_to") " AS cover_end,"
    " $4 > 0 AND a.period_to BETWEEN $1 AND $1 + $4 AND NOT " HAS_NOTICE_SQL("SPONSOR_RENEWAL", "a.period_to")
    " AND NOT EXISTS (SELECT FROM ledger.agreement r WHERE r.renews = a.agreement_id) AS renewal"
    " FROM ledger.agreement a WHERE a.document #>> '{options,contact_email}' IS NOT NULL AND a.agreement_no > 0) w WHERE digest OR cover_end OR renewal ORDER BY agreement_no LIMIT $5";

struct due {
    int32_t agreement_no, region;
    bool wanted[SPONSOR_KINDS];
    struct sponsor_figures figures; /* what is the same in all of its notices */
};

static struct err read_due(const struct sponsor *sponsor, struct arena *arena, const struct sponsor_rules *rules, struct due **ret_due, size_t *ret_count) {
    const day_t today = day_of_business(rules->now_ms);
    const int64_t of_day_s = (rules->now_ms / 1000 + WIB_OFFSET_S) % 86400;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_date(p, today);
    pg_add_bool(p, rules->digest_hour >= 0 && of_day_s / 3600 >= rules->digest_hour);
    pg_add_int4(p, rules->end_days);
    pg_add_int4(p, rules->renewal_days);
    pg_add_int4(p, SPONSOR_AGREEMENTS_MAX);
    TRY(pg_run(sponsor->pg, arena, due_sql, p, &rows));
    struct due *due = arena_zero(arena, rows.count + 1, sizeof *due);
    for (size_t i = 0; i < rows.count; i++) {
        due[i] = (struct due){.agreement_no = pg_int4(&rows, i, 0), .region = pg_int4(&rows, i, 4)};
        due[i].figures = (struct sponsor_figures){.agreement_id = pg_bytes(&rows, i, 1), .name = pg_bytes(&rows, i, 2), .payer_name = pg_bytes(&rows, i, 3), .period_to = pg_date(&rows, i, 5),
                                                  .mailbox = pg_bytes(&rows, i, 6), .until_ms = rules->now_ms};
        due[i].figures.days = day_distance(today, due[i].figures.period_to);
        for (int kind = 0; kind < SPONSOR_KINDS; kind++) due[i].wanted[kind] = pg_bool(&rows, i, 7 + kind);
    }
    *ret_due = due;
    *ret_count = rows.count;
    return OK;
}

/* ---- figures ---- */

/* How the agreement stands, and up to where the last report told. */
static const char stand_sql[] =
    "SELECT b.journal_seq, CASE WHEN b.pagu = 100000000000000 THEN -1 ELSE b.pagu - b.delegated - b.committed - b.reserved END, b.committed,"
    " (SELECT count(*) FROM ledger.waiting w WHERE w.agreement_no = b.agreement_no AND w.state = 1),"
    " (SELECT count(*) FROM ledger.enrolment e WHERE e.agreement_no = b.agreement_no AND e.state <= 3 AND e.end_month >= e.start_month), coalesce(s.to_journal, 0), s.made_at"
    " FROM ledger.budget b LEFT JOIN LATERAL (SELECT * FROM notice.sponsor_notice s WHERE s.agreement_no = b.agreement_no AND s.kind = 'SPONSOR_DIGEST' ORDER BY s.day DESC LIMIT 1) s ON true"
    " WHERE b.agreement_no = $1";
_Static_assert(RUPIAH_INPUT_MAX == INT64_C(100000000000000), "the pagu of an agreement that states none");

static const char decided_sql[] =
    "SELECT count(*) FILTER (WHERE o.status = 1), coalesce(sum(o.amount) FILTER (WHERE o.status = 1), 0)::bigint, count(*) FILTER (WHERE o.status = 3), count(*) FILTER (WHERE o.status = 2),"
    " count(*) FILTER (WHERE o.status = 5), count(o.message_due), count(*) FILTER (WHERE m.state IN ('sent', 'delivered')), count(*) FILTER (WHERE m.state IN ('failed', 'stale')), count(*)"
    " FROM ledger.outcome o LEFT JOIN notice.message m ON o.message_due IS NOT NULL AND m.application_id = o.application_id AND m.attempt = o.attempt AND m.cause = 'decision'"
    " WHERE o.agreement_no = $1 AND o.journal_seq > $2 AND o.journal_seq <= $3 AND NOT o.repeat";
static const char codes_sql[] =
    "SELECT o.codes, count(*) FROM ledger.outcome o WHERE o.agreement_no = $1 AND o.journal_seq > $2 AND o.journal_seq <= $3 AND NOT o.repeat AND o.status = 3 GROUP BY 1";
_Static_assert(OUTCOME_ACCEPTED == 1 && OUTCOME_WAITLISTED == 2 && OUTCOME_REJECTED == 3 && OUTCOME_PENDING == 5, "as in the statements");

struct stand {
    int64_t from_journal, to_journal, decisions;
};

static struct err read_stand(const struct sponsor *sponsor, struct arena *arena, struct due *due, struct stand *ret_stand) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, due->agreement_no);
    TRY(pg_run(sponsor->pg, arena, stand_sql, p, &rows));
    if (rows.count != 1) return ERR(FATAL, "agreement %d has no budget", due->agreement_no);
    due->figures.left = pg_int8(&rows, 0, 1);
    due->figures.amount = pg_int8(&rows, 0, 2);
    due->figures.waiting = pg_int8(&rows, 0, 3);
    due->figures.people = pg_int8(&rows, 0, 4);
    due->figures.since_ms = pg_is_null(&rows, 0, 6) ? 0 : pg_timestamp_ms(&rows, 0, 6);
    *ret_stand = (struct stand){.from_journal = pg_int8(&rows, 0, 5), .to_journal = pg_int8(&rows, 0, 0)};
    return OK;
}

static struct pg_parameters *range_of(struct arena *arena, const struct due *due, const struct stand *stand) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, due->agreement_no);
    pg_add_int8(p, stand->from_journal);
    pg_add_int8(p, stand->to_journal);
    return p;
}

static struct err read_decided(const struct sponsor *sponsor, struct arena *arena, const struct due *due, struct stand *stand, struct sponsor_figures *figures) {
    struct pg_rows rows, codes;
    TRY(pg_run(sponsor->pg, arena, decided_sql, range_of(arena, due, stand), &rows));
    figures->accepted = pg_int8(&rows, 0, 0);
    figures->amount = pg_int8(&rows, 0, 1);
    figures->rejected = pg_int8(&rows, 0, 2);
    figures->waitlisted = pg_int8(&rows, 0, 3);
    figures->pending = pg_int8(&rows, 0, 4);
    figures->promised = pg_int8(&rows, 0, 5);
    figures->sent = pg_int8(&rows, 0, 6);
    figures->failed = pg_int8(&rows, 0, 7);
    figures->queued = figures->promised - figures->sent - figures->failed;
    stand->decisions = pg_int8(&rows, 0, 8);
    if (figures->rejected == 0) return OK;
    TRY(pg_run(sponsor->pg, arena, codes_sql, range_of(arena, due, stand), &codes));
    for (size_t i = 0; i < codes.count; i++)
        for (int code = 1; code < CODE_LIMIT; code++)
            if (((uint64_t)pg_int8(&codes, i, 0) >> code & 1) != 0) figures->by_code[code] += pg_int8(&codes, i, 1);
    return OK;
}

/* ---- writing ---- */

/* That a notice is made once the key of its row says; the id only has to be one that no other message has. */
static struct id event_of(const struct sponsor *sponsor, const struct due *due, enum sponsor_kind kind) {
    const struct slice parts[] = {due->figures.agreement_id, slice_text(sponsor_kind_name(kind)), slice_of(&due->figures.until_ms, sizeof due->figures.until_ms)};
    return crypto_keyed_id(sponsor->crypto, "sponsor notice", parts, sizeof parts / sizeof *parts);
}

static const char notice_sql[] = "INSERT INTO notice.sponsor_notice (agreement_no, kind, day, event_id, made_at, to_journal) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (agreement_no, kind, day) DO NOTHING";
static const char message_sql[] =
    "INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, settled_at, cause) VALUES ($1, $1, 1, $2, $3, $4, 'queued', $5, 'sponsor')";
static const char outbox_sql[] =
    "INSERT INTO notice.outbox (event_id, cause, event, region, channel, stale_at) VALUES ($1, 'sponsor', $2, $3, $4, now() + $5 * interval '1 second')";

static struct err queue(const struct sponsor *sponsor, struct arena *arena, const struct due *due, const struct sponsor_figures *figures, struct id event_id, enum channel_id channel) {
    const struct slice id = slice_of(event_id.bytes, ID_BYTES), name = slice_text(channel_rows[channel].name);
    struct pg_parameters *message = pg_parameters(arena), *outbox = pg_parameters(arena);
    pg_add_bytea(message, id);
    pg_add_text(message, figures->agreement_id);
    pg_add_text(message, slice_text(sponsor_kind_name(figures->kind)));
    pg_add_text(message, name);
    pg_add_timestamp_ms(message, figures->until_ms);
    pg_add_bytea(outbox, id);
    pg_add_bytea(outbox, sponsor_render(sponsor->words, sponsor->reasons, figures, arena));
    pg_add_int4(outbox, due->region);
    pg_add_text(outbox, name);
    pg_add_int8(outbox, SPONSOR_STALE_S);
    TRY(pg_run(sponsor->pg, arena, message_sql, message, NULL));
    return pg_run(sponsor->pg, arena, outbox_sql, outbox, NULL);
}

/* *ret_new false: somebody else made it meanwhile, and nothing was written. */
static struct err write_notice(const struct sponsor *sponsor, struct arena *arena, const struct due *due, const struct sponsor_figures *figures, bool is_quiet, int64_t to_journal, enum channel_id channel,
                               bool *ret_new) {
    const day_t day = figures->kind == SPONSOR_DIGEST ? day_of_business(figures->until_ms) : figures->period_to;
    const struct id event_id = event_of(sponsor, due, figures->kind);
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, due->agreement_no);
    pg_add_text(p, slice_text(sponsor_kind_name(figures->kind)));
    pg_add_date(p, day);
    if (is_quiet) pg_add_null(p);
    else pg_add_bytea(p, slice_of(event_id.bytes, ID_BYTES));
    pg_add_timestamp_ms(p, figures->until_ms);
    pg_add_int8(p, to_journal);
    TRY(pg_run(sponsor->pg, arena, notice_sql, p, &rows));
    *ret_new = rows.affected == 1;
    return *ret_new && !is_quiet ? queue(sponsor, arena, due, figures, event_id, channel) : OK;
}

static struct err make_notice(const struct sponsor *sponsor, struct arena *arena, const struct due *due, enum sponsor_kind kind, struct stand stand, enum channel_id channel, int64_t *made) {
    struct sponsor_figures figures = due->figures;
    bool is_new = false;
    figures.kind = kind;
    if (kind == SPONSOR_DIGEST) TRY(read_decided(sponsor, arena, due, &stand, &figures));
    const bool is_quiet = kind == SPONSOR_DIGEST && stand.decisions == 0;
    TRY(pg_begin(sponsor->pg));
    const struct err err = write_notice(sponsor, arena, due, &figures, is_quiet, stand.to_journal, channel, &is_new);
    if (failed(&err) || !is_new) pg_rollback(sponsor->pg);
    TRY(err);
    if (!is_new) return OK;
    TRY(pg_commit(sponsor->pg));
    *made += !is_quiet;
    return OK;
}

static struct err make_for(const struct sponsor *sponsor, struct arena *arena, const struct sponsor_rules *rules, struct due *due, int64_t *made) {
    struct stand stand;
    TRY(read_stand(sponsor, arena, due, &stand));
    for (int kind = 0; kind < SPONSOR_KINDS; kind++)
        if (due->wanted[kind]) TRY(make_notice(sponsor, arena, due, (enum sponsor_kind)kind, stand, rules->channel, made));
    return OK;
}

/* One agreement whose notice can't be made holds up neither the others nor the messages to persons. */
static void blame(const struct due *due, const struct err *err) {
    meter_add(METER_ALARMS, 0, 1);
    log_error("ALARM: the office of an agreement can't be told", LOG_INT("agreement_no", due->agreement_no), LOG_TEXT("error", err->text));
}

struct err sponsor_make(const struct sponsor *sponsor, struct arena *arena, const struct sponsor_rules *rules, int64_t *ret_made, bool *ret_more) {
    struct due *due;
    size_t count;
    *ret_made = 0;
    CHECK(rules->channel == CHANNEL_EMAIL || rules->channel == CHANNEL_MAILDIR);
    TRY(read_due(sponsor, arena, rules, &due, &count));
    *ret_more = count == SPONSOR_AGREEMENTS_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct err err = make_for(sponsor, arena, rules, &due[i], ret_made);
        if (err.fate == FATE_AGAIN) return err;
        if (failed(&err)) blame(&due[i], &err);
    }
    return OK;
}
