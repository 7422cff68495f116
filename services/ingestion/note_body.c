/* Strict: an unknown member is refused, or a misspelt note would be lost in silence. */
#include "services/ingestion/note_body.h"

#include <jansson.h>
#include <string.h>

bool note_body_read(struct arena *arena, struct slice body, struct slice *ret_note) {
    json_error_t error;
    const char *key;
    json_t *value, *root = json_loadb((const char *)body.bytes, body.size, JSON_REJECT_DUPLICATES, &error);
    bool fine = body.size == 0 || json_is_object(root);
    *ret_note = slice_text("");
    json_object_foreach(root, key, value) {
        fine = fine && strcmp(key, "note") == 0 && json_is_string(value) && json_string_length(value) <= NOTE_TEXT_MAX;
        if (fine) *ret_note = arena_copy(arena, slice_of(json_string_value(value), json_string_length(value)));
    }
    json_decref(root);
    return fine;
}
