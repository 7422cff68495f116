/* The decisions of the lineage as tables: what a record is, and where a partition goes on. */
#include "tests/unit/cmocka_all.h"

#include "common/stage/lineage.h"

static struct id id_of(uint8_t number) { return (struct id){.bytes = {number}}; }
static struct stage_position at(uint32_t epoch, int64_t first_origin, int64_t next) {
    return (struct stage_position){.epoch = epoch, .first_origin = first_origin, .next = next};
}

static void a_record_is_work_a_repeat_or_a_loss(void **state) {
    static const struct {
        struct stage_position position;
        struct lineage record;
        enum lineage_answer answer;
    } rows[] = {
        {{0, 0, 0}, {1, 0, 0}, LINEAGE_WORK},        /* never used: any epoch from its beginning */
        {{0, 0, 0}, {3, 40, 40}, LINEAGE_WORK},
        {{0, 0, 0}, {1, 0, 1}, LINEAGE_GAP},         /* ... but not from its middle */
        {{1, 0, 5}, {1, 0, 5}, LINEAGE_WORK},
        {{1, 0, 5}, {1, 0, 4}, LINEAGE_REPEAT},
        {{1, 0, 5}, {1, 0, 6}, LINEAGE_GAP},
        {{1, 0, 5}, {2, 5, 5}, LINEAGE_WORK},        /* a new epoch */
        {{1, 0, 5}, {2, 3, 3}, LINEAGE_WORK},        /* ... that began before, in a log that was cut */
        {{1, 0, 5}, {2, 5, 6}, LINEAGE_GAP},
        {{2, 5, 9}, {1, 0, 9}, LINEAGE_OLD_EPOCH},
        {{2, 5, 9}, {1, 0, 3}, LINEAGE_OLD_EPOCH},
    };
    static struct lineage_state seen;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lineage_reset(&seen, rows[i].position);
        assert_int_equal(lineage_judge(&seen, rows[i].record, id_of(1)), rows[i].answer);
    }
}

static void a_repeat_by_somebody_else_tells_that_the_log_was_cut(void **state) {
    static struct lineage_state seen;
    lineage_reset(&seen, at(1, 0, 0));
    lineage_accept(&seen, (struct lineage){1, 0, 0}, id_of(1));
    lineage_accept(&seen, (struct lineage){1, 0, 1}, id_of(2));
    assert_int_equal(lineage_judge(&seen, (struct lineage){1, 0, 0}, id_of(1)), LINEAGE_REPEAT);
    assert_int_equal(lineage_judge(&seen, (struct lineage){1, 0, 0}, id_of(2)), LINEAGE_CUT);
    assert_int_equal(lineage_judge(&seen, (struct lineage){1, 0, 1}, id_of(0)), LINEAGE_REPEAT); /* unreadable: not compared */
    assert_int_equal(lineage_judge(&seen, (struct lineage){1, 0, 1}, id_of(2)), LINEAGE_REPEAT);
    for (int64_t origin = 2; origin < LINEAGE_RECENT + 1; origin++) lineage_accept(&seen, (struct lineage){1, 0, origin}, id_of(9));
    assert_int_equal(lineage_judge(&seen, (struct lineage){1, 0, 0}, id_of(2)), LINEAGE_REPEAT); /* too long ago to be known */
    lineage_reset(&seen, at(1, 0, 0));
    lineage_accept(&seen, (struct lineage){1, 0, 0}, id_of(0)); /* it could not be read when it was new either */
    assert_int_equal(lineage_judge(&seen, (struct lineage){1, 0, 0}, id_of(7)), LINEAGE_REPEAT);
}

static void commit_metadata_goes_there_and_back_and_refuses_the_rest(void **state) {
    char text[LINEAGE_METADATA_MAX];
    struct stage_position position = {0};
    lineage_format(at(UINT32_MAX, INT64_MAX - 1, INT64_MAX), text);
    assert_true(lineage_parse(slice_text(text), &position));
    assert_int_equal(position.epoch, UINT32_MAX);
    assert_int_equal(position.next, INT64_MAX);
    static const char *const wrong[] = {"", "1", "1:0", "1:0:", "1:0:5x", ":0:5", "1::5", "-1:0:5", "1:0:-5", "1:9:5", "4294967296:0:5", "1:0:9223372036854775808", "1:0:5:6", " 1:0:5", "1:0",
                                        "1:0/5", "1:0:/", "1:0:5:0000000000000000000000000000000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) assert_false(lineage_parse(slice_text(wrong[i]), &position));
}

static void a_partition_goes_on_where_the_facts_say(void **state) {
    static const struct {
        const char *story;
        struct lineage_facts facts;
        bool stop, skipped;
        struct stage_position position;
        int64_t offset;
    } rows[] = {
        {"fresh", {.low = 0, .high = 3}, false, false, {0, 0, 0}, 0},
        {"commit and tail agree", {.has_committed = true, .committed = 7, .marked = {1, 0, 7}, .produced = {1, 0, 7}, .high = 9, .arrived = {1, 0, 9}}, false, false, {1, 0, 7}, 7},
        {"the tail is further: repeats are read and dropped", {.has_committed = true, .committed = 4, .marked = {1, 0, 4}, .produced = {1, 0, 7}, .high = 9, .arrived = {1, 0, 9}}, false, false, {1, 0, 7}, 4},
        {"the first reader goes straight there", {.first_reader = true, .has_committed = true, .committed = 4, .marked = {1, 0, 4}, .produced = {1, 0, 7}, .high = 9, .arrived = {1, 0, 9}}, false, false, {1, 0, 7}, 7},
        {"no commit, only the tail", {.first_reader = true, .produced = {1, 0, 7}, .low = 2, .high = 9, .arrived = {1, 0, 9}}, false, false, {1, 0, 7}, 7},
        {"the ledger's position when nothing else can be read", {.first_reader = true, .fallback = {1, 0, 6}, .output_high = 9, .low = 2, .high = 9, .arrived = {1, 0, 9}}, false, false, {1, 0, 6}, 6},
        {"not while the output is untouched", {.fallback = {1, 0, 6}, .high = 9, .arrived = {1, 0, 9}}, false, false, {0, 0, 0}, 0},
        {"a sink asks only its own store", {.has_truth = true, .truth = {1, 0, 5}, .has_committed = true, .committed = 3, .marked = {1, 0, 8}, .high = 9, .arrived = {1, 0, 9}}, false, false, {1, 0, 5}, 3},
        {"retention was faster", {.first_reader = true, .marked = {1, 0, 4}, .has_committed = true, .committed = 4, .low = 6, .high = 9, .arrived = {1, 0, 9}}, false, true, {1, 0, 4}, 6},
        {"the log ends before the position", {.first_reader = true, .marked = {1, 0, 8}, .has_committed = true, .committed = 8, .high = 5, .arrived = {1, 0, 5}}, true, false, {1, 0, 8}, 0},
        {"the log ends before what was done", {.marked = {1, 0, 8}, .has_committed = true, .committed = 5, .high = 6, .arrived = {1, 0, 6}}, true, false, {1, 0, 8}, 0},
        {"unreadable bytes at the end of submitted were done too", {.first_reader = true, .marked = {1, 0, 6}, .has_committed = true, .committed = 6, .high = 6, .arrived = {1, 0, 5}}, false, false, {1, 0, 6}, 6},
        {"a re-made log with a new epoch", {.first_reader = true, .marked = {1, 0, 500}, .has_committed = true, .committed = 500, .high = 20, .arrived = {2, 0, 20}}, false, false, {1, 0, 500}, 0},
        {"a new epoch behind what is unread of the old one", {.first_reader = true, .marked = {1, 0, 5}, .has_committed = true, .committed = 5, .high = 20, .arrived = {2, 9, 20}}, false, false, {1, 0, 5}, 5},
        {"a new epoch before which nothing of the old one is unread", {.first_reader = true, .marked = {1, 0, 12}, .has_committed = true, .committed = 12, .high = 20, .arrived = {2, 9, 20}}, false, false, {1, 0, 12}, 9},
        {"a re-made log of which retention took the beginning", {.first_reader = true, .marked = {1, 0, 500}, .has_committed = true, .committed = 500, .low = 4, .high = 20, .arrived = {2, 0, 20}}, false, false, {1, 0, 500}, 4},
        {"the input lost its beginning and nobody has marked anything", {.fallback = {1, 0, 6}, .low = 3, .high = 9, .arrived = {1, 0, 9}}, false, false, {1, 0, 6}, 3},
        {"a new epoch further on", {.marked = {1, 0, 500}, .has_committed = true, .committed = 500, .low = 3, .high = 900, .arrived = {2, 0, 20}}, false, false, {1, 0, 500}, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lineage_start start = lineage_start(&rows[i].facts);
        if (start.stop != rows[i].stop || start.skipped != rows[i].skipped || (!start.stop && start.offset != rows[i].offset) || lineage_compare(start.position, rows[i].position) != 0)
            fail_msg("%s: stop %d skipped %d offset %ld next %ld", rows[i].story, start.stop, start.skipped, (long)start.offset, (long)start.position.next);
        assert_true((start.why[0] != '\0') == (start.stop || start.skipped));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_work_a_repeat_or_a_loss),
        cmocka_unit_test(a_repeat_by_somebody_else_tells_that_the_log_was_cut),
        cmocka_unit_test(commit_metadata_goes_there_and_back_and_refuses_the_rest),
        cmocka_unit_test(a_partition_goes_on_where_the_facts_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
