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

/* Answers: {"type","title","status","detail","code","judul","remedy","saran"[,"pointer"][,"errors":[{"pointer","code","message_id","message_en"}]]}. type is "/docs#CODE": the
 * place in the page of the API that tells the code. detail adds what was seen (English; never a value of a person), and is a row of fault.def where it speaks of a member of a body;
 * pointer is "" or a JSON pointer. 503 and 429 get Retry-After. */
void problem_answer(struct http_request *request, enum problem problem, const char *detail, const char *pointer);
/* The same with a remedy of its own instead of the table's; "saran" stays. */
void problem_answer_remedy(struct http_request *request, enum problem problem, const char *detail, const char *pointer, const char *remedy);
enum problem problem_of_status(int status); /* for refusals of the server itself */
/* False: the body is of another media type, and the request was answered (415). */
bool problem_unless_media(struct http_request *request, const char *type);
/* The words of fault.def in Bahasa Indonesia for this text, and its code; NULL: it stands there not. */
const char *problem_fault_id(const char *text, const char **ret_code);

#endif
