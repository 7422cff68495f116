/* Letters of one village onto paper: two on an A4 page with a line to cut along, or one that needs more. Letters come sorted (letter_compare); those with a failure are left out. Streams page by page; what goes wrong is
 * FATAL and tells nothing of a person. */
#ifndef PAYUNG_NOTIFICATION_LETTER_PRINT_H
#define PAYUNG_NOTIFICATION_LETTER_PRINT_H

#include <stdio.h>

#include "common/edge/paper.h"
#include "services/notification/paper/letter_face.h"

MUST_USE struct err letter_print(const struct paper_letter *letters, size_t count, FILE *file, size_t *ret_pages);

#endif
