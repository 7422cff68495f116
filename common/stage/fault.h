/* Crash points for tests: PAYUNG_FAULT="after-store:2" ends the process, as SIGKILL would, at the second time the loop comes behind its store step.
 * Only in builds with PAYUNG_FAULTS (those that build the tests); in others the call is nothing. */
#ifndef PAYUNG_STAGE_FAULT_H
#define PAYUNG_STAGE_FAULT_H

#ifdef PAYUNG_FAULTS
void fault_point(const char *side, const char *step); /* side: "before", "after" */
#else
static inline void fault_point(const char *side, const char *step) { (void)side, (void)step; }
#endif

#endif
