/* The statements. Sums come from rows that the ledger keeps anyway (budgets, positions), never from counting what grows with the people. */
#include "services/console/view.h"

#include "services/console/page_sql.h"
#include "services/ingestion/decided_sql.h"

/* A mark that is no number is as if there were none. */
#define NUMBER_MARK "CASE WHEN $1 ~ '^[0-9]{1,18}$' THEN $1::bigint ELSE 9223372036854775807 END"

/* The newest list of the agreement that is before or after its decision: how far it is, what it has bound so far, and its first row without money, decided or by the dry run. */
#define NEWEST_LIST_SQL                                                                                                                                                  \
    " LEFT JOIN LATERAL (SELECT b.batch_id AS list, b.state AS list_state, b.row_count AS list_rows, t.rows AS list_counted, t.amount AS list_committed,"                   \
    "  CASE WHEN b.state = 4 THEN (SELECT min(o.row_number) FROM ledger.outcome o WHERE o.batch_id = b.batch_id AND o.status = 2)"                                         \
    "  ELSE (SELECT min(v.row_number) FROM intake.batch_verdict v WHERE v.batch_no = b.batch_no AND v.status = 2) END AS money_ends_at_row"                                \
    "  FROM intake.batch b CROSS JOIN LATERAL (SELECT coalesce(sum(t.rows), 0) AS rows, coalesce(sum(t.amount), 0) AS amount FROM ledger.batch_tally t WHERE t.batch_id = b.batch_id) t"    \
    "  WHERE b.agreement_no = a.agreement_no AND b.state <= 4 ORDER BY b.batch_no DESC LIMIT 1) n ON true"

const struct view view_overview = {
    .path = "/api/overview",
    .sql = "SELECT json_build_object('decided', (SELECT coalesce(sum(next - first_origin), 0) FROM ledger.lineage),"
           " 'told', (SELECT coalesce(sum(next), 0) FROM notice.lineage),"
           " 'agreements', (SELECT count(*) FROM ledger.agreement WHERE agreement_no > 0 AND state = 'IN_FORCE'),"
           " 'accepted', (SELECT coalesce(sum(accepted), 0) FROM ledger.budget WHERE agreement_no > 0), 'waitlisted', (SELECT coalesce(sum(waitlisted), 0) FROM ledger.budget WHERE agreement_no > 0),"
           " 'committed', (SELECT coalesce(sum(committed), 0) FROM ledger.budget WHERE agreement_no > 0),"
           " 'pending', (SELECT count(*) FROM (SELECT FROM ledger.pending LIMIT 10000) p), 'outbox', (SELECT count(*) FROM (SELECT FROM ledger.outbox WHERE sent_at IS NULL LIMIT 10000) x),"
           " 'suspense', (SELECT count(*) FROM (SELECT FROM ledger.suspense WHERE state = 'OPEN' LIMIT 10000) u),"
           " 'webhooks_due', (SELECT count(*) FROM (SELECT FROM intake.webhook_delivery WHERE state = 'pending' LIMIT 10000) d),"
           " 'batches', coalesce((SELECT json_agg(b) FROM (SELECT b.batch_id, a.agreement_id, b.row_count, b.submitted_rows, " DECIDED_ROWS_SQL("b") " AS decided, b.received_at, b.released_at"
           "  FROM intake.batch b JOIN ledger.agreement a USING (agreement_no) WHERE b.state = 4 AND b.progress_told < 100 ORDER BY b.batch_no LIMIT 20) b), '[]'::json),"
           " 'tight', coalesce((SELECT json_agg(t) FROM (SELECT a.agreement_id, g.pagu, g.committed, g.reserved, g.delegated, g.waitlisted FROM ledger.budget g JOIN ledger.agreement a USING (agreement_no)"
           "  WHERE g.agreement_no > 0 AND a.state = 'IN_FORCE' AND g.pagu > 0 ORDER BY (g.committed + g.reserved + g.delegated)::numeric / g.pagu DESC LIMIT 10) t), '[]'::json))::text",
};

const struct view views[] = {
    {.path = "/api/batches", .has_mark = true,
     .sql = PAGE_SQL("SELECT b.batch_no, b.batch_id, a.agreement_id, b.state, b.row_count, b.submitted_rows, b.checked_rows, " DECIDED_ROWS_SQL("b") " AS decided, b.received_at, b.released_at, b.sent_by,"
                     " b.released_by, b.ended_by, b.note, b.needs_approval FROM intake.batch b JOIN ledger.agreement a USING (agreement_no) WHERE b.batch_no < " NUMBER_MARK " ORDER BY b.batch_no DESC", "s.batch_no")},
    {.path = "/api/agreements", .has_mark = true,
     .sql = PAGE_SQL("SELECT a.agreement_id, a.name, a.payer_name, a.payer_region, a.period_from, a.period_to, a.state, g.pagu, g.committed, g.reserved, g.delegated, g.accepted, g.waitlisted,"
                     " g.receivable, g.credit, g.quota, n.* FROM ledger.agreement a JOIN ledger.budget g USING (agreement_no)" NEWEST_LIST_SQL
                     " WHERE a.agreement_no > 0 AND a.agreement_id > $1 ORDER BY a.agreement_id",
                     "s.agreement_id")},
    {.path = "/api/audit", .has_mark = true,
     .sql = PAGE_SQL("SELECT u.audit_no, u.at, u.actor, u.action, u.agreement_id, u.detail FROM ledger.audit u WHERE u.audit_no < " NUMBER_MARK " ORDER BY u.audit_no DESC", "s.audit_no")},
    {.path = "/api/proposals", .has_mark = true,
     .sql = PAGE_SQL("SELECT p.proposal_id, p.agreement_id, p.state, p.made_by, p.made_at, p.checked_by, p.checked_at, p.note FROM ledger.agreement_proposal p WHERE p.proposal_id > $1"
                     " AND p.state IN ('draft', 'submitted') ORDER BY p.proposal_id", "s.proposal_id")},
    {.path = "/api/deliveries", .has_mark = true,
     .sql = PAGE_SQL("SELECT d.delivery_no, w.webhook_id, w.partner_id, split_part(w.url, '/', 3) AS host, w.state AS endpoint, d.event_type, d.agreement_id, d.attempts, d.last_status, d.last_attempt_at"
                     " FROM intake.webhook_delivery d JOIN intake.webhook w USING (webhook_no) WHERE d.state = 'failed' AND d.delivery_no < " NUMBER_MARK " ORDER BY d.delivery_no DESC", "s.delivery_no")},
    {.path = "/api/partners",
     .sql = "SELECT json_build_object('rows', coalesce((SELECT json_agg(json_build_object('partner', p.partner_id, 'roles', p.roles, 'agreements', p.agreements, 'regions', p.regions, 'signs',"
            " p.signature_required, 'certificate', p.certificate_sha256 IS NOT NULL, 'webhooks', coalesce((SELECT json_agg(json_build_object('webhook', w.webhook_id, 'host',"
            " split_part(w.url, '/', 3), 'events', w.events, 'state', w.state, 'reason', w.reason, 'failing_since', w.failing_since) ORDER BY w.webhook_no) FROM intake.webhook w"
            " WHERE w.partner_id = p.partner_id AND w.state <> 'deleted'), '[]'::json)) ORDER BY p.partner_id) FROM (SELECT * FROM intake.partner ORDER BY partner_id LIMIT 500) p), '[]'::json),"
            " 'next', NULL)::text WHERE $1 IS NOT NULL"},
};
const size_t view_count = sizeof views / sizeof *views;

struct err view_read(const struct view *view, struct pg *pg, struct arena *arena, struct slice argument, struct slice *ret_json) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    if (view != &view_overview) pg_add_text(p, argument.bytes != NULL ? argument : slice_text(""));
    TRY(pg_run(pg, arena, view->sql, p, &rows));
    *ret_json = rows.count > 0 ? pg_bytes(&rows, 0, 0) : (struct slice){0};
    return OK;
}
