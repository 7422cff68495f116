/* Reads the body of an action, strictly, by one table of members. */
#include "services/console/act_body.h"

#include <jansson.h>
#include <stddef.h>
#include <string.h>

enum kind { TEXT, FLAG, LETTERS, OBJECT };

static const struct member {
    const char *name;
    enum kind kind;
    size_t place;
} members[] = {
    {"operator", TEXT, offsetof(struct act_body, operator_name)}, {"password", TEXT, offsetof(struct act_body, password)}, {"because", TEXT, offsetof(struct act_body, because)},
    {"target", TEXT, offsetof(struct act_body, target)},          {"topic", TEXT, offsetof(struct act_body, topic)},       {"reason", TEXT, offsetof(struct act_body, reason)},
    {"really", FLAG, offsetof(struct act_body, really)},          {"paused", FLAG, offsetof(struct act_body, paused)},     {"all", FLAG, offsetof(struct act_body, all)},
    {"letters", LETTERS, 0},                                      {"document", OBJECT, 0},
};

static bool take_text(struct arena *arena, const json_t *value, struct slice *ret_text) {
    if (!json_is_string(value) || json_string_length(value) > ACT_TEXT_MAX) return false;
    *ret_text = arena_copy(arena, slice_of(json_string_value(value), json_string_length(value)));
    return true;
}

static bool take_letters(struct arena *arena, const json_t *list, struct act_body *body) {
    if (!json_is_array(list) || json_array_size(list) > ACT_LETTERS_MAX) return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (!take_text(arena, json_array_get(list, i), &body->letters[i])) return false;
    body->letter_count = json_array_size(list);
    return true;
}

static bool take_object(struct arena *arena, const json_t *value, struct slice *ret_text) {
    char *text = json_is_object(value) ? json_dumps(value, JSON_COMPACT) : NULL;
    if (text == NULL) return false;
    *ret_text = arena_copy(arena, slice_text(text));
    free(text);
    return true;
}

static bool take(struct arena *arena, const char *name, const json_t *value, struct act_body *body) {
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        const struct member *member = &members[i];
        if (strcmp(name, member->name) != 0) continue;
        void *place = (char *)body + member->place;
        switch (member->kind) {
        case TEXT: return take_text(arena, value, place);
        case FLAG: *(bool *)place = json_is_true(value); return json_is_boolean(value);
        case LETTERS: return take_letters(arena, value, body);
        case OBJECT: return take_object(arena, value, &body->document);
        }
    }
    return false;
}

bool act_body_read(struct arena *arena, struct slice bytes, struct act_body *ret_body, const char **ret_why) {
    json_error_t error;
    const char *name;
    json_t *value;
    const struct slice nothing = slice_text("");
    *ret_body = (struct act_body){.operator_name = nothing, .password = nothing, .because = nothing, .target = nothing, .topic = nothing, .reason = nothing, .document = nothing};
    *ret_why = "the body is no JSON object";
    json_t *root = json_loadb((const char *)bytes.bytes, bytes.size, JSON_REJECT_DUPLICATES, &error);
    bool fine = json_is_object(root);
    if (fine) *ret_why = "a member is unknown, of another kind, or too long";
    json_object_foreach(root, name, value) fine = fine && take(arena, name, value, ret_body);
    json_decref(root);
    return fine;
}
