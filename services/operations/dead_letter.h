/* Dead letters of all topics, grouped by topic and reason, read from their topics without moving anybody's position; and putting them away. A letter that was discarded stays in its topic as long as
 * that is kept, but is not asked about any more. */
#ifndef PAYUNG_OPERATIONS_DEAD_LETTER_H
#define PAYUNG_OPERATIONS_DEAD_LETTER_H

#include "common/edge/kafka_peek.h"
#include "common/edge/pg.h"
#include "proto/topics.h"

enum { LETTERS_MAX = 1000, DISCARD_MAX = 100000 /* of one command; the same again takes the others */ };

struct dead_letter_wish {
    const char *topic_name, *reason; /* NULL: all */
    int64_t offset;                  /* of the one letter, with topic_name; -1: all */
    bool with_letters;               /* name each one, the first LETTERS_MAX */
    struct pg *pg;                   /* to leave out those that were discarded; NULL: all are told */
    struct arena *arena;             /* with pg */
};

struct json_t;
/* {"groups":[{"topic","reason","message","count","oldest","newest","sample"}],"total","letters":[{"letter","reason","time","key","bytes"}]}; the caller's. Errors are those of kafka_peek.h and pg.h. */
MUST_USE struct err dead_letters(struct kafka_peek *peek, const struct dead_letter_wish *wish, struct json_t **ret_document);
/* Puts away what the wish, which needs pg, holds, in one transaction with its line in the audit: who, how many, why. What was put away before is not counted again. */
MUST_USE struct err dead_letters_discard(struct kafka_peek *peek, const struct dead_letter_wish *wish, const char *actor, const char *because, int64_t *ret_count);
/* How many letters stand in each dead-letter topic and were not put away; ret_counts by topic. */
MUST_USE struct err dead_letters_count(struct kafka_peek *peek, struct pg *pg, struct arena *arena, int64_t ret_counts[TOPIC_LIMIT]);

#endif
