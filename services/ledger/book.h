/* The book: one PostgreSQL transaction for one batch, in three round trips whatever the batch holds.
 *
 *   book_load    BEGIN; locks the lineage rows of the batch's partitions and the budgets of its agreements (both in ascending order), reads covers, outcomes that
 *                stand already, and only then draws the commit sequence: a later number of the same agreement has seen everything of an earlier one
 *   (posting_decide for each item: pure)
 *   book_save    writes outcomes, covers, journals with their hash, entries, budgets, and moves the lineage by compare-and-set; COMMIT
 *   book_undo    rolls back
 *
 * An application that ends PENDING gets its next attempt in ledger.pending, due after a growing time; ingestion/recheck.c submits it. When an attempt ends in anything
 * else, its row goes.
 *
 * Errors beyond those of the edge:
 *   FENCED  the partition stands in a later epoch, or another writer moved `next`
 *   HALT    a gap (the ledger expects an origin before the batch's first one), or another application stands at an origin: the log was cut or lost records,
 *           or this database was set back. Text begins with "ALARM"
 *   AGAIN   another writer gave a person a cover, or moved a budget, since book_load: plan the batch again */
#ifndef PAYUNG_LEDGER_BOOK_H
#define PAYUNG_LEDGER_BOOK_H

#include "common/edge/pg.h"
#include "common/stage/stage.h"
#include "services/ledger/agreement_store.h"
#include "services/ledger/posting.h"

struct book;

MUST_USE struct err book_open(const char *pg_url, struct book **ret_book);
/* How long a PENDING application waits for its next attempt: at first, and at most. As opened 60 s and six hours: every
 * attempt is an outcome for good, so somebody who waits for months must not have thousands. */
void book_set_retry(struct book *book, int64_t first_s, int64_t most_s);
void book_close(struct book *book); /* NULL is allowed */
struct pg *book_session(struct book *book);
/* The next batch compares the terms of its agreements with the database, however fresh they are: for a replay, in which an hour passes in a second. */
void book_doubt_agreements(struct book *book);
MUST_USE struct err book_load(struct book *book, const struct stage_batch *batch, struct posting **ret_posting);
MUST_USE struct err book_save(struct book *book, struct posting *posting, const struct stage_batch *batch);
void book_undo(struct book *book);

#endif
