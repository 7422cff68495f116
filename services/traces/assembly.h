/* One application on its way, put together from the records of four topics, which come in no order among each other. Pure: a table of ASSEMBLY_TRACES places, by (application, attempt); when eight that
 * share a place are there the one without news for the longest time gives way, incomplete. Nothing here waits or allocates.
 *
 *   struct trace gone;
 *   struct trace *trace = assembly_place(assembly, application_id, attempt, now_us, &gone);   gone.is_used: who gave way
 *   trace->at_ms[TRACED_PREMIUM] = ...;  trace->news_us = now_us;
 *   if (trace_is_complete(trace)) { ... *trace = (struct trace){0}; }
 *   while ((trace = assembly_overdue(assembly, now_us - 30000000)) != NULL) ...               without news since then */
#ifndef PAYUNG_TRACES_ASSEMBLY_H
#define PAYUNG_TRACES_ASSEMBLY_H

#include "common/domain/application.h"

enum traced { TRACED_INGESTION, TRACED_ELIGIBILITY, TRACED_PREMIUM, TRACED_LEDGER, TRACED_NOTIFICATION, TRACED_STAGES };
enum { ASSEMBLY_WAYS = 8, ASSEMBLY_TRACES = 1024 * ASSEMBLY_WAYS, TRACE_AGREEMENT_MAX = 64, ASSEMBLY_SWEEP = 512 /* places that one look for overdue ones takes */ };

struct trace {
    bool is_used;
    struct id application_id, trace_id;
    uint32_t attempt;
    char agreement[TRACE_AGREEMENT_MAX];
    int64_t received_ms;            /* when intake was asked; 0 not known */
    int64_t at_ms[TRACED_STAGES];   /* when the stage gave its record to the log, or the message away; 0 not known */
    int32_t partition;
    int64_t offset[TRACED_STAGES];  /* of that record */
    enum outcome_status outcome;    /* 0 not known */
    bool owes_message;              /* so notification has something to do */
    int64_t news_us;
};

struct assembly { /* all zero at the start */
    struct trace traces[ASSEMBLY_TRACES];
    size_t swept;
};

struct trace *assembly_place(struct assembly *assembly, struct id application_id, uint32_t attempt, int64_t now_us, struct trace *ret_gone);
bool trace_is_complete(const struct trace *trace);
/* One that had no news after since_us among the next places, or NULL. */
struct trace *assembly_overdue(struct assembly *assembly, int64_t since_us);

/* From when to when a stage had the application: from the record before it to its own. False: it is not known. */
bool trace_span(const struct trace *trace, enum traced stage, int64_t *ret_from_ms, int64_t *ret_to_ms);

#endif
