/* A chain is judged by more than its hashes: here every hash is right, and what is wrong is what the rows say. Each case is a small ledger that an insider could have written
 * (budget exceeded for a moment, entries that their rows do not make, documents and numbers that do not fit), with the first problem that must be told. */
#include "services/ledger/chain_walk.h"

#include <stdio.h>

#include "tests/unit/cmocka_all.h"

enum { JOURNALS = 3 };

/* Agreement 1, "satu", pagu 1,000: its document in journal 1; journal 2 accepts one person for 600; journal 3 invoices 50 of it. */
struct made {
    struct chain_agreement agreement;
    struct chain_version version;
    struct journal_row journals[JOURNALS];
    struct entry_row entries[JOURNALS][4];
    size_t entry_counts[JOURNALS];
    struct outcome_row outcome;
    struct line_row line;
    struct ledger_head head;
    bool no_version, no_head, no_journal_3;
};

static struct arena *arena, *journal_arena, *row_arena;
static struct chain_problem first;
static int64_t told;

/* A hash that is good enough here. */
static uint64_t state;
static void hash_start(void *self) { (void)self, state = 14695981039346656037u; }
static void hash_add(void *self, struct slice bytes) {
    (void)self;
    for (size_t i = 0; i < bytes.size; i++) state = (state ^ bytes.bytes[i]) * 1099511628211u;
}
static void hash_finish(void *self, uint8_t ret_hash[CHAIN_HASH_BYTES]) {
    (void)self;
    memset(ret_hash, 0, CHAIN_HASH_BYTES);
    memcpy(ret_hash, &state, sizeof state);
}
static const struct chain_hasher hasher = {.start = hash_start, .add = hash_add, .finish = hash_finish};

static void tell(void *self, const struct chain_problem *problem) {
    (void)self;
    if (told++ == 0) first = *problem;
}

static const char lines_text[] = "[{\"programme\":\"JKK\",\"from\":202510,\"months\":12,\"base\":1000,\"rate_ppm\":0,\"normal\":50,\"amount\":50,\"tariff_row\":\"a\",\"regulation\":\"b\"}]";
static const char reference[] = "amendment 0 sha256 abababababababababababababababababababababababababababababababab";

static struct made make(void) {
    struct made made = {
        .agreement = {.agreement_no = 1, .id = slice_text("satu"), .versions = 1, .heads = 1, .journal_seq = 3, .totals = {.committed = 600, .receivable = 50, .accepted = 1}},
        .version = {.journal_seq = 1, .id = slice_text("satu"), .pagu = 1000, .quota = 1},
        .entries = {[1] = {{1, slice_text("KOMITMEN:satu"), 600}, {2, slice_text("IURAN-KOMITMEN:JKK"), -600}}, [2] = {{1, slice_text("PIUTANG:satu"), 50}, {2, slice_text("IURAN:JKK"), -50}}},
        .entry_counts = {0, 2, 2},
        .outcome = {.attempt = 1, .agreement_no = 1, .batch_id = slice_text(""), .status = OUTCOME_ACCEPTED, .segment = SEGMENT_BPU, .programmes = 3, .start_month = 202510, .months = 12,
                    .by_charge = {600}, .amount = 600, .place = 1, .lines = slice_text(lines_text), .message_due = slice_text("ACCEPTED"), .commit_sequence = 2, .journal_seq = 2, .decided_at_us = 2},
        .line = {.agreement_no = 1, .journal_seq = 3, .month = 202510, .kind = LINE_INVOICED, .place = 1, .months = 1, .by_charge = {50}, .amount = 50, .day = 20251001,
                 .reason = slice_text(""), .detail = slice_text("")},
        .head = {.number = 1, .date = 20251031, .agreement = slice_text("satu"), .agreement_no = 1, .journal_seq = 3, .committed = 600, .receivable = 50},
    };
    static uint8_t sha256[CHAIN_HASH_BYTES];
    memset(sha256, 0xab, sizeof sha256);
    made.version.sha256 = slice_of(sha256, sizeof sha256);
    for (int i = 0; i < JOURNALS; i++)
        made.journals[i] = (struct journal_row){.agreement_no = 1, .seq = i + 1, .version = 3, .kind = slice_text(i == 0 ? "AGREEMENT" : i == 1 ? "COMMITMENT" : "INVOICE"), .business_date = 20251001,
                                                .commit_sequence = i + 1, .outcomes = i == 1, .lines = i == 2, .reference = slice_text(i == 0 ? reference : ""), .reason = slice_text(""),
                                                .posted_at_us = i + 1};
    return made;
}

/* Hashes and links are made right for whatever stands in it, then it is walked. */
static void walk(struct made *made) {
    static uint8_t hashes[JOURNALS][CHAIN_HASH_BYTES];
    struct chain_walk it;
    const int journals = made->no_journal_3 ? 2 : 3;
    for (int i = 0; i < journals; i++) {
        struct journal_row *journal = &made->journals[i];
        if (journal->previous.bytes == NULL) journal->previous = i == 0 ? slice_text("") : slice_of(hashes[i - 1], CHAIN_HASH_BYTES);
        hash_start(NULL);
        hash_add(NULL, canonical_journal(arena, journal));
        for (size_t k = 0; k < made->entry_counts[i]; k++) hash_add(NULL, canonical_entry(arena, &made->entries[i][k]));
        if (i == 1) hash_add(NULL, canonical_outcome(arena, &made->outcome, journal->version));
        if (i == 2) hash_add(NULL, canonical_line(arena, &made->line));
        hash_finish(NULL, hashes[i]);
    }
    if (made->agreement.head.bytes == NULL) made->agreement.head = slice_of(hashes[journals - 1], CHAIN_HASH_BYTES);
    memcpy(made->head.hash, hashes[2], sizeof made->head.hash);
    told = 0;
    first = (struct chain_problem){.check = ""};
    chain_walk_start(&it, journal_arena, row_arena, &hasher, tell, NULL);
    chain_walk_agreement(&it, &made->agreement);
    if (!made->no_version) chain_walk_version(&it, &made->version);
    for (int i = 0; i < journals; i++) {
        it.at = 10 + i;
        chain_walk_journal(&it, &made->journals[i], slice_of(hashes[i], CHAIN_HASH_BYTES));
        for (size_t k = 0; k < made->entry_counts[i]; k++) chain_walk_entry(&it, &made->entries[i][k]);
        if (i == 1) chain_walk_outcome(&it, &made->outcome);
        if (i == 2) chain_walk_line(&it, &made->line);
    }
    if (!made->no_head) chain_walk_head(&it, &made->head);
    chain_walk_end(&it);
}

static void expect(struct made made, const char *check, const char *text) {
    walk(&made);
    if (strcmp(first.check, check) != 0 || strstr(first.text, text) == NULL) fail_msg("[%s] %s: %s, where [%s] %s was expected", first.check, first.where, first.text, check, text);
    assert_int_equal(told > 0, check[0] != '\0');
    if (check[0] != '\0') assert_string_equal(first.agreement, "satu");
}

#define EXPECT(change, check, text)                                                                                    \
    do {                                                                                                               \
        struct made m = make();                                                                                        \
        change;                                                                                                        \
        expect(m, check, text);                                                                                        \
    } while (0)

static void a_right_chain_is_right(void **state_) {
    (void)state_;
    EXPECT(, "", "");
}

static void budgets_hold_at_every_moment(void **state_) {
    (void)state_;
    EXPECT(m.version.pagu = 599, "budget", "600, the pagu is 599");
    EXPECT(m.version.quota = 0, "budget", "the quota is 0");
    EXPECT((m.line.kind = LINE_RESERVED, m.line.by_charge[0] = m.line.amount = 0, m.line.reserved = 401, m.entry_counts[2] = 0), "budget", "1001, the pagu is 1000");
    EXPECT((m.line.kind = LINE_DELEGATED, m.line.by_charge[0] = 0, m.line.amount = -1, m.entry_counts[2] = 0), "budget", "none can be below zero");
    EXPECT((m.line.kind = LINE_WAITING, m.line.by_charge[0] = m.line.amount = 0, m.line.waiting = -1, m.entry_counts[2] = 0), "budget", "none can be below zero");
    EXPECT(m.agreement.totals.committed = 601, "budget", "the budget says 601");
    EXPECT(m.agreement.delegated_before = 5, "budget", "given away without a line");
}

static void entries_are_what_their_rows_make(void **state_) {
    (void)state_;
    EXPECT((m.entries[2][0].amount = 51, m.entries[2][1].amount = -51), "sums", "PIUTANG:satu holds 51");
    EXPECT(m.entries[2][1].amount = -49, "balance", "debits minus credits are 1");
    EXPECT(m.entries[2][1].account = slice_text("IURAN:JKM"), "sums", "IURAN:JKM holds -50, its outcomes and lines say IURAN:JKK");
    EXPECT(m.entry_counts[2] = 0, "sums", "it has 0 entries");
    EXPECT(m.entries[2][1].line = 3, "chain", "line 2 comes next");
    EXPECT(m.line.amount = 51, "line", "contradicts itself");
    EXPECT((m.line.by_charge[0] = m.line.amount = INT64_MAX / 2), "sums", "beyond all bounds");
    EXPECT(m.line.position = 1, "line", "position 0 comes next");
    EXPECT(m.outcome.amount = 599, "outcome", "not the sum of its charges");
    EXPECT(m.outcome.lines = slice_text("[]"), "outcome", "premium lines");
    EXPECT((m.entries[2][0].amount = INT64_MAX, m.entries[2][1].amount = INT64_MAX), "balance", "beyond all bounds");
}

static void outcomes_do_not_contradict_themselves(void **state_) {
    (void)state_;
    EXPECT(m.outcome.commit_sequence = 9, "outcome", "not its journal's");
    EXPECT(m.outcome.decided_at_us = 9, "outcome", "not its journal's");
    EXPECT(m.outcome.agreement_no = 9, "outcome", "another journal");
    EXPECT(m.outcome.journal_seq = 9, "outcome", "another journal");
    EXPECT(m.outcome.by_charge[1] = -1, "outcome", "below zero");
    EXPECT((m.outcome.by_charge[0] = INT64_MAX, m.outcome.by_charge[1] = 1), "outcome", "beyond all bounds");
    EXPECT(m.outcome.programmes = 2, "outcome", "a programme that is not covered");
    EXPECT((m.outcome.by_charge[LEDGER_PACKAGE] = 1, m.outcome.amount = 601), "outcome", "in another segment");
    EXPECT((m.outcome.by_charge[0] = 599, m.outcome.amount = 599), "outcome", "do not add up");
    EXPECT((m.outcome.repeat = true, m.outcome.amount = 0), "outcome", "a repeat with premium lines");
    EXPECT((m.outcome.by_charge[0] = m.outcome.amount = 0, m.outcome.lines = slice_text("")), "outcome", "without an amount");
    EXPECT((m.outcome.status = OUTCOME_REJECTED, m.outcome.message_due = (struct slice){0}, m.outcome.amount = 0, m.outcome.place = 0, m.entry_counts[1] = 0, m.agreement.totals = (struct chain_totals){.receivable = 50},
            m.head.committed = 0), "", ""); /* what it would have cost is no commitment */
    EXPECT((m.journals[1].version = 1, m.outcome.place = 0, m.outcome.segment = SEGMENT_PMI, m.outcome.by_charge[0] = 0, m.outcome.by_charge[LEDGER_PACKAGE] = 600,
            m.outcome.lines = slice_text("[{\"programme\":\"PACKAGE\",\"from\":202510,\"months\":1,\"once\":true,\"base\":1,\"rate_ppm\":0,\"normal\":600,\"amount\":600,\"tariff_row\":\"a\","
                                        "\"regulation\":\"b\"}]"),
            m.entries[1][1].account = slice_text("IURAN-KOMITMEN:PACKAGE")), "outcome", "does not cover a package");
}

/* Rows that are fed as nobody should: each is told, none is believed. */
static void begin(struct chain_walk *it) {
    told = 0;
    first = (struct chain_problem){.check = ""};
    chain_walk_start(it, journal_arena, row_arena, &hasher, tell, NULL);
}

static void expect_told(struct chain_walk *it, const char *check, const char *text) {
    chain_walk_end(it);
    if (strcmp(first.check, check) != 0 || strstr(first.text, text) == NULL) fail_msg("[%s] %s: %s, where [%s] %s was expected", first.check, first.where, first.text, check, text);
}

static void rows_out_of_place_are_told(void **state_) {
    (void)state_;
    struct made m = make();
    struct chain_walk it;
    const struct slice hash = slice_of(m.head.hash, sizeof m.head.hash);
    begin(&it), chain_walk_entry(&it, &m.entries[1][0]), expect_told(&it, "chain", "outside of a journal");
    begin(&it), chain_walk_outcome(&it, &m.outcome), expect_told(&it, "chain", "outside of a journal");
    begin(&it), chain_walk_line(&it, &m.line), expect_told(&it, "chain", "outside of a journal");
    begin(&it), chain_walk_version(&it, &m.version), expect_told(&it, "chain", "a document without its agreement");
    begin(&it), chain_walk_head(&it, &m.head), expect_told(&it, "head", "of another agreement");
    begin(&it), chain_walk_journal(&it, &m.journals[0], hash), expect_told(&it, "chain", "a journal without its agreement");
    begin(&it), chain_walk_agreement(&it, &m.agreement), chain_walk_version(&it, &m.version), expect_told(&it, "chain", "put its last document in force is not there");
    begin(&it), chain_walk_agreement(&it, &m.agreement), chain_walk_version(&it, &m.version), chain_walk_version(&it, &m.version);
    expect_told(&it, "chain", "the document before it");
    const struct chain_agreement empty = {.agreement_no = 1, .id = slice_text("satu"), .head = slice_text("")};
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_agreement(&it, &empty), expect_told(&it, "chain", "agreement 1 comes after 1");
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &m.journals[0], hash), chain_walk_outcome(&it, &m.outcome), told = 0;
    chain_walk_entry(&it, &m.entries[1][0]);
    expect_told(&it, "chain", "behind rows that come after it");
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &(struct journal_row){.agreement_no = 2, .seq = 1, .version = 3, .kind = slice_text("")}, hash);
    expect_told(&it, "chain", "a journal of agreement 2");
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &(struct journal_row){.agreement_no = 1, .seq = 1, .version = 9, .kind = slice_text("")}, hash);
    expect_told(&it, "hash", "version 9 is not known");
    static const struct journal_row uncovered[] = {{.lines = 1}, {.reverses = -1}, {.reference = {(const uint8_t *)"x", 1}}, {.reason = {(const uint8_t *)"x", 1}}};
    for (size_t i = 0; i < sizeof uncovered / sizeof *uncovered; i++) {
        struct journal_row journal = uncovered[i];
        journal.agreement_no = 1;
        journal.seq = 1;
        journal.version = 2;
        begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &journal, slice_text("short"));
        expect_told(&it, journal.reverses < 0 ? "chain" : "hash", journal.reverses < 0 ? "it reverses" : "does not cover lines");
    }
}

static void more_than_a_journal_can_have(void **state_) {
    (void)state_;
    struct made m = make();
    struct chain_walk it;
    const struct chain_agreement empty = {.agreement_no = 0, .id = slice_text("none"), .head = slice_text("")};
    const struct slice hash = slice_of(m.head.hash, sizeof m.head.hash);
    const struct journal_row journal = {.seq = 1, .version = 3, .kind = slice_text("SUSPENSE")};
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &journal, hash);
    for (int i = 0; i < SUMS_ENTRIES_MAX + 1; i++) chain_walk_entry(&it, &(struct entry_row){.line = (int16_t)(i + 1), .account = slice_text("x"), .amount = 1});
    expect_told(&it, "chain", "more entries than a journal can have");
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &journal, hash);
    m.outcome.agreement_no = 0;
    m.outcome.journal_seq = 1;
    m.outcome.commit_sequence = m.outcome.decided_at_us = 0;
    chain_walk_outcome(&it, &m.outcome), chain_walk_outcome(&it, &m.outcome);
    expect_told(&it, "outcome", "its position is taken");
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &journal, hash);
    for (int i = 0; i < SUMS_NAMES_MAX + 1; i++) {
        char bank[16];
        (void)snprintf(bank, sizeof bank, "BANK-%d", i);
        chain_walk_line(&it, &(struct line_row){.journal_seq = 1, .position = i, .kind = LINE_SUSPENDED, .amount = 1, .reason = slice_text(""), .detail = slice_text(bank)});
        chain_walk_line(&it, &(struct line_row){.journal_seq = 1, .position = i, .kind = LINE_STATE, .is_reduced = true, .relief = slice_text("R"), .reason = slice_text(""), .detail = slice_text("")});
    }
    expect_told(&it, "line", "");
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &journal, hash);
    chain_walk_line(&it, &(struct line_row){.agreement_no = 7, .journal_seq = 1, .kind = LINE_STATE, .reason = slice_text(""), .detail = slice_text("")});
    expect_told(&it, "line", "it names another journal");
    begin(&it), chain_walk_agreement(&it, &empty), chain_walk_journal(&it, &journal, hash);
    chain_walk_line(&it, &(struct line_row){.journal_seq = 7, .kind = LINE_STATE, .reason = slice_text(""), .detail = slice_text("")});
    expect_told(&it, "line", "it names another journal");
}

/* Journal by journal within bounds, together not. */
static void balances_never_leave_their_bounds(void **state_) {
    (void)state_;
    enum { TOO_MANY = 66 };
    struct chain_walk it;
    const struct chain_agreement empty = {.agreement_no = 0, .id = slice_text("none"), .head = slice_text("")};
    begin(&it), chain_walk_agreement(&it, &empty);
    for (int i = 0; i < TOO_MANY; i++) {
        chain_walk_journal(&it, &(struct journal_row){.seq = i + 1, .version = 3, .kind = slice_text("PAYMENT"), .lines = 1}, slice_text("x"));
        chain_walk_line(&it, &(struct line_row){.journal_seq = i + 1, .kind = LINE_RECEIVED, .amount = INT64_MAX / 65, .reason = slice_text(""), .detail = slice_text("B")});
        told = 0; /* entries and hashes are missing here */
    }
    chain_walk_close(&it);
    assert_int_equal(it.totals.credit, INT64_MAX / 65 * 65); /* the last one was not added, */
    assert_string_equal(first.check, "sums");
    assert_int_equal(told, 3);                               /* and told, beside sums and hash */
    chain_walk_end(&it);
}

static void links_and_numbers_fit(void **state_) {
    (void)state_;
    EXPECT(m.journals[2].seq = 4, "chain", "journal 3 comes next");
    EXPECT(m.journals[2].previous = slice_text("x"), "chain", "hash of the journal before it");
    EXPECT(m.journals[2].commit_sequence = 1, "chain", "commit sequence");
    EXPECT(m.journals[2].reverses = 3, "chain", "it reverses journal 3");
    EXPECT(m.journals[2].outcomes = 1, "chain", "says 1 outcomes, there are 0");
    EXPECT(m.journals[1].version = 2, "outcome", "does not cover a place");
    EXPECT((m.no_journal_3 = true, m.no_head = true), "chain", "the head names journal 3, the last one is 2");
    EXPECT(m.agreement.head = slice_text("x"), "chain", "or another hash");
}

static void documents_stand_behind_their_journals(void **state_) {
    (void)state_;
    EXPECT(m.no_version = true, "agreement", "the document that it put in force is not here");
    EXPECT(m.version.sha256 = slice_text("x"), "agreement", "does not name the document");
    EXPECT(m.version.id = slice_text("dua"), "agreement", "of another agreement");
    EXPECT(m.version.amendment = 1, "agreement", "amendment 0 comes next");
    EXPECT(m.version.journal_seq = 2, "agreement", "says that journal 2 put it in force");
    EXPECT(m.version.journal_seq = 0, "agreement", "the document that it put in force is not here");
    EXPECT((m.version.journal_seq = 0, m.journals[0].reference = slice_text("")), "", ""); /* as before journals told it */
    EXPECT(m.agreement.versions = 2, "agreement", "2 documents are announced");
}

static void heads_are_of_this_chain(void **state_) {
    (void)state_;
    EXPECT(m.head.journal_seq = 2, "head", "signed for journal 2");
    EXPECT(m.head.receivable = 51, "head", "balances");
    EXPECT(m.head.number = 2, "head", "number 1 comes next");
    EXPECT(m.head.agreement = slice_text("dua"), "head", "of another agreement");
    EXPECT(m.head.agreement_no = 2, "head", "of another agreement");
    EXPECT(m.head.credit = 1, "head", "balances");
    EXPECT(m.head.committed = 1, "head", "balances");
    EXPECT(m.no_head = true, "head", "1 signed heads are announced, 0 are here");
}

static int set_up(void **state_) {
    (void)state_;
    arena = arena_create(16 << 20);
    journal_arena = arena_create(16 << 20);
    row_arena = arena_create(16 << 20);
    return 0;
}

static int tear_down(void **state_) {
    (void)state_;
    arena_destroy(arena);
    arena_destroy(journal_arena);
    arena_destroy(row_arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_chain_is_right), cmocka_unit_test(budgets_hold_at_every_moment),          cmocka_unit_test(entries_are_what_their_rows_make),
        cmocka_unit_test(outcomes_do_not_contradict_themselves), cmocka_unit_test(rows_out_of_place_are_told), cmocka_unit_test(more_than_a_journal_can_have),
        cmocka_unit_test(balances_never_leave_their_bounds),
        cmocka_unit_test(links_and_numbers_fit),  cmocka_unit_test(documents_stand_behind_their_journals), cmocka_unit_test(heads_are_of_this_chain),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
