/* Any bytes as the certificate that a proxy hands on: never a crash; who has a fingerprint has the same one in plain and in percent-encoded text. */
#include <stdio.h>

#include "common/base/check.h"
#include "common/edge/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t one[SHA256_BYTES], two[SHA256_BYTES];
    char escaped[3 * 2048 + 1];
    if (!certificate_fingerprint(slice_of(data, size), one) || size > 2048) return 0;
    for (size_t i = 0; i < size; i++) (void)snprintf(escaped + 3 * i, 4, "%%%02X", data[i]);
    if (memchr(data, '%', size) == NULL) CHECK(certificate_fingerprint(slice_of(escaped, 3 * size), two) && memcmp(one, two, sizeof one) == 0);
    return 0;
}
