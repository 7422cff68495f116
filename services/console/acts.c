/* The actions: each asks who it is, reads its members of the body, and calls what the command line calls. It must never do anything that the library behind it does not note in the audit, and never
 * let a person into a log. */
#include "services/console/acts.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/log.h"
#include "common/tables/knobs.h"
#include "services/console/access.h"
#include "services/ingestion/batch_decision.h"
#include "services/ingestion/batch_state.h"
#include "services/ingestion/decided_sql.h"
#include "services/ledger/agreement_json.h"
#include "services/ledger/agreement_proposal.h"
#include "services/operations/dead_letter_json.h"
#include "services/operations/pause.h"
#include "services/operations/person_look.h"

enum { LETTERS_AT_ONCE = 500 };
_Static_assert((int)DEAD_LETTER_BECAUSE_MAX <= (int)PROPOSAL_NOTE_MAX && (int)DEAD_LETTER_BECAUSE_MAX <= (int)PAUSE_REASON_MAX, "a reason fits everywhere");

/* ---- answers ---- */

static void refuse_because(struct http_request *request, int status, const char *code, const char *detail, const char *remedy) {
    console_answer_json(request, status, json_pack("{s:s,s:s,s:s}", "error", code, "detail", detail, "remedy", remedy));
}

/* Kafka and PostgreSQL were both asked: which of them is away is in the log. */
static bool is_answered(struct http_request *request, const struct err *err) {
    if (!failed(err)) return true;
    log_warning("an action could not be done", LOG_TEXT("error", err->text));
    console_refuse(request, 503, "SERVER_AWAY");
    return false;
}

/* Every action has a reason; nobody can be recognised by it. */
static bool has_reason(struct http_request *request, const struct act_body *body) {
    if (dead_letter_because_is_sound(body->because)) return true;
    console_refuse(request, 400, "REASON_MISSING");
    return false;
}

/* ---- dead letters ---- */

static void tell_refusal(struct http_request *request, const struct dead_letter_refusal *why) { refuse_because(request, 409, why->code, why->text, why->remedy); }

static bool read_letter_name(struct http_request *request, struct dead_letter_id *ret_id) {
    if (dead_letter_name_read(http_segment(request, 0), &ret_id->topic, &ret_id->offset)) return true;
    console_refuse(request, 404, "NOT_FOUND");
    return false;
}

/* What can be edited holds the token and the seal of a person, so it is for those who may edit. */
void act_letter_show_end(void *self, struct http_request *request) {
    struct console *console = self;
    struct dead_letter_id id;
    struct asker asker;
    const struct dead_letter *letter;
    if (!read_letter_name(request, &id) || !access_asker(console, request, &asker) || !console_may_ask(console, request)) return;
    arena_reset(console->arena);
    const struct err err = dead_letter_find(console->pg, knob_text("BROKERS"), console->arena, id.topic, id.offset, &letter);
    if (!is_answered(request, &err)) return;
    if (letter == NULL) {
        console_refuse(request, 404, "NOT_FOUND");
        return;
    }
    json_t *document = dead_letter_whole_json(console->arena, letter), *editable = (asker.roles & OPERATOR_OPERATOR) != 0 ? dead_letter_editable_json(console->arena, letter) : NULL;
    CHECK(json_object_set_new(document, "document", editable != NULL ? editable : json_null()) == 0);
    console_answer_json(request, 200, document);
}

void act_letter_edit_end(void *self, struct http_request *request) {
    struct console *console = self;
    struct dead_letter_id id;
    struct asker asker;
    struct act_body body;
    const struct dead_letter_refusal *refusal;
    if (!read_letter_name(request, &id) || !access_act(console, request, OPERATOR_OPERATOR, &asker, &body) || !has_reason(request, &body)) return;
    const struct dead_letter_edit edit = {.topic = id.topic, .offset = id.offset, .content = body.document, .actor = slice_text(asker.actor), .because = body.because};
    const struct err err = dead_letter_edit(console->pg, knob_text("BROKERS"), &edit, &refusal);
    if (!is_answered(request, &err)) return;
    console->letters.until_us = 0;
    if (refusal != NULL) tell_refusal(request, refusal);
    else console_answer(request, 200, slice_text("{\"edited\":true}"));
}

/* False: a name or a topic is none, or nothing is chosen. */
static bool read_choice(const struct act_body *body, struct arena *arena, struct dead_letter_filter *ret_filter) {
    struct dead_letter_id *ids = arena_zero(arena, ACT_LETTERS_MAX, sizeof *ids);
    *ret_filter = (struct dead_letter_filter){.reason = body->reason, .ids = body->letter_count > 0 ? ids : NULL, .id_count = body->letter_count};
    for (size_t i = 0; i < body->letter_count; i++)
        if (!dead_letter_name_read(body->letters[i], &ids[i].topic, &ids[i].offset)) return false;
    if (body->topic.size > 0 && !dead_letter_topic_read(body->topic, &ret_filter->topic)) return false;
    const bool filters = body->topic.size > 0 || body->reason.size > 0;
    return body->all != (filters || body->letter_count > 0) && !(filters && body->letter_count > 0);
}

static void act_on_letters(struct console *console, struct http_request *request, bool replays) {
    struct asker asker;
    struct act_body body;
    struct dead_letter_order order = {.replays = replays, .limit = LETTERS_AT_ONCE};
    struct dead_letter_report report;
    if (!access_act(console, request, OPERATOR_OPERATOR, &asker, &body) || (body.really && !has_reason(request, &body))) return;
    if (!read_choice(&body, console->arena, &order.filter)) {
        console_refuse(request, 400, "BAD_CHOICE");
        return;
    }
    order.really = body.really;
    order.actor = slice_text(asker.actor);
    order.because = body.because;
    const struct err err = dead_letter_act(console->pg, knob_text("BROKERS"), &order, &report);
    if (!is_answered(request, &err)) return;
    console->letters.until_us = 0; /* the next look shows what is left */
    console_answer_json(request, 200, dead_letter_report_json(&order, &report));
}

void act_letters_replay_end(void *self, struct http_request *request) { act_on_letters(self, request, true); }
void act_letters_discard_end(void *self, struct http_request *request) { act_on_letters(self, request, false); }

/* ---- services and lanes ---- */

static void tell_pauses(struct console *console, struct http_request *request) {
    struct pause_wish wishes[PAUSES_MAX];
    size_t count;
    const struct err err = pause_list(console->pg, console->arena, wishes, &count);
    if (!console_told(console, request, &err)) return;
    json_t *rows = json_array(), *targets = json_array();
    for (size_t i = 0; i < count; i++)
        CHECK(json_array_append_new(rows, json_pack("{s:o,s:o,s:o,s:o}", "target", dead_letter_text_json(wishes[i].target), "since", dead_letter_moment_json(wishes[i].since_ms), "actor",
                                                    dead_letter_text_json(wishes[i].actor), "reason", dead_letter_text_json(wishes[i].reason))) == 0);
    for (size_t i = 0; pause_target(i) != NULL; i++) CHECK(json_array_append_new(targets, json_string(pause_target(i))) == 0);
    console_answer_json(request, 200, json_pack("{s:o,s:o}", "rows", rows, "targets", targets));
}

void act_pauses_end(void *self, struct http_request *request) {
    struct console *console = self;
    if (!console_may_ask(console, request)) return;
    arena_reset(console->arena);
    tell_pauses(console, request);
}

void act_pause_end(void *self, struct http_request *request) {
    struct console *console = self;
    struct asker asker;
    struct act_body body;
    bool changed;
    if (!access_act(console, request, OPERATOR_OPERATOR, &asker, &body) || !has_reason(request, &body)) return;
    if (!pause_target_known(arena_text(console->arena, body.target))) {
        console_refuse(request, 404, "NOT_FOUND");
        return;
    }
    const struct pause_wish wish = {.target = body.target, .actor = slice_text(asker.actor), .reason = body.because};
    const struct err err = pause_set(console->pg, console->arena, &wish, body.paused, &changed);
    if (console_told(console, request, &err)) tell_pauses(console, request);
}

/* ---- lists ---- */

static const struct {
    const char *word;
    enum batch_act act;
    unsigned roles;
} batch_acts[] = {
    {"enrol", BATCH_ACT_ENROL, OPERATOR_OPERATOR},
    {"approve", BATCH_ACT_APPROVE, OPERATOR_APPROVER},
    {"cancel", BATCH_ACT_CANCEL, OPERATOR_OPERATOR | OPERATOR_APPROVER},
    {"reverse", BATCH_ACT_REVERSE, OPERATOR_APPROVER},
};

enum { COLUMN_NUMBER, COLUMN_AGREEMENT, COLUMN_NEEDS_APPROVAL, COLUMN_DECIDED };
static struct err find_batch(struct console *console, struct slice id, struct pg_rows *ret_rows) {
    struct pg_parameters *p = pg_parameters(console->arena);
    pg_add_text(p, text_is_utf8(id) ? id : slice_text(""));
    return pg_run(console->pg, console->arena,
                  "SELECT b.batch_no, a.agreement_id, b.needs_approval, b.state = " BATCH_RELEASED_SQL " AND b.submitted_rows = b.row_count AND " DECIDED_ROWS_SQL("b") " >= b.row_count"
                  " FROM intake.batch b JOIN ledger.agreement a USING (agreement_no) WHERE b.batch_id = $1",
                  p, ret_rows);
}

/* NULL: it may be done as the list stands. */
static const char *obstacle(const struct pg_rows *rows, enum batch_act act) {
    if (act == BATCH_ACT_ENROL && pg_bool(rows, 0, COLUMN_NEEDS_APPROVAL)) return "APPROVAL_NEEDED";
    return act == BATCH_ACT_REVERSE && !pg_bool(rows, 0, COLUMN_DECIDED) ? "BATCH_BUSY" : NULL;
}

static void decide_batch(struct console *console, struct http_request *request, size_t which) {
    struct asker asker;
    struct act_body body;
    struct pg_rows rows;
    bool moved = false;
    if (!access_act(console, request, batch_acts[which].roles, &asker, &body) || !has_reason(request, &body)) return;
    struct err err = find_batch(console, http_segment(request, 0), &rows);
    if (!console_told(console, request, &err)) return;
    const char *code = rows.count == 0 ? "NOT_FOUND" : obstacle(&rows, batch_acts[which].act);
    if (code != NULL) {
        console_refuse(request, rows.count == 0 ? 404 : 409, code);
        return;
    }
    const struct batch_order order = {.act = batch_acts[which].act, .batch_no = pg_int8(&rows, 0, COLUMN_NUMBER), .batch_id = http_segment(request, 0), .agreement_id = pg_bytes(&rows, 0, COLUMN_AGREEMENT),
                                      .note = body.because, .actor = slice_text(asker.actor)};
    err = batch_act(console->pg, console->arena, &order, &moved);
    if (!console_told(console, request, &err)) return;
    if (moved) console_answer(request, 200, slice_text("{\"done\":true}"));
    else console_refuse(request, 409, "DECIDED_ALREADY");
}

void act_batch_end(void *self, struct http_request *request) {
    for (size_t i = 0; i < sizeof batch_acts / sizeof *batch_acts; i++) {
        if (!slice_is(http_segment(request, 1), batch_acts[i].word)) continue;
        decide_batch(self, request, i);
        return;
    }
    console_refuse(request, 404, "NOT_FOUND");
}

/* ---- proposals ---- */

static void tell_proposal(struct http_request *request, const struct agreement_proposal *proposal, const struct proposal_judgement *judgement) {
    json_t *root = agreement_proposal_json(proposal), *document = json_loadb((const char *)proposal->canonical.bytes, proposal->canonical.size, 0, NULL);
    agreement_judgement_json(root, judgement);
    CHECK(json_object_set_new(root, "document", document != NULL ? document : json_null()) == 0);
    console_answer_json(request, 200, root);
}

void act_proposal_show_end(void *self, struct http_request *request) {
    struct console *console = self;
    struct agreement_proposal proposal;
    struct proposal_judgement judgement = {.answer = APPLY_UNCHANGED, .difference = ""};
    const struct proposal_tables tables = {.regions = &console->regions, .law = &console->law};
    if (!console_may_ask(console, request)) return;
    arena_reset(console->arena);
    struct err err = proposal_find(console->pg, console->arena, http_segment(request, 0), &proposal);
    const bool is_open = !failed(&err) && proposal.id.size > 0 && (slice_is(proposal.state, "submitted") || slice_is(proposal.state, "draft"));
    if (is_open) err = proposal_judge(console->pg, console->arena, &tables, &proposal, clock_unix_ms(), &judgement);
    if (!console_told(console, request, &err)) return;
    if (proposal.id.size == 0) console_refuse(request, 404, "NOT_FOUND");
    else tell_proposal(request, &proposal, &judgement);
}

static void tell_decision(struct http_request *request, enum proposal_answer answer, const struct agreement_proposal *proposal, const struct proposal_judgement *judgement) {
    switch (answer) {
    case PROPOSAL_DONE:
    case PROPOSAL_NEEDLESS: tell_proposal(request, proposal, judgement); return;
    case PROPOSAL_UNKNOWN: console_refuse(request, 404, "NOT_FOUND"); return;
    case PROPOSAL_OWN: console_refuse(request, 409, "TWO_PERSONS"); return;
    case PROPOSAL_UNFIT: refuse_because(request, 409, "PROPOSAL_UNFIT", judgement->problem.problem, judgement->problem.remedy); return;
    case PROPOSAL_CLOSED:
    case PROPOSAL_DRAFT:
    case PROPOSAL_TOO_MANY: console_refuse(request, 409, "DECIDED_ALREADY"); return;
    }
}

static void decide_proposal(struct console *console, struct http_request *request, enum proposal_decision decision) {
    struct asker asker;
    struct act_body body;
    struct agreement_proposal proposal;
    struct proposal_judgement judgement;
    enum proposal_answer answer;
    const struct proposal_tables tables = {.regions = &console->regions, .law = &console->law};
    if (!access_act(console, request, OPERATOR_APPROVER, &asker, &body) || !has_reason(request, &body)) return;
    pg_wait_for_locks(console->pg, console->arena, true);
    const struct err err = proposal_decide(console->pg, console->arena, &tables, http_segment(request, 0), decision, asker.actor, body.because, clock_unix_ms(), &proposal, &judgement, &answer);
    pg_wait_for_locks(console->pg, console->arena, false);
    if (failed(&err) && pg_is_lock_timeout(&err)) console_refuse(request, 503, "LEDGER_BUSY");
    else if (console_told(console, request, &err)) tell_decision(request, answer, &proposal, &judgement);
}

void act_proposal_end(void *self, struct http_request *request) {
    const struct slice word = http_segment(request, 1);
    if (slice_is(word, "approve")) decide_proposal(self, request, PROPOSAL_APPROVE);
    else if (slice_is(word, "refuse")) decide_proposal(self, request, PROPOSAL_REFUSE);
    else console_refuse(request, 404, "NOT_FOUND");
}

/* ---- webhooks ---- */

/* $1 the delivery, $2 who, $3 why: of an endpoint that takes anything. */
static const char resend_sql[] =
    "WITH woken AS (UPDATE intake.webhook_delivery d SET state = 'pending', next_attempt_at = now(), step = 0 FROM intake.webhook w WHERE d.delivery_no = $1 AND w.webhook_no = d.webhook_no AND w.state = 'active'"
    " RETURNING d.agreement_id, w.webhook_id), noted AS (INSERT INTO ledger.audit (actor, action, agreement_id, detail) SELECT $2, 'WEBHOOK resend', agreement_id, webhook_id || ' ' || $1 || ': ' || $3 FROM woken)"
    " SELECT count(*) FROM woken";

void act_delivery_end(void *self, struct http_request *request) {
    struct console *console = self;
    struct asker asker;
    struct act_body body;
    struct pg_rows rows;
    uint64_t number;
    if (!text_number(http_segment(request, 0), INT64_MAX, &number)) {
        console_refuse(request, 404, "NOT_FOUND");
        return;
    }
    if (!access_act(console, request, OPERATOR_OPERATOR, &asker, &body) || !has_reason(request, &body)) return;
    struct pg_parameters *p = pg_parameters(console->arena);
    pg_add_int8(p, (int64_t)number);
    pg_add_text(p, slice_text(asker.actor));
    pg_add_text(p, body.because);
    const struct err err = pg_run(console->pg, console->arena, resend_sql, p, &rows);
    if (!console_told(console, request, &err)) return;
    if (pg_int8(&rows, 0, 0) == 1) console_answer(request, 200, slice_text("{\"done\":true}"));
    else console_refuse(request, 409, "ENDPOINT_CLOSED");
}

/* ---- a person ---- */

static json_t *text_or_null(struct slice text) { return text.size > 0 ? dead_letter_text_json(text) : json_null(); }

static void show_person(struct http_request *request, const struct person *person) {
    json_t *document = json_pack("{s:o,s:o,s:o,s:o}", "nik", text_or_null(person->nik), "name", text_or_null(person->name), "phone", text_or_null(person->phone), "address", text_or_null(person->address));
    console_answer_json(request, 200, document);
}

/* The arena would keep it until somebody else's request is written over it. */
static void wipe(const struct person *person) {
    const struct slice parts[] = {person->nik, person->name, person->phone, person->address};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].size > 0) explicit_bzero((void *)(uintptr_t)parts[i].bytes, parts[i].size);
}

void act_person_end(void *self, struct http_request *request) {
    struct console *console = self;
    struct asker asker;
    struct act_body body;
    struct person person = {0};
    enum person_answer answer;
    struct person_look look = {0};
    if (!id_parse(http_segment(request, 0), &look.application_id) || id_is_zero(look.application_id)) {
        console_refuse(request, 404, "NOT_FOUND");
        return;
    }
    if (!access_act(console, request, OPERATOR_OPERATOR, &asker, &body) || !has_reason(request, &body)) return;
    if (console->crypto == NULL) {
        console_refuse(request, 409, "NO_KEYS");
        return;
    }
    look.actor = slice_text(asker.actor);
    look.because = body.because;
    const struct err err = person_look(console->pg, knob_text("BROKERS"), console->crypto, console->arena, &look, &person, &answer);
    if (!is_answered(request, &err)) return;
    if (answer == PERSON_SHOWN) show_person(request, &person);
    else console_refuse(request, answer == PERSON_UNKNOWN ? 404 : 409, answer == PERSON_UNKNOWN ? "NOT_FOUND" : "PERSON_GONE");
    wipe(&person);
}
