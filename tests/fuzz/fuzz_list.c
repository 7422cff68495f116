/* Any bytes of any encoding as a list, cut at any place: never a crash, the same rows, titles and totals however they are cut, and what is written back is read as the same
 * cells. The first byte says where the bytes are cut. */
#include <stdlib.h>

#include "common/base/check.h"
#include "common/domain/text.h"
#include "common/edge/csv.h"
#include "services/ingestion/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct sum {
    uint64_t hash;
    uint32_t records;
    struct csv *csv;
    struct list list;
};

static void add(struct sum *sum, struct slice bytes) {
    for (size_t i = 0; i < bytes.size; i++) sum->hash = (sum->hash ^ bytes.bytes[i]) * UINT64_C(0x100000001b3);
    sum->hash = (sum->hash ^ 0x1ff) * UINT64_C(0x100000001b3);
}

static void write_back(struct slice cell) {
    uint8_t *bytes = malloc(2 * cell.size + 3);
    CHECK(bytes != NULL);
    CHECK(csv_write_cell(cell, ';', bytes) <= 2 * cell.size + 3);
    free(bytes);
}

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    struct sum *sum = self;
    CHECK(count <= CSV_CELLS_MAX && (number > 0) == sum->list.headed);
    for (size_t i = 0; i < count; i++) {
        CHECK(text_is_utf8(cells[i]));
        add(sum, cells[i]);
        write_back(cells[i]);
    }
    const enum list_record kind = list_take(&sum->list, cells, count);
    const uint8_t kind_byte = (uint8_t)kind;
    add(sum, slice_of(&kind_byte, 1));
    if (kind == LIST_TITLE) csv_header_follows(sum->csv);
    if (kind == LIST_ROW) {
        struct row_text row;
        struct slice parts[LIST_PARTS_MAX];
        (void)list_row_text(&sum->list.header, cells, count, &row); /* either answer is fine */
        CHECK(list_row_parts(&sum->list.header, cells, count, parts) % 2 == 0);
    }
    return kind != LIST_WRONG && sum->records++ < 1000;
}

static enum csv_problem read_all(struct slice bytes, size_t piece, struct sum *sum) {
    struct csv *csv = csv_open((struct csv_options){.line_bytes_max = 4096, .any_encoding = true, .row = take_row, .self = sum});
    sum->csv = csv;
    enum csv_problem problem = CSV_FINE;
    while (bytes.size > 0 && problem == CSV_FINE) {
        size_t size = bytes.size < piece ? bytes.size : piece;
        problem = csv_feed(csv, slice_of(bytes.bytes, size));
        bytes = slice_of(bytes.bytes + size, bytes.size - size);
    }
    if (problem == CSV_FINE) problem = csv_finish(csv);
    csv_close(csv);
    return problem;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    struct slice bytes = slice_of(data + 1, size - 1);
    static struct sum whole, pieces;
    memset(&whole, 0, sizeof whole);
    memset(&pieces, 0, sizeof pieces);
    enum csv_problem one = read_all(bytes, size, &whole), two = read_all(bytes, (size_t)data[0] + 1, &pieces);
    if (one == CSV_FINE && two == CSV_FINE) CHECK(whole.hash == pieces.hash && whole.list.rows == pieces.list.rows);
    CHECK((one == CSV_FINE) == (two == CSV_FINE)); /* which problem comes first may differ */
    return 0;
}
