/* One source of facts is one adapter: a file and a row in the table of facts.c. They are opened in the order of the table and asked in that order, so that our own store has
 * answered before a stranger is asked.
 *
 *   open   *ret_self stays NULL: this source is not set up, it is never asked. AGAIN and FATAL as in stage.h; it leaves nothing open then
 *   fetch  fills its part of the facts for the batch. AGAIN only for our own store; a stranger's silence is a fact, and is bounded in time
 *   close  NULL when there is nothing to close */
#ifndef PAYUNG_ELIGIBILITY_FACTS_ADAPTER_H
#define PAYUNG_ELIGIBILITY_FACTS_ADAPTER_H

#include "services/eligibility/facts.h"

struct facts_stores {
    struct pg *pg;
    struct agreement_cache *agreements;
};

struct facts_asking {
    const struct facts_stores *stores;
    const struct stage_batch *batch;
    const struct slice *persons; /* tokens, may repeat */
    size_t person_count;
};

struct facts_adapter {
    const char *name;
    struct err (*open)(const struct facts_options *options, const struct facts_stores *stores, void **ret_self);
    struct err (*fetch)(void *self, const struct facts_asking *asking, struct batch_facts *facts);
    void (*close)(void *self);
};

extern const struct facts_adapter facts_ledger, facts_extract, facts_dukcapil;

/* The application of an item that is to be decided; NULL for one that is parked. */
static inline const struct application *facts_application(const struct stage_batch *batch, size_t item) {
    const struct submitted *submitted = batch->items[item].in;
    return submitted == NULL || batch->items[item].parked != CODE_NONE ? NULL : &submitted->application;
}

#endif
