/* The notification stage: reads what the ledger decided and tells each person once. It renders the letter that the outcome owes, hands it
 * to a channel under the event id, and only then moves its own position in notice.lineage, in the transaction that books the message. A
 * crash in between hands the same letter over again under the same name, which the channel recognises. This is one of the two places where
 * the seal of a person is opened; what is inside must never reach a log, an error text or the database. */
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/message_due.h"
#include "common/edge/crypto.h"
#include "common/edge/log.h"
#include "common/edge/pg.h"
#include "common/edge/share.h"
#include "common/stage/stage.h"
#include "services/notification/channels/channel.h"
#include "services/notification/letter.h"
#include "services/notification/mail.h"

enum { TEXTS_BYTES_MAX = 1 << 20, TEXT_FILE_BYTES_MAX = 256 * 1024, GATHER_MS = 250 /* one sync of the disk and one transaction serve many letters */ };

static const struct knob notification_knobs[] = {
    {.name = "PGURL", .kind = KNOB_SECRET, .sentence = "PostgreSQL with the schema notice."},
    {.name = "PAYUNG_SHARE", .kind = KNOB_PATH, .sentence = "Folder of data files; templates/messages.tsv and templates/parameters.tsv are read."},
    {.name = "PAYUNG_KEYS", .kind = KNOB_PATH, .sentence = "Folder of keys, to open sealed persons."},
    {.name = "PAYUNG_MAILDIR", .kind = KNOB_PATH, .sentence = "Folder into which the channel maildir hands letters over."},
    {.name = "NOTICE_CHANNEL", .kind = KNOB_TEXT, .fallback = "maildir", .sentence = "How letters leave: a row of channels.def."},
    {0},
};

struct notification {
    struct pg *pg;
    struct crypto *crypto;
    struct arena *texts; /* what `letters` points into, for the life of the process */
    struct letters letters;
    const struct channel *channel;
    void *channel_self;
};

/* What is known and made about one item of a batch. */
struct notice {
    struct id event_id;
    bool settled;        /* in the books already, or owed by an earlier epoch */
    const char *failure; /* why this letter can never be sent; NULL = it can */
    struct person person;
    struct letter letter;
    struct slice message; /* empty: nothing is due */
};

struct facts {
    struct stage_position *seen; /* per span: where notice.lineage stood before this batch */
    struct notice *notices;      /* per item */
};

/* ---- open ---- */

static const struct channel *channel_named(const char *name) {
    static const struct { const char *name; const struct channel *channel; } rows[] = {
#define CHANNEL(symbol, name_, channel_, sentence) {name_, &channel_},
#include "services/notification/channels.def"
#undef CHANNEL
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, name) == 0) return rows[i].channel;
    return NULL;
}

static struct err open_letters(struct notification *self) {
    struct slice messages, parameters;
    struct load_error error;
    self->texts = arena_create(TEXTS_BYTES_MAX);
    TRY(share_read(self->texts, knob_text("PAYUNG_SHARE"), "templates/messages.tsv", TEXT_FILE_BYTES_MAX, &messages));
    TRY(share_read(self->texts, knob_text("PAYUNG_SHARE"), "templates/parameters.tsv", TEXT_FILE_BYTES_MAX, &parameters));
    if (!letters_load(self->texts, messages, parameters, &self->letters, &error))
        return ERR(FATAL, "the templates do not load: line %u, %s: %s", error.line, error.field, error.problem);
    return OK;
}

static struct err open_all(struct notification *self) {
    self->channel = channel_named(knob_text("NOTICE_CHANNEL"));
    if (self->channel == NULL) return ERR(FATAL, "NOTICE_CHANNEL is not a row of channels.def");
    TRY(open_letters(self));
    TRY(crypto_open(knob_text("PAYUNG_KEYS"), &self->crypto));
    TRY(self->channel->open(&self->channel_self));
    return pg_open(knob_text("PGURL"), "payung-notification", &self->pg);
}

static void notification_close(void *state) {
    struct notification *self = state;
    if (self == NULL) return;
    pg_close(self->pg);
    if (self->channel != NULL && self->channel_self != NULL) self->channel->close(self->channel_self);
    crypto_close(self->crypto);
    arena_destroy(self->texts);
    free(self);
}

static struct err notification_open(void **ret_self) {
    struct notification *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    struct err err = open_all(self);
    if (failed(&err)) {
        notification_close(self);
        return err;
    }
    *ret_self = self;
    return OK;
}

/* ---- where the books stand ---- */

static struct err read_position(struct pg *pg, struct arena *arena, int32_t partition, struct stage_position *ret_position) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, partition);
    struct pg_step steps[] = {
        {.sql = "INSERT INTO notice.lineage (partition) VALUES ($1) ON CONFLICT DO NOTHING", .parameters = p},
        {.sql = "SELECT epoch, first_origin, next FROM notice.lineage WHERE partition = $1", .parameters = p},
    };
    TRY(pg_run_all(pg, arena, steps, 2));
    const struct pg_rows *rows = &steps[1].rows;
    if (rows->count != 1) return ERR(AGAIN, "notice.lineage has no row for partition %d", partition);
    *ret_position = (struct stage_position){.epoch = (uint32_t)pg_int4(rows, 0, 0), .first_origin = pg_int8(rows, 0, 1), .next = pg_int8(rows, 0, 2)};
    return OK;
}

/* A new partition came, perhaps from a writer that fell between its letters and its books: the channel must look. */
static struct err notification_truth(void *state, int32_t partition, struct stage_position *ret_position) {
    struct notification *self = state;
    TRY(pg_ready(self->pg));
    self->channel->doubt(self->channel_self);
    struct arena *arena = arena_create(1 << 16);
    struct err err = read_position(self->pg, arena, partition, ret_position);
    arena_destroy(arena);
    return err;
}

static bool is_behind(const struct stage_position *seen, uint32_t epoch, int64_t origin) {
    return epoch < seen->epoch || (epoch == seen->epoch && origin < seen->next);
}

/* ---- prefetch: what is in the books already, and who the persons are ---- */

static struct err mark_settled(struct notification *self, struct stage_batch *batch, struct facts *facts) {
    struct slice *ids = arena_zero(batch->arena, batch->count, sizeof *ids);
    for (size_t i = 0; i < batch->count; i++) ids[i] = slice_of(facts->notices[i].event_id.bytes, ID_BYTES);
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, ids, batch->count);
    struct pg_rows rows;
    TRY(pg_run(self->pg, batch->arena,
               "SELECT w.place FROM unnest($1::bytea[]) WITH ORDINALITY AS w (event_id, place) JOIN notice.message m USING (event_id)", p, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        int64_t place = pg_int8(&rows, i, 0);
        CHECK(place >= 1 && (size_t)place <= batch->count);
        facts->notices[place - 1].settled = true;
    }
    return OK;
}

static const struct stage_position *seen_of(const struct stage_batch *batch, const struct facts *facts, const struct stage_item *item) {
    for (size_t i = 0; i < batch->span_count; i++)
        if (batch->spans[i].partition == item->partition) return &facts->seen[i];
    return NULL;
}

/* Opens the seal of one person. A seal that does not open is that letter's failure and is booked as such; it stops nobody else. */
static struct err open_seal(struct notification *self, struct stage_batch *batch, const struct outcome *outcome, struct notice *notice) {
    struct err err = crypto_unseal(self->crypto, batch->arena, outcome->sealed_person, outcome->seal_key_id, outcome->application_id, &notice->person);
    if (!failed(&err)) return OK;
    if (err.fate != FATE_PARK) return err;
    notice->failure = "the sealed person does not open";
    char event[2 * ID_BYTES + 1];
    id_format(notice->event_id, event);
    log_warning("a letter can't be written", LOG_TEXT("event", event), LOG_TEXT("error", err.text));
    return OK;
}

static struct err notification_prefetch(void *state, struct stage_batch *batch, void **ret_facts) {
    struct notification *self = state;
    struct facts *facts = arena_zero(batch->arena, 1, sizeof *facts);
    facts->seen = arena_zero(batch->arena, batch->span_count, sizeof *facts->seen);
    facts->notices = arena_zero(batch->arena, batch->count, sizeof *facts->notices);
    TRY(pg_ready(self->pg));
    for (size_t i = 0; i < batch->span_count; i++)
        TRY(read_position(self->pg, batch->arena, batch->spans[i].partition, &facts->seen[i]));
    for (size_t i = 0; i < batch->count; i++) {
        const struct decided *decided = batch->items[i].in;
        if (decided == NULL) continue;
        facts->notices[i].event_id = crypto_event_id("ledger", decided->outcome.application_id, decided->outcome.attempt, &decided->lineage,
                                                     batch->items[i].partition);
    }
    TRY(mark_settled(self, batch, facts));
    for (size_t i = 0; i < batch->count; i++) {
        const struct decided *decided = batch->items[i].in;
        struct notice *notice = &facts->notices[i];
        const struct stage_position *seen = seen_of(batch, facts, &batch->items[i]);
        CHECK(seen != NULL);
        if (is_behind(seen, batch->items[i].lineage.epoch, batch->items[i].lineage.origin)) notice->settled = true;
        if (decided == NULL || notice->settled || message_due(&decided->outcome) == NULL) continue;
        TRY(open_seal(self, batch, &decided->outcome, notice));
    }
    *ret_facts = facts;
    return OK;
}

/* ---- handle: the letter (pure) ---- */

static struct err notification_handle(const void *state, void *given, const struct stage_batch *batch, struct stage_item *item) {
    const struct notification *self = state;
    struct facts *facts = given;
    struct notice *notice = &facts->notices[item - batch->items];
    const struct decided *decided = item->in;
    notice->message = slice_of(NULL, 0);
    if (item->parked != CODE_NONE || decided == NULL || notice->settled) return OK;
    if (!letter_render(&self->letters, &decided->outcome, notice->person.name, batch->arena, &notice->letter)) return OK;
    notice->message = mail_compose(&notice->letter, notice->event_id, decided->outcome.decided_at_ms, batch->arena);
    return OK;
}

/* ---- store: letters first, then the books ---- */

static struct err deliver_letters(struct notification *self, const struct facts *facts, struct stage_batch *batch) {
    struct delivery *deliveries = arena_zero(batch->arena, batch->count, sizeof *deliveries);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct notice *notice = &facts->notices[i];
        if (notice->message.size == 0 || notice->failure != NULL) continue;
        id_format(notice->event_id, deliveries[count].name);
        deliveries[count++].message = notice->message;
    }
    return self->channel->deliver(self->channel_self, deliveries, count);
}

/* Moves the position over one span by compare-and-set. `seen` moves along, because a batch may hold two spans of a partition when an
 * epoch begins. A span that the books have passed already (the answer to a COMMIT was lost) needs nothing. */
static struct err move_position(struct notification *self, struct stage_batch *batch, const struct stage_span *span, struct stage_position *seen) {
    if (is_behind(seen, span->epoch, span->to - 1)) return OK;
    if (seen->epoch == span->epoch && seen->next < span->from)
        return ERR(FENCED, "partition %d: the books stand before this batch, so another instance set them back", span->partition);
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_int4(p, span->partition);
    pg_add_int4(p, (int32_t)seen->epoch);
    pg_add_int8(p, seen->next);
    pg_add_int4(p, (int32_t)span->epoch);
    pg_add_int8(p, span->first_origin);
    pg_add_int8(p, span->to);
    struct pg_rows rows;
    TRY(pg_run(self->pg, batch->arena,
               "UPDATE notice.lineage SET epoch = $4, first_origin = $5, next = $6 WHERE partition = $1 AND epoch = $2 AND next = $3", p, &rows));
    if (rows.affected != 1) return ERR(FENCED, "another instance tells partition %d", span->partition);
    *seen = (struct stage_position){.epoch = span->epoch, .first_origin = span->first_origin, .next = span->to};
    return OK;
}

static struct err move_positions(struct notification *self, const struct facts *facts, struct stage_batch *batch) {
    for (size_t i = 0; i < batch->span_count; i++) {
        struct stage_position *seen = &facts->seen[i];
        for (size_t k = 0; k < i; k++)
            if (batch->spans[k].partition == batch->spans[i].partition) *seen = facts->seen[k];
        TRY(move_position(self, batch, &batch->spans[i], seen));
    }
    return OK;
}

static struct err book_messages(struct notification *self, const struct facts *facts, struct stage_batch *batch) {
    struct slice *events = arena_zero(batch->arena, batch->count, sizeof *events), *applications = arena_zero(batch->arena, batch->count, sizeof *events);
    struct slice *agreements = arena_zero(batch->arena, batch->count, sizeof *events), *templates = arena_zero(batch->arena, batch->count, sizeof *events);
    struct slice *errors = arena_zero(batch->arena, batch->count, sizeof *events);
    int32_t *attempts = arena_zero(batch->arena, batch->count, sizeof *attempts);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct notice *notice = &facts->notices[i];
        const struct decided *decided = batch->items[i].in;
        if (notice->message.size == 0) continue;
        events[count] = slice_of(notice->event_id.bytes, ID_BYTES);
        applications[count] = slice_of(decided->outcome.application_id.bytes, ID_BYTES);
        agreements[count] = decided->outcome.agreement_id.bytes != NULL ? decided->outcome.agreement_id : slice_text("");
        templates[count] = slice_text(notice->letter.template);
        errors[count] = slice_text(notice->failure != NULL ? notice->failure : "");
        attempts[count++] = (int32_t)decided->outcome.attempt;
    }
    if (count == 0) return OK;
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, events, count);
    pg_add_bytea_array(p, applications, count);
    pg_add_int4_array(p, attempts, count);
    pg_add_text_array(p, agreements, count);
    pg_add_text_array(p, templates, count);
    pg_add_text_array(p, errors, count);
    pg_add_text(p, slice_text(self->channel->name));
    pg_add_timestamp_ms(p, batch->moment_ms);
    return pg_run(self->pg, batch->arena,
                  "INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, error, settled_at) "
                  "SELECT e, a, n, g, t, $7, CASE WHEN f = '' THEN 'sent' ELSE 'failed' END, f, $8 "
                  "FROM unnest($1::bytea[], $2::bytea[], $3::int4[], $4::text[], $5::text[], $6::text[]) AS m (e, a, n, g, t, f) "
                  "ON CONFLICT (event_id) DO NOTHING", p, NULL);
}

static struct err notification_store(void *state, void *given, struct stage_batch *batch) {
    struct notification *self = state;
    const struct facts *facts = given;
    TRY(deliver_letters(self, facts, batch));
    TRY(pg_begin(self->pg));
    TRY(move_positions(self, facts, batch));
    TRY(book_messages(self, facts, batch));
    return pg_commit(self->pg);
}

static void notification_undo(void *state) {
    struct notification *self = state;
    pg_rollback(self->pg);
    self->channel->doubt(self->channel_self);
}

static struct err notification_ready(void *state) {
    struct notification *self = state;
    TRY(self->channel->ready(self->channel_self));
    return pg_ready(self->pg);
}

static const struct stage notification = {
    .name     = "notification",
    .story    = "Tells each person, once and in words, what was decided.",
    .consumes = TOPIC_DECIDED,
    .produces = TOPIC_NONE,
    .knobs    = notification_knobs,
    .gather_ms = GATHER_MS,
    .open     = notification_open,
    .prefetch = notification_prefetch,
    .handle   = notification_handle,
    .store    = notification_store,
    .undo     = notification_undo,
    .truth    = notification_truth,
    .ready    = notification_ready,
    .close    = notification_close,
};

int main(int argc, char **argv) { return stage_main(&notification, argc, argv); }
