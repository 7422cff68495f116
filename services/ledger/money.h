/* A command on the books: one PostgreSQL transaction that locks the agreements it concerns, lets set-based SQL write lines and move the working tables, and then closes one
 * journal per agreement over what was written: entries by the chart (line.h), hash, head, budget. Everything but the enrolments' own path (book.h) goes through here.
 *
 *   TRY(money_begin(pg, arena, &moment, ids, count, &money));      BEGIN; budgets locked in ascending order of their numbers; then the commit sequence
 *   struct money_account *account = money_account(money, id);      NULL: there is no such agreement; "none" is agreement 0, the chain of money without a payer
 *   ... INSERT INTO ledger.line (agreement_no, journal_seq, position, ...) with account->agreement_no and money_next_journal(account), positions from 0 without holes ...
 *   TRY(money_close(money, account, &(struct money_journal){.kind = "INVOICE", .reference = id}));    nothing was written: no journal, unless `.always`
 *   TRY(money_command(money, &command));                           what a replay needs, to the archive topic; and the audit row
 *   TRY(money_commit(money));                                      or money_undo
 *
 * A journal may be closed more than once per account and transaction: each takes the next number. Lines are read back page by page for the hash, so memory is bounded whatever
 * a command moves. Errors: those of pg.h; a broken constraint (pagu, quota, closed period, credit) is SPLIT with SQLSTATE 23514 in its text: undo and refuse the command.
 *
 * Lock order (book.h): lineage, budgets by number, covers by person, pending; then working tables. Never lock two budgets out of order: name all agreements at money_begin. */
#ifndef PAYUNG_LEDGER_MONEY_H
#define PAYUNG_LEDGER_MONEY_H

#include "common/domain/command.h"
#include "common/edge/pg.h"
#include "services/ledger/agreement_store.h"
#include "services/ledger/line.h"

enum { MONEY_ACCOUNTS_MAX = 64 };

struct money_moment {
    int64_t moment_ms;       /* the clock, once; goes into journals */
    day_t business_date;     /* 0 = the day of moment_ms in western Indonesia */
    int64_t commit_sequence; /* 0 = the next one; a replay gives the old one */
    const char *actor;       /* who, for the audit: "operator:ani", "partner:local", "replay" */
};

struct money_account {
    int32_t agreement_no;
    struct slice id;
    rupiah pagu, delegated, committed, reserved, receivable, credit;
    int64_t quota, accepted, reserved_heads, waitlisted, tickets;
    int32_t invoices;
    int64_t journal_seq; /* last closed */
    uint8_t head[32];
    size_t head_size;
};

struct money {
    struct pg *pg;
    struct arena *arena; /* the caller's: small things of the whole command */
    struct arena *page;  /* of this module */
    int64_t moment_ms, commit_sequence;
    day_t business_date;
    const char *actor;
    struct money_account accounts[MONEY_ACCOUNTS_MAX];
    size_t account_count;
};

struct money_journal {
    const char *kind; /* of ledger.journal_kind_check */
    struct slice reference, reason; /* bytes NULL = "" */
    int64_t reverses;
    bool always;      /* a journal even without lines (AGREEMENT, CLOSE) */
};

/* ids may repeat; those that don't exist are left out. FATAL beyond MONEY_ACCOUNTS_MAX. */
MUST_USE struct err money_begin(struct pg *pg, struct arena *arena, const struct money_moment *moment, const struct slice *ids, size_t count, struct money *ret_money);
struct money_account *money_account(struct money *money, struct slice id);
/* An agreement whose row and budget this transaction has just inserted: from now on it has an account, too. */
MUST_USE struct err money_adopt(struct money *money, struct slice id);
static inline int64_t money_next_journal(const struct money_account *account) { return account->journal_seq + 1; }
/* ret_sums may be NULL: what the journal added up to. The account and its budget row move along. */
MUST_USE struct err money_close(struct money *money, struct money_account *account, const struct money_journal *journal, struct ledger_sums *ret_sums);
/* Fills in commit_sequence, moment, business date and actor. No archive record when command->kind is COMMAND_NONE: then only the audit row (action = audit). */
MUST_USE struct err money_command(struct money *money, const struct ledger_command *command, const char *audit);
MUST_USE struct err money_commit(struct money *money);
void money_undo(struct money *money);
/* Whether a command that ended with *err is worth another try, after a pause and with the next commit sequence: AGAIN, a few times, and never in a replay. *tries starts at 0. A session
 * that can't be opened again ends it; *err then says so. */
bool money_again(struct pg *pg, const struct money_moment *moment, int *tries, struct err *err);

#endif
