/* Letters from Kafka in pages, each page with the decisions that PostgreSQL knows. It reads without a group and commits nothing, so looking never moves anybody's position. */
#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "common/edge/kafka_peek.h"
#include "services/operations/dead_letter_parts.h"

enum { PAGE_BYTES_MAX = 256 * 1024 * 1024, PAGE_BYTES_FULL = 16 * 1024 * 1024 };

const char *dead_letter_topic_symbol(enum topic topic) {
    static const char *const symbols[TOPIC_LIMIT] = {
#define TOPIC(symbol, name, type, partitions, retention_days, sentence) [TOPIC_##symbol] = #symbol,
#include "proto/topics.def"
#undef TOPIC
    };
    CHECK(topic > TOPIC_NONE && topic < TOPIC_LIMIT);
    return symbols[topic];
}

const char *dead_letter_state_name(enum dead_letter_state state) {
    static const char *const names[] = {[DEAD_LETTER_OPEN] = "open", [DEAD_LETTER_REPLAYED] = "replayed", [DEAD_LETTER_DISCARDED] = "discarded"};
    CHECK((size_t)state < sizeof names / sizeof *names);
    return names[state];
}

/* ---- one letter ------------------------------------------------------------------------------------------------------------------------ */

static struct slice header_of(const struct dead_letter *letter, const char *name) {
    for (size_t i = 0; i < letter->header_count; i++)
        if (slice_is(letter->header_names[i], name)) return letter->header_values[i];
    return slice_text("");
}

/* -1: absent or no number. */
static int64_t number_of(const struct dead_letter *letter, const char *name) {
    uint64_t number;
    return text_number(header_of(letter, name), INT64_MAX, &number) ? (int64_t)number : -1;
}

/* Of what came and where it stood: who wrote it twice wrote the same letter. */
static void sign(struct dead_letter *letter) {
    struct sha256 *hash = sha256_start();
    sha256_add_part(hash, slice_text(dead_letter_topic_symbol(letter->topic)));
    sha256_add_number(hash, letter->source_partition);
    sha256_add_number(hash, letter->source_offset);
    sha256_add_number(hash, letter->source_at_ms);
    sha256_add_part(hash, letter->key);
    sha256_add_part(hash, letter->value);
    sha256_finish(hash, letter->fingerprint);
}

static void copy_headers(struct arena *arena, const struct kafka_peek_record *record, struct dead_letter *letter) {
    letter->header_count = record->header_count;
    letter->header_names = arena_zero(arena, letter->header_count + 1, sizeof(struct slice));
    letter->header_values = arena_zero(arena, letter->header_count + 1, sizeof(struct slice));
    for (size_t i = 0; i < letter->header_count; i++) {
        letter->header_names[i] = arena_copy(arena, slice_text(record->headers[i].name));
        letter->header_values[i] = arena_copy(arena, record->headers[i].value);
    }
}

static void read_letter(struct arena *arena, enum topic topic, const struct kafka_peek_record *record, struct dead_letter *ret_letter) {
    struct dead_letter letter = {.topic = topic, .offset = record->offset, .at_ms = record->timestamp_ms, .key = arena_copy(arena, record->key), .value = arena_copy(arena, record->value)};
    copy_headers(arena, record, &letter);
    const int64_t size = number_of(&letter, "dlq.size"), partition = number_of(&letter, "dlq.partition");
    letter.code = header_of(&letter, "dlq.error.code");
    letter.message = header_of(&letter, "dlq.error.message");
    letter.group = header_of(&letter, "dlq.group");
    letter.version = header_of(&letter, "dlq.service.version");
    letter.attempts = number_of(&letter, "dlq.attempts");
    letter.source_partition = partition <= INT32_MAX ? (int32_t)partition : -1;
    letter.source_offset = number_of(&letter, "dlq.offset");
    letter.source_at_ms = number_of(&letter, "dlq.timestamp");
    letter.size = size > (int64_t)letter.value.size ? size : (int64_t)letter.value.size;
    if (letter.code.size == 0 || letter.code.size >= DEAD_LETTER_CODE_MAX || !text_is_utf8(letter.code)) letter.code = slice_text("?");
    dead_letter_judge(arena, topic, letter.value, letter.size > (int64_t)letter.value.size, &letter.content);
    sign(&letter);
    *ret_letter = letter;
}

/* ---- what PostgreSQL knows ------------------------------------------------------------------------------------------------------------- */

static struct pg_parameters *keys_of(struct arena *arena, const struct dead_letter *letters, size_t count) {
    int64_t *offsets = arena_zero(arena, count + 1, sizeof *offsets);
    struct slice *fingerprints = arena_zero(arena, count + 1, sizeof *fingerprints);
    for (size_t i = 0; i < count; i++) {
        CHECK(letters[i].topic == letters[0].topic);
        offsets[i] = letters[i].offset;
        fingerprints[i] = slice_of(letters[i].fingerprint, DEAD_LETTER_FINGERPRINT);
    }
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, slice_text(dead_letter_topic_symbol(letters[0].topic)));
    pg_add_int8_array(p, offsets, count);
    pg_add_bytea_array(p, fingerprints, count);
    return p;
}

static enum dead_letter_state state_of(struct slice text) {
    if (slice_is(text, "REPLAYED")) return DEAD_LETTER_REPLAYED;
    return slice_is(text, "DISCARDED") ? DEAD_LETTER_DISCARDED : DEAD_LETTER_OPEN;
}

#define STATES_SQL                                                                                                                                            \
    "SELECT k.n, d.state, coalesce(d.edited, ''::bytea), coalesce(d.edited_by, ''), d.edited_at, coalesce(d.edited_because, ''), coalesce(d.decided_by, ''), d.decided_at,"  \
    " coalesce(d.because, ''), coalesce(d.attempt, 0), coalesce(d.outbox_no, 0) FROM unnest($2::bigint[], $3::bytea[]) WITH ORDINALITY AS k (letter_offset, fingerprint, n)" \
    " JOIN ops.dead_letter d ON d.topic = $1 AND d.partition = 0 AND d.letter_offset = k.letter_offset AND d.fingerprint = k.fingerprint ORDER BY k.n"
static const char states_sql[] = STATES_SQL, lock_sql[] = STATES_SQL " FOR UPDATE OF d"; /* by offset: who acts on the same letters waits and never meets */

struct err dead_letter_states(struct pg *pg, struct arena *arena, struct dead_letter *letters, size_t count, bool lock) {
    struct pg_rows rows;
    if (count == 0) return OK;
    TRY(pg_run(pg, arena, lock ? lock_sql : states_sql, keys_of(arena, letters, count), &rows));
    for (size_t i = 0; i < rows.count; i++) {
        const int64_t number = pg_int8(&rows, i, 0);
        CHECK(number >= 1 && (size_t)number <= count);
        struct dead_letter *letter = &letters[number - 1];
        letter->state = state_of(pg_bytes(&rows, i, 1));
        letter->edited = pg_bytes(&rows, i, 2);
        letter->edited_by = pg_bytes(&rows, i, 3);
        letter->edited_at_ms = pg_is_null(&rows, i, 4) ? 0 : pg_timestamp_ms(&rows, i, 4);
        letter->edited_because = pg_bytes(&rows, i, 5);
        letter->decided_by = pg_bytes(&rows, i, 6);
        letter->decided_at_ms = pg_is_null(&rows, i, 7) ? 0 : pg_timestamp_ms(&rows, i, 7);
        letter->because = pg_bytes(&rows, i, 8);
        letter->attempt = pg_int4(&rows, i, 9);
        letter->outbox_no = pg_int8(&rows, i, 10);
    }
    return OK;
}

struct err dead_letter_register(struct pg *pg, struct arena *arena, const struct dead_letter *letters, size_t count) {
    if (count == 0) return OK;
    struct slice *codes = arena_zero(arena, count, sizeof *codes), *applications = arena_zero(arena, count, sizeof *applications);
    int32_t *partitions = arena_zero(arena, count, sizeof *partitions);
    int64_t *offsets = arena_zero(arena, count, sizeof *offsets);
    for (size_t i = 0; i < count; i++) {
        const struct application *application = letters[i].content.application;
        codes[i] = letters[i].code;
        partitions[i] = letters[i].source_partition;
        offsets[i] = letters[i].source_offset;
        if (application != NULL) applications[i] = slice_of(application->application_id.bytes, ID_BYTES);
    }
    struct pg_parameters *p = keys_of(arena, letters, count);
    pg_add_text_array(p, codes, count);
    pg_add_int4_array(p, partitions, count);
    pg_add_int8_array(p, offsets, count);
    pg_add_bytea_array(p, applications, count);
    return pg_run(pg, arena,
                  "INSERT INTO ops.dead_letter (topic, partition, letter_offset, fingerprint, code, source_partition, source_offset, application_id)"
                  " SELECT $1, 0, k.letter_offset, k.fingerprint, k.code, k.source_partition, k.source_offset, k.application_id"
                  " FROM unnest($2::bigint[], $3::bytea[], $4::text[], $5::int4[], $6::bigint[], $7::bytea[])"
                  " AS k (letter_offset, fingerprint, code, source_partition, source_offset, application_id) ORDER BY k.letter_offset ON CONFLICT DO NOTHING",
                  p, NULL);
}

bool dead_letter_standing_content(struct arena *arena, const struct dead_letter *letter, struct dead_letter_content *ret_content) {
    *ret_content = letter->content;
    if (letter->edited.size == 0) return true;
    const enum topic topic = dead_letter_is_enrolment(letter->topic) ? TOPIC_SUBMITTED : letter->topic; /* edits of the enrolment path are kept as what is submitted */
    return dead_letter_read(arena, topic, letter->edited, ret_content);
}

/* ---- pages ----------------------------------------------------------------------------------------------------------------------------- */

struct paging {
    struct pg *pg;
    const struct dead_letter_filter *filter;
    dead_letter_visit_page visit;
    void *self;
    enum topic topic;
    struct arena *arena;
    struct dead_letter *letters; /* DEAD_LETTER_PAGE, in the arena */
    size_t count;
    struct err err; /* that ended the walk */
};

static bool is_named(const struct dead_letter_filter *filter, enum topic topic, int64_t offset) {
    if (filter->ids == NULL) return true;
    for (size_t i = 0; i < filter->id_count; i++)
        if (filter->ids[i].topic == topic && filter->ids[i].offset == offset) return true;
    return false;
}

static bool is_wanted(const struct dead_letter_filter *filter, const struct dead_letter *letter) {
    const struct slice reason = filter->reason;
    return reason.size == 0 || text_same(reason, letter->code) || text_is(reason, dead_letter_kind_name(letter->content.kind));
}

static void begin_page(struct paging *paging) {
    arena_reset(paging->arena);
    paging->letters = arena_zero(paging->arena, DEAD_LETTER_PAGE, sizeof *paging->letters);
    paging->count = 0;
}

static struct err end_page(struct paging *paging) {
    if (paging->count == 0) return OK;
    TRY(dead_letter_states(paging->pg, paging->arena, paging->letters, paging->count, false));
    TRY(paging->visit(paging->self, paging->arena, paging->letters, paging->count));
    begin_page(paging);
    return OK;
}

static bool take_record(void *self, const struct kafka_peek_record *record) {
    struct paging *paging = self;
    if (!is_named(paging->filter, paging->topic, record->offset)) return true;
    struct dead_letter *letter = &paging->letters[paging->count];
    read_letter(paging->arena, paging->topic, record, letter);
    paging->count += is_wanted(paging->filter, letter);
    const bool is_full = arena_used(paging->arena) > PAGE_BYTES_FULL;
    if (paging->count == DEAD_LETTER_PAGE || (is_full && paging->count > 0)) paging->err = end_page(paging);
    else if (is_full) begin_page(paging); /* bytes that nobody wants take room, too */
    return !failed(&paging->err);
}

/* Narrows what stands in the topic to what is asked for. */
static void narrow(const struct dead_letter_filter *filter, enum topic topic, int64_t *start, int64_t *end) {
    int64_t first = INT64_MAX, last = -1;
    if (filter->ids == NULL) return;
    for (size_t i = 0; i < filter->id_count; i++) {
        if (filter->ids[i].topic != topic) continue;
        if (filter->ids[i].offset < first) first = filter->ids[i].offset;
        if (filter->ids[i].offset > last) last = filter->ids[i].offset;
    }
    if (first > *start) *start = first;
    if (last < *end - 1) *end = last + 1;
}

static struct err scan_topics(struct paging *paging, struct kafka_peek *peek) {
    for (int i = TOPIC_NONE + 1; i < TOPIC_LIMIT; i++) {
        int64_t start, end;
        paging->topic = (enum topic)i;
        if (paging->filter->topic != TOPIC_NONE && paging->filter->topic != paging->topic) continue;
        TRY(kafka_peek_ends(peek, topic_row(paging->topic)->dlq, 0, &start, &end));
        narrow(paging->filter, paging->topic, &start, &end);
        if (start >= end) continue;
        begin_page(paging);
        TRY(kafka_peek_read(peek, &(struct kafka_peek_range){.topic = topic_row(paging->topic)->dlq, .partition = 0, .from = start, .to = end, .visit = take_record, .self = paging}));
        TRY(paging->err);
        TRY(end_page(paging));
    }
    return OK;
}

struct err dead_letter_pages(struct pg *pg, const char *brokers, const struct dead_letter_filter *filter, dead_letter_visit_page visit, void *self) {
    struct paging paging = {.pg = pg, .filter = filter, .visit = visit, .self = self, .err = OK};
    struct kafka_peek *peek;
    TRY(kafka_peek_open(brokers, &peek));
    paging.arena = arena_create(PAGE_BYTES_MAX);
    const struct err err = scan_topics(&paging, peek);
    arena_destroy(paging.arena);
    kafka_peek_close(peek);
    return err;
}

/* ---- for callers ------------------------------------------------------------------------------------------------------------------------ */

struct scanning {
    bool with_closed;
    struct err (*visit)(void *self, const struct dead_letter *letter);
    void *self;
};

static struct err visit_each(void *self, struct arena *arena, struct dead_letter *letters, size_t count) {
    const struct scanning *scanning = self;
    (void)arena;
    for (size_t i = 0; i < count; i++)
        if (letters[i].state == DEAD_LETTER_OPEN || scanning->with_closed) TRY(scanning->visit(scanning->self, &letters[i]));
    return OK;
}

struct err dead_letter_scan(struct pg *pg, const char *brokers, const struct dead_letter_filter *filter, struct err (*visit)(void *self, const struct dead_letter *letter), void *self) {
    struct scanning scanning = {.with_closed = filter->with_closed, .visit = visit, .self = self};
    return dead_letter_pages(pg, brokers, filter, visit_each, &scanning);
}

static struct dead_letter_group *group_of(struct dead_letter_groups *groups, const struct dead_letter *letter) {
    for (size_t i = 0; i < groups->count; i++) {
        struct dead_letter_group *group = &groups->groups[i];
        if (group->topic == letter->topic && group->kind == letter->content.kind && slice_is(letter->code, group->code)) return group;
    }
    if (groups->count == DEAD_LETTER_GROUPS_MAX) return NULL;
    struct dead_letter_group *group = &groups->groups[groups->count++];
    *group = (struct dead_letter_group){.topic = letter->topic, .kind = letter->content.kind, .oldest_ms = letter->at_ms, .sample = letter->offset};
    CHECK(letter->code.size < sizeof group->code);
    memcpy(group->code, letter->code.bytes, letter->code.size);
    if (text_is_utf8(letter->message)) memcpy(group->message, letter->message.bytes, text_cut(letter->message, sizeof group->message - 1));
    return group;
}

void dead_letter_groups_add(struct dead_letter_groups *groups, const struct dead_letter *letter) {
    struct dead_letter_group *group = group_of(groups, letter);
    if (group == NULL) {
        groups->others++;
        return;
    }
    group->count++;
    group->open += letter->state == DEAD_LETTER_OPEN;
    group->edited += letter->state == DEAD_LETTER_OPEN && letter->edited.size > 0;
    group->replayed += letter->state == DEAD_LETTER_REPLAYED;
    group->discarded += letter->state == DEAD_LETTER_DISCARDED;
    if (letter->at_ms < group->oldest_ms) group->oldest_ms = letter->at_ms;
    if (letter->at_ms > group->newest_ms) group->newest_ms = letter->at_ms;
}

static struct err count_one(void *self, const struct dead_letter *letter) {
    dead_letter_groups_add(self, letter);
    return OK;
}

struct err dead_letter_groups(struct pg *pg, const char *brokers, const struct dead_letter_filter *filter, struct dead_letter_groups *ret_groups) {
    struct dead_letter_filter all = *filter;
    all.with_closed = true; /* they are counted by state */
    *ret_groups = (struct dead_letter_groups){0};
    return dead_letter_scan(pg, brokers, &all, count_one, ret_groups);
}

struct finding {
    struct arena *arena;
    enum topic topic;
    int64_t offset;
    struct dead_letter *letter;
};

static bool keep_one(void *self, const struct kafka_peek_record *record) {
    struct finding *finding = self;
    if (record->offset != finding->offset) return false; /* retention has removed it meanwhile */
    finding->letter = arena_zero(finding->arena, 1, sizeof *finding->letter);
    read_letter(finding->arena, finding->topic, record, finding->letter);
    return false;
}

static struct err find_in(struct kafka_peek *peek, struct finding *finding) {
    const char *name = topic_row(finding->topic)->dlq;
    int64_t start, end;
    TRY(kafka_peek_ends(peek, name, 0, &start, &end));
    if (finding->offset < start || finding->offset >= end) return OK;
    return kafka_peek_read(peek, &(struct kafka_peek_range){.topic = name, .partition = 0, .from = finding->offset, .to = finding->offset + 1, .visit = keep_one, .self = finding});
}

struct err dead_letter_find(struct pg *pg, const char *brokers, struct arena *arena, enum topic topic, int64_t offset, const struct dead_letter **ret_letter) {
    struct finding finding = {.arena = arena, .topic = topic, .offset = offset};
    struct kafka_peek *peek;
    TRY(kafka_peek_open(brokers, &peek));
    const struct err err = find_in(peek, &finding);
    kafka_peek_close(peek);
    if (failed(&err)) return err;
    if (finding.letter != NULL) TRY(dead_letter_states(pg, arena, finding.letter, 1, false));
    *ret_letter = finding.letter;
    return OK;
}

/* Counted from offsets and rows, not from the letters: asked every few seconds. */
static struct err count_topic(struct kafka_peek *peek, struct pg *pg, struct arena *arena, enum topic topic, int64_t *ret_open) {
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    int64_t start, end;
    TRY(kafka_peek_ends(peek, topic_row(topic)->dlq, 0, &start, &end));
    *ret_open = end - start;
    if (end == start) return OK;
    pg_add_text(p, slice_text(dead_letter_topic_symbol(topic)));
    pg_add_int8(p, start);
    pg_add_int8(p, end);
    TRY(pg_run(pg, arena, "SELECT count(DISTINCT letter_offset) FROM ops.dead_letter WHERE topic = $1 AND partition = 0 AND letter_offset >= $2 AND letter_offset < $3 AND state <> 'OPEN'", p, &rows));
    *ret_open -= pg_int8(&rows, 0, 0);
    return OK;
}

struct err dead_letters_open(struct pg *pg, const char *brokers, struct arena *arena, int64_t ret_counts[TOPIC_LIMIT]) {
    struct kafka_peek *peek;
    struct err err = OK;
    TRY(kafka_peek_open(brokers, &peek));
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT && !failed(&err); topic++) err = count_topic(peek, pg, arena, (enum topic)topic, &ret_counts[topic]);
    kafka_peek_close(peek);
    return err;
}
