/* By what a line about one application is found again: its id, and the W3C trace under which all its records travel. Both are ids only; a line that has them needs to say nothing of the person.
 *
 *   const struct enrolment_names names = enrolment_names(application_id);
 *   log_warning("a letter can't be written", LOG_ENROLMENT(names), LOG_TEXT("error", err.text));
 *
 * A line about a record that nobody can read has neither. */
#ifndef PAYUNG_EDGE_LOG_ENROLMENT_H
#define PAYUNG_EDGE_LOG_ENROLMENT_H

#include "common/edge/crypto.h"
#include "common/edge/log.h"

struct enrolment_names { /* in hexadecimal digits; "" where there is none */
    char enrolment[2 * ID_BYTES + 1], trace[2 * ID_BYTES + 1];
};

struct enrolment_names enrolment_names(struct id application_id);                     /* with the trace that intake gives it (crypto_trace_id) */
struct enrolment_names enrolment_names_in(struct id application_id, struct id trace_id); /* with the trace that a record bears */

#define LOG_ENROLMENT(names_) LOG_WORD("enrolment_id", (names_).enrolment), LOG_WORD("trace_id", (names_).trace)

#endif
