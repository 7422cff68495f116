/* The order of the proof, and the questions that PostgreSQL answers alone: each of them returns the rows that should not be there. */
#include "services/ledger/verify.h"

#include <stdarg.h>
#include <stdio.h>

#include "services/ledger/sql_month.h"
#include "services/ledger/verify_parts.h"

enum { PAGE_BYTES_MAX = 64 * 1024 * 1024, SMALL_BYTES_MAX = 4 * 1024 * 1024 };

void verify_problem(struct verify_report *report, const char *check, const char *agreement, const char *where, const char *format, ...) {
    if (report->problem_count++ >= PROBLEMS_MAX) return;
    struct verify_problem *problem = &report->problems[report->problem_count - 1];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(problem->text, sizeof problem->text, format, arguments); /* a cut sentence is still one */
    va_end(arguments);
    (void)snprintf(problem->check, sizeof problem->check, "%s", check);
    (void)snprintf(problem->agreement, sizeof problem->agreement, "%s", agreement);
    (void)snprintf(problem->where, sizeof problem->where, "%s", where);
}

/* ---- Streams ------------------------------------------------------------------------------------------------------------------------------ */

static struct err stream_page(struct verify_stream *stream) {
    arena_reset(stream->arena);
    TRY(pg_run(stream->pg, stream->arena, stream->fetch, NULL, &stream->rows));
    stream->at = 0;
    stream->ended = stream->rows.count == 0;
    return OK;
}

struct err stream_open(struct pg *pg, const char *declare, const char *fetch, struct verify_stream *ret_stream) {
    *ret_stream = (struct verify_stream){.pg = pg, .arena = arena_create(PAGE_BYTES_MAX), .fetch = fetch};
    TRY(pg_run(pg, ret_stream->arena, declare, NULL, NULL));
    return stream_page(ret_stream);
}

struct err stream_next(struct verify_stream *stream) {
    CHECK(!stream->ended);
    if (++stream->at < stream->rows.count) return OK;
    return stream_page(stream);
}

void stream_close(struct verify_stream *stream) {
    if (stream->arena != NULL) arena_destroy(stream->arena);
    stream->arena = NULL;
}

/* ---- Questions ---------------------------------------------------------------------------------------------------------------------------- */

#define SPANS                                                                                                                                              \
    "(SELECT partition, epoch, first_origin, next FROM ledger.lineage UNION ALL SELECT partition, epoch, first_origin, closed_at_next FROM ledger.lineage_epoch)"
/* Acknowledged rows and requests with the place where they stand, and whether the ledger has passed it. */
#define ACKNOWLEDGED                                                                                                                                       \
    "(SELECT b.batch_id || ' row ' || w.row_number AS place, w.application_id, r.partition, r.epoch, r.offset_from + (w.row_number - r.row_from) AS origin" \
    "   FROM intake.submitted_range r JOIN intake.batch b USING (batch_no) CROSS JOIN LATERAL"                                                         \
    "    intake.batch_rows(r.batch_no, r.row_from, r.row_to) w"                                                                                            \
    " UNION ALL SELECT 'request of ' || q.partner_id, q.application_id, q.partition, q.epoch, q.log_offset FROM intake.request q"                         \
    "  WHERE q.state >= 2 AND q.log_offset IS NOT NULL) k JOIN ledger.lineage l ON l.partition = k.partition"                                              \
    " AND (k.epoch < l.epoch OR (k.epoch = l.epoch AND k.origin < l.next))"

static const struct question {
    const char *check, *sql; /* three columns of text: agreement, where, text */
} questions[] = {
    {"origins", "SELECT ''::text, 'partition ' || s.partition || ' epoch ' || s.epoch, 'the lineage says origins ' || s.first_origin || ' to ' || s.next - 1 ||"
                " ', the outcomes are ' || count(o.origin) || ', from ' || coalesce(min(o.origin)::text, '-') || ' to ' || coalesce(max(o.origin)::text, '-')"
                " FROM " SPANS " s LEFT JOIN ledger.outcome o ON o.partition = s.partition AND o.epoch = s.epoch GROUP BY s.partition, s.epoch, s.first_origin, s.next"
                " HAVING count(o.origin) <> s.next - s.first_origin OR min(o.origin) <> s.first_origin OR max(o.origin) <> s.next - 1 ORDER BY 2 LIMIT 100"},
    {"origins", "SELECT ''::text, 'partition ' || o.partition || ' epoch ' || o.epoch, count(*) || ' outcomes of a partition or epoch that the lineage does not know'"
                " FROM ledger.outcome o WHERE NOT EXISTS (SELECT FROM " SPANS " s WHERE s.partition = o.partition AND s.epoch = o.epoch)"
                " GROUP BY o.partition, o.epoch ORDER BY 2 LIMIT 100"},
    {"once", "SELECT coalesce(max(a.agreement_id), ''), 'application ' || encode(o.application_id, 'hex') || ' attempt ' || o.attempt, count(*) || ' outcomes that are no repeats'"
             " FROM ledger.outcome o LEFT JOIN ledger.agreement a USING (agreement_no) WHERE NOT o.repeat AND o.application_id <> '\\x00000000000000000000000000000000'"
             " GROUP BY o.application_id, o.attempt HAVING count(*) > 1 ORDER BY 2 LIMIT 100"},
    {"once", "SELECT coalesce(a.agreement_id, ''), 'partition ' || r.partition || ' origin ' || r.origin,"
             " CASE WHEN f.origin IS NULL THEN 'a repeat of an outcome that is not there' ELSE 'a repeat that says something else than the first outcome' END"
             " FROM ledger.outcome r LEFT JOIN ledger.agreement a USING (agreement_no) LEFT JOIN ledger.outcome f ON f.application_id = r.application_id"
             " AND f.attempt = r.attempt AND NOT f.repeat AND f.application_id <> '\\x00000000000000000000000000000000'"
             " WHERE r.repeat AND (f.origin IS NULL OR (r.status, r.codes, r.warnings, r.programmes, r.start_month, r.months, r.jkk, r.jkm, r.jht, r.jp, r.package, r.rank)"
             " IS DISTINCT FROM (f.status, f.codes, f.warnings, f.programmes, f.start_month, f.months, f.jkk, f.jkm, f.jht, f.jp, f.package, f.rank)) ORDER BY 2 LIMIT 100"},
    {"once", "SELECT CASE WHEN a.agreement_no > 0 THEN a.agreement_id ELSE '' END, 'partition ' || o.partition || ' origin ' || o.origin, 'it stands in period ' || o.period"
             " || ', where nobody looks for it' FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no)"
             " WHERE o.period <> CASE WHEN a.agreement_no > 0 THEN extract(year FROM a.period_from) ELSE 0 END ORDER BY 2 LIMIT 100"},
    {"budget", "SELECT a.agreement_id, '', count(b.agreement_no) || ' budgets where there must be one' FROM ledger.agreement a LEFT JOIN ledger.budget b USING (agreement_no)"
               " GROUP BY a.agreement_no, a.agreement_id HAVING count(b.agreement_no) <> 1 ORDER BY 1 LIMIT 100"},
    {"budget", "SELECT a.agreement_id, '', 'it has given ' || b.delegated || ' to the agreements under it, which state ' || coalesce(k.pagu, 0)"
               " FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no) LEFT JOIN (SELECT c.parent, sum(d.pagu) AS pagu FROM ledger.agreement c"
               " JOIN ledger.budget d USING (agreement_no) GROUP BY c.parent) k ON k.parent = a.agreement_id"
               " WHERE b.delegated <> CASE WHEN b.pagu < 100000000000000 THEN coalesce(k.pagu, 0) ELSE 0 END ORDER BY 1 LIMIT 100"},
    {"acknowledged", "SELECT ''::text, k.place, 'acknowledged and passed by the ledger (partition ' || k.partition || ' origin ' || k.origin || '), but without an outcome'"
                     " FROM " ACKNOWLEDGED " WHERE NOT EXISTS (SELECT FROM ledger.outcome o WHERE o.application_id = k.application_id AND NOT o.repeat"
                     " AND o.application_id <> '\\x00000000000000000000000000000000') ORDER BY 2 LIMIT 100"},
    {"acknowledged", "SELECT ''::text, k.place, 'the outcome at partition ' || k.partition || ' origin ' || k.origin || ' belongs to another application'"
                     " FROM " ACKNOWLEDGED " JOIN ledger.outcome p ON p.partition = k.partition AND p.epoch = k.epoch AND p.origin = k.origin"
                     " WHERE p.application_id <> k.application_id AND p.application_id <> '\\x00000000000000000000000000000000' ORDER BY 2 LIMIT 100"},
    {"pending", "SELECT coalesce(a.agreement_id, ''), 'application ' || encode(o.application_id, 'hex') || ' attempt ' || o.attempt, 'PENDING, but attempt ' || o.attempt + 1"
                " || ' is not due: nobody tries it again. Remedy: restore its row of ledger.pending; its record stands at partition ' || o.partition || ' origin ' || o.origin"
                " FROM ledger.outcome o LEFT JOIN ledger.agreement a USING (agreement_no) WHERE o.status = 5 AND NOT o.repeat"
                " AND o.application_id <> '\\x00000000000000000000000000000000' AND NOT EXISTS (SELECT FROM ledger.outcome n WHERE n.application_id = o.application_id"
                " AND n.attempt = o.attempt + 1 AND NOT n.repeat AND n.application_id <> '\\x00000000000000000000000000000000')"
                " AND NOT EXISTS (SELECT FROM ledger.pending p WHERE p.application_id = o.application_id AND p.attempt = o.attempt + 1)"
                /* a mutation may take out of the list whoever waits for an answer */
                " AND NOT EXISTS (SELECT FROM ledger.line l JOIN ledger.journal j ON j.agreement_no = l.agreement_no AND j.seq = l.journal_seq AND j.kind = 'MUTATION'"
                " WHERE l.kind IN (15, 16) AND l.application_id = o.application_id) ORDER BY 2 LIMIT 100"},
    {"pending", "SELECT coalesce(a.agreement_id, ''), 'application ' || encode(p.application_id, 'hex') || ' attempt ' || p.attempt,"
                " CASE WHEN n.origin IS NOT NULL THEN 'due, but decided already. Remedy: none, it goes when it is sent again'"
                " ELSE 'due for purpose ' || p.purpose || ', but the attempt before it does not wait for that. Remedy: delete its row of ledger.pending' END"
                " FROM ledger.pending p LEFT JOIN ledger.agreement a USING (agreement_no)"
                " LEFT JOIN ledger.outcome o ON o.application_id = p.application_id AND o.attempt = p.attempt - 1 AND NOT o.repeat"
                " AND o.application_id <> '\\x00000000000000000000000000000000'"
                " LEFT JOIN ledger.outcome n ON n.application_id = p.application_id AND n.attempt = p.attempt AND NOT n.repeat"
                " AND n.application_id <> '\\x00000000000000000000000000000000'"
                " WHERE n.origin IS NOT NULL OR CASE p.purpose WHEN 1 THEN o.status IS DISTINCT FROM 5 WHEN 2 THEN o.status IS NULL OR o.status NOT IN (2, 5)"
                " WHEN 5 THEN o.status IN (1, 2, 5) WHEN 6 THEN o.status IS NULL OR o.status IN (1, 2, 5) ELSE o.status IS DISTINCT FROM 1 END ORDER BY 2 LIMIT 100"},
    /* Working tables are what the insert-only rows say. */
    {"enrolment", "SELECT a.agreement_id, 'place ' || coalesce(e.place, o.place), CASE WHEN e.place IS NULL THEN 'accepted, but not enrolled' WHEN o.origin IS NULL THEN 'enrolled without an accepted outcome'"
                  " ELSE 'the enrolment says something else than its outcome' END"
                  " FROM (SELECT * FROM ledger.outcome WHERE status = 1 AND NOT repeat) o FULL JOIN ledger.enrolment e"
                  " ON e.partition = o.partition AND e.epoch = o.epoch AND e.origin = o.origin JOIN ledger.agreement a ON a.agreement_no = coalesce(e.agreement_no, o.agreement_no)"
                  " WHERE e.place IS NULL OR o.origin IS NULL OR (o.place > 0 AND o.place <> e.place) OR (e.agreement_no, e.application_id, e.attempt, e.person_token, e.segment, e.programmes, e.start_month)"
                  " IS DISTINCT FROM (o.agreement_no, o.application_id, o.attempt, o.person_token, o.segment, o.programmes, o.start_month) ORDER BY 1, 2 LIMIT 100"},
    {"enrolment", "SELECT a.agreement_id, 'place ' || e.place, 'state ' || e.state || ' up to ' || e.end_month || ', its lines say state ' || coalesce(l.state, 1) || ' up to ' || x.end_month"
                  " FROM ledger.enrolment e JOIN ledger.agreement a USING (agreement_no) JOIN ledger.outcome o ON o.partition = e.partition AND o.epoch = e.epoch AND o.origin = e.origin"
                  " LEFT JOIN (SELECT agreement_no, place, (array_agg(state ORDER BY journal_seq DESC, position DESC) FILTER (WHERE kind = 13))[1] AS state, min(month) FILTER (WHERE kind = 12) AS released"
                  " FROM ledger.line WHERE kind IN (12, 13) GROUP BY agreement_no, place) l ON l.agreement_no = e.agreement_no AND l.place = e.place"
                  " CROSS JOIN LATERAL (SELECT CASE WHEN l.released IS NOT NULL THEN CASE WHEN l.released % 100 = 1 THEN l.released - 89 ELSE l.released - 1 END"
                  " ELSE " MONTH_ADD_SQL("o.start_month", "o.months - 1") " END AS end_month) x"
                  " WHERE e.state <> coalesce(l.state, 1) OR e.end_month <> x.end_month ORDER BY 1, 2 LIMIT 100"},
    {"due", "SELECT a.agreement_id, 'place ' || coalesce(d.place, l.place) || ' month ' || coalesce(d.month, l.month), coalesce(d.amount, 0) || ' are open, its lines say ' || coalesce(l.amount, 0)"
            " FROM (SELECT agreement_no, invoice_no, place, month, sum(CASE kind WHEN 1 THEN amount WHEN 5 THEN amount ELSE -amount END)::bigint AS amount FROM ledger.line WHERE kind IN (1, 2, 3, 5)"
            " GROUP BY agreement_no, invoice_no, place, month HAVING sum(CASE kind WHEN 1 THEN amount WHEN 5 THEN amount ELSE -amount END) <> 0) l"
            " FULL JOIN ledger.due d ON d.agreement_no = l.agreement_no AND d.invoice_no = l.invoice_no AND d.place = l.place AND d.month = l.month"
            " JOIN ledger.agreement a ON a.agreement_no = coalesce(d.agreement_no, l.agreement_no) WHERE d.amount IS DISTINCT FROM l.amount ORDER BY 1, 2 LIMIT 100"},
    {"invoice", "SELECT a.agreement_id, i.invoice_id, 'the invoice says ' || i.amount || ' for ' || i.persons || ' persons, its lines ' || coalesce(l.amount, 0) || ' for ' || coalesce(l.persons, 0)"
                " FROM ledger.invoice i JOIN ledger.agreement a USING (agreement_no) LEFT JOIN (SELECT agreement_no, invoice_no, sum(amount)::bigint AS amount, count(DISTINCT place) AS persons"
                " FROM ledger.line WHERE kind = 1 GROUP BY agreement_no, invoice_no) l ON l.agreement_no = i.agreement_no AND l.invoice_no = i.invoice_no"
                " WHERE i.amount IS DISTINCT FROM l.amount OR i.persons IS DISTINCT FROM l.persons ORDER BY 2 LIMIT 100"},
    {"invoice", "SELECT a.agreement_id, '', 'the last invoice is number ' || coalesce(i.last, 0) || ', the budget says ' || b.invoices FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no)"
                " LEFT JOIN (SELECT agreement_no, max(invoice_no) AS last FROM ledger.invoice GROUP BY agreement_no) i USING (agreement_no) WHERE b.invoices <> coalesce(i.last, 0) ORDER BY 1 LIMIT 100"},
    {"payment", "SELECT coalesce(a.agreement_id, ''), p.source || ' ' || p.external_id, 'the payment says ' || p.amount || ', its journal ' || coalesce(l.amount::text, 'nothing')"
                " FROM ledger.payment p LEFT JOIN ledger.agreement a USING (agreement_no) LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM ledger.line WHERE agreement_no = p.agreement_no"
                " AND journal_seq = p.journal_seq AND kind IN (6, 8)) l ON true WHERE l.amount IS DISTINCT FROM p.amount ORDER BY 2 LIMIT 100"},
    {"payment", "SELECT a.agreement_id, 'journal ' || l.journal_seq, 'money was received that no payment tells of' FROM ledger.line l JOIN ledger.agreement a USING (agreement_no) WHERE l.kind IN (6, 8) AND l.reason <> 'WRONG_PAYER'"
                " AND NOT EXISTS (SELECT FROM ledger.payment p WHERE p.agreement_no = l.agreement_no AND p.journal_seq = l.journal_seq) ORDER BY 1, 2 LIMIT 100"},
    {"suspense", "SELECT ''::text, 'suspense', 'the list holds ' || s.open || ', the account SUSPENS ' || e.balance FROM (SELECT coalesce(sum(amount) FILTER (WHERE booked AND state = 'OPEN'), 0) AS open"
                 " FROM ledger.suspense) s, (SELECT -coalesce(sum(amount), 0) AS balance FROM ledger.entry WHERE account = 'SUSPENS') e WHERE s.open <> e.balance"},
    {"suspense", "SELECT ''::text, 'transfer', 'payers gave back ' || r.sum || ' of others, ' || s.sum || ' came to the work list' FROM"
                 " (SELECT coalesce(sum(amount), 0) AS sum FROM ledger.line WHERE kind = 7 AND reason = 'WRONG_PAYER') r,"
                 " (SELECT coalesce(sum(amount), 0) AS sum FROM ledger.line WHERE kind = 8 AND reason = 'WRONG_PAYER') s WHERE r.sum <> s.sum"},
    {"suspense", "SELECT ''::text, 'transfer', 'PINDAHAN holds ' || sum(amount) || ': money left one chain and did not arrive in another' FROM ledger.entry WHERE account = 'PINDAHAN' HAVING sum(amount) <> 0"},
    {"waiting", "SELECT a.agreement_id, '', 'the list holds ' || coalesce(w.waiting, 0) || ' who wait and ' || coalesce(w.reserved, 0) || ' reserved, the budget says ' || b.waitlisted || ' and ' || b.reserved"
                " FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no) LEFT JOIN (SELECT agreement_no, count(*) FILTER (WHERE state = 1) AS waiting, sum(reserved)::bigint AS reserved,"
                " count(*) FILTER (WHERE state = 2) AS heads FROM ledger.waiting GROUP BY agreement_no) w USING (agreement_no)"
                " WHERE coalesce(w.waiting, 0) <> b.waitlisted OR coalesce(w.reserved, 0) <> b.reserved OR coalesce(w.heads, 0) <> b.reserved_heads ORDER BY 1 LIMIT 100"},
    {"waiting", "SELECT a.agreement_id, 'application ' || encode(w.application_id, 'hex'), 'it stands in the waiting list, but its attempt ' || w.attempt || ' was not decided so'"
                " FROM ledger.waiting w JOIN ledger.agreement a USING (agreement_no) LEFT JOIN ledger.outcome o ON o.application_id = w.application_id AND o.attempt = w.attempt AND NOT o.repeat"
                " AND o.application_id <> '\\x00000000000000000000000000000000' WHERE o.status IS NULL OR o.status NOT IN (2, 4, 5, 6) OR (o.status = 2 AND w.undecided) ORDER BY 2 LIMIT 100"},
    {"agreement", "SELECT a.agreement_id, 'version ' || v.amendment, 'put in force by journal ' || v.journal_seq || ', which is not there or another one' FROM ledger.agreement_version v"
                  " JOIN ledger.agreement a USING (agreement_no) LEFT JOIN ledger.journal j ON j.agreement_no = v.agreement_no AND j.seq = v.journal_seq WHERE v.journal_seq > 0"
                  " AND (j.kind IS DISTINCT FROM 'AGREEMENT' OR j.reference IS DISTINCT FROM 'amendment ' || v.amendment || ' sha256 ' || encode(v.document_sha256, 'hex')) ORDER BY 1, 2 LIMIT 100"},
    {"agreement", "SELECT a.agreement_id, '', 'version ' || a.amendment || ' is in force, the last one kept is ' || coalesce(v.last, -1) FROM ledger.agreement a LEFT JOIN (SELECT agreement_no, max(amendment) AS last"
                  " FROM ledger.agreement_version GROUP BY agreement_no) v USING (agreement_no) WHERE a.agreement_no > 0 AND v.last IS DISTINCT FROM a.amendment ORDER BY 1 LIMIT 100"},
    {"message", "SELECT m.agreement_id, 'application ' || encode(m.application_id, 'hex') || ' attempt ' || m.attempt,"
                " CASE WHEN o.origin IS NULL THEN 'a message without an outcome' ELSE 'a message ' || m.template || ' where ' || coalesce(o.message_due, 'none') || ' was due' END"
                " FROM notice.message m LEFT JOIN ledger.outcome o ON o.application_id = m.application_id AND o.attempt = m.attempt AND NOT o.repeat"
                " AND o.application_id <> '\\x00000000000000000000000000000000' WHERE m.cause = 'decision' AND o.message_due IS DISTINCT FROM m.template ORDER BY 2 LIMIT 100"},
    {"message", "SELECT min(m.agreement_id), 'application ' || encode(m.application_id, 'hex') || ' attempt ' || m.attempt, count(*) || ' messages for one outcome'"
                " FROM notice.message m WHERE m.cause = 'decision' GROUP BY m.application_id, m.attempt HAVING count(*) > 1 ORDER BY 2 LIMIT 100"},
    {"message", "SELECT a.agreement_id, 'application ' || encode(m.application_id, 'hex') || ' attempt ' || m.attempt, m.told || ' messages ' || m.template || ' where ' || count(l.position) || ' were due'"
                " FROM (SELECT application_id, attempt, agreement_id, template, count(*) AS told FROM notice.message WHERE cause = 'coverage' GROUP BY 1, 2, 3, 4) m"
                " LEFT JOIN ledger.agreement a USING (agreement_id) LEFT JOIN ledger.outcome o ON o.application_id = m.application_id AND o.attempt = m.attempt AND NOT o.repeat"
                " AND o.application_id <> '\\x00000000000000000000000000000000' LEFT JOIN ledger.enrolment e ON e.partition = o.partition AND e.epoch = o.epoch AND e.origin = o.origin"
                " LEFT JOIN ledger.line l ON l.kind = 13 AND l.agreement_no = e.agreement_no AND l.place = e.place AND l.message_due = m.template"
                " GROUP BY a.agreement_id, m.application_id, m.attempt, m.template, m.told HAVING count(l.position) < m.told ORDER BY 2 LIMIT 100"},
    {"counter", "SELECT ''::text, 'list ' || coalesce(t.batch_id, c.batch_id) || ' status ' || coalesce(t.status, c.status), 'the counter says ' || coalesce(t.rows, 0) || ' rows and Rp' || coalesce(t.amount, 0)"
                " || ', counted are ' || coalesce(c.rows, 0) || ' and Rp' || coalesce(c.amount, 0) FROM ledger.batch_tally t FULL JOIN ledger.batch_counted c USING (batch_id, status, codes)"
                " WHERE coalesce(t.rows, 0) <> coalesce(c.rows, 0) OR coalesce(t.amount, 0) <> coalesce(c.amount, 0) ORDER BY 2 LIMIT 100"},
    {"counter", "SELECT coalesce(a.agreement_id, ''), 'messages for a ' || coalesce(t.cause, c.cause), 'the counter says ' || coalesce(t.promised, 0) || ' were promised, counted are ' || coalesce(c.promised, 0)"
                " FROM ledger.promise_tally t FULL JOIN ledger.promise_counted c USING (agreement_no, cause) LEFT JOIN ledger.agreement a USING (agreement_no)"
                " WHERE coalesce(t.promised, 0) <> coalesce(c.promised, 0) ORDER BY 1, 2 LIMIT 100"},
    {"counter", "SELECT coalesce(t.agreement_id, c.agreement_id), 'messages by ' || coalesce(t.channel, c.channel), 'the counter says ' || coalesce(t.messages, 0) || ' are ' || coalesce(t.state, c.state)"
                " || ', counted are ' || coalesce(c.messages, 0) FROM (SELECT agreement_id, channel, state, sum(messages) AS messages FROM notice.message_tally GROUP BY 1, 2, 3) t"
                " FULL JOIN (SELECT agreement_id, channel, state, count(*) AS messages FROM notice.message GROUP BY 1, 2, 3) c USING (agreement_id, channel, state)"
                " WHERE coalesce(t.messages, 0) <> coalesce(c.messages, 0) ORDER BY 1, 2 LIMIT 100"},
    {"counter", "SELECT ''::text, 'all messages by ' || coalesce(t.channel, c.channel), 'the counter says ' || coalesce(t.messages, 0) || ' are ' || coalesce(t.state, c.state) || ', counted are '"
                " || coalesce(c.messages, 0) FROM (SELECT channel, state, sum(messages) AS messages FROM notice.message_total GROUP BY 1, 2) t"
                " FULL JOIN (SELECT channel, state, count(*) AS messages FROM notice.message GROUP BY 1, 2) c USING (channel, state)"
                " WHERE coalesce(t.messages, 0) <> coalesce(c.messages, 0) ORDER BY 1, 2 LIMIT 100"},
    {"counter", "SELECT coalesce(a.agreement_id, ''), 'cards of region ' || coalesce(t.region, c.region) || ' village ' || coalesce(t.village, c.village), 'the counter says ' || coalesce(t.cards, 0)"
                " || ' are ' || coalesce(t.state, c.state) || ', counted are ' || coalesce(c.cards, 0) FROM notice.card_tally t FULL JOIN notice.card_counted c"
                " USING (agreement_no, region, village, state) LEFT JOIN ledger.agreement a USING (agreement_no) WHERE coalesce(t.cards, 0) <> coalesce(c.cards, 0) ORDER BY 1, 2 LIMIT 100"},
};

static const char *text_of(struct arena *arena, const struct pg_rows *rows, size_t row, int column) { return arena_text(arena, pg_bytes(rows, row, column)); }

static struct err ask(struct pg *pg, struct arena *arena, const struct question *question, struct verify_report *report) {
    struct pg_rows rows;
    arena_reset(arena);
    TRY(pg_run(pg, arena, question->sql, NULL, &rows));
    for (size_t i = 0; i < rows.count; i++)
        verify_problem(report, question->check, text_of(arena, &rows, i, 0), text_of(arena, &rows, i, 1), "%s", text_of(arena, &rows, i, 2));
    return OK;
}

static struct err count_waiting(struct pg *pg, struct arena *arena, struct verify_report *report) {
    struct pg_rows rows;
    arena_reset(arena);
    TRY(pg_run(pg, arena,
               "SELECT (SELECT coalesce(sum(row_to - row_from + 1), 0)::bigint FROM intake.submitted_range)"
               " + (SELECT count(*) FROM intake.request WHERE state >= 2 AND log_offset IS NOT NULL) - (SELECT count(*) FROM " ACKNOWLEDGED ")",
               NULL, &rows));
    report->waiting = pg_int8(&rows, 0, 0);
    return OK;
}

static struct err verify_all(struct pg *pg, struct arena *arena, struct verify_report *report) {
    TRY(pg_begin(pg));
    TRY(pg_script(pg, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    /* Whole tables are compared: before the first ANALYZE the planner takes them for small, and a nested loop over them takes minutes. */
    TRY(pg_script(pg, "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'; SET LOCAL enable_nestloop = off"));
    TRY(verify_chain(pg, report));
    TRY(verify_cover(pg, report));
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) TRY(ask(pg, arena, &questions[i], report));
    return count_waiting(pg, arena, report);
}

struct err ledger_verify(struct pg *pg, struct verify_report *ret_report) {
    memset(ret_report, 0, sizeof *ret_report);
    struct arena *arena = arena_create(SMALL_BYTES_MAX);
    struct err err = verify_all(pg, arena, ret_report);
    pg_rollback(pg);
    arena_destroy(arena);
    return err;
}
