/* The cluster in memory. It keeps what it is told and does nothing by itself. */
#include "tests/stage/fake.h"

#include <stdio.h>
#include <stdlib.h>

struct flight {
    enum topic topic;
    bool dead_letter;
    int32_t partition;
    uint64_t tag;
    struct fake_record record;
};

struct fake_log {
    struct stage_log port; /* first */
    struct fake_cluster *cluster;
    enum topic consumes;
    struct fake_log_options options;
    struct flight *flights; /* oldest first */
    size_t flight_count, flight_room;
    struct stage_event events[8];
    size_t event_count;
    bool revoking, broken, cut_off;
    int refusals, assigned_count;
    bool reading[FAKE_PARTITIONS_MAX];
    int64_t positions[FAKE_PARTITIONS_MAX];
    int turn; /* partitions take turns */
    struct stage_record given[1024];
};

static struct fake_log *of(const struct stage_log *log) { return (struct fake_log *)(uintptr_t)log; }

static uint8_t *copy_of(struct slice bytes) {
    uint8_t *copy = malloc(bytes.size + 1);
    CHECK(copy != NULL);
    if (bytes.size > 0) memcpy(copy, bytes.bytes, bytes.size);
    copy[bytes.size] = 0;
    return copy;
}

static struct fake_record record_from(struct slice key, struct slice value, const struct stage_header *headers, size_t header_count) {
    struct fake_record record = {.key = copy_of(key), .key_size = key.size, .value = copy_of(value), .value_size = value.size, .header_count = header_count};
    for (size_t i = 0; i < header_count; i++) {
        char *name = strdup(headers[i].name);
        CHECK(name != NULL);
        record.headers[i] = (struct stage_header){.name = name, .value = slice_of(copy_of(headers[i].value), headers[i].value.size)};
    }
    return record;
}

static void free_record(struct fake_record *record) {
    free(record->key);
    free(record->value);
    for (size_t i = 0; i < record->header_count; i++) {
        free((void *)(uintptr_t)record->headers[i].name);
        free((void *)(uintptr_t)record->headers[i].value.bytes);
    }
}

static void append(struct fake_partition *log, struct fake_record record) {
    if (log->count == log->room) {
        log->room = log->room == 0 ? 64 : log->room * 2;
        log->records = realloc(log->records, log->room * sizeof *log->records);
        CHECK(log->records != NULL);
    }
    log->records[log->count++] = record;
}

struct fake_cluster *fake_cluster_create(void) {
    struct fake_cluster *cluster = calloc(1, sizeof *cluster);
    CHECK(cluster != NULL);
    cluster->now_us = 1000000;
    for (int topic = 0; topic < TOPIC_LIMIT; topic++)
        for (int p = 0; p < FAKE_PARTITIONS_MAX; p++) cluster->commits[topic][p] = (struct stage_commit){.partition = p, .offset = -1};
    return cluster;
}

static void free_partition(struct fake_partition *log) {
    for (size_t i = 0; i < log->count; i++) free_record(&log->records[i]);
    free(log->records);
}

void fake_cluster_destroy(struct fake_cluster *cluster) {
    for (int topic = 0; topic < TOPIC_LIMIT; topic++) {
        for (int p = 0; p < FAKE_PARTITIONS_MAX; p++) free_partition(&cluster->logs[topic][p]);
        free_partition(&cluster->letters[topic]);
    }
    free(cluster);
}

void fake_tick(struct fake_cluster *cluster, int64_t us) { cluster->now_us += us; }

void fake_append(struct fake_cluster *cluster, enum topic topic, int32_t partition, struct slice key, struct slice value) {
    append(&cluster->logs[topic][partition], record_from(key, value, NULL, 0));
}

void fake_double(struct fake_cluster *cluster, enum topic topic, int32_t partition, size_t offset) {
    struct fake_partition *log = &cluster->logs[topic][partition];
    CHECK(offset < log->count);
    const struct fake_record *record = &log->records[offset];
    append(log, record_from(slice_of(record->key, record->key_size), slice_of(record->value, record->value_size), record->headers, record->header_count));
}

/* ---- the port ---- */

static void add_event(struct fake_log *log, struct stage_event event) {
    CHECK(log->event_count < sizeof log->events / sizeof *log->events);
    log->events[log->event_count++] = event;
}

static void fake_poll(struct stage_log *port, int wait_ms, size_t records_max, struct stage_event *ret_event) {
    struct fake_log *log = of(port);
    *ret_event = (struct stage_event){0};
    if (log->event_count > 0) {
        *ret_event = log->events[0];
        memmove(log->events, log->events + 1, --log->event_count * sizeof *log->events);
        return;
    }
    size_t count = 0;
    for (int i = 0; i < FAKE_PARTITIONS_MAX; i++) {
        int p = (log->turn + i) % FAKE_PARTITIONS_MAX;
        const struct fake_partition *from = &log->cluster->logs[log->consumes][p];
        while (log->reading[p] && count < records_max && count < sizeof log->given / sizeof *log->given && log->positions[p] < (int64_t)from->count) {
            size_t offset = (size_t)log->positions[p]++;
            const struct fake_record *record = &from->records[offset];
            if (record->lost) continue;
            log->given[count++] = (struct stage_record){.partition = p, .offset = (int64_t)offset, .timestamp_ms = 1757900000000,
                                                        .key = slice_of(record->key, record->key_size),
                                                        .value = slice_of(record->value, record->value_size), .handle = (void *)(uintptr_t)record};
        }
    }
    log->turn++;
    if (count > 0) *ret_event = (struct stage_event){.kind = EVENT_RECORDS, .records = log->given, .record_count = count};
    else log->cluster->now_us += wait_ms * 1000;
}

static void fake_release(struct stage_log *port) {}

static size_t fake_headers(struct stage_log *port, const struct stage_record *record, struct stage_header *ret_headers, size_t headers_max) {
    const struct fake_record *from = &of(port)->cluster->logs[of(port)->consumes][record->partition].records[record->offset]; /* the array may have moved */
    size_t count = from->header_count < headers_max ? from->header_count : headers_max;
    memcpy(ret_headers, from->headers, count * sizeof *ret_headers);
    return count;
}

static struct err fake_produce(struct stage_log *port, const struct stage_output *output) {
    struct fake_log *log = of(port);
    if (log->broken) return ERR(AGAIN, "the producer is broken");
    if (log->flight_count == log->flight_room) {
        log->flight_room = log->flight_room == 0 ? 64 : log->flight_room * 2;
        log->flights = realloc(log->flights, log->flight_room * sizeof *log->flights);
        CHECK(log->flights != NULL);
    }
    log->flights[log->flight_count++] = (struct flight){.topic = output->topic, .dead_letter = output->dead_letter, .partition = output->partition, .tag = output->tag,
                                                        .record = record_from(output->key, output->value, output->headers, output->header_count)};
    return OK;
}

size_t fake_deliver(struct stage_log *port, size_t count) {
    struct fake_log *log = of(port);
    size_t done = 0;
    for (; done < count && log->flight_count > 0; done++) {
        struct flight flight = log->flights[0];
        memmove(log->flights, log->flights + 1, --log->flight_count * sizeof *log->flights);
        append(flight.dead_letter ? &log->cluster->letters[flight.topic] : &log->cluster->logs[flight.topic][flight.partition], flight.record);
        if (!log->cut_off) log->port.delivered(log->port.context, flight.tag, true);
    }
    return done;
}

static void fake_serve(struct stage_log *port, int wait_ms) {
    struct fake_log *log = of(port);
    if (!log->options.deliver_at_once || fake_deliver(port, SIZE_MAX) == 0) log->cluster->now_us += wait_ms * 1000;
}

static bool fake_revoking(struct stage_log *port) { return of(port)->revoking; }

static bool fake_broken(struct stage_log *port, const char **ret_why) {
    if (of(port)->broken) *ret_why = "broken by the test";
    return of(port)->broken;
}

static void drop_flights(struct fake_log *log) {
    for (size_t i = 0; i < log->flight_count; i++) free_record(&log->flights[i].record);
    log->flight_count = 0;
}

static struct err fake_remake(struct stage_log *port) {
    of(port)->broken = false;
    return OK;
}

static bool refuses(struct fake_log *log) {
    if (log->refusals == 0) return false;
    log->refusals--;
    return true;
}

static struct err fake_committed(struct stage_log *port, int32_t partition, struct stage_commit *ret_commit) {
    if (refuses(of(port))) return ERR(AGAIN, "no coordinator");
    *ret_commit = of(port)->cluster->commits[of(port)->consumes][partition];
    return OK;
}

static struct err fake_commit(struct stage_log *port, const struct stage_commit *commits, size_t count, bool wait) {
    struct fake_log *log = of(port);
    if (!log->cut_off)
        for (size_t i = 0; i < count; i++) log->cluster->commits[log->consumes][commits[i].partition] = commits[i];
    return OK;
}

static struct err fake_watermarks(struct stage_log *port, enum topic topic, int32_t partition, int64_t *ret_low, int64_t *ret_high) {
    if (refuses(of(port))) return ERR(AGAIN, "no leader");
    *ret_low = (int64_t)of(port)->cluster->logs[topic][partition].low;
    *ret_high = (int64_t)of(port)->cluster->logs[topic][partition].count;
    return OK;
}

static int64_t fake_high(struct stage_log *port, int32_t partition) { return (int64_t)of(port)->cluster->logs[of(port)->consumes][partition].count; }

static struct err fake_tail(struct stage_log *port, enum topic topic, int32_t partition, int64_t count,
                            void (*visit)(void *visitor, const struct stage_record *record), void *visitor) {
    if (refuses(of(port))) return ERR(AGAIN, "no leader");
    const struct fake_partition *from = &of(port)->cluster->logs[topic][partition];
    size_t start = from->count > from->low + (size_t)count ? from->count - (size_t)count : from->low;
    for (size_t i = start; i < from->count; i++) {
        if (from->records[i].lost) continue;
        struct stage_record record = {.partition = partition, .offset = (int64_t)i, .value = slice_of(from->records[i].value, from->records[i].value_size)};
        visit(visitor, &record);
    }
    return OK;
}

static struct err fake_port_assign(struct stage_log *port, const int32_t *partitions, const int64_t *offsets, size_t count) {
    struct fake_log *log = of(port);
    memset(log->reading, 0, sizeof log->reading);
    for (size_t i = 0; i < count; i++) {
        log->reading[partitions[i]] = true;
        log->positions[partitions[i]] = offsets[i];
    }
    log->assigned_count = (int)count;
    return OK;
}

static void fake_unassign(struct stage_log *port) {
    memset(of(port)->reading, 0, sizeof of(port)->reading);
    of(port)->revoking = false;
    of(port)->assigned_count = 0;
}

static int64_t fake_unix_ms(struct stage_log *port) { return 1757900000000 + of(port)->cluster->now_us / 1000; }
static int64_t fake_monotonic_us(struct stage_log *port) { return of(port)->cluster->now_us; }

/* ---- what tests do to it ---- */

void fake_assign(struct stage_log *port, int partitions) {
    struct stage_event event = {.kind = EVENT_ASSIGNED};
    for (int p = 0; p < partitions; p++) event.partitions[event.partition_count++] = p;
    add_event(of(port), event);
}

void fake_revoke(struct stage_log *port, bool lost) {
    of(port)->revoking = true;
    add_event(of(port), (struct stage_event){.kind = EVENT_REVOKED, .lost = lost});
}

void fake_cut_off(struct stage_log *port) { of(port)->cut_off = true; }
void fake_refuse_questions(struct stage_log *port, int count) { of(port)->refusals = count; }
int64_t fake_position(const struct stage_log *port, int32_t partition) { return of(port)->positions[partition]; }
int fake_assigned_partitions(const struct stage_log *port) { return of(port)->assigned_count; }

void fake_break_producer(struct stage_log *port) {
    drop_flights(of(port));
    of(port)->broken = true;
}

struct stage_log *fake_log_open(struct fake_cluster *cluster, enum topic consumes, const struct fake_log_options *options) {
    struct fake_log *log = calloc(1, sizeof *log);
    CHECK(log != NULL);
    CHECK(options->partitions <= FAKE_PARTITIONS_MAX);
    log->cluster = cluster;
    log->consumes = consumes;
    log->options = *options;
    log->port = (struct stage_log){
        .poll = fake_poll, .release = fake_release, .headers = fake_headers,
        .produce = fake_produce, .serve = fake_serve, .idle = fake_serve, .revoking = fake_revoking, .broken = fake_broken, .remake = fake_remake,
        .committed = fake_committed, .commit = fake_commit, .watermarks = fake_watermarks, .high = fake_high, .tail = fake_tail,
        .assign = fake_port_assign, .unassign = fake_unassign, .unix_ms = fake_unix_ms, .monotonic_us = fake_monotonic_us,
    };
    fake_assign(&log->port, options->partitions);
    return &log->port;
}

void fake_log_close(struct stage_log *port) {
    if (port == NULL) return;
    drop_flights(of(port));
    free(of(port)->flights);
    free(of(port));
}
