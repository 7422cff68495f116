/* What all tellers do: open channel, letters and keys, find what is in the books already, open the seals, hand the letters over, move the position and book. It looks at an event
 * only through its telling, so that it needs no word about topics. It must never log or store what a seal held. */
#include "services/notification/teller.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/edge/crypto.h"
#include "common/edge/log_enrolment.h"
#include "common/edge/pg.h"
#include "services/notification/channels/channel.h"
#include "services/notification/mail.h"
#include "services/notification/sending.h"
#include "services/notification/words.h"

const struct knob teller_knobs[] = {
    {.name = "PGURL", .kind = KNOB_SECRET, .sentence = "PostgreSQL with the schema notice."},
    {.name = "PAYUNG_SHARE", .kind = KNOB_PATH, .sentence = "Folder of data files; templates/messages.tsv and templates/parameters.tsv are read."},
    {.name = "PAYUNG_KEYS", .kind = KNOB_PATH, .sentence = "Folder of keys, to open sealed persons."},
    {.name = "PAYUNG_MAILDIR", .kind = KNOB_PATH, .sentence = "Folder into which the channel maildir hands letters over."},
    {.name = "NOTICE_CHANNELS", .kind = KNOB_TEXT, .fallback = "maildir",
     .sentence = "How letters leave, in the order in which it is tried: names of channels.def, \"sms,email\". With maildir alone they are handed over here; else payung-sender sends them."},
    {.name = "NOTICE_STALE_S", .kind = KNOB_INT, .fallback = "604800", .min = 1, .max = 31536000, .sentence = "A message that payung-sender could not hand over for so long is dropped, and counted as stale."},
    {.name = "NOTICE_PAPER_S", .kind = KNOB_INT, .fallback = "7776000", .min = 1, .max = 315360000, .sentence = "The same for a letter on paper that nobody printed."},
    {0},
};

struct teller {
    const struct telling *telling;
    struct pg *pg;
    struct crypto *crypto;
    struct arena *texts; /* what `letters` points into, for the life of the process */
    struct letters letters;
    struct channel_order order;
    bool queues; /* payung-sender opens seals and hands letters over; here they are only noted */
    const struct channel *channel;
    void *channel_self;
};

/* What is known and made about one item of a batch. */
struct notice {
    struct tidings tidings;
    bool is_due;         /* a message is owed and not settled */
    bool settled;        /* in the books already, or owed by an earlier epoch */
    const char *overtaken; /* why nobody is to be told any more; NULL = the person is */
    const char *failure; /* why this letter can never be sent; NULL = it can */
    struct person person;
    struct slice message; /* empty when it failed */
};

struct facts {
    struct stage_position *seen; /* per span: where the books stood before this batch */
    struct notice *notices;      /* per item */
};

/* A row of its own per cause; texts as they stand, because statements are prepared by their address. */
static const struct books {
    const char *cause, *make_sql, *read_sql, *move_sql;
} books[TELL_CAUSES] = {
    [TELL_DECISION] = {"decision", "INSERT INTO notice.lineage (partition) VALUES ($1) ON CONFLICT DO NOTHING",
                       "SELECT epoch, first_origin, next FROM notice.lineage WHERE partition = $1",
                       "UPDATE notice.lineage SET epoch = $4, first_origin = $5, next = $6 WHERE partition = $1 AND epoch = $2 AND next = $3"},
    [TELL_COVERAGE] = {"coverage", "INSERT INTO notice.coverage_lineage (partition) VALUES ($1) ON CONFLICT DO NOTHING",
                       "SELECT epoch, first_origin, next FROM notice.coverage_lineage WHERE partition = $1",
                       "UPDATE notice.coverage_lineage SET epoch = $4, first_origin = $5, next = $6 WHERE partition = $1 AND epoch = $2 AND next = $3"},
};

static const struct books *books_of(const struct teller *self) { return &books[self->telling->cause]; }

/* ---- open ---- */

static struct err open_all(struct teller *self) {
    if (!channels_read(knob_text("NOTICE_CHANNELS"), &self->order)) return ERR(FATAL, "NOTICE_CHANNELS is no list of names of channels.def, each once");
    self->queues = !channels_are_default(&self->order);
    self->texts = arena_create(WORDS_BYTES_MAX);
    TRY(words_open(self->texts, knob_text("PAYUNG_SHARE"), &self->letters));
    TRY(crypto_open(knob_text("PAYUNG_KEYS"), &self->crypto));
    self->channel = &channel_maildir;
    TRY(self->channel->open(&self->channel_self));
    return pg_open(knob_text("PGURL"), self->telling->name, &self->pg);
}

void teller_close(void *state) {
    struct teller *self = state;
    if (self == NULL) return;
    pg_close(self->pg);
    if (self->channel != NULL && self->channel_self != NULL) self->channel->close(self->channel_self);
    crypto_close(self->crypto);
    arena_destroy(self->texts);
    free(self);
}

struct err teller_open(const struct telling *telling, void **ret_self) {
    struct teller *self = calloc(1, sizeof *self);
    CHECK(self != NULL && telling->cause < TELL_CAUSES);
    self->telling = telling;
    struct err err = open_all(self);
    if (failed(&err)) {
        teller_close(self);
        return err;
    }
    *ret_self = self;
    return OK;
}

/* ---- where the books stand ---- */

static struct err read_position(struct teller *self, struct arena *arena, int32_t partition, struct stage_position *ret_position) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, partition);
    struct pg_step steps[] = {
        {.sql = books_of(self)->make_sql, .parameters = p},
        {.sql = books_of(self)->read_sql, .parameters = p},
    };
    TRY(pg_run_all(self->pg, arena, steps, 2));
    const struct pg_rows *rows = &steps[1].rows;
    if (rows->count != 1) return ERR(AGAIN, "the books of %s have no row for partition %d", books_of(self)->cause, partition);
    *ret_position = (struct stage_position){.epoch = (uint32_t)pg_int4(rows, 0, 0), .first_origin = pg_int8(rows, 0, 1), .next = pg_int8(rows, 0, 2)};
    return OK;
}

/* A new partition came, perhaps from a writer that fell between its letters and its books: the channel must look. */
struct err teller_truth(void *state, int32_t partition, struct stage_position *ret_position) {
    struct teller *self = state;
    TRY(pg_ready(self->pg));
    self->channel->doubt(self->channel_self);
    struct arena *arena = arena_create(1 << 16);
    struct err err = read_position(self, arena, partition, ret_position);
    arena_destroy(arena);
    return err;
}

static bool is_behind(const struct stage_position *seen, uint32_t epoch, int64_t origin) {
    return epoch < seen->epoch || (epoch == seen->epoch && origin < seen->next);
}

/* ---- prefetch: what is in the books already, and who the persons are ---- */

static struct err mark_settled(struct teller *self, struct stage_batch *batch, struct facts *facts) {
    struct slice *ids = arena_zero(batch->arena, batch->count, sizeof *ids);
    for (size_t i = 0; i < batch->count; i++) ids[i] = slice_of(facts->notices[i].tidings.event_id.bytes, ID_BYTES);
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

static struct err mark_overtaken(struct teller *self, const struct stage_batch *batch, struct facts *facts) {
    if (self->telling->overtaken == NULL) return OK;
    bool *is_due = arena_zero(batch->arena, batch->count, sizeof *is_due);
    const char **reasons = arena_zero(batch->arena, batch->count, sizeof *reasons);
    for (size_t i = 0; i < batch->count; i++) is_due[i] = facts->notices[i].is_due;
    TRY(self->telling->overtaken(self->pg, batch, is_due, reasons));
    for (size_t i = 0; i < batch->count; i++) facts->notices[i].overtaken = reasons[i];
    return OK;
}

static const struct stage_position *seen_of(const struct stage_batch *batch, const struct facts *facts, const struct stage_item *item) {
    for (size_t i = 0; i < batch->span_count; i++)
        if (batch->spans[i].partition == item->partition) return &facts->seen[i];
    return NULL;
}

/* Opens the seal of one person. One that does not open, or is not there any more, is that letter's failure; it stops nobody else. */
static struct err open_seal(struct teller *self, struct stage_batch *batch, struct notice *notice) {
    const struct tidings *tidings = &notice->tidings;
    if (tidings->sealed_person.size == 0) {
        notice->failure = "person forgotten";
        return OK;
    }
    struct err err = crypto_unseal(self->crypto, batch->arena, tidings->sealed_person, tidings->seal_key_id, tidings->application_id, &notice->person);
    if (!failed(&err)) return OK;
    if (err.fate != FATE_PARK) return err;
    notice->failure = "the sealed person does not open";
    char event[2 * ID_BYTES + 1];
    id_format(tidings->event_id, event);
    const struct enrolment_names names = enrolment_names(tidings->application_id);
    log_warning("a letter can't be written", LOG_ENROLMENT(names), LOG_TEXT("event", event), LOG_TEXT("error", err.text));
    return OK;
}

struct err teller_prefetch(void *state, struct stage_batch *batch, void **ret_facts) {
    struct teller *self = state;
    struct facts *facts = arena_zero(batch->arena, 1, sizeof *facts);
    facts->seen = arena_zero(batch->arena, batch->span_count, sizeof *facts->seen);
    facts->notices = arena_zero(batch->arena, batch->count, sizeof *facts->notices);
    TRY(pg_ready(self->pg));
    for (size_t i = 0; i < batch->span_count; i++) TRY(read_position(self, batch->arena, batch->spans[i].partition, &facts->seen[i]));
    for (size_t i = 0; i < batch->count; i++) {
        const struct stage_item *item = &batch->items[i];
        if (item->in != NULL) facts->notices[i].tidings = self->telling->about(item->in, &item->lineage, item->partition);
    }
    TRY(mark_settled(self, batch, facts));
    for (size_t i = 0; i < batch->count; i++) {
        const struct stage_item *item = &batch->items[i];
        struct notice *notice = &facts->notices[i];
        const struct stage_position *seen = seen_of(batch, facts, item);
        CHECK(seen != NULL);
        if (is_behind(seen, item->lineage.epoch, item->lineage.origin)) notice->settled = true;
        notice->is_due = item->in != NULL && item->parked == CODE_NONE && !notice->settled && notice->tidings.message_due.size > 0;
    }
    TRY(mark_overtaken(self, batch, facts));
    for (size_t i = 0; i < batch->count; i++)
        if (!self->queues && facts->notices[i].is_due && facts->notices[i].overtaken == NULL) TRY(open_seal(self, batch, &facts->notices[i]));
    *ret_facts = facts;
    return OK;
}

/* ---- handle: the letter (pure) ---- */

struct err teller_handle(const void *state, void *given, const struct stage_batch *batch, struct stage_item *item) {
    const struct teller *self = state;
    struct facts *facts = given;
    struct notice *notice = &facts->notices[item - batch->items];
    struct letter letter;
    notice->message = slice_of(NULL, 0);
    if (item->parked != CODE_NONE) notice->is_due = false;
    if (!notice->is_due || notice->failure != NULL || notice->overtaken != NULL || self->queues) return OK;
    if (self->telling->render(&self->letters, item->in, notice->person.name, batch->arena, &letter))
        notice->message = mail_compose(&letter, notice->tidings.event_id, notice->tidings.at_ms, batch->arena);
    else
        notice->failure = "no words for this message";
    return OK;
}

/* ---- store: letters first, then the books ---- */

static struct err deliver_letters(struct teller *self, const struct facts *facts, struct stage_batch *batch) {
    struct delivery *deliveries = arena_zero(batch->arena, batch->count, sizeof *deliveries);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct notice *notice = &facts->notices[i];
        if (notice->message.size == 0) continue;
        id_format(notice->tidings.event_id, deliveries[count].name);
        deliveries[count++].message = notice->message;
    }
    return self->channel->deliver(self->channel_self, deliveries, count);
}

/* Moves the position over one span by compare-and-set. `seen` moves along, because a batch may hold two spans of a partition when an
 * epoch begins. A span that the books have passed already (the answer to a COMMIT was lost) needs nothing. */
static struct err move_position(struct teller *self, struct stage_batch *batch, const struct stage_span *span, struct stage_position *seen) {
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
    TRY(pg_run(self->pg, batch->arena, books_of(self)->move_sql, p, &rows));
    if (rows.affected != 1) return ERR(FENCED, "another instance tells partition %d", span->partition);
    *seen = (struct stage_position){.epoch = span->epoch, .first_origin = span->first_origin, .next = span->to};
    return OK;
}

static struct err move_positions(struct teller *self, const struct facts *facts, struct stage_batch *batch) {
    for (size_t i = 0; i < batch->span_count; i++) {
        struct stage_position *seen = &facts->seen[i];
        for (size_t k = 0; k < i; k++)
            if (batch->spans[k].partition == batch->spans[i].partition) *seen = facts->seen[k];
        TRY(move_position(self, batch, &batch->spans[i], seen));
    }
    return OK;
}

static struct err book_messages(struct teller *self, const struct facts *facts, struct stage_batch *batch) {
    struct slice *events = arena_zero(batch->arena, batch->count, sizeof *events), *applications = arena_zero(batch->arena, batch->count, sizeof *events);
    struct slice *agreements = arena_zero(batch->arena, batch->count, sizeof *events), *templates = arena_zero(batch->arena, batch->count, sizeof *events);
    struct slice *errors = arena_zero(batch->arena, batch->count, sizeof *events), *states = arena_zero(batch->arena, batch->count, sizeof *events);
    int32_t *attempts = arena_zero(batch->arena, batch->count, sizeof *attempts);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct notice *notice = &facts->notices[i];
        const struct tidings *tidings = &notice->tidings;
        if (!notice->is_due) continue;
        events[count] = slice_of(tidings->event_id.bytes, ID_BYTES);
        applications[count] = slice_of(tidings->application_id.bytes, ID_BYTES);
        agreements[count] = tidings->agreement_id.bytes != NULL ? tidings->agreement_id : slice_text("");
        templates[count] = tidings->message_due;
        errors[count] = slice_text(notice->overtaken != NULL ? notice->overtaken : notice->failure != NULL ? notice->failure : "");
        states[count] = slice_text(notice->overtaken != NULL ? "stale" : notice->failure != NULL ? "failed" : self->queues ? "queued" : "sent");
        attempts[count++] = (int32_t)tidings->attempt;
    }
    if (count == 0) return OK;
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, events, count);
    pg_add_bytea_array(p, applications, count);
    pg_add_int4_array(p, attempts, count);
    pg_add_text_array(p, agreements, count);
    pg_add_text_array(p, templates, count);
    pg_add_text_array(p, errors, count);
    pg_add_text(p, slice_text(channel_rows[self->order.channels[0]].name));
    pg_add_timestamp_ms(p, batch->moment_ms);
    pg_add_text(p, slice_text(books_of(self)->cause));
    pg_add_text_array(p, states, count);
    return pg_run(self->pg, batch->arena,
                  "INSERT INTO notice.message (event_id, application_id, attempt, agreement_id, template, channel, state, error, settled_at, cause) "
                  "SELECT e, a, n, g, t, $7, s, f, $8, $9 "
                  "FROM unnest($1::bytea[], $2::bytea[], $3::int4[], $4::text[], $5::text[], $6::text[], $10::text[]) AS m (e, a, n, g, t, f, s) "
                  "ON CONFLICT (event_id) DO NOTHING", p, NULL);
}

/* What payung-sender needs of those that were queued: the events as they stand in the topic, and where the person lives (of a decision: where its payer is). */
static struct err queue_events(struct teller *self, const struct facts *facts, struct stage_batch *batch) {
    struct slice *ids = arena_zero(batch->arena, batch->count, sizeof *ids), *events = arena_zero(batch->arena, batch->count, sizeof *events);
    int32_t *regions = arena_zero(batch->arena, batch->count, sizeof *regions), *homes = arena_zero(batch->arena, batch->count, sizeof *homes);
    int32_t *villages = arena_zero(batch->arena, batch->count, sizeof *villages);
    size_t count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct notice *notice = &facts->notices[i];
        if (!notice->is_due || notice->overtaken != NULL) continue;
        ids[count] = slice_of(notice->tidings.event_id.bytes, ID_BYTES);
        regions[count] = (int32_t)(notice->tidings.ktp_region / 100);
        homes[count] = (int32_t)notice->tidings.home_region;
        villages[count] = (int32_t)notice->tidings.home_village;
        events[count++] = batch->items[i].bytes;
    }
    if (!self->queues || count == 0) return OK;
    struct pg_parameters *p = pg_parameters(batch->arena);
    pg_add_bytea_array(p, ids, count);
    pg_add_bytea_array(p, events, count);
    pg_add_int4_array(p, regions, count);
    pg_add_text(p, slice_text(books_of(self)->cause));
    pg_add_text(p, slice_text(channel_rows[self->order.channels[0]].name));
    pg_add_int8(p, knob_int(self->order.channels[0] == CHANNEL_PAPER ? "NOTICE_PAPER_S" : "NOTICE_STALE_S"));
    pg_add_int4_array(p, homes, count);
    pg_add_int4_array(p, villages, count);
    return pg_run(self->pg, batch->arena,
                  "INSERT INTO notice.outbox (event_id, cause, event, region, channel, stale_at, home_region, home_village) "
                  "SELECT q.e, $4, q.b, CASE WHEN q.r > 0 THEN q.r ELSE coalesce(a.payer_region, 0) END, $5, now() + $6 * interval '1 second', q.h, q.v "
                  "FROM unnest($1::bytea[], $2::bytea[], $3::int4[], $7::int4[], $8::int4[]) AS q (e, b, r, h, v) JOIN notice.message m ON m.event_id = q.e AND m.state = 'queued' "
                  "LEFT JOIN ledger.agreement a ON a.agreement_id = m.agreement_id ON CONFLICT (event_id) DO NOTHING", p, NULL);
}

struct err teller_store(void *state, void *given, struct stage_batch *batch) {
    struct teller *self = state;
    const struct facts *facts = given;
    TRY(deliver_letters(self, facts, batch));
    TRY(pg_begin(self->pg));
    TRY(move_positions(self, facts, batch));
    TRY(book_messages(self, facts, batch));
    TRY(queue_events(self, facts, batch));
    if (self->telling->note != NULL) TRY(self->telling->note(self->pg, batch));
    return pg_commit(self->pg);
}

void teller_undo(void *state) {
    struct teller *self = state;
    pg_rollback(self->pg);
    self->channel->doubt(self->channel_self);
}

struct err teller_ready(void *state) {
    struct teller *self = state;
    TRY(self->channel->ready(self->channel_self));
    return pg_ready(self->pg);
}
