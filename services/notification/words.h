/* The texts of all letters as the installation has them (PAYUNG_SHARE), read once at start. */
#ifndef PAYUNG_NOTIFICATION_WORDS_H
#define PAYUNG_NOTIFICATION_WORDS_H

#include "common/base/err.h"
#include "services/notification/letter.h"
#include "services/notification/reasons.h"
#include "services/notification/sponsor/sponsor_letter.h"

enum { WORDS_BYTES_MAX = 1 << 20 }; /* what the arena needs */

MUST_USE struct err words_open(struct arena *arena, const char *share, struct letters *ret_letters); /* letters point into the arena */
/* templates/reasons.tsv, for paper and for who looks. */
MUST_USE struct err words_reasons(struct arena *arena, const char *share, struct letter_reasons *ret_reasons);
/* templates/sponsor.tsv, for offices. */
MUST_USE struct err words_sponsor(struct arena *arena, const char *share, struct sponsor_words *ret_words);

#endif
