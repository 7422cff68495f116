/* Any bytes as tariff and relief files (split at the first byte 0): refused with a line, or taken, and then every premium can be computed without a CHECK. */
#include <stddef.h>
#include <stdint.h>

#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/premium/premium.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct tariff *tariff, enum sector sector, rupiah income, month_t start) {
    struct premium_line lines[PREMIUM_LINES_MAX];
    struct premium premium;
    const struct premium_question question = {.segment = SEGMENT_BPU, .income = income, .sector = sector, .funds = FUNDS_PRIBADI, .programmes = 7, .start_month = start, .months = 36};
    if (premium_compute(tariff, &question, lines, &premium) != PREMIUM_OK) return;
    CHECK(premium.line_count >= 3 && premium.line_count <= PREMIUM_LINES_MAX && premium.total >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    if (arena == NULL) arena = arena_create(64 << 20);
    arena_reset(arena);
    struct slice rest = slice_of(data, size), tariff_text = rest;
    struct tariff tariff;
    struct load_error error = {0};
    const char *file = NULL;
    if (size == 0 || !text_split(&rest, 0, &tariff_text)) return 0;
    const struct tariff_files files = {.tariff = tariff_text, .relief = rest,
                                       .regulations = slice_text("regulation\ttitle\teffective\nPP 44/2015\tJKK\t2015-07-01\n")};
    if (!tariff_load(&files, arena, &tariff, &error, &file)) {
        CHECK(file != NULL && error.problem[0] != '\0');
        return 0;
    }
    ask(&tariff, SECTOR_OTHER, 0, 202510);
    ask(&tariff, SECTOR_TRANSPORT, RUPIAH_INPUT_MAX, 202501);
    return 0;
}
