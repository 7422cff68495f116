/* Over libcurl's URL interface. It must never connect or look up a name. */
#include "common/edge/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"

enum { LABEL_MAX = 63, SCHEME_MAX = 8 };

static bool is_plain(const char *text) {
    const size_t size = strnlen(text, URL_BYTES_MAX);
    if (size == 0 || size >= URL_BYTES_MAX) return false;
    for (size_t i = 0; i < size; i++)
        if (text[i] <= ' ' || text[i] > '~') return false;
    return true;
}

static bool part_is_there(CURLU *parts, CURLUPart part) {
    char *text = NULL;
    const bool there = curl_url_get(parts, part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return there;
}

/* False: it does not fit. */
static bool part_copy(CURLU *parts, CURLUPart part, char *ret_text, size_t room) {
    char *text = NULL;
    const bool fits = curl_url_get(parts, part, &text, 0) == CURLUE_OK && snprintf(ret_text, room, "%s", text) < (int)room;
    curl_free(text);
    return fits;
}

static bool is_label(struct slice label) {
    if (label.size == 0 || label.size > LABEL_MAX || label.bytes[0] == '-' || label.bytes[label.size - 1] == '-') return false;
    for (size_t i = 0; i < label.size; i++)
        if (!byte_is_letter(label.bytes[i]) && !byte_is_digit(label.bytes[i]) && label.bytes[i] != '-') return false;
    return true;
}

static bool is_host_name(const char *host) {
    struct slice rest = slice_text(host), label = {0};
    int labels = 0;
    for (; text_split(&rest, '.', &label); labels++)
        if (!is_label(label)) return false;
    for (size_t i = 0; i < label.size; i++)
        if (!byte_is_letter(label.bytes[i])) return false; /* of the last one */
    return labels >= 2 && label.size >= 2;
}

static bool is_host_address(const char *host) {
    struct in_addr address;
    return host[0] == '[' || inet_pton(AF_INET, host, &address) == 1;
}

static bool read_parts(CURLU *parts, struct url *ret_url) {
    char scheme[SCHEME_MAX];
    struct url url = {.has_user = part_is_there(parts, CURLUPART_USER) || part_is_there(parts, CURLUPART_PASSWORD), .has_fragment = part_is_there(parts, CURLUPART_FRAGMENT)};
    if (!part_copy(parts, CURLUPART_SCHEME, scheme, sizeof scheme) || !part_copy(parts, CURLUPART_HOST, url.host, sizeof url.host)) return false;
    for (char *at = url.host; *at != '\0'; at++) *at = (char)byte_lower((uint8_t)*at);
    url.is_secure = strcmp(scheme, "https") == 0;
    url.is_address = is_host_address(url.host);
    url.is_name = !url.is_address && is_host_name(url.host);
    if (!url.is_secure && strcmp(scheme, "http") != 0) return false;
    *ret_url = url;
    return true;
}

bool url_read(const char *text, struct url *ret_url) {
    if (!is_plain(text)) return false;
    CURLU *parts = curl_url();
    if (parts == NULL) return false; /* only without memory */
    const bool fine = curl_url_set(parts, CURLUPART_URL, text, 0) == CURLUE_OK && read_parts(parts, ret_url);
    curl_url_cleanup(parts);
    return fine;
}
