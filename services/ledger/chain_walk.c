/* The arithmetic of a proof: rows in, problems out. It takes nothing for granted that a row says about another one, and must never know where rows come from. */
#include "services/ledger/chain_walk.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/ledger/outcome_judge.h"

static void tell(struct chain_walk *walk, const char *check, int64_t at, const char *where, const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));
static void tell(struct chain_walk *walk, const char *check, int64_t at, const char *where, const char *format, va_list arguments) {
    struct chain_problem problem = {.check = check, .at = at};
    (void)snprintf(problem.agreement, sizeof problem.agreement, "%s", walk->id);   /* fits */
    (void)snprintf(problem.where, sizeof problem.where, "%s", where);              /* a cut place is still one */
    (void)vsnprintf(problem.text, sizeof problem.text, format, arguments);         /* as is a cut sentence */
    walk->problem_count++;
    walk->tell(walk->self, &problem);
}

void chain_walk_tell(struct chain_walk *walk, const char *check, const char *where, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(walk, check, walk->at, where, format, arguments);
    va_end(arguments);
}

/* About the journal at hand as a whole. */
static void tell_journal(struct chain_walk *walk, const char *check, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void tell_journal(struct chain_walk *walk, const char *check, const char *format, ...) {
    char where[CHAIN_WHERE_MAX];
    (void)snprintf(where, sizeof where, "journal %lld", (long long)walk->journal.seq); /* fits */
    va_list arguments;
    va_start(arguments, format);
    tell(walk, check, walk->journal_at, where, format, arguments);
    va_end(arguments);
}

/* About one of its rows: kind "line" (of the entries) or "position". */
static void tell_row(struct chain_walk *walk, const char *check, const char *kind, int64_t number, int64_t at, const char *format, ...) __attribute__((format(printf, 6, 7)));
static void tell_row(struct chain_walk *walk, const char *check, const char *kind, int64_t number, int64_t at, const char *format, ...) {
    char where[CHAIN_WHERE_MAX];
    (void)snprintf(where, sizeof where, "journal %lld %s %lld", (long long)walk->journal.seq, kind, (long long)number); /* fits */
    va_list arguments;
    va_start(arguments, format);
    tell(walk, check, at, where, format, arguments);
    va_end(arguments);
}

void chain_walk_start(struct chain_walk *walk, struct arena *journal_arena, struct arena *row_arena, const struct chain_hasher *hasher,
                      void (*tell_problem)(void *self, const struct chain_problem *problem), void *self) {
    *walk = (struct chain_walk){.tell = tell_problem, .self = self, .hasher = *hasher, .journal_arena = journal_arena, .row_arena = row_arena, .last_agreement_no = -1};
}

/* ---- closing a journal ------------------------------------------------------------------------------------------------------------------------- */

static bool is_journal_open(const struct chain_walk *walk) { return walk->stage >= CHAIN_ENTRIES && walk->stage <= CHAIN_LINES; }

static void judge_balance(struct chain_walk *walk) {
    rupiah difference = 0;
    for (size_t i = 0; i < walk->entry_count; i++) {
        if (rupiah_add(difference, walk->entries[i].amount, &difference)) continue;
        tell_journal(walk, "balance", "its entries add up beyond all bounds");
        return;
    }
    if (difference != 0) tell_journal(walk, "balance", "debits minus credits are %lld", (long long)difference);
}

static void judge_sums(struct chain_walk *walk) {
    struct entry_row expected[SUMS_ENTRIES_MAX];
    if (walk->sums_are_wrong) return; /* the row was told */
    if (!sums_are_sane(&walk->sums)) {
        tell_journal(walk, "sums", "its outcomes and lines add up beyond all bounds");
        walk->sums_are_wrong = true;
        return;
    }
    const size_t count = sums_entries(walk->journal_arena, &walk->sums, slice_text(walk->id), expected);
    for (size_t i = 0; i < walk->entry_count && i < count; i++) {
        const struct entry_row *entry = &walk->entries[i];
        if (slice_equal(entry->account, expected[i].account) && entry->amount == expected[i].amount) continue;
        tell_row(walk, "sums", "line", entry->line, walk->entries_at[i], "%.*s holds %lld, its outcomes and lines say %.*s %lld", SLICE_ARGS(entry->account), (long long)entry->amount,
                 SLICE_ARGS(expected[i].account), (long long)expected[i].amount);
        return;
    }
    if (walk->entry_count != count) tell_journal(walk, "sums", "it has %zu entries, its outcomes and lines make %zu", walk->entry_count, count);
}

static bool add(rupiah *sum, rupiah amount) { return rupiah_add(*sum, amount, sum); }

static void move_totals(struct chain_walk *walk) {
    struct chain_totals *totals = &walk->totals;
    const struct ledger_sums *sums = &walk->sums;
    if (walk->sums_are_wrong) return;
    const struct {
        rupiah *total, moved;
    } moves[] = {{&totals->committed, sums_committed(sums)}, {&totals->reserved, sums->reserved}, {&totals->delegated, sums->delegated}, {&totals->receivable, sums->receivable},
                 {&totals->credit, sums->credit}};
    size_t beyond = 0;
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) beyond += !add(moves[i].total, moves[i].moved);
    totals->accepted += sums->heads; /* counts of 32 bits each: no number of rows takes them out of 64 */
    totals->reserved_heads += sums->reserved_heads;
    totals->waitlisted += sums->waiting;
    if (beyond > 0) tell_journal(walk, "budget", "a balance is beyond all bounds");
}

/* At every moment: after each journal, as the constraints of the database hold it. */
static void judge_budget(struct chain_walk *walk) {
    const struct chain_totals *totals = &walk->totals;
    rupiah bound = totals->committed;
    if (walk->sums_are_wrong) return;
    if ((totals->committed | totals->reserved | totals->delegated | totals->receivable | totals->credit) < 0) /* the sign of any */
        tell_journal(walk, "budget", "committed %lld, reserved %lld, delegated %lld, receivable %lld, credit %lld: none can be below zero", (long long)totals->committed,
                     (long long)totals->reserved, (long long)totals->delegated, (long long)totals->receivable, (long long)totals->credit);
    if ((totals->accepted | totals->reserved_heads | totals->waitlisted) < 0)
        tell_journal(walk, "budget", "accepted %lld, with a reservation %lld, waiting %lld: none can be below zero", (long long)totals->accepted, (long long)totals->reserved_heads,
                     (long long)totals->waitlisted);
    if (walk->agreement.agreement_no > 0 && (!add(&bound, totals->reserved) || !add(&bound, totals->delegated) || bound > walk->pagu))
        tell_journal(walk, "budget", "committed, reserved and delegated are %lld, the pagu is %lld", (long long)bound, (long long)walk->pagu);
    if (walk->quota >= 0 && totals->accepted + totals->reserved_heads > walk->quota)
        tell_journal(walk, "budget", "accepted and reserved heads are %lld, the quota is %lld", (long long)(totals->accepted + totals->reserved_heads), (long long)walk->quota);
}

void chain_walk_close(struct chain_walk *walk) {
    if (!is_journal_open(walk)) return;
    uint8_t computed[CHAIN_HASH_BYTES];
    walk->stage = CHAIN_CLOSED;
    walk->hasher.finish(walk->hasher.self, computed);
    if (walk->outcomes != walk->journal.outcomes) tell_journal(walk, "chain", "the journal says %d outcomes, there are %lld", walk->journal.outcomes, (long long)walk->outcomes);
    if (walk->lines != walk->journal.lines) tell_journal(walk, "chain", "the journal says %d lines, there are %lld", walk->journal.lines, (long long)walk->lines);
    judge_balance(walk);
    judge_sums(walk);
    move_totals(walk);
    judge_budget(walk);
    if (memcmp(computed, walk->stored_hash, sizeof computed) != 0)
        tell_journal(walk, "hash", "journal, entries, outcomes and lines do not give the stored hash: something in it was changed");
    memcpy(walk->head, walk->stored_hash, sizeof walk->head);
    walk->head_size = sizeof walk->head;
    walk->seq = walk->journal.seq;
}

/* ---- agreements and their documents -------------------------------------------------------------------------------------------------------------- */

static bool same_totals(const struct chain_totals *a, const struct chain_totals *b) {
    return a->committed == b->committed && a->reserved == b->reserved && a->delegated == b->delegated && a->receivable == b->receivable && a->credit == b->credit &&
           a->accepted == b->accepted && a->reserved_heads == b->reserved_heads && a->waitlisted == b->waitlisted;
}

static void judge_agreement(struct chain_walk *walk) {
    const struct chain_agreement *agreement = &walk->agreement;
    const struct chain_totals *said = &agreement->totals, *found = &walk->totals;
    if (walk->version_waits) chain_walk_tell(walk, "chain", "journal", "the journal %lld that put its last document in force is not there", (long long)walk->version_seq);
    walk->at = walk->agreement_at;
    if (agreement->journal_seq != walk->seq || agreement->head.size != walk->head_size || memcmp(walk->stated_head, walk->head, walk->head_size) != 0)
        chain_walk_tell(walk, "chain", "head", "the head names journal %lld, the last one is %lld, or another hash", (long long)agreement->journal_seq, (long long)walk->seq);
    if (agreement->versions != walk->versions) chain_walk_tell(walk, "agreement", "", "%d documents are announced, %d are here", agreement->versions, walk->versions);
    if (agreement->heads != walk->heads) chain_walk_tell(walk, "head", "", "%d signed heads are announced, %d are here", agreement->heads, walk->heads);
    if (agreement->delegated_before != 0 && !walk->first_version_is_old) chain_walk_tell(walk, "budget", "", "%lld were given away without a line", (long long)agreement->delegated_before);
    if (!same_totals(said, found))
        chain_walk_tell(walk, "budget", "", "the budget says %lld/%lld/%lld/%lld/%lld/%lld/%lld/%lld, the chain %lld/%lld/%lld/%lld/%lld/%lld/%lld/%lld", (long long)said->committed,
                        (long long)said->reserved, (long long)said->delegated, (long long)said->receivable, (long long)said->credit, (long long)said->accepted,
                        (long long)said->reserved_heads, (long long)said->waitlisted, (long long)found->committed, (long long)found->reserved, (long long)found->delegated,
                        (long long)found->receivable, (long long)found->credit, (long long)found->accepted, (long long)found->reserved_heads, (long long)found->waitlisted);
}

static void finish_agreement(struct chain_walk *walk) {
    chain_walk_close(walk);
    const int64_t at = walk->at;
    if (walk->stage != CHAIN_NOTHING) judge_agreement(walk);
    walk->at = at;
    walk->stage = CHAIN_NOTHING;
}

void chain_walk_agreement(struct chain_walk *walk, const struct chain_agreement *agreement) {
    finish_agreement(walk);
    walk->counts.agreements += agreement->agreement_no > 0;
    walk->agreement = *agreement;
    (void)snprintf(walk->id, sizeof walk->id, "%.*s", SLICE_ARGS(agreement->id)); /* a longer one is no id and fits to no account */
    memset(walk->stated_head, 0, sizeof walk->stated_head);
    if (agreement->head.size > 0) memcpy(walk->stated_head, agreement->head.bytes, agreement->head.size < sizeof walk->stated_head ? agreement->head.size : sizeof walk->stated_head);
    walk->agreement_at = walk->at;
    walk->versions = walk->heads = 0;
    walk->version_waits = walk->first_version_is_old = false;
    walk->pagu = 0;
    walk->quota = -1;
    walk->seq = walk->commit_sequence = 0;
    walk->head_size = 0;
    walk->totals = (struct chain_totals){.delegated = agreement->delegated_before};
    walk->stage = CHAIN_AGREEMENT;
    if (agreement->agreement_no <= walk->last_agreement_no) chain_walk_tell(walk, "chain", "", "agreement %d comes after %d", agreement->agreement_no, walk->last_agreement_no);
    walk->last_agreement_no = agreement->agreement_no;
}

void chain_walk_version(struct chain_walk *walk, const struct chain_version *version) {
    char where[CHAIN_WHERE_MAX];
    chain_walk_close(walk);
    (void)snprintf(where, sizeof where, "amendment %d", version->amendment); /* fits */
    walk->counts.versions++;
    if (walk->stage == CHAIN_NOTHING) {
        chain_walk_tell(walk, "chain", where, "a document without its agreement");
        return;
    }
    if (walk->version_waits) chain_walk_tell(walk, "chain", where, "the journal %lld that put the document before it in force is not there", (long long)walk->version_seq);
    if (version->amendment != walk->versions) chain_walk_tell(walk, "agreement", where, "amendment %d comes next", walk->versions);
    if (!slice_is(version->id, walk->id)) chain_walk_tell(walk, "agreement", where, "the document is of another agreement");
    if (version->journal_seq == 0 && (walk->seq > 0 || walk->versions > 0)) chain_walk_tell(walk, "agreement", where, "a document without a journal can only be the first one");
    if (walk->versions == 0) walk->first_version_is_old = version->journal_seq == 0;
    walk->versions++;
    walk->version_waits = version->journal_seq != 0;
    walk->version_seq = version->journal_seq;
    memset(walk->version_sha256, 0, sizeof walk->version_sha256);
    memcpy(walk->version_sha256, version->sha256.bytes, version->sha256.size < sizeof walk->version_sha256 ? version->sha256.size : sizeof walk->version_sha256);
    walk->pagu = version->pagu;
    walk->quota = version->quota;
}

/* ---- journals -------------------------------------------------------------------------------------------------------------------------------------- */

static bool begins(struct slice text, const char *word) { return text.size >= strlen(word) && memcmp(text.bytes, word, strlen(word)) == 0; }

/* "amendment 2 sha256 <64 digits>": the document that the journal put in force, under the journal's hash. */
static bool names_document(struct slice reference, const uint8_t sha256[CHAIN_HASH_BYTES]) {
    static const char word[] = " sha256 ";
    char digits[2 * CHAIN_HASH_BYTES + 1];
    const uint8_t *at = memmem(reference.bytes, reference.size, word, sizeof word - 1);
    if (at == NULL) return false;
    at += sizeof word - 1;
    text_hex(slice_of(sha256, CHAIN_HASH_BYTES), digits);
    return slice_is(slice_of(at, (size_t)(reference.bytes + reference.size - at)), digits);
}

static void judge_document(struct chain_walk *walk, const struct journal_row *journal) {
    const bool is_document = slice_is(journal->kind, "AGREEMENT") && begins(journal->reference, "amendment ");
    if (walk->version_waits && walk->version_seq != journal->seq)
        tell_journal(walk, "agreement", "a document says that journal %lld put it in force", (long long)walk->version_seq);
    else if (walk->version_waits && (!is_document || !names_document(journal->reference, walk->version_sha256)))
        tell_journal(walk, "agreement", "it does not name the document that it put in force");
    else if (!walk->version_waits && is_document) tell_journal(walk, "agreement", "the document that it put in force is not here");
    if (walk->versions == 0 && journal->agreement_no > 0) tell_journal(walk, "agreement", "no document was in force");
    walk->version_waits = false;
}

static void judge_links(struct chain_walk *walk, const struct journal_row *journal) {
    if (journal->seq != walk->seq + 1) tell_journal(walk, "chain", "journal %lld comes next", (long long)walk->seq + 1);
    if (!slice_equal(journal->previous, slice_of(walk->head, walk->head_size))) tell_journal(walk, "chain", "it does not name the hash of the journal before it");
    if (journal->commit_sequence < walk->commit_sequence) tell_journal(walk, "chain", "its commit sequence is below the one before");
    if (journal->reverses < 0 || journal->reverses >= journal->seq) tell_journal(walk, "chain", "it reverses journal %lld", (long long)journal->reverses);
    if (journal->version < 3 && (journal->lines != 0 || journal->reverses != 0 || journal->reference.size > 0 || journal->reason.size > 0))
        tell_journal(walk, "hash", "its hash does not cover lines, reference, reason or what it reverses");
}

void chain_walk_journal(struct chain_walk *walk, const struct journal_row *journal, struct slice stored_hash) {
    chain_walk_close(walk);
    walk->counts.journals++;
    arena_reset(walk->journal_arena);
    walk->journal = *journal;
    walk->journal_at = walk->at;
    walk->journal.kind = arena_copy(walk->journal_arena, journal->kind);
    walk->journal.previous = arena_copy(walk->journal_arena, journal->previous);
    walk->journal.reference = arena_copy(walk->journal_arena, journal->reference);
    walk->journal.reason = arena_copy(walk->journal_arena, journal->reason);
    const bool is_known = journal->version >= 1 && journal->version <= JOURNAL_VERSION_MAX;
    if (!is_known) {
        tell_journal(walk, "hash", "version %d is not known", journal->version);
        walk->journal.version = JOURNAL_VERSION;
    }
    if (walk->stage == CHAIN_NOTHING) tell_journal(walk, "chain", "a journal without its agreement");
    else if (journal->agreement_no != walk->agreement.agreement_no) tell_journal(walk, "chain", "a journal of agreement %d", journal->agreement_no);
    judge_links(walk, &walk->journal);
    judge_document(walk, &walk->journal);
    walk->commit_sequence = journal->commit_sequence;
    memset(walk->stored_hash, 0, sizeof walk->stored_hash);
    memcpy(walk->stored_hash, stored_hash.bytes, stored_hash.size < sizeof walk->stored_hash ? stored_hash.size : sizeof walk->stored_hash);
    walk->entry_count = 0;
    walk->sums = (struct ledger_sums){0};
    walk->sums_are_wrong = false;
    walk->outcomes = walk->lines = 0;
    walk->last_position = -1;
    walk->stage = CHAIN_ENTRIES;
    arena_reset(walk->row_arena);
    walk->hasher.start(walk->hasher.self);
    walk->hasher.add(walk->hasher.self, canonical_journal(walk->row_arena, &walk->journal));
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------------------------------ */

/* Rows come in the order of the hash: entries, outcomes, lines. */
static bool is_in_place(struct chain_walk *walk, enum chain_stage stage, const char *what) {
    if (!is_journal_open(walk)) chain_walk_tell(walk, "chain", what, "it stands outside of a journal");
    else if (walk->stage > stage) chain_walk_tell(walk, "chain", what, "it stands behind rows that come after it");
    else walk->stage = stage;
    return walk->stage == stage;
}

static void add_bytes(struct chain_walk *walk, struct slice bytes) { walk->hasher.add(walk->hasher.self, bytes); }

void chain_walk_entry(struct chain_walk *walk, const struct entry_row *entry) {
    walk->counts.entries++;
    if (!is_in_place(walk, CHAIN_ENTRIES, "entry")) return;
    arena_reset(walk->row_arena);
    add_bytes(walk, canonical_entry(walk->row_arena, entry));
    if (walk->entry_count == SUMS_ENTRIES_MAX) {
        tell_row(walk, "chain", "line", entry->line, walk->at, "more entries than a journal can have");
        return;
    }
    if (entry->line != (int64_t)walk->entry_count + 1) tell_row(walk, "chain", "line", entry->line, walk->at, "line %zu comes next", walk->entry_count + 1);
    walk->entries_at[walk->entry_count] = walk->at;
    walk->entries[walk->entry_count++] = (struct entry_row){.line = entry->line, .account = arena_copy(walk->journal_arena, entry->account), .amount = entry->amount};
}

void chain_walk_outcome(struct chain_walk *walk, const struct outcome_row *outcome) {
    walk->counts.outcomes++;
    if (!is_in_place(walk, CHAIN_OUTCOMES, "outcome")) return;
    arena_reset(walk->row_arena);
    add_bytes(walk, canonical_outcome(walk->row_arena, outcome, walk->journal.version));
    walk->outcomes++;
    const char *wrong = outcome_contradiction(outcome, &walk->journal);
    if (wrong == NULL && outcome->position <= walk->last_position) wrong = "its position is taken";
    if (wrong != NULL) tell_row(walk, "outcome", "position", outcome->position, walk->at, "%s", wrong);
    walk->last_position = outcome->position;
    if (!sums_add_outcome(&walk->sums, outcome)) walk->sums_are_wrong = true; /* told as an outcome that contradicts itself, or by its hash */
}

void chain_walk_line(struct chain_walk *walk, const struct line_row *line) {
    walk->counts.lines++;
    if (!is_in_place(walk, CHAIN_LINES, "line")) return;
    arena_reset(walk->row_arena);
    add_bytes(walk, canonical_line(walk->row_arena, line));
    if (line->position != walk->lines) tell_row(walk, "line", "position", line->position, walk->at, "position %lld comes next", (long long)walk->lines);
    if (line->agreement_no != walk->journal.agreement_no || line->journal_seq != walk->journal.seq)
        tell_row(walk, "line", "position", line->position, walk->at, "it names another journal");
    walk->lines++;
    if (sums_add_line(walk->journal_arena, &walk->sums, line)) return;
    walk->sums_are_wrong = true;
    tell_row(walk, "line", "position", line->position, walk->at, "a line of kind %s that contradicts itself or leaves all bounds", line_kind_name(line->kind));
}

/* ---- signed heads, end --------------------------------------------------------------------------------------------------------------------------------- */

void chain_walk_head(struct chain_walk *walk, const struct ledger_head *head) {
    char where[CHAIN_WHERE_MAX];
    chain_walk_close(walk);
    (void)snprintf(where, sizeof where, "signed head %d", head->number); /* fits */
    walk->counts.heads++;
    if (walk->stage == CHAIN_NOTHING || !slice_is(head->agreement, walk->id) || head->agreement_no != walk->agreement.agreement_no)
        chain_walk_tell(walk, "head", where, "it is of another agreement");
    if (head->number != ++walk->heads) chain_walk_tell(walk, "head", where, "number %d comes next", walk->heads);
    if (head->journal_seq != walk->seq || walk->head_size != sizeof head->hash || memcmp(head->hash, walk->head, sizeof head->hash) != 0)
        chain_walk_tell(walk, "head", where, "it was signed for journal %lld with another hash: the chain was changed since", (long long)head->journal_seq);
    else if (head->committed != walk->totals.committed || head->receivable != walk->totals.receivable || head->credit != walk->totals.credit)
        chain_walk_tell(walk, "head", where, "its balances are not those of the chain");
}

void chain_walk_end(struct chain_walk *walk) {
    finish_agreement(walk);
    walk->id[0] = '\0';
}
