/* Writes problems. The texts are the table's; only `detail` and `pointer` come from the handler, which answers for them. */
#include "services/ingestion/problem.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const struct row {
    int status;
    const char *code, *title, *title_id, *remedy, *remedy_id;
} rows[PROBLEM_COUNT] = {
#define PROBLEM(symbol, status, title, title_id, remedy, remedy_id) [PROBLEM_##symbol] = {status, #symbol, title, title_id, remedy, remedy_id},
#include "services/ingestion/problem.def"
#undef PROBLEM
};

void problem_answer(struct http_request *request, enum problem problem, const char *detail, const char *pointer) {
    CHECK(problem >= 0 && problem < PROBLEM_COUNT);
    problem_answer_remedy(request, problem, detail, pointer, rows[problem].remedy);
}

void problem_answer_remedy(struct http_request *request, enum problem problem, const char *detail, const char *pointer, const char *remedy) {
    CHECK(problem >= 0 && problem < PROBLEM_COUNT);
    const struct row *row = &rows[problem];
    char type[96];
    CHECK(snprintf(type, sizeof type, "urn:payung:problem:%s", row->code) < (int)sizeof type);
    json_t *document = json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:s}", "type", type, "title", row->title, "status", row->status, "detail", detail, "code",
                                 row->code, "judul", row->title_id, "remedy", remedy, "saran", row->remedy_id);
    CHECK(document != NULL);
    if (pointer[0] != '\0') CHECK(json_object_set_new(document, "pointer", json_string(pointer)) == 0);
    char *text = json_dumps(document, JSON_COMPACT);
    CHECK(text != NULL);
    if (row->status == 503) http_set_header(request, "Retry-After", "1");
    if (row->status == 401) http_set_header(request, "WWW-Authenticate", "Bearer");
    http_answer(request, row->status, "application/problem+json", slice_text(text));
    free(text);
    json_decref(document);
}

enum problem problem_of_status(int status) {
    for (int i = 0; i < PROBLEM_COUNT; i++)
        if (rows[i].status == status) return (enum problem)i;
    return PROBLEM_BAD_REQUEST;
}
