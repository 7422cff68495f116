/* The arguments of `payung quote`, in any order, as a question for quote_sum. What is missing for a segment, stands twice or can't be read is said with the option's name:
 * "USAGE" (exit 2), or "E81" when it is an amount that no one may pay (exit 1). */
#ifndef PAYUNG_QUOTE_REQUEST_H
#define PAYUNG_QUOTE_REQUEST_H

#include "services/payung/quote_sum.h"

enum { RELIEFS_ASKED_MAX = 16, ASSIGNMENTS_MAX = 16, QUOTE_PROBLEM_MAX = 240, OPTIONS_IGNORED_MAX = 16 };

struct quote_request {
    struct quote_question question;
    bool json, help;
    const char *reliefs[RELIEFS_ASKED_MAX]; /* to be switched on */
    size_t relief_count;
    const char *assignments[ASSIGNMENTS_MAX]; /* NAME=VALUE */
    size_t assignment_count;
    const char *ignored[OPTIONS_IGNORED_MAX]; /* given, but of another segment, or of the basis that does not count */
    size_t ignored_count;
};

struct quote_problem {
    const char *code; /* "USAGE", "E81" */
    char message[QUOTE_PROBLEM_MAX], remedy[QUOTE_PROBLEM_MAX];
};

/* False with ret_problem filled; --help ends the reading (true, help set). ret_request->json is set in any case. */
bool quote_request_read(int argc, char **argv, struct quote_request *ret_request, struct quote_problem *ret_problem);

#endif
