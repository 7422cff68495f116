/* Premium: what an eligible applicant costs, line by line, each with the tariff row and the regulation that made it. This file loads the dated rows at start and ties
 * the hooks of the stage to the pure computation; what is refused passes through unpriced, what waits for an answer is priced as if it were eligible, so that the ledger can hold
 * the money for it. It needs no database to work: only when its own position can be read nowhere else does it ask the ledger. */
#include <stdlib.h>

#include "common/edge/share_tables.h"
#include "common/stage/stage.h"
#include "services/ledger/lineage_store.h"
#include "services/premium/pricing.h"
#include "services/premium/tariff_share.h"

enum { ARENA_BYTES_MAX = 16 * 1024 * 1024 };

static const struct knob premium_knobs[] = {
    {"LAW_PARAMETERS", KNOB_TEXT, "", 0, 0, "Other values for parameters of the law (parameters.tsv), \"pmi_cheapest=1,vat_ppm=120000\"; the same for eligibility and premium."},
    {"RELIEFS", KNOB_TEXT, "", 0, 0, "Reliefs that relief.tsv keeps off and this installation switches on, by id: \"R-2020\" for historic replays. Several with commas."},
    {0},
};

struct premium_stage {
    struct arena *arena; /* of the tariff, for good */
    struct tariff tariff;
    struct parameters parameters;
    struct pg *pg;       /* NULL until it is asked for */
};

static struct err load_law(struct premium_stage *self) {
    const char *share = knob_text("PAYUNG_SHARE");
    TRY(share_parameters(self->arena, share, knob_text("LAW_PARAMETERS"), &self->parameters));
    TRY(tariff_open(share, self->arena, &self->tariff));
    return tariff_switch(&self->tariff, knob_text("RELIEFS"));
}

static void close_premium(void *state) {
    struct premium_stage *self = state;
    pg_close(self->pg);
    arena_destroy(self->arena);
    free(self);
}

static struct err open_premium(void **ret_self) {
    struct premium_stage *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    self->arena = arena_create(ARENA_BYTES_MAX);
    struct err err = load_law(self);
    if (failed(&err)) {
        close_premium(self);
        return err;
    }
    *ret_self = self;
    return OK;
}

/* Any other question that the tariff can't answer than an amount is the record's fault: it is parked with its dead letter, for the price of one person must never be guessed and never
 * stop the others. */
static struct err price_eligible(const struct premium_stage *self, struct arena *arena, struct priced *priced) {
    const enum premium_status status = pricing_eligible(&self->tariff, &self->parameters, arena, priced);
    if (status == PREMIUM_OK) return OK;
    return ERR(PARK, "no premium: %s (%s, %d, %u months)", premium_status_name(status), segment_name(priced->application.segment), priced->verdict.start_month, priced->verdict.months);
}

static struct err price_one(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item) {
    (void)facts;
    const struct premium_stage *stage = self;
    const struct assessed *assessed = item->in;
    struct priced *priced = arena_zero(batch->arena, 1, sizeof *priced);
    priced->lineage = item->lineage;
    if (assessed != NULL) {
        priced->application = assessed->application;
        priced->verdict = assessed->verdict;
    }
    if (assessed == NULL || item->parked != CODE_NONE) {
        const enum code code = item->parked != CODE_NONE ? item->parked : CODE_X01;
        priced->verdict = (struct verdict){.status = VERDICT_PARKED, .codes = code_set_with((struct code_set){0}, code)};
    } else if (assessed->verdict.status == VERDICT_ELIGIBLE) {
        TRY(price_eligible(stage, batch->arena, priced));
    } else if (assessed->verdict.status == VERDICT_PENDING) {
        pricing_pending(&stage->tariff, &stage->parameters, batch->arena, priced);
    }
    item->out = priced;
    return OK;
}

static struct err position_in_ledger(void *state, int32_t partition, struct stage_position *ret_position) {
    struct premium_stage *self = state;
    if (self->pg == NULL) TRY(pg_open(knob_text("PGURL"), "payung-premium", &self->pg));
    return ledger_position(self->pg, partition, ret_position);
}

static const struct stage premium = {
    .name = "premium",
    .story = "Computes what each programme costs in each month, with the tariff row and the regulation of every line.",
    .consumes = TOPIC_ASSESSED,
    .produces = TOPIC_PRICED,
    .knobs = premium_knobs,
    .open = open_premium,
    .handle = price_one,
    .fallback_next = position_in_ledger,
    .close = close_premium,
};

int main(int argc, char **argv) { return stage_main(&premium, argc, argv); }
