/* The outside of a program that is no stage (common/stage/main.c has that of the stages): its arguments, its settings, its log. Settings are checked before anything is opened.
 *
 *   static const struct program program = {.name = "relay", .story = "hands over ...", .knobs = knobs, .serve = serve};
 *   int main(int argc, char **argv) { return program_main(&program, argc, argv); }
 *
 * The knobs must have INSTANCE and LOG_LEVEL. Exit codes: that of serve, 2 for wrong usage or settings. */
#ifndef PAYUNG_EDGE_PROGRAM_H
#define PAYUNG_EDGE_PROGRAM_H

#include "common/base/err.h"
#include "common/tables/knobs.h"

struct program {
    const char *name;  /* "relay", of payung-relay */
    const char *story; /* one sentence for --help, without a capital */
    const struct knob *knobs;
    bool uses_kafka;   /* any property of librdkafka is a setting, too */
    int (*serve)(void); /* log and signals are set up; 0 after SIGTERM or SIGINT, 1 after a fatal error */
};

/* What may be away at the start is waited for: the supervisor starts everything at once. `open` is called until it is not AGAIN; what it opened in an earlier call it finds again. OK also when the program
 * was asked to stop meanwhile: then not everything is open. */
struct health;
MUST_USE struct err program_wait(struct health *health, struct err (*open)(void *self), void *self);

int program_main(const struct program *program, int argc, char **argv);

#endif
