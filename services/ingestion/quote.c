/* POST /v1/quotes: what an enrolment would cost, by the same law, tariff and premium that bill it. Nothing is stored; the body holds nothing of a person. */
#include <stdio.h>

#include "services/ingestion/dryrun.h"
#include "services/ingestion/problem.h"
#include "services/ingestion/quote_body.h"
#include "services/premium/quote_document.h"

static void refuse(struct http_request *request, const struct quote_problem *problem, const char *pointer) {
    char detail[2 * QUOTE_PROBLEM_MAX + QUOTE_POINTER_MAX + 8];
    CHECK(snprintf(detail, sizeof detail, "%s%s%s. %s", pointer[0] != '\0' ? pointer + 1 : "", pointer[0] != '\0' ? " " : "", problem->message, problem->remedy) < (int)sizeof detail);
    problem_answer(request, PROBLEM_BAD_QUOTE, detail, pointer);
}

void quote_end(void *self, struct http_request *request) {
    struct intake *intake = self;
    const struct intake_partner *partner;
    struct quote_request asked;
    struct quote_problem problem;
    struct quote quote;
    char pointer[QUOTE_POINTER_MAX];
    programme_set closed = 0;
    if (!intake_authorised(intake, request, &partner) || !problem_unless_media(request, "application/json")) return;
    arena_reset(intake->arena);
    if (!quote_body_read(http_body(request), intake->arena, &asked, &problem, pointer)) {
        refuse(request, &problem, pointer);
        return;
    }
    const struct quote_law law = dryruns_law(intake->dryruns);
    const enum quote_status status = quote_compute(&law, &asked.question, &quote, &closed);
    if (status == QUOTE_OK) {
        intake_answer_json(request, 200, quote_document(&asked, &quote));
        return;
    }
    quote_explain(status, &asked, &law, closed, &problem);
    quote_pointer(problem.option, pointer);
    refuse(request, &problem, pointer);
}
