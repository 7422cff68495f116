/* What time changes, each step one or two statements over an agreement. It must never look at a clock, nor at covers of other agreements; and what it invoices must make nobody late on the
 * same day: the second run of a day would see more than the first. */
#include "services/ledger/run.h"

#include "services/ledger/coverage.h"
#include "services/ledger/invoice.h"
#include "services/ledger/price_sql.h"
#include "services/ledger/promotion.h"
#include "services/ledger/release.h"
#include "services/ledger/renewal.h"

_Static_assert(LINE_STATE == 13 && LINE_UNRESERVED == 15, "the numbers in these statements");

struct run {
    struct money *money;
    struct money_account *account;
    struct run_result *result;
    day_t date;
    month_t month, first_month, last_month; /* last_month: of its period */
    int32_t billing, billing_months, activation, grace_months;
    bool in_force, is_over; /* is_over: its period lies before the date */
    int32_t position;
};

/* $1 agreement, $2 journal, $3 position, $4 date, $5 its month. */
static struct pg_parameters *line_parameters(const struct run *run) {
    struct pg_parameters *p = pg_parameters(run->money->arena);
    pg_add_int4(p, run->account->agreement_no);
    pg_add_int8(p, money_next_journal(run->account));
    pg_add_int4(p, run->position);
    pg_add_date(p, run->date);
    pg_add_int4(p, run->month);
    return p;
}

/* Enrolments follow the lines of one state that were just written. The planner can't know yet how many these are: a nested loop over them would take hours for a long list. */
static struct err follow_lines(struct run *run, enum enrolment_state state) {
    struct pg_parameters *p = pg_parameters(run->money->arena);
    pg_add_int4(p, run->account->agreement_no);
    pg_add_int8(p, money_next_journal(run->account));
    pg_add_int2(p, (int16_t)state);
    struct pg_step steps[] = {
        {.sql = "SET LOCAL enable_nestloop = off"},
        {.sql = "UPDATE ledger.enrolment e SET state = $3, state_from = l.day, reason = l.reason FROM ledger.line l"
                " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 13 AND l.state = $3 AND e.agreement_no = $1 AND e.place = l.place",
         .parameters = p},
        {.sql = "SET LOCAL enable_nestloop = on"},
    };
    return pg_run_all(run->money->pg, run->money->arena, steps, sizeof steps / sizeof *steps);
}

static struct err write_lines(struct run *run, const char *sql, struct pg_parameters *parameters, int64_t *ret_lines) {
    struct pg_rows rows;
    TRY(pg_run(run->money->pg, run->money->arena, sql, parameters, &rows));
    *ret_lines = rows.affected;
    run->position += (int32_t)rows.affected;
    return OK;
}

#define STATE_LINE_SQL "INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, application_id, state, day, reason, message_due)"

/* `late` (place, application_id, state, end_month, month, fair_from): whose first open month makes the person late: it is over, and was invoiced before it was over; or its invoice is overdue.
 * Months that came late onto an invoice leave the payer the time until then, and nobody lapses for them before fair_from. $1 agreement, $4 date, $5 its month. */
#define LATE_CTE                                                                                                                                                        \
    "late AS MATERIALIZED (SELECT u.place, e.application_id, e.state, e.end_month, u.month, CASE WHEN c.in_time THEN " MONTH_FIRST_DAY_SQL("u.month") " ELSE v.due_on + 1 END AS fair_from" \
    " FROM (SELECT DISTINCT ON (place) place, month, invoice_no FROM ledger.due WHERE agreement_no = $1 AND month <= $5 ORDER BY place, month) u"                       \
    " JOIN ledger.enrolment e ON e.agreement_no = $1 AND e.place = u.place AND e.state IN (2, 3) AND u.month <= e.end_month"                                            \
    " JOIN ledger.invoice v ON v.agreement_no = $1 AND v.invoice_no = u.invoice_no"                                                                                     \
    " CROSS JOIN LATERAL (SELECT v.issued_on < " MONTH_FIRST_DAY_SQL(MONTH_ADD_SQL("u.month", "1")) " AS in_time) c"                                                    \
    " WHERE v.due_on < $4 OR (u.month < $5 AND c.in_time))"

/* ---- activation on commitment -------------------------------------------------------------------------------------------------------------------- */

static struct err activate(struct run *run) {
    if (run->activation != ACTIVATION_COMMITMENT) return OK;
    TRY(write_lines(run,
                    STATE_LINE_SQL " SELECT $1, $2, $3 + row_number() OVER (ORDER BY e.place) - 1, " DAY_MONTH_SQL("n.day") ", 13, e.place, e.application_id, 2, n.day, '', NULL"
                    " FROM ledger.enrolment e CROSS JOIN LATERAL (SELECT greatest(e.state_from, " MONTH_FIRST_DAY_SQL("e.start_month") ") AS day) n"
                    " WHERE e.agreement_no = $1 AND e.state = 1 AND e.start_month <= $5 AND e.end_month >= $5 AND n.day <= $4",
                    line_parameters(run), &run->result->activated));
    return run->result->activated > 0 ? follow_lines(run, ENROLMENT_ACTIVE) : OK;
}

/* There a payment activates nobody, so whoever has paid what was late is ACTIVE again by the run. */
static struct err recover(struct run *run) {
    int64_t recovered = 0;
    if (run->activation != ACTIVATION_COMMITMENT) return OK;
    TRY(write_lines(run,
                    "WITH " LATE_CTE " " STATE_LINE_SQL " SELECT $1, $2, $3 + row_number() OVER (ORDER BY e.place) - 1, $5, 13, e.place, e.application_id, 2, $4, '', NULL"
                    " FROM ledger.enrolment e WHERE e.agreement_no = $1 AND e.state = 3 AND e.end_month >= $5 AND NOT EXISTS (SELECT FROM late u WHERE u.place = e.place)",
                    line_parameters(run), &recovered));
    run->result->activated += recovered;
    return recovered > 0 ? follow_lines(run, ENROLMENT_ACTIVE) : OK;
}

/* ---- lapse and grace -------------------------------------------------------------------------------------------------------------------------------- */

/* Not when the cover ends before it could lapse. The month of the line is that behind the grace, whatever its day: it says what is given back (release.h). */
static struct err lapse(struct run *run) {
    struct pg_parameters *p = line_parameters(run);
    pg_add_int4(p, run->grace_months);
    TRY(write_lines(run,
                    "WITH " LATE_CTE " " STATE_LINE_SQL " SELECT $1, $2, $3 + row_number() OVER (ORDER BY u.place) - 1, n.month, 13, u.place, u.application_id, 4, "
                    "greatest(" MONTH_FIRST_DAY_SQL("n.month") ", u.fair_from), 'LAPSED', 'LAPSED' FROM late u CROSS JOIN LATERAL (SELECT " MONTH_ADD_SQL("u.month", "$6") " AS month) n"
                    " WHERE n.month <= $5 AND n.month <= u.end_month",
                    p, &run->result->lapsed));
    return release_ended(run->money, run->account, ENROLMENT_LAPSED, run->grace_months, (int32_t)run->result->lapsed, (int32_t)run->result->lapsed, &run->position);
}

/* detail: the day on which the cover is over if nothing is paid, by lapse or by its end. */
static struct err warn(struct run *run) {
    struct pg_parameters *p = line_parameters(run);
    pg_add_int4(p, run->grace_months);
    TRY(write_lines(run,
                    "WITH " LATE_CTE " INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, application_id, state, day, reason, message_due, detail)"
                    " SELECT $1, $2, $3 + row_number() OVER (ORDER BY u.place) - 1, u.month, 13, u.place, u.application_id, 3, " MONTH_FIRST_DAY_SQL("u.month") ", '', 'LAPSE_WARN', "
                    MONTH_FIRST_DAY_SQL("least(" MONTH_ADD_SQL("u.month", "$6") ", " MONTH_ADD_SQL("u.end_month", "1") ")") "::text FROM late u WHERE u.state = 2 AND u.end_month >= $5",
                    p, &run->result->in_grace));
    return run->result->in_grace > 0 ? follow_lines(run, ENROLMENT_GRACE) : OK;
}

/* ---- end of what was bought ------------------------------------------------------------------------------------------------------------------------- */

/* The agreement is over, by its document or by an amendment that ended it early: months behind it that nobody has invoiced are given back. Not those of a contract, whose price is one. */
static struct err cut(struct run *run) {
    int64_t persons = 0;
    if (!run->is_over) return OK;
    struct pg_parameters *p = line_parameters(run);
    pg_add_int4(p, run->last_month);
    TRY(write_lines(run,
                    STATE_LINE_SQL " SELECT $1, $2, $3 + row_number() OVER (ORDER BY e.place) - 1, n.month, 13, e.place, e.application_id, 5, " MONTH_FIRST_DAY_SQL("n.month") ", 'PERIOD',"
                    " CASE WHEN e.state IN (2, 3) THEN 'SPONSOR_END' END FROM ledger.enrolment e"
                    " CROSS JOIN LATERAL (SELECT " MONTH_ADD_SQL("greatest($6, e.invoiced_to, " MONTH_ADD_SQL("e.start_month", "-1") ")", "1") " AS month) n"
                    " WHERE e.agreement_no = $1 AND e.state IN (1, 2, 3) AND e.segment IN (1, 2) AND e.end_month >= n.month AND n.month <= $5",
                    p, &persons));
    run->result->ended += persons;
    return release_ended(run->money, run->account, ENROLMENT_ENDED, 0, (int32_t)persons, (int32_t)persons, &run->position);
}

/* After the invoice, which takes the last months of everybody along: whoever is left here has nothing to be invoiced any more. Told is who was covered; whether somebody else covers on is asked
 * when the message is sent: covers of other agreements are not locked here, and a replay would see others. */
static struct err end(struct run *run) {
    int64_t persons = 0;
    run->position = 0;
    TRY(write_lines(run,
                    STATE_LINE_SQL " SELECT $1, $2, $3 + row_number() OVER (ORDER BY e.place) - 1, n.month, 13, e.place, e.application_id, 5, " MONTH_FIRST_DAY_SQL("n.month") ", 'PERIOD',"
                    " CASE WHEN e.state IN (2, 3) THEN 'SPONSOR_END' END FROM ledger.enrolment e CROSS JOIN LATERAL (SELECT " MONTH_ADD_SQL("e.end_month", "1") " AS month) n"
                    " WHERE e.agreement_no = $1 AND e.state IN (1, 2, 3) AND e.end_month < $5",
                    line_parameters(run), &persons));
    run->result->ended += persons;
    return persons > 0 ? follow_lines(run, ENROLMENT_ENDED) : OK;
}

static struct err end_agreement(struct run *run) {
    struct pg_parameters *p = pg_parameters(run->money->arena);
    run->result->agreement_ended = run->in_force && run->is_over;
    if (!run->result->agreement_ended) return OK;
    pg_add_int4(p, run->account->agreement_no);
    return pg_run(run->money->pg, run->money->arena, "UPDATE ledger.agreement SET state = 'ENDED' WHERE agreement_no = $1", p, NULL);
}

/* ---- reservations -------------------------------------------------------------------------------------------------------------------------------- */

/* Who never waited gets a ticket now; an attempt that is not on its way yet is called back, but not that of one who waits for an answer from outside. $1 agreement, $2 journal. */
static const char tickets_sql[] =
    "WITH fresh AS (SELECT w.application_id, row_number() OVER (ORDER BY l.position) AS n FROM ledger.line l JOIN ledger.waiting w ON w.application_id = l.application_id"
    " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 15 AND w.ticket = 0),"
    " given AS (UPDATE ledger.waiting w SET ticket = b.tickets + f.n FROM fresh f, ledger.budget b WHERE b.agreement_no = $1 AND w.application_id = f.application_id)"
    " UPDATE ledger.budget SET tickets = tickets + (SELECT count(*) FROM fresh) WHERE agreement_no = $1 RETURNING tickets";
static const char called_back_sql[] = "DELETE FROM ledger.pending p USING ledger.line l, ledger.waiting w WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 15"
                                      " AND w.application_id = l.application_id AND NOT w.undecided AND p.application_id = l.application_id AND p.purpose = 2";
static const char waits_again_sql[] = "UPDATE ledger.waiting w SET state = 1, reserved = 0, reserved_until = NULL FROM ledger.line l"
                                      " WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.kind = 15 AND w.application_id = l.application_id";

static struct err expire(struct run *run) {
    struct pg_parameters *p = line_parameters(run);
    pg_add_bool(p, run->is_over);
    TRY(write_lines(run,
                    "INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, application_id, reserved, waiting, reserved_heads, day, reason, detail)"
                    " SELECT $1, $2, $3 + row_number() OVER (ORDER BY " WAITING_ORDER_SQL("w") ") - 1, $5, 15, w.application_id, -w.reserved, 1, -1, $4, CASE WHEN $6 THEN 'PERIOD' ELSE 'EXPIRED' END,"
                    " CASE WHEN w.ticket = 0 THEN 'TICKET' ELSE '' END"
                    " FROM ledger.waiting w WHERE w.agreement_no = $1 AND w.state = 2 AND (w.reserved_until < $4 OR $6)",
                    p, &run->result->expired));
    if (run->result->expired == 0) return OK;
    struct pg_parameters *lines = pg_parameters(run->money->arena);
    pg_add_int4(lines, run->account->agreement_no);
    pg_add_int8(lines, money_next_journal(run->account));
    struct pg_step steps[] = {{.sql = tickets_sql, .parameters = lines}, {.sql = called_back_sql, .parameters = lines}, {.sql = waits_again_sql, .parameters = lines}};
    TRY(pg_run_all(run->money->pg, run->money->arena, steps, sizeof steps / sizeof *steps));
    run->account->tickets = pg_int8(&steps[0].rows, 0, 0);
    return OK;
}

/* ---- invoice -------------------------------------------------------------------------------------------------------------------------------------- */

/* What is to be invoiced at the date: its month, or the block of months that it lies in. False: not yet. */
static bool months_due(const struct run *run, month_t *ret_first, uint32_t *ret_months) {
    if (run->month < run->first_month) return false;
    const int32_t block = run->billing == BILLING_MONTHLY ? 1 : run->billing_months;
    *ret_first = month_add(run->first_month, month_distance(run->first_month, run->month) / block * block);
    *ret_months = (uint32_t)block;
    return true;
}

static struct err invoice(struct run *run) {
    struct invoice invoice;
    month_t first;
    uint32_t months;
    if (!months_due(run, &first, &months)) return OK;
    TRY(invoice_issue(run->money, run->account, first, months, &invoice));
    run->result->invoiced_persons = invoice.persons;
    run->result->invoiced = invoice.amount;
    return OK;
}

/* Before anybody lapses: money that is there pays what is open. */
static struct err use_credit(struct run *run) {
    struct settlement settlement;
    return run->account->credit > 0 ? credit_apply(run->money, run->account, slice_text(""), &settlement) : OK;
}

/* ---- the command ---------------------------------------------------------------------------------------------------------------------------------- */

static struct err read_terms(struct run *run, uint32_t grace_months) {
    struct pg_parameters *p = pg_parameters(run->money->arena);
    struct pg_rows rows;
    pg_add_int4(p, run->account->agreement_no);
    TRY(pg_run(run->money->pg, run->money->arena,
               "SELECT a.period_from, a.period_to, a.billing, a.billing_months, a.activation, a.grace_months, a.state = 'IN_FORCE', b.run_on FROM ledger.agreement a"
               " JOIN ledger.budget b USING (agreement_no) WHERE a.agreement_no = $1",
               p, &rows));
    CHECK(rows.count == 1);
    const int32_t own_grace = pg_int2(&rows, 0, 5);
    run->first_month = day_month(pg_date(&rows, 0, 0));
    run->last_month = day_month(pg_date(&rows, 0, 1));
    run->is_over = pg_date(&rows, 0, 1) < run->date;
    run->billing = pg_int2(&rows, 0, 2);
    run->billing_months = pg_int2(&rows, 0, 3);
    run->activation = pg_int2(&rows, 0, 4);
    run->grace_months = own_grace >= 0 ? own_grace : (int32_t)grace_months;
    run->in_force = pg_bool(&rows, 0, 6);
    run->result->last_run = pg_date(&rows, 0, 7);
    return OK;
}

static struct err keep_date(struct run *run) {
    struct pg_parameters *p = pg_parameters(run->money->arena);
    pg_add_int4(p, run->account->agreement_no);
    pg_add_date(p, run->date);
    return pg_run(run->money->pg, run->money->arena, "UPDATE ledger.budget SET run_on = $2 WHERE agreement_no = $1", p, NULL);
}

static struct err close_states(struct run *run) {
    return coverage_close(run->money, run->account, &(struct money_journal){.kind = "STATE"}, NULL);
}

static struct err run_all(struct run *run, uint32_t grace_months) {
    TRY(pg_script(run->money->pg, "SET LOCAL work_mem = '64MB'")); /* a whole province may lapse at once */
    TRY(read_terms(run, grace_months));
    run->result->answer = RUN_EARLIER;
    if (run->date < run->result->last_run) return OK;
    const rupiah committed = run->account->committed;
    const int64_t journal_seq = run->account->journal_seq;
    TRY(use_credit(run));
    TRY(activate(run));
    TRY(recover(run));
    TRY(lapse(run));
    TRY(cut(run));
    TRY(warn(run));
    TRY(expire(run));
    TRY(close_states(run));
    run->result->released = committed - run->account->committed;
    TRY(end_agreement(run));
    TRY(invoice(run));
    TRY(end(run));
    TRY(close_states(run));
    const bool changed = run->account->journal_seq > journal_seq || run->result->agreement_ended || run->date != run->result->last_run;
    run->result->answer = changed ? RUN_DONE : RUN_NOTHING;
    if (!changed) return OK;
    TRY(keep_date(run));
    return money_command(run->money, &(struct ledger_command){.kind = COMMAND_RUN, .agreement_id = run->account->id, .months = grace_months}, "run");
}

static struct err run_once(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, uint32_t grace_months, struct run_result *ret_result) {
    struct money money;
    *ret_result = (struct run_result){.answer = RUN_UNKNOWN};
    TRY(money_begin(pg, arena, moment, &agreement_id, 1, &money));
    struct run run = {.money = &money, .account = money_account(&money, agreement_id), .result = ret_result, .date = money.business_date, .month = day_month(money.business_date)};
    struct err err = run.account != NULL && run.account->agreement_no > 0 ? run_all(&run, grace_months) : OK;
    if (!failed(&err) && ret_result->answer == RUN_DONE) return money_commit(&money);
    money_undo(&money);
    return err;
}

/* A number of an invoice out of turn (invoice.h), or a deadlock: with the next commit sequence it fits. */
struct err command_run(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, uint32_t grace_months, struct run_result *ret_result) {
    struct err err = OK;
    int tries = 0;
    do err = run_once(pg, arena, moment, agreement_id, grace_months, ret_result);
    while (money_again(pg, moment, &tries, &err));
    return err;
}

/* ---- all of it ------------------------------------------------------------------------------------------------------------------------------------- */

static struct err promote(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, struct run_result *result) {
    struct promotion_result promotion = {.promoted = PROMOTION_PERSONS_MAX};
    while (promotion.promoted == PROMOTION_PERSONS_MAX) { /* ends: each one makes the waiting list shorter */
        TRY(command_promotion(pg, arena, moment, agreement_id, &promotion));
        result->promoted += promotion.promoted;
    }
    return OK;
}

struct err run_agreement(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, uint32_t grace_months, struct run_result *ret_result) {
    struct carry_pair pairs[CARRY_PAIRS_MAX];
    size_t pair_count = 0;
    const day_t date = moment->business_date != 0 ? moment->business_date : day_of_business(moment->moment_ms);
    TRY(command_run(pg, arena, moment, agreement_id, grace_months, ret_result));
    if (ret_result->answer == RUN_EARLIER || ret_result->answer == RUN_UNKNOWN) return OK;
    TRY(carry_due(pg, arena, agreement_id, date, pairs, &pair_count));
    for (size_t i = 0; i < pair_count; i++) {
        int64_t carried;
        TRY(command_carry(pg, arena, moment, pairs[i].from, pairs[i].into, &carried));
        ret_result->carried += carried;
        if (carried > 0 && !slice_equal(pairs[i].into, agreement_id)) TRY(promote(pg, arena, moment, pairs[i].into, ret_result));
    }
    return promote(pg, arena, moment, agreement_id, ret_result);
}

struct err run_agreements(struct pg *pg, struct arena *arena, int32_t after_no, struct slice ret_ids[RUN_AGREEMENTS_MAX], size_t *ret_count, int32_t *ret_last_no) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, after_no);
    pg_add_int4(p, RUN_AGREEMENTS_MAX);
    TRY(pg_run(pg, arena,
               "SELECT a.agreement_id, a.agreement_no FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no) WHERE a.agreement_no > $1 AND (a.state = 'IN_FORCE' OR b.waitlisted > 0"
               " OR b.reserved_heads > 0 OR EXISTS (SELECT FROM ledger.enrolment e WHERE e.agreement_no = a.agreement_no AND e.state IN (1, 2, 3))) ORDER BY a.agreement_no LIMIT $2",
               p, &rows));
    for (size_t i = 0; i < rows.count; i++) ret_ids[i] = pg_bytes(&rows, i, 0);
    *ret_count = rows.count;
    *ret_last_no = rows.count > 0 ? pg_int4(&rows, rows.count - 1, 1) : after_no;
    return OK;
}
