/* Builds errors and names fates. An over-long text is cut, never lost. */
#include "common/base/err.h"

#include <stdarg.h>
#include <stdio.h>

struct err err_make(enum fate fate, const char *format, ...) {
    struct err err = {.fate = fate};
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(err.text, sizeof err.text, format, arguments); /* a cut sentence is still a sentence */
    va_end(arguments);
    CHECK(fate != FATE_OK);
    return err;
}

const char *fate_name(enum fate fate) {
    switch (fate) {
    case FATE_OK: return "OK";
    case FATE_AGAIN: return "AGAIN";
    case FATE_SPLIT: return "SPLIT";
    case FATE_PARK: return "PARK";
    case FATE_FENCED: return "FENCED";
    case FATE_HALT: return "HALT";
    case FATE_FATAL: return "FATAL";
    }
    return "UNKNOWN";
}
