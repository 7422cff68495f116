/* The JSON body of POST /v1/quotes: the options of services/premium/quote_request.h by name, with underscores. Numbers are whole; flags are true or false; programmes a list or a text
 * "JKK,JKM". null is as if left out. What changes the law for one quote (relief, parameter) is not offered here. */
#ifndef PAYUNG_INGESTION_QUOTE_BODY_H
#define PAYUNG_INGESTION_QUOTE_BODY_H

#include "common/base/arena.h"
#include "services/premium/quote_request.h"

enum { QUOTE_BODY_MAX = 16 * 1024, QUOTE_MONTHS_MAX = 120 /* the answer has a line for each month */, QUOTE_POINTER_MAX = 48 };

/* Texts point into the arena. False: the problem says why; ret_pointer is where, RFC 6901. */
bool quote_body_read(struct slice json, struct arena *arena, struct quote_request *ret_request, struct quote_problem *ret_problem, char ret_pointer[QUOTE_POINTER_MAX]);
/* "/risk_class" of the option "risk-class"; "" of none. */
void quote_pointer(const char *option, char ret_pointer[QUOTE_POINTER_MAX]);

#endif
