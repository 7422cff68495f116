/* One row of the tariff as a line of a table in Bahasa Indonesia: whom it is for, who bears it, base, rate as per cent or amount, validity, regulation and row id. */
#ifndef PAYUNG_TARIFF_PRINT_H
#define PAYUNG_TARIFF_PRINT_H

#include "services/premium/tariff_view.h"

/* The line above the rows; mark as in tariff_print_row. */
void tariff_print_head(const char *mark);
void tariff_print_row(const char *mark, const struct tariff_view_row *row);

#endif
