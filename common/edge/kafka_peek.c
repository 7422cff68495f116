/* A consumer without a group that is assigned one partition at a time. It must never commit, and never take silence for an end that was asked for. */
#include "common/edge/kafka_peek.h"

#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/kafka_settings.h"

enum { REQUEST_MS = 5000, POLL_MS = 50, FETCH_WAIT_MS = 20 };

struct kafka_peek {
    rd_kafka_t *client;
    rd_kafka_message_t *held; /* the record that kafka_peek_next told last; NULL: none */
    struct kafka_peek_header headers[PEEK_HEADERS_MAX]; /* its */
};

struct err kafka_peek_open(const char *brokers, struct kafka_peek **ret_peek) {
    const struct kafka_options settings = {.brokers = brokers, .member = "payung-peek", .fetch_wait_ms = FETCH_WAIT_MS};
    rd_kafka_conf_t *conf;
    char why[160];
    TRY(kafka_settings(KAFKA_TAIL, &settings, &conf));
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        return ERR(FATAL, "librdkafka can't start: %s", why);
    }
    (void)rd_kafka_poll_set_consumer(client);
    struct kafka_peek *peek = calloc(1, sizeof *peek);
    CHECK(peek != NULL);
    peek->client = client;
    *ret_peek = peek;
    return OK;
}

void kafka_peek_close(struct kafka_peek *peek) {
    if (peek == NULL) return;
    if (peek->held != NULL) rd_kafka_message_destroy(peek->held);
    rd_kafka_destroy_flags(peek->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(peek);
}

struct err kafka_peek_ends(struct kafka_peek *peek, const char *topic, int32_t partition, int64_t *ret_start, int64_t *ret_end) {
    int64_t start, end;
    const rd_kafka_resp_err_t result = rd_kafka_query_watermark_offsets(peek->client, topic, partition, &start, &end, REQUEST_MS);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: the ends of %.80s/%d are not known: %s", topic, (int)partition, rd_kafka_err2str(result));
    *ret_start = start;
    *ret_end = end;
    return OK;
}

static size_t read_headers(const rd_kafka_message_t *message, struct kafka_peek_header headers[PEEK_HEADERS_MAX]) {
    rd_kafka_headers_t *found = NULL;
    size_t count = 0;
    if (rd_kafka_message_headers(message, &found) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
    for (size_t i = 0; count < PEEK_HEADERS_MAX; i++) {
        const char *name;
        const void *value;
        size_t size;
        if (rd_kafka_header_get_all(found, i, &name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) break;
        headers[count++] = (struct kafka_peek_header){.name = name, .value = slice_of(value, size)};
    }
    return count;
}

static struct kafka_peek_record record_of(const rd_kafka_message_t *message, struct kafka_peek_header headers[PEEK_HEADERS_MAX]) {
    rd_kafka_timestamp_type_t kind;
    return (struct kafka_peek_record){.partition = message->partition, .offset = message->offset, .timestamp_ms = rd_kafka_message_timestamp(message, &kind), .key = slice_of(message->key, message->key_len),
                                      .value = slice_of(message->payload, message->len), .headers = headers, .header_count = read_headers(message, headers)};
}

/* False: enough. */
static bool tell(const struct kafka_peek_range *range, const rd_kafka_message_t *message) {
    struct kafka_peek_header headers[PEEK_HEADERS_MAX];
    const struct kafka_peek_record record = record_of(message, headers);
    if (range->to != PEEK_FOLLOW && record.offset >= range->to) return false;
    return range->visit(range->self, &record) && (range->to == PEEK_FOLLOW || record.offset + 1 < range->to);
}

static struct err read_on(struct kafka_peek *peek, const struct kafka_peek_range *range) {
    const int64_t patience_us = (int64_t)PEEK_PATIENCE_MS * 1000;
    for (int64_t until_us = clock_monotonic_us() + patience_us;;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(peek->client, POLL_MS);
        if (message == NULL && range->idle != NULL && !range->idle(range->self)) return OK;
        if (message == NULL && range->to != PEEK_FOLLOW && clock_monotonic_us() >= until_us) return ERR(AGAIN, "Kafka: nothing of %.80s/%d came for %d s", range->topic, (int)range->partition, PEEK_PATIENCE_MS / 1000);
        if (message == NULL) continue;
        const bool is_record = message->err == RD_KAFKA_RESP_ERR_NO_ERROR && (range->partition == PEEK_ALL || message->partition == range->partition);
        const bool goes_on = !is_record || tell(range, message);
        rd_kafka_message_destroy(message);
        if (!goes_on) return OK;
        if (is_record) until_us = clock_monotonic_us() + patience_us;
    }
}

static int64_t first_offset(const struct kafka_peek_range *range) {
    if (range->last > 0) return RD_KAFKA_OFFSET_TAIL(range->last);
    return range->from == PEEK_BEGINNING ? RD_KAFKA_OFFSET_BEGINNING : range->from == PEEK_END ? RD_KAFKA_OFFSET_END : range->from;
}

static struct err assign(struct kafka_peek *peek, const struct kafka_peek_range *range) {
    const int first = range->partition == PEEK_ALL ? 0 : range->partition, end = range->partition == PEEK_ALL ? range->partitions : range->partition + 1;
    CHECK(end > first && ((range->partition != PEEK_ALL && range->last == 0) || range->to == PEEK_FOLLOW));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(end - first);
    for (int i = first; i < end; i++) rd_kafka_topic_partition_list_add(list, range->topic, i)->offset = first_offset(range);
    const rd_kafka_resp_err_t result = rd_kafka_assign(peek->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return result == RD_KAFKA_RESP_ERR_NO_ERROR ? OK : ERR(AGAIN, "Kafka: %.80s can't be read: %s", range->topic, rd_kafka_err2str(result));
}

struct err kafka_peek_read(struct kafka_peek *peek, const struct kafka_peek_range *range) {
    if (range->to != PEEK_FOLLOW && range->from >= range->to) return OK;
    TRY(assign(peek, range));
    const struct err err = read_on(peek, range);
    (void)rd_kafka_assign(peek->client, NULL); /* the next read assigns anew */
    return err;
}

struct err kafka_peek_follow(struct kafka_peek *peek, const struct kafka_peek_range *range) {
    CHECK(range->to == PEEK_FOLLOW);
    return assign(peek, range);
}

int kafka_peek_poll(struct kafka_peek *peek, const struct kafka_peek_range *range, int most) {
    int count = 0;
    for (; count < most; count++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(peek->client, 0);
        if (message == NULL) break;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) (void)tell(range, message); /* of what is followed there is never enough */
        rd_kafka_message_destroy(message);
    }
    return count;
}

/* ---- several topics, from their ends ---- */

static struct err add_ends(struct kafka_peek *peek, enum topic topic, rd_kafka_topic_partition_list_t *list) {
    for (int32_t partition = 0; partition < topic_row(topic)->partitions; partition++) {
        int64_t start, end;
        TRY(kafka_peek_ends(peek, topic_row(topic)->name, partition, &start, &end));
        rd_kafka_topic_partition_list_add(list, topic_row(topic)->name, partition)->offset = end;
    }
    return OK;
}

struct err kafka_peek_follow_topics(struct kafka_peek *peek, const enum topic *topics, size_t count) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    struct err err = OK;
    for (size_t i = 0; i < count && !failed(&err); i++) err = add_ends(peek, topics[i], list);
    if (!failed(&err)) {
        const rd_kafka_resp_err_t result = rd_kafka_assign(peek->client, list);
        if (result != RD_KAFKA_RESP_ERR_NO_ERROR) err = ERR(AGAIN, "Kafka: the topics can't be followed: %s", rd_kafka_err2str(result));
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

static enum topic topic_named(const char *name) {
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++)
        if (strcmp(topic_row((enum topic)topic)->name, name) == 0) return (enum topic)topic;
    return TOPIC_NONE;
}

bool kafka_peek_next(struct kafka_peek *peek, int wait_ms, enum topic *ret_topic, struct kafka_peek_record *ret_record) {
    if (peek->held != NULL) rd_kafka_message_destroy(peek->held);
    peek->held = rd_kafka_consumer_poll(peek->client, wait_ms);
    if (peek->held == NULL || peek->held->err != RD_KAFKA_RESP_ERR_NO_ERROR) return false; /* an error is waited out: librdkafka tries again by itself */
    *ret_topic = topic_named(rd_kafka_topic_name(peek->held->rkt));
    CHECK(*ret_topic != TOPIC_NONE);
    *ret_record = record_of(peek->held, peek->headers);
    return true;
}
