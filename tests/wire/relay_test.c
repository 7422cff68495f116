/* What leaves the outbox, over librdkafka's mock cluster: the sender of the relay, the scan that reads a topic whole, and a sink as the services that read these topics are, on a
 * topic of one partition. Each test has a cluster of its own; every wait is bounded. */
#include "tests/unit/cmocka_all.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/edge/clock.h"
#include "common/edge/kafka.h"
#include "common/edge/kafka_scan.h"
#include "common/stage/codec.h"
#include "common/stage/loop.h"
#include "common/wire/wire.h"
#include "services/relay/sender.h"
#include "tests/wire/mock.h"

enum { PATIENCE_MS = 30000, IN_FLIGHT_MAX = 100, API_PRODUCE = 0, BROKER = 1, ARENA_BYTES = 16 << 20 };

struct bench {
    struct mock mock;
    struct arena *arena;
    struct sender *sender;
};

static struct bench *open_bench(void) {
    struct bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    mock_open(&bench->mock, 0);
    bench->arena = arena_create(ARENA_BYTES);
    struct err err = sender_open(bench->mock.brokers, NULL, IN_FLIGHT_MAX, &bench->sender);
    assert_string_equal(err.text, "");
    assert_int_equal(err.fate, FATE_OK);
    return bench;
}

static void close_bench(struct bench *bench) {
    sender_close(bench->sender);
    mock_close(&bench->mock);
    arena_destroy(bench->arena);
    free(bench);
}

static struct slice payload(struct arena *arena, enum topic topic, int64_t sequence) {
    struct id id = {{1}};
    memcpy(id.bytes + 8, &sequence, sizeof sequence);
    const struct slice none = slice_text("");
    if (topic == TOPIC_PAYMENT)
        return wire_encode_payment(arena, &(struct payment_received){.payment_id = id, .source = slice_text("bank"), .external_id = slice_text("1"), .reference = none, .bank = none,
                                                                     .amount_is_readable = true, .amount = 1000 + sequence, .currency = slice_text("IDR"), .problem = none, .raw = none});
    if (topic == TOPIC_COVERAGE)
        return wire_encode_coverage(arena, &(struct coverage_changed){.event_id = id, .application_id = id, .attempt = 1, .agreement_id = none, .payer_name = none, .place = 1 + sequence, .state = 2,
                                                                      .day = 20251010, .reason = none, .message_due = none, .sealed_person = none, .seal_key_id = none});
    return wire_encode_command(arena, &(struct ledger_command){.kind = COMMAND_RUN, .commit_sequence = 1 + sequence, .business_date = 20251010, .actor = none, .approved_by = none,
                                                               .agreement_id = none, .reason = none, .text = none, .source = none, .external_id = none});
}

/* outbox_no tells topic and sequence. */
static void hand(struct bench *bench, enum topic topic, int64_t sequence) {
    arena_reset(bench->arena);
    const struct outbox_row row = {.outbox_no = (int64_t)topic * 100000 + sequence + 1, .topic = topic, .key = slice_text("kepahiang-2025"),
                                   .payload = payload(bench->arena, topic, sequence), .sequence = sequence};
    struct err err = sender_send(bench->sender, bench->arena, &row);
    assert_int_equal(err.fate, FATE_OK);
}

static void turn_sender(struct bench *bench) {
    struct pollfd readable = {.fd = sender_fd(bench->sender), .events = POLLIN};
    (void)poll(&readable, 1, 50);
    sender_turn(bench->sender);
}

static void drain(struct bench *bench) {
    const int64_t until_us = clock_monotonic_us() + (int64_t)PATIENCE_MS * 1000;
    while (sender_waiting(bench->sender) > 0 && clock_monotonic_us() < until_us) turn_sender(bench);
    assert_int_equal(sender_waiting(bench->sender), 0);
}

/* ---- reading ---- */

struct seen {
    enum topic topic;
    struct arena *arena;
    int64_t next, records, repeats;
};

static struct err see(void *self, const struct kafka_scan_record *record) {
    struct seen *seen = self;
    arena_reset(seen->arena);
    const void *message = codec_decode(seen->topic, seen->arena, record->bytes);
    assert_non_null(message);
    const struct lineage lineage = codec_view(seen->topic, message).lineage;
    assert_int_equal(lineage.epoch, 1);
    assert_int_equal(lineage.first_origin, 0);
    assert_true(lineage.origin <= seen->next); /* no gap */
    seen->repeats += lineage.origin < seen->next;
    if (lineage.origin == seen->next) seen->next++;
    seen->records++;
    return OK;
}

static struct seen scan(struct bench *bench, enum topic topic) {
    struct seen seen = {.topic = topic, .arena = arena_create(1 << 20)};
    struct err err = kafka_scan(&(struct kafka_scan_options){.brokers = bench->mock.brokers, .topic = topic, .visit = see, .self = &seen});
    assert_string_equal(err.text, "");
    arena_destroy(seen.arena);
    return seen;
}

/* ---- tests ---- */

static void three_topics_get_their_rows_dense_and_in_order(void **state) {
    static const enum topic topics[] = {TOPIC_PAYMENT, TOPIC_COVERAGE, TOPIC_COMMAND};
    struct bench *bench = open_bench();
    for (int64_t sequence = 0; sequence < 30; sequence++)
        for (size_t i = 0; i < 3; i++) hand(bench, topics[i], sequence);
    assert_int_equal(sender_room(bench->sender), IN_FLIGHT_MAX - 90); /* until they are marked, not only delivered */
    drain(bench);
    assert_false(sender_failed(bench->sender));
    const int64_t *numbers;
    assert_int_equal(sender_delivered(bench->sender, &numbers), 90);
    assert_int_equal(sender_room(bench->sender), IN_FLIGHT_MAX - 90);
    sender_marked(bench->sender);
    assert_int_equal(sender_room(bench->sender), IN_FLIGHT_MAX);
    for (size_t i = 0; i < 3; i++) {
        const struct seen seen = scan(bench, topics[i]);
        assert_int_equal(seen.records, 30);
        assert_int_equal(seen.next, 30);
    }
    close_bench(bench);
}

/* As the relay does: nothing more until all is told, then all that is not marked again. */
static void a_producer_that_broke_leaves_repeats_and_no_gap(void **state) {
    struct bench *bench = open_bench();
    bool marked[20] = {false};
    int64_t rounds = 0;
    for (bool all = false; !all && rounds < 10; rounds++) {
        if (rounds == 0) rd_kafka_mock_push_request_errors(bench->mock.cluster, API_PRODUCE, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED); /* not retried: gapless makes it fatal */
        for (int64_t sequence = 0; sequence < 20 && !sender_failed(bench->sender); sequence++) {
            if (!marked[sequence]) hand(bench, TOPIC_COVERAGE, sequence);
            turn_sender(bench);
        }
        drain(bench);
        if (rounds == 0) assert_true(sender_failed(bench->sender));
        assert_int_equal(sender_failed(bench->sender) ? sender_room(bench->sender) : 0, 0);
        const int64_t *numbers;
        const size_t count = sender_delivered(bench->sender, &numbers);
        for (size_t i = 0; i < count; i++) marked[numbers[i] - (int64_t)TOPIC_COVERAGE * 100000 - 1] = true;
        sender_marked(bench->sender);
        sender_resume(bench->sender);
        all = true;
        for (int i = 0; i < 20; i++) all = all && marked[i];
    }
    const struct seen seen = scan(bench, TOPIC_COVERAGE);
    assert_int_equal(seen.next, 20);
    close_bench(bench);
}

static void an_outage_is_waited_out(void **state) {
    struct bench *bench = open_bench();
    hand(bench, TOPIC_COMMAND, 0);
    drain(bench);
    assert_int_equal(rd_kafka_mock_broker_set_down(bench->mock.cluster, BROKER), RD_KAFKA_RESP_ERR_NO_ERROR);
    hand(bench, TOPIC_COMMAND, 1);
    for (int i = 0; i < 100 && sender_reachable(bench->sender); i++) turn_sender(bench);
    assert_false(sender_reachable(bench->sender));
    assert_int_equal(sender_waiting(bench->sender), 1);
    assert_int_equal(rd_kafka_mock_broker_set_up(bench->mock.cluster, BROKER), RD_KAFKA_RESP_ERR_NO_ERROR);
    drain(bench);
    assert_true(sender_reachable(bench->sender));
    assert_int_equal(scan(bench, TOPIC_COMMAND).next, 2);
    close_bench(bench);
}

static void a_full_window_takes_nothing_more(void **state) {
    struct bench *bench = open_bench();
    for (int64_t sequence = 0; sequence < IN_FLIGHT_MAX; sequence++) hand(bench, TOPIC_PAYMENT, sequence);
    assert_int_equal(sender_room(bench->sender), 0);
    hand(bench, TOPIC_PAYMENT, IN_FLIGHT_MAX);
    assert_true(sender_failed(bench->sender)); /* it was not taken: to be sent again */
    drain(bench);
    sender_marked(bench->sender);
    sender_resume(bench->sender);
    assert_int_equal(scan(bench, TOPIC_PAYMENT).next, IN_FLIGHT_MAX);
    close_bench(bench);
}

static struct err count_one(void *self, const struct kafka_scan_record *record) {
    ++*(int64_t *)self;
    return OK;
}

static void an_empty_topic_is_read_at_once(void **state) {
    struct bench *bench = open_bench();
    int64_t count = 0;
    struct err err = kafka_scan(&(struct kafka_scan_options){.brokers = bench->mock.brokers, .topic = TOPIC_DECIDED, .visit = count_one, .self = &count});
    assert_int_equal(err.fate, FATE_OK);
    assert_int_equal(count, 0);
    close_bench(bench);
}

static struct err refuse_third(void *self, const struct kafka_scan_record *record) { return ++*(int64_t *)self == 3 ? ERR(FATAL, "the third one") : OK; }

static void what_the_visitor_refuses_ends_the_scan(void **state) {
    struct bench *bench = open_bench();
    int64_t count = 0;
    for (int64_t sequence = 0; sequence < 5; sequence++) hand(bench, TOPIC_COMMAND, sequence);
    drain(bench);
    struct err err = kafka_scan(&(struct kafka_scan_options){.brokers = bench->mock.brokers, .topic = TOPIC_COMMAND, .visit = refuse_third, .self = &count});
    assert_string_equal(err.text, "the third one");
    assert_int_equal(count, 3);
    close_bench(bench);
}

/* The mock broker keeps 5 MB of a partition. */
static void a_trimmed_log_is_refused(void **state) {
    enum { RECORDS = 12, RECORD_BYTES = 700 * 1000 };
    struct bench *bench = open_bench();
    rd_kafka_t *writer = mock_client(RD_KAFKA_PRODUCER, bench->mock.brokers);
    static char bytes[RECORD_BYTES];
    int64_t count = 0;
    for (int i = 0; i < RECORDS; i++) {
        mock_write(writer, TOPIC_PRICED, 2, slice_of(bytes, sizeof bytes));
        assert_int_equal(rd_kafka_flush(writer, PATIENCE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    }
    struct err err = kafka_scan(&(struct kafka_scan_options){.brokers = bench->mock.brokers, .topic = TOPIC_PRICED, .visit = count_one, .self = &count});
    assert_int_equal(err.fate, FATE_FATAL);
    assert_non_null(strstr(err.text, "retention has removed its beginning"));
    assert_int_equal(count, 0);
    rd_kafka_destroy(writer);
    close_bench(bench);
}

/* ---- a sink, as the readers of these topics are ---- */

struct sink {
    struct stage_position truth;
    int64_t handled[64];
    size_t count;
};

static struct err sink_handle(const void *self, void *facts, const struct stage_batch *batch, struct stage_item *item) {
    assert_non_null(item->in);
    return OK;
}
static struct err sink_store(void *self, void *facts, struct stage_batch *batch) {
    struct sink *sink = self;
    for (size_t i = 0; i < batch->count; i++) sink->handled[sink->count++] = batch->items[i].lineage.origin;
    assert_int_equal(batch->span_count, 1);
    sink->truth = (struct stage_position){.epoch = batch->spans[0].epoch, .first_origin = batch->spans[0].first_origin, .next = batch->spans[0].to};
    return OK;
}
static struct err sink_truth(void *self, int32_t partition, struct stage_position *ret_position) {
    *ret_position = ((struct sink *)self)->truth;
    return OK;
}
static const struct stage sink_stage = {.name = "sink", .story = "", .consumes = TOPIC_COVERAGE, .produces = TOPIC_NONE, .handle = sink_handle, .store = sink_store, .truth = sink_truth};

static void run_sink(struct bench *bench, struct sink *sink, size_t count) {
    struct stage_log *log;
    const struct kafka_options options = {.brokers = bench->mock.brokers, .group = "payung-sink", .member = "payung-sink-0", .fetch_wait_ms = 50};
    struct err err = kafka_log_open(&options, TOPIC_COVERAGE, &log);
    assert_int_equal(err.fate, FATE_OK);
    struct loop *loop = loop_create(&sink_stage, sink, log, &(struct loop_options){.group = "payung-sink", .version = "0", .batch_messages_max = 10, .in_flight_max = 50, .seed = 7});
    for (int64_t until_us = clock_monotonic_us() + (int64_t)PATIENCE_MS * 1000; sink->count < count && clock_monotonic_us() < until_us;) loop_step(loop);
    for (int64_t until_us = clock_monotonic_us() + 300 * 1000; clock_monotonic_us() < until_us;) loop_step(loop); /* nothing comes that should not */
    assert_false(loop_is_stopped(loop, 0));
    loop_stop(loop);
    while (!loop_ended(loop)) loop_step(loop);
    kafka_log_close(log, 500);
    loop_destroy(loop);
    assert_int_equal(sink->count, count);
    for (size_t i = 0; i < count; i++) assert_int_equal(sink->handled[i], i);
}

static void one_sink_reads_a_topic_of_one_partition_whole_and_drops_repeats(void **state) {
    struct bench *bench = open_bench();
    struct sink sink = {.count = 0};
    for (int64_t sequence = 0; sequence < 5; sequence++) hand(bench, TOPIC_COVERAGE, sequence);
    for (int64_t sequence = 3; sequence < 7; sequence++) hand(bench, TOPIC_COVERAGE, sequence); /* as after a crash of the relay */
    drain(bench);
    run_sink(bench, &sink, 7);
    for (int64_t sequence = 5; sequence < 9; sequence++) hand(bench, TOPIC_COVERAGE, sequence);
    drain(bench);
    run_sink(bench, &sink, 9); /* goes on where its own store stands */
    close_bench(bench);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_topics_get_their_rows_dense_and_in_order),
        cmocka_unit_test(a_producer_that_broke_leaves_repeats_and_no_gap),
        cmocka_unit_test(an_outage_is_waited_out),
        cmocka_unit_test(a_full_window_takes_nothing_more),
        cmocka_unit_test(an_empty_topic_is_read_at_once),
        cmocka_unit_test(what_the_visitor_refuses_ends_the_scan),
        cmocka_unit_test(a_trimmed_log_is_refused),
        cmocka_unit_test(one_sink_reads_a_topic_of_one_partition_whole_and_drops_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
