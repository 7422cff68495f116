/* Puts a letter into its envelope. It must not put anything of a person into a header. */
#include "services/notification/mail.h"

#include <stdio.h>

#include "common/base/check.h"

enum { MAIL_BYTES_MAX = 24 * 1024 };
#define SECONDS_MAX INT64_C(32000000000) /* in the year 2984 */

void mail_date(int64_t ms, char ret_text[MAIL_DATE_MAX]) {
    static const char *const days[7] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* 1 January 1970 was a Thursday */
    static const char *const months[12] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t seconds = ms > 0 && ms / 1000 < SECONDS_MAX ? ms / 1000 : 0; /* a time that makes no sense is told as 1970 */
    day_t day = day_from_unix(seconds, 0);
    CHECK(day_is_valid(day));
    int of_day = (int)(seconds % 86400);
    int size = snprintf(ret_text, MAIL_DATE_MAX, "%s, %d %s %d %02d:%02d:%02d +0000", days[seconds / 86400 % 7], day % 100,
                        months[day / 100 % 100 - 1], day / 10000, of_day / 3600, of_day / 60 % 60, of_day % 60);
    CHECK(size > 0 && size < MAIL_DATE_MAX);
}

/* Titles of plain ASCII stand as they are, others as one RFC 2047 word. Bounded by the title's own bound (letter.c). */
void mail_subject(struct slice title, char ret_text[MAIL_SUBJECT_MAX]) {
    bool plain = true;
    for (size_t i = 0; i < title.size; i++) plain = plain && title.bytes[i] >= 0x20 && title.bytes[i] < 0x7F;
    CHECK(title.size * 3 + 16 < MAIL_SUBJECT_MAX);
    size_t size = 0;
    if (!plain) size += (size_t)snprintf(ret_text, MAIL_SUBJECT_MAX, "=?UTF-8?Q?");
    for (size_t i = 0; i < title.size; i++) {
        uint8_t byte = title.bytes[i];
        bool as_is = plain || (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z');
        if (as_is) ret_text[size++] = (char)byte;
        else size += (size_t)snprintf(ret_text + size, MAIL_SUBJECT_MAX - size, "=%02X", byte);
    }
    (void)snprintf(ret_text + size, MAIL_SUBJECT_MAX - size, "%s", plain ? "" : "?=");
}

struct slice mail_compose(const struct letter *letter, struct id event_id, int64_t decided_at_ms, struct arena *arena) {
    char id[2 * ID_BYTES + 1], date[MAIL_DATE_MAX], subject[MAIL_SUBJECT_MAX];
    id_format(event_id, id);
    mail_date(decided_at_ms, date);
    mail_subject(letter->title, subject);
    char bytes[MAIL_BYTES_MAX];
    const char *at = letter->mailbox.size > 0 ? "" : "@payung.invalid";
    const struct slice to = letter->mailbox.size > 0 ? letter->mailbox : slice_text(id);
    int size = snprintf(bytes, MAIL_BYTES_MAX,
                        "From: Payung <payung@payung.invalid>\n"
                        "To: <%.*s%s>\n"
                        "Subject: %s\n"
                        "Date: %s\n"
                        "Message-ID: <%s@decided.payung.invalid>\n"
                        "X-Payung-Event: %s\n"
                        "X-Payung-Template: %s\n"
                        "Auto-Submitted: auto-generated\n"
                        "Content-Language: id\n"
                        "MIME-Version: 1.0\n"
                        "Content-Type: text/plain; charset=UTF-8\n"
                        "Content-Transfer-Encoding: 8bit\n"
                        "\n"
                        "%.*s\n",
                        SLICE_ARGS(to), at, subject, date, id, id, letter->template, SLICE_ARGS(letter->text));
    CHECK(size > 0 && size < MAIL_BYTES_MAX);
    return arena_copy(arena, slice_of(bytes, (size_t)size));
}
