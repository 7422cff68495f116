/* Knobs are checked at the door and never betray a secret; meters print what was counted. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/tables/knobs.h"
#include "common/tables/meters.h"

static const struct knob common_rows[] = {
    {"TEST_PORT", KNOB_INT, "80", 1, 65535, "A port."},
    {"TEST_URL", KNOB_TEXT, "", 0, 0, "A place."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};
static const struct knob own_rows[] = {
    {"TEST_SECRET", KNOB_SECRET, NULL, 0, 0, "A secret."},
    {"TEST_URL", KNOB_TEXT, NULL, 0, 0, "A place that is needed here."},
    {NULL, KNOB_TEXT, NULL, 0, 0, NULL},
};

static void assert_refused(const char *words) {
    struct err err = knobs_load(common_rows, own_rows);
    assert_int_equal(err.fate, FATE_FATAL);
    if (strstr(err.text, words) == NULL) fail_msg("'%s' does not say '%s'", err.text, words);
}

static void a_wrong_knob_is_named_with_its_value_and_bounds(void **state) {
    (void)unsetenv("TEST_SECRET");
    (void)setenv("TEST_URL", "x", 1);
    (void)unsetenv("TEST_PORT");
    assert_refused("TEST_SECRET is not set");
    (void)setenv("TEST_SECRET", "s3cret", 1);
    (void)unsetenv("TEST_URL");
    assert_refused("TEST_URL is not set"); /* the service's own row wins over the common one */
    (void)setenv("TEST_URL", "x", 1);
    static const char *const wrong[] = {"0", "65536", "-1", "8x", "x", "99999999999999999999", " "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)setenv("TEST_PORT", wrong[i], 1);
        assert_refused("TEST_PORT is");
    }
    (void)setenv("TEST_PORT", "65536", 1);
    assert_refused("outside 1 to 65535");
}

static char *printed(void (*print)(FILE *, const struct knob *, const struct knob *)) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    print(file, common_rows, own_rows);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void what_is_printed_hides_secrets_and_passwords(void **state) {
    (void)setenv("TEST_PORT", "8080", 1);
    (void)setenv("TEST_SECRET", "s3cret", 1);
    (void)setenv("TEST_URL", "postgresql://payung:hunter2@127.0.0.1/payung", 1);
    struct err err = knobs_load(common_rows, own_rows);
    assert_int_equal(err.fate, FATE_OK);
    assert_int_equal(knob_int("TEST_PORT"), 8080);
    assert_string_equal(knob_text("TEST_SECRET"), "s3cret");
    char *config = printed(knobs_print_config), *help = printed(knobs_print_help);
    assert_string_equal(config, "TEST_SECRET=***\nTEST_URL=postgresql://payung:***@127.0.0.1/payung\nTEST_PORT=8080\n");
    assert_non_null(strstr(help, "TEST_PORT"));
    assert_non_null(strstr(help, "(1 to 65535) [80]"));
    assert_non_null(strstr(help, "A place that is needed here. [required]"));
    free(config);
    free(help);
}

static void meters_are_printed_with_their_labels(void **state) {
    char *text = NULL;
    size_t size = 0;
    meter_add(METER_LINEAGE_REPEATS, 3, 2);
    meter_add(METER_LINEAGE_REPEATS, 3, 5);
    meter_add(METER_DEAD_LETTERS, 60, 1);
    meter_set(METER_IN_FLIGHT, 0, 4);
    meter_observe_us(METER_BATCH_SECONDS, 0, 1500);
    meter_observe_us(METER_BATCH_SECONDS, 0, 6000000);
    meter_replace(METER_AGREEMENT_LEFT, (struct meter_named[]){{"satu", 5}, {"dua", 6}}, 2);
    meter_replace(METER_AGREEMENT_LEFT, (struct meter_named[]){{"tiga", -7}}, 1);
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    meters_print(file, "ledger", "0-realtime");
    assert_int_equal(fclose(file), 0);
    static const char *const lines[] = {
        "# TYPE payung_lineage_repeats_total counter\npayung_lineage_repeats_total{service=\"ledger\",instance=\"0-realtime\",partition=\"3\"} 7\n",
        "payung_dead_letters_total{service=\"ledger\",instance=\"0-realtime\",code=\"X01\"} 1\n",
        "payung_records_in_flight{service=\"ledger\",instance=\"0-realtime\"} 4\n",
        "# TYPE payung_agreement_budget_left_rupiah gauge\npayung_agreement_budget_left_rupiah{service=\"ledger\",instance=\"0-realtime\",agreement=\"tiga\"} -7\n#", /* what is replaced is gone */
        "payung_stage_duration_seconds_bucket{service=\"ledger\",instance=\"0-realtime\",le=\"0.001\"} 0\n",
        "payung_stage_duration_seconds_bucket{service=\"ledger\",instance=\"0-realtime\",le=\"0.002\"} 1\n",
        "payung_stage_duration_seconds_bucket{service=\"ledger\",instance=\"0-realtime\",le=\"+Inf\"} 2\n",
        "payung_stage_duration_seconds_sum{service=\"ledger\",instance=\"0-realtime\"} 6.001500\n",
        "payung_alarms_total{service=\"ledger\",instance=\"0-realtime\"} 0\n", /* without a label a meter is there from the start */
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (strstr(text, lines[i]) == NULL) fail_msg("missing: %s", lines[i]);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_knob_is_named_with_its_value_and_bounds),
        cmocka_unit_test(what_is_printed_hides_secrets_and_passwords),
        cmocka_unit_test(meters_are_printed_with_their_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
