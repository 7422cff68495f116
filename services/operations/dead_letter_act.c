/* Replays and discards, a page of letters a transaction: the rows of ops.dead_letter, what is to be sent, and the audit stand or fall together. It must never produce anything itself: a
 * crash between a record and its note would send it twice. */
#include <inttypes.h>
#include <stdio.h>

#include "common/domain/command.h"
#include "common/domain/text.h"
#include "common/wire/wire.h"
#include "services/operations/dead_letter_parts.h"

/* What becomes of one letter of a page. */
struct fate_of_letter {
    struct dead_letter *letter;
    struct dead_letter_content content; /* of the edit, if there is one */
    enum dead_letter_way way;
    const struct dead_letter_refusal *refusal;
    bool is_done;                /* decided before */
    size_t twin;                 /* the letter of this page that is the same, or SIZE_MAX */
    struct resubmission *submission; /* NULL: another way */
    int64_t attempt, outbox_no;
};

struct acting {
    struct pg *pg;
    const struct dead_letter_order *order;
    struct dead_letter_report *report;
};

/* ---- judging ---------------------------------------------------------------------------------------------------------------------------- */

static struct code_set codes_of(const struct dead_letter *letter) {
    enum code code;
    return code_parse(letter->code, &code) ? code_set_with((struct code_set){0}, code) : (struct code_set){0};
}

static size_t twin_in(const struct fate_of_letter *fates, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (memcmp(fates[i].letter->fingerprint, fates[at].letter->fingerprint, DEAD_LETTER_FINGERPRINT) == 0) return i;
    return SIZE_MAX;
}

/* A letter that was written twice, and replayed once, is replayed. */
static struct err find_twins(struct pg *pg, struct arena *arena, struct fate_of_letter *fates, size_t count) {
    struct slice *fingerprints = arena_zero(arena, count + 1, sizeof *fingerprints);
    for (size_t i = 0; i < count; i++) fingerprints[i] = slice_of(fates[i].letter->fingerprint, DEAD_LETTER_FINGERPRINT);
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_bytea_array(p, fingerprints, count);
    TRY(pg_run(pg, arena,
               "SELECT DISTINCT ON (u.n) u.n, coalesce(d.attempt, 0), coalesce(d.outbox_no, 0) FROM unnest($1::bytea[]) WITH ORDINALITY AS u (fingerprint, n)"
               " JOIN ops.dead_letter d USING (fingerprint) WHERE d.state = 'REPLAYED' ORDER BY u.n",
               p, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        struct fate_of_letter *fate = &fates[pg_int8(&rows, i, 0) - 1];
        if (fate->is_done) continue;
        fate->twin = (size_t)(fate - fates); /* its own: what it became is known */
        fate->attempt = pg_int4(&rows, i, 1);
        fate->outbox_no = pg_int8(&rows, i, 2);
    }
    return OK;
}

static bool is_whole(const struct application *application) { return !id_is_zero(application->application_id) && application->agreement_id.size > 0; }

/* An application that bears no id can't be decided: it is as good as unreadable. */
static void judge_one(struct arena *arena, struct fate_of_letter *fate) {
    struct dead_letter *letter = fate->letter;
    static const struct dead_letter_standing unknown;
    if (!dead_letter_standing_content(arena, letter, &fate->content)) fate->content = letter->content;
    if (fate->content.application != NULL && !is_whole(fate->content.application)) fate->content = (struct dead_letter_content){.kind = DEAD_LETTER_UNREADABLE};
    fate->refusal = dead_letter_way(letter->topic, &fate->content, letter->edited.size > 0, &unknown, &fate->way);
}

static struct err judge_submissions(struct acting *acting, struct arena *arena, struct fate_of_letter *fates, size_t count, struct resubmission **ret_items, size_t *ret_count) {
    struct resubmission *items = arena_zero(arena, count + 1, sizeof *items);
    size_t item_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct fate_of_letter *fate = &fates[i];
        if (fate->is_done || fate->twin != SIZE_MAX || fate->way != DEAD_LETTER_SUBMIT) continue;
        const struct lineage *lineage = &fate->letter->content.lineage;
        const bool has_origin = fate->letter->topic != TOPIC_SUBMITTED && lineage->epoch > 0;
        fate->submission = &items[item_count++];
        *fate->submission = (struct resubmission){.application = fate->content.application, .partition = fate->letter->source_partition,
                                                  .origin = has_origin ? lineage->origin : fate->letter->source_offset, .codes = codes_of(fate->letter)};
    }
    TRY(resubmit_look(acting->pg, arena, items, item_count));
    *ret_items = items;
    *ret_count = item_count;
    return OK;
}

/* ---- replaying -------------------------------------------------------------------------------------------------------------------------- */

/* The message without its lineage, which the relay gives it, and its key. False: it would stop its topic. */
static bool outbox_message(struct arena *arena, const struct fate_of_letter *fate, struct slice *ret_key, struct slice *ret_payload) {
    if (fate->letter->topic == TOPIC_PAYMENT) {
        struct payment_received payment = *(const struct payment_received *)fate->content.message;
        payment.lineage = (struct lineage){0};
        *ret_key = payment.source;
        *ret_payload = wire_encode_payment(arena, &payment);
    } else {
        CHECK(fate->letter->topic == TOPIC_COVERAGE);
        struct coverage_changed changed = *(const struct coverage_changed *)fate->content.message;
        changed.lineage = (struct lineage){0};
        *ret_key = changed.agreement_id;
        *ret_payload = wire_encode_coverage(arena, &changed);
    }
    return ret_key->size > 0 && text_is_utf8(*ret_key);
}

static struct err fill_outbox(struct acting *acting, struct arena *arena, struct fate_of_letter *fate) {
    static const struct dead_letter_refusal no_key = {"NO_KEY", "the message does not say whose it is", "Edit it (payung dlq edit ID --file), or discard it."};
    struct slice key, payload;
    struct pg_rows rows;
    if (!outbox_message(arena, fate, &key, &payload)) {
        fate->refusal = &no_key;
        return OK;
    }
    if (!acting->order->really) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, slice_text(dead_letter_topic_symbol(fate->letter->topic)));
    pg_add_text(p, key);
    pg_add_bytea(p, payload);
    TRY(pg_run(acting->pg, arena, "INSERT INTO ledger.outbox (topic, partition, key, payload, commit_sequence) VALUES ($1, 0, $2, $3, 0) RETURNING outbox_no", p, &rows));
    fate->outbox_no = pg_int8(&rows, 0, 0);
    return OK;
}

static struct err replay(struct acting *acting, struct arena *arena, struct fate_of_letter *fates, size_t count) {
    struct resubmission *items;
    size_t item_count;
    for (size_t i = 0; i < count; i++) judge_one(arena, &fates[i]);
    for (size_t i = 0; i < count; i++) fates[i].twin = twin_in(fates, i);
    TRY(find_twins(acting->pg, arena, fates, count));
    TRY(judge_submissions(acting, arena, fates, count, &items, &item_count));
    if (acting->order->really) TRY(resubmit(acting->pg, arena, items, item_count, RESUBMISSION_LETTER));
    for (size_t i = 0; i < count; i++) {
        struct fate_of_letter *fate = &fates[i];
        if (fate->submission != NULL) {
            fate->refusal = fate->submission->refusal;
            fate->attempt = fate->submission->attempt;
        } else if (!fate->is_done && fate->twin == SIZE_MAX && fate->way == DEAD_LETTER_OUTBOX) {
            TRY(fill_outbox(acting, arena, fate));
        }
        if (fate->twin == SIZE_MAX || fate->is_done) continue;
        const struct fate_of_letter *first = &fates[fate->twin];
        fate->refusal = first == fate ? NULL : first->refusal;
        if (first == fate) continue;
        fate->attempt = first->is_done ? first->letter->attempt : first->attempt;
        fate->outbox_no = first->is_done ? first->letter->outbox_no : first->outbox_no;
    }
    return OK;
}

/* ---- what is written --------------------------------------------------------------------------------------------------------------------- */

/* One line of the audit a letter. */
static struct slice detail_of(struct arena *arena, const struct acting *acting, const struct fate_of_letter *fate) {
    enum { DETAIL_MAX = 512 };
    char name[DEAD_LETTER_NAME_MAX], application[2 * ID_BYTES + 1] = "", way[96] = "", text[DETAIL_MAX];
    const struct application *about = fate->content.application;
    dead_letter_name(fate->letter->topic, fate->letter->offset, name);
    if (about != NULL) id_format(about->application_id, application);
    if (fate->attempt > 0) (void)snprintf(way, sizeof way, " enrolment %s attempt %" PRId64, application, fate->attempt);
    else if (fate->outbox_no > 0) (void)snprintf(way, sizeof way, " outbox %" PRId64, fate->outbox_no);
    const int size = snprintf(text, sizeof text, "%s %.*s %s%s: %.*s", name, SLICE_ARGS(fate->letter->code), dead_letter_kind_name(fate->letter->content.kind), way,
                              SLICE_ARGS(acting->order->because));
    CHECK(size > 0 && size < DETAIL_MAX);
    return arena_copy(arena, slice_of(text, (size_t)size));
}

static bool is_chosen(const struct fate_of_letter *fate) { return !fate->is_done && fate->refusal == NULL; }

static const char decide_sql[] =
    "WITH given AS (SELECT * FROM unnest($2::bigint[], $3::bytea[], $4::bytea[], $5::int4[], $6::bigint[], $7::text[], $8::text[])"
    "  AS g (letter_offset, fingerprint, application_id, attempt, outbox_no, detail, agreement_id)),"
    " moved AS (UPDATE ops.dead_letter d SET state = $9, decided_by = $10, decided_at = now(), because = $11, application_id = coalesce(g.application_id, d.application_id),"
    "  attempt = nullif(g.attempt, 0), outbox_no = nullif(g.outbox_no, 0) FROM given g"
    "  WHERE d.topic = $1 AND d.partition = 0 AND d.letter_offset = g.letter_offset AND d.fingerprint = g.fingerprint AND d.state = 'OPEN' RETURNING d.letter_offset),"
    " noted AS (INSERT INTO ledger.audit (actor, action, agreement_id, detail) SELECT $10, $12, g.agreement_id, g.detail FROM given g JOIN moved USING (letter_offset) ORDER BY letter_offset)"
    " SELECT count(*) FROM moved";

static struct err write_all(struct acting *acting, struct arena *arena, const struct fate_of_letter *fates, size_t count) {
    const struct dead_letter_order *order = acting->order;
    int64_t *offsets = arena_zero(arena, count + 1, sizeof *offsets), *outbox = arena_zero(arena, count + 1, sizeof *outbox);
    struct slice *fingerprints = arena_zero(arena, count + 1, sizeof *fingerprints), *applications = arena_zero(arena, count + 1, sizeof *applications);
    struct slice *details = arena_zero(arena, count + 1, sizeof *details), *agreements = arena_zero(arena, count + 1, sizeof *agreements);
    int32_t *attempts = arena_zero(arena, count + 1, sizeof *attempts);
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        const struct fate_of_letter *fate = &fates[i];
        const struct application *application = fate->content.application;
        if (!is_chosen(fate)) continue;
        offsets[chosen] = fate->letter->offset;
        fingerprints[chosen] = slice_of(fate->letter->fingerprint, DEAD_LETTER_FINGERPRINT);
        if (application != NULL) applications[chosen] = slice_of(application->application_id.bytes, ID_BYTES);
        attempts[chosen] = order->replays ? (int32_t)fate->attempt : 0;
        outbox[chosen] = order->replays ? fate->outbox_no : 0;
        agreements[chosen] = application != NULL && text_is_utf8(application->agreement_id) ? application->agreement_id : slice_text("");
        details[chosen++] = detail_of(arena, acting, fate);
    }
    if (chosen == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, slice_text(dead_letter_topic_symbol(fates[0].letter->topic)));
    pg_add_int8_array(p, offsets, chosen); pg_add_bytea_array(p, fingerprints, chosen); pg_add_bytea_array(p, applications, chosen); pg_add_int4_array(p, attempts, chosen);
    pg_add_int8_array(p, outbox, chosen); pg_add_text_array(p, details, chosen); pg_add_text_array(p, agreements, chosen);
    pg_add_text(p, slice_text(order->replays ? "REPLAYED" : "DISCARDED"));
    pg_add_text(p, order->actor);
    pg_add_text(p, order->because);
    pg_add_text(p, slice_text(order->replays ? "DLQ replay" : "DLQ discard"));
    TRY(pg_run(acting->pg, arena, decide_sql, p, &rows));
    return pg_int8(&rows, 0, 0) == (int64_t)chosen ? OK : ERR(AGAIN, "letters changed while they were locked"); /* can't be: they are locked */
}

/* ---- a page ------------------------------------------------------------------------------------------------------------------------------ */

static void note_refusal(struct dead_letter_report *report, const struct fate_of_letter *fate) {
    report->refused++;
    for (size_t i = 0; i < report->refusal_count; i++) {
        if (report->refusals[i].why != fate->refusal) continue;
        report->refusals[i].count++;
        return;
    }
    CHECK(report->refusal_count < DEAD_LETTER_REFUSALS_MAX); /* there are fewer kinds of them */
    report->refusals[report->refusal_count++] =
        (struct dead_letter_refused){.why = fate->refusal, .count = 1, .topic = fate->letter->topic, .offset = fate->letter->offset};
}

static void count_all(struct acting *acting, const struct fate_of_letter *fates, size_t count) {
    struct dead_letter_report *report = acting->report;
    for (size_t i = 0; i < count; i++) {
        const struct fate_of_letter *fate = &fates[i];
        report->matching++;
        if (fate->is_done) report->already++;
        else if (fate->refusal != NULL) note_refusal(report, fate);
        else {
            report->done++;
            report->submitted += acting->order->replays && fate->way == DEAD_LETTER_SUBMIT;
            report->outbox += acting->order->replays && fate->way == DEAD_LETTER_OUTBOX;
        }
    }
}

static struct err act_on(struct acting *acting, struct arena *arena, struct dead_letter *letters, size_t count, struct fate_of_letter *fates) {
    if (acting->order->really) TRY(dead_letter_register(acting->pg, arena, letters, count));
    if (acting->order->really) TRY(dead_letter_states(acting->pg, arena, letters, count, true));
    for (size_t i = 0; i < count; i++) fates[i] = (struct fate_of_letter){.letter = &letters[i], .content = letters[i].content, .is_done = letters[i].state != DEAD_LETTER_OPEN, .twin = SIZE_MAX};
    if (acting->order->replays) TRY(replay(acting, arena, fates, count));
    return acting->order->really ? write_all(acting, arena, fates, count) : OK;
}

static void count_left(struct dead_letter_report *report, const struct dead_letter *letters, size_t count) {
    report->matching += (int64_t)count;
    for (size_t i = 0; i < count; i++) {
        if (letters[i].state == DEAD_LETTER_OPEN) report->left++;
        else report->already++;
    }
}

static struct err visit_page(void *self, struct arena *arena, struct dead_letter *letters, size_t count) {
    struct acting *acting = self;
    if (acting->order->limit > 0 && acting->report->done >= acting->order->limit) {
        count_left(acting->report, letters, count);
        return OK;
    }
    struct fate_of_letter *fates = arena_zero(arena, count + 1, sizeof *fates);
    if (acting->order->really) TRY(pg_begin(acting->pg));
    struct err err = act_on(acting, arena, letters, count, fates);
    if (!failed(&err) && acting->order->really) err = pg_commit(acting->pg);
    if (failed(&err) && acting->order->really) pg_rollback(acting->pg);
    if (!failed(&err)) count_all(acting, fates, count);
    return err;
}

struct err dead_letter_act(struct pg *pg, const char *brokers, const struct dead_letter_order *order, struct dead_letter_report *ret_report) {
    CHECK(!order->really || (order->actor.size > 0 && dead_letter_because_is_sound(order->because)));
    *ret_report = (struct dead_letter_report){0};
    struct acting acting = {.pg = pg, .order = order, .report = ret_report};
    return dead_letter_pages(pg, brokers, &order->filter, visit_page, &acting);
}
