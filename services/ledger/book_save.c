/* The second half of the ledger's transaction: writes what posting.c decided, under the locks that book.c took, and commits. What comes by the person (outcomes, enrolments, the
 * registry, new covers) goes by COPY, the rest as one pipeline. It must never decide anything about money itself, and never send a statement per row. */
#include <stdio.h>

#include "common/edge/crypto.h"
#include "common/wire/wire.h"
#include "services/ledger/book_parts.h"

enum { HOLDER_NUMBER_MAX = 12 }; /* characters of a number with its comma */

#define ARRAY(type, name, count) type *name = arena_take(arena, ((count) + 1) * sizeof *name)

/* ---- By COPY: one row a person ---------------------------------------------------------------------------------------------------------------- */

static struct err copy_outcomes(struct pg *pg, const struct posting *posting) {
    enum { COLUMNS = 33 };
    struct pg_copy *copy;
    TRY(pg_copy_start(pg,
                      "COPY ledger.outcome (epoch, partition, origin, application_id, attempt, repeat, agreement_no, batch_id, row_number, status, codes, warnings, person_token, segment,"
                      " programmes, start_month, months, jkk, jkm, jht, jp, package, amount, rank, registration_date, lines, message_due, commit_sequence, position, journal_seq, decided_at,"
                      " place, period) FROM STDIN BINARY",
                      &copy));
    for (size_t i = 0; i < posting->row_count; i++) {
        const struct outcome_row *row = &posting->rows[i];
        pg_copy_row(copy, COLUMNS);
        pg_copy_int4(copy, (int32_t)row->epoch); pg_copy_int4(copy, row->partition); pg_copy_int8(copy, row->origin);
        pg_copy_bytes(copy, slice_of(row->application_id.bytes, ID_BYTES)); pg_copy_int4(copy, (int32_t)row->attempt); pg_copy_bool(copy, row->repeat);
        pg_copy_int4(copy, row->agreement_no); pg_copy_bytes(copy, row->batch_id); pg_copy_int4(copy, row->row_number); pg_copy_int2(copy, (int16_t)row->status);
        pg_copy_int8(copy, (int64_t)row->codes.bits); pg_copy_int8(copy, (int64_t)row->warnings.bits); pg_copy_bytes(copy, slice_of(row->person.bytes, TOKEN_BYTES));
        pg_copy_int2(copy, (int16_t)row->segment); pg_copy_int2(copy, (int16_t)row->programmes); pg_copy_int4(copy, row->start_month); pg_copy_int2(copy, (int16_t)row->months);
        for (int k = 0; k < LEDGER_CHARGES; k++) pg_copy_int8(copy, row->by_charge[k]);
        pg_copy_int8(copy, row->amount); pg_copy_int4(copy, row->rank); pg_copy_date(copy, row->registration_date); pg_copy_bytes(copy, row->lines);
        if (row->message_due.bytes == NULL) pg_copy_null(copy);
        else pg_copy_bytes(copy, row->message_due);
        pg_copy_int8(copy, row->commit_sequence); pg_copy_int4(copy, row->position); pg_copy_int8(copy, row->journal_seq); pg_copy_timestamp_ms(copy, posting->moment_ms);
        pg_copy_int8(copy, row->place); pg_copy_int2(copy, (int16_t)row->period);
    }
    return pg_copy_finish(copy);
}

static struct err copy_enrolments(struct pg *pg, const struct posting *posting) {
    enum { COLUMNS = 14 };
    struct pg_copy *copy;
    TRY(pg_copy_start(pg,
                      "COPY ledger.enrolment (agreement_no, place, epoch, partition, origin, application_id, attempt, person_token, segment, programmes, start_month, end_month, state,"
                      " state_from) FROM STDIN BINARY",
                      &copy));
    for (size_t i = 0; i < posting->enrolment_count; i++) {
        const struct outcome_row *row = posting->enrolments[i].row;
        pg_copy_row(copy, COLUMNS);
        pg_copy_int4(copy, row->agreement_no); pg_copy_int8(copy, row->place); pg_copy_int4(copy, (int32_t)row->epoch); pg_copy_int4(copy, row->partition);
        pg_copy_int8(copy, row->origin); pg_copy_bytes(copy, slice_of(row->application_id.bytes, ID_BYTES)); pg_copy_int4(copy, (int32_t)row->attempt);
        pg_copy_bytes(copy, slice_of(row->person.bytes, TOKEN_BYTES)); pg_copy_int2(copy, (int16_t)row->segment); pg_copy_int2(copy, (int16_t)row->programmes);
        pg_copy_int4(copy, row->start_month); pg_copy_int4(copy, month_add(row->start_month, row->months - 1)); pg_copy_int2(copy, ENROLMENT_REGISTERED);
        pg_copy_date(copy, row->registration_date);
    }
    return pg_copy_finish(copy);
}

/* What is needed to decide an application anew, or to write to the person: the message of `submitted` as it came. Who sends it gives it the lineage of the day. */
static struct slice record_of(struct arena *arena, const struct application *application) {
    return wire_encode_submitted(arena, &(struct submitted){.lineage = {.epoch = 1}, .application = *application});
}

static struct err copy_registry(struct pg *pg, const struct posting *posting) {
    enum { COLUMNS = 5 };
    struct pg_copy *copy;
    TRY(pg_copy_start(pg, "COPY ledger.registry (agreement_no, place, record, ktp_region, occupation) FROM STDIN BINARY", &copy));
    for (size_t i = 0; i < posting->enrolment_count; i++) {
        const struct posting_enrolment *enrolment = &posting->enrolments[i];
        pg_copy_row(copy, COLUMNS);
        pg_copy_int4(copy, enrolment->row->agreement_no); pg_copy_int8(copy, enrolment->row->place); pg_copy_bytes(copy, record_of(posting->arena, enrolment->application));
        pg_copy_int4(copy, (int32_t)enrolment->application->ktp_region); pg_copy_bytes(copy, enrolment->application->occupation);
    }
    return pg_copy_finish(copy);
}

/* ---- Covers ---------------------------------------------------------------------------------------------------------------------------------------- */

/* The holders that this batch adds, 5 numbers each. */
static size_t new_holders(struct arena *arena, const struct posting_cover *cover, int32_t **ret_numbers) {
    size_t groups = 0;
    for (const struct posting_holder *holder = cover->holders; holder != NULL; holder = holder->next) groups += holder->is_new;
    int32_t *numbers = arena_take(arena, (groups * (1 + LEDGER_PROGRAMMES) + 1) * sizeof *numbers);
    size_t count = 0;
    for (const struct posting_holder *holder = cover->holders; holder != NULL; holder = holder->next) {
        if (!holder->is_new) continue;
        numbers[count++] = holder->agreement_no;
        for (int k = 0; k < LEDGER_PROGRAMMES; k++) numbers[count++] = holder->months[k];
    }
    *ret_numbers = numbers;
    return count;
}

static struct slice holder_text(struct arena *arena, const struct posting_cover *cover) {
    int32_t *numbers;
    const size_t count = new_holders(arena, cover, &numbers), size = count * HOLDER_NUMBER_MAX + 3;
    char *text = arena_take(arena, size);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const int wrote = snprintf(text + used, size - used, "%c%d", used == 0 ? '{' : ',', numbers[i]);
        CHECK(wrote > 0 && (size_t)wrote < size - used);
        used += (size_t)wrote;
    }
    text[used++] = '}';
    return slice_of(text, used);
}

/* A year of a person that nobody held when it was looked at is a new row: if somebody took it meanwhile, the key says so. */
static struct err copy_covers(struct pg *pg, struct posting *posting, struct posting_cover **covers, size_t count) {
    enum { COLUMNS = 8 };
    struct pg_copy *copy;
    TRY(pg_copy_start(pg, "COPY ledger.cover (person_token, segment, year, jkk, jkm, jht, jp, holders) FROM STDIN BINARY", &copy));
    for (size_t i = 0; i < count; i++) {
        if (covers[i]->is_stored) continue;
        pg_copy_row(copy, COLUMNS);
        pg_copy_bytes(copy, slice_of(covers[i]->person.bytes, TOKEN_BYTES)); pg_copy_int2(copy, (int16_t)covers[i]->segment); pg_copy_int2(copy, (int16_t)covers[i]->year);
        for (int k = 0; k < LEDGER_PROGRAMMES; k++) pg_copy_int4(copy, covers[i]->added[k]);
        int32_t *numbers;
        const size_t number_count = new_holders(posting->arena, covers[i], &numbers);
        pg_copy_int4_array(copy, numbers, number_count);
    }
    return pg_copy_finish(copy);
}

/* The years that stand already. */
static struct pg_parameters *cover_parameters(struct posting *posting, struct posting_cover **covers, size_t n, size_t *ret_count) {
    struct arena *arena = posting->arena;
    ARRAY(struct slice, persons, n); ARRAY(int16_t, segments, n); ARRAY(int16_t, years, n); ARRAY(struct slice, holders, n);
    int32_t *added[LEDGER_PROGRAMMES];
    size_t count = 0;
    for (int k = 0; k < LEDGER_PROGRAMMES; k++) added[k] = arena_take(arena, (n + 1) * sizeof(int32_t));
    for (size_t i = 0; i < n; i++) {
        if (!covers[i]->is_stored) continue;
        persons[count] = slice_of(covers[i]->person.bytes, TOKEN_BYTES);
        segments[count] = (int16_t)covers[i]->segment;
        years[count] = (int16_t)covers[i]->year;
        holders[count] = holder_text(arena, covers[i]);
        for (int k = 0; k < LEDGER_PROGRAMMES; k++) added[k][count] = covers[i]->added[k];
        count++;
    }
    *ret_count = count;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, persons, count);
    pg_add_int2_array(p, segments, count);
    pg_add_int2_array(p, years, count);
    for (int k = 0; k < LEDGER_PROGRAMMES; k++) pg_add_int4_array(p, added[k], count);
    pg_add_text_array(p, holders, count);
    return p;
}

/* ---- Journals ------------------------------------------------------------------------------------------------------------------------------------------ */

/* Journals, entries and budgets of the accounts that have outcomes in this batch. */
struct chain_parameters {
    struct pg_parameters *journals, *entries, *budgets;
    size_t journal_count, entry_count;
};

static void hash_journal(struct posting *posting, const struct posting_account *account, const struct journal_row *journal, const struct entry_row *entries,
                         size_t entry_count, uint8_t ret_hash[SHA256_BYTES]) {
    struct sha256 *hash = sha256_start();
    sha256_add(hash, canonical_journal(posting->arena, journal));
    for (size_t i = 0; i < entry_count; i++) sha256_add(hash, canonical_entry(posting->arena, &entries[i]));
    for (size_t i = 0; i < posting->row_count; i++)
        if (posting->rows[i].agreement_no == account->agreement_no) sha256_add(hash, canonical_outcome(posting->arena, &posting->rows[i], journal->version));
    for (size_t i = 0; i < posting->line_count; i++)
        if (posting->lines[i].agreement_no == account->agreement_no) sha256_add(hash, canonical_line(posting->arena, &posting->lines[i]));
    sha256_finish(hash, ret_hash);
}

static struct chain_parameters chain_of(struct posting *posting) {
    struct arena *arena = posting->arena;
    const size_t n = posting->account_count, m = n * SUMS_ENTRIES_MAX;
    ARRAY(int32_t, agreements, n); ARRAY(int64_t, seqs, n); ARRAY(int32_t, outcomes, n); ARRAY(struct slice, previous, n); ARRAY(struct slice, hashes, n);
    ARRAY(int64_t, committed, n); ARRAY(int64_t, accepted, n); ARRAY(int64_t, waitlisted, n); ARRAY(int64_t, reserved, n); ARRAY(int64_t, reserved_heads, n);
    ARRAY(int64_t, tickets, n); ARRAY(int64_t, places, n); ARRAY(int32_t, journal_lines, n);
    ARRAY(int32_t, entry_agreements, m); ARRAY(int64_t, entry_seqs, m); ARRAY(int16_t, lines, m); ARRAY(struct slice, names, m); ARRAY(int64_t, amounts, m);
    struct chain_parameters chain = {0};
    const day_t business_date = day_of_business(posting->moment_ms);
    for (size_t i = 0; i < n; i++) {
        const struct posting_account *account = posting->accounts[i];
        if (account->sums.outcomes == 0) continue;
        struct entry_row entries[SUMS_ENTRIES_MAX];
        const size_t entry_count = posting_entries(arena, account, entries);
        const struct journal_row journal = {
            .agreement_no = account->agreement_no, .seq = account->journal_seq + 1, .version = JOURNAL_VERSION, .kind = slice_text("COMMITMENT"), .business_date = business_date,
            .commit_sequence = posting->commit_sequence, .outcomes = (int32_t)account->sums.outcomes, .lines = (int32_t)account->sums.lines, .previous = account->head, .posted_at_us = posting->moment_ms * 1000,
        };
        uint8_t *hash = arena_take(arena, SHA256_BYTES);
        hash_journal(posting, account, &journal, entries, entry_count, hash);
        const size_t at = chain.journal_count++;
        agreements[at] = account->agreement_no;
        seqs[at] = journal.seq;
        outcomes[at] = journal.outcomes;
        previous[at] = account->head;
        hashes[at] = slice_of(hash, SHA256_BYTES);
        committed[at] = sums_committed(&account->sums);
        accepted[at] = account->sums.heads;
        waitlisted[at] = account->sums.waiting;
        reserved[at] = account->sums.reserved;
        reserved_heads[at] = account->sums.reserved_heads;
        tickets[at] = account->added_tickets;
        places[at] = account->added_places;
        journal_lines[at] = journal.lines;
        for (size_t k = 0; k < entry_count; k++, chain.entry_count++) {
            entry_agreements[chain.entry_count] = account->agreement_no;
            entry_seqs[chain.entry_count] = journal.seq;
            lines[chain.entry_count] = entries[k].line;
            names[chain.entry_count] = entries[k].account;
            amounts[chain.entry_count] = entries[k].amount;
        }
    }
    const size_t journals = chain.journal_count;
    chain.journals = pg_parameters(arena);
    pg_add_int4_array(chain.journals, agreements, journals); pg_add_int8_array(chain.journals, seqs, journals); pg_add_int4_array(chain.journals, outcomes, journals);
    pg_add_bytea_array(chain.journals, previous, journals); pg_add_bytea_array(chain.journals, hashes, journals); pg_add_date(chain.journals, business_date);
    pg_add_int8(chain.journals, posting->commit_sequence); pg_add_timestamp_ms(chain.journals, posting->moment_ms);
    pg_add_int2(chain.journals, JOURNAL_VERSION);
    pg_add_int4_array(chain.journals, journal_lines, journals);
    chain.entries = pg_parameters(arena);
    pg_add_int4_array(chain.entries, entry_agreements, chain.entry_count); pg_add_int8_array(chain.entries, entry_seqs, chain.entry_count);
    pg_add_int2_array(chain.entries, lines, chain.entry_count); pg_add_text_array(chain.entries, names, chain.entry_count);
    pg_add_int8_array(chain.entries, amounts, chain.entry_count);
    chain.budgets = pg_parameters(arena);
    pg_add_int4_array(chain.budgets, agreements, journals); pg_add_int8_array(chain.budgets, committed, journals); pg_add_int8_array(chain.budgets, accepted, journals);
    pg_add_int8_array(chain.budgets, waitlisted, journals); pg_add_int8_array(chain.budgets, seqs, journals); pg_add_bytea_array(chain.budgets, hashes, journals);
    pg_add_int8_array(chain.budgets, reserved, journals); pg_add_int8_array(chain.budgets, reserved_heads, journals);
    pg_add_int8_array(chain.budgets, tickets, journals); pg_add_int8_array(chain.budgets, places, journals);
    return chain;
}

/* ---- Lines and the waiting list ---------------------------------------------------------------------------------------------------- */

/* Lines of the posting path move reservations and the list only: they have no charges. */
static struct pg_parameters *line_parameters(const struct posting *posting) {
    struct arena *arena = posting->arena;
    const size_t n = posting->line_count;
    ARRAY(int32_t, agreements, n); ARRAY(int64_t, seqs, n); ARRAY(int32_t, positions, n); ARRAY(int32_t, months, n); ARRAY(int16_t, kinds, n); ARRAY(struct slice, ids, n);
    ARRAY(int64_t, reserved, n); ARRAY(int32_t, waiting, n); ARRAY(int32_t, reserved_heads, n); ARRAY(int32_t, days, n); ARRAY(struct slice, reasons, n);
    for (size_t i = 0; i < n; i++) {
        const struct line_row *line = &posting->lines[i];
        agreements[i] = line->agreement_no; seqs[i] = line->journal_seq; positions[i] = line->position; months[i] = line->month; kinds[i] = (int16_t)line->kind;
        ids[i] = line->application_id; reserved[i] = line->reserved; waiting[i] = line->waiting; reserved_heads[i] = line->reserved_heads; days[i] = line->day;
        reasons[i] = line->reason;
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4_array(p, agreements, n); pg_add_int8_array(p, seqs, n); pg_add_int4_array(p, positions, n); pg_add_int4_array(p, months, n); pg_add_int2_array(p, kinds, n);
    pg_add_bytea_array(p, ids, n); pg_add_int8_array(p, reserved, n); pg_add_int4_array(p, waiting, n); pg_add_int4_array(p, reserved_heads, n); pg_add_date_array(p, days, n);
    pg_add_text_array(p, reasons, n);
    return p;
}

static struct pg_parameters *waiting_parameters(const struct posting *posting, size_t *ret_count) {
    struct arena *arena = posting->arena;
    const size_t n = posting->wait_count;
    ARRAY(struct slice, ids, n); ARRAY(int32_t, agreements, n); ARRAY(int32_t, attempts, n); ARRAY(int16_t, states, n); ARRAY(bool, undecided, n); ARRAY(int64_t, tickets, n);
    ARRAY(int16_t, classes, n); ARRAY(int16_t, desils, n); ARRAY(int32_t, dates, n); ARRAY(int64_t, villages, n); ARRAY(int32_t, rows, n); ARRAY(int64_t, sequences, n);
    ARRAY(int32_t, positions, n); ARRAY(struct slice, persons, n); ARRAY(int16_t, segments, n); ARRAY(int32_t, starts, n); ARRAY(int16_t, months, n); ARRAY(int64_t, amounts, n);
    ARRAY(int64_t, reserved, n); ARRAY(int32_t, untils, n); ARRAY(struct slice, records, n);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        const struct posting_waiting *waiting = posting->waits[i];
        if (!waiting->is_changed || waiting->is_gone) continue;
        ids[k] = slice_of(waiting->application_id.bytes, ID_BYTES); agreements[k] = waiting->agreement_no; attempts[k] = (int32_t)waiting->attempt; states[k] = (int16_t)waiting->state;
        undecided[k] = waiting->undecided; tickets[k] = waiting->ticket; classes[k] = (int16_t)waiting->class_number; desils[k] = (int16_t)waiting->desil; dates[k] = waiting->proposal_date;
        villages[k] = waiting->village; rows[k] = waiting->row_number; sequences[k] = waiting->commit_sequence; positions[k] = waiting->position;
        persons[k] = slice_of(waiting->person.bytes, TOKEN_BYTES); segments[k] = (int16_t)waiting->segment; starts[k] = waiting->start_month; months[k] = (int16_t)waiting->months;
        amounts[k] = waiting->amount; reserved[k] = waiting->reserved; untils[k] = waiting->reserved_until;
        records[k++] = record_of(arena, waiting->application);
    }
    *ret_count = k;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, ids, k); pg_add_int4_array(p, agreements, k); pg_add_int4_array(p, attempts, k); pg_add_int2_array(p, states, k); pg_add_bool_array(p, undecided, k);
    pg_add_int8_array(p, tickets, k); pg_add_int2_array(p, classes, k); pg_add_int2_array(p, desils, k); pg_add_date_array(p, dates, k); pg_add_int8_array(p, villages, k);
    pg_add_int4_array(p, rows, k); pg_add_int8_array(p, sequences, k); pg_add_int4_array(p, positions, k); pg_add_bytea_array(p, persons, k); pg_add_int2_array(p, segments, k);
    pg_add_int4_array(p, starts, k); pg_add_int2_array(p, months, k); pg_add_int8_array(p, amounts, k); pg_add_int8_array(p, reserved, k); pg_add_date_array(p, untils, k);
    pg_add_bytea_array(p, records, k);
    return p;
}

static struct pg_parameters *gone_parameters(const struct posting *posting, size_t *ret_count) {
    struct arena *arena = posting->arena;
    ARRAY(struct slice, ids, posting->wait_count);
    size_t k = 0;
    for (size_t i = 0; i < posting->wait_count; i++)
        if (posting->waits[i]->is_gone) ids[k++] = slice_of(posting->waits[i]->application_id.bytes, ID_BYTES);
    *ret_count = k;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, ids, k);
    return p;
}

static struct pg_parameters *bump_parameters(const struct posting *posting) {
    struct arena *arena = posting->arena;
    const size_t n = posting->bump_count;
    ARRAY(struct slice, ids, n); ARRAY(int32_t, attempts, n);
    for (size_t i = 0; i < n; i++) {
        ids[i] = slice_of(posting->bumps[i].application_id.bytes, ID_BYTES);
        attempts[i] = (int32_t)posting->bumps[i].attempt;
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, ids, n);
    pg_add_int4_array(p, attempts, n);
    return p;
}

/* Appends the statements about lines and the waiting list; those that have nothing to do are left out. */
enum { PEOPLE_STEPS_MAX = 4 };
static size_t people_steps(const struct posting *posting, struct pg_step *ret_steps) {
    size_t steps = 0, waiting_count = 0, gone_count = 0;
    struct pg_parameters *waiting = NULL, *gone = NULL;
    if (posting->wait_count > 0) { /* not in ordinary batches */
        waiting = waiting_parameters(posting, &waiting_count);
        gone = gone_parameters(posting, &gone_count);
    }
    if (posting->line_count > 0)
        ret_steps[steps++] = (struct pg_step){
            .sql = "INSERT INTO ledger.line (agreement_no, journal_seq, position, month, kind, application_id, reserved, waiting, reserved_heads, day, reason)"
                   " SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            .parameters = line_parameters(posting)};
    if (posting->bump_count > 0)
        ret_steps[steps++] = (struct pg_step){.sql = "UPDATE ledger.waiting w SET attempt = u.attempt FROM unnest($1, $2) AS u (id, attempt) WHERE w.application_id = u.id AND w.attempt < u.attempt",
                                              .parameters = bump_parameters(posting)};
    if (gone_count > 0) ret_steps[steps++] = (struct pg_step){.sql = "DELETE FROM ledger.waiting WHERE application_id = ANY ($1)", .parameters = gone};
    if (waiting_count > 0)
        ret_steps[steps++] = (struct pg_step){ /* one who stands in the list keeps what orders it */
            .sql = "INSERT INTO ledger.waiting AS w (application_id, agreement_no, attempt, state, undecided, ticket, class, desil, proposal_date, village, row_number, commit_sequence,"
                   " position, person_token, segment, start_month, months, amount, reserved, reserved_until, record)"
                   " SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)"
                   " ON CONFLICT (application_id) DO UPDATE SET attempt = excluded.attempt, state = excluded.state, undecided = excluded.undecided, ticket = excluded.ticket,"
                   " start_month = excluded.start_month, months = excluded.months, amount = excluded.amount, reserved = excluded.reserved, reserved_until = excluded.reserved_until,"
                   " record = excluded.record",
            .parameters = waiting};
    return steps;
}

/* Spans that move: from where the row stands, to the end of the span. */
static size_t lineage_parameters(const struct book *book, const struct stage_batch *batch, struct pg_parameters **ret_parameters) {
    struct arena *arena = batch->arena;
    const size_t n = batch->span_count;
    ARRAY(int32_t, partitions, n); ARRAY(int32_t, old_epochs, n); ARRAY(int64_t, old_next, n); ARRAY(int32_t, epochs, n); ARRAY(int64_t, firsts, n); ARRAY(int64_t, next, n);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct stage_span *span = &batch->spans[i];
        if (book_next_of(&book->states[i], span) >= span->to) continue;
        partitions[count] = span->partition;
        old_epochs[count] = (int32_t)book->states[i].epoch;
        old_next[count] = book->states[i].next;
        epochs[count] = (int32_t)span->epoch;
        firsts[count] = span->first_origin;
        next[count++] = span->to;
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4_array(p, partitions, count); pg_add_int4_array(p, old_epochs, count); pg_add_int8_array(p, old_next, count);
    pg_add_int4_array(p, epochs, count); pg_add_int8_array(p, firsts, count); pg_add_int8_array(p, next, count);
    *ret_parameters = p;
    return count;
}

/* What intake will send: the application as it came, asked once more. */
static struct slice next_record(const struct posting *posting, const struct posting_retry *retry) {
    struct submitted next = {.lineage = {.epoch = retry->row->epoch}, .application = *retry->application}; /* intake gives it the lineage of its day */
    next.application.attempt = retry->row->attempt + 1;
    return wire_encode_submitted(posting->arena, &next);
}

/* Appends the statements about next attempts, none for most batches. Of an application that stands in the batch more than once (the log is read anew) the last attempt
 * counts. */
enum { RETRY_STEPS_MAX = 2 };
static size_t retry_steps(const struct book *book, struct posting *posting, struct pg_step *ret_steps) {
    if (posting->retry_count == 0) return 0;
    struct arena *arena = posting->arena;
    const size_t n = posting->retry_count;
    ARRAY(struct slice, due, n); ARRAY(int32_t, attempts, n); ARRAY(int32_t, partitions, n); ARRAY(int64_t, origins, n); ARRAY(int32_t, agreements, n);
    ARRAY(int64_t, codes, n); ARRAY(struct slice, records, n); ARRAY(int32_t, delays, n); ARRAY(struct slice, ended, n); ARRAY(int32_t, ended_attempts, n);
    size_t due_count = 0, ended_count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct posting_retry *retry = &posting->retries[i];
        const struct outcome_row *row = retry->row;
        const struct slice id = slice_of(row->application_id.bytes, ID_BYTES);
        if (retry->application == NULL) {
            ended[ended_count] = id;
            ended_attempts[ended_count++] = (int32_t)row->attempt;
            continue;
        }
        due[due_count] = id;
        attempts[due_count] = (int32_t)row->attempt + 1;
        partitions[due_count] = row->partition;
        origins[due_count] = row->origin;
        agreements[due_count] = row->agreement_no;
        codes[due_count] = (int64_t)row->codes.bits;
        records[due_count] = next_record(posting, retry);
        delays[due_count++] = (int32_t)posting_retry_delay_s(row->attempt, book->retry_first_s, book->retry_most_s);
    }
    size_t steps = 0;
    if (due_count > 0) {
        struct pg_parameters *p = pg_parameters(arena);
        pg_add_bytea_array(p, due, due_count); pg_add_int4_array(p, attempts, due_count); pg_add_int4_array(p, partitions, due_count);
        pg_add_int8_array(p, origins, due_count); pg_add_int4_array(p, agreements, due_count); pg_add_int8_array(p, codes, due_count);
        pg_add_bytea_array(p, records, due_count); pg_add_int4_array(p, delays, due_count); pg_add_timestamp_ms(p, posting->moment_ms);
        ret_steps[steps++] = (struct pg_step){
            .sql = "INSERT INTO ledger.pending AS p (application_id, attempt, partition, origin, agreement_no, codes, record, due_at, first_pending_at)"
                   " SELECT DISTINCT ON (u.id) u.id, u.attempt, u.partition, u.origin, u.agreement_no, u.codes, u.record, $9 + u.delay_s * interval '1 second', $9"
                   " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS u (id, attempt, partition, origin, agreement_no, codes, record, delay_s) ORDER BY u.id, u.attempt DESC"
                   " ON CONFLICT (application_id) DO UPDATE SET attempt = excluded.attempt, partition = excluded.partition, origin = excluded.origin,"
                   " codes = excluded.codes, record = excluded.record, due_at = excluded.due_at,"
                   " first_pending_at = CASE WHEN p.purpose IN (5, 6) THEN excluded.first_pending_at ELSE p.first_pending_at END, purpose = 1, agreement_id = NULL, start_month = NULL, months = NULL,"
                   " registration_date = NULL WHERE p.attempt < excluded.attempt",
            .parameters = p};
    }
    if (ended_count > 0) {
        struct pg_parameters *p = pg_parameters(arena);
        pg_add_bytea_array(p, ended, ended_count);
        pg_add_int4_array(p, ended_attempts, ended_count);
        ret_steps[steps++] = (struct pg_step){.sql = "DELETE FROM ledger.pending p USING unnest($1, $2) AS u (id, attempt)"
                                                     " WHERE p.application_id = u.id AND p.attempt <= u.attempt",
                                              .parameters = p};
    }
    return steps;
}

static struct err copy_people(struct pg *pg, struct posting *posting, struct posting_cover **covers, size_t cover_count, size_t held_count) {
    TRY(copy_outcomes(pg, posting));
    if (posting->enrolment_count > 0) {
        TRY(copy_enrolments(pg, posting));
        TRY(copy_registry(pg, posting));
    }
    return cover_count > held_count ? copy_covers(pg, posting, covers, cover_count) : OK;
}

struct err book_save(struct book *book, struct posting *posting, const struct stage_batch *batch) {
    if (posting->row_count == 0) return pg_commit(book->pg); /* all of it was posted before a crash */
    struct posting_cover **covers;
    const size_t cover_count = posting_covers(posting, &covers);
    const struct chain_parameters chain = chain_of(posting);
    struct pg_parameters *lineage;
    const size_t span_count = lineage_parameters(book, batch, &lineage);
    size_t held_count;
    struct pg_parameters *held = cover_parameters(posting, covers, cover_count, &held_count);
    enum { JOURNALS, BUDGETS, CLOSED, LINEAGE, ENTRIES, STEPS };
    struct pg_step steps[STEPS + 1 + PEOPLE_STEPS_MAX + RETRY_STEPS_MAX] = {
        [JOURNALS] = {.sql = "INSERT INTO ledger.journal (agreement_no, seq, kind, business_date, commit_sequence, outcomes, previous, hash, posted_at, version, lines)"
                             " SELECT u.agreement_no, u.seq, 'COMMITMENT', $6, $7, u.outcomes, u.previous, u.hash, $8, $9, u.lines"
                             " FROM unnest($1, $2, $3, $4, $5, $10) AS u (agreement_no, seq, outcomes, previous, hash, lines)",
                      .parameters = chain.journals},
        [BUDGETS] = {.sql = "UPDATE ledger.budget b SET committed = b.committed + u.committed, accepted = b.accepted + u.accepted,"
                            " waitlisted = b.waitlisted + u.waitlisted, journal_seq = u.seq, head = u.hash, reserved = b.reserved + u.reserved,"
                            " reserved_heads = b.reserved_heads + u.reserved_heads, tickets = b.tickets + u.tickets, places = b.places + u.places"
                            " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS u (agreement_no, committed, accepted, waitlisted, seq, hash, reserved, reserved_heads, tickets, places)"
                            " WHERE b.agreement_no = u.agreement_no AND b.journal_seq = u.seq - 1",
                     .parameters = chain.budgets},
        [CLOSED] = {.sql = "INSERT INTO ledger.lineage_epoch (partition, epoch, first_origin, closed_at_next, reason)"
                           " SELECT l.partition, l.epoch, l.first_origin, l.next, 'epoch ' || u.epoch || ' began at origin ' || u.first_origin"
                           " FROM unnest($1, $2, $3, $4, $5, $6) AS u (partition, old_epoch, old_next, epoch, first_origin, next)"
                           " JOIN ledger.lineage l ON l.partition = u.partition AND l.epoch = u.old_epoch WHERE u.old_epoch < u.epoch ON CONFLICT DO NOTHING",
                    .parameters = lineage},
        [LINEAGE] = {.sql = "UPDATE ledger.lineage l SET epoch = u.epoch, first_origin = u.first_origin, next = u.next"
                            " FROM unnest($1, $2, $3, $4, $5, $6) AS u (partition, old_epoch, old_next, epoch, first_origin, next)"
                            " WHERE l.partition = u.partition AND l.epoch = u.old_epoch AND l.next = u.old_next",
                     .parameters = lineage},
        [ENTRIES] = {.sql = "INSERT INTO ledger.entry (agreement_no, seq, line, account, amount)"
                            " SELECT * FROM unnest($1, $2, $3, $4, $5)",
                     .parameters = chain.entries},
    };
    size_t step_count = chain.entry_count > 0 ? STEPS : ENTRIES;
    const size_t held_step = step_count;
    if (held_count > 0)
        steps[step_count++] = (struct pg_step){
            .sql = "UPDATE ledger.cover c SET jkk = c.jkk | u.jkk, jkm = c.jkm | u.jkm, jht = c.jht | u.jht, jp = c.jp | u.jp, holders = c.holders || u.holders::int[]"
                   " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS u (person_token, segment, year, jkk, jkm, jht, jp, holders)"
                   " WHERE c.person_token = u.person_token AND c.segment = u.segment AND c.year = u.year"
                   " AND c.jkk & u.jkk = 0 AND c.jkm & u.jkm = 0 AND c.jht & u.jht = 0 AND c.jp & u.jp = 0",
            .parameters = held};
    step_count += people_steps(posting, steps + step_count);
    step_count += retry_steps(book, posting, steps + step_count);
    struct err err = copy_people(book->pg, posting, covers, cover_count, held_count);
    if (!failed(&err)) err = pg_run_all(book->pg, batch->arena, steps, step_count);
    /* Under our locks a key can only be taken by somebody who decided the same application in another partition, or covered the same person, at the same moment: look again. */
    if (err.fate == FATE_SPLIT && pg_is_unique_violation(&err)) return ERR(AGAIN, "%.200s", err.text);
    TRY(err);
    if (steps[LINEAGE].rows.affected != (int64_t)span_count) return ERR(FENCED, "another writer moved the ledger's lineage");
    if (steps[BUDGETS].rows.affected != (int64_t)chain.journal_count) return ERR(AGAIN, "a budget moved under its lock");
    if (held_count > 0 && steps[held_step].rows.affected != (int64_t)held_count) return ERR(AGAIN, "another payer covered a person of this batch meanwhile");
    TRY(pg_commit(book->pg));
    for (size_t i = 0; i < batch->span_count; i++)
        if (batch->spans[i].partition < BOOK_PARTITIONS_MAX) book->partition_known[batch->spans[i].partition] = true;
    return OK;
}
