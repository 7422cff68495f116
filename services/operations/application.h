/* What is known of one application, as one document: attempts with their reasons and prices, postings, cover, what is due, who was told. For `payung why` and for the console. No NIK, name or
 * phone number is in it. */
#ifndef PAYUNG_OPERATIONS_APPLICATION_H
#define PAYUNG_OPERATIONS_APPLICATION_H

#include "common/domain/application.h"
#include "common/edge/pg.h"

struct json_t;
/* application_id: not zero, which stands for what could not be read. The document is the caller's; without attempts and without "received" nothing is known. Errors are those of pg.h. */
MUST_USE struct err application_document(struct pg *pg, struct arena *arena, struct id application_id, struct json_t **ret_document);

#endif
