/* The proof by repetition: builds the ledger anew from the topics, in an empty database with the schema of today, and compares the result with the ledger in use.
 *
 * Read are `priced` (what was asked), `decided` (which transaction posted each record, at which place in it, at what moment), `payment.received` and `ledger.command`. They are put
 * into tables of the new database, so memory is bounded, and then everything happens again in the order of the commit sequence: an enrolment transaction is one batch through
 * posting and book, a command goes through the very function that did it (the table `commands` in replay.c), each with its old sequence, moment and business date. Numbers that are
 * missing in the sequence were drawn and rolled back.
 *
 * Compared is one snapshot of the ledger in use, taken at the start: what it books meanwhile is left out on both sides. Nothing is changed but the new database.
 *
 * Errors: AGAIN when Kafka or PostgreSQL is away, or the relay or the ledger have not handed over within wait_s what the snapshot holds; FATAL when the topics do not hold the whole
 * story (trimmed, cut, older than the archive), when a record or command can't be done again, or when somebody asked to stop. The text names the partition and origin, or the
 * sequence. A difference between the ledgers is no error: the report says it. */
#ifndef PAYUNG_LEDGER_REPLAY_H
#define PAYUNG_LEDGER_REPLAY_H

#include "common/domain/law.h"
#include "common/domain/region.h"
#include "services/ledger/checksum.h"

struct replay_options {
    const char *live_url, *scratch_url; /* scratch: an empty database that payung migrate has brought up to date */
    const char *brokers;
    const struct region_table *regions; /* for documents of agreements, as payung agreement apply reads them */
    const struct law_table *law;
    int wait_s;
    bool (*stop)(void);                 /* true: give up */
    void (*say)(void *self, const char *text); /* progress, now and then; may be NULL */
    void *self;
};

struct replay_report {
    int64_t records, transactions, commands, payments;
    int64_t repeats; /* of records in the topics, after crashes */
    int64_t later;   /* records behind the snapshot */
    struct checksum_report checksum;
};

MUST_USE struct err ledger_replay(const struct replay_options *options, struct replay_report *ret_report);

#endif
