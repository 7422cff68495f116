/* The body of a decision: {"note": "why"}, or nothing. Pure but for the JSON library; fuzzed. */
#ifndef PAYUNG_INGESTION_NOTE_BODY_H
#define PAYUNG_INGESTION_NOTE_BODY_H

#include "common/base/arena.h"

enum { NOTE_TEXT_MAX = 200 };

/* False: something else stands there, or the text is longer than NOTE_TEXT_MAX bytes. The note lives in the arena; "" when there is none. */
bool note_body_read(struct arena *arena, struct slice body, struct slice *ret_note);

#endif
