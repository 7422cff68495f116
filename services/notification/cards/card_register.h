/* The register of cards: who has one, in which state it is, and what is needed to draw it. The sealed person is opened here (name only), so what comes out must never reach a log, an error text or
 * the database. Statements are short; nothing is locked while somebody draws.
 *
 *     card_register_read (who is enrolled, who has no card yet)  ->  card_register_request  ->  card_print.h  ->  card_register_note (printed)
 *
 * Each change is one more row (schema/0023_card.sql). A note is refused for cards that were changed by somebody else since they were read: it then changes none of them. Errors: those of pg.h; FATAL
 * when a record of the registry can't be read or its key is not there. */
#ifndef PAYUNG_NOTIFICATION_CARD_REGISTER_H
#define PAYUNG_NOTIFICATION_CARD_REGISTER_H

#include "common/domain/region.h"
#include "common/edge/crypto.h"
#include "common/edge/pg.h"
#include "services/notification/cards/card.h"

enum { CARDS_AT_ONCE_MAX = 50000, CARD_OFFICER_MAX = 120, CARD_NOTE_MAX = 200, CARD_VILLAGES_BYTES_MAX = 16 * 1024 * 1024 };

struct card_places { /* for the names on cards */
    const struct region_table *regions;
    struct slice villages; /* villages.csv */
};

struct card_register {
    struct pg *pg;
    const struct crypto *crypto;
    struct card_places places;
    const char *actor; /* "operator:ani" */
};

struct card_agreement {
    int32_t agreement_no; /* 0: there is none */
    struct slice payer_name;
};

enum card_pick { PICK_TO_PRINT, /* enrolled, and not printed yet */ PICK_PRINTED, /* or handed over: to be printed again */ PICK_TO_HAND_OVER /* printed, and not handed over yet */ };

struct card_filter {
    int32_t agreement_no;
    struct slice payer_name;
    enum card_pick pick;
    uint32_t region, village; /* region PP0000, PPKK00 or PPKKCC; 0: everywhere */
};

struct card_list {
    struct card *cards; /* sorted */
    size_t count;
    int64_t without_person; /* whose registry was emptied, or whose seal does not open: there is no card for them */
    bool too_many;          /* more than CARDS_AT_ONCE_MAX; cards is not filled */
};

struct card_note {
    enum card_state state; /* PRINTED or HANDED_OVER */
    struct slice officer, venue, note;
    day_t day;
};

/* In SQL, who may hold a card among the places of ledger.enrolment (e): a person, no project, with a cover that is not over. */
#define CARD_PERSON_SQL "e.segment <> 3"
#define CARD_HOLDER_SQL CARD_PERSON_SQL " AND e.state <= 3 AND e.end_month >= e.start_month"

struct card_code card_code_signed(const struct crypto *crypto, uint32_t number);
bool card_code_is_ours(const struct crypto *crypto, struct card_code code);

MUST_USE struct err card_agreement_find(struct pg *pg, struct arena *arena, struct slice agreement_id, struct card_agreement *ret_agreement);
MUST_USE struct err card_register_read(const struct card_register *reg, const struct card_filter *filter, struct arena *arena, struct card_list *ret_list);
/* Those without a number get one, and are noted as requested. */
MUST_USE struct err card_register_request(const struct card_register *reg, struct arena *arena, int32_t agreement_no, struct card *cards, size_t count);
/* *ret_noted false: one of them was changed meanwhile, and nothing was noted. */
MUST_USE struct err card_register_note(const struct card_register *reg, struct arena *arena, const struct card *cards, size_t count, const struct card_note *note, bool *ret_noted);

/* One card, by the application that was accepted or by its number. *ret_found false: nobody is enrolled by it, or the person was forgotten. ret_agreement_id: of which agreement. */
MUST_USE struct err card_register_of_application(const struct card_register *reg, struct arena *arena, struct id application_id, bool *ret_found, struct card *ret_card, int32_t *ret_agreement_no,
                                                 struct slice *ret_agreement_id);
MUST_USE struct err card_register_of_number(const struct card_register *reg, struct arena *arena, uint32_t number, bool *ret_found, struct card *ret_card);

/* Cards without their persons: nothing is opened. state CARD_NONE: any. Ordered by region, village and number. */
struct card_row {
    struct card_code code;
    enum card_state state;
    int32_t changes;
    struct id application_id;
    uint32_t region, village;
    int64_t at_ms;
    struct slice actor, officer, venue;
    day_t day;
};
MUST_USE struct err card_rows_read(const struct card_register *reg, const struct card_filter *filter, enum card_state state, struct arena *arena, struct card_row **ret_rows, size_t *ret_count,
                                   bool *ret_too_many);

#endif
