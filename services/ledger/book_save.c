/* The second half of the ledger's transaction: writes what posting.c decided, under the locks that book.c took, and commits. It must never decide anything about money
 * itself, and never send a statement per row. */
#include <stdio.h>

#include "common/edge/crypto.h"
#include "common/wire/wire.h"
#include "services/ledger/book_parts.h"

enum { HOLDER_TEXT_MAX = 64 };

#define ARRAY(type, name, count) type *name = arena_take(arena, ((count) + 1) * sizeof *name)

static struct pg_parameters *outcome_parameters(struct posting *posting) {
    struct arena *arena = posting->arena;
    const size_t n = posting->row_count;
    ARRAY(int32_t, epochs, n); ARRAY(int32_t, partitions, n); ARRAY(int64_t, origins, n); ARRAY(struct slice, applications, n); ARRAY(int32_t, attempts, n);
    ARRAY(bool, repeats, n); ARRAY(int32_t, agreements, n); ARRAY(struct slice, batches, n); ARRAY(int32_t, numbers, n); ARRAY(int16_t, statuses, n);
    ARRAY(int64_t, codes, n); ARRAY(int64_t, warnings, n); ARRAY(struct slice, persons, n); ARRAY(int16_t, segments, n); ARRAY(int16_t, programmes, n);
    ARRAY(int32_t, starts, n); ARRAY(int16_t, months, n); ARRAY(int64_t, amounts, n); ARRAY(int32_t, ranks, n); ARRAY(int32_t, dates, n);
    ARRAY(struct slice, lines, n); ARRAY(struct slice, messages, n); ARRAY(int32_t, positions, n); ARRAY(int64_t, journals, n);
    int64_t *sums[LEDGER_CHARGES];
    for (int k = 0; k < LEDGER_CHARGES; k++) sums[k] = arena_take(arena, (n + 1) * sizeof(int64_t));
    for (size_t i = 0; i < n; i++) {
        const struct outcome_row *row = &posting->rows[i];
        epochs[i] = (int32_t)row->epoch; partitions[i] = row->partition; origins[i] = row->origin;
        applications[i] = slice_of(row->application_id.bytes, ID_BYTES); attempts[i] = (int32_t)row->attempt; repeats[i] = row->repeat;
        agreements[i] = row->agreement_no; batches[i] = row->batch_id; numbers[i] = row->row_number; statuses[i] = (int16_t)row->status;
        codes[i] = (int64_t)row->codes.bits; warnings[i] = (int64_t)row->warnings.bits; persons[i] = slice_of(row->person.bytes, TOKEN_BYTES);
        segments[i] = (int16_t)row->segment; programmes[i] = row->programmes; starts[i] = row->start_month; months[i] = (int16_t)row->months;
        for (int k = 0; k < LEDGER_CHARGES; k++) sums[k][i] = row->by_charge[k];
        amounts[i] = row->amount; ranks[i] = row->rank; dates[i] = row->registration_date; lines[i] = row->lines; messages[i] = row->message_due;
        positions[i] = row->position; journals[i] = row->journal_seq;
        if (batches[i].bytes == NULL) batches[i] = slice_text("");
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4_array(p, epochs, n); pg_add_int4_array(p, partitions, n); pg_add_int8_array(p, origins, n); pg_add_bytea_array(p, applications, n);
    pg_add_int4_array(p, attempts, n); pg_add_bool_array(p, repeats, n); pg_add_int4_array(p, agreements, n); pg_add_text_array(p, batches, n);
    pg_add_int4_array(p, numbers, n); pg_add_int2_array(p, statuses, n); pg_add_int8_array(p, codes, n); pg_add_int8_array(p, warnings, n);
    pg_add_bytea_array(p, persons, n); pg_add_int2_array(p, segments, n); pg_add_int2_array(p, programmes, n); pg_add_int4_array(p, starts, n);
    pg_add_int2_array(p, months, n);
    for (int k = 0; k < LEDGER_CHARGES; k++) pg_add_int8_array(p, sums[k], n);
    pg_add_int8_array(p, amounts, n); pg_add_int4_array(p, ranks, n); pg_add_date_array(p, dates, n); pg_add_text_array(p, lines, n);
    pg_add_text_array(p, messages, n); pg_add_int8(p, posting->commit_sequence); pg_add_int4_array(p, positions, n); pg_add_int8_array(p, journals, n);
    pg_add_timestamp_ms(p, posting->moment_ms);
    return p;
}

/* "{agreement, jkk, jkm, jht, jp, ...}": the groups that this batch adds, as the text of an int[]. */
static struct slice holder_text(struct arena *arena, const struct posting_cover *cover) {
    size_t groups = 0;
    for (const struct posting_holder *holder = cover->holders; holder != NULL; holder = holder->next) groups += holder->is_new;
    const size_t size = groups * HOLDER_TEXT_MAX + 3;
    char *text = arena_take(arena, size);
    size_t used = 0;
    for (const struct posting_holder *holder = cover->holders; holder != NULL; holder = holder->next) {
        if (!holder->is_new) continue;
        const int wrote = snprintf(text + used, size - used, "%c%d,%u,%u,%u,%u", used == 0 ? '{' : ',', holder->agreement_no, (unsigned)holder->months[0],
                                   (unsigned)holder->months[1], (unsigned)holder->months[2], (unsigned)holder->months[3]);
        CHECK(wrote > 0 && (size_t)wrote < size - used);
        used += (size_t)wrote;
    }
    text[used++] = '}';
    return slice_of(text, used);
}

static struct pg_parameters *cover_parameters(struct posting *posting, struct posting_cover **covers, size_t n) {
    struct arena *arena = posting->arena;
    ARRAY(struct slice, persons, n); ARRAY(int16_t, segments, n); ARRAY(int16_t, years, n); ARRAY(struct slice, holders, n);
    int32_t *added[LEDGER_PROGRAMMES];
    for (int k = 0; k < LEDGER_PROGRAMMES; k++) added[k] = arena_take(arena, (n + 1) * sizeof(int32_t));
    for (size_t i = 0; i < n; i++) {
        persons[i] = slice_of(covers[i]->person.bytes, TOKEN_BYTES);
        segments[i] = (int16_t)covers[i]->segment;
        years[i] = (int16_t)covers[i]->year;
        holders[i] = holder_text(arena, covers[i]);
        for (int k = 0; k < LEDGER_PROGRAMMES; k++) added[k][i] = covers[i]->added[k];
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, persons, n);
    pg_add_int2_array(p, segments, n);
    pg_add_int2_array(p, years, n);
    for (int k = 0; k < LEDGER_PROGRAMMES; k++) pg_add_int4_array(p, added[k], n);
    pg_add_text_array(p, holders, n);
    return p;
}

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
    sha256_finish(hash, ret_hash);
}

static struct chain_parameters chain_of(struct posting *posting) {
    struct arena *arena = posting->arena;
    const size_t n = posting->account_count, m = n * POSTING_ENTRIES_MAX;
    ARRAY(int32_t, agreements, n); ARRAY(int64_t, seqs, n); ARRAY(int32_t, outcomes, n); ARRAY(struct slice, previous, n); ARRAY(struct slice, hashes, n);
    ARRAY(int64_t, committed, n); ARRAY(int64_t, accepted, n); ARRAY(int64_t, waitlisted, n);
    ARRAY(int32_t, entry_agreements, m); ARRAY(int64_t, entry_seqs, m); ARRAY(int16_t, lines, m); ARRAY(struct slice, names, m); ARRAY(int64_t, amounts, m);
    struct chain_parameters chain = {0};
    const day_t business_date = day_of_business(posting->moment_ms);
    for (size_t i = 0; i < n; i++) {
        const struct posting_account *account = posting->accounts[i];
        if (account->outcomes == 0) continue;
        struct entry_row entries[POSTING_ENTRIES_MAX];
        const size_t entry_count = posting_entries(arena, account, entries);
        const struct journal_row journal = {
            .agreement_no = account->agreement_no, .seq = account->journal_seq + 1, .version = JOURNAL_VERSION, .kind = slice_text("COMMITMENT"), .business_date = business_date,
            .commit_sequence = posting->commit_sequence, .outcomes = account->outcomes, .previous = account->head, .posted_at_us = posting->moment_ms * 1000,
        };
        uint8_t *hash = arena_take(arena, SHA256_BYTES);
        hash_journal(posting, account, &journal, entries, entry_count, hash);
        const size_t at = chain.journal_count++;
        agreements[at] = account->agreement_no;
        seqs[at] = journal.seq;
        outcomes[at] = account->outcomes;
        previous[at] = account->head;
        hashes[at] = slice_of(hash, SHA256_BYTES);
        committed[at] = entry_count > 0 ? entries[0].amount : 0;
        accepted[at] = account->added_accepted;
        waitlisted[at] = account->added_waitlisted;
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
    chain.entries = pg_parameters(arena);
    pg_add_int4_array(chain.entries, entry_agreements, chain.entry_count); pg_add_int8_array(chain.entries, entry_seqs, chain.entry_count);
    pg_add_int2_array(chain.entries, lines, chain.entry_count); pg_add_text_array(chain.entries, names, chain.entry_count);
    pg_add_int8_array(chain.entries, amounts, chain.entry_count);
    chain.budgets = pg_parameters(arena);
    pg_add_int4_array(chain.budgets, agreements, journals); pg_add_int8_array(chain.budgets, committed, journals); pg_add_int8_array(chain.budgets, accepted, journals);
    pg_add_int8_array(chain.budgets, waitlisted, journals); pg_add_int8_array(chain.budgets, seqs, journals); pg_add_bytea_array(chain.budgets, hashes, journals);
    return chain;
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
                   " codes = excluded.codes, record = excluded.record, due_at = excluded.due_at WHERE p.attempt < excluded.attempt",
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

struct err book_save(struct book *book, struct posting *posting, const struct stage_batch *batch) {
    if (posting->row_count == 0) return pg_commit(book->pg); /* all of it was posted before a crash */
    struct posting_cover **covers;
    const size_t cover_count = posting_covers(posting, &covers);
    const struct chain_parameters chain = chain_of(posting);
    struct pg_parameters *lineage;
    const size_t span_count = lineage_parameters(book, batch, &lineage);
    enum { OUTCOMES, JOURNALS, BUDGETS, CLOSED, LINEAGE, ENTRIES, COVERS, STEPS };
    struct pg_step steps[STEPS + RETRY_STEPS_MAX] = {
        [OUTCOMES] = {.sql = "INSERT INTO ledger.outcome (epoch, partition, origin, application_id, attempt, repeat, agreement_no, batch_id, row_number, status,"
                             " codes, warnings, person_token, segment, programmes, start_month, months, jkk, jkm, jht, jp, package, amount, rank, registration_date,"
                             " lines, message_due, commit_sequence, position, journal_seq, decided_at)"
                             " SELECT u.c1, u.c2, u.c3, u.c4, u.c5, u.c6, u.c7, u.c8, u.c9, u.c10, u.c11, u.c12, u.c13, u.c14, u.c15, u.c16, u.c17, u.c18, u.c19,"
                             " u.c20, u.c21, u.c22, u.c23, u.c24, u.c25, u.c26, u.c27, $28, u.c29, u.c30, $31"
                             " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,"
                             " $27, $29, $30) AS u (c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15, c16, c17, c18, c19, c20, c21, c22, c23, c24, c25,"
                             " c26, c27, c29, c30)",
                      .parameters = outcome_parameters(posting)},
        [JOURNALS] = {.sql = "INSERT INTO ledger.journal (agreement_no, seq, kind, business_date, commit_sequence, outcomes, previous, hash, posted_at, version)"
                             " SELECT u.agreement_no, u.seq, 'COMMITMENT', $6, $7, u.outcomes, u.previous, u.hash, $8, $9"
                             " FROM unnest($1, $2, $3, $4, $5) AS u (agreement_no, seq, outcomes, previous, hash)",
                      .parameters = chain.journals},
        [BUDGETS] = {.sql = "UPDATE ledger.budget b SET committed = b.committed + u.committed, accepted = b.accepted + u.accepted,"
                            " waitlisted = b.waitlisted + u.waitlisted, journal_seq = u.seq, head = u.hash"
                            " FROM unnest($1, $2, $3, $4, $5, $6) AS u (agreement_no, committed, accepted, waitlisted, seq, hash)"
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
        [COVERS] = {.sql = "INSERT INTO ledger.cover AS c (person_token, segment, year, jkk, jkm, jht, jp, holders)"
                           " SELECT u.person_token, u.segment, u.year, u.jkk, u.jkm, u.jht, u.jp, u.holders::int[]"
                           " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) AS u (person_token, segment, year, jkk, jkm, jht, jp, holders)"
                           " ON CONFLICT (person_token, segment, year) DO UPDATE SET jkk = c.jkk | excluded.jkk, jkm = c.jkm | excluded.jkm,"
                           " jht = c.jht | excluded.jht, jp = c.jp | excluded.jp, holders = c.holders || excluded.holders"
                           " WHERE c.jkk & excluded.jkk = 0 AND c.jkm & excluded.jkm = 0 AND c.jht & excluded.jht = 0 AND c.jp & excluded.jp = 0",
                    .parameters = cover_parameters(posting, covers, cover_count)},
    };
    size_t step_count = cover_count > 0 ? STEPS : chain.entry_count > 0 ? COVERS : ENTRIES;
    step_count += retry_steps(book, posting, steps + step_count);
    struct err err = pg_run_all(book->pg, batch->arena, steps, step_count);
    /* Under our locks a key can only be taken by somebody who decided the same application in another partition at the same moment: look again. */
    if (err.fate == FATE_SPLIT && strstr(err.text, " 23505") != NULL) return ERR(AGAIN, "%.200s", err.text);
    TRY(err);
    if (steps[LINEAGE].rows.affected != (int64_t)span_count) return ERR(FENCED, "another writer moved the ledger's lineage");
    if (steps[BUDGETS].rows.affected != (int64_t)chain.journal_count) return ERR(AGAIN, "a budget moved under its lock");
    if (cover_count > 0 && steps[COVERS].rows.affected != (int64_t)cover_count) return ERR(AGAIN, "another payer covered a person of this batch meanwhile");
    TRY(pg_commit(book->pg));
    for (size_t i = 0; i < batch->span_count; i++)
        if (batch->spans[i].partition < BOOK_PARTITIONS_MAX) book->partition_known[batch->spans[i].partition] = true;
    return OK;
}
