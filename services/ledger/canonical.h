/* The rows of the ledger as structs, and their canonical bytes: what the hash chain covers. Pure. An auditor can write this again in any language:
 *
 *   hash(journal) = SHA-256( journal bytes | entry bytes of each entry by line | outcome bytes of each outcome by position )
 *
 * How the bytes are written is the version of the journal (ledger.journal.version): 1 until migration 0005, 2 since then. Old journals keep theirs and still verify.
 *
 * Numbers are big-endian two's complement of the width given, texts and byte strings are a 4-byte length and then the bytes, a NULL text has the
 * length 0xFFFFFFFF. Times are microseconds since 1970-01-01 UTC, dates the number YYYYMMDD.
 *   journal: "payung-journal-1" or "payung-journal-2" (16 bytes, no length) | previous hash as byte string (empty for the first) | agreement_no 4 | seq 8 | kind text |
 *            business_date 4 | commit_sequence 8 | outcomes 4 | posted_at 8
 *   entry:   line 2 | account text | amount 8
 *   outcome: epoch 4 | partition 4 | origin 8 | application_id 16 | attempt 4 | repeat 1 | agreement_no 4 | batch_id text | row_number 4 | status 2 |
 *            codes 8 | warnings 8 | person_token text | segment 2 | programmes 2 | start_month 4 | months 2 | jkk 8 | jkm 8 | jht 8 | jp 8 |
 *            in version 2: package 8 | amount 8 | rank 4 | registration_date 4 | lines text | message_due text | commit_sequence 8 | position 4 | journal_seq 8 | decided_at 8
 * A change of this order is a new version with a new word in front, never a change of old journals. An outcome in a journal of version 1 can't have a package: its hash
 * would not cover it.
 *
 * The premium lines (outcome.lines) are one JSON text, exactly as it was hashed, without white space, the members of a line in this order:
 *   [{"programme":"JHT","share":"EMPLOYER","from":202604,"months":12,"once":true,"base":5000000,"rate_ppm":37000,"normal":185000,"amount":185000,
 *     "tariff_row":"...","regulation":"...","relief":"..."},...]
 * programme: a charge (JKK, JKM, JHT, JP, PACKAGE); share: EMPLOYER or WORKER, missing when one payer bears the whole; once: missing, or true when the amount is one for the
 * whole cover (a construction contract, the package of a migrant worker; months is 1 then); relief: missing when there is none. The sum of amount * months of a charge is
 * the outcome's column of that name. */
#ifndef PAYUNG_LEDGER_CANONICAL_H
#define PAYUNG_LEDGER_CANONICAL_H

#include "common/base/arena.h"
#include "common/domain/application.h"

enum {
    LEDGER_PROGRAMMES = 4, /* JKK, JKM, JHT, JP: what a cover is kept for */
    LEDGER_CHARGES = 5,    /* what money is booked for: these four and PACKAGE (JKK and JKM of a migrant worker, one price) */
    LEDGER_PACKAGE = 4,    /* the column of the package */
    JOURNAL_VERSION_MAX = 2, JOURNAL_VERSION = JOURNAL_VERSION_MAX /* of new journals */
};

/* The charge of a money column: 0 JKK, 1 JKM, 2 JHT, 3 JP, 4 PACKAGE. JKP has none: it is never billed. */
static inline enum charge ledger_charge(int column) { return column < LEDGER_PROGRAMMES ? (enum charge)column : CHARGE_PACKAGE; }

struct outcome_row { /* ledger.outcome */
    uint32_t epoch;
    int32_t partition;
    int64_t origin;
    struct id application_id;
    uint32_t attempt;
    bool repeat;
    int32_t agreement_no;
    struct slice batch_id;
    int32_t row_number;
    enum outcome_status status;
    struct code_set codes, warnings;
    struct person_token person;
    enum segment segment;
    programme_set programmes;
    month_t start_month;
    int32_t months;
    rupiah by_charge[LEDGER_CHARGES]; /* by ledger_charge */
    rupiah amount;
    int32_t rank;
    day_t registration_date;
    struct slice lines;       /* JSON or empty */
    struct slice message_due; /* bytes NULL: nobody is told */
    int64_t commit_sequence;
    int32_t position;
    int64_t journal_seq;
    int64_t decided_at_us;
};

struct journal_row { /* ledger.journal */
    int32_t agreement_no;
    int64_t seq;
    int version;           /* 1 ... JOURNAL_VERSION_MAX */
    struct slice kind;
    day_t business_date;
    int64_t commit_sequence;
    int32_t outcomes;
    struct slice previous; /* 32 bytes, or none */
    int64_t posted_at_us;
};

struct entry_row { /* ledger.entry; debit positive */
    int16_t line;
    struct slice account;
    rupiah amount;
};

struct slice canonical_journal(struct arena *arena, const struct journal_row *journal);
struct slice canonical_entry(struct arena *arena, const struct entry_row *entry);
struct slice canonical_outcome(struct arena *arena, const struct outcome_row *outcome, int version);

/* The premium lines as the JSON text of outcome.lines; empty for none. */
struct slice canonical_lines(struct arena *arena, const struct premium *premium);
/* The sums that a text of premium lines states, by ledger_charge. False when it is not a text that canonical_lines writes: another order or white space, a charge that is not
 * billed, a negative amount, a share that does not exist, a line that is once and has not one month, or a sum beyond all bounds. */
bool canonical_lines_add_up(struct slice lines, rupiah ret_by_charge[LEDGER_CHARGES]);

#endif
