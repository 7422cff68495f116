/* A thread has a multi handle of its own, because that is where the library keeps connections. What a thread and the owner share stands under one mutex; the easy handle belongs to whom `state` says. */
#include "common/edge/http_carry.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/check.h"
#include "common/edge/clock.h"

enum { LOOK_MS = 1000, STACK_BYTES = 1024 * 1024 /* touched: a few pages */, SOCKETS_MAX = 8 };

enum state { FREE, GIVEN, ENDED };

struct carrier {
    struct http_carry *carry;
    bool has_thread;
    pthread_t thread;
    pthread_cond_t given;
    CURLM *multi; /* NULL: there is none at this moment */
    enum state state;
    CURL *curl;
    void *tag;
    CURLcode result;
    int64_t until_us;         /* it must have ended */
    int sockets[SOCKETS_MAX]; /* that are open, -1: none; more than one while addresses are tried. The thread's own */
};

struct http_carry {
    pthread_mutex_t mutex;
    atomic_bool stops;
    int event, most, living, under_way; /* the last two are the owner's */
    struct carrier carriers[];
};

static void lock(struct http_carry *carry) { CHECK(pthread_mutex_lock(&carry->mutex) == 0); }
static void unlock(struct http_carry *carry) { CHECK(pthread_mutex_unlock(&carry->mutex) == 0); }

/* With the mutex held. */
static void end(struct carrier *carrier, CURLcode result) {
    const uint64_t one = 1;
    carrier->result = result;
    carrier->state = ENDED;
    CHECK(write(carrier->carry->event, &one, sizeof one) == sizeof one);
}

/* The library asks at least once a second while it waits. It has a limit of its own for the transfer; but then it says good-bye to the server, and would wait two minutes for an answer to that. */
static int is_too_late(void *self, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up) {
    struct carrier *carrier = self;
    (void)down_all, (void)down, (void)up_all, (void)up;
    return atomic_load(&carrier->carry->stops) || clock_monotonic_us() >= carrier->until_us ? 1 : 0;
}

static void change_socket(struct carrier *carrier, int from, int to) {
    for (int i = 0; i < SOCKETS_MAX; i++) {
        if (carrier->sockets[i] != from) continue;
        carrier->sockets[i] = to;
        return;
    }
}

static int note_socket(void *self, curl_socket_t socket, curlsocktype purpose) {
    (void)purpose; /* there is one */
    change_socket(self, -1, socket);
    return CURL_SOCKOPT_OK;
}

static int close_socket(void *self, curl_socket_t socket) {
    change_socket(self, socket, -1);
    return close(socket);
}

/* ---- a thread ---- */

static CURLcode transfer(struct carrier *carrier) {
    CURLcode result = CURLE_ABORTED_BY_CALLBACK;
    int running = 1, more = 0;
    CHECK(curl_multi_add_handle(carrier->multi, carrier->curl) == CURLM_OK);
    for (;;) {
        CHECK(curl_multi_perform(carrier->multi, &running) == CURLM_OK);
        if (running == 0) break; /* is_too_late ends it: a mail whose handle is taken away would be ended by the library as if it were whole */
        CHECK(curl_multi_poll(carrier->multi, NULL, 0, LOOK_MS, NULL) == CURLM_OK);
    }
    const CURLMsg *message = curl_multi_info_read(carrier->multi, &more);
    if (message != NULL && message->msg == CURLMSG_DONE) result = message->data.result;
    CHECK(curl_multi_remove_handle(carrier->multi, carrier->curl) == CURLM_OK);
    return result == CURLE_ABORTED_BY_CALLBACK ? CURLE_OPERATION_TIMEDOUT : result;
}

/* Without a good-bye, for whose answer the library would wait. Meanwhile the owner may want to wake `multi` up, under the mutex. */
static void drop_connections(struct carrier *carrier) {
    for (int i = 0; i < SOCKETS_MAX; i++)
        if (carrier->sockets[i] >= 0) (void)shutdown(carrier->sockets[i], SHUT_RDWR);
    CURLM *multi = carrier->multi;
    lock(carrier->carry);
    carrier->multi = NULL;
    unlock(carrier->carry);
    (void)curl_multi_cleanup(multi); /* nothing is left in it but connections */
}

static void *carry_on(void *self) {
    struct carrier *carrier = self;
    struct http_carry *carry = carrier->carry;
    lock(carry);
    for (;;) {
        while (carrier->state != GIVEN && !atomic_load(&carry->stops)) CHECK(pthread_cond_wait(&carrier->given, &carry->mutex) == 0);
        if (atomic_load(&carry->stops)) break;
        unlock(carry);
        const CURLcode result = carrier->multi != NULL ? transfer(carrier) : CURLE_FAILED_INIT;
        if (result != CURLE_OK && carrier->multi != NULL) drop_connections(carrier); /* an answer that comes late would be taken for one to the next mail */
        CURLM *multi = carrier->multi != NULL ? carrier->multi : curl_multi_init();
        lock(carry);
        carrier->multi = multi;
        end(carrier, result);
    }
    unlock(carry);
    if (carrier->multi != NULL) drop_connections(carrier);
    return NULL;
}

/* No signal is meant for it. False: the machine has no thread left. */
static bool begin(struct carrier *carrier) {
    sigset_t all, before;
    pthread_attr_t attributes;
    CHECK(pthread_cond_init(&carrier->given, NULL) == 0 && pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, STACK_BYTES) == 0);
    CHECK(sigfillset(&all) == 0 && pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
    carrier->multi = curl_multi_init();
    const bool lives = carrier->multi != NULL && pthread_create(&carrier->thread, &attributes, carry_on, carrier) == 0;
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    CHECK(pthread_attr_destroy(&attributes) == 0);
    if (lives) return true;
    if (carrier->multi != NULL) (void)curl_multi_cleanup(carrier->multi);
    carrier->multi = NULL;
    (void)pthread_cond_destroy(&carrier->given);
    return false;
}

/* ---- the owner ---- */

struct http_carry *http_carry_open(int threads) {
    CHECK(threads > 0);
    struct http_carry *carry = calloc(1, sizeof *carry + (size_t)threads * sizeof carry->carriers[0]);
    CHECK(carry != NULL && pthread_mutex_init(&carry->mutex, NULL) == 0);
    carry->most = threads;
    carry->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (carry->event >= 0) return carry;
    http_carry_close(carry);
    return NULL;
}

void http_carry_close(struct http_carry *carry) {
    if (carry == NULL) return;
    lock(carry);
    atomic_store(&carry->stops, true);
    for (int i = 0; i < carry->living; i++) {
        if (!carry->carriers[i].has_thread) continue;
        CHECK(pthread_cond_signal(&carry->carriers[i].given) == 0);
        if (carry->carriers[i].multi != NULL) (void)curl_multi_wakeup(carry->carriers[i].multi); /* else it looks by itself within a second */
    }
    unlock(carry);
    for (int i = 0; i < carry->living; i++) {
        if (!carry->carriers[i].has_thread) continue;
        CHECK(pthread_join(carry->carriers[i].thread, NULL) == 0);
        (void)pthread_cond_destroy(&carry->carriers[i].given);
    }
    if (carry->event >= 0) (void)close(carry->event);
    (void)pthread_mutex_destroy(&carry->mutex);
    free(carry);
}

int http_carry_fd(const struct http_carry *carry) { return carry->event; }

/* The first ones are used most, so that few connections are enough where there is little to do. */
static struct carrier *free_carrier(struct http_carry *carry) {
    for (int i = 0; i < carry->living; i++)
        if (carry->carriers[i].state == FREE) return &carry->carriers[i];
    struct carrier *carrier = &carry->carriers[carry->living++];
    carrier->carry = carry;
    for (int i = 0; i < SOCKETS_MAX; i++) carrier->sockets[i] = -1;
    return carrier;
}

static void make_ready(struct carrier *carrier, int timeout_ms) {
    CURL *curl = carrier->curl;
    carrier->until_us = clock_monotonic_us() + (int64_t)timeout_ms * 1000;
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_too_late);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, carrier);
    (void)curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, note_socket);
    (void)curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, carrier);
    (void)curl_easy_setopt(curl, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    (void)curl_easy_setopt(curl, CURLOPT_CLOSESOCKETDATA, carrier);
}

void http_carry_start(struct http_carry *carry, CURL *curl, int timeout_ms, void *tag) {
    CHECK(carry->under_way < carry->most);
    lock(carry);
    struct carrier *carrier = free_carrier(carry);
    carrier->curl = curl;
    carrier->tag = tag;
    make_ready(carrier, timeout_ms);
    if (!carrier->has_thread) carrier->has_thread = begin(carrier);
    if (carrier->has_thread) {
        carrier->state = GIVEN;
        CHECK(pthread_cond_signal(&carrier->given) == 0);
    } else {
        end(carrier, CURLE_FAILED_INIT);
    }
    unlock(carry);
    carry->under_way++;
}

/* Whoever ends writes the event under the mutex, so what is read here belongs to ends that are seen here. */
bool http_carry_take(struct http_carry *carry, void **ret_tag, CURLcode *ret_result) {
    bool found = false;
    uint64_t ended;
    if (carry->under_way == 0) return false;
    lock(carry);
    (void)!read(carry->event, &ended, sizeof ended); /* there may be nothing to read */
    for (int i = 0; i < carry->living && !found; i++) {
        struct carrier *carrier = &carry->carriers[i];
        if (carrier->state != ENDED) continue;
        *ret_tag = carrier->tag;
        *ret_result = carrier->result;
        carrier->state = FREE;
        found = true;
    }
    unlock(carry);
    carry->under_way -= found;
    return found;
}
