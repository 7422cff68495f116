/* Loads an extract file into the schema facts: streamed, in bounded memory, in one transaction. Readers see the old extract until the new one is whole; then those who
 * waited for facts are tried again. The good rows are
 * loaded, the bad ones are told one by one (line, column, remedy) and counted; a file without one good row, one that can't be read to its end, or one that is written to
 * meanwhile changes nothing. */
#ifndef PAYUNG_PAYUNG_FACTS_LOAD_H
#define PAYUNG_PAYUNG_FACTS_LOAD_H

#include "common/edge/crypto.h"
#include "common/edge/pg.h"
#include "services/payung/facts_row.h"

enum { LOAD_SENTENCE_MAX = 240 };

struct facts_load {
    const char *path, *loaded_by;
    enum extract_kind kind;
    enum data_source source;
    uint32_t region;       /* 0 = the whole country */
    day_t as_of;           /* not 0 */
    bool as_of_given;      /* else the same file on another day is still the same file */
    bool complete;
    const struct region_table *regions;
    const struct crypto *crypto;
    void (*on_problem)(void *self, uint32_t line, const struct fact_problem *problem);
    void (*on_progress)(void *self, int64_t rows);
    void *self;
};

enum load_end { LOAD_DONE, LOAD_UNCHANGED, LOAD_REFUSED /* the file: see sentence */, LOAD_BUSY /* another one is under way */ };

struct facts_load_report {
    enum load_end end;
    int32_t extract;          /* the new one, or the one that is already there */
    int64_t rows, refused, doubled;
    int64_t replaced;         /* rows of the extract that this one replaces */
    int64_t woken;            /* enrolments that waited for facts (P02) and are tried again at once */
    bool complete;
    char sentence[LOAD_SENTENCE_MAX]; /* Bahasa Indonesia, of LOAD_REFUSED */
};

/* Begins a transaction, with patience for millions of rows, for whoever writes the schema facts. Not alone: another one writes it at the moment; roll back and say so. */
MUST_USE struct err facts_begin(struct pg *pg, struct arena *arena, bool *ret_alone);

/* Anything but OK: nothing was changed. */
MUST_USE struct err facts_load(struct pg *pg, const struct facts_load *load, struct facts_load_report *ret_report);

#endif
