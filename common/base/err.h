/* struct err: what went wrong at an edge and what the stage loop should do about it.
 *
 * Functions that talk to the world return a struct err by value. Its fate is the instruction to the loop (house.md,
 * "The stage"); its text is one English sentence for the log: what was tried, what was seen, the remedy. The text never
 * holds a NIK, a name, a phone number or a secret. Pure functions do not return struct err: they answer with a value, a
 * bool or reason codes.
 *
 *   TRY(pg_run(...));                        returns the error to the caller unless it is FATE_OK
 *   return ERR(AGAIN, "PostgreSQL: %s", why) builds one
 */
#ifndef PAYUNG_BASE_ERR_H
#define PAYUNG_BASE_ERR_H

#include <stdbool.h>

#include "common/base/check.h"

enum fate {
    FATE_OK = 0,
    FATE_AGAIN,  /* the dependency's fault: roll back, wait, same batch again; no limit, never parks          */
    FATE_SPLIT,  /* some record of this batch is refused: halve the batch; at size one it becomes PARK         */
    FATE_PARK,   /* this record's fault: dead letter, then its parked output; the batch goes on                */
    FATE_FENCED, /* another instance owns the partition: drop it                                               */
    FATE_HALT,   /* records of a partition were lost: stop that partition with an alarm, the others go on     */
    FATE_FATAL,  /* close and exit 1: the supervisor restarts                                                  */
};

enum { ERR_TEXT_MAX = 232 };

struct err {
    enum fate fate;
    char text[ERR_TEXT_MAX];
};

#define OK ((struct err){.fate = FATE_OK})
#define ERR(kind, ...) err_make(FATE_##kind, __VA_ARGS__)
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        struct err try_err_ = (call);                                                                                  \
        if (__builtin_expect(try_err_.fate != FATE_OK, 0)) return try_err_;                                            \
    } while (0)

MUST_USE struct err err_make(enum fate fate, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *fate_name(enum fate fate); /* "AGAIN", ... : static */
static inline bool failed(const struct err *err) { return err->fate != FATE_OK; }

#endif
