/* What the channels that speak to a server share. */
#include "services/notification/channels/call.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/check.h"

enum { CALL_TEXT_MAX = 2048 };

const char *call_text(struct arena *arena, const char *format, ...) {
    char text[CALL_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size >= 0 && size < CALL_TEXT_MAX); /* settings are checked at the start, the rest is bounded */
    return arena_text(arena, slice_of(text, (size_t)size));
}
