/* Letters on paper between the outbox and the printer: whose letter waits in which village, what it says (the seals of its persons are opened here, so what comes out must never reach a log, an error text or
 * the database), and that it was printed. A letter is noted in one transaction with its message: printed is sent, by the channel paper, once; printing it again adds who and when and counts nothing.
 *
 *     letter_villages  ->  per village, a file at a time: letter_read  ->  letter_print.h  ->  letter_note
 *
 * Errors: those of pg.h, and of the keys. */
#ifndef PAYUNG_NOTIFICATION_LETTER_REGISTER_H
#define PAYUNG_NOTIFICATION_LETTER_REGISTER_H

#include "common/domain/region.h"
#include "common/edge/crypto.h"
#include "common/edge/pg.h"
#include "services/notification/letter.h"
#include "services/notification/paper/letter_face.h"
#include "services/notification/reasons.h"

enum { LETTERS_A_FILE_MAX = 2000, LETTER_NOTE_MAX = 200, LETTER_ROWS_MAX = 50000 };

struct letter_register {
    struct pg *pg;
    const struct crypto *crypto;
    const struct letters *words;
    const struct letter_reasons *reasons;
    const struct region_table *regions;
    struct slice villages; /* villages.csv */
    const char *actor;     /* "operator:ani" */
};

struct letter_filter {
    struct slice agreement_id;
    uint32_t region, village; /* PP0000, PPKK00 or PPKKCC; 0: everywhere */
    bool again;               /* those that were printed; else those that wait */
    struct id application_id; /* zero: everybody's */
};

struct letter_village {
    uint32_t region, village;
    int64_t count;
};
MUST_USE struct err letter_villages(const struct letter_register *reg, const struct letter_filter *filter, struct arena *arena, struct letter_village **ret_villages, size_t *ret_count);

/* At most LETTERS_A_FILE_MAX of one village whose event is behind `after`, sorted; ret_after: of the last one. Fewer: there are no more. */
MUST_USE struct err letter_read(const struct letter_register *reg, const struct letter_filter *filter, const struct letter_village *village, struct id after, struct arena *arena,
                                struct paper_letter **ret_letters, size_t *ret_count, struct id *ret_after);

/* kept_days: so long they can be printed again. Letters with a failure are noted as failed. *ret_noted false: somebody else printed one of them meanwhile, and nothing was noted. */
struct letter_note {
    struct slice reason; /* why again; empty the first time */
    int64_t kept_days;
};
MUST_USE struct err letter_note(const struct letter_register *reg, struct arena *arena, const struct paper_letter *letters, size_t count, const struct letter_note *note, bool *ret_noted);

/* Letters without their persons: nothing is opened. By village and event. */
struct letter_row {
    struct id event_id, application_id;
    struct slice template, actor;
    uint32_t region, village;
    int32_t printed;          /* how often; 0: it waits */
    int64_t at_ms;            /* last printed; 0: never */
};
MUST_USE struct err letter_rows(const struct letter_register *reg, const struct letter_filter *filter, struct arena *arena, struct letter_row **ret_rows, size_t *ret_count, bool *ret_too_many);

#endif
