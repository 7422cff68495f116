/* Dead letters of all topics, grouped by topic and reason, read from their topics without moving anybody's position. */
#ifndef PAYUNG_OPERATIONS_DEAD_LETTER_H
#define PAYUNG_OPERATIONS_DEAD_LETTER_H

#include "common/edge/kafka_peek.h"

enum { LETTERS_MAX = 1000 };

struct dead_letter_wish {
    const char *topic_name, *reason; /* NULL: all */
    bool with_letters;               /* name each one, the first LETTERS_MAX */
};

struct json_t;
/* {"groups":[{"topic","reason","message","count","oldest","newest","sample"}],"total","letters":[{"letter","reason","time","key","bytes"}]}; the caller's. Errors are those of kafka_peek.h. */
MUST_USE struct err dead_letters(struct kafka_peek *peek, const struct dead_letter_wish *wish, struct json_t **ret_document);

#endif
