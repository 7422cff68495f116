/* Where an application stands in Kafka: for each attempt and each topic of its path the record with its origin. A stage gives one output for each input, in order, so the record stands at the offset
 * of its origin or, where a restart has repeated some, a little behind it. */
#ifndef PAYUNG_WHY_H
#define PAYUNG_WHY_H

#include "common/base/err.h"

struct json_t;
/* attempts: objects with partition, epoch, origin; each gets "stages": [{topic, partition, offset, time, source, message}], offset null where retention has removed it. AGAIN: Kafka does not answer. */
MUST_USE struct err why_stages(const char *brokers, struct json_t *attempts);

#endif
