/* The chain as an auditor walks it: over the rows of an export (verify_chain.c walks those of the database, with what only it can ask). Pure: rows are fed in the order of the chain, problems are told. It believes no row
 * about another one; everything is recomputed: hashes (canonical.h), links, numbers, entries (line.h), balances, and the budget after every journal.
 *
 *   chain_walk_start(&walk, arena, hasher, tell, self);
 *   for each agreement, ascending:      chain_walk_agreement(&walk, &agreement)
 *     for each journal of it, ascending:   [chain_walk_version(&walk, &version)] when the journal put that document in force
 *                                          chain_walk_journal(&walk, &journal, stored_hash); then _entry, _outcome, _line for its rows in this order
 *                                          [chain_walk_head(&walk, &head)] for each signed head that names it
 *   chain_walk_end(&walk);
 *
 * A version with journal_seq 0 (what stood before journals told it) comes before the first journal. Set walk->at before each call to where the row stands (a record's number);
 * a problem tells it again, or that of the journal when the whole journal is meant. What is found (`check`): chain (numbers, links, order, things missing or left over), hash,
 * balance, sums, outcome, line, budget, agreement, head.
 *
 * Texts of journals, entries, reliefs and banks are copied; those of outcomes and lines need only live during the call. */
#ifndef PAYUNG_LEDGER_CHAIN_WALK_H
#define PAYUNG_LEDGER_CHAIN_WALK_H

#include "services/ledger/head_document.h"
#include "services/ledger/line.h"

enum { CHAIN_HASH_BYTES = 32, CHAIN_ID_MAX = 64, CHAIN_WHERE_MAX = 96, CHAIN_TEXT_MAX = 200 };

struct chain_hasher { /* SHA-256, from outside: this library has no effects */
    void (*start)(void *self);
    void (*add)(void *self, struct slice bytes);
    void (*finish)(void *self, uint8_t ret_hash[CHAIN_HASH_BYTES]);
    void *self;
};

struct chain_totals {
    rupiah committed, reserved, delegated, receivable, credit;
    int64_t accepted, reserved_heads, waitlisted;
};

struct chain_agreement { /* ledger.agreement with its budget: what all that follows must come to */
    int32_t agreement_no;
    struct slice id;
    int32_t versions, heads;  /* documents and signed heads that follow */
    rupiah delegated_before;  /* given away before journals told it; 0 unless the first version has journal 0 */
    int64_t journal_seq;
    struct slice head;        /* hash of the last journal; empty without any */
    struct chain_totals totals;
};

struct chain_version { /* ledger.agreement_version; whether the hash is that of the document is the feeder's to check */
    int32_t amendment;
    int64_t journal_seq;
    struct slice sha256;
    struct slice id; /* as the document states it */
    rupiah pagu;
    int64_t quota;
};

struct chain_problem {
    const char *check;
    char agreement[CHAIN_ID_MAX]; /* "" when it concerns none */
    char where[CHAIN_WHERE_MAX];  /* "journal 3 position 17" */
    char text[CHAIN_TEXT_MAX];
    int64_t at;
};

struct chain_counts {
    int64_t agreements, versions, journals, entries, outcomes, lines, heads; /* agreements: those with a number above 0 */
};

enum chain_stage { CHAIN_NOTHING, CHAIN_AGREEMENT, CHAIN_ENTRIES, CHAIN_OUTCOMES, CHAIN_LINES, CHAIN_CLOSED };

struct chain_walk {
    int64_t at; /* set by the feeder */
    struct chain_counts counts;
    int64_t problem_count;
    struct chain_totals totals; /* of the agreement at hand, up to the last closed journal */
    /* below: of the module */
    void (*tell)(void *self, const struct chain_problem *problem);
    void *self;
    struct chain_hasher hasher;
    struct arena *journal_arena, *row_arena;
    enum chain_stage stage;
    int32_t last_agreement_no;
    struct chain_agreement agreement;
    char id[CHAIN_ID_MAX];
    uint8_t stated_head[CHAIN_HASH_BYTES];
    int64_t agreement_at;
    int32_t versions, heads;
    int64_t version_seq; /* of the last version; it waits for its journal while version_waits */
    bool version_waits, first_version_is_old;
    uint8_t version_sha256[CHAIN_HASH_BYTES];
    rupiah pagu;
    int64_t quota, seq, commit_sequence;
    uint8_t head[CHAIN_HASH_BYTES];
    size_t head_size;
    struct journal_row journal; /* at hand */
    uint8_t stored_hash[CHAIN_HASH_BYTES];
    int64_t journal_at;
    struct entry_row entries[SUMS_ENTRIES_MAX];
    int64_t entries_at[SUMS_ENTRIES_MAX];
    size_t entry_count;
    struct ledger_sums sums;
    bool sums_are_wrong;
    int64_t outcomes, lines;
    int32_t last_position;
};

/* Two arenas of the caller, reset by the walk: one per journal, one per row. */
void chain_walk_start(struct chain_walk *walk, struct arena *journal_arena, struct arena *row_arena, const struct chain_hasher *hasher,
                      void (*tell)(void *self, const struct chain_problem *problem), void *self);
void chain_walk_agreement(struct chain_walk *walk, const struct chain_agreement *agreement);
void chain_walk_version(struct chain_walk *walk, const struct chain_version *version);
void chain_walk_journal(struct chain_walk *walk, const struct journal_row *journal, struct slice stored_hash);
void chain_walk_entry(struct chain_walk *walk, const struct entry_row *entry);
void chain_walk_outcome(struct chain_walk *walk, const struct outcome_row *outcome);
void chain_walk_line(struct chain_walk *walk, const struct line_row *line);
void chain_walk_head(struct chain_walk *walk, const struct ledger_head *head);
/* Closes the journal at hand, if there is one: afterwards seq, head and totals are those of it. The other calls do it by themselves. */
void chain_walk_close(struct chain_walk *walk);
void chain_walk_end(struct chain_walk *walk);
/* For a feeder's own problems at the place where the walk stands. */
void chain_walk_tell(struct chain_walk *walk, const char *check, const char *where, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
