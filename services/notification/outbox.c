/* Statements on messages that wait, set-based. It must never log or keep an event. */
#include "services/notification/outbox.h"

#include <string.h>

#include "common/base/check.h"

enum { LEADER_LOCK = 1716 };
#define LATER_SQL(seconds) "CASE WHEN " seconds " > 0 THEN greatest(o.stale_at, now() + " seconds " * interval '1 second') ELSE o.stale_at END"

struct err outbox_lead(struct pg *pg, struct arena *arena, bool *ret_leads) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int8(p, LEADER_LOCK);
    TRY(pg_run(pg, arena, "SELECT pg_try_advisory_lock($1)", p, &rows)); /* taken twice by one session is as good as once */
    *ret_leads = pg_bool(&rows, 0, 0);
    return OK;
}

struct err outbox_doubt(struct pg *pg, struct arena *arena, const struct slice *under_way, size_t under_way_count, int64_t report_wait_ms, int64_t *ret_count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    struct slice keyed[CHANNELS], reporting[CHANNELS];
    size_t keyed_count = 0, reporting_count = 0;
    for (int i = 0; i < CHANNELS; i++) {
        if (channel_rows[i].is_keyed) keyed[keyed_count++] = slice_text(channel_rows[i].name);
        if (channel_rows[i].reports) reporting[reporting_count++] = slice_text(channel_rows[i].name);
    }
    pg_add_bytea_array(p, under_way, under_way_count);
    pg_add_text_array(p, keyed, keyed_count);
    pg_add_text_array(p, reporting, reporting_count);
    pg_add_int8(p, report_wait_ms);
    TRY(pg_run(pg, arena,
               "WITH o AS (UPDATE notice.outbox SET stage = 'waits', next_attempt_at = now() + CASE WHEN channel = ANY ($3) THEN $4 ELSE 0 END * interval '1 millisecond'"
               "  WHERE stage = 'sending' AND event_id <> ALL ($1) RETURNING event_id, attempts)"
               " UPDATE notice.attempt a SET result = CASE WHEN a.channel = ANY ($2) THEN 'again' ELSE 'in doubt' END, ended_at = now(), error = 'the sender fell'"
               " FROM o WHERE a.event_id = o.event_id AND a.attempt = o.attempts AND a.result = 'sending'",
               p, &rows));
    *ret_count = rows.affected;
    return OK;
}

static void add_channels(struct pg_parameters *p, struct arena *arena, const struct channel_order *order) {
    struct slice *names = arena_zero(arena, CHANNELS, sizeof *names);
    for (int i = 0; i < order->count; i++) names[i] = slice_text(channel_rows[order->channels[i]].name);
    pg_add_text_array(p, names, (size_t)order->count);
}

/* All that there are but these. */
static void add_other_channels(struct pg_parameters *p, struct arena *arena, const struct channel_order *order) {
    struct slice *names = arena_zero(arena, CHANNELS, sizeof *names);
    size_t count = 0;
    for (int i = 0; i < CHANNELS; i++)
        if (!channels_have(order, (enum channel_id)i)) names[count++] = slice_text(channel_rows[i].name);
    pg_add_text_array(p, names, count);
}

struct pg_step outbox_adopt(struct arena *arena, const struct channel_order *order, int64_t paper_s) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, slice_text(channel_rows[order->channels[0]].name));
    add_other_channels(p, arena, order);
    pg_add_int8(p, order->channels[0] == CHANNEL_PAPER ? paper_s : 0);
    return (struct pg_step){
        .sql = "UPDATE notice.outbox o SET channel = $1, step = 0, stale_at = " LATER_SQL("$3::bigint") " WHERE stage = 'waits' AND channel = ANY ($2::text[]) AND cause <> 'sponsor'", .parameters = p};
}

struct pg_step outbox_adopt_offices(struct arena *arena, enum channel_id office) {
    const struct channel_order order = {.channels = {office}, .count = 1};
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, slice_text(channel_rows[office].name));
    add_other_channels(p, arena, &order);
    return (struct pg_step){.sql = "WITH o AS (UPDATE notice.outbox SET channel = $1, step = 0 WHERE stage = 'waits' AND channel = ANY ($2::text[]) AND cause = 'sponsor' RETURNING event_id)"
                                   " UPDATE notice.message m SET channel = $1 FROM o WHERE m.event_id = o.event_id",
                            .parameters = p};
}

/* ---- what is due ---- */

/* Whom it is for stands in the statement, as in the index of it. */
#define CLAIM_SQL(whom)                                                                                                                                                                       \
    "WITH due AS (SELECT event_id FROM notice.outbox WHERE channel = $1 AND stage = 'waits' AND " whom " AND next_attempt_at <= now() AND stale_at > now()"                                    \
    "  AND region / 100 <> ALL ($3::int4[]) AND (NOT $4 OR region / 100 = ANY ($5::int4[])) ORDER BY next_attempt_at LIMIT $2),"                                                               \
    " claimed AS (UPDATE notice.outbox o SET stage = 'sending', attempts = o.attempts + 1, step = o.step + 1 FROM due WHERE o.event_id = due.event_id"                                         \
    "  RETURNING o.event_id, o.cause, o.event, o.region, o.attempts, o.step),"                                                                                                                 \
    " noted AS (INSERT INTO notice.attempt (event_id, attempt, channel) SELECT event_id, attempts, $1 FROM claimed)"                                                                           \
    " SELECT event_id, cause = 'decision', event, region, attempts, step FROM claimed"
static const char claim_persons_sql[] = CLAIM_SQL("cause <> 'sponsor'"), claim_offices_sql[] = CLAIM_SQL("cause = 'sponsor'");

struct pg_step outbox_claim(struct arena *arena, enum channel_id channel, const struct outbox_night *night, bool offices, size_t most) {
    struct pg_parameters *p = pg_parameters(arena);
    CHECK(most > 0 && most <= OUTBOX_PAGE_MAX);
    pg_add_text(p, slice_text(channel_rows[channel].name));
    pg_add_int8(p, (int64_t)most);
    pg_add_int4_array(p, night->provinces, night->count);
    pg_add_bool(p, night->others);
    pg_add_int4_array(p, night->known, night->known_count);
    return (struct pg_step){.sql = offices ? claim_offices_sql : claim_persons_sql, .parameters = p};
}

const struct outbox_due *outbox_claimed(struct arena *arena, const struct pg_rows *rows) {
    struct outbox_due *due = arena_zero(arena, rows->count + 1, sizeof *due);
    for (size_t i = 0; i < rows->count; i++) {
        due[i] = (struct outbox_due){.is_decision = pg_bool(rows, i, 1), .event = pg_bytes(rows, i, 2), .region = pg_int4(rows, i, 3), .attempts = pg_int4(rows, i, 4), .step = pg_int4(rows, i, 5)};
        CHECK(pg_bytes(rows, i, 0).size == ID_BYTES); /* a constraint of notice.message */
        memcpy(due[i].event_id.bytes, pg_bytes(rows, i, 0).bytes, ID_BYTES);
    }
    return due;
}

struct pg_step outbox_hold(struct arena *arena, enum channel_id channel, const int32_t *provinces, size_t count, bool others, int64_t until_ms) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, slice_text(channel_rows[channel].name));
    pg_add_int4_array(p, provinces, count);
    pg_add_bool(p, others);
    pg_add_timestamp_ms(p, until_ms);
    return (struct pg_step){
        .sql = "UPDATE notice.outbox SET next_attempt_at = $4 WHERE channel = $1 AND stage = 'waits' AND cause <> 'sponsor' AND next_attempt_at <= now() AND (region / 100 = ANY ($2::int4[])) <> $3", .parameters = p};
}

/* ---- how it went ---- */

static const char *result_of(const struct outbox_end *end) {
    if (end->in_doubt) return "in doubt";
    return end->fate == SENDING_TAKEN ? "taken" : end->fate == SENDING_AGAIN ? "again" : "refused";
}

/* What happens to the row: it goes with its message, stays for a report, or waits. */
static const char *action_of(const struct outbox_end *end) {
    if (end->fate == SENDING_TAKEN) return end->reports ? "keep" : "sent";
    return end->next == CHANNELS ? "failed" : "waits";
}

static struct pg_parameters *end_parameters(struct arena *arena, const struct outbox_end *ends, size_t count) {
    struct slice *ids = arena_zero(arena, count, sizeof *ids), *results = arena_zero(arena, count, sizeof *ids), *actions = arena_zero(arena, count, sizeof *ids);
    struct slice *channels = arena_zero(arena, count, sizeof *ids), *nexts = arena_zero(arena, count, sizeof *ids), *troubles = arena_zero(arena, count, sizeof *ids);
    struct slice *recipients = arena_zero(arena, count, sizeof *ids);
    int32_t *attempts = arena_zero(arena, count, sizeof *attempts), *statuses = arena_zero(arena, count, sizeof *attempts), *durations = arena_zero(arena, count, sizeof *attempts);
    int64_t *delays = arena_zero(arena, count, sizeof *delays), *stales = arena_zero(arena, count, sizeof *stales);
    for (size_t i = 0; i < count; i++) {
        const struct outbox_end *end = &ends[i];
        ids[i] = slice_of(end->event_id.bytes, ID_BYTES);
        attempts[i] = end->attempt;
        results[i] = slice_text(result_of(end));
        actions[i] = slice_text(action_of(end));
        channels[i] = slice_text(channel_rows[end->channel].name);
        nexts[i] = slice_text(end->next == CHANNELS ? "" : channel_rows[end->next].name);
        delays[i] = end->delay_ms;
        stales[i] = end->stale_s;
        statuses[i] = end->status;
        durations[i] = end->duration_ms;
        troubles[i] = slice_text(end->trouble);
        recipients[i] = slice_text(end->recipient);
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, ids, count);
    pg_add_int4_array(p, attempts, count);
    pg_add_text_array(p, results, count);
    pg_add_text_array(p, actions, count);
    pg_add_text_array(p, channels, count);
    pg_add_text_array(p, nexts, count);
    pg_add_int8_array(p, delays, count);
    pg_add_int4_array(p, statuses, count);
    pg_add_int4_array(p, durations, count);
    pg_add_text_array(p, troubles, count);
    pg_add_text_array(p, recipients, count);
    pg_add_int8_array(p, stales, count);
    return p;
}

/* One in doubt after which there was another attempt stays in doubt whatever is learnt later: the provider may have got it twice. */
#define NOT_SENT_AGAIN " AND (a.result <> 'in doubt' OR NOT EXISTS (SELECT FROM notice.attempt later WHERE later.event_id = a.event_id AND later.attempt > a.attempt))"

/* An end counts for its own attempt only: a report may have ended the message meanwhile, or another sender may have begun the next one. A message that was reported as delivered stays so. */
static const char settle_sql[] =
    "WITH r AS (SELECT * FROM unnest($1::bytea[], $2::int4[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::int4[], $9::int4[], $10::text[], $11::text[], $12::bigint[])"
    "  AS r (event_id, attempt, result, action, channel, next, delay_ms, status, duration_ms, error, recipient, stale_s)),"
    " a AS (UPDATE notice.attempt a SET result = r.result, ended_at = now(), status = r.status, error = r.error, duration_ms = r.duration_ms FROM r"
    "  WHERE a.event_id = r.event_id AND a.attempt = r.attempt AND a.result IN ('sending', 'in doubt')" NOT_SENT_AGAIN "),"
    " gone AS (DELETE FROM notice.outbox o USING r WHERE o.event_id = r.event_id AND o.attempts = r.attempt AND o.stage = 'sending' AND r.action IN ('sent', 'failed') RETURNING o.event_id),"
    " back AS (UPDATE notice.outbox o SET stage = CASE r.action WHEN 'keep' THEN 'taken' ELSE 'waits' END, channel = CASE r.action WHEN 'keep' THEN o.channel ELSE r.next END,"
    "   step = CASE WHEN r.action = 'keep' OR r.next = o.channel THEN o.step ELSE 0 END, next_attempt_at = now() + r.delay_ms * interval '1 millisecond', stale_at = " LATER_SQL("r.stale_s")
    "  FROM r WHERE o.event_id = r.event_id AND o.attempts = r.attempt AND o.stage = 'sending' AND r.action IN ('keep', 'waits') RETURNING o.event_id)"
    " UPDATE notice.message m SET state = CASE r.action WHEN 'failed' THEN 'failed' WHEN 'waits' THEN m.state ELSE 'sent' END, channel = CASE r.action WHEN 'waits' THEN r.next ELSE r.channel END,"
    "  error = CASE WHEN r.action = 'failed' THEN r.error ELSE '' END, recipient = r.recipient, settled_at = now()"
    " FROM r JOIN (SELECT event_id FROM gone UNION ALL SELECT event_id FROM back) done USING (event_id) WHERE m.event_id = r.event_id AND m.state = 'queued'";

struct pg_step outbox_settle(struct arena *arena, const struct outbox_end *ends, size_t count) {
    CHECK(count > 0);
    return (struct pg_step){.sql = settle_sql, .parameters = end_parameters(arena, ends, count)};
}

/* ---- what is reported ---- */

/* Delivered beats everything that came before it or comes after it. */
static const char delivered_sql[] =
    "WITH r AS (SELECT DISTINCT a.event_id, a.attempt, a.channel FROM unnest($1::bytea[], $2::int4[]) AS e (event_id, attempt) JOIN notice.attempt a USING (event_id, attempt)),"
    " a AS (UPDATE notice.attempt a SET result = 'taken', ended_at = coalesce(a.ended_at, now()) FROM r WHERE a.event_id = r.event_id AND a.attempt = r.attempt AND a.result <> 'taken'" NOT_SENT_AGAIN "),"
    " o AS (DELETE FROM notice.outbox o USING r WHERE o.event_id = r.event_id AND (o.stage <> 'sending' OR o.attempts = r.attempt))"
    " UPDATE notice.message m SET state = 'delivered', channel = r.channel, error = '', settled_at = now() FROM (SELECT DISTINCT ON (event_id) * FROM r ORDER BY event_id, attempt) r"
    " WHERE m.event_id = r.event_id AND m.state <> 'delivered'";

/* Only of the last attempt, and only once: afterwards the row neither is 'taken' nor waits after a doubt any more. Whoever could not deliver a message had it: such a report ends a doubt, too, and the message
 * goes on by the next channel. `reported` gives event_id, attempt and whether this report ended a doubt; the order of channels and how long paper may wait are the parameters named. */
#define UNDELIVERED_SQL(reported, channels, nexts, paper)                                                                                                                                   \
    "WITH " reported ", r AS (SELECT DISTINCT o.event_id, n.next, CASE n.next WHEN 'paper' THEN " paper "::bigint ELSE 0 END AS stale_s FROM e"                                             \
    "   JOIN notice.outbox o ON o.event_id = e.event_id AND o.attempts = e.attempt AND (o.stage = 'taken' OR (o.stage = 'waits' AND e.was_in_doubt AND o.channel = e.channel))"             \
    "   LEFT JOIN unnest(" channels "::text[], " nexts "::text[]) AS n (channel, next) ON n.channel = o.channel),"                                                                          \
    " back AS (UPDATE notice.outbox o SET stage = 'waits', channel = r.next, step = 0, next_attempt_at = now(), stale_at = " LATER_SQL("r.stale_s") " FROM r"                               \
    "   WHERE o.event_id = r.event_id AND r.next IS NOT NULL AND o.stale_at > now() RETURNING o.event_id),"                                                                                 \
    " gone AS (DELETE FROM notice.outbox o USING r WHERE o.event_id = r.event_id AND (r.next IS NULL OR o.stale_at <= now()) RETURNING o.event_id)"                                         \
    " UPDATE notice.message m SET state = CASE WHEN back.event_id IS NULL THEN 'failed' ELSE 'queued' END, channel = CASE WHEN back.event_id IS NULL THEN m.channel ELSE r.next END,"       \
    "  error = CASE WHEN back.event_id IS NULL THEN 'the provider could not deliver it' ELSE '' END, settled_at = now()"                                                                    \
    " FROM r LEFT JOIN back USING (event_id) WHERE m.event_id = r.event_id AND m.state IN ('sent', 'queued')"
static const char undelivered_sql[] =
    UNDELIVERED_SQL("d AS (UPDATE notice.attempt a SET result = 'taken' FROM unnest($1::bytea[], $2::int4[]) AS g (event_id, attempt)"
                    "  WHERE a.event_id = g.event_id AND a.attempt = g.attempt AND a.result = 'in doubt'" NOT_SENT_AGAIN " RETURNING a.event_id, a.attempt, a.channel),"
                    " e AS (SELECT g.event_id, g.attempt, d.channel, d.event_id IS NOT NULL AS was_in_doubt FROM unnest($1::bytea[], $2::int4[]) AS g (event_id, attempt) LEFT JOIN d USING (event_id, attempt))",
                    "$3", "$4", "$5");

/* What overtakes the answer is kept with its attempt. Whoever writes the answer at this moment holds the attempt's row: afterwards either it is marked, or the statement above finds how it ended. */
static const char early_sql[] =
    "UPDATE notice.attempt a SET reported_early = true FROM unnest($1::bytea[], $2::int4[]) AS e (event_id, attempt) WHERE a.event_id = e.event_id AND a.attempt = e.attempt AND a.result = 'sending'";
static const char join_sql[] =
    UNDELIVERED_SQL("k AS (SELECT a.event_id, a.attempt, a.result = 'in doubt'" NOT_SENT_AGAIN " AS was_in_doubt FROM notice.attempt a WHERE a.reported_early AND a.result IN ('taken', 'in doubt')),"
                    " e AS (UPDATE notice.attempt a SET reported_early = false, result = CASE WHEN k.was_in_doubt THEN 'taken' ELSE a.result END FROM k"
                    "  WHERE a.event_id = k.event_id AND a.attempt = k.attempt RETURNING a.event_id, a.attempt, a.channel, k.was_in_doubt)",
                    "$1", "$2", "$3");

static struct pg_parameters *report_parameters(struct arena *arena, const struct outbox_report *reports, size_t count, enum report wanted, size_t *ret_count) {
    struct slice *ids = arena_zero(arena, count, sizeof *ids);
    int32_t *attempts = arena_zero(arena, count, sizeof *attempts);
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (reports[i].report != wanted) continue;
        ids[found] = slice_of(reports[i].event_id.bytes, ID_BYTES);
        attempts[found++] = reports[i].attempt;
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, ids, found);
    pg_add_int4_array(p, attempts, found);
    *ret_count = found;
    return p;
}

static void add_nexts(struct pg_parameters *p, struct arena *arena, const struct channel_order *order) {
    struct slice *nexts = arena_zero(arena, CHANNELS, sizeof *nexts);
    add_channels(p, arena, order);
    for (int i = 0; i + 1 < order->count; i++) nexts[i] = slice_text(channel_rows[order->channels[i + 1]].name); /* the last one has none: NULL */
    pg_add_text_array(p, nexts, (size_t)order->count);
}

size_t outbox_report(struct arena *arena, const struct channel_order *order, int64_t paper_s, const struct outbox_report *reports, size_t count, struct pg_step ret_steps[OUTBOX_REPORT_STEPS]) {
    size_t found, steps = 0;
    struct pg_parameters *p = report_parameters(arena, reports, count, REPORT_DELIVERED, &found);
    if (found > 0) ret_steps[steps++] = (struct pg_step){.sql = delivered_sql, .parameters = p};
    p = report_parameters(arena, reports, count, REPORT_UNDELIVERED, &found);
    if (found == 0) return steps;
    ret_steps[steps++] = (struct pg_step){.sql = early_sql, .parameters = p};
    p = report_parameters(arena, reports, count, REPORT_UNDELIVERED, &found);
    add_nexts(p, arena, order);
    pg_add_int8(p, paper_s);
    ret_steps[steps++] = (struct pg_step){.sql = undelivered_sql, .parameters = p};
    return steps;
}

struct pg_step outbox_join(struct arena *arena, const struct channel_order *order, int64_t paper_s) {
    struct pg_parameters *p = pg_parameters(arena);
    add_nexts(p, arena, order);
    pg_add_int8(p, paper_s);
    return (struct pg_step){.sql = join_sql, .parameters = p};
}

/* ---- what is old, and how it stands ---- */

struct pg_step outbox_stale(struct arena *arena) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, OUTBOX_STALE_MAX);
    return (struct pg_step){
        .sql = "WITH old AS (DELETE FROM notice.outbox WHERE event_id IN (SELECT event_id FROM notice.outbox WHERE stage = 'waits' AND stale_at <= now() ORDER BY stale_at LIMIT $1) RETURNING event_id)"
               " UPDATE notice.message m SET state = 'stale', error = 'not sent in time', settled_at = now() FROM old WHERE m.event_id = old.event_id AND m.state = 'queued'",
        .parameters = p};
}

struct pg_step outbox_unreported(struct arena *arena) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, OUTBOX_STALE_MAX);
    return (struct pg_step){
        .sql = "DELETE FROM notice.outbox WHERE event_id IN (SELECT event_id FROM notice.outbox WHERE stage = 'taken' AND next_attempt_at <= now() ORDER BY next_attempt_at LIMIT $1)", .parameters = p};
}

/* Channel by channel, so that the index leads to what is due and nothing else is looked at. */
struct pg_step outbox_look(struct arena *arena) {
    static const struct channel_order paper = {.channels = {CHANNEL_PAPER}, .count = 1};
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, OUTBOX_LOOK_MAX);
    add_other_channels(p, arena, &paper);
    return (struct pg_step){
        .sql = "SELECT count(*), coalesce(extract(epoch FROM now() - min(next_attempt_at)), 0)::bigint,"
               " (SELECT count(*) FROM (SELECT FROM notice.outbox WHERE stage = 'waits' AND cause <> 'sponsor' AND channel = 'paper' LIMIT $1) w)"
               " FROM (SELECT d.next_attempt_at FROM unnest($2::text[]) AS c (channel) CROSS JOIN LATERAL (SELECT o.next_attempt_at FROM notice.outbox o"
               "   WHERE o.channel = c.channel AND o.stage = 'waits' AND o.cause <> 'sponsor' AND o.next_attempt_at <= now() ORDER BY o.next_attempt_at LIMIT $1) d"
               "  UNION ALL SELECT next_attempt_at FROM notice.outbox WHERE stage = 'waits' AND cause = 'sponsor' AND next_attempt_at <= now()) due",
        .parameters = p};
}

struct outbox_look outbox_seen(const struct pg_rows *rows) { return (struct outbox_look){.due = pg_int8(rows, 0, 0), .age_s = pg_int8(rows, 0, 1), .paper = pg_int8(rows, 0, 2)}; }
