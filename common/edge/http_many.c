/* libcurl's multi interface over a fixed number of lanes, each an easy handle with a buffer of its own, made once. A lane takes the next question when its last one is
 * settled. The whole run is bounded by one deadline on the monotonic clock. */
#include "common/edge/http_many.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/edge/clock.h"

enum { HEADER_BYTES_MAX = 1200, CONNECT_MS_MAX = 5000, WAIT_MS_MAX = 100 };

struct lane {
    CURL *curl;
    struct http_question *question; /* NULL: free */
    uint8_t *buffer;
    size_t size, room;
};

struct http_many {
    CURLM *multi;
    struct curl_slist *headers;
    struct lane *lanes;
    int lane_count;
    char authorization[HEADER_BYTES_MAX];
};

/* The state of one run. */
struct run {
    struct http_many *many;
    struct arena *arena;
    struct http_question *questions;
    size_t count, next;
    int under_way;
    int64_t deadline_us;
    const struct http_bounds *bounds;
    size_t failures_in_row;
};

static size_t take_bytes(char *bytes, size_t one, size_t size, void *self) {
    struct lane *lane = self;
    (void)one; /* is 1 */
    if (size > lane->room - lane->size) return 0; /* ends this transfer with an error */
    memcpy(lane->buffer + lane->size, bytes, size);
    lane->size += size;
    return size;
}

static bool open_lane(struct http_many *many, const struct http_many_options *options, struct lane *lane) {
    lane->curl = curl_easy_init();
    lane->room = options->answer_bytes_max;
    lane->buffer = malloc(lane->room);
    if (lane->curl == NULL || lane->buffer == NULL) return false;
    /* Options of fixed types on a fresh handle: only the URL's copy could fail. */
    (void)curl_easy_setopt(lane->curl, CURLOPT_HTTPHEADER, many->headers);
    (void)curl_easy_setopt(lane->curl, CURLOPT_WRITEFUNCTION, take_bytes);
    (void)curl_easy_setopt(lane->curl, CURLOPT_WRITEDATA, lane);
    (void)curl_easy_setopt(lane->curl, CURLOPT_PRIVATE, lane);
    (void)curl_easy_setopt(lane->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(lane->curl, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(lane->curl, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(lane->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(lane->curl, CURLOPT_POST, 1L);
    return curl_easy_setopt(lane->curl, CURLOPT_URL, options->url) == CURLE_OK;
}

static bool begins_with(const char *text, const char *word) { return strncasecmp(text, word, strlen(word)) == 0; }

bool http_is_open_to_others(const char *url) {
    static const char *const here[] = {"127.0.0.1", "localhost", "[::1]"};
    static const char scheme[] = "http://";
    if (!begins_with(url, scheme)) return false;
    const char *host = url + strlen(scheme);
    const char *const credentials = memrchr(host, '@', strcspn(host, "/?#"));
    if (credentials != NULL) host = credentials + 1;
    for (size_t i = 0; i < sizeof here / sizeof *here; i++)
        if (begins_with(host, here[i]) && strchr(":/?#", host[strlen(here[i])]) != NULL) return false; /* the end of the text is found too */
    return true;
}

static struct err open_all(struct http_many *many, const struct http_many_options *options) {
    if (!begins_with(options->url, "http://") && !begins_with(options->url, "https://")) return ERR(FATAL, "the address of the service begins neither with http:// nor with https://");
    if ((many->multi = curl_multi_init()) == NULL) return ERR(FATAL, "libcurl can't start");
    if (snprintf(many->authorization, HEADER_BYTES_MAX, "Authorization: Bearer %s", options->token) >= HEADER_BYTES_MAX) return ERR(FATAL, "the token is too long");
    const char *const headers[] = {"Content-Type: application/json", "Accept: application/json", "Expect:", options->token[0] != '\0' ? many->authorization : NULL};
    for (size_t i = 0; i < sizeof headers / sizeof *headers && headers[i] != NULL; i++) {
        struct curl_slist *longer = curl_slist_append(many->headers, headers[i]);
        CHECK(longer != NULL);
        many->headers = longer;
    }
    (void)curl_multi_setopt(many->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)many->lane_count);
    (void)curl_multi_setopt(many->multi, CURLMOPT_MAXCONNECTS, (long)many->lane_count);
    for (int i = 0; i < many->lane_count; i++)
        if (!open_lane(many, options, &many->lanes[i])) return ERR(FATAL, "libcurl can't use the address that was given");
    return OK;
}

struct err http_many_open(const struct http_many_options *options, struct http_many **ret_many) {
    CHECK(options->connections >= 1 && options->connections <= HTTP_CONNECTIONS_MAX && options->answer_bytes_max > 0);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return ERR(FATAL, "libcurl can't start");
    struct http_many *many = calloc(1, sizeof *many);
    CHECK(many != NULL);
    many->lane_count = options->connections;
    many->lanes = calloc((size_t)many->lane_count, sizeof *many->lanes);
    CHECK(many->lanes != NULL);
    struct err err = open_all(many, options);
    if (failed(&err)) {
        http_many_close(many);
        return err;
    }
    *ret_many = many;
    return OK;
}

void http_many_close(struct http_many *many) {
    if (many == NULL) return;
    for (int i = 0; i < many->lane_count; i++) {
        curl_easy_cleanup(many->lanes[i].curl);
        free(many->lanes[i].buffer);
    }
    free(many->lanes);
    curl_slist_free_all(many->headers);
    if (many->multi != NULL) (void)curl_multi_cleanup(many->multi); /* nothing is left in it */
    curl_global_cleanup();
    explicit_bzero(many->authorization, sizeof many->authorization);
    free(many);
}

static int left_ms(const struct run *run) {
    const int64_t left = (run->deadline_us - clock_monotonic_us()) / 1000;
    return left > 0 ? (int)left : 0;
}

static bool is_given_up(const struct run *run) { return run->failures_in_row >= run->bounds->failures_max; }

static void start_lanes(struct run *run) {
    for (int i = 0; i < run->many->lane_count && run->next < run->count && !is_given_up(run); i++) {
        struct lane *lane = &run->many->lanes[i];
        const int left = left_ms(run);
        if (lane->question != NULL || left == 0) continue;
        lane->question = &run->questions[run->next++];
        lane->question->sent = true;
        lane->size = 0;
        (void)curl_easy_setopt(lane->curl, CURLOPT_POSTFIELDS, lane->question->body.bytes);
        (void)curl_easy_setopt(lane->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)lane->question->body.size);
        (void)curl_easy_setopt(lane->curl, CURLOPT_TIMEOUT_MS, (long)left);
        (void)curl_easy_setopt(lane->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(left < CONNECT_MS_MAX ? left : CONNECT_MS_MAX));
        CHECK(curl_multi_add_handle(run->many->multi, lane->curl) == CURLM_OK);
        run->under_way++;
    }
}

static void release(struct run *run, struct lane *lane) {
    CHECK(curl_multi_remove_handle(run->many->multi, lane->curl) == CURLM_OK); /* breaks off what is under way */
    (void)curl_easy_setopt(lane->curl, CURLOPT_POSTFIELDS, "");
    lane->question = NULL;
    run->under_way--;
}

static void settle(struct run *run, struct lane *lane, CURLcode result) {
    long status = 0;
    const char *type = NULL;
    if (result == CURLE_OK) {
        (void)curl_easy_getinfo(lane->curl, CURLINFO_RESPONSE_CODE, &status);
        (void)curl_easy_getinfo(lane->curl, CURLINFO_CONTENT_TYPE, &type);
        static const char json[] = "application/json";
        const size_t size = sizeof json - 1;
        lane->question->is_json = type != NULL && strncasecmp(type, json, size) == 0 && (type[size] == '\0' || type[size] == ';' || type[size] == ' ');
        lane->question->answer = arena_copy(run->arena, slice_of(lane->buffer, lane->size));
        lane->question->status = (int)status;
    }
    const bool is_sound = result == CURLE_OK && run->bounds->read(run->bounds->self, (size_t)(lane->question - run->questions), lane->question);
    run->failures_in_row = is_sound ? 0 : run->failures_in_row + 1;
    explicit_bzero(lane->buffer, lane->size);
    release(run, lane);
}

static void settle_finished(struct run *run) {
    int more = 0;
    for (CURLMsg *message = curl_multi_info_read(run->many->multi, &more); message != NULL; message = curl_multi_info_read(run->many->multi, &more)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode result = message->data.result; /* the message dies with the handle's removal */
        struct lane *lane = NULL;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&lane);
        CHECK(lane != NULL && lane->question != NULL);
        settle(run, lane, result);
    }
}

void http_many_run(struct http_many *many, struct arena *arena, struct http_question *questions, size_t count, const struct http_bounds *bounds) {
    CHECK(bounds->timeout_ms > 0 && bounds->failures_max > 0 && bounds->read != NULL);
    struct run run = {.many = many, .arena = arena, .questions = questions, .count = count, .bounds = bounds,
                      .deadline_us = clock_monotonic_us() + (int64_t)bounds->timeout_ms * 1000};
    for (size_t i = 0; i < count; i++) questions[i] = (struct http_question){.body = questions[i].body};
    start_lanes(&run);
    while (run.under_way > 0 && left_ms(&run) > 0 && !is_given_up(&run)) {
        int running = 0;
        const int left = left_ms(&run);
        if (curl_multi_perform(many->multi, &running) != CURLM_OK) break;
        settle_finished(&run);
        start_lanes(&run);
        if (run.under_way > 0 && curl_multi_poll(many->multi, NULL, 0, left < WAIT_MS_MAX ? left : WAIT_MS_MAX, NULL) != CURLM_OK) break;
    }
    for (int i = 0; i < many->lane_count; i++)
        if (many->lanes[i].question != NULL) release(&run, &many->lanes[i]);
}
