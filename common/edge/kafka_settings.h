/* The settings of every librdkafka handle of the stages, one table a kind with the reason beside the value. Internal to kafka*.c. */
#ifndef PAYUNG_EDGE_KAFKA_SETTINGS_H
#define PAYUNG_EDGE_KAFKA_SETTINGS_H

#include <librdkafka/rdkafka.h>

#include "common/edge/kafka.h"

enum kafka_kind { KAFKA_MEMBER, KAFKA_PRODUCER, KAFKA_TAIL };

/* A configuration that the caller gives to rd_kafka_new or destroys; logs go to common/edge/log.h, KAFKA_<PROPERTY> wins over the tables. */
MUST_USE struct err kafka_settings(enum kafka_kind kind, const struct kafka_options *options, rd_kafka_conf_t **ret_conf);

#endif
