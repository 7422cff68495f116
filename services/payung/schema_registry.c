/* Registers .proto files, imports before who imports them. It must never take a number that the registry did not give for exactly these bytes. */
#include "services/payung/schema_registry.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/check.h"
#include "common/edge/http_client.h"

enum { FILES_MAX = 32, FILE_BYTES_MAX = 256 * 1024, PATH_TEXT = 512, NAME_TEXT = 128, DEPTH_MAX = 8 };

/* A file that is registered. */
struct known {
    char name[NAME_TEXT]; /* "payung/enrolment/v1/application.proto" */
    int version;
};

struct registering {
    struct http_client *client;
    const char *folder;
    struct known known[FILES_MAX];
    size_t known_count;
    char *why;
};

static struct err refuse(struct registering *registering, const char *what, const char *name) {
    (void)snprintf(registering->why, SCHEMA_WHY_MAX, "%s: %.160s", what, name); /* cut */
    return ERR(PARK, "%s", what);
}

/* ---- asking ---- */

static struct err ask(struct registering *registering, const char *path, const char *body, json_t **ret_answer) {
    struct http_answer answer;
    json_error_t error;
    FILE *file = fmemopen((void *)(uintptr_t)body, strlen(body), "r");
    CHECK(file != NULL);
    const struct http_call call = {.path = path, .body = file, .body_size = (long long)strlen(body), .content_type = "application/vnd.schemaregistry.v1+json"};
    const struct err err = http_client_run(registering->client, &call, &answer);
    (void)fclose(file); /* only read */
    if (failed(&err)) return err;
    *ret_answer = json_loadb((const char *)answer.body.bytes, answer.body.size, 0, &error);
    if (answer.status < 300 && json_is_object(*ret_answer)) return OK;
    const char *message = json_string_value(json_object_get(*ret_answer, "message"));
    (void)snprintf(registering->why, SCHEMA_WHY_MAX, "the registry answered %d to %s: %.120s", answer.status, path, message != NULL ? message : ""); /* cut */
    json_decref(*ret_answer);
    return answer.status >= 500 ? ERR(AGAIN, "the registry answered %d", answer.status) : ERR(PARK, "the registry refused a schema");
}

/* Its number and version: posted, then looked up, which gives the version. */
static struct err put(struct registering *registering, const char *subject, const char *body, int *ret_id, int *ret_version) {
    char path[PATH_TEXT], escaped[3 * NAME_TEXT];
    json_t *made = NULL, *found = NULL;
    CHECK(http_escape(subject, escaped, sizeof escaped));
    CHECK(snprintf(path, sizeof path, "/subjects/%s/versions", escaped) < (int)sizeof path);
    TRY(ask(registering, path, body, &made));
    *ret_id = (int)json_integer_value(json_object_get(made, "id"));
    json_decref(made);
    path[strlen(path) - strlen("/versions")] = '\0';
    TRY(ask(registering, path, body, &found));
    *ret_version = (int)json_integer_value(json_object_get(found, "version"));
    const bool is_same = json_integer_value(json_object_get(found, "id")) == *ret_id;
    json_decref(found);
    return *ret_id > 0 && *ret_version > 0 && is_same ? OK : refuse(registering, "the registry does not find what it was given", subject);
}

/* ---- files ---- */

static char *read_file(struct registering *registering, const char *name) {
    char path[PATH_TEXT];
    if (snprintf(path, sizeof path, "%s/%s", registering->folder, name) >= (int)sizeof path) return NULL;
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    char *text = calloc(1, FILE_BYTES_MAX + 1);
    CHECK(text != NULL);
    const size_t size = fread(text, 1, FILE_BYTES_MAX + 1, file);
    (void)fclose(file); /* only read */
    if (size > 0 && size <= FILE_BYTES_MAX) return text;
    free(text);
    return NULL;
}

static const struct known *find(const struct registering *registering, const char *name) {
    for (size_t i = 0; i < registering->known_count; i++)
        if (strcmp(registering->known[i].name, name) == 0) return &registering->known[i];
    return NULL;
}

/* The next `import "...";` of our own files, one a line; NULL behind the last. */
static const char *next_import(const char *at, char ret_name[NAME_TEXT]) {
    static const char word[] = "\nimport \"payung/";
    const char *line = strstr(at, word);
    if (line == NULL) return NULL;
    const char *name = line + strlen("\nimport \"");
    const size_t size = strcspn(name, "\"");
    CHECK(size < NAME_TEXT);
    memcpy(ret_name, name, size);
    ret_name[size] = '\0';
    return name + size;
}

static struct err add(struct registering *registering, const char *name, const char *subject, int depth, int *ret_id);

static struct err add_imports(struct registering *registering, const char *text, int depth, json_t *references) {
    char name[NAME_TEXT];
    int id;
    for (const char *at = next_import(text, name); at != NULL; at = next_import(at, name)) {
        if (find(registering, name) == NULL) TRY(add(registering, name, name, depth + 1, &id));
        const struct known *known = find(registering, name);
        CHECK(known != NULL && json_array_append_new(references, json_pack("{s:s,s:s,s:i}", "name", name, "subject", name, "version", known->version)) == 0);
    }
    return OK;
}

static struct err add(struct registering *registering, const char *name, const char *subject, int depth, int *ret_id) {
    int version = 0;
    char *text = depth < DEPTH_MAX && registering->known_count < FILES_MAX ? read_file(registering, name) : NULL;
    if (text == NULL) return refuse(registering, "a .proto file can't be read", name);
    json_t *references = json_array();
    struct err err = add_imports(registering, text, depth, references);
    json_t *document = json_pack("{s:s,s:s,s:o}", "schemaType", "PROTOBUF", "schema", text, "references", references);
    char *body = json_dumps(document, JSON_COMPACT);
    CHECK(body != NULL);
    if (!failed(&err)) err = put(registering, subject, body, ret_id, &version);
    free(body);
    json_decref(document);
    free(text);
    if (failed(&err) || strcmp(subject, name) != 0) return err;
    struct known *known = &registering->known[registering->known_count++];
    CHECK(snprintf(known->name, sizeof known->name, "%s", name) < (int)sizeof known->name);
    known->version = version;
    return OK;
}

/* ---- topics ---- */

/* The file of each topic's message: the message is the first one in it, which the frame says. */
static const char *file_of(enum topic topic) {
    switch (topic) {
    case TOPIC_SUBMITTED: return "payung/enrolment/v1/submitted.proto";
    case TOPIC_ASSESSED: return "payung/enrolment/v1/assessed.proto";
    case TOPIC_PRICED: return "payung/enrolment/v1/priced.proto";
    case TOPIC_DECIDED: return "payung/enrolment/v1/decided.proto";
    case TOPIC_PAYMENT: return "payung/payment/v1/received.proto";
    case TOPIC_COVERAGE: return "payung/coverage/v1/changed.proto";
    case TOPIC_COMMAND: return "payung/ledger/v1/command.proto";
    case TOPIC_NONE:
    case TOPIC_LIMIT: break;
    }
    CHECK(false);
    return NULL;
}

struct err schemas_register(const char *registry_url, const char *folder, uint32_t ret_ids[TOPIC_LIMIT], char ret_why[SCHEMA_WHY_MAX]) {
    struct registering *registering = calloc(1, sizeof *registering);
    CHECK(registering != NULL);
    registering->folder = folder;
    registering->why = ret_why;
    ret_why[0] = '\0';
    const char *token = getenv("SCHEMA_REGISTRY_TOKEN");
    struct err err = http_client_open(registry_url, token != NULL ? token : "", &registering->client);
    for (int topic = TOPIC_NONE + 1; topic < TOPIC_LIMIT && !failed(&err); topic++) {
        char subject[NAME_TEXT];
        int id = 0;
        CHECK(snprintf(subject, sizeof subject, "%s-value", topic_row((enum topic)topic)->name) < (int)sizeof subject);
        err = add(registering, file_of((enum topic)topic), subject, 0, &id);
        ret_ids[topic] = (uint32_t)id;
    }
    http_client_close(registering->client);
    free(registering);
    return err;
}
