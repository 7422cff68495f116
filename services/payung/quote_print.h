/* A quote as people and as programs read it: a table in Bahasa Indonesia, or one JSON document (the shape stands in `payung quote --help`). */
#ifndef PAYUNG_QUOTE_PRINT_H
#define PAYUNG_QUOTE_PRINT_H

#include "services/payung/quote_request.h"

void quote_print_json(const struct quote_request *request, const struct quote *quote);
void quote_print_text(const struct quote_request *request, const struct quote *quote);

#endif
