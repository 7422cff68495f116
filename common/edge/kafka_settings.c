/* What we tell librdkafka. Sources: exactly-once by lineage needs order and no silent skip; memory is capped because the defaults are made for
 * machines with a service each (64 MB a partition, 1 GB of output); the latency of the real-time lane needs no waiting anywhere. */
#include "common/edge/kafka_settings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/log.h"

extern char **environ;

struct setting {
    const char *name, *value;
    bool newer; /* 2.0.2 does not know it: skipped there */
};

static const struct setting settings_of_all[] = {
    {"socket.nagle.disable", "true", false},               /* on by default until 2.10: 40 ms a hop */
    {"reconnect.backoff.ms", "50", false},
    {"reconnect.backoff.max.ms", "1000", false},           /* back soon after a broker's restart */
    {"topic.metadata.refresh.interval.ms", "30000", false},
    {"log.connection.close", "false", false},
    {"enable.metrics.push", "false", true},
    {NULL, NULL, false},
};
static const struct setting settings_of_consumers[] = {
    {"enable.auto.commit", "false", false},
    {"enable.auto.offset.store", "false", false},
    {"auto.offset.reset", "error", false},                 /* never skip silently */
    {"isolation.level", "read_uncommitted", false},        /* nothing here is transactional, so nothing may be hidden */
    {"check.crcs", "true", false},
    {"allow.auto.create.topics", "false", false},
    {"queued.max.messages.kbytes", "4096", false},
    {"queued.min.messages", "5000", false},             /* each costs some hundred bytes beside its payload */
    {"fetch.message.max.bytes", "1048576", false},
    {"fetch.error.backoff.ms", "100", false},
    {"fetch.queue.backoff.ms", "50", true},
    {NULL, NULL, false},
};
static const struct setting settings_of_member[] = {
    {"partition.assignment.strategy", "range", false},     /* 0-realtime gets the lower half, 1-bulk the upper one */
    {"session.timeout.ms", "10000", false},
    {"heartbeat.interval.ms", "1000", false},              /* a rebalance is noticed within a second */
    {"enable.partition.eof", "false", false},
    {NULL, NULL, false},
};
static const struct setting settings_of_tail[] = {
    {"group.id", "payung-tail", false},                    /* demanded by the library; the handle never joins it */
    {"enable.partition.eof", "true", false},
    {"fetch.wait.max.ms", "10", false},
    {NULL, NULL, false},
};
static const struct setting settings_of_producer[] = {
    {"enable.idempotence", "true", false},
    {"enable.gapless.guarantee", "true", false},
    {"acks", "all", false},
    {"retries", "2147483647", false},
    {"message.timeout.ms", "0", false},                    /* endless: an outage is waited out, nothing is given up */
    {"retry.backoff.ms", "50", false},
    {"queue.buffering.max.kbytes", "16384", false},
    {"queue.buffering.max.messages", "100000", false},
    {"batch.size", "262144", false},
    {NULL, NULL, false},
};

static struct err set_one(rd_kafka_conf_t *conf, const char *name, const char *value, bool may_be_unknown) {
    char why[256];
    rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, value, why, sizeof why);
    if (result == RD_KAFKA_CONF_OK || (result == RD_KAFKA_CONF_UNKNOWN && may_be_unknown)) return OK;
    return ERR(FATAL, "librdkafka refuses %s=%.60s: %.120s", name, value, why);
}

static struct err set_table(rd_kafka_conf_t *conf, const struct setting *table) {
    for (const struct setting *row = table; row->name != NULL; row++) TRY(set_one(conf, row->name, row->value, row->newer));
    return OK;
}

static struct err set_number(rd_kafka_conf_t *conf, const char *name, int value) {
    char text[16];
    (void)snprintf(text, sizeof text, "%d", value);
    return set_one(conf, name, text, false);
}

/* KAFKA_SOCKET_TIMEOUT_MS=5000 -> socket.timeout.ms=5000. */
static struct err set_from_environment(rd_kafka_conf_t *conf) {
    static const char prefix[] = "KAFKA_";
    enum { NAME_MAX_BYTES = 96 };
    for (char **pair = environ; *pair != NULL; pair++) {
        if (strncmp(*pair, prefix, sizeof prefix - 1) != 0) continue;
        const char *from = *pair + sizeof prefix - 1, *equals = strchr(from, '=');
        if (equals == NULL || equals == from || equals - from >= NAME_MAX_BYTES) continue;
        char name[NAME_MAX_BYTES], why[256];
        size_t size = (size_t)(equals - from);
        for (size_t i = 0; i < size; i++) name[i] = from[i] == '_' ? '.' : (char)tolower((unsigned char)from[i]);
        name[size] = '\0';
        rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, name, equals + 1, why, sizeof why);
        if (result == RD_KAFKA_CONF_UNKNOWN) log_warning("librdkafka knows no such property", LOG_TEXT("property", name));
        if (result == RD_KAFKA_CONF_INVALID) return ERR(FATAL, "KAFKA_%.*s is refused by librdkafka: %.120s", (int)size, from, why);
    }
    return OK;
}

static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *text) {
    if (level <= 3) log_warning("librdkafka", LOG_TEXT("facility", facility), LOG_TEXT("text", text)); /* our own errors say what it means for us */
    else log_debug("librdkafka", LOG_TEXT("facility", facility), LOG_TEXT("text", text));
}

static struct err fill(rd_kafka_conf_t *conf, enum kafka_kind kind, const struct kafka_options *options) {
    TRY(set_one(conf, "bootstrap.servers", options->brokers, false));
    TRY(set_one(conf, "client.id", options->member, false));
    TRY(set_table(conf, settings_of_all));
    if (kind == KAFKA_PRODUCER) {
        TRY(set_table(conf, settings_of_producer));
        TRY(set_number(conf, "linger.ms", options->linger_ms));
    } else {
        TRY(set_table(conf, settings_of_consumers));
        TRY(set_number(conf, "fetch.wait.max.ms", options->fetch_wait_ms));
    }
    if (kind == KAFKA_MEMBER) {
        TRY(set_one(conf, "group.id", options->group, false));
        TRY(set_one(conf, "group.instance.id", options->member, false));
        TRY(set_table(conf, settings_of_member));
    }
    TRY(set_from_environment(conf));
    return kind == KAFKA_TAIL ? set_table(conf, settings_of_tail) : OK;
}

struct err kafka_settings(enum kafka_kind kind, const struct kafka_options *options, rd_kafka_conf_t **ret_conf) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, on_log);
    struct err err = fill(conf, kind, options);
    if (failed(&err)) rd_kafka_conf_destroy(conf);
    else *ret_conf = conf;
    return err;
}
