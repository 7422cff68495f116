/* References of payments: whatever a payer wrote, what is read is one of the two forms and reads itself again, and what is shown is bounded and plain. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/base/check.h"
#include "services/ledger/billing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char known[INVOICE_NUMBER_MAX], again[INVOICE_NUMBER_MAX], shown[REFERENCE_SHOWN_MAX];
    const struct slice written = slice_of(data, size);
    if (reference_read(written, known)) {
        CHECK(memcmp(known, "INV-", 4) == 0 || billing_code_is_valid(slice_text(known)));
        CHECK(reference_read(slice_text(known), again) && strcmp(known, again) == 0);
    }
    reference_show(written, shown);
    CHECK(strlen(shown) < REFERENCE_SHOWN_MAX);
    for (const char *at = shown; *at != '\0'; at++) CHECK(*at >= 0x20 && *at < 0x7f);
    return 0;
}
