/* Reads rows of ledger.agreement into struct agreement and remembers them in two chained tables, by id and by number. It never writes. */
#include "services/ledger/agreement_store.h"

#include <stdlib.h>

enum { HEADS = 1024, CACHE_BYTES_MAX = 256 * 1024 * 1024, OCCUPATIONS_MAX = 1024 };

struct cached {
    struct agreement agreement;
    struct cached *same_id_hash, *same_number_hash;
};

struct agreement_cache {
    struct arena *arena;
    struct cached *by_id[HEADS];
    struct cached *by_number[HEADS];
};

struct agreement_cache *agreement_cache_create(void) {
    struct agreement_cache *cache = calloc(1, sizeof *cache);
    CHECK(cache != NULL);
    cache->arena = arena_create(CACHE_BYTES_MAX);
    return cache;
}

void agreement_cache_destroy(struct agreement_cache *cache) {
    if (cache == NULL) return;
    arena_destroy(cache->arena);
    free(cache);
}

static size_t id_head(struct slice id) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < id.size; i++) hash = (hash ^ id.bytes[i]) * 16777619u;
    return hash % HEADS;
}

const struct agreement *agreement_by_id(const struct agreement_cache *cache, struct slice id) {
    for (const struct cached *cached = cache->by_id[id_head(id)]; cached != NULL; cached = cached->same_id_hash)
        if (slice_equal(cached->agreement.id, id)) return &cached->agreement;
    return NULL;
}

const struct agreement *agreement_by_number(const struct agreement_cache *cache, int32_t number) {
    if (number <= 0) return NULL;
    for (const struct cached *cached = cache->by_number[number % HEADS]; cached != NULL; cached = cached->same_number_hash)
        if (cached->agreement.number == number) return &cached->agreement;
    return NULL;
}

/* Columns in the order of the statement below. */
static void keep(struct agreement_cache *cache, struct arena *arena, const struct pg_rows *rows, size_t row) {
    if (agreement_by_number(cache, pg_int4(rows, row, 0)) != NULL) return;
    struct cached *cached = arena_zero(cache->arena, 1, sizeof *cached);
    struct agreement *agreement = &cached->agreement;
    *agreement = (struct agreement){
        .number = pg_int4(rows, row, 0),
        .id = arena_copy(cache->arena, pg_bytes(rows, row, 1)),
        .payer_kind = arena_copy(cache->arena, pg_bytes(rows, row, 2)),
        .payer_name = arena_copy(cache->arena, pg_bytes(rows, row, 3)),
        .payer_region = (uint32_t)pg_int4(rows, row, 4),
        .funds = (enum funds)pg_int2(rows, row, 5),
        .has_legal_basis = pg_bool(rows, row, 6),
        .period_from = pg_date(rows, row, 7),
        .period_to = pg_date(rows, row, 8),
        .months = (uint32_t)pg_int2(rows, row, 9),
        .first_month = day_month(pg_date(rows, row, 7)),
        .registration_date = pg_date(rows, row, 10),
        .pagu = pg_int8(rows, row, 15),
        .quota = pg_int8(rows, row, 16),
        .partition_realtime = pg_int4(rows, row, 17),
        .partition_bulk = pg_int4(rows, row, 18),
        .min_age = pg_int2(rows, row, 19),
        .age_limit = pg_int2(rows, row, 20),
    };
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++) agreement->programmes[segment] = (programme_set)pg_int2(rows, row, 11 + segment - SEGMENT_BPU);
    agreement->data_source = (enum data_source)pg_int2(rows, row, 22);
    agreement->data_source_date = pg_date(rows, row, 23);
    agreement->desil_max = pg_int2(rows, row, 24);
    agreement->exclude_active = pg_bool(rows, row, 25);
    agreement->region_scope = (enum region_scope)pg_int2(rows, row, 26);
    agreement->parent = arena_copy(cache->arena, pg_bytes(rows, row, 27));
    struct slice rest = pg_bytes(rows, row, 21); /* occupation codes, one a line: codes hold no line feed */
    struct slice *occupations = arena_take(arena, OCCUPATIONS_MAX * sizeof *occupations);
    while (rest.size > 0 && agreement->occupation_count < OCCUPATIONS_MAX) {
        const uint8_t *end = memchr(rest.bytes, '\n', rest.size);
        const size_t size = end != NULL ? (size_t)(end - rest.bytes) : rest.size;
        occupations[agreement->occupation_count++] = arena_copy(cache->arena, slice_of(rest.bytes, size));
        rest = slice_of(rest.bytes + size + (end != NULL), rest.size - size - (end != NULL));
    }
    if (agreement->occupation_count > 0) {
        struct slice *kept = arena_take(cache->arena, agreement->occupation_count * sizeof *kept);
        memcpy(kept, occupations, agreement->occupation_count * sizeof *kept);
        agreement->occupations = kept;
    }
    cached->same_id_hash = cache->by_id[id_head(agreement->id)];
    cache->by_id[id_head(agreement->id)] = cached;
    cached->same_number_hash = cache->by_number[agreement->number % HEADS];
    cache->by_number[agreement->number % HEADS] = cached;
}

/* What the table's own rule allows. Anything else can't be there, and asking with it could be refused for its bytes and stop a whole batch. */
static bool is_possible_id(struct slice id) {
    if (id.size == 0 || id.size > 63) return false;
    for (size_t i = 0; i < id.size; i++) {
        const uint8_t byte = id.bytes[i];
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (!plain && (i == 0 || (byte != '.' && byte != '_' && byte != '-'))) return false;
    }
    return true;
}

struct err agreement_cache_fetch(struct agreement_cache *cache, struct pg *pg, struct arena *arena, const struct slice *ids, size_t id_count,
                                 const int32_t *numbers, size_t number_count) {
    struct slice *unknown_ids = arena_take(arena, (id_count + 1) * sizeof *unknown_ids);
    int32_t *unknown_numbers = arena_take(arena, (number_count + 1) * sizeof *unknown_numbers);
    size_t unknown_id_count = 0, unknown_number_count = 0;
    for (size_t i = 0; i < id_count; i++) {
        const bool again = unknown_id_count > 0 && slice_equal(unknown_ids[unknown_id_count - 1], ids[i]); /* lists repeat one id; others may repeat in the query */
        if (is_possible_id(ids[i]) && !again && agreement_by_id(cache, ids[i]) == NULL) unknown_ids[unknown_id_count++] = ids[i];
    }
    for (size_t i = 0; i < number_count; i++) {
        const bool again = unknown_number_count > 0 && unknown_numbers[unknown_number_count - 1] == numbers[i];
        if (numbers[i] > 0 && !again && agreement_by_number(cache, numbers[i]) == NULL) unknown_numbers[unknown_number_count++] = numbers[i];
    }
    if (unknown_id_count == 0 && unknown_number_count == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text_array(p, unknown_ids, unknown_id_count);
    pg_add_int4_array(p, unknown_numbers, unknown_number_count);
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT a.agreement_no, a.agreement_id, a.payer_kind, a.payer_name, a.payer_region, a.funds, a.has_legal_basis, a.period_from, a.period_to, a.months,"
               " a.registration_date, a.programmes_bpu, a.programmes_pu, a.programmes_jakon, a.programmes_pmi, b.pagu, b.quota, a.partition_realtime,"
               " a.partition_bulk, a.min_age, a.age_limit, array_to_string(a.occupations, E'\\n'), a.data_source, a.data_source_date, a.desil_max, a.exclude_active,"
               " a.region_scope, coalesce(a.parent, '')"
               " FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no)"
               " WHERE a.agreement_no > 0 AND (a.agreement_id = ANY ($1) OR a.agreement_no = ANY ($2))",
               p, &rows));
    for (size_t i = 0; i < rows.count; i++) keep(cache, arena, &rows, i);
    return OK;
}
