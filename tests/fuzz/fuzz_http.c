/* Any bytes on a connection: the server reads heads, query strings, fields and bodies of a route or refuses them; it never crashes, never runs a handler with a body beyond its bound, and is
 * left without an open request. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/domain/text.h"
#include "common/edge/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 200, TURNS_MAX = 60, LAST_TURNS = 3, INPUT_MAX = 6000 };

static void on_refused(void *self, struct http_request *request, int status) {
    (void)self;
    http_answer(request, status, "text/plain", slice_text("refused"));
}

static void look(struct http_request *request) {
    static const char *const names[] = {"limit", "after", "agreement", "hold"};
    struct slice key;
    uint64_t number;
    int seconds;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct slice value = http_query(request, names[i]);
        if (value.bytes != NULL) CHECK(memchr(value.bytes, 0, value.size) == NULL);
        if (value.bytes != NULL && text_number(value, 100, &number)) CHECK(number <= 100);
    }
    (void)http_preference_wait(http_header(request, "Prefer"), 30, &seconds);
    (void)http_idempotency_key(http_header(request, "Idempotency-Key"), &key);
    (void)http_bearer(http_header(request, "Authorization"), &key);
    CHECK(http_target(request).size > 0);
}

static void on_get(void *self, struct http_request *request) {
    (void)self;
    look(request);
    CHECK(http_segment(request, 0).size > 0);
    http_answer(request, 200, "text/plain", http_segment(request, 0));
}

static void on_post(void *self, struct http_request *request) {
    (void)self;
    look(request);
    CHECK(http_body(request).size <= BODY_MAX && http_is_whole(request));
    http_answer(request, 200, "text/plain", http_body(request));
}

static const struct http_route routes[] = {
    {"GET", "/v1/batches/{}", 0, NULL, NULL, on_get, NULL},
    {"POST", "/v1/quotes", BODY_MAX, NULL, NULL, on_post, NULL},
};

static struct http_server *open_server(void) {
    struct http_server *server;
    const struct http_options options = {.connections_max = 16, .idle_seconds = 5, .head_bytes_max = 4096, .refused = on_refused};
    const struct err err = http_open(&options, routes, sizeof routes / sizeof *routes, NULL, &server);
    CHECK(!failed(&err));
    return server;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct http_server *server;
    char answer[4096];
    if (server == NULL) server = open_server();
    if (size > INPUT_MAX) return 0;
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(server)), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(client >= 0 && connect(client, (const struct sockaddr *)&address, sizeof address) == 0);
    CHECK(send(client, data, size, MSG_NOSIGNAL) == (ssize_t)size && shutdown(client, SHUT_WR) == 0);
    for (int i = 0; i < TURNS_MAX; i++) {
        http_run(server);
        if (recv(client, answer, sizeof answer, MSG_DONTWAIT) == 0) break;
    }
    const struct linger now = {.l_onoff = 1}; /* the server hears of the end at once, whatever it waits for */
    CHECK(setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0 && close(client) == 0);
    for (int i = 0; i < TURNS_MAX && (i < LAST_TURNS || http_open_requests(server) > 0); i++) http_run(server);
    CHECK(http_open_requests(server) == 0);
    return 0;
}
