/* A Kafka in this process for tests: librdkafka's mock cluster with all topics of Payung and their letters, and plain clients, which write and read around our own code.
 *
 *   struct mock mock;
 *   mock_open(&mock, 0);                                  partitions as topics.def says
 *   rd_kafka_t *writer = mock_client(RD_KAFKA_PRODUCER, mock.brokers);
 *   mock_write(writer, TOPIC_PAYMENT, 0, bytes);          on its way; rd_kafka_flush waits for it
 *   rd_kafka_destroy(writer);
 *   mock_close(&mock);
 *
 * What fails fails the test. */
#ifndef PAYUNG_TESTS_WIRE_MOCK_H
#define PAYUNG_TESTS_WIRE_MOCK_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>

#include "common/base/slice.h"
#include "proto/topics.h"
#include "tests/unit/cmocka_all.h"

struct mock {
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *cluster;
    char brokers[256];
};

static inline void mock_set(rd_kafka_conf_t *conf, const char *name, const char *value) {
    char why[256];
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) fail_msg("%s: %s", name, why);
}

/* A consumer tells of the end of a partition. */
static inline rd_kafka_t *mock_client(rd_kafka_type_t type, const char *brokers) {
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (brokers != NULL) mock_set(conf, "bootstrap.servers", brokers);
    if (type == RD_KAFKA_CONSUMER) {
        mock_set(conf, "group.id", "test");
        mock_set(conf, "enable.partition.eof", "true");
        mock_set(conf, "fetch.wait.max.ms", "10");
    }
    rd_kafka_conf_set_log_cb(conf, NULL);
    rd_kafka_t *handle = rd_kafka_new(type, conf, why, sizeof why);
    if (handle == NULL) fail_msg("%s", why);
    return handle;
}

/* Every topic gets so many partitions; 0: those of topics.def. */
static inline void mock_open(struct mock *mock, int partitions) {
    mock->host = mock_client(RD_KAFKA_PRODUCER, NULL);
    mock->cluster = rd_kafka_mock_cluster_new(mock->host, 1);
    assert_non_null(mock->cluster);
#if RD_KAFKA_VERSION >= 0x020800ff
    rd_kafka_mock_group_initial_rebalance_delay_ms(mock->cluster, 0);
#endif
    (void)snprintf(mock->brokers, sizeof mock->brokers, "%s", rd_kafka_mock_cluster_bootstraps(mock->cluster));
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++) {
        const struct topic_row *row = topic_row((enum topic)topic);
        assert_int_equal(rd_kafka_mock_topic_create(mock->cluster, row->name, partitions > 0 ? partitions : row->partitions, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
        assert_int_equal(rd_kafka_mock_topic_create(mock->cluster, row->dlq, 1, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
    }
}

static inline void mock_close(struct mock *mock) {
    rd_kafka_mock_cluster_destroy(mock->cluster);
    rd_kafka_destroy(mock->host);
}

static inline void mock_write(rd_kafka_t *writer, enum topic topic, int32_t partition, struct slice value) {
    assert_int_equal(rd_kafka_producev(writer, RD_KAFKA_V_TOPIC(topic_row(topic)->name), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                                       RD_KAFKA_V_VALUE((void *)(uintptr_t)value.bytes, value.size), RD_KAFKA_V_END), RD_KAFKA_RESP_ERR_NO_ERROR);
}

#endif
