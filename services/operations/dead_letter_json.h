/* Dead letters as JSON, the same in `payung dlq --json` and in the console. Documents are the caller's; moments are RFC 3339 in UTC or null. */
#ifndef PAYUNG_OPERATIONS_DEAD_LETTER_JSON_H
#define PAYUNG_OPERATIONS_DEAD_LETTER_JSON_H

#include <jansson.h>

#include "services/operations/dead_letter.h"

/* {"total","others","groups":[{"topic","reason","kind","count","open","edited","replayed","discarded","oldest","newest","sample","message"}]}: total counts the open ones. */
json_t *dead_letter_groups_json(const struct dead_letter_groups *groups);
/* {"letter","topic","reason","kind","state","message","time","source_partition","source_offset","bytes","enrolment","edited","attempt","outbox"} */
json_t *dead_letter_json(const struct dead_letter *letter);
/* The same with headers, content, bytes in hexadecimal digits, and what was decided: "headers", "group", "version", "attempts", "source_time", "content", "hex", "edit", "decision". */
json_t *dead_letter_whole_json(struct arena *arena, const struct dead_letter *letter);
/* What can be edited (dead_letter_document.h): of the last edit, if there was one. NULL: the letter holds no application that can be read. */
json_t *dead_letter_editable_json(struct arena *arena, const struct dead_letter *letter);
/* {"action","dry_run","matching","done","submitted","outbox","already","left","refused","refusals":[{"code","reason","remedy","count","sample"}]} */
json_t *dead_letter_report_json(const struct dead_letter_order *order, const struct dead_letter_report *report);
json_t *dead_letter_moment_json(int64_t unix_ms); /* 0: null */
json_t *dead_letter_text_json(struct slice text); /* what is no UTF-8 is told as "(no text)" */

#endif
