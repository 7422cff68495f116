/* The HTTP edge over libmicrohttpd in external epoll mode: the library only moves bytes when http_run is called, so handlers never race. Its form
 * post-processor is not used (CVE-2023-27371). It must never pass a request on whose length can be read in two ways. */
#include "common/edge/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/edge/clock.h"

enum {
    SEGMENTS_MAX = 3,
    HEADERS_MAX = 6,
    METHOD_TEXT_MAX = 32,
    HEADER_TEXT_MAX = 160,
    COLLECT_MAX = 1024 * 1024,
    STREAM_BLOCK_BYTES = 32 * 1024,
    DRAIN_BYTES_MAX = 64 * 1024 * 1024,
    LOOK_US = 1000 * 1000, /* between two looks for those who dribble */
};

/* One connection, for as long as it is open. */
struct peer {
    struct peer *next, **place;
    int socket;
    int64_t since_us; /* it opened, its last request ended, or the window of its body began */
    uint64_t bytes;   /* of the body, when the window began */
    struct http_request *request; /* NULL: none has a first line yet */
};

struct http_server {
    struct MHD_Daemon *daemon;
    struct peer *peers;
    int64_t look_at_us;
    const struct http_route *routes;
    size_t route_count;
    void *self;
    struct http_options options;
    int port;
    int open_requests;
    bool stopped;
    int listening; /* once stopped: ours to close */
};

struct header {
    char name[HEADER_TEXT_MAX], value[HEADER_TEXT_MAX];
};

struct http_request {
    struct http_server *server;
    struct peer *peer;
    struct MHD_Connection *connection;
    const struct http_route *route; /* NULL: refused */
    char method[METHOD_TEXT_MAX]; /* as sent; cut, it is one that no route has */
    char *target; /* as sent */
    char *path;
    struct slice segments[SEGMENTS_MAX];
    void *state;
    uint8_t *collected;
    size_t collected_size, collected_room;
    uint64_t body_bytes; /* seen */
    struct MHD_Response *response;
    int status;
    struct header headers[HEADERS_MAX];
    int header_count;
    bool begun, in_body, whole, suspended, written_raw, asked;
    struct slice raw_body; /* of an answer given while the body comes in; owned */
    char content_type[HEADER_TEXT_MAX];
};

struct stream {
    struct http_request *request;
    long (*read)(void *state, uint8_t *bytes, size_t size);
    void (*done)(void *state);
    void *state;
};

/* ---- reading a request ---- */

struct slice http_header(struct http_request *request, const char *name) {
    const char *value = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
    return value != NULL ? slice_text(value) : (struct slice){0};
}
struct slice http_query(struct http_request *request, const char *name) {
    const char *value = MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
    return value != NULL ? slice_text(value) : (struct slice){0};
}
struct slice http_segment(const struct http_request *request, int number) {
    CHECK(number >= 0 && number < SEGMENTS_MAX);
    return request->segments[number];
}
struct slice http_body(const struct http_request *request) { return slice_of(request->collected, request->collected_size); }
const char *http_method(const struct http_request *request) { return request->method; }
struct slice http_target(const struct http_request *request) { return slice_text(request->target); }
bool http_is_whole(const struct http_request *request) { return request->whole; }
bool http_first_asked(struct http_request *request) {
    const bool first = !request->asked;
    request->asked = true;
    return first;
}
void *http_state(const struct http_request *request) { return request->state; }
void http_set_state(struct http_request *request, void *state) { request->state = state; }
bool http_answered(const struct http_request *request) { return request->status != 0; }

/* Does `path` have the shape of `pattern`? {} takes one segment that is not empty. */
static bool path_matches(const char *pattern, const char *path, struct slice segments[SEGMENTS_MAX]) {
    int found = 0;
    while (*pattern != '\0') {
        if (pattern[0] == '{' && pattern[1] == '}') {
            size_t size = strcspn(path, "/");
            if (size == 0 || found == SEGMENTS_MAX) return false;
            segments[found++] = slice_of(path, size);
            path += size;
            pattern += 2;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

/* HEAD is GET without a body (RFC 9110, 9.3.2): the library leaves the body out. */
static bool method_matches(const char *offered, const char *asked) {
    return strcmp(offered, asked) == 0 || (strcmp(offered, "GET") == 0 && strcmp(asked, "HEAD") == 0);
}

/* Sets the route; returns 0 or the status of the refusal. */
static int find_route(struct http_request *request, const char *method) {
    bool path_known = false;
    for (size_t i = 0; i < request->server->route_count; i++) {
        const struct http_route *route = &request->server->routes[i];
        struct slice segments[SEGMENTS_MAX] = {{0}};
        if (!path_matches(route->path, request->path, segments)) continue;
        path_known = true;
        if (!method_matches(route->method, method)) continue;
        request->route = route;
        memcpy(request->segments, segments, sizeof segments);
        return 0;
    }
    return path_known ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND;
}

struct framing {
    int lengths, encodings;
    bool chunked, digits;
    uint64_t length;
};

static bool parse_length(const char *text, uint64_t *ret_length) {
    uint64_t length = 0;
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || length > (UINT64_MAX - 9) / 10) return false;
        length = length * 10 + (uint64_t)(*text - '0');
    }
    *ret_length = length;
    return true;
}

static enum MHD_Result note_framing(void *self, enum MHD_ValueKind kind, const char *name, const char *value) {
    struct framing *framing = self;
    (void)kind; /* headers only were asked for */
    if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
        framing->lengths++;
        framing->digits = value != NULL && parse_length(value, &framing->length);
    } else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
        framing->encodings++;
        framing->chunked = value != NULL && strcasecmp(value, "chunked") == 0;
    }
    return MHD_YES;
}

/* 0, or the status of the refusal: the length of the body must have one reading only. */
static int check_framing(struct http_request *request) {
    struct framing framing = {0};
    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, note_framing, &framing); /* counts: not needed */
    if (framing.lengths + framing.encodings > 1) return MHD_HTTP_BAD_REQUEST;
    if (framing.lengths == 1 && !framing.digits) return MHD_HTTP_BAD_REQUEST;
    if (framing.encodings == 1 && !framing.chunked) return MHD_HTTP_BAD_REQUEST;
    if (request->route != NULL && framing.lengths == 1 && framing.length > request->route->body_max) return MHD_HTTP_CONTENT_TOO_LARGE;
    return 0;
}

/* ---- answering ---- */

void http_set_header(struct http_request *request, const char *name, const char *value) {
    CHECK(request->header_count < HEADERS_MAX && request->status == 0);
    struct header *header = &request->headers[request->header_count++];
    CHECK(snprintf(header->name, sizeof header->name, "%s", name) < (int)sizeof header->name);
    CHECK(snprintf(header->value, sizeof header->value, "%s", value) < (int)sizeof header->value);
}

/* The methods of the path, as a 405 must name them (RFC 9110, 15.5.6). */
static void set_allow(struct http_request *request) {
    char methods[HEADER_TEXT_MAX] = "";
    size_t size = 0;
    for (size_t i = 0; i < request->server->route_count; i++) {
        const struct http_route *route = &request->server->routes[i];
        struct slice segments[SEGMENTS_MAX];
        if (!path_matches(route->path, request->path, segments)) continue;
        size += (size_t)snprintf(methods + size, sizeof methods - size, "%s%s%s", size > 0 ? ", " : "", route->method, strcmp(route->method, "GET") == 0 ? ", HEAD" : "");
        CHECK(size < sizeof methods); /* a path has few methods */
    }
    http_set_header(request, "Allow", methods);
}

static void put_headers(struct http_request *request, const char *content_type) {
    CHECK(content_type == NULL || MHD_add_response_header(request->response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type) == MHD_YES);
    for (int i = 0; i < request->header_count; i++)
        CHECK(MHD_add_response_header(request->response, request->headers[i].name, request->headers[i].value) == MHD_YES);
}

/* An answer in the middle of a body: the library can't send one then, so it goes straight onto the socket. */
static void write_raw(struct http_request *request, int status, const char *content_type, struct slice body) {
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    CHECK(info != NULL);
    char head[512 + HEADERS_MAX * 2 * HEADER_TEXT_MAX];
    int size = snprintf(head, sizeof head, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n", status,
                        MHD_get_reason_phrase_for((unsigned)status), content_type, body.size);
    for (int i = 0; i < request->header_count; i++)
        size += snprintf(head + size, sizeof head - (size_t)size, "%s: %s\r\n", request->headers[i].name, request->headers[i].value);
    size += snprintf(head + size, sizeof head - (size_t)size, "\r\n");
    CHECK(size > 0 && (size_t)size < sizeof head);
    /* A socket that can't take these few bytes has a client that does not read: closing is all that is left. */
    if (send(info->connect_fd, head, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE) == size)
        (void)send(info->connect_fd, body.bytes, body.size, MSG_NOSIGNAL | MSG_DONTWAIT);
    request->written_raw = true;
}

void http_answer(struct http_request *request, int status, const char *content_type, struct slice body) {
    CHECK(status >= 100 && status < 600 && request->status == 0);
    if (request->in_body) {
        CHECK(content_type != NULL);
        write_raw(request, status, content_type, body);
        request->status = status;
        return;
    }
    request->response = MHD_create_response_from_buffer(body.size, (void *)(uintptr_t)body.bytes, MHD_RESPMEM_MUST_COPY);
    CHECK(request->response != NULL);
    put_headers(request, content_type);
    request->status = status;
    if (request->suspended) {
        request->suspended = false;
        MHD_resume_connection(request->connection);
    }
}

static ssize_t stream_read(void *self, uint64_t position, char *bytes, size_t size) {
    struct stream *stream = self;
    (void)position; /* always the next piece */
    long got = stream->read(stream->state, (uint8_t *)bytes, size);
    CHECK(got <= (long)size);
    if (got == HTTP_STREAM_LATER) {
        stream->request->suspended = true;
        MHD_suspend_connection(stream->request->connection);
        return 0;
    }
    if (got < 0) return MHD_CONTENT_READER_END_WITH_ERROR;
    return got == 0 ? MHD_CONTENT_READER_END_OF_STREAM : got;
}
static void stream_done(void *self) {
    struct stream *stream = self;
    stream->done(stream->state);
    free(stream);
}

void http_answer_stream(struct http_request *request, int status, const char *content_type, long (*read)(void *, uint8_t *, size_t),
                        void (*done)(void *), void *state) {
    CHECK(request->status == 0 && !request->in_body && !request->suspended);
    struct stream *stream = malloc(sizeof *stream);
    CHECK(stream != NULL);
    *stream = (struct stream){.request = request, .read = read, .done = done, .state = state};
    request->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES, stream_read, stream, stream_done);
    CHECK(request->response != NULL);
    put_headers(request, content_type);
    request->status = status;
}

void http_stream_resume(struct http_request *request) {
    CHECK(request->suspended && request->status != 0);
    request->suspended = false;
    MHD_resume_connection(request->connection);
}

void http_wait(struct http_request *request) {
    CHECK(!request->suspended && request->status == 0 && !request->in_body);
    request->suspended = true;
    MHD_suspend_connection(request->connection);
}

static enum MHD_Result send_answer(struct http_request *request) {
    CHECK(request->response != NULL);
    enum MHD_Result queued = MHD_queue_response(request->connection, (unsigned)request->status, request->response);
    MHD_destroy_response(request->response); /* the connection holds its own reference */
    request->response = NULL;
    return queued;
}

/* ---- the library's callbacks ---- */

static void on_connection(void *self, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode what) {
    struct http_server *server = self;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
        struct peer *peer = calloc(1, sizeof *peer);
        CHECK(peer != NULL && info != NULL);
        *peer = (struct peer){.next = server->peers, .place = &server->peers, .socket = info->connect_fd, .since_us = clock_monotonic_us()};
        if (peer->next != NULL) peer->next->place = &peer->next;
        server->peers = peer;
        *context = peer;
        return;
    }
    struct peer *peer = *context;
    *peer->place = peer->next;
    if (peer->next != NULL) peer->next->place = peer->place;
    free(peer);
}

/* The first line is there; the library shows it undecoded only now. What this gives back is the state of all later calls. */
static void *on_target(void *self, const char *target, struct MHD_Connection *connection) {
    struct http_request *request = calloc(1, sizeof *request);
    CHECK(request != NULL);
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    CHECK(info != NULL && info->socket_context != NULL);
    request->server = self;
    request->peer = info->socket_context;
    request->connection = connection;
    request->target = strdup(target);
    CHECK(request->target != NULL);
    return request;
}

static void take_head(struct http_request *request, const char *method, const char *path) {
    request->begun = true;
    request->peer->request = request;
    request->peer->since_us = clock_monotonic_us();
    request->peer->bytes = 0;
    (void)snprintf(request->method, sizeof request->method, "%s", method); /* cut: see there */
    request->path = strdup(path);
    CHECK(request->path != NULL);
    request->server->open_requests++;
}

/* A body is under way, from a client that does not wait to be asked for it. */
static bool body_comes(struct http_request *request) {
    if (strcmp(request->method, "HEAD") == 0) return false; /* its answer has none */
    const struct slice length = http_header(request, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return http_header(request, MHD_HTTP_HEADER_EXPECT).bytes == NULL &&
           (http_header(request, MHD_HTTP_HEADER_TRANSFER_ENCODING).bytes != NULL || (length.bytes != NULL && !slice_is(length, "0")));
}

static enum MHD_Result begin_request(struct http_request *request, const char *method) {
    struct http_server *server = request->server;
    int refusal = find_route(request, method);
    int framing = check_framing(request);
    if (framing != 0) refusal = framing;
    request->in_body = framing == 0 && body_comes(request); /* the library would close at once: a client that still sends may see that instead of the answer */
    if (refusal != 0) {
        request->route = NULL;
        if (refusal == MHD_HTTP_METHOD_NOT_ALLOWED) set_allow(request);
        server->options.refused(server->self, request, refusal);
        CHECK(request->status != 0);
    } else if (request->route->begin != NULL) {
        request->route->begin(server->self, request);
    }
    request->in_body = false;
    return request->status != 0 && !request->written_raw ? send_answer(request) : MHD_YES;
}

static void collect(struct http_request *request, struct slice bytes) {
    size_t need = request->collected_size + bytes.size;
    CHECK(need <= COLLECT_MAX);
    if (need > request->collected_room) {
        size_t room = need < 4096 ? 4096 : need * 2;
        request->collected = realloc(request->collected, room);
        CHECK(request->collected != NULL);
        request->collected_room = room;
    }
    memcpy(request->collected + request->collected_size, bytes.bytes, bytes.size);
    request->collected_size = need;
}

static enum MHD_Result take_body(struct http_request *request, struct slice bytes) {
    struct http_server *server = request->server;
    request->body_bytes += bytes.size;
    if (request->status != 0) return request->body_bytes <= DRAIN_BYTES_MAX ? MHD_YES : MHD_NO; /* answered: thrown away */
    request->in_body = true;
    if (request->body_bytes > request->route->body_max) {
        server->options.refused(server->self, request, MHD_HTTP_CONTENT_TOO_LARGE);
        request->body_bytes = 0;
    } else if (request->route->body != NULL) {
        request->route->body(server->self, request, bytes);
        if (request->status != 0) request->body_bytes = 0; /* from here on it counts what is thrown away */
    } else {
        collect(request, bytes);
    }
    request->in_body = false;
    return MHD_YES;
}

static enum MHD_Result on_request(void *self, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                  const char *upload_data, size_t *upload_data_size, void **state) {
    struct http_request *request = *state;
    (void)self;
    (void)connection; /* both stand in the request */
    (void)version; /* HTTP/1.0 and 1.1 are the same to us */
    CHECK(request != NULL);
    if (!request->begun) {
        take_head(request, method, url);
        return begin_request(request, method);
    }
    if (*upload_data_size > 0) {
        enum MHD_Result result = take_body(request, slice_of(upload_data, *upload_data_size));
        *upload_data_size = 0;
        return result;
    }
    if (request->written_raw) return MHD_NO; /* the answer is out: close */
    request->whole = true;
    if (request->status == 0) request->route->end(request->server->self, request);
    if (request->status != 0) return send_answer(request);
    CHECK(request->suspended);
    return MHD_YES;
}

static void on_gone(void *self, struct MHD_Connection *connection, void **state, enum MHD_RequestTerminationCode why) {
    struct http_request *request = *state;
    (void)self;
    (void)connection;
    (void)why; /* answered or not: the handler knows */
    if (request == NULL) return;
    if (request->route != NULL && request->route->gone != NULL) request->route->gone(request->server->self, request);
    if (request->response != NULL) MHD_destroy_response(request->response);
    if (request->begun) request->server->open_requests--;
    request->peer->request = NULL;
    request->peer->since_us = clock_monotonic_us();
    free(request->collected);
    free(request->target);
    free(request->path);
    free(request);
    *state = NULL;
}

static void on_log(void *self, const char *format, va_list arguments) {
    (void)self;
    (void)format;
    (void)arguments; /* its messages may quote requests; refusals are counted by status instead */
}

/* ---- those who dribble ---- */

/* A silent connection is the library's affair (idle_seconds). One that sends a byte now and then is never idle: it has so long for a head, and a least rate for a body. */
static bool is_too_slow(struct peer *peer, const struct http_options *options, int64_t now_us) {
    const struct http_request *request = peer->request;
    const int64_t elapsed_us = now_us - peer->since_us;
    if (elapsed_us < (int64_t)options->slow_seconds * 1000 * 1000) return false;
    if (request == NULL) return true;
    if (request->whole || request->suspended || request->status != 0) return false; /* it is we who owe something */
    if (request->body_bytes - peer->bytes < (uint64_t)options->slow_seconds * HTTP_BODY_LEAST_PER_SECOND) return true;
    peer->since_us = now_us;
    peer->bytes = request->body_bytes;
    return false;
}

static void look_at_peers(struct http_server *server) {
    const int64_t now_us = clock_monotonic_us();
    if (server->options.slow_seconds == 0 || now_us < server->look_at_us) return;
    server->look_at_us = now_us + LOOK_US;
    for (struct peer *peer = server->peers; peer != NULL; peer = peer->next)
        if (is_too_slow(peer, &server->options, now_us)) (void)shutdown(peer->socket, SHUT_RDWR); /* the library sees its end; closed already is as good */
}

/* ---- the server ---- */

struct err http_open(const struct http_options *options, const struct http_route *routes, size_t route_count, void *self, struct http_server **ret_server) {
    CHECK(options->refused != NULL && options->connections_max > 0);
    for (size_t i = 0; i < route_count; i++) CHECK(routes[i].body != NULL || routes[i].body_max <= COLLECT_MAX);
    struct http_server *server = calloc(1, sizeof *server);
    CHECK(server != NULL);
    *server = (struct http_server){.routes = routes, .route_count = route_count, .self = self, .options = *options};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, (uint16_t)options->port, NULL, NULL, on_request,
                                      server, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL, MHD_OPTION_SOCK_ADDR, &address,
                                      MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_CONNECTION_LIMIT, (unsigned)options->connections_max,
                                      MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)options->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                      options->head_bytes_max, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, on_gone, NULL,
                                      MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
                                      MHD_OPTION_END);
    if (server->daemon == NULL) {
        int why = errno;
        free(server);
        return ERR(FATAL, "HTTP can't listen on 127.0.0.1:%d: %s; choose a free port", options->port, strerror(why));
    }
    const union MHD_DaemonInfo *port = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = port != NULL ? port->port : options->port;
    *ret_server = server;
    return OK;
}

void http_stop_accepting(struct http_server *server) {
    if (server->stopped) return;
    server->stopped = true;
    MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    if (listening != MHD_INVALID_SOCKET) (void)shutdown(listening, SHUT_RDWR); /* who connects now is refused at once */
    server->listening = listening;
}

void http_close(struct http_server *server) {
    if (server == NULL) return;
    MHD_stop_daemon(server->daemon);
    if (server->stopped && server->listening >= 0) (void)close(server->listening);
    free(server);
}

int http_port(const struct http_server *server) { return server->port; }
int http_open_requests(const struct http_server *server) { return server->open_requests; }

int http_fd(const struct http_server *server) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    CHECK(info != NULL);
    return info->epoll_fd;
}

int http_timeout_ms(struct http_server *server) {
    MHD_UNSIGNED_LONG_LONG timeout = 0;
    if (MHD_get_timeout(server->daemon, &timeout) != MHD_YES) return -1;
    return timeout > 60000 ? 60000 : (int)timeout;
}

void http_run(struct http_server *server) {
    look_at_peers(server);
    (void)MHD_run(server->daemon); /* fails only on misuse */
}
