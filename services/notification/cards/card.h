/* A membership card as data, and what can be said of it without a database: in which order cards lie, whether a cover stands, initials, the number of the member. Pure.
 *
 * The number (KPJ, 11 digits) is given by the insurer (payung card numbers). Until it is known a card bears '9' and the ten digits of the card's own number, and says SIMULASI. */
#ifndef PAYUNG_NOTIFICATION_CARD_H
#define PAYUNG_NOTIFICATION_CARD_H

#include "common/domain/application.h"
#include "common/domain/kpj.h"
#include "services/notification/cards/card_code.h"

enum { CARD_INITIALS_TEXT = 28, CARD_URL_MAX = 160 };

enum card_state { CARD_NONE = 0, CARD_REQUESTED, CARD_PRINTED, CARD_HANDED_OVER, CARD_STATES };
const char *card_state_name(enum card_state state); /* "requested"; "" for CARD_NONE */
const char *card_state_word(enum card_state state); /* "diminta" */
bool card_state_parse(struct slice text, enum card_state *ret_state);

struct card {
    struct card_code code; /* number 0: not made yet */
    enum card_state state;
    int32_t changes;       /* how many rows tell of it */
    int64_t place;         /* of ledger.enrolment */
    struct id application_id;
    struct slice name;     /* never leaves a card, a page or a sign-off sheet */
    char kpj[KPJ_TEXT];
    bool is_simulated;     /* the number above is none of the insurer's */
    day_t birth_date;
    uint32_t region, village; /* PPKKCC, VVVV */
    struct slice village_name, district_name, payer_name;
    enum segment segment;
    programme_set programmes;
    month_t start_month, end_month;
    int32_t cover;         /* enum enrolment_state of the ledger: 1 registered ... 5 ended */
};

/* By village, name and place: as the people sit when cards are handed over. For qsort. */
int card_compare(const void *a, const void *b);

enum card_standing { STANDING_NOT_YET, STANDING_ACTIVE, STANDING_OVER };
enum card_standing card_standing(const struct card *card, day_t today);

void card_simulated_number(uint32_t number, char ret_kpj[KPJ_TEXT]);
void card_initials(struct slice name, char ret_text[CARD_INITIALS_TEXT]); /* "S. C."; at most five words */

/* "https://.../cards" + "/" + code. False: it would be longer than CARD_URL_MAX - 1. */
bool card_url(struct slice base, struct card_code code, char ret_url[CARD_URL_MAX]);
/* The name of a village in villages.csv ("11.01.01.2001,11.01.01,Keude Bakongan", ascending by code); empty when it is not there. */
struct slice village_name(struct slice villages, uint32_t region, uint32_t village);

#endif
