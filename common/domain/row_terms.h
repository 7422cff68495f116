/* The parts of row_check that two files share: row.c reads what every row has, row_terms.c what one segment adds. Nobody else includes this. */
#ifndef PAYUNG_DOMAIN_ROW_TERMS_H
#define PAYUNG_DOMAIN_ROW_TERMS_H

#include "common/domain/row.h"

void row_want(struct row_result *result, enum column column); /* E80: missing or unreadable */
/* The trimmed text of a column; false when it is empty, which is E80 for a mandatory one. */
bool row_given(const struct row_text *row, enum column column, struct row_result *result, struct slice *ret_text);
/* An amount, 0 when the column is empty; E81 when it is not whole rupiah from 1 to 10^14. */
rupiah row_amount(const struct row_text *row, enum column column, struct row_result *result);
/* A date, also as the number of a spreadsheet. */
bool row_day(struct slice text, day_t *ret_day);
/* From 1 to max, 0 when the column is empty; E80 when it is anything else. */
uint32_t row_number(const struct row_text *row, enum column column, uint32_t max, struct row_result *result);

/* After the segment is known: the terms of PU, JAKON or PMI, with the months of the latter two. */
void row_read_terms(const struct row_text *row, struct row_result *result);

#endif
