/* Invoices and payments as rows for people and programs that ask; read only, nothing of a person. Slices live in the arena. */
#ifndef PAYUNG_LEDGER_INVOICE_REPORT_H
#define PAYUNG_LEDGER_INVOICE_REPORT_H

#include "common/domain/calendar.h"
#include "common/edge/pg.h"
#include "services/ledger/canonical.h"

struct invoice_row {
    struct slice agreement_id, number, billing_code;
    int32_t agreement_no, invoice_no;
    int64_t journal_seq, reversed_by; /* journals; 0: not reversed */
    month_t first_month;
    int32_t months, persons;
    day_t issued_on, due_on;
    rupiah amount, open;
    int64_t open_months; /* of persons */
};

/* All of an agreement in the order of issue. *ret_found false: there is no such agreement. */
MUST_USE struct err invoice_rows(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found, const struct invoice_row **ret_rows, size_t *ret_count);
/* By number or billing code, as written (billing.h). */
MUST_USE struct err invoice_find(struct pg *pg, struct arena *arena, struct slice reference, bool *ret_found, struct invoice_row *ret_row);

struct invoice_line {
    int64_t place;
    month_t month;
    rupiah by_charge[LEDGER_CHARGES], reduction, amount;
    struct slice relief;  /* "" none */
    struct slice state;   /* OPEN, SETTLED, CREDITED, REFUNDED */
};

/* Page by page in the order of the invoice, so that memory is bounded; `each` answering false ends the walk early. */
MUST_USE struct err invoice_lines(struct pg *pg, const struct invoice_row *invoice, bool (*each)(void *self, const struct invoice_line *line), void *self);

struct payment_row {
    struct slice source, external_id, bank, reference, state, agreement_id;
    rupiah amount, settled, credited;
    day_t received_on;
    int64_t journal_seq, reversed_by, suspense_no; /* 0: none */
};

/* Of an agreement in the order of booking, with those that were assigned to it out of suspense. */
MUST_USE struct err payment_rows(struct pg *pg, struct arena *arena, struct slice agreement_id, bool *ret_found, const struct payment_row **ret_rows, size_t *ret_count);
MUST_USE struct err payment_find(struct pg *pg, struct arena *arena, struct slice source, struct slice external_id, bool *ret_found, struct payment_row *ret_row);

struct suspense_row {
    int32_t number;
    struct slice source, external_id, problem, bank, state, reference, agreement_id, note; /* reference: to be shown by reference_show only */
    struct slice place; /* in the bank's file: "baris 17, berkas sha256 ..."; empty: told by a partner */
    bool has_amount, booked;
    rupiah amount;
    day_t received_on; /* 0 unknown */
};

/* The open rows of the work list, or all; in the order of their numbers, at most `rows_max` from the first after `after`. */
MUST_USE struct err suspense_rows(struct pg *pg, struct arena *arena, bool all, int32_t after, int32_t rows_max, const struct suspense_row **ret_rows, size_t *ret_count);

struct account_row {
    struct slice account;
    rupiah amount; /* debit positive */
};

/* Every account of an agreement as of a day (business date), those that are even left out; 0 = of all journals. */
MUST_USE struct err account_rows(struct pg *pg, struct arena *arena, struct slice agreement_id, day_t as_of, bool *ret_found, const struct account_row **ret_rows, size_t *ret_count);

#endif
