/* What `payung quote` and POST /v1/quotes ask, option by option, in any order, as a question for quote_sum. What is missing for a segment, stands twice or can't be read is said with
 * the option's name: "USAGE", or "E81" when it is an amount that no one may pay. The names are those of the command line ("risk-class"); in JSON they have underscores. Pure.
 *
 *   struct quote_reading reading;            quote_begin(&reading, &request, &problem);
 *   if (!quote_option(&reading, "segment", "BPU") || ... || !quote_complete(&reading)) tell(problem);
 *   status = quote_compute(...);             if (status != QUOTE_OK) quote_explain(status, &request, &law, closed, &problem); */
#ifndef PAYUNG_PREMIUM_QUOTE_REQUEST_H
#define PAYUNG_PREMIUM_QUOTE_REQUEST_H

#include "services/premium/quote_sum.h"

enum { RELIEFS_ASKED_MAX = 16, ASSIGNMENTS_MAX = 16, QUOTE_PROBLEM_MAX = 240, OPTIONS_IGNORED_MAX = 16, QUOTE_OPTIONS_MAX = 32 };

struct quote_request {
    struct quote_question question;
    const char *reliefs[RELIEFS_ASKED_MAX]; /* to be switched on */
    size_t relief_count;
    const char *assignments[ASSIGNMENTS_MAX]; /* NAME=VALUE */
    size_t assignment_count;
    const char *ignored[OPTIONS_IGNORED_MAX]; /* given, but of another segment, or of the basis that does not count */
    size_t ignored_count;
};

struct quote_problem {
    const char *code;   /* "USAGE", "E50", "E81", "NO_TARIFF", "TOO_MANY_CHANGES", "TOTAL_TOO_LARGE" */
    const char *option; /* "risk-class"; "" when it is not about one */
    char message[QUOTE_PROBLEM_MAX], remedy[QUOTE_PROBLEM_MAX];
};

/* Every option once; the last one has no name. */
struct quote_option_row {
    const char *name;
    bool has_value;  /* else it is a flag */
    bool is_planning; /* changes the law for one quote: for who plans, not for partners */
};
extern const struct quote_option_row quote_options[];

struct quote_reading {
    struct quote_request *request;
    struct quote_problem *problem;
    bool given[QUOTE_OPTIONS_MAX];
    int64_t vat_ppm;
};

void quote_begin(struct quote_reading *ret_reading, struct quote_request *ret_request, struct quote_problem *ret_problem);
/* value: of an option that has one, kept by reference; NULL for a flag. False with the problem filled, also for a name that is none. */
bool quote_option(struct quote_reading *reading, const char *name, const char *value);
bool quote_complete(struct quote_reading *reading);
/* Why there is no price. status is not QUOTE_OK; closed: of quote_compute. */
void quote_explain(enum quote_status status, const struct quote_request *request, const struct quote_law *law, programme_set closed, struct quote_problem *ret_problem);

#endif
