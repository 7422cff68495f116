/* Committed positions by the admin request, ends by the watermarks, ages by reading one record of each partition that is behind. It must never commit. */
#include "common/edge/kafka_lag.h"

#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/kafka_settings.h"

enum { REQUEST_MS = 2000, AGE_MS = 1000, POLL_MS = 50, FETCH_WAIT_MS = 20 };

struct look {
    rd_kafka_t *client;
    struct kafka_lag *rows;
    size_t count;
};

static struct err read_committed(const rd_kafka_event_t *event, enum topic topic, struct kafka_lag *rows, int partitions) {
    if (event == NULL) return ERR(AGAIN, "Kafka does not answer");
    if (rd_kafka_event_error((rd_kafka_event_t *)(uintptr_t)event) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return ERR(AGAIN, "Kafka: %.120s", rd_kafka_event_error_string((rd_kafka_event_t *)(uintptr_t)event));
    size_t groups;
    const rd_kafka_group_result_t **results = rd_kafka_ListConsumerGroupOffsets_result_groups(rd_kafka_event_ListConsumerGroupOffsets_result((rd_kafka_event_t *)(uintptr_t)event), &groups);
    if (groups != 1) return ERR(AGAIN, "Kafka does not know the positions of %s", topic_group(topic));
    const rd_kafka_error_t *error = rd_kafka_group_result_error(results[0]);
    if (error != NULL) return ERR(AGAIN, "Kafka: the positions of %s are not known: %.80s", topic_group(topic), rd_kafka_error_string(error));
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(results[0]);
    for (int i = 0; list != NULL && i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *found = &list->elems[i];
        if (strcmp(found->topic, topic_row(topic)->name) == 0 && found->partition >= 0 && found->partition < partitions && found->offset >= 0) rows[found->partition].committed = found->offset;
    }
    return OK;
}

static struct err ask_committed(struct look *look, enum topic topic, struct kafka_lag *rows) {
    const int partitions = topic_row(topic)->partitions;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int i = 0; i < partitions; i++) (void)rd_kafka_topic_partition_list_add(list, topic_row(topic)->name, i);
    rd_kafka_ListConsumerGroupOffsets_t *asked = rd_kafka_ListConsumerGroupOffsets_new(topic_group(topic), list);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(look->client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    char why[160];
    CHECK(rd_kafka_AdminOptions_set_request_timeout(options, REQUEST_MS, why, sizeof why) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(look->client);
    rd_kafka_ListConsumerGroupOffsets(look->client, &asked, 1, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, REQUEST_MS + REQUEST_MS / 4);
    const struct err err = read_committed(event, topic, rows, partitions);
    if (event != NULL) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(asked);
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

static int64_t unread_from(const struct kafka_lag *row) { return row->committed > row->start ? row->committed : row->start; }

static struct err ask_end(struct look *look, struct kafka_lag *row) {
    const char *name = topic_row(row->topic)->name;
    const rd_kafka_resp_err_t result = rd_kafka_query_watermark_offsets(look->client, name, row->partition, &row->start, &row->end, REQUEST_MS);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: the ends of %s/%d are not known: %s", name, (int)row->partition, rd_kafka_err2str(result));
    const int64_t from = unread_from(row);
    row->lag = row->end > from ? row->end - from : 0;
    return OK;
}

/* ---- ages ---- */

static struct kafka_lag *row_of(struct look *look, const rd_kafka_message_t *message) {
    for (size_t i = 0; i < look->count; i++)
        if (look->rows[i].partition == message->partition && strcmp(topic_row(look->rows[i].topic)->name, rd_kafka_topic_name(message->rkt)) == 0) return &look->rows[i];
    return NULL;
}

/* True: it is the first record of a partition. */
static bool take_age(struct look *look, const rd_kafka_message_t *message) {
    rd_kafka_timestamp_type_t kind;
    struct kafka_lag *row = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? row_of(look, message) : NULL;
    if (row == NULL || row->lag_seconds > 0) return false;
    const int64_t age_ms = clock_unix_ms() - rd_kafka_message_timestamp(message, &kind);
    row->lag_seconds = age_ms > 1 ? (double)age_ms / 1000 : 0.001; /* clocks differ; it was seen */
    return true;
}

static void read_ages(struct look *look) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)look->count);
    int behind = 0;
    for (size_t i = 0; i < look->count; i++) {
        if (look->rows[i].lag == 0) continue;
        rd_kafka_topic_partition_list_add(list, topic_row(look->rows[i].topic)->name, look->rows[i].partition)->offset = unread_from(&look->rows[i]);
        behind++;
    }
    const int64_t until_us = clock_monotonic_us() + (int64_t)AGE_MS * 1000;
    if (behind > 0 && rd_kafka_assign(look->client, list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        while (behind > 0 && clock_monotonic_us() < until_us) {
            rd_kafka_message_t *message = rd_kafka_consumer_poll(look->client, POLL_MS);
            if (message == NULL) continue;
            if (take_age(look, message)) behind--;
            rd_kafka_message_destroy(message);
        }
        (void)rd_kafka_assign(look->client, NULL); /* the client ends next */
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* ---- all of it ---- */

static struct err look_at_all(struct look *look, struct arena *arena) {
    size_t room = 0;
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) room += (size_t)topic_row((enum topic)topic)->partitions;
    look->rows = arena_zero(arena, room, sizeof *look->rows);
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        if (topic_group((enum topic)topic) == NULL) continue;
        struct kafka_lag *rows = look->rows + look->count;
        for (int i = 0; i < topic_row((enum topic)topic)->partitions; i++) rows[i] = (struct kafka_lag){.topic = (enum topic)topic, .partition = i, .committed = -1};
        TRY(ask_committed(look, (enum topic)topic, rows));
        for (int i = 0; i < topic_row((enum topic)topic)->partitions; i++, look->count++) TRY(ask_end(look, &rows[i]));
    }
    read_ages(look);
    return OK;
}

struct err kafka_lag_look(const char *brokers, struct arena *arena, struct kafka_lag **ret_rows, size_t *ret_count) {
    const struct kafka_options settings = {.brokers = brokers, .member = "payung-lag", .fetch_wait_ms = FETCH_WAIT_MS};
    struct look look = {.client = NULL};
    rd_kafka_conf_t *conf;
    char why[160];
    TRY(kafka_settings(KAFKA_TAIL, &settings, &conf));
    look.client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (look.client == NULL) {
        rd_kafka_conf_destroy(conf);
        return ERR(FATAL, "librdkafka can't start: %s", why);
    }
    (void)rd_kafka_poll_set_consumer(look.client);
    const struct err err = look_at_all(&look, arena);
    rd_kafka_destroy_flags(look.client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    if (failed(&err)) return err;
    *ret_rows = look.rows;
    *ret_count = look.count;
    return OK;
}
