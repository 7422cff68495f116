/* The ledger's transaction. Reads what posting.c needs to know, under locks that keep it true until the commit, and writes what posting.c decided. It must never
 * decide anything about money itself, and never send a statement per row. Lock order: lineage by partition, budgets by number, covers by person,
 * pending applications. */
#include "services/ledger/book.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/edge/crypto.h"
#include "common/wire/wire.h"
#include "services/ledger/rows.h"

enum { PARTITIONS_MAX = 64, HOLDER_TEXT_MAX = 64, RETRY_FIRST_S = 60, RETRY_MOST_S = 3600 };

struct span_state { /* what the lineage row said, under its lock */
    int32_t partition;
    uint32_t epoch;
    int64_t first_origin, next;
};

struct book {
    struct pg *pg;
    struct agreement_cache *agreements;
    int64_t retry_first_s, retry_most_s;
    bool partition_known[PARTITIONS_MAX]; /* its lineage row exists */
    struct span_state *states;            /* one per span of the batch under way; in the batch's arena */
};

struct err book_open(const char *pg_url, struct book **ret_book) {
    struct pg *pg;
    TRY(pg_open(pg_url, "payung-ledger", &pg));
    struct book *book = calloc(1, sizeof *book);
    CHECK(book != NULL);
    book->pg = pg;
    book->agreements = agreement_cache_create();
    book_set_retry(book, RETRY_FIRST_S, RETRY_MOST_S);
    *ret_book = book;
    return OK;
}

void book_set_retry(struct book *book, int64_t first_s, int64_t most_s) {
    CHECK(first_s >= 1 && most_s >= first_s);
    book->retry_first_s = first_s;
    book->retry_most_s = most_s;
}

void book_close(struct book *book) {
    if (book == NULL) return;
    pg_close(book->pg);
    agreement_cache_destroy(book->agreements);
    free(book);
}

struct pg *book_session(struct book *book) { return book->pg; }
void book_undo(struct book *book) { pg_rollback(book->pg); }

/* ---- Load ------------------------------------------------------------------------------------------------------------------------------ */

static const struct priced *usable(const struct stage_item *item) { return item->parked == CODE_NONE ? item->in : NULL; }

static int compare_numbers(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The budgets of this batch, ascending, each once; number 0 when something in it has no known agreement. */
static size_t budgets_of(const struct book *book, const struct stage_batch *batch, int32_t *ret_numbers) {
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = batch->items[i].in;
        const struct agreement *agreement = priced != NULL ? agreement_by_id(book->agreements, priced->application.agreement_id) : NULL;
        const int32_t number = agreement != NULL ? agreement->number : 0;
        if (count == 0 || ret_numbers[count - 1] != number) ret_numbers[count++] = number;
    }
    qsort(ret_numbers, count, sizeof *ret_numbers, compare_numbers);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || ret_numbers[kept - 1] != ret_numbers[i]) ret_numbers[kept++] = ret_numbers[i];
    return kept;
}

static struct pg_parameters *span_parameters(const struct stage_batch *batch, bool for_insert) {
    struct arena *arena = batch->arena;
    int32_t *partitions = arena_take(arena, batch->span_count * sizeof *partitions), *epochs = arena_take(arena, batch->span_count * sizeof *epochs);
    int64_t *firsts = arena_take(arena, batch->span_count * sizeof *firsts), *from = arena_take(arena, batch->span_count * sizeof *from);
    int64_t *to = arena_take(arena, batch->span_count * sizeof *to);
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct stage_span *span = &batch->spans[i];
        partitions[i] = span->partition;
        epochs[i] = (int32_t)span->epoch;
        firsts[i] = span->first_origin;
        from[i] = span->from;
        to[i] = span->to;
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4_array(p, partitions, batch->span_count);
    pg_add_int4_array(p, epochs, batch->span_count);
    pg_add_int8_array(p, for_insert ? firsts : from, batch->span_count);
    if (!for_insert) pg_add_int8_array(p, to, batch->span_count);
    return p;
}

static struct pg_parameters *partition_parameter(const struct stage_batch *batch) {
    int32_t *partitions = arena_take(batch->arena, batch->span_count * sizeof *partitions);
    for (size_t i = 0; i < batch->span_count; i++) partitions[i] = batch->spans[i].partition;
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_int4_array(p, partitions, batch->span_count);
    return p;
}

static struct pg_parameters *application_parameters(const struct stage_batch *batch) {
    struct slice *ids = arena_take(batch->arena, batch->count * sizeof *ids);
    int32_t *attempts = arena_take(batch->arena, batch->count * sizeof *attempts);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = batch->items[i].in;
        if (priced == NULL || id_is_zero(priced->application.application_id)) continue;
        ids[count] = slice_of(priced->application.application_id.bytes, ID_BYTES);
        attempts[count++] = (int32_t)priced->application.attempt;
    }
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, ids, count);
    pg_add_int4_array(p, attempts, count);
    return p;
}

static struct pg_parameters *person_parameter(const struct stage_batch *batch) {
    struct slice *persons = arena_take(batch->arena, batch->count * sizeof *persons);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = usable(&batch->items[i]);
        if (priced != NULL && priced->verdict.status == VERDICT_ELIGIBLE) persons[count++] = slice_of(priced->application.person.bytes, TOKEN_BYTES);
    }
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, persons, count);
    return p;
}

/* Judges each span against its lineage row; from here on book->states says where the ledger stands. */
static struct err judge_lineage(struct book *book, const struct stage_batch *batch, const struct pg_rows *rows) {
    book->states = arena_zero(batch->arena, batch->span_count, sizeof *book->states);
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct stage_span *span = &batch->spans[i];
        size_t row = 0;
        while (row < rows->count && pg_int4(rows, row, 0) != span->partition) row++;
        if (row == rows->count) { /* somebody made the database anew: make the row next time */
            memset(book->partition_known, 0, sizeof book->partition_known);
            return ERR(AGAIN, "partition %d: its lineage row is not there", span->partition);
        }
        struct span_state state = {.partition = span->partition, .epoch = (uint32_t)pg_int4(rows, row, 1), .first_origin = pg_int8(rows, row, 2), .next = pg_int8(rows, row, 3)};
        if (state.epoch > span->epoch)
            return ERR(FENCED, "partition %d: the ledger stands in epoch %u, the batch comes from epoch %u", span->partition, state.epoch, span->epoch);
        if (state.epoch == span->epoch && state.first_origin != span->first_origin)
            return ERR(HALT, "ALARM partition %d epoch %u: begins at %lld in the ledger and at %lld in the log", span->partition, span->epoch,
                       (long long)state.first_origin, (long long)span->first_origin);
        const int64_t next = state.epoch < span->epoch ? span->first_origin : state.next;
        if (next < span->from)
            return ERR(HALT, "ALARM partition %d: the ledger expects origin %lld, the batch begins at %lld: records were lost. Remedy: reprocess from there",
                       span->partition, (long long)next, (long long)span->from);
        book->states[i] = state;
    }
    return OK;
}

/* The next origin that the ledger expects of a span. */
static int64_t next_of(const struct span_state *state, const struct stage_span *span) { return state->epoch < span->epoch ? span->first_origin : state->next; }

static struct err add_stored(const struct book *book, const struct stage_batch *batch, const struct pg_rows *rows, struct posting *posting) {
    int64_t expected = 0;
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct stage_span *span = &batch->spans[i];
        const int64_t next = next_of(&book->states[i], span), end = next < span->to ? next : span->to;
        expected += end > span->from ? end - span->from : 0;
    }
    if ((int64_t)rows->count != expected) return ERR(HALT, "ALARM the ledger has %zu outcomes where its lineage says %lld: run payung ledger verify", rows->count, (long long)expected);
    struct outcome_row *stored = arena_take(batch->arena, (rows->count + 1) * sizeof *stored);
    for (size_t i = 0; i < rows->count; i++) {
        stored[i] = outcome_row_of(rows, i);
        posting_add_stored(posting, &stored[i]);
    }
    for (size_t i = 0; i < batch->count && rows->count > 0; i++) { /* the log must still hold what was decided */
        const struct stage_item *item = &batch->items[i];
        const struct priced *priced = item->in;
        for (size_t k = 0; k < rows->count && priced != NULL; k++) {
            if (stored[k].partition != item->partition || stored[k].origin != item->lineage.origin) continue;
            if (memcmp(stored[k].application_id.bytes, priced->application.application_id.bytes, ID_BYTES) != 0)
                return ERR(HALT, "ALARM partition %d origin %lld: the ledger decided another application there: the log was cut", item->partition, (long long)item->lineage.origin);
        }
    }
    return OK;
}

static void add_budgets(const struct book *book, const struct pg_rows *rows, struct posting *posting) {
    for (size_t i = 0; i < rows->count; i++) {
        const struct posting_account account = {
            .agreement_no = pg_int4(rows, i, 0), .agreement = agreement_by_number(book->agreements, pg_int4(rows, i, 0)),
            .pagu = pg_int8(rows, i, 1), .quota = pg_int8(rows, i, 2), .committed = pg_int8(rows, i, 3), .accepted = pg_int8(rows, i, 4),
            .waitlisted = pg_int8(rows, i, 5), .journal_seq = pg_int8(rows, i, 6), .head = pg_bytes(rows, i, 7),
        };
        posting_add_account(posting, &account);
    }
}

static struct err add_covers(struct book *book, const struct stage_batch *batch, const struct pg_rows *rows, struct posting *posting) {
    enum { HOLDER_NUMBERS = 1 + LEDGER_PROGRAMMES };
    const int32_t **holders = arena_take(batch->arena, (rows->count + 1) * sizeof(int32_t *));
    size_t *sizes = arena_take(batch->arena, (rows->count + 1) * sizeof *sizes), total = 0;
    for (size_t i = 0; i < rows->count; i++) {
        sizes[i] = pg_int4_array(rows, i, 3, batch->arena, &holders[i]) / HOLDER_NUMBERS;
        total += sizes[i];
    }
    int32_t *numbers = arena_take(batch->arena, (total + 1) * sizeof *numbers);
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < sizes[i]; k++) numbers[count++] = holders[i][k * HOLDER_NUMBERS];
    TRY(agreement_cache_fetch(book->agreements, book->pg, batch->arena, NULL, 0, numbers, count)); /* whose payers are they? mostly known */
    for (size_t i = 0; i < rows->count; i++) {
        struct person_token person = {{0}};
        const struct slice token = pg_bytes(rows, i, 0);
        CHECK(token.size == TOKEN_BYTES);
        memcpy(person.bytes, token.bytes, TOKEN_BYTES);
        for (size_t k = 0; k < sizes[i]; k++) {
            const int32_t *holder = holders[i] + k * HOLDER_NUMBERS;
            uint16_t months[LEDGER_PROGRAMMES];
            for (int programme = 0; programme < LEDGER_PROGRAMMES; programme++) months[programme] = (uint16_t)holder[1 + programme];
            posting_add_cover(posting, person, (enum segment)pg_int2(rows, i, 1), pg_int2(rows, i, 2), holder[0], agreement_by_number(book->agreements, holder[0]), months);
        }
    }
    return OK;
}

struct err book_load(struct book *book, const struct stage_batch *batch, struct posting **ret_posting) {
    CHECK(batch->count > 0 && batch->span_count > 0);
    struct slice *ids = arena_take(batch->arena, batch->count * sizeof *ids);
    size_t id_count = 0;
    bool new_partition = false;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = usable(&batch->items[i]);
        if (priced != NULL) ids[id_count++] = priced->application.agreement_id;
    }
    for (size_t i = 0; i < batch->span_count; i++) new_partition |= batch->spans[i].partition >= PARTITIONS_MAX || !book->partition_known[batch->spans[i].partition];
    TRY(agreement_cache_fetch(book->agreements, book->pg, batch->arena, ids, id_count, NULL, 0)); /* immutable: outside of the transaction */

    int32_t *numbers = arena_take(batch->arena, (batch->count + 1) * sizeof *numbers);
    const size_t number_count = budgets_of(book, batch, numbers);
    struct pg_parameters *budgets = pg_parameters(batch->arena);
    pg_add_int4_array(budgets, numbers, number_count);
    enum { NEW_PARTITIONS, LINEAGE, STORED, BUDGETS, FIRSTS, COVERS, SEQUENCE, STEPS };
    struct pg_step steps[STEPS] = {
        [NEW_PARTITIONS] = {.sql = "INSERT INTO ledger.lineage (partition, epoch, first_origin, next)"
                                   " SELECT s.partition, s.epoch, s.first_origin, s.first_origin FROM unnest($1, $2, $3) AS s (partition, epoch, first_origin)"
                                   " ORDER BY 1 ON CONFLICT DO NOTHING",
                            .parameters = span_parameters(batch, true)},
        [LINEAGE] = {.sql = "SELECT partition, epoch, first_origin, next FROM ledger.lineage WHERE partition = ANY ($1) ORDER BY partition FOR UPDATE",
                     .parameters = partition_parameter(batch)},
        [STORED] = {.sql = "SELECT " OUTCOME_COLUMNS " FROM unnest($1, $2, $3, $4) AS s (partition, epoch, first, behind)"
                           " JOIN ledger.outcome o ON o.partition = s.partition AND o.epoch = s.epoch AND o.origin >= s.first AND o.origin < s.behind",
                    .parameters = span_parameters(batch, false)},
        [BUDGETS] = {.sql = "SELECT agreement_no, pagu - delegated, quota, committed, accepted, waitlisted, journal_seq, head FROM ledger.budget"
                            " WHERE agreement_no = ANY ($1) ORDER BY agreement_no FOR UPDATE",
                     .parameters = budgets},
        [FIRSTS] = {.sql = "SELECT " OUTCOME_COLUMNS " FROM unnest($1, $2) AS a (id, attempt)"
                           " JOIN ledger.outcome o ON o.application_id = a.id AND o.attempt = a.attempt"
                           " WHERE NOT o.repeat AND o.application_id <> '\\x00000000000000000000000000000000'",
                    .parameters = application_parameters(batch)},
        [COVERS] = {.sql = "SELECT person_token, segment, year, holders FROM ledger.cover WHERE person_token = ANY ($1)", .parameters = person_parameter(batch)},
        [SEQUENCE] = {.sql = "SELECT nextval('ledger.commit_sequence')"},
    };
    const size_t start = new_partition ? NEW_PARTITIONS : LINEAGE;
    TRY(pg_begin(book->pg));
    TRY(pg_run_all(book->pg, batch->arena, steps + start, STEPS - start));
    TRY(judge_lineage(book, batch, &steps[LINEAGE].rows));
    if (steps[BUDGETS].rows.count != number_count) return ERR(FATAL, "%zu agreements have no budget row: run payung migrate", number_count - steps[BUDGETS].rows.count);

    struct posting *posting = posting_start(batch->arena, batch->count, pg_int8(&steps[SEQUENCE].rows, 0, 0), batch->moment_ms);
    TRY(add_stored(book, batch, &steps[STORED].rows, posting));
    add_budgets(book, &steps[BUDGETS].rows, posting);
    struct outcome_row *firsts = arena_take(batch->arena, (steps[FIRSTS].rows.count + 1) * sizeof *firsts);
    for (size_t i = 0; i < steps[FIRSTS].rows.count; i++) {
        firsts[i] = outcome_row_of(&steps[FIRSTS].rows, i);
        posting_add_first(posting, &firsts[i]);
    }
    TRY(add_covers(book, batch, &steps[COVERS].rows, posting));
    *ret_posting = posting;
    return OK;
}

/* ---- Save ------------------------------------------------------------------------------------------------------------------------------ */

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
    const day_t business_date = day_from_unix(posting->moment_ms / 1000, WIB_OFFSET_S);
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
        if (next_of(&book->states[i], span) >= span->to) continue;
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
        if (batch->spans[i].partition < PARTITIONS_MAX) book->partition_known[batch->spans[i].partition] = true;
    return OK;
}
