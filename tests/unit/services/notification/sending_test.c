/* What becomes of a message: the order of channels, the waits, what an answer means by each kind of channel, what a report means, the pace, and masked numbers. */
#include "tests/unit/cmocka_all.h"

#include "services/notification/report_query.h"
#include "services/notification/sending.h"

static void channels_are_read_in_order_and_once(void **state) {
    static const char *const wrong[] = {"", "sms,sms", "sms,", "pigeon", "sms;email", ",sms"};
    struct channel_order order;
    assert_true(channels_read("sms, email,maildir", &order));
    assert_int_equal(order.count, 3);
    assert_int_equal(order.channels[0], CHANNEL_SMS);
    assert_int_equal(channel_after(&order, CHANNEL_SMS), CHANNEL_EMAIL);
    assert_int_equal(channel_after(&order, CHANNEL_MAILDIR), CHANNELS);
    assert_false(channels_are_default(&order));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(channels_read(wrong[i], &order));
    assert_true(channels_read("maildir", &order));
    assert_true(channels_are_default(&order));
    assert_int_equal(channel_after(&order, CHANNEL_SMS), CHANNEL_MAILDIR); /* one that is not in the order any more */
}

static void waits_double_up_to_an_hour(void **state) {
    int64_t whole = SENDING_FIRST_MS;
    for (int32_t attempts = 1; attempts < SENDING_ATTEMPTS_MAX; attempts++) {
        for (uint64_t seed = 0; seed < 300; seed++) {
            const struct sending_verdict verdict = sending_judge(CHANNEL_HTTP, 500, true, attempts, SENDING_FIRST_MS, seed);
            assert_int_equal(verdict.fate, SENDING_AGAIN);
            assert_true(verdict.delay_ms >= whole && verdict.delay_ms <= whole + whole / 5);
        }
        whole = whole * 2 < SENDING_CAP_MS ? whole * 2 : SENDING_CAP_MS;
    }
    assert_int_equal(sending_judge(CHANNEL_HTTP, 500, true, SENDING_ATTEMPTS_MAX, SENDING_FIRST_MS, 1).fate, SENDING_REFUSED);
}

/* A provider answers 500 to the only message there is, by the waits of an installation, jitter at its least. */
static void an_outage_of_hours_fails_nothing(void **state) {
    int64_t now_ms = 0;
    int32_t attempts = 0;
    for (struct sending_verdict verdict = {.fate = SENDING_AGAIN}; verdict.fate == SENDING_AGAIN; now_ms += verdict.delay_ms) {
        attempts++;
        verdict = sending_judge(CHANNEL_HTTP, 500, true, attempts, SENDING_FIRST_MS, 0);
        assert_true(verdict.fate == SENDING_AGAIN || now_ms > INT64_C(12) * 3600 * 1000);
        assert_true(verdict.delay_ms <= SENDING_CAP_MS + SENDING_CAP_MS / 5);
    }
}

static void answers_mean_what_they_say(void **state) {
    static const struct { enum channel_kind kind; int status; bool reached; enum sending_fate fate; bool in_doubt, is_outage; } rows[] = {
        {CHANNEL_HTTP, 202, true, SENDING_TAKEN, false, false},   {CHANNEL_HTTP, 400, true, SENDING_REFUSED, false, false}, {CHANNEL_HTTP, 403, true, SENDING_AGAIN, false, true},
        {CHANNEL_HTTP, 429, true, SENDING_AGAIN, false, true},    {CHANNEL_HTTP, 302, true, SENDING_AGAIN, false, true},    {CHANNEL_HTTP, 503, true, SENDING_AGAIN, false, true},
        {CHANNEL_HTTP, 0, true, SENDING_AGAIN, true, true},       {CHANNEL_HTTP, 0, false, SENDING_AGAIN, false, true},     {CHANNEL_MAIL, 250, true, SENDING_TAKEN, false, false},
        {CHANNEL_MAIL, 451, true, SENDING_AGAIN, false, false},   {CHANNEL_MAIL, 421, true, SENDING_AGAIN, false, true},    {CHANNEL_MAIL, 550, true, SENDING_REFUSED, false, false},
        {CHANNEL_MAIL, 535, true, SENDING_AGAIN, false, true},    {CHANNEL_MAIL, 0, true, SENDING_AGAIN, true, true},       {CHANNEL_MAIL, 0, false, SENDING_AGAIN, false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct sending_verdict verdict = sending_judge(rows[i].kind, rows[i].status, rows[i].reached, 1, SENDING_FIRST_MS, 5);
        assert_int_equal(verdict.fate, rows[i].fate);
        assert_int_equal(verdict.in_doubt, rows[i].in_doubt);
        assert_int_equal(verdict.is_outage, rows[i].is_outage);
    }
}

static void reports_mean_delivered_undelivered_or_nothing_new(void **state) {
    static const struct { int64_t status; enum report report; } rows[] = {{1, REPORT_DELIVERED}, {2, REPORT_UNDELIVERED}, {16, REPORT_UNDELIVERED}, {4, REPORT_NOTHING_NEW}, {8, REPORT_NOTHING_NEW}, {0, REPORT_NOTHING_NEW}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) assert_int_equal(report_of_kannel(rows[i].status), rows[i].report);
}

static void a_pace_is_kept(void **state) {
    struct pace pace = {0};
    int64_t now_us = INT64_C(1000) * PACE_SECOND_US, given = 0;
    for (int turn = 0; turn < 1000; turn++, now_us += 10 * 1000) {
        const int64_t room = pace_room(&pace, 50, now_us), take = room < 7 ? room : 7;
        pace_take(&pace, 50, take, now_us);
        given += take;
    }
    assert_in_range(given, 490, 510); /* ten seconds of 50, and what was saved up before */
    assert_int_equal(pace_room(&pace, 0, now_us), INT32_MAX);
    struct pace slow = {0};
    assert_int_equal(pace_room(&slow, 1, now_us), 1);
    pace_take(&slow, 1, 1, now_us);
    assert_int_equal(pace_room(&slow, 1, now_us + PACE_SECOND_US - 1), 0);
    assert_int_equal(pace_room(&slow, 1, now_us + PACE_SECOND_US), 1);
}

static void numbers_are_masked(void **state) {
    char text[17];
    phone_mask(slice_text("+6281234567801"), text);
    assert_string_equal(text, "+62812******01");
    phone_mask(slice_text("081"), text);
    assert_string_equal(text, "");
    phone_mask(slice_text("081234567890123456789"), text);
    assert_string_equal(text, "");
}

static void reports_are_read_strictly(void **state) {
    static const char id[] = "000102030405060708090a0b0c0d0e0f";
    struct report_query query;
    assert_true(report_query_read(slice_text(id), slice_text("3"), slice_text(id), slice_text("1"), &query));
    assert_int_equal(query.attempt, 3);
    assert_int_equal(query.status, 1);
    assert_false(report_query_read(slice_text(id), slice_text("0"), slice_text(id), slice_text("1"), &query));
    assert_false(report_query_read(slice_text(id), slice_text("x3"), slice_text(id), slice_text("1"), &query));
    assert_false(report_query_read(slice_text(id), slice_text("3"), slice_text("00"), slice_text("1"), &query));
    assert_false(report_query_read(slice_of(NULL, 0), slice_text("3"), slice_text(id), slice_text("1"), &query));
    assert_false(report_query_read(slice_text(id), slice_text("3"), slice_text(id), slice_text("256"), &query));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_are_read_in_order_and_once), cmocka_unit_test(waits_double_up_to_an_hour), cmocka_unit_test(an_outage_of_hours_fails_nothing), cmocka_unit_test(answers_mean_what_they_say),
        cmocka_unit_test(reports_mean_delivered_undelivered_or_nothing_new), cmocka_unit_test(a_pace_is_kept), cmocka_unit_test(numbers_are_masked), cmocka_unit_test(reports_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
