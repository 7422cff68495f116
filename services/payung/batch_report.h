/* What became of a list, in words and as JSON: shared by `enrol --wait` and `batch`. */
#ifndef PAYUNG_BATCH_REPORT_H
#define PAYUNG_BATCH_REPORT_H

#include <jansson.h>
#include <stdbool.h>

/* Prints the answer of GET /v1/batches/{id}: for people the equation, the money and the codes with their reasons; as JSON the members
 * batch, rows, accepted, waitlisted, rejected, duplicates, pending, by_code, committed. */
void batch_report_print(const json_t *batch, bool json);
bool batch_report_done(const json_t *batch); /* every row has its outcome */
int batch_report_exit(const json_t *batch);  /* 0, or 3 when it is done with rejected rows */

#endif
