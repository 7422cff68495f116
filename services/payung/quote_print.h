/* A quote as people read it: a table in Bahasa Indonesia. */
#ifndef PAYUNG_QUOTE_PRINT_H
#define PAYUNG_QUOTE_PRINT_H

#include "services/premium/quote_request.h"

void quote_print_text(const struct quote_request *request, const struct quote *quote);

#endif
