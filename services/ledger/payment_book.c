/* What came, judged in order: seen before, no payment, nobody's, somebody's. It must never book a record that it can't name, and never drop one. */
#include "services/ledger/payment_book.h"

#include "common/domain/text.h"
#include "services/ledger/billing.h"
#include "services/ledger/cash.h"
#include "services/ledger/coverage.h"
#include "services/ledger/suspense.h"

enum { TRIES_MAX = 5 };

const char *payment_outcome_name(enum payment_outcome outcome) {
    switch (outcome) {
    case PAYMENT_OUTCOME_BOOKED: return "BOOKED";
    case PAYMENT_OUTCOME_SUSPENDED: return "SUSPENDED";
    case PAYMENT_OUTCOME_PARKED: return "PARKED";
    case PAYMENT_OUTCOME_REPEATED: return "REPEATED";
    case PAYMENT_OUTCOME_NONE: break;
    }
    return "?";
}

/* ---- what is wrong with it, by itself -------------------------------------------------------------------------------------------------------------- */

/* Bytes of a statement may be in any encoding; the database takes UTF-8 only. What can't be read becomes '?': the digest of the content still tells them apart. */
static struct slice readable(struct arena *arena, struct slice text) {
    if (text.size == 0) return slice_text("");
    const bool is_utf8 = text_is_utf8(text);
    if (is_utf8 && memchr(text.bytes, 0, text.size) == NULL) return text;
    uint8_t *bytes = arena_take(arena, text.size);
    for (size_t i = 0; i < text.size; i++) bytes[i] = text.bytes[i] == 0 || (!is_utf8 && text.bytes[i] >= 0x80) ? '?' : text.bytes[i];
    return slice_of(bytes, text.size);
}

static struct payment_received readable_payment(struct arena *arena, const struct payment_received *payment) {
    struct payment_received copy = *payment;
    struct slice *const texts[] = {&copy.source, &copy.external_id, &copy.reference, &copy.bank, &copy.currency, &copy.problem, &copy.raw};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) *texts[i] = readable(arena, *texts[i]);
    return copy;
}

/* REFUSED says only that it could not be booked: what else is wrong with it is told first, so that a refused one is known to be a payment. */
static struct slice problem_of(const struct payment_received *payment) {
    if (payment->problem.size > 0 && !slice_is(payment->problem, "REFUSED")) return payment->problem;
    if (!payment->amount_is_readable) return slice_text("AMOUNT_RANGE");
    if (payment->amount <= 0) return slice_text("AMOUNT_NEGATIVE");
    if (payment->amount > RUPIAH_INPUT_MAX) return slice_text("AMOUNT_RANGE");
    if (!slice_is(payment->currency, "IDR")) return slice_text("CURRENCY_UNKNOWN");
    if (!day_is_valid(payment->received_on)) return slice_text("DATE_INVALID");
    return payment->problem;
}

/* ---- what the books know of it ---------------------------------------------------------------------------------------------------------------------- */

struct target {
    struct slice agreement_id; /* empty: nobody known */
    int32_t invoice_no;        /* 0: none */
};

static struct err find_target(struct pg *pg, struct arena *arena, struct slice reference, struct target *ret_target) {
    char known[INVOICE_NUMBER_MAX];
    *ret_target = (struct target){.agreement_id = slice_text("")};
    if (!reference_read(reference, known)) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, slice_text(known));
    TRY(pg_run(pg, arena,
               "SELECT a.agreement_id, i.invoice_no FROM ledger.invoice i JOIN ledger.agreement a USING (agreement_no) WHERE i.invoice_id = $1 OR i.billing_code = $1", p, &rows));
    if (rows.count == 1) *ret_target = (struct target){.agreement_id = pg_bytes(&rows, 0, 0), .invoice_no = pg_int4(&rows, 0, 1)};
    return OK;
}

struct seen {
    bool same, other; /* content under this number */
    struct slice problem;
};

static struct err look_back(struct money *money, const struct payment_received *payment, struct seen *ret_seen) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_text(p, payment->source);
    pg_add_text(p, payment->external_id);
    pg_add_bytea(p, slice_of(payment->content_sha256, sizeof payment->content_sha256));
    TRY(pg_run(money->pg, money->arena,
               "SELECT content_sha256 = $3, '' FROM ledger.payment WHERE source = $1 AND external_id = $2"
               " UNION ALL SELECT true, problem FROM ledger.suspense WHERE source = $1 AND external_id = $2 AND content_sha256 = $3",
               p, &rows));
    *ret_seen = (struct seen){.problem = slice_text("")};
    for (size_t i = 0; i < rows.count; i++) {
        const bool same = pg_bool(&rows, i, 0);
        ret_seen->same |= same;
        ret_seen->other |= !same;
        if (same && pg_bytes(&rows, i, 1).size > 0) ret_seen->problem = pg_bytes(&rows, i, 1);
    }
    return OK;
}

/* ---- booking ------------------------------------------------------------------------------------------------------------------------------------------- */

static struct err keep_payment(struct money *money, const struct payment_received *payment, const struct money_account *account, rupiah settled) {
    struct pg_parameters *p = pg_parameters(money->arena);
    const bool booked = account->agreement_no > 0;
    pg_add_text(p, payment->source);
    pg_add_text(p, payment->external_id);
    pg_add_bytea(p, slice_of(payment->content_sha256, sizeof payment->content_sha256));
    pg_add_int8(p, payment->amount);
    pg_add_date(p, payment->received_on);
    pg_add_text(p, cash_bank(payment->bank));
    pg_add_text(p, payment->reference);
    pg_add_text(p, slice_text(booked ? "BOOKED" : "SUSPENDED"));
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, account->journal_seq);
    pg_add_int8(p, settled);
    pg_add_int8(p, booked ? payment->amount - settled : 0);
    pg_add_int8(p, money->commit_sequence);
    return pg_run(money->pg, money->arena,
                  "INSERT INTO ledger.payment (source, external_id, content_sha256, amount, received_on, bank, reference, state, agreement_no, journal_seq, settled, credited, commit_sequence)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
                  p, NULL);
}

static struct err archive(struct money *money, const struct payment_received *payment, const struct payment_result *result, const char *audit) {
    const struct ledger_command command = {.kind = COMMAND_PAYMENT, .agreement_id = result->agreement_id.size > 0 ? result->agreement_id : slice_text(SUSPENSE_AGREEMENT),
                                           .application_id = payment->payment_id, .reason = result->problem, .source = payment->source, .external_id = payment->external_id};
    return money_command(money, &command, audit);
}

static struct err book(struct money *money, struct money_account *account, int32_t invoice_no, const struct payment_received *payment, struct payment_result *result) {
    rupiah available;
    if (!rupiah_add(account->credit, payment->amount, &available)) return ERR(FATAL, "the credit of agreement %d leaves all bounds", account->agreement_no);
    const struct cash_line line = {.kind = LINE_RECEIVED, .amount = payment->amount, .day = payment->received_on, .bank = cash_bank(payment->bank), .reason = ""};
    result->outcome = PAYMENT_OUTCOME_BOOKED;
    result->agreement_id = account->id;
    TRY(cash_write(money, account, &line));
    TRY(settle(money, account, invoice_no, available, payment->received_on, 1, &result->settlement));
    TRY(coverage_close(money, account, &(struct money_journal){.kind = "PAYMENT", .reference = payment->external_id}, NULL));
    result->journal_seq = account->journal_seq;
    TRY(keep_payment(money, payment, account, result->settlement.amount));
    return archive(money, payment, result, "payment booked");
}

static struct err suspend(struct money *money, struct money_account *none, const struct payment_received *payment, struct payment_result *result) {
    const struct cash_line line = {.kind = LINE_SUSPENDED, .amount = payment->amount, .day = payment->received_on, .bank = cash_bank(payment->bank), .reason = ""};
    result->outcome = PAYMENT_OUTCOME_SUSPENDED;
    result->problem = slice_text("UNKNOWN_INVOICE");
    TRY(cash_write(money, none, &line));
    TRY(money_close(money, none, &(struct money_journal){.kind = "SUSPENSE", .reference = payment->external_id}, NULL));
    result->journal_seq = none->journal_seq;
    TRY(suspense_park(money, payment, result->problem, true, none->journal_seq, &result->suspense_no));
    TRY(keep_payment(money, payment, none, 0));
    return archive(money, payment, result, "payment suspended");
}

static struct err park(struct money *money, const struct payment_received *payment, struct slice problem, struct payment_result *result) {
    result->outcome = PAYMENT_OUTCOME_PARKED;
    result->problem = problem;
    TRY(suspense_park(money, payment, problem, false, 0, &result->suspense_no));
    return archive(money, payment, result, "payment parked");
}

static struct err take_step(struct pg *pg, struct arena *arena, const struct payment_step *step) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, step->partition);
    pg_add_int4(p, (int32_t)step->seen_epoch);
    pg_add_int8(p, step->seen_next);
    pg_add_int4(p, (int32_t)step->epoch);
    pg_add_int8(p, step->first_origin);
    pg_add_int8(p, step->next);
    TRY(pg_run(pg, arena,
               "UPDATE ledger.reader SET epoch = $4, first_origin = $5, next = $6 WHERE topic = 'PAYMENT' AND partition = $1 AND epoch = $2 AND next = $3", p, &rows));
    return rows.affected == 1 ? OK : ERR(FENCED, "another instance books the payments of partition %d", step->partition);
}

/* *ret_wants_none: only under the lock of the payer was seen that this belongs to the work list, whose lock comes before it: nothing was done. */
static struct err book_in(struct money *money, const struct payment_received *payment, const struct target *target, const struct payment_step *step, struct payment_result *result,
                          bool *ret_wants_none) {
    struct money_account *none = money_account(money, slice_text(SUSPENSE_AGREEMENT));
    struct seen seen;
    if (step != NULL) TRY(take_step(money->pg, money->arena, step));
    TRY(look_back(money, payment, &seen));
    if (seen.same) {
        result->outcome = PAYMENT_OUTCOME_REPEATED;
        result->problem = seen.problem;
        return OK;
    }
    struct slice problem = problem_of(payment);
    if (problem.size == 0 && seen.other) problem = slice_text("CONTENT_DIFFERS");
    struct money_account *account = target->agreement_id.size > 0 ? money_account(money, target->agreement_id) : NULL;
    const bool has_payer = account != NULL && account->agreement_no > 0;
    *ret_wants_none = none == NULL && (problem.size > 0 || !has_payer);
    if (*ret_wants_none) return OK;
    if (problem.size > 0) return park(money, payment, problem, result);
    return has_payer ? book(money, account, target->invoice_no, payment, result) : suspend(money, none, payment, result);
}

static struct err book_once(struct pg *pg, struct arena *arena, const struct money_moment *moment, const struct payment_received *payment, const struct target *target,
                            const struct payment_step *step, bool needs_none, struct payment_result *result, bool *ret_wants_none) {
    struct slice ids[2];
    size_t count = 0;
    struct money money;
    if (needs_none) ids[count++] = slice_text(SUSPENSE_AGREEMENT);
    if (target->agreement_id.size > 0) ids[count++] = target->agreement_id;
    *ret_wants_none = false;
    TRY(money_begin(pg, arena, moment, ids, count, &money));
    struct err err = book_in(&money, payment, target, step, result, ret_wants_none);
    if (!failed(&err) && !*ret_wants_none) return money_commit(&money);
    money_undo(&money);
    return err;
}

struct err command_payment(struct pg *pg, struct arena *arena, const struct money_moment *moment, const struct payment_received *payment,
                           const struct payment_options *options, struct payment_result *ret_result) {
    const struct payment_received kept = readable_payment(arena, payment);
    const bool is_told = options != NULL && options->agreement_id.bytes != NULL;
    struct payment_result result = {.problem = slice_text(""), .agreement_id = slice_text("")};
    struct target target;
    TRY(find_target(pg, arena, kept.reference, &target));
    if (is_told) target.agreement_id = options->agreement_id;
    bool needs_none = target.agreement_id.size == 0 || problem_of(&kept).size > 0;
    for (int tries = 1;; tries++) {
        bool wants_none;
        struct err err = book_once(pg, arena, moment, &kept, &target, options != NULL ? options->step : NULL, needs_none, &result, &wants_none);
        needs_none |= wants_none;
        if (!failed(&err) && !wants_none) break;
        /* Somebody booked the same number at the same moment: look again, it is there now. */
        const bool is_taken = err.fate == FATE_SPLIT && pg_is_unique_violation(&err);
        if (failed(&err) && !is_taken) return err;
        if (tries == TRIES_MAX) return ERR(AGAIN, "a payment met others of its number %d times", TRIES_MAX);
        result = (struct payment_result){.problem = slice_text(""), .agreement_id = slice_text("")};
    }
    *ret_result = result;
    return OK;
}

struct err payment_pass(struct pg *pg, struct arena *arena, const struct payment_step *step) {
    TRY(pg_begin(pg));
    struct err err = take_step(pg, arena, step);
    if (!failed(&err)) return pg_commit(pg);
    pg_rollback(pg);
    return err;
}
