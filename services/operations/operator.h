/* Operators of the console: who they are, what they may do, and who is signed in. A role is one of three, each by itself:
 *
 *   viewer    looks
 *   operator  looks; mends dead letters, pauses and resumes, sends webhooks anew, lets lists in that need no second person or calls them off, sees a person with a reason
 *   approver  looks; lets lists in that need a second person, takes lists back, decides about proposals of agreements
 *
 * Sign-ins, wrong passwords of who exists, sign-outs and every change of an account stand in ledger.audit. Errors are those of pg.h and password.h. Texts live in the arena. */
#ifndef PAYUNG_OPERATIONS_OPERATOR_H
#define PAYUNG_OPERATIONS_OPERATOR_H

#include "common/base/arena.h"
#include "common/edge/pg.h"

enum operator_role { OPERATOR_VIEWER = 1, OPERATOR_OPERATOR = 2, OPERATOR_APPROVER = 4 };
enum {
    OPERATOR_ROLES = 3, OPERATOR_ANY = OPERATOR_VIEWER | OPERATOR_OPERATOR | OPERATOR_APPROVER, OPERATOR_NAME_MAX = 60, OPERATOR_ACTOR_MAX = OPERATOR_NAME_MAX + 16,
    OPERATOR_FAILURES_FREE = 4 /* wrong passwords without a wait */, OPERATOR_WAIT_S_MAX = 900, OPERATORS_LISTED_MAX = 1000, SESSION_TOKEN_BYTES = 32, SESSION_TOKEN_TEXT = 44,
};
const char *operator_role_name(enum operator_role role); /* "viewer" */
bool operator_role_parse(struct slice text, enum operator_role *ret_role);
struct json_t;
struct json_t *operator_roles_json(unsigned roles); /* their names, as a list; the caller's */
bool operator_name_is_sound(struct slice name);
/* "operator:ani", as the audit has it. */
const char *operator_actor(struct slice name, char ret_actor[OPERATOR_ACTOR_MAX]);

/* ---- accounts: `payung operator` ---- */

struct operator_change {
    struct slice name;
    const char *password_hash; /* NULL: as it is */
    unsigned roles;            /* 0: as they are */
    bool closes;
    bool is_new;               /* adds, or changes who was added before; else only who is there */
};
/* A new password, or closing, ends the sessions of this operator. *ret_found false: there is none, and nothing was done. */
MUST_USE struct err operator_change(struct pg *pg, struct arena *arena, const struct operator_change *change, const char *actor, bool *ret_found);

struct operator_row {
    struct slice name;
    unsigned roles;
    bool is_closed;
    int64_t created_at_ms, last_sign_in_ms; /* 0: never */
    int64_t sessions;
};
/* By name. */
MUST_USE struct err operator_list(struct pg *pg, struct arena *arena, struct operator_row **ret_rows, size_t *ret_count);

/* ---- sessions: the console ---- */

struct session_limits {
    int64_t idle_minutes, hours; /* without a request; in all */
};
struct session {
    struct slice name;
    unsigned roles; /* 0: nobody is signed in */
};
enum sign_in_answer { SIGNED_IN, SIGN_IN_WRONG /* name or password: it is not told which */, SIGN_IN_LATER /* too many wrong ones: in *ret_wait_s seconds */ };

/* ret_token: what the browser is given, of SIGNED_IN only. */
MUST_USE struct err session_begin(struct pg *pg, struct arena *arena, struct slice name, struct slice password, const struct session_limits *limits, char ret_token[SESSION_TOKEN_TEXT],
                                  struct session *ret_session, int64_t *ret_wait_s, enum sign_in_answer *ret_answer);
/* Who the token stands for. counts: somebody did something, so the session is not idle; not what a page asks by itself. */
MUST_USE struct err session_find(struct pg *pg, struct arena *arena, struct slice token, const struct session_limits *limits, bool counts, struct session *ret_session);
MUST_USE struct err session_end(struct pg *pg, struct arena *arena, struct slice token);

#endif
