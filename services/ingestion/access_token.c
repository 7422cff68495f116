/* Writes and reads access tokens. What stands in one is believed only after access_token_is_ours. */
#include "services/ingestion/access_token.h"

#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/crypto_auth.h"

enum { PARTNER_ID_SIZE_MAX = 63 };
static const char prefix[] = "pyt1.";

static struct id mac_of(const struct crypto *crypto, const struct access_token *token) {
    char expires[21], generation[12];
    (void)snprintf(expires, sizeof expires, "%lld", (long long)token->expires_s); /* fits */
    (void)snprintf(generation, sizeof generation, "%d", token->generation);       /* fits */
    const struct slice parts[] = {slice_text(expires), slice_text(generation), token->partner};
    return crypto_keyed_id(crypto, "access token", parts, sizeof parts / sizeof *parts);
}

void access_token_write(const struct crypto *crypto, const struct access_token *token, char ret_text[ACCESS_TOKEN_TEXT_MAX]) {
    char mac[2 * ID_BYTES + 1];
    id_format(mac_of(crypto, token), mac);
    CHECK(token->partner.size > 0 && token->partner.size <= PARTNER_ID_SIZE_MAX);
    CHECK(snprintf(ret_text, ACCESS_TOKEN_TEXT_MAX, "%s%lld.%d.%.*s.%s", prefix, (long long)token->expires_s, token->generation, SLICE_ARGS(token->partner), mac) <
          (int)ACCESS_TOKEN_TEXT_MAX);
}

static bool is_partner_id(struct slice text) {
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.bytes[i];
        if (!byte_is_digit(byte) && !(byte >= 'a' && byte <= 'z') && byte != '.' && byte != '_' && byte != '-') return false;
    }
    return text.size > 0 && text.size <= PARTNER_ID_SIZE_MAX;
}

bool access_token_split(struct slice text, struct access_token *ret_token) {
    struct text_reader reader = {.at = text.bytes, .end = text.bytes + text.size};
    int64_t expires, generation;
    if (text.size == 0 || !text_takes(&reader, prefix) || !text_takes_number(&reader, INT64_MAX, &expires) || !text_takes(&reader, ".")) return false;
    if (!text_takes_number(&reader, INT32_MAX, &generation) || !text_takes(&reader, ".")) return false;
    const size_t left = (size_t)(reader.end - reader.at), mac_size = 2 * ID_BYTES;
    if (left < mac_size + 1 || reader.end[-(ptrdiff_t)mac_size - 1] != '.') return false;
    struct access_token token = {.expires_s = expires, .generation = (int32_t)generation, .partner = slice_of(reader.at, left - mac_size - 1)};
    if (!is_partner_id(token.partner) || !id_parse(slice_of(reader.end - mac_size, mac_size), &token.mac)) return false;
    *ret_token = token;
    return true;
}

bool access_token_is_ours(const struct crypto *crypto, const struct access_token *token) {
    const struct id mac = mac_of(crypto, token);
    return crypto_same(mac.bytes, token->mac.bytes, ID_BYTES);
}
