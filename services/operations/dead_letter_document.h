/* An application as a JSON document that an operator can edit, and back. One member for each of struct application, in its order; days as "2025-10-01", months as "2025-10", ids and
 * ciphertexts in hexadecimal digits, enumerations by name where they have one (segment, programmes, sex as in the lists) else by number. What is personal stays as it is on the wire: token and
 * seal. A text that is no UTF-8 is shown as "" (that is most likely what has to be mended).
 *
 *   json_t *document = dead_letter_document(&application);            NULL only without memory
 *   if (!dead_letter_document_read(arena, bytes, &application, why))  why: one sentence without the document's content */
#ifndef PAYUNG_OPERATIONS_DEAD_LETTER_DOCUMENT_H
#define PAYUNG_OPERATIONS_DEAD_LETTER_DOCUMENT_H

#include "common/base/arena.h"
#include "common/domain/application.h"

struct json_t;
enum { DOCUMENT_WHY_MAX = 160, DOCUMENT_BYTES_MAX = 64 * 1024 };
struct json_t *dead_letter_document(const struct application *application);
/* False: it is no document of an application; members may be left out (they are zero then), unknown ones are refused. */
bool dead_letter_document_read(struct arena *arena, struct slice bytes, struct application *ret_application, char ret_why[DOCUMENT_WHY_MAX]);
/* The plain attributes only, for people who look: nothing of the person but what rules and tariff ask for (age instead of the day of birth). */
struct json_t *dead_letter_attributes(const struct application *application);

#endif
