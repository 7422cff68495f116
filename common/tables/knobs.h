/* Knobs: every setting is one row {name, kind, default, bounds, sentence}; it is read from the environment variable of that name.
 * --help and --check-config are made from the rows. Any librdkafka property passes through as KAFKA_<PROPERTY> with '_' for '.'.
 * A secret knob is masked in --check-config. A value out of bounds or not a number is a start-up error that names knob, value and bounds. */
#ifndef PAYUNG_TABLES_KNOBS_H
#define PAYUNG_TABLES_KNOBS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/err.h"

enum knob_kind { KNOB_TEXT, KNOB_INT, KNOB_SECRET, KNOB_PATH };
struct knob {
    const char *name;     /* "PGURL"; a row with name NULL ends the table */
    enum knob_kind kind;
    const char *fallback; /* NULL = required */
    int64_t min, max;     /* of KNOB_INT */
    const char *sentence;
};

/* Reads and checks all rows of both tables (second may be NULL); FATAL with one sentence otherwise. Call once at start, before any knob_… call. */
MUST_USE struct err knobs_load(const struct knob *common, const struct knob *own);
const char *knob_text(const char *name); /* CHECKs that such a row was loaded */
int64_t knob_int(const char *name);
void knobs_print_help(FILE *file, const struct knob *common, const struct knob *own);
void knobs_print_config(FILE *file, const struct knob *common, const struct knob *own); /* secrets masked */

#endif
