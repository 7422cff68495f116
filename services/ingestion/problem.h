/* Refusals of the API as RFC 9457 problems: one row each in problem.def with status, stable code, and words in English and Bahasa Indonesia. */
#ifndef PAYUNG_INGESTION_PROBLEM_H
#define PAYUNG_INGESTION_PROBLEM_H

#include "common/edge/http.h"

enum problem {
#define PROBLEM(symbol, status, title, title_id, remedy, remedy_id) PROBLEM_##symbol,
#include "services/ingestion/problem.def"
#undef PROBLEM
    PROBLEM_COUNT
};

/* Answers: {"type","title","status","detail","code","judul","remedy","saran"[,"pointer"]}. detail adds what was seen (English; never a
 * value of a person); pointer is "" or a JSON pointer. 503 and 429 get Retry-After. */
void problem_answer(struct http_request *request, enum problem problem, const char *detail, const char *pointer);
/* The same with a remedy of its own instead of the table's; "saran" stays. */
void problem_answer_remedy(struct http_request *request, enum problem problem, const char *detail, const char *pointer, const char *remedy);
enum problem problem_of_status(int status); /* for refusals of the server itself */

#endif
