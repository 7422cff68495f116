/* The wish to stop, as a flag. The handler does nothing but set it, so a batch is always finished; a second signal means now. */
#include "common/edge/signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "common/base/check.h"

static volatile sig_atomic_t stop_wished;

static void wish_stop(int number) {
    if (stop_wished) _exit(128 + number);
    stop_wished = 1;
}

void signals_setup(void) {
    struct sigaction on_stop = {.sa_handler = wish_stop}, ignore = {.sa_handler = SIG_IGN};
    CHECK(sigaction(SIGTERM, &on_stop, NULL) == 0);
    CHECK(sigaction(SIGINT, &on_stop, NULL) == 0);
    CHECK(sigaction(SIGPIPE, &ignore, NULL) == 0);
}

bool signals_stop(void) { return stop_wished != 0; }
