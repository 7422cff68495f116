/* What the office of a payer reads of its agreement, made from the templates in templates/sponsor.tsv: a report of the day, that covers end, that a renewal is needed. Pure. Bahasa Indonesia first,
 * English below it. Figures only: nobody's name or number is in it.
 *
 *   struct sponsor_words words;  struct load_error error;
 *   if (!sponsor_words_load(arena, sponsor_tsv, &words, &error)) ...                  once; slices point into the text
 *   struct slice event = sponsor_render(&words, &reasons, &figures, batch_arena);     what the outbox keeps: the finished letter, the same at every attempt
 *   if (!sponsor_letter_read(event, &letter)) ...                                     what the sender makes of it */
#ifndef PAYUNG_NOTIFICATION_SPONSOR_LETTER_H
#define PAYUNG_NOTIFICATION_SPONSOR_LETTER_H

#include "services/notification/letter.h"
#include "services/notification/reasons.h"

enum sponsor_kind { SPONSOR_DIGEST, SPONSOR_COVER_END, SPONSOR_RENEWAL, SPONSOR_KINDS };
enum { SPONSOR_TEXT_MAX = 2000 /* of a template */, SPONSOR_EVENT_MAX = 16 * 1024 };
const char *sponsor_kind_name(enum sponsor_kind kind); /* "SPONSOR_DIGEST": static */

struct sponsor_words {
    struct { struct slice title, text, english; } kinds[SPONSOR_KINDS];
};

/* False: a notice is missing, doubled or unknown, a field is not known or used twice, or a text is empty, too long or no UTF-8. */
bool sponsor_words_load(struct arena *arena, struct slice text, struct sponsor_words *ret_words, struct load_error *ret_error);

struct sponsor_figures {
    enum sponsor_kind kind;
    struct slice mailbox;
    struct slice agreement_id, name, payer_name;
    int64_t since_ms, until_ms; /* of a report; 0: from the beginning */
    int64_t accepted, rejected, waitlisted, pending;
    int64_t by_code[CODE_LIMIT]; /* of the rejected: a person may have several */
    int64_t waiting;            /* now */
    rupiah amount;              /* of a report: of who was accepted; else of the period */
    rupiah left;                /* of the pagu; below 0: none is stated */
    int64_t promised, sent, failed, queued;
    day_t period_to;
    int32_t days;               /* until then */
    int64_t people;             /* who are covered */
};

/* In the arena, at most SPONSOR_EVENT_MAX bytes: reasons that have no room are left out. */
struct slice sponsor_render(const struct sponsor_words *words, const struct letter_reasons *reasons, const struct sponsor_figures *figures, struct arena *arena);

struct sponsor_letter {
    struct letter letter;
    struct slice mailbox;
    int64_t at_ms;
};
/* False: it is no such event. Slices point into it. */
bool sponsor_letter_read(struct slice event, struct sponsor_letter *ret_letter);

#endif
