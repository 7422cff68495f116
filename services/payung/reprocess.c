/* `payung reprocess`: decides enrolments anew that were refused wrongly (a list of the poor that came late, a wrong agreement) or could not be booked. Each gets a next attempt that enters at
 * `submitted` with the message that its last attempt entered with, read from the topic by offset; all facts are asked anew. Who is accepted, waits or has left is refused: their cover, place
 * and money stand. */
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/kafka_peek.h"
#include "common/stage/codec.h"
#include "services/ledger/outcome_sql.h"
#include "services/operations/dead_letter.h"
#include "services/payung/commands.h"
#include "services/payung/money_command.h"

enum { IDS_MAX = 1000, PAGE_ROWS = 500, REFUSALS_MAX = 16, BATCH_ID_MAX = 64 };

static const char usage[] = "usage: payung reprocess --from STAGE (ENROLMENT... | --batch ID | --reason CODE) [--yes --because TEXT] [--json]\n"
                            "\n"
                            "Decides enrolments anew: each gets a next attempt that enters at `submitted` and passes every stage, so that all facts are asked again; --from names the stage whose\n"
                            "result is doubted and stands in the audit. Only enrolments whose last outcome is a refusal, a duplicate or parked are taken; who is accepted, waits or has left is refused.\n"
                            "Without --yes it only counts. Done twice or killed in between, nobody is decided twice. Each enrolment has its row in the audit.\n"
                            "Environment: PGURL, BROKERS.\n"
                            "Exit code 0 done, 1 failed, 2 usage, 3 some enrolments were refused, 75 when a server is away.\n"
                            "  --from STAGE   eligibility, premium or ledger\n"
                            "  --batch ID     every enrolment of a list\n"
                            "  --reason CODE  every enrolment whose last outcome bears this code, e.g. E31 or X02\n"
                            "  --yes          really, not only the count\n"
                            "  --because TEXT why, for the audit: at most 200 bytes, no personal data\n"
                            "  --json         one JSON document on standard output\n";

struct request {
    bool json, yes;
    const char *from, *batch, *because;
    enum code reason;
    struct slice ids[IDS_MAX];
    struct id id_bytes[IDS_MAX];
    size_t id_count;
    struct kafka_peek *peek;
};

struct refused {
    const struct dead_letter_refusal *why;
    int64_t count;
    struct id sample;
};
struct report {
    int64_t matching, done, refused;
    struct refused refusals[REFUSALS_MAX];
    size_t refusal_count;
};

static const struct dead_letter_refusal
    no_record = {"RECORD_GONE", "the message of its last attempt is not in the topic any more", "Enrol the row once more."},
    unknown_id = {"UNKNOWN_ENROLMENT", "the ledger knows no outcome of this enrolment", "Is the id right? See payung status ENROLMENT."};

/* ---- who ---------------------------------------------------------------------------------------------------------------------------------- */

/* In the order of the topic, so that a page is a short part of it. $1 partition, $2 epoch, $3 origin: of the last one of the page before; $4 rows. */
#define LAST_SQL(from, where)                                                                                                                                   \
    "SELECT o.application_id, o.partition, o.epoch, o.origin, o.codes FROM " from " WHERE (o.partition, o.epoch, o.origin) > ($1, $2, $3) AND " where           \
    " ORDER BY o.partition, o.epoch, o.origin LIMIT $4"
#define LAST_OF_SQL(ids)                                                                                                                                        \
    "(SELECT DISTINCT id FROM " ids ") u CROSS JOIN LATERAL (SELECT o.* FROM ledger.outcome o WHERE o.application_id = u.id AND " FIRST_OUTCOME_ANYWHERE_SQL("o") \
    " ORDER BY o.attempt DESC LIMIT 1) o"
static const char by_id_sql[] = LAST_SQL(LAST_OF_SQL("unnest($5::bytea[]) AS g (id)"), "true");
static const char by_batch_sql[] = LAST_SQL(LAST_OF_SQL("(SELECT r.application_id AS id FROM intake.batch b JOIN intake.batch_row r USING (batch_no) WHERE b.batch_id = $5) g"), "true");
static const char by_reason_sql[] =
    LAST_SQL("ledger.outcome o", "o.status IN (3, 4, 6) AND o.codes & $5 <> 0 AND NOT o.repeat AND o.application_id <> '\\x00000000000000000000000000000000'"
                                 " AND NOT EXISTS (SELECT FROM ledger.outcome n WHERE n.application_id = o.application_id AND n.attempt > o.attempt AND " FIRST_OUTCOME_ANYWHERE_SQL("n") ")");

struct place {
    int32_t partition, epoch;
    int64_t origin;
};

static struct err read_page(struct money_session *session, const struct request *request, struct place after, struct pg_rows *ret_rows) {
    struct pg_parameters *p = pg_parameters(session->arena);
    pg_add_int4(p, after.partition);
    pg_add_int4(p, after.epoch);
    pg_add_int8(p, after.origin);
    pg_add_int4(p, PAGE_ROWS);
    if (request->batch != NULL) pg_add_text(p, slice_text(request->batch));
    else if (request->reason != CODE_NONE) pg_add_int8(p, (int64_t)code_set_with((struct code_set){0}, request->reason).bits);
    else pg_add_bytea_array(p, request->ids, request->id_count);
    return pg_run(session->pg, session->arena, request->batch != NULL ? by_batch_sql : request->reason != CODE_NONE ? by_reason_sql : by_id_sql, p, ret_rows);
}

/* ---- their messages ------------------------------------------------------------------------------------------------------------------------- */

struct one {
    struct id id;
    struct place place;
    struct code_set codes;
    const struct application *application; /* NULL: not found */
};
struct reading {
    struct arena *arena;
    struct one *ones; /* of one partition and epoch, by origin */
    size_t count, at;
};

static bool take_record(void *self, const struct kafka_peek_record *record) {
    struct reading *reading = self;
    while (reading->at < reading->count && reading->ones[reading->at].place.origin < record->offset) reading->at++;
    if (reading->at == reading->count || reading->ones[reading->at].place.origin != record->offset) return reading->at < reading->count;
    struct one *one = &reading->ones[reading->at];
    struct submitted *submitted = codec_decode(TOPIC_SUBMITTED, reading->arena, arena_copy(reading->arena, record->value));
    if (submitted != NULL && memcmp(&submitted->application.application_id, &one->id, sizeof one->id) == 0) one->application = &submitted->application; /* else another epoch's record */
    return true;
}

/* One part of a partition; what retention has removed is not found. */
static struct err find_part(struct kafka_peek *peek, struct reading *reading) {
    const char *name = topic_row(TOPIC_SUBMITTED)->name;
    const int32_t partition = reading->ones[0].place.partition;
    int64_t start, end, from = reading->ones[0].place.origin, to = reading->ones[reading->count - 1].place.origin + 1;
    TRY(kafka_peek_ends(peek, name, partition, &start, &end));
    if (from < start) from = start;
    if (to > end) to = end;
    return kafka_peek_read(peek, &(struct kafka_peek_range){.topic = name, .partition = partition, .from = from, .to = to, .visit = take_record, .self = reading});
}

static struct err find_records(struct money_session *session, struct kafka_peek *peek, struct one *ones, size_t count) {
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && ones[to].place.partition == ones[from].place.partition && ones[to].place.epoch == ones[from].place.epoch;) to++;
        TRY(find_part(peek, &(struct reading){.arena = session->arena, .ones = ones + from, .count = to - from}));
    }
    return OK;
}

/* ---- deciding anew -------------------------------------------------------------------------------------------------------------------------- */

static void note_refused(struct report *report, const struct dead_letter_refusal *why, struct id id, int64_t count) {
    report->refused += count;
    for (size_t i = 0; i < report->refusal_count; i++) {
        if (report->refusals[i].why != why) continue;
        report->refusals[i].count += count;
        return;
    }
    if (report->refusal_count < REFUSALS_MAX) report->refusals[report->refusal_count++] = (struct refused){.why = why, .count = count, .sample = id}; /* there are fewer kinds */
}

static struct err note(struct money_session *session, const struct request *request, const struct resubmission *items, size_t count) {
    enum { DETAIL_MAX = 512 };
    struct slice *agreements = arena_zero(session->arena, count + 1, sizeof *agreements), *details = arena_zero(session->arena, count + 1, sizeof *details);
    size_t noted = 0;
    for (size_t i = 0; i < count; i++) {
        char id[2 * ID_BYTES + 1], text[DETAIL_MAX];
        if (items[i].refusal != NULL) continue;
        id_format(items[i].application->application_id, id);
        const int size = snprintf(text, sizeof text, "enrolment %s attempt %" PRIu32 " from %s: %s", id, items[i].attempt, request->from, request->because);
        CHECK(size > 0 && size < DETAIL_MAX);
        details[noted] = arena_copy(session->arena, slice_of(text, (size_t)size));
        agreements[noted++] = text_is_utf8(items[i].application->agreement_id) ? items[i].application->agreement_id : slice_text("");
    }
    struct pg_parameters *p = pg_parameters(session->arena);
    pg_add_text(p, slice_text(session->actor));
    pg_add_text_array(p, agreements, noted);
    pg_add_text_array(p, details, noted);
    return pg_run(session->pg, session->arena, "INSERT INTO ledger.audit (actor, action, agreement_id, detail) SELECT $1, 'REPROCESS', u.a, u.d FROM unnest($2::text[], $3::text[]) AS u (a, d)", p, NULL);
}

static struct err make_due(struct money_session *session, const struct request *request, struct resubmission *items, size_t count) {
    TRY(resubmit_look(session->pg, session->arena, items, count));
    TRY(resubmit(session->pg, session->arena, items, count, RESUBMISSION_DECISION));
    return note(session, request, items, count);
}

static struct err decide_page(struct money_session *session, const struct request *request, struct one *ones, size_t count, struct report *report) {
    struct resubmission *items = arena_zero(session->arena, count + 1, sizeof *items);
    size_t item_count = 0;
    TRY(find_records(session, request->peek, ones, count));
    for (size_t i = 0; i < count; i++)
        if (ones[i].application != NULL)
            items[item_count++] = (struct resubmission){.application = ones[i].application, .partition = ones[i].place.partition, .origin = ones[i].place.origin, .codes = ones[i].codes};
    struct err err = request->yes ? pg_begin(session->pg) : OK;
    if (!failed(&err)) err = request->yes ? make_due(session, request, items, item_count) : resubmit_look(session->pg, session->arena, items, item_count);
    if (!failed(&err) && request->yes) err = pg_commit(session->pg);
    if (failed(&err) && request->yes) pg_rollback(session->pg);
    if (failed(&err)) return err;
    report->matching += (int64_t)count;
    for (size_t i = 0; i < count; i++)
        if (ones[i].application == NULL) note_refused(report, &no_record, ones[i].id, 1);
    for (size_t i = 0; i < item_count; i++) {
        if (items[i].refusal != NULL) note_refused(report, items[i].refusal, items[i].application->application_id, 1);
        else report->done++;
    }
    return OK;
}

static struct err decide_all(struct money_session *session, const struct request *request, struct report *report) {
    struct place after = {-1, 0, 0};
    for (;;) {
        struct pg_rows rows;
        arena_reset(session->arena);
        TRY(read_page(session, request, after, &rows));
        struct one *ones = arena_zero(session->arena, rows.count + 1, sizeof *ones);
        for (size_t i = 0; i < rows.count; i++) {
            after = (struct place){pg_int4(&rows, i, 1), pg_int4(&rows, i, 2), pg_int8(&rows, i, 3)};
            ones[i] = (struct one){.place = after, .codes = {(uint64_t)pg_int8(&rows, i, 4)}};
            CHECK(pg_bytes(&rows, i, 0).size == ID_BYTES);
            memcpy(&ones[i].id, pg_bytes(&rows, i, 0).bytes, ID_BYTES);
        }
        if (rows.count > 0) TRY(decide_page(session, request, ones, rows.count, report));
        if (rows.count < PAGE_ROWS) break;
    }
    const int64_t unknown = (int64_t)request->id_count - report->matching;
    if (request->id_count > 0 && unknown > 0) note_refused(report, &unknown_id, request->id_bytes[0], unknown);
    return OK;
}

/* ---- words ---------------------------------------------------------------------------------------------------------------------------------- */

static int tell(const struct request *request, const struct report *report) {
    char id[2 * ID_BYTES + 1];
    if (request->json) {
        json_t *rows = json_array();
        for (size_t i = 0; i < report->refusal_count; i++) {
            const struct refused *refused = &report->refusals[i];
            id_format(refused->sample, id);
            (void)json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:I,s:s}", "code", refused->why->code, "reason", refused->why->text, "remedy", refused->why->remedy, "count",
                                                        (json_int_t)refused->count, "sample", id)); /* fails only without memory */
        }
        command_print_json(json_pack("{s:b,s:s,s:s,s:I,s:I,s:I,s:o}", "dry_run", !request->yes, "from", request->from, "enters_at", "submitted", "matching", (json_int_t)report->matching, "done",
                                     (json_int_t)report->done, "refused", (json_int_t)report->refused, "refusals", rows));
        return report->refused > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
    }
    printf("Pendaftaran: %" PRId64 " cocok, %" PRId64 " %sdiputuskan ulang, %" PRId64 " ditolak.\n", report->matching, report->done, request->yes ? "" : "akan ", report->refused);
    for (size_t i = 0; i < report->refusal_count; i++) {
        id_format(report->refusals[i].sample, id);
        printf("  %s: %" PRId64 " (%s ...): %s. %s\n", report->refusals[i].why->code, report->refusals[i].count, id, report->refusals[i].why->text, report->refusals[i].why->remedy);
    }
    if (!request->yes) printf("Belum ada yang dilakukan; ulangi dengan --yes --because ALASAN.\n");
    return report->refused > 0 ? EXIT_WITH_REJECTIONS : EXIT_OK;
}

static int run(const struct request *request, struct money_session *session) {
    struct report report = {0};
    const struct err err = decide_all(session, request, &report);
    if (err.fate == FATE_AGAIN)
        return command_fail(request->json, EXIT_TEMPORARY, "SERVER_AWAY", err.text, "Run the command again when PostgreSQL and Kafka are there: nobody is decided twice.");
    return failed(&err) ? database_failure(request->json, &err) : tell(request, &report);
}

/* ---- arguments ------------------------------------------------------------------------------------------------------------------------------ */

static bool is_stage(const char *name) { return strcmp(name, "eligibility") == 0 || strcmp(name, "premium") == 0 || strcmp(name, "ledger") == 0; }

static bool take(struct request *request, int option, const char *value) {
    switch (option) {
    case 'f': request->from = value; return is_stage(value);
    case 'B': request->batch = value; return value[0] != '\0' && strlen(value) <= BATCH_ID_MAX;
    case 'r': return code_parse(slice_text(value), &request->reason);
    case 'b': request->because = value; return dead_letter_because_is_sound(slice_text(value));
    case 'y': request->yes = true; return true;
    case 'j': request->json = true; return true;
    default: return false;
    }
}

static bool take_id(struct request *request, const char *text) {
    struct id *id = &request->id_bytes[request->id_count];
    if (request->id_count == IDS_MAX || !id_parse(slice_text(text), id) || id_is_zero(*id)) return false;
    for (size_t i = 0; i < request->id_count; i++)
        if (memcmp(&request->id_bytes[i], id, sizeof *id) == 0) return true; /* named twice */
    request->ids[request->id_count++] = slice_of(id->bytes, ID_BYTES);
    return true;
}

static int run_request(struct request *request, int argc, char **argv) {
    static const struct option options[] = {{"from", required_argument, NULL, 'f'}, {"batch", required_argument, NULL, 'B'}, {"reason", required_argument, NULL, 'r'},
                                            {"because", required_argument, NULL, 'b'}, {"yes", no_argument, NULL, 'y'}, {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
    optind = 1;
    for (int option = getopt_long(argc, argv, "", options, NULL); option != -1; option = getopt_long(argc, argv, "", options, NULL)) {
        if (option == 'h') fputs(usage, stdout);
        if (option == 'h') return EXIT_OK;
        if (!take(request, option, optarg)) return command_usage(argc, argv, usage);
    }
    for (int i = optind; i < argc; i++)
        if (!take_id(request, argv[i])) return command_usage(argc, argv, usage);
    const int choices = (request->id_count > 0) + (request->batch != NULL) + (request->reason != CODE_NONE);
    if (request->from == NULL || choices != 1 || request->yes != (request->because != NULL)) return command_usage(argc, argv, usage);
    const char *brokers = command_env(request->json, "BROKERS");
    if (brokers == NULL) return EXIT_USAGE;
    const struct err err = kafka_peek_open(brokers, &request->peek);
    if (failed(&err)) return command_fail(request->json, EXIT_FAILED, "KAFKA", err.text, "Check BROKERS.");
    struct money_session session;
    int code = money_session_open(request->json, "payung-reprocess", 0, &session);
    if (code == EXIT_OK) code = run(request, &session);
    money_session_close(&session);
    kafka_peek_close(request->peek);
    return code;
}

int reprocess_main(int argc, char **argv) {
    struct request *request = calloc(1, sizeof *request); /* a thousand ids are too much for a stack */
    CHECK(request != NULL);
    const int code = run_request(request, argc, argv);
    free(request);
    return code;
}
