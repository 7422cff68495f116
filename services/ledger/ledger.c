/* The ledger: gives every application its one outcome and books the money, in one PostgreSQL transaction a batch. This file only ties the hooks of the stage to
 * the book (IO) and to posting (pure). Kafka moves, PostgreSQL judges: nothing is decided here from a message alone. */
#include "common/edge/clock.h"
#include "common/edge/pg.h"
#include "common/stage/stage.h"
#include "common/tables/meters.h"
#include "services/ledger/book.h"
#include "services/ledger/lineage_store.h"

static const struct knob ledger_knobs[] = {
    {"PENDING_RETRY_FIRST_S", KNOB_INT, "60", 1, 86400, "How long an application that waits for somebody's answer waits for its next attempt; doubled each time."},
    {"PENDING_RETRY_MAX_S", KNOB_INT, "21600", 1, 604800, "The longest such wait; not less than PENDING_RETRY_FIRST_S. Each attempt is an outcome that the ledger keeps."},
    {0},
};

static struct err open_book(void **ret_self) {
    const int64_t first_s = knob_int("PENDING_RETRY_FIRST_S"), most_s = knob_int("PENDING_RETRY_MAX_S");
    if (most_s < first_s) return ERR(FATAL, "PENDING_RETRY_MAX_S must not be less than PENDING_RETRY_FIRST_S");
    struct book *book;
    TRY(book_open(knob_text("PGURL"), &book));
    book_set_retry(book, first_s, most_s);
    *ret_self = book;
    return OK;
}
static void close_book(void *self) { book_close(self); }
static void undo_book(void *self) { book_undo(self); }
static struct err book_is_ready(void *self) { return pg_ready(book_session(self)); }

static struct err position_in_book(void *self, int32_t partition, struct stage_position *ret_position) {
    return ledger_position(book_session(self), partition, ret_position);
}

static struct err load_facts(void *self, struct stage_batch *batch, void **ret_facts) { return book_load(self, batch, (struct posting **)ret_facts); }

static struct err post_one(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item) {
    (void)self;
    struct decided *decided = arena_take(batch->arena, sizeof *decided);
    const struct posting_question question = {.partition = item->partition, .lineage = item->lineage, .priced = item->in, .parked = item->parked};
    if (posting_decide(facts, &question, decided) == POSTING_UNUSABLE) return ERR(PARK, "the record's verdict and premium contradict each other");
    item->out = decided;
    return OK;
}

/* What is booked now was submitted then; parked records say nothing. */
static struct err save_batch(void *self, void *facts, struct stage_batch *batch) {
    TRY(book_save(self, facts, batch));
    const int64_t now_ms = clock_unix_ms();
    for (size_t i = 0; i < batch->count; i++) {
        const struct priced *priced = batch->items[i].in;
        if (priced != NULL && priced->application.submitted_at_ms > 0 && priced->application.submitted_at_ms <= now_ms) meter_observe_us(METER_DECISION_SECONDS, 0, (now_ms - priced->application.submitted_at_ms) * 1000);
    }
    return OK;
}

static const struct stage ledger = {
    .name = "ledger",
    .story = "Gives every application its one outcome and books the money against the payer's budget.",
    .consumes = TOPIC_PRICED,
    .produces = TOPIC_DECIDED,
    .knobs = ledger_knobs,
    .open = open_book,
    .prefetch = load_facts,
    .handle = post_one,
    .store = save_batch,
    .undo = undo_book,
    .fallback_next = position_in_book,
    .ready = book_is_ready,
    .close = close_book,
};

int main(int argc, char **argv) { return stage_main(&ledger, argc, argv); }
