/* Dies where a test wants it. Nothing is flushed or closed, because a crash does not do that either. */
#include "common/stage/fault.h"

#ifdef PAYUNG_FAULTS
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KILLED = 137 };

void fault_point(const char *side, const char *step) {
    static const char *wish;
    static long left = -1;
    if (left == 0) return;
    if (wish == NULL) {
        wish = getenv("PAYUNG_FAULT");
        const char *colon = wish == NULL ? NULL : strchr(wish, ':');
        left = colon == NULL ? 0 : strtol(colon + 1, NULL, 10);
        if (left <= 0) left = 0;
        if (left == 0) {
            wish = "";
            return;
        }
    }
    size_t size = strlen(side);
    if (strncmp(wish, side, size) != 0 || wish[size] != '-') return;
    size_t step_size = strlen(step);
    if (strncmp(wish + size + 1, step, step_size) != 0 || wish[size + 1 + step_size] != ':') return;
    if (--left == 0) _exit(KILLED);
}
#else
typedef int fault_is_left_out; /* a translation unit may not be empty */
#endif
