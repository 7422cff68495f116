/* Writes problems. The texts are the tables'; only `detail` and `pointer` come from the handler, which answers for them. */
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

static const struct fault {
    const char *code, *text, *text_id;
} faults[] = {
#define FAULT(code, text, text_id) {#code, text, text_id},
#include "services/ingestion/fault.def"
#undef FAULT
};

const char *problem_fault_id(const char *text, const char **ret_code) {
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        if (strcmp(faults[i].text, text) != 0) continue;
        *ret_code = faults[i].code;
        return faults[i].text_id;
    }
    return NULL;
}

/* The texts about agreements name what they found, so they stand in no table: then the title says it in Bahasa Indonesia. */
static json_t *errors_json(const struct row *row, const char *detail, const char *pointer) {
    const char *code = "INVALID", *text_id = problem_fault_id(detail, &code);
    return json_pack("[{s:s,s:s,s:s,s:s}]", "pointer", pointer, "code", code, "message_id", text_id != NULL ? text_id : row->title_id, "message_en", detail);
}

/* Is it about the content of a JSON body, so that a pointer of "" means all of it? */
static bool is_of_body(enum problem problem) {
    return problem == PROBLEM_BAD_BODY || problem == PROBLEM_BAD_PAYMENT || problem == PROBLEM_DOCUMENT_INVALID || problem == PROBLEM_AGREEMENT_REFUSED || problem == PROBLEM_BAD_WEBHOOK;
}

void problem_answer(struct http_request *request, enum problem problem, const char *detail, const char *pointer) {
    CHECK(problem >= 0 && problem < PROBLEM_COUNT);
    problem_answer_remedy(request, problem, detail, pointer, rows[problem].remedy);
}

void problem_answer_remedy(struct http_request *request, enum problem problem, const char *detail, const char *pointer, const char *remedy) {
    CHECK(problem >= 0 && problem < PROBLEM_COUNT);
    const struct row *row = &rows[problem];
    char type[96];
    CHECK(snprintf(type, sizeof type, "/docs#%s", row->code) < (int)sizeof type);
    json_t *document = json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:s}", "type", type, "title", row->title, "status", row->status, "detail", detail, "code",
                                 row->code, "judul", row->title_id, "remedy", remedy, "saran", row->remedy_id);
    CHECK(document != NULL);
    if (pointer[0] != '\0') CHECK(json_object_set_new(document, "pointer", json_string(pointer)) == 0);
    if (pointer[0] != '\0' || is_of_body(problem)) CHECK(json_object_set_new(document, "errors", errors_json(row, detail, pointer)) == 0);
    char *text = json_dumps(document, JSON_COMPACT);
    CHECK(text != NULL);
    if (row->status == 503 || row->status == 429) http_set_header(request, "Retry-After", "1");
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

bool problem_unless_media(struct http_request *request, const char *type) {
    const struct slice sent = http_header(request, "Content-Type");
    if (sent.size == 0 || http_media_is(sent, type)) return true; /* a body without a type is what its route takes */
    char detail[64];
    CHECK(snprintf(detail, sizeof detail, "this takes %s", type) < (int)sizeof detail);
    problem_answer(request, PROBLEM_WRONG_MEDIA_TYPE, detail, "");
    return false;
}
