/* Readings of single header fields: pure, fuzzed, and strict where a wrong guess would enrol somebody twice. */
#include "common/edge/http.h"

static struct slice trim(struct slice text) {
    while (text.size > 0 && (text.bytes[0] == ' ' || text.bytes[0] == '\t')) text = slice_of(text.bytes + 1, text.size - 1);
    while (text.size > 0 && (text.bytes[text.size - 1] == ' ' || text.bytes[text.size - 1] == '\t')) text.size--;
    return text;
}

static bool same_letters(struct slice text, const char *word) {
    if (text.size != strlen(word)) return false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.bytes[i];
        if (byte >= 'A' && byte <= 'Z') byte = (uint8_t)(byte + 32);
        if (byte != (uint8_t)word[i]) return false;
    }
    return true;
}

/* The part of *rest before `separator`; *rest moves on. False when nothing is left. */
static bool next_part(struct slice *rest, uint8_t separator, struct slice *ret_part) {
    if (rest->size == 0) return false;
    const uint8_t *end = memchr(rest->bytes, separator, rest->size);
    size_t size = end != NULL ? (size_t)(end - rest->bytes) : rest->size;
    *ret_part = slice_of(rest->bytes, size);
    size_t gone = end != NULL ? size + 1 : size;
    *rest = slice_of(rest->bytes + gone, rest->size - gone);
    return true;
}

static bool wait_seconds(struct slice preference, int seconds_max, int *ret_seconds) {
    struct slice name, rest = preference;
    if (!next_part(&rest, '=', &name) || !same_letters(trim(name), "wait")) return false;
    struct slice value = trim(rest);
    if (value.size == 0) return false;
    int seconds = 0;
    for (size_t i = 0; i < value.size; i++) {
        if (value.bytes[i] < '0' || value.bytes[i] > '9') return false;
        if (seconds < seconds_max) seconds = seconds * 10 + (value.bytes[i] - '0');
    }
    *ret_seconds = seconds < seconds_max ? seconds : seconds_max;
    return true;
}

bool http_preference_wait(struct slice prefer, int seconds_max, int *ret_seconds) {
    CHECK(seconds_max > 0 && seconds_max < 100000);
    struct slice preference, rest = prefer;
    while (next_part(&rest, ',', &preference)) {
        struct slice head, parameters = preference;
        if (next_part(&parameters, ';', &head) && wait_seconds(head, seconds_max, ret_seconds)) return true;
    }
    return false;
}

bool http_idempotency_key(struct slice header, struct slice *ret_key) {
    struct slice key = trim(header);
    if (key.size >= 2 && key.bytes[0] == '"' && key.bytes[key.size - 1] == '"') key = slice_of(key.bytes + 1, key.size - 2);
    if (key.size == 0 || key.size > 255) return false;
    for (size_t i = 0; i < key.size; i++)
        if (key.bytes[i] <= ' ' || key.bytes[i] > '~' || key.bytes[i] == '"' || key.bytes[i] == '\\') return false;
    *ret_key = key;
    return true;
}

bool http_bearer(struct slice authorization, struct slice *ret_token) {
    struct slice scheme, rest = trim(authorization);
    if (!next_part(&rest, ' ', &scheme) || !same_letters(scheme, "bearer")) return false;
    struct slice token = trim(rest);
    if (token.size == 0 || token.size > 1024) return false;
    for (size_t i = 0; i < token.size; i++)
        if (token.bytes[i] <= ' ' || token.bytes[i] > '~') return false;
    *ret_token = token;
    return true;
}

bool http_media_is(struct slice content_type, const char *type) {
    struct slice media, rest = content_type;
    return next_part(&rest, ';', &media) && same_letters(trim(media), type);
}

bool http_tag_matches(struct slice if_none_match, const char *tag) {
    struct slice one, rest = if_none_match; /* our tags have no comma */
    while (next_part(&rest, ',', &one)) {
        one = trim(one);
        if (one.size > 2 && one.bytes[0] == 'W' && one.bytes[1] == '/') one = slice_of(one.bytes + 2, one.size - 2);
        if (slice_is(one, "*") || slice_is(one, tag)) return true;
    }
    return false;
}
