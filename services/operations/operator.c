/* Accounts and sessions of operators. Each change stands with its line of the audit in one statement. It must never keep a token or a password, only what proves them. */
#include "services/operations/operator.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/domain/text.h"
#include "common/edge/crypto.h"
#include "common/edge/crypto_auth.h"
#include "common/edge/password.h"

static const char *const role_names[OPERATOR_ROLES] = {"viewer", "operator", "approver"};

const char *operator_role_name(enum operator_role role) {
    for (int i = 0; i < OPERATOR_ROLES; i++)
        if (role == 1u << i) return role_names[i];
    return "?";
}

bool operator_role_parse(struct slice text, enum operator_role *ret_role) {
    for (int i = 0; i < OPERATOR_ROLES; i++) {
        if (!slice_is(text, role_names[i])) continue;
        *ret_role = (enum operator_role)(1u << i);
        return true;
    }
    return false;
}

json_t *operator_roles_json(unsigned roles) {
    json_t *list = json_array();
    for (int i = 0; i < OPERATOR_ROLES; i++)
        if ((roles & 1u << i) != 0) CHECK(json_array_append_new(list, json_string(role_names[i])) == 0);
    return list;
}

bool operator_name_is_sound(struct slice name) {
    for (size_t i = 0; i < name.size; i++) {
        const uint8_t byte = name.bytes[i];
        const bool is_plain = (byte >= 'a' && byte <= 'z') || byte_is_digit(byte);
        if (!is_plain && (i == 0 || memchr("._-", byte, 3) == NULL)) return false;
    }
    return name.size > 0 && name.size <= OPERATOR_NAME_MAX;
}

const char *operator_actor(struct slice name, char ret_actor[OPERATOR_ACTOR_MAX]) {
    CHECK(snprintf(ret_actor, OPERATOR_ACTOR_MAX, "operator:%.*s", SLICE_ARGS(name)) < OPERATOR_ACTOR_MAX);
    return ret_actor;
}

/* ---- accounts ---- */

static size_t names_of(unsigned roles, struct slice ret_names[OPERATOR_ROLES]) {
    size_t count = 0;
    for (int i = 0; i < OPERATOR_ROLES; i++)
        if ((roles & 1u << i) != 0) ret_names[count++] = slice_text(role_names[i]);
    return count;
}

/* The roles as text: "approver,operator". */
static unsigned roles_of(struct slice text) {
    unsigned roles = 0;
    for (int i = 0; i < OPERATOR_ROLES; i++)
        if (text.size > 0 && memmem(text.bytes, text.size, role_names[i], strlen(role_names[i])) != NULL) roles |= 1u << i;
    return roles;
}

/* $1 the name, $2 the hash or NULL, $3 roles, $4 closes, $5 the actor, $6 what is noted. */
#define NOTED_SQL                                                                                                                                                         \
    " ended AS (DELETE FROM ops.session s USING put WHERE s.operator = $1 AND ($4 OR $2 IS NOT NULL)),"                                                                  \
    " noted AS (INSERT INTO ledger.audit (actor, action, detail) SELECT $5, $6, $1 || ' ' || array_to_string(put.roles, ',') FROM put) SELECT count(*) FROM put"
static const char add_sql[] =
    "WITH put AS (INSERT INTO ops.operator AS o (operator, password_hash, roles) VALUES ($1, $2, CASE WHEN cardinality($3::text[]) = 0 THEN '{viewer}' ELSE $3::text[] END)"
    " ON CONFLICT (operator) DO UPDATE SET password_hash = coalesce($2, o.password_hash), roles = CASE WHEN cardinality($3::text[]) = 0 THEN o.roles ELSE $3::text[] END, is_closed = $4, failures = 0,"
    " not_before = '-infinity' RETURNING o.roles)," NOTED_SQL;
static const char set_sql[] =
    "WITH put AS (UPDATE ops.operator AS o SET password_hash = coalesce($2, o.password_hash), roles = CASE WHEN cardinality($3::text[]) = 0 THEN o.roles ELSE $3::text[] END, is_closed = o.is_closed OR $4,"
    " failures = 0, not_before = '-infinity' WHERE o.operator = $1 RETURNING o.roles)," NOTED_SQL;

struct err operator_change(struct pg *pg, struct arena *arena, const struct operator_change *change, const char *actor, bool *ret_found) {
    struct slice names[OPERATOR_ROLES];
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    CHECK(!change->is_new || change->password_hash != NULL);
    pg_add_text(p, change->name);
    if (change->password_hash != NULL) pg_add_text(p, slice_text(change->password_hash));
    else pg_add_null(p);
    pg_add_text_array(p, names, names_of(change->roles, names));
    pg_add_bool(p, change->closes);
    pg_add_text(p, slice_text(actor));
    pg_add_text(p, slice_text(change->is_new ? "OPERATOR add" : change->closes ? "OPERATOR close" : "OPERATOR set"));
    TRY(pg_run(pg, arena, change->is_new ? add_sql : set_sql, p, &rows));
    *ret_found = pg_int8(&rows, 0, 0) == 1;
    return OK;
}

struct err operator_list(struct pg *pg, struct arena *arena, struct operator_row **ret_rows, size_t *ret_count) {
    struct pg_rows rows;
    TRY(pg_run(pg, arena,
               "SELECT o.operator, array_to_string(o.roles, ','), o.is_closed, o.created_at, o.last_sign_in_at, (SELECT count(*) FROM ops.session s WHERE s.operator = o.operator AND s.ends_at > now())"
               " FROM ops.operator o ORDER BY o.operator LIMIT 1000",
               NULL, &rows));
    struct operator_row *list = arena_zero(arena, rows.count + 1, sizeof *list);
    for (size_t i = 0; i < rows.count; i++)
        list[i] = (struct operator_row){.name = pg_bytes(&rows, i, 0), .roles = roles_of(pg_bytes(&rows, i, 1)), .is_closed = pg_bool(&rows, i, 2), .created_at_ms = pg_timestamp_ms(&rows, i, 3),
                                        .last_sign_in_ms = pg_is_null(&rows, i, 4) ? 0 : pg_timestamp_ms(&rows, i, 4), .sessions = pg_int8(&rows, i, 5)};
    *ret_rows = list;
    *ret_count = rows.count;
    return OK;
}
_Static_assert(OPERATORS_LISTED_MAX == 1000, "the limit of the list");

/* ---- signing in ---- */

/* A wrong password of somebody who exists: from the fifth on the wait doubles. */
static const char wrong_sql[] =
    "WITH put AS (UPDATE ops.operator SET failures = failures + 1, not_before = CASE WHEN failures < $2 THEN not_before ELSE now() + make_interval(secs => least($3, 5 * 2 ^ least(failures - $2, 20))) END"
    " WHERE operator = $1 RETURNING operator) INSERT INTO ledger.audit (actor, action, detail) SELECT 'operator:' || operator, 'CONSOLE sign-in refused', '' FROM put";
static const char begin_sql[] =
    "WITH put AS (UPDATE ops.operator SET failures = 0, last_sign_in_at = now() WHERE operator = $1 RETURNING operator),"
    " over AS (DELETE FROM ops.session WHERE operator = $1 AND ends_at < now()),"
    " made AS (INSERT INTO ops.session (session_sha256, operator, ends_at) SELECT $2, operator, now() + make_interval(hours => $3) FROM put)"
    " INSERT INTO ledger.audit (actor, action, detail) SELECT 'operator:' || operator, 'CONSOLE sign-in', '' FROM put";

static struct err note_wrong(struct pg *pg, struct arena *arena, struct slice name) {
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, name);
    pg_add_int4(p, OPERATOR_FAILURES_FREE);
    pg_add_int4(p, OPERATOR_WAIT_S_MAX);
    return pg_run(pg, arena, wrong_sql, p, NULL);
}

static struct err let_in(struct pg *pg, struct arena *arena, struct slice name, const struct session_limits *limits, char ret_token[SESSION_TOKEN_TEXT]) {
    uint8_t random[SESSION_TOKEN_BYTES], hash[SHA256_BYTES];
    _Static_assert(SESSION_TOKEN_TEXT >= (SESSION_TOKEN_BYTES + 2) / 3 * 4, "base64");
    crypto_random(random, sizeof random);
    base64_write_url(slice_of(random, sizeof random), ret_token);
    crypto_sha256(slice_text(ret_token), hash);
    struct pg_parameters *p = pg_parameters(arena);
    pg_add_text(p, name);
    pg_add_bytea(p, slice_of(hash, sizeof hash));
    pg_add_int4(p, (int32_t)limits->hours);
    return pg_run(pg, arena, begin_sql, p, NULL);
}

struct err session_begin(struct pg *pg, struct arena *arena, struct slice name, struct slice password, const struct session_limits *limits, char ret_token[SESSION_TOKEN_TEXT],
                         struct session *ret_session, int64_t *ret_wait_s, enum sign_in_answer *ret_answer) {
    char hash[PASSWORD_HASH_TEXT] = "";
    struct pg_parameters *p = pg_parameters(arena);
    struct pg_rows rows;
    *ret_session = (struct session){.name = slice_text("")};
    *ret_wait_s = 0;
    pg_add_text(p, operator_name_is_sound(name) ? name : slice_text(""));
    TRY(pg_run(pg, arena,
               "SELECT password_hash, array_to_string(roles, ','), CASE WHEN not_before > now() THEN ceil(extract(epoch FROM not_before - now()))::bigint ELSE 0 END FROM ops.operator"
               " WHERE operator = $1 AND NOT is_closed",
               p, &rows));
    const bool is_known = rows.count == 1;
    if (is_known) *ret_wait_s = pg_int8(&rows, 0, 2);
    *ret_answer = SIGN_IN_LATER;
    if (*ret_wait_s > 0) return OK;
    if (is_known) {
        const struct slice kept = pg_bytes(&rows, 0, 0);
        CHECK(kept.size < sizeof hash);
        memcpy(hash, kept.bytes, kept.size);
    }
    *ret_answer = password_matches(is_known ? hash : NULL, password) ? SIGNED_IN : SIGN_IN_WRONG;
    if (*ret_answer == SIGN_IN_WRONG) return is_known ? note_wrong(pg, arena, name) : OK;
    *ret_session = (struct session){.name = arena_copy(arena, name), .roles = roles_of(pg_bytes(&rows, 0, 1))};
    return let_in(pg, arena, name, limits, ret_token);
}

/* ---- sessions ---- */

/* A look is noted at most twice a minute, so that reading a page writes nothing. */
static const char find_sql[] =
    "WITH found AS (SELECT s.session_sha256, o.operator, array_to_string(o.roles, ',') AS roles, s.used_at FROM ops.session s JOIN ops.operator o USING (operator) WHERE s.session_sha256 = $1"
    " AND NOT o.is_closed AND s.ends_at > now() AND s.used_at > now() - make_interval(mins => $2)),"
    " used AS (UPDATE ops.session s SET used_at = now() FROM found f WHERE $3 AND s.session_sha256 = f.session_sha256 AND f.used_at < now() - interval '30 seconds')"
    " SELECT operator, roles FROM found";

static struct pg_parameters *token_parameters(struct arena *arena, struct slice token) {
    uint8_t hash[SHA256_BYTES];
    struct pg_parameters *p = pg_parameters(arena);
    crypto_sha256(token, hash);
    pg_add_bytea(p, arena_copy(arena, slice_of(hash, sizeof hash)));
    return p;
}

struct err session_find(struct pg *pg, struct arena *arena, struct slice token, const struct session_limits *limits, bool counts, struct session *ret_session) {
    struct pg_rows rows;
    struct pg_parameters *p = token_parameters(arena, token);
    pg_add_int4(p, (int32_t)limits->idle_minutes);
    pg_add_bool(p, counts);
    *ret_session = (struct session){.name = slice_text("")};
    TRY(pg_run(pg, arena, find_sql, p, &rows));
    if (rows.count == 1) *ret_session = (struct session){.name = pg_bytes(&rows, 0, 0), .roles = roles_of(pg_bytes(&rows, 0, 1))};
    return OK;
}

struct err session_end(struct pg *pg, struct arena *arena, struct slice token) {
    return pg_run(pg, arena,
                  "WITH gone AS (DELETE FROM ops.session WHERE session_sha256 = $1 RETURNING operator)"
                  " INSERT INTO ledger.audit (actor, action, detail) SELECT 'operator:' || operator, 'CONSOLE sign-out', '' FROM gone",
                  token_parameters(arena, token), NULL);
}
