/* Rows to lines of text and back. The order of the fields stands here twice, in a writer and its reader side by side, and once in words in the preface. */
#include "services/ledger/export_record.h"

#include "common/base/check.h"
#include "common/domain/text.h"

static const char preface[] =
    "# Payung: export of a ledger for auditors, format 1. `payung ledger verify --offline FILE` checks it without a database and without keys.\n"
    "# UTF-8 text. One record a line, fields between tabs; each line ends with a line feed. First field: the kind of the record.\n"
    "# Numbers: decimal. Amounts: whole rupiah, debit positive. Days: YYYYMMDD. Months: YYYYMM. Moments: microseconds since 1970-01-01 UTC. Yes and no: 1 and 0.\n"
    "# Bytes (hashes, ids, tokens): lower case hexadecimal. Texts: \\t \\n \\\\ stand for tab, line feed and backslash. \\N: there is none (NULL).\n"
    "# No names and no NIK are in it: person_token is a keyed hash. Order: the agreements by number; under each its journals by seq; under each journal its rows.\n"
    "#   export     format, scope (all, or the number of the one agreement)\n"
    "#   agreement  agreement_no, agreement_id, number of documents, number of signed heads, delegated before journals told it, seq of the last journal, its hash,\n"
    "#              committed, reserved, delegated, receivable, credit, accepted, reserved_heads, waitlisted: what all that follows must come to\n"
    "#   version    amendment, seq of the journal that put it in force (0: older than journals of that kind), SHA-256 of the document, document (JSON); before its journal\n"
    "#   journal    seq, version, kind, business_date, commit_sequence, outcomes, lines, reference, reason, reverses, previous hash, posted_at, hash\n"
    "#   entry      line, account, amount\n"
    "#   outcome    epoch, partition, origin, application_id, attempt, repeat, batch_id, row_number, status, codes, warnings, person_token, segment, programmes, start_month, months,\n"
    "#              jkk, jkm, jht, jp, package, amount, rank, place, registration_date, premium lines (JSON), message_due, commit_sequence, position, decided_at\n"
    "#   line       position, month, kind, place, application_id, months, jkk, jkm, jht, jp, package, reduction (five amounts with commas), relief, amount, reserved, heads, waiting,\n"
    "#              reserved_heads, state, day, reason, detail, invoice_no, message_due\n"
    "#   head       signed document (JSON), public key, signature (Ed25519 of the document's bytes); after the journal that it names\n"
    "#   end        agreements, documents, journals, entries, outcomes, lines, signed heads in this file\n"
    "# hash of a journal = SHA-256(journal bytes, entry bytes of each entry, outcome bytes of each outcome, line bytes of each line, in the order of this file), where numbers are\n"
    "# big-endian two's complement of the width that follows them, texts and byte strings a length of 4 bytes and then the bytes, \\N the length FFFFFFFF, days and months numbers:\n"
    "#   journal    \"payung-journal-\" and the digit of the version (16 bytes) | previous text | agreement_no 4 | seq 8 | kind text | business_date 4 | commit_sequence 8 | outcomes 4 |\n"
    "#              since version 3: lines 4 | reference text | reason text | reverses 8 | then posted_at 8\n"
    "#   entry      line 2 | account text | amount 8\n"
    "#   outcome    epoch 4 | partition 4 | origin 8 | application_id 16 bytes | attempt 4 | repeat 1 | agreement_no 4 | batch_id text | row_number 4 | status 2 | codes 8 | warnings 8 |\n"
    "#              person_token text | segment 2 | programmes 2 | start_month 4 | months 2 | jkk 8 | jkm 8 | jht 8 | jp 8 | since version 2: package 8 | amount 8 | rank 4 |\n"
    "#              since version 3: place 8 | registration_date 4 | premium lines text | message_due text | commit_sequence 8 | position 4 | seq of the journal 8 | decided_at 8\n"
    "#   line       position 4 | month 4 | kind 2 | place 8 | application_id text | months 2 | jkk 8 | jkm 8 | jht 8 | jp 8 | package 8 | 1 and five times 8, or 0: reduction |\n"
    "#              relief text | amount 8 | reserved 8 | heads 4 | waiting 4 | reserved_heads 4 | state 2 | day 4 | reason text | detail text | invoice_no 4 | message_due text\n"
    "# Which entries the outcomes and lines of a journal make, and what the kinds of lines mean, is written in services/ledger/line.h of the source.\n";

struct slice record_preface(void) { return slice_of(preface, sizeof preface - 1); }

static const char *const words[RECORD_KINDS] = {[RECORD_EXPORT] = "export", [RECORD_AGREEMENT] = "agreement", [RECORD_VERSION] = "version", [RECORD_JOURNAL] = "journal",
                                                [RECORD_ENTRY] = "entry",   [RECORD_OUTCOME] = "outcome",     [RECORD_LINE] = "line",       [RECORD_HEAD] = "head",
                                                [RECORD_END] = "end"};

/* ---- writing --------------------------------------------------------------------------------------------------------------------------------------- */

static void put_byte(struct record *record, uint8_t byte) {
    CHECK(record->used < RECORD_BYTES_MAX);
    record->bytes[record->used++] = byte;
}

static void start(struct record *record, enum record_kind kind) {
    record->used = strlen(words[kind]);
    memcpy(record->bytes, words[kind], record->used);
}

static void finish(struct record *record) { put_byte(record, '\n'); }

static void put_digits(struct record *record, int64_t value) {
    uint8_t digits[20];
    size_t count = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[count++] = (uint8_t)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) put_byte(record, '-');
    while (count > 0) put_byte(record, digits[--count]);
}

static void put_number(struct record *record, int64_t value) {
    put_byte(record, '\t');
    put_digits(record, value);
}

static void put_null(struct record *record) {
    put_byte(record, '\t');
    put_byte(record, '\\');
    put_byte(record, 'N');
}

static void put_text(struct record *record, struct slice text) {
    put_byte(record, '\t');
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.bytes[i];
        if (byte == '\t' || byte == '\n' || byte == '\\') put_byte(record, '\\');
        put_byte(record, byte == '\t' ? 't' : byte == '\n' ? 'n' : byte);
    }
}

static void put_nullable(struct record *record, struct slice text) {
    if (text.bytes == NULL) put_null(record);
    else put_text(record, text);
}

static void put_hex(struct record *record, struct slice bytes) {
    put_byte(record, '\t');
    CHECK(record->used + 2 * bytes.size < RECORD_BYTES_MAX); /* the terminator, too */
    text_hex(bytes, (char *)record->bytes + record->used);
    record->used += 2 * bytes.size;
}

/* ---- reading --------------------------------------------------------------------------------------------------------------------------------------- */

struct reader {
    struct arena *arena;
    const uint8_t *at, *end; /* at: NULL behind the last field */
    bool wrong;
};

static bool starts_with(struct slice line, const char *word, size_t size) { return line.size > size && memcmp(line.bytes, word, size) == 0 && line.bytes[size] == '\t'; }

enum record_kind record_kind(struct slice line) {
    for (int kind = RECORD_ENTRY; kind < RECORD_KINDS; kind++) /* the frequent ones first */
        if (starts_with(line, words[kind], strlen(words[kind]))) return (enum record_kind)kind;
    for (int kind = RECORD_EXPORT; kind < RECORD_ENTRY; kind++)
        if (starts_with(line, words[kind], strlen(words[kind]))) return (enum record_kind)kind;
    return RECORD_NONE;
}

static struct reader reader_of(struct arena *arena, struct slice line, enum record_kind kind) {
    const size_t size = strlen(words[kind]);
    if (!starts_with(line, words[kind], size)) return (struct reader){.wrong = true};
    return (struct reader){.arena = arena, .at = line.bytes + size + 1, .end = line.bytes + line.size};
}

static bool is_read(const struct reader *reader) { return !reader->wrong && reader->at == NULL; }

static struct slice take_field(struct reader *reader) {
    if (reader->wrong || reader->at == NULL) {
        reader->wrong = true;
        return slice_text("");
    }
    const uint8_t *const start = reader->at, *const tab = memchr(start, '\t', (size_t)(reader->end - start));
    reader->at = tab != NULL ? tab + 1 : NULL;
    return slice_of(start, (size_t)((tab != NULL ? tab : reader->end) - start));
}

static bool read_digits(struct slice text, int64_t *ret_value) {
    const bool negative = text.size > 0 && text.bytes[0] == '-';
    const size_t first = negative ? 1 : 0, digits = text.size - first;
    uint64_t value = 0;
    if (digits == 0 || digits > 19 || (text.bytes[first] == '0' && (digits > 1 || negative))) return false;
    for (size_t i = first; i < text.size; i++) {
        const uint8_t digit = (uint8_t)(text.bytes[i] - '0');
        if (digit > 9) return false;
        value = value * 10 + digit; /* 19 digits fit */
    }
    if (value > (uint64_t)INT64_MAX + negative) return false;
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static int64_t take_number(struct reader *reader, int64_t min, int64_t max) {
    int64_t value = 0;
    if (!read_digits(take_field(reader), &value) || value < min || value > max) {
        reader->wrong = true;
        return min <= 0 && max >= 0 ? 0 : min;
    }
    return value;
}
static int64_t take_int8(struct reader *reader) { return take_number(reader, INT64_MIN, INT64_MAX); }
static int32_t take_int4(struct reader *reader) { return (int32_t)take_number(reader, INT32_MIN, INT32_MAX); }
static int16_t take_int2(struct reader *reader) { return (int16_t)take_number(reader, INT16_MIN, INT16_MAX); }
static bool take_bool(struct reader *reader) { return take_number(reader, 0, 1) == 1; }

static struct slice unescaped(struct reader *reader, struct slice field) {
    uint8_t *bytes = arena_take(reader->arena, field.size);
    size_t used = 0;
    for (size_t i = 0; i < field.size; i++) {
        uint8_t byte = field.bytes[i];
        if (byte == '\\') {
            const uint8_t next = i + 1 < field.size ? field.bytes[++i] : 0;
            byte = next == 't' ? '\t' : next == 'n' ? '\n' : '\\';
            reader->wrong |= next != 't' && next != 'n' && next != '\\';
        }
        bytes[used++] = byte;
    }
    return slice_of(bytes, used);
}

static struct slice take_nullable(struct reader *reader, size_t size_max) {
    const struct slice field = take_field(reader);
    reader->wrong |= field.size > 2 * size_max || (field.size > 0 && memchr(field.bytes, '\0', field.size) != NULL); /* no text of the database holds one */
    if (reader->wrong) return slice_text("");
    if (slice_is(field, "\\N")) return (struct slice){0};
    const struct slice text = field.size > 0 && memchr(field.bytes, '\\', field.size) != NULL ? unescaped(reader, field) : field;
    reader->wrong |= text.size > size_max;
    return text;
}

static struct slice take_text(struct reader *reader, size_t size_max) {
    const struct slice text = take_nullable(reader, size_max);
    reader->wrong |= text.bytes == NULL;
    return text;
}

/* Exactly size bytes into ret_bytes, which stays as it was when they are not there. */
static void take_hex(struct reader *reader, uint8_t *ret_bytes, size_t size) {
    const struct slice field = take_field(reader);
    if (field.size != 2 * size || !text_hex_read(field, ret_bytes)) reader->wrong = true;
}

/* 32 bytes, or none where there may be none. */
static struct slice take_hash(struct reader *reader, bool optional) {
    const struct slice field = take_field(reader);
    if (reader->wrong || (optional && field.size == 0)) return slice_text("");
    uint8_t *bytes = arena_take(reader->arena, CHAIN_HASH_BYTES);
    if (field.size == 2 * CHAIN_HASH_BYTES && text_hex_read(field, bytes)) return slice_of(bytes, CHAIN_HASH_BYTES);
    reader->wrong = true;
    return slice_text("");
}

/* ---- export, end ------------------------------------------------------------------------------------------------------------------------------------- */

enum { FORMAT = 1 };

void record_of_export(struct record *record, int32_t scope) {
    start(record, RECORD_EXPORT);
    put_number(record, FORMAT);
    if (scope == RECORD_SCOPE_ALL) put_text(record, slice_text("all"));
    else put_number(record, scope);
    finish(record);
}

bool record_read_export(struct arena *arena, struct slice line, int32_t *ret_scope) {
    struct reader reader = reader_of(arena, line, RECORD_EXPORT);
    (void)take_number(&reader, FORMAT, FORMAT); /* another one is wrong */
    struct reader all = reader;
    const bool is_all = slice_is(take_text(&all, RECORD_TEXT_MAX), "all");
    const int32_t scope = is_all ? RECORD_SCOPE_ALL : (int32_t)take_number(&reader, 0, INT32_MAX);
    if (!is_read(is_all ? &all : &reader)) return false;
    *ret_scope = scope;
    return true;
}

void record_of_end(struct record *record, const struct chain_counts *counts) {
    start(record, RECORD_END);
    const int64_t numbers[] = {counts->agreements, counts->versions, counts->journals, counts->entries, counts->outcomes, counts->lines, counts->heads};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) put_number(record, numbers[i]);
    finish(record);
}

bool record_read_end(struct arena *arena, struct slice line, struct chain_counts *ret_counts) {
    struct reader reader = reader_of(arena, line, RECORD_END);
    struct chain_counts counts;
    int64_t *const numbers[] = {&counts.agreements, &counts.versions, &counts.journals, &counts.entries, &counts.outcomes, &counts.lines, &counts.heads};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) *numbers[i] = take_number(&reader, 0, INT64_MAX);
    if (!is_read(&reader)) return false;
    *ret_counts = counts;
    return true;
}

/* ---- agreements, documents, heads ------------------------------------------------------------------------------------------------------------------------ */

void record_of_agreement(struct record *record, const struct chain_agreement *agreement) {
    const struct chain_totals *totals = &agreement->totals;
    start(record, RECORD_AGREEMENT);
    put_number(record, agreement->agreement_no);
    put_text(record, agreement->id);
    put_number(record, agreement->versions);
    put_number(record, agreement->heads);
    put_number(record, agreement->delegated_before);
    put_number(record, agreement->journal_seq);
    put_hex(record, agreement->head);
    const int64_t numbers[] = {totals->committed, totals->reserved, totals->delegated, totals->receivable, totals->credit, totals->accepted, totals->reserved_heads, totals->waitlisted};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) put_number(record, numbers[i]);
    finish(record);
}

bool record_read_agreement(struct arena *arena, struct slice line, struct chain_agreement *ret_agreement) {
    struct reader reader = reader_of(arena, line, RECORD_AGREEMENT);
    struct chain_agreement agreement = {0};
    struct chain_totals *totals = &agreement.totals;
    agreement.agreement_no = (int32_t)take_number(&reader, 0, INT32_MAX);
    agreement.id = take_text(&reader, CHAIN_ID_MAX - 1);
    agreement.versions = (int32_t)take_number(&reader, 0, INT32_MAX);
    agreement.heads = (int32_t)take_number(&reader, 0, INT32_MAX);
    agreement.delegated_before = take_int8(&reader);
    agreement.journal_seq = take_number(&reader, 0, INT64_MAX);
    agreement.head = take_hash(&reader, true);
    int64_t *const numbers[] = {&totals->committed, &totals->reserved, &totals->delegated, &totals->receivable, &totals->credit, &totals->accepted, &totals->reserved_heads,
                                &totals->waitlisted};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) *numbers[i] = take_int8(&reader);
    if (!is_read(&reader)) return false;
    *ret_agreement = agreement;
    return true;
}

void record_of_version(struct record *record, const struct record_version *version) {
    start(record, RECORD_VERSION);
    put_number(record, version->amendment);
    put_number(record, version->journal_seq);
    put_hex(record, version->sha256);
    put_text(record, version->document);
    finish(record);
}

bool record_read_version(struct arena *arena, struct slice line, struct record_version *ret_version) {
    struct reader reader = reader_of(arena, line, RECORD_VERSION);
    struct record_version version;
    version.amendment = (int32_t)take_number(&reader, 0, INT32_MAX);
    version.journal_seq = take_number(&reader, 0, INT64_MAX);
    version.sha256 = take_hash(&reader, false);
    version.document = take_text(&reader, RECORD_DOCUMENT_MAX);
    if (!is_read(&reader)) return false;
    *ret_version = version;
    return true;
}

void record_of_head(struct record *record, const struct record_head *head) {
    start(record, RECORD_HEAD);
    put_text(record, head->document);
    put_hex(record, slice_of(head->key, sizeof head->key));
    put_hex(record, slice_of(head->signature, sizeof head->signature));
    finish(record);
}

bool record_read_head(struct arena *arena, struct slice line, struct record_head *ret_head) {
    struct reader reader = reader_of(arena, line, RECORD_HEAD);
    struct record_head head;
    head.document = take_text(&reader, HEAD_TEXT_MAX);
    take_hex(&reader, head.key, sizeof head.key);
    take_hex(&reader, head.signature, sizeof head.signature);
    if (!is_read(&reader)) return false;
    *ret_head = head;
    return true;
}

/* ---- journals and entries ---------------------------------------------------------------------------------------------------------------------------------- */

void record_of_journal(struct record *record, const struct journal_row *journal, struct slice hash) {
    start(record, RECORD_JOURNAL);
    put_number(record, journal->seq);
    put_number(record, journal->version);
    put_text(record, journal->kind);
    put_number(record, journal->business_date);
    put_number(record, journal->commit_sequence);
    put_number(record, journal->outcomes);
    put_number(record, journal->lines);
    put_text(record, journal->reference);
    put_text(record, journal->reason);
    put_number(record, journal->reverses);
    put_hex(record, journal->previous);
    put_number(record, journal->posted_at_us);
    put_hex(record, hash);
    finish(record);
}

bool record_read_journal(struct arena *arena, struct slice line, int32_t agreement_no, struct journal_row *ret_journal, struct slice *ret_hash) {
    struct reader reader = reader_of(arena, line, RECORD_JOURNAL);
    struct journal_row journal = {.agreement_no = agreement_no};
    journal.seq = take_int8(&reader);
    journal.version = take_int2(&reader);
    journal.kind = take_text(&reader, RECORD_TEXT_MAX);
    journal.business_date = take_int4(&reader);
    journal.commit_sequence = take_int8(&reader);
    journal.outcomes = take_int4(&reader);
    journal.lines = take_int4(&reader);
    journal.reference = take_text(&reader, RECORD_TEXT_MAX);
    journal.reason = take_text(&reader, RECORD_TEXT_MAX);
    journal.reverses = take_int8(&reader);
    journal.previous = take_hash(&reader, true);
    journal.posted_at_us = take_int8(&reader);
    const struct slice hash = take_hash(&reader, false);
    if (!is_read(&reader)) return false;
    *ret_journal = journal;
    *ret_hash = hash;
    return true;
}

void record_of_entry(struct record *record, const struct entry_row *entry) {
    start(record, RECORD_ENTRY);
    put_number(record, entry->line);
    put_text(record, entry->account);
    put_number(record, entry->amount);
    finish(record);
}

bool record_read_entry(struct arena *arena, struct slice line, struct entry_row *ret_entry) {
    struct reader reader = reader_of(arena, line, RECORD_ENTRY);
    struct entry_row entry;
    entry.line = take_int2(&reader);
    entry.account = take_text(&reader, RECORD_TEXT_MAX);
    entry.amount = take_int8(&reader);
    if (!is_read(&reader)) return false;
    *ret_entry = entry;
    return true;
}

/* ---- outcomes ------------------------------------------------------------------------------------------------------------------------------------------------ */

void record_of_outcome(struct record *record, const struct outcome_row *row) {
    start(record, RECORD_OUTCOME);
    put_number(record, (int32_t)row->epoch);
    put_number(record, row->partition);
    put_number(record, row->origin);
    put_hex(record, slice_of(row->application_id.bytes, ID_BYTES));
    put_number(record, (int32_t)row->attempt);
    put_number(record, row->repeat);
    put_text(record, row->batch_id);
    put_number(record, row->row_number);
    put_number(record, row->status);
    put_number(record, (int64_t)row->codes.bits);
    put_number(record, (int64_t)row->warnings.bits);
    put_hex(record, slice_of(row->person.bytes, TOKEN_BYTES));
    put_number(record, row->segment);
    put_number(record, row->programmes);
    put_number(record, row->start_month);
    put_number(record, row->months);
    for (int i = 0; i < LEDGER_CHARGES; i++) put_number(record, row->by_charge[i]);
    put_number(record, row->amount);
    put_number(record, row->rank);
    put_number(record, row->place);
    put_number(record, row->registration_date);
    put_text(record, row->lines);
    put_nullable(record, row->message_due);
    put_number(record, row->commit_sequence);
    put_number(record, row->position);
    put_number(record, row->decided_at_us);
    finish(record);
}

bool record_read_outcome(struct arena *arena, struct slice line, int32_t agreement_no, int64_t journal_seq, struct outcome_row *ret_outcome) {
    struct reader reader = reader_of(arena, line, RECORD_OUTCOME);
    struct outcome_row row = {.agreement_no = agreement_no, .journal_seq = journal_seq};
    row.epoch = (uint32_t)take_int4(&reader);
    row.partition = take_int4(&reader);
    row.origin = take_int8(&reader);
    take_hex(&reader, row.application_id.bytes, ID_BYTES);
    row.attempt = (uint32_t)take_int4(&reader);
    row.repeat = take_bool(&reader);
    row.batch_id = take_text(&reader, RECORD_TEXT_MAX);
    row.row_number = take_int4(&reader);
    row.status = (enum outcome_status)take_number(&reader, OUTCOME_NONE, OUTCOME_PARKED);
    row.codes.bits = (uint64_t)take_int8(&reader);
    row.warnings.bits = (uint64_t)take_int8(&reader);
    take_hex(&reader, row.person.bytes, TOKEN_BYTES);
    row.segment = (enum segment)take_number(&reader, SEGMENT_NONE, SEGMENT_PMI);
    row.programmes = (programme_set)take_number(&reader, 0, UINT8_MAX);
    row.start_month = take_int4(&reader);
    row.months = take_int2(&reader);
    for (int i = 0; i < LEDGER_CHARGES; i++) row.by_charge[i] = take_int8(&reader);
    row.amount = take_int8(&reader);
    row.rank = take_int4(&reader);
    row.place = take_int8(&reader);
    row.registration_date = take_int4(&reader);
    row.lines = take_text(&reader, RECORD_DOCUMENT_MAX);
    row.message_due = take_nullable(&reader, RECORD_TEXT_MAX);
    row.commit_sequence = take_int8(&reader);
    row.position = take_int4(&reader);
    row.decided_at_us = take_int8(&reader);
    if (!is_read(&reader)) return false;
    *ret_outcome = row;
    return true;
}

/* ---- lines --------------------------------------------------------------------------------------------------------------------------------------------------- */

static void put_reduction(struct record *record, const struct line_row *line) {
    if (!line->is_reduced) {
        put_null(record);
        return;
    }
    for (int i = 0; i < LEDGER_CHARGES; i++) {
        put_byte(record, i == 0 ? '\t' : ',');
        put_digits(record, line->reduction[i]);
    }
}

static bool take_reduction(struct reader *reader, rupiah ret_reduction[LEDGER_CHARGES]) {
    struct slice rest = take_field(reader);
    if (slice_is(rest, "\\N")) return false;
    for (int i = 0; i < LEDGER_CHARGES; i++) {
        const uint8_t *const comma = rest.size > 0 ? memchr(rest.bytes, ',', rest.size) : NULL;
        const size_t size = comma != NULL ? (size_t)(comma - rest.bytes) : rest.size;
        if (!read_digits(slice_of(rest.bytes, size), &ret_reduction[i]) || (comma != NULL) != (i + 1 < LEDGER_CHARGES)) {
            reader->wrong = true;
            return false;
        }
        if (comma != NULL) rest = slice_of(comma + 1, rest.size - size - 1);
    }
    return true;
}

void record_of_line(struct record *record, const struct line_row *line) {
    start(record, RECORD_LINE);
    put_number(record, line->position);
    put_number(record, line->month);
    put_number(record, line->kind);
    put_number(record, line->place);
    if (line->application_id.bytes == NULL) put_null(record);
    else put_hex(record, line->application_id);
    put_number(record, line->months);
    for (int i = 0; i < LEDGER_CHARGES; i++) put_number(record, line->by_charge[i]);
    put_reduction(record, line);
    put_nullable(record, line->relief);
    put_number(record, line->amount);
    put_number(record, line->reserved);
    put_number(record, line->heads);
    put_number(record, line->waiting);
    put_number(record, line->reserved_heads);
    put_number(record, line->state);
    put_number(record, line->day);
    put_text(record, line->reason);
    put_text(record, line->detail);
    put_number(record, line->invoice_no);
    put_nullable(record, line->message_due);
    finish(record);
}

static struct slice take_id(struct reader *reader) {
    const struct slice field = take_field(reader);
    if (reader->wrong || slice_is(field, "\\N")) return (struct slice){0};
    uint8_t *bytes = arena_take(reader->arena, ID_BYTES);
    reader->wrong |= field.size != 2 * ID_BYTES || !text_hex_read(field, bytes);
    return slice_of(bytes, ID_BYTES);
}

bool record_read_line(struct arena *arena, struct slice text, int32_t agreement_no, int64_t journal_seq, struct line_row *ret_line) {
    struct reader reader = reader_of(arena, text, RECORD_LINE);
    struct line_row line = {.agreement_no = agreement_no, .journal_seq = journal_seq};
    line.position = take_int4(&reader);
    line.month = take_int4(&reader);
    line.kind = (enum line_kind)take_number(&reader, LINE_NONE, LINE_KINDS);
    line.place = take_int8(&reader);
    line.application_id = take_id(&reader);
    line.months = take_int2(&reader);
    for (int i = 0; i < LEDGER_CHARGES; i++) line.by_charge[i] = take_int8(&reader);
    line.is_reduced = take_reduction(&reader, line.reduction);
    line.relief = take_nullable(&reader, RECORD_TEXT_MAX);
    line.amount = take_int8(&reader);
    line.reserved = take_int8(&reader);
    line.heads = take_int4(&reader);
    line.waiting = take_int4(&reader);
    line.reserved_heads = take_int4(&reader);
    line.state = take_int2(&reader);
    line.day = take_int4(&reader);
    line.reason = take_text(&reader, RECORD_TEXT_MAX);
    line.detail = take_text(&reader, RECORD_TEXT_MAX);
    line.invoice_no = take_int4(&reader);
    line.message_due = take_nullable(&reader, RECORD_TEXT_MAX);
    if (!is_read(&reader)) return false;
    *ret_line = line;
    return true;
}
