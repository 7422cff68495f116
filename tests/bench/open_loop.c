/* An open-loop client of POST /v1/enrolments: requests are sent when they are due, whatever the server does, and each latency is measured from that moment, so that a stall counts for all that
 * it delays (no coordinated omission). One thread, epoll, kept connections. It prints one line of JSON: sent, answered, by status class, p50, p99, worst in milliseconds, and what the client
 * itself took of a processor.
 * usage: open_loop PORT TOKEN RATE CONNECTIONS WAIT BODIES      BODIES: a file with "key<TAB>json" a line; WAIT: seconds of Prefer: wait, 0 = none */
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

enum { REQUEST_MAX = 4096, ANSWER_MAX = 64 * 1024, CONNECTIONS_MAX = 1000, REQUESTS_MAX = 1000000, AFTER_S = 40 };

struct connection {
    int socket;
    int64_t due_us; /* of the request under way */
    bool is_busy;
    size_t size;
    char answer[ANSWER_MAX];
};

struct run {
    struct connection *connections;
    int count, epoll;
    uint16_t port;
    char **requests;
    size_t request_count, sent, answered;
    int64_t *waiting; /* due times of requests that found no free connection, in order */
    size_t waiting_first, waiting_end;
    int32_t *latencies_us;
    size_t by_class[6];
};

static int64_t now_us(void) {
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void open_connection(struct run *run, struct connection *connection) {
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(run->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int one = 1;
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(connection->socket >= 0 && connect(connection->socket, (const struct sockaddr *)&address, sizeof address) == 0);
    CHECK(setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0 && fcntl(connection->socket, F_SETFL, O_NONBLOCK) == 0);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = connection}};
    CHECK(epoll_ctl(run->epoll, EPOLL_CTL_ADD, connection->socket, &event) == 0);
}

static char **read_requests(const char *path, const char *token, const char *wait, size_t *ret_count) {
    FILE *file = fopen(path, "r");
    char *line = NULL, **requests = calloc(REQUESTS_MAX, sizeof *requests);
    size_t room = 0, count = 0;
    CHECK(file != NULL && requests != NULL);
    for (ssize_t size = getline(&line, &room, file); size > 0 && count < REQUESTS_MAX; size = getline(&line, &room, file)) {
        line[strcspn(line, "\n")] = '\0';
        char *body = strchr(line, '\t'), prefer[32] = "";
        CHECK(body != NULL);
        *body++ = '\0';
        if (strcmp(wait, "0") != 0) (void)snprintf(prefer, sizeof prefer, "Prefer: wait=%s\r\n", wait);
        requests[count] = malloc(REQUEST_MAX);
        CHECK(requests[count] != NULL);
        CHECK(snprintf(requests[count], REQUEST_MAX, "POST /v1/enrolments HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\n%sContent-Length: %zu\r\n\r\n%s",
                       token, line, prefer, strlen(body), body) < REQUEST_MAX);
        count++;
    }
    free(line);
    (void)fclose(file);
    *ret_count = count;
    return requests;
}

static void send_on(struct run *run, struct connection *connection, int64_t due_us) {
    const char *request = run->requests[run->sent++];
    const size_t size = strlen(request);
    CHECK(send(connection->socket, request, size, MSG_NOSIGNAL) == (ssize_t)size); /* smaller than any send buffer */
    connection->due_us = due_us;
    connection->is_busy = true;
    connection->size = 0;
}

/* A whole answer: its status, else 0. */
static int whole_answer(struct connection *connection) {
    connection->answer[connection->size] = '\0';
    const char *end = strstr(connection->answer, "\r\n\r\n");
    const char *length = end != NULL ? strcasestr(connection->answer, "\r\nContent-Length:") : NULL;
    if (end == NULL || length == NULL || length > end) return 0;
    const size_t whole = (size_t)(end - connection->answer) + 4 + strtoul(length + 17, NULL, 10);
    return connection->size >= whole ? (int)strtol(connection->answer + 9, NULL, 10) : 0;
}

static void take(struct run *run, struct connection *connection) {
    const ssize_t size = recv(connection->socket, connection->answer + connection->size, ANSWER_MAX - 1 - connection->size, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    CHECK(size > 0 && "the server hung up");
    connection->size += (size_t)size;
    const int status = whole_answer(connection);
    if (status == 0) return;
    run->latencies_us[run->answered++] = (int32_t)(now_us() - connection->due_us);
    run->by_class[status / 100 < 6 ? status / 100 : 0]++;
    connection->is_busy = false;
    if (run->waiting_first < run->waiting_end) send_on(run, connection, run->waiting[run->waiting_first++]);
}

static void send_due(struct run *run, int64_t due_us) {
    for (int i = 0; i < run->count; i++) {
        if (run->connections[i].is_busy) continue;
        send_on(run, &run->connections[i], due_us);
        return;
    }
    run->waiting[run->waiting_end++] = due_us;
}

static int compare(const void *a, const void *b) { return *(const int32_t *)a < *(const int32_t *)b ? -1 : *(const int32_t *)a > *(const int32_t *)b; }

static void turn(struct run *run, int timeout_ms) {
    struct epoll_event events[64];
    const int count = epoll_wait(run->epoll, events, 64, timeout_ms);
    for (int i = 0; i < count; i++) take(run, events[i].data.ptr);
}

int main(int argc, char **argv) {
    if (argc != 7) {
        fprintf(stderr, "usage: open_loop PORT TOKEN RATE CONNECTIONS WAIT BODIES\n");
        return 2;
    }
    uint64_t port, count;
    CHECK(text_number(slice_text(argv[1]), UINT16_MAX, &port) && text_number(slice_text(argv[4]), CONNECTIONS_MAX, &count));
    struct run run = {.port = (uint16_t)port, .count = (int)count, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    const double rate = strtod(argv[3], NULL);
    CHECK(run.count > 0 && rate > 0 && run.epoll >= 0);
    run.requests = read_requests(argv[6], argv[2], argv[5], &run.request_count);
    run.connections = calloc((size_t)run.count, sizeof *run.connections);
    run.waiting = calloc(run.request_count + 1, sizeof *run.waiting);
    run.latencies_us = calloc(run.request_count + 1, sizeof *run.latencies_us);
    CHECK(run.connections != NULL && run.waiting != NULL && run.latencies_us != NULL && run.request_count > 0);
    for (int i = 0; i < run.count; i++) open_connection(&run, &run.connections[i]);
    const int64_t begin_us = now_us() + 100000, give_up_us = begin_us + (int64_t)((double)run.request_count / rate * 1e6) + (int64_t)AFTER_S * 1000000;
    for (size_t due = 0; run.answered < run.request_count && now_us() < give_up_us;) {
        for (; due < run.request_count && now_us() >= begin_us + (int64_t)((double)due / rate * 1e6); due++) send_due(&run, begin_us + (int64_t)((double)due / rate * 1e6));
        turn(&run, 1);
    }
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
    qsort(run.latencies_us, run.answered, sizeof *run.latencies_us, compare);
    const size_t n = run.answered;
    CHECK(n > 0);
    printf("{\"requests\": %zu, \"answered\": %zu, \"2xx\": %zu, \"other\": %zu, \"p50_ms\": %.2f, \"p99_ms\": %.2f, \"worst_ms\": %.2f, \"client_cpu_s\": %.2f}\n", run.request_count, n, run.by_class[2],
           n - run.by_class[2], run.latencies_us[n / 2] / 1e3, run.latencies_us[n * 99 / 100] / 1e3, run.latencies_us[n - 1] / 1e3,
           (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    return n == run.request_count ? 0 : 1;
}
