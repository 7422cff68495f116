/* The tariff as the installation has it (PAYUNG_SHARE): read once at start by the premium service, the tool and the tests. FATAL, naming file,
 * line and field, when something in it is not sound. The texts live in the arena as long as the tariff is used (about 100 kB). */
#ifndef PAYUNG_PREMIUM_TARIFF_SHARE_H
#define PAYUNG_PREMIUM_TARIFF_SHARE_H

#include "common/base/err.h"
#include "services/premium/tariff.h"

/* Texts only, for those who change a file before they load it. */
MUST_USE struct err tariff_read(const char *share, struct arena *arena, struct tariff_files *ret_files);
MUST_USE struct err tariff_open(const char *share, struct arena *arena, struct tariff *ret_tariff);
/* Switches on what relief.tsv keeps off: ids with commas, "" none. The services do so by their knob RELIEFS. FATAL names the one that can't be. */
MUST_USE struct err tariff_switch(struct tariff *tariff, const char *reliefs);

#endif
