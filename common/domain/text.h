/* Small readings of text as people type it: trimming, comparing without case, counting digits. Works on slices of UTF-8, changes nothing,
 * allocates nothing and knows no locale: only ASCII letters have a case here. White space is what spreadsheets leave behind: blank, tab,
 * carriage return, line feed, NBSP (C2 A0), the blanks of typesetters with those of no width (U+2000..U+200D, U+2060), narrow NBSP (U+202F), the wide blank of East Asia (U+3000) and the byte order
 * mark (EF BB BF). */
#ifndef PAYUNG_DOMAIN_TEXT_H
#define PAYUNG_DOMAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

static inline bool byte_is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }
static inline bool byte_is_letter(uint8_t byte) { return (byte | 32u) >= 'a' && (byte | 32u) <= 'z'; }
static inline uint8_t byte_lower(uint8_t byte) { return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte; }

size_t text_space_at(struct slice text, size_t at);      /* bytes of the white space that starts at `at`, 0 when there is none */
struct slice text_trim(struct slice text);                /* without white space at both ends */
bool text_is_blank(struct slice text);
bool text_same(struct slice a, struct slice b);           /* equal but for the case of ASCII letters */
bool text_is(struct slice text, const char *word);        /* text_same with a literal */
int text_compare(struct slice a, struct slice b);         /* bytewise, ASCII case ignored: < 0, 0, > 0 */
size_t text_utf8_at(struct slice text, size_t at);         /* bytes of the well-formed UTF-8 character at `at` (< size), 0 when it is damaged or cut */
bool text_is_utf8(struct slice text);                     /* well-formed, no surrogates, no overlong forms */
size_t text_cut(struct slice text, size_t size_max);       /* how many bytes fit in size_max without cutting a character in two */
/* Only its letters and digits, in lower case: how names of columns are compared ("No. KPJ" is nokpj). Empty when that is longer than size_max. */
struct slice text_plain(struct slice text, char *ret_text, size_t size_max);
/* Digits only, at least one, no sign, at most `max`: false otherwise, ret untouched. */
bool text_number(struct slice text, uint64_t max, uint64_t *ret_number);
/* Bytes as lower case hexadecimal digits, two each, with a terminator; and exactly that back: false, and ret_bytes of no use, at an odd number of digits or another character. */
void text_hex(struct slice bytes, char *ret_text);
bool text_hex_read(struct slice text, uint8_t *ret_bytes);
/* The part of *rest before `separator` (or all of it); *rest moves behind the separator. False when nothing is left. A separator at
 * the very end yields one last empty part. Start with a slice whose bytes are not NULL. */
bool text_split(struct slice *rest, uint8_t separator, struct slice *ret_part);

/* From the front of a text in a fixed form: {.at = text.bytes, .end = text.bytes + text.size}; at == end: all of it was taken. */
struct text_reader {
    const uint8_t *at, *end;
};
bool text_takes(struct text_reader *reader, const char *word);                          /* false: it does not stand here, and nothing is taken */
bool text_takes_number(struct text_reader *reader, int64_t max, int64_t *ret_number);   /* all digits that stand here: at least one, at most `max`; false: the reader is of no more use */

#endif
