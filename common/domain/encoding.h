/* A text file of a spreadsheet as UTF-8, piece by piece: which encoding it has is told by its own bytes, always the same however they are cut.
 *
 *   struct decoder decoder = {0};
 *   while (bytes.size > 0) if (!decoder_feed(&decoder, &bytes, false, text, sizeof text, &size)) ... else use(text, size)
 *   decoder_feed(&decoder, &nothing, true, text, sizeof text, &size)        at the end
 *
 * The rule, in this order: a byte order mark of UTF-8 or UTF-16 decides. A NUL at one of the first two bytes is UTF-16 without its mark: what is a list begins with an
 * ASCII letter. Else what is not ASCII decides, and all of it must agree: well-formed UTF-8 only, or no well-formed UTF-8 at all, which is Windows-1252. A
 * file that has both was put together from two, and nobody can say what its names are; it is refused, and so are halves of characters and the five bytes that
 * Windows-1252 leaves open. Up to the first byte that is not ASCII both are the same text, so nothing is held back for the decision.
 *
 * Nothing is allocated, and at most four bytes wait for their rest. Source of the table: WHATWG Encoding (windows-1252) without its control characters. */
#ifndef PAYUNG_DOMAIN_ENCODING_H
#define PAYUNG_DOMAIN_ENCODING_H

#include <stdbool.h>

#include "common/base/slice.h"

/* The numbers are stored with a list (intake.batch.encoding), where 0 is a list of the time before encodings were told apart. */
enum encoding { ENCODING_ASCII = 1, ENCODING_UTF8 = 2, ENCODING_UTF16LE = 3, ENCODING_UTF16BE = 4, ENCODING_WINDOWS1252 = 5 };

enum { DECODER_ROOM_MIN = 4 };

struct decoder {
    bool utf8_only;         /* set by the user: nothing but UTF-8, with or without its mark */
    enum encoding encoding; /* 0 before the first bytes; ASCII as long as nothing else was seen */
    uint8_t kept[4];
    size_t kept_size;
    bool broken;
};

/* Takes of *bytes what fits into the room (at least DECODER_ROOM_MIN) and moves it on. last: nothing comes behind these bytes. False, now and ever after: the bytes
 * behind *ret_size are no text of one encoding. */
bool decoder_feed(struct decoder *decoder, struct slice *bytes, bool last, uint8_t *ret_text, size_t room, size_t *ret_size);

#endif
