/* Rows into cards, and what happened to them into rows. Names are opened page by page; only what a card shows is kept of a person. */
#include "services/notification/cards/card_register.h"

#include <stdlib.h>

#include "common/edge/crypto_auth.h"
#include "common/wire/wire.h"
#include "services/ledger/outcome_sql.h"

enum { PAGE_ROWS = 1000, PAGE_BYTES_MAX = 32 * 1024 * 1024 };

struct card_code card_code_signed(const struct crypto *crypto, uint32_t number) {
    const uint8_t bytes[] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
    const struct slice part = slice_of(bytes, sizeof bytes);
    return (struct card_code){.number = number, .proof = card_proof(crypto_keyed_id(crypto, "card", &part, 1))};
}

bool card_code_is_ours(const struct crypto *crypto, struct card_code code) {
    const struct card_code right = card_code_signed(crypto, code.number);
    return crypto_same(&right.proof, &code.proof, sizeof code.proof);
}

struct err card_agreement_find(struct pg *pg, struct arena *arena, struct slice agreement_id, struct card_agreement *ret_agreement) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_text(p, agreement_id);
    TRY(pg_run(pg, arena, "SELECT agreement_no, payer_name FROM ledger.agreement WHERE agreement_id = $1 AND agreement_no > 0", p, &rows));
    *ret_agreement = (struct card_agreement){.payer_name = slice_text("")};
    if (rows.count == 1) *ret_agreement = (struct card_agreement){.agreement_no = pg_int4(&rows, 0, 0), .payer_name = pg_bytes(&rows, 0, 1)};
    return OK;
}

/* ---- a row becomes a card ---- */

/* The columns of every statement here that makes cards. JAKON enrols projects: there is nobody to give a card to. */
#define CARD_COLUMNS_SQL                                                                                                                                              \
    "e.place, e.application_id, e.segment, e.programmes, e.start_month, e.end_month, e.state, r.record, coalesce(c.card_no, 0), coalesce(s.number, 0),"                \
    " coalesce(s.state, ''), coalesce(k.kpj, '')"
#define CARD_JOINS_SQL                                                                                                                                                \
    " LEFT JOIN ledger.registry r ON r.agreement_no = e.agreement_no AND r.place = e.place"                                                                           \
    " LEFT JOIN LATERAL (SELECT v.number, v.state FROM notice.card_event v WHERE v.card_no = c.card_no ORDER BY v.number DESC LIMIT 1) s ON true"                    \
    " LEFT JOIN notice.member_number k ON k.person_token = e.person_token"
enum { COLUMN_PLACE, COLUMN_APPLICATION, COLUMN_SEGMENT, COLUMN_PROGRAMMES, COLUMN_START, COLUMN_END, COLUMN_COVER, COLUMN_RECORD, COLUMN_NUMBER, COLUMN_CHANGES, COLUMN_STATE, COLUMN_KPJ, COLUMNS };

static bool is_within(const struct card_filter *filter, uint32_t region, uint32_t village) {
    if (filter == NULL || filter->region == 0) return true;
    return region_holds(filter->region, region) && (filter->village == 0 || filter->village == village);
}

enum opened { OPENED, NOBODY /* forgotten, or the seal does not open */, ELSEWHERE /* not within the filter: the seal stays closed */ };

/* Village and birth date out of the record, the name out of its seal. */
static struct err open_person(const struct card_register *reg, const struct card_filter *filter, struct arena *page, struct slice record, struct arena *arena, struct card *card, enum opened *ret_opened) {
    struct submitted submitted;
    struct person person;
    *ret_opened = NOBODY;
    if (record.size == 0) return OK;
    if (!wire_decode_submitted(page, record, &submitted)) return ERR(FATAL, "a record of ledger.registry can't be read: restore its row");
    const struct application *application = &submitted.application;
    *ret_opened = ELSEWHERE;
    if (!is_within(filter, application->ktp_region, application->ktp_village)) return OK;
    *ret_opened = NOBODY;
    const struct err err = crypto_unseal(reg->crypto, page, application->sealed_person, application->seal_key_id, application->application_id, &person);
    if (err.fate == FATE_PARK) return OK;
    TRY(err);
    card->name = arena_copy(arena, person.name);
    explicit_bzero(&person, sizeof person);
    card->birth_date = application->birth_date;
    card->region = application->ktp_region;
    card->village = application->ktp_village;
    *ret_opened = OPENED;
    return OK;
}

static void name_places(const struct card_places *places, struct card *card) {
    card->district_name = region_name(places->regions, card->region);
    card->village_name = village_name(places->villages, card->region, card->village);
}

static void give_number(const struct crypto *crypto, uint32_t number, struct slice kpj, struct card *card) {
    if (number > 0) card->code = card_code_signed(crypto, number);
    card->is_simulated = kpj.size == 0;
    if (kpj.size > 0) CHECK(kpj_parse(kpj, card->kpj)); /* the table holds it so */
    else if (number > 0) card_simulated_number(number, card->kpj);
}

static struct err read_card(const struct card_register *reg, const struct card_filter *filter, const struct pg_rows *rows, size_t i, struct arena *page, struct arena *arena, struct slice payer_name,
                            struct card *ret_card, enum opened *ret_opened) {
    struct card card = {
        .place = pg_int8(rows, i, COLUMN_PLACE), .segment = (enum segment)pg_int2(rows, i, COLUMN_SEGMENT), .programmes = (programme_set)pg_int2(rows, i, COLUMN_PROGRAMMES),
        .start_month = pg_int4(rows, i, COLUMN_START), .end_month = pg_int4(rows, i, COLUMN_END), .cover = pg_int2(rows, i, COLUMN_COVER), .changes = pg_int4(rows, i, COLUMN_CHANGES), .payer_name = payer_name};
    const struct slice application = pg_bytes(rows, i, COLUMN_APPLICATION);
    CHECK(application.size == ID_BYTES);
    memcpy(card.application_id.bytes, application.bytes, ID_BYTES);
    (void)card_state_parse(pg_bytes(rows, i, COLUMN_STATE), &card.state); /* empty: none */
    give_number(reg->crypto, (uint32_t)pg_int4(rows, i, COLUMN_NUMBER), pg_bytes(rows, i, COLUMN_KPJ), &card);
    TRY(open_person(reg, filter, page, pg_is_null(rows, i, COLUMN_RECORD) ? slice_text("") : pg_bytes(rows, i, COLUMN_RECORD), arena, &card, ret_opened));
    if (*ret_opened != OPENED) return OK;
    name_places(&reg->places, &card);
    *ret_card = card;
    return OK;
}

/* ---- cards of an agreement ---- */

/* $1 the agreement, $2 behind which place, $3 how many, $4 whose cards are in one of these states. */
static const char page_sql[] =
    "SELECT " CARD_COLUMNS_SQL " FROM ledger.enrolment e LEFT JOIN notice.card c ON c.agreement_no = e.agreement_no AND c.place = e.place" CARD_JOINS_SQL
    " WHERE e.agreement_no = $1 AND e.place > $2 AND " CARD_HOLDER_SQL " AND coalesce(s.state, '') = ANY ($4::text[])"
    " ORDER BY e.place LIMIT $3";

static size_t picked_states(enum card_pick pick, struct slice ret_states[2]) {
    static const struct { enum card_state states[2]; size_t count; } picks[] = {
        [PICK_TO_PRINT] = {{CARD_NONE, CARD_REQUESTED}, 2}, [PICK_PRINTED] = {{CARD_PRINTED, CARD_HANDED_OVER}, 2}, [PICK_TO_HAND_OVER] = {{CARD_PRINTED}, 1}};
    for (size_t i = 0; i < picks[pick].count; i++) ret_states[i] = slice_text(card_state_name(picks[pick].states[i]));
    return picks[pick].count;
}

static struct err read_page(const struct card_register *reg, const struct card_filter *filter, struct arena *page, struct arena *arena, int64_t *after, struct card_list *list, size_t *ret_rows) {
    struct pg_parameters *p = pg_parameters(page);
    struct pg_rows rows;
    struct slice states[2];
    const size_t state_count = picked_states(filter->pick, states);
    pg_add_int4(p, filter->agreement_no);
    pg_add_int8(p, *after);
    pg_add_int4(p, PAGE_ROWS);
    pg_add_text_array(p, states, state_count);
    TRY(pg_run(reg->pg, page, page_sql, p, &rows));
    for (size_t i = 0; i < rows.count; i++) {
        struct card card;
        enum opened opened;
        TRY(read_card(reg, filter, &rows, i, page, arena, filter->payer_name, &card, &opened));
        list->without_person += opened == NOBODY;
        if (opened != OPENED) continue;
        list->too_many = list->count == CARDS_AT_ONCE_MAX;
        if (list->too_many) return OK;
        list->cards[list->count++] = card;
    }
    *ret_rows = rows.count;
    if (rows.count > 0) *after = pg_int8(&rows, rows.count - 1, COLUMN_PLACE);
    return OK;
}

struct err card_register_read(const struct card_register *reg, const struct card_filter *filter, struct arena *arena, struct card_list *ret_list) {
    struct card_list list = {.cards = arena_take(arena, CARDS_AT_ONCE_MAX * sizeof *list.cards)};
    struct arena *page = arena_create(PAGE_BYTES_MAX);
    struct err err = OK;
    int64_t after = 0;
    for (size_t rows = PAGE_ROWS; rows == PAGE_ROWS && !list.too_many && !failed(&err);) {
        arena_reset(page);
        err = read_page(reg, filter, page, arena, &after, &list, &rows);
    }
    arena_destroy(page);
    TRY(err);
    if (list.count > 0) qsort(list.cards, list.count, sizeof *list.cards, card_compare);
    *ret_list = list;
    return OK;
}

/* ---- what happens to cards ---- */

/* Somebody else may ask for the same card at this moment: one of the two makes it. */
static const char request_sql[] =
    "WITH made AS (INSERT INTO notice.card (agreement_no, place, region, village) SELECT $1, u.place, u.region, u.village FROM unnest($2, $3, $4) AS u (place, region, village)"
    " ON CONFLICT (agreement_no, place) DO NOTHING RETURNING card_no)"
    " INSERT INTO notice.card_event (card_no, number, state, actor) SELECT card_no, 1, 'requested', $5 FROM made";
static const char numbers_sql[] = "SELECT c.card_no, s.number, s.state FROM unnest($2) WITH ORDINALITY AS u (place, n) JOIN notice.card c ON c.agreement_no = $1 AND c.place = u.place"
                                  " CROSS JOIN LATERAL (SELECT v.number, v.state FROM notice.card_event v WHERE v.card_no = c.card_no ORDER BY v.number DESC LIMIT 1) s ORDER BY u.n";

static struct err take_numbers(const struct card_register *reg, struct arena *arena, int32_t agreement_no, const int64_t *places, struct card *const *cards, size_t count) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, agreement_no);
    pg_add_int8_array(p, places, count);
    TRY(pg_run(reg->pg, arena, numbers_sql, p, &rows));
    if (rows.count != count) return ERR(FATAL, "%zu cards were asked for, %zu are there", count, rows.count);
    for (size_t i = 0; i < count; i++) {
        struct card *card = cards[i];
        const struct slice kpj = card->is_simulated ? slice_text("") : slice_text(card->kpj);
        card->changes = pg_int4(&rows, i, 1);
        CHECK(card_state_parse(pg_bytes(&rows, i, 2), &card->state));
        give_number(reg->crypto, (uint32_t)pg_int4(&rows, i, 0), arena_copy(arena, kpj), card);
    }
    return OK;
}

struct err card_register_request(const struct card_register *reg, struct arena *arena, int32_t agreement_no, struct card *cards, size_t count) {
    int64_t *places = arena_take(arena, (count + 1) * sizeof *places);
    int32_t *regions = arena_take(arena, (count + 1) * sizeof *regions), *villages = arena_take(arena, (count + 1) * sizeof *villages);
    struct card **fresh = arena_take(arena, (count + 1) * sizeof *fresh);
    size_t fresh_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (cards[i].code.number > 0) continue;
        places[fresh_count] = cards[i].place;
        regions[fresh_count] = (int32_t)cards[i].region;
        villages[fresh_count] = (int32_t)cards[i].village;
        fresh[fresh_count++] = &cards[i];
    }
    if (fresh_count == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, agreement_no);
    pg_add_int8_array(p, places, fresh_count);
    pg_add_int4_array(p, regions, fresh_count);
    pg_add_int4_array(p, villages, fresh_count);
    pg_add_text(p, slice_text(reg->actor));
    TRY(pg_run(reg->pg, arena, request_sql, p, NULL));
    return take_numbers(reg, arena, agreement_no, places, fresh, fresh_count);
}

/* Of cards that still are as they were read; the primary key holds even against who notes at this very moment. */
static const char note_sql[] =
    "INSERT INTO notice.card_event (card_no, number, state, actor, officer, venue, day, note) SELECT u.card_no, u.changes + 1, $3, $4, $5, $6, $7, $8 FROM unnest($1, $2) AS u (card_no, changes)"
    " WHERE u.changes = (SELECT max(v.number) FROM notice.card_event v WHERE v.card_no = u.card_no)";

struct err card_register_note(const struct card_register *reg, struct arena *arena, const struct card *cards, size_t count, const struct card_note *note, bool *ret_noted) {
    int32_t *numbers = arena_take(arena, (count + 1) * sizeof *numbers), *changes = arena_take(arena, (count + 1) * sizeof *changes);
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    CHECK(note->state == CARD_PRINTED || note->state == CARD_HANDED_OVER);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = (int32_t)cards[i].code.number;
        changes[i] = cards[i].changes;
    }
    pg_add_int4_array(p, numbers, count);
    pg_add_int4_array(p, changes, count);
    pg_add_text(p, slice_text(card_state_name(note->state)));
    pg_add_text(p, slice_text(reg->actor));
    pg_add_text(p, note->officer);
    pg_add_text(p, note->venue);
    pg_add_date(p, note->day);
    pg_add_text(p, note->note);
    *ret_noted = false;
    TRY(pg_begin(reg->pg));
    const struct err err = pg_run(reg->pg, arena, note_sql, p, &rows);
    if (failed(&err) || rows.affected != (int64_t)count) pg_rollback(reg->pg);
    if (failed(&err)) return pg_is_unique_violation(&err) ? OK : err;
    if (rows.affected != (int64_t)count) return OK;
    TRY(pg_commit(reg->pg));
    *ret_noted = true;
    return OK;
}

/* ---- one card ---- */

static struct err read_single(const struct card_register *reg, struct arena *arena, const struct pg_rows *rows, bool *ret_found, struct card *ret_card) {
    *ret_found = false;
    if (rows->count == 0) return OK;
    enum opened opened;
    TRY(read_card(reg, NULL, rows, 0, arena, arena, pg_bytes(rows, 0, COLUMNS), ret_card, &opened));
    *ret_found = opened == OPENED;
    return OK;
}

/* The attempt that enrolled the application: the last one that was accepted. */
static const char by_application_sql[] =
    "SELECT " CARD_COLUMNS_SQL ", a.payer_name, a.agreement_id, a.agreement_no FROM (SELECT o.agreement_no, o.place FROM ledger.outcome o WHERE o.application_id = $1"
    " AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " AND o.status = 1 ORDER BY o.attempt DESC LIMIT 1) o JOIN ledger.enrolment e ON e.agreement_no = o.agreement_no AND e.place = o.place"
    " JOIN ledger.agreement a ON a.agreement_no = e.agreement_no LEFT JOIN notice.card c ON c.agreement_no = e.agreement_no AND c.place = e.place" CARD_JOINS_SQL " WHERE " CARD_PERSON_SQL;
static const char by_number_sql[] =
    "SELECT " CARD_COLUMNS_SQL ", a.payer_name FROM notice.card c JOIN ledger.enrolment e ON e.agreement_no = c.agreement_no AND e.place = c.place"
    " JOIN ledger.agreement a ON a.agreement_no = e.agreement_no" CARD_JOINS_SQL " WHERE c.card_no = $1 AND " CARD_PERSON_SQL;

struct err card_register_of_application(const struct card_register *reg, struct arena *arena, struct id application_id, bool *ret_found, struct card *ret_card, int32_t *ret_agreement_no,
                                        struct slice *ret_agreement_id) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_bytea(p, slice_of(application_id.bytes, ID_BYTES));
    TRY(pg_run(reg->pg, arena, by_application_sql, p, &rows));
    TRY(read_single(reg, arena, &rows, ret_found, ret_card));
    if (!*ret_found) return OK;
    *ret_agreement_id = pg_bytes(&rows, 0, COLUMNS + 1);
    *ret_agreement_no = pg_int4(&rows, 0, COLUMNS + 2);
    return OK;
}

struct err card_register_of_number(const struct card_register *reg, struct arena *arena, uint32_t number, bool *ret_found, struct card *ret_card) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, (int32_t)number);
    TRY(pg_run(reg->pg, arena, by_number_sql, p, &rows));
    return read_single(reg, arena, &rows, ret_found, ret_card);
}

/* ---- cards without persons ---- */

static const char rows_sql[] =
    "SELECT c.card_no, s.state, s.number, e.application_id, c.region, c.village, s.at, s.actor, s.officer, s.venue, s.day FROM notice.card c"
    " JOIN ledger.enrolment e ON e.agreement_no = c.agreement_no AND e.place = c.place"
    " CROSS JOIN LATERAL (SELECT v.* FROM notice.card_event v WHERE v.card_no = c.card_no ORDER BY v.number DESC LIMIT 1) s"
    " WHERE c.agreement_no = $1 AND ($2 = '' OR s.state = $2) AND ($3 = 0 OR c.region / $5 = $3 / $5) AND ($4 = 0 OR c.village = $4) ORDER BY c.region, c.village, c.card_no LIMIT 50001";
_Static_assert(CARDS_AT_ONCE_MAX + 1 == 50001, "the limit of the statement");

static struct card_row row_of(const struct crypto *crypto, const struct pg_rows *rows, size_t i) {
    struct card_row row = {.code = card_code_signed(crypto, (uint32_t)pg_int4(rows, i, 0)), .changes = pg_int4(rows, i, 2), .region = (uint32_t)pg_int4(rows, i, 4), .village = (uint32_t)pg_int4(rows, i, 5),
                           .at_ms = pg_timestamp_ms(rows, i, 6), .actor = pg_bytes(rows, i, 7), .officer = pg_bytes(rows, i, 8), .venue = pg_bytes(rows, i, 9), .day = pg_date(rows, i, 10)};
    CHECK(card_state_parse(pg_bytes(rows, i, 1), &row.state) && pg_bytes(rows, i, 3).size == ID_BYTES);
    memcpy(row.application_id.bytes, pg_bytes(rows, i, 3).bytes, ID_BYTES);
    return row;
}

struct err card_rows_read(const struct card_register *reg, const struct card_filter *filter, enum card_state state, struct arena *arena, struct card_row **ret_rows, size_t *ret_count,
                          bool *ret_too_many) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, filter->agreement_no);
    pg_add_text(p, slice_text(card_state_name(state)));
    pg_add_int4(p, (int32_t)filter->region);
    pg_add_int4(p, (int32_t)filter->village);
    pg_add_int4(p, (int32_t)region_unit(filter->region));
    TRY(pg_run(reg->pg, arena, rows_sql, p, &rows));
    *ret_too_many = rows.count > CARDS_AT_ONCE_MAX;
    *ret_count = *ret_too_many ? 0 : rows.count;
    *ret_rows = arena_take(arena, (rows.count + 1) * sizeof **ret_rows);
    for (size_t i = 0; i < *ret_count; i++) (*ret_rows)[i] = row_of(reg->crypto, &rows, i);
    return OK;
}
