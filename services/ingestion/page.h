/* Pages of a list route: ?limit=1..100 (by itself 20) and ?after=MARK, where a mark is what the page before it ended with. No totals and no offsets: what is added meanwhile moves nothing.
 *
 *   if (!page_read(request, &page)) return;              answered
 *   ... fetch page.limit + 1 things behind page.after, give the first page.limit of them to a JSON array ...
 *   page_answer(request, "/v1/payments", "", "payments", array, page_is_full ? mark : NULL, &page);
 *
 * The answer is {NAME: [...], "next": address of the next page or null}, and the same address as Link: <...>; rel="next" (RFC 8288). */
#ifndef PAYUNG_INGESTION_PAGE_H
#define PAYUNG_INGESTION_PAGE_H

#include <stdint.h>

#include "common/edge/http.h"

enum { PAGE_DEFAULT = 20, PAGE_MAX = 100, PAGE_MARK_MAX = 255 };

struct page {
    int64_t limit;
    struct slice after; /* visible ASCII; bytes NULL: from the start */
};

/* False: the request was answered (400). */
bool page_read(struct http_request *request, struct page *ret_page);
/* query: more of the address, "agreement=x&", or "". next: the mark of the last thing told, NULL: there is no more. Takes the array. */
struct json_t;
void page_answer(struct http_request *request, const char *path, const char *query, const char *name, struct json_t *array, const char *next, const struct page *page);

#endif
