/* Who waits in an agreement, in the order of service: for operators and payers. No data of a person: an enrolment is known by its id. */
#ifndef PAYUNG_LEDGER_WAITING_REPORT_H
#define PAYUNG_LEDGER_WAITING_REPORT_H

#include "common/domain/application.h"
#include "common/edge/pg.h"

enum { WAITING_ROWS_MAX = 10000 };

struct waiting_row {
    int64_t place;        /* 1 = served first; 0: has a reservation already */
    int64_t ticket;       /* as it was told when it began to wait; 0: never waited */
    int32_t class_number; /* 1: a priority occupation of the agreement */
    int32_t desil;        /* 11 = not known */
    day_t proposal_date;
    int64_t village;      /* PPKKCCVVVV */
    struct id application_id;
    bool is_reserved, is_undecided; /* undecided: an answer from outside is missing */
    month_t start_month;  /* as last priced */
    int32_t months;
    rupiah amount;
    day_t reserved_until; /* 0: none */
};

struct waiting_list {
    bool found;           /* the agreement */
    int64_t waiting, reserved;
    int64_t unknown;      /* of those who wait: their messages are not known, so they can't be served (waiting_restore.h) */
    rupiah reserved_money;
    size_t row_count;
    struct waiting_row *rows; /* in the arena */
};

/* The first `limit` of those with a reservation and those who wait, at most WAITING_ROWS_MAX. */
MUST_USE struct err waiting_list_read(struct pg *pg, struct arena *arena, struct slice agreement_id, int32_t limit, struct waiting_list *ret_list);

struct waiting_standing {
    bool found;              /* it stands in a list */
    struct slice agreement_id;
    struct waiting_row row;
    int64_t waiting;         /* how many wait there */
};
MUST_USE struct err waiting_standing_read(struct pg *pg, struct arena *arena, struct id application_id, struct waiting_standing *ret_standing);

#endif
