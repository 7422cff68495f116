/* A list that was staged, read back from its sealed file piece by piece: by who submits it, tries it, or writes its result. All of them must see the records that were seen when it
 * came in, so the way to read it stands here once.
 *
 *   TRY(stored_list_open(intake, &(struct stored_list_options){.batch_id = id, .names = names, .record = take, .self = self}, &list));
 *   while (!stored_list_at_end(list)) TRY(stored_list_read(list, 24 * 1024));     calls take for each record of the piece
 *   stored_list_close(list);
 *
 * PARK: the file is missing or damaged, its key is, or it reads differently than when it came in. */
#ifndef PAYUNG_INGESTION_STORED_LIST_H
#define PAYUNG_INGESTION_STORED_LIST_H

#include "services/ingestion/intake.h"
#include "services/ingestion/list.h"

struct stored_list;
enum { STORED_LINES_HELD_MAX = 32 }; /* line ends that the reader may hold back: they come with a later piece */

struct stored_record {
    enum list_record kind;
    uint32_t number;   /* of a LIST_ROW, else 0 */
    char separator;    /* a title may have another one than the rows */
    const struct slice *cells; /* until the callback returns */
    size_t count;
    const struct list_header *header; /* of use once there was one */
};

struct stored_list_options {
    const char *batch_id;
    bool every_row_counts; /* staged by the first edition */
    struct slice names;    /* as in struct list; copied */
    bool (*record)(void *self, const struct stored_record *record); /* false: the list reads differently */
    void *self;
};

MUST_USE struct err stored_list_open(struct intake *intake, const struct stored_list_options *options, struct stored_list **ret_list);
void stored_list_close(struct stored_list *list); /* NULL is allowed */
/* At most bytes_max of the file. A piece may bring STORED_LINES_HELD_MAX lines more that the reader has held back. */
MUST_USE struct err stored_list_read(struct stored_list *list, size_t bytes_max);
bool stored_list_at_end(const struct stored_list *list);
const struct list_header *stored_list_header(const struct stored_list *list);

#endif
