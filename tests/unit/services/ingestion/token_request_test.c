/* Requests for access tokens, by header and by body, and what is wrong with others; then the tokens themselves: what was written is read again, and nothing else is one. */
#include "services/ingestion/token_request.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "services/ingestion/access_token.h"
#include "tests/unit/cmocka_all.h"

#define FORM "application/x-www-form-urlencoded"
#define GRANT "grant_type=client_credentials"

static void clients_that_are_read(void **state) {
    (void)state;
    static const struct {
        const char *type, *authorization, *body, *id, *secret;
    } vectors[] = {
        {FORM, "Basic ZGluc29zOnB5c19hYmM=", GRANT, "dinsos", "pys_abc"},
        {FORM "; charset=UTF-8", "basic  ZGluc29zOnB5c19hYmM=", GRANT "&scope=enrol&audience=x", "dinsos", "pys_abc"},
        {FORM, "Basic YSUyRGI6eCUzQXk6eg==", GRANT "&client_id=a-b", "a-b", "x:y:z"}, /* a%2Db:x%3Ay:z */
        {FORM, NULL, GRANT "&client_id=dinsos&client_secret=%70ys_abc", "dinsos", "pys_abc"},
        {FORM, "Bearer abc", GRANT "&client_id=dinsos&client_secret=pys_abc", "dinsos", "pys_abc"},
        {FORM, NULL, "client_secret=s&client_id=&client_id=dinsos&" GRANT "&", "dinsos", "s"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct token_request request;
        enum token_error error;
        const char *detail = "";
        const struct slice authorization = vectors[i].authorization != NULL ? slice_text(vectors[i].authorization) : (struct slice){0};
        if (!token_request_read(slice_text(vectors[i].type), authorization, slice_text(vectors[i].body), &request, &error, &detail)) fail_msg("%zu: %s", i, detail);
        assert_string_equal(request.client_id, vectors[i].id);
        assert_string_equal(request.client_secret, vectors[i].secret);
    }
}

static void what_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *type, *authorization, *body;
        enum token_error error;
    } vectors[] = {
        {"application/json", NULL, GRANT, TOKEN_INVALID_REQUEST},
        {"", NULL, GRANT, TOKEN_INVALID_REQUEST},
        {FORM, "Basic ZGluc29zOnB5c19hYmM=", "", TOKEN_INVALID_REQUEST},
        {FORM, "Basic ZGluc29zOnB5c19hYmM=", "grant_type=password", TOKEN_UNSUPPORTED_GRANT},
        {FORM, "Basic ZGluc29zOnB5c19hYmM=", GRANT "&" GRANT, TOKEN_INVALID_REQUEST},
        {FORM, "Basic ZGluc29zOnB5c19hYmM=", GRANT "&client_secret=x", TOKEN_INVALID_REQUEST},
        {FORM, "Basic ZGluc29zOnB5c19hYmM=", GRANT "&client_id=other", TOKEN_INVALID_REQUEST},
        {FORM, "Basic ZGluc29z", GRANT, TOKEN_INVALID_CLIENT},         /* no colon */
        {FORM, "Basic OnB5c19hYmM=", GRANT, TOKEN_INVALID_CLIENT},     /* no id */
        {FORM, "Basic ZGluc29zOg==", GRANT, TOKEN_INVALID_CLIENT},     /* no secret */
        {FORM, "Basic YSUwMGI6eA==", GRANT, TOKEN_INVALID_CLIENT},     /* a%00b:x */
        {FORM, "Bearer ZGluc29zOnB5c19hYmM=", GRANT, TOKEN_INVALID_CLIENT},
        {FORM, "Basic", GRANT, TOKEN_INVALID_CLIENT},
        {FORM, NULL, GRANT, TOKEN_INVALID_CLIENT},
        {FORM, NULL, GRANT "&client_id=dinsos", TOKEN_INVALID_CLIENT},
        {FORM, NULL, GRANT "&client_id=a%2&client_secret=x", TOKEN_INVALID_REQUEST},
        {FORM, NULL, GRANT "&client_id=a+b&client_secret=x", TOKEN_INVALID_REQUEST},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct token_request request;
        enum token_error error;
        const char *detail = "";
        const struct slice authorization = vectors[i].authorization != NULL ? slice_text(vectors[i].authorization) : (struct slice){0};
        if (token_request_read(slice_text(vectors[i].type), authorization, slice_text(vectors[i].body), &request, &error, &detail) || error != vectors[i].error || detail[0] == '\0')
            fail_msg("%zu: %s", i, detail);
    }
}

static void tokens_are_read_as_written(void **state) {
    (void)state;
    char folder[] = "payung-token-XXXXXX", text[ACCESS_TOKEN_TEXT_MAX], command[64];
    struct crypto *crypto;
    assert_non_null(mkdtemp(folder));
    struct err err = crypto_keys_create(folder);
    if (!failed(&err)) err = crypto_open(folder, &crypto);
    assert_false(failed(&err));
    const char *const partners[] = {"a", "dinsos.serang", "0.1.2", "a23456789012345678901234567890123456789012345678901234567890123"};
    for (size_t i = 0; i < sizeof partners / sizeof *partners; i++) {
        struct access_token token;
        access_token_write(crypto, &(struct access_token){.expires_s = INT64_C(1764115200), .generation = INT32_MAX, .partner = slice_text(partners[i])}, text);
        assert_true(access_token_split(slice_text(text), &token) && access_token_is_ours(crypto, &token));
        assert_true(slice_is(token.partner, partners[i]) && token.generation == INT32_MAX && token.expires_s == 1764115200);
        token.generation--;
        assert_false(access_token_is_ours(crypto, &token));
        token.generation++;
        token.expires_s++;
        assert_false(access_token_is_ours(crypto, &token));
        token.expires_s--;
        token.mac.bytes[ID_BYTES - 1] ^= 1;
        assert_false(access_token_is_ours(crypto, &token));
    }
    crypto_close(crypto);
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void other_texts_are_no_tokens(void **state) {
    (void)state;
#define MAC "0123456789abcdef0123456789abcdef"
    static const char *const texts[] = {"", "pyt1.", "pyt1.1.1." MAC, "pyt1.1.1.." MAC, "pyt1.1.1.a" MAC, "pyt1.1.1.A." MAC, "pyt1.-1.1.a." MAC, "pyt1.1.2147483648.a." MAC,
                                        "pyt1.99999999999999999999.1.a." MAC, "pyt2.1.1.a." MAC, "pyt1.1.1.a." MAC "0", "pyt1.1.1.a.0123456789abcdef0123456789abcdeg",
                                        "pyt1.1.1.a234567890123456789012345678901234567890123456789012345678901234." MAC};
    struct access_token token;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (access_token_split(slice_text(texts[i]), &token)) fail_msg("%s", texts[i]);
    assert_true(access_token_split(slice_text("pyt1.1.1.a." MAC), &token));
    assert_false(access_token_split((struct slice){0}, &token));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(clients_that_are_read), cmocka_unit_test(what_is_refused), cmocka_unit_test(tokens_are_read_as_written),
                                       cmocka_unit_test(other_texts_are_no_tokens)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
