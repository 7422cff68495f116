/* Facts from the extracts of other offices (schema facts): what is in force and what it says about the batch's persons, all kinds in one statement, so that a list that is
 * being replaced is seen either old or new, never half. It must never write. */
#include "services/eligibility/facts_adapter.h"

enum { FOR_KIND, FOR_PERSON, FOR_EXTRACT, FOR_A, FOR_B, FOR_C, FOR_D, FOR_E, FOR_TEXT };

static const char extracts_sql[] =
    "SELECT 0::int2, ''::bytea, extract_id, kind::int4, source::int4, coalesce(region, 0), to_char(as_of, 'YYYYMMDD')::int4, complete::int4, ''::text"
    " FROM facts.extract WHERE state = 'in_force'"
    " UNION ALL SELECT 1::int2, person_token, extract_id, desil::int4, 0, 0, 0, 0, ''::text FROM facts.dtsen WHERE person_token = ANY ($1)"
    " UNION ALL SELECT 2::int2, person_token, extract_id, 0, 0, 0, 0, 0, ''::text FROM facts.civil_servant WHERE person_token = ANY ($1)"
    " UNION ALL SELECT 3::int2, person_token, extract_id, segment::int4, programmes::int4, from_month, to_month, status::int4, payer FROM facts.active_cover"
    " WHERE person_token = ANY ($1)"
    " UNION ALL SELECT 4::int2, person_token, extract_id, status::int4, ktp_region, 0, 0, 0, ''::text FROM facts.population WHERE person_token = ANY ($1)"
    " ORDER BY 2, 1, 3"; /* what is no person comes first */

static struct extract extract_at(const struct pg_rows *rows, size_t row) {
    return (struct extract){.id = pg_int4(rows, row, FOR_EXTRACT), .kind = (enum extract_kind)pg_int4(rows, row, FOR_A), .source = (enum data_source)pg_int4(rows, row, FOR_B),
                            .region = (uint32_t)pg_int4(rows, row, FOR_C), .as_of = pg_int4(rows, row, FOR_D), .complete = pg_int4(rows, row, FOR_E) != 0};
}

static struct extract_row row_at(const struct pg_rows *rows, size_t row) {
    struct extract_row out = {.kind = (enum extract_kind)pg_int2(rows, row, FOR_KIND), .extract = pg_int4(rows, row, FOR_EXTRACT)};
    const struct slice token = pg_bytes(rows, row, FOR_PERSON);
    CHECK(token.size == TOKEN_BYTES);
    memcpy(out.person.bytes, token.bytes, TOKEN_BYTES);
    const int32_t a = pg_int4(rows, row, FOR_A), b = pg_int4(rows, row, FOR_B);
    if (out.kind == EXTRACT_DTSEN) out.desil = a;
    if (out.kind == EXTRACT_POPULATION) {
        out.deceased = a == 2;
        out.ktp_region = (uint32_t)b;
    }
    if (out.kind != EXTRACT_ACTIVE_COVER) return out;
    out.segment = (enum segment)a;
    out.programmes = (programme_set)b;
    out.from = pg_int4(rows, row, FOR_C);
    out.to = pg_int4(rows, row, FOR_D);
    out.status = (enum cover_status)pg_int4(rows, row, FOR_E);
    out.payer = pg_bytes(rows, row, FOR_TEXT);
    return out;
}

static void keep(struct arena *arena, const struct pg_rows *rows, struct extract_facts *ret_facts) {
    struct extract *extracts = arena_take(arena, (rows->count + 1) * sizeof *extracts);
    struct extract_row *persons = arena_take(arena, (rows->count + 1) * sizeof *persons);
    *ret_facts = (struct extract_facts){.extracts = extracts, .rows = persons};
    for (size_t i = 0; i < rows->count; i++) {
        if (pg_int2(rows, i, FOR_KIND) == 0) extracts[ret_facts->extract_count++] = extract_at(rows, i);
        else persons[ret_facts->row_count++] = row_at(rows, i);
    }
}

/* The source of the facts owns the session. */
static struct err open_extracts(const struct facts_options *options, const struct facts_stores *stores, void **ret_self) {
    (void)options;
    *ret_self = stores->pg;
    return OK;
}

static struct err fetch_extracts(void *self, const struct facts_asking *asking, struct batch_facts *facts) {
    struct arena *arena = asking->batch->arena;
    if (asking->person_count == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, asking->persons, asking->person_count);
    struct pg_rows rows;
    TRY(pg_run(self, arena, extracts_sql, p, &rows));
    keep(arena, &rows, &facts->extracts);
    return OK;
}

const struct facts_adapter facts_extract = {.name = "extract", .open = open_extracts, .fetch = fetch_extracts};
