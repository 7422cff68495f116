/* The end of a process that found a bug in itself. It must not allocate and must not print data. */
#include "common/base/check.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *file, int line, const char *condition) {
    fprintf(stderr, "{\"level\":\"fatal\",\"msg\":\"check failed\",\"at\":\"%s:%d\",\"check\":\"%s\"}\n", file, line,
            condition);
    abort();
}
