/* Two readings of bytes as they came. It must never re-write a value: a body that is parsed and written again has another hash. */
#include "common/domain/snap.h"

#include "common/domain/calendar.h"
#include "common/domain/text.h"

static bool is_json_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

size_t snap_minify(struct snap_minifier *minifier, struct slice bytes, uint8_t *ret_bytes) {
    size_t size = 0;
    for (size_t i = 0; i < bytes.size; i++) {
        const uint8_t byte = bytes.bytes[i];
        if (!minifier->in_string && is_json_space(byte)) continue;
        ret_bytes[size++] = byte;
        if (minifier->escaped) minifier->escaped = false;
        else if (minifier->in_string && byte == '\\') minifier->escaped = true;
        else if (byte == '"') minifier->in_string = !minifier->in_string;
    }
    return size;
}

/* Exactly `count` digits. */
static bool take_digits(struct text_reader *reader, int count, int *ret_number) {
    int number = 0;
    if (reader->end - reader->at < count) return false;
    for (int i = 0; i < count; i++, reader->at++) {
        if (!byte_is_digit(*reader->at)) return false;
        number = number * 10 + (*reader->at - '0');
    }
    *ret_number = number;
    return true;
}

/* Of a fraction of 1 to 9 digits; 0 when none stands here. */
static bool take_milliseconds(struct text_reader *reader, int *ret_ms) {
    int digits = 0, ms = 0;
    *ret_ms = 0;
    if (!text_takes(reader, ".")) return true;
    for (; reader->at < reader->end && byte_is_digit(*reader->at); reader->at++, digits++)
        if (digits < 3) ms = ms * 10 + (*reader->at - '0');
    for (int i = digits; i < 3; i++) ms *= 10;
    *ret_ms = ms;
    return digits >= 1 && digits <= 9;
}

static bool take_offset(struct text_reader *reader, int *ret_seconds) {
    int hours, minutes;
    *ret_seconds = 0;
    if (text_takes(reader, "Z")) return true;
    const int sign = text_takes(reader, "+") ? 1 : text_takes(reader, "-") ? -1 : 0;
    if (sign == 0 || !take_digits(reader, 2, &hours) || !text_takes(reader, ":") || !take_digits(reader, 2, &minutes) || hours > 14 || minutes > 59) return false;
    *ret_seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool snap_timestamp_read(struct slice text, int64_t *ret_unix_ms) {
    struct text_reader reader = {.at = text.bytes, .end = text.bytes + text.size};
    int year, month, number, hour, minute, second, ms, offset;
    if (text.size == 0 || !take_digits(&reader, 4, &year) || !text_takes(&reader, "-") || !take_digits(&reader, 2, &month) || !text_takes(&reader, "-")) return false;
    if (!take_digits(&reader, 2, &number) || !text_takes(&reader, "T") || !take_digits(&reader, 2, &hour) || !text_takes(&reader, ":")) return false;
    if (!take_digits(&reader, 2, &minute) || !text_takes(&reader, ":") || !take_digits(&reader, 2, &second)) return false;
    if (!take_milliseconds(&reader, &ms) || !take_offset(&reader, &offset) || reader.at != reader.end) return false;
    const day_t day = day_make(year, month, number);
    if (day == 0 || hour > 23 || minute > 59 || second > 59) return false;
    const int64_t seconds = (int64_t)day_distance(19700101, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    *ret_unix_ms = seconds * 1000 + ms;
    return true;
}
