/* Reports of WhatsApp: only what is signed, only about messages of ours, only what is new. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>

#include "common/domain/text.h"
#include "common/edge/crypto_auth.h"
#include "services/notification/status_body.h"

#define EVENT "0123456789abcdef0123456789abcdef"
#define BODY(statuses) "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":{\"statuses\":[" statuses "]}}]}]}"
#define STATUS(status, data) "{\"id\":\"wamid.x\",\"status\":\"" status "\",\"biz_opaque_callback_data\":\"" data "\"}"

static void each_state_says_what_it_says(void **state) {
    static const struct { const char *body; size_t count; enum report report; int32_t attempt; } rows[] = {
        {BODY(STATUS("delivered", EVENT ".1")), 1, REPORT_DELIVERED, 1},  {BODY(STATUS("read", EVENT ".2")), 1, REPORT_DELIVERED, 2},
        {BODY(STATUS("failed", EVENT ".7")), 1, REPORT_UNDELIVERED, 7},   {BODY(STATUS("sent", EVENT ".1")), 0, REPORT_NOTHING_NEW, 0},
        {BODY(STATUS("delivered", EVENT)), 0, REPORT_NOTHING_NEW, 0},     {BODY(STATUS("delivered", EVENT ".0")), 0, REPORT_NOTHING_NEW, 0},
        {BODY(STATUS("delivered", EVENT ".x")), 0, REPORT_NOTHING_NEW, 0}, {BODY(STATUS("delivered", "of somebody else")), 0, REPORT_NOTHING_NEW, 0},
        {BODY(""), 0, REPORT_NOTHING_NEW, 0},                             {"{}", 0, REPORT_NOTHING_NEW, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outbox_report reports[4];
        size_t count = 99;
        assert_true(status_body_read(slice_text(rows[i].body), reports, 4, &count));
        assert_int_equal(count, rows[i].count);
        if (count == 0) continue;
        assert_int_equal(reports[0].report, rows[i].report);
        assert_int_equal(reports[0].attempt, rows[i].attempt);
    }
}

static void what_is_no_document_is_refused(void **state) {
    struct outbox_report reports[2];
    size_t count;
    assert_false(status_body_read(slice_text(""), reports, 2, &count));
    assert_false(status_body_read(slice_text("[]"), reports, 2, &count));
    assert_false(status_body_read(slice_text(BODY(STATUS("delivered", EVENT ".1") "," STATUS("read", EVENT ".1") "," STATUS("failed", EVENT ".1"))), reports, 2, &count)); /* too many at once */
}

static void only_what_the_secret_signed_is_genuine(void **state) {
    const struct slice secret = slice_text("rahasia"), body = slice_text("{\"a\":1}"), other = slice_text("{\"a\":2}");
    uint8_t mac[HMAC_SHA256_BYTES];
    char header[7 + 2 * HMAC_SHA256_BYTES + 1] = "sha256=";
    crypto_hmac_sha256(secret, &body, 1, mac);
    text_hex(slice_of(mac, sizeof mac), header + 7);
    assert_true(status_body_is_genuine(secret, body, slice_text(header)));
    assert_false(status_body_is_genuine(secret, other, slice_text(header)));
    assert_false(status_body_is_genuine(slice_text("lain"), body, slice_text(header)));
    assert_false(status_body_is_genuine(secret, body, slice_text(header + 7)));
    assert_false(status_body_is_genuine(secret, body, (struct slice){0}));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_state_says_what_it_says), cmocka_unit_test(what_is_no_document_is_refused), cmocka_unit_test(only_what_the_secret_signed_is_genuine)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
