/* Cookies, sessions, roles. It must never answer before it knows whether PostgreSQL has the session: nothing is remembered here, so that signing out holds at once. */
#include "services/console/access.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/edge/clock.h"
#include "common/tables/knobs.h"

#define COOKIE_NAME "payung_session"
enum { COOKIE_TEXT_MAX = 256 };

static struct session_limits limits(void) { return (struct session_limits){.idle_minutes = knob_int("CONSOLE_IDLE_MINUTES"), .hours = knob_int("CONSOLE_SESSION_HOURS")}; }

/* "a=1; payung_session=...; b=2". size 0: there is none. */
static struct slice cookie_of(struct http_request *request) {
    static const char name[] = COOKIE_NAME "=";
    const struct slice cookies = http_header(request, "Cookie");
    for (size_t at = 0; at < cookies.size;) {
        const uint8_t *end = memchr(cookies.bytes + at, ';', cookies.size - at);
        const size_t to = end != NULL ? (size_t)(end - cookies.bytes) : cookies.size;
        if (to - at > sizeof name - 1 && memcmp(cookies.bytes + at, name, sizeof name - 1) == 0) return slice_of(cookies.bytes + at + sizeof name - 1, to - at - (sizeof name - 1));
        for (at = to + 1; at < cookies.size && cookies.bytes[at] == ' ';) at++;
    }
    return slice_text("");
}

static void set_cookie(struct http_request *request, const char *token, int64_t seconds) {
    char text[COOKIE_TEXT_MAX];
    CHECK(snprintf(text, sizeof text, COOKIE_NAME "=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", token, (long long)seconds, knob_int("CONSOLE_TLS") != 0 ? "; Secure" : "") <
          (int)sizeof text);
    http_set_header(request, "Set-Cookie", text);
}

static bool find_asker(struct console *console, struct http_request *request, bool counts, struct asker *ret_asker) {
    const struct session_limits how_long = limits();
    const struct slice token = cookie_of(request);
    struct session session;
    *ret_asker = (struct asker){0};
    if (token.size == 0) return true;
    if (!console_may_ask(console, request)) return false;
    arena_reset(console->arena);
    const struct err err = session_find(console->pg, console->arena, token, &how_long, counts, &session);
    if (!console_told(console, request, &err)) return false;
    ret_asker->roles = session.roles;
    if (session.roles == 0) return true;
    CHECK(session.name.size <= OPERATOR_NAME_MAX);
    memcpy(ret_asker->name, session.name.bytes, session.name.size);
    (void)operator_actor(session.name, ret_asker->actor);
    return true;
}

bool access_asker(struct console *console, struct http_request *request, struct asker *ret_asker) { return find_asker(console, request, true, ret_asker); }

void access_look_begin(void *self, struct http_request *request) {
    struct asker asker;
    if (knob_int("CONSOLE_GUESTS") != 0 || !find_asker(self, request, false, &asker)) return;
    if (asker.roles == 0) console_refuse(request, 401, "SIGN_IN");
}

/* ---- what changes something ---- */

/* "http://127.0.0.1:8000" is ours when the request went to that host. Browsers say their origin with each request that is not a plain look; other programs need not. */
static bool is_from_here(struct http_request *request) {
    const struct slice origin = http_header(request, "Origin"), host = http_header(request, "Host"), site = http_header(request, "Sec-Fetch-Site");
    if (site.size > 0 && !slice_is(site, "same-origin") && !slice_is(site, "none")) return false;
    if (origin.bytes == NULL) return true;
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const size_t size = strlen(schemes[i]);
        if (origin.size > size && memcmp(origin.bytes, schemes[i], size) == 0) return slice_equal(slice_of(origin.bytes + size, origin.size - size), host);
    }
    return false;
}

static bool read_body(struct console *console, struct http_request *request, struct act_body *ret_body) {
    const char *why;
    if (!is_from_here(request)) {
        console_refuse(request, 403, "OTHER_ORIGIN");
        return false;
    }
    if (!http_media_is(http_header(request, "Content-Type"), "application/json")) {
        console_refuse(request, 415, "NOT_JSON");
        return false;
    }
    arena_reset(console->arena);
    if (act_body_read(console->arena, http_body(request), ret_body, &why)) return true;
    console_answer_json(request, 400, json_pack("{s:s,s:s}", "error", "BAD_BODY", "detail", why));
    return false;
}

bool access_act(struct console *console, struct http_request *request, unsigned roles, struct asker *ret_asker, struct act_body *ret_body) {
    if (!access_asker(console, request, ret_asker)) return false;
    if (ret_asker->roles == 0 || (ret_asker->roles & roles) == 0) {
        console_refuse(request, ret_asker->roles == 0 ? 401 : 403, ret_asker->roles == 0 ? "SIGN_IN" : "ROLE_MISSING");
        return false;
    }
    return read_body(console, request, ret_body) && console_may_ask(console, request);
}

/* ---- signing in and out ---- */

static void tell_session(struct http_request *request, const struct asker *asker) {
    console_answer_json(request, 200, json_pack("{s:s?,s:o,s:b}", "operator", asker->roles != 0 ? asker->name : NULL, "roles", operator_roles_json(asker->roles), "guests", knob_int("CONSOLE_GUESTS") != 0));
}

void access_session_end(void *self, struct http_request *request) {
    struct asker asker;
    if (access_asker(self, request, &asker)) tell_session(request, &asker);
}

static void tell_sign_in(struct http_request *request, enum sign_in_answer answer, const struct session *session, const char *token, int64_t wait_s) {
    struct asker asker = {.roles = session->roles};
    switch (answer) {
    case SIGNED_IN:
        memcpy(asker.name, session->name.bytes, session->name.size);
        set_cookie(request, token, knob_int("CONSOLE_SESSION_HOURS") * 3600);
        tell_session(request, &asker);
        return;
    case SIGN_IN_LATER: console_answer_json(request, 429, json_pack("{s:s,s:I}", "error", "SIGN_IN_LATER", "seconds", (json_int_t)wait_s)); return;
    case SIGN_IN_WRONG: console_refuse(request, 401, "SIGN_IN_WRONG"); return;
    }
}

void access_sign_in_end(void *self, struct http_request *request) {
    struct console *console = self;
    const struct session_limits how_long = limits();
    struct act_body body;
    struct session session;
    enum sign_in_answer answer;
    char token[SESSION_TOKEN_TEXT] = "";
    int64_t wait_s;
    if (!read_body(console, request, &body) || !console_may_ask(console, request)) return;
    if (!rate_take(&console->sign_ins, "sign-ins", clock_monotonic_us())) {
        console_answer_json(request, 429, json_pack("{s:s,s:i}", "error", "SIGN_IN_LATER", "seconds", 1));
        return;
    }
    const struct err err = session_begin(console->pg, console->arena, body.operator_name, body.password, &how_long, token, &session, &wait_s, &answer);
    if (console_told(console, request, &err)) tell_sign_in(request, answer, &session, token, wait_s);
    explicit_bzero(token, sizeof token);
    arena_reset(console->arena);
}

void access_sign_out_end(void *self, struct http_request *request) {
    struct console *console = self;
    const struct slice token = cookie_of(request);
    struct err err = OK;
    if (!is_from_here(request)) {
        console_refuse(request, 403, "OTHER_ORIGIN");
        return;
    }
    if (token.size > 0 && !console_may_ask(console, request)) return;
    arena_reset(console->arena);
    if (token.size > 0) err = session_end(console->pg, console->arena, token);
    if (!console_told(console, request, &err)) return;
    set_cookie(request, "", 0);
    tell_session(request, &(struct asker){0});
}
