/* The lineage protocol (house.md, rules 2, 3, 5 and 6) as a model for Spin: a stateless stage and the ledger, one partition. Every stage has two
 * instances that do not know of each other: one is the owner, one a zombie, whoever. Each may crash and start anew; what was in flight then is
 * gone, and what an instance has in flight may land as late as it likes. Spin tries every interleaving.
 *
 * Holds: the ledger books every origin once and in order, with the verdict that stands first in the log; what stands first in the published log is
 * what was booked; a reader by rule 3 never meets a gap; and when nobody can do anything more, everything is done.
 *
 * The model must be able to fail. BREAK=1: the ledger books without comparing. BREAK=2: a gap is passed over. BREAK=3: the input is committed before its
 * output is delivered. BREAK=4: on assignment the tail of the output is believed to be one further. Each must make Spin find an error. LOSE=1:
 * a record that nobody can write again disappears between the stages; the ledger must not book behind it. */
#ifndef RECORDS
#define RECORDS 2
#endif
#ifndef CRASHES
#define CRASHES 1                /* of all instances together */
#endif
#ifndef BREAK
#define BREAK 0
#endif
#ifndef LOSE
#define LOSE 0
#endif
#define NONE 15
#define LOG_MAX (RECORDS * (2 + CRASHES + 2)) /* an instance writes each origin at most once a start; FENCED is a start too */

typedef log { byte origin[LOG_MAX]; bit verdict[LOG_MAX]; byte count };
log out[2];                      /* 0: of the stateless stage, 1: of the ledger. The input of the first is origin = offset */
byte committed_at[2], committed_next[2];
bit booked[RECORDS];
byte times[RECORDS];             /* how often an origin was booked */
byte ledger_next;                /* compare-and-set */
byte crashes;
byte lost = NONE;
bool healed;
byte seen[2];                    /* what a reader by rule 3 at the end of each log expects next */

/* Rule 2, in two steps, as in life: the commit first, the tail later. */
inline read_commit(stage) { position = committed_at[stage]; next = committed_next[stage]; flight = NONE; started = false; i = 0 }
inline read_tail(stage) {
    i = 0;
    do
    :: i < out[stage].count -> if :: out[stage].origin[i] != NONE && out[stage].origin[i] >= next -> next = out[stage].origin[i] + 1 :: else fi; i++
    :: else -> break
    od;
#if BREAK == 4
    if :: next > 0 && next < RECORDS -> next++ :: else fi;
#endif
    i = 0; started = true
}

inline land(stage) {
    assert(out[stage].count < LOG_MAX);
    if
    :: flight > seen[stage] -> assert(false)                                     /* a gap */
    :: flight == seen[stage] -> assert(stage == 0 || booked[flight] == flight_verdict); seen[stage]++
    :: else -> skip                                                              /* a repeat: dropped by whoever reads */
    fi;
    out[stage].origin[out[stage].count] = flight;
    out[stage].verdict[out[stage].count] = flight_verdict;
    out[stage].count++;
    flight = NONE;
    if :: committed_at[stage] = position; committed_next[stage] = next :: skip fi /* a commit may be lost; a zombie's may be lower than another's */
}

active [2] proctype stateless() {
    byte position, next, flight = NONE, i;
    bit flight_verdict;
    bool started;
end:
    do
    :: atomic { !started -> read_commit(0) ; read_tail(0) }
    :: atomic { started && flight == NONE && position < RECORDS ->
            if
            :: position < next -> position++                                     /* repeat */
            :: position > next -> assert(false)                                  /* its input is never lost here */
            :: position == next ->
                flight = next; position++; next++;
                if :: flight_verdict = 0 :: flight_verdict = 1 fi;               /* twins may differ: facts change */
#if BREAK == 3
                committed_at[0] = position; committed_next[0] = next
#endif
            fi }
    :: atomic { flight != NONE -> land(0) }
    :: atomic { crashes < CRASHES -> crashes++; read_commit(0) }
    od
}

active [2] proctype ledger() {
    byte position, next, flight = NONE, i, expected = NONE;
    bit flight_verdict;
    bool started, stopped;
end:
    do
    :: atomic { !started && !stopped -> expected = NONE; read_commit(1); read_tail(1) }
    :: atomic { started && !stopped && flight == NONE && expected == NONE && position < out[0].count ->
            if
            :: out[0].origin[position] == NONE -> position++                     /* lost: leaves nothing to read */
            :: out[0].origin[position] != NONE && out[0].origin[position] < next -> position++
            :: out[0].origin[position] != NONE && out[0].origin[position] > next ->
#if BREAK == 2
                next = out[0].origin[position]
#else
                stopped = true                                                   /* rule 3: stop, alarm */
#endif
            :: out[0].origin[position] != NONE && out[0].origin[position] == next -> expected = ledger_next /* prefetch */
            fi }
    :: atomic { expected != NONE && next < expected ->                           /* booked before a crash: publish what is stored */
            flight = next; flight_verdict = booked[next]; expected = NONE; position++; next++ }
    :: atomic { expected != NONE && next >= expected ->                          /* store */
#if BREAK == 1
            expected = ledger_next;
#endif
            if
            :: expected != ledger_next -> started = false; expected = NONE       /* FENCED: drop the partition, begin again */
            :: expected == ledger_next ->
                assert(BREAK == 1 || next == ledger_next || lost != NONE);
                assert(times[next] == 0 && (healed || lost >= next));                       /* once, and never behind a loss */
                healed = healed || next == lost;                                 /* a twin arrived after all */
                booked[next] = out[0].verdict[position]; times[next]++;
                ledger_next = next + 1;
                flight = next; flight_verdict = booked[next]; expected = NONE; position++; next++
            fi }
    :: atomic { flight != NONE -> land(1) }
    :: atomic { crashes < CRASHES -> crashes++; stopped = false; expected = NONE; read_commit(1) }
    od
}

#if LOSE
/* The record of origin 0 disappears when its input is committed and it has no twin, also none in flight: then it is really lost. */
active proctype thief() {
end:
    atomic { committed_at[0] >= 1 && out[0].count >= 2 && ledger_next == 0 && out[0].origin[0] == 0 && out[0].origin[1] == 1 ->
        out[0].origin[0] = NONE; lost = 0 }
}
#endif

/* When nothing can move any more, everything is done, unless something was lost: then the ledger stands before it (a twin may have healed it). */
active proctype end_of_work() {
    atomic { timeout -> assert(lost != NONE || (ledger_next == RECORDS && seen[0] == RECORDS && seen[1] == RECORDS)) }
}
