/* The export of the ledger for auditors: the documents of agreements, journals, entries, outcomes, lines and signed heads in the order of the chains, as one text file
 * (export_record.h). Read in one snapshot, in bounded memory, whatever the size; nothing is changed. Persons are in it as keyed tokens only. */
#ifndef PAYUNG_LEDGER_EXPORT_H
#define PAYUNG_LEDGER_EXPORT_H

#include "common/edge/pg.h"
#include "services/ledger/chain_walk.h"

struct export_result {
    struct chain_counts counts;
    int64_t bytes;
    bool unwritable; /* the error is of the file, not of the database */
};

/* agreement "": all. The file (mode 0600) is complete or not there. *ret_found false: there is no such agreement, and no file. AGAIN or FATAL when database or disk fail. */
MUST_USE struct err ledger_export(struct pg *pg, const char *path, struct slice agreement, bool *ret_found, struct export_result *ret_result);

#endif
