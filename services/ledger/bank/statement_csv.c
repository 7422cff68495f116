/* Bank statements as CSV. A record is a line; a quote that is open at its end goes on in the next lines, but only when what comes out has the cells of the header and none of the
 * lines begins with a date of its own: otherwise the quote was a mistake and the lines stand for themselves. That is why the reader of lists (common/edge/csv.h), which refuses a
 * whole file for one bad byte, is not used here. */
#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/ledger/bank/reference.h"
#include "services/ledger/bank/statement_parts.h"

static const struct {
    enum statement_column column;
    const char *name;
} synonyms[] = {
#define SYNONYM(column, name) {STATEMENT_COLUMN_##column, name},
#include "services/ledger/bank/columns.def"
#undef SYNONYM
};
enum { SYNONYM_COUNT = sizeof synonyms / sizeof *synonyms, NAME_MAX_BYTES = 64 };

/* ---- cells ---- */

/* Splits a record; quotes count only where a cell begins. Answers false when the record ends inside a quote. Cells beyond the bound go into the last one. */
static bool split(const struct csv_reader *csv, struct slice record, char separator, struct slice cells[STATEMENT_CELLS_MAX], size_t *ret_count) {
    size_t count = 0, out = 0, from = 0;
    bool quoted = false, fresh = true;
    for (size_t at = 0; at < record.size; at++) {
        const uint8_t byte = record.bytes[at];
        const bool doubled = quoted && byte == '"' && at + 1 < record.size && record.bytes[at + 1] == '"';
        if (!quoted && byte == (uint8_t)separator && count + 1 < STATEMENT_CELLS_MAX) {
            cells[count++] = slice_of(csv->cells_bytes + from, out - from);
            from = out;
            fresh = true;
            continue;
        }
        if (doubled) at++;
        if (byte == '"' && !doubled && (quoted || fresh)) quoted = !quoted;
        else csv->cells_bytes[out++] = byte;
        fresh = fresh && !quoted && (byte == ' ' || byte == '\t');
    }
    cells[count++] = slice_of(csv->cells_bytes + from, out - from);
    *ret_count = count;
    return !quoted;
}

static char choose_separator(struct slice line) {
    static const char candidates[] = {',', ';', '\t'};
    size_t counts[sizeof candidates] = {0}, best = 0;
    for (size_t i = 0; i < line.size; i++)
        for (size_t k = 0; k < sizeof candidates; k++) counts[k] += line.bytes[i] == (uint8_t)candidates[k];
    for (size_t k = 1; k < sizeof candidates; k++)
        if (counts[k] > counts[best]) best = k;
    return candidates[best];
}

/* ---- the header ---- */

static enum statement_column column_of(struct slice cell) {
    char name[NAME_MAX_BYTES];
    const struct slice plain = text_plain(cell, name, NAME_MAX_BYTES);
    for (size_t i = 0; i < SYNONYM_COUNT; i++)
        if (slice_is(plain, synonyms[i].name)) return synonyms[i].column;
    return STATEMENT_COLUMN_NONE;
}

/* Only descriptions may stand in several columns; of others the first one counts. A column without a name beside the amount holds its mark (CR, DB). */
static bool take_header(struct csv_reader *csv, struct slice line) {
    struct slice cells[STATEMENT_CELLS_MAX];
    size_t count = 0;
    bool has[STATEMENT_COLUMN_COUNT] = {false};
    const char separator = choose_separator(line);
    if (!split(csv, line, separator, cells, &count)) return false;
    for (size_t i = 0; i < count; i++) {
        enum statement_column column = column_of(cells[i]);
        if (text_is_blank(cells[i]) && i > 0 && csv->columns[i - 1] == STATEMENT_COLUMN_AMOUNT) column = STATEMENT_COLUMN_MARK;
        if (has[column] && column != STATEMENT_COLUMN_DESCRIPTION) column = STATEMENT_COLUMN_NONE;
        csv->columns[i] = column;
        has[column] = true;
    }
    csv->separator = separator;
    csv->cell_count = count;
    return has[STATEMENT_COLUMN_DATE] && (has[STATEMENT_COLUMN_AMOUNT] || has[STATEMENT_COLUMN_CREDIT]);
}

/* "No. Rekening : 123-456" or "No. Rekening;123-456" before the header. */
static void take_preamble(struct csv_reader *csv, struct slice line) {
    struct slice rest = line, key = {0};
    char name[NAME_MAX_BYTES], account[STATEMENT_NAME_MAX];
    size_t at = 0;
    while (at < line.size && line.bytes[at] != ':' && line.bytes[at] != ';' && line.bytes[at] != ',' && line.bytes[at] != '\t') at++;
    if (at >= line.size) return;
    key = text_plain(slice_of(line.bytes, at), name, NAME_MAX_BYTES);
    rest = slice_of(line.bytes + at, line.size - at);
    if (!slice_is(key, "norekening") && !slice_is(key, "nomorrekening") && !slice_is(key, "rekening") && !slice_is(key, "accountno") && !slice_is(key, "accountnumber")) return;
    if (statement_account(rest, account).size > 0) memcpy(csv->account, account, sizeof account);
}

/* ---- one row ---- */

struct csv_row {
    const struct csv_reader *csv;
    const struct slice *cells;
    size_t count;
    struct slice raw;
    uint32_t line;
};

static struct slice cell_of(const struct csv_row *row, enum statement_column column) {
    for (size_t i = 0; i < row->count && i < row->csv->cell_count; i++)
        if (row->csv->columns[i] == column) return text_trim(row->cells[i]);
    return (struct slice){0};
}

static bool is_nothing(const struct amount *amount) { return amount->reading == AMOUNT_EMPTY || (amount->reading == AMOUNT_READ && amount->sen == 0); }

enum direction { DIRECTION_IN, DIRECTION_OUT, DIRECTION_IN_TAKEN_BACK /* RC */, DIRECTION_OUT_TAKEN_BACK /* RD */ };

static enum direction direction_of(const struct csv_row *row, const struct amount *amount) {
    static const struct {
        const char *word;
        enum direction direction;
    } words[] = {{"D", DIRECTION_OUT}, {"DB", DIRECTION_OUT}, {"DR", DIRECTION_OUT}, {"DEBET", DIRECTION_OUT}, {"DEBIT", DIRECTION_OUT}, {"KELUAR", DIRECTION_OUT},
                 {"RC", DIRECTION_IN_TAKEN_BACK}, {"RD", DIRECTION_OUT_TAKEN_BACK}};
    const struct slice mark = cell_of(row, STATEMENT_COLUMN_MARK);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_is(mark, words[i].word)) return words[i].direction;
    return amount->mark == MARK_DEBIT ? DIRECTION_OUT : DIRECTION_IN;
}

/* What moved, of whichever columns there are. False: credit and debit at once, which contradicts itself. */
static bool find_amount(const struct csv_row *row, struct amount *ret_amount, enum direction *ret_direction) {
    const struct amount credit = amount_read(cell_of(row, STATEMENT_COLUMN_CREDIT)), debit = amount_read(cell_of(row, STATEMENT_COLUMN_DEBIT));
    const bool has_credit = !is_nothing(&credit), has_debit = !is_nothing(&debit);
    *ret_amount = has_debit ? debit : credit;
    *ret_direction = has_debit ? DIRECTION_OUT : DIRECTION_IN;
    if (has_credit && has_debit) return false;
    if (has_debit) return true;
    const struct slice single = cell_of(row, STATEMENT_COLUMN_AMOUNT);
    if (!has_credit && single.size > 0) *ret_amount = amount_read(single);
    *ret_direction = direction_of(row, ret_amount);
    return true;
}

static bool begins_with(struct slice text, const char *word) { return text.size >= strlen(word) && text_is(slice_of(text.bytes, strlen(word)), word); }

/* Money that is certain to move: in a column of its own, with a mark beside it, under a number of the bank, or for an invoice. */
static bool is_movement(const struct csv_row *row, const struct statement_item *item, const struct amount *amount) {
    const struct amount credit = amount_read(cell_of(row, STATEMENT_COLUMN_CREDIT)), debit = amount_read(cell_of(row, STATEMENT_COLUMN_DEBIT));
    char found[INVOICE_NUMBER_MAX];
    if (is_nothing(amount)) return false;
    if (!is_nothing(&credit) || !is_nothing(&debit)) return true;
    return amount->mark != MARK_NONE || cell_of(row, STATEMENT_COLUMN_MARK).size > 0 || item->number.size > 0 || reference_find(item->reference, item->description, found);
}

/* Words alone make no balance: whoever pays may write them, too. A row without a day that begins with one sums up what stands above it, unless it has a payment's own marks. */
static bool is_balance(const struct csv_row *row, const struct statement_item *item, const struct amount *amount) {
    static const char *const certain[] = {"saldo awal", "saldo akhir", "opening balance", "closing balance", "beginning balance", "ending balance", "starting balance"};
    static const char *const undated[] = {"saldo", "total", "jumlah", "mutasi", "balance"};
    struct slice first = {0};
    char found[INVOICE_NUMBER_MAX];
    const struct slice date = cell_of(row, STATEMENT_COLUMN_DATE);
    const bool moves = is_movement(row, item, amount);
    for (size_t i = 0; i < row->count && first.size == 0; i++) first = text_trim(row->cells[i]);
    for (size_t i = 0; i < sizeof certain / sizeof *certain && !moves; i++)
        if (begins_with(first, certain[i]) || begins_with(item->description, certain[i])) return true;
    const bool sums_up = item->day == 0 && (date.size == 0 || slice_equal(date, first)) && item->number.size == 0 && !reference_find(item->reference, item->description, found);
    for (size_t i = 0; i < sizeof undated / sizeof *undated && sums_up; i++)
        if (begins_with(first, undated[i])) return true;
    const bool nothing = is_nothing(amount) && cell_of(row, STATEMENT_COLUMN_AMOUNT).size == 0;
    return nothing && item->day != 0 && cell_of(row, STATEMENT_COLUMN_BALANCE).size > 0; /* a day on which nothing moved */
}

static struct slice join_description(struct csv_reader *csv, const struct csv_row *row) {
    piece_start(&csv->description);
    for (size_t i = 0; i < row->count && i < csv->cell_count; i++) {
        const struct slice text = text_trim(row->cells[i]);
        if (csv->columns[i] == STATEMENT_COLUMN_DESCRIPTION && text.size > 0) piece_line(&csv->description, text);
    }
    return piece_text(&csv->description);
}

static bool has_surplus(const struct csv_row *row) {
    for (size_t i = row->csv->cell_count; i < row->count; i++)
        if (!text_is_blank(row->cells[i])) return true;
    return false;
}

static bool is_reversal(const struct statement_item *item, enum direction direction) {
    char found[INVOICE_NUMBER_MAX];
    if (direction == DIRECTION_IN_TAKEN_BACK || direction == DIRECTION_OUT_TAKEN_BACK) return true;
    if (!statement_speaks_of_reversal(item->description) && !statement_speaks_of_reversal(item->reference)) return false;
    return direction == DIRECTION_OUT || !reference_find(item->reference, item->description, found); /* who corrects what he paid and names an invoice has paid */
}

static void judge_row(struct statement_item *item, const struct csv_row *row, const struct amount *amount, enum direction direction) {
    const enum statement_problem problem = statement_judge(amount, item->day, item->currency, item);
    const bool reversal = is_reversal(item, direction), is_out = direction == DIRECTION_OUT || direction == DIRECTION_IN_TAKEN_BACK;
    item->problem = problem;
    if (is_out && item->amount > 0) item->amount = -item->amount;
    if (problem == STATEMENT_LINE_DAMAGED) return; /* nobody knows whether it was money */
    if (reversal) item->problem = STATEMENT_REVERSAL_LINE;
    else if (is_out) item->kind = STATEMENT_DEBIT;
}

static void take_row(struct statement *statement, const struct csv_row *row, bool is_damaged) {
    struct csv_reader *csv = &statement->csv;
    char account[STATEMENT_NAME_MAX], bank[STATEMENT_NAME_MAX];
    struct statement_item item = {.kind = STATEMENT_PAYMENT, .line = row->line, .raw = row->raw};
    struct amount amount;
    enum direction direction = DIRECTION_IN;
    item.account = statement_account(cell_of(row, STATEMENT_COLUMN_ACCOUNT), account);
    if (item.account.size == 0) item.account = slice_text(csv->account);
    item.bank = statement_bank(cell_of(row, STATEMENT_COLUMN_BANK), bank);
    item.number = cell_of(row, STATEMENT_COLUMN_NUMBER);
    item.reference = cell_of(row, STATEMENT_COLUMN_REFERENCE);
    item.currency = cell_of(row, STATEMENT_COLUMN_CURRENCY);
    item.description = join_description(csv, row);
    if (!bank_day_read(cell_of(row, STATEMENT_COLUMN_DATE), &item.day)) item.day = 0;
    const bool is_clear = find_amount(row, &amount, &direction);
    if (!is_damaged && is_balance(row, &item, &amount)) {
        item.kind = STATEMENT_BALANCE;
    } else if (is_damaged || !is_clear || has_surplus(row)) {
        item = (struct statement_item){.kind = STATEMENT_PAYMENT, .problem = STATEMENT_LINE_DAMAGED, .line = row->line, .raw = row->raw, .account = item.account};
    } else {
        judge_row(&item, row, &amount, direction);
    }
    statement_emit(statement, &item);
}

/* ---- records ---- */

static bool is_blank_record(const struct slice *cells, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!text_is_blank(cells[i])) return false;
    return true;
}

static void take_cells(struct statement *statement, const struct slice *cells, size_t count, struct slice line, uint32_t number, bool is_damaged) {
    if (is_blank_record(cells, count)) return;
    const struct csv_row row = {.csv = &statement->csv, .cells = cells, .count = count, .raw = line, .line = number};
    take_row(statement, &row, is_damaged);
}

static void release_lines(struct statement *statement) {
    struct csv_reader *csv = &statement->csv;
    for (uint32_t i = 0; i < csv->line_count; i++) {
        const size_t from = csv->line_starts[i], to = i + 1 < csv->line_count ? csv->line_starts[i + 1] - 1 : csv->record_size;
        const struct slice line = slice_of(csv->record + from, to - from);
        struct slice cells[STATEMENT_CELLS_MAX];
        size_t count = 0;
        const bool whole = split(csv, line, csv->separator, cells, &count);
        take_cells(statement, cells, count, line, csv->first_line + i, !whole);
    }
    csv->line_count = 0;
    csv->record_size = 0;
}

/* A row of its own, even if it stands behind a quote that is open: then the quote was a mistake. */
static bool begins_row(const struct csv_reader *csv, struct slice line) {
    struct slice cells[STATEMENT_CELLS_MAX];
    size_t count = 0;
    day_t day = 0;
    (void)split(csv, line, csv->separator, cells, &count); /* whether its own quote is open does not matter */
    for (size_t i = 0; i < count && i < csv->cell_count; i++)
        if (csv->columns[i] == STATEMENT_COLUMN_DATE) return count > 1 && bank_day_read(cells[i], &day);
    return false;
}

/* Behind those whose quote is open. */
static void keep_line(struct csv_reader *csv, struct slice line) {
    CHECK(csv->record_size + line.size + 1 <= RECORD_BYTES_MAX && csv->line_count < RECORD_LINES_MAX);
    if (csv->line_count > 0) csv->record[csv->record_size++] = '\n';
    csv->line_starts[csv->line_count++] = csv->record_size;
    if (line.size > 0) memcpy(csv->record + csv->record_size, line.bytes, line.size);
    csv->record_size += line.size;
}

/* The record is taken as soon as it is whole. */
static void take_line_joined(struct statement *statement, struct slice line) {
    struct csv_reader *csv = &statement->csv;
    struct slice cells[STATEMENT_CELLS_MAX];
    size_t count = 0;
    keep_line(csv, line);
    const struct slice record = slice_of(csv->record, csv->record_size);
    if (!split(csv, record, csv->separator, cells, &count)) return;
    if (count != csv->cell_count) {
        release_lines(statement);
        return;
    }
    const struct csv_row row = {.csv = csv, .cells = cells, .count = count, .raw = record, .line = csv->first_line};
    take_row(statement, &row, false);
    csv->line_count = 0;
    csv->record_size = 0;
}

void statement_csv_line(struct statement *statement, struct slice line, uint32_t number, bool is_cut) {
    struct csv_reader *csv = &statement->csv;
    if (!csv->has_header) {
        if (number > STATEMENT_PREAMBLE_MAX || is_cut) return;
        csv->has_header = take_header(csv, line);
        if (!csv->has_header) take_preamble(csv, line);
        return;
    }
    const bool fits = !is_cut && !(csv->line_count > 0 && begins_row(csv, line)) && csv->line_count < RECORD_LINES_MAX && csv->record_size + line.size + 1 <= RECORD_BYTES_MAX;
    if (csv->line_count > 0 && !fits) release_lines(statement);
    if (csv->line_count > 0) {
        take_line_joined(statement, line);
        return;
    }
    struct slice cells[STATEMENT_CELLS_MAX];
    size_t count = 0;
    const bool whole = split(csv, line, csv->separator, cells, &count);
    if (whole || is_cut) {
        take_cells(statement, cells, count, line, number, !whole || is_cut);
    } else {
        csv->first_line = number;
        keep_line(csv, line);
    }
}

void statement_csv_finish(struct statement *statement) {
    release_lines(statement);
    statement->counts.header_missing = !statement->csv.has_header;
}

void statement_csv_open(struct statement *statement, struct arena *arena) {
    struct csv_reader *csv = &statement->csv;
    csv->record = arena_take(arena, RECORD_BYTES_MAX);
    csv->cells_bytes = arena_take(arena, RECORD_BYTES_MAX);
    csv->description = (struct text_piece){.bytes = arena_take(arena, STATEMENT_TEXT_MAX), .size_max = STATEMENT_TEXT_MAX};
}
