/* One person leaves. The command finds the agreements that hold the application, or are about to decide it, locks them, writes STATE lines and lets release.c give back what lies behind
 * them. It must never look at anything but the ledger and its arguments: a replay has to come to the same lines. */
#include "services/ledger/mutation.h"

#include "common/domain/text.h"
#include "services/ledger/coverage.h"
#include "services/ledger/outcome_sql.h"
#include "services/ledger/price_sql.h"
#include "services/ledger/release.h"

/* ---- reasons -------------------------------------------------------------------------------------------------------------------------------- */

static const struct mutation_row reason_rows[MUTATION_REASONS] = {
#define MUTATION(symbol, keeps_month, indonesian, english) {#symbol, keeps_month, indonesian, english},
#include "services/ledger/mutation.def"
#undef MUTATION
};

const struct mutation_row *mutation_row(enum mutation_reason reason) {
    CHECK(reason < MUTATION_REASONS);
    return &reason_rows[reason];
}

bool mutation_reason_parse(struct slice text, enum mutation_reason *ret_reason) {
    for (int i = 0; i < MUTATION_REASONS; i++)
        if (text_is(text, reason_rows[i].code)) {
            *ret_reason = (enum mutation_reason)i;
            return true;
        }
    return false;
}

rupiah mutation_death_benefit(const struct parameters *parameters, day_t covered_from, day_t day) {
    if (covered_from == 0 || day < covered_from) return 0;
    const bool is_new = day_distance(covered_from, day) < parameter(parameters, PARAMETER_JKM_NEW_MEMBER_DAYS);
    return parameter(parameters, is_new ? PARAMETER_JKM_NEW_MEMBER : PARAMETER_JKM_FULL);
}

/* ---- where the application stands ------------------------------------------------------------------------------------------------------------ */

/* Places given before migration 0007 do not stand in the outcome. */
#define ENROLMENTS_OF_SQL                                                                                                                             \
    "(SELECT e.* FROM ledger.outcome o JOIN ledger.enrolment e ON e.agreement_no = o.agreement_no AND e.place = o.place"                              \
    " WHERE o.application_id = $1 AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " AND o.status = 1 AND o.place > 0"                                          \
    " UNION ALL SELECT e.* FROM ledger.outcome o JOIN ledger.enrolment e ON e.agreement_no = o.agreement_no AND e.application_id = o.application_id"  \
    " AND e.attempt = o.attempt"                                                                                                                      \
    " WHERE o.application_id = $1 AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " AND o.status = 1 AND o.place = 0)"

static struct pg_parameters *application_parameter(struct arena *arena, struct id application_id) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea(p, arena_copy(arena, slice_of(application_id.bytes, ID_BYTES))); /* outlives this call's copy of the id */
    return p;
}

/* Agreements that hold it, or that its next attempt asks, to be locked: what is decided there comes before this command or knows of it. known: it was decided at least once, or waits to be. */
static struct err find_agreements(struct pg *pg, struct arena *arena, struct id application_id, struct slice ret_ids[MUTATION_AGREEMENTS_MAX], size_t *ret_count, bool *ret_known) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT a.agreement_id, t.holds FROM (SELECT u.agreement_no, bool_or(u.holds) AS holds FROM (SELECT e.agreement_no, true AS holds FROM " ENROLMENTS_OF_SQL " e"
               " UNION ALL SELECT agreement_no, true FROM ledger.waiting WHERE application_id = $1 UNION ALL SELECT agreement_no, true FROM ledger.pending WHERE application_id = $1"
               " UNION ALL SELECT o.agreement_no, false FROM ledger.outcome o WHERE o.application_id = $1 AND " FIRST_OUTCOME_ANYWHERE_SQL("o") ") u"
               " GROUP BY u.agreement_no) t JOIN ledger.agreement a ON a.agreement_no = t.agreement_no ORDER BY t.agreement_no",
               application_parameter(arena, application_id), &rows));
    *ret_known = rows.count > 0;
    *ret_count = 0;
    for (size_t i = 0; i < rows.count; i++) {
        if (!pg_bool(&rows, i, 1)) continue;
        if (*ret_count == MUTATION_AGREEMENTS_MAX) return ERR(FATAL, "an application in more than %d agreements", MUTATION_AGREEMENTS_MAX);
        ret_ids[(*ret_count)++] = pg_bytes(&rows, i, 0);
    }
    return OK;
}

/* ---- an enrolled person ------------------------------------------------------------------------------------------------------------------------ */

/* keep_to: the month of the event, or the last paid month; of who was never covered nothing that is not invoiced; not behind what is bought, not before the month before the start. The
 * receivables that stay are those up to it. */
static struct err read_enrolment(struct money *money, const struct money_account *account, struct id application_id, const struct mutation_row *reason, day_t day, bool *ret_found,
                                 bool *ret_live, bool *ret_early, struct mutation_part *part) {
    struct pg_parameters *p = application_parameter(money->arena, application_id);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    TRY(pg_run(money->pg, money->arena,
               "SELECT e.place, e.start_month, e.end_month, e.paid_to, e.state, e.state_from, e.invoiced_to, a.activation = 1 FROM " ENROLMENTS_OF_SQL " e"
               " JOIN ledger.agreement a ON a.agreement_no = e.agreement_no WHERE e.agreement_no = $2 ORDER BY e.state, e.place DESC LIMIT 1",
               p, &rows));
    *ret_found = rows.count > 0;
    *ret_live = *ret_found && pg_int2(&rows, 0, 4) <= ENROLMENT_GRACE;
    if (!*ret_live) return OK;
    const month_t start = pg_int4(&rows, 0, 1), end = pg_int4(&rows, 0, 2), paid_to = pg_int4(&rows, 0, 3), before = month_add(start, -1);
    const enum enrolment_state state = (enum enrolment_state)pg_int2(&rows, 0, 4);
    month_t keep_to = reason->keeps_month ? day_month(day) : paid_to;
    const bool never_covered = state == ENROLMENT_REGISTERED && paid_to == 0 && pg_bool(&rows, 0, 7);
    if (never_covered && keep_to > pg_int4(&rows, 0, 6)) keep_to = pg_int4(&rows, 0, 6);
    if (keep_to > end) keep_to = end;
    if (keep_to < before) keep_to = before;
    *ret_early = keep_to < end;
    *part = (struct mutation_part){.agreement_id = account->id, .place = pg_int8(&rows, 0, 0), .start_month = start, .end_month = keep_to};
    if (state == ENROLMENT_ACTIVE) part->covered_from = pg_date(&rows, 0, 5);
    else if (paid_to > 0) part->covered_from = month_first_day(start);
    return OK;
}

static struct err read_arrears(struct money *money, const struct money_account *account, struct mutation_part *part) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, part->place);
    TRY(pg_run(money->pg, money->arena, "SELECT coalesce(sum(amount), 0)::bigint FROM ledger.due WHERE agreement_no = $1 AND place = $2", p, &rows));
    part->arrears = pg_int8(&rows, 0, 0);
    return OK;
}

static struct err end_enrolment(struct money *money, struct money_account *account, struct id application_id, const struct mutation_row *reason, bool is_early, struct mutation_part *part,
                                int32_t *position) {
    const month_t behind = month_add(part->end_month, 1);
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, money_next_journal(account));
    pg_add_int4(p, *position);
    pg_add_int4(p, behind);
    pg_add_int8(p, part->place);
    pg_add_bytea(p, slice_of(application_id.bytes, ID_BYTES));
    pg_add_int2(p, ENROLMENT_ENDED);
    pg_add_date(p, month_first_day(behind));
    pg_add_text(p, slice_text(reason->code));
    pg_add_int4(p, is_early ? 0 : -1); /* else its line RELEASED gives the head back */
    TRY(pg_run(money->pg, money->arena,
               "INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, application_id, state, day, reason, heads)"
               " VALUES ($1, $2, $3, $4, 13, $5, $6, $7, $8, $9, $10)",
               p, NULL));
    (*position)++;
    TRY(release_ended(money, account, ENROLMENT_ENDED, 0, 1, is_early, position));
    return read_arrears(money, account, part);
}

/* What the journal took back of invoices. */
static struct err read_credits(struct money *money, const struct money_account *account, int64_t journal_seq, struct mutation_part *part) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, journal_seq);
    TRY(pg_run(money->pg, money->arena,
               "SELECT coalesce(sum(amount) FILTER (WHERE kind = 3), 0)::bigint, coalesce(sum(amount) FILTER (WHERE kind = 4), 0)::bigint FROM ledger.line"
               " WHERE agreement_no = $1 AND journal_seq = $2",
               p, &rows));
    part->credited = pg_int8(&rows, 0, 0);
    part->refunded = pg_int8(&rows, 0, 1);
    return OK;
}

/* ---- a person who waits -------------------------------------------------------------------------------------------------------------------------- */

static struct err leave_waiting(struct money *money, struct money_account *account, struct id application_id, const struct mutation_row *reason, day_t day, bool *ret_waited,
                                struct mutation_part *part, int32_t *position) {
    struct pg_parameters *line = application_parameter(money->arena, application_id);
    struct pg_rows rows;
    pg_add_int4(line, account->agreement_no);
    pg_add_int8(line, money_next_journal(account));
    pg_add_int4(line, *position);
    pg_add_date(line, day);
    pg_add_text(line, slice_text(reason->code));
    TRY(pg_run(money->pg, money->arena,
               "WITH w AS (DELETE FROM ledger.waiting WHERE application_id = $1 AND agreement_no = $2 RETURNING *)"
               " INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, application_id, reserved, waiting, reserved_heads, day, reason)"
               " SELECT $2, $3, $4, " DAY_MONTH_SQL("$5::date") ", CASE WHEN w.state = 1 THEN 16 ELSE 15 END, $1, -w.reserved, CASE WHEN w.state = 1 THEN -1 ELSE 0 END,"
               " CASE WHEN w.state = 1 THEN 0 ELSE -1 END, $5, $6 FROM w RETURNING kind, -reserved",
               line, &rows));
    *ret_waited = rows.count > 0;
    if (!*ret_waited) return OK;
    (*position)++;
    *part = (struct mutation_part){.agreement_id = account->id, .had_reservation = pg_int2(&rows, 0, 0) == LINE_UNRESERVED, .released = pg_int8(&rows, 0, 1)};
    return OK;
}

/* ---- the command --------------------------------------------------------------------------------------------------------------------------------- */

struct leaving {
    struct id application_id;
    const struct mutation_row *reason;
    day_t day;
    bool any_found; /* enrolled at some time */
};

static struct err leave_agreement(struct money *money, struct money_account *account, struct leaving *leaving, struct mutation_result *result) {
    struct mutation_part part = {0}, waiting = {0};
    struct ledger_sums sums = {0};
    bool found, live, early = false, waited = false;
    int32_t position = 0;
    const rupiah committed = account->committed;
    TRY(read_enrolment(money, account, leaving->application_id, leaving->reason, leaving->day, &found, &live, &early, &part));
    leaving->any_found |= found;
    if (live) TRY(end_enrolment(money, account, leaving->application_id, leaving->reason, early, &part, &position));
    TRY(leave_waiting(money, account, leaving->application_id, leaving->reason, leaving->day, &waited, &waiting, &position));
    if (position == 0) return OK;
    TRY(coverage_close(money, account, &(struct money_journal){.kind = "MUTATION", .reason = slice_text(leaving->reason->code)}, &sums));
    CHECK(result->part_count + live + waited <= MUTATION_AGREEMENTS_MAX);
    if (live) {
        TRY(read_credits(money, account, account->journal_seq, &part));
        part.released = committed - account->committed;
        result->parts[result->part_count++] = part;
    }
    if (waited) result->parts[result->part_count++] = waiting;
    return OK;
}

/* No attempt of it is accepted any more, be it in the topics already: the posting path looks here. Also when the cover ended with the period, since it may be asked again for the next one. */
static struct err depart(struct money *money, const struct leaving *leaving, int64_t *ret_called_back, bool *ret_is_new) {
    struct pg_parameters *row = application_parameter(money->arena, leaving->application_id);
    pg_add_text(row, slice_text(leaving->reason->code));
    pg_add_date(row, leaving->day);
    pg_add_int8(row, money->commit_sequence);
    struct pg_step steps[] = {
        {.sql = "DELETE FROM ledger.pending WHERE application_id = $1", .parameters = application_parameter(money->arena, leaving->application_id)},
        {.sql = "INSERT INTO ledger.departed (application_id, reason, day, commit_sequence) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", .parameters = row},
    };
    TRY(pg_run_all(money->pg, money->arena, steps, sizeof steps / sizeof *steps));
    *ret_called_back = steps[0].rows.affected;
    *ret_is_new = steps[1].rows.affected > 0;
    return OK;
}

static struct err leave_all(struct money *money, struct leaving *leaving, struct mutation_result *result) {
    int64_t called_back = 0;
    bool is_new = false;
    for (size_t i = 0; i < money->account_count; i++) TRY(leave_agreement(money, &money->accounts[i], leaving, result));
    TRY(depart(money, leaving, &called_back, &is_new));
    if (result->part_count == 0 && called_back == 0 && !(leaving->any_found && is_new)) return OK;
    result->answer = MUTATION_DONE;
    const struct slice agreement_id = result->part_count > 0 ? result->parts[0].agreement_id : money->accounts[0].id;
    const struct ledger_command command = {.kind = COMMAND_MUTATION, .agreement_id = agreement_id, .application_id = leaving->application_id, .attempt = 1,
                                           .reason = slice_text(leaving->reason->code), .day = leaving->day};
    return money_command(money, &command, "mutation");
}

/* Between the search and the locks somebody may have decided or promoted it. */
static struct err locked_all(struct money *money, struct id application_id) {
    struct slice ids[MUTATION_AGREEMENTS_MAX];
    size_t count = 0;
    bool known;
    TRY(find_agreements(money->pg, money->arena, application_id, ids, &count, &known));
    for (size_t i = 0; i < count; i++)
        if (money_account(money, ids[i]) == NULL) return ERR(AGAIN, "an application came into another agreement meanwhile");
    return OK;
}

static struct err mutate_once(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct leaving *leaving, struct mutation_result *ret_result) {
    struct slice ids[MUTATION_AGREEMENTS_MAX];
    size_t count = 0;
    bool known = false;
    leaving->any_found = false;
    TRY(find_agreements(pg, arena, leaving->application_id, ids, &count, &known));
    *ret_result = (struct mutation_result){.answer = known ? MUTATION_NOT_ENROLLED : MUTATION_UNKNOWN};
    if (count == 0) return OK;
    struct money money;
    TRY(money_begin(pg, arena, moment, ids, count, &money));
    if (leaving->day > money.business_date) {
        money_undo(&money);
        ret_result->answer = MUTATION_IN_FUTURE;
        return OK;
    }
    struct err err = locked_all(&money, leaving->application_id);
    if (!failed(&err)) err = leave_all(&money, leaving, ret_result);
    if (!failed(&err) && ret_result->answer == MUTATION_DONE) return money_commit(&money);
    money_undo(&money);
    if (leaving->any_found) ret_result->answer = MUTATION_ENDED_ALREADY;
    return err;
}

struct err command_mutation(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct id application_id, enum mutation_reason reason, day_t day,
                            struct mutation_result *ret_result) {
    CHECK(day_is_valid(day) && !id_is_zero(application_id));
    struct leaving leaving = {.application_id = application_id, .reason = mutation_row(reason), .day = day};
    struct err err = OK;
    int tries = 0;
    do err = mutate_once(pg, arena, moment, &leaving, ret_result);
    while (money_again(pg, moment, &tries, &err));
    return err;
}
