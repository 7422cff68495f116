/* Facts from our own ledger: the covers that the batch's persons have already, in one round trip, or two when a payer is met for the first time. It must never write,
 * and never ask per row. */
#include "services/eligibility/facts_adapter.h"

enum { HOLDER_NUMBERS = 5 };

/* Splits each cover row into its holders; rows come by person. */
static struct err keep_covers(const struct facts_stores *stores, struct arena *arena, const struct pg_rows *rows, struct batch_facts *facts) {
    const int32_t **holders = arena_take(arena, (rows->count + 1) * sizeof(int32_t *));
    size_t *sizes = arena_take(arena, (rows->count + 1) * sizeof *sizes), total = 0, count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        sizes[i] = pg_int4_array(rows, i, 3, arena, &holders[i]) / HOLDER_NUMBERS;
        total += sizes[i];
    }
    int32_t *numbers = arena_take(arena, (total + 1) * sizeof *numbers);
    for (size_t i = 0; i < rows->count; i++)
        for (size_t k = 0; k < sizes[i]; k++) numbers[count++] = holders[i][k * HOLDER_NUMBERS];
    TRY(agreement_cache_fetch(stores->agreements, stores->pg, arena, NULL, 0, numbers, total));

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
            held[count].agreement = agreement_by_number(stores->agreements, holder[0]);
            for (int programme = 0; programme < 4; programme++) held[count].months[programme] = (uint16_t)holder[1 + programme];
        }
    }
    facts->held = held;
    facts->held_count = count;
    return OK;
}

/* The source of the facts owns the session. */
static struct err open_ledger(const struct facts_options *options, const struct facts_stores *stores, void **ret_self) {
    (void)options;
    *ret_self = stores->pg;
    return OK;
}

/* The years that the batch asks about: covers are stored by year, and those of other years refuse nobody. */
static void years_of(const struct facts_asking *asking, int16_t *ret_first, int16_t *ret_last) {
    int32_t first = INT16_MAX, last = 0;
    for (size_t i = 0; i < asking->batch->count; i++) {
        const struct submitted *submitted = asking->batch->items[i].in;
        if (submitted == NULL) continue;
        const struct application *application = &submitted->application;
        const struct agreement *agreement = agreement_by_id(asking->stores->agreements, application->agreement_id);
        const month_t start = application->start_month != 0 ? application->start_month : agreement != NULL ? agreement->first_month : 0;
        const uint32_t months = application->months != 0 ? application->months : agreement != NULL ? agreement->months : 0;
        if (start == 0 || months == 0 || months > COVER_MONTHS_MAX) continue; /* refused for another reason */
        const month_t end = month_distance(start, MONTH_OPEN) >= (int32_t)months - 1 ? month_add(start, (int32_t)months - 1) : MONTH_OPEN;
        if (month_year(start) < first) first = month_year(start);
        if (month_year(end) > last) last = month_year(end);
    }
    *ret_first = (int16_t)first;
    *ret_last = (int16_t)last;
}

static struct err fetch_covers(void *self, const struct facts_asking *asking, struct batch_facts *facts) {
    struct arena *arena = asking->batch->arena;
    if (asking->person_count == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    int16_t first_year, last_year;
    years_of(asking, &first_year, &last_year);
    pg_add_bytea_array(p, asking->persons, asking->person_count);
    pg_add_int2(p, first_year);
    pg_add_int2(p, last_year);
    struct pg_rows rows;
    TRY(pg_run(self, arena,
               "SELECT person_token, segment, year, holders FROM ledger.cover WHERE person_token = ANY ($1) AND year BETWEEN $2 AND $3 ORDER BY person_token", p, &rows));
    return keep_covers(asking->stores, arena, &rows, facts);
}

const struct facts_adapter facts_ledger = {.name = "ledger", .open = open_ledger, .fetch = fetch_covers};
