/* Schemas of topics in a registry that speaks Confluent's API (Confluent, Apicurio, Karapace, Redpanda): each .proto file that a topic's file imports is a subject by its path, each topic's own the subject
 * "<topic>-value". A file that the registry has already keeps its number, so doing it again changes nothing. */
#ifndef PAYUNG_SCHEMA_REGISTRY_H
#define PAYUNG_SCHEMA_REGISTRY_H

#include <stdint.h>

#include "common/base/err.h"
#include "proto/topics.h"

enum { SCHEMA_WHY_MAX = 240 };
/* folder: of the .proto files, share/payung/proto. ret_ids by topic. Errors: AGAIN the registry does not answer; PARK it refuses, or a file is missing: ret_why says which and what. */
MUST_USE struct err schemas_register(const char *registry_url, const char *folder, uint32_t ret_ids[TOPIC_LIMIT], char ret_why[SCHEMA_WHY_MAX]);

#endif
