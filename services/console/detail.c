/* The statements. Nothing here may count what grows with the people: neither outcomes nor messages nor cards. */
#include "services/console/detail.h"

#include <string.h>

#include "services/console/page_sql.h"
#include "services/ingestion/decided_sql.h"

/* Rows of the list by what became of them, with the bit set taken apart. */
#define OF_STATUS(status) "coalesce(sum(t.rows) FILTER (WHERE t.status " status "), 0)"
#define COUNTS_SQL                                                                                                                                                           \
    "(SELECT json_build_object('accepted', " OF_STATUS("= 1") ", 'waitlisted', " OF_STATUS("= 2") ", 'rejected', " OF_STATUS("IN (3, 6)") ", 'duplicates', " OF_STATUS("= 4")         \
    ", 'pending', " OF_STATUS("= 5") ", 'all', coalesce(sum(t.rows), 0), 'committed', coalesce(sum(t.amount), 0)) FROM ledger.batch_tally t WHERE t.batch_id = b.batch_id)"
#define CODES_SQL                                                                                                                                                            \
    "coalesce((SELECT json_agg(json_build_object('code', c.code, 'kind', c.kind, 'reason', c.reason, 'rows', c.rows)) FROM (SELECT c.code, c.kind, c.reason, sum(t.rows) AS rows"  \
    " FROM ledger.batch_tally t JOIN report.code c ON t.codes >> c.number & 1 = 1 WHERE t.batch_id = b.batch_id GROUP BY 1, 2, 3 HAVING sum(t.rows) > 0 ORDER BY 4 DESC, 1) c), '[]'::json)"
/* What the dry run says, of a list that nobody has let in; of a very long one only where the money ends. */
#define TRIAL_SQL                                                                                                                                                            \
    "CASE WHEN b.state IN (1, 2, 3) THEN (SELECT json_build_object('accepted', count(*) FILTER (WHERE v.status = 1), 'waitlisted', count(*) FILTER (WHERE v.status = 2), 'rejected',"      \
    " count(*) FILTER (WHERE v.status IN (3, 6)), 'duplicates', count(*) FILTER (WHERE v.status = 4), 'pending', count(*) FILTER (WHERE v.status = 5), 'all', count(*), 'committed',"       \
    " coalesce(sum(v.amount) FILTER (WHERE v.status = 1), 0)) FROM intake.batch_verdict v WHERE v.batch_no = b.batch_no AND b.row_count <= 100000) END"

static const struct view details[] = {
    {.path = "/api/batches/", .has_id = true,
     .sql = "SELECT json_build_object('batch', b.batch_id, 'agreement', a.agreement_id, 'state', b.state, 'rows', b.row_count, 'submitted', b.submitted_rows, 'checked', b.checked_rows, 'decided', "
            DECIDED_ROWS_SQL("b") ", 'reversed', b.reversed_rows, 'received_at', b.received_at, 'released_at', b.released_at, 'ended_at', b.ended_at, 'sent_by', b.sent_by, 'released_by', b.released_by,"
            " 'ended_by', b.ended_by, 'note', b.note, 'needs_approval', b.needs_approval, 'all_or_nothing', b.all_or_nothing, 'amends', e.batch_id, 'now', now(), 'counts', " COUNTS_SQL ", 'codes', " CODES_SQL
            ", 'trial', " TRIAL_SQL ", 'money_ends_at_row', CASE WHEN b.state IN (1, 2, 3) THEN (SELECT min(v.row_number) FROM intake.batch_verdict v WHERE v.batch_no = b.batch_no AND v.status = 2)"
            " ELSE (SELECT min(o.row_number) FROM ledger.outcome o WHERE o.batch_id = b.batch_id AND o.status = 2) END,"
            " 'budget', json_build_object('pagu', g.pagu, 'committed', g.committed, 'reserved', g.reserved, 'delegated', g.delegated, 'accepted', g.accepted, 'waitlisted', g.waitlisted, 'quota', g.quota))::text"
            " FROM intake.batch b JOIN ledger.agreement a USING (agreement_no) JOIN ledger.budget g USING (agreement_no) LEFT JOIN intake.batch e ON e.batch_no = b.amends"
            " WHERE b.batch_id = $1 AND $2 IS NOT NULL"},
    /* sent has delivered in it, as in `payung notification report`. What was promised and has no message yet is untold; it can't be below zero. */
    {.path = "/api/notifications", .has_mark = true,
     .sql = SHOWN_CTE("SELECT a.agreement_no, a.agreement_id FROM ledger.agreement a WHERE a.agreement_id > $2 AND $1 IS NOT NULL ORDER BY a.agreement_id")
            ", counted AS (SELECT s.agreement_id, t.channel, t.state, sum(t.messages) AS messages FROM shown s JOIN notice.message_tally t USING (agreement_id) GROUP BY 1, 2, 3),"
            " by_channel AS (SELECT agreement_id, channel, coalesce(sum(messages) FILTER (WHERE state = 'queued'), 0) AS queued, coalesce(sum(messages) FILTER (WHERE state IN ('sent', 'delivered')), 0) AS sent,"
            "  coalesce(sum(messages) FILTER (WHERE state = 'delivered'), 0) AS delivered, coalesce(sum(messages) FILTER (WHERE state = 'failed'), 0) AS failed,"
            "  coalesce(sum(messages) FILTER (WHERE state = 'stale'), 0) AS stale FROM counted GROUP BY 1, 2),"
            " whole AS (SELECT channel, state, sum(messages) AS messages FROM notice.message_total WHERE $2 = '' GROUP BY 1, 2)"
            " SELECT json_build_object('rows', coalesce((SELECT json_agg(json_build_object('agreement', s.agreement_id, 'promised', (SELECT coalesce(sum(p.promised), 0) FROM ledger.promise_tally p"
            "  WHERE p.agreement_no = s.agreement_no), 'for_covers', (SELECT coalesce(sum(p.promised), 0) FROM ledger.promise_tally p WHERE p.agreement_no = s.agreement_no AND p.cause = 'coverage'),"
            "  'channels', coalesce((SELECT json_agg(json_build_object('channel', c.channel, 'queued', c.queued, 'sent', c.sent, 'delivered', c.delivered, 'failed', c.failed, 'stale', c.stale)"
            "  ORDER BY c.channel) FROM by_channel c WHERE c.agreement_id = s.agreement_id), '[]'::json)) ORDER BY s.agreement_id) FROM shown s), '[]'::json),"
            " 'total', CASE WHEN $2 = '' THEN json_build_object('promised', (SELECT coalesce(sum(promised), 0) FROM ledger.promise_tally), 'channels', coalesce((SELECT json_agg(json_build_object('channel',"
            "  w.channel, 'queued', w.queued, 'sent', w.sent, 'delivered', w.delivered, 'failed', w.failed, 'stale', w.stale) ORDER BY w.channel) FROM (SELECT channel,"
            "  coalesce(sum(messages) FILTER (WHERE state = 'queued'), 0) AS queued, coalesce(sum(messages) FILTER (WHERE state IN ('sent', 'delivered')), 0) AS sent,"
            "  coalesce(sum(messages) FILTER (WHERE state = 'delivered'), 0) AS delivered, coalesce(sum(messages) FILTER (WHERE state = 'failed'), 0) AS failed,"
            "  coalesce(sum(messages) FILTER (WHERE state = 'stale'), 0) AS stale FROM whole GROUP BY 1) w), '[]'::json)) END, " NEXT_SQL("s.agreement_id") ")::text"},
    /* The last ones first, without their telephone numbers. */
    {.path = "/api/failed", .has_mark = true,
     .sql = SHOWN_CTE("SELECT encode(m.application_id, 'hex') AS enrolment, m.agreement_id AS agreement, m.template, m.channel, m.error AS reason, m.failed_at AS at,"
                      " (extract(epoch FROM m.failed_at) * 1000000)::bigint || '-' || encode(m.event_id, 'hex') AS mark FROM notice.message m WHERE m.failed_at IS NOT NULL AND $1 IS NOT NULL"
                      " AND (m.failed_at, m.event_id) < (SELECT CASE WHEN $2 ~ '^[0-9]{1,18}-[0-9a-f]{32}$' THEN 'epoch'::timestamptz + split_part($2, '-', 1)::bigint * interval '1 microsecond'"
                      " ELSE 'infinity'::timestamptz END, CASE WHEN $2 ~ '^[0-9]{1,18}-[0-9a-f]{32}$' THEN decode(split_part($2, '-', 2), 'hex') ELSE ''::bytea END)"
                      " ORDER BY m.failed_at DESC, m.event_id DESC")
            " SELECT json_build_object(" ROWS_SQL ", " NEXT_SQL("s.mark") ")::text"},
    /* Villages of one agreement, in their order. */
    {.path = "/api/cards/", .has_id = true, .has_mark = true,
     .sql = SHOWN_CTE("SELECT t.region, t.village, coalesce(sum(t.cards) FILTER (WHERE t.state = 'requested'), 0) AS requested, coalesce(sum(t.cards) FILTER (WHERE t.state = 'printed'), 0) AS printed,"
                      " coalesce(sum(t.cards) FILTER (WHERE t.state = 'handed_over'), 0) AS handed_over FROM notice.card_tally t"
                      " WHERE t.agreement_no = (SELECT a.agreement_no FROM ledger.agreement a WHERE a.agreement_id = $1)"
                      " AND (t.region, t.village) > (SELECT CASE WHEN $2 ~ '^[0-9]{1,6}[.][0-9]{1,4}$' THEN split_part($2, '.', 1)::int ELSE -1 END,"
                      " CASE WHEN $2 ~ '^[0-9]{1,6}[.][0-9]{1,4}$' THEN split_part($2, '.', 2)::int ELSE -1 END) GROUP BY 1, 2 ORDER BY 1, 2")
            " SELECT json_build_object('agreement', a.agreement_id, " ROWS_SQL ", " NEXT_SQL("s.region || '.' || s.village") ")::text FROM ledger.agreement a WHERE a.agreement_id = $1"},
    {.path = "/api/cards", .has_mark = true,
     .sql = SHOWN_CTE("SELECT a.agreement_id AS agreement, g.accepted AS enrolled, c.* FROM ledger.agreement a JOIN ledger.budget g USING (agreement_no) CROSS JOIN LATERAL"
                      " (SELECT coalesce(sum(t.cards) FILTER (WHERE t.state = 'requested'), 0) AS requested, coalesce(sum(t.cards) FILTER (WHERE t.state = 'printed'), 0) AS printed,"
                      " coalesce(sum(t.cards) FILTER (WHERE t.state = 'handed_over'), 0) AS handed_over FROM notice.card_tally t WHERE t.agreement_no = a.agreement_no) c"
                      " WHERE a.agreement_no > 0 AND a.agreement_id > $2 AND $1 IS NOT NULL ORDER BY a.agreement_id")
            " SELECT json_build_object(" ROWS_SQL ", " NEXT_SQL("s.agreement") ")::text"},
};

static bool is_path(const struct view *view, struct slice path) {
    const size_t size = strlen(view->path);
    if (view->has_id) return path.size > size && memcmp(path.bytes, view->path, size) == 0;
    return slice_is(path, view->path);
}

const struct view *detail_of(struct slice path) {
    for (size_t i = 0; i < sizeof details / sizeof *details; i++)
        if (is_path(&details[i], path)) return &details[i];
    return NULL;
}

static struct slice or_empty(struct slice text) { return text.bytes != NULL ? text : slice_text(""); }

struct err detail_read(const struct view *view, struct pg *pg, struct arena *arena, struct slice id, struct slice mark, struct slice *ret_json) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, or_empty(id));
    pg_add_text(p, or_empty(mark));
    TRY(pg_run(pg, arena, view->sql, p, &rows));
    *ret_json = rows.count > 0 ? pg_bytes(&rows, 0, 0) : (struct slice){0};
    return OK;
}
