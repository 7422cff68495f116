/* librdkafka's admin requests, one at a time and waited for. It must never change or delete a topic that exists: partitions carry the lineage. */
#include "common/edge/kafka_admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/kafka_settings.h"

enum { TOPICS_MAX = 64, REQUEST_MS = 15000, SETTLE_TRIES = 100, SETTLE_MS = 50 };

struct kafka_admin {
    rd_kafka_t *client;
};

struct err kafka_admin_open(const char *brokers, struct kafka_admin **ret_admin) {
    const struct kafka_options options = {.brokers = brokers, .member = "payung-admin"};
    rd_kafka_conf_t *conf;
    char why[160];
    TRY(kafka_settings(KAFKA_PRODUCER, &options, &conf));
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (client == NULL) {
        rd_kafka_conf_destroy(conf);
        return ERR(FATAL, "librdkafka can't start: %s", why);
    }
    struct kafka_admin *admin = calloc(1, sizeof *admin);
    CHECK(admin != NULL);
    admin->client = client;
    *ret_admin = admin;
    return OK;
}

void kafka_admin_close(struct kafka_admin *admin) {
    if (admin == NULL) return;
    rd_kafka_destroy(admin->client);
    free(admin);
}

static void judge(const struct rd_kafka_metadata *metadata, const struct kafka_topic *topic, enum kafka_topic_state *ret_state, int *ret_partitions, bool *ret_led) {
    *ret_state = KAFKA_TOPIC_MISSING;
    *ret_partitions = 0;
    for (int i = 0; i < metadata->topic_cnt; i++) {
        const struct rd_kafka_metadata_topic *found = &metadata->topics[i];
        if (strcmp(found->topic, topic->name) != 0 || found->partition_cnt == 0) continue;
        *ret_partitions = found->partition_cnt;
        *ret_state = found->partition_cnt == topic->partitions ? KAFKA_TOPIC_THERE : KAFKA_TOPIC_DIFFERS;
        for (int k = 0; k < found->partition_cnt; k++) *ret_led = *ret_led && found->partitions[k].leader >= 0;
    }
}

static struct err look(struct kafka_admin *admin, const struct kafka_topic *topics, int count, enum kafka_topic_state *ret_states, int *ret_partitions, bool *ret_led) {
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t err = rd_kafka_metadata(admin->client, 1, NULL, &metadata, REQUEST_MS);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka does not answer: %s", rd_kafka_err2str(err));
    *ret_led = true;
    for (int i = 0; i < count; i++) judge(metadata, &topics[i], &ret_states[i], &ret_partitions[i], ret_led);
    rd_kafka_metadata_destroy(metadata);
    return OK;
}

struct err kafka_topics_look(struct kafka_admin *admin, const struct kafka_topic *topics, int count, enum kafka_topic_state *ret_states, int *ret_partitions) {
    bool led;
    return look(admin, topics, count, ret_states, ret_partitions, &led);
}

static rd_kafka_NewTopic_t *new_topic(const struct kafka_topic *topic) {
    char why[160], retention[32];
    rd_kafka_NewTopic_t *fresh = rd_kafka_NewTopic_new(topic->name, topic->partitions, -1, why, sizeof why); /* -1: the broker's replication */
    CHECK(fresh != NULL);
    (void)snprintf(retention, sizeof retention, "%" PRId64, (int64_t)topic->retention_days * 86400000); /* fits */
    CHECK(rd_kafka_NewTopic_set_config(fresh, "retention.ms", retention) == RD_KAFKA_RESP_ERR_NO_ERROR);
    CHECK(rd_kafka_NewTopic_set_config(fresh, "cleanup.policy", "delete") == RD_KAFKA_RESP_ERR_NO_ERROR);
    CHECK(rd_kafka_NewTopic_set_config(fresh, "message.timestamp.type", "CreateTime") == RD_KAFKA_RESP_ERR_NO_ERROR);
    return fresh;
}

static struct err read_results(rd_kafka_event_t *event) {
    if (event == NULL) return ERR(AGAIN, "Kafka does not answer");
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: %s", rd_kafka_event_error_string(event));
    size_t count;
    const rd_kafka_topic_result_t **results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t err = rd_kafka_topic_result_error(results[i]);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR && err != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
            return ERR(FATAL, "Kafka does not make %s: %s", rd_kafka_topic_result_name(results[i]), rd_kafka_topic_result_error_string(results[i]));
    }
    return OK;
}

struct err kafka_topics_make(struct kafka_admin *admin, const struct kafka_topic *topics, int count) {
    CHECK(count > 0 && count <= TOPICS_MAX);
    rd_kafka_NewTopic_t *fresh[TOPICS_MAX];
    for (int i = 0; i < count; i++) fresh[i] = new_topic(&topics[i]);
    char why[160];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(admin->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    CHECK(rd_kafka_AdminOptions_set_request_timeout(options, REQUEST_MS, why, sizeof why) == RD_KAFKA_RESP_ERR_NO_ERROR);
    CHECK(rd_kafka_AdminOptions_set_operation_timeout(options, REQUEST_MS, why, sizeof why) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->client);
    rd_kafka_CreateTopics(admin->client, fresh, (size_t)count, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 2 * REQUEST_MS);
    struct err err = read_results(event);
    if (event != NULL) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    for (int i = 0; i < count; i++) rd_kafka_NewTopic_destroy(fresh[i]);
    if (failed(&err)) return err;
    for (int i = 0; i < SETTLE_TRIES; i++) {
        enum kafka_topic_state states[TOPICS_MAX];
        int partitions[TOPICS_MAX];
        bool led, there = true;
        TRY(look(admin, topics, count, states, partitions, &led));
        for (int k = 0; k < count; k++) there = there && states[k] != KAFKA_TOPIC_MISSING;
        if (there && led) return OK;
        clock_wait_ms(SETTLE_MS);
    }
    return ERR(AGAIN, "Kafka has taken the topics, but they have no leaders yet");
}

static void read_setting(const rd_kafka_ConfigEntry_t *entry, struct kafka_topic_settings *settings) {
    const char *name = rd_kafka_ConfigEntry_name(entry), *value = rd_kafka_ConfigEntry_value(entry);
    if (value == NULL) return;
    if (strcmp(name, "retention.ms") == 0) settings->retention_ms = strtoll(value, NULL, 10);
    if (strcmp(name, "cleanup.policy") == 0) settings->deletes = strcmp(value, "delete") == 0;
}

static struct err read_settings(rd_kafka_event_t *event, const struct kafka_topic *topics, int count, struct kafka_topic_settings *ret_settings) {
    if (event == NULL) return ERR(AGAIN, "Kafka does not answer");
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: %.120s", rd_kafka_event_error_string(event));
    size_t resources, entries;
    const rd_kafka_ConfigResource_t **found = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &resources);
    for (size_t i = 0; i < resources; i++) {
        const rd_kafka_ConfigEntry_t **list = rd_kafka_ConfigResource_configs(found[i], &entries);
        if (rd_kafka_ConfigResource_error(found[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: %.120s", rd_kafka_ConfigResource_error_string(found[i]));
        for (int topic = 0; topic < count; topic++)
            for (size_t k = 0; k < entries && strcmp(topics[topic].name, rd_kafka_ConfigResource_name(found[i])) == 0; k++) read_setting(list[k], &ret_settings[topic]);
    }
    return OK;
}

struct err kafka_topics_settings(struct kafka_admin *admin, const struct kafka_topic *topics, int count, struct kafka_topic_settings *ret_settings) {
    CHECK(count > 0 && count <= TOPICS_MAX);
    rd_kafka_ConfigResource_t *asked[TOPICS_MAX];
    char why[160];
    for (int i = 0; i < count; i++) {
        asked[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topics[i].name);
        ret_settings[i] = (struct kafka_topic_settings){.retention_ms = 0};
    }
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(admin->client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    CHECK(rd_kafka_AdminOptions_set_request_timeout(options, REQUEST_MS, why, sizeof why) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(admin->client);
    rd_kafka_DescribeConfigs(admin->client, asked, (size_t)count, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 2 * REQUEST_MS);
    const struct err err = read_settings(event, topics, count, ret_settings);
    if (event != NULL) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    for (int i = 0; i < count; i++) rd_kafka_ConfigResource_destroy(asked[i]);
    return err;
}
