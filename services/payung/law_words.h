/* Words of the tariff in Bahasa Indonesia, for the tables that officials read; JSON keeps the English names of common/domain. Pure. */
#ifndef PAYUNG_LAW_WORDS_H
#define PAYUNG_LAW_WORDS_H

#include "common/domain/programme.h"

enum { RATE_TEXT_MAX = 40 };

const char *share_word(enum payer_share share); /* "pemberi kerja" */
const char *charge_word(enum charge charge);     /* "JKK"; what is bought as a whole in PMI: "PAKET" */
/* As per cent: 2,400 ppm are "0,24 %". */
void rate_format(int64_t ppm, char ret_text[RATE_TEXT_MAX]);

#endif
