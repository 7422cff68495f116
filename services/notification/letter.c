/* From an outcome or a change of cover to the sentence that its person reads. Templates are data and are proved to fit an SMS when they are loaded, so that
 * rendering can't fail. It never sees a NIK or a phone number, and what it returns must not be logged: it names a person. */
#include "services/notification/letter.h"

#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/message_due.h"
#include "common/domain/text.h"
#include "services/notification/reasons.h"

/* ---- the GSM 03.38 basic alphabet, as code points ---- */

enum { ESCAPE_MAX = 0x7F, FIELD_BYTES_MAX = 4 * LETTER_WORDS_MAX, TEXT_BYTES_MAX = 640, TITLE_BYTES_MAX = 60,
       YEAR_MAX = 2800 }; /* a year that can be counted on from and is still in the calendar */

/* Reads one character of well-formed UTF-8; anything else counts as one unknown character of one byte. */
static size_t character_at(struct slice text, size_t at, uint32_t *ret_character) {
    uint8_t first = text.bytes[at];
    size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (size == 0 || at + size > text.size || !text_is_utf8(slice_of(text.bytes + at, size))) {
        *ret_character = UINT32_MAX;
        return 1;
    }
    uint32_t character = size == 1 ? first : first & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) character = character << 6 | (text.bytes[at + i] & 0x3Fu);
    *ret_character = character;
    return size;
}

static bool is_gsm7(uint32_t character) {
    if (character >= 0x20 && character < ESCAPE_MAX) {
        for (const char *outside = "[\\]^`{|}~"; *outside != '\0'; outside++)
            if (character == (uint8_t)*outside) return false;
        return true;
    }
    static const uint16_t beyond_ascii[] = {0x0A, 0x0D, 0xA1, 0xA3, 0xA4, 0xA5, 0xA7, 0xBF, 0xC4, 0xC5, 0xC6, 0xC7, 0xC9, 0xD1,
                                            0xD6, 0xD8, 0xDC, 0xDF, 0xE0, 0xE4, 0xE5, 0xE6, 0xE8, 0xE9, 0xEC, 0xF1, 0xF2, 0xF6,
                                            0xF8, 0xF9, 0xFC, 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9};
    for (size_t i = 0; i < sizeof beyond_ascii / sizeof *beyond_ascii; i++)
        if (character == beyond_ascii[i]) return true;
    return false;
}

size_t gsm7_length(struct slice text) {
    size_t length = 0;
    for (size_t at = 0; at < text.size; length++) {
        uint32_t character;
        at += character_at(text, at, &character);
        if (!is_gsm7(character)) return SIZE_MAX;
    }
    return length;
}

/* What stands for a character that an SMS can't hold: the base letter of Latin letters, plain quotes, blank for white space, else '?'. */
static char stand_in(uint32_t character) {
    static const char latin[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty"; /* U+00C0 .. U+00FF */
    _Static_assert(sizeof latin - 1 == 64, "one letter for each");
    if (character >= 0xC0 && character <= 0xFF) return latin[character - 0xC0];
    if (character == 0xB4 || character == '`' || (character >= 0x2018 && character <= 0x201B) || character == 0x2BC) return '\'';
    if (character >= 0x2010 && character <= 0x2015) return '-';
    if (character < 0x20 || character == 0xA0 || character == 0x202F) return ' ';
    return '?';
}

struct field {
    char bytes[FIELD_BYTES_MAX + 1];
    size_t size;
};

/* The first `characters_max` characters of a text, trimmed, every one of them GSM-7 and none a line break. */
static void field_set(struct field *field, struct slice text, size_t characters_max) {
    field->size = 0;
    text = text_trim(text);
    for (size_t at = 0, count = 0; at < text.size && count < characters_max; count++) {
        uint32_t character;
        size_t size = character_at(text, at, &character);
        if (is_gsm7(character) && character >= 0x20) {
            CHECK(field->size + size <= FIELD_BYTES_MAX);
            memcpy(field->bytes + field->size, text.bytes + at, size);
            field->size += size;
        } else {
            CHECK(field->size < FIELD_BYTES_MAX);
            field->bytes[field->size++] = stand_in(character);
        }
        at += size;
    }
    while (field->size > 0 && field->bytes[field->size - 1] == ' ') field->size--;
}

/* As it stands, for paper: only what would break a line becomes a blank, and bytes that are no UTF-8 a '?'. */
static void field_set_words(struct field *field, struct slice text, size_t characters_max) {
    field->size = 0;
    text = text_trim(text);
    for (size_t at = 0, count = 0; at < text.size && count < characters_max; count++) {
        uint32_t character;
        const size_t size = character_at(text, at, &character);
        CHECK(field->size + size <= FIELD_BYTES_MAX);
        if (character < 0x20) field->bytes[field->size++] = ' ';
        else if (character == UINT32_MAX) field->bytes[field->size++] = '?';
        else {
            memcpy(field->bytes + field->size, text.bytes + at, size);
            field->size += size;
        }
        at += size;
    }
    while (field->size > 0 && field->bytes[field->size - 1] == ' ') field->size--;
}

/* ---- fields and the messages that use them ---- */

enum field_kind { NAMA, PROGRAM, MULAI, AKHIR, SPONSOR, ALASAN, BATAS, TAHUN, RANK, TGL, N, JUMLAH, FIELDS };

static const struct { const char *name; size_t length_max; } field_rows[FIELDS] = {
    [NAMA] = {"nama", LETTER_NAME_MAX},
    [PROGRAM] = {"program", 11},    /* JKK+JKM+JHT: all that is open to people without an employer, migrant workers with a package too; employees: see fitted */
    [MULAI] = {"mulai", 10},        /* 1 Okt 2025: a cover begins on the first of a month */
    [AKHIR] = {"akhir", 11},        /* 30 Sep 2026 */
    [SPONSOR] = {"sponsor", LETTER_SPONSOR_MAX},
    [ALASAN] = {"alasan", LETTER_REASON_MAX},
    [BATAS] = {"batas", 17},        /* 30 September 2025 */
    [TAHUN] = {"tahun", 4},
    [RANK] = {"rank", 10},
    [TGL] = {"tgl", 17},
    [N] = {"n", 4},                 /* COVER_MONTHS_MAX */
    [JUMLAH] = {"jumlah", 9},       /* Rp627.800: the most that a month costs somebody without an employer; more: see fitted */
};

#define F(field) (1u << (field))
static const struct { const char *id; unsigned fields; } kind_rows[LETTER_KINDS] = {
    [LETTER_ACCEPTED] = {"ACCEPTED", F(NAMA) | F(PROGRAM) | F(MULAI) | F(AKHIR) | F(SPONSOR)},
    [LETTER_REJECTED_FIX] = {"REJECTED_FIX", F(NAMA) | F(ALASAN) | F(BATAS)},
    [LETTER_REJECTED_FINAL] = {"REJECTED_FINAL", F(NAMA) | F(ALASAN) | F(BATAS)},
    [LETTER_WAITLIST] = {"WAITLIST", F(NAMA) | F(SPONSOR) | F(TAHUN) | F(RANK)},
    [LETTER_PENDING] = {"PENDING", F(NAMA) | F(TGL)},
    [LETTER_LAPSE_WARN] = {"LAPSE_WARN", F(NAMA) | F(N) | F(TGL)},
    [LETTER_LAPSED] = {"LAPSED", F(NAMA) | F(TGL)},
    [LETTER_SPONSOR_END] = {"SPONSOR_END", F(NAMA) | F(SPONSOR) | F(TGL) | F(JUMLAH)},
};

static enum letter_kind kind_of(struct slice id) {
    for (int kind = 0; kind < LETTER_KINDS; kind++)
        if (slice_is(id, kind_rows[kind].id)) return (enum letter_kind)kind;
    return LETTER_KINDS;
}

/* The field whose "{name}" starts at `at`, and how long that is; FIELDS when there is none. */
static enum field_kind field_at(struct slice text, size_t at, size_t *ret_size) {
    struct slice rest = slice_of(text.bytes + at, text.size - at);
    for (int field = 0; field < FIELDS; field++) {
        size_t size = strlen(field_rows[field].name);
        if (rest.size < size + 2 || rest.bytes[0] != '{' || rest.bytes[size + 1] != '}') continue;
        if (memcmp(rest.bytes + 1, field_rows[field].name, size) != 0) continue;
        *ret_size = size + 2;
        return (enum field_kind)field;
    }
    return FIELDS;
}

/* ---- loading ---- */

/* Reasons stand in codes.def: the longest one that a refusal can give is what a text must have room for. */
static size_t length_max_of(enum field_kind field) {
    if (field != ALASAN) return field_rows[field].length_max;
    size_t longest = 0;
    for (int code = 0; code < CODE_LIMIT; code++) {
        const struct code_row *row = code_row((enum code)code);
        if (row == NULL || row->kind != CODE_REFUSAL) continue;
        size_t length = gsm7_length(slice_text(row->reason));
        CHECK(length <= LETTER_REASON_MAX);
        if (length > longest) longest = length;
    }
    return longest;
}

/* Which fields a text uses and how long it can become; false when a character or a field is not allowed in it. */
static bool measure(struct slice text, unsigned allowed, unsigned *ret_used, size_t *ret_length) {
    unsigned used = 0;
    size_t length = 0;
    for (size_t at = 0; at < text.size;) {
        size_t size;
        enum field_kind field = field_at(text, at, &size);
        if (field != FIELDS) {
            if ((allowed & F(field)) == 0 || (used & F(field)) != 0) return false;
            used |= F(field);
            length += length_max_of(field);
        } else {
            uint32_t character;
            size = character_at(text, at, &character);
            if (!is_gsm7(character) || character < 0x20) return false;
            length++;
        }
        at += size;
    }
    *ret_used = used;
    *ret_length = length;
    return true;
}

static bool check_text(struct slice text, enum letter_kind kind, uint32_t line, const char *column, size_t length_max, struct load_error *ret_error) {
    unsigned used;
    size_t length;
    if (text.size == 0 || text.size > TEXT_BYTES_MAX) return load_failed(ret_error, line, column, "a text has 1 to %d bytes", TEXT_BYTES_MAX);
    if (!measure(text, kind_rows[kind].fields, &used, &length))
        return load_failed(ret_error, line, column, "a character outside GSM-7, or a {field} that is unknown here or used twice");
    for (int field = 0; field < FIELDS; field++)
        if ((kind_rows[kind].fields & ~used & F(field)) != 0)
            return load_failed(ret_error, line, column, "the field {%s} is missing", field_rows[field].name);
    if (length > length_max) return load_failed(ret_error, line, column, "can become %zu characters, more than %zu", length, length_max);
    return true;
}

static bool load_messages(struct arena *arena, struct slice text, struct letters *letters, struct load_error *ret_error) {
    enum { ID, JUDUL, TEXT, ENGLISH, COLUMNS };
    static const char *const names[COLUMNS] = {"id", "judul", "text", "english"};
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', names, COLUMNS, ret_error)) return false;
    while (table_next(&table, arena, fields, ret_error)) {
        enum letter_kind kind = kind_of(fields[ID]);
        if (kind == LETTER_KINDS) return load_failed(ret_error, table.line, "id", "no outcome and no change of cover owes such a message");
        if (letters->kinds[kind].text.size > 0) return load_failed(ret_error, table.line, "id", "this message stands above already");
        if (fields[JUDUL].size == 0 || fields[JUDUL].size > TITLE_BYTES_MAX || gsm7_length(fields[JUDUL]) == SIZE_MAX)
            return load_failed(ret_error, table.line, "judul", "a title has 1 to %d characters of GSM-7", TITLE_BYTES_MAX);
        if (!check_text(fields[TEXT], kind, table.line, "text", LETTER_MAX, ret_error)) return false;
        if (!check_text(fields[ENGLISH], kind, table.line, "english", TEXT_BYTES_MAX, ret_error)) return false;
        letters->kinds[kind].title = fields[JUDUL];
        letters->kinds[kind].text = fields[TEXT];
        letters->kinds[kind].english = fields[ENGLISH];
    }
    if (table.failed) return false;
    for (int kind = 0; kind < LETTER_KINDS; kind++)
        if (letters->kinds[kind].text.size == 0) return load_failed(ret_error, 0, "id", "the message %s is missing", kind_rows[kind].id);
    return true;
}

static bool load_parameters(struct arena *arena, struct slice text, struct letters *letters, struct load_error *ret_error) {
    enum { NAME, VALUE, SENTENCE, COLUMNS };
    static const char *const names[COLUMNS] = {"name", "value", "sentence"};
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', names, COLUMNS, ret_error)) return false;
    while (table_next(&table, arena, fields, ret_error)) {
        int32_t *days = slice_is(fields[NAME], "correction_days") ? &letters->correction_days
                        : slice_is(fields[NAME], "pending_days")  ? &letters->pending_days : NULL;
        uint64_t value;
        if (days == NULL || *days != 0) return load_failed(ret_error, table.line, "name", "unknown, or stands above already");
        if (!text_number(fields[VALUE], LETTER_DAYS_MAX, &value) || value == 0)
            return load_failed(ret_error, table.line, "value", "1 to %d days", LETTER_DAYS_MAX);
        *days = (int32_t)value;
    }
    if (table.failed) return false;
    if (letters->correction_days == 0) return load_failed(ret_error, 0, "name", "correction_days is missing");
    if (letters->pending_days == 0) return load_failed(ret_error, 0, "name", "pending_days is missing");
    return true;
}

bool letters_load(struct arena *arena, struct slice messages, struct slice parameters, struct letters *ret_letters, struct load_error *ret_error) {
    struct letters letters = {0};
    if (!load_messages(arena, messages, &letters, ret_error)) return false;
    if (!load_parameters(arena, parameters, &letters, ret_error)) return false;
    *ret_letters = letters;
    return true;
}

/* ---- rendering ---- */

/* How a letter is written: an SMS is cut and of GSM-7, in Bahasa Indonesia; paper is neither, and has two languages. */
struct manner {
    bool is_paper, is_english;
    const struct letter_reasons *reasons; /* of paper in English */
};
static const struct manner as_sms = {.is_paper = false};

static void field_text(struct field *field, const struct manner *manner, struct slice text, size_t characters_max) {
    if (manner->is_paper) field_set_words(field, text, LETTER_WORDS_MAX);
    else field_set(field, text, characters_max);
}

static void field_number(struct field *field, int64_t number) {
    int size = snprintf(field->bytes, sizeof field->bytes, "%lld", (long long)number);
    CHECK(size > 0 && (size_t)size < sizeof field->bytes);
    field->size = (size_t)size;
}

static void field_day(struct field *field, const struct manner *manner, day_t day) {
    char text[24];
    if (!day_is_valid(day)) {
        field_set(field, slice_text("-"), 1);
        return;
    }
    if (manner->is_english) day_format_en(day, text);
    else day_format_id(day, text);
    field_set(field, slice_text(text), field_rows[BATAS].length_max);
}

/* 1 Okt 2025 */
static void field_short_day(struct field *field, const struct manner *manner, day_t day) {
    CHECK(day_is_valid(day));
    int size = snprintf(field->bytes, sizeof field->bytes, "%d %s %d", day % 100, manner->is_english ? month_short_en(day_month(day)) : month_short_id(day_month(day)), day / 10000);
    CHECK(size > 0 && size <= (int)field_rows[AKHIR].length_max);
    field->size = (size_t)size;
}

static void field_period(struct field *first, struct field *last, const struct manner *manner, month_t start, uint32_t months) {
    if (!month_is_valid(start) || month_year(start) > YEAR_MAX || months == 0 || months > COVER_MONTHS_MAX) {
        field_set(first, slice_text("-"), 1);
        field_set(last, slice_text("-"), 1);
        return;
    }
    field_short_day(first, manner, month_first_day(start));
    field_short_day(last, manner, month_last_day(month_add(start, (int32_t)months - 1)));
}

static void field_months(struct field *field, uint32_t months) {
    if (months > 0 && months <= COVER_MONTHS_MAX) field_number(field, months);
    else field_set(field, slice_text("-"), 1);
}

static void field_money(struct field *field, rupiah amount) {
    char text[32];
    if (amount > 0) rupiah_format(amount, text);
    field_set(field, slice_text(amount > 0 ? text : "-"), FIELD_BYTES_MAX);
}

static void field_programmes(struct field *field, programme_set set) {
    char text[PROGRAMME_SET_TEXT_MAX];
    (void)programme_set_format(set, text); /* its length is that of the text */
    field_set(field, slice_text(text), PROGRAMME_SET_TEXT_MAX);
}

static void field_reason(struct field *field, const struct manner *manner, enum code code) {
    const struct code_row *row = code_row(code);
    CHECK(row != NULL);
    if (manner->is_english) field_set_words(field, manner->reasons->rows[code].reason, LETTER_WORDS_MAX);
    else field_set(field, slice_text(row->reason), LETTER_REASON_MAX);
}

static void field_name(struct field *field, const struct manner *manner, struct slice name) {
    field_text(field, manner, name, LETTER_NAME_MAX);
    if (field->size == 0) field_set(field, slice_text("Bapak/Ibu"), LETTER_NAME_MAX);
}

static void fill(const struct letters *letters, const struct manner *manner, const struct outcome *outcome, struct slice name, unsigned wanted, struct field fields[FIELDS]) {
    day_t day = outcome->registration_date;
    bool known = day_is_valid(day) && day / 10000 <= YEAR_MAX;
    field_name(&fields[NAMA], manner, name);
    if (wanted & F(PROGRAM)) field_programmes(&fields[PROGRAM], outcome->programmes);
    if (wanted & F(MULAI)) field_period(&fields[MULAI], &fields[AKHIR], manner, outcome->start_month, outcome->months);
    if (wanted & F(SPONSOR)) field_text(&fields[SPONSOR], manner, outcome->payer_name, LETTER_SPONSOR_MAX);
    if (wanted & F(ALASAN)) field_reason(&fields[ALASAN], manner, message_reason(outcome));
    if (wanted & F(BATAS)) field_day(&fields[BATAS], manner, known ? day_add(day, letters->correction_days) : 0);
    if (wanted & F(TGL)) field_day(&fields[TGL], manner, known ? day_add(day, letters->pending_days) : 0);
    if (wanted & F(TAHUN)) field_number(&fields[TAHUN], outcome->budget_year);
    if (wanted & F(RANK)) field_number(&fields[RANK], outcome->rank);
}

/* The day that the message is about. */
static day_t day_of_cover(const struct coverage_changed *changed, enum letter_kind kind) {
    if (kind == LETTER_LAPSE_WARN) return changed->lapse_day;
    if (!day_is_valid(changed->day)) return 0;
    return kind == LETTER_SPONSOR_END ? day_add(changed->day, -1) : changed->day;
}

static void fill_cover(const struct manner *manner, const struct coverage_changed *changed, enum letter_kind kind, struct slice name, struct field fields[FIELDS]) {
    const unsigned wanted = kind_rows[kind].fields;
    field_name(&fields[NAMA], manner, name);
    if (wanted & F(SPONSOR)) field_text(&fields[SPONSOR], manner, changed->payer_name, LETTER_SPONSOR_MAX);
    if (wanted & F(TGL)) field_day(&fields[TGL], manner, day_of_cover(changed, kind));
    if (wanted & F(N)) field_months(&fields[N], changed->unpaid_months);
    if (wanted & F(JUMLAH)) field_money(&fields[JUMLAH], changed->monthly_amount);
}

static struct slice expand(struct slice text, const struct field fields[FIELDS], struct arena *arena) {
    enum { EXPANDED_MAX = TEXT_BYTES_MAX + FIELDS * FIELD_BYTES_MAX };
    uint8_t bytes[EXPANDED_MAX];
    size_t size = 0;
    for (size_t at = 0; at < text.size;) {
        size_t taken;
        enum field_kind field = field_at(text, at, &taken);
        if (field == FIELDS) {
            bytes[size++] = text.bytes[at++];
            continue;
        }
        memcpy(bytes + size, fields[field].bytes, fields[field].size);
        size += fields[field].size;
        at += taken;
    }
    CHECK(size <= EXPANDED_MAX);
    return arena_copy(arena, slice_of(bytes, size));
}

/* Employees may have more programmes, and pay more a month, than the templates were measured with; then the sponsor gives way, a character for each: what may come on top
 * (JP and JKP; Rp100.000.000.000.000) is less than a sponsor's 20. */
static struct slice fitted(struct slice text, struct field fields[FIELDS], struct arena *arena) {
    struct slice letter = expand(text, fields, arena);
    size_t length = gsm7_length(letter);
    CHECK(length != SIZE_MAX);
    if (length <= LETTER_MAX) return letter;
    struct field *sponsor = &fields[SPONSOR];
    size_t room = gsm7_length(slice_of(sponsor->bytes, sponsor->size)), excess = length - LETTER_MAX;
    CHECK(room != SIZE_MAX && room > excess);
    field_set(sponsor, slice_text(arena_text(arena, slice_of(sponsor->bytes, sponsor->size))), room - excess);
    return expand(text, fields, arena);
}

static void finish(const struct letters *letters, enum letter_kind kind, struct field fields[FIELDS], struct arena *arena, struct letter *ret_letter) {
    const struct slice text = fitted(letters->kinds[kind].text, fields, arena);
    CHECK(gsm7_length(text) <= LETTER_MAX);
    *ret_letter = (struct letter){.template = kind_rows[kind].id, .title = letters->kinds[kind].title, .text = text};
}

bool letter_render(const struct letters *letters, const struct outcome *outcome, struct slice name, struct arena *arena, struct letter *ret_letter) {
    const char *due = message_due(outcome);
    if (due == NULL) return false;
    enum letter_kind kind = kind_of(slice_text(due));
    CHECK(kind < LETTER_COVER_FIRST);
    struct field fields[FIELDS];
    for (int i = 0; i < FIELDS; i++) fields[i].size = 0;
    fill(letters, &as_sms, outcome, name, kind_rows[kind].fields, fields);
    finish(letters, kind, fields, arena, ret_letter);
    return true;
}

bool letter_render_cover(const struct letters *letters, const struct coverage_changed *changed, struct slice name, struct arena *arena, struct letter *ret_letter) {
    const enum letter_kind kind = kind_of(changed->message_due);
    if (kind < LETTER_COVER_FIRST || kind == LETTER_KINDS) return false;
    struct field fields[FIELDS];
    for (int i = 0; i < FIELDS; i++) fields[i].size = 0;
    fill_cover(&as_sms, changed, kind, name, fields);
    finish(letters, kind, fields, arena, ret_letter);
    return true;
}

bool letter_preview(const struct letters *letters, struct slice template, const struct outcome *outcome, const struct coverage_changed *changed, struct slice name, struct arena *arena,
                    struct letter *ret_letter) {
    const enum letter_kind kind = kind_of(template);
    if (kind == LETTER_KINDS) return false;
    const bool is_decision = kind < LETTER_COVER_FIRST;
    if (is_decision && (kind_rows[kind].fields & F(ALASAN)) != 0 && message_reason(outcome) == CODE_NONE) return false;
    struct field fields[FIELDS];
    for (int i = 0; i < FIELDS; i++) fields[i].size = 0;
    if (is_decision) fill(letters, &as_sms, outcome, name, kind_rows[kind].fields, fields);
    else fill_cover(&as_sms, changed, kind, name, fields);
    finish(letters, kind, fields, arena, ret_letter);
    return true;
}

bool letter_words(const struct letters *letters, const struct letter_reasons *reasons, struct slice template, const struct letter_about *about, struct slice name, bool is_english, struct arena *arena,
                  struct slice *ret_text) {
    const struct manner manner = {.is_paper = true, .is_english = is_english, .reasons = reasons};
    const enum letter_kind kind = kind_of(template);
    if (kind == LETTER_KINDS) return false;
    const bool is_decision = kind < LETTER_COVER_FIRST;
    if (is_decision && (kind_rows[kind].fields & F(ALASAN)) != 0 && message_reason(about->outcome) == CODE_NONE) return false;
    struct field fields[FIELDS];
    for (int i = 0; i < FIELDS; i++) fields[i].size = 0;
    if (is_decision) fill(letters, &manner, about->outcome, name, kind_rows[kind].fields, fields);
    else fill_cover(&manner, about->changed, kind, name, fields);
    *ret_text = expand(is_english ? letters->kinds[kind].english : letters->kinds[kind].text, fields, arena);
    return true;
}

struct slice letter_title(const struct letters *letters, struct slice template) {
    const enum letter_kind kind = kind_of(template);
    CHECK(kind != LETTER_KINDS);
    return letters->kinds[kind].title;
}

day_t letter_deadline(const struct letters *letters, const struct outcome *outcome) {
    const day_t day = outcome->registration_date;
    const bool known = day_is_valid(day) && day / 10000 <= YEAR_MAX;
    return known && message_reason(outcome) != CODE_NONE ? day_add(day, letters->correction_days) : 0;
}
