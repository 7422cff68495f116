/* Premium: what an eligible applicant costs, line by line, each with the tariff row and the regulation that made it. This file loads the dated rows at start and ties
 * the hooks of the stage to the pure computation; what is not eligible passes through unpriced. It needs no database to work: only when its own position can be
 * read nowhere else does it ask the ledger. */
#include <stdlib.h>

#include "common/edge/share.h"
#include "common/stage/stage.h"
#include "services/ledger/lineage_store.h"
#include "services/premium/premium.h"

enum { FILE_BYTES_MAX = 1024 * 1024, ARENA_BYTES_MAX = 16 * 1024 * 1024 };

static const struct knob premium_knobs[] = {{0}};

struct premium_stage {
    struct arena *arena; /* of the tariff, for good */
    struct tariff tariff;
    struct pg *pg;       /* NULL until it is asked for */
};

static struct err load_tariff(struct premium_stage *self) {
    const char *share = knob_text("PAYUNG_SHARE");
    struct tariff_files files;
    TRY(share_read(self->arena, share, "tariff/tariff-bpu.tsv", FILE_BYTES_MAX, &files.tariff));
    TRY(share_read(self->arena, share, "tariff/relief.tsv", FILE_BYTES_MAX, &files.relief));
    TRY(share_read(self->arena, share, "tariff/regulations.tsv", FILE_BYTES_MAX, &files.regulations));
    struct load_error error;
    const char *file = "";
    if (!tariff_load(&files, self->arena, &self->tariff, &error, &file)) return ERR(FATAL, "tariff/%s line %u %s: %s", file, error.line, error.field, error.problem);
    return OK;
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
    struct err err = load_tariff(self);
    if (failed(&err)) {
        close_premium(self);
        return err;
    }
    *ret_self = self;
    return OK;
}

/* The agreement's terms were resolved by eligibility; here is only the price. A question that the tariff can't answer is the record's fault: it is parked with its
 * dead letter, for the price of one person must never be guessed and never stop the others. */
static struct err price(const struct premium_stage *self, struct arena *arena, struct priced *priced) {
    const struct application *application = &priced->application;
    const struct premium_question question = {
        .segment = application->segment, .income = application->income, .sector = application->sector, .funds = priced->verdict.funds,
        .programmes = priced->verdict.programmes, .start_month = priced->verdict.start_month, .months = priced->verdict.months,
    };
    struct premium_line *lines = arena_take(arena, PREMIUM_LINES_MAX * sizeof *lines);
    const enum premium_status status = premium_compute(&self->tariff, &question, lines, &priced->premium);
    if (status != PREMIUM_OK) return ERR(PARK, "no premium: %s (%s, %d, %u months)", premium_status_name(status), segment_name(question.segment), question.start_month, question.months);
    return OK;
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
        TRY(price(self, batch->arena, priced));
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
