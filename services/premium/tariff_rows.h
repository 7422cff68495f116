/* Between the files of this folder only: the loaders of the tables that tariff_load puts together. Each appends what it reads to `tariff` and refuses the first row that is
 * not sound. */
#ifndef PAYUNG_PREMIUM_TARIFF_ROWS_H
#define PAYUNG_PREMIUM_TARIFF_ROWS_H

#include "services/premium/tariff.h"

/* rows and periods have room for every line of the files. */
struct tariff_loader {
    const struct regulation_list *regulations;
    struct arena *arena;
    struct tariff *tariff;
    struct tariff_row *rows;
    struct tariff_period *periods;
    size_t row_count, period_count;
    struct load_error *error;
};

bool wage_caps_load(struct slice text, const struct regulation_list *regulations, struct arena *arena, struct tariff *tariff, struct load_error *ret_error);
/* file: TARIFF_FILE_BPU to TARIFF_FILE_PMI; wage caps are loaded before. */
bool tariff_rows_load(struct tariff_loader *loader, enum tariff_file file, struct slice text);

#endif
