/* Recomputes the cover calendar: accepted outcomes and released months, sorted by person and time, beside the rows of ledger.cover. Whoever holds a month must have an outcome
 * for it, every accepted outcome must hold its months but those that were released, and no month of a programme has two holders at a time. A person is shown by the first bytes of the token only. */
#include <stdio.h>
#include <stdlib.h>

#include "services/ledger/canonical.h"
#include "services/ledger/verify_parts.h"

enum { HOLDERS_MAX = 4096, HOLDER_NUMBERS = 1 + LEDGER_PROGRAMMES };

struct held { /* one year of one person and segment, as one agreement pays it */
    int32_t year, agreement_no;
    uint16_t months[LEDGER_PROGRAMMES];
};

struct held_list {
    struct held items[HOLDERS_MAX];
    size_t count;
};

struct person_key {
    uint8_t token[TOKEN_BYTES];
    int16_t segment;
};

struct cover_walk {
    struct verify_report *report;
    struct verify_stream outcomes, covers;
    struct arena *work;
    struct held_list expected, stored;
    struct person_key key;
};

static struct person_key key_of(const struct verify_stream *stream) {
    struct person_key key = {.segment = pg_int2(&stream->rows, stream->at, 1)};
    const struct slice token = pg_bytes(&stream->rows, stream->at, 0);
    if (token.size == TOKEN_BYTES) memcpy(key.token, token.bytes, TOKEN_BYTES); /* else nobody: it will fit no outcome */
    return key;
}

static int compare_keys(const struct person_key *a, const struct person_key *b) {
    const int order = memcmp(a->token, b->token, TOKEN_BYTES);
    return order != 0 ? order : (a->segment > b->segment) - (a->segment < b->segment);
}

static bool is_at(const struct verify_stream *stream, const struct person_key *key) {
    if (stream->ended) return false;
    const struct person_key here = key_of(stream);
    return compare_keys(&here, key) == 0;
}

static void problem(struct cover_walk *walk, int32_t year, const char *format, int32_t agreement_no) {
    char where[96], text[160];
    (void)snprintf(where, sizeof where, "person %02x%02x%02x%02x... segment %s year %d", walk->key.token[0], walk->key.token[1], walk->key.token[2], walk->key.token[3],
                   walk->key.segment >= SEGMENT_BPU && walk->key.segment <= SEGMENT_PMI ? segment_name((enum segment)walk->key.segment) : "?", year); /* fits */
    (void)snprintf(text, sizeof text, "%s (agreement number %d)", format, agreement_no); /* a cut sentence is still one */
    verify_problem(walk->report, "cover", "", where, "%s", text);
}

/* Adds months of a holder; false when somebody holds one of them already. */
static bool hold(struct cover_walk *walk, struct held_list *list, int32_t year, int32_t agreement_no, const uint16_t months[LEDGER_PROGRAMMES]) {
    bool single = true;
    struct held *own = NULL;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].year != year) continue;
        for (int k = 0; k < LEDGER_PROGRAMMES; k++) single = single && (list->items[i].months[k] & months[k]) == 0;
        if (list->items[i].agreement_no == agreement_no) own = &list->items[i];
    }
    if (own == NULL && list->count == HOLDERS_MAX) {
        problem(walk, year, "more holders than can be checked", agreement_no);
        return true;
    }
    if (own == NULL) {
        own = &list->items[list->count++];
        *own = (struct held){.year = year, .agreement_no = agreement_no};
    }
    for (int k = 0; k < LEDGER_PROGRAMMES; k++) own->months[k] |= months[k];
    return single;
}

/* Gives months back; false when the agreement does not hold all of them. */
static bool release(struct held_list *list, int32_t year, int32_t agreement_no, const uint16_t months[LEDGER_PROGRAMMES]) {
    for (size_t i = 0; i < list->count; i++) {
        struct held *own = &list->items[i];
        if (own->year != year || own->agreement_no != agreement_no) continue;
        uint16_t rest = 0;
        for (int k = 0; k < LEDGER_PROGRAMMES; k++) {
            if ((own->months[k] & months[k]) != months[k]) return false;
            own->months[k] &= (uint16_t)~months[k];
            rest |= own->months[k];
        }
        if (rest == 0) *own = list->items[--list->count];
        return true;
    }
    return false;
}

/* Columns: person_token, segment, agreement_no, programmes, start_month, months, released. */
static struct err read_outcomes(struct cover_walk *walk) {
    for (walk->expected.count = 0; is_at(&walk->outcomes, &walk->key);) {
        const struct pg_rows *rows = &walk->outcomes.rows;
        const size_t at = walk->outcomes.at;
        const int32_t agreement_no = pg_int4(rows, at, 2), months = pg_int2(rows, at, 5);
        const month_t start = pg_int4(rows, at, 4);
        const programme_set programmes = (programme_set)pg_int2(rows, at, 3);
        const bool sane = month_is_valid(start) && months > 0 && months <= COVER_MONTHS_MAX && programmes != 0;
        if (!sane) problem(walk, 0, "an accepted outcome without months or programmes", agreement_no);
        for (int32_t i = 0; sane && i < months; i++) {
            const month_t month = month_add(start, i);
            uint16_t mask[LEDGER_PROGRAMMES];
            for (int k = 0; k < LEDGER_PROGRAMMES; k++) mask[k] = (programmes & programme_bit((enum programme)k)) != 0 ? (uint16_t)(1u << (month_number(month) - 1)) : 0;
            if (pg_bool(rows, at, 6)) {
                if (!release(&walk->expected, month_year(month), agreement_no, mask)) problem(walk, month_year(month), "months are released that are not held", agreement_no);
            } else if (!hold(walk, &walk->expected, month_year(month), agreement_no, mask)) problem(walk, month_year(month), "accepted twice for one programme and month", agreement_no);
        }
        TRY(stream_next(&walk->outcomes));
    }
    return OK;
}

static struct err read_covers(struct cover_walk *walk) {
    for (walk->stored.count = 0; is_at(&walk->covers, &walk->key);) {
        const struct pg_rows *rows = &walk->covers.rows;
        const size_t at = walk->covers.at;
        const int32_t year = pg_int2(rows, at, 2), *holders;
        int32_t whole[LEDGER_PROGRAMMES] = {0};
        walk->report->covers++;
        arena_reset(walk->work);
        const size_t size = pg_int4_array(rows, at, 7, walk->work, &holders);
        for (size_t i = 0; i + HOLDER_NUMBERS <= size; i += HOLDER_NUMBERS) {
            uint16_t months[LEDGER_PROGRAMMES];
            for (int k = 0; k < LEDGER_PROGRAMMES; k++) months[k] = (uint16_t)holders[i + 1 + (size_t)k], whole[k] |= holders[i + 1 + (size_t)k];
            if (!hold(walk, &walk->stored, year, holders[i], months)) problem(walk, year, "a month of a programme has two holders", holders[i]);
        }
        for (int k = 0; k < LEDGER_PROGRAMMES; k++)
            if (pg_int4(rows, at, 3 + k) != whole[k] || size % HOLDER_NUMBERS != 0) {
                problem(walk, year, "the calendar is not what its holders hold", size > 0 ? holders[0] : 0);
                break;
            }
        TRY(stream_next(&walk->covers));
    }
    return OK;
}

static const struct held *find(const struct held_list *list, const struct held *wanted) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].year == wanted->year && list->items[i].agreement_no == wanted->agreement_no) return &list->items[i];
    return NULL;
}

static void compare(struct cover_walk *walk) {
    for (size_t i = 0; i < walk->expected.count; i++) {
        const struct held *expected = &walk->expected.items[i], *stored = find(&walk->stored, expected);
        if (stored == NULL || memcmp(stored->months, expected->months, sizeof stored->months) != 0)
            problem(walk, expected->year, "the cover holds other months than the accepted outcomes", expected->agreement_no);
    }
    for (size_t i = 0; i < walk->stored.count; i++)
        if (find(&walk->expected, &walk->stored.items[i]) == NULL) problem(walk, walk->stored.items[i].year, "a cover without an accepted outcome", walk->stored.items[i].agreement_no);
}

static struct err walk_all(struct pg *pg, struct cover_walk *walk) {
    TRY(stream_open(pg,
                    "DECLARE accepted NO SCROLL CURSOR FOR SELECT person_token, segment, agreement_no, programmes, start_month, months, false, commit_sequence AS at FROM ledger.outcome"
                    " WHERE status = 1 AND NOT repeat UNION ALL"
                    " SELECT e.person_token, e.segment, e.agreement_no, e.programmes, l.month, l.months, true, j.commit_sequence FROM ledger.line l"
                    " JOIN ledger.journal j ON j.agreement_no = l.agreement_no AND j.seq = l.journal_seq"
                    " JOIN ledger.enrolment e ON e.agreement_no = l.agreement_no AND e.place = l.place WHERE l.kind = 12 ORDER BY 1, 2, 8, 7",
                    "FETCH 8192 FROM accepted", &walk->outcomes));
    TRY(stream_open(pg,
                    "DECLARE covers NO SCROLL CURSOR FOR SELECT person_token, segment, year, jkk, jkm, jht, jp, holders FROM ledger.cover"
                    " WHERE cardinality(holders) > 0 ORDER BY person_token, segment, year",
                    "FETCH 8192 FROM covers", &walk->covers));
    while (!walk->outcomes.ended || !walk->covers.ended) {
        const struct person_key outcome = walk->outcomes.ended ? (struct person_key){{0}, 0} : key_of(&walk->outcomes);
        const struct person_key cover = walk->covers.ended ? outcome : key_of(&walk->covers);
        walk->key = walk->outcomes.ended || compare_keys(&cover, &outcome) < 0 ? cover : outcome;
        TRY(read_outcomes(walk));
        TRY(read_covers(walk));
        compare(walk);
    }
    return OK;
}

struct err verify_cover(struct pg *pg, struct verify_report *report) {
    enum { WORK_BYTES_MAX = 1024 * 1024 };
    struct cover_walk *walk = calloc(1, sizeof *walk);
    CHECK(walk != NULL);
    walk->report = report;
    walk->work = arena_create(WORK_BYTES_MAX);
    struct err err = walk_all(pg, walk);
    stream_close(&walk->outcomes);
    stream_close(&walk->covers);
    arena_destroy(walk->work);
    free(walk);
    return err;
}
