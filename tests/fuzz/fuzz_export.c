/* Any bytes as lines of an export: what is read as a record is written again as the very same line, and whatever comes, in whatever order, the walk tells problems and never falls:
 * an auditor's tool is given files by those who are audited. Lines of signed heads are read and written likewise. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "services/ledger/export_record.h"
#include "services/ledger/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct record record;
static struct arena *arena, *journal_arena, *row_arena;
static int64_t told;
static int32_t agreement_no;
static int64_t journal_seq;

static void hash_start(void *self) { (void)self; }
static void hash_add(void *self, struct slice bytes) { (void)self, (void)bytes; }
static void hash_finish(void *self, uint8_t ret_hash[CHAIN_HASH_BYTES]) { (void)self, memset(ret_hash, 0, CHAIN_HASH_BYTES); }
static void tell(void *self, const struct chain_problem *problem) { (void)self, (void)problem, told++; }

static void is_same(struct slice line) { CHECK(record.used == line.size + 1 && memcmp(record.bytes, line.bytes, line.size) == 0 && record.bytes[line.size] == '\n'); }

static void take_agreement(struct chain_walk *walk, struct slice line) {
    struct chain_agreement agreement;
    if (!record_read_agreement(arena, line, &agreement)) return;
    record_of_agreement(&record, &agreement);
    is_same(line);
    agreement_no = agreement.agreement_no;
    chain_walk_agreement(walk, &agreement);
}

static void take_version(struct chain_walk *walk, struct slice line) {
    struct record_version version;
    if (!record_read_version(arena, line, &version)) return;
    record_of_version(&record, &version);
    is_same(line);
    chain_walk_version(walk, &(struct chain_version){.amendment = version.amendment, .journal_seq = version.journal_seq, .sha256 = version.sha256, .id = slice_text("satu"), .pagu = 100000, .quota = -1});
}

static void take_journal(struct chain_walk *walk, struct slice line) {
    struct journal_row journal;
    struct slice hash;
    if (!record_read_journal(arena, line, agreement_no, &journal, &hash)) return;
    record_of_journal(&record, &journal, hash);
    is_same(line);
    journal_seq = journal.seq;
    chain_walk_journal(walk, &journal, hash);
}

static void take_row(struct chain_walk *walk, struct slice line, enum record_kind kind) {
    struct entry_row entry;
    struct outcome_row outcome;
    struct line_row row;
    if (kind == RECORD_ENTRY && record_read_entry(arena, line, &entry)) {
        record_of_entry(&record, &entry);
        is_same(line);
        chain_walk_entry(walk, &entry);
    }
    if (kind == RECORD_OUTCOME && record_read_outcome(arena, line, agreement_no, journal_seq, &outcome)) {
        record_of_outcome(&record, &outcome);
        is_same(line);
        chain_walk_outcome(walk, &outcome);
    }
    if (kind == RECORD_LINE && record_read_line(arena, line, agreement_no, journal_seq, &row)) {
        record_of_line(&record, &row);
        is_same(line);
        chain_walk_line(walk, &row);
    }
}

static void take_head(struct chain_walk *walk, struct slice line) {
    struct record_head signed_one;
    struct ledger_head head;
    if (!record_read_head(arena, line, &signed_one)) return;
    record_of_head(&record, &signed_one);
    is_same(line);
    if (!head_read(signed_one.document, &head)) return;
    CHECK(slice_equal(head_write(arena, &head), signed_one.document));
    chain_walk_head(walk, &head);
}

static void take_rest(struct slice line, enum record_kind kind) {
    struct chain_counts counts;
    struct signed_head head;
    int32_t scope;
    if (kind == RECORD_END && record_read_end(arena, line, &counts)) {
        record_of_end(&record, &counts);
        is_same(line);
    }
    if (kind == RECORD_EXPORT && record_read_export(arena, line, &scope)) {
        record_of_export(&record, scope);
        is_same(line);
    }
    if (signed_head_read(line, &head)) CHECK(slice_equal(signed_head_write(arena, &head), line));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct chain_walk walk;
    const struct chain_hasher hasher = {.start = hash_start, .add = hash_add, .finish = hash_finish};
    if (record.bytes == NULL) {
        record.bytes = malloc(RECORD_BYTES_MAX);
        CHECK(record.bytes != NULL);
        arena = arena_create(64 << 20);
        journal_arena = arena_create(64 << 20);
        row_arena = arena_create(64 << 20);
    }
    agreement_no = 0;
    journal_seq = 0;
    chain_walk_start(&walk, journal_arena, row_arena, &hasher, tell, NULL);
    for (size_t at = 0; at < size; walk.at++) {
        const uint8_t *const feed = memchr(data + at, '\n', size - at);
        const struct slice line = slice_of(data + at, feed != NULL ? (size_t)(feed - data) - at : size - at);
        const enum record_kind kind = record_kind(line);
        arena_reset(arena);
        if (kind == RECORD_AGREEMENT) take_agreement(&walk, line);
        else if (kind == RECORD_VERSION) take_version(&walk, line);
        else if (kind == RECORD_JOURNAL) take_journal(&walk, line);
        else if (kind == RECORD_HEAD) take_head(&walk, line);
        else if (kind == RECORD_NONE || kind == RECORD_END || kind == RECORD_EXPORT) take_rest(line, kind);
        else take_row(&walk, line, kind);
        at += line.size + 1;
    }
    chain_walk_end(&walk);
    return 0;
}
