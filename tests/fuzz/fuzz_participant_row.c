/* Any text as the head and one row of the insurer's list (cells between ';', lines between line feeds): never a crash; what is read has 16 digits and valid months. */
#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/ledger/participant_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CELLS_MAX = 64 };

static size_t cells_of(struct slice line, struct slice cells[CELLS_MAX]) {
    size_t count = 0;
    while (count < CELLS_MAX && text_split(&line, ';', &cells[count])) count++;
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice rest = slice_of(data, size), head, line, cells[CELLS_MAX];
    struct participant_columns columns;
    struct participant_row row;
    enum participant_column wrong;
    if (size == 0 || !text_split(&rest, '\n', &head)) return 0;
    if (!participant_columns_find(cells, cells_of(head, cells), &columns, &wrong)) return 0;
    while (text_split(&rest, '\n', &line)) {
        if (!participant_row_read(&columns, cells, cells_of(line, cells), &row, &wrong)) continue;
        CHECK(strlen(row.nik) == NIK_DIGITS && (row.from == 0 || month_is_valid(row.from)) && (row.to == 0 || month_is_valid(row.to)));
    }
    return 0;
}
