/* libcurl's multi interface over lanes that are made once; a call's address, headers and body are the library's copies until it ends. A mail is a call like a post, but carried by a thread (http_carry.h). */
#include "common/edge/http_post.h"

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/domain/address.h"
#include "common/edge/clock.h"
#include "common/edge/http_carry.h"

enum { CONNECT_MS_MAX = 5000 };

struct lane {
    struct http_post *posts;
    CURL *curl;
    struct curl_slist *headers; /* NULL: free */
    curl_mime *mime;            /* of a mail, with whom it goes to */
    struct curl_slist *to;
    uint64_t tag, place; /* place: in the order in which they came */
    int group, group_connections;
    bool waits; /* for a connection */
    int64_t began_us;
    size_t answer_bytes;
    int wanted_status;
    const char *wanted;
    char answer[HTTP_POST_ANSWER_KEPT + 1]; /* its first bytes */
    bool refused; /* an address was not public */
};

struct http_post {
    CURLM *multi;
    struct http_carry *carry; /* NULL: no mails */
    struct lane *lanes;
    int lane_count, connections, under_way; /* under_way: lanes that are not free */
    uint64_t places;
    bool has_started; /* a post that the library has not seen yet */
    int timeout_ms, watched; /* watched: a socket of the caller's; -1: none */
    size_t answer_bytes_max;
    bool allow_private;
    const char *user_agent;
};

/* The status is known by then, so an answer that is cut is an answer. */
static size_t throw_away(char *bytes, size_t one, size_t size, void *self) {
    struct lane *lane = self;
    (void)one; /* is 1 */
    if (lane->wanted != NULL && lane->answer_bytes < HTTP_POST_ANSWER_KEPT) {
        const size_t room = HTTP_POST_ANSWER_KEPT - lane->answer_bytes, kept = size < room ? size : room;
        memcpy(lane->answer + lane->answer_bytes, bytes, kept);
        lane->answer[lane->answer_bytes + kept] = '\0';
    }
    lane->answer_bytes += size;
    return lane->answer_bytes <= lane->posts->answer_bytes_max ? size : 0;
}

static bool is_public(const struct curl_sockaddr *peer) {
    const struct sockaddr *address = &peer->addr; /* the library keeps room for every family behind it */
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (peer->family == AF_INET) {
        memcpy(&v4, address, sizeof v4);
        return address_v4_is_public((const uint8_t *)&v4.sin_addr);
    }
    if (peer->family != AF_INET6) return false;
    memcpy(&v6, address, sizeof v6);
    return address_v6_is_public(v6.sin6_addr.s6_addr);
}

static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *peer) {
    struct lane *lane = self;
    (void)purpose; /* there is one */
    if (!lane->posts->allow_private && !is_public(peer)) {
        lane->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(peer->family, peer->socktype | SOCK_CLOEXEC, peer->protocol);
}

/* What every call of a lane has in common. The library keeps connections apart from these, so a lane may carry a post and then a mail. Options of fixed types: only copies could fail. */
static void prepare(struct lane *lane) {
    const int timeout_ms = lane->posts->timeout_ms;
    curl_easy_reset(lane->curl);
    (void)curl_easy_setopt(lane->curl, CURLOPT_WRITEFUNCTION, throw_away);
    (void)curl_easy_setopt(lane->curl, CURLOPT_WRITEDATA, lane);
    (void)curl_easy_setopt(lane->curl, CURLOPT_PRIVATE, lane);
    (void)curl_easy_setopt(lane->curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    (void)curl_easy_setopt(lane->curl, CURLOPT_OPENSOCKETDATA, lane);
    (void)curl_easy_setopt(lane->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(lane->curl, CURLOPT_QUICK_EXIT, 1L); /* a name server that is silent holds up nobody else */
    (void)curl_easy_setopt(lane->curl, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(lane->curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(lane->curl, CURLOPT_PROXY, ""); /* the address of a proxy would be judged instead of the server's */
    (void)curl_easy_setopt(lane->curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(lane->curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    (void)curl_easy_setopt(lane->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)(timeout_ms < CONNECT_MS_MAX ? timeout_ms : CONNECT_MS_MAX));
}

static bool open_lane(struct http_post *posts, struct lane *lane) {
    lane->posts = posts;
    lane->curl = curl_easy_init();
    return lane->curl != NULL;
}

struct err http_post_open(const struct http_post_options *options, struct http_post **ret_posts) {
    CHECK(options->lanes >= 1 && options->lanes <= HTTP_POST_LANES_MAX && options->connections >= 0 && options->connections <= options->lanes && options->timeout_ms > 0);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return ERR(FATAL, "libcurl can't start");
    struct http_post *posts = calloc(1, sizeof *posts);
    CHECK(posts != NULL);
    *posts = (struct http_post){.lane_count = options->lanes, .connections = options->connections > 0 ? options->connections : options->lanes, .timeout_ms = options->timeout_ms, .watched = -1, .answer_bytes_max = options->answer_bytes_max, .allow_private = options->allow_private,
                                .user_agent = options->user_agent};
    posts->lanes = calloc((size_t)posts->lane_count, sizeof *posts->lanes);
    CHECK(posts->lanes != NULL);
    posts->multi = curl_multi_init();
    bool fine = posts->multi != NULL && curl_multi_setopt(posts->multi, CURLMOPT_MAXCONNECTS, (long)posts->lane_count) == CURLM_OK;
    if (fine && options->allow_mail) {
        posts->carry = http_carry_open(posts->connections);
        fine = posts->carry != NULL;
    }
    for (int i = 0; fine && i < posts->lane_count; i++) fine = open_lane(posts, &posts->lanes[i]);
    if (!fine) {
        http_post_close(posts);
        return ERR(FATAL, "libcurl can't make its connections");
    }
    *ret_posts = posts;
    return OK;
}

static void release(struct http_post *posts, struct lane *lane) {
    if (!lane->waits && lane->mime == NULL) CHECK(curl_multi_remove_handle(posts->multi, lane->curl) == CURLM_OK); /* breaks off what is under way */
    lane->waits = false;
    curl_slist_free_all(lane->headers);
    lane->headers = NULL;
    curl_mime_free(lane->mime);
    lane->mime = NULL;
    curl_slist_free_all(lane->to);
    lane->to = NULL;
    posts->under_way--;
}

void http_post_close(struct http_post *posts) {
    if (posts == NULL) return;
    http_carry_close(posts->carry);
    for (int i = 0; i < posts->lane_count; i++) {
        if (posts->lanes[i].headers != NULL) release(posts, &posts->lanes[i]);
        curl_easy_cleanup(posts->lanes[i].curl);
    }
    free(posts->lanes);
    if (posts->multi != NULL) (void)curl_multi_cleanup(posts->multi); /* nothing is left in it */
    curl_global_cleanup();
    free(posts);
}

int http_post_room(const struct http_post *posts) { return posts->lane_count - posts->under_way; }
int http_post_under_way(const struct http_post *posts) { return posts->under_way; }

static struct lane *free_lane(struct http_post *posts) {
    for (int i = 0; i < posts->lane_count; i++)
        if (posts->lanes[i].headers == NULL) return &posts->lanes[i];
    return NULL;
}

static void set_post(struct lane *lane, const struct http_post_call *call) {
    (void)curl_easy_setopt(lane->curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(lane->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size);
    CHECK(curl_easy_setopt(lane->curl, CURLOPT_COPYPOSTFIELDS, call->body.bytes) == CURLE_OK &&
          curl_easy_setopt(lane->curl, CURLOPT_PROTOCOLS_STR, lane->posts->allow_private ? "http,https" : "https") == CURLE_OK &&
          curl_easy_setopt(lane->curl, CURLOPT_USERAGENT, lane->posts->user_agent) == CURLE_OK); /* copies: they fail without memory only */
}

static bool is_this_machine(const char *url) { return strncmp(url, "smtp://127.0.0.1", strlen("smtp://127.0.0.1")) == 0 || strncmp(url, "smtp://localhost", strlen("smtp://localhost")) == 0; }

/* One part with the text, its lines kept short by quoted-printable. */
static void set_mail(struct lane *lane, const struct http_post_call *call) {
    lane->mime = curl_mime_init(lane->curl);
    CHECK(lane->mime != NULL);
    curl_mimepart *part = curl_mime_addpart(lane->mime);
    CHECK(part != NULL && curl_mime_data(part, (const char *)call->body.bytes, call->body.size) == CURLE_OK && curl_mime_type(part, "text/plain; charset=UTF-8") == CURLE_OK &&
          curl_mime_encoder(part, "quoted-printable") == CURLE_OK && curl_easy_setopt(lane->curl, CURLOPT_MIMEPOST, lane->mime) == CURLE_OK);
    struct curl_slist *to = curl_slist_append(NULL, call->mail_to);
    CHECK(to != NULL && curl_easy_setopt(lane->curl, CURLOPT_MAIL_RCPT, to) == CURLE_OK && curl_easy_setopt(lane->curl, CURLOPT_MAIL_FROM, call->mail_from) == CURLE_OK &&
          curl_easy_setopt(lane->curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps") == CURLE_OK);
    lane->to = to;
    (void)curl_easy_setopt(lane->curl, CURLOPT_USE_SSL, (long)(is_this_machine(call->url) ? CURLUSESSL_TRY : CURLUSESSL_ALL));
    if (call->user != NULL)
        CHECK(curl_easy_setopt(lane->curl, CURLOPT_USERNAME, call->user) == CURLE_OK && curl_easy_setopt(lane->curl, CURLOPT_PASSWORD, call->password) == CURLE_OK);
}

/* ---- who has a connection ---- */

static bool has_connection(const struct lane *lane) { return lane->headers != NULL && !lane->waits; }

static bool may_go(const struct http_post *posts, const struct lane *wanted) {
    int all = 0, same = 0;
    for (int i = 0; i < posts->lane_count; i++) {
        if (!has_connection(&posts->lanes[i])) continue;
        all++;
        same += posts->lanes[i].group == wanted->group;
    }
    return all < posts->connections && (wanted->group_connections == 0 || same < wanted->group_connections);
}

static void go(struct http_post *posts, struct lane *lane) {
    lane->waits = false;
    lane->began_us = clock_monotonic_us();
    if (lane->mime != NULL) {
        http_carry_start(posts->carry, lane->curl, posts->timeout_ms, lane);
        return;
    }
    posts->has_started = true;
    CHECK(curl_multi_add_handle(posts->multi, lane->curl) == CURLM_OK);
}

/* The first one that may. */
static struct lane *next_to_go(struct http_post *posts) {
    struct lane *next = NULL;
    for (int i = 0; i < posts->lane_count; i++) {
        struct lane *lane = &posts->lanes[i];
        if (lane->waits && (next == NULL || lane->place < next->place) && may_go(posts, lane)) next = lane;
    }
    return next;
}

void http_post_start(struct http_post *posts, const struct http_post_call *call) {
    CHECK(call->header_count <= HTTP_POST_HEADERS_MAX && (call->mail_to == NULL || (posts->carry != NULL && call->header_count > 0)));
    struct lane *lane = free_lane(posts);
    CHECK(lane != NULL);
    prepare(lane);
    lane->headers = call->mail_to == NULL ? curl_slist_append(NULL, "Expect:") : NULL; /* the body is small: nobody has to ask for it */
    for (size_t i = 0; i < call->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(lane->headers, call->headers[i]);
        CHECK(longer != NULL);
        lane->headers = longer;
    }
    lane->tag = call->tag;
    lane->place = posts->places++;
    lane->group = call->group;
    lane->group_connections = call->group_connections;
    lane->answer_bytes = 0;
    lane->answer[0] = '\0';
    lane->wanted_status = call->wanted_status;
    lane->wanted = call->wanted;
    lane->refused = false;
    (void)curl_easy_setopt(lane->curl, CURLOPT_HTTPHEADER, lane->headers);
    CHECK(curl_easy_setopt(lane->curl, CURLOPT_URL, call->url) == CURLE_OK); /* a copy: fails without memory only */
    if (call->mail_to != NULL) set_mail(lane, call);
    else set_post(lane, call);
    lane->waits = true;
    posts->under_way++;
    if (may_go(posts, lane)) go(posts, lane);
}

/* Does a yes look like one of whom we meant? */
static bool is_credible(const struct lane *lane, long status) {
    if (status < 200 || status >= 300) return true;
    return (lane->wanted_status == 0 || lane->wanted_status == status) && (lane->wanted == NULL || strstr(lane->answer, lane->wanted) != NULL);
}

static struct http_post_end end_of(struct lane *lane, CURLcode result) {
    long status = 0;
    curl_off_t retry_after_s = 0;
    (void)curl_easy_getinfo(lane->curl, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(lane->curl, CURLINFO_RETRY_AFTER, &retry_after_s);
    const bool cut = result == CURLE_WRITE_ERROR && lane->answer_bytes > lane->posts->answer_bytes_max;
    /* A mail's status is that of its last command: only the end says that it was taken, while a refusal counts at every step. */
    const bool credible = lane->mime != NULL || is_credible(lane, status);
    const bool answered = !credible ? false : lane->mime != NULL ? result == CURLE_OK || (status >= 400 && result != CURLE_OPERATION_TIMEDOUT) : (result == CURLE_OK || cut) && status >= 200;
    curl_off_t sent_us = 0;
    (void)curl_easy_getinfo(lane->curl, CURLINFO_PRETRANSFER_TIME_T, &sent_us); /* 0: it never came so far */
    return (struct http_post_end){
        .tag = lane->tag,
        .status = answered ? (int)status : 0,
        .reached = sent_us > 0,
        .retry_after_s = answered && retry_after_s > 0 ? retry_after_s : 0,
        .duration_ms = (int32_t)((clock_monotonic_us() - lane->began_us) / 1000),
        .trouble = answered ? "" : lane->refused ? "the address of the host is not public" : !credible && result == CURLE_OK ? "the answer is not one of this provider" : curl_easy_strerror(result),
    };
}

/* The library looks at each post that is under way, whatever happened: it is asked no oftener than it has to be. (Its other interface, which is told what happened, never tries a second address in 7.88.) */
static void perform(struct http_post *posts) {
    int running = 0;
    CHECK(curl_multi_perform(posts->multi, &running) == CURLM_OK);
    posts->has_started = false;
}

/* Whose transfer has ended; NULL: of nobody (else). */
static struct lane *next_ended(struct http_post *posts, CURLcode *ret_result) {
    int more = 0;
    void *lane = NULL;
    for (CURLMsg *message; (message = curl_multi_info_read(posts->multi, &more)) != NULL;) {
        if (message->msg != CURLMSG_DONE) continue;
        *ret_result = message->data.result; /* the message dies with the handle's removal */
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&lane);
        return lane;
    }
    return posts->carry != NULL && http_carry_take(posts->carry, &lane, ret_result) ? lane : NULL;
}

static size_t take_ends(struct http_post *posts, struct http_post_end *ret_ends, size_t ends_max) {
    size_t count = 0;
    CURLcode result = CURLE_OK;
    for (struct lane *lane; count < ends_max && (lane = next_ended(posts, &result)) != NULL;) {
        CHECK(has_connection(lane));
        ret_ends[count++] = end_of(lane, result);
        release(posts, lane);
    }
    if (count == 0) return 0;
    for (struct lane *next; (next = next_to_go(posts)) != NULL;) go(posts, next);
    if (posts->has_started) perform(posts); /* they go now, not when the caller comes again */
    return count;
}

void http_post_watch(struct http_post *posts, int socket) { posts->watched = socket; }

size_t http_post_turn(struct http_post *posts, int wait_ms, struct http_post_end *ret_ends, size_t ends_max) {
    if (posts->has_started) perform(posts);
    const size_t count = take_ends(posts, ret_ends, ends_max); /* also those that there was no room for the last time */
    if (count > 0) {
        perform(posts); /* mails that end one after the other keep nobody else from being heard */
        return count;
    }
    struct curl_waitfd also[2];
    unsigned also_count = 0;
    if (posts->watched >= 0) also[also_count++] = (struct curl_waitfd){.fd = posts->watched, .events = CURL_WAIT_POLLIN};
    if (posts->carry != NULL) also[also_count++] = (struct curl_waitfd){.fd = http_carry_fd(posts->carry), .events = CURL_WAIT_POLLIN};
    if (wait_ms > 0) CHECK(curl_multi_poll(posts->multi, also, also_count, wait_ms, NULL) == CURLM_OK); /* a signal ends it early */
    perform(posts);
    return take_ends(posts, ret_ends, ends_max);
}
