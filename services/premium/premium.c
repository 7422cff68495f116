/* Premium: what an eligible applicant costs, line by line, each with the tariff row and the regulation that made it. This file loads the dated rows at start and ties
 * the hooks of the stage to the pure computation; what is refused passes through unpriced, what waits for an answer is priced as if it were eligible, so that the ledger can hold
 * the money for it. It needs no database to work: only when its own position can be read nowhere else does it ask the ledger. */
#include <stdlib.h>

#include "common/domain/text.h"
#include "common/edge/share_tables.h"
#include "common/stage/stage.h"
#include "services/ledger/lineage_store.h"
#include "services/premium/premium.h"
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

static struct err switch_reliefs(struct tariff *tariff, struct slice ids) {
    struct slice id;
    while (ids.size > 0 && text_split(&ids, ',', &id))
        if (!relief_switch(tariff, text_trim(id), true))
            return ERR(FATAL, "RELIEFS: no relief \"%.*s\" in relief.tsv, or another one of the same time and people is on. Its ids stand in the first column.", SLICE_ARGS(id));
    return OK;
}

static struct err load_law(struct premium_stage *self) {
    const char *share = knob_text("PAYUNG_SHARE");
    TRY(share_parameters(self->arena, share, knob_text("LAW_PARAMETERS"), &self->parameters));
    TRY(tariff_open(share, self->arena, &self->tariff));
    return switch_reliefs(&self->tariff, slice_text(knob_text("RELIEFS")));
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

/* The agreement's terms were resolved by eligibility; here is only the price. */
static enum premium_status compute(const struct premium_stage *self, struct arena *arena, struct priced *priced) {
    const struct application *application = &priced->application;
    const struct verdict *verdict = &priced->verdict;
    const struct premium_question question = {
        .segment = application->segment, .income = application->income, .pu = application->pu, .jakon = application->jakon, .pmi = application->pmi,
        .sector = application->sector, .funds = verdict->funds, .programmes = verdict->programmes, .start_month = verdict->start_month, .months = verdict->months,
    };
    struct premium_line *lines = arena_take(arena, PREMIUM_LINES_MAX * sizeof *lines);
    return premium_compute(&self->tariff, &self->parameters, &question, lines, &priced->premium);
}

/* An amount that can't be priced is the person's to correct (E81), as intake or eligibility would have said; warnings stay. Any other question that the tariff can't answer is
 * the record's fault: it is parked with its dead letter, for the price of one person must never be guessed and never stop the others. */
static struct err price_eligible(const struct premium_stage *self, struct arena *arena, struct priced *priced) {
    struct verdict *verdict = &priced->verdict;
    const enum premium_status status = compute(self, arena, priced);
    if (status == PREMIUM_BAD_AMOUNT || (status == PREMIUM_OK && priced->premium.total == 0)) { /* a wage of Rp1 rounds to nothing: nobody is covered for it */
        priced->premium = (struct premium){0};
        const struct code_set codes = code_set_with((struct code_set){0}, CODE_E81);
        *verdict = (struct verdict){.status = VERDICT_REJECTED, .codes = codes, .warnings = verdict->warnings, .funds = verdict->funds};
        return OK;
    }
    if (status != PREMIUM_OK)
        return ERR(PARK, "no premium: %s (%s, %d, %u months)", premium_status_name(status), segment_name(priced->application.segment), verdict->start_month, verdict->months);
    verdict->warnings = code_set_union(verdict->warnings, priced->premium.warnings);
    return OK;
}

/* What the place would cost. Nothing is charged yet, so a price that can't be made changes nothing: the record goes on without lines, and what is wrong with it is said when the
 * answer has come. */
static void price_pending(const struct premium_stage *self, struct arena *arena, struct priced *priced) {
    if (compute(self, arena, priced) != PREMIUM_OK || priced->premium.total == 0) priced->premium = (struct premium){0};
}

static struct err price_one(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item) {
    (void)facts;
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
        TRY(price_eligible(self, batch->arena, priced));
    } else if (assessed->verdict.status == VERDICT_PENDING && assessed->verdict.programmes != 0) {
        price_pending(self, batch->arena, priced);
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
