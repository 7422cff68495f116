/* How many rows of lists may be under way, undecided, at the same time. The two lanes have partitions and instances of their own, but share a broker, a database, a disk and processors: a list of a million
 * rows that was handed over at once would be worked off at full speed, and a waiting rider would feel it. So what is under way is bounded, and the bound follows the answers that single persons get: it is
 * halved while more than one in ten of them takes longer than it should, and grows again as long as they don't. With nobody waiting it is wide. Pure: the caller gives the moment.
 *
 *   pace_note(&pace, now_us, took_us, target_us);       a single person was answered
 *   if (undecided < pace_rows(&pace, now_us)) ...       before the next piece of a list is handed over
 *
 * All zero is a new one. */
#ifndef PAYUNG_INGESTION_PACE_H
#define PAYUNG_INGESTION_PACE_H

#include <stdint.h>

enum {
    PACE_ROWS_MAX = 20000, /* some seconds of work: what stands before the first rider after a quiet time */
    PACE_ROWS_MIN = 150,   /* a piece of a file */
    PACE_LOOK_US = 250 * 1000,
    PACE_QUIET_US = 3 * 1000 * 1000, /* nobody waited for so long: it is quiet */
};

struct pace {
    int64_t rows;      /* 0: new, PACE_ROWS_MAX */
    int64_t look_at_us, answered_at_us;
    int64_t answers, slow; /* since the last look */
};

void pace_note(struct pace *pace, int64_t now_us, int64_t took_us, int64_t target_us);
int64_t pace_rows(struct pace *pace, int64_t now_us);

#endif
