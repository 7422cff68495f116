/* Rows of the outbox into letters, and letters that were printed into the books. */
#include "services/notification/paper/letter_register.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/message_due.h"
#include "common/wire/wire.h"
#include "services/notification/cards/card.h"
#include "services/notification/outbox.h"

#define DAY_MS INT64_C(86400000)

/* $1 agreement, $2 region (0: any), $3 what of its digits counts, $4 village (0: any), $5 again, $6 an application (empty: any). What is too old to be sent is left to the sender, who drops it. */
#define LETTERS_SQL                                                                                                                                                        \
    "FROM notice.outbox o JOIN notice.message m USING (event_id) WHERE o.channel = 'paper' AND m.agreement_id = $1 AND ($2 = 0 OR o.home_region / $3 = $2 / $3)"            \
    " AND ($4 = 0 OR o.home_village = $4) AND o.stage = CASE WHEN $5 THEN 'taken' ELSE 'waits' END AND ($5 OR o.stale_at > now())"                                         \
    " AND ($6 = ''::bytea OR m.application_id = $6)"

static struct pg_parameters *filter_parameters(struct arena *arena, const struct letter_filter *filter) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, filter->agreement_id);
    pg_add_int4(p, (int32_t)filter->region);
    pg_add_int4(p, (int32_t)region_unit(filter->region));
    pg_add_int4(p, (int32_t)filter->village);
    pg_add_bool(p, filter->again);
    pg_add_bytea(p, id_is_zero(filter->application_id) ? slice_text("") : slice_of(filter->application_id.bytes, ID_BYTES));
    return p;
}

struct err letter_villages(const struct letter_register *reg, const struct letter_filter *filter, struct arena *arena, struct letter_village **ret_villages, size_t *ret_count) {
    struct pg_rows rows;
    TRY(pg_run(reg->pg, arena, "SELECT o.home_region, o.home_village, count(*) " LETTERS_SQL " GROUP BY 1, 2 ORDER BY 1, 2", filter_parameters(arena, filter), &rows));
    struct letter_village *villages = arena_zero(arena, rows.count + 1, sizeof *villages);
    for (size_t i = 0; i < rows.count; i++)
        villages[i] = (struct letter_village){.region = (uint32_t)pg_int4(&rows, i, 0), .village = (uint32_t)pg_int4(&rows, i, 1), .count = pg_int8(&rows, i, 2)};
    *ret_villages = villages;
    *ret_count = rows.count;
    return OK;
}

/* ---- an event becomes a letter ---- */

static void take_reasons(const struct letter_register *reg, const struct outcome *outcome, struct paper_letter *letter) {
    const enum code first = message_reason(outcome);
    if (first == CODE_NONE) return;
    for (int pass = 0; pass < 2; pass++) /* the one that the message names, then the others */
        for (int code = 1; code < CODE_LIMIT && letter->reason_count < PAPER_REASONS_MAX; code++) {
            const struct code_row *row = code_row((enum code)code);
            if (row == NULL || row->kind != CODE_REFUSAL || !code_set_has(outcome->codes, row->code) || (row->code == first) != (pass == 0)) continue;
            letter->reasons[letter->reason_count++] = (struct paper_reason){reg->reasons->rows[code].alasan, reg->reasons->rows[code].perbaikan, reg->reasons->rows[code].reason, reg->reasons->rows[code].remedy};
        }
}

static bool take_words(const struct letter_register *reg, struct slice template, const struct letter_about *about, struct arena *arena, struct paper_letter *letter) {
    if (!letter_words(reg->words, reg->reasons, template, about, letter->name, false, arena, &letter->text)) return false;
    CHECK(letter_words(reg->words, reg->reasons, template, about, letter->name, true, arena, &letter->english));
    letter->title = letter_title(reg->words, template);
    return true;
}

struct sealed {
    struct slice person, key_id;
    struct id application_id;
};

/* Only name and address are kept of a person. */
static struct err open_person(const struct letter_register *reg, struct arena *arena, const struct sealed *sealed, struct paper_letter *letter) {
    struct person person;
    letter->failure = "person forgotten";
    if (sealed->person.size == 0) return OK;
    letter->failure = "the sealed person does not open";
    const struct err err = crypto_unseal(reg->crypto, arena, sealed->person, sealed->key_id, sealed->application_id, &person);
    if (err.fate == FATE_PARK) return OK;
    TRY(err);
    letter->failure = NULL;
    letter->name = person.name.size > 0 ? person.name : slice_text("");
    letter->address = person.address.size > 0 ? person.address : slice_text("");
    return OK;
}

static struct err open_event(const struct letter_register *reg, bool is_decision, struct slice event, struct slice template, struct arena *arena, struct paper_letter *letter) {
    struct decided decided = {.outcome = {.attempt = 0}};
    struct coverage_changed changed = {.attempt = 0};
    const struct outcome *outcome = &decided.outcome;
    letter->failure = "the event can't be read";
    if (is_decision ? !wire_decode_decided(arena, event, &decided) : !wire_decode_coverage(arena, event, &changed)) return OK;
    const struct sealed sealed = is_decision ? (struct sealed){outcome->sealed_person, outcome->seal_key_id, outcome->application_id}
                                             : (struct sealed){changed.sealed_person, changed.seal_key_id, changed.application_id};
    TRY(open_person(reg, arena, &sealed, letter));
    if (letter->failure != NULL) return OK;
    letter->payer_name = is_decision ? outcome->payer_name : changed.payer_name;
    letter->day = day_of_business(is_decision ? outcome->decided_at_ms : changed.changed_at_ms);
    if (!take_words(reg, template, &(struct letter_about){.outcome = outcome, .changed = &changed}, arena, letter)) letter->failure = "no words for this message";
    if (!is_decision || letter->failure != NULL) return OK;
    letter->deadline = letter_deadline(reg->words, outcome);
    take_reasons(reg, outcome, letter);
    return OK;
}

static const char read_sql[] =
    "SELECT o.event_id, o.cause = 'decision', o.event, m.template, CASE WHEN $5 THEN (SELECT max(l.number) FROM notice.letter l WHERE l.event_id = o.event_id) ELSE o.attempts END " LETTERS_SQL
    " AND o.home_region = $7 AND o.home_village = $8 AND o.event_id > $9 ORDER BY o.event_id LIMIT $10";

struct err letter_read(const struct letter_register *reg, const struct letter_filter *filter, const struct letter_village *village, struct id after, struct arena *arena,
                       struct paper_letter **ret_letters, size_t *ret_count, struct id *ret_after) {
    struct pg_parameters *p = filter_parameters(arena, filter);
    struct pg_rows rows;
    pg_add_int4(p, (int32_t)village->region);
    pg_add_int4(p, (int32_t)village->village);
    pg_add_bytea(p, slice_of(after.bytes, ID_BYTES));
    pg_add_int4(p, LETTERS_A_FILE_MAX);
    TRY(pg_run(reg->pg, arena, read_sql, p, &rows));
    struct paper_letter *letters = arena_zero(arena, rows.count + 1, sizeof *letters);
    for (size_t i = 0; i < rows.count; i++) {
        struct paper_letter *letter = &letters[i];
        *letter = (struct paper_letter){.attempts = pg_int4(&rows, i, 4), .is_again = filter->again, .name = slice_text(""), .agreement_id = filter->agreement_id, .region = village->region,
                                        .village = village->village, .district_name = region_name(reg->regions, village->region),
                                        .village_name = village_name(reg->villages, village->region, village->village)};
        memcpy(letter->event_id.bytes, pg_bytes(&rows, i, 0).bytes, ID_BYTES); /* of that size by a constraint */
        TRY(open_event(reg, pg_bool(&rows, i, 1), pg_bytes(&rows, i, 2), pg_bytes(&rows, i, 3), arena, letter));
    }
    if (rows.count > 0) *ret_after = letters[rows.count - 1].event_id;
    if (rows.count > 0) qsort(letters, rows.count, sizeof *letters, letter_compare);
    *ret_letters = letters;
    *ret_count = rows.count;
    return OK;
}

/* ---- it was printed ---- */

static const char take_sql[] =
    "WITH taken AS (UPDATE notice.outbox o SET stage = 'sending', attempts = o.attempts + 1, step = o.step + 1 FROM unnest($1::bytea[], $2::int4[]) AS w (event_id, attempts)"
    " WHERE o.event_id = w.event_id AND o.attempts = w.attempts AND o.channel = 'paper' AND o.stage = 'waits' RETURNING o.event_id, o.attempts)"
    " INSERT INTO notice.attempt (event_id, attempt, channel) SELECT event_id, attempts, 'paper' FROM taken";
static const char note_sql[] = "INSERT INTO notice.letter (event_id, number, actor, note) SELECT w.event_id, w.printed + 1, $3, $4 FROM unnest($1::bytea[], $2::int4[]) AS w (event_id, printed)";

static struct err take_first(const struct letter_register *reg, struct arena *arena, const struct paper_letter *letters, size_t count, const struct letter_note *note, bool *ret_taken) {
    struct slice *ids = arena_zero(arena, count, sizeof *ids);
    int32_t *attempts = arena_zero(arena, count, sizeof *attempts);
    struct outbox_end *ends = arena_zero(arena, count, sizeof *ends);
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    for (size_t i = 0; i < count; i++) {
        ids[i] = slice_of(letters[i].event_id.bytes, ID_BYTES);
        attempts[i] = letters[i].attempts;
        const bool failed = letters[i].failure != NULL;
        ends[i] = (struct outbox_end){.event_id = letters[i].event_id, .attempt = letters[i].attempts + 1, .fate = failed ? SENDING_REFUSED : SENDING_TAKEN, .reports = true /* the row stays */,
                                      .channel = CHANNEL_PAPER, .next = CHANNELS, .delay_ms = note->kept_days * DAY_MS, .trouble = failed ? letters[i].failure : ""};
    }
    pg_add_bytea_array(p, ids, count);
    pg_add_int4_array(p, attempts, count);
    TRY(pg_run(reg->pg, arena, take_sql, p, &rows));
    *ret_taken = rows.affected == (int64_t)count;
    if (!*ret_taken) return OK;
    struct pg_step settle = outbox_settle(arena, ends, count);
    return pg_run_all(reg->pg, arena, &settle, 1);
}

static struct err note_printed(const struct letter_register *reg, struct arena *arena, const struct paper_letter *letters, size_t count, const struct letter_note *note) {
    struct slice *ids = arena_zero(arena, count, sizeof *ids);
    int32_t *printed = arena_zero(arena, count, sizeof *printed);
    struct pg_parameters *p = pg_parameters(arena);
    size_t whole = 0;
    for (size_t i = 0; i < count; i++) {
        if (letters[i].failure != NULL) continue;
        ids[whole] = slice_of(letters[i].event_id.bytes, ID_BYTES);
        printed[whole++] = letters[i].is_again ? letters[i].attempts : 0;
    }
    if (whole == 0) return OK;
    pg_add_bytea_array(p, ids, whole);
    pg_add_int4_array(p, printed, whole);
    pg_add_text(p, slice_text(reg->actor));
    pg_add_text(p, note->reason);
    return pg_run(reg->pg, arena, note_sql, p, NULL);
}

struct err letter_note(const struct letter_register *reg, struct arena *arena, const struct paper_letter *letters, size_t count, const struct letter_note *note, bool *ret_noted) {
    bool taken = true;
    CHECK(count > 0);
    *ret_noted = false;
    TRY(pg_begin(reg->pg));
    struct err err = letters[0].is_again ? OK : take_first(reg, arena, letters, count, note, &taken);
    if (!failed(&err) && taken) err = note_printed(reg, arena, letters, count, note);
    if (failed(&err) || !taken) pg_rollback(reg->pg);
    if (failed(&err)) return pg_is_unique_violation(&err) ? OK : err;
    if (!taken) return OK;
    TRY(pg_commit(reg->pg));
    *ret_noted = true;
    return OK;
}

/* ---- without persons ---- */

static const char rows_sql[] =
    "SELECT o.event_id, m.application_id, m.template, o.home_region, o.home_village, coalesce(l.number, 0), l.at, coalesce(l.actor, '') FROM notice.outbox o JOIN notice.message m USING (event_id)"
    " LEFT JOIN LATERAL (SELECT * FROM notice.letter l WHERE l.event_id = o.event_id ORDER BY l.number DESC LIMIT 1) l ON true"
    " WHERE o.channel = 'paper' AND o.stage <> 'sending' AND m.agreement_id = $1 AND ($2 = 0 OR o.home_region / $3 = $2 / $3) AND ($4 = 0 OR o.home_village = $4)"
    " ORDER BY o.home_region, o.home_village, o.event_id LIMIT 50001";
_Static_assert(LETTER_ROWS_MAX + 1 == 50001, "the limit of the statement");

struct err letter_rows(const struct letter_register *reg, const struct letter_filter *filter, struct arena *arena, struct letter_row **ret_rows, size_t *ret_count, bool *ret_too_many) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, filter->agreement_id);
    pg_add_int4(p, (int32_t)filter->region);
    pg_add_int4(p, (int32_t)region_unit(filter->region));
    pg_add_int4(p, (int32_t)filter->village);
    TRY(pg_run(reg->pg, arena, rows_sql, p, &rows));
    *ret_too_many = rows.count > LETTER_ROWS_MAX;
    *ret_count = *ret_too_many ? 0 : rows.count;
    *ret_rows = arena_zero(arena, *ret_count + 1, sizeof **ret_rows);
    for (size_t i = 0; i < *ret_count; i++) {
        struct letter_row *row = &(*ret_rows)[i];
        *row = (struct letter_row){.template = pg_bytes(&rows, i, 2), .region = (uint32_t)pg_int4(&rows, i, 3), .village = (uint32_t)pg_int4(&rows, i, 4), .printed = pg_int4(&rows, i, 5),
                                   .at_ms = pg_is_null(&rows, i, 6) ? 0 : pg_timestamp_ms(&rows, i, 6), .actor = pg_bytes(&rows, i, 7)};
        CHECK(pg_bytes(&rows, i, 0).size == ID_BYTES && pg_bytes(&rows, i, 1).size == ID_BYTES);
        memcpy(row->event_id.bytes, pg_bytes(&rows, i, 0).bytes, ID_BYTES);
        memcpy(row->application_id.bytes, pg_bytes(&rows, i, 1).bytes, ID_BYTES);
    }
    return OK;
}
