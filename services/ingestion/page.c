/* Reads and tells pages. It must never count what it does not tell. */
#include "services/ingestion/page.h"

#include <jansson.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"
#include "common/edge/http_client.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/problem.h"

enum { ADDRESS_MAX = 2048, MARK_ESCAPED_MAX = 1024 };

/* Visible ASCII, which no database refuses; or none. */
static bool is_mark(struct slice text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] <= ' ' || text.bytes[i] > '~') return false;
    return text.bytes == NULL || (text.size > 0 && text.size <= PAGE_MARK_MAX);
}

bool page_read(struct http_request *request, struct page *ret_page) {
    const struct slice limit = http_query(request, "limit"), after = http_query(request, "after");
    uint64_t number = PAGE_DEFAULT;
    if (limit.bytes != NULL && (!text_number(limit, PAGE_MAX, &number) || number == 0)) {
        problem_answer(request, PROBLEM_BAD_PARAMETER, "limit is 1 to 100", "");
        return false;
    }
    if (!is_mark(after)) {
        problem_answer(request, PROBLEM_BAD_PARAMETER, "after is not the mark of a page: use the address in next", "");
        return false;
    }
    *ret_page = (struct page){.limit = (int64_t)number, .after = after};
    return true;
}

void page_answer(struct http_request *request, const char *path, const char *query, const char *name, json_t *array, const char *next, const struct page *page) {
    char mark[MARK_ESCAPED_MAX], address[ADDRESS_MAX], link[ADDRESS_MAX + 16];
    json_t *document = json_pack("{s:o,s:n}", name, array, "next");
    CHECK(document != NULL);
    if (next != NULL) {
        CHECK(http_escape(next, mark, sizeof mark)); /* at most 255 characters */
        CHECK(snprintf(address, sizeof address, "%s?%slimit=%lld&after=%s", path, query, (long long)page->limit, mark) < (int)sizeof address);
        CHECK(snprintf(link, sizeof link, "<%s>; rel=\"next\"", address) < (int)sizeof link);
        CHECK(json_object_set_new(document, "next", json_string(address)) == 0);
        http_set_header(request, "Link", link);
    }
    intake_answer_json(request, 200, document);
}
