/* Any bytes as the four parts of a report (separated by '&') and as a list of channels: never a crash; a report that is read has its numbers in their bounds, a list names each channel once. */
#include "common/base/check.h"
#include "common/domain/text.h"
#include "services/notification/report_query.h"
#include "services/notification/sending.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARTS = 4, LIST_MAX = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice rest = slice_of(data, size), parts[PARTS] = {{0}};
    struct report_query query;
    struct channel_order order;
    char list[LIST_MAX + 1], masked[17];
    for (int i = 0; i < PARTS; i++) (void)text_split(&rest, '&', &parts[i]); /* what is not there stays empty */
    if (report_query_read(parts[0], parts[1], parts[2], parts[3], &query))
        CHECK(query.attempt >= 1 && query.attempt <= REPORT_ATTEMPT_MAX && query.status >= 0 && query.status <= REPORT_STATUS_MAX);
    const size_t cut = size < LIST_MAX ? size : LIST_MAX;
    if (cut > 0) memcpy(list, data, cut);
    list[cut] = '\0';
    if (channels_read(list, &order)) CHECK(order.count >= 1 && order.count <= CHANNELS);
    phone_mask(slice_of(data, size), masked);
    CHECK(memchr(masked, '\0', sizeof masked) != NULL);
    return 0;
}
