/* Who has a connection and who waits for one, against a server on a loopback port that is driven from the same loop and answers only when it is told to. What is posted, and how a mail goes, is tested
 * with running services (tests/system/webhook_test.py, sender_test.py). */
#include "tests/unit/cmocka_all.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/edge/clock.h"
#include "common/edge/http_post.h"
#include "tests/unit/loopback_fixture.h"

enum { SOCKETS_MAX = 16, TURNS = 20, TURN_MS = 10, REQUEST_BYTES_MAX = 2048 };
static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

struct server {
    int listener, sockets[SOCKETS_MAX], port;
    bool asked[SOCKETS_MAX]; /* a post is here and has no answer */
    size_t count, seen;      /* seen: posts that ever came */
    int bodies[64];          /* what they said, in the order in which they came */
};

static void open_server(struct server *server) {
    *server = (struct server){0};
    server->listener = loopback_listen(&server->port);
}

static void close_server(struct server *server) {
    for (size_t i = 0; i < server->count; i++) (void)close(server->sockets[i]);
    (void)close(server->listener);
}

static void read_post(struct server *server, size_t i) {
    char text[REQUEST_BYTES_MAX + 1];
    const ssize_t size = recv(server->sockets[i], text, REQUEST_BYTES_MAX, 0);
    if (size <= 0) return;
    text[size] = '\0';
    const char *body = strstr(text, "\r\n\r\n"); /* small posts come whole */
    assert_non_null(body);
    assert_true(body[4] >= '0' && body[4] <= '9');
    server->bodies[server->seen++] = body[4] - '0';
    server->asked[i] = true;
}

static void look(struct server *server) {
    const int socket = loopback_accept(server->listener);
    if (socket >= 0) {
        assert_true(server->count < SOCKETS_MAX);
        server->sockets[server->count++] = socket;
    }
    for (size_t i = 0; i < server->count; i++) read_post(server, i);
}

static size_t asked(const struct server *server) {
    size_t count = 0;
    for (size_t i = 0; i < server->count; i++) count += server->asked[i];
    return count;
}

/* The one that waits longest for its answer has it. */
static void answer_one(struct server *server) {
    for (size_t i = 0; i < server->count; i++) {
        if (!server->asked[i]) continue;
        server->asked[i] = false;
        assert_int_equal(send(server->sockets[i], ANSWER, sizeof ANSWER - 1, 0), sizeof ANSWER - 1);
        return;
    }
    fail_msg("nobody waits for an answer");
}

/* Long enough for whatever may happen. */
static size_t settle(struct http_post *posts, struct server *server, struct http_post_end *ret_ends) {
    size_t count = 0;
    for (int i = 0; i < TURNS; i++) {
        count += http_post_turn(posts, TURN_MS, ret_ends + count, SOCKETS_MAX - count);
        look(server);
    }
    return count;
}

static void start(struct http_post *posts, const struct server *server, int number, int group, int group_connections) {
    char url[64], body[16];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", server->port);
    (void)snprintf(body, sizeof body, "%d", number);
    http_post_start(posts, &(struct http_post_call){.url = url, .body = slice_text(body), .tag = (uint64_t)number, .group = group, .group_connections = group_connections});
}

static struct http_post *open_posts(int lanes, int connections, int timeout_ms) {
    struct http_post *posts = NULL;
    struct err err = http_post_open(&(struct http_post_options){.lanes = lanes, .connections = connections, .timeout_ms = timeout_ms, .answer_bytes_max = 1024, .user_agent = "test", .allow_private = true}, &posts);
    assert_false(failed(&err));
    return posts;
}

static void who_finds_no_connection_waits_for_the_next_free_one(void **state) {
    (void)state;
    struct server server;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&server);
    struct http_post *posts = open_posts(5, 2, 10000);
    for (int i = 1; i <= 5; i++) start(posts, &server, i, 0, 0);
    assert_int_equal(http_post_room(posts), 0);
    assert_int_equal(http_post_under_way(posts), 5);
    assert_int_equal(settle(posts, &server, ends), 0);
    assert_int_equal(asked(&server), 2);
    for (int i = 3; i <= 5; i++) {
        answer_one(&server);
        assert_int_equal(settle(posts, &server, ends), 1);
        assert_int_equal(ends[0].status, 200);
        assert_int_equal(asked(&server), 2);
        assert_int_equal(server.bodies[server.seen - 1], i); /* in the order in which they came */
    }
    answer_one(&server);
    answer_one(&server);
    assert_int_equal(settle(posts, &server, ends), 2);
    assert_int_equal(http_post_under_way(posts), 0);
    assert_int_equal(server.seen, 5);
    assert_int_equal(server.count, 2); /* connections are kept */
    http_post_close(posts);
    close_server(&server);
}

static void a_group_has_its_part_of_the_connections(void **state) {
    (void)state;
    struct server slow, quick;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&slow);
    open_server(&quick);
    struct http_post *posts = open_posts(6, 3, 10000);
    for (int i = 1; i <= 4; i++) start(posts, &slow, i, 7, 2);
    start(posts, &quick, 5, 8, 2);
    start(posts, &quick, 6, 8, 2);
    (void)settle(posts, &slow, ends);
    look(&quick);
    look(&quick);
    assert_int_equal(asked(&slow), 2);
    assert_int_equal(asked(&quick), 1); /* though four of the others came before it */
    answer_one(&quick);
    assert_int_equal(settle(posts, &quick, ends), 1);
    assert_int_equal(ends[0].tag, 5);
    look(&quick);
    assert_int_equal(asked(&quick), 1); /* its neighbour, while the slow ones still wait */
    look(&slow);
    assert_int_equal(slow.seen, 2);
    http_post_close(posts); /* some are under way, some wait */
    close_server(&slow);
    close_server(&quick);
}

static void time_runs_from_the_moment_at_which_a_post_is_under_way(void **state) {
    (void)state;
    enum { TIMEOUT_MS = 400 };
    struct server server;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&server);
    struct http_post *posts = open_posts(2, 1, TIMEOUT_MS);
    const int64_t began_us = clock_monotonic_us();
    start(posts, &server, 1, 0, 0);
    start(posts, &server, 2, 0, 0);
    size_t count = 0;
    while (count < 2) {
        count += http_post_turn(posts, TURN_MS, ends + count, SOCKETS_MAX - count);
        look(&server);
    }
    assert_true(clock_monotonic_us() - began_us > (2 * TIMEOUT_MS - 40) * 1000); /* one after the other, each with all of its time */
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ends[i].tag, i + 1);
        assert_int_equal(ends[i].status, 0);
        assert_true(ends[i].reached);
        assert_true(ends[i].duration_ms >= TIMEOUT_MS - 10);
    }
    http_post_close(posts);
    close_server(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_finds_no_connection_waits_for_the_next_free_one),
        cmocka_unit_test(a_group_has_its_part_of_the_connections),
        cmocka_unit_test(time_runs_from_the_moment_at_which_a_post_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
