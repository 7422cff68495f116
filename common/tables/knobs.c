/* Settings from the environment, checked once at the door. Rows of the service's own table win over common rows of the same name, so a
 * service can make a common setting required. What was loaded lives here for the whole process, like the environment it comes from: it
 * is written once by knobs_load and only read afterwards. It must never print the value of a secret. */
#include "common/tables/knobs.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KNOBS_MAX = 64, KNOB_TEXT_MAX = 4096 };

struct loaded {
    const struct knob *row;
    const char *text;
    int64_t number; /* of KNOB_INT */
};

static struct loaded loaded[KNOBS_MAX];
static size_t loaded_count;

static const struct knob *row_of(const struct knob *table, const char *name) {
    for (const struct knob *row = table; row != NULL && row->name != NULL; row++)
        if (strcmp(row->name, name) == 0) return row;
    return NULL;
}

static bool parse_int(const char *text, int64_t *ret_number) {
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') return false;
    *ret_number = number;
    return true;
}

static struct err load_row(const struct knob *row) {
    const char *text = getenv(row->name);
    if (text == NULL || (text[0] == '\0' && row->fallback != NULL)) text = row->fallback;
    if (text == NULL) return ERR(FATAL, "%s is not set. It is: %s", row->name, row->sentence);
    if (strlen(text) > KNOB_TEXT_MAX) return ERR(FATAL, "%s is longer than %d bytes.", row->name, KNOB_TEXT_MAX);
    int64_t number = 0;
    if (row->kind == KNOB_INT) {
        if (!parse_int(text, &number))
            return ERR(FATAL, "%s is '%.40s', which is not a whole number.", row->name, text);
        if (number < row->min || number > row->max)
            return ERR(FATAL, "%s is %" PRId64 ", outside %" PRId64 " to %" PRId64 ".", row->name, number, row->min,
                       row->max);
    }
    CHECK(loaded_count < KNOBS_MAX);
    loaded[loaded_count++] = (struct loaded){.row = row, .text = text, .number = number};
    return OK;
}

struct err knobs_load(const struct knob *common, const struct knob *own) {
    CHECK(common != NULL);
    loaded_count = 0;
    for (const struct knob *row = common; row->name != NULL; row++)
        if (row_of(own, row->name) == NULL) TRY(load_row(row));
    for (const struct knob *row = own; row != NULL && row->name != NULL; row++) TRY(load_row(row));
    return OK;
}

static const struct loaded *loaded_of(const char *name) {
    for (size_t i = 0; i < loaded_count; i++)
        if (strcmp(loaded[i].row->name, name) == 0) return &loaded[i];
    return NULL;
}

const char *knob_text(const char *name) {
    const struct loaded *knob = loaded_of(name);
    CHECK(knob != NULL);
    return knob->text;
}

int64_t knob_int(const char *name) {
    const struct loaded *knob = loaded_of(name);
    CHECK(knob != NULL);
    CHECK(knob->row->kind == KNOB_INT);
    return knob->number;
}

static void print_help_row(FILE *file, const struct knob *row) {
    fprintf(file, "  %-20s %s", row->name, row->sentence);
    if (row->kind == KNOB_INT) fprintf(file, " (%" PRId64 " to %" PRId64 ")", row->min, row->max);
    if (row->fallback == NULL) fprintf(file, " [required]\n");
    else if (row->fallback[0] == '\0') fprintf(file, " [empty]\n");
    else fprintf(file, " [%s]\n", row->kind == KNOB_SECRET ? "secret" : row->fallback);
}

void knobs_print_help(FILE *file, const struct knob *common, const struct knob *own) {
    for (const struct knob *row = own; row != NULL && row->name != NULL; row++) print_help_row(file, row);
    for (const struct knob *row = common; row != NULL && row->name != NULL; row++)
        if (row_of(own, row->name) == NULL) print_help_row(file, row);
}

/* A URL may hold a password between ':' and '@' after the scheme; it is masked too. */
static void print_text(FILE *file, const char *text) {
    const char *scheme = strstr(text, "://"), *at = strrchr(text, '@');
    const char *colon = scheme == NULL || at == NULL ? NULL : memchr(scheme + 3, ':', (size_t)(at > scheme + 3 ? at - scheme - 3 : 0));
    if (colon == NULL) fprintf(file, "%s", text);
    else fprintf(file, "%.*s:***%s", (int)(colon - text), text, at);
}

static void print_config_row(FILE *file, const struct knob *row) {
    const struct loaded *knob = loaded_of(row->name);
    if (knob == NULL) return;
    fprintf(file, "%s=", row->name);
    if (row->kind == KNOB_SECRET) fprintf(file, "%s", knob->text[0] == '\0' ? "" : "***");
    else print_text(file, knob->text);
    fprintf(file, "\n");
}

void knobs_print_config(FILE *file, const struct knob *common, const struct knob *own) {
    for (const struct knob *row = own; row != NULL && row->name != NULL; row++) print_config_row(file, row);
    for (const struct knob *row = common; row != NULL && row->name != NULL; row++)
        if (row_of(own, row->name) == NULL) print_config_row(file, row);
}
