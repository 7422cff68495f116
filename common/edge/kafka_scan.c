/* A consumer without a group that reads known ranges. It must never take silence for an end: an end is an offset that was asked for before the first record was read. */
#include "common/edge/kafka_scan.h"

#include "common/edge/clock.h"
#include "common/edge/kafka_settings.h"

enum { REQUEST_MS = 5000, POLL_MS = 100, FETCH_WAIT_MS = 100 };

struct scan_partition {
    int64_t next, end; /* next to be read; behind the last one */
};

struct scan {
    const struct kafka_scan_options *options;
    const char *name;
    rd_kafka_t *client;
    struct scan_partition partitions[STAGE_PARTITIONS_MAX];
    int count, unfinished;
};

static struct err find_partitions(struct scan *scan) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(scan->client, scan->name, NULL);
    CHECK(topic != NULL);
    rd_kafka_resp_err_t result = rd_kafka_metadata(scan->client, 0, topic, &metadata, REQUEST_MS);
    rd_kafka_topic_destroy(topic);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka does not answer: %s", rd_kafka_err2str(result));
    const int found = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_metadata_destroy(metadata);
    scan->count = topic_row(scan->options->topic)->partitions;
    CHECK(scan->count <= STAGE_PARTITIONS_MAX);
    if (found < scan->count) return ERR(FATAL, "%s has %d partitions instead of %d: it is not the topic of this ledger", scan->name, found, scan->count);
    return OK;
}

static struct err find_end(struct scan *scan, int32_t partition) {
    int64_t low, high;
    rd_kafka_resp_err_t result = rd_kafka_query_watermark_offsets(scan->client, scan->name, partition, &low, &high, REQUEST_MS);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: the ends of %s/%d are not known: %s", scan->name, (int)partition, rd_kafka_err2str(result));
    if (low > 0 && !scan->options->may_be_cut)
        return ERR(FATAL, "%s/%d begins at offset %lld: retention has removed its beginning, so it can't be read whole", scan->name, (int)partition, (long long)low);
    scan->partitions[partition] = (struct scan_partition){.next = low, .end = high};
    scan->unfinished += high > low;
    return OK;
}

static struct err assign(struct scan *scan) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(scan->count);
    for (int32_t i = 0; i < scan->count; i++)
        if (scan->partitions[i].end > scan->partitions[i].next) rd_kafka_topic_partition_list_add(list, scan->name, i)->offset = scan->partitions[i].next;
    rd_kafka_resp_err_t result = rd_kafka_assign(scan->client, list);
    rd_kafka_topic_partition_list_destroy(list);
    return result == RD_KAFKA_RESP_ERR_NO_ERROR ? OK : ERR(AGAIN, "Kafka: %s can't be read: %s", scan->name, rd_kafka_err2str(result));
}

/* No more of it is fetched. */
static void pause_partition(struct scan *scan, int32_t partition) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(list, scan->name, partition);
    (void)rd_kafka_pause_partitions(scan->client, list); /* if not, its records are dropped here */
    rd_kafka_topic_partition_list_destroy(list);
}

static struct err take(struct scan *scan, const rd_kafka_message_t *message) {
    CHECK(message->partition >= 0 && message->partition < scan->count);
    struct scan_partition *partition = &scan->partitions[message->partition];
    if (partition->next >= partition->end) return OK; /* written since the start */
    if (message->offset != partition->next)
        return ERR(FATAL, "%s/%d has offset %lld where %lld comes next: records are missing", scan->name, (int)message->partition, (long long)message->offset, (long long)partition->next);
    const struct kafka_scan_record record = {.partition = message->partition, .bytes = slice_of(message->payload, message->len)};
    TRY(scan->options->visit(scan->options->self, &record));
    if (++partition->next < partition->end) return OK;
    scan->unfinished--;
    pause_partition(scan, message->partition);
    return OK;
}

/* What an error that came in place of a record means: most go away by themselves. */
static struct err judge(const struct scan *scan, const rd_kafka_message_t *message) {
    switch (message->err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: return OK;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return ERR(FATAL, "%s/%d lost records while it was read", scan->name, (int)message->partition);
    default: return ERR(AGAIN, "Kafka: %s/%d can't be read: %s", scan->name, (int)message->partition, rd_kafka_err2str(message->err));
    }
}

static struct err read_all(struct scan *scan) {
    const int64_t patience_us = (int64_t)SCAN_PATIENCE_MS * 1000;
    int64_t until_us = clock_monotonic_us() + patience_us;
    while (scan->unfinished > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(scan->client, POLL_MS);
        if (message == NULL) {
            if (clock_monotonic_us() >= until_us) return ERR(AGAIN, "Kafka: nothing of %s came for %lld s", scan->name, (long long)(patience_us / 1000000));
            continue;
        }
        const bool is_record = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
        struct err err = is_record ? take(scan, message) : judge(scan, message);
        rd_kafka_message_destroy(message);
        if (failed(&err)) return err;
        if (is_record) until_us = clock_monotonic_us() + patience_us;
    }
    return OK;
}

static struct err scan_all(struct scan *scan) {
    TRY(find_partitions(scan));
    for (int32_t i = 0; i < scan->count; i++) TRY(find_end(scan, i));
    if (scan->unfinished == 0) return OK;
    TRY(assign(scan));
    return read_all(scan);
}

struct err kafka_scan(const struct kafka_scan_options *options) {
    CHECK(options->brokers != NULL && options->visit != NULL);
    const struct kafka_options settings = {.brokers = options->brokers, .member = "payung-scan", .fetch_wait_ms = FETCH_WAIT_MS};
    struct scan scan = {.options = options, .name = topic_row(options->topic)->name};
    rd_kafka_conf_t *conf;
    char why[160];
    TRY(kafka_settings(KAFKA_TAIL, &settings, &conf));
    scan.client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (scan.client == NULL) {
        rd_kafka_conf_destroy(conf);
        return ERR(FATAL, "librdkafka can't start: %s", why);
    }
    (void)rd_kafka_poll_set_consumer(scan.client);
    struct err err = scan_all(&scan);
    (void)rd_kafka_assign(scan.client, NULL);
    rd_kafka_destroy_flags(scan.client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return err;
}
