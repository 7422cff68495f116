/* Problems of the service in the words of this tool. It must never print the token, nor a body that it does not understand. */
#include "services/payung/api_client.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINE_MAX = 2048, BROKEN_MAX = 30, POINT_MAX = 160 };

struct api {
    bool json;
    struct http_client *client;
};

int api_open(bool json, struct api **ret_api) {
    const char *url = command_env(json, "API_URL"), *token = url != NULL ? command_env(json, "API_TOKEN") : NULL;
    if (token == NULL) return EXIT_USAGE;
    struct api *api = calloc(1, sizeof *api);
    CHECK(api != NULL);
    api->json = json;
    struct err err = http_client_open(url, token, &api->client);
    if (failed(&err)) {
        free(api);
        return command_fail(json, EXIT_USAGE, "CLIENT_UNUSABLE", err.text, "Check API_URL and API_TOKEN.");
    }
    *ret_api = api;
    return EXIT_OK;
}

void api_close(struct api *api) {
    if (api == NULL) return;
    http_client_close(api->client);
    free(api);
}

static const char *member(const json_t *problem, const char *name) {
    const char *text = json_string_value(json_object_get(problem, name));
    return text != NULL ? text : "";
}

static int tell_problem(const struct api *api, const struct http_answer *answer) {
    json_error_t error;
    json_t *problem = answer->body.size > 0 ? json_loadb((const char *)answer->body.bytes, answer->body.size, 0, &error) : NULL;
    const char *code = member(problem, "code");
    char message[900];
    if (code[0] != '\0') /* cut texts are still texts */
        (void)snprintf(message, sizeof message, "%s %s (%s)", member(problem, "judul"), member(problem, "title"), member(problem, "detail"));
    else (void)snprintf(message, sizeof message, "the server answered with status %d", answer->status);
    bool temporary = answer->status == 429 || (answer->status >= 502 && answer->status <= 504);
    int exit_code = command_fail(api->json, temporary ? EXIT_TEMPORARY : EXIT_FAILED, code[0] != '\0' ? code : "UNEXPECTED_ANSWER", message,
                                 member(problem, "remedy"));
    json_decref(problem);
    return exit_code;
}

int api_call(struct api *api, const struct http_call *call, json_t **ret_document) {
    struct http_answer answer;
    struct err err = http_client_run(api->client, call, &answer);
    if (failed(&err))
        return command_fail(api->json, EXIT_TEMPORARY, "SERVER_UNREACHABLE", err.text, "Start it (deploy/up), or check API_URL; then run the same command again.");
    if (answer.status >= 300) return tell_problem(api, &answer);
    if (ret_document == NULL) return EXIT_OK;
    json_error_t error;
    *ret_document = json_loadb(answer.body.size > 0 ? (const char *)answer.body.bytes : "", answer.body.size, 0, &error);
    if (*ret_document != NULL) return EXIT_OK;
    return command_fail(api->json, EXIT_FAILED, "UNEXPECTED_ANSWER", "the server's answer is not JSON", "Check that API_URL is Payung's address.");
}

int api_get(struct api *api, const char *prefix, const char *id, json_t **ret_document) {
    char escaped[256], path[512];
    if (!http_escape(id, escaped, sizeof escaped)) return command_fail(api->json, EXIT_USAGE, "USAGE", "the id is too long", "Copy it from the service's answer.");
    CHECK(snprintf(path, sizeof path, "%s%s", prefix, escaped) < (int)sizeof path);
    return api_call(api, &(struct http_call){.path = path}, ret_document);
}

int api_post_json(struct api *api, const char *path, json_t *document, json_t **ret_document) {
    char *text = document != NULL ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);
    if (text == NULL) return command_fail(api->json, EXIT_USAGE, "USAGE", "a text is not UTF-8", "Write it in other words.");
    FILE *file = fmemopen(text, strlen(text), "r");
    CHECK(file != NULL);
    const int code = api_call(api, &(struct http_call){.path = path, .body = file, .body_size = (long long)strlen(text), .content_type = "application/json"}, ret_document);
    (void)fclose(file); /* only read */
    free(text);
    return code;
}

int api_post_note(struct api *api, const char *prefix, const char *id, const char *suffix, const char *note, json_t **ret_document) {
    char escaped[256], path[512];
    if (!http_escape(id, escaped, sizeof escaped)) return command_fail(api->json, EXIT_USAGE, "USAGE", "the id is too long", "Copy it from the service's answer.");
    CHECK(snprintf(path, sizeof path, "%s%s%s", prefix, escaped, suffix) < (int)sizeof path);
    return api_post_json(api, path, note != NULL ? json_pack("{s:s}", "note", note) : json_object(), ret_document);
}

/* ---- events ---- */

struct watch {
    bool (*tell)(void *self, const json_t *event);
    void *self;
    char line[LINE_MAX], point[POINT_MAX], header[POINT_MAX + 32]; /* point: id of the last event */
    size_t size;
    bool ended, told;
};

static void take_line(struct watch *watch) {
    watch->line[watch->size] = '\0';
    if (strncmp(watch->line, "id: ", 4) == 0) (void)snprintf(watch->point, sizeof watch->point, "%.*s", POINT_MAX - 1, watch->line + 4);
    if (strcmp(watch->line, "event: end") == 0) watch->ended = true;
    if (strncmp(watch->line, "data: ", 6) != 0) return;
    json_t *event = json_loads(watch->line + 6, 0, NULL);
    watch->told = true;
    if (event != NULL && !watch->tell(watch->self, event)) watch->ended = true;
    json_decref(event);
}

static bool take_events(void *self, struct slice bytes) {
    struct watch *watch = self;
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.bytes[i] != '\n') {
            if (watch->size < LINE_MAX - 1) watch->line[watch->size++] = (char)bytes.bytes[i];
            continue;
        }
        take_line(watch);
        watch->size = 0;
    }
    return !watch->ended;
}

int api_watch(struct api *api, const char *batch_id, bool (*tell)(void *, const json_t *), void *self) {
    char escaped[256], path[512];
    struct watch watch = {.tell = tell, .self = self};
    if (!http_escape(batch_id, escaped, sizeof escaped)) return command_fail(api->json, EXIT_USAGE, "USAGE", "the id is too long", "Copy it from the service's answer.");
    CHECK(snprintf(path, sizeof path, "/v1/batches/%s/events", escaped) < (int)sizeof path);
    for (int broken = 0;;) {
        struct http_answer answer = {0};
        struct http_call call = {.path = path, .take = take_events, .self = &watch};
        (void)snprintf(watch.header, sizeof watch.header, "Last-Event-ID: %s", watch.point); /* fits */
        if (watch.point[0] != '\0') call.header = watch.header;
        watch.size = 0;
        watch.told = false;
        struct err err = http_client_run(api->client, &call, &answer);
        if (watch.ended || (!failed(&err) && answer.status == 204)) return EXIT_OK;
        const bool may_come_back = failed(&err) || answer.status < 300 || answer.status == 503 || answer.status == 429;
        if (!may_come_back) return tell_problem(api, &answer);
        broken = watch.told ? 0 : broken + 1;
        if (broken > BROKEN_MAX && failed(&err))
            return command_fail(api->json, EXIT_TEMPORARY, "SERVER_UNREACHABLE", err.text, "Start it (deploy/up), or check API_URL; then run the same command again.");
        if (broken > BROKEN_MAX) return answer.status >= 300 ? tell_problem(api, &answer) : EXIT_TEMPORARY;
        (void)nanosleep(&(struct timespec){.tv_sec = 1}, NULL); /* woken early is no harm */
    }
}
