/* MT940, the customer statement of SWIFT (Category 9, fields 60a, 61, 86, 62a). Read field by field, never by the length of blocks: banks wrap and cut them as they like. A line
 * that begins like a field but is none is damaged and told; it must not end up as the description of the payment before it. */
#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/ledger/bank/statement_parts.h"

enum { DATE_DIGITS = 6, ENTRY_DIGITS = 4, TYPE_LETTERS = 4, CURRENCY_LETTERS = 3, AMOUNT_DIGITS_MAX = 17, SEN = 100, CENTURY = 2000 };

/* ---- small readings: each takes its part from the front of *rest ---- */

static bool take_byte(struct slice *rest, uint8_t *ret_byte) {
    if (rest->size == 0) return false;
    *ret_byte = rest->bytes[0];
    *rest = slice_of(rest->bytes + 1, rest->size - 1);
    return true;
}

static bool take_number(struct slice *rest, size_t digits, uint64_t *ret_number) {
    if (rest->size < digits || !text_number(slice_of(rest->bytes, digits), UINT64_C(999999), ret_number)) return false;
    *rest = slice_of(rest->bytes + digits, rest->size - digits);
    return true;
}

/* "33331200,00": digits, a comma, up to two digits. */
static bool take_amount(struct slice *rest, struct amount *ret_amount) {
    size_t size = 0;
    while (size < rest->size && (byte_is_digit(rest->bytes[size]) || rest->bytes[size] == ',')) size++;
    const struct slice text = slice_of(rest->bytes, size);
    const uint8_t *comma = size > 0 ? memchr(text.bytes, ',', size) : NULL;
    if (comma == NULL || comma == text.bytes || memchr(comma + 1, ',', (size_t)(text.bytes + size - comma - 1)) != NULL) return false;
    const size_t whole_digits = (size_t)(comma - text.bytes), sen_digits = size - whole_digits - 1;
    uint64_t whole = 0, sen = 0;
    if (sen_digits > 2) return false;
    *rest = slice_of(rest->bytes + size, rest->size - size);
    if (!text_number(slice_of(text.bytes, whole_digits), (uint64_t)RUPIAH_INPUT_MAX, &whole)) {
        *ret_amount = (struct amount){.reading = AMOUNT_BEYOND};
        return true;
    }
    if (sen_digits > 0) CHECK(text_number(slice_of(comma + 1, sen_digits), 99, &sen));
    if (sen_digits == 1) sen *= 10;
    *ret_amount = (struct amount){.reading = sen == 0 ? AMOUNT_READ : AMOUNT_WITH_SEN, .amount = (rupiah)whole, .sen = (int64_t)(whole * SEN + sen)};
    return true;
}

/* ":60F:" C251001IDR1000,00 */
static bool read_balance(struct slice text, char ret_currency[CURRENCY_LETTERS + 1], int64_t *ret_sen) {
    uint8_t mark = 0;
    uint64_t date = 0;
    struct amount amount;
    if (!take_byte(&text, &mark) || (mark != 'C' && mark != 'D') || !take_number(&text, DATE_DIGITS, &date) || text.size < CURRENCY_LETTERS) return false;
    memcpy(ret_currency, text.bytes, CURRENCY_LETTERS);
    ret_currency[CURRENCY_LETTERS] = '\0';
    for (size_t i = 0; i < CURRENCY_LETTERS; i++)
        if (!byte_is_letter((uint8_t)ret_currency[i])) return false;
    text = slice_of(text.bytes + CURRENCY_LETTERS, text.size - CURRENCY_LETTERS);
    if (!take_amount(&text, &amount) || amount.reading == AMOUNT_BEYOND || !text_is_blank(text)) return false;
    *ret_sen = mark == 'C' ? amount.sen : -amount.sen;
    return true;
}

/* ---- :61: ---- */

struct entry {
    day_t day; /* value date; 0: there is no such day */
    bool is_credit, is_reversal;
    struct amount amount;
    struct slice customer, bank;
};

static bool take_mark(struct slice *rest, struct entry *entry) {
    uint8_t letter = 0;
    if (!take_byte(rest, &letter)) return false;
    entry->is_reversal = letter == 'R';
    if ((letter == 'R' || letter == 'E') && !take_byte(rest, &letter)) return false; /* E: expected, booked by some banks */
    if (letter != 'C' && letter != 'D') return false;
    entry->is_credit = letter == 'C';
    if (rest->size > 0 && byte_is_letter(rest->bytes[0])) CHECK(take_byte(rest, &letter)); /* the funds code: the currency's third letter */
    return true;
}

/* 251010 1010 C R 33331200,00 NTRF INV-1708-202510-0001//BANKREF */
static bool read_entry(struct slice text, struct entry *ret_entry) {
    uint64_t date = 0, booked = 0;
    struct entry entry = {0};
    if (!take_number(&text, DATE_DIGITS, &date)) return false;
    entry.day = day_make(CENTURY + (int)(date / 10000), (int)(date / 100 % 100), (int)(date % 100));
    (void)take_number(&text, ENTRY_DIGITS, &booked); /* may be left out */
    if (!take_mark(&text, &entry) || !take_amount(&text, &entry.amount)) return false;
    if (text.size < TYPE_LETTERS) return false;
    for (size_t i = 0; i < TYPE_LETTERS; i++)
        if (!byte_is_letter(text.bytes[i]) && !byte_is_digit(text.bytes[i])) return false;
    text = slice_of(text.bytes + TYPE_LETTERS, text.size - TYPE_LETTERS);
    entry.customer = text;
    for (size_t i = 0; i + 1 < text.size; i++) {
        if (text.bytes[i] != '/' || text.bytes[i + 1] != '/') continue;
        entry.customer = slice_of(text.bytes, i);
        entry.bank = text_trim(slice_of(text.bytes + i + 2, text.size - i - 2));
        break;
    }
    entry.customer = text_trim(entry.customer);
    if (text_is(entry.customer, "NONREF")) entry.customer = (struct slice){0};
    if (text_is(entry.bank, "NONREF")) entry.bank = (struct slice){0};
    *ret_entry = entry;
    return true;
}

static struct slice keep_text(struct slice text, char ret_text[STATEMENT_NAME_MAX]) {
    const size_t size = text_cut(text, STATEMENT_NAME_MAX - 1);
    if (size > 0) memcpy(ret_text, text.bytes, size);
    ret_text[size] = '\0';
    return slice_of(ret_text, size);
}

static void emit_item(struct statement *statement) {
    struct mt940_reader *mt940 = &statement->mt940;
    if (!mt940->has_item) return;
    mt940->has_item = false;
    struct statement_item *item = &mt940->item;
    item->raw = piece_text(&mt940->raw);
    item->description = piece_text(&mt940->information);
    statement_emit(statement, item);
}

static void start_item(struct statement *statement, struct slice line, uint32_t number) {
    struct mt940_reader *mt940 = &statement->mt940;
    mt940->has_item = true;
    mt940->item = (struct statement_item){.kind = STATEMENT_PAYMENT, .line = number, .account = slice_text(mt940->account), .currency = slice_text(mt940->currency)};
    piece_start(&mt940->raw);
    piece_start(&mt940->information);
    piece_add(&mt940->raw, line);
}

static void take_entry(struct statement *statement, struct slice line, struct slice text, uint32_t number, bool is_cut) {
    struct mt940_reader *mt940 = &statement->mt940;
    struct statement_item *item = &mt940->item;
    struct entry entry;
    emit_item(statement);
    start_item(statement, line, number);
    if (is_cut || !read_entry(text, &entry)) {
        item->problem = STATEMENT_LINE_DAMAGED;
        mt940->has_damage = true;
        return;
    }
    item->reference = keep_text(entry.customer, mt940->reference);
    item->number = keep_text(entry.bank, mt940->number);
    item->problem = statement_judge(&entry.amount, entry.day, item->currency, item);
    const bool is_in = entry.is_credit != entry.is_reversal;
    if (!is_in) item->amount = -item->amount;
    if (!is_in && !entry.is_reversal) item->kind = STATEMENT_DEBIT;
    if (entry.is_reversal) item->problem = STATEMENT_REVERSAL_LINE;
    if (entry.amount.reading == AMOUNT_BEYOND || !rupiah_add(mt940->moved_sen, is_in ? entry.amount.sen : -entry.amount.sen, &mt940->moved_sen)) mt940->has_damage = true;
}

static void take_damaged(struct statement *statement, struct slice line, uint32_t number) {
    emit_item(statement);
    start_item(statement, line, number);
    statement->mt940.item.problem = STATEMENT_LINE_DAMAGED;
    statement->mt940.has_damage = true;
}

/* ---- statements ---- */

static void end_statement(struct statement *statement) {
    struct mt940_reader *mt940 = &statement->mt940;
    emit_item(statement);
    if (mt940->in_statement && (!mt940->has_opening || !mt940->has_closing)) statement_warn(statement, mt940->line, STATEMENT_BALANCE_MISSING, 0);
    mt940->in_statement = false;
}

static void start_statement(struct statement *statement, uint32_t number) {
    struct mt940_reader *mt940 = &statement->mt940;
    end_statement(statement);
    statement->counts.statements++;
    mt940->in_statement = true;
    mt940->has_opening = mt940->has_closing = mt940->has_damage = false;
    mt940->moved_sen = 0;
    mt940->line = number;
    mt940->account[0] = mt940->currency[0] = '\0';
}

static void take_opening(struct statement *statement, struct slice text) {
    struct mt940_reader *mt940 = &statement->mt940;
    emit_item(statement);
    mt940->moved_sen = 0;
    mt940->has_damage = false;
    mt940->has_opening = read_balance(text, mt940->currency, &mt940->opening_sen);
    if (!mt940->has_opening) mt940->currency[0] = '\0';
}

static void take_closing(struct statement *statement, struct slice text, uint32_t number) {
    struct mt940_reader *mt940 = &statement->mt940;
    char currency[CURRENCY_LETTERS + 1];
    int64_t closing_sen = 0, expected_sen = 0;
    emit_item(statement);
    mt940->has_closing = read_balance(text, currency, &closing_sen);
    if (!mt940->has_closing || !mt940->has_opening) return; /* told at the end of the statement */
    if (mt940->has_damage || !rupiah_add(mt940->opening_sen, mt940->moved_sen, &expected_sen)) statement_warn(statement, number, STATEMENT_BALANCE_UNCHECKED, 0);
    else if (expected_sen != closing_sen) statement_warn(statement, number, STATEMENT_BALANCE_DIFFERS, closing_sen - expected_sen);
}

/* ---- fields ---- */

/* ":61:..." is field "61". False: the line is no field. */
static bool field_of(struct slice line, struct slice *ret_name, struct slice *ret_text) {
    size_t at = 1;
    if (line.size < 4 || line.bytes[0] != ':') return false;
    while (at < line.size && at < 4 && (byte_is_digit(line.bytes[at]) || byte_is_letter(line.bytes[at]))) at++;
    if (at < 3 || at >= line.size || line.bytes[at] != ':') return false;
    *ret_name = slice_of(line.bytes + 1, at - 1);
    *ret_text = slice_of(line.bytes + at + 1, line.size - at - 1);
    return true;
}

static bool is_known_beside(struct slice name) {
    static const char *const names[] = {"21", "28", "28C", "13", "13D", "34F", "64", "65", "90C", "90D", "NS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_is(name, names[i])) return true;
    return false;
}

/* A field that has lost a sign or got one too many: "61:...", ":61...", ":6:...", "x:61:..." */
static bool looks_like_field(struct slice line) {
    line = text_trim(line);
    if (line.size == 0) return false;
    if (memmem(line.bytes, line.size, ":61:", 4) != NULL) return true;
    if (line.bytes[0] == ':') return true;
    return line.size > 3 && byte_is_digit(line.bytes[0]) && byte_is_digit(line.bytes[1]) && (line.bytes[2] == ':' || (byte_is_letter(line.bytes[2]) && line.bytes[3] == ':'));
}

/* What comes before the text of a message and after it: "{1:F01...}{2:...}{4:" and "-}{5:...}". */
static struct slice without_envelope(struct slice line) {
    static const char text_block[] = "{4:";
    if (line.size > 0 && line.bytes[0] == '{') {
        for (size_t at = 0; at + 3 <= line.size; at++)
            if (memcmp(line.bytes + at, text_block, 3) == 0) return text_trim(slice_of(line.bytes + at + 3, line.size - at - 3));
        return slice_of(line.bytes, 0);
    }
    if (slice_is(line, "-") || (line.size >= 2 && line.bytes[0] == '-' && line.bytes[1] == '}')) return slice_of(line.bytes, 0);
    return line;
}

static void take_field(struct statement *statement, struct slice line, struct slice name, struct slice text, uint32_t number, bool is_cut) {
    struct mt940_reader *mt940 = &statement->mt940;
    char account[STATEMENT_NAME_MAX];
    if (slice_is(name, "20")) {
        start_statement(statement, number);
    } else if (slice_is(name, "61")) {
        take_entry(statement, line, text, number, is_cut);
    } else if (slice_is(name, "86")) {
        if (mt940->has_item) piece_line(&mt940->raw, line); /* without one it speaks of the whole statement */
        if (mt940->has_item) piece_line(&mt940->information, text);
    } else if (slice_is(name, "25") || slice_is(name, "25P")) {
        emit_item(statement);
        memcpy(mt940->account, account, statement_account(text, account).size + 1);
    } else if (slice_is(name, "60F") || slice_is(name, "60M")) {
        take_opening(statement, text);
    } else if (slice_is(name, "62F") || slice_is(name, "62M")) {
        take_closing(statement, text, number);
    } else if (is_known_beside(name)) {
        emit_item(statement);
    } else {
        take_damaged(statement, line, number);
    }
}

void statement_mt940_line(struct statement *statement, struct slice line, uint32_t number, bool is_cut) {
    struct mt940_reader *mt940 = &statement->mt940;
    struct slice name, text;
    line = without_envelope(line);
    if (text_is_blank(line)) return;
    if (field_of(line, &name, &text)) {
        take_field(statement, line, name, text, number, is_cut);
    } else if (looks_like_field(line) || (!mt940->in_statement && !mt940->has_item)) {
        take_damaged(statement, line, number);
    } else if (mt940->has_item) { /* of :86:, or what :61: has to add */
        piece_line(&mt940->raw, line);
        piece_line(&mt940->information, line);
    }
}

void statement_mt940_finish(struct statement *statement) { end_statement(statement); }

void statement_mt940_open(struct statement *statement, struct arena *arena) {
    struct mt940_reader *mt940 = &statement->mt940;
    mt940->raw = (struct text_piece){.bytes = arena_take(arena, RAW_PIECES_MAX), .size_max = RAW_PIECES_MAX};
    mt940->information = (struct text_piece){.bytes = arena_take(arena, STATEMENT_TEXT_MAX), .size_max = STATEMENT_TEXT_MAX};
}
