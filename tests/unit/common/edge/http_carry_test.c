/* Mails beside posts (http_post.h), against a mail server on a loopback port that says what it is told to, and when: one that thinks about a mail that it has whole must hold up nobody else. */
#include "tests/unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/edge/clock.h"
#include "common/edge/http_post.h"
#include "tests/unit/loopback_fixture.h"

enum { SOCKETS_MAX = 16, TURN_MS = 10, TURNS_MAX = 1000, TEXT_MAX = 8192, TIMEOUT_MS = 20000, QUICK_MS = 5000 };

struct connection {
    int socket;
    bool has_mail; /* a whole one, which waits for its answer */
    size_t size;
    char text[TEXT_MAX + 1];
};

struct server {
    int listener, port;
    bool is_mail;
    const char *to_recipient; /* what it says to RCPT */
    size_t count, mails;      /* mails: that ever came whole */
    struct connection connections[SOCKETS_MAX];
};

static void open_server(struct server *server, bool is_mail) {
    *server = (struct server){.is_mail = is_mail, .to_recipient = "250 ok\r\n"};
    server->listener = loopback_listen(&server->port);
}

static void close_server(struct server *server) {
    for (size_t i = 0; i < server->count; i++) (void)close(server->connections[i].socket);
    (void)close(server->listener);
}

static void say(const struct connection *connection, const char *words) { assert_int_equal(send(connection->socket, words, strlen(words), MSG_NOSIGNAL), strlen(words)); }

/* One line of the dialogue, or the whole text of a mail. */
static void hear(struct server *server, struct connection *connection) {
    static const struct { const char *start, *answer; } dialogue[] = {{"EHLO", "250 test\r\n"}, {"MAIL", "250 ok\r\n"}, {"RCPT", NULL}, {"DATA", "354 go on\r\n"}, {"QUIT", "221 bye\r\n"}};
    char *end = strstr(connection->text, "\r\n");
    if (end == NULL || connection->has_mail) return;
    for (size_t i = 0; i < sizeof dialogue / sizeof *dialogue; i++) {
        if (strncmp(connection->text, dialogue[i].start, 4) != 0) continue;
        connection->size -= (size_t)(end + 2 - connection->text);
        memmove(connection->text, end + 2, connection->size + 1);
        (void)send(connection->socket, dialogue[i].answer != NULL ? dialogue[i].answer : server->to_recipient, strlen(dialogue[i].answer != NULL ? dialogue[i].answer : server->to_recipient), MSG_NOSIGNAL);
        return;
    }
    if (strstr(connection->text, server->is_mail ? "\r\n.\r\n" : "\r\n\r\n") == NULL) return;
    connection->has_mail = true;
    connection->size = 0;
    connection->text[0] = '\0';
    server->mails++;
}

static void look(struct server *server) {
    const int socket = loopback_accept(server->listener);
    if (socket >= 0) {
        assert_true(server->count < SOCKETS_MAX);
        server->connections[server->count++] = (struct connection){.socket = socket};
        if (server->is_mail) say(&server->connections[server->count - 1], "220 test\r\n");
    }
    for (size_t i = 0; i < server->count; i++) {
        struct connection *connection = &server->connections[i];
        const ssize_t size = recv(connection->socket, connection->text + connection->size, TEXT_MAX - connection->size, 0);
        if (size > 0) connection->size += (size_t)size;
        connection->text[connection->size] = '\0';
        hear(server, connection);
    }
}

static size_t waiting(const struct server *server) {
    size_t count = 0;
    for (size_t i = 0; i < server->count; i++) count += server->connections[i].has_mail;
    return count;
}

static void answer_one(struct server *server, const char *words) {
    for (size_t i = 0; i < server->count; i++) {
        if (!server->connections[i].has_mail) continue;
        server->connections[i].has_mail = false;
        say(&server->connections[i], words);
        return;
    }
    fail_msg("nobody waits for an answer");
}

static struct http_post *open_posts(int lanes, int connections, int timeout_ms) {
    struct http_post *posts = NULL;
    const struct http_post_options options = {.lanes = lanes, .connections = connections, .timeout_ms = timeout_ms, .answer_bytes_max = 1024, .user_agent = "test", .allow_private = true, .allow_mail = true};
    struct err err = http_post_open(&options, &posts);
    assert_false(failed(&err));
    return posts;
}

static void start_mail(struct http_post *posts, const struct server *server, uint64_t tag) {
    static const char *const headers[] = {"Subject: test"};
    char url[64];
    (void)snprintf(url, sizeof url, "smtp://127.0.0.1:%d", server->port);
    http_post_start(posts, &(struct http_post_call){.url = url, .headers = headers, .header_count = 1, .body = slice_text("Selamat."), .tag = tag, .mail_from = "<a@test.invalid>", .mail_to = "<b@test.invalid>"});
}

static void start_post(struct http_post *posts, const struct server *server, uint64_t tag) {
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/", server->port);
    http_post_start(posts, &(struct http_post_call){.url = url, .body = slice_text("1"), .tag = tag});
}

/* Goes on until so many wait for their answer at the server, and so many have ended. */
static void run_until(struct http_post *posts, struct server *server, size_t at_server, struct http_post_end *ret_ends, size_t ends) {
    size_t count = 0;
    for (int i = 0; i < TURNS_MAX && (waiting(server) != at_server || count < ends); i++) {
        count += http_post_turn(posts, TURN_MS, ret_ends + count, SOCKETS_MAX - count);
        look(server);
    }
    assert_int_equal(waiting(server), at_server);
    assert_int_equal(count, ends);
}

static void a_mail_server_that_thinks_holds_up_nobody(void **state) {
    (void)state;
    struct server mails, web;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&mails, true);
    open_server(&web, false);
    struct http_post *posts = open_posts(5, 3, TIMEOUT_MS);
    start_mail(posts, &mails, 1);
    start_mail(posts, &mails, 2);
    run_until(posts, &mails, 2, ends, 0); /* both are there, whole, at the same time */
    start_post(posts, &web, 3);
    start_mail(posts, &mails, 4); /* waits: there are three connections */
    run_until(posts, &web, 1, ends, 0);
    answer_one(&web, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    run_until(posts, &web, 0, ends, 1);
    assert_int_equal(ends[0].tag, 3);
    assert_int_equal(ends[0].status, 200);
    run_until(posts, &mails, 3, ends, 0); /* it has the connection that was given back */
    answer_one(&mails, "250 taken\r\n");
    run_until(posts, &mails, 2, ends, 1);
    assert_true(ends[0].tag == 1 || ends[0].tag == 2);
    assert_int_equal(ends[0].status, 250);
    assert_true(ends[0].reached);
    answer_one(&mails, "250 taken\r\n");
    answer_one(&mails, "250 taken\r\n");
    run_until(posts, &mails, 0, ends, 2);
    assert_int_equal(ends[0].status + ends[1].status, 250 + 250);
    start_mail(posts, &mails, 5);
    run_until(posts, &mails, 1, ends, 0);
    answer_one(&mails, "250 taken\r\n");
    run_until(posts, &mails, 0, ends, 1);
    assert_int_equal(ends[0].tag, 5);
    assert_int_equal(mails.mails, 4);
    assert_int_equal(mails.count, 3); /* a connection is kept for the next mail */
    assert_int_equal(http_post_under_way(posts), 0);
    const int64_t began_us = clock_monotonic_us();
    http_post_close(posts);
    assert_true(clock_monotonic_us() - began_us < (int64_t)QUICK_MS * 1000); /* though nobody answers its good-bye */
    close_server(&mails);
    close_server(&web);
}

static void what_is_refused_as_a_whole_is_told(void **state) {
    (void)state;
    struct server mails;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&mails, true);
    struct http_post *posts = open_posts(1, 1, TIMEOUT_MS);
    start_mail(posts, &mails, 1);
    run_until(posts, &mails, 1, ends, 0);
    answer_one(&mails, "452 later\r\n");
    run_until(posts, &mails, 0, ends, 1);
    assert_int_equal(ends[0].status, 452);
    assert_true(ends[0].reached);
    http_post_close(posts);
    close_server(&mails);
}

static void an_answer_that_comes_too_late_is_none_to_the_next_mail(void **state) {
    (void)state;
    struct server mails;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&mails, true);
    struct http_post *posts = open_posts(1, 1, 500);
    start_mail(posts, &mails, 1);
    run_until(posts, &mails, 1, ends, 1);
    assert_int_equal(ends[0].status, 0);
    (void)send(mails.connections[0].socket, "554 never\r\n", 11, MSG_NOSIGNAL);
    mails.connections[0].has_mail = false;
    start_mail(posts, &mails, 2);
    run_until(posts, &mails, 1, ends, 0);
    assert_int_equal(mails.count, 2);
    answer_one(&mails, "250 taken\r\n");
    run_until(posts, &mails, 0, ends, 1);
    assert_int_equal(ends[0].tag, 2);
    assert_int_equal(ends[0].status, 250);
    http_post_close(posts);
    close_server(&mails);
}

static void a_refused_recipient_is_told(void **state) {
    (void)state;
    struct server mails;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&mails, true);
    mails.to_recipient = "550 unknown\r\n";
    struct http_post *posts = open_posts(1, 1, TIMEOUT_MS);
    start_mail(posts, &mails, 1);
    run_until(posts, &mails, 0, ends, 1);
    assert_int_equal(ends[0].status, 550);
    assert_int_equal(mails.mails, 0);
    http_post_close(posts);
    close_server(&mails);
}

static void silence_ends_in_time(void **state) {
    (void)state;
    struct server mails;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&mails, true);
    struct http_post *posts = open_posts(2, 2, 500);
    start_mail(posts, &mails, 1);
    start_mail(posts, &mails, 2);
    run_until(posts, &mails, 2, ends, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(ends[i].status, 0);
        assert_true(ends[i].reached); /* it may have been taken */
        assert_true(ends[i].duration_ms >= 490 && ends[i].duration_ms < QUICK_MS); /* at the same time */
    }
    http_post_close(posts);
    close_server(&mails);
}

static void closing_breaks_off_what_is_under_way(void **state) {
    (void)state;
    struct server mails;
    struct http_post_end ends[SOCKETS_MAX];
    open_server(&mails, true);
    struct http_post *posts = open_posts(3, 2, TIMEOUT_MS);
    for (uint64_t i = 1; i <= 3; i++) start_mail(posts, &mails, i);
    run_until(posts, &mails, 2, ends, 0);
    const int64_t began_us = clock_monotonic_us();
    http_post_close(posts);
    assert_true(clock_monotonic_us() - began_us < (int64_t)QUICK_MS * 1000);
    close_server(&mails);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mail_server_that_thinks_holds_up_nobody),
        cmocka_unit_test(what_is_refused_as_a_whole_is_told),
        cmocka_unit_test(an_answer_that_comes_too_late_is_none_to_the_next_mail),
        cmocka_unit_test(a_refused_recipient_is_told),
        cmocka_unit_test(silence_ends_in_time),
        cmocka_unit_test(closing_breaks_off_what_is_under_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
