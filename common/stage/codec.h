/* One row a topic: how its bytes become a message and back, and where a message bears its lineage, its application and its key. So the loop
 * needs no word about messages. Decoding answers NULL for bytes that can't be read; memory is the arena's. */
#ifndef PAYUNG_STAGE_CODEC_H
#define PAYUNG_STAGE_CODEC_H

#include "common/base/arena.h"
#include "common/domain/application.h"
#include "proto/topics.h"

struct codec_view {
    struct lineage lineage;
    struct id application_id;
    uint32_t attempt;
    struct slice agreement_id;  /* the key of the record */
    int64_t time_ms;            /* when it was submitted or decided; 0 unknown */
};

void *codec_decode(enum topic topic, struct arena *arena, struct slice bytes);
struct slice codec_encode(enum topic topic, struct arena *arena, const void *message);
struct codec_view codec_view(enum topic topic, const void *message);
/* `submitted` only: the reader fills the origin. */
void codec_set_origin(void *submitted, int64_t origin);

#endif
