/* Names as on the KTP. Single-word names, apostrophes, hyphens, dots and titles ("H.", "S.Ip") are legal; refused (E06) are names with fewer than
 * two letters, with digits or control characters, longer than 100 bytes, or not in UTF-8 (domain.md 3.2). An empty name is E80, not E06. */
#ifndef PAYUNG_DOMAIN_NAME_H
#define PAYUNG_DOMAIN_NAME_H

#include "common/base/slice.h"

enum { NAME_BYTES_MAX = 100, NAME_TEXT_MAX = NAME_BYTES_MAX + 8 };

/* Outer white space gone, inner runs of it one blank each; zero-terminated. Returns the size. A longer name is cut at a character, but only
 * beyond NAME_BYTES_MAX, so that it is still seen to be too long. */
size_t name_normalise(struct slice raw, char ret_text[NAME_TEXT_MAX]);
bool name_is_valid(struct slice normalised);

#endif
