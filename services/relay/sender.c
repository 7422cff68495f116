/* The window between the outbox and the broker: how many rows are under way, which ones arrived, and whether one did not. The tag of a record is its outbox_no. */
#include "services/relay/sender.h"

#include <stdlib.h>

#include "common/edge/kafka_intake.h"
#include "common/edge/log.h"
#include "common/tables/meters.h"
#include "services/relay/envelope.h"

struct sender {
    struct kafka_intake *kafka; /* NULL after sender_finish */
    size_t in_flight_max;
    int64_t *delivered;         /* confirmed and not marked yet */
    size_t delivered_count;
    bool failed;
};

static void on_delivered(void *self, uint64_t tag, int64_t offset) {
    struct sender *sender = self;
    if (offset < 0) {
        sender->failed = true;
        return;
    }
    CHECK(sender->delivered_count < sender->in_flight_max);
    sender->delivered[sender->delivered_count++] = (int64_t)tag;
    meter_add(METER_RECORDS_PRODUCED, 0, 1);
}

struct err sender_open(const char *brokers, struct schema_frame *frame, size_t in_flight_max, struct sender **ret_sender) {
    CHECK(in_flight_max > 0);
    struct sender *sender = calloc(1, sizeof *sender);
    CHECK(sender != NULL);
    sender->in_flight_max = in_flight_max;
    sender->delivered = calloc(in_flight_max, sizeof *sender->delivered);
    CHECK(sender->delivered != NULL);
    const struct kafka_intake_options options = {
        .brokers = brokers, .member = "payung-relay", .frame = frame, .produces = {TOPIC_PAYMENT, TOPIC_COVERAGE, TOPIC_COMMAND}, .tails = TOPIC_NONE, .delivered = on_delivered, .self = sender,
    };
    struct err err = kafka_intake_open(&options, &sender->kafka);
    if (failed(&err)) sender_close(sender);
    else *ret_sender = sender;
    return err;
}

void sender_finish(struct sender *sender) {
    if (sender == NULL) return;
    kafka_intake_close(sender->kafka);
    sender->kafka = NULL;
}

void sender_close(struct sender *sender) {
    if (sender == NULL) return;
    sender_finish(sender);
    free(sender->delivered);
    free(sender);
}

int sender_fd(const struct sender *sender) { return kafka_intake_fd(sender->kafka); }
void sender_turn(struct sender *sender) { kafka_intake_turn(sender->kafka, 1); } /* there is no topic to read */
bool sender_reachable(const struct sender *sender) { return kafka_intake_reachable(sender->kafka); }
size_t sender_waiting(const struct sender *sender) { return sender->kafka == NULL ? 0 : (size_t)kafka_intake_outstanding(sender->kafka); }
bool sender_failed(const struct sender *sender) { return sender->failed; }

size_t sender_room(const struct sender *sender) {
    const size_t used = sender_waiting(sender) + sender->delivered_count;
    return sender->failed || used >= sender->in_flight_max ? 0 : sender->in_flight_max - used;
}

void sender_resume(struct sender *sender) {
    CHECK(sender_waiting(sender) == 0);
    sender->failed = false;
}

struct err sender_send(struct sender *sender, struct arena *arena, const struct outbox_row *row) {
    CHECK(row->sequence >= 0 && row->outbox_no > 0);
    struct stage_output output;
    if (!envelope_of(arena, row, &output)) return ERR(PARK, "row %lld of the outbox is no message of its topic", (long long)row->outbox_no);
    if (sender_room(sender) == 0) {
        sender->failed = true;
        return OK;
    }
    output.tag = (uint64_t)row->outbox_no;
    struct err err = kafka_intake_send(sender->kafka, &output);
    if (failed(&err)) {
        log_debug("a record was not taken; all that is not confirmed is sent again", LOG_TEXT("error", err.text)); /* the queue is full or the producer is made anew */
        sender->failed = true;
    }
    return OK;
}

size_t sender_delivered(const struct sender *sender, const int64_t **ret_numbers) {
    *ret_numbers = sender->delivered;
    return sender->delivered_count;
}

void sender_marked(struct sender *sender) { sender->delivered_count = 0; }
