/* The work list as commands. Every writer of ledger.suspense holds the budget row of agreement 0, so what is read here stands until the commit. */
#include "services/ledger/suspense.h"

#include "services/ledger/cash.h"
#include "services/ledger/coverage.h"

struct suspense_words suspense_words(struct slice problem) {
    static const struct { const char *name; struct suspense_words words; } rows[] = {
#define PROBLEM(symbol, problem_, remedy_) {#symbol, {problem_, remedy_}},
#include "services/ledger/suspense.def"
#undef PROBLEM
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (slice_is(problem, rows[i].name)) return rows[i].words;
    return (struct suspense_words){"Bukan pembayaran yang dapat dibukukan", "Periksa sumbernya, perbaiki dan kirim ulang, lalu dismiss."};
}

struct err suspense_park(struct money *money, const struct payment_received *payment, struct slice problem, bool booked, int64_t journal_seq, int32_t *ret_suspense_no) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_text(p, payment->source);
    pg_add_text(p, payment->external_id);
    pg_add_text(p, problem);
    if (payment->amount_is_readable) pg_add_int8(p, payment->amount);
    else pg_add_null(p);
    pg_add_bool(p, booked);
    pg_add_text(p, payment->reference);
    pg_add_text(p, payment->raw);
    pg_add_date(p, day_is_valid(payment->received_on) ? payment->received_on : 0);
    pg_add_text(p, cash_bank(payment->bank));
    pg_add_int8(p, journal_seq);
    pg_add_timestamp_ms(p, money->moment_ms);
    pg_add_bytea(p, slice_of(payment->content_sha256, sizeof payment->content_sha256));
    TRY(pg_run(money->pg, money->arena,
               "INSERT INTO ledger.suspense (suspense_no, source, external_id, problem, amount, booked, reference, raw, received_on, bank, journal_seq, parked_at, content_sha256)"
               " SELECT coalesce((SELECT max(suspense_no) FROM ledger.suspense), 0) + 1, $1, $2, $3, $4::bigint, $5, $6, $7, $8::date, $9, $10, $11, $12 RETURNING suspense_no",
               p, &rows));
    *ret_suspense_no = pg_int4(&rows, 0, 0);
    return OK;
}

/* ---- one row, to be resolved ---------------------------------------------------------------------------------------------------------------------- */

struct item {
    int64_t number;
    bool booked, is_payment; /* is_payment: in order, but for the reason why it was parked */
    rupiah amount;
    day_t received_on;
    struct slice bank, external_id, source;
};

static struct err find_open(struct money *money, int64_t number, struct item *ret_item, struct refusal *refusal) {
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int8(p, number);
    TRY(pg_run(money->pg, money->arena, "SELECT state, booked, coalesce(amount, 0), received_on, bank, external_id, source,"
               " problem IN ('REFUSED', 'CONTENT_DIFFERS') AND amount > 0 AND received_on IS NOT NULL FROM ledger.suspense WHERE suspense_no = $1", p, &rows));
    if (rows.count == 0) return refuse(refusal, "UNKNOWN_SUSPENSE", "See payung payment suspense list.", "there is no such row in the work list");
    const struct slice state = pg_bytes(&rows, 0, 0);
    if (!slice_is(state, "OPEN")) return refuse(refusal, "ALREADY_RESOLVED", "See payung payment suspense list.", "the row is resolved already: %.*s", SLICE_ARGS(state));
    *ret_item = (struct item){.number = number, .booked = pg_bool(&rows, 0, 1), .amount = pg_int8(&rows, 0, 2), .received_on = pg_date(&rows, 0, 3), .bank = pg_bytes(&rows, 0, 4),
                              .external_id = pg_bytes(&rows, 0, 5), .source = pg_bytes(&rows, 0, 6), .is_payment = !pg_is_null(&rows, 0, 7) && pg_bool(&rows, 0, 7)};
    return OK;
}

static struct err resolve(struct money *money, const struct item *item, const char *state, int64_t journal_seq, const struct money_account *payer, struct slice note) {
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int8(p, item->number);
    pg_add_text(p, slice_text(state));
    pg_add_int8(p, journal_seq);
    pg_add_int4(p, payer != NULL ? payer->agreement_no : 0);
    pg_add_int8(p, payer != NULL ? payer->journal_seq : 0);
    pg_add_text(p, slice_text(money->actor));
    pg_add_timestamp_ms(p, money->moment_ms);
    pg_add_text(p, note);
    return pg_run(money->pg, money->arena,
                  "UPDATE ledger.suspense SET state = $2, journal_seq = CASE WHEN $3 > 0 THEN $3 ELSE journal_seq END, agreement_no = $4, assigned_seq = $5, resolved_by = $6,"
                  " resolved_at = $7, note = $8 WHERE suspense_no = $1",
                  p, NULL);
}

/* What was parked is a payment after all. */
static struct err keep_payment(struct money *money, const struct item *item, int64_t journal_seq) {
    struct pg_parameters *p = pg_parameters(money->arena), *row = pg_parameters(money->arena);
    pg_add_int8(p, item->number);
    pg_add_int8(p, journal_seq);
    pg_add_int8(p, money->commit_sequence);
    pg_add_int8(row, item->number);
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.payment (source, external_id, content_sha256, amount, received_on, bank, reference, state, agreement_no, journal_seq, settled, credited, commit_sequence)"
                " SELECT s.source, s.external_id || CASE WHEN EXISTS (SELECT FROM ledger.payment p WHERE p.source = s.source AND p.external_id = s.external_id) THEN '#' || s.suspense_no"
                " ELSE '' END, s.content_sha256, s.amount, s.received_on, s.bank, s.reference, 'SUSPENDED', 0, $2, 0, 0, $3 FROM ledger.suspense s WHERE s.suspense_no = $1",
         .parameters = p},
        {.sql = "UPDATE ledger.suspense SET booked = true WHERE suspense_no = $1", .parameters = row},
    };
    return pg_run_all(money->pg, money->arena, steps, 2);
}

/* SUSPENS gives the money away: to the bank, or to PINDAHAN. What was not booked comes in first. */
static struct err take_out(struct money *money, enum line_kind kind, const struct item *item, int64_t *ret_journal_seq) {
    struct money_account *none = money_account(money, slice_text(SUSPENSE_AGREEMENT));
    CHECK(none != NULL && (item->booked || item->is_payment));
    const struct cash_line in = {.kind = LINE_SUSPENDED, .amount = item->amount, .day = item->received_on, .bank = item->bank, .reason = ""};
    const struct cash_line line = {.kind = kind, .position = item->booked ? 0 : 1, .amount = item->amount, .day = item->received_on, .bank = item->bank, .reason = ""};
    if (!item->booked) TRY(cash_write(money, none, &in));
    TRY(cash_write(money, none, &line));
    TRY(money_close(money, none, &(struct money_journal){.kind = "SUSPENSE", .reference = item->external_id}, NULL));
    *ret_journal_seq = none->journal_seq;
    return item->booked ? OK : keep_payment(money, item, none->journal_seq);
}

static struct err invoice_number_in(struct money *money, const struct money_account *payer, struct slice invoice_id, int32_t *ret_invoice_no, struct refusal *refusal) {
    *ret_invoice_no = 0;
    if (invoice_id.size == 0) return OK;
    struct pg_parameters *p = pg_parameters(money->arena);
    struct pg_rows rows;
    pg_add_int4(p, payer->agreement_no);
    pg_add_text(p, invoice_id);
    TRY(pg_run(money->pg, money->arena, "SELECT invoice_no FROM ledger.invoice WHERE agreement_no = $1 AND invoice_id = $2", p, &rows));
    if (rows.count == 0) return refuse(refusal, "UNKNOWN_INVOICE", "See payung invoice list --agreement ID.", "the agreement has no such invoice");
    *ret_invoice_no = pg_int4(&rows, 0, 0);
    return OK;
}

static struct err give_to(struct money *money, struct money_account *payer, int32_t invoice_no, const struct item *item, struct suspense_result *result) {
    rupiah available;
    if (!rupiah_add(payer->credit, item->amount, &available)) return ERR(FATAL, "the credit of agreement %d leaves all bounds", payer->agreement_no);
    const struct cash_line line = {.kind = LINE_MOVED_IN, .amount = item->amount, .day = item->received_on, .bank = item->bank, .reason = ""};
    TRY(cash_write(money, payer, &line));
    TRY(settle(money, payer, invoice_no, available, item->received_on, 1, &result->settlement));
    TRY(coverage_close(money, payer, &(struct money_journal){.kind = "PAYMENT", .reference = item->external_id}, NULL));
    result->payer_journal_seq = payer->journal_seq;
    return OK;
}

static struct err assign_in(struct money *money, int64_t number, struct slice agreement_id, struct slice invoice_id, struct slice note, struct suspense_result *result) {
    struct money_account *payer = money_account(money, agreement_id);
    struct item item;
    int32_t invoice_no;
    if (payer == NULL || payer->agreement_no == 0) return refuse(&result->refusal, "UNKNOWN_AGREEMENT", "See payung agreement list.", "there is no such agreement");
    TRY(find_open(money, number, &item, &result->refusal));
    if (result->refusal.code != NULL) return OK;
    if (!item.booked && !item.is_payment)
        return refuse(&result->refusal, "NOTHING_BOOKED", "Have the payment sent again in order, then dismiss this row.", "nothing was booked for this row, so there is no money to assign");
    TRY(invoice_number_in(money, payer, invoice_id, &invoice_no, &result->refusal));
    if (result->refusal.code != NULL) return OK;
    result->amount = item.amount;
    TRY(take_out(money, LINE_MOVED_OUT, &item, &result->journal_seq));
    TRY(give_to(money, payer, invoice_no, &item, result));
    TRY(resolve(money, &item, "ASSIGNED", result->journal_seq, payer, note));
    const struct ledger_command command = {.kind = COMMAND_ASSIGN, .agreement_id = payer->id, .text = invoice_id, .reason = note, .source = item.source, .external_id = item.external_id, .number = number};
    return money_command(money, &command, "suspense assign");
}

static struct err return_in(struct money *money, int64_t number, struct slice note, struct suspense_result *result) {
    struct item item;
    TRY(find_open(money, number, &item, &result->refusal));
    if (result->refusal.code != NULL) return OK;
    if (!item.booked) return refuse(&result->refusal, "NOTHING_BOOKED", "Dismiss it instead.", "nothing was booked for this row, so there is no money to return");
    result->amount = item.amount;
    TRY(take_out(money, LINE_UNSUSPENDED, &item, &result->journal_seq));
    TRY(resolve(money, &item, "RETURNED", result->journal_seq, NULL, note));
    const struct ledger_command command = {.kind = COMMAND_RETURN, .agreement_id = slice_text(SUSPENSE_AGREEMENT), .reason = note, .source = item.source, .external_id = item.external_id, .number = number};
    return money_command(money, &command, "suspense return");
}

static struct err dismiss_in(struct money *money, int64_t number, struct slice note, struct suspense_result *result) {
    struct item item;
    TRY(find_open(money, number, &item, &result->refusal));
    if (result->refusal.code != NULL) return OK;
    if (item.booked) return refuse(&result->refusal, "MONEY_BOOKED", "Assign it to its payer, or return it.", "money was booked for this row: it can't be dismissed");
    result->amount = item.amount;
    TRY(resolve(money, &item, "DISMISSED", 0, NULL, note));
    const struct ledger_command command = {.kind = COMMAND_DISMISS, .agreement_id = slice_text(SUSPENSE_AGREEMENT), .reason = note, .source = item.source, .external_id = item.external_id, .number = number};
    return money_command(money, &command, "suspense dismiss");
}

/* ---- the commands ---------------------------------------------------------------------------------------------------------------------------------- */

static struct err check_note(struct slice note, struct refusal *refusal) {
    if (note.size > 0 && note.size <= SUSPENSE_NOTE_MAX) return OK;
    return refuse(refusal, "NOTE_LENGTH", "Say why in one short sentence, without names.", "the reason must have 1 to %d bytes", SUSPENSE_NOTE_MAX);
}

struct err command_assign(struct pg *pg, struct arena *arena, const struct money_moment *moment, int64_t suspense_no, struct slice agreement_id, struct slice invoice_id,
                          struct slice note, struct suspense_result *ret_result) {
    const struct slice ids[] = {slice_text(SUSPENSE_AGREEMENT), agreement_id};
    struct money money;
    *ret_result = (struct suspense_result){0};
    TRY(check_note(note, &ret_result->refusal));
    if (ret_result->refusal.code != NULL) return OK;
    TRY(money_begin(pg, arena, moment, ids, 2, &money));
    return money_finish(&money, assign_in(&money, suspense_no, agreement_id, invoice_id, note, ret_result), &ret_result->refusal);
}

struct err command_return(struct pg *pg, struct arena *arena, const struct money_moment *moment, int64_t suspense_no, struct slice note, struct suspense_result *ret_result) {
    const struct slice none = slice_text(SUSPENSE_AGREEMENT);
    struct money money;
    *ret_result = (struct suspense_result){0};
    TRY(check_note(note, &ret_result->refusal));
    if (ret_result->refusal.code != NULL) return OK;
    TRY(money_begin(pg, arena, moment, &none, 1, &money));
    return money_finish(&money, return_in(&money, suspense_no, note, ret_result), &ret_result->refusal);
}

struct err command_dismiss(struct pg *pg, struct arena *arena, const struct money_moment *moment, int64_t suspense_no, struct slice note, struct suspense_result *ret_result) {
    const struct slice none = slice_text(SUSPENSE_AGREEMENT);
    struct money money;
    *ret_result = (struct suspense_result){0};
    TRY(check_note(note, &ret_result->refusal));
    if (ret_result->refusal.code != NULL) return OK;
    TRY(money_begin(pg, arena, moment, &none, 1, &money));
    return money_finish(&money, dismiss_in(&money, suspense_no, note, ret_result), &ret_result->refusal);
}
