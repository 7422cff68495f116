/* A ring of spans whose first page is under way until the receiver has answered or has had its tries. */
#include "services/traces/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/edge/http_post.h"
#include "common/edge/log.h"
#include "common/stage/retry.h"
#include "common/tables/meters.h"

enum { ANSWER_BYTES_MAX = 64 * 1024, HEADER_MAX = 1024, TOO_MANY = 429, BAD_GATEWAY = 502, UNAVAILABLE = 503, GATEWAY_TIMEOUT = 504 };

struct export {
    struct http_post *posts;
    char url[1024], authorization[HEADER_MAX];
    struct span spans[EXPORT_SPANS_MAX]; /* a ring */
    size_t first, count;
    size_t page;           /* of the first ones: under way, or to be tried again; 0: none */
    struct span copy[EXPORT_PAGE_MAX]; /* of them, in one piece */
    char *body;            /* theirs */
    bool is_under_way, was_told;
    uint32_t tries;
    int64_t due_us, since_us; /* the next try; since when the first one waits */
};

struct err export_open(const struct export_options *options, struct export **ret_export) {
    const struct http_post_options posts = {.lanes = 1, .timeout_ms = options->timeout_ms, .answer_bytes_max = ANSWER_BYTES_MAX, .user_agent = "payung-traces/" PAYUNG_VERSION, .allow_private = true};
    struct export *export = calloc(1, sizeof *export);
    CHECK(export != NULL);
    if (snprintf(export->url, sizeof export->url, "%s", options->url) >= (int)sizeof export->url ||
        (options->authorization[0] != '\0' && snprintf(export->authorization, HEADER_MAX, "Authorization: %s", options->authorization) >= HEADER_MAX)) {
        free(export);
        return ERR(FATAL, "OTLP_URL or OTLP_AUTHORIZATION is too long");
    }
    const struct err err = http_post_open(&posts, &export->posts);
    if (failed(&err)) free(export);
    else *ret_export = export;
    return err;
}

void export_close(struct export *export) {
    if (export == NULL) return;
    http_post_close(export->posts);
    free(export->body);
    free(export);
}

void export_add(struct export *export, const struct span *span) {
    if (export->count == EXPORT_SPANS_MAX) {
        meter_add(METER_SPANS_DROPPED, 0, 1);
        return;
    }
    if (export->count == 0) export->since_us = clock_monotonic_us();
    export->spans[(export->first + export->count++) % EXPORT_SPANS_MAX] = *span;
}

bool export_is_empty(const struct export *export) { return export->count == 0; }

/* The page is done with, one way or the other. */
static void turn_page(struct export *export, enum meter meter) {
    meter_add(meter, 0, (int64_t)export->page);
    export->first = (export->first + export->page) % EXPORT_SPANS_MAX;
    export->count -= export->page;
    export->page = 0;
    export->tries = 0;
    export->due_us = 0;
    export->since_us = clock_monotonic_us();
    free(export->body);
    export->body = NULL;
}

/* As OTLP says: these are to be tried again, and silence; any other refusal is one for good. */
static bool is_worth_a_try(int status) { return status == 0 || status == TOO_MANY || status == BAD_GATEWAY || status == UNAVAILABLE || status == GATEWAY_TIMEOUT; }

static void take_end(struct export *export, const struct http_post_end *end) {
    export->is_under_way = false;
    if (end->status >= 200 && end->status < 300) {
        if (export->was_told) log_info("the receiver of traces takes them again");
        export->was_told = false;
        turn_page(export, METER_SPANS_SENT);
        return;
    }
    if (!export->was_told) log_warning("the receiver of traces does not take them; they are dropped when too many wait", LOG_INT("status", end->status), LOG_WORD("error", end->trouble));
    export->was_told = true;
    if (!is_worth_a_try(end->status) || ++export->tries >= EXPORT_TRIES_MAX) {
        turn_page(export, METER_SPANS_DROPPED);
        return;
    }
    const int64_t now_us = clock_monotonic_us();
    export->due_us = now_us + (end->retry_after_s > 0 && end->retry_after_s <= 60 ? end->retry_after_s * 1000000 : retry_delay_ms(export->tries, (uint64_t)now_us) * 1000);
}

static void make_page(struct export *export) {
    export->page = export->count < EXPORT_PAGE_MAX ? export->count : EXPORT_PAGE_MAX;
    for (size_t i = 0; i < export->page; i++) export->copy[i] = export->spans[(export->first + i) % EXPORT_SPANS_MAX];
    export->body = spans_json(export->copy, export->page);
}

void export_turn(struct export *export, bool now) {
    struct http_post_end end;
    while (http_post_turn(export->posts, 0, &end, 1) > 0) take_end(export, &end);
    const int64_t now_us = clock_monotonic_us();
    if (export->is_under_way || export->count == 0 || now_us < export->due_us) return;
    if (export->page == 0 && !now && export->count < EXPORT_PAGE_MAX && now_us < export->since_us + (int64_t)EXPORT_GATHER_MS * 1000) return;
    if (export->page == 0) make_page(export);
    const char *const headers[] = {"Content-Type: application/json", export->authorization};
    http_post_start(export->posts, &(struct http_post_call){.url = export->url, .headers = headers, .header_count = export->authorization[0] != '\0' ? 2 : 1, .body = slice_text(export->body)});
    export->is_under_way = true;
}
