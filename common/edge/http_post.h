/* Posts to servers of strangers, many at a time, none of which may hold up another: a fixed number of lanes over libcurl's multi interface, driven from one loop. Together with
 * http_client.h, http_many.h and url.h the only module that includes <curl/curl.h>. It must never print an address, a header or a body.
 *
 *   struct http_post *posts;   TRY(http_post_open(&(struct http_post_options){.lanes = 32, .timeout_ms = 15000, .user_agent = "payung"}, &posts));
 *   if (http_post_room(posts) > 0) http_post_start(posts, &(struct http_post_call){.url = url, .headers = headers, .header_count = 3, .body = body, .tag = 42});
 *   http_post_turn(posts, 100, ends, ENDS_MAX);   waits for something to happen, at most so long; gives back what has ended since
 *
 * More lanes than connections: the posts beyond wait, and each is sent at the moment at which another one ends, in the order in which they came; their time runs from then on. Posts of one group may be
 * kept to a part of the connections, so that a server that hangs holds up its own posts only.
 *
 * Redirections are not followed, certificates are verified against those that the machine trusts, proxies of the environment are not used. Of an answer its status and Retry-After are
 * read; its body is thrown away unless something is wanted in it, and beyond answer_bytes_max the connection is closed.
 *
 * Unless allow_private, a connection is made to a public address only (common/domain/address.h): the address that the connection itself uses is judged, whatever its name meant before. */
#ifndef PAYUNG_EDGE_HTTP_POST_H
#define PAYUNG_EDGE_HTTP_POST_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/base/slice.h"

struct http_post;

enum { HTTP_POST_ANSWER_KEPT = 512, HTTP_POST_LANES_MAX = 256, HTTP_POST_HEADERS_MAX = 8 };

struct http_post_options {
    int lanes;               /* 1..HTTP_POST_LANES_MAX: posts at a time, with those that wait for a connection */
    int connections;         /* 1..lanes: of them under way; 0: all */
    int timeout_ms;          /* of one post, from the moment at which it is under way */
    size_t answer_bytes_max;
    const char *user_agent;
    bool allow_private;      /* also http:// and addresses within this machine and its networks */
    bool allow_mail;         /* also smtp:// and smtps:// */
};

struct http_post_call {
    const char *url;
    const char *const *headers; /* "Name: value"; of a mail: its header lines, without those of MIME */
    size_t header_count;
    struct slice body;
    uint64_t tag;
    int group, group_connections; /* so many of the same group are under way at most; 0: as many as there are connections */
    int wanted_status;  /* the only status that says "taken"; 0: any of 200..299 */
    const char *wanted; /* what must stand in the first bytes of such an answer (HTTP_POST_ANSWER_KEPT); NULL: nothing. Whoever says yes otherwise is not whom we meant, or lies: as if no answer had come */
    /* A mail (url is smtp:// or smtps://) when mail_to is there: body is its text, UTF-8. user NULL: nobody signs in. smtp:// to another machine is encrypted (STARTTLS) or fails. */
    const char *mail_from, *mail_to, *user, *password;
};

struct http_post_end {
    uint64_t tag;
    int status;            /* of HTTP, or of SMTP: that of the mail as a whole; 0: no answer came, and `trouble` says why */
    bool reached;          /* a connection was there, so that something may have been taken */
    int64_t retry_after_s; /* 0: not said */
    int32_t duration_ms;
    const char *trouble;   /* static English words; "" */
};

MUST_USE struct err http_post_open(const struct http_post_options *options, struct http_post **ret_posts);
void http_post_close(struct http_post *posts); /* NULL is allowed; breaks off what is under way */
int http_post_room(const struct http_post *posts);
int http_post_under_way(const struct http_post *posts); /* with those that wait */
void http_post_start(struct http_post *posts, const struct http_post_call *call); /* needs room; everything is copied */
/* A turn also ends its waiting when something can be read here; -1: nowhere. */
void http_post_watch(struct http_post *posts, int socket);
size_t http_post_turn(struct http_post *posts, int wait_ms, struct http_post_end *ret_ends, size_t ends_max);

#endif
