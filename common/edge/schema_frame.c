/* The numbers of schemas, and one buffer for the frame and the message behind it. It must never change a message: what does not fit is left as it is, and refused by the broker. */
#include "common/edge/schema_frame.h"

#include <stdlib.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { RECORD_BYTES_MAX = 1024 * 1024 };

struct schema_frame {
    uint32_t ids[TOPIC_LIMIT]; /* 0: none */
    uint8_t room[SCHEMA_FRAME_BYTES + RECORD_BYTES_MAX];
};

static enum topic topic_of(struct slice name) {
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT; topic++)
        if (slice_is(name, topic_row((enum topic)topic)->name)) return (enum topic)topic;
    return TOPIC_NONE;
}

/* "name:7". False: it is none. */
static bool read_one(struct slice part, uint32_t ids[TOPIC_LIMIT]) {
    const uint8_t *colon = memchr(part.bytes, ':', part.size);
    uint64_t number;
    if (colon == NULL) return false;
    const size_t at = (size_t)(colon - part.bytes);
    const enum topic topic = topic_of(slice_of(part.bytes, at));
    if (topic == TOPIC_NONE || ids[topic] != 0 || !text_number(slice_of(colon + 1, part.size - at - 1), UINT32_MAX, &number) || number == 0) return false;
    ids[topic] = (uint32_t)number;
    return true;
}

struct err schema_frame_open(const char *ids, struct schema_frame **ret_frame) {
    *ret_frame = NULL;
    if (ids[0] == '\0') return OK;
    struct schema_frame *frame = calloc(1, sizeof *frame);
    CHECK(frame != NULL);
    for (const char *at = ids; *at != '\0';) {
        const size_t size = strcspn(at, ",");
        if (!read_one(slice_of(at, size), frame->ids)) {
            schema_frame_close(frame);
            return ERR(FATAL, "SCHEMA_IDS is no list of TOPIC:NUMBER, each topic once: payung topics register tells it");
        }
        at += size + (at[size] == ',');
    }
    *ret_frame = frame;
    return OK;
}

void schema_frame_close(struct schema_frame *frame) { free(frame); }

struct slice schema_frame_put(struct schema_frame *frame, enum topic topic, struct slice value) {
    if (frame == NULL || frame->ids[topic] == 0 || value.size > RECORD_BYTES_MAX) return value;
    const uint32_t id = frame->ids[topic];
    const uint8_t head[SCHEMA_FRAME_BYTES] = {0, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id, 0};
    memcpy(frame->room, head, sizeof head);
    if (value.size > 0) memcpy(frame->room + sizeof head, value.bytes, value.size);
    return slice_of(frame->room, sizeof head + value.size);
}
