/* The second half of a replay: everything that moved the books happens again, one commit sequence after the other, by the functions that did it the first time. It must never decide
 * anything itself, and never go on after something could not be repeated. */
#include "services/ledger/replay.h"

#include "common/wire/wire.h"
#include "services/ledger/agreement_apply.h"
#include "services/ledger/invoice.h"
#include "services/ledger/money.h"
#include "services/ledger/mutation.h"
#include "services/ledger/payment_book.h"
#include "services/ledger/promotion.h"
#include "services/ledger/renewal.h"
#include "services/ledger/replay_parts.h"
#include "services/ledger/reversal.h"
#include "services/ledger/run.h"
#include "services/ledger/suspense.h"

enum { ARENA_BYTES_MAX = 512 * 1024 * 1024, TURNS_A_PAGE = 1000, PATIENCE_MS = 60 * 60 * 1000 };

/* ---- Enrolments: one transaction, one batch ------------------------------------------------------------------------------------------------------ */

/* What the loop of the stage had marked as unusable: the ledger parked it although the stages before had not, or for a reason of its own. */
static enum code parked_by_ledger(const struct priced *priced, enum outcome_status status, bool is_repeat, struct code_set codes) {
    if (status != OUTCOME_PARKED || is_repeat) return CODE_NONE;
    const bool by_ledger = code_set_has(codes, CODE_X02) && (priced->verdict.status != VERDICT_PARKED || !code_set_has(priced->verdict.codes, CODE_X02));
    return by_ledger ? CODE_X02 : CODE_NONE;
}

static struct err item_of(struct replay *replay, const struct pg_rows *rows, size_t row, struct stage_item *ret_item) {
    struct priced *priced = arena_zero(replay->arena, 1, sizeof *priced);
    const struct slice bytes = pg_bytes(rows, row, 9);
    *ret_item = (struct stage_item){
        .partition = pg_int4(rows, row, 0), .lineage = {.epoch = (uint32_t)pg_int4(rows, row, 1), .first_origin = pg_int8(rows, row, 2), .origin = pg_int8(rows, row, 3)}, .bytes = bytes,
        .in = priced,
    };
    if (pg_int4(rows, row, 4) != (int32_t)row) return ERR(FATAL, "its record at place %zu is missing in the topic", row);
    if (bytes.bytes == NULL || !wire_decode_priced(replay->arena, bytes, priced))
        return ERR(FATAL, "the record that was decided at partition %d origin %lld is not in the topic of priced ones", ret_item->partition, (long long)ret_item->lineage.origin);
    ret_item->parked = parked_by_ledger(priced, (enum outcome_status)pg_int2(rows, row, 6), pg_int2(rows, row, 7) != 0, (struct code_set){(uint64_t)pg_int8(rows, row, 8)});
    return OK;
}

static struct err add_to_span(struct stage_batch *batch, const struct stage_item *item) {
    struct stage_span *span = NULL;
    for (size_t i = 0; i < batch->span_count; i++)
        if (batch->spans[i].partition == item->partition) span = &batch->spans[i];
    if (span == NULL) {
        batch->spans[batch->span_count++] = (struct stage_span){.partition = item->partition, .epoch = item->lineage.epoch, .first_origin = item->lineage.first_origin,
                                                                .from = item->lineage.origin, .to = item->lineage.origin + 1};
        return OK;
    }
    if (span->epoch != item->lineage.epoch || span->to != item->lineage.origin)
        return ERR(FATAL, "its records of partition %d do not follow each other: origin %lld after %lld", item->partition, (long long)item->lineage.origin, (long long)span->to - 1);
    span->to++;
    return OK;
}

static struct err batch_of(struct replay *replay, const struct pg_rows *rows, struct stage_batch *ret_batch) {
    CHECK(rows->count > 0);
    *ret_batch = (struct stage_batch){.arena = replay->arena, .count = rows->count, .moment_ms = pg_int8(rows, 0, 5),
                                      .items = arena_zero(replay->arena, rows->count, sizeof(struct stage_item)),
                                      .spans = arena_zero(replay->arena, REPLAY_PARTITIONS_MAX, sizeof(struct stage_span))};
    for (size_t i = 0; i < rows->count; i++) {
        TRY(item_of(replay, rows, i, &ret_batch->items[i]));
        TRY(add_to_span(ret_batch, &ret_batch->items[i]));
    }
    return OK;
}

static struct err set_sequence(struct pg *pg, struct arena *arena, int64_t sequence) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int8(p, sequence);
    return pg_run(pg, arena, "SELECT setval('ledger.commit_sequence', $1, false)", p, NULL);
}

/* What the calendar of cover said then: E21 and E22 of an eligible record come from nowhere else. */
static struct code_set covered_then(const struct priced *priced, const struct pg_rows *rows, size_t row) {
    const struct code_set codes = {(uint64_t)pg_int8(rows, row, 8)};
    struct code_set covered = {0};
    if (priced->verdict.status != VERDICT_ELIGIBLE || pg_int2(rows, row, 6) != OUTCOME_REJECTED) return covered;
    if (code_set_has(codes, CODE_E21)) covered = code_set_with(covered, CODE_E21);
    if (code_set_has(codes, CODE_E22)) covered = code_set_with(covered, CODE_E22);
    return covered;
}

static struct err post_batch(struct replay *replay, const struct stage_batch *batch, const struct pg_rows *archived) {
    struct posting *posting;
    TRY(book_load(replay->book, batch, &posting));
    for (size_t i = 0; i < batch->count; i++) {
        struct decided decided;
        const struct stage_item *item = &batch->items[i];
        const struct code_set covered = covered_then(item->in, archived, i);
        const struct posting_question question = {.partition = item->partition, .lineage = item->lineage, .priced = item->in, .parked = item->parked, .covered = &covered};
        if (posting_decide(posting, &question, &decided) == POSTING_UNUSABLE) return ERR(FATAL, "its record at place %zu contradicts itself", i);
    }
    return book_save(replay->book, posting, batch);
}

static struct err post_again(struct replay *replay, int64_t sequence) {
    struct pg_parameters *p = pg_parameters(replay->arena);
    struct pg_rows rows;
    struct stage_batch batch;
    pg_add_int8(p, sequence);
    TRY(pg_run(replay->stage, replay->arena,
               "SELECT d.partition, d.epoch, d.first_origin, d.origin, d.position, d.moment_ms, d.status, d.is_repeat, d.codes, p.bytes"
               " FROM replay_decided d LEFT JOIN replay_priced p USING (partition, epoch, origin) WHERE d.sequence = $1 ORDER BY d.position",
               p, &rows));
    TRY(batch_of(replay, &rows, &batch));
    TRY(set_sequence(book_session(replay->book), replay->arena, sequence));
    struct err err = post_batch(replay, &batch, &rows);
    if (failed(&err)) book_undo(replay->book);
    replay->report->transactions += !failed(&err);
    return err;
}

/* ---- Commands: one row a kind ------------------------------------------------------------------------------------------------------------------------ */

struct repeated { /* a command on its way */
    struct replay *replay;
    struct pg *pg;
    struct arena *arena;
    const struct ledger_command *command;
    struct money_moment moment;
};

static struct err refused(const char *why) { return ERR(FATAL, "it was done then and is refused now: %.150s", why); }

static struct err unless_refused(const struct refusal *refusal) { return refusal->code != NULL ? refused(refusal->text) : OK; }

static struct err repeat_agreement(const struct repeated *r) {
    struct agreement_document document;
    struct document_problem problem;
    enum apply_answer answer;
    const char *difference = NULL;
    if (!agreement_document_read(r->arena, r->command->text, r->replay->options->regions, r->replay->options->law, &document, &problem)) return refused(problem.problem);
    TRY(agreement_apply(r->pg, r->arena, &document, &r->moment, arena_text(r->arena, r->command->approved_by), true, &answer, &difference, &problem));
    if (answer == APPLY_REFUSED) return refused(problem.problem);
    book_doubt_agreements(r->replay->book);
    return answer != APPLY_UNCHANGED ? OK : refused("the same agreement is in force already");
}

static struct err repeat_invoice(const struct repeated *r) {
    struct invoice_result result;
    TRY(command_invoice(r->pg, r->arena, &r->moment, r->command->agreement_id, r->command->month, r->command->months, &result));
    return unless_refused(&result.refusal);
}

/* The archive names the payment, its content stands in payment.received. */
static struct err repeat_payment(const struct repeated *r) {
    struct pg_parameters *p = pg_parameters(r->arena);
    struct pg_rows rows;
    struct payment_received payment;
    struct payment_result result;
    pg_add_text(p, r->command->source);
    pg_add_text(p, r->command->external_id);
    pg_add_bytea(p, slice_of(r->command->application_id.bytes, ID_BYTES));
    TRY(pg_run(r->replay->stage, r->arena, "SELECT bytes FROM replay_payment WHERE source = $1 AND external_id = $2 AND payment_id = $3 ORDER BY origin LIMIT 1", p, &rows));
    if (rows.count != 1 || !wire_decode_payment(r->arena, pg_bytes(&rows, 0, 0), &payment)) return refused("its payment does not stand in payment.received");
    if (slice_is(r->command->reason, "REFUSED") && payment.problem.size == 0) payment.problem = r->command->reason; /* the database did not take it then */
    const struct payment_options options = {.agreement_id = r->command->agreement_id};
    TRY(command_payment(r->pg, r->arena, &r->moment, &payment, &options, &result));
    return result.outcome == PAYMENT_OUTCOME_REPEATED ? refused("the payment was booked already") : OK;
}

static struct err repeat_run(const struct repeated *r) {
    struct run_result result;
    TRY(command_run(r->pg, r->arena, &r->moment, r->command->agreement_id, r->command->months, &result));
    return result.answer == RUN_DONE ? OK : refused("the run has nothing to do");
}

static struct err repeat_mutation(const struct repeated *r) {
    struct mutation_result result;
    enum mutation_reason reason;
    if (!mutation_reason_parse(r->command->reason, &reason)) return refused("its reason is not known");
    TRY(command_mutation(r->pg, r->arena, &r->moment, r->command->application_id, reason, r->command->day, &result));
    return result.answer == MUTATION_DONE ? OK : refused("nobody of this application can leave");
}

static struct err repeat_promotion(const struct repeated *r) {
    struct promotion_result result;
    TRY(command_promotion(r->pg, r->arena, &r->moment, r->command->agreement_id, &result));
    return result.promoted > 0 ? OK : refused("nobody can be promoted");
}

static struct err repeat_assign(const struct repeated *r) {
    struct suspense_result result;
    TRY(command_assign(r->pg, r->arena, &r->moment, r->command->number, r->command->agreement_id, r->command->text, r->command->reason, &result));
    return unless_refused(&result.refusal);
}

static struct err repeat_return(const struct repeated *r) {
    struct suspense_result result;
    TRY(command_return(r->pg, r->arena, &r->moment, r->command->number, r->command->reason, &result));
    return unless_refused(&result.refusal);
}

static struct err repeat_dismiss(const struct repeated *r) {
    struct suspense_result result;
    TRY(command_dismiss(r->pg, r->arena, &r->moment, r->command->number, r->command->reason, &result));
    return unless_refused(&result.refusal);
}

static struct err repeat_reversal(const struct repeated *r) {
    struct reversal_result result;
    TRY(command_reversal(r->pg, r->arena, &r->moment, r->command->agreement_id, r->command->number, r->command->reason, &result));
    return unless_refused(&result.refusal);
}

static struct err repeat_close(const struct repeated *r) {
    struct close_result result;
    TRY(command_close(r->pg, r->arena, &r->moment, r->command->agreement_id, r->command->day, &result));
    return unless_refused(&result.refusal);
}

static struct err repeat_carry(const struct repeated *r) {
    int64_t carried;
    TRY(command_carry(r->pg, r->arena, &r->moment, r->command->agreement_id, r->command->text, &carried));
    return carried > 0 ? OK : refused("nobody waits there");
}

static struct err repeat_renew(const struct repeated *r) {
    struct renew_result result;
    TRY(command_renew(r->pg, r->arena, &r->moment, r->command->agreement_id, r->command->text, true, &result));
    return result.answer == RENEW_DONE ? OK : refused("nobody can be renewed");
}

static struct err (*const commands[COMMAND_KINDS])(const struct repeated *repeated) = {
    [COMMAND_AGREEMENT] = repeat_agreement, [COMMAND_INVOICE] = repeat_invoice, [COMMAND_PAYMENT] = repeat_payment, [COMMAND_RUN] = repeat_run, [COMMAND_MUTATION] = repeat_mutation,
    [COMMAND_PROMOTION] = repeat_promotion, [COMMAND_ASSIGN] = repeat_assign, [COMMAND_RETURN] = repeat_return, [COMMAND_DISMISS] = repeat_dismiss, [COMMAND_REVERSAL] = repeat_reversal,
    [COMMAND_CLOSE] = repeat_close, [COMMAND_CARRY] = repeat_carry, [COMMAND_RENEW] = repeat_renew,
};

static struct err command_again(struct replay *replay, int64_t sequence) {
    struct pg_parameters *p = pg_parameters(replay->arena);
    struct pg_rows rows;
    struct ledger_command command;
    pg_add_int8(p, sequence);
    TRY(pg_run(replay->stage, replay->arena, "SELECT bytes FROM replay_command WHERE sequence = $1", p, &rows));
    CHECK(rows.count == 1 && wire_decode_command(replay->arena, pg_bytes(&rows, 0, 0), &command)); /* it was read once already */
    if (commands[command.kind] == NULL) return ERR(FATAL, "commands of the kind %s can't be repeated by this program", command_kind_name(command.kind));
    const struct repeated repeated = {
        .replay = replay, .pg = replay->commands, .arena = replay->arena, .command = &command,
        .moment = {.moment_ms = command.moment_ms, .business_date = command.business_date, .commit_sequence = sequence, .actor = arena_text(replay->arena, command.actor)},
    };
    struct err err = commands[command.kind](&repeated);
    if (!failed(&err) || err.fate == FATE_AGAIN) return err;
    return ERR(FATAL, "%s of agreement %.*s: %.150s", command_kind_name(command.kind), SLICE_ARGS(command.agreement_id), err.text);
}

/* ---- All of it ------------------------------------------------------------------------------------------------------------------------------------------ */

static struct err repeat_one(struct replay *replay, int64_t sequence, bool is_command) {
    arena_reset(replay->arena);
    struct err err = is_command ? command_again(replay, sequence) : post_again(replay, sequence);
    if (!failed(&err) || err.fate == FATE_AGAIN) return err;
    return ERR(FATAL, "commit sequence %lld can't be repeated: %.180s", (long long)sequence, err.text);
}

static struct err count_turns(struct replay *replay, int64_t *ret_count) {
    struct pg_rows rows;
    arena_reset(replay->arena);
    TRY(pg_run(replay->stage, replay->arena, "SELECT count(*) FROM replay_turn", NULL, &rows));
    *ret_count = pg_int8(&rows, 0, 0);
    return OK;
}

static struct err repeat_all(struct replay *replay) {
    int64_t sequences[TURNS_A_PAGE], last = 0, done = 0, all;
    bool is_command[TURNS_A_PAGE];
    TRY(count_turns(replay, &all));
    for (;;) {
        arena_reset(replay->arena);
        struct pg_parameters *p = pg_parameters(replay->arena);
        struct pg_rows rows;
        pg_add_int8(p, last);
        pg_add_int4(p, TURNS_A_PAGE);
        TRY(pg_run(replay->stage, replay->arena, "SELECT sequence, is_command FROM replay_turn WHERE sequence > $1 ORDER BY sequence LIMIT $2", p, &rows));
        const size_t count = rows.count;
        for (size_t i = 0; i < count; i++) {
            sequences[i] = pg_int8(&rows, i, 0);
            is_command[i] = pg_bool(&rows, i, 1);
        }
        for (size_t i = 0; i < count; i++, done++) {
            replay_say(replay, "%lld of %lld transactions repeated", (long long)done, (long long)all);
            TRY(replay_stopped(replay));
            TRY(repeat_one(replay, sequences[i], is_command[i]));
        }
        if (count < TURNS_A_PAGE) return OK;
        last = sequences[count - 1];
    }
}

static void say_table(void *self, const struct checksum_table *table) { replay_say(self, "compared: %s, %lld rows", table->name, (long long)table->here.rows); }

static struct err compare_ledgers(struct replay *replay) {
    TRY(pg_begin(replay->stage));
    TRY(pg_script(replay->stage, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    TRY(pg_script(replay->stage, "SET LOCAL idle_in_transaction_session_timeout = 0"));
    return checksum_compare(replay->live, replay->stage, say_table, replay, &replay->report->checksum);
}

static struct err open_sessions(struct replay *replay) {
    TRY(pg_open(replay->options->live_url, "payung-replay-live", &replay->live));
    TRY(pg_open(replay->options->scratch_url, "payung-replay", &replay->stage));
    TRY(pg_open(replay->options->scratch_url, "payung-replay-commands", &replay->commands));
    pg_patience(replay->live, PATIENCE_MS);
    pg_patience(replay->stage, PATIENCE_MS);
    pg_patience(replay->commands, PATIENCE_MS);
    return book_open(replay->options->scratch_url, &replay->book);
}

struct err ledger_replay(const struct replay_options *options, struct replay_report *ret_report) {
    CHECK(options->live_url != NULL && options->scratch_url != NULL && options->brokers != NULL && options->wait_s >= 0);
    memset(ret_report, 0, sizeof *ret_report);
    struct replay replay = {.options = options, .report = ret_report, .arena = arena_create(ARENA_BYTES_MAX)};
    struct err err = open_sessions(&replay);
    if (!failed(&err)) err = replay_read(&replay);
    if (!failed(&err)) err = repeat_all(&replay);
    if (!failed(&err)) err = compare_ledgers(&replay);
    book_close(replay.book);
    pg_close(replay.commands);
    pg_close(replay.stage);
    pg_close(replay.live);
    arena_destroy(replay.arena);
    return err;
}
