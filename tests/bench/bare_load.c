/* A bare load generator: hands the same message over to a mail server or to Kannel again and again, by a fixed number of kept connections, each of which waits for its answer before it goes on, as
 * payung-sender's do. It composes nothing and keeps no books, so that what it reaches is what the server takes. With REPORT_PORT it also answers reports of delivery there, and stays until none has come
 * for a while, so that the next one that is measured finds a server with nothing left to do. It prints one line of JSON: seconds to the last answer, and to the last report.
 * usage: bare_load smtp|http PORT CONNECTIONS COUNT FILE [REPORT_PORT]
 * FILE: of smtp the lines of the dialogue in the order in which they are sent, each after the answer to the last, with what follows DATA as one piece, pieces parted by a NUL; of http the request. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/domain/text.h"

enum { FILE_MAX = 64 * 1024, PIECES_MAX = 8, ANSWER_MAX = 16 * 1024, CONNECTIONS_MAX = 1000, MESSAGES_MAX = 100 * 1000 * 1000, QUIET_US = 8 * 1000 * 1000 /* longer than Kannel waits before it asks again */ };

enum kind { LISTENS, SMTP, HTTP, REPORTS };
struct connection {
    enum kind kind;
    int socket, piece; /* piece: that is sent next; -1: the greeting is waited for */
    bool is_done;
    size_t size;
    char answer[ANSWER_MAX];
};

struct run {
    struct slice pieces[PIECES_MAX];
    size_t piece_count;
    uint64_t wanted, begun, ended, refused, reports;
    int epoll;
    int64_t last_us; /* something happened */
};

static int64_t now_us(void) {
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct connection *watch(struct run *run, enum kind kind, int socket) {
    struct connection *connection = calloc(1, sizeof *connection);
    CHECK(connection != NULL && socket >= 0 && fcntl(socket, F_SETFL, O_NONBLOCK) == 0);
    *connection = (struct connection){.kind = kind, .socket = socket, .piece = -1};
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection}};
    CHECK(epoll_ctl(run->epoll, EPOLL_CTL_ADD, socket, &event) == 0);
    return connection;
}

static struct sockaddr_in address_of(uint64_t port) { return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}}; }

static int connect_to(uint64_t port) {
    const struct sockaddr_in address = address_of(port);
    const int one = 1, to = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(to >= 0 && connect(to, (const struct sockaddr *)&address, sizeof address) == 0 && setsockopt(to, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
    return to;
}

static void listen_on(struct run *run, uint64_t port) {
    const struct sockaddr_in address = address_of(port);
    const int one = 1, at = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(at >= 0 && setsockopt(at, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 && bind(at, (const struct sockaddr *)&address, sizeof address) == 0 && listen(at, 256) == 0);
    (void)watch(run, LISTENS, at);
}

static void send_all(struct connection *connection, struct slice bytes) {
    CHECK(send(connection->socket, bytes.bytes, bytes.size, MSG_NOSIGNAL) == (ssize_t)bytes.size); /* smaller than any send buffer */
    connection->size = 0;
}

/* The next message on this connection, if there are any left. The first piece of a mail's dialogue is the greeting, which is said once. */
static void begin(struct run *run, struct connection *connection) {
    connection->is_done = run->begun == run->wanted;
    if (connection->is_done) return;
    run->begun++;
    connection->piece = connection->kind == SMTP ? 1 : 0;
    send_all(connection, run->pieces[connection->piece++]);
}

/* Of SMTP the status of a whole answer, whose last line has a blank behind its number; else 0. */
static int smtp_status(const struct connection *connection) {
    if (connection->size < 5 || connection->answer[connection->size - 1] != '\n') return 0;
    size_t line = connection->size - 1;
    while (line > 0 && connection->answer[line - 1] != '\n') line--;
    return connection->answer[line + 3] == ' ' ? (int)strtol(connection->answer + line, NULL, 10) : 0;
}

static int http_status(struct connection *connection) {
    connection->answer[connection->size] = '\0';
    const char *end = strstr(connection->answer, "\r\n\r\n"), *length = end != NULL ? strcasestr(connection->answer, "\r\nContent-Length:") : NULL;
    if (end == NULL || length == NULL || length > end) return 0;
    return connection->size >= (size_t)(end - connection->answer) + 4 + strtoul(length + 17, NULL, 10) ? (int)strtol(connection->answer + 9, NULL, 10) : 0;
}

static void step(struct run *run, struct connection *connection) {
    const int status = connection->kind == SMTP ? smtp_status(connection) : http_status(connection);
    if (status == 0) return;
    run->refused += status >= 400;
    if (connection->kind == SMTP && connection->piece == -1) {
        connection->piece = 0;
        send_all(connection, run->pieces[connection->piece++]); /* the greeting */
    } else if (connection->kind == SMTP && connection->piece == 1) {
        begin(run, connection);
    } else if (connection->piece < (int)run->piece_count) {
        send_all(connection, run->pieces[connection->piece++]);
    } else {
        run->ended++;
        begin(run, connection);
    }
}

/* Whoever reports gets his answer; what he says does not matter here. */
static void answer_reports(struct run *run, struct connection *connection) {
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nOK\n";
    connection->answer[connection->size] = '\0';
    if (strstr(connection->answer, "\r\n\r\n") == NULL) return; /* one at a time on a connection */
    run->reports++;
    send_all(connection, slice_of(ok, sizeof ok - 1));
}

static void take(struct run *run, struct connection *connection) {
    if (connection->kind == LISTENS) {
        const int socket = accept4(connection->socket, NULL, NULL, SOCK_CLOEXEC);
        if (socket >= 0) (void)watch(run, REPORTS, socket);
        return;
    }
    const ssize_t size = recv(connection->socket, connection->answer + connection->size, ANSWER_MAX - 1 - connection->size, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0 && (connection->kind == REPORTS || connection->is_done)) {
        (void)close(connection->socket);
        free(connection);
        return;
    }
    CHECK(size > 0 && "the server hung up");
    connection->size += (size_t)size;
    if (connection->kind == REPORTS) answer_reports(run, connection);
    else step(run, connection);
}

static void read_pieces(const char *path, struct run *run) {
    static char bytes[FILE_MAX];
    FILE *file = fopen(path, "r");
    CHECK(file != NULL);
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    CHECK(size > 0 && size < sizeof bytes);
    (void)fclose(file);
    for (size_t from = 0; from < size;) {
        const char *end = memchr(bytes + from, '\0', size - from);
        const size_t length = end != NULL ? (size_t)(end - bytes) - from : size - from;
        CHECK(run->piece_count < PIECES_MAX);
        run->pieces[run->piece_count++] = slice_of(bytes + from, length);
        from += length + 1;
    }
}

static void turn(struct run *run) {
    struct epoll_event events[256];
    const int count = epoll_wait(run->epoll, events, 256, 1000);
    for (int i = 0; i < count; i++) take(run, events[i].data.ptr);
    if (count > 0) run->last_us = now_us();
}

int main(int argc, char **argv) {
    if (argc != 6 && argc != 7) {
        fprintf(stderr, "usage: bare_load smtp|http PORT CONNECTIONS COUNT FILE [REPORT_PORT]\n");
        return 2;
    }
    const enum kind kind = strcmp(argv[1], "smtp") == 0 ? SMTP : HTTP;
    uint64_t port, connections, report_port;
    struct run run = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
    CHECK(run.epoll >= 0 && text_number(slice_text(argv[2]), UINT16_MAX, &port) && text_number(slice_text(argv[3]), CONNECTIONS_MAX, &connections) && text_number(slice_text(argv[4]), MESSAGES_MAX, &run.wanted));
    read_pieces(argv[5], &run);
    if (argc == 7) {
        CHECK(text_number(slice_text(argv[6]), UINT16_MAX, &report_port));
        listen_on(&run, report_port);
    }
    struct connection *to[CONNECTIONS_MAX];
    for (uint64_t i = 0; i < connections; i++) to[i] = watch(&run, kind, connect_to(port)); /* takes seconds where few may wait to be accepted */
    const int64_t begin_us = now_us();
    for (uint64_t i = 0; kind == HTTP && i < connections; i++) begin(&run, to[i]);
    while (run.ended < run.wanted) turn(&run);
    const double seconds = (double)(now_us() - begin_us) / 1e6;
    run.last_us = now_us();
    while (argc == 7 && now_us() < run.last_us + QUIET_US) turn(&run);
    const double all_seconds = (double)(run.last_us - begin_us) / 1e6;
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    printf("{\"messages\": %llu, \"refused\": %llu, \"reports\": %llu, \"seconds\": %.3f, \"all_seconds\": %.3f, \"client_cpu_s\": %.2f}\n", (unsigned long long)run.ended, (unsigned long long)run.refused, (unsigned long long)run.reports,
           seconds, all_seconds, (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    return run.refused == 0 ? 0 : 1;
}
