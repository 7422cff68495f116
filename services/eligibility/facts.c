/* Fetches agreements and covers, and turns month masks into the runs of months that the rules ask about. It must never write, and never ask per row. */
#include "services/eligibility/facts.h"

#include <stdlib.h>

enum { HOLDER_NUMBERS = 5, MONTHS_A_YEAR = 12, RUNS_A_YEAR_MAX = 6 * 4 };

struct facts_source {
    struct pg *pg;
    struct agreement_cache *agreements;
    const struct occupation_table *occupations;
};

struct err facts_open(const char *pg_url, const struct occupation_table *occupations, struct facts_source **ret_source) {
    struct pg *pg;
    TRY(pg_open(pg_url, "payung-eligibility", &pg));
    struct facts_source *source = calloc(1, sizeof *source);
    CHECK(source != NULL);
    source->pg = pg;
    source->agreements = agreement_cache_create();
    source->occupations = occupations;
    *ret_source = source;
    return OK;
}

void facts_close(struct facts_source *source) {
    if (source == NULL) return;
    pg_close(source->pg);
    agreement_cache_destroy(source->agreements);
    free(source);
}

struct pg *facts_session(struct facts_source *source) { return source->pg; }

/* Splits each cover row into its holders; rows come by person. */
static struct err keep_covers(struct facts_source *source, struct arena *arena, const struct pg_rows *rows, struct batch_facts *facts) {
    const int32_t **holders = arena_take(arena, (rows->count + 1) * sizeof(int32_t *));
    size_t *sizes = arena_take(arena, (rows->count + 1) * sizeof *sizes), total = 0, count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        sizes[i] = pg_int4_array(rows, i, 3, arena, &holders[i]) / HOLDER_NUMBERS;
        total += sizes[i];
    }
    int32_t *numbers = arena_take(arena, (total + 1) * sizeof *numbers);
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < sizes[i]; k++) numbers[count++] = holders[i][k * HOLDER_NUMBERS];
    TRY(agreement_cache_fetch(source->agreements, source->pg, arena, NULL, 0, numbers, total));

    struct held_year *held = arena_zero(arena, total + 1, sizeof *held);
    count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct slice token = pg_bytes(rows, i, 0);
        CHECK(token.size == TOKEN_BYTES);
        for (size_t k = 0; k < sizes[i]; k++, count++) {
            const int32_t *holder = holders[i] + k * HOLDER_NUMBERS;
            memcpy(held[count].person.bytes, token.bytes, TOKEN_BYTES);
            held[count].segment = (enum segment)pg_int2(rows, i, 1);
            held[count].year = pg_int2(rows, i, 2);
            held[count].agreement_no = holder[0];
            held[count].agreement = agreement_by_number(source->agreements, holder[0]);
            for (int programme = 0; programme < 4; programme++) held[count].months[programme] = (uint16_t)holder[1 + programme];
        }
    }
    facts->held = held;
    facts->held_count = count;
    return OK;
}

struct err facts_fetch(struct facts_source *source, const struct stage_batch *batch, struct batch_facts **ret_facts) {
    struct arena *arena = batch->arena;
    static const struct person_token nobody;
    struct slice *ids = arena_take(arena, (batch->count + 1) * sizeof *ids), *persons = arena_take(arena, (batch->count + 1) * sizeof *persons);
    size_t id_count = 0, person_count = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct submitted *submitted = batch->items[i].in;
        if (submitted == NULL || batch->items[i].parked != CODE_NONE) continue;
        ids[id_count++] = submitted->application.agreement_id;
        if (memcmp(submitted->application.person.bytes, nobody.bytes, TOKEN_BYTES) != 0)
            persons[person_count++] = slice_of(submitted->application.person.bytes, TOKEN_BYTES);
    }
    struct batch_facts *facts = arena_zero(arena, 1, sizeof *facts);
    facts->agreements = source->agreements;
    facts->occupations = source->occupations;
    TRY(agreement_cache_fetch(source->agreements, source->pg, arena, ids, id_count, NULL, 0));
    if (person_count > 0) {
        struct pg_parameters *p = pg_parameters(arena);
        pg_add_bytea_array(p, persons, person_count);
        struct pg_rows rows;
        TRY(pg_run(source->pg, arena, "SELECT person_token, segment, year, holders FROM ledger.cover WHERE person_token = ANY ($1) ORDER BY person_token", p, &rows));
        TRY(keep_covers(source, arena, &rows, facts));
    }
    *ret_facts = facts;
    return OK;
}

/* The first held year of a person, or one behind the last. */
static size_t first_of(const struct batch_facts *facts, struct person_token person) {
    size_t low = 0, high = facts->held_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (memcmp(facts->held[middle].person.bytes, person.bytes, TOKEN_BYTES) < 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* A mask of months as runs: 0b111 in 2026 is January 2026, 3 months. */
static size_t add_runs(const struct held_year *held, enum programme programme, bool same_payer, struct active_cover *ret_covers) {
    size_t count = 0;
    const uint16_t mask = held->months[programme];
    for (int month = 0; month < MONTHS_A_YEAR; month++) {
        if ((mask >> month & 1u) == 0) continue;
        if (month > 0 && (mask >> (month - 1) & 1u) != 0) ret_covers[count - 1].months++;
        else
            ret_covers[count++] = (struct active_cover){.segment = held->segment, .programme = programme, .agreement_no = held->agreement_no, .same_payer = same_payer,
                                                        .from = held->year * 100 + month + 1, .months = 1};
    }
    return count;
}

static bool is_same_payer(const struct agreement *asking, const struct held_year *held) {
    if (asking == NULL) return false;
    return asking->number == held->agreement_no || (held->agreement != NULL && agreement_same_payer(asking, held->agreement));
}

void facts_of(const struct batch_facts *facts, struct arena *arena, const struct application *application, const struct agreement *agreement,
              struct eligibility_facts *ret_facts) {
    const size_t first = first_of(facts, application->person);
    size_t behind = first;
    while (behind < facts->held_count && memcmp(facts->held[behind].person.bytes, application->person.bytes, TOKEN_BYTES) == 0) behind++;
    struct active_cover *covers = behind > first ? arena_take(arena, (behind - first) * RUNS_A_YEAR_MAX * sizeof *covers) : NULL;
    size_t count = 0;
    for (size_t i = first; i < behind; i++)
        for (int programme = 0; programme < 4; programme++)
            count += add_runs(&facts->held[i], (enum programme)programme, is_same_payer(agreement, &facts->held[i]), covers + count);
    *ret_facts = (struct eligibility_facts){.occupations = facts->occupations, .covers = covers, .cover_count = count};
}
