/* Rows to canonical bytes. One writer, fields in the order of the header; nothing here may depend on the machine, the locale or the time. */
#include "services/ledger/canonical.h"

#include "common/base/check.h"
#include "common/domain/text.h"

struct writer {
    uint8_t *bytes;
    size_t used, size;
};

static struct writer writer_of(struct arena *arena, size_t size) { return (struct writer){.bytes = arena_take(arena, size), .size = size}; }

static void put_bytes(struct writer *writer, const void *bytes, size_t size) {
    CHECK(writer->used + size <= writer->size);
    if (size > 0) memcpy(writer->bytes + writer->used, bytes, size);
    writer->used += size;
}

static void put_number(struct writer *writer, int64_t value, int size) {
    uint8_t bytes[8];
    for (int i = 0; i < size; i++) bytes[i] = (uint8_t)((uint64_t)value >> (8 * (size - 1 - i)));
    put_bytes(writer, bytes, (size_t)size);
}

static void put_text(struct writer *writer, struct slice text) {
    put_number(writer, (int64_t)text.size, 4);
    put_bytes(writer, text.bytes, text.size);
}

static void put_nullable(struct writer *writer, struct slice text) {
    if (text.bytes == NULL) put_number(writer, -1, 4);
    else put_text(writer, text);
}

static struct slice written(const struct writer *writer) { return slice_of(writer->bytes, writer->used); }

struct slice canonical_journal(struct arena *arena, const struct journal_row *journal) {
    CHECK(journal->version >= 1 && journal->version <= JOURNAL_VERSION_MAX);
    const char word[16] = {'p', 'a', 'y', 'u', 'n', 'g', '-', 'j', 'o', 'u', 'r', 'n', 'a', 'l', '-', (char)('0' + journal->version)};
    struct writer writer = writer_of(arena, 160 + journal->previous.size + journal->kind.size + journal->reference.size + journal->reason.size);
    put_bytes(&writer, word, sizeof word);
    put_text(&writer, journal->previous);
    put_number(&writer, journal->agreement_no, 4);
    put_number(&writer, journal->seq, 8);
    put_text(&writer, journal->kind);
    put_number(&writer, journal->business_date, 4);
    put_number(&writer, journal->commit_sequence, 8);
    put_number(&writer, journal->outcomes, 4);
    if (journal->version >= 3) {
        put_number(&writer, journal->lines, 4);
        put_text(&writer, journal->reference);
        put_text(&writer, journal->reason);
        put_number(&writer, journal->reverses, 8);
    }
    put_number(&writer, journal->posted_at_us, 8);
    return written(&writer);
}

struct slice canonical_entry(struct arena *arena, const struct entry_row *entry) {
    struct writer writer = writer_of(arena, 16 + entry->account.size);
    put_number(&writer, entry->line, 2);
    put_text(&writer, entry->account);
    put_number(&writer, entry->amount, 8);
    return written(&writer);
}

struct slice canonical_outcome(struct arena *arena, const struct outcome_row *outcome, int version) {
    CHECK(version >= 1 && version <= JOURNAL_VERSION_MAX);
    const int columns = version == 1 ? LEDGER_PROGRAMMES : LEDGER_CHARGES;
    struct writer writer = writer_of(arena, 256 + outcome->batch_id.size + outcome->lines.size + outcome->message_due.size);
    put_number(&writer, outcome->epoch, 4);
    put_number(&writer, outcome->partition, 4);
    put_number(&writer, outcome->origin, 8);
    put_bytes(&writer, outcome->application_id.bytes, ID_BYTES);
    put_number(&writer, outcome->attempt, 4);
    put_number(&writer, outcome->repeat, 1);
    put_number(&writer, outcome->agreement_no, 4);
    put_text(&writer, outcome->batch_id);
    put_number(&writer, outcome->row_number, 4);
    put_number(&writer, outcome->status, 2);
    put_number(&writer, (int64_t)outcome->codes.bits, 8);
    put_number(&writer, (int64_t)outcome->warnings.bits, 8);
    put_text(&writer, slice_of(outcome->person.bytes, TOKEN_BYTES));
    put_number(&writer, outcome->segment, 2);
    put_number(&writer, outcome->programmes, 2);
    put_number(&writer, outcome->start_month, 4);
    put_number(&writer, outcome->months, 2);
    for (int i = 0; i < columns; i++) put_number(&writer, outcome->by_charge[i], 8);
    put_number(&writer, outcome->amount, 8);
    put_number(&writer, outcome->rank, 4);
    if (version >= 3) put_number(&writer, outcome->place, 8);
    put_number(&writer, outcome->registration_date, 4);
    put_text(&writer, outcome->lines);
    put_nullable(&writer, outcome->message_due);
    put_number(&writer, outcome->commit_sequence, 8);
    put_number(&writer, outcome->position, 4);
    put_number(&writer, outcome->journal_seq, 8);
    put_number(&writer, outcome->decided_at_us, 8);
    return written(&writer);
}

struct slice canonical_line(struct arena *arena, const struct line_row *line) {
    struct writer writer = writer_of(arena, 256 + line->relief.size + line->reason.size + line->detail.size + line->message_due.size);
    put_number(&writer, line->position, 4);
    put_number(&writer, line->month, 4);
    put_number(&writer, line->kind, 2);
    put_number(&writer, line->place, 8);
    put_nullable(&writer, line->application_id);
    put_number(&writer, line->months, 2);
    for (int i = 0; i < LEDGER_CHARGES; i++) put_number(&writer, line->by_charge[i], 8);
    put_number(&writer, line->is_reduced, 1);
    for (int i = 0; i < LEDGER_CHARGES && line->is_reduced; i++) put_number(&writer, line->reduction[i], 8);
    put_nullable(&writer, line->relief);
    put_number(&writer, line->amount, 8);
    put_number(&writer, line->reserved, 8);
    put_number(&writer, line->heads, 4);
    put_number(&writer, line->waiting, 4);
    put_number(&writer, line->reserved_heads, 4);
    put_number(&writer, line->state, 2);
    put_number(&writer, line->day, 4);
    put_text(&writer, line->reason);
    put_text(&writer, line->detail);
    put_number(&writer, line->invoice_no, 4);
    put_nullable(&writer, line->message_due);
    return written(&writer);
}

/* ---- Premium lines as JSON ------------------------------------------------------------------------------------------------------------ */

static void put_word(struct writer *writer, const char *word) { put_bytes(writer, word, strlen(word)); }

static void put_decimal(struct writer *writer, int64_t value) {
    char digits[20];
    size_t count = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        digits[sizeof digits - ++count] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0) put_word(writer, "-");
    put_bytes(writer, digits + sizeof digits - count, count);
}

static void put_quoted(struct writer *writer, struct slice text) {
    static const char hex[] = "0123456789abcdef";
    put_word(writer, "\"");
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.bytes[i];
        if (byte < 0x20) {
            const char escape[6] = {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
            put_bytes(writer, escape, sizeof escape);
        } else {
            if (byte == '"' || byte == '\\') put_word(writer, "\\");
            put_bytes(writer, &byte, 1);
        }
    }
    put_word(writer, "\"");
}

static void put_line(struct writer *writer, const struct premium_line *line) {
    put_word(writer, "{\"programme\":\"");
    put_word(writer, charge_name(line->charge));
    if (line->share != SHARE_PAYER) {
        put_word(writer, "\",\"share\":\"");
        put_word(writer, payer_share_name(line->share));
    }
    put_word(writer, "\",\"from\":");
    put_decimal(writer, line->from);
    put_word(writer, ",\"months\":");
    put_decimal(writer, line->months);
    if (line->once) put_word(writer, ",\"once\":true");
    put_word(writer, ",\"base\":");
    put_decimal(writer, line->base);
    put_word(writer, ",\"rate_ppm\":");
    put_decimal(writer, line->rate_ppm);
    put_word(writer, ",\"normal\":");
    put_decimal(writer, line->normal);
    put_word(writer, ",\"amount\":");
    put_decimal(writer, line->amount);
    put_word(writer, ",\"tariff_row\":");
    put_quoted(writer, line->tariff_row);
    put_word(writer, ",\"regulation\":");
    put_quoted(writer, line->regulation);
    if (line->relief.size > 0) {
        put_word(writer, ",\"relief\":");
        put_quoted(writer, line->relief);
    }
    put_word(writer, "}");
}

struct slice canonical_lines(struct arena *arena, const struct premium *premium) {
    enum { LINE_BYTES = 300, ESCAPED_BYTES = 6 };
    if (premium->line_count == 0) return slice_text("");
    size_t size = 2;
    for (size_t i = 0; i < premium->line_count; i++) {
        const struct premium_line *line = &premium->lines[i];
        size += LINE_BYTES + ESCAPED_BYTES * (line->tariff_row.size + line->regulation.size + line->relief.size);
    }
    struct writer writer = writer_of(arena, size);
    for (size_t i = 0; i < premium->line_count; i++) {
        put_word(&writer, i == 0 ? "[" : ",");
        put_line(&writer, &premium->lines[i]);
    }
    put_word(&writer, "]");
    return written(&writer);
}

/* ---- Premium lines read back ------------------------------------------------------------------------------------------------------------ */

/* A number as put_decimal writes it and that is not below zero: no sign, no zero in front. */
static bool take_number(struct text_reader *reader, int64_t *ret_number) {
    const uint8_t *const start = reader->at;
    return text_takes_number(reader, INT64_MAX, ret_number) && (reader->at - start == 1 || *start != '0');
}

static bool take_field(struct text_reader *reader, const char *word, int64_t *ret_number) { return text_takes(reader, word) && take_number(reader, ret_number); }

/* A quoted text: what is inside doesn't matter for the sums, where it ends does. */
static bool take_text(struct text_reader *reader, const char *word) {
    if (!text_takes(reader, word) || !text_takes(reader, "\"")) return false;
    while (reader->at < reader->end && *reader->at != '"') {
        if (*reader->at < 0x20) return false;
        reader->at += *reader->at == '\\' && reader->end - reader->at > 1 ? 2 : 1;
    }
    return text_takes(reader, "\"");
}

static bool take_charge(struct text_reader *reader, int *ret_column) {
    for (int i = 0; i < LEDGER_CHARGES; i++) {
        if (!text_takes(reader, charge_name(ledger_charge(i)))) continue;
        *ret_column = i;
        return text_takes(reader, "\"");
    }
    return false;
}

static bool take_line(struct text_reader *reader, int *ret_column, rupiah *ret_amount) {
    int64_t from, months, base, rate_ppm, normal, amount;
    if (!text_takes(reader, "{\"programme\":\"") || !take_charge(reader, ret_column)) return false;
    if (text_takes(reader, ",\"share\":\"") && !text_takes(reader, "EMPLOYER\"") && !text_takes(reader, "WORKER\"")) return false;
    if (!take_field(reader, ",\"from\":", &from) || !take_field(reader, ",\"months\":", &months)) return false;
    if (text_takes(reader, ",\"once\":true") && months != 1) return false;
    if (!take_field(reader, ",\"base\":", &base) || !take_field(reader, ",\"rate_ppm\":", &rate_ppm) || !take_field(reader, ",\"normal\":", &normal) ||
        !take_field(reader, ",\"amount\":", &amount) || !take_text(reader, ",\"tariff_row\":") || !take_text(reader, ",\"regulation\":")) return false;
    if (!text_takes(reader, "}") && !(take_text(reader, ",\"relief\":") && text_takes(reader, "}"))) return false;
    return rupiah_multiply(amount, months, ret_amount);
}

bool canonical_lines_add_up(struct slice lines, rupiah ret_by_charge[LEDGER_CHARGES]) {
    rupiah sums[LEDGER_CHARGES] = {0};
    struct text_reader reader = {.at = lines.bytes, .end = lines.bytes + lines.size};
    for (bool first = true; lines.size > 0 && (first || !text_takes(&reader, "]")); first = false) {
        int column = 0;
        rupiah amount = 0;
        if (!text_takes(&reader, first ? "[" : ",") || !take_line(&reader, &column, &amount) || !rupiah_add(sums[column], amount, &sums[column])) return false;
    }
    if (reader.at != reader.end) return false;
    memcpy(ret_by_charge, sums, sizeof sums);
    return true;
}
