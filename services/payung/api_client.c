/* Problems of the service in the words of this tool. It must never print the token, nor a body that it does not understand. */
#include "services/payung/api_client.h"

#include <stdlib.h>
#include <string.h>

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
