/* What the parts of verify share: problems, and rows that come in pages so that memory stays bounded. */
#ifndef PAYUNG_LEDGER_VERIFY_PARTS_H
#define PAYUNG_LEDGER_VERIFY_PARTS_H

#include "services/ledger/verify.h"

void verify_problem(struct verify_report *report, const char *check, const char *agreement, const char *where, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* A cursor read page by page. The row at hand is (rows, at); a page lives until the next one is fetched. */
struct verify_stream {
    struct pg *pg;
    struct arena *arena;
    const char *fetch; /* "FETCH 4096 FROM name" */
    struct pg_rows rows;
    size_t at;
    bool ended;
};

MUST_USE struct err stream_open(struct pg *pg, const char *declare, const char *fetch, struct verify_stream *ret_stream);
MUST_USE struct err stream_next(struct verify_stream *stream); /* to the next row; sets ended behind the last one */
void stream_close(struct verify_stream *stream);

/* What ledger.budget b had given to the agreements under it before migration 0007: that stands in no line (kind 17 is LINE_DELEGATED). Nothing, where the first document was put in
 * force by a journal. */
#define DELEGATED_BEFORE_SQL                                                                                                                                          \
    "CASE WHEN EXISTS (SELECT FROM ledger.agreement_version v WHERE v.agreement_no = b.agreement_no AND v.amendment = 0 AND v.journal_seq > 0) THEN 0"               \
    " ELSE b.delegated - (SELECT coalesce(sum(l.amount), 0)::bigint FROM ledger.line l WHERE l.agreement_no = b.agreement_no AND l.kind = 17) END"

MUST_USE struct err verify_chain(struct pg *pg, struct verify_report *report);
MUST_USE struct err verify_cover(struct pg *pg, struct verify_report *report);

#endif
