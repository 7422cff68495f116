/* Any bytes as a body to be minified and as a time stamp: never a crash; the same in one piece and in two; minified again nothing changes; nothing but white space is gone, in order;
 * and JSON says the same before and after. */
#include <jansson.h>
#include <stdlib.h>

#include "common/base/check.h"
#include "common/domain/snap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_order(const uint8_t *data, size_t size, const uint8_t *kept, size_t kept_size) {
    size_t at = 0;
    for (size_t i = 0; i < size; i++) {
        if (at < kept_size && data[i] == kept[at]) at++;
        else CHECK(data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r');
    }
    CHECK(at == kept_size);
}

static void check_meaning(const uint8_t *data, size_t size, const uint8_t *kept, size_t kept_size) {
    json_t *before = size > 0 ? json_loadb((const char *)data, size, 0, NULL) : NULL;
    json_t *after = before != NULL ? json_loadb((const char *)kept, kept_size, 0, NULL) : NULL;
    CHECK(before == NULL || (after != NULL && json_equal(before, after)));
    json_decref(before);
    json_decref(after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *once = malloc(size + 1), *again = malloc(size + 1);
    CHECK(once != NULL && again != NULL);
    struct snap_minifier minifier = {0};
    const size_t kept = snap_minify(&minifier, slice_of(data, size), once);
    CHECK(kept <= size);
    struct snap_minifier second = {0};
    CHECK(snap_minify(&second, slice_of(once, kept), again) == kept && (kept == 0 || memcmp(once, again, kept) == 0));
    struct snap_minifier pieces = {0};
    const size_t half = size / 2;
    size_t sum = snap_minify(&pieces, slice_of(data, half), again);
    sum += snap_minify(&pieces, slice_of(data + half, size - half), again + sum);
    CHECK(sum == kept && (kept == 0 || memcmp(once, again, kept) == 0));
    if (!minifier.in_string) check_order(data, size, once, kept);
    check_meaning(data, size, once, kept);
    free(once);
    free(again);
    int64_t ms = 0;
    if (snap_timestamp_read(slice_of(data, size), &ms)) CHECK(size >= 20 && size <= 35);
    return 0;
}
