/* The order of the proof, and the questions that PostgreSQL answers alone: each of them returns the rows that should not be there. */
#include "services/ledger/verify.h"

#include <stdarg.h>
#include <stdio.h>

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
    "   FROM intake.submitted_range r JOIN intake.batch b USING (batch_no) JOIN intake.batch_row w ON w.batch_no = r.batch_no"                             \
    "    AND w.row_number BETWEEN r.row_from AND r.row_to"                                                                                                 \
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
                " AND NOT EXISTS (SELECT FROM ledger.pending p WHERE p.application_id = o.application_id AND p.attempt = o.attempt + 1) ORDER BY 2 LIMIT 100"},
    {"pending", "SELECT coalesce(a.agreement_id, ''), 'application ' || encode(p.application_id, 'hex') || ' attempt ' || p.attempt,"
                " CASE WHEN n.origin IS NOT NULL THEN 'due, but decided already. Remedy: none, it goes when it is sent again'"
                " ELSE 'due, but the attempt before it is not PENDING. Remedy: delete its row of ledger.pending' END"
                " FROM ledger.pending p LEFT JOIN ledger.agreement a USING (agreement_no)"
                " LEFT JOIN ledger.outcome o ON o.application_id = p.application_id AND o.attempt = p.attempt - 1 AND NOT o.repeat"
                " AND o.application_id <> '\\x00000000000000000000000000000000'"
                " LEFT JOIN ledger.outcome n ON n.application_id = p.application_id AND n.attempt = p.attempt AND NOT n.repeat"
                " AND n.application_id <> '\\x00000000000000000000000000000000'"
                " WHERE o.status IS DISTINCT FROM 5 OR n.origin IS NOT NULL ORDER BY 2 LIMIT 100"},
    {"message", "SELECT m.agreement_id, 'application ' || encode(m.application_id, 'hex') || ' attempt ' || m.attempt,"
                " CASE WHEN o.origin IS NULL THEN 'a message without an outcome' ELSE 'a message ' || m.template || ' where ' || coalesce(o.message_due, 'none') || ' was due' END"
                " FROM notice.message m LEFT JOIN ledger.outcome o ON o.application_id = m.application_id AND o.attempt = m.attempt AND NOT o.repeat"
                " AND o.application_id <> '\\x00000000000000000000000000000000' WHERE o.message_due IS DISTINCT FROM m.template ORDER BY 2 LIMIT 100"},
    {"message", "SELECT min(m.agreement_id), 'application ' || encode(m.application_id, 'hex') || ' attempt ' || m.attempt, count(*) || ' messages for one outcome'"
                " FROM notice.message m GROUP BY m.application_id, m.attempt HAVING count(*) > 1 ORDER BY 2 LIMIT 100"},
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
    TRY(pg_script(pg, "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '64MB'"));
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
