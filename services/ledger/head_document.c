/* One text for one head: reading takes exactly what writing gives, so that there is nothing in a signed document that its reader does not understand. */
#include "services/ledger/head_document.h"

#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { DAY_SECONDS = 86400, AGREEMENT_ID_MAX = 63 };

static void moment_format(int64_t seconds, char ret_text[21]) {
    const day_t day = day_from_unix(seconds, 0);
    const int rest = (int)(seconds % DAY_SECONDS);
    char date[11];
    day_format(day, date);
    CHECK(seconds >= 0 && snprintf(ret_text, 21, "%sT%02d:%02d:%02dZ", date, rest / 3600, rest / 60 % 60, rest % 60) == 20);
}

static size_t write_text(const struct ledger_head *head, char ret_text[HEAD_TEXT_MAX]) {
    char hash[2 * HEAD_HASH_BYTES + 1], date[11], made_at[21];
    text_hex(slice_of(head->hash, HEAD_HASH_BYTES), hash);
    day_format(head->date, date);
    moment_format(head->made_at_s, made_at);
    const int size = snprintf(ret_text, HEAD_TEXT_MAX,
                              "{\"kind\":\"payung-ledger-head-1\",\"number\":%d,\"date\":\"%s\",\"agreement\":\"%.*s\",\"agreement_no\":%d,\"journal\":%lld,\"hash\":\"%s\","
                              "\"totals\":{\"committed\":%lld,\"receivable\":%lld,\"credit\":%lld},\"made_at\":\"%s\"}",
                              head->number, date, SLICE_ARGS(head->agreement), head->agreement_no, (long long)head->journal_seq, hash, (long long)head->committed,
                              (long long)head->receivable, (long long)head->credit, made_at);
    CHECK(size > 0 && size < HEAD_TEXT_MAX);
    return (size_t)size;
}

struct slice head_write(struct arena *arena, const struct ledger_head *head) {
    char text[HEAD_TEXT_MAX];
    return arena_copy(arena, slice_of(text, write_text(head, text)));
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------------------- */

static bool take_number(struct text_reader *reader, const char *before, int64_t max, int64_t *ret_number) {
    if (!text_takes(reader, before)) return false;
    const bool negative = text_takes(reader, "-");
    int64_t number = 0;
    if (!text_takes_number(reader, max, &number)) return false;
    *ret_number = negative ? -number : number;
    return true;
}

/* The text up to the next quote. */
static bool take_text(struct text_reader *reader, const char *before, size_t size_max, struct slice *ret_text) {
    if (!text_takes(reader, before)) return false;
    const uint8_t *const end = memchr(reader->at, '"', (size_t)(reader->end - reader->at));
    if (end == NULL || (size_t)(end - reader->at) > size_max) return false;
    *ret_text = slice_of(reader->at, (size_t)(end - reader->at));
    reader->at = end + 1;
    return true;
}

static int two_digits(const uint8_t *at) { return (at[0] - '0') * 10 + (at[1] - '0'); }

/* "2026-02-01T00:05:00Z"; what is not written so is found when the whole is written again. */
static bool read_moment(struct slice text, int64_t *ret_seconds) {
    day_t day;
    if (text.size != 20 || !day_parse(slice_of(text.bytes, 10), &day) || day < 19700101) return false;
    for (size_t i = 11; i < 19; i += 3)
        if (!byte_is_digit(text.bytes[i]) || !byte_is_digit(text.bytes[i + 1])) return false;
    *ret_seconds = (int64_t)day_distance(19700101, day) * DAY_SECONDS + two_digits(text.bytes + 11) * 3600 + two_digits(text.bytes + 14) * 60 + two_digits(text.bytes + 17);
    return true;
}

static bool read_members(struct text_reader *reader, struct ledger_head *head) {
    int64_t number = 0, agreement_no = 0;
    struct slice date, hash, made_at;
    if (!take_number(reader, "{\"kind\":\"payung-ledger-head-1\",\"number\":", INT32_MAX, &number) || !take_text(reader, ",\"date\":\"", 10, &date) ||
        !take_text(reader, ",\"agreement\":\"", AGREEMENT_ID_MAX, &head->agreement) || !take_number(reader, ",\"agreement_no\":", INT32_MAX, &agreement_no) ||
        !take_number(reader, ",\"journal\":", INT64_MAX, &head->journal_seq) || !take_text(reader, ",\"hash\":\"", 2 * HEAD_HASH_BYTES, &hash) ||
        !take_number(reader, ",\"totals\":{\"committed\":", INT64_MAX, &head->committed) || !take_number(reader, ",\"receivable\":", INT64_MAX, &head->receivable) ||
        !take_number(reader, ",\"credit\":", INT64_MAX, &head->credit) || !take_text(reader, "},\"made_at\":\"", 20, &made_at) || !text_takes(reader, "}")) return false;
    head->number = (int32_t)number;
    head->agreement_no = (int32_t)agreement_no;
    return reader->at == reader->end && day_parse(date, &head->date) && hash.size == 2 * HEAD_HASH_BYTES && text_hex_read(hash, head->hash) && read_moment(made_at, &head->made_at_s);
}

bool head_read(struct slice text, struct ledger_head *ret_head) {
    struct ledger_head head = {0};
    struct text_reader reader = {.at = text.bytes, .end = text.bytes + text.size};
    char again[HEAD_TEXT_MAX];
    if (text.size == 0 || text.size >= HEAD_TEXT_MAX || !read_members(&reader, &head)) return false;
    if (!slice_equal(text, slice_of(again, write_text(&head, again)))) return false;
    *ret_head = head;
    return true;
}
