/* What stood in a journal, with the opposite sign, as new lines. The working tables go back to what they would be without it. It must never touch the journal that it reverses. */
#include "services/ledger/reversal.h"

#include "services/ledger/cash.h"
#include "services/ledger/coverage.h"
#include "services/ledger/sql_month.h"
#include "services/ledger/suspense.h"

enum money_after { MONEY_STAYS, MONEY_RETURNS, MONEY_MOVES };
static const struct { const char *symbol, *sentence; enum money_after money; } reasons[] = {
#define REASON(symbol_, money_, sentence_) {#symbol_, sentence_, MONEY_##money_},
#include "services/ledger/reversal.def"
#undef REASON
};
enum { REASON_COUNT = sizeof reasons / sizeof *reasons };

bool reversal_reason_is_known(struct slice reason) {
    for (size_t i = 0; i < REASON_COUNT; i++)
        if (slice_is(reason, reasons[i].symbol)) return true;
    return false;
}

static enum money_after money_after(struct slice reason) {
    for (size_t i = 0; i < REASON_COUNT; i++)
        if (slice_is(reason, reasons[i].symbol)) return reasons[i].money;
    return MONEY_STAYS;
}

const char *reversal_reason_sentence(size_t index, const char **ret_symbol) {
    if (index >= REASON_COUNT) return NULL;
    *ret_symbol = reasons[index].symbol;
    return reasons[index].sentence;
}

struct reversed {
    int64_t seq;
    struct slice kind, reference, reason;
};

static struct pg_parameters *parameters_of(struct money *money, const struct money_account *account, const struct reversed *reversed) {
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, money_next_journal(account));
    pg_add_int8(p, reversed->seq);
    pg_add_date(p, money->business_date);
    pg_add_text(p, reversed->reason);
    return p;
}

/* ---- payments and used credit ------------------------------------------------------------------------------------------------------------------------ */

/* $1 agreement, $2 this journal, $3 the reversed one, $4 day, $5 reason, $6 whether money leaves. Money lines first, then months, then people. A month that was credited or refunded since is not
 * open again. */
static const char unsettle_sql[] =
    "WITH original AS MATERIALIZED (SELECT l.* FROM ledger.line l WHERE l.agreement_no = $1 AND l.journal_seq = $3),"
    " money AS MATERIALIZED (SELECT o.*, row_number() OVER (ORDER BY o.position) - 1 AS number FROM original o WHERE o.kind IN (6, 11) AND $6),"
    " month AS MATERIALIZED (SELECT o.*, row_number() OVER (ORDER BY o.position) - 1 AS number FROM original o WHERE o.kind = 2 AND NOT EXISTS (SELECT FROM ledger.line t"
    " WHERE t.agreement_no = $1 AND t.month = o.month AND t.place = o.place AND t.kind IN (3, 4) AND t.invoice_no = o.invoice_no)),"
    " opened AS (INSERT INTO ledger.due (agreement_no, invoice_no, place, month, amount) SELECT $1, invoice_no, place, month, amount FROM month),"
    " first_open AS (SELECT place, min(month) AS month FROM (SELECT place, month FROM month UNION ALL SELECT d.place, d.month FROM ledger.due d WHERE d.agreement_no = $1"
    " AND d.place IN (SELECT place FROM month)) b GROUP BY place),"
    " person AS MATERIALIZED (SELECT e.place, e.state, CASE WHEN f.month <= e.start_month THEN 0 ELSE least(e.paid_to, " MONTH_ADD_SQL("f.month", "-1") ") END AS paid_to"
    " FROM first_open f JOIN ledger.enrolment e ON e.agreement_no = $1 AND e.place = f.place),"
    " registered AS MATERIALIZED (SELECT p.place, row_number() OVER (ORDER BY p.place) - 1 AS number FROM person p JOIN ledger.agreement a ON a.agreement_no = $1 AND a.activation = 1"
    " WHERE p.paid_to = 0 AND p.state IN (2, 3)),"
    " moved AS (UPDATE ledger.enrolment e SET paid_to = p.paid_to, state = CASE WHEN r.place IS NULL THEN e.state ELSE 1 END, state_from = CASE WHEN r.place IS NULL THEN e.state_from"
    " ELSE $4::date END, reason = CASE WHEN r.place IS NULL THEN e.reason ELSE '' END FROM person p LEFT JOIN registered r ON r.place = p.place WHERE e.agreement_no = $1 AND e.place = p.place),"
    " written AS (INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, jkk, jkm, jht, jp, package, amount, state, day, reason, detail, invoice_no)"
    " SELECT $1, $2, m.number, " DAY_MONTH_SQL("$4::date") ", 7, 0, 0, 0, 0, 0, 0, m.amount, 0, $4::date, $5, m.detail, 0 FROM money m"
    " UNION ALL SELECT $1, $2, (SELECT count(*) FROM money) + m.number, m.month, 5, m.place, m.jkk, m.jkm, m.jht, m.jp, m.package, m.amount, 0, $4::date, $5, '', m.invoice_no FROM month m"
    " UNION ALL SELECT $1, $2, (SELECT count(*) FROM money) + (SELECT count(*) FROM month) + r.number, " DAY_MONTH_SQL("$4::date") ", 13, r.place, 0, 0, 0, 0, 0, 0, 1, $4::date, $5, '', 0"
    " FROM registered r)"
    " SELECT (SELECT count(*) FROM month), (SELECT coalesce(sum(amount), 0)::bigint FROM month), (SELECT count(*) FROM registered), (SELECT coalesce(sum(amount), 0)::bigint FROM money)";
_Static_assert(LINE_SETTLED == 2 && LINE_CREDITED == 3 && LINE_REFUNDED == 4 && LINE_UNSETTLED == 5 && LINE_RECEIVED == 6 && LINE_RETURNED == 7 && LINE_MOVED_IN == 11 && LINE_STATE == 13,
               "the statement names them by number");

static struct err unsettle(struct money *money, const struct money_account *account, const struct reversed *reversed, struct reversal_result *result) {
    struct pg_rows rows;
    struct pg_parameters *p = parameters_of(money, account, reversed);
    pg_add_bool(p, money_after(reversed->reason) != MONEY_STAYS);
    TRY(pg_run(money->pg, money->arena, unsettle_sql, p, &rows));
    result->months = pg_int8(&rows, 0, 0);
    result->amount = pg_int8(&rows, 0, 1);
    result->registered = pg_int8(&rows, 0, 2);
    result->returned = pg_int8(&rows, 0, 3);
    if (result->months == 0 && result->returned == 0)
        return refuse(&result->refusal, "NOTHING_SETTLED", "Money that goes back to its bank needs BANK_RETURN or DOUBLE_PAYMENT, money of another payer WRONG_PAYER.",
                      "the journal settled nothing that could be open again, and with this reason its money stays");
    if (result->returned <= account->credit + result->amount) return OK;
    char missing[32];
    rupiah_format(result->returned - account->credit - result->amount, missing);
    return refuse(&result->refusal, "CREDIT_USED", "Reverse first the later journal that used it (kind CREDIT or PAYMENT), or book a new payment of the payer.",
                  "%s of this payment was kept as credit and has been used since", missing);
}

/* What came from the work list goes back to its row there; any other payment gets one. */
static const char reopen_sql[] =
    "WITH reopened AS (UPDATE ledger.suspense SET state = 'OPEN', problem = $4, booked = true, journal_seq = $3, agreement_no = 0, assigned_seq = 0, resolved_by = NULL, resolved_at = NULL,"
    " note = '' WHERE agreement_no = $1 AND assigned_seq = $2 RETURNING suspense_no),"
    " added AS (INSERT INTO ledger.suspense (suspense_no, source, external_id, problem, amount, booked, reference, raw, content_sha256, received_on, bank, journal_seq, parked_at)"
    " SELECT coalesce((SELECT max(suspense_no) FROM ledger.suspense), 0) + 1, p.source, p.external_id, $4, p.amount, true, p.reference, '', p.content_sha256, p.received_on, p.bank, $3, $5"
    " FROM ledger.payment p WHERE p.agreement_no = $1 AND p.journal_seq = $2 AND NOT EXISTS (SELECT FROM reopened) RETURNING suspense_no)"
    " SELECT suspense_no FROM reopened UNION ALL SELECT suspense_no FROM added";

/* The other half of RETURNED: the same money of the same bank, in the chain of nobody. */
static struct err move_to_suspense(struct money *money, const struct money_account *account, const struct reversed *reversed, struct reversal_result *result) {
    struct money_account *none = money_account(money, slice_text(SUSPENSE_AGREEMENT));
    struct pg_parameters *p = pg_parameters(money->arena), *row = pg_parameters(money->arena);
    struct pg_rows rows;
    CHECK(none != NULL);
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, reversed->seq);
    TRY(pg_run(money->pg, money->arena, "SELECT amount, day, detail FROM ledger.line WHERE agreement_no = $1 AND journal_seq = $2 AND kind IN (6, 11)", p, &rows));
    if (rows.count != 1) return ERR(FATAL, "journal %lld of agreement %d has %zu lines of money instead of one", (long long)reversed->seq, account->agreement_no, rows.count);
    const struct cash_line line = {.kind = LINE_SUSPENDED, .amount = pg_int8(&rows, 0, 0), .day = pg_date(&rows, 0, 1), .bank = pg_bytes(&rows, 0, 2), .reason = "WRONG_PAYER"};
    TRY(cash_write(money, none, &line));
    TRY(money_close(money, none, &(struct money_journal){.kind = "SUSPENSE", .reference = reversed->reference, .reason = reversed->reason}, NULL));
    pg_add_int4(row, account->agreement_no);
    pg_add_int8(row, reversed->seq);
    pg_add_int8(row, none->journal_seq);
    pg_add_text(row, reversed->reason);
    pg_add_timestamp_ms(row, money->moment_ms);
    TRY(pg_run(money->pg, money->arena, reopen_sql, row, &rows));
    if (rows.count != 1) return ERR(FATAL, "journal %lld of agreement %d is no payment that is known", (long long)reversed->seq, account->agreement_no);
    result->suspense_no = pg_int4(&rows, 0, 0);
    return OK;
}

/* ---- invoices ------------------------------------------------------------------------------------------------------------------------------------------ */

static struct err may_take_back(struct money *money, const struct money_account *account, const struct reversed *reversed, struct refusal *refusal) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, reversed->seq);
    TRY(pg_run(money->pg, money->arena,
               "WITH original AS MATERIALIZED (SELECT month, place, invoice_no FROM ledger.line WHERE agreement_no = $1 AND journal_seq = $2 AND kind = 1)"
               " SELECT (SELECT count(*) FROM original o WHERE NOT EXISTS (SELECT FROM ledger.due d WHERE d.agreement_no = $1 AND d.invoice_no = o.invoice_no AND d.place = o.place"
               " AND d.month = o.month) AND NOT EXISTS (SELECT FROM ledger.line t WHERE t.agreement_no = $1 AND t.month = o.month AND t.place = o.place AND t.kind IN (3, 4)"
               " AND t.invoice_no = o.invoice_no)),"
               " (SELECT min(j.reference) FROM ledger.journal j WHERE j.agreement_no = $1 AND j.kind = 'INVOICE' AND j.seq > $2 AND NOT EXISTS (SELECT FROM ledger.journal r"
               " WHERE r.agreement_no = $1 AND r.reverses = j.seq AND r.reverses > 0) AND EXISTS (SELECT FROM ledger.line l WHERE l.agreement_no = $1 AND l.journal_seq = j.seq"
               " AND l.kind = 1 AND l.place IN (SELECT place FROM original) AND NOT EXISTS (SELECT FROM ledger.line t WHERE t.agreement_no = $1 AND t.month = l.month AND t.place = l.place"
               " AND t.kind IN (3, 4) AND t.invoice_no = l.invoice_no)))",
               p, &rows));
    const int64_t paid = pg_int8(&rows, 0, 0);
    if (paid > 0)
        return refuse(refusal, "INVOICE_PAID", "Reverse first the payments and credits that settled it (payung ledger reverse of their journals).",
                      "%lld months of persons of this invoice are paid", (long long)paid);
    if (!pg_is_null(&rows, 0, 1))
        return refuse(refusal, "LATER_INVOICE", "Reverse the later invoice first.", "a later invoice names the same people: %.*s", SLICE_ARGS(pg_bytes(&rows, 0, 1)));
    return OK;
}

/* Parameters as above. What was credited since is left out. */
static const char credit_sql[] =
    "WITH open AS MATERIALIZED (SELECT l.*, row_number() OVER (ORDER BY l.position) - 1 AS number FROM ledger.line l JOIN ledger.due d ON d.agreement_no = $1"
    " AND d.invoice_no = l.invoice_no AND d.place = l.place AND d.month = l.month WHERE l.agreement_no = $1 AND l.journal_seq = $3 AND l.kind = 1),"
    " gone AS (DELETE FROM ledger.due d USING open o WHERE d.agreement_no = $1 AND d.invoice_no = o.invoice_no AND d.place = o.place AND d.month = o.month),"
    " back AS (SELECT e.place, CASE WHEN o.month <= e.start_month THEN 0 ELSE " MONTH_ADD_SQL("o.month", "-1") " END AS invoiced_to FROM (SELECT place, min(month) AS month FROM open GROUP BY place) o"
    " JOIN ledger.enrolment e ON e.agreement_no = $1 AND e.place = o.place),"
    " moved AS (UPDATE ledger.enrolment e SET invoiced_to = b.invoiced_to, paid_to = least(e.paid_to, b.invoiced_to) FROM back b WHERE e.agreement_no = $1 AND e.place = b.place),"
    " written AS (INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, place, jkk, jkm, jht, jp, package, reduction, relief, amount, day, reason, invoice_no)"
    " SELECT $1, $2, number, month, 3, place, jkk, jkm, jht, jp, package, reduction, relief, amount, $4::date, $5, invoice_no FROM open)"
    " SELECT count(*), coalesce(sum(amount), 0)::bigint FROM open";

static struct err credit(struct money *money, const struct money_account *account, const struct reversed *reversed, struct reversal_result *result) {
    TRY(may_take_back(money, account, reversed, &result->refusal));
    if (result->refusal.code != NULL) return OK;
    struct pg_rows rows;
    TRY(pg_run(money->pg, money->arena, credit_sql, parameters_of(money, account, reversed), &rows));
    result->months = pg_int8(&rows, 0, 0);
    result->amount = pg_int8(&rows, 0, 1);
    if (result->months > 0) return OK;
    return refuse(&result->refusal, "NOTHING_OPEN", "Nothing needs to be done.", "all months of this invoice were credited already");
}

/* ---- the command ----------------------------------------------------------------------------------------------------------------------------------------- */

static struct err find_journal(struct money *money, const struct money_account *account, int64_t seq, struct reversed *ret_reversed, struct refusal *refusal) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, seq);
    TRY(pg_run(money->pg, money->arena,
               "SELECT j.kind, j.reference, coalesce((SELECT min(r.seq) FROM ledger.journal r WHERE r.agreement_no = $1 AND r.reverses = $2 AND r.reverses > 0), 0) FROM ledger.journal j"
               " WHERE j.agreement_no = $1 AND j.seq = $2",
               p, &rows));
    if (rows.count == 0) return refuse(refusal, "UNKNOWN_JOURNAL", "Payments and invoices tell their journal (payung payment list, payung invoice list).", "the agreement has no such journal");
    const int64_t by = pg_int8(&rows, 0, 2);
    if (by > 0) return refuse(refusal, "REVERSED_ALREADY", "Nothing needs to be done.", "journal %lld was reversed already, by journal %lld", (long long)seq, (long long)by);
    ret_reversed->kind = pg_bytes(&rows, 0, 0);
    ret_reversed->reference = pg_bytes(&rows, 0, 1);
    ret_reversed->seq = seq;
    return OK;
}

static struct err reverse_in(struct money *money, struct slice agreement_id, int64_t seq, struct slice reason, struct reversal_result *result) {
    struct money_account *account = money_account(money, agreement_id);
    struct reversed reversed = {.reason = reason};
    if (account == NULL) return refuse(&result->refusal, "UNKNOWN_AGREEMENT", "See payung agreement list.", "there is no such agreement");
    TRY(find_journal(money, account, seq, &reversed, &result->refusal));
    if (result->refusal.code != NULL) return OK;
    const bool moves = money_after(reason) == MONEY_MOVES;
    if (moves && !slice_is(reversed.kind, "PAYMENT"))
        return refuse(&result->refusal, "NO_MONEY_TO_MOVE", "Choose another reason (payung ledger reverse --help).", "a journal of kind %.*s has no money of a payer", SLICE_ARGS(reversed.kind));
    if (account->agreement_no > 0 && (slice_is(reversed.kind, "PAYMENT") || slice_is(reversed.kind, "CREDIT"))) TRY(unsettle(money, account, &reversed, result));
    else if (account->agreement_no > 0 && slice_is(reversed.kind, "INVOICE")) TRY(credit(money, account, &reversed, result));
    else
        return refuse(&result->refusal, "NOT_REVERSIBLE", "Money of nobody is returned by payung payment suspense return; persons leave by a mutation; an agreement is amended.",
                      "a journal of kind %.*s is not taken back by a reversal", SLICE_ARGS(reversed.kind));
    if (result->refusal.code != NULL) return OK;
    TRY(coverage_close(money, account, &(struct money_journal){.kind = "REVERSAL", .reference = reversed.reference, .reason = reason, .reverses = seq}, NULL));
    result->journal_seq = account->journal_seq;
    if (moves) TRY(move_to_suspense(money, account, &reversed, result));
    const struct ledger_command command = {.kind = COMMAND_REVERSAL, .agreement_id = account->id, .reason = reason, .number = seq};
    return money_command(money, &command, "ledger reverse");
}

struct err command_reversal(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, int64_t journal_seq, struct slice reason,
                            struct reversal_result *ret_result) {
    struct money money;
    *ret_result = (struct reversal_result){0};
    if (!reversal_reason_is_known(reason)) return refuse(&ret_result->refusal, "UNKNOWN_REASON", "payung ledger reverse --help lists them.", "there is no such reason code");
    const struct slice ids[] = {agreement_id, slice_text(SUSPENSE_AGREEMENT)};
    TRY(money_begin(pg, arena, moment, ids, money_after(reason) == MONEY_MOVES ? 2 : 1, &money));
    return money_finish(&money, reverse_in(&money, agreement_id, journal_seq, reason, ret_result), &ret_result->refusal);
}

/* ---- close of a period ------------------------------------------------------------------------------------------------------------------------------------- */

static struct err close_in(struct money *money, struct slice agreement_id, day_t to, struct close_result *result) {
    struct money_account *account = money_account(money, agreement_id);
    if (account == NULL) return refuse(&result->refusal, "UNKNOWN_AGREEMENT", "See payung agreement list.", "there is no such agreement");
    struct pg_parameters *p = pg_parameters(money->arena), *day = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, account->agreement_no);
    TRY(pg_run(money->pg, money->arena, "SELECT closed_to FROM ledger.budget WHERE agreement_no = $1", p, &rows));
    result->before = pg_date(&rows, 0, 0);
    char text[11], until[11];
    day_format(to, text);
    day_format(result->before != 0 ? result->before : to, until);
    if (result->before >= to) return refuse(&result->refusal, "CLOSED_ALREADY", "Nothing needs to be done.", "the agreement is closed up to %s already", until);
    if (to >= money->business_date) return refuse(&result->refusal, "DAY_NOT_OVER", "Close up to yesterday at the latest.", "%s is not over at the business date", text);
    TRY(money_close(money, account, &(struct money_journal){.kind = "CLOSE", .reference = arena_copy(money->arena, slice_text(text)), .always = true}, NULL));
    result->journal_seq = account->journal_seq;
    pg_add_int4(day, account->agreement_no);
    pg_add_date(day, to);
    TRY(pg_run(money->pg, money->arena, "UPDATE ledger.budget SET closed_to = $2 WHERE agreement_no = $1", day, NULL));
    const struct ledger_command command = {.kind = COMMAND_CLOSE, .agreement_id = account->id, .day = to};
    return money_command(money, &command, "ledger close");
}

struct err command_close(struct pg *pg, struct arena *arena, const struct money_moment *moment, struct slice agreement_id, day_t to, struct close_result *ret_result) {
    CHECK(day_is_valid(to));
    struct money money;
    *ret_result = (struct close_result){0};
    TRY(money_begin(pg, arena, moment, &agreement_id, 1, &money));
    return money_finish(&money, close_in(&money, agreement_id, to, ret_result), &ret_result->refusal);
}
