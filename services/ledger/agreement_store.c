/* Reads rows of ledger.agreement into struct agreement and remembers them in two chained tables, by id and by number, each in one piece of memory of its own, so that an amended one
 * can be replaced alone. It never writes. */
#include "services/ledger/agreement_store.h"

#include <stdlib.h>

#include "common/edge/clock.h"

enum { HEADS = 1024, ID_BYTES_MAX = 63 };

struct cached {
    struct agreement agreement;
    int64_t looked_us; /* when it was in force as it stands here */
    uint64_t round;    /* of the fetch that last asked for it */
    size_t size;
    struct cached *same_id_hash, *same_number_hash;
    struct slice rest[]; /* lists of codes, then the texts */
};

struct agreement_cache {
    int64_t doubted_us; /* what was looked at up to then is compared again */
    struct cached *by_id[HEADS];
    struct cached *by_number[HEADS];
    size_t bytes;
    uint64_t round;
};

struct agreement_cache *agreement_cache_create(void) {
    struct agreement_cache *cache = calloc(1, sizeof *cache);
    CHECK(cache != NULL);
    return cache;
}

static void forget_all(struct agreement_cache *cache) {
    for (size_t i = 0; i < HEADS; i++) {
        while (cache->by_id[i] != NULL) {
            struct cached *gone = cache->by_id[i];
            cache->by_id[i] = gone->same_id_hash;
            free(gone);
        }
        cache->by_number[i] = NULL;
    }
    cache->bytes = 0;
}

void agreement_cache_destroy(struct agreement_cache *cache) {
    if (cache == NULL) return;
    forget_all(cache);
    free(cache);
}

static size_t id_head(struct slice id) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < id.size; i++) hash = (hash ^ id.bytes[i]) * 16777619u;
    return hash % HEADS;
}

static struct cached *cached_by_id(const struct agreement_cache *cache, struct slice id) {
    struct cached *cached = cache->by_id[id_head(id)];
    while (cached != NULL && !slice_equal(cached->agreement.id, id)) cached = cached->same_id_hash;
    return cached;
}

static struct cached *cached_by_number(const struct agreement_cache *cache, int32_t number) {
    if (number <= 0) return NULL;
    struct cached *cached = cache->by_number[number % HEADS];
    while (cached != NULL && cached->agreement.number != number) cached = cached->same_number_hash;
    return cached;
}

const struct agreement *agreement_by_id(const struct agreement_cache *cache, struct slice id) {
    const struct cached *cached = cached_by_id(cache, id);
    return cached != NULL ? &cached->agreement : NULL;
}

const struct agreement *agreement_by_number(const struct agreement_cache *cache, int32_t number) {
    const struct cached *cached = cached_by_number(cache, number);
    return cached != NULL ? &cached->agreement : NULL;
}

/* ---- one row -------------------------------------------------------------------------------------------------------------------------------------- */

#define AGREEMENT_COLUMNS                                                                                                                                        \
    "a.agreement_no, a.agreement_id, a.payer_kind, a.payer_name, coalesce(a.parent, ''), coalesce(a.renews, ''), array_to_string(a.occupations, E'\\n'),"       \
    " array_to_string(a.priority_occupations, E'\\n'), array_to_string(a.column_names, E'\\n'), a.payer_region, a.funds, a.has_legal_basis, a.period_from,"        \
    " a.period_to, a.months, a.registration_date,"                                                                                                              \
    " a.programmes_bpu, a.programmes_pu, a.programmes_jakon, a.programmes_pmi, b.pagu, b.quota, a.partition_realtime, a.partition_bulk, a.min_age, a.age_limit," \
    " a.data_source, a.data_source_date, a.desil_max, a.exclude_active, a.region_scope, a.amendment, a.billing, a.billing_months, a.activation, a.grace_months," \
    " a.reservation_days, a.batch_approval, coalesce(a.document #>> '{options,contact_email}', '')"
enum { TEXTS_FROM = 1, OCCUPATIONS = 6, PRIORITY_OCCUPATIONS = 7, COLUMN_NAMES = 8, TEXTS_BEHIND = 9, CONTACT = 38 };

/* One a line: codes and names of columns hold no line feed. */
static size_t codes_in(struct slice text) {
    size_t count = text.size > 0;
    for (size_t i = 0; i < text.size; i++) count += text.bytes[i] == '\n';
    return count;
}

static void split_codes(struct slice text, struct slice *ret_codes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *end = memchr(text.bytes, '\n', text.size);
        const size_t size = end != NULL ? (size_t)(end - text.bytes) : text.size;
        ret_codes[i] = slice_of(text.bytes, size);
        text = slice_of(text.bytes + size + (end != NULL), text.size - size - (end != NULL));
    }
}

/* The texts of the row stand behind the struct; the rest of it holds no pointer. */
static struct cached *cached_of(const struct pg_rows *rows, size_t row) {
    const size_t codes = codes_in(pg_bytes(rows, row, OCCUPATIONS)), priority_codes = codes_in(pg_bytes(rows, row, PRIORITY_OCCUPATIONS)),
                 names = codes_in(pg_bytes(rows, row, COLUMN_NAMES));
    size_t size = sizeof(struct cached) + (codes + priority_codes + names) * sizeof(struct slice);
    for (int i = TEXTS_FROM; i < TEXTS_BEHIND; i++) size += pg_bytes(rows, row, i).size;
    const struct slice contact = pg_bytes(rows, row, CONTACT);
    size += contact.size;
    struct cached *cached = calloc(1, size);
    CHECK(cached != NULL);
    cached->size = size;
    uint8_t *at = (uint8_t *)(cached->rest + codes + priority_codes + names);
    struct slice texts[TEXTS_BEHIND];
    for (int i = TEXTS_FROM; i < TEXTS_BEHIND; i++) {
        const struct slice text = pg_bytes(rows, row, i);
        if (text.size > 0) memcpy(at, text.bytes, text.size);
        texts[i] = slice_of(at, text.size);
        at += text.size;
    }
    if (contact.size > 0) memcpy(at, contact.bytes, contact.size);
    split_codes(texts[OCCUPATIONS], cached->rest, codes);
    split_codes(texts[PRIORITY_OCCUPATIONS], cached->rest + codes, priority_codes);
    split_codes(texts[COLUMN_NAMES], cached->rest + codes + priority_codes, names);
    cached->agreement = (struct agreement){
        .number = pg_int4(rows, row, 0), .id = texts[1], .payer_kind = texts[2], .payer_name = texts[3], .parent = texts[4], .renews = texts[5],
        .occupation_count = codes, .occupations = cached->rest, .priority_occupation_count = priority_codes, .priority_occupations = cached->rest + codes,
        .column_name_count = names, .column_names = cached->rest + codes + priority_codes,
        .payer_region = (uint32_t)pg_int4(rows, row, 9), .funds = (enum funds)pg_int2(rows, row, 10), .has_legal_basis = pg_bool(rows, row, 11),
        .period_from = pg_date(rows, row, 12), .period_to = pg_date(rows, row, 13), .months = (uint32_t)pg_int2(rows, row, 14), .first_month = day_month(pg_date(rows, row, 12)),
        .registration_date = pg_date(rows, row, 15), .pagu = pg_int8(rows, row, 20), .quota = pg_int8(rows, row, 21), .partition_realtime = pg_int4(rows, row, 22),
        .partition_bulk = pg_int4(rows, row, 23), .min_age = pg_int2(rows, row, 24), .age_limit = pg_int2(rows, row, 25), .data_source = (enum data_source)pg_int2(rows, row, 26),
        .data_source_date = pg_date(rows, row, 27), .desil_max = pg_int2(rows, row, 28), .exclude_active = pg_bool(rows, row, 29),
        .region_scope = (enum region_scope)pg_int2(rows, row, 30), .amendment = pg_int4(rows, row, 31), .billing = (enum billing_mode)pg_int2(rows, row, 32),
        .billing_months = (uint32_t)pg_int2(rows, row, 33), .activation = (enum activation)pg_int2(rows, row, 34), .grace_months = pg_int2(rows, row, 35),
        .reservation_days = pg_int2(rows, row, 36), .batch_approval = pg_bool(rows, row, 37), .contact_email = slice_of(at, contact.size),
    };
    for (int segment = SEGMENT_BPU; segment <= SEGMENT_PMI; segment++)
        cached->agreement.programmes[segment] = (programme_set)pg_int2(rows, row, 16 + segment - SEGMENT_BPU);
    return cached;
}

static void forget(struct agreement_cache *cache, struct cached *gone) {
    struct cached **id = &cache->by_id[id_head(gone->agreement.id)], **number = &cache->by_number[gone->agreement.number % HEADS];
    while (*id != gone) id = &(*id)->same_id_hash;
    while (*number != gone) number = &(*number)->same_number_hash;
    *id = gone->same_id_hash;
    *number = gone->same_number_hash;
    cache->bytes -= gone->size;
    free(gone);
}

static void keep(struct agreement_cache *cache, const struct pg_rows *rows, size_t row, int64_t looked_us) {
    struct cached *cached = cached_of(rows, row), *before = cached_by_number(cache, cached->agreement.number);
    if (before != NULL) forget(cache, before);
    struct cached **id = &cache->by_id[id_head(cached->agreement.id)], **number = &cache->by_number[cached->agreement.number % HEADS];
    cached->looked_us = looked_us;
    cached->same_id_hash = *id;
    cached->same_number_hash = *number;
    *id = *number = cached;
    cache->bytes += cached->size;
}

/* ---- a fetch -------------------------------------------------------------------------------------------------------------------------------------- */

/* What the table's own rule allows. Anything else can't be there, and asking with it could be refused for its bytes and stop a whole batch. */
static bool is_possible_id(struct slice id) {
    if (id.size == 0 || id.size > ID_BYTES_MAX) return false;
    for (size_t i = 0; i < id.size; i++) {
        const uint8_t byte = id.bytes[i];
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
        if (!plain && (i == 0 || (byte != '.' && byte != '_' && byte != '-'))) return false;
    }
    return true;
}

/* What a fetch asks for: unknown ones, and known ones that may have been amended. */
struct asking {
    struct slice *ids;
    int32_t *numbers, *stale_numbers, *stale_amendments;
    struct cached **stale;
    size_t id_count, number_count, stale_count;
};

static void ask_for_id(struct agreement_cache *cache, struct asking *asking, struct slice id, int64_t now_us) {
    struct cached *cached = cached_by_id(cache, id);
    if (cached == NULL) {
        const bool again = asking->id_count > 0 && slice_equal(asking->ids[asking->id_count - 1], id); /* lists repeat one id; others may repeat in the query */
        if (!again && is_possible_id(id)) asking->ids[asking->id_count++] = id;
        return;
    }
    if (cached->round == cache->round || (now_us - cached->looked_us <= (int64_t)AGREEMENT_FRESH_MS * 1000 && cached->looked_us > cache->doubted_us)) return;
    cached->round = cache->round;
    asking->stale_numbers[asking->stale_count] = cached->agreement.number;
    asking->stale_amendments[asking->stale_count] = cached->agreement.amendment;
    asking->stale[asking->stale_count++] = cached;
}

static void ask_for_number(const struct agreement_cache *cache, struct asking *asking, int32_t number) {
    const bool again = asking->number_count > 0 && asking->numbers[asking->number_count - 1] == number;
    if (number > 0 && !again && cached_by_number(cache, number) == NULL) asking->numbers[asking->number_count++] = number;
}

void agreement_cache_doubt(struct agreement_cache *cache) { cache->doubted_us = clock_monotonic_us(); }

struct err agreement_cache_fetch(struct agreement_cache *cache, struct pg *pg, struct arena *arena, const struct slice *ids, size_t id_count,
                                 const int32_t *numbers, size_t number_count) {
    struct asking asking = {
        .ids = arena_take(arena, (id_count + 1) * sizeof *asking.ids), .numbers = arena_take(arena, (number_count + 1) * sizeof *asking.numbers),
        .stale_numbers = arena_take(arena, (id_count + 1) * sizeof *asking.stale_numbers), .stale_amendments = arena_take(arena, (id_count + 1) * sizeof *asking.stale_amendments),
        .stale = arena_take(arena, (id_count + 1) * sizeof *asking.stale),
    };
    const int64_t now_us = clock_monotonic_us();
    if (id_count > 0 && cache->bytes > AGREEMENTS_BYTES_MAX) forget_all(cache);
    cache->round++;
    for (size_t i = 0; i < id_count; i++) ask_for_id(cache, &asking, ids[i], now_us);
    for (size_t i = 0; i < number_count; i++) ask_for_number(cache, &asking, numbers[i]);
    if (asking.id_count + asking.number_count + asking.stale_count == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text_array(p, asking.ids, asking.id_count);
    pg_add_int4_array(p, asking.numbers, asking.number_count);
    pg_add_int4_array(p, asking.stale_numbers, asking.stale_count);
    pg_add_int4_array(p, asking.stale_amendments, asking.stale_count);
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT " AGREEMENT_COLUMNS " FROM ledger.agreement a JOIN ledger.budget b USING (agreement_no)"
               " WHERE a.agreement_no > 0 AND (a.agreement_id = ANY ($1) OR a.agreement_no = ANY ($2) OR (a.agreement_no = ANY ($3)"
               " AND (a.agreement_no, a.amendment) NOT IN (SELECT s.agreement_no, s.amendment FROM unnest($3, $4) AS s (agreement_no, amendment))))",
               p, &rows));
    for (size_t i = 0; i < asking.stale_count; i++) asking.stale[i]->looked_us = now_us;
    for (size_t i = 0; i < rows.count; i++) keep(cache, &rows, i, now_us);
    return OK;
}
