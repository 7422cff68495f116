/* The numbers of /metrics: one array of atomics, written by the loop and read by the HTTP thread. It is process-wide because a process is one
 * service; nothing decides by a meter. It must never carry data of a person: labels are partitions, codes, statuses, topics and ids of agreements only. */
#include "common/tables/meters.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "common/base/check.h"
#include "common/domain/application.h"
#include "proto/topics.h"

#ifdef PAYUNG_METERS_OFF /* what meters cost is measured against a build that counts nothing (tests/bench/metrics_overhead.py); no other one is made so */
enum { COUNTS = 0 };
#else
enum { COUNTS = 1 };
#endif

enum kind { COUNTER, GAUGE, SECONDS };
enum label { NONE, PARTITION, CODE, OUTCOME, TOPIC, AGREEMENT };
enum { BUCKETS = 12, LINE_LABELS_MAX = 160 };

struct row {
    const char *name;
    enum kind kind;
    enum label label;
    const char *sentence;
};

static const struct row rows[] = {
#define METER(symbol, name, kind, label, sentence) {name, kind, label, sentence},
#include "common/tables/meters.def"
#undef METER
};
_Static_assert(sizeof rows / sizeof rows[0] == METER_COUNT, "one row a meter");

static const int64_t bucket_us[BUCKETS] = {500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 250000, 500000, 1000000, 5000000};
static const char *const bucket_text[BUCKETS] = {"0.0005", "0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1", "0.25", "0.5", "1", "5"};

static _Atomic int64_t values[METER_COUNT][METER_LABEL_MAX];
static _Atomic uint8_t touched[METER_COUNT][METER_LABEL_MAX];
static _Atomic int64_t buckets[METER_COUNT][BUCKETS + 1]; /* of SECONDS; values[..][0] holds the sum in microseconds */

static struct named {
    struct meter_named rows[METER_NAMED_MAX];
    size_t count;
} named[METER_COUNT];
static pthread_mutex_t named_mutex = PTHREAD_MUTEX_INITIALIZER; /* around named */

static void check_place(enum meter meter, int label) {
    CHECK(meter >= 0 && meter < METER_COUNT);
    CHECK(rows[meter].label != AGREEMENT);
    CHECK(label >= 0 && label < METER_LABEL_MAX);
}

void meter_add(enum meter meter, int label, int64_t value) {
    if (!COUNTS) return;
    check_place(meter, label);
    CHECK(rows[meter].kind != SECONDS);
    atomic_fetch_add_explicit(&values[meter][label], value, memory_order_relaxed);
    atomic_store_explicit(&touched[meter][label], 1, memory_order_relaxed);
}

void meter_set(enum meter meter, int label, int64_t value) {
    if (!COUNTS) return;
    check_place(meter, label);
    CHECK(rows[meter].kind == GAUGE);
    atomic_store_explicit(&values[meter][label], value, memory_order_relaxed);
    atomic_store_explicit(&touched[meter][label], 1, memory_order_relaxed);
}

void meter_replace(enum meter meter, const struct meter_named *new_rows, size_t count) {
    if (!COUNTS) return;
    CHECK(meter >= 0 && meter < METER_COUNT);
    CHECK(rows[meter].label == AGREEMENT && rows[meter].kind == GAUGE && count <= METER_NAMED_MAX);
    CHECK(pthread_mutex_lock(&named_mutex) == 0);
    if (count > 0) memcpy(named[meter].rows, new_rows, count * sizeof *new_rows);
    named[meter].count = count;
    CHECK(pthread_mutex_unlock(&named_mutex) == 0);
}

int64_t meter_get(enum meter meter, int label) {
    check_place(meter, label);
    return atomic_load_explicit(&values[meter][label], memory_order_relaxed);
}

void meter_observe_us(enum meter meter, int label, int64_t microseconds) {
    if (!COUNTS) return;
    check_place(meter, label);
    CHECK(rows[meter].kind == SECONDS);
    int place = 0;
    while (place < BUCKETS && microseconds > bucket_us[place]) place++;
    atomic_fetch_add_explicit(&buckets[meter][place], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&values[meter][0], microseconds, memory_order_relaxed);
}

/* ,code="E30" or nothing: what follows the labels service and instance. */
static void label_text(enum label label, int value, char ret_text[LINE_LABELS_MAX]) {
    const struct code_row *code = NULL;
    ret_text[0] = '\0';
    switch (label) {
    case NONE:
    case AGREEMENT: break;
    case PARTITION: (void)snprintf(ret_text, LINE_LABELS_MAX, ",partition=\"%d\"", value); break;
    case CODE:
        code = code_row((enum code)value);
        (void)snprintf(ret_text, LINE_LABELS_MAX, ",code=\"%s\"", code == NULL ? "none" : code->text);
        break;
    case OUTCOME: (void)snprintf(ret_text, LINE_LABELS_MAX, ",outcome=\"%s\"", outcome_name((enum outcome_status)value)); break;
    case TOPIC:
        (void)snprintf(ret_text, LINE_LABELS_MAX, ",topic=\"%s\"",
                       value > TOPIC_NONE && value < TOPIC_LIMIT ? topic_row((enum topic)value)->name : "none");
        break;
    }
}

static void print_values(FILE *file, enum meter meter, const char *service, const char *instance) {
    char more[LINE_LABELS_MAX];
    for (int label = 0; label < METER_LABEL_MAX; label++) {
        bool shown = rows[meter].label == NONE ? label == 0 : atomic_load_explicit(&touched[meter][label], memory_order_relaxed) != 0;
        if (!shown) continue;
        label_text(rows[meter].label, label, more);
        fprintf(file, "%s{service=\"%s\",instance=\"%s\"%s} %" PRId64 "\n", rows[meter].name, service, instance, more,
                meter_get(meter, label));
    }
}

static void print_named(FILE *file, enum meter meter, const char *service, const char *instance) {
    struct named copy;
    CHECK(pthread_mutex_lock(&named_mutex) == 0);
    copy = named[meter];
    CHECK(pthread_mutex_unlock(&named_mutex) == 0);
    for (size_t i = 0; i < copy.count; i++)
        fprintf(file, "%s{service=\"%s\",instance=\"%s\",agreement=\"%s\"} %" PRId64 "\n", rows[meter].name, service, instance, copy.rows[i].name, copy.rows[i].value);
}

static void print_histogram(FILE *file, enum meter meter, const char *service, const char *instance) {
    const char *name = rows[meter].name;
    int64_t count = 0, sum_us = meter_get(meter, 0);
    for (int i = 0; i <= BUCKETS; i++) {
        count += atomic_load_explicit(&buckets[meter][i], memory_order_relaxed);
        fprintf(file, "%s_bucket{service=\"%s\",instance=\"%s\",le=\"%s\"} %" PRId64 "\n", name, service, instance,
                i < BUCKETS ? bucket_text[i] : "+Inf", count);
    }
    fprintf(file, "%s_sum{service=\"%s\",instance=\"%s\"} %" PRId64 ".%06" PRId64 "\n", name, service, instance,
            sum_us / 1000000, sum_us % 1000000);
    fprintf(file, "%s_count{service=\"%s\",instance=\"%s\"} %" PRId64 "\n", name, service, instance, count);
}

void meters_print(FILE *file, const char *service, const char *instance) {
    static const char *const kinds[] = {[COUNTER] = "counter", [GAUGE] = "gauge", [SECONDS] = "histogram"};
    for (int meter = 0; meter < METER_COUNT; meter++) {
        fprintf(file, "# HELP %s %s\n# TYPE %s %s\n", rows[meter].name, rows[meter].sentence, rows[meter].name,
                kinds[rows[meter].kind]);
        if (rows[meter].kind == SECONDS) print_histogram(file, (enum meter)meter, service, instance);
        else if (rows[meter].label == AGREEMENT) print_named(file, (enum meter)meter, service, instance);
        else print_values(file, (enum meter)meter, service, instance);
    }
}
