/* libcurl, one easy handle used again and again, so that polling keeps its connection. */
#include "common/edge/http_client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_BYTES_MAX = 1024 * 1024, CONNECT_SECONDS = 5, STALLED_SECONDS = 60, URL_BYTES_MAX = 2048, HEADER_BYTES_MAX = 1200 };

struct http_client {
    CURL *curl;
    char *base_url;
    char authorization[HEADER_BYTES_MAX];
    char error[CURL_ERROR_SIZE];
    const struct http_call *call;
    char *body;
    size_t body_size;
    bool enough; /* the caller of a stream wants no more */
};

struct err http_client_open(const char *base_url, const char *bearer_token, struct http_client **ret_client) {
    struct http_client *client = calloc(1, sizeof *client);
    CHECK(client != NULL);
    if (snprintf(client->authorization, HEADER_BYTES_MAX, bearer_token[0] != '\0' ? "Authorization: Bearer %s" : "Authorization:%s" /* which leaves it out */, bearer_token) >= HEADER_BYTES_MAX) {
        free(client);
        return ERR(FATAL, "the token is too long");
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (client->curl = curl_easy_init()) == NULL) {
        free(client);
        return ERR(FATAL, "libcurl can't start");
    }
    client->base_url = strdup(base_url);
    CHECK(client->base_url != NULL);
    *ret_client = client;
    return OK;
}

void http_client_close(struct http_client *client) {
    if (client == NULL) return;
    curl_easy_cleanup(client->curl);
    curl_global_cleanup();
    explicit_bzero(client->authorization, sizeof client->authorization);
    free(client->base_url);
    free(client->body);
    free(client);
}

bool http_escape(const char *text, char *ret_escaped, size_t room) {
    static const char digits[] = "0123456789ABCDEF";
    size_t size = 0;
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || strchr("-._~", byte) != NULL;
        if (size + 4 > room) return false;
        if (plain) {
            ret_escaped[size++] = (char)byte;
        } else {
            ret_escaped[size++] = '%';
            ret_escaped[size++] = digits[byte >> 4];
            ret_escaped[size++] = digits[byte & 15];
        }
    }
    if (size >= room) return false;
    ret_escaped[size] = '\0';
    return true;
}

static size_t take_body(char *bytes, size_t one, size_t size, void *self) {
    struct http_client *client = self;
    long status = 0;
    (void)one; /* is 1 */
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    if (client->call->take != NULL && status < 300) {
        client->enough = !client->call->take(client->call->self, slice_of(bytes, size));
        return client->enough ? 0 : size;
    }
    if (client->call->download != NULL && status < 300) return fwrite(bytes, 1, size, client->call->download);
    if (client->body_size + size > BODY_BYTES_MAX) return 0;
    client->body = realloc(client->body, client->body_size + size);
    CHECK(client->body != NULL);
    memcpy(client->body + client->body_size, bytes, size);
    client->body_size += size;
    return size;
}

static size_t give_body(char *bytes, size_t one, size_t room, void *self) {
    const struct http_client *client = self;
    size_t got = fread(bytes, 1, one * room, client->call->body);
    return ferror(client->call->body) != 0 ? CURL_READFUNC_ABORT : got;
}

static int on_progress(void *self, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up) {
    const struct http_client *client = self;
    (void)down_all;
    (void)down;
    if (client->call->progress != NULL) client->call->progress((long long)up, (long long)up_all);
    return 0;
}

static void prepare(struct http_client *client, const char *url, struct curl_slist *headers) {
    curl_easy_reset(client->curl);
    client->error[0] = '\0';
    client->body_size = 0;
    client->enough = false;
    /* Options of fixed types on a fresh handle: they can't fail. */
    (void)curl_easy_setopt(client->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, client->error);
    (void)curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_body);
    (void)curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
    (void)curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    (void)curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    (void)curl_easy_setopt(client->curl, CURLOPT_LOW_SPEED_TIME, (long)STALLED_SECONDS);
    (void)curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(client->curl, CURLOPT_TCP_NODELAY, 1L);
    (void)curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (client->call->method != NULL) (void)curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, client->call->method);
    if (client->call->body == NULL) return;
    (void)curl_easy_setopt(client->curl, CURLOPT_POST, 1L);
    (void)curl_easy_setopt(client->curl, CURLOPT_READFUNCTION, give_body);
    (void)curl_easy_setopt(client->curl, CURLOPT_READDATA, client);
    (void)curl_easy_setopt(client->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(client->curl, CURLOPT_XFERINFODATA, client);
    (void)curl_easy_setopt(client->curl, CURLOPT_NOPROGRESS, 0L);
    if (client->call->body_size >= 0) (void)curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)client->call->body_size);
}

struct err http_client_run(struct http_client *client, const struct http_call *call, struct http_answer *ret_answer) {
    char url[URL_BYTES_MAX], type[HEADER_BYTES_MAX];
    if (snprintf(url, sizeof url, "%s%s", client->base_url, call->path) >= (int)sizeof url) return ERR(FATAL, "the address is too long");
    client->call = call;
    struct curl_slist *headers = curl_slist_append(NULL, client->authorization);
    if (call->body != NULL) {
        CHECK(snprintf(type, sizeof type, "Content-Type: %s", call->content_type) < (int)sizeof type);
        headers = curl_slist_append(headers, type);
        headers = curl_slist_append(headers, "Expect:"); /* refusals come at once anyway */
    }
    if (call->header != NULL) headers = curl_slist_append(headers, call->header);
    CHECK(headers != NULL);
    prepare(client, url, headers);
    CURLcode result = curl_easy_perform(client->curl);
    long status = 0;
    (void)curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    client->call = NULL;
    bool refused = status >= 300; /* an answer, also when the server hung up behind it */
    if (result != CURLE_OK && !refused && !client->enough)
        return ERR(AGAIN, "the server can't be reached: %s", client->error[0] != '\0' ? client->error : curl_easy_strerror(result));
    *ret_answer = (struct http_answer){.status = (int)status, .body = slice_of(client->body, client->body_size)};
    return OK;
}
