/* Any bytes as a report of WhatsApp: never a crash; what is read has numbers in their bounds and says something new; no signature is right by chance. */
#include "common/base/check.h"
#include "services/notification/report_query.h"
#include "services/notification/status_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct outbox_report reports[4];
    size_t count;
    const bool is_read = status_body_read(slice_of(data, size), reports, 4, &count);
    CHECK(count <= 4);
    for (size_t i = 0; i < count; i++) CHECK(reports[i].attempt >= 1 && reports[i].attempt <= REPORT_ATTEMPT_MAX && reports[i].report != REPORT_NOTHING_NEW);
    (void)is_read;
    CHECK(!status_body_is_genuine(slice_text("secret"), slice_of(data, size), slice_of(data, size)));
    return 0;
}
