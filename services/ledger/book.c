/* The first half of the ledger's transaction: reads what posting.c needs to know, under locks that keep it true until the commit (book_save.c writes what posting.c decided). It
 * must never decide anything about money itself, and never send a statement per row. Lock order of both halves: lineage by partition, budgets by number, covers by person,
 * pending applications. */
#include <stdlib.h>

#include "services/ledger/book_parts.h"
#include "services/ledger/outcome_sql.h"
#include "services/ledger/rows.h"

enum { RETRY_FIRST_S = 60, RETRY_MOST_S = 21600 };

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

static const struct priced *usable(const struct stage_item *item) { return item->parked == CODE_NONE ? item->in : NULL; }

static int compare_numbers(const void *a, const void *b) {
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

/* The budgets of this batch, ascending, each once; number 0 when something in it has no known agreement, or is parked: the chain of agreement 0 takes whatever no agreement's own
 * chain may refuse. */
static size_t budgets_of(const struct book *book, const struct stage_batch *batch, int32_t *ret_numbers) {
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = usable(&batch->items[i]);
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

static struct pg_parameters *application_parameters(const struct book *book, const struct stage_batch *batch) {
    struct slice *ids = arena_take(batch->arena, batch->count * sizeof *ids);
    int32_t *attempts = arena_take(batch->arena, batch->count * sizeof *attempts);
    int16_t *periods = arena_take(batch->arena, batch->count * sizeof *periods);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = batch->items[i].in;
        if (priced == NULL || id_is_zero(priced->application.application_id)) continue;
        ids[count] = slice_of(priced->application.application_id.bytes, ID_BYTES);
        attempts[count] = (int32_t)priced->application.attempt;
        periods[count++] = (int16_t)posting_period(agreement_by_id(book->agreements, priced->application.agreement_id));
    }
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, ids, count);
    pg_add_int4_array(p, attempts, count);
    pg_add_int2_array(p, periods, count);
    return p;
}

/* Of whom the waiting list, or a mutation, may know something. */
static struct pg_parameters *asked_again_parameter(const struct stage_batch *batch) {
    struct slice *ids = arena_take(batch->arena, batch->count * sizeof *ids);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = batch->items[i].in;
        if (priced != NULL && priced->application.attempt > 1) ids[count++] = slice_of(priced->application.application_id.bytes, ID_BYTES);
    }
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, ids, count);
    return p;
}

/* The persons whose calendars decide, and the years that are asked for: the calendar is stored by year. */
static struct pg_parameters *cover_parameter(const struct stage_batch *batch) {
    struct slice *persons = arena_take(batch->arena, batch->count * sizeof *persons);
    size_t count = 0;
    int32_t first_year = INT16_MAX, last_year = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = usable(&batch->items[i]);
        if (priced == NULL || priced->verdict.status != VERDICT_ELIGIBLE) continue;
        persons[count++] = slice_of(priced->application.person.bytes, TOKEN_BYTES);
        const struct verdict *verdict = &priced->verdict;
        if (verdict->months == 0 || verdict->months > COVER_MONTHS_MAX || !month_is_valid(verdict->start_month)) continue; /* posting.c refuses it */
        const int32_t from = month_year(verdict->start_month), to = month_year(month_add(verdict->start_month, (int32_t)verdict->months - 1));
        if (from < first_year) first_year = from;
        if (to > last_year) last_year = to;
    }
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, persons, count);
    pg_add_int2(p, (int16_t)first_year);
    pg_add_int2(p, (int16_t)last_year);
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

static struct err add_stored(const struct book *book, const struct stage_batch *batch, const struct pg_rows *rows, struct posting *posting) {
    int64_t expected = 0;
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct stage_span *span = &batch->spans[i];
        const int64_t next = book_next_of(&book->states[i], span), end = next < span->to ? next : span->to;
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
            .waitlisted = pg_int8(rows, i, 5), .journal_seq = pg_int8(rows, i, 6), .head = pg_bytes(rows, i, 7), .reserved = pg_int8(rows, i, 8),
            .reserved_heads = pg_int8(rows, i, 9), .tickets = pg_int8(rows, i, 10), .places = pg_int8(rows, i, 11),
        };
        posting_add_account(posting, &account);
    }
}

static void add_waiting(const struct pg_rows *rows, struct posting *posting) {
    for (size_t i = 0; i < rows->count; i++) {
        struct posting_waiting waiting = {
            .agreement_no = pg_int4(rows, i, 1), .attempt = (uint32_t)pg_int4(rows, i, 2), .state = (enum waiting_state)pg_int2(rows, i, 3), .undecided = pg_bool(rows, i, 4),
            .ticket = pg_int8(rows, i, 5), .reserved = pg_int8(rows, i, 6), .reserved_until = pg_date(rows, i, 7), .class_number = pg_int2(rows, i, 8), .desil = pg_int2(rows, i, 9),
            .proposal_date = pg_date(rows, i, 10), .village = pg_int8(rows, i, 11), .row_number = pg_int4(rows, i, 12), .commit_sequence = pg_int8(rows, i, 13),
            .position = pg_int4(rows, i, 14), .segment = (enum segment)pg_int2(rows, i, 16), /* written back whole: the row has to keep its constraints */
        };
        const struct slice id = pg_bytes(rows, i, 0), person = pg_bytes(rows, i, 15);
        CHECK(id.size == ID_BYTES && person.size == TOKEN_BYTES);
        memcpy(waiting.application_id.bytes, id.bytes, ID_BYTES);
        memcpy(waiting.person.bytes, person.bytes, TOKEN_BYTES);
        posting_add_waiting(posting, &waiting);
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
        if (sizes[i] == 0) posting_add_cover(posting, person, (enum segment)pg_int2(rows, i, 1), pg_int2(rows, i, 2), 0, NULL, (const uint16_t[LEDGER_PROGRAMMES]){0});
        for (size_t k = 0; k < sizes[i]; k++) {
            const int32_t *holder = holders[i] + k * HOLDER_NUMBERS;
            uint16_t months[LEDGER_PROGRAMMES];
            for (int programme = 0; programme < LEDGER_PROGRAMMES; programme++) months[programme] = (uint16_t)holder[1 + programme];
            posting_add_cover(posting, person, (enum segment)pg_int2(rows, i, 1), pg_int2(rows, i, 2), holder[0], agreement_by_number(book->agreements, holder[0]), months);
        }
    }
    return OK;
}

void book_doubt_agreements(struct book *book) { agreement_cache_doubt(book->agreements); }

/* Terms were read before the locks were taken: an amendment may have come between. */
static bool are_terms_in_force(const struct book *book, const struct pg_rows *budgets) {
    for (size_t i = 0; i < budgets->count; i++) {
        const struct agreement *agreement = agreement_by_number(book->agreements, pg_int4(budgets, i, 0));
        if (agreement != NULL && agreement->amendment != pg_int4(budgets, i, 12)) return false;
    }
    return true;
}

static void add_departed(const struct pg_rows *rows, struct posting *posting) {
    for (size_t i = 0; i < rows->count; i++) {
        struct id application_id;
        const struct slice id = pg_bytes(rows, i, 0);
        CHECK(id.size == ID_BYTES);
        memcpy(application_id.bytes, id.bytes, ID_BYTES);
        posting_add_departed(posting, application_id, slice_is(pg_bytes(rows, i, 1), "DEATH"));
    }
}

/* *ret_posting NULL: terms have changed since they were read; nothing is locked any more. */
static struct err load_once(struct book *book, const struct stage_batch *batch, struct posting **ret_posting) {
    struct slice *ids = arena_take(batch->arena, batch->count * sizeof *ids);
    size_t id_count = 0;
    bool new_partition = false;
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = usable(&batch->items[i]);
        if (priced != NULL) ids[id_count++] = priced->application.agreement_id;
    }
    for (size_t i = 0; i < batch->span_count; i++) new_partition |= batch->spans[i].partition >= BOOK_PARTITIONS_MAX || !book->partition_known[batch->spans[i].partition];
    TRY(agreement_cache_fetch(book->agreements, book->pg, batch->arena, ids, id_count, NULL, 0)); /* outside of the transaction: terms may be a second old, money is read under the lock below */

    int32_t *numbers = arena_take(batch->arena, (batch->count + 1) * sizeof *numbers);
    const size_t number_count = budgets_of(book, batch, numbers);
    struct pg_parameters *budgets = pg_parameters(batch->arena);
    pg_add_int4_array(budgets, numbers, number_count);
    struct pg_parameters *asked_again = asked_again_parameter(batch);
    enum { NEW_PARTITIONS, PROBES, LINEAGE, STORED, BUDGETS, FIRSTS, WAITING, DEPARTED, COVERS, SEQUENCE, STEPS };
    struct pg_step steps[STEPS] = {
        [NEW_PARTITIONS] = {.sql = "INSERT INTO ledger.lineage (partition, epoch, first_origin, next)"
                                   " SELECT s.partition, s.epoch, s.first_origin, s.first_origin FROM unnest($1, $2, $3) AS s (partition, epoch, first_origin)"
                                   " ORDER BY 1 ON CONFLICT DO NOTHING",
                            .parameters = span_parameters(batch, true)},
        /* Every statement of this transaction asks for at most a few thousand keys, however large the ledger is: a plan that walks over a table would grow with it, and so
         * one plan is right for ever. */
        [PROBES] = {.sql = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),"
                           " set_config('plan_cache_mode', 'force_generic_plan', true)"},
        [LINEAGE] = {.sql = "SELECT partition, epoch, first_origin, next FROM ledger.lineage WHERE partition = ANY ($1) ORDER BY partition FOR UPDATE",
                     .parameters = partition_parameter(batch)},
        [STORED] = {.sql = "SELECT " OUTCOME_COLUMNS " FROM unnest($1, $2, $3, $4) AS s (partition, epoch, first, behind)"
                           " JOIN ledger.outcome o ON o.partition = s.partition AND o.epoch = s.epoch AND o.origin >= s.first AND o.origin < s.behind",
                    .parameters = span_parameters(batch, false)},
        [BUDGETS] = {.sql = "SELECT b.agreement_no, b.pagu - b.delegated, b.quota, b.committed, b.accepted, b.waitlisted, b.journal_seq, b.head, b.reserved, b.reserved_heads,"
                            " b.tickets, b.places, a.amendment FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no)"
                            " WHERE b.agreement_no = ANY ($1) ORDER BY b.agreement_no FOR UPDATE OF b",
                     .parameters = budgets},
        [FIRSTS] = {.sql = "SELECT " OUTCOME_COLUMNS " FROM (SELECT * FROM unnest($1, $2, $3) AS u (id, attempt, period) ORDER BY period, id) a" /* as in the index: its pages are met once */
                           " JOIN ledger.outcome o ON o.period = ANY (ARRAY[a.period, 0::smallint]) AND o.application_id = a.id AND o.attempt = a.attempt" /* 0: parked */
                           " WHERE " FIRST_OUTCOME_SQL("o"),
                    .parameters = application_parameters(book, batch)},
        [WAITING] = {.sql = "SELECT application_id, agreement_no, attempt, state, undecided, ticket, reserved, reserved_until, class, desil, proposal_date,"
                            " village, row_number, commit_sequence, position, person_token, segment FROM ledger.waiting"
                            " WHERE application_id = ANY ($1)",
                     .parameters = asked_again},
        [DEPARTED] = {.sql = "SELECT application_id, reason FROM ledger.departed WHERE application_id = ANY ($1)", .parameters = asked_again},
        [COVERS] = {.sql = "SELECT person_token, segment, year, holders FROM ledger.cover WHERE person_token = ANY ($1) AND year BETWEEN $2 AND $3",
                    .parameters = cover_parameter(batch)},
        [SEQUENCE] = {.sql = "SELECT nextval('ledger.commit_sequence')"},
    };
    const size_t start = new_partition ? NEW_PARTITIONS : PROBES;
    TRY(pg_begin(book->pg));
    TRY(pg_run_all(book->pg, batch->arena, steps + start, STEPS - start));
    TRY(judge_lineage(book, batch, &steps[LINEAGE].rows));
    if (steps[BUDGETS].rows.count != number_count) return ERR(FATAL, "%zu agreements have no budget row: run payung migrate", number_count - steps[BUDGETS].rows.count);

    *ret_posting = NULL;
    if (!are_terms_in_force(book, &steps[BUDGETS].rows)) return OK;
    struct posting *posting = posting_start(batch->arena, batch->count, pg_int8(&steps[SEQUENCE].rows, 0, 0), batch->moment_ms);
    TRY(add_stored(book, batch, &steps[STORED].rows, posting));
    add_budgets(book, &steps[BUDGETS].rows, posting);
    add_waiting(&steps[WAITING].rows, posting);
    add_departed(&steps[DEPARTED].rows, posting);
    struct outcome_row *firsts = arena_take(batch->arena, (steps[FIRSTS].rows.count + 1) * sizeof *firsts);
    for (size_t i = 0; i < steps[FIRSTS].rows.count; i++) {
        firsts[i] = outcome_row_of(&steps[FIRSTS].rows, i);
        posting_add_first(posting, &firsts[i]);
    }
    TRY(add_covers(book, batch, &steps[COVERS].rows, posting));
    *ret_posting = posting;
    return OK;
}

struct err book_load(struct book *book, const struct stage_batch *batch, struct posting **ret_posting) {
    CHECK(batch->count > 0 && batch->span_count > 0);
    TRY(load_once(book, batch, ret_posting));
    if (*ret_posting != NULL) return OK;
    pg_rollback(book->pg);
    book_doubt_agreements(book);
    TRY(load_once(book, batch, ret_posting));
    return *ret_posting != NULL ? OK : ERR(AGAIN, "an agreement is amended at this moment");
}
