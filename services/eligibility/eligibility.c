/* Eligibility: decides which programmes the payer may buy for each applicant, and says every reason. This file ties the hooks of the stage to the facts (IO) and to the
 * rules (pure, decide.h). It holds no keys and opens no seal: what the rules need travels in the open. */
#include <stdlib.h>

#include "common/edge/share.h"
#include "common/stage/stage.h"
#include "services/eligibility/decide.h"
#include "services/eligibility/facts.h"
#include "services/ledger/lineage_store.h"

enum { TABLE_BYTES_MAX = 4 * 1024 * 1024, ARENA_BYTES_MAX = 16 * 1024 * 1024 };

static const struct knob eligibility_knobs[] = {{0}};

struct eligibility {
    struct arena *arena; /* of the occupations, for good */
    struct occupation_table occupations;
    struct facts_source *source;
};

static struct err load_all(struct eligibility *self) {
    struct slice text;
    struct load_error error;
    TRY(share_read(self->arena, knob_text("PAYUNG_SHARE"), "occupations.tsv", TABLE_BYTES_MAX, &text));
    if (!occupations_load(text, self->arena, &self->occupations, &error))
        return ERR(FATAL, "occupations.tsv line %u %s: %s", error.line, error.field, error.problem);
    return facts_open(knob_text("PGURL"), &self->occupations, &self->source);
}

static void close_eligibility(void *state) {
    struct eligibility *self = state;
    facts_close(self->source);
    arena_destroy(self->arena);
    free(self);
}

static struct err open_eligibility(void **ret_self) {
    struct eligibility *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    self->arena = arena_create(ARENA_BYTES_MAX);
    struct err err = load_all(self);
    if (failed(&err)) {
        close_eligibility(self);
        return err;
    }
    *ret_self = self;
    return OK;
}

static struct err fetch_facts(void *self, struct stage_batch *batch, void **ret_facts) {
    return facts_fetch(((struct eligibility *)self)->source, batch, (struct batch_facts **)ret_facts);
}

/* A record that is unusable goes on as parked, so that it gets its one outcome too. */
static struct err decide_one(const void *self, void *state, const struct stage_batch *batch, struct stage_item *item) {
    (void)self;
    const struct batch_facts *facts = state;
    const struct submitted *submitted = item->in;
    struct assessed *assessed = arena_zero(batch->arena, 1, sizeof *assessed);
    assessed->lineage = item->lineage;
    if (submitted != NULL) assessed->application = submitted->application;
    if (submitted == NULL || item->parked != CODE_NONE) {
        const enum code code = item->parked != CODE_NONE ? item->parked : CODE_X01;
        assessed->verdict = (struct verdict){.status = VERDICT_PARKED, .codes = code_set_with((struct code_set){0}, code)};
    } else {
        const struct agreement *agreement = agreement_by_id(facts->agreements, submitted->application.agreement_id);
        struct eligibility_facts known;
        facts_of(facts, batch->arena, &submitted->application, agreement, &known);
        decide(&submitted->application, agreement, &known, &assessed->verdict);
    }
    item->out = assessed;
    return OK;
}

static struct err database_is_ready(void *self) { return pg_ready(facts_session(((struct eligibility *)self)->source)); }

static struct err position_in_ledger(void *self, int32_t partition, struct stage_position *ret_position) {
    return ledger_position(facts_session(((struct eligibility *)self)->source), partition, ret_position);
}

static const struct stage eligibility = {
    .name = "eligibility",
    .story = "Decides which programmes the payer may buy for each applicant, and says every reason.",
    .consumes = TOPIC_SUBMITTED,
    .produces = TOPIC_ASSESSED,
    .knobs = eligibility_knobs,
    .open = open_eligibility,
    .prefetch = fetch_facts,
    .handle = decide_one,
    .fallback_next = position_in_ledger,
    .ready = database_is_ready,
    .close = close_eligibility,
};

int main(int argc, char **argv) { return stage_main(&eligibility, argc, argv); }
