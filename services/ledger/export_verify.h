/* The proof of an export (export.h) by the file alone: no database, no keys. Every record must be one that the export writes, every hash and link, entry, balance and budget is
 * recomputed (chain_walk.h), documents have their hashes, signed heads their signatures, and the file ends where it says. Memory is bounded, whatever the size.
 *
 * A chain that was rewritten from some journal on, with all its hashes and its head made anew, is a right chain: only what somebody else kept can tell. That are the signed heads:
 * those in the file (with `key`, signed by no other one), and those given as `expected`, which the chains must pass through. */
#ifndef PAYUNG_LEDGER_EXPORT_VERIFY_H
#define PAYUNG_LEDGER_EXPORT_VERIFY_H

#include "common/edge/crypto_sign.h"
#include "services/ledger/chain_walk.h"

enum { EXPORT_PROBLEMS_MAX = 100 };

struct export_check {
    const struct sign_public *key;      /* NULL: the heads in the file may be signed by any key */
    const struct ledger_head *expected; /* ascending by agreement_no and journal_seq */
    size_t expected_count;
};

struct export_report {
    struct chain_counts counts;
    int64_t bytes, records; /* records: lines of the file */
    int64_t problem_count;  /* all, of which the first EXPORT_PROBLEMS_MAX are kept; the first one is the first in the file that shows */
    struct chain_problem problems[EXPORT_PROBLEMS_MAX]; /* at: the line of the file, from 1; check "format" besides those of chain_walk.h */
};

/* OK whatever was found: the report says it. FATAL when the file can't be read. */
MUST_USE struct err export_verify(const char *path, const struct export_check *check, struct export_report *ret_report);

#endif
