/* Figures into words. The finished letter is a few lines of text: when it was made, the mailbox, the template, the title, and then what is read. It must never hold a field of a person. */
#include "services/notification/sponsor/sponsor_letter.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { TITLE_MAX = 60, HEAD_LINES = 4, SECONDS_A_DAY = 86400 };

static const char *const kinds[SPONSOR_KINDS] = {[SPONSOR_DIGEST] = "SPONSOR_DIGEST", [SPONSOR_COVER_END] = "SPONSOR_COVER_END", [SPONSOR_RENEWAL] = "SPONSOR_RENEWAL"};

const char *sponsor_kind_name(enum sponsor_kind kind) {
    CHECK(kind >= 0 && kind < SPONSOR_KINDS);
    return kinds[kind];
}

static enum sponsor_kind kind_of(struct slice name) {
    for (int kind = 0; kind < SPONSOR_KINDS; kind++)
        if (slice_is(name, kinds[kind])) return (enum sponsor_kind)kind;
    return SPONSOR_KINDS;
}

/* ---- a text that grows up to its bound ---- */

struct writer {
    uint8_t *bytes;
    size_t size, max;
};

static void put(struct writer *writer, struct slice text) {
    const size_t room = writer->max - writer->size, size = text.size <= room ? text.size : text_cut(text, room);
    if (size > 0) memcpy(writer->bytes + writer->size, text.bytes, size);
    writer->size += size;
}

static void say(struct writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct writer *writer, const char *format, ...) {
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    const int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    CHECK(size >= 0 && size < (int)sizeof text);
    put(writer, slice_of(text, (size_t)size));
}

/* ---- fields ---- */

struct language {
    bool is_english;
    const struct letter_reasons *reasons;
};

static void say_day(struct writer *writer, const struct language *language, day_t day) {
    char text[24] = "-";
    if (day_is_valid(day)) {
        if (language->is_english) day_format_en(day, text);
        else day_format_id(day, text);
    }
    say(writer, "%s", text);
}

/* 27 November 2026 07.00 WIB */
static void say_moment(struct writer *writer, const struct language *language, int64_t ms) {
    if (ms <= 0) {
        say(writer, "%s", language->is_english ? "the beginning" : "awal");
        return;
    }
    const int64_t of_day = (ms / 1000 + WIB_OFFSET_S) % SECONDS_A_DAY;
    say_day(writer, language, day_of_business(ms));
    say(writer, " %02d.%02d WIB", (int)(of_day / 3600), (int)(of_day / 60 % 60));
}

static void say_money(struct writer *writer, rupiah amount) {
    char text[32] = "-";
    if (amount >= 0) rupiah_format(amount, text);
    say(writer, "%s", text);
}

static void say_reasons(struct writer *writer, const struct language *language, const struct sponsor_figures *figures) {
    for (int code = 1; code < CODE_LIMIT; code++) {
        const struct code_row *row = code_row((enum code)code);
        if (figures->by_code[code] == 0 || row == NULL) continue;
        const bool in_english = language->is_english && row->kind == CODE_REFUSAL;
        const struct slice reason = in_english ? language->reasons->rows[code].reason : slice_text(row->reason);
        say(writer, "  %s %.*s: %" PRId64 "\n", row->text, SLICE_ARGS(reason), figures->by_code[code]);
    }
}

/* Every field: FIELD(name, how it is written). */
#define SPONSOR_FIELDS                                                                                                                                                      \
    FIELD("perjanjian", put(writer, figures->agreement_id)) FIELD("nama", put(writer, figures->name)) FIELD("pembayar", put(writer, figures->payer_name))                   \
    FIELD("dari", say_moment(writer, language, figures->since_ms)) FIELD("sampai", say_moment(writer, language, figures->until_ms))                                         \
    FIELD("diterima", say(writer, "%" PRId64, figures->accepted)) FIELD("ditolak", say(writer, "%" PRId64, figures->rejected))                                              \
    FIELD("antre", say(writer, "%" PRId64, figures->waitlisted)) FIELD("diperiksa", say(writer, "%" PRId64, figures->pending))                                              \
    FIELD("menunggu", say(writer, "%" PRId64, figures->waiting)) FIELD("rupiah", say_money(writer, figures->amount)) FIELD("sisa", say_money(writer, figures->left))        \
    FIELD("dijanjikan", say(writer, "%" PRId64, figures->promised)) FIELD("terkirim", say(writer, "%" PRId64, figures->sent))                                               \
    FIELD("gagal", say(writer, "%" PRId64, figures->failed)) FIELD("belum", say(writer, "%" PRId64, figures->queued))                                                       \
    FIELD("akhir", say_day(writer, language, figures->period_to)) FIELD("hari", say(writer, "%" PRId32, figures->days)) FIELD("peserta", say(writer, "%" PRId64, figures->people)) \
    FIELD("alasan", say_reasons(writer, language, figures))

#define FIELD(name, write) name,
static const char *const field_names[] = {SPONSOR_FIELDS};
#undef FIELD
enum { FIELDS = sizeof field_names / sizeof *field_names };

/* The field whose "{name}" stands at the front, and how long that is; FIELDS when there is none. */
static size_t field_at(struct slice text, size_t *ret_size) {
    const uint8_t *end = text.size > 0 && text.bytes[0] == '{' ? memchr(text.bytes, '}', text.size) : NULL;
    for (size_t i = 0; end != NULL && i < FIELDS; i++) {
        *ret_size = (size_t)(end - text.bytes) + 1;
        if (slice_is(slice_of(text.bytes + 1, *ret_size - 2), field_names[i])) return i;
    }
    return FIELDS;
}

static void say_field(struct writer *writer, const struct language *language, const struct sponsor_figures *figures, size_t field) {
    size_t at = 0;
#define FIELD(name, write)                                                                                                                                                  \
    if (field == at++) write;
    SPONSOR_FIELDS
#undef FIELD
    CHECK(at == FIELDS && field < FIELDS);
}

/* ---- loading ---- */

static bool check_text(struct slice text, uint32_t line, const char *column, struct load_error *ret_error) {
    uint64_t used = 0;
    _Static_assert(FIELDS <= 64, "a bit each");
    if (text.size == 0 || text.size > SPONSOR_TEXT_MAX || !text_is_utf8(text)) return load_failed(ret_error, line, column, "a text has 1 to %d bytes of UTF-8", SPONSOR_TEXT_MAX);
    for (size_t at = 0, size = 1; at < text.size; at += size) {
        const size_t field = field_at(slice_of(text.bytes + at, text.size - at), &size);
        if (field == FIELDS) size = 1;
        if (field == FIELDS && text.bytes[at] != '{' && text.bytes[at] != '}') continue;
        if (field == FIELDS || (used >> field & 1) != 0) return load_failed(ret_error, line, column, "a {field} that is unknown, or stands there twice");
        used |= UINT64_C(1) << field;
    }
    return true;
}

bool sponsor_words_load(struct arena *arena, struct slice text, struct sponsor_words *ret_words, struct load_error *ret_error) {
    enum { ID, JUDUL, TEXT, ENGLISH, COLUMNS };
    static const char *const names[COLUMNS] = {"id", "judul", "text", "english"};
    struct sponsor_words words = {0};
    struct table table;
    struct slice fields[TABLE_COLUMNS_MAX];
    if (!table_open(&table, text, '\t', names, COLUMNS, ret_error)) return false;
    while (table_next(&table, arena, fields, ret_error)) {
        const enum sponsor_kind kind = kind_of(fields[ID]);
        if (kind == SPONSOR_KINDS) return load_failed(ret_error, table.line, "id", "there is no such notice");
        if (words.kinds[kind].text.size > 0) return load_failed(ret_error, table.line, "id", "this notice stands above already");
        if (fields[JUDUL].size == 0 || fields[JUDUL].size > TITLE_MAX || gsm7_length(fields[JUDUL]) == SIZE_MAX) return load_failed(ret_error, table.line, "judul", "a title has 1 to %d plain characters", TITLE_MAX);
        if (!check_text(fields[TEXT], table.line, "text", ret_error) || !check_text(fields[ENGLISH], table.line, "english", ret_error)) return false;
        words.kinds[kind].title = fields[JUDUL];
        words.kinds[kind].text = fields[TEXT];
        words.kinds[kind].english = fields[ENGLISH];
    }
    if (table.failed) return false;
    for (int kind = 0; kind < SPONSOR_KINDS; kind++)
        if (words.kinds[kind].text.size == 0) return load_failed(ret_error, 0, "id", "the notice %s is missing", kinds[kind]);
    *ret_words = words;
    return true;
}

/* ---- writing and reading ---- */

static void say_text(struct writer *writer, const struct language *language, struct slice text, const struct sponsor_figures *figures) {
    for (size_t at = 0, size = 1; at < text.size; at += size) {
        const struct slice rest = slice_of(text.bytes + at, text.size - at);
        const size_t field = field_at(rest, &size);
        if (field < FIELDS) {
            say_field(writer, language, figures, field);
            continue;
        }
        const bool is_break = rest.size >= 2 && rest.bytes[0] == '\\' && rest.bytes[1] == 'n';
        size = is_break ? 2 : 1;
        put(writer, is_break ? slice_text("\n") : slice_of(rest.bytes, 1));
    }
}

struct slice sponsor_render(const struct sponsor_words *words, const struct letter_reasons *reasons, const struct sponsor_figures *figures, struct arena *arena) {
    struct writer writer = {.bytes = arena_take(arena, SPONSOR_EVENT_MAX), .max = SPONSOR_EVENT_MAX};
    CHECK(figures->kind >= 0 && figures->kind < SPONSOR_KINDS && figures->mailbox.size > 0);
    say(&writer, "%" PRId64 "\n%.*s\n%s\n%.*s: %.*s\n", figures->until_ms, SLICE_ARGS(figures->mailbox), kinds[figures->kind], SLICE_ARGS(words->kinds[figures->kind].title), SLICE_ARGS(figures->agreement_id));
    say_text(&writer, &(struct language){.is_english = false, .reasons = reasons}, words->kinds[figures->kind].text, figures);
    say(&writer, "\n--\n\n");
    say_text(&writer, &(struct language){.is_english = true, .reasons = reasons}, words->kinds[figures->kind].english, figures);
    return slice_of(writer.bytes, writer.size);
}

bool sponsor_letter_read(struct slice event, struct sponsor_letter *ret_letter) {
    struct slice lines[HEAD_LINES];
    uint64_t at_ms;
    if (event.size == 0) return false;
    for (int i = 0; i < HEAD_LINES; i++)
        if (!text_split(&event, '\n', &lines[i]) || lines[i].size == 0) return false;
    const enum sponsor_kind kind = kind_of(lines[2]);
    if (!text_number(lines[0], INT64_MAX, &at_ms) || kind == SPONSOR_KINDS || event.bytes == NULL || event.size == 0) return false;
    *ret_letter = (struct sponsor_letter){.letter = {.template = kinds[kind], .title = lines[3], .text = event}, .mailbox = lines[1], .at_ms = (int64_t)at_ms};
    return true;
}
