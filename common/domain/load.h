/* Reading the data files that people keep (regions, occupations, tariff): tab- or comma-separated text with a header line. The caller
 * reads the file and hands its text over; here is only the parsing, with errors that say the line, the column and what is wrong.
 *
 *   struct table table;
 *   if (!table_open(&table, text, '\t', names, count, ret_error)) return false;
 *   while (table_next(&table, arena, fields, ret_error)) ...        fields[i] belongs to names[i]
 *   if (table.failed) return false;
 *
 * The header must hold exactly the names asked for, in that order. Empty lines and lines that start with '#' are skipped. Fields may be
 * quoted with '"' (doubled inside); a quoted field ends on its own line. Fields are slices into the text, or into the arena when quotes
 * had to be taken out. */
#ifndef PAYUNG_DOMAIN_LOAD_H
#define PAYUNG_DOMAIN_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/slice.h"

enum { TABLE_COLUMNS_MAX = 16, LOAD_FIELD_MAX = 40, LOAD_PROBLEM_MAX = 160 };

struct load_error {
    uint32_t line;                  /* 1-based; 0 when it concerns the whole file */
    char field[LOAD_FIELD_MAX];     /* column name or "" */
    char problem[LOAD_PROBLEM_MAX]; /* English sentence for the operator; never data of a person: these files hold none */
};

struct table {
    struct slice rest;
    uint8_t separator;
    uint32_t line; /* of the fields returned last */
    const char *const *names;
    size_t count;
    bool failed;
};

bool table_open(struct table *table, struct slice text, char separator, const char *const *names, size_t count, struct load_error *ret_error);
bool table_next(struct table *table, struct arena *arena, struct slice fields[TABLE_COLUMNS_MAX], struct load_error *ret_error);
size_t table_lines(struct slice text); /* upper bound of the rows, for an array that holds them */

/* Fills an error and returns false, so that a parser can `return load_failed(...)`. */
bool load_failed(struct load_error *ret_error, uint32_t line, const char *field, const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
