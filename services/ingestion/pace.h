/* How fast lists are handed over. The two lanes have partitions and instances of their own, but share a broker, a database, a disk and processors: a list of a million rows that was handed over at once would
 * be worked off at full speed, and a waiting rider would feel it. So the rows that are under way, undecided, are bounded, and while single persons are answered the bound follows their answers: it is halved
 * when more than one in ten of them takes longer than it should, and grows again as long as they don't; and no more rows than that are handed over from one look to the next. With nobody waiting the bound is
 * wide. Pure: the caller gives the moment.
 *
 *   pace_note(&pace, now_us, took_us, target_us);                               a single person was answered
 *   if (pace_allows(&pace, now_us, undecided)) ... pace_sent(&pace, rows);      a piece of a list is handed over
 *
 * A new one is all zero but for `most`. */
#ifndef PAYUNG_INGESTION_PACE_H
#define PAYUNG_INGESTION_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PACE_ROWS_MIN = 100,
    PACE_LOOK_US = 250 * 1000,
    PACE_ANSWERS_MIN = 10,       /* fewer say nothing: they are kept until there are as many, or */
    PACE_PATIENCE_US = 1000 * 1000, /* for so long */
    PACE_QUIET_US = 3 * 1000 * 1000, /* nobody waited for so long: it is quiet */
};

struct pace {
    int64_t most;          /* the bound when nobody waits: what stands before the first rider after a quiet time */
    int64_t rows;          /* the bound; 0: new, as many as that */
    int64_t left;          /* of the rows that may be handed over until the next look; a piece may overdraw it */
    int64_t look_at_us, judged_at_us, answered_at_us;
    int64_t answers, slow; /* since they were judged */
};

void pace_note(struct pace *pace, int64_t now_us, int64_t took_us, int64_t target_us);
bool pace_allows(struct pace *pace, int64_t now_us, int64_t undecided);
void pace_sent(struct pace *pace, int64_t rows);

#endif
