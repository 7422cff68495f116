/* Mail: one a letter, to the mailbox that MAIL_TO names (of the office that hands it on, or of one per regency), or, of a letter to an office, to its own. The Message-ID is the event id. It must not put anything of a person into a
 * header. */
#include "services/notification/channels/call.h"

#include <stdio.h>
#include <string.h>

#include "common/tables/knobs.h"
#include "services/notification/mail.h"

enum { SETTING_MAX = 500, HEADERS = 8 };

static bool is_address(const char *text) { return strchr(text, '@') != NULL && strpbrk(text, " \t\r\n<>,;\"") == NULL && strlen(text) <= SETTING_MAX; }

const char *email_office_check(void) {
    const char *url = knob_text("SMTP_URL");
    if (strncmp(url, "smtp://", 7) != 0 && strncmp(url, "smtps://", 8) != 0) return "SMTP_URL begins neither with smtp:// nor with smtps://";
    if (strlen(url) > SETTING_MAX || strlen(knob_text("SMTP_USER")) > SETTING_MAX || strlen(knob_text("SMTP_PASSWORD")) > SETTING_MAX) return "a setting of SMTP is too long";
    return is_address(knob_text("MAIL_FROM")) ? NULL : "MAIL_FROM and MAIL_TO must be addresses of mailboxes";
}

const char *email_check(void) {
    const char *wrong = email_office_check();
    if (wrong != NULL) return wrong;
    return is_address(knob_text("MAIL_TO")) ? NULL : "MAIL_FROM and MAIL_TO must be addresses of mailboxes";
}

static const char *mailbox(struct arena *arena, int32_t region) {
    static const char mark[] = "{region}";
    const char *to = knob_text("MAIL_TO"), *at = strstr(to, mark);
    if (at == NULL) return to;
    return call_text(arena, "%.*s%04d%s", (int)(at - to), to, region, at + strlen(mark));
}

const char *email_call(const struct call_letter *letter, struct arena *arena, struct http_post_call *ret_call) {
    char id[2 * ID_BYTES + 1], date[MAIL_DATE_MAX], subject[MAIL_SUBJECT_MAX];
    const char **headers = arena_zero(arena, HEADERS, sizeof *headers);
    const char *from = knob_text("MAIL_FROM"), *to = letter->letter->mailbox.size > 0 ? arena_text(arena, letter->letter->mailbox) : mailbox(arena, letter->region), *user = knob_text("SMTP_USER");
    size_t count = 0;
    id_format(letter->event_id, id);
    mail_date(letter->at_ms, date);
    mail_subject(letter->letter->title, subject);
    headers[count++] = call_text(arena, "From: Payung <%s>", from);
    headers[count++] = call_text(arena, "To: <%s>", to);
    headers[count++] = call_text(arena, "Subject: %s", subject);
    headers[count++] = call_text(arena, "Date: %s", date);
    headers[count++] = call_text(arena, "Message-ID: <%s@decided.payung.invalid>", id);
    headers[count++] = call_text(arena, "X-Payung-Event: %s", id);
    headers[count++] = call_text(arena, "X-Payung-Template: %s", letter->letter->template);
    headers[count++] = "Auto-Submitted: auto-generated";
    *ret_call = (struct http_post_call){.url = knob_text("SMTP_URL"), .headers = headers, .header_count = count, .body = letter->letter->text, .mail_from = from, .mail_to = to,
                                        .user = user[0] != '\0' ? user : NULL, .password = knob_text("SMTP_PASSWORD")};
    return NULL;
}
