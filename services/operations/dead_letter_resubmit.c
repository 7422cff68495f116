/* Next attempts by the hand of an operator: rows of ledger.pending, as the ledger writes them for who waits (house.md, rule 7). Intake sends them, an outcome removes them; a person is
 * never decided twice at once, because an application has one row there. */
#include "common/domain/text.h"
#include "common/wire/wire.h"
#include "services/ledger/outcome_sql.h"
#include "services/operations/dead_letter.h"

static struct pg_parameters *ids_of(struct arena *arena, const struct resubmission *items, size_t count) {
    struct slice *ids = arena_zero(arena, count + 1, sizeof *ids);
    for (size_t i = 0; i < count; i++) ids[i] = slice_of(items[i].application->application_id.bytes, ID_BYTES);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_bytea_array(p, ids, count);
    return p;
}

struct err resubmit_look(struct pg *pg, struct arena *arena, struct resubmission *items, size_t count) {
    struct pg_rows rows;
    if (count == 0) return OK;
    TRY(pg_run(pg, arena,
               "SELECT coalesce(o.status, 0::smallint), coalesce(o.attempt, 0), p.application_id IS NOT NULL, d.application_id IS NOT NULL"
               " FROM unnest($1::bytea[]) WITH ORDINALITY AS u (id, n)"
               " LEFT JOIN LATERAL (SELECT o.status, o.attempt FROM ledger.outcome o WHERE o.application_id = u.id AND " FIRST_OUTCOME_ANYWHERE_SQL("o")
               "  ORDER BY o.attempt DESC LIMIT 1) o ON true"
               " LEFT JOIN ledger.pending p ON p.application_id = u.id LEFT JOIN ledger.departed d ON d.application_id = u.id ORDER BY u.n",
               ids_of(arena, items, count), &rows));
    CHECK(rows.count == count);
    for (size_t i = 0; i < count; i++) {
        items[i].standing = (struct dead_letter_standing){.status = (enum outcome_status)pg_int2(&rows, i, 0), .attempt = (uint32_t)pg_int4(&rows, i, 1),
                                                          .is_due = pg_bool(&rows, i, 2), .has_left = pg_bool(&rows, i, 3)};
        items[i].refusal = dead_letter_may_decide(&items[i].standing);
        const uint32_t last = items[i].standing.attempt > items[i].application->attempt ? items[i].standing.attempt : items[i].application->attempt;
        items[i].attempt = (last > 0 ? last : 1) + 1; /* the one in the record may be lost or on its way: it is never given again */
    }
    return OK;
}

static struct slice record_of(struct arena *arena, const struct resubmission *item) {
    struct submitted next = {.lineage = {.epoch = 1}, .application = *item->application}; /* intake gives it the lineage of its day */
    next.application.attempt = item->attempt;
    return wire_encode_submitted(arena, &next);
}

/* Where an agreement's list or single enrolments go, unless the record went one of these ways already. */
static const char due_sql[] =
    "INSERT INTO ledger.pending (application_id, attempt, partition, origin, agreement_no, codes, record, due_at, first_pending_at, purpose)"
    " SELECT DISTINCT ON (u.id) u.id, u.attempt, CASE WHEN a.agreement_no IS NULL OR u.partition IN (a.partition_realtime, a.partition_bulk) THEN greatest(u.partition, 0)"
    "  WHEN u.is_listed THEN a.partition_bulk ELSE a.partition_realtime END, greatest(u.origin, 0), coalesce(a.agreement_no, 0), u.codes, u.record, now(), now(), $9"
    " FROM unnest($1::bytea[], $2::int4[], $3::int4[], $4::bigint[], $5::text[], $6::bigint[], $7::bytea[], $8::bool[])"
    " AS u (id, attempt, partition, origin, agreement_id, codes, record, is_listed) LEFT JOIN ledger.agreement a ON a.agreement_id = u.agreement_id AND a.agreement_no > 0 ORDER BY u.id"
    " ON CONFLICT (application_id) DO NOTHING RETURNING application_id";

static bool is_among(const struct pg_rows *rows, struct id id) {
    for (size_t i = 0; i < rows->count; i++)
        if (slice_equal(pg_bytes(rows, i, 0), slice_of(id.bytes, ID_BYTES))) return true;
    return false;
}

struct err resubmit(struct pg *pg, struct arena *arena, struct resubmission *items, size_t count, int purpose) {
    struct slice *ids = arena_zero(arena, count + 1, sizeof *ids), *agreements = arena_zero(arena, count + 1, sizeof *agreements), *records = arena_zero(arena, count + 1, sizeof *records);
    int32_t *attempts = arena_zero(arena, count + 1, sizeof *attempts), *partitions = arena_zero(arena, count + 1, sizeof *partitions);
    int64_t *origins = arena_zero(arena, count + 1, sizeof *origins), *codes = arena_zero(arena, count + 1, sizeof *codes);
    bool *listed = arena_zero(arena, count + 1, sizeof *listed);
    size_t due = 0;
    for (size_t i = 0; i < count; i++) {
        const struct application *application = items[i].application;
        if (items[i].refusal != NULL) continue;
        ids[due] = slice_of(application->application_id.bytes, ID_BYTES);
        attempts[due] = (int32_t)items[i].attempt;
        partitions[due] = items[i].partition;
        origins[due] = items[i].origin;
        agreements[due] = text_is_utf8(application->agreement_id) ? application->agreement_id : slice_text(""); /* poison may be just there */
        codes[due] = (int64_t)items[i].codes.bits;
        listed[due] = application->batch_id.size > 0;
        records[due++] = record_of(arena, &items[i]);
    }
    if (due == 0) return OK;
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_bytea_array(p, ids, due); pg_add_int4_array(p, attempts, due); pg_add_int4_array(p, partitions, due); pg_add_int8_array(p, origins, due);
    pg_add_text_array(p, agreements, due); pg_add_int8_array(p, codes, due); pg_add_bytea_array(p, records, due); pg_add_bool_array(p, listed, due);
    pg_add_int2(p, (int16_t)purpose);
    TRY(pg_run(pg, arena, due_sql, p, &rows));
    static const struct dead_letter_standing busy = {.is_due = true};
    for (size_t i = 0; i < count; i++)
        if (items[i].refusal == NULL && !is_among(&rows, items[i].application->application_id)) items[i].refusal = dead_letter_may_decide(&busy);
    return OK;
}
