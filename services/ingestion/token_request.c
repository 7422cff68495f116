/* Reads the form and the Basic header by hand: both are a few rules, and the server's own form parser is not used (http.c). It must never quote what it reads. */
#include "services/ingestion/token_request.h"

#include "common/base/check.h"
#include "common/domain/text.h"
#include "common/edge/crypto_auth.h"

enum { GRANT_MAX = 64, BASIC_BYTES_MAX = CLIENT_ID_MAX + 3 * CLIENT_SECRET_MAX };

static int hex_of(uint8_t byte) {
    if (byte_is_digit(byte)) return byte - '0';
    const uint8_t lower = byte_lower(byte);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* application/x-www-form-urlencoded. False: a damaged escape, too long, or another character than visible ASCII. */
static bool form_decode(struct slice text, char *ret_text, size_t size_max) {
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        int byte = text.bytes[i] == '+' ? ' ' : text.bytes[i];
        if (byte == '%') {
            if (text.size - i < 3 || hex_of(text.bytes[i + 1]) < 0 || hex_of(text.bytes[i + 2]) < 0) return false;
            byte = hex_of(text.bytes[i + 1]) << 4 | hex_of(text.bytes[i + 2]);
            i += 2;
        }
        if (byte <= ' ' || byte > '~' || size + 1 >= size_max) return false;
        ret_text[size++] = (char)byte;
    }
    ret_text[size] = '\0';
    return true;
}

static bool refuse(enum token_error *ret_error, const char **ret_detail, enum token_error error, const char *detail) {
    *ret_error = error;
    *ret_detail = detail;
    return false;
}

/* "Basic base64(id:secret)", both parts form-encoded (RFC 6749, 2.3.1). */
static bool read_basic(struct slice text, struct token_request *request) {
    uint8_t plain[BASIC_BYTES_MAX];
    size_t size = 0;
    while (text.size > 0 && text.bytes[0] == ' ') text = slice_of(text.bytes + 1, text.size - 1);
    bool good = base64_read(text, plain, sizeof plain, &size);
    const uint8_t *colon = good ? memchr(plain, ':', size) : NULL;
    good = colon != NULL && form_decode(slice_of(plain, (size_t)(colon - plain)), request->client_id, CLIENT_ID_MAX) &&
           form_decode(slice_of(colon + 1, size - (size_t)(colon - plain) - 1), request->client_secret, CLIENT_SECRET_MAX);
    explicit_bzero(plain, sizeof plain);
    return good && request->client_id[0] != '\0' && request->client_secret[0] != '\0';
}

struct form {
    char grant[GRANT_MAX];
    struct token_request client;
};

static bool read_form(struct slice body, struct form *form, const char **ret_detail) {
    const struct {
        const char *name;
        char *text;
        size_t size_max;
    } members[] = {{"grant_type", form->grant, GRANT_MAX}, {"client_id", form->client.client_id, CLIENT_ID_MAX}, {"client_secret", form->client.client_secret, CLIENT_SECRET_MAX}};
    struct slice pair;
    while (body.size > 0 && text_split(&body, '&', &pair)) {
        struct slice name = pair, value = slice_text("");
        const uint8_t *sign = pair.size > 0 ? memchr(pair.bytes, '=', pair.size) : NULL;
        if (sign != NULL) {
            name = slice_of(pair.bytes, (size_t)(sign - pair.bytes));
            value = slice_of(sign + 1, pair.size - name.size - 1);
        }
        for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
            if (!slice_is(name, members[i].name) || value.size == 0) continue;
            *ret_detail = members[i].text[0] != '\0' ? "a member stands twice in the body" : "a member of the body is too long or not properly encoded";
            if (members[i].text[0] != '\0' || !form_decode(value, members[i].text, members[i].size_max)) return false;
        }
    }
    return true;
}

static bool is_form(struct slice content_type) {
    struct slice kind;
    return content_type.size > 0 && text_split(&content_type, ';', &kind) && text_is(text_trim(kind), "application/x-www-form-urlencoded");
}

/* Which of the two ways the client took: one, and only one. */
static bool read_client(struct slice authorization, const struct form *form, struct token_request *ret_request, enum token_error *ret_error, const char **ret_detail) {
    struct slice scheme, rest = authorization;
    const bool is_basic = text_split(&rest, ' ', &scheme) && text_is(scheme, "basic");
    const bool by_header = is_basic || (authorization.size > 0 && form->client.client_secret[0] == '\0'); /* a bearer token that is sent everywhere names no client */
    if (by_header && form->client.client_secret[0] != '\0') return refuse(ret_error, ret_detail, TOKEN_INVALID_REQUEST, "the client stands both in the header and in the body");
    *ret_request = form->client;
    if (!by_header)
        return (form->client.client_id[0] != '\0' && form->client.client_secret[0] != '\0') ||
               refuse(ret_error, ret_detail, TOKEN_INVALID_CLIENT, "client_id and client_secret are needed, by HTTP Basic or in the body");
    if (!is_basic || !read_basic(rest, ret_request))
        return refuse(ret_error, ret_detail, TOKEN_INVALID_CLIENT, "the Authorization header is not HTTP Basic with client id and secret");
    if (form->client.client_id[0] != '\0' && strcmp(form->client.client_id, ret_request->client_id) != 0)
        return refuse(ret_error, ret_detail, TOKEN_INVALID_REQUEST, "header and body name two clients");
    return true;
}

bool token_request_read(struct slice content_type, struct slice authorization, struct slice body, struct token_request *ret_request, enum token_error *ret_error,
                        const char **ret_detail) {
    struct form form = {0};
    const char *detail = "";
    bool good = is_form(content_type) || refuse(ret_error, ret_detail, TOKEN_INVALID_REQUEST, "the body must be application/x-www-form-urlencoded");
    good = good && (read_form(body, &form, &detail) || refuse(ret_error, ret_detail, TOKEN_INVALID_REQUEST, detail));
    good = good && (form.grant[0] != '\0' || refuse(ret_error, ret_detail, TOKEN_INVALID_REQUEST, "grant_type is missing"));
    good = good && (strcmp(form.grant, "client_credentials") == 0 || refuse(ret_error, ret_detail, TOKEN_UNSUPPORTED_GRANT, "only grant_type=client_credentials is offered"));
    good = good && read_client(authorization, &form, ret_request, ret_error, ret_detail);
    explicit_bzero(&form, sizeof form);
    return good;
}
