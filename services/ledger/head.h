/* Signed heads: once a day (or when somebody asks) the end of each agreement's chain is signed and kept, and handed over to whom it may concern; head_document.h says what stands
 * in it. A head is made once: asked again for the same day, when no journal came since, the very same bytes are given.
 *
 * day: the last day that the head covers, in western Indonesia: its journal is the last one that was posted up to the end of that day. For today that is the last one so far, so
 * that there may be several heads of one day, each for another journal. Heads are signed in the order of the chain: a day before the last one that is signed gets no new head. */
#ifndef PAYUNG_LEDGER_HEAD_H
#define PAYUNG_LEDGER_HEAD_H

#include "common/edge/crypto_sign.h"
#include "common/edge/pg.h"
#include "services/ledger/head_document.h"

enum { SIGNED_HEAD_LINE_MAX = HEAD_TEXT_MAX + 2 * (SIGN_PUBLIC_BYTES + SIGNATURE_BYTES) + 64 };

struct signed_head {
    struct ledger_head head;
    struct slice document; /* the bytes that were signed */
    struct sign_public key;
    uint8_t signature[SIGNATURE_BYTES];
    bool is_new;
};

struct head_answer {
    bool found;       /* false: there is no such agreement */
    size_t count;     /* agreements without a journal up to that day have none */
    struct signed_head *heads;
    size_t too_late;  /* agreements that have none for that day, but one for a later day */
};

/* agreement "": all. Everything lives in the arena. AGAIN or FATAL when the database fails. */
MUST_USE struct err ledger_heads(struct pg *pg, struct arena *arena, const struct signer *signer, struct slice agreement, day_t day, int64_t now_ms, struct head_answer *ret_answer);

/* One line of a file of heads, without its line feed, and back; shorter than SIGNED_HEAD_LINE_MAX:
 *   {"document":{...as signed...},"public_key":"<64 digits>","signature":"<128 digits>"}
 * The signature is of the bytes of the document as they stand there. Reading says whether it is such a line; whether the signature is right, sign_is_right says. */
struct slice signed_head_write(struct arena *arena, const struct signed_head *head);
bool signed_head_read(struct slice line, struct signed_head *ret_head);

#endif
