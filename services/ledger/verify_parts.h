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

MUST_USE struct err verify_chain(struct pg *pg, struct verify_report *report);
MUST_USE struct err verify_cover(struct pg *pg, struct verify_report *report);

#endif
