/* What lies behind the lists of the console, as JSON: one list of people with its equation, messages and cards by agreement, who could not be told. Like views (view.h), each is one statement; it
 * may have an id of the path as $1, and has the mark of a page as $2. Numbers come from counters (services/ledger/schema/0032_tally.sql) or from a bounded range of an index. */
#ifndef PAYUNG_CONSOLE_DETAIL_H
#define PAYUNG_CONSOLE_DETAIL_H

#include "services/console/view.h"

/* What the target ("/api/batches/b12...?after=...") asks for; NULL: nothing of here. */
const struct view *detail_of(struct slice path);
/* The text lives in the arena; bytes NULL: there is no such thing. id, mark: bytes NULL is "". */
MUST_USE struct err detail_read(const struct view *view, struct pg *pg, struct arena *arena, struct slice id, struct slice mark, struct slice *ret_json);

#endif
