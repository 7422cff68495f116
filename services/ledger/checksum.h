/* Are two ledgers the same? A digest of each table's content, computed the same way in two databases and compared row by row: SHA-256 over the digests of the rows in the order of
 * their keys. Rows stream in pages, so memory is bounded whatever the ledger holds. What can't be equal by nature is left out: moments at which a row was written outside of a
 * booking, numbers given by an identity, and the working memory of services (outbox, reader positions, audit, registry: persons may be forgotten).
 *
 *   static struct checksum_report report;
 *   TRY(checksum_compare(live, other, &report));       both sessions within a transaction of one snapshot
 *   if (report.different > 0) ... report.tables[i].first_difference ... */
#ifndef PAYUNG_LEDGER_CHECKSUM_H
#define PAYUNG_LEDGER_CHECKSUM_H

#include "common/edge/pg.h"

enum { CHECKSUM_TABLES_MAX = 24, CHECKSUM_KEY_MAX = 160, CHECKSUM_BYTES = 32 };

struct checksum_side {
    int64_t rows;
    uint8_t sha256[CHECKSUM_BYTES];
};

struct checksum_table {
    const char *name;               /* "journal" */
    struct checksum_side here, there;
    bool is_equal;
    char first_difference[CHECKSUM_KEY_MAX]; /* the key of the first row that is not the same, or stands on one side only; "" when equal */
};

struct checksum_report {
    size_t table_count, different;
    struct checksum_table tables[CHECKSUM_TABLES_MAX];
};

/* turn may be NULL; called after each table. */
MUST_USE struct err checksum_compare(struct pg *here, struct pg *there, void (*turn)(void *self, const struct checksum_table *table), void *self, struct checksum_report *ret_report);

#endif
