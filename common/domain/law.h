/* Which programmes the law opens to whom, and which are mandatory, by contribution month: data/programme-law.tsv. Columns: segment, employer_size (MICRO, SMALL, MEDIUM, LARGE or
 * ANY), employer (1: the person employs others, 0: does not, ANY), valid_from, valid_to (months, inclusive; empty = open), open, mandatory (programme sets, "JKK+JKM"),
 * regulation, confidence.
 *
 * Rows of one (segment, employer_size, employer) must follow each other without gap or overlap; loading says line and field of what is wrong. A new law that opens JP to
 * BPU is one more row with its regulation and dates: no code changes, and an agreement that names JP is then billed for it (domain.md 3.3).
 *
 * The law of a run of months is what is open in all of them and what is mandatory in any of them. */
#ifndef PAYUNG_DOMAIN_LAW_H
#define PAYUNG_DOMAIN_LAW_H

#include "common/domain/calendar.h"
#include "common/domain/load.h"
#include "common/domain/programme.h"

struct law_row;

struct law_table {
    const struct law_row *rows;
    size_t count;
};

struct law_question {
    enum segment segment;
    enum employer_size employer_size; /* NONE: not known; then only what is mandatory for every size */
    bool is_employer;
    month_t from;
    uint32_t months;
};

struct law_answer {
    programme_set open, mandatory; /* both 0 when there is no law for the segment in one of the months */
};

bool law_load(struct slice text, struct arena *arena, struct law_table *ret_table, struct load_error *ret_error);
struct law_answer law_ask(const struct law_table *table, const struct law_question *question);

#endif
