/* The states of a list (batch.h says which follows which), as numbers in intake.batch and in SQL. */
#ifndef PAYUNG_INGESTION_BATCH_STATE_H
#define PAYUNG_INGESTION_BATCH_STATE_H

enum batch_state { BATCH_CHECKING = 1, BATCH_HELD, BATCH_BLOCKED, BATCH_RELEASED, BATCH_CANCELLED, BATCH_REVERSING, BATCH_REVERSED };
#define BATCH_CHECKING_SQL "1"
#define BATCH_HELD_SQL "2"
#define BATCH_BLOCKED_SQL "3"
#define BATCH_RELEASED_SQL "4"
#define BATCH_CANCELLED_SQL "5"
#define BATCH_REVERSING_SQL "6"
#define BATCH_REVERSED_SQL "7"
_Static_assert(BATCH_CHECKING == 1 && BATCH_RELEASED == 4 && BATCH_REVERSED == 7, "the statements name them by number");

#endif
