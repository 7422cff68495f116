/* Counts units, part by part. */
#include "services/notification/sms_size.h"

#include "common/domain/text.h"
#include "services/notification/letter.h"

enum { GSM7_SINGLE = 160, GSM7_PART = 153, UCS2_SINGLE = 70, UCS2_PART = 67, BEYOND_FIRST_PLANE = 4 /* bytes of UTF-8 */ };

static size_t character_size(struct slice text, size_t at) {
    const size_t size = text_utf8_at(text, at);
    return size > 0 ? size : 1;
}

/* 0: it is not in the alphabet. */
static size_t gsm7_units(struct slice character) {
    static const char *const extended[] = {"\f", "^", "{", "}", "\\", "[", "~", "]", "|", "\xE2\x82\xAC"};
    for (size_t i = 0; i < sizeof extended / sizeof *extended; i++)
        if (slice_is(character, extended[i])) return 2;
    return gsm7_length(character) == SIZE_MAX ? 0 : 1;
}

static size_t units_of(struct slice character, bool is_gsm7) { return is_gsm7 ? gsm7_units(character) : character.size == BEYOND_FIRST_PLANE ? 2 : 1; }

static bool fits_gsm7(struct slice text) {
    for (size_t at = 0, size; at < text.size; at += size) {
        size = character_size(text, at);
        if (gsm7_units(slice_of(text.bytes + at, size)) == 0) return false;
    }
    return true;
}

/* How many parts of at most so many units. */
static size_t parts_of(struct slice text, bool is_gsm7, size_t part_units) {
    size_t parts = 0, room = 0;
    for (size_t at = 0, size; at < text.size; at += size) {
        size = character_size(text, at);
        const size_t units = units_of(slice_of(text.bytes + at, size), is_gsm7);
        if (units > room) {
            parts++;
            room = part_units;
        }
        room -= units;
    }
    return parts;
}

struct sms_size sms_measure(struct slice text) {
    struct sms_size result = {.is_gsm7 = fits_gsm7(text)};
    for (size_t at = 0, size; at < text.size; at += size) {
        size = character_size(text, at);
        result.units += units_of(slice_of(text.bytes + at, size), result.is_gsm7);
    }
    const size_t single = result.is_gsm7 ? GSM7_SINGLE : UCS2_SINGLE, part = result.is_gsm7 ? GSM7_PART : UCS2_PART;
    result.parts = result.units == 0 ? 0 : result.units <= single ? 1 : parts_of(text, result.is_gsm7, part);
    return result;
}

const char *sms_encoding(const struct sms_size *size) { return size->is_gsm7 ? "GSM-7" : "UCS-2"; }
