/* Producer with offsets told back, and a tail reader, over librdkafka. Its threads signal one eventfd; all callbacks run in the loop's own turn. A producer
 * that broke for good (a gap it may not leave) is emptied, closed and made anew here; what it had taken is told as not delivered. */
#include "common/edge/kafka_intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/edge/clock.h"
#include "common/edge/kafka_settings.h"
#include "common/edge/log.h"
#include "common/edge/schema_frame.h"

enum { FLUSH_MS = 5000, QUERY_MS = 3000, TAIL_BATCH = 256, FETCH_WAIT_MS = 100, PROBE_MS = 50, PROBE_EVERY_US = 500 * 1000, MEMBER_BYTES_MAX = 96 };

struct kafka_intake {
    struct kafka_intake_options options;
    char brokers[512];
    rd_kafka_t *producer;
    rd_kafka_topic_t *produce_topics[KAFKA_INTAKE_TOPICS_MAX]; /* as in options.produces */
    rd_kafka_t *consumer; /* NULL: nothing is read */
    rd_kafka_topic_t *tail_topic;
    rd_kafka_queue_t *tail;
    int event;
    int outstanding;
    bool broken; /* the producer must be made anew */
    bool down;
    int64_t probe_at_us; /* while down */
};

/* ---- librdkafka's callbacks: all run inside a turn of the loop ---- */

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *self) {
    struct kafka_intake *kafka = self;
    (void)producer;
    bool delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    CHECK(kafka->outstanding > 0);
    kafka->outstanding--;
    if (delivered) kafka->down = false;
    kafka->options.delivered(kafka->options.self, (uint64_t)(uintptr_t)message->_private, delivered ? message->offset : -1);
}

static void on_error(rd_kafka_t *client, int code, const char *why, void *self) {
    struct kafka_intake *kafka = self;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        char text[256];
        rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client, text, sizeof text);
        log_warning("the producer broke and is made anew", LOG_TEXT("error", rd_kafka_err2name(cause)));
        kafka->broken = true;
    } else if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        if (!kafka->down) log_warning("no Kafka broker can be reached", LOG_TEXT("error", why));
        kafka->down = true;
    }
}

/* ---- opening ---- */

static struct err set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char why[160];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK) return OK;
    return ERR(FATAL, "librdkafka refuses %s: %s", name, why);
}

static void watch(rd_kafka_queue_t *queue, int event) {
    static const uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, event, &one, sizeof one);
}

static struct err open_client(struct kafka_intake *kafka, rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client) {
    rd_kafka_conf_set_opaque(conf, kafka);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    char why[160];
    rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof why);
    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        return ERR(FATAL, "librdkafka can't start: %s", why);
    }
    *ret_client = client;
    return OK;
}

static struct err open_producer(struct kafka_intake *kafka) {
    const struct kafka_options options = {.brokers = kafka->brokers, .member = kafka->options.member, .linger_ms = 0};
    rd_kafka_conf_t *conf;
    TRY(kafka_settings(KAFKA_PRODUCER, &options, &conf));
    TRY(open_client(kafka, RD_KAFKA_PRODUCER, conf, &kafka->producer));
    for (int i = 0; i < KAFKA_INTAKE_TOPICS_MAX && kafka->options.produces[i] != TOPIC_NONE; i++) {
        kafka->produce_topics[i] = rd_kafka_topic_new(kafka->producer, topic_row(kafka->options.produces[i])->name, NULL);
        CHECK(kafka->produce_topics[i] != NULL);
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(kafka->producer);
    watch(queue, kafka->event);
    rd_kafka_queue_destroy(queue); /* our reference only */
    return OK;
}

static struct err find_topic(struct kafka_intake *kafka, rd_kafka_topic_t *topic) {
    const struct rd_kafka_metadata *metadata;
    const char *name = rd_kafka_topic_name(topic);
    rd_kafka_resp_err_t result = rd_kafka_metadata(kafka->producer, 0, topic, &metadata, QUERY_MS);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka does not answer: %s", rd_kafka_err2str(result));
    const bool there = metadata->topic_cnt == 1 && metadata->topics[0].err == RD_KAFKA_RESP_ERR_NO_ERROR && metadata->topics[0].partition_cnt > 0;
    rd_kafka_metadata_destroy(metadata);
    return there ? OK : ERR(AGAIN, "Kafka has no topic %s. Remedy: payung topics create", name);
}

/* Without a tail nothing else would ask. */
static struct err find_topics(struct kafka_intake *kafka) {
    for (int i = 0; i < KAFKA_INTAKE_TOPICS_MAX && kafka->produce_topics[i] != NULL; i++) TRY(find_topic(kafka, kafka->produce_topics[i]));
    return OK;
}

static struct err start_tail(struct kafka_intake *kafka) {
    const struct topic_row *row = topic_row(kafka->options.tails);
    for (int32_t partition = 0; partition < row->partitions; partition++) {
        int64_t low = 0, high = 0;
        rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(kafka->consumer, row->name, partition, &low, &high, QUERY_MS);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: the end of %s/%d is not known: %s", row->name, (int)partition, rd_kafka_err2str(err));
        if (rd_kafka_consume_start_queue(kafka->tail_topic, partition, high, kafka->tail) != 0)
            return ERR(AGAIN, "Kafka: %s/%d can't be read: %s", row->name, (int)partition, rd_kafka_err2str(rd_kafka_last_error()));
    }
    return OK;
}

static struct err open_tail(struct kafka_intake *kafka) {
    char member[MEMBER_BYTES_MAX];
    CHECK(snprintf(member, sizeof member, "%s-tail", kafka->options.member) < (int)sizeof member);
    const struct kafka_options options = {.brokers = kafka->brokers, .member = member, .fetch_wait_ms = FETCH_WAIT_MS};
    rd_kafka_conf_t *conf;
    TRY(kafka_settings(KAFKA_TAIL, &options, &conf));
    struct err err = set(conf, "enable.partition.eof", "false");
    if (!failed(&err)) err = set(conf, "fetch.wait.max.ms", "100"); /* a fetch returns at once when there is data */
    if (!failed(&err)) err = set(conf, "queued.max.messages.kbytes", "4096");
    if (!failed(&err)) err = set(conf, "auto.offset.reset", "latest"); /* a missed decision is found in PostgreSQL at the caller's time-out */
    if (failed(&err)) {
        rd_kafka_conf_destroy(conf);
        return err;
    }
    TRY(open_client(kafka, RD_KAFKA_CONSUMER, conf, &kafka->consumer));
    kafka->tail_topic = rd_kafka_topic_new(kafka->consumer, topic_row(kafka->options.tails)->name, NULL);
    CHECK(kafka->tail_topic != NULL);
    kafka->tail = rd_kafka_queue_new(kafka->consumer);
    watch(kafka->tail, kafka->event);
    return start_tail(kafka);
}

static void close_producer(struct kafka_intake *kafka) {
    for (int i = 0; i < KAFKA_INTAKE_TOPICS_MAX; i++)
        if (kafka->produce_topics[i] != NULL) rd_kafka_topic_destroy(kafka->produce_topics[i]);
    if (kafka->producer != NULL) rd_kafka_destroy(kafka->producer);
    memset(kafka->produce_topics, 0, sizeof kafka->produce_topics);
    kafka->producer = NULL;
}

static void close_tail(struct kafka_intake *kafka) {
    if (kafka->options.tails == TOPIC_NONE) return;
    int partitions = topic_row(kafka->options.tails)->partitions;
    for (int32_t partition = 0; kafka->tail_topic != NULL && partition < partitions; partition++)
        (void)rd_kafka_consume_stop(kafka->tail_topic, partition); /* one that was not started is no loss */
    if (kafka->tail != NULL) rd_kafka_queue_destroy(kafka->tail);
    if (kafka->tail_topic != NULL) rd_kafka_topic_destroy(kafka->tail_topic);
    if (kafka->consumer != NULL) rd_kafka_destroy(kafka->consumer);
}

struct err kafka_intake_open(const struct kafka_intake_options *options, struct kafka_intake **ret_kafka) {
    CHECK(options->member != NULL && options->produces[0] != TOPIC_NONE && options->delivered != NULL);
    CHECK((options->tails == TOPIC_NONE) == (options->arrived == NULL));
    struct kafka_intake *kafka = calloc(1, sizeof *kafka);
    CHECK(kafka != NULL);
    kafka->options = *options;
    CHECK(snprintf(kafka->brokers, sizeof kafka->brokers, "%s", options->brokers) < (int)sizeof kafka->brokers);
    kafka->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    CHECK(kafka->event >= 0);
    struct err err = open_producer(kafka);
    if (!failed(&err)) err = options->tails != TOPIC_NONE ? open_tail(kafka) : find_topics(kafka);
    if (failed(&err)) {
        close_tail(kafka);
        close_producer(kafka);
        (void)close(kafka->event);
        free(kafka);
        return err;
    }
    *ret_kafka = kafka;
    return OK;
}

static void give_up_all(struct kafka_intake *kafka) {
    (void)rd_kafka_purge(kafka->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)rd_kafka_flush(kafka->producer, FLUSH_MS); /* serves the callbacks of all that was purged */
    CHECK(kafka->outstanding == 0);
}

void kafka_intake_close(struct kafka_intake *kafka) {
    if (kafka == NULL) return;
    (void)rd_kafka_flush(kafka->producer, FLUSH_MS); /* what is left is given up below */
    give_up_all(kafka);
    close_tail(kafka);
    close_producer(kafka);
    (void)close(kafka->event);
    free(kafka);
}

/* ---- turning ---- */

int kafka_intake_fd(const struct kafka_intake *kafka) { return kafka->event; }
int kafka_intake_outstanding(const struct kafka_intake *kafka) { return kafka->outstanding; }
bool kafka_intake_reachable(const struct kafka_intake *kafka) { return !kafka->down; }

static void renew_producer(struct kafka_intake *kafka) {
    give_up_all(kafka);
    close_producer(kafka);
    struct err err = open_producer(kafka);
    CHECK(!failed(&err)); /* the same settings have worked before */
    kafka->broken = false;
}

/* While nobody sends because the brokers are down, nothing would show that they are back: ask, now and then and shortly. */
static void probe(struct kafka_intake *kafka) {
    if (!kafka->down || clock_monotonic_us() < kafka->probe_at_us) return;
    const struct rd_kafka_metadata *metadata;
    if (rd_kafka_metadata(kafka->producer, 0, kafka->produce_topics[0], &metadata, PROBE_MS) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_metadata_destroy(metadata);
        kafka->down = false;
        log_info("Kafka answers again");
    }
    kafka->probe_at_us = clock_monotonic_us() + PROBE_EVERY_US;
}

static void take_tail(struct kafka_intake *kafka, int records_max) {
    rd_kafka_message_t *messages[TAIL_BATCH];
    for (int left = records_max; left > 0;) {
        ssize_t got = rd_kafka_consume_batch_queue(kafka->tail, 0, messages, (size_t)(left < TAIL_BATCH ? left : TAIL_BATCH));
        if (got <= 0) return;
        for (ssize_t i = 0; i < got; i++) {
            if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                kafka->down = false;
                kafka->options.arrived(kafka->options.self, messages[i]->partition, messages[i]->offset, slice_of(messages[i]->payload, messages[i]->len));
            }
            rd_kafka_message_destroy(messages[i]);
        }
        left -= (int)got;
    }
    /* More may wait without a new signal: come back at once. */
    static const uint64_t one = 1;
    ssize_t wrote = write(kafka->event, &one, sizeof one);
    (void)wrote; /* full means that it is signalled already */
}

void kafka_intake_turn(struct kafka_intake *kafka, int records_max) {
    uint64_t count;
    ssize_t got = read(kafka->event, &count, sizeof count);
    (void)got; /* nothing there is fine: turns also come by the clock */
    (void)rd_kafka_poll(kafka->producer, 0);
    if (kafka->broken) renew_producer(kafka);
    if (kafka->consumer != NULL) (void)rd_kafka_poll(kafka->consumer, 0); /* errors */
    probe(kafka);
    if (kafka->consumer != NULL) take_tail(kafka, records_max);
}

static rd_kafka_topic_t *produced_topic(const struct kafka_intake *kafka, enum topic topic) {
    int i = 0;
    while (i < KAFKA_INTAKE_TOPICS_MAX - 1 && kafka->options.produces[i] != topic) i++;
    CHECK(topic != TOPIC_NONE && kafka->options.produces[i] == topic);
    return kafka->produce_topics[i];
}

struct err kafka_intake_send(struct kafka_intake *kafka, const struct stage_output *output) {
    CHECK(output->header_count <= STAGE_HEADERS_MAX && !output->dead_letter);
    if (kafka->broken) return ERR(AGAIN, "Kafka: the producer is being made anew");
    const struct slice value = schema_frame_put(kafka->options.frame, output->topic, output->value);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(output->header_count);
    for (size_t i = 0; i < output->header_count; i++)
        CHECK(rd_kafka_header_add(headers, output->headers[i].name, -1, output->headers[i].value.bytes, (ssize_t)output->headers[i].value.size) ==
              RD_KAFKA_RESP_ERR_NO_ERROR);
    const rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = produced_topic(kafka, output->topic)},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = output->partition},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {.ptr = (void *)(uintptr_t)output->key.bytes, .size = output->key.size}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {.ptr = (void *)(uintptr_t)value.bytes, .size = value.size}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
        {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)output->tag},
    };
    rd_kafka_error_t *error = rd_kafka_produceva(kafka->producer, fields, sizeof fields / sizeof *fields);
    if (error == NULL) {
        kafka->outstanding++;
        return OK;
    }
    struct err err = ERR(AGAIN, "Kafka: %s", rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    rd_kafka_headers_destroy(headers);
    return err;
}
