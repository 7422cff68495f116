/* The reader of a sealed list: the file, the CSV in it, and the meaning of its records. */
#include "services/ingestion/stored_list.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/edge/csv.h"

enum { LINE_BYTES_MAX = 64 * 1024 };
_Static_assert((int)STORED_LINES_HELD_MAX == (int)CSV_HEAD_LINES_MAX, "what the CSV reader holds back");

struct stored_list {
    struct stored_list_options options;
    struct sealed_file *file;
    struct csv *csv;
    struct list list;
    char *names;        /* owned; list.names points here */
    struct slice plain; /* of the file, not fed yet */
    bool at_end;
};

static bool take_record(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct stored_list *list = self;
    (void)number; /* counts rows of totals too */
    const enum list_record kind = list_take(&list->list, cells, count);
    if (kind == LIST_TITLE) csv_header_follows(list->csv);
    if (kind == LIST_WRONG) return false;
    const struct stored_record record = {.kind = kind, .number = kind == LIST_ROW ? list->list.rows : 0, .separator = csv_separator(list->csv), .cells = cells, .count = count, .header = &list->list.header};
    return list->options.record(list->options.self, &record);
}

struct err stored_list_open(struct intake *intake, const struct stored_list_options *options, struct stored_list **ret_list) {
    char name[BATCH_ID_TEXT + 16], path[UPLOAD_PATH_MAX];
    struct sealed_file *file;
    CHECK(snprintf(name, sizeof name, "%s.sealed", options->batch_id) < (int)sizeof name);
    intake_upload_path(intake, name, path);
    TRY(sealed_file_open(intake->crypto, path, &file));
    struct stored_list *list = calloc(1, sizeof *list);
    CHECK(list != NULL);
    *list = (struct stored_list){.options = *options, .file = file, .names = malloc(options->names.size + 1)};
    CHECK(list->names != NULL);
    if (options->names.size > 0) memcpy(list->names, options->names.bytes, options->names.size);
    list->list = (struct list){.every_row_counts = options->every_row_counts, .names = slice_of(list->names, options->names.size)};
    list->csv = csv_open((struct csv_options){.line_bytes_max = LINE_BYTES_MAX, .any_encoding = true, .row = take_record, .self = list});
    *ret_list = list;
    return OK;
}

void stored_list_close(struct stored_list *list) {
    if (list == NULL) return;
    sealed_file_close(list->file);
    csv_close(list->csv);
    free(list->names);
    free(list);
}

struct err stored_list_read(struct stored_list *list, size_t bytes_max) {
    if (list->plain.size == 0) {
        TRY(sealed_file_read(list->file, &list->plain));
        list->at_end = list->plain.size == 0;
    }
    const size_t size = list->plain.size < bytes_max ? list->plain.size : bytes_max;
    const enum csv_problem problem = list->at_end ? csv_finish(list->csv) : csv_feed(list->csv, slice_of(list->plain.bytes, size));
    if (problem != CSV_FINE) return ERR(PARK, "a stored list reads differently than when it came in");
    list->plain = slice_of(list->plain.bytes + size, list->plain.size - size);
    return OK;
}

bool stored_list_at_end(const struct stored_list *list) { return list->at_end; }
const struct list_header *stored_list_header(const struct stored_list *list) { return &list->list.header; }
