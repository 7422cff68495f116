/* What the console shows, as JSON: each view is one statement that PostgreSQL answers with one document, so that a page costs one round trip. Lists go page by page from a mark on (the member
 * "next" of the page before), along an index: the last page costs what the first one does. Nothing of a person is in any of them but ids. */
#ifndef PAYUNG_CONSOLE_VIEW_H
#define PAYUNG_CONSOLE_VIEW_H

#include "common/edge/pg.h"

enum { VIEW_PAGE_ROWS = 50 };

struct view {
    const char *path;      /* "/api/batches" */
    bool has_mark, has_id; /* ?after=NUMBER or text; one {} in the path */
    const char *sql;       /* $1 is the mark or the id; one row with one text */
};

extern const struct view views[];
extern const size_t view_count;
extern const struct view view_overview; /* also what the stream tells */

/* The text lives in the arena; bytes NULL: there is no such thing. */
MUST_USE struct err view_read(const struct view *view, struct pg *pg, struct arena *arena, struct slice argument, struct slice *ret_json);

#endif
