/* The topics by their enum. A new topic is one row here, its message struct in application.h and its codec in wire.h. */
#include "common/stage/codec.h"

#include "common/base/check.h"
#include "common/wire/wire.h"

#define DECODER(name, message_type)                                                                                    \
    static void *decode_##name(struct arena *arena, struct slice bytes) {                                              \
        struct message_type *message = arena_zero(arena, 1, sizeof *message);                                          \
        return wire_decode_##name(arena, bytes, message) ? message : NULL;                                             \
    }                                                                                                                  \
    static struct slice encode_##name(struct arena *arena, const void *message) { return wire_encode_##name(arena, message); }
DECODER(submitted, submitted)
DECODER(assessed, assessed)
DECODER(priced, priced)
DECODER(decided, decided)
DECODER(payment, payment_received)
DECODER(coverage, coverage_changed)
DECODER(command, ledger_command)
#undef DECODER

static struct codec_view view_of(struct lineage lineage, const struct application *application) {
    return (struct codec_view){.lineage = lineage, .application_id = application->application_id, .attempt = application->attempt,
                               .agreement_id = application->agreement_id, .time_ms = application->submitted_at_ms};
}
static struct codec_view view_submitted(const void *message) {
    const struct submitted *submitted = message;
    return view_of(submitted->lineage, &submitted->application);
}
static struct codec_view view_assessed(const void *message) {
    const struct assessed *assessed = message;
    return view_of(assessed->lineage, &assessed->application);
}
static struct codec_view view_priced(const void *message) {
    const struct priced *priced = message;
    return view_of(priced->lineage, &priced->application);
}
static struct codec_view view_decided(const void *message) {
    const struct decided *decided = message;
    return (struct codec_view){.lineage = decided->lineage, .application_id = decided->outcome.application_id, .attempt = decided->outcome.attempt,
                               .agreement_id = decided->outcome.agreement_id, .time_ms = decided->outcome.decided_at_ms};
}
static struct codec_view view_payment(const void *message) {
    const struct payment_received *payment = message;
    return (struct codec_view){.lineage = payment->lineage, .application_id = payment->payment_id, .attempt = 1, .agreement_id = payment->source, .time_ms = payment->received_at_ms};
}
static struct codec_view view_coverage(const void *message) {
    const struct coverage_changed *changed = message;
    return (struct codec_view){.lineage = changed->lineage, .application_id = changed->application_id, .attempt = changed->attempt, .agreement_id = changed->agreement_id,
                               .time_ms = changed->changed_at_ms};
}
static struct codec_view view_command(const void *message) {
    const struct ledger_command *command = message;
    return (struct codec_view){.lineage = command->lineage, .application_id = command->application_id, .attempt = 1, .agreement_id = command->agreement_id, .time_ms = command->moment_ms};
}

static const struct codec {
    void *(*decode)(struct arena *arena, struct slice bytes);
    struct slice (*encode)(struct arena *arena, const void *message);
    struct codec_view (*view)(const void *message);
} codecs[TOPIC_LIMIT] = {
    [TOPIC_SUBMITTED] = {decode_submitted, encode_submitted, view_submitted},
    [TOPIC_ASSESSED] = {decode_assessed, encode_assessed, view_assessed},
    [TOPIC_PRICED] = {decode_priced, encode_priced, view_priced},
    [TOPIC_DECIDED] = {decode_decided, encode_decided, view_decided},
    [TOPIC_PAYMENT] = {decode_payment, encode_payment, view_payment},
    [TOPIC_COVERAGE] = {decode_coverage, encode_coverage, view_coverage},
    [TOPIC_COMMAND] = {decode_command, encode_command, view_command},
};

static const struct codec *codec_of(enum topic topic) {
    CHECK(topic > TOPIC_NONE && topic < TOPIC_LIMIT);
    CHECK(codecs[topic].decode != NULL);
    return &codecs[topic];
}

void *codec_decode(enum topic topic, struct arena *arena, struct slice bytes) { return codec_of(topic)->decode(arena, bytes); }

struct slice codec_encode(enum topic topic, struct arena *arena, const void *message) {
    CHECK(message != NULL);
    return codec_of(topic)->encode(arena, message);
}

struct codec_view codec_view(enum topic topic, const void *message) {
    CHECK(message != NULL);
    return codec_of(topic)->view(message);
}

void codec_set_origin(void *submitted, int64_t origin) {
    struct submitted *message = submitted;
    message->lineage.origin = origin;
}
