/* Four small pages on a loopback port. The thread is libmicrohttpd's; between it and the loop stand one mutex around one text and one atomic
 * time, so a page can never slow the loop down and a stuck loop can still be seen. */
#include "common/edge/health.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/tables/meters.h"

enum { STACK_BYTES = 256 * 1024, CONNECTIONS_MAX = 16, IDLE_S = 10, NAME_BYTES_MAX = 64 };

struct health {
    struct MHD_Daemon *daemon;
    char service[NAME_BYTES_MAX], instance[NAME_BYTES_MAX];
    _Atomic int64_t turned_us;
    pthread_mutex_t mutex; /* around the two below */
    bool ready;
    char text[HEALTH_TEXT_MAX];
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type, char *text, size_t size) {
    struct MHD_Response *response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(text);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, "Content-Type", type);
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text) {
    char *copy = NULL;
    int size = asprintf(&copy, "%s\n", text);
    return size < 0 ? MHD_NO : answer(connection, status, "text/plain; charset=utf-8", copy, (size_t)size);
}

static enum MHD_Result answer_metrics(struct health *health, struct MHD_Connection *connection) {
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL) return MHD_NO;
    meters_print(file, health->service, health->instance);
    if (fclose(file) != 0) return MHD_NO;
    return answer(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", text, size);
}

static enum MHD_Result answer_ready(struct health *health, struct MHD_Connection *connection) {
    char text[HEALTH_TEXT_MAX];
    CHECK(pthread_mutex_lock(&health->mutex) == 0);
    bool ready = health->ready;
    memcpy(text, health->text, sizeof text);
    CHECK(pthread_mutex_unlock(&health->mutex) == 0);
    return answer_text(connection, ready ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, text);
}

static enum MHD_Result answer_alive(struct health *health, struct MHD_Connection *connection) {
    int64_t age_s = (clock_monotonic_us() - atomic_load(&health->turned_us)) / 1000000;
    if (age_s <= HEALTH_TURN_MAX_S) return answer_text(connection, MHD_HTTP_OK, "the loop turns");
    return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the loop has not turned for more than 30 s");
}

static enum MHD_Result handle_request(void *self, struct MHD_Connection *connection, const char *url, const char *method, const char *version,
                                      const char *upload, size_t *upload_size, void **state) {
    struct health *health = self;
    if (strcmp(method, "GET") != 0) return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "GET only");
    if (strcmp(url, "/healthz") == 0) return answer_alive(health, connection);
    if (strcmp(url, "/readyz") == 0) return answer_ready(health, connection);
    if (strcmp(url, "/metrics") == 0) return answer_metrics(health, connection);
    if (strcmp(url, "/version") == 0) return answer_text(connection, MHD_HTTP_OK, PAYUNG_VERSION);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "/healthz /readyz /metrics /version");
}

struct err health_open(int port, const char *service, const char *instance, struct health **ret_health) {
    struct health *health = calloc(1, sizeof *health);
    CHECK(health != NULL);
    (void)snprintf(health->service, sizeof health->service, "%s", service);
    (void)snprintf(health->instance, sizeof health->instance, "%s", instance);
    (void)snprintf(health->text, sizeof health->text, "starting");
    CHECK(pthread_mutex_init(&health->mutex, NULL) == 0);
    health_turn(health);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    health->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, handle_request, health,
                                      MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
                                      MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_END);
    if (health->daemon == NULL) {
        int reason = errno;
        health_close(health);
        return ERR(FATAL, "METRICS_PORT %d on 127.0.0.1 can't be opened: %s. Choose another port.", port, strerror(reason));
    }
    *ret_health = health;
    return OK;
}

void health_close(struct health *health) {
    if (health == NULL) return;
    if (health->daemon != NULL) MHD_stop_daemon(health->daemon);
    (void)pthread_mutex_destroy(&health->mutex);
    free(health);
}

void health_turn(struct health *health) { atomic_store(&health->turned_us, clock_monotonic_us()); }

void health_say(struct health *health, bool ready, const char *text) {
    CHECK(pthread_mutex_lock(&health->mutex) == 0);
    health->ready = ready;
    (void)snprintf(health->text, sizeof health->text, "%s", text);
    CHECK(pthread_mutex_unlock(&health->mutex) == 0);
}

int health_port(const struct health *health) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(health->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info == NULL ? 0 : info->port;
}
