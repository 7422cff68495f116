/* The payments stage: reads payments as they came and books each one, in a transaction of its own that also moves the reader's position, so that a crash, a repeat or a second
 * instance books nothing twice. A record that the database refuses goes to the dead-letter topic and, with what can be kept of it, to the work list. The one partition of the
 * topic belongs to one instance; a second one waits. */
#include <stdlib.h>

#include "common/edge/log.h"
#include "common/edge/pg.h"
#include "common/stage/stage.h"
#include "services/ledger/payment_book.h"

enum { GATHER_MS = 50, POSITION_BYTES_MAX = 1 << 16 };

static const struct knob payments_knobs[] = {
    {.name = "PGURL", .kind = KNOB_SECRET, .sentence = "PostgreSQL with the schema ledger."},
    {0},
};

struct payments {
    struct pg *pg;
};

struct facts {
    struct stage_position *seen; /* per span: where ledger.reader stood before this batch; moves along */
};

static void payments_close(void *state) {
    struct payments *self = state;
    if (self == NULL) return;
    pg_close(self->pg);
    free(self);
}

static struct err payments_open(void **ret_self) {
    struct payments *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    struct err err = pg_open(knob_text("PGURL"), "payung-payments", &self->pg);
    if (failed(&err)) payments_close(self);
    else *ret_self = self;
    return err;
}

/* ---- where the books stand ---- */

static struct err read_position(struct pg *pg, struct arena *arena, int32_t partition, struct stage_position *ret_position) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, partition);
    struct pg_step steps[] = {
        {.sql = "INSERT INTO ledger.reader (topic, partition) VALUES ('PAYMENT', $1) ON CONFLICT DO NOTHING", .parameters = p},
        {.sql = "SELECT epoch, first_origin, next FROM ledger.reader WHERE topic = 'PAYMENT' AND partition = $1", .parameters = p},
    };
    TRY(pg_run_all(pg, arena, steps, 2));
    const struct pg_rows *rows = &steps[1].rows;
    if (rows->count != 1) return ERR(AGAIN, "ledger.reader has no row for partition %d of the payments", partition);
    *ret_position = (struct stage_position){.epoch = (uint32_t)pg_int4(rows, 0, 0), .first_origin = pg_int8(rows, 0, 1), .next = pg_int8(rows, 0, 2)};
    return OK;
}

static struct err payments_truth(void *state, int32_t partition, struct stage_position *ret_position) {
    struct payments *self = state;
    TRY(pg_ready(self->pg));
    struct arena *arena = arena_create(POSITION_BYTES_MAX);
    struct err err = read_position(self->pg, arena, partition, ret_position);
    arena_destroy(arena);
    return err;
}

static struct err payments_prefetch(void *state, struct stage_batch *batch, void **ret_facts) {
    struct payments *self = state;
    struct facts *facts = arena_zero(batch->arena, 1, sizeof *facts);
    facts->seen = arena_zero(batch->arena, batch->span_count, sizeof *facts->seen);
    TRY(pg_ready(self->pg));
    for (size_t i = 0; i < batch->span_count; i++) TRY(read_position(self->pg, batch->arena, batch->spans[i].partition, &facts->seen[i]));
    *ret_facts = facts;
    return OK;
}

static struct err payments_handle(const void *state, void *facts, const struct stage_batch *batch, struct stage_item *item) {
    (void)state, (void)facts, (void)batch, (void)item; /* the books decide, under their locks */
    return OK;
}

/* ---- store: one transaction a payment ---- */

static bool is_behind(const struct stage_position *seen, const struct lineage *lineage) {
    return lineage->epoch < seen->epoch || (lineage->epoch == seen->epoch && lineage->origin < seen->next);
}

static struct err book_one(struct payments *self, const struct stage_batch *batch, const struct stage_item *item, const struct payment_step *step) {
    const struct money_moment moment = {.moment_ms = batch->moment_ms, .actor = "payments"};
    struct payment_result result;
    if (item->in == NULL) return payment_pass(self->pg, batch->arena, step);
    struct payment_received payment = *(const struct payment_received *)item->in;
    if (item->parked != CODE_NONE && payment.problem.size == 0) payment.problem = slice_text("REFUSED");
    const struct payment_options options = {.step = step};
    TRY(command_payment(self->pg, batch->arena, &moment, &payment, &options, &result));
    if (result.outcome == PAYMENT_OUTCOME_PARKED || result.outcome == PAYMENT_OUTCOME_SUSPENDED)
        log_warning("a payment needs somebody", LOG_INT("suspense", result.suspense_no), LOG_TEXT("outcome", payment_outcome_name(result.outcome)));
    return OK;
}

/* Positions of all spans of a partition move together: a batch may hold two when an epoch begins. */
static struct stage_position *seen_of(const struct stage_batch *batch, struct facts *facts, int32_t partition) {
    for (size_t i = 0; i < batch->span_count; i++)
        if (batch->spans[i].partition == partition) return &facts->seen[i];
    return NULL;
}

static struct err payments_store(void *state, void *given, struct stage_batch *batch) {
    struct payments *self = state;
    struct facts *facts = given;
    for (size_t i = 0; i < batch->count; i++) {
        const struct stage_item *item = &batch->items[i];
        struct stage_position *seen = seen_of(batch, facts, item->partition);
        CHECK(seen != NULL);
        if (is_behind(seen, &item->lineage)) continue; /* booked before the answer to a COMMIT was lost, or before this batch was tried again */
        if (seen->epoch == item->lineage.epoch && item->lineage.origin > seen->next)
            return ERR(FENCED, "partition %d: the books stand before this batch, so another instance set them back", item->partition);
        const struct payment_step step = {.partition = item->partition, .seen_epoch = seen->epoch, .seen_next = seen->next, .epoch = item->lineage.epoch,
                                          .first_origin = item->lineage.first_origin, .next = item->lineage.origin + 1};
        TRY(book_one(self, batch, item, &step));
        *seen = (struct stage_position){.epoch = step.epoch, .first_origin = step.first_origin, .next = step.next};
    }
    return OK;
}

static void payments_undo(void *state) { pg_rollback(((struct payments *)state)->pg); }

static struct err payments_ready(void *state) { return pg_ready(((struct payments *)state)->pg); }

static const struct stage payments = {
    .name     = "payments",
    .story    = "Books each payment once: settles invoices in the order of the list, keeps the rest as credit, parks what it can't place.",
    .consumes = TOPIC_PAYMENT,
    .produces = TOPIC_NONE,
    .knobs    = payments_knobs,
    .gather_ms = GATHER_MS,
    .open     = payments_open,
    .prefetch = payments_prefetch,
    .handle   = payments_handle,
    .store    = payments_store,
    .undo     = payments_undo,
    .truth    = payments_truth,
    .ready    = payments_ready,
    .close    = payments_close,
};

int main(int argc, char **argv) { return stage_main(&payments, argc, argv); }
