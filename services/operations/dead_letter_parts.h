/* What the files of dead letters share. Internal to them. */
#ifndef PAYUNG_OPERATIONS_DEAD_LETTER_PARTS_H
#define PAYUNG_OPERATIONS_DEAD_LETTER_PARTS_H

#include "services/operations/dead_letter.h"

/* A page of letters with what PostgreSQL knows of them, in the arena; they live until visit returns. */
typedef struct err (*dead_letter_visit_page)(void *self, struct arena *arena, struct dead_letter *letters, size_t count);
MUST_USE struct err dead_letter_pages(struct pg *pg, const char *brokers, const struct dead_letter_filter *filter, dead_letter_visit_page visit, void *self);
/* Reads the rows of ops.dead_letter of these letters (all of one topic) into them. */
MUST_USE struct err dead_letter_states(struct pg *pg, struct arena *arena, struct dead_letter *letters, size_t count, bool lock);
/* Puts rows for letters that have none, OPEN, so that they can be locked. */
MUST_USE struct err dead_letter_register(struct pg *pg, struct arena *arena, const struct dead_letter *letters, size_t count);
const char *dead_letter_topic_symbol(enum topic topic); /* "SUBMITTED" */
/* The content that counts: of the edit when there is one. False when an edit can't be read any more (its schema went away): then it is as if nobody had edited. */
bool dead_letter_standing_content(struct arena *arena, const struct dead_letter *letter, struct dead_letter_content *ret_content);

#endif
