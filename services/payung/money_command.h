/* What the subcommands that move money have in common: a session with PostgreSQL, the moment and who asks, and how a refusal or an error is told. */
#ifndef PAYUNG_PAYUNG_MONEY_COMMAND_H
#define PAYUNG_PAYUNG_MONEY_COMMAND_H

#include <stdbool.h>

#include "services/ledger/refusal.h"

enum { MONEY_COMMAND_BYTES_MAX = 256 * 1024 * 1024, ACTOR_MAX = 80, AMOUNT_TEXT_MAX = 32 };

struct money_session {
    bool json;
    struct pg *pg;
    struct arena *arena;
    struct money_moment moment;
    char actor[ACTOR_MAX]; /* "operator:ani" */
};

/* "operator:ani": the login name (USER, or that of the user id), other characters than letters, digits, '.', '_' and '-' as '_'. */
const char *operator_name(char ret_actor[ACTOR_MAX]);
/* Of PGURL. business_date 0: today. Returns EXIT_OK, or the exit code of what it has told; close it in either case. */
int money_session_open(bool json, const char *name, day_t business_date, struct money_session *ret_session);
void money_session_close(struct money_session *session);
/* An error of PostgreSQL in the words of every command, and its exit code: DATABASE_AWAY and 75, LEDGER_REFUSES (a constraint) or DATABASE_ERROR and 1. */
struct failure_words {
    const char *code, *remedy;
    int exit_code;
};
struct failure_words database_failure_words(const struct err *err);
int database_failure(bool json, const struct err *err);
/* EXIT_OK when there is nothing to tell; refusal may be NULL. */
int money_tell(const struct money_session *session, const struct err *err, const struct refusal *refusal);
int money_unknown_agreement(const struct money_session *session);
int unknown_agreement(bool json);

/* Values of options; false (told on standard error or in JSON by the caller's usage) when they are none. */
bool day_option(const char *text, day_t *ret_day);     /* YYYY-MM-DD */
bool month_option(const char *text, month_t *ret_month);
bool number_option(const char *text, int64_t most, int64_t *ret_number); /* 1 ... most */

const char *amount_text(rupiah amount, char text[AMOUNT_TEXT_MAX]);
struct json_t;
struct json_t *json_slice(struct slice text);
struct json_t *json_day(day_t day);       /* null for 0 */
struct json_t *json_month(month_t month); /* null for 0 */

#endif
