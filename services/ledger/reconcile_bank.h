/* A bank's statement beside the ledger's payments: is every line there, with its amount, and nothing besides? Lines are found by source and number, as they were imported
 * (bank_file.h); set-based, through a temporary table, so memory is bounded whatever the file holds. Nothing is changed.
 *
 * What the ledger has of a line is its payment (booked, or suspended because nobody's), or a row of the work list when it is no payment (a reversal, a damaged line). */
#ifndef PAYUNG_LEDGER_RECONCILE_BANK_H
#define PAYUNG_LEDGER_RECONCILE_BANK_H

#include "common/edge/pg.h"
#include "services/ledger/bank_file.h"

enum bank_difference_kind { BANK_AMOUNT_DIFFERS = 1, BANK_FILE_ONLY, BANK_LEDGER_ONLY, BANK_DIFFERENCE_KINDS };

struct bank_difference {
    enum bank_difference_kind kind;
    uint32_t line;                   /* of the file; 0: only in the ledger */
    struct slice source, external_id;
    day_t day;                       /* 0: not known */
    bool has_file_amount, has_ledger_amount;
    rupiah file_amount, ledger_amount;
    struct slice problem;            /* of the line, or of the work list; "" = a payment */
};

struct reconcile_bank {
    struct bank_file file;           /* path, format, account, bank; the callbacks are ours */
    struct slice agreement_id;       /* empty: all */
    day_t from, to;                  /* 0: as far as the file goes */
    void (*differs)(void *self, const struct bank_difference *difference); /* in the order of kinds and lines */
    void *self;
};

struct reconcile_bank_report {
    struct bank_file_report file;
    bool unknown_agreement;
    day_t from, to;                  /* what was compared; 0: nothing */
    int64_t file_count, file_sum;    /* lines that bring money or have a problem; the sum of what can be read */
    int64_t ledger_count, ledger_sum;
    int64_t equal_count, equal_sum, suspended_count; /* suspended: equal, and still on the work list */
    int64_t doubled;                 /* lines with a number that stood earlier in the file */
    int64_t differences[BANK_DIFFERENCE_KINDS];
};

MUST_USE struct err reconcile_bank(struct pg *pg, const struct reconcile_bank *task, struct reconcile_bank_report *ret_report);

#endif
