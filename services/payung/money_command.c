/* The frame of the money commands on the command line. It must never change anything itself. */
#include "services/payung/money_command.h"

#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/domain/text.h"
#include "common/edge/clock.h"
#include "services/payung/commands.h"

const char *operator_name(char ret_actor[ACTOR_MAX]) {
    enum { LOGIN_MAX = 60 };
    const char *login = getenv("USER");
    const struct passwd *entry = login == NULL || login[0] == '\0' ? getpwuid(getuid()) : NULL;
    if (entry != NULL) login = entry->pw_name;
    (void)snprintf(ret_actor, ACTOR_MAX, "operator:%.*s", LOGIN_MAX, login != NULL && login[0] != '\0' ? login : "local"); /* fits */
    for (char *at = ret_actor + strlen("operator:"); *at != '\0'; at++)
        if (!byte_is_letter((uint8_t)*at) && !byte_is_digit((uint8_t)*at) && strchr("._-", *at) == NULL) *at = '_';
    return ret_actor;
}

enum { MONEY_PATIENCE_MS = 16 * 60 * 1000 }; /* more than a statement of a command may take (money.c) */

int money_session_open(bool json, const char *name, day_t business_date, struct money_session *ret_session) {
    *ret_session = (struct money_session){.json = json};
    ret_session->moment = (struct money_moment){.moment_ms = clock_unix_ms(), .business_date = business_date, .actor = operator_name(ret_session->actor)};
    const char *url = command_env(json, "PGURL");
    if (url == NULL) return EXIT_USAGE;
    if (business_date > day_of_business(ret_session->moment.moment_ms)) /* a journal of tomorrow would stand before the ones of today in the chain */
        return command_fail(json, EXIT_USAGE, "DATE_IN_FUTURE", "the business date lies in the future", "Give today's date in western Indonesia or an earlier one, or leave the option out.");
    ret_session->arena = arena_create(MONEY_COMMAND_BYTES_MAX);
    const struct err err = pg_open(url, name, &ret_session->pg);
    if (!failed(&err)) pg_patience(ret_session->pg, MONEY_PATIENCE_MS);
    return money_tell(ret_session, &err, NULL);
}

void money_session_close(struct money_session *session) {
    pg_close(session->pg);
    arena_destroy(session->arena);
}

struct failure_words database_failure_words(const struct err *err) {
    if (err->fate == FATE_AGAIN) return (struct failure_words){"DATABASE_AWAY", "Run the command again when PostgreSQL is there: what was done already is not done twice.", EXIT_TEMPORARY};
    if (err->fate == FATE_SPLIT) /* a constraint: of commands that have no refusal of their own for it */
        return (struct failure_words){"LEDGER_REFUSES", "Nothing was changed. A closed period takes no more bookings: choose a later business date.", EXIT_FAILED};
    return (struct failure_words){"DATABASE_ERROR", "Nothing was changed. Is the schema up to date (payung migrate)?", EXIT_FAILED};
}

int database_failure(bool json, const struct err *err) {
    const struct failure_words words = database_failure_words(err);
    return command_fail(json, words.exit_code, words.code, err->text, words.remedy);
}

int money_tell(const struct money_session *session, const struct err *err, const struct refusal *refusal) {
    if (failed(err)) return database_failure(session->json, err);
    if (refusal == NULL || refusal->code == NULL) return EXIT_OK;
    return command_fail(session->json, EXIT_FAILED, refusal->code, refusal->text, refusal->remedy);
}

int unknown_agreement(bool json) { return command_fail(json, EXIT_FAILED, "UNKNOWN_AGREEMENT", "there is no such agreement", "See payung agreement list."); }

int money_unknown_agreement(const struct money_session *session) { return unknown_agreement(session->json); }

bool day_option(const char *text, day_t *ret_day) { return day_parse(slice_text(text), ret_day); }

bool month_option(const char *text, month_t *ret_month) { return month_parse(slice_text(text), ret_month); }

bool number_option(const char *text, int64_t most, int64_t *ret_number) {
    uint64_t number;
    if (!text_number(slice_text(text), (uint64_t)most, &number) || number < 1) return false;
    *ret_number = (int64_t)number;
    return true;
}

const char *amount_text(rupiah amount, char text[AMOUNT_TEXT_MAX]) {
    rupiah_format(amount, text);
    return text;
}

json_t *json_slice(struct slice text) { return json_stringn(text.size > 0 ? (const char *)text.bytes : "", text.size); }

json_t *json_day(day_t day) {
    char text[11];
    if (day == 0) return json_null();
    day_format(day, text);
    return json_string(text);
}

json_t *json_month(month_t month) {
    char text[8];
    if (month == 0) return json_null();
    month_format(month, text);
    return json_string(text);
}
