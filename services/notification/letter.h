/* Letters: the words that a person reads about an outcome, or about a change of cover, made from the templates in templates/messages.tsv. Pure: text in, text out.
 *
 *   struct letters letters;  struct load_error error;
 *   if (!letters_load(arena, messages_tsv, parameters_tsv, &letters, &error)) ...     once, at start; slices stay in `arena` and the texts
 *   struct letter letter;
 *   if (letter_render(&letters, &outcome, name, batch_arena, &letter)) ...            false: nobody is told (message_due is NULL)
 *   if (letter_render_cover(&letters, &changed, name, batch_arena, &letter)) ...      false: nobody is told, or there are no words for message_due
 *
 * Rules (domain.md 6): one SMS, at most LETTER_MAX characters of the GSM-7 alphabet, always; name and sponsor are cut to 20 characters, a
 * reason to 36. Characters outside the alphabet are written with their base letter or '?'. Dates as `15 Oktober 2025`; first and last day
 * of a cover with short month names, `1 Okt 2025`. A letter holds the name of a person and so is never logged. */
#ifndef PAYUNG_NOTIFICATION_LETTER_H
#define PAYUNG_NOTIFICATION_LETTER_H

#include <stdbool.h>

#include "common/base/arena.h"
#include "common/domain/command.h"
#include "common/domain/load.h"

enum { LETTER_MAX = 160, LETTER_NAME_MAX = 20, LETTER_SPONSOR_MAX = 20, LETTER_REASON_MAX = 36, LETTER_DAYS_MAX = 365,
       LETTER_WORDS_MAX = 60 /* of a name, a sponsor or a reason on paper */ };

/* Those of outcomes first. */
enum letter_kind {
    LETTER_ACCEPTED, LETTER_REJECTED_FIX, LETTER_REJECTED_FINAL, LETTER_WAITLIST, LETTER_PENDING,
    LETTER_LAPSE_WARN, LETTER_LAPSED, LETTER_SPONSOR_END,
    LETTER_KINDS, LETTER_COVER_FIRST = LETTER_LAPSE_WARN
};

struct letters {
    struct { struct slice title, text, english; } kinds[LETTER_KINDS];
    int32_t correction_days; /* after the registration date */
    int32_t pending_days;
};

struct letter {
    const char *template; /* "ACCEPTED": static */
    struct slice title;   /* belongs to struct letters */
    struct slice text;    /* in the arena; GSM-7 characters as UTF-8 */
    struct slice mailbox; /* of a letter to an office; empty: the channel knows where letters to persons go */
};

/* False with line, column and problem when a message or a parameter is missing, doubled or unknown, when a text lacks one of its fields or
 * has one that is not its own, holds a character that an SMS can't, or could grow beyond LETTER_MAX. */
bool letters_load(struct arena *arena, struct slice messages, struct slice parameters, struct letters *ret_letters, struct load_error *ret_error);

/* name: UTF-8 as sealed, may be empty (then "Bapak/Ibu"). False when the outcome owes no message. */
bool letter_render(const struct letters *letters, const struct outcome *outcome, struct slice name, struct arena *arena, struct letter *ret_letter);

/* The event says which message it owes (message_due). SPONSOR_END names the last day that is paid, the day before `day`; what a day, an amount or a number of months does not
 * say is told with a dash. */
bool letter_render_cover(const struct letters *letters, const struct coverage_changed *changed, struct slice name, struct arena *arena, struct letter *ret_letter);

/* What `template` would say about an outcome or a cover, whether it is owed or not: for who looks at templates. Decisions read the outcome, the others the change of cover. False when there is no such
 * template, or it gives a reason and the outcome has none that its person could be told. */
bool letter_preview(const struct letters *letters, struct slice template, const struct outcome *outcome, const struct coverage_changed *changed, struct slice name, struct arena *arena,
                    struct letter *ret_letter);

/* On paper, and for who looks: the same template in one of two languages, in any letters and not cut to an SMS. The event is the one of both that the template is about. False as letter_preview. */
struct letter_reasons; /* reasons.h */
struct letter_about {
    const struct outcome *outcome;
    const struct coverage_changed *changed;
};
bool letter_words(const struct letters *letters, const struct letter_reasons *reasons, struct slice template, const struct letter_about *about, struct slice name, bool is_english, struct arena *arena,
                  struct slice *ret_text);
struct slice letter_title(const struct letters *letters, struct slice template); /* of a template that there is */
/* Until when a refused person can have it mended, or object; 0: no refusal, or not known. */
day_t letter_deadline(const struct letters *letters, const struct outcome *outcome);

size_t gsm7_length(struct slice text); /* characters; SIZE_MAX when one is outside the basic alphabet */

#endif
