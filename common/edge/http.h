/* A small HTTP/1.1 server for one event loop: no thread of its own, handlers never run at the same time. The only module that includes
 * <microhttpd.h>, so that another server can take its place.
 *
 *   struct http_server *server;
 *   TRY(http_open(&(struct http_options){.port = 8080, ...}, routes, route_count, self, &server));
 *   loop: poll http_fd() for reading, at most http_timeout_ms(); then http_run(). Handlers run inside http_run.
 *
 * A request goes: begin (head is read) -> body (0 or more times) -> end. Any of them may http_answer; what follows is then skipped. After `end`
 * a request must be answered, streaming, or waiting (http_wait: the connection is suspended until http_answer from anywhere in the loop).
 * `gone` comes last, always, answered or not: it frees what http_set_state kept. A request pointer is dead after `gone`.
 *
 * A GET route also takes HEAD. Refused before any handler runs (`refused` writes the answer): unknown path 404, other method 405 with Allow, a declared body beyond body_max 413, two
 * Content-Length fields, Content-Length beside Transfer-Encoding, or an unknown Transfer-Encoding 400 (request smuggling). Heads beyond
 * head_bytes_max get 431 from the library. A refusal while a body still comes in is written at once; what the client sends after it is thrown away,
 * up to a bound, then the connection is closed: a good client stops as soon as it sees the answer. */
#ifndef PAYUNG_EDGE_HTTP_H
#define PAYUNG_EDGE_HTTP_H

#include "common/base/err.h"
#include "common/base/slice.h"

struct http_server;
struct http_request;

struct http_route {
    const char *method; /* "GET" */
    const char *path;   /* "/v1/batches/{}/result": {} is one segment */
    uint64_t body_max;  /* bytes; 0: no body is taken */
    void (*begin)(void *self, struct http_request *request); /* may be NULL */
    void (*body)(void *self, struct http_request *request, struct slice bytes); /* NULL: collected for http_body (body_max at most 1 MiB) */
    void (*end)(void *self, struct http_request *request);
    void (*gone)(void *self, struct http_request *request);  /* may be NULL */
};

enum { HTTP_BODY_LEAST_PER_SECOND = 1024 };

struct http_options {
    int port;             /* on 127.0.0.1; 0 = any free one, see http_port */
    int connections_max;
    int idle_seconds;     /* of a connection that neither sends nor takes anything */
    int slow_seconds;     /* for a head, from the opening or the request before it on; and in which a body must have brought HTTP_BODY_LEAST_PER_SECOND; 0: no limit */
    size_t head_bytes_max;
    void (*refused)(void *self, struct http_request *request, int status); /* must http_answer */
};

MUST_USE struct err http_open(const struct http_options *options, const struct http_route *routes, size_t route_count, void *self, struct http_server **ret_server);
void http_close(struct http_server *server);          /* NULL is allowed; every waiting request must have been answered */
void http_stop_accepting(struct http_server *server); /* connections that exist go on */
int http_port(const struct http_server *server);
int http_fd(const struct http_server *server);
int http_timeout_ms(struct http_server *server); /* -1: none */
void http_run(struct http_server *server);
int http_open_requests(const struct http_server *server); /* that began and are not gone */

/* Of a request; slices live until `gone`. Missing: bytes == NULL. */
struct slice http_header(struct http_request *request, const char *name);
struct slice http_query(struct http_request *request, const char *name);
struct slice http_segment(const struct http_request *request, int number); /* the number-th {} of the route's path */
struct slice http_body(const struct http_request *request);                /* collected body */
bool http_first_asked(struct http_request *request);                       /* true for the first call of a request: what is done once for it, whoever comes first */
const char *http_method(const struct http_request *request);               /* as sent: "GET" */
struct slice http_target(const struct http_request *request);              /* path and query string as sent, nothing decoded: what signatures are over */
bool http_is_whole(const struct http_request *request);                    /* head and body are there: from `end` on */
void *http_state(const struct http_request *request);
void http_set_state(struct http_request *request, void *state);

/* Answers. Headers first, then http_answer, once. Everything is copied. status 100..599. content_type NULL: there is no body (204); not while a body comes in. */
void http_set_header(struct http_request *request, const char *name, const char *value);
void http_answer(struct http_request *request, int status, const char *content_type, struct slice body);
bool http_answered(const struct http_request *request);
void http_wait(struct http_request *request); /* only in `end` */
/* A long answer, made piece by piece: `read` fills up to size bytes and returns how many, 0 at the end, -1 to break the connection off
 * (so that the client sees an incomplete answer, never a wrong one). `done` frees state. Only in `begin` or `end`. */
void http_answer_stream(struct http_request *request, int status, const char *content_type, long (*read)(void *state, uint8_t *bytes, size_t size),
                        void (*done)(void *state), void *state);

/* From `read` of a stream: there is nothing now. It is asked again after http_stream_resume, from anywhere in the loop but within `read`. A client that is gone meanwhile is noticed only
 * then, so a stream that may be silent for long should say something now and then. All of them must have ended before http_close. */
enum { HTTP_STREAM_LATER = -2 };
void http_stream_resume(struct http_request *request);

/* Exact readings of request headers, pure. */
bool http_preference_wait(struct slice prefer, int seconds_max, int *ret_seconds); /* RFC 7240 "wait=10" among others; cut to the maximum */
/* draft-ietf-httpapi-idempotency-key-header: a quoted string; the bare token that many clients send is taken too. 1..255 visible ASCII. */
bool http_idempotency_key(struct slice header, struct slice *ret_key);
bool http_bearer(struct slice authorization, struct slice *ret_token);
bool http_media_is(struct slice content_type, const char *type); /* RFC 9110, 8.3: "application/json" in lower case; parameters such as a charset are left alone */
bool http_tag_matches(struct slice if_none_match, const char *tag); /* RFC 9110, 13.1.2: "*", or a list that has `tag` ("\"abc\"", with its quotes), also weakly */

#endif
