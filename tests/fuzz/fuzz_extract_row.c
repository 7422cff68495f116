/* Any bytes as an extract file, of each kind: never a crash; a row that is taken can be stored as it is, a row that is refused has a column and a remedy. The first byte
 * chooses the kind. */
#include "common/base/check.h"
#include "common/edge/csv.h"
#include "services/payung/facts_row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
    enum extract_kind kind;
    struct fact_columns columns;
    bool headed;
};

static bool take_row(void *self, uint32_t number, const struct slice *cells, size_t count) {
    static const struct region_table no_regions;
    struct file *file = self;
    const char *missing = NULL;
    if (number == 0) {
        file->headed = fact_columns_find(file->kind, cells, count, &file->columns, &missing);
        CHECK(file->headed || missing != NULL);
        return file->headed;
    }
    struct fact_row row;
    struct fact_problem problem = {0};
    if (!fact_row_read(&file->columns, cells, count, &no_regions, 20250101, &row, &problem)) {
        CHECK(problem.column != NULL && problem.code != NULL && problem.remedy != NULL);
        return number < 1000;
    }
    CHECK(strlen(row.nik) == NIK_DIGITS && row.row.kind == file->kind && row.row.desil >= 0 && row.row.desil <= DESIL_MAX);
    CHECK(row.row.payer.size <= EXTRACT_PAYER_MAX);
    if (file->kind == EXTRACT_ACTIVE_COVER) CHECK(month_is_valid(row.row.from) && month_distance(row.row.from, row.row.to) >= 0 && row.row.programmes != 0);
    return number < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    struct file file = {.kind = (enum extract_kind)(1 + data[0] % (EXTRACT_KIND_COUNT - 1))};
    struct csv *csv = csv_open((struct csv_options){.line_bytes_max = 4096, .row = take_row, .self = &file});
    if (csv_feed(csv, slice_of(data + 1, size - 1)) == CSV_FINE) (void)csv_finish(csv); /* either answer is fine */
    csv_close(csv);
    return 0;
}
