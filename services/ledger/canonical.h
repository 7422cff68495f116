/* The rows of the ledger as structs, and their canonical bytes: what the hash chain covers. Pure. An auditor can write this again in any language:
 *
 *   hash(journal) = SHA-256( journal bytes | entry bytes of each entry by line | outcome bytes of each outcome by position | line bytes of each line by position )
 *
 * How the bytes are written is the version of the journal (ledger.journal.version): 1 until migration 0005, 2 until 0007, 3 since then. Old journals keep theirs and still verify.
 *
 * Numbers are big-endian two's complement of the width given, texts and byte strings are a 4-byte length and then the bytes, a NULL text has the
 * length 0xFFFFFFFF. Times are microseconds since 1970-01-01 UTC, dates the number YYYYMMDD.
 *   journal: "payung-journal-1" ... "payung-journal-3" (16 bytes, no length) | previous hash as byte string (empty for the first) | agreement_no 4 | seq 8 | kind text |
 *            business_date 4 | commit_sequence 8 | outcomes 4 | in version 3: lines 4 | reference text | reason text | reverses 8 | posted_at 8
 *   entry:   line 2 | account text | amount 8
 *   outcome: epoch 4 | partition 4 | origin 8 | application_id 16 | attempt 4 | repeat 1 | agreement_no 4 | batch_id text | row_number 4 | status 2 |
 *            codes 8 | warnings 8 | person_token text | segment 2 | programmes 2 | start_month 4 | months 2 | jkk 8 | jkm 8 | jht 8 | jp 8 |
 *            since version 2: package 8 | amount 8 | rank 4 | in version 3: place 8 | registration_date 4 | lines text | message_due text | commit_sequence 8 | position 4 | journal_seq 8 | decided_at 8
 *   line:    position 4 | month 4 | kind 2 | place 8 | application_id text | months 2 | jkk 8 | jkm 8 | jht 8 | jp 8 | package 8 | reduction: 1, then 8 for each charge, or 0 |
 *            relief text | amount 8 | reserved 8 | heads 4 | waiting 4 | reserved_heads 4 | state 2 | day 4 | reason text | detail text | invoice_no 4 | message_due text
 * A change of this order is a new version with a new word in front, never a change of old journals. An outcome in a journal of version 1 can't have a package: its hash
 * would not cover it; nor can journals before version 3 have lines, or outcomes with a place.
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
    JOURNAL_VERSION_MAX = 3, JOURNAL_VERSION = JOURNAL_VERSION_MAX /* of new journals */
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
    int32_t period;           /* of a new one, to be written: year of the agreement's first day, 0 without an agreement. Nobody reads it back, it follows from the agreement; so it is not in the bytes */
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
    int64_t place;            /* in the list of the agreement; 0 unless accepted */
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
    int32_t outcomes, lines;
    struct slice reference, reason;
    int64_t reverses;      /* the journal of the same agreement that this one takes back; 0 none */
    struct slice previous; /* 32 bytes, or none */
    int64_t posted_at_us;
};

struct entry_row { /* ledger.entry; debit positive */
    int16_t line;
    struct slice account;
    rupiah amount;
};

enum line_kind { /* what each means: line.h */
    LINE_NONE = 0, LINE_INVOICED, LINE_SETTLED, LINE_CREDITED, LINE_REFUNDED, LINE_UNSETTLED, LINE_RECEIVED, LINE_RETURNED, LINE_SUSPENDED, LINE_UNSUSPENDED, LINE_MOVED_OUT,
    LINE_MOVED_IN, LINE_RELEASED, LINE_STATE, LINE_RESERVED, LINE_UNRESERVED, LINE_WAITING, LINE_DELEGATED, LINE_CARRIED, LINE_KINDS
};

struct line_row { /* ledger.line */
    int32_t agreement_no;
    int64_t journal_seq;
    int32_t position;
    month_t month;
    enum line_kind kind;
    int64_t place;
    struct slice application_id; /* 16 bytes, or bytes NULL */
    int32_t months;
    rupiah by_charge[LEDGER_CHARGES];
    bool is_reduced;
    rupiah reduction[LEDGER_CHARGES];
    struct slice relief; /* bytes NULL: none */
    rupiah amount, reserved;
    int32_t heads, waiting, reserved_heads;
    int32_t state;
    day_t day;
    struct slice reason, detail;
    int32_t invoice_no;
    struct slice message_due; /* bytes NULL: nobody is told */
};

struct slice canonical_journal(struct arena *arena, const struct journal_row *journal);
struct slice canonical_entry(struct arena *arena, const struct entry_row *entry);
struct slice canonical_outcome(struct arena *arena, const struct outcome_row *outcome, int version);
struct slice canonical_line(struct arena *arena, const struct line_row *line);

/* The premium lines as the JSON text of outcome.lines; empty for none. */
struct slice canonical_lines(struct arena *arena, const struct premium *premium);
/* The sums that a text of premium lines states, by ledger_charge. False when it is not a text that canonical_lines writes: another order or white space, a charge that is not
 * billed, a negative amount, a share that does not exist, a line that is once and has not one month, or a sum beyond all bounds. */
bool canonical_lines_add_up(struct slice lines, rupiah ret_by_charge[LEDGER_CHARGES]);

#endif
