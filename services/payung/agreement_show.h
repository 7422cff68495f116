/* `payung agreement show ID` and `payung agreement list`: what is in force, the money, and for an umbrella agreement what its parts come to. Both change nothing. */
#ifndef PAYUNG_AGREEMENT_SHOW_H
#define PAYUNG_AGREEMENT_SHOW_H

#include <stdbool.h>

#include "common/domain/law.h"

int agreement_show(bool json, const char *url, const struct law_table *law, const char *id);
int agreement_list(bool json, const char *url);

#endif
