/* `payung agreement show ID`, `list` and `history ID`: what is in force, the money, for an umbrella agreement what its parts come to, and which documents were in force before.
 * They change nothing. */
#ifndef PAYUNG_AGREEMENT_SHOW_H
#define PAYUNG_AGREEMENT_SHOW_H

#include <stdbool.h>

#include "common/domain/law.h"

int agreement_show(bool json, const char *url, const struct law_table *law, const char *id);
int agreement_list(bool json, const char *url);
int agreement_history(bool json, const char *url, const char *id);

#endif
