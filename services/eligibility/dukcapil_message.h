/* The two messages of a Dukcapil-like service (domain.md 6): one question about one person, one answer. No public specification exists, so this is our
 * contract, which a gateway in front of the real web service keeps:
 *
 *   POST  {"nik":"1708040101809901","name":"SUHARTO","birth_date":"1980-01-01","sex":"L"}        what is unknown is left out
 *   200   application/json   {"status":"ALIVE|DECEASED|NOT_FOUND","match":{"name":true,"birth_date":true,"sex":true},"region":"17.08.04"}
 *
 * match and region may be missing or null, unknown members are passed over. Everything else is no answer: another status or type, a doubled member, a region that is none.
 * birth_date false is the warning W06, sex false W07; a name that differs has no code, since spellings differ everywhere. */
#ifndef PAYUNG_ELIGIBILITY_DUKCAPIL_MESSAGE_H
#define PAYUNG_ELIGIBILITY_DUKCAPIL_MESSAGE_H

#include "common/base/arena.h"
#include "services/eligibility/decide.h"

enum { DUKCAPIL_ANSWER_BYTES_MAX = 4096 };

struct dukcapil_question {
    struct slice nik, name; /* normalised digits; UTF-8, "" unknown */
    day_t birth_date;       /* 0 unknown */
    enum sex sex;
};

struct dukcapil_fact {
    enum dukcapil_answer answer;
    uint32_t region;          /* PPKKCC, 0 not told */
    struct code_set findings; /* W06, W07 */
};

struct slice dukcapil_write(const struct dukcapil_question *question, struct arena *arena);
/* False: this is no answer; ret_fact untouched. */
bool dukcapil_read(struct slice json, struct dukcapil_fact *ret_fact);

#endif
