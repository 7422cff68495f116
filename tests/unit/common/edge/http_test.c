/* The HTTP edge as a client sees it on the socket: requests whose length can be read in two ways are refused, bounds hold, waiting requests are answered
 * later, and exact readings of header fields. */
#include "tests/unit/cmocka_all.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/edge/http.h"

enum { BODY_MAX = 1000, SLOW_SECONDS = 1 };

struct self {
    struct http_request *waiting;
    size_t streamed;
    int gone;
    int whole;
    int left; /* pieces of a long answer */
};

static struct http_server *server;
static struct self self;

static void on_refused(void *own, struct http_request *request, int status) { http_answer(request, status, "text/plain", slice_text("refused")); }
static void on_echo(void *own, struct http_request *request) {
    http_set_header(request, "X-Seen", "yes");
    http_answer(request, 200, "text/plain", http_body(request));
}
static void on_describe(void *own, struct http_request *request) {
    char text[256];
    (void)snprintf(text, sizeof text, "%s %.*s %d|%d", http_method(request), SLICE_ARGS(http_target(request)), self.whole, http_is_whole(request));
    http_answer(request, 200, "text/plain", slice_text(text));
}
static void on_head(void *own, struct http_request *request) { self.whole = http_is_whole(request); }
static void on_wait(void *own, struct http_request *request) {
    self.waiting = request;
    http_wait(request);
}
static void on_stream(void *own, struct http_request *request, struct slice bytes) {
    self.streamed += bytes.size;
    if (memchr(bytes.bytes, '!', bytes.size) != NULL) http_answer(request, 422, "text/plain", slice_text("no"));
}
static void on_stream_end(void *own, struct http_request *request) { http_answer(request, 201, "text/plain", slice_text("taken")); }
static void on_gone(void *own, struct http_request *request) { self.gone++; }
static long give_piece(void *own, uint8_t *bytes, size_t size) {
    if (self.left == 0) return 0;
    if (self.left < 0) return -1;
    self.left--;
    memcpy(bytes, "piece", 5);
    return 5;
}
static void give_done(void *own) {}
static void on_long(void *own, struct http_request *request) { http_answer_stream(request, 200, "text/plain", give_piece, give_done, NULL); }

static const struct http_route routes[] = {
    {"POST", "/echo", BODY_MAX, NULL, NULL, on_echo, on_gone},
    {"GET", "/wait/{}", 0, NULL, NULL, on_wait, on_gone},
    {"POST", "/stream", 10 * 1000 * 1000, NULL, on_stream, on_stream_end, on_gone},
    {"POST", "/describe/{}", BODY_MAX, on_head, NULL, on_describe, on_gone},
    {"GET", "/long", 0, NULL, NULL, on_long, on_gone},
};

static int open_server(void **state) {
    const struct http_options options = {.connections_max = 16, .idle_seconds = 5, .slow_seconds = SLOW_SECONDS, .head_bytes_max = 8192, .refused = on_refused};
    struct err err = http_open(&options, routes, sizeof routes / sizeof *routes, &self, &server);
    return failed(&err) ? -1 : 0;
}
static int close_server(void **state) {
    http_stop_accepting(server);
    http_close(server);
    return 0;
}

static int dial(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    return fd;
}

static void turn(void) {
    struct pollfd poller = {.fd = http_fd(server), .events = POLLIN};
    CHECK(poll(&poller, 1, 10) >= 0);
    http_run(server);
}

/* Sends all and turns the server until the answer has come or the connection is closed. */
static void talk(int fd, const char *request, char answer[4096]) {
    size_t size = 0, left = strlen(request);
    CHECK(send(fd, request, left, MSG_NOSIGNAL) == (ssize_t)left);
    for (int i = 0; i < 100; i++) {
        turn();
        ssize_t got = recv(fd, answer + size, 4095 - size, MSG_DONTWAIT);
        if (got > 0) size += (size_t)got;
        if (got == 0) break;
        if (got < 0 && size > 0 && i > 20) break;
    }
    answer[size] = '\0';
}

static int status_of(const char *request) {
    char answer[4096];
    int fd = dial(), status = 0;
    talk(fd, request, answer);
    (void)close(fd);
    for (int i = 0; i < 5; i++) turn();
    if (sscanf(answer, "HTTP/1.1 %d", &status) != 1) return 0;
    return status;
}

static void a_request_whose_length_has_two_readings_is_refused(void **state) {
    static const struct {
        const char *request;
        int status;
    } vectors[] = {
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 200},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello", 400},
        {"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413},
        {"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", 404},
        {"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n", 405},
        {"GET /wait/ HTTP/1.1\r\nHost: a\r\n\r\n", 404},
        {"GET /wait/a/b HTTP/1.1\r\nHost: a\r\n\r\n", 404},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) assert_int_equal(status_of(vectors[i].request), vectors[i].status);
    assert_int_equal(http_open_requests(server), 0);
}

static void a_request_is_seen_as_it_was_sent(void **state) {
    char answer[4096];
    int fd = dial();
    talk(fd, "POST /describe/%41?x=%20y&z HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", answer);
    assert_non_null(strstr(answer, "\r\n\r\nPOST /describe/%41?x=%20y&z 0|1"));
    (void)close(fd);
    const int begun = http_open_requests(server);
    fd = dial(); /* a head that never ends is no request yet, and nothing of it is left */
    talk(fd, "POST /describe/a HTTP/1.1\r\nHost:", answer);
    assert_int_equal(http_open_requests(server), begun);
    (void)close(fd);
    for (int i = 0; i < 5; i++) turn();
    assert_int_equal(http_open_requests(server), 0);
}

static void a_path_tells_its_methods_and_head_is_get_without_a_body(void **state) {
    char answer[4096];
    int fd = dial();
    talk(fd, "PUT /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", answer);
    assert_non_null(strstr(answer, "405"));
    assert_non_null(strstr(answer, "Allow: GET, HEAD\r\n"));
    (void)close(fd);
    fd = dial();
    self.left = 1;
    talk(fd, "HEAD /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_null(strstr(answer, "piece"));
    (void)close(fd);
    for (int i = 0; i < 5; i++) turn();
}

static void a_media_type_and_an_entity_tag_are_read_exactly(void **state) {
    assert_true(http_media_is(slice_text("application/json"), "application/json"));
    assert_true(http_media_is(slice_text("Application/JSON ; charset=utf-8"), "application/json"));
    assert_false(http_media_is(slice_text("application/json5"), "application/json"));
    assert_false(http_media_is((struct slice){0}, "application/json"));
    assert_true(http_tag_matches(slice_text("\"a\", W/\"b\""), "\"b\""));
    assert_true(http_tag_matches(slice_text("*"), "\"b\""));
    assert_false(http_tag_matches(slice_text("\"a\", b"), "\"b\""));
    assert_false(http_tag_matches((struct slice){0}, "\"b\""));
}

static void a_body_beyond_its_bound_is_refused_also_in_chunks(void **state) {
    char request[4096];
    int size = snprintf(request, sizeof request, "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n%02000d\r\n0\r\n\r\n", 7);
    assert_true(size > 2000);
    assert_int_equal(status_of(request), 413);
}

static void a_refusal_comes_while_the_body_still_does(void **state) {
    char answer[4096];
    int fd = dial();
    self.streamed = 0;
    talk(fd, "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nabc!", answer);
    assert_non_null(strstr(answer, "HTTP/1.1 422"));
    assert_non_null(strstr(answer, "Connection: close"));
    assert_non_null(strstr(answer, "\r\n\r\nno"));
    talk(fd, "more that nobody reads", answer);
    assert_int_equal(self.streamed, 4);
    (void)close(fd);
    for (int i = 0; i < 10; i++) turn();
    assert_int_equal(http_open_requests(server), 0);
}

static void waiting_requests_are_answered_later_and_others_go_on_meanwhile(void **state) {
    char answer[4096];
    int fd = dial();
    self.waiting = NULL;
    talk(fd, "GET /wait/abc?x=1&y=%20z HTTP/1.1\r\nHost: a\r\nPrefer: wait=3\r\n\r\n", answer);
    assert_string_equal(answer, "");
    assert_non_null(self.waiting);
    assert_true(slice_is(http_segment(self.waiting, 0), "abc"));
    assert_true(slice_is(http_query(self.waiting, "x"), "1") && slice_is(http_query(self.waiting, "y"), " z"));
    assert_null(http_query(self.waiting, "z").bytes);
    assert_true(slice_is(http_header(self.waiting, "prefer"), "wait=3"));
    for (int i = 0; i < 5; i++)
        assert_int_equal(status_of("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"), 200);
    http_answer(self.waiting, 202, "text/plain", slice_text("later"));
    talk(fd, "", answer);
    assert_non_null(strstr(answer, "HTTP/1.1 202"));
    assert_non_null(strstr(answer, "later"));
    talk(fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok", answer); /* the connection lives on */
    assert_non_null(strstr(answer, "HTTP/1.1 200"));
    assert_non_null(strstr(answer, "X-Seen: yes"));
    (void)close(fd);
    for (int i = 0; i < 10; i++) turn();
    assert_int_equal(http_open_requests(server), 0);
}

static void a_long_answer_comes_in_pieces_or_is_seen_to_be_cut(void **state) {
    char answer[4096];
    int fd = dial();
    self.left = 3;
    talk(fd, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n", answer);
    (void)close(fd);
    assert_non_null(strstr(answer, "\r\n0\r\n")); /* the last chunk */
    fd = dial();
    self.left = -1;
    talk(fd, "GET /long HTTP/1.1\r\nHost: a\r\n\r\n", answer);
    (void)close(fd);
    assert_null(strstr(answer, "\r\n0\r\n"));
    for (int i = 0; i < 10; i++) turn();
}

static void say(int fd, const char *text) { assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (int)strlen(text)); }

/* Sends `piece` every 100 ms. Returns after how many the server hung up, or pieces_max. */
static int dribble(int fd, const char *piece, int pieces_max) {
    char byte;
    for (int i = 0; i < pieces_max; i++) {
        if (send(fd, piece, strlen(piece), MSG_NOSIGNAL) < 0) return i;
        for (int turns = 0; turns < 10; turns++) turn(); /* 10 ms each, if nothing comes */
        if (recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0) return i;
    }
    return pieces_max;
}

static void who_dribbles_is_cut_off_in_time_and_who_is_only_slow_is_not(void **state) {
    char kib[1025], answer[4096];
    memset(kib, 'x', sizeof kib - 1);
    kib[sizeof kib - 1] = '\0';
    int fd = dial();
    assert_true(dribble(fd, "X", 60) < 40); /* a head that never ends: one second, looked at each second */
    (void)close(fd);
    fd = dial();
    say(fd, "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    assert_true(dribble(fd, "x", 60) < 40); /* a body of ten bytes a second */
    (void)close(fd);
    self.streamed = 0;
    fd = dial();
    say(fd, "POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 30721\r\n\r\n");
    assert_int_equal(dribble(fd, kib, 30), 30); /* ten KiB a second, for three seconds */
    talk(fd, "x", answer);
    assert_non_null(strstr(answer, " 201 "));
    assert_int_equal(self.streamed, 30721);
    (void)close(fd);
    fd = dial();
    talk(fd, "GET /wait/a HTTP/1.1\r\nHost: a\r\n\r\n", answer);
    for (int i = 0; i < 250; i++) turn(); /* who waits for us is not slow */
    assert_non_null(self.waiting);
    http_answer(self.waiting, 200, "text/plain", slice_text("late"));
    talk(fd, "", answer);
    assert_non_null(strstr(answer, "late"));
    self.waiting = NULL;
    (void)close(fd);
    for (int i = 0; i < 5; i++) turn();
}

static void preferences_keys_and_tokens_are_read_exactly(void **state) {
    static const struct {
        const char *text;
        int seconds; /* -1: none */
    } preferences[] = {{"wait=10", 10},  {"respond-async, wait=5", 5}, {"Wait = 7", 7}, {"wait=99999999999999999999", 30}, {"wait=", -1},
                       {"wait=5s", -1}, {"wait=-1", -1},              {"", -1},        {"wait=2;foo=bar", 2},             {"awaited=3", -1}};
    for (size_t i = 0; i < sizeof preferences / sizeof *preferences; i++) {
        int seconds = -1;
        assert_int_equal(http_preference_wait(slice_text(preferences[i].text), 30, &seconds), preferences[i].seconds >= 0);
        assert_int_equal(seconds, preferences[i].seconds);
    }
    static const struct {
        const char *text, *key; /* NULL: refused */
    } keys[] = {{"\"8e03978e\"", "8e03978e"}, {"8e03978e", "8e03978e"}, {" \"a\" ", "a"}, {"\"\"", NULL}, {"", NULL}, {"a b", NULL}, {"a\"b", NULL}, {"\xC3\xA9", NULL}, {"\"a", NULL}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        struct slice key = {0};
        assert_int_equal(http_idempotency_key(slice_text(keys[i].text), &key), keys[i].key != NULL);
        if (keys[i].key != NULL) assert_true(slice_is(key, keys[i].key));
    }
    struct slice token;
    assert_true(http_bearer(slice_text("Bearer abc"), &token) && slice_is(token, "abc"));
    assert_true(http_bearer(slice_text("bearer  abc "), &token) && slice_is(token, "abc"));
    assert_false(http_bearer(slice_text("Basic abc"), &token));
    assert_false(http_bearer(slice_text("Bearer"), &token));
    assert_false(http_bearer(slice_text("Bearer a b"), &token));
    assert_false(http_bearer((struct slice){0}, &token));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_whose_length_has_two_readings_is_refused),
        cmocka_unit_test(a_request_is_seen_as_it_was_sent),
        cmocka_unit_test(a_path_tells_its_methods_and_head_is_get_without_a_body), cmocka_unit_test(a_media_type_and_an_entity_tag_are_read_exactly),
        cmocka_unit_test(a_body_beyond_its_bound_is_refused_also_in_chunks),
        cmocka_unit_test(a_refusal_comes_while_the_body_still_does),
        cmocka_unit_test(waiting_requests_are_answered_later_and_others_go_on_meanwhile),
        cmocka_unit_test(a_long_answer_comes_in_pieces_or_is_seen_to_be_cut),
        cmocka_unit_test(who_dribbles_is_cut_off_in_time_and_who_is_only_slow_is_not),
        cmocka_unit_test(preferences_keys_and_tokens_are_read_exactly),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
