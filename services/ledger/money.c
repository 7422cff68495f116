/* The frame of every command: locks, sequence, journal, budget, archive, audit. What a command means stands in its own file; this one must never know it. */
#include "services/ledger/money.h"

#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "common/wire/wire.h"
#include "proto/topics.h"
#include "services/ledger/rows.h"

enum { PAGE_BYTES_MAX = 64 * 1024 * 1024, COMMAND_PARTITION = 0 };

/* ---- begin ----------------------------------------------------------------------------------------------------------------------------------- */

static void keep_account(struct money *money, const struct pg_rows *rows, size_t row) {
    struct money_account *account = &money->accounts[money->account_count++];
    const struct slice head = pg_bytes(rows, row, 14);
    CHECK(head.size <= sizeof account->head);
    *account = (struct money_account){
        .agreement_no = pg_int4(rows, row, 0), .id = arena_copy(money->arena, pg_bytes(rows, row, 1)), .pagu = pg_int8(rows, row, 2), .delegated = pg_int8(rows, row, 3),
        .committed = pg_int8(rows, row, 4), .reserved = pg_int8(rows, row, 5), .receivable = pg_int8(rows, row, 6), .credit = pg_int8(rows, row, 7),
        .quota = pg_int8(rows, row, 8), .accepted = pg_int8(rows, row, 9), .reserved_heads = pg_int8(rows, row, 10), .waitlisted = pg_int8(rows, row, 11),
        .tickets = pg_int8(rows, row, 12), .journal_seq = pg_int8(rows, row, 13), .head_size = head.size, .invoices = pg_int4(rows, row, 15),
    };
    if (head.size > 0) memcpy(account->head, head.bytes, head.size);
}

static struct pg_step lock_step(struct money *money, const struct slice *ids, size_t count) {
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_text_array(p, ids, count);
    return (struct pg_step){
        .sql = "SELECT b.agreement_no, a.agreement_id, b.pagu, b.delegated, b.committed, b.reserved, b.receivable, b.credit, b.quota, b.accepted, b.reserved_heads, b.waitlisted,"
               " b.tickets, b.journal_seq, b.head, b.invoices FROM ledger.budget b JOIN ledger.agreement a USING (agreement_no)"
               " WHERE a.agreement_id = ANY ($1) ORDER BY b.agreement_no FOR UPDATE OF b",
        .parameters = p};
}

static struct err keep_accounts(struct money *money, const struct pg_rows *rows) {
    if (money->account_count + rows->count > MONEY_ACCOUNTS_MAX)
        return ERR(FATAL, "a command of %zu agreements at once: %d is the most", money->account_count + rows->count, MONEY_ACCOUNTS_MAX);
    for (size_t i = 0; i < rows->count; i++) keep_account(money, rows, i);
    return OK;
}

/* Drawn only under the locks: a later number has seen everything of an earlier one. */
static struct pg_step sequence_step(struct money *money, int64_t given) {
    if (given == 0) return (struct pg_step){.sql = "SELECT nextval('ledger.commit_sequence')"};
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int8(p, given);
    return (struct pg_step){.sql = "SELECT setval('ledger.commit_sequence', $1)", .parameters = p};
}

static struct err lock_and_draw(struct money *money, const struct slice *ids, size_t count, int64_t given) {
    enum { TIMEOUT, LOCK, SEQUENCE, STEPS };
    struct pg_step steps[STEPS] = {
        [TIMEOUT] = {.sql = "SET LOCAL statement_timeout = '15min'"}, /* a command may move a whole province at once */
        [LOCK] = lock_step(money, ids, count), [SEQUENCE] = sequence_step(money, given),
    };
    TRY(pg_run_all(money->pg, money->arena, steps, STEPS));
    money->commit_sequence = pg_int8(&steps[SEQUENCE].rows, 0, 0);
    return keep_accounts(money, &steps[LOCK].rows);
}

struct err money_begin(struct pg *pg, struct arena *arena, const struct money_moment *moment, const struct slice *ids, size_t count, struct money *ret_money) {
    *ret_money = (struct money){
        .pg = pg, .arena = arena, .page = arena_create(PAGE_BYTES_MAX), .moment_ms = moment->moment_ms, .actor = moment->actor,
        .business_date = moment->business_date != 0 ? moment->business_date : day_of_business(moment->moment_ms),
    };
    struct err err = pg_begin(pg);
    if (!failed(&err)) err = lock_and_draw(ret_money, ids, count, moment->commit_sequence);
    if (failed(&err)) money_undo(ret_money);
    return err;
}

struct money_account *money_account(struct money *money, struct slice id) {
    for (size_t i = 0; i < money->account_count; i++)
        if (slice_equal(money->accounts[i].id, id)) return &money->accounts[i];
    return NULL;
}

struct err money_adopt(struct money *money, struct slice id) {
    CHECK(money_account(money, id) == NULL);
    struct pg_step step = lock_step(money, &id, 1);
    TRY(pg_run_all(money->pg, money->arena, &step, 1));
    return keep_accounts(money, &step.rows);
}

/* ---- journals ----------------------------------------------------------------------------------------------------------------------------------- */

enum { LINES_A_PAGE = 4096 };

/* Pages of lines in the order of their positions, each handed to `each`. Positions are dense from 0, so a page is a range of them. */
static struct err each_line(struct money *money, const struct money_account *account, int64_t seq, struct err (*each)(void *self, const struct line_row *line), void *self, int32_t *ret_count) {
    int32_t count = 0;
    for (;;) {
        arena_reset(money->page);
        struct pg_parameters *p = pg_parameters(money->page);
        struct pg_rows rows;
        pg_add_int4(p, account->agreement_no);
        pg_add_int8(p, seq);
        pg_add_int4(p, count);
        pg_add_int4(p, LINES_A_PAGE);
        TRY(pg_run(money->pg, money->page,
                   "SELECT " LINE_COLUMNS " FROM ledger.line l WHERE l.agreement_no = $1 AND l.journal_seq = $2 AND l.position >= $3 ORDER BY l.position LIMIT $4", p, &rows));
        for (size_t i = 0; i < rows.count; i++, count++) {
            const struct line_row line = line_row_of(&rows, i);
            if (line.position != count) return ERR(FATAL, "journal %lld of agreement %d: position %d where %d comes next", (long long)seq, account->agreement_no, line.position, count);
            TRY(each(self, &line));
        }
        if (rows.count < LINES_A_PAGE) break;
    }
    *ret_count = count;
    return OK;
}

struct sum_walk {
    struct ledger_sums *sums;
    struct arena *names;
};

static struct err sum_line(void *self, const struct line_row *line) {
    const struct sum_walk *walk = self;
    return sums_add_line(walk->names, walk->sums, line) ? OK : ERR(FATAL, "a line of kind %s contradicts itself or leaves all bounds", line_kind_name(line->kind));
}

struct hash_walk {
    struct sha256 *hash;
    struct arena *arena;
};

static struct err hash_line(void *self, const struct line_row *line) {
    struct hash_walk *walk = self;
    arena_reset(walk->arena);
    sha256_add(walk->hash, canonical_line(walk->arena, line));
    return OK;
}

/* Entries stand before the lines under the hash, so lines are read twice: once for their sums, once for their bytes. */
static struct err hash_journal(struct money *money, const struct money_account *account, const struct journal_row *journal, const struct entry_row *entries, size_t entry_count,
                               uint8_t ret_hash[SHA256_BYTES]) {
    enum { LINE_BYTES_MAX = 64 * 1024 };
    struct hash_walk walk = {.hash = sha256_start(), .arena = arena_create(LINE_BYTES_MAX)};
    int32_t count;
    sha256_add(walk.hash, canonical_journal(money->arena, journal));
    for (size_t i = 0; i < entry_count; i++) sha256_add(walk.hash, canonical_entry(money->arena, &entries[i]));
    struct err err = each_line(money, account, journal->seq, hash_line, &walk, &count);
    sha256_finish(walk.hash, ret_hash);
    arena_destroy(walk.arena);
    return err;
}

static struct pg_parameters *journal_parameters(struct money *money, const struct journal_row *journal, const uint8_t *hash) {
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int4(p, journal->agreement_no);
    pg_add_int8(p, journal->seq);
    pg_add_text(p, journal->kind);
    pg_add_date(p, journal->business_date);
    pg_add_int8(p, journal->commit_sequence);
    pg_add_bytea(p, journal->previous);
    pg_add_bytea(p, slice_of(hash, SHA256_BYTES));
    pg_add_timestamp_ms(p, money->moment_ms);
    pg_add_int2(p, (int16_t)journal->version);
    pg_add_int4(p, journal->lines);
    pg_add_text(p, journal->reference);
    pg_add_text(p, journal->reason);
    pg_add_int8(p, journal->reverses);
    return p;
}

static struct pg_parameters *entry_parameters(struct money *money, const struct journal_row *journal, const struct entry_row *entries, size_t count) {
    int16_t lines[SUMS_ENTRIES_MAX];
    struct slice names[SUMS_ENTRIES_MAX];
    int64_t amounts[SUMS_ENTRIES_MAX];
    for (size_t i = 0; i < count; i++) {
        lines[i] = entries[i].line;
        names[i] = entries[i].account;
        amounts[i] = entries[i].amount;
    }
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int4(p, journal->agreement_no);
    pg_add_int8(p, journal->seq);
    pg_add_int2_array(p, lines, count);
    pg_add_text_array(p, names, count);
    pg_add_int8_array(p, amounts, count);
    return p;
}

static struct pg_parameters *budget_parameters(struct money *money, const struct money_account *account, const struct journal_row *journal, const struct ledger_sums *sums, const uint8_t *hash) {
    struct pg_parameters *p = pg_parameters(money->arena);
    pg_add_int4(p, account->agreement_no);
    pg_add_int8(p, journal->seq);
    pg_add_bytea(p, slice_of(hash, SHA256_BYTES));
    pg_add_int8(p, sums_committed(sums));
    pg_add_int8(p, sums->reserved);
    pg_add_int8(p, sums->delegated);
    pg_add_int8(p, sums->heads);
    pg_add_int8(p, sums->reserved_heads);
    pg_add_int8(p, sums->waiting);
    pg_add_int8(p, sums->receivable);
    pg_add_int8(p, sums->credit);
    return p;
}

static void move_account(struct money_account *account, const struct journal_row *journal, const struct ledger_sums *sums, const uint8_t *hash) {
    account->journal_seq = journal->seq;
    memcpy(account->head, hash, SHA256_BYTES);
    account->head_size = SHA256_BYTES;
    account->committed += sums_committed(sums);
    account->reserved += sums->reserved;
    account->delegated += sums->delegated;
    account->accepted += sums->heads;
    account->reserved_heads += sums->reserved_heads;
    account->waitlisted += sums->waiting;
    account->receivable += sums->receivable;
    account->credit += sums->credit;
}

struct err money_close(struct money *money, struct money_account *account, const struct money_journal *wanted, struct ledger_sums *ret_sums) {
    const struct slice none = slice_text("");
    struct journal_row journal = {
        .agreement_no = account->agreement_no, .seq = money_next_journal(account), .version = JOURNAL_VERSION, .kind = slice_text(wanted->kind), .business_date = money->business_date,
        .commit_sequence = money->commit_sequence, .reference = wanted->reference.bytes != NULL ? wanted->reference : none,
        .reason = wanted->reason.bytes != NULL ? wanted->reason : none, .reverses = wanted->reverses, .previous = slice_of(account->head, account->head_size),
        .posted_at_us = money->moment_ms * 1000,
    };
    struct ledger_sums sums = {0};
    struct sum_walk walk = {.sums = &sums, .names = money->arena};
    TRY(each_line(money, account, journal.seq, sum_line, &walk, &journal.lines));
    if (ret_sums != NULL) *ret_sums = sums;
    if (journal.lines == 0 && !wanted->always) return OK;
    struct entry_row entries[SUMS_ENTRIES_MAX];
    const size_t entry_count = sums_entries(money->arena, &sums, account->id, entries);
    uint8_t hash[SHA256_BYTES];
    TRY(hash_journal(money, account, &journal, entries, entry_count, hash));
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.journal (agreement_no, seq, kind, business_date, commit_sequence, outcomes, previous, hash, posted_at, version, lines, reference, reason, reverses)"
                " VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, $12, $13)",
         .parameters = journal_parameters(money, &journal, hash)},
        {.sql = "UPDATE ledger.budget SET journal_seq = $2, head = $3, committed = committed + $4, reserved = reserved + $5, delegated = delegated + $6, accepted = accepted + $7,"
                " reserved_heads = reserved_heads + $8, waitlisted = waitlisted + $9, receivable = receivable + $10, credit = credit + $11"
                " WHERE agreement_no = $1 AND journal_seq = $2 - 1",
         .parameters = budget_parameters(money, account, &journal, &sums, hash)},
        {.sql = "INSERT INTO ledger.entry (agreement_no, seq, line, account, amount) SELECT $1, $2, u.line, u.account, u.amount FROM unnest($3, $4, $5) AS u (line, account, amount)",
         .parameters = entry_parameters(money, &journal, entries, entry_count)},
    };
    TRY(pg_run_all(money->pg, money->arena, steps, entry_count > 0 ? 3 : 2));
    if (steps[1].rows.affected != 1) return ERR(FATAL, "the budget of agreement %d moved under its lock", account->agreement_no);
    move_account(account, &journal, &sums, hash);
    return OK;
}

/* ---- archive, audit, end ------------------------------------------------------------------------------------------------------------------------- */

struct err money_command(struct money *money, const struct ledger_command *command, const char *audit) {
    struct ledger_command kept = *command;
    const struct slice none = slice_text("");
    kept.commit_sequence = money->commit_sequence;
    kept.moment_ms = money->moment_ms;
    kept.business_date = money->business_date;
    if (kept.actor.bytes == NULL) kept.actor = slice_text(money->actor);
    struct slice *const texts[] = {&kept.approved_by, &kept.agreement_id, &kept.reason, &kept.text, &kept.source, &kept.external_id};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i]->bytes == NULL) *texts[i] = none;
    struct pg_parameters *outbox = pg_parameters(money->arena), *row = pg_parameters(money->arena);
    pg_add_text(outbox, slice_text("COMMAND"));
    pg_add_int4(outbox, COMMAND_PARTITION);
    pg_add_text(outbox, kept.agreement_id);
    pg_add_bytea(outbox, wire_encode_command(money->arena, &kept));
    pg_add_int8(outbox, money->commit_sequence);
    pg_add_timestamp_ms(row, money->moment_ms);
    pg_add_text(row, kept.actor);
    pg_add_text(row, slice_text(audit));
    pg_add_text(row, kept.agreement_id);
    pg_add_text(row, kept.reason);
    pg_add_int8(row, money->commit_sequence);
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.audit (at, actor, action, agreement_id, detail, commit_sequence) VALUES ($1, $2, $3, $4, $5, $6)", .parameters = row},
        {.sql = "INSERT INTO ledger.outbox (topic, partition, key, payload, commit_sequence) VALUES ($1, $2, $3, $4, $5)", .parameters = outbox},
    };
    return pg_run_all(money->pg, money->arena, steps, command->kind == COMMAND_NONE ? 1 : 2);
}

struct err money_commit(struct money *money) {
    struct err err = pg_commit(money->pg);
    arena_destroy(money->page);
    money->page = NULL;
    if (failed(&err)) pg_rollback(money->pg);
    return err;
}

void money_undo(struct money *money) {
    pg_rollback(money->pg);
    if (money->page != NULL) arena_destroy(money->page);
    money->page = NULL;
}

bool money_again(struct pg *pg, const struct money_moment *moment, int *tries, struct err *err) {
    enum { TRIES = 8, PAUSE_MS = 20 };
    if (err->fate != FATE_AGAIN || moment->commit_sequence > 0 || ++*tries == TRIES) return false;
    clock_wait_ms(PAUSE_MS);
    const struct err ready = pg_ready(pg);
    if (failed(&ready)) *err = ready;
    return !failed(&ready);
}
