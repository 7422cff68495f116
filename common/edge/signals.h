/* SIGTERM and SIGINT as a flag that a loop asks; SIGPIPE is ignored (libraries write to sockets whose other side may be gone). */
#ifndef PAYUNG_EDGE_SIGNALS_H
#define PAYUNG_EDGE_SIGNALS_H

#include <stdbool.h>

void signals_setup(void); /* once, before threads are started */
bool signals_stop(void);  /* true after the first SIGTERM or SIGINT; a second one ends the process at once */

#endif
