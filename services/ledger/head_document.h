/* The signed head of a chain as a document: what an agreement's ledger was at the end of a day, on one line, small enough to be printed. Pure. Whoever keeps it can prove later
 * that nothing before it was changed: an export's chain must pass through that journal with that hash and those totals.
 *
 *   {"kind":"payung-ledger-head-1","number":3,"date":"2026-01-31","agreement":"kepahiang-2025","agreement_no":1,"journal":17,"hash":"<64 hexadecimal digits>",
 *    "totals":{"committed":399974400,"receivable":0,"credit":0},"made_at":"2026-02-01T00:05:00Z"}
 *
 * without white space, the members in this order: a document has one text, and that text is signed (Ed25519). number: 1, 2, 3, ... per agreement, so who has them sees whether one
 * is missing. date: the last day that it covers, in western Indonesia. totals: the balances of KOMITMEN, PIUTANG and TITIPAN (line.h). */
#ifndef PAYUNG_LEDGER_HEAD_DOCUMENT_H
#define PAYUNG_LEDGER_HEAD_DOCUMENT_H

#include "services/ledger/canonical.h"

enum { HEAD_HASH_BYTES = 32, HEAD_TEXT_MAX = 512 };

struct ledger_head {
    int32_t number;
    day_t date;
    struct slice agreement; /* its id */
    int32_t agreement_no;
    int64_t journal_seq;
    uint8_t hash[HEAD_HASH_BYTES];
    rupiah committed, receivable, credit;
    int64_t made_at_s;      /* seconds since 1970 UTC */
};

struct slice head_write(struct arena *arena, const struct ledger_head *head);
/* False when it is not a text that head_write writes. The id points into text. */
bool head_read(struct slice text, struct ledger_head *ret_head);

#endif
