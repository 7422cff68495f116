/* The body of an action in the console: one JSON object, whose members are the same for all of them; which ones an action needs is its own business. Pure but for the JSON library; fuzzed. */
#ifndef PAYUNG_CONSOLE_ACT_BODY_H
#define PAYUNG_CONSOLE_ACT_BODY_H

#include "common/base/arena.h"

enum { ACT_BODY_BYTES_MAX = 128 * 1024, ACT_TEXT_MAX = 400, ACT_LETTERS_MAX = 256 };

/* What is not given: size 0, false, 0. Texts live in the arena. */
struct act_body {
    struct slice operator_name, password;    /* "operator", "password" */
    struct slice because, target, topic, reason;
    bool really, paused, all;
    struct slice letters[ACT_LETTERS_MAX];   /* "submitted:17" */
    size_t letter_count;
    struct slice document;                   /* a JSON object, as text */
};

/* False: it is none; *ret_why says what is wrong in a few words that hold nothing of the body. An unknown member is refused: misspelt, it would be lost in silence. */
bool act_body_read(struct arena *arena, struct slice bytes, struct act_body *ret_body, const char **ret_why);

#endif
