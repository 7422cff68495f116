/* Pipelined SET NX GET over hiredis. It must never be the reason to drop, delay or refuse an application. */
#include "common/edge/redis.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { HOST_MAX = 128, WORD_MAX = 128, CONNECT_MS = 100, COMMAND_MS = 100, PAUSE_FIRST_MS = 100, PAUSE_MAX_MS = 10000, PIPELINE_MAX = 1000 };

struct redis {
    redisContext *context;
    char host[HOST_MAX], user[WORD_MAX], password[WORD_MAX];
    int port, database;
    int64_t not_before_ms;
    int pause_ms;
};

static int64_t now_ms(void) {
    struct timespec now;
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool copy_word(char *target, size_t room, const char *from, size_t size) {
    if (size >= room) return false;
    memcpy(target, from, size);
    target[size] = '\0';
    return true;
}

static bool parse_small(const char *text, int max, int *ret_number) {
    int number = 0;
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || (number = number * 10 + (*text - '0')) > max) return false;
    }
    *ret_number = number;
    return true;
}

static bool parse_url(const char *url, struct redis *redis) {
    static const char scheme[] = "redis://";
    if (strncmp(url, scheme, strlen(scheme)) != 0) return false;
    url += strlen(scheme);
    const char *at = strrchr(url, '@');
    if (at != NULL) {
        const char *colon = memchr(url, ':', (size_t)(at - url));
        if (colon == NULL) return false;
        if (!copy_word(redis->user, WORD_MAX, url, (size_t)(colon - url))) return false;
        if (!copy_word(redis->password, WORD_MAX, colon + 1, (size_t)(at - colon - 1))) return false;
        url = at + 1;
    }
    char rest[HOST_MAX];
    if (!copy_word(rest, sizeof rest, url, strlen(url))) return false;
    char *slash = strchr(rest, '/');
    if (slash != NULL) {
        *slash = '\0';
        if (slash[1] != '\0' && !parse_small(slash + 1, 1023, &redis->database)) return false;
    }
    redis->port = 6379;
    char *colon = strrchr(rest, ':');
    if (colon != NULL) {
        *colon = '\0';
        if (!parse_small(colon + 1, 65535, &redis->port)) return false;
    }
    return rest[0] != '\0' && copy_word(redis->host, HOST_MAX, rest, strlen(rest));
}

struct err redis_open(const char *url, struct redis **ret_redis) {
    struct redis *redis = calloc(1, sizeof *redis);
    CHECK(redis != NULL);
    redis->pause_ms = PAUSE_FIRST_MS;
    if (!parse_url(url, redis)) {
        free(redis);
        return ERR(FATAL, "REDIS_URL can't be read; it must look like redis://:password@host:port/0");
    }
    *ret_redis = redis;
    return OK;
}

void redis_close(struct redis *redis) {
    if (redis == NULL) return;
    if (redis->context != NULL) redisFree(redis->context);
    explicit_bzero(redis->password, sizeof redis->password);
    free(redis);
}

static bool give_up(struct redis *redis) {
    if (redis->context != NULL) redisFree(redis->context);
    redis->context = NULL;
    redis->not_before_ms = now_ms() + redis->pause_ms;
    redis->pause_ms = redis->pause_ms * 2 < PAUSE_MAX_MS ? redis->pause_ms * 2 : PAUSE_MAX_MS;
    return false;
}

/* Takes one reply; false when it is missing or an error. The caller frees it. */
static bool take_reply(struct redis *redis, redisReply **ret_reply) {
    void *reply = NULL;
    if (redisGetReply(redis->context, &reply) != REDIS_OK || reply == NULL) return false;
    *ret_reply = reply;
    return ((redisReply *)reply)->type != REDIS_REPLY_ERROR;
}

static bool skip_reply(struct redis *redis) {
    redisReply *reply = NULL;
    bool good = take_reply(redis, &reply);
    if (reply != NULL) freeReplyObject(reply);
    return good;
}

static bool introduce(struct redis *redis) {
    int replies = 0;
    if (redis->password[0] != '\0') {
        const char *words[] = {"AUTH", redis->user, redis->password};
        const char *short_words[] = {"AUTH", redis->password};
        bool named = redis->user[0] != '\0';
        (void)redisAppendCommandArgv(redis->context, named ? 3 : 2, named ? words : short_words, NULL); /* failure shows in the reply */
        replies++;
    }
    if (redis->database != 0) {
        (void)redisAppendCommand(redis->context, "SELECT %d", redis->database); /* the same */
        replies++;
    }
    bool good = true;
    for (int i = 0; i < replies && good; i++) good = skip_reply(redis);
    return good;
}

static bool connected(struct redis *redis) {
    if (redis->context != NULL) return true;
    if (now_ms() < redis->not_before_ms) return false;
    redis->context = redisConnectWithTimeout(redis->host, redis->port, (struct timeval){.tv_usec = CONNECT_MS * 1000});
    if (redis->context == NULL || redis->context->err != 0) return give_up(redis);
    if (redisSetTimeout(redis->context, (struct timeval){.tv_usec = COMMAND_MS * 1000}) != REDIS_OK || !introduce(redis)) return give_up(redis);
    redis->pause_ms = PAUSE_FIRST_MS;
    return true;
}

static bool append_set(struct redis *redis, struct slice key, struct slice value, const char *seconds) {
    const char *words[] = {"SET", (const char *)key.bytes, (const char *)value.bytes, "NX", "GET", "EX", seconds};
    const size_t sizes[] = {3, key.size, value.size, 2, 3, 2, strlen(seconds)};
    return redisAppendCommandArgv(redis->context, 7, words, sizes) == REDIS_OK;
}

bool redis_remember(struct redis *redis, struct arena *arena, const struct slice *keys, const struct slice *values, size_t count, int seconds_to_live,
                    struct slice *ret_earlier) {
    CHECK(count <= PIPELINE_MAX && seconds_to_live > 0);
    if (count == 0) return true;
    if (!connected(redis)) return false;
    char seconds[16];
    (void)snprintf(seconds, sizeof seconds, "%d", seconds_to_live);
    for (size_t i = 0; i < count; i++)
        if (!append_set(redis, keys[i], values[i], seconds)) return give_up(redis);
    for (size_t i = 0; i < count; i++) {
        redisReply *reply = NULL;
        bool good = take_reply(redis, &reply);
        ret_earlier[i] = (struct slice){0};
        if (good && reply->type == REDIS_REPLY_STRING) ret_earlier[i] = arena_copy(arena, slice_of(reply->str, reply->len));
        if (reply != NULL) freeReplyObject(reply);
        if (!good) return give_up(redis); /* also drops the rest of the pipeline with the connection */
    }
    return true;
}
