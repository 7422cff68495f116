/* A quote as programs read it: the shape stands in `payung quote --help` and as Quote in proto/openapi.yaml. The document is the caller's (json_decref). */
#ifndef PAYUNG_PREMIUM_QUOTE_DOCUMENT_H
#define PAYUNG_PREMIUM_QUOTE_DOCUMENT_H

#include "services/premium/quote_request.h"

enum { QUOTE_MONTH_TEXT_MAX = 16, QUOTE_WARNING_TEXT_MAX = 200, QUOTE_WARNINGS_MAX = 2 + OPTIONS_IGNORED_MAX };

struct quote_warning {
    const char *code;
    char message[QUOTE_WARNING_TEXT_MAX]; /* Bahasa Indonesia */
};

size_t quote_warnings(const struct quote_request *request, const struct quote *quote, struct quote_warning warnings[QUOTE_WARNINGS_MAX]);
void quote_write_month(int32_t count, char ret_text[QUOTE_MONTH_TEXT_MAX]); /* count: of month_count */

struct json_t;
struct json_t *quote_document(const struct quote_request *request, const struct quote *quote);

#endif
