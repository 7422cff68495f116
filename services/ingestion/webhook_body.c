/* Reads the bodies with jansson and copies what is used into the arena. It must never connect, nor look up a name. */
#include "services/ingestion/webhook_body.h"

#include <jansson.h>
#include <stdio.h>

#include "common/base/check.h"
#include "common/domain/text.h"
#include "common/edge/url.h"

enum { DESCRIPTION_CHARACTERS_MAX = 200 };

static bool refuse(struct body_problem *problem, const char *pointer, const char *text) {
    problem->problem = text;
    (void)snprintf(problem->pointer, BODY_POINTER_MAX, "%s", pointer); /* ours are short */
    return false;
}

/* The name of an unknown member may be anything: only a plain one is shown. */
static bool refuse_unknown(struct body_problem *problem, const char *member) {
    char pointer[BODY_POINTER_MAX] = "/";
    size_t size = 1;
    for (; member[size - 1] != '\0' && size + 1 < BODY_POINTER_MAX; size++) {
        const char byte = member[size - 1];
        pointer[size] = byte_is_letter((uint8_t)byte) || byte_is_digit((uint8_t)byte) || byte == '_' || byte == '-' ? byte : '?';
    }
    pointer[size] = '\0';
    return refuse(problem, pointer, "is not a known member");
}

/* Names that belong to one machine or one network by their nature. */
static bool is_local_name(const char *host) {
    static const char *const endings[] = {".localhost", ".local", ".internal", ".lan", ".home.arpa"};
    const size_t size = strlen(host);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const size_t ending = strlen(endings[i]);
        if (size > ending && strcmp(host + size - ending, endings[i]) == 0) return true;
    }
    return false;
}

static bool judge_url(const char *text, bool allow_private, struct body_problem *problem) {
    struct url url;
    if (!url_read(text, &url)) return refuse(problem, "/url", "must be an absolute https:// address of at most 1023 visible ASCII characters");
    if (url.has_user || url.has_fragment) return refuse(problem, "/url", "may have neither a user nor a fragment");
    if (allow_private) return true;
    if (!url.is_secure) return refuse(problem, "/url", "must be an absolute https:// address of at most 1023 visible ASCII characters");
    if (!url.is_name || is_local_name(url.host)) return refuse(problem, "/url", "must name a host of the internet by its name, such as https://contoh.go.id/hook");
    return true;
}

static bool read_url(const json_t *value, bool allow_private, struct arena *arena, struct slice *ret_url, struct body_problem *problem) {
    if (!json_is_string(value)) return refuse(problem, "/url", "must be a string");
    const char *text = json_string_value(value);
    if (!judge_url(text, allow_private, problem)) return false;
    *ret_url = arena_copy(arena, slice_text(text));
    return true;
}

static bool read_events(const json_t *value, struct arena *arena, struct webhook_body *body, struct body_problem *problem) {
    const json_t *name;
    size_t i;
    if (!json_is_array(value)) return refuse(problem, "/events", "must be an array of names of events");
    json_array_foreach(value, i, name) {
        const struct slice text = json_is_string(name) ? slice_of(json_string_value(name), json_string_length(name)) : slice_text("");
        if (!event_type_is_known(text)) return refuse(problem, "/events", "must be an array of names of events");
        for (size_t k = 0; k < body->event_count; k++)
            if (slice_equal(body->events[k], text)) return refuse(problem, "/events", "must name at least one event, and each once");
        CHECK(body->event_count < EVENT_TYPES); /* known, and each once */
        body->events[body->event_count++] = arena_copy(arena, text);
    }
    return body->event_count > 0 || refuse(problem, "/events", "must name at least one event, and each once");
}

static bool read_text(const char *pointer, const json_t *value, struct arena *arena, struct slice *ret_text, struct body_problem *problem) {
    if (!json_is_string(value)) return refuse(problem, pointer, "must be a string");
    const struct slice text = slice_of(json_string_value(value), json_string_length(value));
    if (body_characters(text) > DESCRIPTION_CHARACTERS_MAX) return refuse(problem, pointer, "is too long");
    for (size_t i = 0; i < text.size; i++)
        if (text.bytes[i] < ' ' || text.bytes[i] == 0x7F) return refuse(problem, pointer, "holds a control character");
    *ret_text = arena_copy(arena, text);
    return true;
}

static bool read_member(const char *member, const json_t *value, bool allow_private, struct arena *arena, struct webhook_body *body, struct body_problem *problem) {
    if (strcmp(member, "url") == 0) return read_url(value, allow_private, arena, &body->url, problem);
    if (strcmp(member, "events") == 0) return read_events(value, arena, body, problem);
    if (strcmp(member, "description") == 0) return read_text("/description", value, arena, &body->description, problem);
    if (strcmp(member, "agreement") != 0) return refuse_unknown(problem, member);
    if (json_is_null(value)) return true;
    if (!read_text("/agreement", value, arena, &body->agreement, problem)) return false;
    return body->agreement.size > 0 || refuse(problem, "/agreement", "is empty");
}

/* The document, or NULL: ret_problem says why. */
static json_t *load_object(struct slice json, struct body_problem *problem) {
    json_error_t error;
    json_t *document = json_loadb((const char *)json.bytes, json.size, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL) (void)refuse(problem, "", "the body is not valid JSON, or has a member twice");
    if (document == NULL || json_is_object(document)) return document;
    (void)refuse(problem, "", "the body must be a JSON object");
    json_decref(document);
    return NULL;
}

bool webhook_body_read(struct slice json, struct arena *arena, bool allow_private, struct webhook_body *ret_body, struct body_problem *ret_problem) {
    struct webhook_body body = {0};
    const char *member;
    json_t *value;
    if (json.size == 0) return refuse(ret_problem, "", "the body is empty");
    json_t *document = load_object(json, ret_problem);
    bool good = document != NULL;
    json_object_foreach(document, member, value) {
        good = read_member(member, value, allow_private, arena, &body, ret_problem);
        if (!good) break;
    }
    json_decref(document);
    if (!good) return false;
    if (body.url.size == 0) return refuse(ret_problem, "/url", "is missing");
    for (const bool all = body.event_count == 0; all && body.event_count < EVENT_TYPES; body.event_count++) body.events[body.event_count] = slice_text(event_types[body.event_count]);
    *ret_body = body;
    return true;
}

bool webhook_rotate_body_read(struct slice json, int32_t *ret_grace_hours, struct body_problem *ret_problem) {
    const char *member;
    json_t *value;
    int64_t hours = WEBHOOK_GRACE_HOURS;
    *ret_grace_hours = WEBHOOK_GRACE_HOURS;
    if (json.size == 0) return true;
    json_t *document = load_object(json, ret_problem);
    bool good = document != NULL;
    json_object_foreach(document, member, value) {
        if (strcmp(member, "grace_hours") != 0) good = refuse_unknown(ret_problem, member);
        else if (!body_whole_number(value, &hours) || hours < 0 || hours > WEBHOOK_GRACE_HOURS_MAX) good = refuse(ret_problem, "/grace_hours", "must be a whole number of hours, 0 to 168");
        if (!good) break;
    }
    json_decref(document);
    if (good) *ret_grace_hours = (int32_t)hours;
    return good;
}
