/* Records of an export: each kind of row is one line and comes back from it as it was, and a line that is written in any other way is no record. */
#include "services/ledger/export_record.h"

#include <stdlib.h>

#include "tests/unit/cmocka_all.h"

static struct arena *arena;
static struct record record;

static int set_up(void **state) {
    (void)state;
    arena = arena_create(16 << 20);
    record.bytes = malloc(RECORD_BYTES_MAX);
    return record.bytes != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    arena_destroy(arena);
    free(record.bytes);
    return 0;
}

static struct slice written(void) {
    assert_true(record.used > 0 && record.bytes[record.used - 1] == '\n');
    return arena_copy(arena, slice_of(record.bytes, record.used - 1));
}

static void texts_keep_every_byte(void **state) {
    (void)state;
    const struct entry_row entry = {.line = 2, .account = slice_text("KAS:a\tb\nc\\d"), .amount = -5};
    struct entry_row again;
    record_of_entry(&record, &entry);
    const struct slice line = written();
    assert_true(slice_is(line, "entry\t2\tKAS:a\\tb\\nc\\\\d\t-5"));
    assert_true(record_read_entry(arena, line, &again));
    assert_true(slice_equal(again.account, entry.account));
    assert_int_equal(again.amount, -5);
}

static void a_line_with_everything_comes_back(void **state) {
    (void)state;
    const struct line_row row = {.agreement_no = 3, .journal_seq = 9, .position = 1, .month = 202510, .kind = LINE_INVOICED, .place = INT64_MAX, .application_id = slice_text("0123456789abcdef"),
                                 .months = 1, .by_charge = {1, 2, 3, 4, 5}, .is_reduced = true, .reduction = {5, 4, 3, 2, 1}, .relief = slice_text("R"), .amount = 15, .reserved = INT64_MIN,
                                 .heads = -1, .waiting = 1, .reserved_heads = 2, .state = 5, .day = 20251001, .reason = slice_text(""), .detail = slice_text("\\N"), .invoice_no = 7};
    struct line_row again;
    record_of_line(&record, &row);
    assert_int_equal(record_kind(written()), RECORD_LINE);
    assert_true(record_read_line(arena, written(), 3, 9, &again));
    assert_true(slice_equal(canonical_line(arena, &row), canonical_line(arena, &again)));
    assert_null(again.message_due.bytes);
    assert_true(slice_is(again.detail, "\\N")); /* the text, not NULL */
    record_of_line(&record, &(struct line_row){.reason = slice_text(""), .detail = slice_text("")});
    assert_true(record_read_line(arena, written(), 0, 0, &again));
    assert_null(again.application_id.bytes);
    assert_false(again.is_reduced);
}

static void an_outcome_comes_back(void **state) {
    (void)state;
    const struct outcome_row row = {.epoch = 1, .partition = 2, .origin = 3, .attempt = 4, .repeat = true, .agreement_no = 3, .batch_id = slice_text("b"), .row_number = 5, .status = OUTCOME_REJECTED,
                                    .codes = {INT64_MAX}, .segment = SEGMENT_PMI, .programmes = 7, .start_month = 202510, .months = 12, .rank = 6, .registration_date = 20250915,
                                    .lines = slice_text("[{\"programme\":\"a\\\"b\"}]"), .message_due = slice_text(""), .commit_sequence = 8, .position = 9, .journal_seq = 10, .decided_at_us = -1};
    struct outcome_row again;
    record_of_outcome(&record, &row);
    assert_true(record_read_outcome(arena, written(), 3, 10, &again));
    assert_true(slice_equal(canonical_outcome(arena, &row, JOURNAL_VERSION), canonical_outcome(arena, &again, JOURNAL_VERSION)));
}

static void any_other_way_is_no_record(void **state) {
    (void)state;
    static const char *const lines[] = {
        "entry\t1\tKAS\t5\t",      "entry\t1\tKAS",            "entry\t01\tKAS\t5",  "entry\t+1\tKAS\t5",   "entry\t1\tKAS\t-0",      "entry\t1\tKAS\t05",  "entry\t1\tKAS\t 5",
        "entry\t32768\tKAS\t5",    "entry\t1\t\\N\t5",         "entry\t1\tK\\S\t5",  "entry\t1\tKAS\\\t5",  "entry\t1\tKAS\t9223372036854775808", "entry\t1\tKAS\t", "entry\t1\tKAS\t5 ",
        "entry\t1\tKAS\t-9223372036854775809", "entry\t1\tKAS\t99999999999999999999", "Entry\t1\tKAS\t5", "entry 1\tKAS\t5",
    };
    struct entry_row entry = {.amount = 42};
    assert_true(record_read_entry(arena, slice_text("entry\t1\tKAS\t-9223372036854775808"), &entry));
    assert_true(entry.amount == INT64_MIN);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (record_read_entry(arena, slice_text(lines[i]), &entry)) fail_msg("%s", lines[i]);
    assert_false(record_read_entry(arena, slice_of("entry\t1\tK\0S\t5", 14), &entry));
    struct record_version version;
    assert_false(record_read_version(arena, slice_text("version\t0\t1\tAB\t{}"), &version));
    int32_t scope;
    assert_true(record_read_export(arena, slice_text("export\t1\tall"), &scope) && scope == RECORD_SCOPE_ALL);
    assert_true(record_read_export(arena, slice_text("export\t1\t7"), &scope) && scope == 7);
    assert_false(record_read_export(arena, slice_text("export\t2\tall"), &scope) || record_read_export(arena, slice_text("export\t1\tall\t"), &scope) ||
                 record_read_export(arena, slice_text("export\t1\tal"), &scope));
    record_of_export(&record, RECORD_SCOPE_ALL);
    assert_true(slice_is(written(), "export\t1\tall"));
    record_of_export(&record, 7);
    assert_true(slice_is(written(), "export\t1\t7"));
    static char text[3 * RECORD_TEXT_MAX]; /* bounded, and not by its escapes alone */
    memset(text, 'x', sizeof text - 1);
    memcpy(text, "entry\t1\t", 8);
    memcpy(text + 8 + RECORD_TEXT_MAX + 1, "\t5", 3);
    assert_false(record_read_entry(arena, slice_text(text), &entry));
    assert_int_equal(record_kind(slice_text("entries\t1")), RECORD_NONE);
    assert_int_equal(record_kind(slice_text("")), RECORD_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(texts_keep_every_byte), cmocka_unit_test(a_line_with_everything_comes_back), cmocka_unit_test(an_outcome_comes_back),
                                       cmocka_unit_test(any_other_way_is_no_record)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
