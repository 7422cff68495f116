/* One statement makes the document; here its numbers become words. It must never read what is sealed. */
#include "services/operations/application.h"

#include <jansson.h>

#include "common/domain/codes.h"
#include "common/domain/programme.h"
#include "common/edge/crypto.h"
#include "services/ledger/line.h"
#include "services/ledger/outcome_sql.h"

/* The enrolments that the outcomes o of an application made: by their places, which outcomes know since journals of version 3; of older ones all of the table is looked through. */
#define ENROLMENT_JOIN_SQL                                                                                                                                                  \
    "CROSS JOIN LATERAL (SELECT e.* FROM ledger.enrolment e WHERE o.place > 0 AND e.agreement_no = o.agreement_no AND e.place = o.place AND " OUTCOME_OF_SQL("o", "e")                  \
    " UNION ALL SELECT e.* FROM ledger.enrolment e WHERE o.place = 0 AND o.status = 1 AND " OUTCOME_OF_SQL("o", "e") ") e "

/* One document of the ledger about an application. Codes and sets of programmes are numbers yet. */
static const char why_sql[] =
    "SELECT json_build_object("
    "'attempts', coalesce((SELECT json_agg(json_build_object('attempt', o.attempt, 'repeat', o.repeat, 'status', o.status, 'codes', o.codes, 'warnings', o.warnings, 'agreement', a.agreement_id,"
    "  'batch', nullif(o.batch_id, ''), 'row', nullif(o.row_number, 0), 'segment', o.segment, 'programmes', o.programmes, 'start_month', o.start_month, 'months', o.months, 'amount', o.amount,"
    "  'rank', o.rank, 'registration_date', o.registration_date, 'lines', nullif(o.lines, '')::json, 'message_due', o.message_due, 'partition', o.partition, 'epoch', o.epoch, 'origin', o.origin,"
    "  'commit_sequence', o.commit_sequence, 'journal', o.journal_seq, 'place', nullif(o.place, 0), 'decided_at', o.decided_at) ORDER BY o.attempt, o.repeat)"
    "  FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no) WHERE o.period = " EVERY_PERIOD_SQL " AND o.application_id = $1 AND NOT o.repeat), '[]'::json),"
    "'received', (SELECT json_build_object('partner', q.partner_id, 'received_at', q.received_at, 'partition', q.partition, 'offset', q.log_offset) FROM intake.request q WHERE q.application_id = $1 LIMIT 1),"
    "'journals', coalesce((SELECT json_agg(json_build_object('seq', j.seq, 'kind', j.kind, 'business_date', j.business_date, 'posted_at', j.posted_at, 'hash', encode(j.hash, 'hex'),"
    "  'entries', (SELECT json_agg(json_build_object('account', e.account, 'amount', e.amount) ORDER BY e.line) FROM ledger.entry e WHERE e.agreement_no = j.agreement_no AND e.seq = j.seq)) ORDER BY j.seq)"
    "  FROM ledger.journal j WHERE (j.agreement_no, j.seq) IN (SELECT o.agreement_no, o.journal_seq FROM ledger.outcome o WHERE o.period = " EVERY_PERIOD_SQL " AND o.application_id = $1"
    "   AND NOT o.repeat AND o.agreement_no > 0)), '[]'::json),"
    "'cover', (SELECT json_build_object('place', e.place, 'state', e.state, 'since', e.state_from, 'start_month', e.start_month, 'end_month', e.end_month, 'invoiced_to', nullif(e.invoiced_to, 0),"
    "  'paid_to', nullif(e.paid_to, 0), 'reason', nullif(e.reason, '')) FROM ledger.outcome o " ENROLMENT_JOIN_SQL
    "  WHERE o.period = " EVERY_PERIOD_SQL " AND o.application_id = $1 AND NOT o.repeat ORDER BY e.place DESC LIMIT 1),"
    "'card', (SELECT json_build_object('state', v.state, 'at', v.at, 'by', v.actor, 'officer', nullif(v.officer, ''), 'place', nullif(v.venue, '')) FROM ledger.outcome o "
    ENROLMENT_JOIN_SQL " CROSS JOIN LATERAL (SELECT w.* FROM notice.card c JOIN notice.card_event w USING (card_no) WHERE c.agreement_no = e.agreement_no AND c.place = e.place ORDER BY w.number DESC LIMIT 1) v"
    "  WHERE o.period = " EVERY_PERIOD_SQL " AND o.application_id = $1 AND NOT o.repeat ORDER BY v.card_no DESC LIMIT 1),"
    "'pending', (SELECT json_build_object('attempt', p.attempt, 'due_at', p.due_at, 'since', p.first_pending_at, 'purpose', p.purpose) FROM ledger.pending p WHERE p.application_id = $1),"
    "'waiting', (SELECT json_build_object('state', w.state, 'amount', w.amount, 'reserved_until', w.reserved_until) FROM ledger.waiting w WHERE w.application_id = $1),"
    "'messages', coalesce((SELECT json_agg(json_build_object('attempt', m.attempt, 'cause', m.cause, 'template', m.template, 'channel', m.channel, 'state', m.state, 'error', nullif(m.error, ''),"
    "  'at', m.settled_at) ORDER BY m.settled_at) FROM notice.message m WHERE m.application_id = $1), '[]'::json),"
    "'letters', coalesce((SELECT json_agg(json_build_object('topic', lower(l.topic), 'offset', l.letter_offset, 'reason', l.code, 'state', lower(l.state), 'edited_by', l.edited_by, 'by', l.decided_by,"
    "  'at', l.decided_at, 'because', l.because, 'attempt', l.attempt) ORDER BY l.decided_at) FROM ops.dead_letter l WHERE l.application_id = $1), '[]'::json),"
    "'webhooks', coalesce((SELECT json_agg(json_build_object('webhook', h.webhook_id, 'type', d.event_type, 'state', d.state, 'attempts', d.attempts, 'last_status', d.last_status,"
    "  'last_attempt_at', d.last_attempt_at) ORDER BY d.delivery_no) FROM intake.webhook_delivery d JOIN intake.webhook h USING (webhook_no) WHERE d.event_id = ANY ($2)), '[]'::json))::text";

enum { ATTEMPTS_LOOKED_MAX = 64 };

static struct err read_rows(struct pg *pg, struct arena *arena, struct id application_id, json_t **ret_document) {
    struct id events[ATTEMPTS_LOOKED_MAX];
    struct slice slices[ATTEMPTS_LOOKED_MAX];
    struct pg_rows rows;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea(p, slice_of(application_id.bytes, ID_BYTES));
    for (uint32_t i = 0; i < ATTEMPTS_LOOKED_MAX; i++) {
        events[i] = crypto_event_id("ledger", application_id, i + 1, NULL, 0);
        slices[i] = slice_of(events[i].bytes, ID_BYTES);
    }
    pg_add_bytea_array(p, slices, ATTEMPTS_LOOKED_MAX);
    TRY(pg_run(pg, arena, why_sql, p, &rows));
    const struct slice text = pg_bytes(&rows, 0, 0);
    *ret_document = json_loadb((const char *)text.bytes, text.size, 0, NULL);
    CHECK(*ret_document != NULL); /* PostgreSQL wrote it */
    return OK;
}

/* ---- numbers into words ---- */

static json_t *codes_json(uint64_t bits) {
    json_t *list = json_array();
    for (int code = 1; code < CODE_LIMIT; code++) {
        const struct code_row *row = code_set_has((struct code_set){bits}, (enum code)code) ? code_row((enum code)code) : NULL;
        if (row != NULL) CHECK(json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "code", row->text, "reason", row->reason, "remedy", row->remedy)) == 0);
    }
    return list;
}

static void set(json_t *object, const char *name, json_t *value) { CHECK(value != NULL && json_object_set_new(object, name, value) == 0); }
static int64_t number(const json_t *object, const char *name) { return json_integer_value(json_object_get(object, name)); }

static void name_attempt(json_t *attempt) {
    char programmes[PROGRAMME_SET_TEXT_MAX];
    (void)programme_set_format((programme_set)number(attempt, "programmes"), programmes);
    set(attempt, "status", json_string(outcome_name((enum outcome_status)number(attempt, "status"))));
    set(attempt, "segment", json_string(number(attempt, "segment") > 0 ? segment_name((enum segment)number(attempt, "segment")) : "-"));
    set(attempt, "programmes", json_string(programmes));
    set(attempt, "codes", codes_json((uint64_t)number(attempt, "codes")));
    set(attempt, "warnings", codes_json((uint64_t)number(attempt, "warnings")));
}

static void name_words(json_t *document) {
    size_t i;
    json_t *attempt, *cover = json_object_get(document, "cover");
    json_array_foreach(json_object_get(document, "attempts"), i, attempt) name_attempt(attempt);
    if (json_is_object(cover)) set(cover, "state", json_string(enrolment_state_name((enum enrolment_state)number(cover, "state"))));
}

struct err application_document(struct pg *pg, struct arena *arena, struct id application_id, json_t **ret_document) {
    char id_text[2 * ID_BYTES + 1];
    TRY(read_rows(pg, arena, application_id, ret_document));
    id_format(application_id, id_text);
    set(*ret_document, "enrolment", json_string(id_text));
    name_words(*ret_document);
    return OK;
}
