/* Finds the sealed person of an application, notes who looks, and opens it. It must never open before the note is committed, and never let what it opened into an error or a log. */
#include "services/operations/person_look.h"

#include <stdio.h>
#include <string.h>

#include "common/edge/kafka_peek.h"
#include "common/wire/wire.h"
#include "proto/topics.h"
#include "services/ledger/outcome_sql.h"

/* The seal as it stands in the registry or in Kafka. */
struct sealed {
    struct slice person, key_id;
    bool is_there;
};

static struct err take_record(struct arena *arena, struct slice record, struct id application_id, struct sealed *ret_sealed) {
    struct submitted submitted;
    if (!wire_decode_submitted(arena, record, &submitted)) return ERR(FATAL, "the record of a person can't be read");
    const struct application *application = &submitted.application;
    if (memcmp(application->application_id.bytes, application_id.bytes, ID_BYTES) != 0) return OK;
    *ret_sealed = (struct sealed){.person = application->sealed_person, .key_id = application->seal_key_id, .is_there = true};
    return OK;
}

/* The newest place that came from this application, and where its first attempt stands in the log. */
static const char find_sql[] =
    "SELECT o.partition, o.origin, a.agreement_id, e.place IS NOT NULL, r.record FROM ledger.outcome o JOIN ledger.agreement a USING (agreement_no)"
    " LEFT JOIN ledger.enrolment e ON " OUTCOME_OF_SQL("o", "e") " LEFT JOIN ledger.registry r ON r.agreement_no = e.agreement_no AND r.place = e.place"
    " WHERE o.application_id = $1 AND " FIRST_OUTCOME_ANYWHERE_SQL("o") " ORDER BY e.place IS NULL, e.place DESC, o.attempt DESC LIMIT 1";
enum { COLUMN_PARTITION, COLUMN_ORIGIN, COLUMN_AGREEMENT, COLUMN_ENROLLED, COLUMN_RECORD };

static struct err note(struct pg *pg, struct arena *arena, const struct person_look *look, struct slice agreement_id) {
    char text[2 * ID_BYTES + 1], detail[512];
    id_format(look->application_id, text);
    CHECK(snprintf(detail, sizeof detail, "enrolment %s: %.*s", text, SLICE_ARGS(look->because)) < (int)sizeof detail);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, look->actor);
    pg_add_text(p, agreement_id);
    pg_add_text(p, slice_text(detail));
    return pg_run(pg, arena, "INSERT INTO ledger.audit (actor, action, agreement_id, detail) VALUES ($1, 'PERSON look', $2, $3)", p, NULL);
}

/* ---- who was never enrolled ---- */

struct taking {
    struct arena *arena;
    int64_t offset;
    struct slice value; /* bytes NULL: not found */
};

static bool take(void *self, const struct kafka_peek_record *record) {
    struct taking *taking = self;
    if (record->offset == taking->offset) taking->value = arena_copy(taking->arena, record->value);
    return false;
}

/* Rows of `submitted` stand at their origin, in the epoch that is the log's; of an older epoch somebody else's row stands there, which the id shows. */
static struct err read_log(const char *brokers, struct arena *arena, int32_t partition, int64_t offset, struct slice *ret_value) {
    struct taking taking = {.arena = arena, .offset = offset};
    const char *topic = topic_row(TOPIC_SUBMITTED)->name;
    struct kafka_peek *peek;
    int64_t start, end;
    *ret_value = (struct slice){0};
    TRY(kafka_peek_open(brokers, &peek));
    struct err err = kafka_peek_ends(peek, topic, partition, &start, &end);
    if (!failed(&err) && offset >= start && offset < end)
        err = kafka_peek_read(peek, &(struct kafka_peek_range){.topic = topic, .partition = partition, .from = offset, .to = offset + 1, .visit = take, .self = &taking});
    kafka_peek_close(peek);
    if (!failed(&err)) *ret_value = taking.value;
    return err;
}

static struct err find(const char *brokers, struct arena *arena, const struct pg_rows *rows, struct id application_id, struct sealed *ret_sealed) {
    struct slice record = {0};
    *ret_sealed = (struct sealed){0};
    if (pg_bool(rows, 0, COLUMN_ENROLLED)) record = pg_is_null(rows, 0, COLUMN_RECORD) ? record : pg_bytes(rows, 0, COLUMN_RECORD);
    else TRY(read_log(brokers, arena, pg_int4(rows, 0, COLUMN_PARTITION), pg_int8(rows, 0, COLUMN_ORIGIN), &record));
    return record.size > 0 ? take_record(arena, record, application_id, ret_sealed) : OK;
}

struct err person_look(struct pg *pg, const char *brokers, const struct crypto *crypto, struct arena *arena, const struct person_look *look, struct person *ret_person,
                       enum person_answer *ret_answer) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    struct sealed sealed;
    pg_add_bytea(p, slice_of(look->application_id.bytes, ID_BYTES));
    TRY(pg_run(pg, arena, find_sql, p, &rows));
    *ret_answer = PERSON_UNKNOWN;
    if (rows.count == 0) return OK;
    TRY(find(brokers, arena, &rows, look->application_id, &sealed));
    *ret_answer = PERSON_GONE;
    if (!sealed.is_there) return OK;
    TRY(note(pg, arena, look, pg_bytes(&rows, 0, COLUMN_AGREEMENT)));
    const struct err err = crypto_unseal(crypto, arena, sealed.person, sealed.key_id, look->application_id, ret_person);
    if (err.fate == FATE_PARK) return OK;
    TRY(err);
    *ret_answer = PERSON_SHOWN;
    return OK;
}
