/* One HTTP endpoint asked many things at once, all within one time: for services of other offices, which may be slow, silent or wrong. Besides http_client.h the
 * only module that includes <curl/curl.h>. It must never print a question, an answer or the token.
 *
 *   struct http_many *many;     TRY(http_many_open(&(struct http_many_options){.url = url, .token = token, .connections = 16, .answer_bytes_max = 4096}, &many));
 *   struct http_question questions[] = {{.body = json}, ...};
 *   http_many_run(many, arena, questions, count, &(struct http_bounds){.timeout_ms = 1500, .failures_max = 32, .read = read_answer, .self = self});
 *
 * status 0 means: no answer in time, or one that is too large.
 *
 * Every question is a POST of JSON to the same URL (never a question in the URL: proxies keep those), over at most `connections` kept connections. Redirections are not
 * followed, certificates are verified against those that the machine trusts. What has no answer at the end is broken off, so that a late answer is never taken for another one's. */
#ifndef PAYUNG_EDGE_HTTP_MANY_H
#define PAYUNG_EDGE_HTTP_MANY_H

#include "common/base/arena.h"
#include "common/base/err.h"

struct http_many;

enum { HTTP_CONNECTIONS_MAX = 256 };

struct http_many_options {
    const char *url;          /* http:// or https:// */
    const char *token;        /* "Authorization: Bearer ..."; "" = none */
    int connections;          /* 1..HTTP_CONNECTIONS_MAX */
    size_t answer_bytes_max;  /* a longer answer is none */
};

struct http_question {
    struct slice body;   /* must live until the run is over */
    bool sent;           /* set by the run: it was begun */
    int status;          /* HTTP status, or 0 */
    bool is_json;        /* the answer's content type is application/json */
    struct slice answer; /* in the arena */
};

struct http_bounds {
    int timeout_ms;      /* of the whole run */
    size_t failures_max; /* so many failures in a row end it: the service is away */
    bool (*read)(void *self, size_t question, const struct http_question *answered); /* reads an answer when it comes; false: it is none, which counts as a failure */
    void *self;
};

/* Do questions to this address travel in the clear beyond this machine? */
bool http_is_open_to_others(const char *url);
MUST_USE struct err http_many_open(const struct http_many_options *options, struct http_many **ret_many);
void http_many_close(struct http_many *many); /* NULL is allowed */
/* Returns when all are settled, or at one of the bounds. */
void http_many_run(struct http_many *many, struct arena *arena, struct http_question *questions, size_t count, const struct http_bounds *bounds);

#endif
