/* Reads a topic whole: each partition from offset 0 to the end that it has at the start, without a group and without moving anybody's position. For proofs, which must see
 * everything or say that they can't. Order is kept within a partition; partitions come mixed. Memory is bounded by what the library fetches ahead (4 MiB).
 *
 *   static struct err visit(void *self, const struct kafka_scan_record *record) { ... return OK; }
 *   TRY(kafka_scan(&(struct kafka_scan_options){.brokers = brokers, .topic = TOPIC_DECIDED, .visit = visit, .self = self}));
 *
 * Errors: FATAL when a partition does not begin at offset 0 (retention has removed its beginning; unless may_be_cut) or has a hole, and when the topic has fewer partitions than
 * topics.def says; AGAIN when the brokers do not answer, or nothing came for SCAN_PATIENCE_MS; and whatever visit returns, which ends the scan. */
#ifndef PAYUNG_EDGE_KAFKA_SCAN_H
#define PAYUNG_EDGE_KAFKA_SCAN_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/base/slice.h"
#include "proto/topics.h"

enum { SCAN_PATIENCE_MS = 30000 };

struct kafka_scan_record {
    int32_t partition;
    struct slice bytes; /* lives until visit returns */
};

struct kafka_scan_options {
    const char *brokers;
    enum topic topic;
    struct err (*visit)(void *self, const struct kafka_scan_record *record);
    void *self;
    bool may_be_cut; /* reads what is left when retention has removed the beginning: for searches, never for proofs */
};

MUST_USE struct err kafka_scan(const struct kafka_scan_options *options);

#endif
