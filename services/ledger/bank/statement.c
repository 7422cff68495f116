/* The part of the reader that both formats share: pieces become lines, lines are cleaned, items are counted. It must never drop a line without a trace. */
#include "services/ledger/bank/statement.h"

#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/ledger/bank/statement_parts.h"

/* ---- names ---- */

static const struct {
    const char *name, *reason;
} problems[STATEMENT_PROBLEM_COUNT] = {
    [STATEMENT_FINE] = {"", ""},
#define PROBLEM(symbol, reason) [STATEMENT_##symbol] = {#symbol, reason},
#include "services/ledger/bank/problems.def"
#undef PROBLEM
};

const char *statement_problem_name(enum statement_problem problem) {
    CHECK(problem >= 0 && problem < STATEMENT_PROBLEM_COUNT);
    return problems[problem].name;
}

const char *statement_problem_reason_of(struct slice name) {
    for (int i = 0; i < STATEMENT_PROBLEM_COUNT; i++)
        if (slice_is(name, problems[i].name)) return problems[i].reason;
    return "";
}

const char *statement_format_name(enum statement_format format) { return format == STATEMENT_CSV ? "csv" : format == STATEMENT_MT940 ? "mt940" : "?"; }

bool statement_format_parse(struct slice name, enum statement_format *ret_format) {
    for (int format = STATEMENT_CSV; format <= STATEMENT_MT940; format++) {
        if (!slice_is(name, statement_format_name((enum statement_format)format))) continue;
        *ret_format = (enum statement_format)format;
        return true;
    }
    return false;
}

static bool begins(struct slice text, const char *word) { return text.size >= strlen(word) && memcmp(text.bytes, word, strlen(word)) == 0; }

enum statement_format statement_format_of(struct slice head) {
    if (begins(head, "PK\x03\x04") || begins(head, "%PDF") || begins(head, "\xFF\xFE") || begins(head, "\xFE\xFF")) return STATEMENT_UNKNOWN;
    head = text_trim(head);
    if (head.size == 0 || memchr(head.bytes, '\0', head.size) != NULL) return STATEMENT_UNKNOWN;
    if (begins(head, "{1:") || begins(head, ":20:")) return STATEMENT_MT940;
    for (size_t i = 1; i < head.size; i++) { /* something may stand before it */
        const struct slice rest = slice_of(head.bytes + i, head.size - i);
        if (head.bytes[i - 1] == '\n' && (begins(rest, "{1:") || begins(rest, ":20:") || begins(rest, ":61:"))) return STATEMENT_MT940;
    }
    return STATEMENT_CSV;
}

/* ---- what leaves ---- */

void piece_start(struct text_piece *piece) {
    piece->size = 0;
    piece->is_cut = false;
}

void piece_add(struct text_piece *piece, struct slice bytes) {
    if (piece->is_cut) return;
    const size_t size = text_cut(bytes, piece->size_max - piece->size);
    if (size > 0) memcpy(piece->bytes + piece->size, bytes.bytes, size);
    piece->size += size;
    piece->is_cut = size < bytes.size;
}

void piece_line(struct text_piece *piece, struct slice line) {
    if (piece->size > 0) piece_add(piece, slice_text("\n"));
    piece_add(piece, line);
}

void statement_emit(struct statement *statement, struct statement_item *item) {
    item->raw.size = text_cut(item->raw, STATEMENT_RAW_MAX);
    if (item->currency.size == 0) item->currency = slice_text("IDR");
    if (item->kind == STATEMENT_DEBIT) statement->counts.debits++;
    else if (item->kind == STATEMENT_BALANCE) statement->counts.balances++;
    else if (item->problem == STATEMENT_FINE) statement->counts.payments++;
    else statement->counts.problems++;
    CHECK(item->kind != STATEMENT_PAYMENT || item->problem != STATEMENT_FINE || (item->amount > 0 && item->amount_is_readable && item->day != 0));
    statement->options.take(statement->options.self, item);
}

void statement_warn(struct statement *statement, uint32_t line, enum statement_warning warning, int64_t difference_sen) {
    if (statement->options.warn != NULL) statement->options.warn(statement->options.self, line, warning, difference_sen);
}

/* ---- what both formats ask ---- */

struct slice statement_account(struct slice text, char ret_text[STATEMENT_NAME_MAX]) {
    size_t size = 0;
    for (size_t i = text.size; i > 0; i--) { /* "BANKCODE/1234567": the bank does not make it another account */
        if (text.bytes[i - 1] != '/' || i == text.size) continue;
        text = slice_of(text.bytes + i, text.size - i);
        break;
    }
    for (size_t i = 0; i < text.size && size < STATEMENT_NAME_MAX - 1; i++) {
        const uint8_t byte = text.bytes[i];
        if (byte_is_letter(byte)) ret_text[size++] = (char)(byte & ~32u);
        else if (byte_is_digit(byte)) ret_text[size++] = (char)byte;
    }
    if (size > 3 && memcmp(ret_text + size - 3, "IDR", 3) == 0 && byte_is_digit((uint8_t)ret_text[size - 4])) size -= 3;
    ret_text[size] = '\0';
    return slice_of(ret_text, size);
}

struct slice statement_bank(struct slice text, char ret_text[STATEMENT_NAME_MAX]) {
    size_t size = 0;
    for (size_t i = 0; i < text.size && size < STATEMENT_NAME_MAX - 1; i++) {
        const uint8_t byte = text.bytes[i];
        if (byte_is_letter(byte)) ret_text[size++] = (char)(byte & ~32u);
        else if (byte_is_digit(byte)) ret_text[size++] = (char)byte;
        else if (size > 0 && ret_text[size - 1] != '-') ret_text[size++] = '-';
    }
    while (size > 0 && ret_text[size - 1] == '-') size--;
    ret_text[size] = '\0';
    return slice_of(ret_text, size);
}

bool statement_speaks_of_reversal(struct slice text) {
    static const char *const words[] = {"reversal", "reversed", "koreksi", "pembatalan", "dibatalkan", "retur"};
    for (size_t at = 0; at < text.size; at++) {
        if (!byte_is_letter(text.bytes[at]) || (at > 0 && byte_is_letter(text.bytes[at - 1]))) continue;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
            const size_t size = strlen(words[i]);
            const bool whole = text.size - at == size || (text.size - at > size && !byte_is_letter(text.bytes[at + size]));
            if (whole && text_is(slice_of(text.bytes + at, size), words[i])) return true;
        }
    }
    return false;
}

enum statement_problem statement_judge(const struct amount *amount, day_t day, struct slice currency, struct statement_item *item) {
    item->amount_is_readable = amount->reading == AMOUNT_READ;
    item->amount = amount->reading == AMOUNT_READ ? amount->amount : 0;
    item->day = day;
    switch (amount->reading) {
    case AMOUNT_EMPTY:
    case AMOUNT_UNREADABLE: return STATEMENT_LINE_DAMAGED;
    case AMOUNT_BEYOND: return STATEMENT_AMOUNT_RANGE;
    case AMOUNT_WITH_SEN: return STATEMENT_AMOUNT_FRACTION;
    case AMOUNT_READ: break;
    }
    if (amount->amount <= 0) return STATEMENT_AMOUNT_NEGATIVE;
    if (day == 0) return STATEMENT_DATE_INVALID;
    if (currency.size > 0 && !text_is(currency, "IDR") && !text_is(currency, "RP")) return STATEMENT_CURRENCY_UNKNOWN;
    return STATEMENT_FINE;
}

/* ---- lines ---- */

/* UTF-8 without control characters: what PostgreSQL and protobuf take as text. */
static struct slice clean_line(struct statement *statement, struct slice line) {
    size_t size = 0;
    for (size_t at = 0; at < line.size;) {
        size_t bytes = 1;
        while (bytes <= 4 && at + bytes <= line.size && !text_is_utf8(slice_of(line.bytes + at, bytes))) bytes++;
        const bool good = bytes <= 4 && at + bytes <= line.size;
        if (!good) bytes = 1;
        memcpy(statement->clean + size, line.bytes + at, bytes);
        if (!good) statement->clean[size] = '?';
        if (good && bytes == 1 && (line.bytes[at] < ' ' || line.bytes[at] == 0x7F) && line.bytes[at] != '\t') statement->clean[size] = ' ';
        size += bytes;
        at += bytes;
    }
    return slice_of(statement->clean, size);
}

static void end_line(struct statement *statement) {
    struct slice line = slice_of(statement->line, statement->line_size);
    const bool is_cut = statement->line_is_cut;
    if (line.size > 0 && line.bytes[line.size - 1] == '\r') line.size--;
    if (statement->counts.lines == 0 && begins(line, "\xEF\xBB\xBF")) line = slice_of(line.bytes + 3, line.size - 3);
    const uint32_t number = (uint32_t)++statement->counts.lines;
    line = clean_line(statement, line);
    statement->line_size = 0;
    statement->line_is_cut = false;
    if (statement->options.format == STATEMENT_MT940) statement_mt940_line(statement, line, number, is_cut);
    else statement_csv_line(statement, line, number, is_cut);
}

static void keep(struct statement *statement, struct slice bytes) {
    const size_t left = STATEMENT_LINE_MAX - statement->line_size, size = bytes.size < left ? bytes.size : left;
    if (size > 0) memcpy(statement->line + statement->line_size, bytes.bytes, size);
    statement->line_size += size;
    statement->line_is_cut = statement->line_is_cut || size < bytes.size;
}

struct statement *statement_open(struct arena *arena, const struct statement_options *options) {
    CHECK(options->take != NULL && (options->format == STATEMENT_CSV || options->format == STATEMENT_MT940));
    struct statement *statement = arena_zero(arena, 1, sizeof *statement);
    statement->options = *options;
    statement->line = arena_take(arena, STATEMENT_LINE_MAX);
    statement->clean = arena_take(arena, STATEMENT_LINE_MAX);
    if (options->format == STATEMENT_MT940) statement_mt940_open(statement, arena);
    else statement_csv_open(statement, arena);
    return statement;
}

void statement_feed(struct statement *statement, struct slice bytes) {
    while (bytes.size > 0) {
        const uint8_t *end = memchr(bytes.bytes, '\n', bytes.size);
        const size_t size = end != NULL ? (size_t)(end - bytes.bytes) : bytes.size;
        keep(statement, slice_of(bytes.bytes, size));
        if (end == NULL) return;
        end_line(statement);
        bytes = slice_of(end + 1, bytes.size - size - 1);
    }
}

void statement_finish(struct statement *statement, struct statement_counts *ret_counts) {
    if (statement->line_size > 0 || statement->line_is_cut) end_line(statement);
    if (statement->options.format == STATEMENT_MT940) statement_mt940_finish(statement);
    else statement_csv_finish(statement);
    *ret_counts = statement->counts;
}
