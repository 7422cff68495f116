/* The port of the stage loop over librdkafka. Callbacks only note what happened; the loop asks and decides. It must never commit by itself,
 * never move a position by itself, and never drop an error: each becomes an event, an answer or a broken producer. */
#include "common/edge/kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/kafka_settings.h"
#include "common/edge/log.h"
#include "common/edge/schema_frame.h"

enum {
    RECORDS_MAX = 10000,         /* in one poll */
    BATCH_BYTES_MAX = 4 << 20,   /* of values in one poll, so that big records can't fill the memory */
    EVENTS_MAX = STAGE_PARTITIONS_MAX + 2, /* each partition displaced, one change of the assignment, one trouble */
    QUICK_WAIT_US = 1000 * 1000, /* idle time after which partitions are paused and the consumer is polled, for its membership */
    REQUEST_MS = 2000,           /* of questions to the broker; also bounds how long a stop may take */
    TAIL_MS = 5000,
    WHY_MAX = 200,
};

struct kafka_log {
    struct stage_log port;       /* first, so that a pointer to it is a pointer to this */
    struct kafka_options options;
    enum topic consumes;
    rd_kafka_t *member, *producer, *tail;
    rd_kafka_message_t **messages; /* given out by poll, until release */
    struct stage_record *records;
    size_t count;
    rd_kafka_message_t *held[64];  /* came while idle; the next poll gives them out first */
    size_t held_count;
    struct stage_event events[EVENTS_MAX]; /* to be told by poll, oldest first */
    size_t event_count;
    bool revoking, paused;
    int64_t idle_since_us;         /* 0: the last call was poll */
    int unanswered;                /* commits without an answer yet */
    bool broken;
    char broken_why[WHY_MAX];
};

const char *kafka_library_version(void) { return rd_kafka_version_str(); }

static struct kafka_log *of(struct stage_log *log) { return (struct kafka_log *)log; }

/* ---- what happened ---------------------------------------------------------------------------------------------------------------- */

static struct stage_event *add_event(struct kafka_log *log, enum stage_event_kind kind) {
    if (log->event_count == EVENTS_MAX) log->event_count--;
    struct stage_event *event = &log->events[log->event_count++];
    memset(event, 0, sizeof *event);
    event->kind = kind;
    return event;
}

/* Trouble repeats itself, so only the newest is kept, or the fatal one: an outage that lasts must never push a revocation out, for which the
 * library would wait for ever. */
static void add_trouble(struct kafka_log *log, struct err trouble) {
    for (size_t i = 0; i < log->event_count; i++) {
        if (log->events[i].kind != EVENT_TROUBLE) continue;
        if (log->events[i].trouble.fate != FATE_FATAL) log->events[i].trouble = trouble;
        return;
    }
    add_event(log, EVENT_TROUBLE)->trouble = trouble;
}

static void drop_held(struct kafka_log *log) {
    for (size_t i = 0; i < log->held_count; i++) rd_kafka_message_destroy(log->held[i]);
    log->held_count = 0;
}

/* A newer change of the assignment makes an untold older one meaningless. */
static struct stage_event *add_change(struct kafka_log *log, enum stage_event_kind kind) {
    size_t kept = 0;
    for (size_t i = 0; i < log->event_count; i++)
        if (log->events[i].kind == EVENT_TROUBLE) log->events[kept++] = log->events[i];
    log->event_count = kept;
    log->revoking = kind == EVENT_REVOKED;
    return add_event(log, kind);
}

/* The answer (assign, unassign) is given later by the loop: librdkafka waits for it, as with its event interface. */
static void on_rebalance(rd_kafka_t *member, rd_kafka_resp_err_t change, rd_kafka_topic_partition_list_t *partitions, void *opaque) {
    struct kafka_log *log = opaque;
    if (change == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        struct stage_event *event = add_change(log, EVENT_ASSIGNED);
        for (int i = 0; i < partitions->cnt && event->partition_count < STAGE_PARTITIONS_MAX; i++)
            event->partitions[event->partition_count++] = partitions->elems[i].partition;
        return;
    }
    struct stage_event *event = add_change(log, EVENT_REVOKED);
    event->lost = change != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS || rd_kafka_assignment_lost(member) != 0;
}

static void on_error(rd_kafka_t *handle, int code, const char *text, void *opaque) {
    struct kafka_log *log = opaque;
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        char why[WHY_MAX];
        (void)rd_kafka_fatal_error(handle, why, sizeof why);
        if (rd_kafka_type(handle) == RD_KAFKA_PRODUCER) {
            log->broken = true;
            (void)snprintf(log->broken_why, sizeof log->broken_why, "%s", why);
        } else {
            add_trouble(log, ERR(FATAL, "Kafka consumer: %s", why));
        }
    } else if (rd_kafka_type(handle) == RD_KAFKA_CONSUMER && handle == log->member) {
        add_trouble(log, ERR(AGAIN, "Kafka: %s", text));
    }
}

static void on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque) {
    struct kafka_log *log = opaque;
    uint64_t tag = (uint64_t)(uintptr_t)message->_private;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR && !log->broken) {
        log->broken = true;
        (void)snprintf(log->broken_why, sizeof log->broken_why, "delivery failed: %s", rd_kafka_err2str(message->err));
    }
    log->port.delivered(log->port.context, tag, message->err == RD_KAFKA_RESP_ERR_NO_ERROR);
}

static void on_committed(rd_kafka_t *member, rd_kafka_resp_err_t result, rd_kafka_topic_partition_list_t *partitions, void *opaque) {
    struct kafka_log *log = opaque;
    if (log->unanswered > 0) log->unanswered--;
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR || result == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
    log_warning("commit refused; a later one replaces it", LOG_TEXT("error", rd_kafka_err2str(result)));
}

/* ---- reading ---------------------------------------------------------------------------------------------------------------------- */

static void note_message_error(struct kafka_log *log, const rd_kafka_message_t *message) {
    struct stage_event *event;
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        event = add_event(log, EVENT_DISPLACED);
        event->partitions[0] = message->partition;
        event->partition_count = 1;
        break;
    case RD_KAFKA_RESP_ERR__FATAL: add_trouble(log, ERR(FATAL, "Kafka consumer: %s", rd_kafka_message_errstr(message))); break;
    default: add_trouble(log, ERR(AGAIN, "Kafka: %s", rd_kafka_message_errstr(message))); break;
    }
}

/* The next record or NULL; errors become events. */
static rd_kafka_message_t *next_message(struct kafka_log *log, int wait_ms) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(log->member, wait_ms);
    if (message == NULL || message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return message;
    note_message_error(log, message);
    rd_kafka_message_destroy(message);
    return NULL;
}

static struct stage_record record_of(const rd_kafka_message_t *message) {
    return (struct stage_record){.partition = message->partition,
                                 .offset = message->offset,
                                 .timestamp_ms = rd_kafka_message_timestamp(message, NULL),
                                 .key = slice_of(message->key, message->key_len),
                                 .value = slice_of(message->payload, message->len),
                                 .handle = (void *)(uintptr_t)message};
}

static void give_out(struct kafka_log *log, rd_kafka_message_t *message) {
    log->messages[log->count] = message;
    log->records[log->count++] = record_of(message);
}

static void set_paused(struct kafka_log *log, bool paused) {
    rd_kafka_topic_partition_list_t *all = NULL;
    if (log->paused == paused || rd_kafka_assignment(log->member, &all) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    (void)(paused ? rd_kafka_pause_partitions(log->member, all) : rd_kafka_resume_partitions(log->member, all)); /* per-partition errors: unassigned meanwhile */
    rd_kafka_topic_partition_list_destroy(all);
    log->paused = paused;
}

static void take_records(struct kafka_log *log, int wait_ms, size_t records_max) {
    size_t bytes = 0, held = 0;
    while (held < log->held_count && log->count < records_max) give_out(log, log->held[held++]);
    memmove(log->held, log->held + held, (log->held_count - held) * sizeof *log->held);
    log->held_count -= held;
    while (log->count < records_max && bytes < BATCH_BYTES_MAX && log->event_count == 0) {
        rd_kafka_message_t *message = next_message(log, log->count == 0 ? wait_ms : 0);
        if (message == NULL) break;
        bytes += message->len;
        give_out(log, message);
    }
}

/* A member that takes nothing: what was fetched ahead is dropped by the library, what slips through is held for later. */
static void stay(struct kafka_log *log, int wait_ms) {
    set_paused(log, true);
    if (log->held_count == sizeof log->held / sizeof *log->held) {
        clock_wait_ms(wait_ms);
        return;
    }
    rd_kafka_message_t *message = next_message(log, wait_ms);
    if (message != NULL) log->held[log->held_count++] = message;
}

static void kafka_poll(struct stage_log *port, int wait_ms, size_t records_max, struct stage_event *ret_event) {
    struct kafka_log *log = of(port);
    CHECK(log->count == 0); /* released */
    memset(ret_event, 0, sizeof *ret_event);
    log->idle_since_us = 0;
    if (log->event_count == 0 && records_max == 0) {
        stay(log, wait_ms);
    } else if (log->event_count == 0) {
        set_paused(log, false);
        take_records(log, wait_ms, records_max < RECORDS_MAX ? records_max : RECORDS_MAX);
    }
    (void)rd_kafka_poll(log->producer, 0);
    if (log->count > 0) {
        *ret_event = (struct stage_event){.kind = EVENT_RECORDS, .records = log->records, .record_count = log->count};
    } else if (log->event_count > 0) {
        *ret_event = log->events[0];
        memmove(log->events, log->events + 1, --log->event_count * sizeof *log->events);
    }
}

static void kafka_release(struct stage_log *port) {
    struct kafka_log *log = of(port);
    for (size_t i = 0; i < log->count; i++) rd_kafka_message_destroy(log->messages[i]);
    log->count = 0;
}

static size_t kafka_headers(struct stage_log *port, const struct stage_record *record, struct stage_header *ret_headers, size_t headers_max) {
    rd_kafka_headers_t *headers = NULL;
    size_t count = 0;
    if (rd_kafka_message_headers(record->handle, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
    const void *value;
    size_t size;
    while (count < headers_max && rd_kafka_header_get_all(headers, count, &ret_headers[count].name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR)
        ret_headers[count++].value = slice_of(value, size);
    return count;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------------------- */

static rd_kafka_headers_t *headers_of(const struct stage_output *output) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(output->header_count);
    for (size_t i = 0; i < output->header_count; i++)
        CHECK(rd_kafka_header_add(headers, output->headers[i].name, -1, output->headers[i].value.bytes, (ssize_t)output->headers[i].value.size) ==
              RD_KAFKA_RESP_ERR_NO_ERROR);
    return headers;
}

static struct err kafka_produce(struct stage_log *port, const struct stage_output *output) {
    struct kafka_log *log = of(port);
    const struct topic_row *row = topic_row(output->topic);
    const struct slice value = output->dead_letter ? output->value : schema_frame_put(log->options.frame, output->topic, output->value); /* a dead letter keeps its bytes */
    rd_kafka_headers_t *headers = headers_of(output);
    rd_kafka_resp_err_t result = rd_kafka_producev(
        log->producer, RD_KAFKA_V_TOPIC(output->dead_letter ? row->dlq : row->name), RD_KAFKA_V_PARTITION(output->dead_letter ? 0 : output->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(output->key.bytes, output->key.size),
        RD_KAFKA_V_VALUE((void *)(uintptr_t)value.bytes, value.size), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE((void *)(uintptr_t)output->tag), RD_KAFKA_V_END);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) return OK; /* it owns the headers now */
    rd_kafka_headers_destroy(headers);
    switch (result) {
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__FATAL: /* seen by broken() */
        return ERR(AGAIN, "Kafka: produce to %s: %s", output->dead_letter ? row->dlq : row->name, rd_kafka_err2str(result));
    default: return ERR(FATAL, "Kafka: produce to %s: %s", row->name, rd_kafka_err2str(result));
    }
}

static void kafka_serve(struct stage_log *port, int wait_ms) {
    struct kafka_log *log = of(port);
    (void)rd_kafka_poll(log->producer, log->broken ? 0 : wait_ms);
}

static bool kafka_broken(struct stage_log *port, const char **ret_why) {
    if (!of(port)->broken) return false;
    *ret_why = of(port)->broken_why;
    return true;
}

static bool kafka_revoking(struct stage_log *port) { return of(port)->revoking; }

/* A short wait is for deliveries only. A long one must be seen by the group: the partitions are paused, which drops what was fetched ahead, and the
 * consumer is polled. */
static void kafka_idle(struct stage_log *port, int wait_ms) {
    struct kafka_log *log = of(port);
    int64_t now_us = clock_monotonic_us();
    if (log->idle_since_us == 0) log->idle_since_us = now_us;
    if (now_us - log->idle_since_us < QUICK_WAIT_US || log->held_count == sizeof log->held / sizeof *log->held) {
        kafka_serve(port, wait_ms);
        return;
    }
    stay(log, wait_ms);
    kafka_serve(port, 0);
}

/* ---- positions -------------------------------------------------------------------------------------------------------------------- */

static const char *input_name(const struct kafka_log *log) { return topic_row(log->consumes)->name; }

static struct err kafka_committed(struct stage_log *port, int32_t partition, struct stage_commit *ret_commit) {
    struct kafka_log *log = of(port);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(list, input_name(log), partition);
    rd_kafka_resp_err_t result = rd_kafka_committed(log->member, list, REQUEST_MS);
    const rd_kafka_topic_partition_t *found = &list->elems[0];
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) result = found->err;
    struct stage_commit commit = {.partition = partition, .offset = found->offset < 0 ? -1 : found->offset};
    if (found->metadata != NULL && found->metadata_size < STAGE_METADATA_MAX) memcpy(commit.metadata, found->metadata, found->metadata_size);
    rd_kafka_topic_partition_list_destroy(list);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: committed offset of %s/%d: %s", input_name(log), partition, rd_kafka_err2str(result));
    *ret_commit = commit;
    return OK;
}

/* Bounded, unlike the library's own waiting commit, which waits for a coordinator that may be gone. */
static rd_kafka_resp_err_t commit_and_wait(struct kafka_log *log, const rd_kafka_topic_partition_list_t *list) {
    rd_kafka_queue_t *answers = rd_kafka_queue_new(log->member);
    rd_kafka_resp_err_t result = rd_kafka_commit_queue(log->member, list, answers, NULL, NULL);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_event_t *answer = rd_kafka_queue_poll(answers, REQUEST_MS);
        log->unanswered += answer == NULL;
        result = answer == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(answer);
        if (answer != NULL) rd_kafka_event_destroy(answer);
    }
    rd_kafka_queue_destroy(answers);
    return result;
}

static struct err kafka_commit(struct stage_log *port, const struct stage_commit *commits, size_t count, bool wait) {
    struct kafka_log *log = of(port);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_topic_partition_t *one = rd_kafka_topic_partition_list_add(list, input_name(log), commits[i].partition);
        one->offset = commits[i].offset;
        one->metadata_size = strlen(commits[i].metadata);
        one->metadata = strdup(commits[i].metadata); /* freed with the list */
        CHECK(one->metadata != NULL);
    }
    rd_kafka_resp_err_t result = wait ? commit_and_wait(log, list) : rd_kafka_commit(log->member, list, 1);
    if (!wait && result == RD_KAFKA_RESP_ERR_NO_ERROR) log->unanswered++;
    rd_kafka_topic_partition_list_destroy(list);
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR || result == RD_KAFKA_RESP_ERR__NO_OFFSET) return OK;
    return ERR(AGAIN, "Kafka: commit to %s: %s", input_name(log), rd_kafka_err2str(result));
}

static struct err ends_of(rd_kafka_t *handle, enum topic topic, int32_t partition, int64_t *ret_low, int64_t *ret_high) {
    int64_t low, high;
    rd_kafka_resp_err_t result = rd_kafka_query_watermark_offsets(handle, topic_row(topic)->name, partition, &low, &high, REQUEST_MS);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: ends of %s/%d: %s", topic_row(topic)->name, partition, rd_kafka_err2str(result));
    *ret_low = low;
    *ret_high = high;
    return OK;
}

static struct err kafka_watermarks(struct stage_log *port, enum topic topic, int32_t partition, int64_t *ret_low, int64_t *ret_high) {
    return ends_of(of(port)->member, topic, partition, ret_low, ret_high);
}

static int64_t kafka_high(struct stage_log *port, int32_t partition) {
    int64_t low, high;
    if (rd_kafka_get_watermark_offsets(of(port)->member, input_name(of(port)), partition, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR) return -1;
    return high;
}

static struct err open_handle(struct kafka_log *log, enum kafka_kind kind, rd_kafka_t **ret_handle) {
    rd_kafka_conf_t *conf = NULL;
    char why[256];
    TRY(kafka_settings(kind, &log->options, &conf));
    rd_kafka_conf_set_opaque(conf, log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (kind == KAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    if (kind == KAFKA_MEMBER) {
        rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
        rd_kafka_conf_set_offset_commit_cb(conf, on_committed);
    }
    rd_kafka_t *handle = rd_kafka_new(kind == KAFKA_PRODUCER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (handle == NULL) {
        rd_kafka_conf_destroy(conf);
        return ERR(FATAL, "librdkafka: %.200s", why);
    }
    if (kind != KAFKA_PRODUCER) (void)rd_kafka_poll_set_consumer(handle);
    *ret_handle = handle;
    return OK;
}

static void close_tail(struct kafka_log *log) {
    if (log->tail != NULL) rd_kafka_destroy_flags(log->tail, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    log->tail = NULL;
}

static struct err read_to_end(struct kafka_log *log, const char *topic, int32_t partition,
                              void (*visit)(void *visitor, const struct stage_record *record), void *visitor) {
    int64_t until_us = clock_monotonic_us() + (int64_t)TAIL_MS * 1000;
    while (clock_monotonic_us() < until_us) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(log->tail, 100);
        if (message == NULL) continue;
        rd_kafka_resp_err_t result = message->err;
        if (result == RD_KAFKA_RESP_ERR_NO_ERROR) {
            struct stage_record record = record_of(message);
            visit(visitor, &record);
        }
        rd_kafka_message_destroy(message);
        if (result == RD_KAFKA_RESP_ERR__PARTITION_EOF) return OK;
        if (result != RD_KAFKA_RESP_ERR_NO_ERROR && result != RD_KAFKA_RESP_ERR__TRANSPORT && result != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
            return ERR(AGAIN, "Kafka: tail of %s/%d: %s", topic, partition, rd_kafka_err2str(result));
    }
    return ERR(AGAIN, "Kafka: tail of %s/%d was not read within %d ms", topic, partition, TAIL_MS);
}

static struct err kafka_tail(struct stage_log *port, enum topic topic, int32_t partition, int64_t count,
                             void (*visit)(void *visitor, const struct stage_record *record), void *visitor) {
    struct kafka_log *log = of(port);
    int64_t low = 0, high = 0;
    CHECK(count > 0);
    if (log->tail == NULL) TRY(open_handle(log, KAFKA_TAIL, &log->tail));
    TRY(ends_of(log->tail, topic, partition, &low, &high)); /* also teaches this handle who leads the partition: else assign waits a second for that */
    if (low == high) return OK;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic_row(topic)->name, partition)->offset = high - count > low ? high - count : low;
    rd_kafka_resp_err_t result = rd_kafka_assign(log->tail, list);
    rd_kafka_topic_partition_list_destroy(list);
    CHECK(result == RD_KAFKA_RESP_ERR_NO_ERROR);
    struct err err = read_to_end(log, topic_row(topic)->name, partition, visit, visitor);
    (void)rd_kafka_assign(log->tail, NULL);
    if (failed(&err)) close_tail(log);
    return err;
}

static struct err kafka_assign(struct stage_log *port, const int32_t *partitions, const int64_t *offsets, size_t count) {
    struct kafka_log *log = of(port);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) rd_kafka_topic_partition_list_add(list, input_name(log), partitions[i])->offset = offsets[i];
    drop_held(log);
    log->paused = false;
    close_tail(log); /* positions are known: the handle is not needed until the next change */
    rd_kafka_resp_err_t result = rd_kafka_assign(log->member, list);
    /* A partition that was paused when it was lost is still paused when it comes back: the library keeps that beyond the assignment. */
    if (result == RD_KAFKA_RESP_ERR_NO_ERROR) (void)rd_kafka_resume_partitions(log->member, list); /* one that was not paused: nothing happens */
    rd_kafka_topic_partition_list_destroy(list);
    if (result == RD_KAFKA_RESP_ERR__FATAL) return ERR(FATAL, "Kafka: assign: fatal error of the consumer");
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(AGAIN, "Kafka: assign: %s", rd_kafka_err2str(result));
    return OK;
}

static void kafka_unassign(struct stage_log *port) {
    struct kafka_log *log = of(port);
    drop_held(log);
    log->paused = false;
    log->revoking = false;
    (void)rd_kafka_assign(log->member, NULL); /* fails only after a fatal error, which is told as trouble */
}

/* ---- life ------------------------------------------------------------------------------------------------------------------------- */

static void close_producer(struct kafka_log *log, int flush_ms) {
    if (log->producer == NULL) return;
    if (flush_ms > 0 && !log->broken) (void)rd_kafka_flush(log->producer, flush_ms);
    (void)rd_kafka_purge(log->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    log->broken = true; /* the purged ones are reported: no news */
    (void)rd_kafka_flush(log->producer, 500);
    rd_kafka_destroy(log->producer);
    log->producer = NULL;
}

static struct err kafka_remake(struct stage_log *port) {
    struct kafka_log *log = of(port);
    close_producer(log, 0);
    log->broken = false;
    return open_handle(log, KAFKA_PRODUCER, &log->producer);
}

static int64_t kafka_unix_ms(struct stage_log *port) { return clock_unix_ms(); }
static int64_t kafka_monotonic_us(struct stage_log *port) { return clock_monotonic_us(); }

static void ignore_delivery(void *context, uint64_t tag, bool delivered) {}

static struct err open_all(struct kafka_log *log) {
    TRY(open_handle(log, KAFKA_PRODUCER, &log->producer));
    TRY(open_handle(log, KAFKA_MEMBER, &log->member));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(list, input_name(log), RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t result = rd_kafka_subscribe(log->member, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (result != RD_KAFKA_RESP_ERR_NO_ERROR) return ERR(FATAL, "Kafka: subscribe to %s: %s", input_name(log), rd_kafka_err2str(result));
    return OK;
}

struct err kafka_log_open(const struct kafka_options *options, enum topic consumes, struct stage_log **ret_log) {
    struct kafka_log *log = calloc(1, sizeof *log);
    CHECK(log != NULL);
    log->options = *options;
    log->consumes = consumes;
    log->messages = calloc(RECORDS_MAX, sizeof *log->messages);
    log->records = calloc(RECORDS_MAX, sizeof *log->records);
    CHECK(log->messages != NULL && log->records != NULL);
    log->port = (struct stage_log){
        .delivered = ignore_delivery,
        .poll = kafka_poll, .release = kafka_release, .headers = kafka_headers,
        .produce = kafka_produce, .serve = kafka_serve, .idle = kafka_idle, .revoking = kafka_revoking, .broken = kafka_broken, .remake = kafka_remake,
        .committed = kafka_committed, .commit = kafka_commit, .watermarks = kafka_watermarks, .high = kafka_high, .tail = kafka_tail,
        .assign = kafka_assign, .unassign = kafka_unassign,
        .unix_ms = kafka_unix_ms, .monotonic_us = kafka_monotonic_us,
    };
    struct err err = open_all(log);
    if (failed(&err)) kafka_log_close(&log->port, 0);
    else *ret_log = &log->port;
    return err;
}

/* False when commits are still unanswered: then the handle is left alone. */
static bool close_member(struct kafka_log *log) {
    enum { ROUNDS = 10, ROUND_MS = 50 };
    if (log->member == NULL) return true;
    for (int i = 0; i < ROUNDS && log->unanswered > 0; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(log->member, ROUND_MS);
        if (message != NULL) rd_kafka_message_destroy(message); /* not ours to work on any more */
    }
    if (log->unanswered > 0) return false;
    rd_kafka_destroy_flags(log->member, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    return true;
}

void kafka_log_close(struct stage_log *port, int flush_ms) {
    if (port == NULL) return;
    struct kafka_log *log = of(port);
    log->port.delivered = ignore_delivery; /* the loop may be gone */
    kafka_release(port);
    drop_held(log);
    close_producer(log, flush_ms);
    close_tail(log);
    if (!close_member(log)) return; /* the library would wait a session long for a coordinator that is gone; the process ends now anyway */
    free(log->messages);
    free(log->records);
    free(log);
}
