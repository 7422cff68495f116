/* What the subcommands of `payung card` share: the options, a session with the register, and the words for what is refused. */
#ifndef PAYUNG_PAYUNG_CARD_COMMAND_H
#define PAYUNG_PAYUNG_CARD_COMMAND_H

#include "services/notification/cards/card_register.h"
#include "services/payung/money_command.h"

struct card_options {
    bool json, again, all;
    const char *agreement, *village, *output, *sign_off, *reason, *officer, *venue, *state, *codes, *path, *csv;
    day_t day;
    uint32_t region, village_number; /* of village */
    enum card_state wanted;
};

struct card_session {
    struct money_session money;
    struct crypto *crypto;
    struct region_table regions;
    struct card_register reg;
    struct card_agreement agreement; /* agreement_no 0: none was named */
    struct card_filter filter;
};

/* EXIT_OK, or the exit code of what it has told. Close it in either case. */
int card_session_open(const struct card_options *options, struct card_session *ret_session);
void card_session_close(struct card_session *session);
int card_failure(const struct card_session *session, const struct err *err);
int card_too_many(const struct card_session *session);
int card_changed_meanwhile(const struct card_session *session);

int card_print(const struct card_options *options);     /* card_print_command.c */
int card_hand_over(const struct card_options *options); /* card_hand_over.c */
int card_ceremony(const struct card_options *options);  /* card_ceremony.c */
int card_numbers(const struct card_options *options);   /* card_numbers.c */

#endif
