/* Dead letters as JSON documents. Nothing sealed is opened; a text that is none is told as such. */
#include "services/operations/dead_letter_json.h"

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "services/operations/dead_letter_document.h"
#include "services/operations/dead_letter_parts.h"

enum { HEX_SHOWN_MAX = 4096 };

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


/* ---- one letter, whole ---- */

static void set(json_t *document, const char *name, json_t *value) { CHECK(value != NULL && json_object_set_new(document, name, value) == 0); }

static json_t *headers_json(const struct dead_letter *letter) {
    json_t *headers = json_object();
    for (size_t i = 0; i < letter->header_count; i++)
        if (text_is_utf8(letter->header_names[i]))
            CHECK(json_object_setn_new(headers, (const char *)letter->header_names[i].bytes, letter->header_names[i].size, dead_letter_text_json(letter->header_values[i])) == 0);
    return headers;
}

static json_t *hex_json(struct slice bytes) {
    char text[2 * HEX_SHOWN_MAX + 1];
    text_hex(slice_of(bytes.bytes, bytes.size < HEX_SHOWN_MAX ? bytes.size : HEX_SHOWN_MAX), text);
    return json_string(text);
}

static json_t *attributes_json(const struct application *application) { return application != NULL ? dead_letter_attributes(application) : json_null(); }

static json_t *edit_json(struct arena *arena, const struct dead_letter *letter) {
    struct dead_letter_content edited = {0};
    const enum topic topic = dead_letter_is_enrolment(letter->topic) ? TOPIC_SUBMITTED : letter->topic;
    if (letter->edited.size == 0) return json_null();
    (void)dead_letter_read(arena, topic, letter->edited, &edited); /* false: there is nothing to show of it */
    return json_pack("{s:o,s:o,s:o,s:o}", "by", dead_letter_text_json(letter->edited_by), "because", dead_letter_text_json(letter->edited_because), "at", dead_letter_moment_json(letter->edited_at_ms),
                     "content", attributes_json(edited.application));
}

static json_t *decision_json(const struct dead_letter *letter) {
    if (letter->state == DEAD_LETTER_OPEN) return json_null();
    return json_pack("{s:o,s:o,s:o}", "by", dead_letter_text_json(letter->decided_by), "because", dead_letter_text_json(letter->because), "at", dead_letter_moment_json(letter->decided_at_ms));
}

json_t *dead_letter_whole_json(struct arena *arena, const struct dead_letter *letter) {
    json_t *document = dead_letter_json(letter);
    set(document, "headers", headers_json(letter));
    set(document, "group", dead_letter_text_json(letter->group));
    set(document, "version", dead_letter_text_json(letter->version));
    set(document, "attempts", json_integer(letter->attempts));
    set(document, "source_time", dead_letter_moment_json(letter->source_at_ms));
    set(document, "content", attributes_json(letter->content.application));
    set(document, "hex", hex_json(letter->value));
    set(document, "edit", edit_json(arena, letter));
    set(document, "decision", decision_json(letter));
    return document;
}

json_t *dead_letter_editable_json(struct arena *arena, const struct dead_letter *letter) {
    struct dead_letter_content content = letter->content;
    if (letter->edited.size > 0 && dead_letter_is_enrolment(letter->topic)) (void)dead_letter_read(arena, TOPIC_SUBMITTED, letter->edited, &content); /* else the letter's own */
    return content.application != NULL ? dead_letter_document(content.application) : NULL;
}

/* ---- what was done ---- */

static json_t *refusals_json(const struct dead_letter_report *report) {
    json_t *rows = json_array();
    for (size_t i = 0; i < report->refusal_count; i++) {
        const struct dead_letter_refused *refused = &report->refusals[i];
        char name[DEAD_LETTER_NAME_MAX];
        dead_letter_name(refused->topic, refused->offset, name);
        CHECK(json_array_append_new(rows, json_pack("{s:s,s:s,s:s,s:I,s:s}", "code", refused->why->code, "reason", refused->why->text, "remedy", refused->why->remedy, "count",
                                                    (json_int_t)refused->count, "sample", name)) == 0);
    }
    return rows;
}

json_t *dead_letter_report_json(const struct dead_letter_order *order, const struct dead_letter_report *report) {
    return json_pack("{s:s,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o}", "action", order->replays ? "replay" : "discard", "dry_run", !order->really, "matching", (json_int_t)report->matching, "done",
                     (json_int_t)report->done, "submitted", (json_int_t)report->submitted, "outbox", (json_int_t)report->outbox, "already", (json_int_t)report->already, "left",
                     (json_int_t)report->left, "refused", (json_int_t)report->refused, "refusals", refusals_json(report));
}
