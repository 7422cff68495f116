/* Bank statements, read line by line: CSV as banks export it, and MT940 (SWIFT). Pure: bytes go in, piece by piece, cut anywhere; movements come out by a callback, in order.
 *
 *   struct statement *statement = statement_open(arena, &(struct statement_options){.format = statement_format_of(head), .take = take, .self = ...});
 *   while (bytes) statement_feed(statement, bytes);
 *   statement_finish(statement, &counts);
 *
 * Every line that moves money, or may have, comes out: money in (no problem), a reversal, or one that can't be read (a problem of problems.def, with the line as it came), so
 * that nothing is lost. Money going out and balances only come out to be counted. One damaged line never hides another: a quote that is not closed ends with its line, bytes
 * that are no UTF-8 are replaced by '?', control characters by a blank, and a line longer than STATEMENT_LINE_MAX is cut and is LINE_DAMAGED.
 *
 * CSV: the header is looked for in the first STATEMENT_PREAMBLE_MAX lines; columns by columns.def, in any order; needed are a date and an amount or a credit. The separator is
 * the one of , ; and tab that the header has most. No header: counts.header_missing, nothing comes out.
 *   amount   a sign is what it says (AMOUNT_NEGATIVE); CR/K and DB/D beside it or in a column of marks decide about in and out; credit and debit columns do so by themselves
 *   words like "reversal", "koreksi", "pembatalan" make money going out a REVERSAL_LINE, and money coming in, too, unless it names an invoice
 *   lines that say saldo awal, opening balance ... and move no money are balances, as are sums without a day (saldo, total ...) that have no number and name no invoice
 * MT940: any number of statements, with or without the envelope {1:}{2:}{4: -}; fields :20: :25: :28C: :60F: :60M: :61: :86: :62F: :62M: and those beside. C is money in, D out,
 * RC and RD are reversals (amount negative for RC). Of each statement opening balance + movements = closing balance is checked; what is found is told by `warn`, the lines go on. */
#ifndef PAYUNG_LEDGER_BANK_STATEMENT_H
#define PAYUNG_LEDGER_BANK_STATEMENT_H

#include "common/base/arena.h"
#include "common/domain/calendar.h"
#include "common/domain/rupiah.h"

enum {
    STATEMENT_LINE_MAX = 16 * 1024,
    STATEMENT_RAW_MAX = 2000,     /* what is handed on of a line as it came */
    STATEMENT_TEXT_MAX = 4096,    /* of a description: longer ones are cut */
    STATEMENT_NAME_MAX = 64,      /* of an account or a bank: longer ones are cut */
    STATEMENT_PREAMBLE_MAX = 40,
    STATEMENT_ARENA_BYTES = 512 * 1024, /* enough for any statement */
};

enum statement_format { STATEMENT_UNKNOWN = 0, STATEMENT_CSV, STATEMENT_MT940 };
const char *statement_format_name(enum statement_format format);             /* "csv", "mt940" */
bool statement_format_parse(struct slice name, enum statement_format *ret_format); /* exactly as named; false: none of them */
enum statement_format statement_format_of(struct slice head);                /* of the first bytes of a file; UNKNOWN: no text (XLSX, PDF, UTF-16) or nothing */

enum statement_problem {
    STATEMENT_FINE = 0,
#define PROBLEM(symbol, reason) STATEMENT_##symbol,
#include "services/ledger/bank/problems.def"
#undef PROBLEM
    STATEMENT_PROBLEM_COUNT
};
const char *statement_problem_name(enum statement_problem problem);          /* "LINE_DAMAGED"; "" for FINE */
const char *statement_problem_reason_of(struct slice name);                  /* "" when it is none of them */

enum statement_kind { STATEMENT_PAYMENT = 1 /* or a problem */, STATEMENT_DEBIT, STATEMENT_BALANCE };

/* Slices live until the callback returns. */
struct statement_item {
    enum statement_kind kind;
    enum statement_problem problem;
    uint32_t line;              /* of the file, from 1: where it begins */
    struct slice account, bank; /* empty when the file does not say; see statement_account, statement_bank */
    struct slice number;        /* the bank's own; empty: none */
    struct slice reference;     /* as written */
    struct slice description;   /* lines of it separated by line feeds */
    struct slice currency;      /* "IDR" when the file does not say */
    bool amount_is_readable;
    rupiah amount;
    day_t day;                  /* 0: not readable */
    struct slice raw;           /* as it came: it may name persons, so it may be hashed, but neither sent nor kept */
};

enum statement_warning {
    STATEMENT_BALANCE_DIFFERS = 1, /* by difference_sen: closing balance less what opening and movements make */
    STATEMENT_BALANCE_MISSING,     /* the statement has no closing balance, or no opening one: cut off? */
    STATEMENT_BALANCE_UNCHECKED,   /* a line of it can't be read */
};

struct statement_options {
    enum statement_format format;
    void (*take)(void *self, const struct statement_item *item);
    void (*warn)(void *self, uint32_t line, enum statement_warning warning, int64_t difference_sen); /* may be NULL */
    void *self;
};

struct statement_counts {
    int64_t lines;      /* of the file */
    int64_t statements; /* MT940 */
    int64_t payments, problems, debits, balances; /* what came out: problems are not payments */
    bool header_missing;
};

/* An account as it is compared: letters and digits, upper case, without a bank's code before '/' and without the currency behind; cut. */
struct slice statement_account(struct slice text, char ret_text[STATEMENT_NAME_MAX]);
/* The name of a cash account: "Bank Bengkulu" is BANK-BENGKULU; cut. */
struct slice statement_bank(struct slice text, char ret_text[STATEMENT_NAME_MAX]);

struct statement;
struct statement *statement_open(struct arena *arena, const struct statement_options *options);
void statement_feed(struct statement *statement, struct slice bytes);
void statement_finish(struct statement *statement, struct statement_counts *ret_counts);

#endif
