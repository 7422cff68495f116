/* Reads an export line by line and feeds the walk. What is no record is told and left out: the hash of its journal tells the rest. */
#include "services/ledger/export_verify.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/edge/crypto.h"
#include "services/ledger/export_record.h"

enum { WORK_BYTES_MAX = 64 * 1024 * 1024, READ_BYTES = 1024 * 1024, BUFFER_BYTES = RECORD_BYTES_MAX + READ_BYTES };

/* ---- lines ------------------------------------------------------------------------------------------------------------------------------------- */

struct line_source {
    int fd;
    uint8_t *buffer;
    size_t at, end, searched; /* the unread bytes; up to `searched` there is no line feed */
    int64_t bytes;
    bool ended;
};

static struct err fill(struct line_source *source) {
    if (source->at > 0 && BUFFER_BYTES - source->end < READ_BYTES) {
        memmove(source->buffer, source->buffer + source->at, source->end - source->at);
        source->end -= source->at;
        source->searched -= source->at;
        source->at = 0;
    }
    const size_t room = BUFFER_BYTES - source->end;
    ssize_t got;
    do got = read(source->fd, source->buffer + source->end, room < READ_BYTES ? room : READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0) return ERR(FATAL, "the export can't be read: %s", strerror(errno));
    source->end += (size_t)got;
    source->bytes += got;
    source->ended = got == 0;
    return OK;
}

/* The next line without its feed; bytes NULL at the end. *ret_whole false: the file ends inside of it, or it is longer than any record. */
static struct err next_line(struct line_source *source, struct slice *ret_line, bool *ret_whole) {
    for (;;) {
        const uint8_t *const from = source->buffer + source->searched, *const feed = memchr(from, '\n', source->end - source->searched);
        const size_t size = (feed != NULL ? (size_t)(feed - source->buffer) : source->end) - source->at;
        *ret_whole = feed != NULL;
        if (feed != NULL || (source->ended && size > 0) || size >= RECORD_BYTES_MAX) {
            *ret_line = slice_of(source->buffer + source->at, size);
            source->at += size + (feed != NULL);
            source->searched = source->at;
            return OK;
        }
        *ret_line = (struct slice){0};
        if (source->ended) return OK;
        source->searched = source->end;
        TRY(fill(source));
    }
}

/* ---- the walk ------------------------------------------------------------------------------------------------------------------------------------ */

struct proof {
    const struct export_check *check;
    struct export_report *report;
    struct chain_walk walk;
    struct sha256 *hash;
    struct arena *record, *journal, *row;
    struct slice preface; /* what is left of it */
    bool preface_is_told, is_announced, is_ended;
    int32_t scope, agreement_no, next_agreement_no;
    int64_t journal_seq;
    bool journal_is_open; /* its expected heads are not compared yet */
    size_t expected;      /* the next one */
};

/* A damaged file may hold anything where a text is told: only plain characters reach a terminal. */
static void make_plain(char *text) {
    for (; *text != '\0'; text++)
        if (*text < ' ' || *text > '~') *text = '?';
}

static void keep_problem(void *self, const struct chain_problem *problem) {
    struct export_report *report = self;
    if (report->problem_count++ >= EXPORT_PROBLEMS_MAX) return;
    struct chain_problem *kept = &report->problems[report->problem_count - 1];
    *kept = *problem;
    make_plain(kept->agreement);
    make_plain(kept->where);
    make_plain(kept->text);
}

static void hash_start(void *self) { ((struct proof *)self)->hash = sha256_start(); }
static void hash_add(void *self, struct slice bytes) { sha256_add(((struct proof *)self)->hash, bytes); }
static void hash_finish(void *self, uint8_t ret_hash[CHAIN_HASH_BYTES]) {
    struct proof *proof = self;
    sha256_finish(proof->hash, ret_hash);
    proof->hash = NULL;
}
_Static_assert((int)SHA256_BYTES == (int)CHAIN_HASH_BYTES, "one hash");

static void tell_format(struct proof *proof, const char *text) { chain_walk_tell(&proof->walk, "format", "record", "%s", text); }

static int compare_place(const struct ledger_head *head, int32_t agreement_no, int64_t seq) {
    if (head->agreement_no != agreement_no) return head->agreement_no < agreement_no ? -1 : 1;
    return (head->journal_seq > seq) - (head->journal_seq < seq);
}

static void tell_missed(struct proof *proof, const struct ledger_head *head) {
    chain_walk_tell(&proof->walk, "head", "signed head", "%.*s: the head of %d was signed for journal %lld, which the export does not pass: it was cut, or is older", SLICE_ARGS(head->agreement),
                    head->date, (long long)head->journal_seq);
}

/* The heads that somebody kept: the chain must pass each. */
static void pass_expected(struct proof *proof, int32_t agreement_no, int64_t seq) {
    const struct chain_walk *walk = &proof->walk;
    for (; proof->expected < proof->check->expected_count; proof->expected++) {
        const struct ledger_head *head = &proof->check->expected[proof->expected];
        const int order = compare_place(head, agreement_no, seq);
        if (order > 0) return;
        if (order < 0) tell_missed(proof, head);
        else if (!slice_is(head->agreement, walk->id) || memcmp(head->hash, walk->head, sizeof head->hash) != 0)
            chain_walk_tell(&proof->walk, "head", "signed head", "journal %lld has another hash than the head of %d that was signed for it: the chain was changed since", (long long)seq, head->date);
        else if (head->committed != walk->totals.committed || head->receivable != walk->totals.receivable || head->credit != walk->totals.credit)
            chain_walk_tell(&proof->walk, "head", "signed head", "the balances at journal %lld are not those that were signed on %d", (long long)seq, head->date);
    }
}

static void close_journal(struct proof *proof) {
    chain_walk_close(&proof->walk);
    if (proof->journal_is_open) pass_expected(proof, proof->agreement_no, proof->journal_seq);
    proof->journal_is_open = false;
}

/* ---- records -------------------------------------------------------------------------------------------------------------------------------------- */

static bool take_export(struct proof *proof, struct slice line) {
    if (proof->is_announced) tell_format(proof, "the export begins twice");
    if (!record_read_export(proof->record, line, &proof->scope)) return false;
    proof->is_announced = true;
    return true;
}

static bool take_agreement(struct proof *proof, struct slice line) {
    struct chain_agreement agreement;
    close_journal(proof);
    if (!record_read_agreement(proof->record, line, &agreement)) return false;
    chain_walk_agreement(&proof->walk, &agreement);
    if (proof->scope == RECORD_SCOPE_ALL ? agreement.agreement_no != proof->next_agreement_no : agreement.agreement_no != proof->scope || proof->next_agreement_no > 0)
        chain_walk_tell(&proof->walk, "chain", "", "agreement %d does not come next: one is missing, or too many", agreement.agreement_no);
    proof->agreement_no = agreement.agreement_no;
    proof->next_agreement_no = agreement.agreement_no < INT32_MAX ? agreement.agreement_no + 1 : INT32_MAX;
    proof->journal_seq = 0;
    return true;
}

/* What the budget is judged by: as the document is read when it is put in force (agreement_document.h), where no pagu means none. */
static bool read_terms(struct arena *arena, struct slice document, struct chain_version *version) {
    json_t *root = json_loadb((const char *)document.bytes, document.size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *id = json_object_get(root, "id"), *pagu = json_object_get(root, "pagu"), *quota = json_object_get(root, "quota");
    const bool good = json_is_string(id) && (pagu == NULL || json_is_integer(pagu)) && (quota == NULL || json_is_integer(quota)) && json_string_length(id) < CHAIN_ID_MAX;
    if (good) {
        version->id = arena_copy(arena, slice_of(json_string_value(id), json_string_length(id)));
        version->pagu = pagu != NULL ? json_integer_value(pagu) : RUPIAH_INPUT_MAX;
        version->quota = quota != NULL ? json_integer_value(quota) : -1;
    }
    json_decref(root);
    return good;
}

static bool take_version(struct proof *proof, struct slice line) {
    struct record_version record;
    uint8_t hash[SHA256_BYTES];
    close_journal(proof);
    if (!record_read_version(proof->record, line, &record)) return false;
    crypto_sha256(record.document, hash);
    struct chain_version version = {.amendment = record.amendment, .journal_seq = record.journal_seq, .sha256 = record.sha256, .id = slice_text(""), .quota = -1};
    if (!slice_equal(record.sha256, slice_of(hash, sizeof hash))) chain_walk_tell(&proof->walk, "agreement", "document", "the document was changed: it has another hash");
    if (!read_terms(proof->record, record.document, &version)) chain_walk_tell(&proof->walk, "agreement", "document", "it is no document of an agreement");
    chain_walk_version(&proof->walk, &version);
    return true;
}

static bool take_journal(struct proof *proof, struct slice line) {
    struct journal_row journal;
    struct slice hash;
    close_journal(proof);
    if (!record_read_journal(proof->record, line, proof->agreement_no, &journal, &hash)) return false;
    proof->journal_seq = journal.seq;
    proof->journal_is_open = true;
    chain_walk_journal(&proof->walk, &journal, hash);
    return true;
}

static bool take_entry(struct proof *proof, struct slice line) {
    struct entry_row entry;
    if (!record_read_entry(proof->record, line, &entry)) return false;
    chain_walk_entry(&proof->walk, &entry);
    return true;
}

static bool take_outcome(struct proof *proof, struct slice line) {
    struct outcome_row outcome;
    if (!record_read_outcome(proof->record, line, proof->agreement_no, proof->journal_seq, &outcome)) return false;
    chain_walk_outcome(&proof->walk, &outcome);
    return true;
}

static bool take_line(struct proof *proof, struct slice text) {
    struct line_row line;
    if (!record_read_line(proof->record, text, proof->agreement_no, proof->journal_seq, &line)) return false;
    chain_walk_line(&proof->walk, &line);
    return true;
}

static bool take_head(struct proof *proof, struct slice line) {
    struct record_head record;
    struct ledger_head head;
    close_journal(proof);
    if (!record_read_head(proof->record, line, &record)) return false;
    struct sign_public key;
    memcpy(key.bytes, record.key, sizeof key.bytes);
    if (proof->check->key != NULL && memcmp(key.bytes, proof->check->key->bytes, sizeof key.bytes) != 0)
        chain_walk_tell(&proof->walk, "head", "signed head", "it is signed with another key than the one given");
    if (!sign_is_right(&key, record.document, record.signature)) chain_walk_tell(&proof->walk, "head", "signed head", "its signature is wrong: document, key or signature was changed");
    if (!head_read(record.document, &head)) return false;
    chain_walk_head(&proof->walk, &head);
    return true;
}
_Static_assert((int)RECORD_KEY_BYTES == (int)SIGN_PUBLIC_BYTES && (int)RECORD_SIGNATURE_BYTES == (int)SIGNATURE_BYTES, "one kind of signature");

static bool take_end(struct proof *proof, struct slice line) {
    struct chain_counts stated;
    const struct chain_counts *found = &proof->walk.counts;
    close_journal(proof);
    const int64_t at = proof->walk.at;
    chain_walk_end(&proof->walk);
    proof->walk.at = at;
    proof->is_ended = true;
    if (!record_read_end(proof->record, line, &stated)) return false;
    if (memcmp(&stated, found, sizeof stated) != 0) tell_format(proof, "the numbers of records that the export states are not those that are here");
    return true;
}
_Static_assert(sizeof(struct chain_counts) == 7 * sizeof(int64_t), "no holes: compared as bytes");

static void take_record(struct proof *proof, struct slice line) {
    static bool (*const take[RECORD_KINDS])(struct proof *proof, struct slice line) = {
        [RECORD_EXPORT] = take_export, [RECORD_AGREEMENT] = take_agreement, [RECORD_VERSION] = take_version, [RECORD_JOURNAL] = take_journal, [RECORD_ENTRY] = take_entry,
        [RECORD_OUTCOME] = take_outcome, [RECORD_LINE] = take_line, [RECORD_HEAD] = take_head, [RECORD_END] = take_end};
    arena_reset(proof->record);
    const enum record_kind kind = record_kind(line);
    if (proof->is_ended) tell_format(proof, "it stands behind the end of the export");
    else if (!proof->is_announced && kind != RECORD_EXPORT) tell_format(proof, "the export does not begin with its format");
    proof->is_announced |= kind != RECORD_EXPORT; /* told once */
    if (kind == RECORD_NONE || !take[kind](proof, line)) tell_format(proof, "it is no record of this format, or not as this format writes it");
}

/* The preface must be that of the format, byte for byte: there is nothing in an export that is not looked at. */
static bool take_preface(struct proof *proof, struct slice line) {
    const bool is_comment = line.size > 0 && line.bytes[0] == '#';
    if (!is_comment && proof->preface.size == 0) return false;
    const uint8_t *const feed = proof->preface.size > 0 ? memchr(proof->preface.bytes, '\n', proof->preface.size) : NULL;
    const size_t size = feed != NULL ? (size_t)(feed - proof->preface.bytes) : 0;
    if (is_comment && feed != NULL && slice_equal(line, slice_of(proof->preface.bytes, size))) {
        proof->preface = slice_of(feed + 1, proof->preface.size - size - 1);
        return true;
    }
    if (!proof->preface_is_told) tell_format(proof, "the lines in front of the records are not those of format 1");
    proof->preface_is_told = true;
    if (!is_comment) proof->preface.size = 0;
    return is_comment;
}

static struct err read_all(struct proof *proof, struct line_source *source) {
    for (;;) {
        struct slice line;
        bool whole;
        TRY(next_line(source, &line, &whole));
        if (line.bytes == NULL) break;
        proof->walk.at = ++proof->report->records;
        if (!whole) tell_format(proof, source->ended ? "the export ends inside of it" : "it is longer than any record");
        if (proof->is_announced || !take_preface(proof, line)) take_record(proof, line);
        if (!whole && !source->ended) break;
    }
    proof->walk.at = proof->report->records + 1;
    if (!proof->is_ended) {
        close_journal(proof);
        tell_format(proof, "the export ends without its last record: it was cut");
        chain_walk_end(&proof->walk);
    }
    pass_expected(proof, INT32_MAX, INT64_MAX);
    return OK;
}

struct err export_verify(const char *path, const struct export_check *check, struct export_report *ret_report) {
    struct line_source source = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (source.fd < 0) return ERR(FATAL, "the export can't be opened: %s", strerror(errno));
    struct proof proof = {.check = check, .report = ret_report, .record = arena_create(WORK_BYTES_MAX), .journal = arena_create(WORK_BYTES_MAX), .row = arena_create(WORK_BYTES_MAX),
                          .preface = record_preface(), .scope = RECORD_SCOPE_ALL};
    const struct chain_hasher hasher = {.start = hash_start, .add = hash_add, .finish = hash_finish, .self = &proof};
    source.buffer = malloc(BUFFER_BYTES);
    CHECK(source.buffer != NULL);
    memset(ret_report, 0, sizeof *ret_report);
    chain_walk_start(&proof.walk, proof.journal, proof.row, &hasher, keep_problem, ret_report);
    struct err err = read_all(&proof, &source);
    if (failed(&err)) chain_walk_close(&proof.walk); /* gives its hash back */
    ret_report->counts = proof.walk.counts;
    ret_report->bytes = source.bytes;
    (void)close(source.fd); /* only read */
    free(source.buffer);
    arena_destroy(proof.record);
    arena_destroy(proof.journal);
    arena_destroy(proof.row);
    return err;
}
