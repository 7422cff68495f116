/* Statements on ledger.outbox, set-based. It must never change a sequence that was given, and never mark what the broker has not confirmed: only the caller knows that. */
#include "services/relay/outbox.h"

#include <stdlib.h>

enum { LEADER_LOCK = 1711 };

/* The topics that leave through the outbox, by their symbols in topics.def; a constraint of the table holds that there are no others. */
static const struct {
    enum topic topic;
    const char *symbol;
} outbox_topics[] = {{TOPIC_PAYMENT, "PAYMENT"}, {TOPIC_COVERAGE, "COVERAGE"}, {TOPIC_COMMAND, "COMMAND"}};
enum { OUTBOX_TOPIC_COUNT = sizeof outbox_topics / sizeof *outbox_topics };

static enum topic topic_of(struct slice symbol) {
    for (int i = 0; i < OUTBOX_TOPIC_COUNT; i++)
        if (slice_is(symbol, outbox_topics[i].symbol)) return outbox_topics[i].topic;
    return TOPIC_NONE;
}

struct err outbox_lead(struct pg *pg, struct arena *arena, bool *ret_leads) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int8(p, LEADER_LOCK);
    TRY(pg_run(pg, arena, "SELECT pg_try_advisory_lock($1)", p, &rows)); /* taken twice by one session is as good as once */
    *ret_leads = pg_bool(&rows, 0, 0);
    return OK;
}

static struct pg_parameters *page_parameters(struct arena *arena, const bool held[OUTBOX_TOPICS], size_t most) {
    CHECK(most > 0 && most <= OUTBOX_PAGE_MAX);
    struct slice symbols[OUTBOX_TOPIC_COUNT];
    size_t count = 0;
    for (int i = 0; i < OUTBOX_TOPIC_COUNT; i++)
        if (held[outbox_topics[i].topic]) symbols[count++] = slice_text(outbox_topics[i].symbol);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int4(p, (int32_t)most);
    pg_add_text_array(p, symbols, count);
    return p;
}

static struct err rows_of(struct arena *arena, const struct pg_rows *rows, struct outbox_row **ret_rows, size_t *ret_count) {
    struct outbox_row *found = arena_zero(arena, rows->count + 1, sizeof *found);
    for (size_t i = 0; i < rows->count; i++) {
        found[i] = (struct outbox_row){.outbox_no = pg_int8(rows, i, 0), .topic = topic_of(pg_bytes(rows, i, 1)), .partition = pg_int4(rows, i, 2), .key = pg_bytes(rows, i, 3),
                                       .payload = pg_bytes(rows, i, 4), .sequence = pg_int8(rows, i, 5)};
        if (found[i].topic == TOPIC_NONE) return ERR(FATAL, "the outbox has a topic that this program does not know: it is older than the schema");
    }
    *ret_rows = found;
    *ret_count = rows->count;
    return OK;
}

struct err outbox_unsent(struct pg *pg, struct arena *arena, const bool held[OUTBOX_TOPICS], size_t most, struct outbox_row **ret_rows, size_t *ret_count) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT outbox_no, topic, partition, key, payload, sequence FROM ledger.outbox WHERE sent_at IS NULL AND sequence IS NOT NULL AND topic <> ALL ($2)"
               " ORDER BY topic, partition, sequence LIMIT $1",
               page_parameters(arena, held, most), &rows));
    return rows_of(arena, &rows, ret_rows, ret_count);
}

struct err outbox_fresh(struct pg *pg, struct arena *arena, const bool held[OUTBOX_TOPICS], size_t most, struct outbox_row **ret_rows, size_t *ret_count) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT outbox_no, topic, partition, key, payload, -1::bigint FROM ledger.outbox WHERE sent_at IS NULL AND sequence IS NULL AND topic <> ALL ($2)"
               " ORDER BY outbox_no LIMIT $1",
               page_parameters(arena, held, most), &rows));
    return rows_of(arena, &rows, ret_rows, ret_count);
}

static int compare_numbers(const void *a, const void *b) {
    const int64_t x = ((const struct outbox_row *)a)->outbox_no, y = ((const struct outbox_row *)b)->outbox_no;
    return (x > y) - (x < y);
}

static struct pg_parameters *numbers_of(struct arena *arena, const struct outbox_row *rows, size_t count) {
    int64_t *numbers = arena_take(arena, count * sizeof *numbers);
    for (size_t i = 0; i < count; i++) numbers[i] = rows[i].outbox_no;
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int8_array(p, numbers, count);
    return p;
}

/* The lock of all counters comes before the numbers are read, so each statement behind it sees what the last holder wrote. */
static struct err number_all(struct pg *pg, struct arena *arena, struct outbox_row *rows, size_t count) {
    enum { NEW_COUNTERS, LOCK, NUMBER, COUNT, STEPS };
    struct pg_parameters *p = numbers_of(arena, rows, count);
    struct pg_step steps[STEPS] = {
        [NEW_COUNTERS] = {.sql = "INSERT INTO ledger.outbox_counter (topic, partition) SELECT DISTINCT topic, partition FROM ledger.outbox WHERE outbox_no = ANY ($1)"
                                 " ORDER BY 1, 2 ON CONFLICT DO NOTHING",
                          .parameters = p},
        [LOCK] = {.sql = "SELECT topic, partition FROM ledger.outbox_counter ORDER BY topic, partition FOR UPDATE"},
        [NUMBER] = {.sql = "UPDATE ledger.outbox o SET sequence = f.sequence FROM (SELECT r.outbox_no,"
                           " c.next + row_number() OVER (PARTITION BY r.topic, r.partition ORDER BY r.outbox_no) - 1 AS sequence"
                           " FROM ledger.outbox r JOIN ledger.outbox_counter c USING (topic, partition) WHERE r.outbox_no = ANY ($1) AND r.sequence IS NULL) f"
                           " WHERE o.outbox_no = f.outbox_no RETURNING o.outbox_no, o.sequence",
                    .parameters = p},
        [COUNT] = {.sql = "UPDATE ledger.outbox_counter c SET next = n.last + 1 FROM (SELECT topic, partition, max(sequence) AS last FROM ledger.outbox WHERE outbox_no = ANY ($1)"
                          " GROUP BY topic, partition) n WHERE c.topic = n.topic AND c.partition = n.partition AND n.last >= c.next",
                   .parameters = p},
    };
    TRY(pg_run_all(pg, arena, steps, STEPS));
    if (steps[NUMBER].rows.count != count) return ERR(AGAIN, "another relay numbers the outbox");
    for (size_t i = 0; i < count; i++) {
        const struct outbox_row wanted = {.outbox_no = pg_int8(&steps[NUMBER].rows, i, 0)};
        struct outbox_row *row = bsearch(&wanted, rows, count, sizeof *rows, compare_numbers);
        CHECK(row != NULL);
        row->sequence = pg_int8(&steps[NUMBER].rows, i, 1);
    }
    return pg_commit(pg);
}

struct err outbox_number(struct pg *pg, struct arena *arena, struct outbox_row *rows, size_t count) {
    CHECK(count > 0 && count <= OUTBOX_PAGE_MAX);
    TRY(pg_begin(pg));
    struct err err = number_all(pg, arena, rows, count);
    if (failed(&err)) pg_rollback(pg);
    return err;
}

struct err outbox_mark(struct pg *pg, struct arena *arena, const int64_t *numbers, size_t count) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_int8_array(p, numbers, count);
    return pg_run(pg, arena, "UPDATE ledger.outbox SET sent_at = now() WHERE outbox_no = ANY ($1) AND sent_at IS NULL", p, NULL);
}

struct err outbox_forget(struct pg *pg, struct arena *arena, int32_t kept_days, int64_t *ret_deleted) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, kept_days);
    pg_add_int4(p, OUTBOX_FORGET_MAX);
    TRY(pg_run(pg, arena,
               "DELETE FROM ledger.outbox WHERE outbox_no IN (SELECT outbox_no FROM (SELECT outbox_no, sent_at FROM ledger.outbox WHERE topic = 'COVERAGE' AND sequence IS NOT NULL"
               " ORDER BY partition, sequence LIMIT $2) oldest WHERE sent_at < now() - $1 * interval '1 day')",
               p, &rows));
    *ret_deleted = rows.affected;
    return OK;
}

struct err outbox_look(struct pg *pg, struct arena *arena, struct outbox_state ret_states[OUTBOX_TOPICS]) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    pg_add_int4(p, OUTBOX_COUNT_MAX);
    TRY(pg_run(pg, arena,
               "SELECT topic, count(*), extract(epoch FROM now() - min(made_at))::bigint FROM (SELECT topic, made_at FROM ledger.outbox WHERE sent_at IS NULL ORDER BY outbox_no LIMIT $1) o"
               " GROUP BY topic",
               p, &rows));
    memset(ret_states, 0, OUTBOX_TOPICS * sizeof *ret_states);
    for (size_t i = 0; i < rows.count; i++) {
        const enum topic topic = topic_of(pg_bytes(&rows, i, 0));
        if (topic != TOPIC_NONE) ret_states[topic] = (struct outbox_state){.open = pg_int8(&rows, i, 1), .age_s = pg_int8(&rows, i, 2)};
    }
    return OK;
}
