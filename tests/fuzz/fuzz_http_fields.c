/* Any bytes as Prefer, Idempotency-Key, Authorization, Content-Type or If-None-Match: never a crash, and what is read keeps its bounds. */
#include "common/base/check.h"
#include "common/edge/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice field = slice_of(data, size), key, token;
    int seconds = -1;
    if (http_preference_wait(field, 30, &seconds)) CHECK(seconds >= 0 && seconds <= 30);
    else CHECK(seconds == -1);
    if (http_idempotency_key(field, &key)) CHECK(key.size >= 1 && key.size <= 255 && memchr(key.bytes, '"', key.size) == NULL);
    if (http_bearer(field, &token)) CHECK(token.size >= 1 && token.size <= 1024 && memchr(token.bytes, ' ', token.size) == NULL);
    if (http_media_is(field, "application/json")) CHECK(size >= strlen("application/json"));
    if (http_tag_matches(field, "\"5c1f\"")) CHECK(memchr(data, '*', size) != NULL || memchr(data, 'f', size) != NULL);
    return 0;
}
