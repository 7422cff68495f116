/* What is signed in a SNAP-style request (domain.md 6): METHOD:PATH:TOKEN:lower(hex(sha256(minify(body)))):TIMESTAMP. Here are the two readings that are ours: minify, which drops the
 * white space of JSON outside strings and keeps every other byte and their order, and the time stamp. Pure; nothing here knows whether the body is JSON: bytes that are none
 * lose their white space all the same, and their signature fits or not. */
#ifndef PAYUNG_DOMAIN_SNAP_H
#define PAYUNG_DOMAIN_SNAP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

/* Zeroed before the first piece; a body may come in any pieces. */
struct snap_minifier {
    bool in_string, escaped;
};
size_t snap_minify(struct snap_minifier *minifier, struct slice bytes, uint8_t *ret_bytes); /* room for bytes.size; may be bytes.bytes itself. Returns how many are left */

/* "2025-10-10T09:00:00+07:00", also with Z or with a fraction of a second (cut to milliseconds). */
bool snap_timestamp_read(struct slice text, int64_t *ret_unix_ms);

#endif
