/* From bytes on the disk to identified payments. It must never hold the file, only a piece of it and a count per distinct line without a number. */
#include "services/ledger/bank_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "common/edge/crypto.h"
#include "services/ledger/bank/reference.h"
#include "services/ledger/payment_inbox.h"

enum { PIECE_BYTES = 64 * 1024, ITEM_ARENA_BYTES = 64 * 1024, SEEN_FIRST = 1024, CURRENCY_LETTERS = 3, SOURCE_MAX = 80, PLACE_MAX = 64, FILE_HASH_SHOWN = 12 };

_Static_assert((int)INVOICE_NUMBER_MAX <= (int)PAYMENT_TEXT_MAX && (int)PLACE_MAX <= (int)PAYMENT_RAW_MAX, "what is read must fit into what is sent");

/* ---- how often a line was seen: a table of hashes; two lines that share 64 bits count together, which is harmless ---- */

struct seen_entry {
    uint64_t key; /* 0: free */
    uint32_t count;
};

struct seen {
    struct seen_entry *entries;
    size_t size, used; /* size: a power of two */
};

static struct seen_entry *seen_find(const struct seen *seen, uint64_t key) {
    size_t at = (size_t)key & (seen->size - 1);
    while (seen->entries[at].key != 0 && seen->entries[at].key != key) at = (at + 1) & (seen->size - 1);
    return &seen->entries[at];
}

static void seen_resize(struct seen *seen, size_t size) {
    struct seen bigger = {.entries = calloc(size, sizeof *bigger.entries), .size = size, .used = seen->used};
    CHECK(bigger.entries != NULL);
    for (size_t i = 0; i < seen->size; i++)
        if (seen->entries[i].key != 0) *seen_find(&bigger, seen->entries[i].key) = seen->entries[i];
    free(seen->entries);
    *seen = bigger;
}

/* How often it came before. */
static uint32_t seen_count(struct seen *seen, const uint8_t hash[SHA256_BYTES]) {
    uint64_t key = 0;
    memcpy(&key, hash, sizeof key);
    if (key == 0) key = 1;
    if (seen->used * 2 >= seen->size) seen_resize(seen, seen->size == 0 ? SEEN_FIRST : seen->size * 2);
    struct seen_entry *entry = seen_find(seen, key);
    seen->used += entry->key == 0;
    entry->key = key;
    return entry->count++;
}

/* ---- one line ---- */

struct reading {
    const struct bank_file *file;
    struct bank_file_report *report;
    struct arena *item_arena;
    struct seen seen;
    char account[STATEMENT_NAME_MAX], bank[STATEMENT_NAME_MAX], last_account[STATEMENT_NAME_MAX];
    char file_hash[FILE_HASH_SHOWN + 1];
    int64_t received_at_ms;
    struct err err;
};

static struct slice hash_id(struct reading *reading, const struct statement_item *item, struct slice source) {
    uint8_t content[SHA256_BYTES], whole[SHA256_BYTES];
    struct sha256 *hash = sha256_start();
    sha256_add_part(hash, source);
    sha256_add_number(hash, item->day);
    sha256_add_number(hash, item->amount);
    sha256_add_part(hash, item->reference);
    sha256_add_part(hash, item->description);
    if (item->number.size > 0) sha256_add_part(hash, item->number);
    if (item->problem != STATEMENT_FINE) sha256_add_part(hash, item->raw);
    sha256_finish(hash, content);
    hash = sha256_start();
    sha256_add_part(hash, slice_of(content, sizeof content));
    sha256_add_number(hash, seen_count(&reading->seen, content));
    sha256_finish(hash, whole);
    char text[1 + 2 * ID_BYTES + 1];
    struct id id;
    memcpy(id.bytes, whole, ID_BYTES);
    text[0] = 'h';
    id_format(id, text + 1);
    return arena_copy(reading->item_arena, slice_text(text));
}

/* Where the line stands, for who has the file: what stands there is not sent, because it may name persons. */
static struct slice place_of(struct reading *reading, uint32_t line) {
    char text[PLACE_MAX];
    (void)snprintf(text, sizeof text, "baris %u, berkas sha256 %s", line, reading->file_hash); /* fits */
    return arena_copy(reading->item_arena, slice_text(text));
}

/* What is no code of a currency is XXX, the code of none: it may be anything. */
static struct slice currency_of(struct arena *arena, struct slice text) {
    uint8_t *bytes = arena_take(arena, CURRENCY_LETTERS);
    if (text_is(text, "Rp")) return slice_text("IDR");
    if (text.size != CURRENCY_LETTERS) return slice_text("XXX");
    for (size_t i = 0; i < CURRENCY_LETTERS; i++) {
        if (!byte_is_letter(text.bytes[i])) return slice_text("XXX");
        bytes[i] = (uint8_t)(text.bytes[i] & ~32u);
    }
    return slice_of(bytes, CURRENCY_LETTERS);
}

/* Whose line it is. A damaged one belongs to the account of the line before it. False: nobody knows. */
static bool find_source(struct reading *reading, const struct statement_item *item, struct payment_received *payment) {
    struct slice account = item->account.size > 0 ? item->account : slice_text(reading->account);
    struct slice bank = item->bank.size > 0 ? item->bank : slice_text(reading->bank);
    if (account.size == 0 && bank.size == 0 && item->problem == STATEMENT_LINE_DAMAGED)
        account = reading->last_account[0] != '\0' ? slice_text(reading->last_account) : slice_text("UNKNOWN");
    const struct slice name = account.size > 0 ? account : bank;
    if (name.size == 0) return false;
    CHECK(name.size < STATEMENT_NAME_MAX);
    char text[SOURCE_MAX];
    (void)snprintf(text, sizeof text, "bank:%.*s", SLICE_ARGS(name)); /* fits */
    payment->source = arena_copy(reading->item_arena, slice_text(text));
    payment->bank = bank.size > 0 ? arena_copy(reading->item_arena, bank) : arena_copy(reading->item_arena, account);
    memset(reading->last_account, 0, sizeof reading->last_account);
    memcpy(reading->last_account, name.bytes, name.size);
    return true;
}

static void take_item(void *self, const struct statement_item *item) {
    struct reading *reading = self;
    char found[INVOICE_NUMBER_MAX];
    if (item->kind != STATEMENT_PAYMENT || failed(&reading->err) || reading->report->refused[0] != '\0') return;
    arena_reset(reading->item_arena);
    struct payment_received payment = {
        .amount_is_readable = item->amount_is_readable, .amount = item->amount, .received_on = item->day, .raw = place_of(reading, item->line), .received_at_ms = reading->received_at_ms,
        .problem = slice_text(statement_problem_name(item->problem)), .currency = currency_of(reading->item_arena, item->currency),
    };
    if (!find_source(reading, item, &payment)) {
        (void)snprintf(reading->report->refused, BANK_FILE_SENTENCE_MAX, "the file names no account: add --account NUMBER or --bank NAME");
        return;
    }
    if (reading->seen.used >= BANK_FILE_LINES_MAX) {
        (void)snprintf(reading->report->refused, BANK_FILE_SENTENCE_MAX, "the file has more than %d lines: split it", BANK_FILE_LINES_MAX);
        return;
    }
    const bool has_number = item->number.size <= PAYMENT_TEXT_MAX && number_is_plain(item->number) && !number_holds_nik(item->number);
    payment.external_id = has_number ? item->number : hash_id(reading, item, payment.source);
    payment.reference = slice_text(reference_find(item->reference, item->description, found) ? found : "");
    payment_identify(&payment, item->problem != STATEMENT_FINE ? item->raw : slice_text(""));
    reading->err = reading->file->take(reading->file->self, &payment, item->line);
}

/* ---- the file ---- */

static void forward_warning(void *self, uint32_t line, enum statement_warning warning, int64_t difference_sen) {
    const struct reading *reading = self;
    reading->file->warn(reading->file->self, line, warning, difference_sen);
}

/* The name of the file's content. It is read twice for it: the first line that is sent tells it already. */
static struct err hash_file(struct reading *reading, FILE *stream, uint8_t *piece) {
    uint8_t whole[SHA256_BYTES];
    int64_t total = 0;
    struct sha256 *hash = sha256_start();
    for (size_t size = fread(piece, 1, PIECE_BYTES, stream); size > 0 && total <= BANK_FILE_BYTES_MAX; size = fread(piece, 1, PIECE_BYTES, stream)) {
        sha256_add(hash, slice_of(piece, size));
        total += (int64_t)size;
    }
    sha256_finish(hash, whole);
    text_hex(slice_of(whole, FILE_HASH_SHOWN / 2), reading->file_hash);
    if (ferror(stream) != 0) return ERR(FATAL, "the file can't be read to its end");
    return fseek(stream, 0, SEEK_SET) == 0 ? OK : ERR(FATAL, "the file can't be read twice: it must be a file, no pipe");
}

static void read_pieces(struct reading *reading, FILE *stream, uint8_t *piece) {
    struct arena *arena = arena_create(STATEMENT_ARENA_BYTES);
    struct bank_file_report *report = reading->report;
    struct statement *statement = NULL;
    int64_t total = 0;
    for (size_t size = fread(piece, 1, PIECE_BYTES, stream); size > 0; size = fread(piece, 1, PIECE_BYTES, stream)) {
        if (statement == NULL) {
            const enum statement_format seen = statement_format_of(slice_of(piece, size));
            report->format = reading->file->format != STATEMENT_UNKNOWN ? reading->file->format : seen;
            if (seen == STATEMENT_UNKNOWN) break;
            const struct statement_options options = {.format = report->format, .take = take_item, .warn = reading->file->warn != NULL ? forward_warning : NULL, .self = reading};
            statement = statement_open(arena, &options);
        }
        total += (int64_t)size;
        if (total > BANK_FILE_BYTES_MAX) (void)snprintf(report->refused, BANK_FILE_SENTENCE_MAX, "the file is larger than 256 MB: split it");
        if (report->refused[0] != '\0' || failed(&reading->err)) break;
        statement_feed(statement, slice_of(piece, size));
    }
    if (statement == NULL) (void)snprintf(report->refused, BANK_FILE_SENTENCE_MAX, "the file is empty or no text: save the statement as CSV in UTF-8, or as MT940");
    else if (report->refused[0] == '\0' && !failed(&reading->err)) statement_finish(statement, &report->counts);
    if (report->refused[0] == '\0' && report->counts.header_missing)
        (void)snprintf(report->refused, BANK_FILE_SENTENCE_MAX, "no header row is found: a date (tanggal) and an amount (jumlah, kredit) are needed");
    if (ferror(stream) != 0 && !failed(&reading->err)) reading->err = ERR(FATAL, "the file can't be read to its end");
    arena_destroy(arena);
}

struct err bank_file_read(const struct bank_file *file, struct bank_file_report *ret_report) {
    FILE *stream = fopen(file->path, "rb");
    if (stream == NULL) return ERR(FATAL, "the file can't be read: %s", strerror(errno));
    *ret_report = (struct bank_file_report){0};
    struct reading reading = {.file = file, .report = ret_report, .item_arena = arena_create(ITEM_ARENA_BYTES), .received_at_ms = clock_unix_ms(), .err = OK};
    if (file->account != NULL) (void)statement_account(slice_text(file->account), reading.account);
    if (file->bank != NULL) (void)statement_bank(slice_text(file->bank), reading.bank);
    uint8_t *piece = malloc(PIECE_BYTES);
    CHECK(piece != NULL);
    reading.err = hash_file(&reading, stream, piece);
    if (!failed(&reading.err)) read_pieces(&reading, stream, piece);
    free(piece);
    free(reading.seen.entries);
    arena_destroy(reading.item_arena);
    (void)fclose(stream); /* only read */
    return reading.err;
}
