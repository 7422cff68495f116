/* Single values of a facts document, each read with the place where it stands ("/facts/active/0/from"). Between check_document.c and check_values.c only.
 *
 * A reader function gets the value of a member that is there and neither null nor blank; false means that value_refuse has said what is wrong. Texts are copied into the arena. */
#ifndef PAYUNG_CHECK_VALUES_H
#define PAYUNG_CHECK_VALUES_H

#include <jansson.h>

#include "services/payung/check_document.h"

struct check_reader {
    struct arena *arena;
    struct check_document *document;
    struct check_cover *cover; /* the one in hand */
    struct check_problem *problem;
    char pointer[CHECK_POINTER_MAX]; /* of the member in hand */
};

struct check_member {
    const char *name;
    bool (*read)(struct check_reader *reader, const json_t *value);
};

/* Always false. */
bool value_refuse(struct check_reader *reader, const char *problem);
/* Appends "/member"; what does not fit or can't be printed is cut or replaced: the document is refused anyway. Returns where it began, for value_leave. */
size_t value_enter(struct check_reader *reader, const char *member);
void value_leave(struct check_reader *reader, size_t begin);
/* An object whose members are all in the list; null and blank texts are passed over. */
bool value_read_members(struct check_reader *reader, const json_t *object, const struct check_member members[], size_t count);

bool value_read_text(struct check_reader *reader, const json_t *value, struct slice *ret_text);
/* Whole rupiah as a number or as people write them. A number with a fraction becomes a text that is no amount, so that it is E81 as in a list. */
bool value_read_amount(struct check_reader *reader, const json_t *value, struct slice *ret_text);
/* true, false, 1, 0. */
bool value_read_flag(struct check_reader *reader, const json_t *value, bool *ret_flag);
/* A number, or a text of digits. */
bool value_read_number(struct check_reader *reader, const json_t *value, int64_t least, int64_t most, int64_t *ret_number);
bool value_read_small(struct check_reader *reader, const json_t *value, int least, int most, int *ret_number);
/* The index of a word in a list that ends with NULL. */
bool value_read_word(struct check_reader *reader, const json_t *value, const char *const words[], const char *problem, int *ret_index);
/* A flag or "YES", "NO", "NO_ANSWER". */
bool value_read_fact(struct check_reader *reader, const json_t *value, enum fact *ret_fact);
bool value_read_programmes(struct check_reader *reader, const json_t *value, programme_set *ret_set);
bool value_text(const json_t *value, struct slice *ret_text); /* the value as it is, trimmed; not copied, nothing is said */
bool value_read_month(struct check_reader *reader, const json_t *value, month_t *ret_month);
/* A month is its first day, or its last. */
bool value_read_day(struct check_reader *reader, const json_t *value, bool last, day_t *ret_day);
bool value_read_region(struct check_reader *reader, const json_t *value, uint32_t *ret_region);

#endif
