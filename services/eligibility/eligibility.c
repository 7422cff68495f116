/* Eligibility: decides which programmes the payer may buy for each applicant, and says every reason. This file ties the hooks of the stage to the facts (IO) and to the
 * rules (pure, decide.h). What the rules need travels in the open; a seal is opened only by the adapter that must ask Dukcapil with the NIK (dukcapil.c), and keys are
 * read only when that is set up. */
#include <stdlib.h>

#include "common/edge/http_many.h"
#include "common/edge/share_tables.h"
#include "common/stage/stage.h"
#include "services/eligibility/decide.h"
#include "services/eligibility/facts.h"
#include "services/ledger/lineage_store.h"

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024 };

static const struct knob eligibility_knobs[] = {
    {"PGURL", KNOB_SECRET, NULL, 0, 0, "PostgreSQL with the schemas ledger and facts."},
    {"PAYUNG_SHARE", KNOB_PATH, NULL, 0, 0, "Folder of data files; occupations.tsv, programme-law.tsv and parameters.tsv are read."},
    {"LAW_PARAMETERS", KNOB_TEXT, "", 0, 0, "Other values of parameters.tsv for this installation: NAME=VALUE[,NAME=VALUE...]."},
    {"DUKCAPIL_URL", KNOB_TEXT, "", 0, 0, "Where a Dukcapil-like service answers (dukcapil_message.h); empty = nobody is asked, PAYUNG_KEYS is not read."},
    {"DUKCAPIL_TOKEN", KNOB_SECRET, "", 0, 0, "Bearer token for it."},
    {"DUKCAPIL_TIMEOUT_MS", KNOB_INT, "1500", 10, 60000, "How long a batch waits for it; who has no answer then waits with P01."},
    {"DUKCAPIL_CONNECTIONS", KNOB_INT, "16", 1, HTTP_CONNECTIONS_MAX, "How many questions it gets at once."},
    {0},
};

struct eligibility {
    struct arena *arena; /* of the tables, for good */
    struct occupation_table occupations;
    struct law_table law;
    struct parameters parameters;
    struct facts_source *source;
};

static struct err load_tables(struct eligibility *self) {
    const char *const share = knob_text("PAYUNG_SHARE");
    TRY(share_occupations(self->arena, share, &self->occupations));
    TRY(share_law(self->arena, share, &self->law));
    return share_parameters(self->arena, share, knob_text("LAW_PARAMETERS"), &self->parameters);
}

static struct err load_all(struct eligibility *self) {
    TRY(load_tables(self));
    const struct facts_options options = {
        .pg_url = knob_text("PGURL"), .instance = knob_text("INSTANCE"), .keys_folder = knob_text("PAYUNG_KEYS"), .dukcapil_url = knob_text("DUKCAPIL_URL"),
        .dukcapil_token = knob_text("DUKCAPIL_TOKEN"), .dukcapil_timeout_ms = (int)knob_int("DUKCAPIL_TIMEOUT_MS"),
        .dukcapil_connections = (int)knob_int("DUKCAPIL_CONNECTIONS"), .occupations = &self->occupations, .law = &self->law, .parameters = &self->parameters};
    return facts_open(&options, &self->source);
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
        const size_t place = (size_t)(item - batch->items);
        CHECK(place < batch->count);
        facts_decide(facts, batch->arena, place, &assessed->application, &assessed->verdict);
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
