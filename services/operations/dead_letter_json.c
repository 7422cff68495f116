/* Dead letters as JSON documents. Nothing sealed is opened; a text that is none is told as such. */
#include "services/operations/dead_letter_json.h"

#include "common/domain/text.h"
#include "common/edge/clock.h"

json_t *dead_letter_moment_json(int64_t unix_ms) {
    char text[CLOCK_TEXT_MAX];
    if (unix_ms <= 0) return json_null();
    clock_format_ms(unix_ms, text);
    return json_string(text);
}

json_t *dead_letter_text_json(struct slice text) { return text_is_utf8(text) ? json_stringn((const char *)text.bytes, text.size) : json_string("(no text)"); }

static json_t *group_json(const struct dead_letter_group *group) {
    char sample[DEAD_LETTER_NAME_MAX];
    dead_letter_name(group->topic, group->sample, sample);
    return json_pack("{s:s,s:s,s:s,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:s,s:s}", "topic", topic_row(group->topic)->dlq, "reason", group->code, "kind", dead_letter_kind_name(group->kind), "count",
                     (json_int_t)group->count, "open", (json_int_t)group->open, "edited", (json_int_t)group->edited, "replayed", (json_int_t)group->replayed, "discarded",
                     (json_int_t)group->discarded, "oldest", dead_letter_moment_json(group->oldest_ms), "newest", dead_letter_moment_json(group->newest_ms), "sample", sample, "message", group->message);
}

json_t *dead_letter_groups_json(const struct dead_letter_groups *groups) {
    int64_t open = 0;
    json_t *rows = json_array();
    for (size_t i = 0; i < groups->count; i++) {
        open += groups->groups[i].open;
        CHECK(json_array_append_new(rows, group_json(&groups->groups[i])) == 0);
    }
    return json_pack("{s:I,s:I,s:o}", "total", (json_int_t)open, "others", (json_int_t)groups->others, "groups", rows);
}

json_t *dead_letter_json(const struct dead_letter *letter) {
    char name[DEAD_LETTER_NAME_MAX], id[2 * ID_BYTES + 1] = "";
    const struct application *application = letter->content.application;
    dead_letter_name(letter->topic, letter->offset, name);
    if (application != NULL) id_format(application->application_id, id);
    return json_pack("{s:s,s:s,s:o,s:s,s:s,s:o,s:o,s:i,s:I,s:I,s:s?,s:b,s:I,s:I}", "letter", name, "topic", topic_row(letter->topic)->dlq, "reason", dead_letter_text_json(letter->code), "kind",
                     dead_letter_kind_name(letter->content.kind), "state", dead_letter_state_name(letter->state), "message", dead_letter_text_json(letter->message), "time", dead_letter_moment_json(letter->at_ms),
                     "source_partition", letter->source_partition, "source_offset", (json_int_t)letter->source_offset, "bytes", (json_int_t)letter->size, "enrolment",
                     application != NULL ? id : NULL, "edited", letter->edited.size > 0, "attempt", (json_int_t)letter->attempt, "outbox", (json_int_t)letter->outbox_no);
}

