/* Signatures of webhooks beside those that the reference library made (PyPI standardwebhooks 1.1.0, Webhook(secret).sign(id, time, body)). */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "services/webhook/signature.h"

static void secrets_of_the_vectors(struct webhook_secrets *ret_secrets) {
    ret_secrets->count = WEBHOOK_SECRETS_MAX;
    for (int i = 0; i < WEBHOOK_SECRET_BYTES; i++) {
        ret_secrets->bytes[0][i] = (uint8_t)i;
        ret_secrets->bytes[1][i] = (uint8_t)(255 - i);
    }
}

static void a_secret_is_written_as_the_library_reads_it(void **state) {
    struct webhook_secrets secrets;
    char text[WEBHOOK_SECRET_TEXT_MAX];
    secrets_of_the_vectors(&secrets);
    webhook_secret_write(secrets.bytes[0], text);
    assert_string_equal(text, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    webhook_secret_write(secrets.bytes[1], text);
    assert_string_equal(text, "whsec_//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=");
}

static void a_signature_is_that_of_the_library(void **state) {
    static const struct {
        const char *id, *body;
        int64_t timestamp_s;
        const char *first, *second;
    } vectors[] = {
        {"e00112233445566778899aabbccddeeff", "{\"type\":\"webhook.test\"}", 1735689600, "v1,RxcJFYkDRxzcsD01+XQaH4FtWJqWJxKnCEFbcfHpnFc=", "v1,CDmFXIvOtkeJ4vpVwdNRRkgOgHW4KGzdH0D0oQ2jUQY="},
        {"msg_x", "", 1, "v1,DbwkcEm88WVnnOJCN/6M3ubeDRyVnkwiBSx4Q0v9kfY=", "v1,TrrLtTs2RnviVjZx/u/zZuQwgCA2a2Qw6sOQHnvYdIQ="},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct webhook_secrets secrets;
        char text[WEBHOOK_SIGNATURE_TEXT_MAX], both[2 * WEBHOOK_SIGNATURE_TEXT_MAX];
        secrets_of_the_vectors(&secrets);
        webhook_sign(&secrets, slice_text(vectors[i].id), vectors[i].timestamp_s, slice_text(vectors[i].body), text);
        (void)snprintf(both, sizeof both, "%s %s", vectors[i].first, vectors[i].second);
        assert_string_equal(text, both); /* while a secret is being replaced */
        secrets.count = 1;
        webhook_sign(&secrets, slice_text(vectors[i].id), vectors[i].timestamp_s, slice_text(vectors[i].body), text);
        assert_string_equal(text, vectors[i].first);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_written_as_the_library_reads_it),
        cmocka_unit_test(a_signature_is_that_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
