/* One HTTP server as its client sees it: requests one after the other over a kept connection, files streamed both ways. The only module that includes
 * <curl/curl.h>. It must never print the token.
 *
 *   struct http_client *client;   TRY(http_client_open("http://127.0.0.1:8080", token, &client));
 *   struct http_answer answer;    TRY(http_client_run(client, &(struct http_call){.path = "/v1/..."}, &answer));
 *
 * An answer of any status is OK; AGAIN means that there was none: the server can't be reached, hung up, or did nothing for a minute. A server that answers
 * a refusal and hangs up in the middle of a body that is being sent has answered. */
#ifndef PAYUNG_EDGE_HTTP_CLIENT_H
#define PAYUNG_EDGE_HTTP_CLIENT_H

#include <stdio.h>

#include "common/base/err.h"
#include "common/base/slice.h"

struct http_client;

struct http_call {
    const char *path;          /* with its query, begins with '/', escaped */
    FILE *body;                /* NULL: GET; else POST of the rest of this file */
    long long body_size;       /* -1: unknown, sent in chunks */
    const char *content_type;  /* of the body */
    FILE *download;            /* NULL, or where the body of a good answer (below 300) goes */
    void (*progress)(long long sent, long long all); /* NULL, or called now and then */
    const char *method;        /* NULL, or another one than GET and POST: "DELETE" */
    const char *header;        /* NULL, or one more: "Last-Event-ID: ..." */
    bool (*take)(void *self, struct slice bytes); /* NULL, or gets the body of a good answer as it comes; false: enough, the call ends well */
    void *self;
};

struct http_answer {
    int status;
    struct slice body; /* until the next call; at most 1 MiB, empty when it went to `download` */
};

/* bearer_token "": none is sent. */
MUST_USE struct err http_client_open(const char *base_url, const char *bearer_token, struct http_client **ret_client);
void http_client_close(struct http_client *client); /* NULL is allowed */
MUST_USE struct err http_client_run(struct http_client *client, const struct http_call *call, struct http_answer *ret_answer);
/* Percent-encodes for a path or query. False when it does not fit. */
bool http_escape(const char *text, char *ret_escaped, size_t room);

#endif
