/* The short signed code of a card: what its QR code and its verification page know it by. Pure: the keyed hash comes in. 16 signs of Crockford's base 32 (no I, L, O, U): the number of the
 * card (30 bits) and the first 50 bits of HMAC(secret of the installation, "card" | number). It says nothing of the person; who guesses one has to try 2^50 of them at a page that counts.
 *
 *   card_code_format(card_code_of(number, proof), text)        text = "0000023V7Q8ZK1MB"
 *   card_code_parse(text, &code) && code.proof == card_proof(keyed hash of code.number)
 *
 * People type codes as well: blanks and hyphens are passed over, any case is taken, O is 0, I and L are 1. */
#ifndef PAYUNG_NOTIFICATION_CARD_CODE_H
#define PAYUNG_NOTIFICATION_CARD_CODE_H

#include "common/domain/application.h"

enum { CARD_CODE_SIGNS = 16, CARD_CODE_TEXT = CARD_CODE_SIGNS + 1, CARD_CODE_SHOWN = CARD_CODE_SIGNS + 4, CARD_CODE_TYPED_MAX = 40, CARD_NUMBER_MAX = (1 << 30) - 1 };

struct card_code {
    uint32_t number; /* 1 ... CARD_NUMBER_MAX */
    uint64_t proof;  /* 50 bits */
};

uint64_t card_proof(struct id keyed); /* its first 50 bits */
void card_code_format(struct card_code code, char ret_text[CARD_CODE_TEXT]); /* "0000023V7Q8ZK1MB" */
void card_code_show(struct card_code code, char ret_text[CARD_CODE_SHOWN]);  /* "0000-023V-7Q8Z-K1MB" */
/* False: it has not the form of a code, or the number 0. Whether it is signed is for who holds the secret. */
bool card_code_parse(struct slice text, struct card_code *ret_code);

#endif
